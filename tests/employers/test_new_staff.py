"""Staff whom nobody has registered: with the declaration, or after the office saw the papers."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import pytest

from yibao.access.errors import DeniedError
from yibao.access.operations import Answer
from yibao.access.permissions import Actor, Role
from yibao.database.secrets import mask
from yibao.employers import operations as employers
from yibao.employers.errors import FaultyLinesError
from yibao.employers.hiring import STAFF_REGISTRATION
from yibao.employers.states import ChangeKind, HireWay
from yibao.errors import ConflictError, RefusedError
from yibao.insured.people.certificates import RESIDENT
from yibao.insured.people.finding import people_with_numbers
from yibao.office.documents import add_document
from yibao.office.errors import UnknownYearError
from yibao.office.operations import move_case
from yibao.office.reading import cases_of_employer, queue

from ..support.actors import AUDITOR, CLERK, oneself
from ..support.pictures import picture
from .world import CODE, HR, OTHER, Firm, at, number_of, staff

Build = Callable[..., Any]
Together = Callable[..., list[Any]]
_NEW = number_of(777)


def _lay_down(firm: Firm, hires: HireWay | None, *, put_off: bool = False) -> None:
    terms = employers.CollectionTerms(15, 15, hires, put_off)
    employers.set_terms(firm.database, firm.key("terms"), firm.area, 202401, terms, actor=CLERK)


def _hire(firm: Firm, line: int = 2, number: str = _NEW) -> Any:
    return firm.line(number, ChangeKind.ADD, 650_000, line, name="孙新")


def _person(firm: Firm, number: str = _NEW) -> str:
    """Whose number it is; empty: nobody's."""
    secrets = firm.database.secrets
    known = firm.database.read(lambda unit: people_with_numbers(unit, secrets, RESIDENT, [number]))
    return known.get(number, ("", ""))[0]


def _move(firm: Firm, case: str, move: str, actor: Actor, day: str, reason: str = "") -> Answer:
    key = firm.key(move)
    return move_case(
        firm.database, firm.packs, key, case, move, actor=actor, reason=reason, at=at(day)
    )


def test_new_staff_are_registered_with_the_declaration(firm: Firm, make_person: Build) -> None:
    with pytest.raises(FaultyLinesError, match="到窗口"):  # nobody said that it may
        firm.declare(202601, [_hire(firm)], "2026-01-10")
    _lay_down(firm, HireWay.BY_DECLARATION)
    firm.person(make_person("resident", scheme="resident", years=[(2026, "2025-12-01")]))
    lines = [
        _hire(firm),
        firm.line("resident", ChangeKind.ADD, 600_000, 3),
        firm.line("wang", ChangeKind.ADD, 600_000, 4),
    ]
    shown = firm.preview(202601, lines, "2026-01-10")
    assert shown["newcomers"] == [
        {
            "line": 2,
            "name": "孙新",
            "number": mask(_NEW),
            "way": HireWay.BY_DECLARATION,
        }
    ]
    (moved,) = shown["moved"]
    assert (moved["line"], moved["scheme"], moved["last_day"]) == (3, "resident", "2025-12-31")
    assert _person(firm) == ""  # a preview writes nothing
    declared = firm.declare(202601, lines, "2026-01-10")
    assert (declared["new_staff"], declared["asked"], declared["people"]) == (1, 0, 3)
    assert declared["due"] == shown["due"]
    person = _person(firm)
    (enrolled,) = firm.store.facts(person).enrolments
    assert (enrolled.scheme, enrolled.contribution_class) == ("employee", "employer")
    assert enrolled.start == datetime.date(2026, 1, 1)
    bill = firm.bill(202601, "2026-01-12")
    firm.book(bill["bill"], bill["due"], "2026-01-20")
    assert firm.paid(person)[202601] == 650_000
    with pytest.raises(FaultyLinesError, match="名册"):
        firm.declare(202602, [_hire(firm)], "2026-01-20")
    firm.register(OTHER, "乙公司")
    there = employers.DeclaredMonth(OTHER, 202602, (_hire(firm),))
    other = Actor("other", Role.EMPLOYER, employer_id=OTHER)
    with pytest.raises(FaultyLinesError, match="另一个单位"):
        employers.declare(
            firm.database, firm.packs, firm.key("declare"), there, actor=other, at=at("2026-01-20")
        )
    firm.check()


def test_a_wrong_number_name_or_change_registers_nobody(firm: Firm) -> None:
    _lay_down(firm, HireWay.BY_DECLARATION)
    wrong = _NEW[:-1] + ("0" if _NEW[-1] != "0" else "1")
    lines = [
        firm.line(wrong, ChangeKind.ADD, 650_000, 2, name="孙新"),
        firm.line(_NEW, ChangeKind.BASE, 650_000, 3, name="孙新"),
        firm.line("wang", ChangeKind.ADD, 650_000, 4, name="王别"),
        firm.line(number_of(779, "20260301"), ChangeKind.ADD, 650_000, 5, name="小孙"),
    ]
    with pytest.raises(FaultyLinesError) as refused:
        firm.declare(202601, lines, "2026-01-10")
    said = {fault.line: str(fault.said) for fault in refused.value.faults}
    words = {2: "校验", 3: "增员", 4: "姓名", 5: "出生日期"}
    assert said.keys() == words.keys()
    assert all(words[line] in said[line] for line in words), said
    assert _person(firm) == ""
    firm.check()


def test_two_employers_register_one_person_once(
    firm: Firm, together: Together, make_person: Build
) -> None:
    _lay_down(firm, HireWay.BY_DECLARATION)
    firm.register(OTHER, "乙公司")

    def declare(code: str, actor: Actor) -> Callable[[], Any]:
        declared = employers.DeclaredMonth(code, 202601, (_hire(firm),))
        key = firm.key("declare")
        return lambda: employers.declare(
            firm.database, firm.packs, key, declared, actor=actor, at=at("2026-01-10")
        )

    other = Actor("other", Role.EMPLOYER, employer_id=OTHER)
    answers = together([declare(CODE, HR), declare(OTHER, other)])
    done = [answer for answer in answers if not isinstance(answer, Exception)]
    refused = [answer for answer in answers if isinstance(answer, Exception)]
    assert (len(done), len(refused)) == (1, 1)
    assert isinstance(refused[0], ConflictError | FaultyLinesError)
    assert len(firm.store.facts(_person(firm)).enrolments) == 1
    firm.check()


def test_where_proof_is_wanted_the_office_sees_it_first(firm: Firm, together: Together) -> None:
    _lay_down(firm, HireWay.BY_PROOF)
    lines = [*firm.add(("wang", 600_000)), _hire(firm, 3)]
    shown = firm.preview(202601, lines, "2026-01-10")
    assert [person["way"] for person in shown["newcomers"]] == [HireWay.BY_PROOF]
    declared = firm.declare(202601, lines, "2026-01-10")
    assert (declared["new_staff"], declared["asked"], declared["people"]) == (0, 1, 1)
    assert _person(firm) == ""
    with pytest.raises(FaultyLinesError, match="已经在办"):
        firm.declare(202601, [_hire(firm)], "2026-01-11")
    (case,) = cases_of_employer(firm.database, HR, CODE, datetime.date(2026, 1, 11))
    assert case.kind.name == STAFF_REGISTRATION
    clerk, reviewer = staff(Role.CLERK, firm.area), staff(Role.REVIEWER, firm.area)
    stranger = Actor("other", Role.EMPLOYER, employer_id=OTHER)
    away = staff(Role.CLERK, "110100")
    for actor in (stranger, away, reviewer, AUDITOR, oneself("wang"), HR):
        with pytest.raises(DeniedError):
            _move(firm, case.case_id, "accept", actor, "2026-01-12")
    with pytest.raises(ConflictError, match="材料不齐"):
        _move(firm, case.case_id, "accept", clerk, "2026-01-12")
    with pytest.raises(DeniedError):
        add_document(
            firm.database,
            firm.key("paper"),
            case.case_id,
            "photo",
            "a.jpg",
            picture(),
            actor=stranger,
        )
    for paper in ("identity_card", "employment_contract", "photo"):
        add_document(
            firm.database, firm.key("paper"), case.case_id, paper, "a.jpg", picture(), actor=HR
        )
    accepted = _move(firm, case.case_id, "accept", clerk, "2026-01-12")
    assert accepted["due_on"] == "2026-01-26", "ten working days"
    assert case.case_id in {
        row.case_id for row in queue(firm.database, reviewer, datetime.date(2026, 1, 12))
    }
    # The month is billed while the office looks: the person comes with the next one.
    firm.bill(202601, "2026-01-12")

    def approve() -> Any:
        return _move(firm, case.case_id, "approve", reviewer, "2026-01-18")

    answers = together([approve, approve])
    assert sum(isinstance(answer, dict) for answer in answers) >= 1
    person = _person(firm)
    assert firm.store.facts(person).enrolments[0].start == datetime.date(2026, 2, 1)
    assert firm.declare(202602, [], "2026-01-20")["people"] == 2
    firm.check()


def test_a_last_day_on_a_holiday_is_the_next_working_day(firm: Firm) -> None:
    _lay_down(firm, None, put_off=True)
    declared = firm.declare(202601, firm.add(("wang", 600_000)), "2026-01-10")
    # 15 February 2026 begins the holidays of the Spring Festival, which end on the 23rd.
    assert declared["due_on"] == "2026-02-24"
    bill = firm.bill(202601, "2026-01-12")
    assert firm.book(bill["bill"], bill["due"], "2026-02-24")["late_fee"] == 0
    firm.declare(202602, [], "2026-02-10")
    bill = firm.bill(202602, "2026-02-20")
    assert bill["due_on"] == "2026-03-16"  # the 15th is a Sunday
    answer = firm.book(bill["bill"], bill["due"] + 10_000, "2026-03-18")
    assert answer["late_fee"] == (bill["due"] * 2 * 5 + 5_000) // 10_000  # two days, not three
    terms = employers.CollectionTerms(15, 15, None, True)
    assert terms.due_on(202512) == datetime.date(2026, 1, 15)
    with pytest.raises(UnknownYearError, match="2031"):
        terms.due_on(203012)
    plain = employers.CollectionTerms(15, 15)
    assert plain.due_on(202601) == datetime.date(2026, 2, 15)
    with pytest.raises(RefusedError):
        employers.assess_area(
            firm.database, firm.packs, firm.area, 202602, actor=CLERK, at=at("2026-03-16")
        )
    firm.check()
