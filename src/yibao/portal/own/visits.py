"""我要查 → 就医记录: the visits, by day."""

from __future__ import annotations

import datetime

from starlette.responses import Response

from yibao.care.past import PastVisit, visits_before
from yibao.errors import InputError
from yibao.inquiry.reading import day as read_day
from yibao.inquiry.words import KIND
from yibao.messages import message, message_in
from yibao.money.text import format_yuan
from yibao.portal.own.blocks import Card, Cell, Link, Sheet, figure, leading, plain
from yibao.portal.own.frame import OwnCall
from yibao.portal.own.reading import HOME, asked_page, next_page, read_own, whose
from yibao.record import care

VISIT_COLUMNS = (
    message_in("visits", "日期"),
    message("机构"),
    message("类别"),
    message_in("visits", "总费用"),
    message_in("visits", "基金支付"),
    message_in("visits", "个人负担"),
)


def visit_row(call: OwnCall, settlement: care.SettledVisit) -> list[Cell]:
    kind = KIND[settlement.kind]
    if settlement.reverses:
        kind = message("{kind}（撤销）", kind=kind)
    return [
        leading(settlement.end.isoformat(), call.address(f"/own/visits/{settlement.settlement}")),
        plain(settlement.institution_name),
        plain(kind),
        figure(format_yuan(settlement.total)),
        figure(format_yuan(settlement.fund)),
        figure(format_yuan(settlement.own)),
    ]


def visits(call: OwnCall) -> Response:
    """就医记录, by date range."""
    listing = "settlements"
    since = _day(call, "since")
    until = _day(call, "until")
    page = read_own(
        call,
        "read_settlement",
        lambda unit: care.settlements(
            unit, call.whose, asked_page(call, listing), since=since, until=until
        ),
    )
    range_texts = {
        name: value.isoformat()
        for name, value in (("since", since), ("until", until))
        if value is not None
    }
    block = Card(
        message("就医记录"),
        lead=message("点日期看费用清单和结算明细。"),
        columns=VISIT_COLUMNS,
        rows=[visit_row(call, settlement) for settlement in page.rows],
        empty=message("这段时间没有就医记录"),
        onward=Link(message("机构名录"), "/directory"),
        next_page=next_page(call, listing, "/own/visits", page, **range_texts),
    )
    past = read_own(call, "read_settlement", lambda unit: visits_before(unit, [call.whose]))
    shown = [visit for visit in past if _lies_in(visit, since, until)]
    earlier = Card(
        message("启用本系统以前的就医"),
        lead=message("由原系统结算，只供回看。"),
        columns=VISIT_COLUMNS,
        rows=[_past_row(visit) for visit in shown],
    )
    blocks = [block, earlier] if shown else [block]
    sheet = Sheet(message("就医记录"), blocks=blocks, back=HOME, whose=whose(call, "/own/visits"))
    values = {
        "sheet": sheet,
        "since": range_texts.get("since", ""),
        "until": range_texts.get("until", ""),
    }
    return call.page("own/visits.html", sheet.title, values)


def _lies_in(visit: PastVisit, since: datetime.date | None, until: datetime.date | None) -> bool:
    return (since is None or since <= visit.end) and (until is None or visit.end <= until)


def _past_row(visit: PastVisit) -> list[Cell]:
    return [
        plain(visit.end.isoformat()),
        plain(visit.institution_name or visit.institution_id or ""),
        plain(KIND[visit.kind]),
        figure(format_yuan(visit.total)),
        figure(format_yuan(visit.fund)),
        figure(format_yuan(visit.total - visit.fund)),
    ]


def _day(call: OwnCall, name: str) -> datetime.date | None:
    text = call.sent.get(name, "").strip()
    if not text:
        return None
    try:
        return read_day(text, "")
    except InputError as error:
        raise InputError(error.message, place="日期") from None
