"""What is owed, to whom, for how long: institutions, claims, money that waits for somebody."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import pytest

from yibao.access.permissions import Role
from yibao.claims.forms import ClaimLine
from yibao.database.unit import Database
from yibao.finance.payables import Payables, payables
from yibao.insured import operations as insured
from yibao.insured.enrolment.documents import Proof
from yibao.policy.compile import PolicyLibrary
from yibao.policy.kinds import ItemClass

from ..claims.conftest import DAY, Office, office_of
from ..employers.world import staff
from ..support.actors import CLERK

Build = Callable[..., Any]
LISTED = ClaimLine(name="住院费", amount=3_000_000, item_class=ItemClass.A)


@pytest.fixture
def office(
    database: Database, packs: PolicyLibrary, make_person: Build, make_institution: Build
) -> Office:
    return office_of(database, packs, make_person, make_institution)


def _owed(office: Office, day: datetime.date) -> dict[str, Payables]:
    actor = staff(Role.CASHIER, office.area)
    return {row.kind: row for row in payables(office.database, office.area, day, actor=actor)}


def test_a_claim_is_owed_until_it_is_paid_and_a_visit_until_it_is_cleared(
    office: Office, make_visit: Build
) -> None:
    visit = make_visit("v1", "wife", "h1", 3_000_000, start="2026-06-01", end="2026-06-10")
    settled = office.store.settle(visit)
    case = office.reviewed(office.claim(), LISTED)
    office.move(case, "approve", office.of(Role.SECOND))
    claimed = -office.store.entries("claim:worker")
    assert claimed > 0 < settled["fund"]

    owed = _owed(office, DAY)
    assert (owed["claim"].by_age, owed["claim"].creditors) == ((claimed, 0, 0, 0), 1)
    # Of a stay that ended on the 10th of June, on the 25th of September.
    assert owed["payable"].by_age == (0, 0, settled["fund"], 0)
    later = DAY + datetime.timedelta(days=91)
    assert _owed(office, later)["claim"].by_age == (0, 0, claimed, 0)
    assert _owed(office, later)["payable"].by_age == (0, 0, 0, settled["fund"])

    office.pay(case)
    assert _owed(office, DAY)["claim"].total == 0
    office.store.reverse("wife", "v1")
    assert (_owed(office, DAY)["payable"].total, _owed(office, DAY)["payable"].creditors) == (0, 0)
    office.check()


def test_a_claim_that_is_taken_back_after_it_was_paid_is_owed_to_the_fund(office: Office) -> None:
    case = office.reviewed(office.claim(), LISTED)
    office.move(case, "approve", office.of(Role.SECOND))
    claimed = -office.store.entries("claim:worker")
    office.pay(case)
    visit_id = office.sheet(case).visit_id
    assert visit_id is not None
    office.store.reverse("worker", visit_id)
    assert _owed(office, DAY)["claim"].total == -claimed


def test_what_comes_back_to_a_closed_account_waits_for_somebody(
    database: Database,
    packs: PolicyLibrary,
    make_person: Build,
    make_institution: Build,
    make_visit: Build,
) -> None:
    office = office_of(database, packs, make_person, make_institution)
    office.store.person(make_person("clerk", months=[(202507, 800_000)]), balance=300_000)
    visit = make_visit("v2", "clerk", "h1", 50_000, item_class="C", draw=["own"])
    office.store.settle(visit)
    closing = insured.Closing("clerk", "death", datetime.date(2025, 6, 30))
    insured.close_account(
        database, packs, office.store.key("close"), closing,
        actor=CLERK, proofs=[Proof("death_certificate")],
    )  # fmt: skip
    office.store.reverse("clerk", "v2")
    (waiting,) = insured.suspense(database, actor=CLERK)
    owed = _owed(office, DAY)["suspense"]
    assert (owed.total, owed.creditors) == (waiting.amount, 1) == (50_000, 1)
