"""Maternity allowances: applied for, reviewed, decided by another one, paid; refused by name."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from yibao.access.errors import DeniedError
from yibao.access.permissions import Actor, Role
from yibao.claims.allowances import MATERNITY_ALLOWANCE, MaternityAllowance
from yibao.database.unit import Database
from yibao.disbursement import operations as payments
from yibao.disbursement.checks import payment_faults
from yibao.disbursement.files import BankAnswer
from yibao.disbursement.orders import set_off_order, waiting_amount
from yibao.disbursement.payees import payee_of
from yibao.disbursement.reading import order_state
from yibao.disbursement.states import Outcome
from yibao.employers.applying import apply_for_staff
from yibao.employers.bases import average_base
from yibao.errors import ConflictError, RefusedError
from yibao.ledger import operations as ledger
from yibao.office.documents import add_document
from yibao.office.operations import Subject, move_case, open_case
from yibao.office.reading import cases_of_employer, read_case, read_document
from yibao.policy.compile import PolicyLibrary
from yibao.policy.kinds import Delivery

from ..employers.world import CODE, HR, OTHER, Firm, at, staff
from ..support.actors import AUDITOR, CLERK, oneself
from .conftest import overlaid, picture

Together = Callable[..., list[Any]]
PAYEE = payee_of("王秀兰", "工商银行", "6217000012345678")
BIRTH = MaternityAllowance(on=datetime.date(2026, 3, 2), delivery=Delivery.VAGINAL, payee=PAYEE)
DAY = "2026-05-06"


@pytest.fixture
def firm(
    database: Database, packs: PolicyLibrary, area: str, make_person: Callable[..., Any]
) -> Firm:
    """Three women on the roster since January 2025, when 24,000 yuan were billed."""
    firm = Firm(database, packs, area)
    firm.set_up(make_person, ("wang", "li", "zhao"))
    people = (("wang", 600_000), ("li", 800_000), ("zhao", 1_000_000))
    firm.declare(202501, firm.add(*people), "2025-01-10")
    firm.bill(202501, "2025-01-12")
    return firm


def _ask(firm: Firm, data: MaternityAllowance = BIRTH, who: str = "wang") -> str:
    answer = open_case(
        firm.database,
        firm.key("open"),
        MATERNITY_ALLOWANCE,
        Subject(firm.area, who),
        data,
        actor=oneself(who),
        at=at(DAY),
    )
    return str(answer["case"])


def _paper(firm: Firm, case: str, paper: str = "medical_record", actor: Actor = CLERK) -> None:
    content = picture()
    add_document(
        firm.database, firm.key("paper"), case, paper, "a.jpg", content, actor=actor, at=at(DAY)
    )


def _move(firm: Firm, case: str, move: str, role: Role | Actor, reason: str = "") -> Any:
    actor = role if isinstance(role, Actor) else staff(role, firm.area)
    return move_case(
        firm.database,
        firm.packs,
        firm.key(move),
        case,
        move,
        actor=actor,
        reason=reason,
        at=at(DAY),
    )


def _reviewed(firm: Firm, data: MaternityAllowance = BIRTH, who: str = "wang") -> str:
    case = _ask(firm, data, who)
    _paper(firm, case)
    if data.average is not None:
        _paper(firm, case, "wage_statement")
    _move(firm, case, "accept", Role.CLERK)
    _move(firm, case, "review", Role.REVIEWER)
    return case


def _state(firm: Firm, case: str) -> str:
    day = datetime.date.fromisoformat(DAY)
    return read_case(firm.database, CLERK, case, day).listed.state


def _pay(firm: Firm, case: str, outcome: Outcome = Outcome.PAID) -> None:
    cashier, head = staff(Role.CASHIER, firm.area), staff(Role.HEAD, firm.area)
    database, when = firm.database, at(DAY)
    batch = payments.draft_batch(database, firm.key("draft"), firm.area, actor=cashier, at=when)[
        "batch"
    ]
    payments.sign_batch(database, firm.key("sign"), batch, actor=head, at=when)
    payments.send_batch(database, firm.key("send"), batch, actor=cashier, at=when)
    order = database.read(lambda unit: order_state(unit, MATERNITY_ALLOWANCE, case))
    assert order is not None
    day = datetime.date.fromisoformat(DAY)
    said = BankAnswer(batch, order.order_id, order.amount, outcome, "B1", day, "账号户名不符")
    payments.book_answer(database, said, actor=cashier, at=when)


def _check(firm: Firm) -> None:
    firm.check()
    assert firm.database.read(lambda unit: list(payment_faults(unit)), consistent=True) == []


def test_98_days_of_the_employers_average_are_decided_and_paid(
    firm: Firm, together: Together
) -> None:
    """8,000 yuan a month / 30 × 98 days = 26,133.33 yuan."""
    base = firm.database.read(lambda unit: average_base(unit, CODE, 2025))
    assert base is not None
    assert (base.total, base.months, base.average) == (2_400_000, 3, 800_000)
    case = _ask(firm)
    with pytest.raises(ConflictError, match="病历"):
        _move(firm, case, "accept", Role.CLERK)
    _paper(firm, case, actor=oneself("wang"))
    accepted = _move(firm, case, "accept", Role.CLERK)
    assert accepted["due_on"] == "2026-05-19"  # 10 working days: the 9th of May is made up for
    for role, move in (
        (Role.CLERK, "review"),
        (Role.SECOND, "review"),
        (Role.CASHIER, "review"),
        (oneself("li"), "withdraw"),
        (AUDITOR, "review"),
        (staff(Role.REVIEWER, "110100"), "review"),
        (HR, "withdraw"),
    ):
        with pytest.raises(DeniedError):
            _move(firm, case, move, role)
    _move(firm, case, "review", Role.REVIEWER)
    with pytest.raises(DeniedError):
        _move(firm, case, "approve", Role.REVIEWER)
    seconds = [
        Actor(name, Role.SECOND, agency_id="agency", area=firm.area, lives_here=lambda _: True)
        for name in ("s1", "s2")
    ]
    answers = together([lambda who=who: _move(firm, case, "approve", who) for who in seconds])
    (decided,) = [answer for answer in answers if isinstance(answer, dict)]
    assert decided["effect"]["days"] == 98
    assert decided["effect"]["amount"] == 2_613_333
    assert firm.store.entries(f"fund:{firm.area}:employee:pooled") == 2_613_333
    assert firm.store.entries("claim:wang") == -2_613_333
    _pay(firm, case, Outcome.RETURNED)
    assert firm.store.entries("claim:wang") == -2_613_333
    with pytest.raises(ConflictError, match="换一个账户"):
        _move(firm, case, "resend", Role.CLERK)
    _check(firm)


def test_a_paid_allowance_is_over_and_no_day_is_paid_for_twice(firm: Firm) -> None:
    case = _reviewed(firm)
    _move(firm, case, "approve", Role.SECOND)
    _pay(firm, case)
    assert _state(firm, case) == "allowance_paid"
    assert firm.store.entries("claim:wang") == 0
    again = _reviewed(
        firm, MaternityAllowance(on=datetime.date(2026, 4, 1), delivery=Delivery.VAGINAL,
                                 difficult=True, payee=PAYEE)
    )  # fmt: skip
    with pytest.raises(ConflictError, match="已经有一份"):
        _move(firm, again, "approve", Role.SECOND)
    _check(firm)


def test_what_is_missing_is_refused_by_name(
    firm: Firm, make_person: Callable[..., Any], tmp_path: Path
) -> None:
    cases = {
        "银行账户": MaternityAllowance(on=BIRTH.on, delivery=Delivery.VAGINAL),
        "发给谁": MaternityAllowance(
            on=datetime.date(2025, 3, 2), delivery=Delivery.VAGINAL, average=500_000, payee=PAYEE
        ),
        "缴费基数": MaternityAllowance(
            on=datetime.date(2025, 6, 2), delivery=Delivery.VAGINAL, payee=PAYEE
        ),
    }
    for words, data in cases.items():
        with pytest.raises(RefusedError, match=words):
            _move(firm, _reviewed(firm, data), "approve", Role.SECOND)
    firm.person(make_person("free", contribution_class="flexible"))
    with pytest.raises(RefusedError, match="名册"):
        _move(firm, _reviewed(firm, BIRTH, "free"), "approve", Role.SECOND)
    # Twins after a difficult birth, on an average by papers: 98 + 15 + 15 days of 5,000 / 30.
    twins = MaternityAllowance(
        on=datetime.date(2025, 6, 2),
        delivery=Delivery.CAESAREAN,
        difficult=True,
        fetuses=2,
        average=500_000,
        payee=PAYEE,
    )
    decided = _move(firm, _reviewed(firm, twins), "approve", Role.SECOND)["effect"]
    assert (decided["days"], decided["amount"]) == (128, 2_133_333)
    lost = MaternityAllowance(
        on=BIRTH.on, delivery=Delivery.MISCARRIAGE, gestation_months=5, payee=PAYEE
    )
    decided = _move(firm, _reviewed(firm, lost, "li"), "approve", Role.SECOND)["effect"]
    assert (decided["days"], decided["amount"]) == (42, 1_120_000)
    overlay = "  manual_claim.allowance_payee: {values: {2020-01-01: {value: to_employer}}}\n"
    with overlaid(tmp_path, overlay) as packs:
        firm.packs = packs
        case = _reviewed(firm, MaternityAllowance(on=BIRTH.on, delivery=Delivery.ASSISTED), "zhao")
        _move(firm, case, "approve", Role.SECOND)
    order = firm.database.read(lambda unit: order_state(unit, MATERNITY_ALLOWANCE, case))
    assert order is not None
    assert (order.payee.name, order.payee.account) == ("太原甲公司", "05021234")
    # What she owes back is not kept from what is her employer's.
    owed = ledger.claim("zhao")
    assert firm.database.read(lambda unit: waiting_amount(unit, owed)) == 0
    with pytest.raises(ConflictError, match="没有等着付"):
        firm.database.write(lambda unit: set_off_order(unit, owed, 1))
    _check(firm)


def _for_staff(firm: Firm, actor: Actor, who: str = "wang", employer: str = CODE) -> Any:
    return apply_for_staff(
        firm.database,
        firm.key("staff"),
        employer,
        who,
        MATERNITY_ALLOWANCE,
        BIRTH,
        on=BIRTH.on,
        actor=actor,
        at=at(DAY),
    )


def test_the_employer_asks_for_who_is_on_its_roster_and_reads_none_of_it(
    firm: Firm, make_person: Callable[..., Any], together: Together
) -> None:
    """Another employer, somebody of no roster, and everybody else change nothing."""
    firm.register(OTHER, "太原乙公司")
    firm.person(make_person("free", contribution_class="flexible"))
    other = Actor("hr2", Role.EMPLOYER, employer_id=OTHER)
    denied = (
        *((other, "wang", CODE), (other, "wang", OTHER), (HR, "wang", OTHER), (HR, "free", CODE)),
        *((HR, "nobody", CODE), (CLERK, "wang", CODE), (oneself("wang"), "wang", CODE)),
    )
    for actor, who, employer in denied:
        with pytest.raises(DeniedError):
            _for_staff(firm, actor, who, employer)
    day = datetime.date.fromisoformat(DAY)
    assert cases_of_employer(firm.database, HR, CODE, day) == []
    answers = together([lambda: _for_staff(firm, HR), lambda: _for_staff(firm, HR)])
    (opened,) = [answer for answer in answers if isinstance(answer, dict)]
    assert any(isinstance(answer, ConflictError) for answer in answers)
    case = str(opened["case"])
    _paper(firm, case, actor=oneself("wang"))
    page = read_case(firm.database, HR, case, day)
    assert (page.is_whole, page.documents[0].name) == (False, "")
    assert [move.name for move in page.moves] == ["withdraw"]
    document = page.documents[0].document_id
    with pytest.raises(DeniedError, match="看不到职工的材料"):
        read_document(firm.database, HR, case, document, purpose="test")
    with pytest.raises(DeniedError):
        read_case(firm.database, other, case, day)
    with pytest.raises(DeniedError):
        _move(firm, case, "withdraw", other)
    assert read_document(firm.database, oneself("wang"), case, document).kind == "medical_record"
    _move(firm, case, "accept", Role.CLERK)
    (listed,) = cases_of_employer(firm.database, HR, CODE, day)
    assert (listed.person_id, listed.state) == ("wang", "accepted")
    _move(firm, case, "review", Role.REVIEWER)
    assert _move(firm, case, "approve", Role.SECOND)["effect"]["amount"] == 2_613_333
    _pay(firm, case, Outcome.RETURNED)
    assert read_case(firm.database, HR, case, day).moves == ()
    with pytest.raises(DeniedError, match="由本人办"):
        _move(firm, case, "resend", HR)
    _check(firm)
