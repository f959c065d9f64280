"""What an agency reads of clearing between areas: a month's table, and what was declared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from yibao.access.permissions import MATRIX, Actor, Reach, may, require
from yibao.clearing.between import AreaMonth, declarations, owed_for
from yibao.clearing.between_paying import BETWEEN, net_of
from yibao.clearing.between_states import (
    BETWEEN_MOVES,
    BETWEEN_WORDS,
    BetweenMove,
    BetweenState,
)
from yibao.clearing.tables import clearing_between
from yibao.database.unit import Database, Unit
from yibao.disbursement.payees import Payee
from yibao.disbursement.reading import order_state
from yibao.messages import Text


@dataclass(frozen=True, slots=True)
class ListedBetween:
    """A declaration; amounts in fen."""

    between_id: str
    care_area: str
    home_area: str
    month: int
    state: BetweenState
    count: int
    booked: int
    corrected: int
    payee: Payee
    reason: str
    """The last question or answer."""
    moves: Sequence[BetweenMove]
    """Those that the reader may take now."""
    may_redirect: bool
    """Whether the bank gave the balance back, and the reader's area says where to pay it."""

    @property
    def amount(self) -> int:
        return self.booked + self.corrected

    @property
    def state_label(self) -> Text:
        return BETWEEN_WORDS[self.state]


@dataclass(frozen=True, slots=True)
class BetweenPage:
    """A month between areas."""

    month: int
    owed: Sequence[AreaMonth]
    """What is owed for the month as the books are now."""
    declared: Sequence[ListedBetween]
    """Of every month, the latest first."""
    nets: dict[str, int]
    """What the reader's area has to pay each other area of what both confirmed; fen."""


def read_between(database: Database, actor: Actor, month: int) -> BetweenPage:
    """Those of the reader's area on either side."""
    require(actor, "read_clearing", area=actor.area or None)
    every = MATRIX["read_clearing"][actor.role] is Reach.ALL
    area = None if every else actor.area

    def fetch(unit: Unit) -> BetweenPage:
        rows = declarations(unit, area)
        owed = [
            row for row in owed_for(unit, month) if area in (None, row.care_area, row.home_area)
        ]
        return BetweenPage(
            month, owed, [_listed(unit, actor, row) for row in rows], _nets(actor, rows)
        )

    return database.read(fetch)


def _nets(actor: Actor, rows: Sequence[Any]) -> dict[str, int]:
    own = actor.area
    if own is None or not may(actor, "close_clearing", area=own):
        return {}
    confirmed = [row for row in rows if row.state == BetweenState.CONFIRMED]
    others = {row.care_area for row in confirmed} | {row.home_area for row in confirmed}
    nets = {
        other: net_of([row for row in confirmed if other in (row.care_area, row.home_area)], own)
        for other in sorted(others - {own})
    }
    return {other: amount for other, amount in nets.items() if amount >= 0}


def _listed(unit: Unit, actor: Actor, row: Any) -> ListedBetween:
    values = row._mapping
    moves = [
        move
        for move, rule in BETWEEN_MOVES.items()
        if row.state in rule.starts
        and may(actor, rule.permission, area=row.home_area if rule.by_home else row.care_area)
        and not (rule.by_home and row.declared_by == actor.id)
    ]
    return ListedBetween(
        row.between_id,
        row.care_area,
        row.home_area,
        row.month,
        BetweenState(row.state),
        values[clearing_between.c.count],
        row.booked,
        row.corrected,
        msgspec.convert(row.payee, Payee),
        row.reason,
        moves,
        row.state == BetweenState.NETTED
        and may(actor, "review_clearing", area=row.care_area)
        and _came_back(unit, row.net_id),
    )


def _came_back(unit: Unit, net_id: str) -> bool:
    order = order_state(unit, BETWEEN, net_id)
    return order is not None and order.is_returned
