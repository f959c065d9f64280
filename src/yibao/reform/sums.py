"""What changed for whom: sums over people, funds and groups on both sides."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from yibao.columns.read.buckets import bucket_numbers
from yibao.columns.totals import FUNDS
from yibao.errors import InputError
from yibao.messages import message
from yibao.policy.kinds import Scheme

Ints = npt.NDArray[np.int64]
OF_MONEY = ("total", "eligible", *FUNDS, "fund", "own")
AGES = (0, 18, 45, 60, 75)
"""Where the bands of age of a report begin."""
DIMENSIONS = ("membership", "age", "kind", "level", "disease")
NOTHING = "none"
BINS = (-10_000_00, -5_000_00, -1_000_00, -300_00, -100_00, 0, 1, 100_01, 300_01, 10_000_01)
"""Fen by which a person's own part changes: below the first, from each up to the next, above."""
WEIGHT = "x_weight"
"""For how many people each of a row's family stands, where somebody's visits are a sample."""
_DAYS_OF_A_YEAR = 365.25
FIFTHS = 5
"""Of families, by their number: see ``fifths``."""
_Key = TypeVar("_Key")
Of2 = dict[str, list[int]]
"""Amounts in fen by name, on both sides."""


def texts_of(visits: pa.Table, name: str) -> list[str]:
    """The cells of a column as texts; what is empty, or not there, is ``NOTHING``."""
    if name not in visits.column_names:
        return [NOTHING] * visits.num_rows
    column = visits.column(name)
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    texts: list[str] = column.cast(pa.string()).fill_null(NOTHING).to_pylist()
    return texts


def membership_of(visits: pa.Table) -> list[str]:
    """Resident, working or retired, of each row."""
    status = texts_of(visits, "status")
    scheme = texts_of(visits, "scheme")
    return [
        of_row if scheme_of_row == Scheme.EMPLOYEE else scheme_of_row
        for scheme_of_row, of_row in zip(scheme, status, strict=True)
    ]


def weights_of(visits: pa.Table) -> Ints:
    """For how many people the person of each row stands: 1 without a column ``WEIGHT``.

    ``InputError`` for what is no whole number from 1, and where a family has several.
    """
    if WEIGHT not in visits.column_names:
        return np.ones(visits.num_rows, dtype=np.int64)
    column = visits.column(WEIGHT)
    if not pa.types.is_integer(column.type) or column.null_count:
        raise InputError(message("权重（{column}）要是不小于 1 的整数", column=WEIGHT))
    weights: Ints = column.to_numpy().astype(np.int64)
    if len(weights) and weights.min() < 1:
        raise InputError(message("权重（{column}）要是不小于 1 的整数", column=WEIGHT))
    family = _numbers(visits, "family" if "family" in visits.column_names else "person")
    if (weights != _first_of(family, weights)[np.unique(family, return_inverse=True)[1]]).any():
        raise InputError(message("同一家庭各行的权重（{column}）要相同", column=WEIGHT))
    return weights


class Pair(NamedTuple):
    """Rows that both sides settled, in the order of the input."""

    visits: pa.Table
    before: dict[str, Ints]
    after: dict[str, Ints]
    """Amounts in fen by name."""
    refused: tuple[int, int]
    """Rows that each side refused; they are in neither."""


@dataclass(slots=True)
class Group:
    """People with something in common."""

    people: int = 0
    winners: int = 0
    """Whose own part falls."""
    losers: int = 0
    fund: list[int] = field(default_factory=lambda: [0, 0])
    own: list[int] = field(default_factory=lambda: [0, 0])
    """Fen before and after."""


@dataclass(slots=True)
class ReformSums:
    """All that is added up; families are whole within what is seen at once."""

    people: int = 0
    """With a visit; each counts as many times as it stands for."""
    visits: int = 0
    refused: list[int] = field(default_factory=lambda: [0, 0])
    layers: dict[str, Of2] = field(default_factory=dict)
    """By membership."""
    groups: dict[str, dict[str, Group]] = field(default_factory=dict)
    changes: list[int] = field(default_factory=lambda: [0] * (len(BINS) + 1))
    """People by how much their own part changes, see ``BINS``."""
    by_kind: dict[tuple[str, str], Of2] = field(default_factory=dict)
    """By membership and kind of care."""
    families: list[Ints] = field(default_factory=list)
    """Of each family its own part, before and after, the fifth that it falls into, its weight."""
    elasticity: float = 0.0
    examples: list[dict[str, Any]] = field(default_factory=list)

    def see(self, pair: Pair) -> None:
        """Add rows that both sides settled."""
        visits = pair.visits
        weights = weights_of(visits)
        self.visits += int(weights.sum())
        self.refused = [a + b for a, b in zip(self.refused, pair.refused, strict=True)]
        if visits.num_rows == 0:
            return
        person = _numbers(visits, "person")
        columns = _dimensions(visits)
        before, after = (_times(side, weights) for side in (pair.before, pair.after))
        whole = Pair(visits, before, after, pair.refused)
        self._layers(whole, columns["membership"])
        self._kinds(whole, columns)
        own = [_by(person, side["own"]) for side in (pair.before, pair.after)]
        of_person = _first_of(person, weights)
        self.people += int(of_person.sum())
        change = own[1] - own[0]
        bins = np.zeros(len(self.changes), dtype=np.int64)
        np.add.at(bins, np.searchsorted(BINS, change, side="right"), of_person)
        self.changes = [a + int(b) for a, b in zip(self.changes, bins, strict=True)]
        for dimension, texts in columns.items():
            self._groups(dimension, texts, person, pair, weights)
        if "family" in visits.column_names:
            family = _numbers(visits, "family")
            sides = [_by(family, side["own"]) for side in (pair.before, pair.after)]
            keys = visits.column("family").combine_chunks()
            fifth = bucket_numbers(keys, FIFTHS)[np.unique(family, return_index=True)[1]]
            self.families.append(np.stack([*sides, fifth, _first_of(family, weights)]))
        if len(self.examples) < 3:
            together = family if "family" in visits.column_names else person
            self._choose(pair, together, person, columns)

    def add(self, other: ReformSums) -> None:
        """Add what was seen elsewhere (of other people)."""
        self.people += other.people
        self.visits += other.visits
        self.refused = [a + b for a, b in zip(self.refused, other.refused, strict=True)]
        _add_amounts(self.layers, other.layers)
        _add_amounts(self.by_kind, other.by_kind)
        for dimension, groups in other.groups.items():
            for name, group in groups.items():
                whole = self.groups.setdefault(dimension, {}).setdefault(name, Group())
                whole.people += group.people
                whole.winners += group.winners
                whole.losers += group.losers
                whole.fund = [a + b for a, b in zip(whole.fund, group.fund, strict=True)]
                whole.own = [a + b for a, b in zip(whole.own, group.own, strict=True)]
        self.changes = [a + b for a, b in zip(self.changes, other.changes, strict=True)]
        self.families += other.families
        self.examples = self.examples or other.examples
        self.elasticity = other.elasticity

    def total(self, name: str) -> tuple[int, int]:
        """Fen of all people before and after: ``fund``, ``own``, a layer."""
        sides = [amounts[name] for amounts in self.layers.values()]
        return sum(side[0] for side in sides), sum(side[1] for side in sides)

    def change(self, name: str) -> int:
        """By how many fen an amount changes over all people."""
        before, after = self.total(name)
        return after - before

    def check(self) -> None:
        """``AssertionError`` where what people and funds bear is not the whole, on a side."""
        for side in (0, 1):
            total, fund, own = (self.total(name)[side] for name in ("total", "fund", "own"))
            layers = sum(self.total(name)[side] for name in FUNDS)
            if (fund, total) != (layers, fund + own):
                raise AssertionError("the sum over people differs from the sum over funds")

    def use_after(self, elasticity: float) -> dict[tuple[str, str], float]:
        """By which factor use changes with the share that people pay, by membership and kind."""
        factors = {}
        for key, amounts in self.by_kind.items():
            shares = [
                amounts["own"][side] / amounts["total"][side] if amounts["total"][side] else 0
                for side in (0, 1)
            ]
            factors[key] = (shares[1] / shares[0]) ** -elasticity if all(shares) else 1.0
        return factors

    def catastrophic(self, income_fen: int, share: float, size: float) -> tuple[float, float]:
        """Families whose own part is more than a share of a stated income, of those with visits.

        ``income_fen``: a head and year; ``size``: of a household.
        """
        if not self.families:
            return 0.0, 0.0
        *own, _, weights = np.concatenate(self.families, axis=1)
        before, after = (
            float(np.average(side > income_fen * size * share, weights=weights)) for side in own
        )
        return before, after

    def _layers(self, pair: Pair, membership: Ints | Any) -> None:
        for name in np.unique(membership).tolist():
            inside = membership == name
            sums = self.layers.setdefault(name, {each: [0, 0] for each in OF_MONEY})
            for side, amounts in enumerate((pair.before, pair.after)):
                for each in OF_MONEY:
                    sums[each][side] += int(amounts[each][inside].sum())

    def _kinds(self, pair: Pair, columns: dict[str, Any]) -> None:
        for name in np.unique(columns["membership"]).tolist():
            for kind in np.unique(columns["kind"]).tolist():
                inside = (columns["membership"] == name) & (columns["kind"] == kind)
                if not inside.any():
                    continue
                sums = self.by_kind.setdefault((name, kind), {each: [0, 0] for each in OF_MONEY})
                for side, amounts in enumerate((pair.before, pair.after)):
                    for each in OF_MONEY:
                        sums[each][side] += int(amounts[each][inside].sum())

    def _groups(self, dimension: str, texts: Any, person: Ints, pair: Pair, weights: Ints) -> None:
        for name in np.unique(texts).tolist():
            inside = texts == name
            group = self.groups.setdefault(dimension, {}).setdefault(name, Group())
            own = [_by(person[inside], side["own"][inside]) for side in (pair.before, pair.after)]
            of_person = _first_of(person[inside], weights[inside])
            group.people += int(of_person.sum())
            group.winners += int(of_person[own[1] < own[0]].sum())
            group.losers += int(of_person[own[1] > own[0]].sum())
            for side, amounts in enumerate((pair.before, pair.after)):
                group.fund[side] += int((amounts["fund"] * weights)[inside].sum())
                group.own[side] += int((amounts["own"] * weights)[inside].sum())

    def _choose(self, pair: Pair, family: Ints, person: Ints, columns: dict[str, Any]) -> None:
        """Three families whose own part changes: a small, a middle and a great bill."""
        families = np.unique(family)
        total = _by(family, pair.before["total"])
        own = [_by(family, side["own"]) for side in (pair.before, pair.after)]
        changed = np.flatnonzero(own[0] != own[1])
        if len(changed) == 0:
            return
        by_bill = changed[np.argsort(total[changed], kind="stable")]
        for share in (0.25, 0.6, 0.97):
            place = int(by_bill[int(share * (len(by_bill) - 1))])
            rows = np.flatnonzero(family == families[place])
            first = rows[np.unique(person[rows], return_index=True)[1]]
            self.examples.append(
                {
                    "members": [
                        {name: str(columns[name][row]) for name in ("membership", "age")}
                        for row in first
                    ],
                    "visits": len(rows),
                    "total": int(total[place]),
                    "own": [int(side[place]) for side in own],
                }
            )


def _add_amounts(mine: dict[_Key, Of2], theirs: dict[_Key, Of2]) -> None:
    for key, amounts in theirs.items():
        sums = mine.setdefault(key, {name: [0, 0] for name in OF_MONEY})
        for name, (before, after) in amounts.items():
            sums[name][0] += before
            sums[name][1] += after


def _numbers(visits: pa.Table, name: str) -> Ints:
    """A number for each cell, the same for the same text."""
    coded = pc.dictionary_encode(visits.column(name)).combine_chunks()
    numbers: Ints = coded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    return numbers


def _by(person: Ints, amounts: Ints) -> Ints:
    """ReformSums by person, exactly."""
    numbers, inverse = np.unique(person, return_inverse=True)
    sums = np.zeros(len(numbers), dtype=np.int64)
    np.add.at(sums, inverse, amounts)
    return sums


def _first_of(numbers: Ints, values: Ints) -> Ints:
    """The first value of each number, ascending."""
    of_number: Ints = values[np.unique(numbers, return_index=True)[1]]
    return of_number


def _times(amounts: dict[str, Ints], weights: Ints) -> dict[str, Ints]:
    return {name: of_rows * weights for name, of_rows in amounts.items()}


def _dimensions(visits: pa.Table) -> dict[str, Any]:
    """Of each row the groups that it belongs to."""
    days = {
        name: np.array(visits.column(name).cast(pa.date32()).cast(pa.int32()).to_numpy())
        for name in ("birth_day", "end_day")
    }
    years = (days["end_day"] - days["birth_day"]) // _DAYS_OF_A_YEAR
    ages = np.array(AGES)[np.maximum(np.searchsorted(AGES, years, side="right") - 1, 0)]
    return {
        "membership": np.array(membership_of(visits)),
        "age": ages.astype(str),
        "kind": np.array(texts_of(visits, "kind")),
        "level": np.array(texts_of(visits, "price_class")),
        "disease": np.array(texts_of(visits, "disease")),
    }
