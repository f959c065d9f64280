"""What is owed back, kept from the next claim and paid in parts: each fen booked, none twice."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from yibao.access.errors import DeniedError
from yibao.access.permissions import Actor, Role
from yibao.claims.forms import ClaimLine
from yibao.database.unit import Database
from yibao.disbursement.reading import order_state
from yibao.errors import ConflictError
from yibao.ledger import operations as ledger
from yibao.moving.applications import BENEFIT_RECOVERY, BenefitRecovery, RecoveryWay
from yibao.moving.recoveries import RecoveryPayment, instalments_of, take_recovery
from yibao.office.operations import Subject, open_case
from yibao.policy.kinds import ItemClass

from ..claims.conftest import AT, Office, office_of, overlaid
from ..support.actors import oneself

Build = Callable[..., Any]
LISTED = ClaimLine(name="住院费", amount=3_000_000, item_class=ItemClass.A)
LIMIT = """
  recovery.set_off_limit: {unit: percent, values: {2020-01-01: {value: 50}}}
"""


@pytest.fixture
def office(
    database: Database, tmp_path: Path, make_person: Build, make_institution: Build
) -> Iterator[Office]:
    with overlaid(tmp_path, LIMIT) as packs:
        yield office_of(database, packs, make_person, make_institution)


def _of(office: Office, role: Role) -> Actor:
    return dataclasses.replace(office.of(role), lives_here=lambda _: True)


def _decided(office: Office, amount: int, way: RecoveryWay, instalments: int = 1) -> str:
    data = BenefitRecovery(
        amount=amount, scheme="resident", ground="两地重复报销", way=way, instalments=instalments
    )
    clerk = _of(office, Role.CLERK)
    opened = open_case(
        office.database, office.key(clerk), BENEFIT_RECOVERY, Subject(office.area, "worker"), data,
        actor=clerk, at=AT,
    )  # fmt: skip
    case = str(opened["case"])
    office.move(case, "hear", _of(office, Role.REVIEWER))
    office.move(case, "approve", _of(office, Role.SECOND))
    return case


def _take(office: Office, way: RecoveryWay, amount: int, actor: Actor | None = None) -> Any:
    who = actor or _of(office, Role.CASHIER)
    return take_recovery(
        office.database, office.packs, office.key(who), "worker",
        RecoveryPayment(way, amount), area=office.area, actor=who, at=AT,
    )  # fmt: skip


def test_half_of_a_claim_is_kept_for_what_is_owed_and_the_rest_is_paid(office: Office) -> None:
    claim = office.reviewed(office.claim(), LISTED)
    office.move(claim, "approve", office.of(Role.SECOND))
    granted = -office.store.entries(ledger.claim("worker"))
    owed = granted // 2 + 10_000
    recovery = _decided(office, owed, RecoveryWay.SET_OFF)
    fund = office.store.entries(ledger.fund(office.area, "resident", "pooled"))

    before = office.store.fingerprint()
    with pytest.raises(ConflictError, match="这一笔待遇最多抵扣"):
        _take(office, RecoveryWay.SET_OFF, granted // 2 + 1)
    for denied in (_of(office, Role.CLERK), _of(office, Role.HEAD), oneself("worker")):
        with pytest.raises(DeniedError):
            _take(office, RecoveryWay.SET_OFF, 1, denied)
    assert office.store.fingerprint() == before

    assert _take(office, RecoveryWay.SET_OFF, granted // 2)["left"] == 10_000
    order = office.database.read(lambda unit: order_state(unit, "manual_claim", claim))
    assert order is not None
    assert order.amount == granted - granted // 2
    assert office.store.entries(ledger.claim("worker")) == -order.amount
    assert office.store.entries(ledger.recovery("worker")) == 10_000
    assert office.state(recovery) == "decided"
    # The fund got its claim when it was decided: what is kept back moves nothing of it.
    assert office.store.entries(ledger.fund(office.area, "resident", "pooled")) == fund

    office.pay(claim)
    assert office.store.entries(ledger.claim("worker")) == 0
    assert office.store.entries(ledger.bank(office.area)) == -order.amount
    assert _take(office, RecoveryWay.AT_ONCE, 10_000)["left"] == 0
    assert office.store.entries(ledger.recovery("worker")) == 0
    assert office.state(recovery) == "recovered"
    office.check()


def test_what_is_agreed_in_parts_comes_in_part_by_part(office: Office) -> None:
    recovery = _decided(office, 100_000, RecoveryWay.INSTALMENTS, 3)
    left = 100_000
    for part in instalments_of(100_000, 3):
        assert office.state(recovery) == "decided"
        left -= part
        assert _take(office, RecoveryWay.INSTALMENTS, part)["left"] == left
        assert office.store.entries(ledger.recovery("worker")) == left
    assert office.state(recovery) == "recovered"
    assert office.store.entries(ledger.bank(office.area)) == 100_000
    assert office.store.entries(ledger.fund(office.area, "resident", "pooled")) == -100_000
    with pytest.raises(ConflictError, match="还要追回的只有"):
        _take(office, RecoveryWay.INSTALMENTS, 1)
    office.check()
