"""What the fund owes by how long it has been owed, and money that waits for somebody."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from yibao.access.permissions import Actor, require
from yibao.care.fragments import institution_areas
from yibao.database.unit import Database, Unit
from yibao.insured.fragments import areas_of
from yibao.ledger.movements import oldest_open
from yibao.messages import Message, message

AGES: tuple[tuple[int | None, Message], ...] = (
    (30, message("30 天以内")),
    (90, message("31 至 90 天")),
    (180, message("91 至 180 天")),
    (None, message("180 天以上")),
)
"""The last day of each class; the classes are this program's own, no source prescribes any."""
_OF_WHOM: dict[str, Callable[[Unit, Iterable[str]], dict[str, str]]] = {
    "payable": institution_areas,
    "retained": institution_areas,
    "claim": areas_of,
    "suspense": areas_of,
}
KIND_WORDS = {
    "payable": message("应付定点机构"),
    "retained": message("清算留存"),
    "claim": message("应付手工报销"),
    "suspense": message("等着处理的个人的钱"),
}


@dataclass(frozen=True, slots=True)
class Payables:
    """What is owed to one kind of creditor."""

    kind: str
    creditors: int
    by_age: tuple[int, ...]
    """Fen, in the order of :data:`AGES`; what was paid settles the oldest first."""

    @property
    def total(self) -> int:
        return sum(self.by_age)

    @property
    def label(self) -> Message:
        return KIND_WORDS[self.kind]


def payables(
    database: Database, area: str, day: datetime.date, *, actor: Actor
) -> tuple[Payables, ...]:
    """What is owed in an area, by kind and age on a day."""
    require(actor, "read_finance", area=area)
    return database.read(lambda unit: read_payables(unit, area, day), consistent=True)


def read_payables(unit: Unit, area: str, day: datetime.date) -> tuple[Payables, ...]:
    """A read fragment: :func:`payables`."""
    return tuple(_of_kind(unit, kind, area, day) for kind in _OF_WHOM)


def _of_kind(unit: Unit, kind: str, area: str, day: datetime.date) -> Payables:
    sums = oldest_open(unit, f"{kind}:")
    owners = {name.partition(":")[2] for name, _, _ in sums}
    areas = _OF_WHOM[kind](unit, owners)
    by_age, creditors = [0] * len(AGES), 0
    for name, days in groupby(sums, lambda row: row[0]):
        if areas.get(name.partition(":")[2]) != area:
            continue
        creditors += 1
        for owed_since, amount in _still_owed([(at, -amount) for _, at, amount in days]):
            by_age[_class_of((day - owed_since).days)] += amount
    return Payables(kind, creditors, tuple(by_age))


def _class_of(days: int) -> int:
    return next(number for number, (last, _) in enumerate(AGES) if last is None or days <= last)


def _still_owed(days: list[tuple[datetime.date, int]]) -> list[tuple[datetime.date, int]]:
    """What is left of each day's debt when everything that was paid settled the oldest first."""
    paid = -sum(amount for _, amount in days if amount < 0)
    left = []
    for at, amount in days:
        if amount > 0:
            settled = min(paid, amount)
            paid -= settled
            if amount > settled:
                left.append((at, amount - settled))
    if paid:  # more was paid than was owed: it is to come back
        left.append((days[-1][0], -paid))
    return left


def payables_json(owed: Iterable[Payables]) -> dict[str, Any]:
    """As programs read it."""
    return {
        "rows": [
            {
                "kind": of_kind.kind,
                "title": str(of_kind.label),
                "creditors": of_kind.creditors,
                "by_age_fen": list(of_kind.by_age),
            }
            for of_kind in owed
        ],
        "ages": [str(label) for _, label in AGES],
    }
