"""``yibao conduct``: checks of a month by rules, and what decisions come to, worked out by hand.

Registered by name in :mod:`yibao.cli.main`.
"""

from __future__ import annotations

from typing import Annotated

from yibao.cli.app import App
from yibao.cli.clearing_options import said_amounts
from yibao.cli.declared import Argument, Option
from yibao.cli.language import worded
from yibao.cli.options import AsJson, amount, print_json, whole
from yibao.cli.store import Url, opened, operator
from yibao.cli.text import table, write
from yibao.errors import InputError
from yibao.inquiry.reading import day_or_today, share, whole_text
from yibao.messages import Fen, Text, message
from yibao.money import AmountError, parse_percent

conduct = App(about=message("基金监管：按规则检查一个月的结算，处罚、加处、奖励、记分的算术。"))

_YUAN = message("元")
_DAY = message("日期")
_NUMBER = message("数")
_PERCENT = message("百分比")
_FIRST_MONTH, _LAST_MONTH = 200_001, 219_912
_MOST_MONTHS = 120
_TIMES = 100
"""Of a number with two decimals in hundredths, to basis points."""


def _amount(help: Text) -> Option:
    return Option(metavar=_YUAN, help=help)


@conduct.register("check")
def check(
    month: Annotated[int, Argument(metavar=message("月份"), help=message("如 202610。"))],
    url: Url = "",
    as_json: AsJson = False,
) -> None:
    """按规则检查一个月的结算；再查一次不会多出来。命中只是线索，不自动扣钱。

    例子：
      yibao conduct check 202610
    """
    from yibao.conduct.operations import check_month
    from yibao.conduct.peers import peers_off
    from yibao.policy.compile import PolicyLibrary

    whole(month, "MONTH", _FIRST_MONTH, _LAST_MONTH)
    if not 1 <= month % 100 <= 12:
        raise InputError(message("月份写成六位数，如 202610"), place="MONTH")
    library = PolicyLibrary.load()
    with opened(url) as database:
        result = check_month(database, month, actor=operator("officer"), library=library)
    if as_json:
        print_json(
            {
                "people": result.people,
                "new": result.new,
                "amount_fen": result.amount,
                "not_compared": list(result.off),
            }
        )
        return
    said = message(
        "查了 {people} 人，新命中 {count} 处，合计 {amount}",
        people=result.people,
        count=result.new,
        amount=Fen(result.amount),
    )
    off = peers_off(library, result.off)
    write([worded(said), *([worded(off)] if off else [])])


@conduct.register("hits")
def hits(
    month: Annotated[
        int, Option(metavar=message("月份"), help=message("只列这个月的；缺省全部。"))
    ] = 0,
    url: Url = "",
    as_json: AsJson = False,
) -> None:
    """列出还没有办的规则命中，明确违规的在前。

    例子：
      yibao conduct hits --month 202610
    """
    from yibao.conduct.reading import list_hits
    from yibao.conduct.rules import SEVERITY_WORDS

    whole(month, "--month", 0, _LAST_MONTH)
    with opened(url) as database:
        rows = list_hits(database, operator("officer"), month=month or None)
    if as_json:
        print_json(
            {
                "hits": [
                    {
                        "hit": row.hit_id,
                        "rule": row.rule.code,
                        "severity": row.rule.severity,
                        "month": row.month,
                        "person": row.person_id,
                        "institution": row.institution_id,
                        "visit": row.visit_id,
                        "amount_fen": row.amount,
                        "reason": worded(row.reason),
                        "basis": row.rule.basis,
                    }
                    for row in rows
                ]
            }
        )
        return
    if not rows:
        write([worded(message("没有等着办的命中"))])
        return
    lines = [
        (
            row.rule.code,
            worded(SEVERITY_WORDS[row.rule.severity]),
            row.institution_id,
            row.visit_id,
            worded(Fen(row.amount)),
            worded(row.reason),
        )
        for row in rows
    ]
    write(table(lines, "<<<<><"))


@conduct.register("penalty")
def penalty(
    act: Annotated[
        str,
        Option(
            metavar=message("行为"),
            help=message("违法行为的编码，如 person_fraud；写错会列出全部。"),
        ),
    ],
    obtained: Annotated[str, _amount(message("骗取的，或基金损失的。"))] = "0",
    times: Annotated[
        str, Option(metavar=message("倍数"), help=message("罚几倍，最多两位小数。"))
    ] = "",
    fine: Annotated[str, _amount(message("按数额罚的，罚多少。"))] = "",
    months: Annotated[int, Option(metavar=message("月数"), help=message("暂停联网结算。"))] = 0,
    start: Annotated[
        str, Option("--from", metavar=_DAY, help=message("从哪天起暂停；缺省送达之日。"))
    ] = "",
    as_json: AsJson = False,
) -> None:
    """一件案件退回多少、罚多少、暂停到哪天；不在法规范围里的不算。

    例子：
      yibao conduct penalty --act person_fraud --obtained 4260.35 --times 2 --months 6
    """
    from yibao.conduct.acts import acts
    from yibao.conduct.sums import sanction_of

    known = acts().get(act)
    if known is None:
        raise InputError(
            message("没有“{act}”这种行为；有：{acts}", act=act, acts=" ".join(acts())),
            place="--act",
        )
    whole(months, "--months", 0, _MOST_MONTHS)
    result = sanction_of(
        known,
        amount(obtained, "--obtained"),
        times=_times(times) if times else None,
        fine=amount(fine, "--fine") if fine else None,
        months=months or None,
        start=day_or_today(start) if start else None,
    )
    last = result.suspended_to
    said_amounts(
        {
            "returned": (message("退回基金"), result.returned),
            "fine": (message("罚款"), result.fine),
            "sum": (message("合计"), result.total),
        },
        as_json,
        suspended_to=None if last is None else last.isoformat(),
    )
    if last is not None and not as_json:
        write([worded(message("暂停联网结算到 {day}", day=last))])


def _times(text: str) -> int:
    try:
        return parse_percent(text) * _TIMES
    except AmountError:
        return whole_text(text, "--times", 0, _MOST_MONTHS) * _TIMES * _TIMES


@conduct.register("surcharge")
def surcharge(
    fine: Annotated[str, _amount(message("罚款。"))],
    served: Annotated[str, Option(metavar=_DAY, help=message("决定书送达的日期。"))],
    paid: Annotated[str, Option(metavar=_DAY, help=message("缴款的日期。"))],
    as_json: AsJson = False,
) -> None:
    """逾期缴罚款加处多少：送达 15 日以后每日 3%，不超过罚款本身。

    例子：
      yibao conduct surcharge --fine 8520.70 --served 2026-06-07 --paid 2026-06-24
    """
    from yibao.conduct.sums import surcharge as worked_out

    added = worked_out(amount(fine, "--fine"), day_or_today(served), day_or_today(paid))
    said_amounts({"surcharge": (message("加处罚款"), added)}, as_json)


@conduct.register("reward")
def reward(
    established: Annotated[str, _amount(message("查实的金额。"))],
    level: Annotated[int, Option(metavar=message("等级"), help=message("1、2 或 3。"))],
    insider: Annotated[bool, Option("--insider", help=message("内部人员举报。"))] = False,
    area: Annotated[
        str, Option(metavar=message("区划代码"), help=message("哪里的办法；缺省全国。"))
    ] = "000000",
    as_json: AsJson = False,
) -> None:
    """举报奖励多少：按查实金额的比例，有下限和上限。

    例子：
      yibao conduct reward --established 320000 --level 1 --insider
    """
    from yibao.conduct.acts import reward_terms
    from yibao.conduct.sums import reward_of

    terms = reward_terms(area)
    if terms is None:
        raise InputError(message("本地没有举报奖励办法，算不出奖励"), place="--area")
    base = amount(established, "--established")
    reward_sum = reward_of(terms, base, level, insider=insider)
    said_amounts({"reward": (message("奖励"), reward_sum)}, as_json)


@conduct.register("points")
def points(
    scores: Annotated[
        list[int], Argument(metavar=message("分"), help=message("这一年每次记的分。"))
    ],
    repairs: Annotated[int, Option(metavar=_NUMBER, help=message("参加过几次修复活动。"))] = 0,
    area: Annotated[
        str, Option(metavar=message("区划代码"), help=message("哪里的细则；没有的只累计。"))
    ] = "000000",
    as_json: AsJson = False,
) -> None:
    """医护人员一个公历年的支付资格记分：累计几分、修复几分、后果是什么。

    例子：
      yibao conduct points 3 6 --repairs 2
    """
    from yibao.conduct.acts import point_terms
    from yibao.conduct.sums import points_in_year

    whole(repairs, "--repairs", 0, _MOST_MONTHS)
    year = points_in_year(point_terms(area), scores, repairs)
    if as_json:
        print_json(
            {
                "points": year.points,
                "repaired": year.repaired,
                "talks": year.talks,
                "suspend_months": year.suspend_months,
                "out_years": year.out_years,
            }
        )
        return
    lines = [
        message("累计 {points} 分，修复 {repaired} 分", points=year.points, repaired=year.repaired)
    ]
    if year.talks:
        lines.append(message("机构要谈话"))
    if year.suspend_months:
        least, most = year.suspend_months
        lines.append(message("暂停支付资格 {least} 到 {most} 个月", least=least, most=most))
    if year.out_years:
        lines.append(message("终止支付资格，{years} 年内不再登记", years=year.out_years))
    write([worded(line) for line in lines])


@conduct.register("set-off")
def set_off(
    owed: Annotated[str, _amount(message("还欠多少。"))],
    most: Annotated[
        str, Option(metavar=_PERCENT, help=message("每次待遇最多扣几成，由各地定；没有缺省。"))
    ],
    benefits: Annotated[list[str], Argument(metavar=_YUAN, help=message("以后各次的待遇。"))],
    as_json: AsJson = False,
) -> None:
    """从以后的待遇里每次扣多少，扣完为止。

    例子：
      yibao conduct set-off --owed 1000 --most 50 800 900 700
    """
    from yibao.conduct.sums import set_off as worked_out

    debt = amount(owed, "--owed")
    sums = [amount(text, "BENEFITS") for text in benefits]
    withheld = worked_out(debt, sums, share(most, "--most"))
    if as_json:
        print_json({"withheld_fen": withheld, "left_fen": debt - sum(withheld)})
        return
    write([worded(Fen(part)) for part in withheld])
    write([worded(message("还欠 {amount}", amount=Fen(debt - sum(withheld))))])


@conduct.register("instalments")
def instalments(
    owed: Annotated[str, _amount(message("一共要退多少。"))],
    count: Annotated[int, Option(metavar=_NUMBER, help=message("分几期。"))],
    as_json: AsJson = False,
) -> None:
    """分期退回每期多少；除不尽的放在最后一期。

    例子：
      yibao conduct instalments --owed 1000 --count 3
    """
    from yibao.conduct.sums import instalments as worked_out

    whole(count, "--count", 1, _MOST_MONTHS)
    parts = worked_out(amount(owed, "--owed"), count)
    if as_json:
        print_json({"instalments_fen": parts})
        return
    write([worded(Fen(part)) for part in parts])
