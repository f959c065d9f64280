"""我要查 → 就医记录: the visits, by day."""

from __future__ import annotations

import datetime

from starlette.responses import Response

from yibao.errors import InputError
from yibao.inquiry.reading import day as read_day
from yibao.inquiry.words import KIND
from yibao.money.text import format_yuan
from yibao.policy.model import Words
from yibao.portal.own.blocks import Block, Cell, Told, figure, leading, plain
from yibao.portal.own.frame import Visit
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


def visit_row(visit: Visit, one: care.Settled) -> list[Cell]:
    kind = KIND.get(one.kind, one.kind)
    if one.reverses:
        kind += visit.say(Words("（撤销）", " (reversed)"))
    return [
        leading(one.end.isoformat(), visit.address(f"/own/visits/{one.settlement}")),
        plain(one.institution_name),
        plain(kind),
        figure(format_yuan(one.total)),
        figure(format_yuan(one.fund)),
        figure(format_yuan(one.own)),
    ]


def visits(visit: Visit) -> Response:
    """就医记录, by date range."""
    listing = "settlements"
    since = _day(visit, "since")
    until = _day(visit, "until")
    page = read_own(
        visit,
        "read_settlement",
        lambda unit: care.settlements(
            unit, visit.whose, asked_page(visit, listing), since=since, until=until
        ),
    )
    kept = {
        name: value.isoformat()
        for name, value in (("since", since), ("until", until))
        if value is not None
    }
    block = Block(
        Words("就医记录", "Visits"),
        lead=Words("点日期看费用清单和结算明细。", "Open a day for its items and its settlement."),
        columns=VISIT_COLUMNS,
        rows=[visit_row(visit, one) for one in page.rows],
        empty=Words("这段时间没有就医记录", "No visits in this time"),
        next_page=next_page(visit, listing, "/own/visits", page, **kept),
    )
    told = Told(
        Words("就医记录", "Visits"),
        blocks=[block],
        back=HOME,
        whose=whose(visit, "/own/visits"),
    )
    values = {"told": told, "since": kept.get("since", ""), "until": kept.get("until", "")}
    return visit.page("own/visits.html", told.title, values)


def _day(visit: Visit, name: str) -> datetime.date | None:
    text = visit.sent.get(name, "").strip()
    if not text:
        return None
    try:
        return read_day(text, "")
    except InputError as error:
        raise InputError(error.message, place="日期") from None
