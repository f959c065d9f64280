"""``yibao reform``: what a change of the rules does to the fund and to people."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from yibao.cli.declared import Argument, Option
from yibao.cli.language import language, say, worded
from yibao.cli.options import home_area, print_json
from yibao.cli.reform_more import contribution_lines, fifth_lines, margin_lines
from yibao.cli.text import headed, write
from yibao.errors import InputError
from yibao.messages import message

_FEN = 100
_FIFTHS = 5
_OF_FUNDS = (message("谁"), message("哪一层"), message("改前"), message("改后"), message("变化"))
_OF_GROUPS = (
    message("看过病的人"),
    message("少付的人"),
    message("多付的人"),
    message("基金，元/人"),
    message("自己付，元/人"),
)
_RANGE = message("各种子自己付，元/人")
_AHEAD = (
    message("险种"),
    message("情形（声明的，不是预测）"),
    message("改前支出/收入"),
    message("改后支出/收入"),
    message("改前可支付月数"),
    message("改后可支付月数"),
)


def reform(
    base: Annotated[
        str, Argument(metavar=message("参保地"), help=message("在哪个地方的规则上改：名称或代码。"))
    ],
    overlays: Annotated[
        list[Path] | None,
        Option(
            "--with", metavar=message("叠加包"), help=message("改什么：叠加的小政策包，可多次。")
        ),
    ] = None,
    population: Annotated[
        Path | None,
        Option(
            "--population",
            help=message(
                "用这个文件夹里的就诊：yibao population make 写的，或自己的；不写就现生成。"
            ),
        ),
    ] = None,
    people: Annotated[
        int, Option("--people", least=1, most=50_000_000, help=message("每个种子生成多少人。"))
    ] = 20_000,
    seed: Annotated[int, Option("--seed", least=0, most=2**31, help=message("第一个种子。"))] = 1,
    seeds: Annotated[
        int, Option("--seeds", least=1, most=100, help=message("几个种子：看结果随抽样变多少。"))
    ] = 3,
    year: Annotated[
        int, Option("--year", least=2000, most=2100, help=message("看哪一年的就诊。"))
    ] = 2025,
    year_after: Annotated[
        int | None,
        Option(
            "--year-after",
            least=2000,
            most=2100,
            help=message("同样的人放到这一年的规则里：比较两年的规则，可以不写 --with。"),
        ),
    ] = None,
    elasticity: Annotated[
        str,
        Option(
            "--elasticity",
            help=message("自己付的份额升 1%，用量少百分之几；缺省 0：没有人改变行为。"),
        ),
    ] = "0",
    income: Annotated[
        int | None,
        Option("--income", least=1, help=message("人均年收入（元）：写了才算灾难性支出的份额。")),
    ] = None,
    income_fifths: Annotated[
        str | None,
        Option(
            "--income-fifths",
            help=message(
                "五等分各组的人均年收入（元），用逗号隔开五个：写了才算各组自己付的占收入多少。"
            ),
        ),
    ] = None,
    wage: Annotated[
        int | None,
        Option("--base", least=1, help=message("职工的月缴费基数（元）：写了才算职工的缴费。")),
    ] = None,
    marginal: Annotated[
        bool, Option("--marginal", help=message("另算多花一元时自己付多少（每次就诊贵 1%）。"))
    ] = False,
    reserve_months: Annotated[
        int | None,
        Option(
            "--reserve-months",
            least=0,
            most=600,
            help=message("基金现在够付几个月：写了才算五年的可支付月数。"),
        ),
    ] = None,
    heads: Annotated[
        int | None,
        Option("--heads", least=1, help=message("本地参保人数：写了才折成一年多少元。")),
    ] = None,
    sensitivity: Annotated[
        bool, Option("--sensitivity", help=message("另算费用离散小两成、大两成时的结果。"))
    ] = False,
    as_json: Annotated[
        bool, Option("--json", help=message("输出一个 JSON 对象，金额是分。"))
    ] = False,
) -> None:
    """改一条规则，同样的人、同样的就诊各算一遍：基金多付少付多少，谁多付谁少付。

    例子：
      yibao reform 城市 --with 改.yaml
      yibao reform 城市 --year 2023 --year-after 2025
    """
    from yibao.columns import require

    require()
    from yibao.policy.compile import PolicyLibrary
    from yibao.reform.answer import ReformQuestion, answered

    if not overlays and year_after is None:
        raise InputError(message("没有写改什么：加上 --with 叠加包，或 --year-after 年份"))
    library = PolicyLibrary.load()
    area, _ = home_area(library, base, "BASE")
    question = ReformQuestion(
        area=area,
        people=people,
        seed=seed,
        seeds=seeds,
        year=year,
        year_after=year_after,
        folder=population,
        elasticity=_number(elasticity),
        income_fen=None if income is None else income * _FEN,
        incomes_fen=_incomes(income_fifths),
        base_fen=None if wage is None else wage * _FEN,
        marginal=marginal,
        reserve_months=reserve_months,
        heads=heads,
        sensitivity=sensitivity,
    )
    changed = PolicyLibrary.load(overlays=overlays) if overlays else library
    answer = answered(question, library, changed)
    if as_json:
        print_json(answer)
        return
    diseases = dict(library.rulebook(area).disease_names)
    for lines in _lines(answer, diseases):
        write(lines)


def _number(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number <= 5:
        raise InputError(message("要写 0 到 5 之间的数"), place="--elasticity")
    return number


def _incomes(text: str | None) -> tuple[int, ...]:
    """Five incomes in yuan, ascending, as fen."""
    if text is None:
        return ()
    parts = [part.strip() for part in text.split(",")]
    if len(parts) != _FIFTHS or not all(part.isdigit() and int(part) > 0 for part in parts):
        raise InputError(message("要写五个整数（元），用逗号隔开"), place="--income-fifths")
    return tuple(int(part) * _FEN for part in sorted(parts, key=int))


def _yuan(fen: float) -> str:
    return f"{fen / _FEN:,.2f}"


def _change(fen: float) -> str:
    return f"{fen / _FEN:+,.2f}"


def _between(group: dict[str, Any]) -> tuple[str, ...]:
    """How the own change of a group differs between seeds, where there are several."""
    if "own_range" not in group:
        return ()
    low, high = group["own_range"]
    return (f"{_change(low)} … {_change(high)}",)


def _lines(answer: dict[str, Any], diseases: dict[str, str]) -> list[list[str]]:
    from yibao.policy.kinds import Scheme
    from yibao.reform import words

    heads = max(answer["people"], 1)
    per_head = answer["per_head"]
    first = [
        say(
            "{people} 人、{visits} 次就诊，基金平均每人一年由 {before} 元变为 {after} 元"
            "（{change} 元），"
            "自己付的由 {own_before} 元变为 {own_after} 元",
            people=f"{answer['people']:,}",
            visits=f"{answer['visits']:,}",
            before=_yuan(per_head["fund_before"]),
            after=_yuan(per_head["fund_after"]),
            change=_change(per_head["fund_change"]),
            own_before=_yuan(per_head["own_before"]),
            own_after=_yuan(per_head["own_after"]),
        )
    ]
    if answer["invented"]:
        first.append(worded(words.INVENTED))
    if "range" in answer:
        low, high = answer["range"]["fund_change"]
        first.append(
            say(
                "{seeds} 个种子之间，基金每人的变化在 {low} 到 {high} 元",
                seeds=answer["seeds"],
                low=_change(low),
                high=_change(high),
            )
        )
    for factor, change in answer.get("sensitivity", {}).items():
        first.append(
            say(
                "费用离散是推定的 {factor} 倍时：每人 {change} 元",
                factor=factor,
                change=_change(change),
            )
        )
    if "yuan_a_year" in answer:
        first.append(
            say(
                "按所写的 {heads} 名参保人，一年 {yuan} 元",
                heads=f"{answer['heads']:,}",
                yuan=f"{answer['yuan_a_year']:+,.0f}",
            )
        )
    else:
        first.append(say("没有写本地参保人数（--heads），只说每人多少，不说总共多少元"))
    first.append(say("行为假定：弹性 {elasticity}", elasticity=answer["elasticity"]))
    if any(answer["refused"]):
        before, after = answer["refused"]
        first.append(
            say(
                "被规则拒绝、没有算进去的就诊：改前 {before}，改后 {after}",
                before=before,
                after=after,
            )
        )
    if "catastrophic" in answer:
        before, after = answer["catastrophic"]["families"]
        first.append(
            say(
                "自己付的超过收入 {share} 的家庭：由 {before} 到 {after}",
                share=f"{answer['catastrophic']['share_of_income']:.0%}",
                before=f"{before:.2%}",
                after=f"{after:.2%}",
            )
        )
    tables = [first, ["", *_funds(answer, heads)], contribution_lines(answer)]
    tables += [fifth_lines(answer), margin_lines(answer)]
    for dimension, groups in answer["groups"].items():
        rows = [
            (
                worded(words.group_name(dimension, name, diseases)),
                f"{group['people']:,}",
                f"{group['winners']:,}",
                f"{group['losers']:,}",
                _change((group["fund"][1] - group["fund"][0]) / max(group["people"], 1)),
                _change((group["own"][1] - group["own"][0]) / max(group["people"], 1)),
                *_between(group),
            )
            for name, group in groups.items()
        ]
        ranged = any("own_range" in group for group in groups.values())
        headings = ("", *map(worded, (*_OF_GROUPS, *([_RANGE] if ranged else []))))
        title = worded(words.DIMENSIONS[dimension])
        tables.append(["", *headed(title, headings, rows, "<>>>>>" + ">" * ranged)])
    counts = answer["distribution"]["people"]
    rows_of_bins = [
        (worded(name), f"{count:,}")
        for name, count in zip(words.bin_names(), counts, strict=True)
        if count
    ]
    title = say("看过病的人，一年自己付的变多少")
    tables.append(["", *headed(title, (say("变化"), say("人数")), rows_of_bins, "<>")])
    schemes = {Scheme.RESIDENT: say("居民"), Scheme.EMPLOYEE: say("职工")}
    rows_ahead = [
        (
            schemes[path["scheme"]],
            worded(words.SCENARIOS[path["scenario"]]),
            *(f"{side:.1%}" for side in path["spent"][-1]),
            *(f"{side:.1f}" for side in (path["months"][-1] if path["months"] else ())),
        )
        for path in answer["outlook"]
    ]
    if rows_ahead:
        names = _AHEAD[: len(rows_ahead[0])]
        title = say("第五年的基金（起点用全国 2024 年的收支比，本地的没有找到）")
        headings = tuple(map(worded, names))
        tables.append(["", *headed(title, headings, rows_ahead, "<<" + ">" * (len(names) - 2))])
    gaps = [
        f"  {gap['what'][language()]}：{gap['instead'][language()]}"
        for gap in answer["missing"].values()
    ]
    if gaps:
        tables.append(["", say("没有找到来源、按推定的："), *gaps])
    return tables


def _funds(answer: dict[str, Any], heads: int) -> list[str]:
    """The fund by layer and scheme, a head of the insured."""
    from yibao.reform import words

    rows = []
    sides = {**answer["sums"], None: answer["totals"]}
    for membership, amounts in sides.items():
        count = heads if membership is None else (answer["insured"] or {}).get(membership, heads)
        name = say("全部") if membership is None else worded(words.MEMBERSHIPS[membership])
        for layer, title in {**words.LAYERS, **words.WHOLE}.items():
            before, after = amounts[layer]
            if before or after:
                shares = (before / max(count, 1), after / max(count, 1))
                cells = (*map(_yuan, shares), _change(shares[1] - shares[0]))
                percent = f"{(after - before) / before:+.1%}" if before else ""
                between = answer.get("range_of_sums", {}).get(membership, {}).get(layer)
                spread = "" if between is None else "{} … {}".format(*map(_change, between))
                rows.append((name, worded(title), *cells, percent, spread))
    headings = (*map(worded, _OF_FUNDS), "", say("各种子之间"))
    return headed(say("每人一年多少元"), headings, rows, "<<>>>>>")
