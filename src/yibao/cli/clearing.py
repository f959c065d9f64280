"""``yibao clearing``: what an officer of clearing works out by hand, with the same code as a month.

Registered by name in :mod:`yibao.cli.main`.
"""

from __future__ import annotations

from typing import Annotated

from yibao.cli.app import App
from yibao.cli.clearing_between import between
from yibao.cli.clearing_goods import goods
from yibao.cli.clearing_options import (
    NUMBER,
    PERCENT,
    amount_option,
    hundredths,
    number_option,
    said_amounts,
    score_tenths,
)
from yibao.cli.clearing_stays import group
from yibao.cli.clearing_store import agreement, listed, year
from yibao.cli.declared import Option
from yibao.cli.language import worded
from yibao.cli.options import AsJson, amount, pair, print_json
from yibao.cli.text import table, write
from yibao.errors import InputError
from yibao.inquiry.reading import share
from yibao.messages import Fen, message

clearing = App(about=message("清算的算术：月结、留存返还、点数、权重、预付，元进元出，分毫不差。"))


@clearing.register("month")
def month(
    applied: Annotated[str, amount_option(message("机构申报的基金。"))],
    retained: Annotated[str, Option(metavar=PERCENT, help=message("协议写的留存比例；没有缺省。"))],
    deducted: Annotated[str, amount_option(message("申诉以后扣减的。"))] = "0",
    given_back: Annotated[str, amount_option(message("以前扣错、这个月返还的。"))] = "0",
    advanced: Annotated[str, amount_option(message("这个月已经先付的。"))] = "0",
    goods: Annotated[str, amount_option(message("已经付给企业的货款。"))] = "0",
    carried: Annotated[str, amount_option(message("上月结转、机构欠的。"))] = "0",
    as_json: AsJson = False,
) -> None:
    """一个月应付机构多少：申报、扣减、返还、留存、已先付、货款、上月结转。

    不够抵扣的结转下月，不付负数。

    例子：
      yibao clearing month --applied 500000 --deducted 18750 --retained 5 --advanced 400000
    """
    from yibao.clearing.sums import month_sum

    result = month_sum(
        amount(applied, "--applied"),
        deducted=amount(deducted, "--deducted"),
        given_back=amount(given_back, "--given-back"),
        retained_share=share(retained, "--retained"),
        advanced=amount(advanced, "--advanced"),
        goods=amount(goods, "--goods"),
        carried_in=amount(carried, "--carried"),
    )
    said_amounts(
        {
            "approved": (message("核定"), result.approved),
            "retained": (message("留存"), result.retained),
            "payable": (message("应付"), result.payable),
            "paid": (message("本月拨付"), result.paid),
            "carried": (message("结转下月，机构欠"), result.carried),
        },
        as_json,
    )


@clearing.register("advance")
def advance(
    applied: Annotated[str, amount_option(message("机构申报的基金。"))],
    at_once: Annotated[str, Option(metavar=PERCENT, help=message("协议写的先付比例；没有缺省。"))],
    as_json: AsJson = False,
) -> None:
    """即时结算先付多少。

    例子：
      yibao clearing advance --applied 500000 --at-once 80
    """
    from yibao.clearing.sums import instant_advance

    advanced = instant_advance(amount(applied, "--applied"), share(at_once, "--at-once"))
    said_amounts({"advanced": (message("先付"), advanced)}, as_json)


@clearing.register("return")
def returned(
    retained: Annotated[str, amount_option(message("全年留存的。"))],
    score: Annotated[
        str, Option(metavar=NUMBER, help=message("年终考核得分，0 到 100，一位小数。"))
    ],
    rule: Annotated[
        str,
        Option(
            metavar=message("办法"),
            help=message(
                "per_point：80 分全返，每低一分扣 3%，60 分以下不返；"
                "discretion：75 分全返，60 分起酌情；"
                "proportion：95 分全返，以下按得分与 95 分之比。"
            ),
        ),
    ],
    decided: Annotated[str, amount_option(message("酌情返还的，只在 discretion 写。"))] = "",
    as_json: AsJson = False,
) -> None:
    """年终按考核得分返还留存多少；用哪个办法由协议定，没有缺省。

    例子：
      yibao clearing return --retained 724800 --score 73.5 --rule per_point
    """
    from yibao.clearing.sums import ReturnRule, retained_return

    try:
        by = ReturnRule(rule)
    except ValueError:
        raise InputError(message("没有“{rule}”这个返还办法", rule=rule), place="--rule") from None
    result = retained_return(
        amount(retained, "--retained"),
        score_tenths(score),
        by,
        decided=amount(decided, "--decided") if decided else None,
    )
    said_amounts(
        {
            "returned": (message("返还"), result.returned),
            "withheld": (message("扣减，归基金"), result.withheld),
        },
        as_json,
    )


@clearing.register("makers")
def makers(
    payable: Annotated[str, amount_option(message("这个月应付医院的。"))],
    goods: Annotated[str, amount_option(message("双方确认的货款。"))],
    as_json: AsJson = False,
) -> None:
    """直接结算：货款付给企业，从应付医院的款里抵扣；不够的向医院收。

    例子：
      yibao clearing makers --payable 200000 --goods 245000
    """
    from yibao.clearing.sums import set_off

    result = set_off(amount(payable, "--payable"), amount(goods, "--goods"))
    said_amounts(
        {
            "to_makers": (message("付给企业"), result.to_makers),
            "to_hospital": (message("付给医院"), result.to_hospital),
            "collected": (message("向医院收"), result.collected),
        },
        as_json,
    )


_SHARES_HELP = message("机构=点数:系数，可写多次；点数、系数最多两位小数。")


@clearing.register("points")
def points(
    budget: Annotated[str, amount_option(message("全年住院预算。"))],
    of: Annotated[list[str], Option("--of", metavar=message("机构=点数:系数"), help=_SHARES_HELP)],
    as_json: AsJson = False,
) -> None:
    """DIP：预算按各机构的点数乘系数分完，余下的分给余数最大的，合计等于预算。

    例子：
      yibao clearing points --budget 1000000 --of 甲=5200:1.05 --of 乙=3100:0.95
    """
    from yibao.clearing.groups import points_share

    names, weighed = [], []
    for text in of:
        name, figures = pair(text, "=", "--of", message("甲=5200:1.05"))
        count, coefficient = pair(figures, ":", "--of", message("甲=5200:1.05"))
        names.append(name)
        weighed.append((hundredths(count, "--of"), hundredths(coefficient, "--of")))
    result = points_share(amount(budget, "--budget"), weighed)
    if as_json:
        print_json(
            {
                "point_value_fen_x10000": result.point_value,
                "parts_fen": dict(zip(names, result.parts, strict=True)),
            }
        )
        return
    whole, rest = divmod(result.point_value, 1_000_000)
    write([worded(message("点值约 {value} 元", value=f"{whole}.{rest:06d}"))])
    parts = zip(names, result.parts, strict=True)
    write(table([(name, worded(Fen(part))) for name, part in parts], "<>"))


@clearing.register()
def dip(
    points: Annotated[str, number_option(message("病种的点数，最多两位小数。"))],
    mean: Annotated[str, amount_option(message("同级机构这个病种的次均费用。"))],
    cost: Annotated[list[str], amount_option(message("病例的费用，可写多次。"))],
    as_json: AsJson = False,
) -> None:
    """DIP 病例的点数：费用不到均费一半的按比例，超过两倍的加超出部分，其余是病种的点数。

    例子：
      yibao clearing dip --points 800 --mean 12000 --cost 5000 --cost 30000
    """
    from yibao.clearing.groups import case_points

    of_disease, usual = hundredths(points, "--points"), amount(mean, "--mean")
    costs = [amount(text, "--cost") for text in cost]
    counted = [case_points(of_disease, usual, fen) for fen in costs]
    if as_json:
        print_json({"points_x100": counted})
        return
    rows = [
        (worded(Fen(fen)), f"{hundredths // 100}.{hundredths % 100:02d}")
        for fen, hundredths in zip(costs, counted, strict=True)
    ]
    write(table([(worded(message("费用")), worded(message("点数"))), *rows], ">>"))


@clearing.register()
def drg(
    budget: Annotated[str, amount_option(message("全年住院预算。"))],
    total_weight: Annotated[str, number_option(message("全部病例的权重合计，最多两位小数。"))],
    weight: Annotated[str, number_option(message("这个病组的权重，最多两位小数。"))],
    coefficient: Annotated[str, number_option(message("机构系数，最多两位小数。"))],
    cost: Annotated[str, amount_option(message("病例的费用。"))],
    person_paid: Annotated[str, amount_option(message("个人按项目已付的。"))],
    as_json: AsJson = False,
) -> None:
    """DRG：费率、这个病例的支付标准、基金付多少、机构盈亏。

    例子：
      yibao clearing drg --budget 50000000 --total-weight 6250 --weight 1.35
      --coefficient 1.02 --cost 14300 --person-paid 5100
    """
    from yibao.clearing.groups import group_case, group_rate

    rate = group_rate(amount(budget, "--budget"), hundredths(total_weight, "--total-weight"))
    result = group_case(
        rate,
        hundredths(weight, "--weight"),
        hundredths(coefficient, "--coefficient"),
        cost=amount(cost, "--cost"),
        person_paid=amount(person_paid, "--person-paid"),
    )
    said_amounts(
        {
            "rate": (message("费率"), rate),
            "standard": (message("支付标准"), result.standard),
            "fund": (message("基金付机构"), result.fund),
            "result": (message("机构盈亏"), result.result),
        },
        as_json,
    )


@clearing.register("quota")
def quota(
    month: Annotated[list[str], amount_option(message("上年第四季度一个月的，写三次。"))],
    used: Annotated[list[str], amount_option(message("已经用的，可写多次。"))] = [],  # noqa: B006 - nobody changes it
    as_json: AsJson = False,
) -> None:
    """异地预付金：额度是第四季度月均的两倍，用到七成黄色、九成红色。

    例子：
      yibao clearing quota --month 1200000 --month 1250000 --month 1190000 --used 2000000
    """
    from yibao.clearing.prepayments import COLOUR_WORDS, cross_area_quota, quota_use

    limit = cross_area_quota([amount(text, "--month") for text in month], times=2)
    uses = [quota_use(limit, amount(text, "--used")) for text in used]
    states = [{"used_bp": bp, "state": colour.value} for bp, colour in uses]
    said_amounts({"quota": (message("额度"), limit)}, as_json, uses=states)
    if not as_json:
        rows = [
            (f"{bp // 100}.{bp % 100:02d}%", worded(COLOUR_WORDS[colour])) for bp, colour in uses
        ]
        write(table(rows, "><") if rows else [])


@clearing.register("prepayment")
def prepayment(
    scheme: Annotated[str, Option(metavar=message("险种"), help=message("employee 或 resident。"))],
    balance: Annotated[str, amount_option(message("统筹基金累计结存。"))],
    spending: Annotated[
        list[str], amount_option(message("一年的支出，最近一到三年，最近的写在最后。"))
    ],
    deficit: Annotated[bool, Option("--deficit", help=message("上年当期赤字。"))] = False,
    deficit_ahead: Annotated[
        bool, Option("--deficit-ahead", help=message("预计滚动 12 个月赤字。"))
    ] = False,
    as_json: AsJson = False,
) -> None:
    """能不能预付周转金、约付多少：职工结存 12 个月、居民 6 个月以上，没有赤字；约一个月均支出。

    例子：
      yibao clearing prepayment --scheme resident --balance 50000000 --spending 72000000
    """
    from yibao.clearing.prepayments import prepayment as worked_out

    result = worked_out(
        scheme,
        amount(balance, "--balance"),
        [amount(text, "--spending") for text in spending],
        deficit_last_year=deficit,
        deficit_foreseen=deficit_ahead,
    )
    reasons = [worded(reason) for reason in result.refused]
    if as_json:
        print_json(
            {
                "reserve_months_x100": result.reserve,
                "may": not reasons,
                "reasons": reasons,
                "amount_fen": result.amount,
            }
        )
        return
    months = f"{result.reserve // 100}.{result.reserve % 100:02d}"
    write([worded(message("结存够 {months} 个月", months=months)), *reasons])
    if not reasons:
        write([worded(message("可以预付，约 {amount}", amount=Fen(result.amount)))])


clearing.register("agreement")(agreement)
clearing.register("year")(year)
clearing.register("group")(group)
clearing.register("goods")(goods)
clearing.register("between")(between)
clearing.register("list")(listed)
