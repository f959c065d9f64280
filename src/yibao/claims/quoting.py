"""What the kernel says of a claim: the same functions as of any visit, on the lines as decided."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from yibao.access.operations import digest
from yibao.access.permissions import Actor, officer
from yibao.benefit.facts import Item, Visit
from yibao.benefit.settling import Settled
from yibao.care.institutions import read_institution, register_institution
from yibao.care.settling import Settlements
from yibao.claims.coded import care_of
from yibao.claims.forms import CarePlace, ClaimLine, LineDecision, ManualClaim
from yibao.database.unit import Database
from yibao.errors import NotFoundError
from yibao.policy.compile import PolicyLibrary
from yibao.policy.kinds import Channel, ItemClass, VisitKind

QUOTED = ("total", "fund", "own", "pooled", "upper", "assistance", "other_fund")
"""Amounts that a claim keeps of its quote, fen."""


def place_id(place: CarePlace) -> str:
    """The institution's id; of one that the store does not know, the same for the same papers."""
    if place.institution is not None:
        return place.institution
    return f"paper-{digest([place.name.strip(), place.area, place.kind, place.grade])[:20]}"


def ensure_place(database: Database, place: CarePlace, actor: Actor) -> None:
    """Have the institution on record, as the papers say, so that the kernel can ask for it."""
    institution_id = place_id(place)
    try:
        database.read(lambda unit: read_institution(unit, institution_id))
    except NotFoundError:
        if place.institution is not None:
            raise
        register_institution(
            database, place.facts(institution_id), actor=officer(actor.id), name=place.name.strip()
        )


def items_of(lines: Sequence[ClaimLine]) -> tuple[Item, ...]:
    """The lines as the kernel takes them: what is not accepted is out of the catalogue."""
    items: list[Item] = []
    for line in lines:
        accepted = {LineDecision.CUT: line.accepted, LineDecision.REJECTED: 0}.get(
            line.decision, line.amount
        )
        if accepted:
            items.append(
                Item(
                    line.item_class,
                    accepted,
                    line.upfront if line.item_class == ItemClass.B else None,
                    line.limit if line.item_class in (ItemClass.A, ItemClass.B) else None,
                    line.kind,
                )
            )
        if line.amount > accepted:
            items.append(Item(ItemClass.C, line.amount - accepted, kind=line.kind))
    return tuple(items)


def visit_of(case_id: str, person_id: str, claim: ManualClaim, lines: Sequence[ClaimLine]) -> Visit:
    """The claim as a visit."""
    care = care_of(claim.care)
    of_pharmacy = care.visit is VisitKind.PHARMACY
    return Visit(
        f"claim-{case_id}"[:40],
        person_id,
        place_id(claim.place),
        care.visit,
        claim.start,
        claim.end,
        items_of(lines),
        emergency=care.emergency,
        channel=Channel.MANUAL,
        disease=claim.disease if care.visit is VisitKind.CHRONIC else None,
        prescription=of_pharmacy,
        dual_channel=of_pharmacy,
        delivery=claim.delivery if care.visit is VisitKind.MATERNITY else None,
        fetuses=claim.fetuses,
    )


def quote_of(
    database: Database,
    library: PolicyLibrary,
    case_id: str,
    person_id: str,
    claim: ManualClaim,
    lines: Sequence[ClaimLine],
    actor: Actor,
) -> Settled:
    """What settling the claim now would give; nothing is written."""
    visit = visit_of(case_id, person_id, claim, lines)
    return Settlements(database, library).quote(visit, actor=officer(actor.id))


def amounts_of(settled: Settled) -> dict[str, int]:
    """The amounts that a claim keeps."""
    amounts: Any = settled.adjudication.settlement
    return {name: int(getattr(amounts, name)) for name in QUOTED}


def is_entitled(settled: Settled) -> bool:
    """Whether the person was covered on the day that counts."""
    return settled.adjudication.cover.entitled
