"""A resident's premium given back: reviewed, sent to the tax office, back where it came from."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from yibao.access.errors import DeniedError
from yibao.access.permissions import Role
from yibao.benefit.facts import Enrolment, ResidentContribution
from yibao.errors import ConflictError, NotFoundError, RefusedError
from yibao.insured import operations as insured
from yibao.insured.payments.channels import SandboxChannel
from yibao.moving.applications import PREMIUM_REFUND, PremiumRefund
from yibao.moving.deaths import care_after_death
from yibao.office.operations import Subject, open_case
from yibao.policy.kinds import ContributionClass, Scheme

from ..support.actors import CLERK, oneself
from .conftest import OLD, Areas, mover, spell

AT = datetime.datetime(2025, 11, 20, 2, tzinfo=datetime.UTC)
RESIDENT = Enrolment(
    Scheme.RESIDENT, None, datetime.date(2024, 1, 1), None, OLD, ContributionClass.EMPLOYER
)


def _paid(areas: Areas, channel: SandboxChannel) -> None:
    """Li has paid for 2026 in the autumn of 2025."""
    years = (ResidentContribution(2025, datetime.date(2024, 11, 1)),)
    areas.register(mover("li", RESIDENT, contributions_resident=years))
    me, database = oneself("li"), areas.database
    bill = insured.make_bill(
        database, areas.packs, areas.key(me), "li", AT.date(), actor=me, year=2026
    )
    order = insured.create_order(
        database, areas.key(me), "li", bill["bills"][0]["bill"], channel.name, actor=me, at=AT
    )
    insured.pay_order(database, areas.packs, channel, "li", order["order"], actor=me, at=AT)


def _applied(areas: Areas, year: int, reason: str) -> str:
    me = oneself("li")
    wish = PremiumRefund(year=year, reason=reason)
    answer = open_case(
        areas.database, areas.key(me), PREMIUM_REFUND, Subject(OLD, "li"), wish, actor=me, at=AT
    )
    return str(answer["case"])


def test_a_premium_goes_back_by_the_tax_office(areas: Areas) -> None:
    channel = SandboxChannel("tax_platform")
    _paid(areas, channel)
    reviewer, cashier = areas.of(Role.REVIEWER, OLD), areas.of(Role.CASHIER, OLD)
    for year, reason, error, said in (
        (2027, "overpaid", NotFoundError, "没有通过渠道缴过"),
        (2026, "death", RefusedError, "没有登记保障年度开始以前的死亡"),
        (2026, "other_cover", RefusedError, "没有别的参保"),
    ):
        with pytest.raises(error, match=said):
            areas.move(_applied(areas, year, reason), "approve", reviewer, AT)
    case = _applied(areas, 2026, "overpaid")
    for role in (Role.CLERK, Role.CASHIER, Role.SECOND):
        with pytest.raises(DeniedError):
            areas.move(case, "approve", areas.of(role, OLD), AT)
    areas.move(case, "approve", reviewer, AT)
    areas.move(case, "send_to_tax", cashier, AT)
    with pytest.raises(ConflictError, match="渠道还没有把钱退回去"):
        areas.move(case, "confirm_refund", cashier, AT)
    assert insured.send_refunds(areas.database, channel, actor=CLERK, at=AT) == 1
    areas.move(case, "confirm_refund", cashier, AT)
    assert areas.state(case) == "refunded"
    assert areas.store.entries(f"channel:{channel.name}") == 0
    areas.check()


def test_care_after_a_death_is_listed_and_nothing_is_taken_back(
    areas: Areas, make_institution: Any, make_visit: Any
) -> None:
    areas.store.institution(make_institution("h1", price_class=1))
    areas.register(mover("wang", spell(OLD, datetime.date(2020, 1, 1))))
    for name, day in (("v1", "2025-03-09"), ("v2", "2025-03-11")):
        areas.store.settle(make_visit(name, "wang", "h1", 20_000, start=day))
    assert care_after_death(areas.database, actor=CLERK) == []
    insured_before = areas.store.fingerprint()
    areas.died("wang", datetime.date(2025, 3, 10))
    (row,) = care_after_death(areas.database, actor=CLERK)
    assert (row.visit_id, row.died_on) == ("v2", datetime.date(2025, 3, 10))
    assert areas.store.fingerprint() == insured_before
    with pytest.raises(DeniedError):
        care_after_death(areas.database, actor=areas.of(Role.CLERK, OLD))
