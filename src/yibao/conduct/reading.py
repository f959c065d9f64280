"""What inspectors and heads read: hits that wait, the cases, and the sheet of one."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from yibao.access.permissions import Actor, require
from yibao.conduct.forms import CONDUCT_CASE
from yibao.conduct.looks import reason_of
from yibao.conduct.rules import CheckRule, rule_of
from yibao.conduct.sheets import ConductSheet, sheet_of
from yibao.conduct.tables import conduct_hit
from yibao.database.unit import Database
from yibao.errors import NotFoundError
from yibao.messages import Text, message
from yibao.office.locks import case_row
from yibao.office.reading import CasePage, read_case

_MOST = 200


@dataclass(frozen=True, slots=True)
class ListedHit:
    """A hit in words."""

    hit_id: str
    month: int
    rule: CheckRule
    person_id: str
    institution_id: str
    visit_id: str
    amount: int
    """Fen that count with it; 0 where its lines count with another one."""
    reason: Text
    found_at: Any
    case_id: str | None
    dropped: bool


def list_hits(
    database: Database,
    actor: Actor,
    *,
    month: int | None = None,
    waiting: bool = True,
    most: int = _MOST,
) -> Sequence[ListedHit]:
    """Hits of the actor's area, the clearest first; ``waiting``: only what nobody dealt with."""
    require(actor, "read_conduct", area=actor.area)
    columns = conduct_hit.c
    query = select(conduct_hit)
    if actor.area is not None:
        query = query.where(columns.area.startswith(_prefix(actor.area)))
    if month is not None:
        query = query.where(columns.month == month)
    if waiting:
        query = query.where(columns.case_id.is_(None), columns.dropped.is_(False))
    query = query.order_by(columns.severity, columns.amount.desc(), columns.hit_id).limit(most)
    return [_listed(row) for row in database.read(lambda unit: unit.run(query).all())]


def _prefix(area: str) -> str:
    while area.endswith("00"):
        area = area[:-2]
    return area


def _listed(row: Any) -> ListedHit:
    rule = rule_of(row.rule)
    return ListedHit(
        row.hit_id,
        row.month,
        rule,
        row.person_id,
        row.institution_id,
        row.why["visit"],
        row.amount,
        reason_of(rule.look, row.why),
        row.found_at,
        row.case_id,
        row.dropped,
    )


def read_conduct_case(
    database: Database, actor: Actor, case_id: str, day: datetime.date, *, purpose: str
) -> tuple[CasePage, ConductSheet]:
    """A case with its sheet, for whoever may; ``NotFoundError`` for a case of another kind."""
    require(actor, "read_conduct", area=actor.area)
    row = database.read(lambda unit: case_row(unit, case_id))
    if row.kind != CONDUCT_CASE:
        raise NotFoundError(message("没有案件 {case_id}", case_id=case_id))
    page = read_case(database, actor, case_id, day, purpose=purpose)
    return page, database.read(lambda unit: sheet_of(unit, case_id))
