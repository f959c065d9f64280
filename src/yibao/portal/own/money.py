"""我要查: the personal account, what was used of each ceiling, who used the account."""

from __future__ import annotations

import datetime

from starlette.responses import Response

from yibao.errors import InputError
from yibao.inquiry.reading import day
from yibao.inquiry.words import KIND, SCHEME
from yibao.ledger.chart import PERSONAL
from yibao.messages import Fen, Listed, Text, message, message_in
from yibao.money.text import format_yuan
from yibao.policy.kinds import Scheme
from yibao.policy.model import Words
from yibao.policy.titles import source_titles
from yibao.portal.own.blocks import Card, Link, Sheet, figure, leading, plain
from yibao.portal.own.frame import OwnCall
from yibao.portal.own.reading import HOME, asked_page, next_page, read_own, whose, yuan
from yibao.portal.own.words import NO_ROWS, period_text
from yibao.record import account as accounts
from yibao.record import used
from yibao.record.paging import Asked


def account(call: OwnCall) -> Response:
    """个人账户: balance, statement, monthly credits, who used it."""
    first, last = _day_asked(call, "from"), _day_asked(call, "to")
    listing = f"statement {first} {last}"
    secrets = call.database.secrets
    balance = read_own(call, "read_account", lambda unit: accounts.balance(unit, call.whose))
    page = read_own(
        call,
        "read_account",
        lambda unit: accounts.statement_between(
            unit, secrets, call.whose, asked_page(call, listing), first, last
        ),
    )
    asked_days = {
        name: day.isoformat() for name, day in (("from", first), ("to", last)) if day is not None
    }
    credits = read_own(
        call, "read_account", lambda unit: accounts.credits(unit, call.whose, Asked(None, 12))
    )
    blocks = [
        Card(
            message("收支明细"),
            columns=[
                message_in("money", "日期"),
                message("对方"),
                message("收支"),
                message("余额"),
            ],
            rows=[
                [
                    plain(movement.day.isoformat()),
                    plain(_with_whom(movement)),
                    figure(("+" if movement.amount > 0 else "") + format_yuan(movement.amount)),
                    figure(format_yuan(movement.balance)),
                ]
                for movement in page.rows
            ],
            empty=message("这些日子没有收支") if asked_days else NO_ROWS,
            onward=Link(message("看全部收支"), call.address("/own/account"))
            if asked_days
            else Link(message("缴费记录"), call.address("/own/contributions")),
            next_page=next_page(call, listing, "/own/account", page, **asked_days),
        ),
        Card(
            message("每月划入"),
            columns=[message("月份"), message("划入"), message("基数")],
            rows=[
                [
                    plain(period_text(Scheme.EMPLOYEE, credit.month)),
                    figure(yuan(credit.amount)),
                    figure(yuan(credit.base)),
                ]
                for credit in credits.rows
            ],
            empty=message("还没有划入"),
            onward=Link(message("缴费记录"), call.address("/own/contributions")),
        ),
    ]
    say = message("没有个人账户")
    if balance is not None:
        say = message("余额 {balance}", balance=Fen(balance))
    sheet = Sheet(
        message("个人账户"),
        say,
        blocks=blocks,
        back=HOME,
        whose=whose(call, "/own/account"),
        good=balance is not None,
    )
    values = {
        "sheet": sheet,
        "path": "/own/account",
        "asked_whose": "" if call.whose == call.me else call.whose,
        "days": asked_days,
    }
    return call.page("own/account.html", sheet.title, values)


_KINDS_AGAINST = {
    "credit": message("每月划入"),
    "contribution": message("缴医保费"),
    "opening": message("以前的余额"),
    "moved": message("转往外地"),
    "channel": message("退费"),
    "claim": message("手工报销"),
    "fund": message("医保基金"),
}


def _with_whom(movement: accounts.StatementRow) -> Text:
    """With whom a movement was, in words that people use, and for which relative."""
    sides: list[Text] = []
    for side in movement.against:
        if side.kind == PERSONAL:
            sides.append(message("{name}（钱包转账）", name=side.name or message("亲属")))
        else:
            sides.append(side.name or _KINDS_AGAINST.get(side.kind, message("其他")))
    with_whom = Listed(sides)
    if movement.on_behalf_of and all(side.kind != PERSONAL for side in movement.against):
        return message("{with_whom}（{name}用）", with_whom=with_whom, name=movement.on_behalf_of)
    return with_whom


def _day_asked(call: OwnCall, name: str) -> datetime.date | None:
    """A day of the address; none where nothing, or no day, is written."""
    text = call.sent.get(name, "").strip()
    if not text:
        return None
    try:
        return day(text, name)
    except InputError:
        return None


def year(call: OwnCall) -> Response:
    """年度累计 against each ceiling."""
    text = call.sent.get("year", "")
    asked = int(text) if text.isdecimal() and len(text) == 4 else call.today.year
    facts, state = read_own(call, "read_person", lambda unit: used.held_state(unit, call.whose))
    schemes_used = used.years_used(call.counter.packs, facts, state, asked, call.today)
    years = sorted(
        {call.today.year, *(used_year for _, used_year in state.accumulators)}, reverse=True
    )
    blocks = [
        Card(
            SCHEME[of_scheme.scheme],
            lead=message("住院 {admissions} 次", admissions=of_scheme.admissions),
            columns=[
                message_in("money", "项目"),
                message("已用"),
                message("限额"),
                message("还剩"),
                message("依据"),
            ],
            rows=[
                [
                    plain(layer.label),
                    figure(format_yuan(layer.used)),
                    figure(
                        format_yuan(layer.ceiling)
                        if layer.ceiling is not None
                        else (_NO_CEILING if layer.known else _UNKNOWN)
                    ),
                    figure("—" if layer.left is None else format_yuan(layer.left)),
                    leading(
                        source_titles(call.counter.packs, layer.sources) or "—",
                        f"/policy/parameter/{layer.parameter}",
                    )
                    if layer.parameter
                    else plain("—"),
                ]
                for layer in of_scheme.layers
            ],
            empty=NO_ROWS,
            onward=Link(message("就医记录"), call.address("/own/visits")),
        )
        for of_scheme in schemes_used
    ]
    if len(years) > 1:
        links = [
            Link(Words(str(other_year)), call.address("/own/year", year=str(other_year)))
            for other_year in years
        ]
        blocks.append(Card(message("别的年度"), links=links))
    return call.show(
        Sheet(
            message("{asked} 年度累计", asked=asked),
            blocks=blocks,
            back=HOME,
            whose=whose(call, "/own/year"),
        )
    )


_NO_CEILING = message("没有限额")
_UNKNOWN = message_in("money", "没有来源")


def used_by(call: OwnCall) -> Response:
    """谁用了我的账户."""
    listing = "used_by"
    secrets = call.database.secrets
    page = read_own(
        call,
        "read_account",
        lambda unit: accounts.used_by(unit, secrets, call.whose, asked_page(call, listing)),
    )
    block = Card(
        message("谁用了我的账户"),
        lead=message("只看得到日期、机构和金额；病情和明细要对方同意才显示。"),
        columns=[
            message_in("money", "日期"),
            message("使用人"),
            message("机构"),
            message("金额"),
            message("类别"),
        ],
        rows=[
            [
                plain(draw.day.isoformat()),
                plain(draw.name or message("亲属")),
                plain(draw.institution),
                figure(yuan(draw.amount)),
                plain(KIND.get(draw.kind, "—") if draw.kind else "—"),
            ]
            for draw in page.rows
        ],
        empty=message("没有人用过"),
        next_page=next_page(call, listing, "/own/used", page),
        links=[Link(message("管理家庭共济"), call.address("/own/aid"))],
    )
    return call.show(Sheet(block.title, blocks=[block], back=HOME, whose=whose(call, "/own/used")))
