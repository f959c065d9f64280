"""What a grantor sees of the draws on the own account: date, institution and amount.

Never diagnosis or items, unless the grantee consents.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from sqlalchemy import select

from yibao.access.permissions import Actor
from yibao.access.trail import read_record
from yibao.aid.operations import details_allowed
from yibao.benefit.facts import Visit
from yibao.care.institutions import institutions_in
from yibao.care.stored import StoredSettlement, read_stored
from yibao.care.tables import settlement
from yibao.database.unit import Database, Unit


def draws_on(database: Database, grantor: str, *, actor: Actor) -> list[dict[str, Any]]:
    """Draws and their reversals, in the order in which they were made; amounts in fen.

    ``details`` (kind of visit, disease, items) only where the grantee consents today.
    """

    def operation(unit: Unit) -> list[tuple[StoredSettlement, bool]]:
        allowed = details_allowed(unit, grantor)
        rows = unit.run(
            select(settlement)
            .where(settlement.c.grantor_id == grantor, settlement.c.mutual_aid != 0)
            .order_by(settlement.c.settlement_id)
        ).all()
        return [(row, row["person_id"] in allowed) for row in read_stored(unit, rows)]

    draws = read_record(database, actor, "read_draws", grantor, operation)
    names = institutions_in(database, [row["institution_id"] for row, _ in draws])
    return [
        {
            "grantee": row["person_id"],
            "day": row["end"].isoformat(),
            "institution": names.get(row["institution_id"], row["institution_id"]),
            "amount": row["mutual_aid"],
            **({"details": _details(row.visit)} if shown else {}),
        }
        for row, shown in draws
    ]


def _details(visit: Visit) -> dict[str, Any]:
    return {
        "kind": visit.kind,
        "disease": visit.disease,
        "items": [asdict(item) for item in visit.items],
    }
