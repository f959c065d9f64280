"""``yibao maternity``: the medical cost of a birth or of prenatal care, and the allowance."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from yibao import library
from yibao.benefit.lifetime import Allowance
from yibao.cli import options, render
from yibao.cli.care import CareOptions
from yibao.cli.options import AreaOption, AsJson, Explain, home_area, print_json
from yibao.cli.quote import statement
from yibao.cli.text import bold, write
from yibao.errors import InputError
from yibao.inquiry import words
from yibao.inquiry.basis import basis_data
from yibao.inquiry.care import settle
from yibao.inquiry.sentences import yuan
from yibao.scenario.answers import visit_answer


def _allowance_data(allowance: Allowance) -> dict[str, Any]:
    return {
        "days": allowance.days,
        "amount": allowance.amount,
        "assumptions": list(allowance.explanation.assumptions),
        "disputes": list(allowance.explanation.disputes),
        "steps": [step.as_json() for step in allowance.explanation.steps if step.shown],
    }


def maternity(
    area: AreaOption,
    scheme: Annotated[
        str,
        typer.Option(
            "--scheme", envvar="YIBAO_SCHEME", metavar="险种", help="resident、employee、flexible。"
        ),
    ],
    total: Annotated[str, typer.Option("--total", metavar="元", help="医疗费用总额。")] = "",
    item: Annotated[
        list[str], typer.Option("--item", metavar="明细", help="费用明细，写法同 quote。")
    ] = [],  # noqa: B006 - typer copies it
    delivery: Annotated[
        str,
        typer.Option(
            "--delivery",
            metavar="方式",
            help="vaginal 顺产、caesarean 剖宫产、miscarriage 流产；不写是产前检查。",
        ),
    ] = "",
    price_class: Annotated[
        int,
        typer.Option(
            "--price-class", metavar="类", help="机构价格类别 1、2、3。", show_default=False
        ),
    ] = 0,
    grade: Annotated[str, typer.Option("--grade", metavar="等级", help="医院等级，如 3A。")] = "",
    fetuses: Annotated[int, typer.Option("--fetuses", metavar="个", help="胎儿数。")] = 1,
    gestation_months: Annotated[
        int,
        typer.Option("--gestation-months", metavar="月", help="流产时的孕月。", show_default=False),
    ] = -1,
    difficult: Annotated[bool, typer.Option("--difficult", help="难产。")] = False,
    wage: Annotated[
        str,
        typer.Option("--wage", metavar="元", help="单位上年度月平均工资；写了就算生育津贴。"),
    ] = "",
    spouse: Annotated[
        bool, typer.Option("--spouse", help="职工的未就业配偶，按配偶待遇。")
    ] = False,
    enrolled_from: Annotated[
        str, typer.Option("--enrolled-from", metavar="日期", help="参保首日；缺省按一直参保。")
    ] = "",
    on: options.On = "",
    explain: Explain = False,
    as_json: AsJson = False,
) -> None:
    """生育：产前检查、分娩、流产的医疗费用，和生育津贴。

    例子（把“城市”换成地区名称或代码）：
      yibao maternity --area 城市 --scheme employee --delivery vaginal \\
        --total 6000 --grade 3A --wage 7000
    """
    packs = library.load()
    code, name = home_area(packs, area)
    who = words.choose(scheme, words.CONTRIBUTOR, "--scheme")
    if not (total or item or wage):
        raise InputError("要写医疗费用，或写工资来算津贴", place="--total、--item、--wage")
    answer: dict[str, Any] = {"ask": "maternity", "area": code}
    rests: dict[str, dict[str, None]] = {"assumptions": {}, "disputes": {}}
    lines: list[str] = []
    if total or item:
        bill = CareOptions(
            scheme=who,
            kind="maternity",
            status="" if who == "resident" else "working",
            total=total,
            item=item,
            price_class=price_class,
            grade=grade,
            on=on,
            enrolled_from=enrolled_from,
            delivery=delivery,
            fetuses=fetuses,
            gestation_months=gestation_months,
        )
        case = bill.case(packs, code)
        settled = visit_answer(settle(packs, case))
        answer["visit"] = settled
        _add(rests, settled)
        lines += statement(case, settled, name, explain=explain)
        if spouse:
            part = library.spouse_part(packs, code, case.care.end, settled["fund"])
            answer["spouse_part"] = part
            lines.append(f"  未就业配偶按配偶待遇得 {yuan(part)} 元")
    if wage:
        allowance = _allowance(
            packs, code, who, wage, on, delivery, gestation_months, difficult, fetuses
        )
        data = answer["allowance"] = _allowance_data(allowance)
        _add(rests, data)
        if lines:
            lines.append("")
        amount = yuan(allowance.amount)
        lines.append(bold(f"生育津贴 {allowance.days} 天，{amount} 元"))
        if explain:
            lines += render.step_lines(data["steps"])
    if as_json:
        print_json({**answer, **basis_data(packs, code, rests)})
        return
    write(lines + render.basis_lines(packs, code, rests["assumptions"], rests["disputes"]))


def _add(rests: dict[str, dict[str, None]], part: dict[str, Any]) -> None:
    for key, found in rests.items():
        found.update(dict.fromkeys(part[key]))


def _allowance(
    packs: library.PolicyLibrary,
    code: str,
    who: str,
    wage: str,
    on: str,
    delivery: str,
    gestation_months: int,
    difficult: bool,
    fetuses: int,
) -> Allowance:
    if who == "resident":
        raise InputError("居民医保没有生育津贴", place="--wage")
    how = words.choose(delivery, words.DELIVERY, "--delivery") if delivery else "vaginal"
    if how == "miscarriage" and gestation_months < 0:
        raise InputError("流产的津贴随孕月，请写孕月", place="--gestation-months")
    months = gestation_months if gestation_months >= 0 else 10
    return library.maternity_allowance(
        packs,
        code,
        options.day_or_today(on),
        options.amount(wage, "--wage"),
        contribution_class="flexible" if who == "flexible" else "employer",
        miscarriage=how == "miscarriage",
        gestation_months=options.whole(months, "--gestation-months", 0, 10),
        difficult=difficult,
        fetuses=options.whole(fetuses, "--fetuses", 1, 9),
    )
