"""``yibao maternity``: the medical cost of a birth or of prenatal care, and the allowance."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from yibao import library
from yibao.benefit.answers import answer_of, explanation_of
from yibao.benefit.explain import Explanation, merge
from yibao.benefit.lifetime import Allowance
from yibao.cli import render
from yibao.cli.care import WrittenBill, asked_bill
from yibao.cli.facts import OptionsError, Written, asked, chosen
from yibao.cli.language import language, say
from yibao.cli.options import AreaOption, AsJson, Explain, basis_json, home_area, print_json
from yibao.cli.quote import statement
from yibao.cli.text import columns, wrap, write
from yibao.errors import InputError
from yibao.inquiry.asked import ALLOWANCE
from yibao.inquiry.care import settle
from yibao.inquiry.question import QUESTION
from yibao.messages import Days, Fen, message
from yibao.policy.kinds import MISCARRIAGES, ContributionClass, Contributor, Status, VisitKind


def _allowance_data(allowance: Allowance) -> dict[str, Any]:
    return {
        "days": allowance.days,
        "amount": allowance.amount,
        "assumptions": list(allowance.explanation.assumptions),
        "disputes": list(allowance.explanation.disputes),
        "steps": [step.as_json(language()) for step in allowance.explanation.shown],
    }


_ASKED = (
    *("scheme", "total", "item", "delivery", "price_class", "grade", "fetuses", "without_stay"),
    *("gestation_months", "enrolled_from", "age", "on"),
)

_OF_LEAVE = chosen(QUESTION, ("scheme", "delivery", "gestation_months", "fetuses", "on"))
_FULL_TERM = 10
"""Months of a pregnancy that came to its end."""


def maternity(
    area: AreaOption,
    bill: Annotated[WrittenBill, asked_bill(*_ASKED)],
    more: Annotated[Written, asked(ALLOWANCE)],
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
    said = {**Written(_OF_LEAVE, written).said(packs), **more.said(packs)}
    has_bill = bool(written["total"] or written["item"])
    if not has_bill and said["wage"] is None:
        raise OptionsError(message("要写医疗费用，或写工资来算津贴"), "--total", "--item", "--wage")
    answer: dict[str, Any] = {"ask": "maternity", "area": code}
    explanations: list[Explanation] = []
    lines: list[str] = []
    if has_bill:
        status = "" if said["scheme"] == Contributor.RESIDENT else Status.WORKING
        birth = WrittenBill({**written, "kind": VisitKind.MATERNITY, "status": status})
        case = birth.case(packs, code)
        settled = settle(packs, case)
        visited = answer_of(settled)
        answer["visit"] = visited.as_json(language())
        explanations.append(explanation_of(settled))
        lines += statement(case, visited, name, explain=explain)
        if said["spouse"]:
            part = library.spouse_part(packs, code, case.care.end, visited.fund)
            answer["spouse_part"] = part
            lines += wrap(
                "  " + say("未就业配偶按配偶待遇得 {amount}", amount=Fen(part)), columns()
            )
    if said["wage"] is not None:
        allowance = _allowance(packs, code, said)
        answer["allowance"] = _allowance_data(allowance)
        explanations.append(allowance.explanation)
        if lines:
            lines.append("")
        head = message(
            "生育津贴 {days}，{amount}", days=Days(allowance.days), amount=Fen(allowance.amount)
        )
        lines += render.title(head)
        if explain:
            lines += render.step_lines(allowance.explanation.shown)
    whole = merge(explanations)
    if as_json:
        print_json({**answer, **basis_json(packs, code, whole.assumptions, whole.disputes)})
        return
    write(lines + render.basis_lines(packs, code, whole.assumptions, whole.disputes))


def _allowance(packs: library.PolicyLibrary, code: str, said: Mapping[str, Any]) -> Allowance:
    if said["scheme"] == Contributor.RESIDENT:
        raise InputError(message("居民医保没有生育津贴"), place="--wage")
    lost, gestation = said["delivery"] in MISCARRIAGES, said["gestation_months"]
    if lost and gestation is None:
        raise InputError(message("流产的津贴随孕月，请写孕月"), place="--gestation-months")
    flexible = said["scheme"] == Contributor.FLEXIBLE
    return library.maternity_allowance(
        packs,
        code,
        said["on"],
        said["wage"],
        contribution_class=ContributionClass.FLEXIBLE if flexible else ContributionClass.EMPLOYER,
        miscarriage=lost,
        gestation_months=_FULL_TERM if gestation is None else gestation,
        difficult=said["difficult"],
        fetuses=said["fetuses"],
    )
