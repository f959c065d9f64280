"""People of a demo who move, leave, are given back or give back: one waits at each post."""

from __future__ import annotations

import io
from typing import Any

from pypdf import PdfWriter

from yibao.access.agencies import agencies_of
from yibao.access.operations import Key
from yibao.access.permissions import Actor, Role, insured_actor, is_within
from yibao.access.users import SYSTEM, users_of
from yibao.database.instants import civil_day
from yibao.database.unit import Database
from yibao.disbursement.payees import payee_of
from yibao.insured.enrolment.cover import now
from yibao.moving.applications import (
    BENEFIT_RECOVERY,
    LEAVING,
    PREMIUM_REFUND,
    TRANSFER_IN,
    BenefitRecovery,
    Leaving,
    PremiumRefund,
    RefundReason,
    TransferIn,
)
from yibao.office.documents import add_document
from yibao.office.operations import Subject, move_case, open_case
from yibao.policy.compile import PolicyLibrary
from yibao.policy.kinds import ClosingReason, Scheme
from yibao.scenario.demo.logins import names
from yibao.scenario.demo.town import YEAR

_COMES, _LEAVES, _IS_REFUNDED, _GIVES_BACK = "zhangwei", "zhangguoqiang", "lina", "zhaoxiulan"


def leave_moving(database: Database, library: PolicyLibrary) -> None:
    """A transfer for the clerk, a leaving for the second reviewer, two cases for the reviewer."""
    (agency,) = agencies_of(database, SYSTEM)
    clerk = _clerk(database, agency.agency, agency.area)
    at = now()

    def opened(kind: str, person: str, data: Any, actor: Actor) -> str:
        key = Key("demo", "move", kind)
        answer = open_case(
            database, key, kind, Subject(agency.area, person), data, actor=actor, at=at
        )
        return str(answer["case"])

    elsewhere = next(
        code
        for code in sorted(library.tree.packs)
        if code.endswith("00") and not code.endswith("0000") and not is_within(code, agency.area)
    )
    opened(TRANSFER_IN, _COMES, TransferIn(from_area=elsewhere), insured_actor(_COMES))
    refund = PremiumRefund(year=YEAR + 1, reason=RefundReason.OVERPAID.value)
    opened(PREMIUM_REFUND, _IS_REFUNDED, refund, insured_actor(_IS_REFUNDED))
    too_much = BenefitRecovery(amount=120_000, scheme=Scheme.RESIDENT, ground="两处重复报销")
    opened(BENEFIT_RECOVERY, _GIVES_BACK, too_much, clerk)
    leaving = Leaving(
        reason=ClosingReason.ABROAD,
        last_day=civil_day(at),
        payee=payee_of(names()["family"][_LEAVES], "演示银行", "6217000000000009"),
    )
    case_id = opened(LEAVING, _LEAVES, leaving, clerk)
    for paper in ("settlement_abroad", "identity_card"):
        key = Key("demo", "move_paper", paper)
        content = _certificate()
        add_document(database, key, case_id, paper, f"{paper}.pdf", content, actor=clerk, at=at)
    key = Key("demo", "move_accept", LEAVING)
    move_case(database, library, key, case_id, "accept", actor=clerk, at=at)


def _certificate() -> bytes:
    writer = PdfWriter()
    writer.add_blank_page(200, 200)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def _clerk(database: Database, agency: str, area: str) -> Actor:
    clerk = next(row for row in users_of(database, SYSTEM) if row["role"] == Role.CLERK.value)
    return Actor(clerk["actor_id"], Role.CLERK, agency_id=agency, area=area)
