"""我要查: the personal account, what was used of each ceiling, who used the account."""

from __future__ import annotations

from starlette.responses import Response

from yibao.inquiry.words import KIND, SCHEME
from yibao.money.text import format_yuan
from yibao.policy.model import Words
from yibao.portal.own.blocks import Block, Link, Told, figure, leading, plain
from yibao.portal.own.frame import Visit
from yibao.portal.own.reading import HOME, asked_page, next_page, read_own, whose, yuan
from yibao.portal.own.words import (
    NO_ROWS,
    period_text,
)
from yibao.record import account as accounts
from yibao.record import used
from yibao.record.paging import Asked


def account(visit: Visit) -> Response:
    """个人账户: balance, statement, monthly credits, who used it."""
    listing = "statement"
    balance = read_own(visit, "read_account", lambda unit: accounts.balance(unit, visit.whose))
    page = read_own(
        visit,
        "read_account",
        lambda unit: accounts.statement(unit, visit.whose, asked_page(visit, listing)),
    )
    credits = read_own(
        visit, "read_account", lambda unit: accounts.credits(unit, visit.whose, Asked(None, 12))
    )
    blocks = [
        Block(
            Words("收支明细", "Statement"),
            columns=[
                Words("日期", "Day"),
                Words("对方", "Other side"),
                Words("收支", "Amount"),
                Words("余额", "Balance"),
            ],
            rows=[
                [
                    plain(one.day.isoformat()),
                    plain("、".join(one.other_side)),
                    figure(("+" if one.amount > 0 else "") + format_yuan(one.amount)),
                    figure(format_yuan(one.balance)),
                ]
                for one in page.rows
            ],
            empty=NO_ROWS,
            next_page=next_page(visit, listing, "/own/account", page),
        ),
        Block(
            Words("每月划入", "Monthly credits"),
            columns=[Words("月份", "Month"), Words("划入", "Credited"), Words("基数", "Base")],
            rows=[
                [
                    plain(period_text("employee", one.month)),
                    figure(yuan(one.amount)),
                    figure(yuan(one.base)),
                ]
                for one in credits.rows
            ],
            empty=Words("还没有划入", "Nothing credited yet"),
        ),
    ]
    say = Words("没有个人账户", "No personal account")
    if balance is not None:
        say = Words(f"余额 {yuan(balance)}", f"Balance {format_yuan(balance)} yuan")
    told = Told(
        Words("个人账户", "Personal account"),
        visit.say(say),
        blocks=blocks,
        back=HOME,
        whose=whose(visit, "/own/account"),
        good=balance is not None,
    )
    return visit.show(told)


def year(visit: Visit) -> Response:
    """年度累计 against each ceiling."""
    text = visit.sent.get("year", "")
    asked = int(text) if text.isdecimal() and len(text) == 4 else visit.today.year
    facts, state = read_own(visit, "read_person", lambda unit: used.held_state(unit, visit.whose))
    found = used.years_used(visit.counter.packs, facts, state, asked, visit.today)
    years = sorted({visit.today.year, *(one for _, one in state.accumulators)}, reverse=True)
    blocks = [
        Block(
            Words(SCHEME.get(one.scheme, one.scheme), one.scheme),
            lead=Words(f"住院 {one.admissions} 次", f"{one.admissions} admissions"),
            columns=[
                Words("项目", "Layer"),
                Words("已用", "Used"),
                Words("限额", "Ceiling"),
                Words("还剩", "Left"),
                Words("依据", "Source"),
            ],
            rows=[
                [
                    plain(layer.label),
                    figure(format_yuan(layer.used)),
                    figure(
                        format_yuan(layer.ceiling)
                        if layer.ceiling is not None
                        else visit.say(_NO_CEILING if layer.known else _UNKNOWN)
                    ),
                    figure("—" if layer.left is None else format_yuan(layer.left)),
                    leading("、".join(layer.sources) or "—", f"/policy/parameter/{layer.parameter}")
                    if layer.parameter
                    else plain("—"),
                ]
                for layer in one.layers
            ],
            empty=NO_ROWS,
        )
        for one in found
    ]
    if len(years) > 1:
        links = [Link(Words(str(one)), visit.address("/own/year", year=str(one))) for one in years]
        blocks.append(Block(Words("别的年度", "Other years"), links=links))
    return visit.show(
        Told(
            Words(f"{asked} 年度累计", f"Used in {asked}"),
            blocks=blocks,
            back=HOME,
            whose=whose(visit, "/own/year"),
        )
    )


_NO_CEILING = Words("没有限额", "None")
_UNKNOWN = Words("没有来源", "No source")


def used_by(visit: Visit) -> Response:
    """谁用了我的账户."""
    listing = "used_by"
    secrets = visit.database.secrets
    page = read_own(
        visit,
        "read_account",
        lambda unit: accounts.used_by(unit, secrets, visit.whose, asked_page(visit, listing)),
    )
    block = Block(
        Words("谁用了我的账户", "Who used my account"),
        lead=Words(
            "只看得到日期、机构和金额；病情和明细要对方同意才显示。",
            "Days, institutions and amounts; nothing about the illness unless they consent.",
        ),
        columns=[
            Words("日期", "Day"),
            Words("使用人", "By"),
            Words("机构", "Institution"),
            Words("金额", "Amount"),
            Words("类别", "Kind"),
        ],
        rows=[
            [
                plain(one.day.isoformat()),
                plain(one.name or one.person),
                plain(one.institution),
                figure(yuan(one.amount)),
                plain(KIND.get(one.kind, "—") if one.kind else "—"),
            ]
            for one in page.rows
        ],
        empty=Words("没有人用过", "Nobody did"),
        next_page=next_page(visit, listing, "/own/used", page),
        links=[Link(Words("管理家庭共济", "Manage mutual aid"), visit.address("/own/aid"))],
    )
    return visit.show(Told(block.title, blocks=[block], back=HOME, whose=whose(visit, "/own/used")))
