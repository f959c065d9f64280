"""``yibao quote`` and ``yibao compare``: one visit under one area's rules, or two."""

from __future__ import annotations

from typing import Annotated, Any

from yibao import library
from yibao.benefit.answers import VisitAnswer, answer_of
from yibao.cli import render
from yibao.cli.care import WrittenBill, asked_bill
from yibao.cli.declared import Argument
from yibao.cli.facts import OptionsError
from yibao.cli.language import language, say, worded
from yibao.cli.options import AreaOption, AsJson, Explain, basis_json, home_area, print_json
from yibao.cli.text import columns, table, wrap, write
from yibao.errors import RefusedError
from yibao.inquiry import sentences
from yibao.inquiry.basis import REFERENCE_ONLY
from yibao.inquiry.care import Case, describe, settle
from yibao.inquiry.figures import COMPARED, difference_of
from yibao.inquiry.sentences import comparison_headline, yuan
from yibao.messages import message
from yibao.policy.compile import PolicyLibrary
from yibao.policy.model import Words

Asked = Annotated[WrittenBill, asked_bill()]


def statement(case: Case, answer: VisitAnswer, name: Words, *, explain: bool) -> list[str]:
    """The statement of a case, without what it rests on."""
    about = worded(describe(case.insured, case.institution, case.care, name))
    return render.visit_lines(answer, about, explain=explain)


def quote(area: AreaOption, bill: Asked, explain: Explain = False, as_json: AsJson = False) -> None:
    """一次就诊：基金付多少，个人付多少，为什么。

    例子（把“城市”换成地区名称或代码）：
      yibao quote --area 城市 --scheme resident --kind inpatient \\
        --price-class 1 --total 8000
      yibao quote --area 城市 --scheme employee --status retired --kind outpatient \\
        --grade 三甲 --item A:300 --item B:200:upfront=10 --explain
    """
    packs = library.load()
    code, name = home_area(packs, area)
    case = bill.case(packs, code)
    answer = answer_of(settle(packs, case))
    if as_json:
        print_json(
            {
                **answer.as_json(language()),
                "area": code,
                **basis_json(packs, code, answer.assumptions, answer.disputes),
            }
        )
        return
    lines = statement(case, answer, name, explain=explain)
    basis = render.basis_lines(packs, code, answer.assumptions, answer.disputes)
    write([*lines, *basis])


# --- compare ---

_LABELS = {name: label for label, name, _ in sentences.AMOUNTS}
_ROWS = tuple((_LABELS[name], name) for name in COMPARED)


def _in_area(
    packs: PolicyLibrary, bill: WrittenBill, code: str, name: Words
) -> tuple[Case, VisitAnswer]:
    try:
        case = bill.case(packs, code)
        return case, answer_of(settle(packs, case))
    except RefusedError as error:
        raise error.of(name) from None


def compare(
    area: Annotated[str, Argument(metavar=message("地区"), help=message("地区代码或名称。"))],
    other_area: Annotated[str, Argument(metavar=message("另一地区"), help=message("另一个地区。"))],
    bill: Asked,
    explain: Explain = False,
    as_json: AsJson = False,
) -> None:
    """同一个人、同一笔费用，在两个地区各报多少。

    两边都按在当地参保、在当地就医计算；医院的价格类别或等级相同。

    例子（把“城市甲、城市乙”换成地区名称或代码）：
      yibao compare 城市甲 城市乙 --scheme employee --status working \\
        --kind inpatient --grade 3A --total 50000 --age 45
    """
    if bill.written["care_area"] or bill.written["filing"]:
        raise OptionsError(message("比较只算在当地就医"), "--care-area", "--filing")
    packs = library.load()
    places = [home_area(packs, text, say("地区")) for text in (area, other_area)]
    names = [name for _, name in places]
    settlements = [_in_area(packs, bill, code, name) for code, name in places]
    answers = [answer for _, answer in settlements]
    if as_json:
        print_json(_comparison(packs, places, answers))
        return
    rows = [(say("单位：元"), *map(worded, names), say("相差"))]
    for label, key in _ROWS:
        values = [answer.amounts()[key] for answer in answers]
        if any(values) or key in ("fund", "own"):
            difference = values[1] - values[0]
            sign = "+" if difference > 0 else ""
            rows.append((worded(label), *map(yuan, values), sign + yuan(difference)))
    case = settlements[0][0]
    lines = render.title(comparison_headline(names, answers))
    lines += wrap(worded(describe(case.insured, case.institution, case.care, "")), columns())
    lines += table(rows, "<>>>", gap=3)
    if explain:
        for name, answer in zip(names, answers, strict=True):
            lines += render.step_lines(answer.steps, message("{name}怎么算的", name=name))
    for (code, _), name, answer in zip(places, names, answers, strict=True):
        if answer.assumptions or answer.disputes:
            basis = render.basis_lines(packs, code, answer.assumptions, answer.disputes)
            lines += ["", say("{name}的依据", name=name), *basis[1:-1]]
    write([*lines, "", worded(REFERENCE_ONLY)])


def _comparison(
    packs: PolicyLibrary, places: list[tuple[str, Words]], answers: list[VisitAnswer]
) -> dict[str, Any]:
    return {
        "areas": [
            {
                "area": code,
                "name": worded(name),
                **answer.as_json(language()),
                **basis_json(packs, code, answer.assumptions, answer.disputes),
            }
            for (code, name), answer in zip(places, answers, strict=True)
        ],
        "difference": difference_of(*answers).as_json(language()),
        "notice": worded(REFERENCE_ONLY),
    }
