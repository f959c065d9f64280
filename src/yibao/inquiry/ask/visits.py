"""What a bill leaves to pay: one visit, several, under two schemes or on two days."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from typing import Any

from yibao.benefit.answers import VisitAnswer
from yibao.benefit.rules import same_province
from yibao.inquiry import words
from yibao.inquiry.ask.draft import Draft
from yibao.inquiry.ask.facts import ELSEWHERE
from yibao.inquiry.ask.numbers import amounts
from yibao.inquiry.ask.reply import FigureSaid
from yibao.inquiry.calculators.base import INSTITUTIONS
from yibao.inquiry.fields import Field
from yibao.messages import CHINESE, Fen, Wording, message
from yibao.policy.kinds import (
    Contributor,
    Delivery,
    FilingKind,
    HospitalGrade,
    InstitutionKind,
    Status,
    VisitKind,
)

_CHOICES: dict[str, str] = {
    **{
        grade: f"grade-{grade}"
        for grade in (
            HospitalGrade.GRADE_3A,
            HospitalGrade.GRADE_3B,
            HospitalGrade.GRADE_2A,
            HospitalGrade.GRADE_2B,
        )
    },
    "3": "class-1",
    "2": "class-2",
    "1": "class-3",
    "county": "class-2-county",
    InstitutionKind.COMMUNITY: InstitutionKind.COMMUNITY,
}
_CASES = ("class-1", "class-2", "class-2-county", "class-3")
_LABELS = {choice.code: choice.label for choice in INSTITUTIONS}
_OWN_FIRST = re.compile("自己|自付|自费|自个|掏|个人(?:付|出|承担)|花多少|出多少")
_PAY = re.compile("[交付]")
"""What ``pay`` is read as, in a question in English."""
_FUND_FIRST = re.compile("报|医保(?:付|出|结算)|补偿")
_INSURED = (
    (Contributor.EMPLOYEE, Status.WORKING),
    (Contributor.EMPLOYEE, Status.RETIRED),
    (Contributor.RESIDENT, ""),
)
_MONTHLY_VISIT = re.compile(r"(\d{1,2})月(?:份)?(.*?)(?=\d{1,2}月|$)")


def _asks_own(draft: Draft) -> bool:
    text = draft.text
    if draft.language != CHINESE and _PAY.search(text) and not _FUND_FIRST.search(text):
        return True
    own, fund = _OWN_FIRST.search(text), _FUND_FIRST.search(text)
    if own is None or fund is None:
        return own is not None
    # "报完自己花多少", "能报多少自己出多少": what comes with 多少 first.
    many = re.search("(报|掏|出|花|付|自付|自费)(?:多少|几)", text)
    return many is None or many[1] != "报"


def _fields(draft: Draft, **more: Any) -> dict[str, Any]:
    """The fields of the calculator of visits that the facts of a question fill."""
    facts = draft.facts
    care = facts.get("care", VisitKind.INPATIENT)
    if len(draft.read.cares) > 1 and VisitKind.INPATIENT in draft.read.cares:
        care = VisitKind.INPATIENT
    if care == VisitKind.CHRONIC and "disease" not in facts:
        care = VisitKind.OUTPATIENT
    fields: dict[str, Any] = {"kind": care, "total": _yuan(facts["total_fen"])}
    if care == VisitKind.CHRONIC:
        fields["disease"] = facts["disease"]
    if care != VisitKind.PHARMACY:
        fields["institution"] = _CHOICES.get(str(facts.get("institution")), "class-1")
    if facts.get("group"):
        fields["group"] = facts["group"]
    if facts.get("age"):
        fields["age"] = facts["age"]
    if facts.get("admissions_before") and care == VisitKind.INPATIENT:
        fields["admissions"] = facts["admissions_before"]
    if facts.get("care_area"):
        filing = facts.get("filing")
        fields |= {"where": "away", "care_area": _care_code(draft, facts["care_area"])}
        fields["filing"] = FilingKind.OTHER_TEMPORARY if filing in (None, "none") else filing
    if draft.day != draft.context.today:
        fields["on"] = draft.day.isoformat()
    return {**fields, **more}


def _care_code(draft: Draft, code: str) -> str:
    """A place of the calculator's list that lies as the named one does to the area of insurance."""
    listed = next(asked for asked in draft.calculators["visit"].inputs if asked.name == "care_area")
    assert isinstance(listed, Field)
    codes = [choice.code for choice in listed.choices if choice.code != draft.code]
    if code in codes:
        return code
    if code != ELSEWHERE and same_province(code, draft.code):
        return next(known for known in codes if same_province(known, draft.code))
    text = message("没有说去哪里看病，按外省算").text(draft.language)
    if code == ELSEWHERE:
        draft.assume("care_area", "", text)
    return next(known for known in codes if not same_province(known, draft.code))


def _yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02d}"


def _person(scheme: str, status: str) -> dict[str, str]:
    fields = {"scheme": scheme}
    if scheme == Contributor.EMPLOYEE:
        fields["status"] = status or Status.WORKING
    return fields


def _settled(draft: Draft, fields: Mapping[str, Any], *, link: bool = True) -> VisitAnswer:
    answer = draft.calculate("visit", fields).answer if link else draft.figures("visit", fields)
    assert isinstance(answer, VisitAnswer)
    return answer


def _assume_bill(draft: Draft) -> None:
    text = message("总额按全部甲类算，实际会少报一些").text(draft.language)
    draft.assume("items", "total", text)
    if "care" not in draft.facts:
        draft.assume(
            "care",
            VisitKind.INPATIENT,
            message("没有说住院还是门诊，按住院算").text(draft.language),
        )


def _say_paid(draft: Draft, answer: VisitAnswer) -> None:
    own, fund = (
        FigureSaid("fen", answer.own, Fen(answer.own)),
        FigureSaid("fen", answer.fund, Fen(answer.fund)),
    )
    if _asks_own(draft):
        draft.lead(own)
        said = message("自己付 {own}，医保付 {fund}。", own=Fen(answer.own), fund=Fen(answer.fund))
        draft.beside(
            message("医保付").text(draft.language), fund.words.text(draft.language), [fund]
        )
    else:
        draft.lead(fund)
        said = message("医保付 {fund}，自己付 {own}。", own=Fen(answer.own), fund=Fen(answer.fund))
        draft.beside(message("自己付").text(draft.language), own.words.text(draft.language), [own])
    draft.sentence = said.text(draft.language)


def visit_bill(draft: Draft) -> None:
    """One bill: what the fund pays and what is left."""
    facts = draft.facts
    _assume_bill(draft)
    scheme = facts.get("scheme")
    if scheme is None and facts.get("group"):
        scheme = Contributor.RESIDENT
        draft.assume("scheme", scheme, message("没有说参保类型，按居民医保算").text(draft.language))
    if scheme is None:
        _every_insured(draft)
        return
    person = _person(scheme, facts.get("status", ""))
    if scheme == Contributor.EMPLOYEE and "status" not in facts:
        draft.assume("status", Status.WORKING, message("没有说退休，按在职算").text(draft.language))
    if draft.read.supposed.get("scheme") == "status":
        draft.assume("scheme", scheme, message("退休人员按职工医保算").text(draft.language))
    kind = facts.get("care", VisitKind.INPATIENT)
    prescribed = {"prescription": "1"} if kind == VisitKind.PHARMACY else {}
    _say_paid(draft, _settled(draft, _fields(draft, **person, **prescribed)))
    if prescribed:
        text = message("按凭医院的外配处方算；没有处方，统筹不付").text(draft.language)
        draft.assume("prescription", "true", text)
    if "institution" not in facts and kind != VisitKind.PHARMACY:
        draft.assume(
            "institution",
            "class-1",
            message("没有说医院的类别，按一类（多为三甲）算").text(draft.language),
        )
        _every_class(draft, person)
        draft.follow_up("institution")
    if facts.get("care_area"):
        _other_filings(draft, person)


def _branch_text(answer: VisitAnswer) -> Wording:
    return message("医保付 {fund}，自己付 {own}", fund=Fen(answer.fund), own=Fen(answer.own))


def _every_insured(draft: Draft) -> None:
    """The same bill for each kind of insured person; the first is said."""
    for number, (scheme, status) in enumerate(_INSURED):
        if draft.facts.get("status") and status and status != draft.facts["status"]:
            continue
        answer = _settled(draft, _fields(draft, **_person(scheme, status)), link=not number)
        label = words.CONTRIBUTOR[scheme].text(draft.language)
        if status:
            label += f"（{words.STATUS[status].text(draft.language)}）"
        if not draft.sentence:
            _say_paid(draft, answer)
            draft.sentence = message("{who}：{said}", who=label, said=draft.sentence).text(
                draft.language
            )
        fund = FigureSaid("fen", answer.fund, Fen(answer.fund))
        draft.branch(label, _branch_text(answer).text(draft.language), [fund])
    draft.follow_up("scheme")


def _every_class(draft: Draft, person: Mapping[str, str]) -> None:
    for code in _CASES:
        answer = _settled(draft, _fields(draft, **person, institution=code), link=False)
        fund = FigureSaid("fen", answer.fund, Fen(answer.fund))
        draft.branch(
            _LABELS[code].text(draft.language), _branch_text(answer).text(draft.language), [fund]
        )


def _other_filings(draft: Draft, person: Mapping[str, str]) -> None:
    """What another filing would change."""
    filed = draft.facts.get("filing")
    if filed not in (None, "none", FilingKind.OTHER_TEMPORARY):
        return
    if filed is None:
        draft.assume("filing", "none", message("没有说备案，按没有备案算").text(draft.language))
    answer = _settled(draft, _fields(draft, **person, filing=FilingKind.REFERRAL), link=False)
    own = FigureSaid("fen", answer.own, Fen(answer.own))
    text = message("先办转诊备案，自己付 {own}", own=Fen(answer.own)).text(draft.language)
    draft.branch(words.FILING[FilingKind.REFERRAL].text(draft.language), text, [own])


def schemes_apart(draft: Draft) -> None:
    """One bill under both schemes."""
    _assume_bill(draft)
    status = draft.facts.get("status", Status.WORKING)
    employee = _settled(draft, _fields(draft, **_person(Contributor.EMPLOYEE, status)))
    resident = _settled(draft, _fields(draft, **_person(Contributor.RESIDENT, "")), link=False)
    apart = FigureSaid(
        "fen", abs(employee.fund - resident.fund), Fen(abs(employee.fund - resident.fund))
    )
    draft.lead(apart)
    draft.sentence = message(
        "差 {apart}：职工医保付 {employee}，居民医保付 {resident}。",
        apart=apart.words,
        employee=Fen(employee.fund),
        resident=Fen(resident.fund),
    ).text(draft.language)
    if "status" not in draft.facts:
        draft.assume("status", Status.WORKING, message("没有说退休，按在职算").text(draft.language))


def days_apart(draft: Draft) -> None:
    """One bill under the rules of a former year and of today."""
    _assume_bill(draft)
    today = draft.context.today
    person = _person(draft.facts.get("scheme", Contributor.EMPLOYEE), draft.facts.get("status", ""))
    before = _settled(draft, _fields(draft, **person))
    after = _settled(draft, _fields(draft, **person, on=today.isoformat()), link=False)
    more = abs(after.fund - before.fund)
    draft.lead(FigureSaid("fen", more, Fen(more)))
    draft.sentence = message(
        "差 {more}：{year} 年医保付 {before}，现在付 {after}。",
        more=Fen(more),
        year=draft.day.year,
        before=Fen(before.fund),
        after=Fen(after.fund),
    ).text(draft.language)


def visits_of_year(draft: Draft) -> None:
    """Several visits of a year, each month with its own."""
    fields: dict[str, Any] = {}
    visits = 0
    for match in _MONTHLY_VISIT.finditer(draft.text):
        month, said = int(match[1]), match[2]
        total = next(amounts(said), None)
        if total is None or not 1 <= month <= 12:
            continue
        visits += 1
        fields[f"on-{visits}"] = datetime.date(draft.day.year, month, 15).isoformat()
        fields[f"total-{visits}"] = _yuan(total.fen)
        fields[f"kind-{visits}"] = VisitKind.INPATIENT if "住院" in said else VisitKind.OUTPATIENT
        grade = re.search("三甲|二甲|社区|县医院", said)
        code = {
            "三甲": HospitalGrade.GRADE_3A,
            "二甲": HospitalGrade.GRADE_2A,
            "社区": InstitutionKind.COMMUNITY,
            "县医院": "county",
        }
        fields[f"institution-{visits}"] = _CHOICES[code[grade[0]]] if grade else "class-1"
    if not visits:
        visit_bill(draft)
        return
    draft.facts["visits"] = visits
    _assume_bill(draft)
    scheme = draft.facts.get("scheme", Contributor.RESIDENT)
    person = _person(scheme, draft.facts.get("status", ""))
    answer = draft.calculate("year", {**fields, **person}).answer
    draft.lead(FigureSaid("fen", answer.own, Fen(answer.own)))
    draft.sentence = message(
        "全年自己付 {own}，医保付 {fund}。", own=Fen(answer.own), fund=Fen(answer.fund)
    ).text(draft.language)
    for visit in answer.visits:
        own = FigureSaid("fen", visit.own, Fen(visit.own))
        text = message("自己付 {own}", own=Fen(visit.own)).text(draft.language)
        draft.beside(visit.on.isoformat(), text, [own])


def birth_bill(draft: Draft) -> None:
    """What a birth leaves to pay."""
    facts = draft.facts
    _assume_bill(draft)
    fields = {
        "scheme": facts["scheme"],
        "event": facts.get("event", Delivery.VAGINAL),
        "total": _yuan(facts["total_fen"]),
        "institution": _CHOICES.get(str(facts.get("institution")), "class-1"),
    }
    if facts.get("fetuses"):
        fields["fetuses"] = facts["fetuses"]
    if draft.day != draft.context.today:
        fields["on"] = draft.day.isoformat()
    answer = draft.calculate("maternity", fields).answer
    _say_paid(draft, answer)
