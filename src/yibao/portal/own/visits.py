"""我要查 → 就医记录: the visits, by day."""

from __future__ import annotations

import datetime

from starlette.responses import Response

from yibao.errors import InputError
from yibao.inquiry.reading import day as read_day
from yibao.inquiry.words import KIND
from yibao.money.text import format_yuan
from yibao.policy.model import Words
from yibao.portal.own.blocks import Block, Cell, Sheet, figure, leading, plain
from yibao.portal.own.frame import OwnCall
from yibao.portal.own.reading import HOME, asked_page, next_page, read_own, whose
from yibao.record import care

VISIT_COLUMNS = (
    Words("日期", "Day"),
    Words("机构", "Institution"),
    Words("类别", "Kind"),
    Words("总费用", "Total"),
    Words("基金支付", "Fund"),
    Words("个人负担", "Own part"),
)


def visit_row(call: OwnCall, settlement: care.Settled) -> list[Cell]:
    kind = KIND.get(settlement.kind, settlement.kind)
    if settlement.reverses:
        kind += call.say(Words("（撤销）", " (reversed)"))
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
    block = Block(
        Words("就医记录", "Visits"),
        lead=Words("点日期看费用清单和结算明细。", "Open a day for its items and its settlement."),
        columns=VISIT_COLUMNS,
        rows=[visit_row(call, settlement) for settlement in page.rows],
        empty=Words("这段时间没有就医记录", "No visits in this time"),
        next_page=next_page(call, listing, "/own/visits", page, **range_texts),
    )
    sheet = Sheet(
        Words("就医记录", "Visits"),
        blocks=[block],
        back=HOME,
        whose=whose(call, "/own/visits"),
    )
    values = {
        "sheet": sheet,
        "since": range_texts.get("since", ""),
        "until": range_texts.get("until", ""),
    }
    return call.page("own/visits.html", sheet.title, values)


def _day(call: OwnCall, name: str) -> datetime.date | None:
    text = call.sent.get(name, "").strip()
    if not text:
        return None
    try:
        return read_day(text, "")
    except InputError as error:
        raise InputError(error.message, place="日期") from None
