"""``yibao maternity``: the medical cost of a birth or of prenatal care, and the allowance."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from yibao import library
from yibao.benefit.answers import answer_of, explanation_of
from yibao.benefit.explain import Explanation, merge
from yibao.benefit.lifetime import Allowance
from yibao.cli import options, render
from yibao.cli.care import WrittenBill, asked, option_name
from yibao.cli.declared import Option
from yibao.cli.options import AreaOption, AsJson, Explain, home_area, print_json
from yibao.cli.quote import statement
from yibao.cli.text import bold, write
from yibao.errors import InputError
from yibao.inquiry import words
from yibao.inquiry.basis import basis_data
from yibao.inquiry.care import settle
from yibao.inquiry.question import QUESTION, read_text
from yibao.inquiry.sentences import yuan
from yibao.messages import message
from yibao.policy.kinds import ContributionClass, Scheme


def _allowance_data(allowance: Allowance) -> dict[str, Any]:
    return {
        "days": allowance.days,
        "amount": allowance.amount,
        "assumptions": list(allowance.explanation.assumptions),
        "disputes": list(allowance.explanation.disputes),
        "steps": [step.as_json() for step in allowance.explanation.shown],
    }


_ASKED = (
    *("scheme", "total", "item", "delivery", "price_class", "grade", "fetuses"),
    *("gestation_months", "enrolled_from", "on"),
)


def maternity(
    area: AreaOption,
    bill: Annotated[WrittenBill, asked(*_ASKED)],
    difficult: Annotated[bool, Option("--difficult", help="难产。")] = False,
    wage: Annotated[
        str,
        Option("--wage", metavar="元", help="单位上年度月平均工资；写了就算生育津贴。"),
    ] = "",
    spouse: Annotated[bool, Option("--spouse", help="职工的未就业配偶，按配偶待遇。")] = False,
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
    written = bill.written
    who = words.choose(written["scheme"], words.CONTRIBUTOR, "--scheme")
    has_bill = bool(written["total"] or written["item"])
    if not (has_bill or wage):
        raise InputError(message("要写医疗费用，或写工资来算津贴"), place="--total、--item、--wage")
    answer: dict[str, Any] = {"ask": "maternity", "area": code}
    explanations: list[Explanation] = []
    lines: list[str] = []
    if has_bill:
        status = "" if who == Scheme.RESIDENT else "working"
        birth = WrittenBill({**written, "kind": "maternity", "scheme": who, "status": status})
        case = birth.case(packs, code)
        settled = settle(packs, case)
        visited = answer_of(settled)
        answer["visit"] = visited.as_json()
        explanations.append(explanation_of(settled))
        lines += statement(case, visited, name, explain=explain)
        if spouse:
            part = library.spouse_part(packs, code, case.care.end, visited.fund)
            answer["spouse_part"] = part
            lines.append(f"  未就业配偶按配偶待遇得 {yuan(part)} 元")
    if wage:
        allowance = _allowance(packs, code, who, wage, written, difficult)
        answer["allowance"] = _allowance_data(allowance)
        explanations.append(allowance.explanation)
        if lines:
            lines.append("")
        amount = yuan(allowance.amount)
        lines.append(bold(f"生育津贴 {allowance.days} 天，{amount} 元"))
        if explain:
            lines += render.step_lines(allowance.explanation.shown)
    whole = merge(explanations)
    if as_json:
        print_json({**answer, **basis_data(packs, code, whole.assumptions, whole.disputes)})
        return
    write(lines + render.basis_lines(packs, code, whole.assumptions, whole.disputes))


def _allowance(
    packs: library.PolicyLibrary,
    code: str,
    who: str,
    wage: str,
    written: Mapping[str, Any],
    difficult: bool,
) -> Allowance:
    if who == Scheme.RESIDENT:
        raise InputError(message("居民医保没有生育津贴"), place="--wage")
    said = {
        name: read_text(packs, QUESTION[name], written[name], option_name(name))
        for name in ("delivery", "gestation_months", "fetuses", "on")
        if written[name]
    }
    how = said.get("delivery", "vaginal")
    if how == "miscarriage" and "gestation_months" not in said:
        raise InputError(message("流产的津贴随孕月，请写孕月"), place="--gestation-months")
    return library.maternity_allowance(
        packs,
        code,
        said.get("on") or options.today(),
        options.amount(wage, "--wage"),
        contribution_class=ContributionClass.FLEXIBLE
        if who == ContributionClass.FLEXIBLE
        else ContributionClass.EMPLOYER,
        miscarriage=how == "miscarriage",
        gestation_months=said.get("gestation_months", 10),
        difficult=difficult,
        fetuses=said.get("fetuses", 1),
    )
