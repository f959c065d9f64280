"""BlockPeople and visits drawn block by block: a block depends on the seed and its number alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from yibao.policy.kinds import InstitutionKind, Member, Scheme, Sex, Status, VisitKind
from yibao.population.model import KINDS, MEMBERSHIPS, PRIMARY, Model

BLOCK = 1 << 13
"""BlockPeople drawn at once."""
_INPATIENT = KINDS.index(VisitKind.INPATIENT)
_CHRONIC = KINDS.index(VisitKind.CHRONIC)
_MOST_FEN = 2_000_000_000
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class BlockPeople:
    """The people of a block; families stand together."""

    first: int
    """The number of the first one."""
    family: Ints
    birth_day: Ints
    band: Ints
    sex: Ints
    membership: Ints
    disease: Ints
    """Number of the chronic disease, -1 for none."""
    frailty: npt.NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.family)


def blocks(people: int) -> Iterator[tuple[int, int]]:
    """The number and the people of each block of a population."""
    for number, first in enumerate(range(0, people, BLOCK)):
        yield number, min(BLOCK, people - first)


def draw(
    model: Model, seed: int, number: int, count: int, year: int, years: int = 1
) -> tuple[BlockPeople, pa.Table]:
    """The people of a block, and their visits of a year in the order of the columns.

    ``years``: of so many years, of the same people with the same frailty; they are as old for
    how often they fall ill as in the first one, and nobody joins or dies.
    """
    bits = np.random.Philox(key=np.array([seed, number], dtype=np.uint64))
    rng = np.random.Generator(bits)
    people = _people(model, rng, number, count, year)
    visits = [_visits(model, rng, people, year)]
    for later in range(1, years):
        of_year = np.random.Generator(
            np.random.Philox(key=np.array([seed, number], dtype=np.uint64)).jumped(later)
        )
        visits.append(_visits(model, of_year, people, year + later))
    if years == 1:
        return people, visits[0]
    whole = pa.concat_tables(visits).combine_chunks()
    order = [("family", "ascending"), ("end_day", "ascending"), ("person", "ascending")]
    return people, whole.take(pc.sort_indices(whole, sort_keys=order)).combine_chunks()


def visits_of(model: Model, people: int, seed: int, year: int) -> pa.Table:
    """The visits of a whole population at once."""
    parts = [draw(model, seed, number, count, year)[1] for number, count in blocks(people)]
    return pa.concat_tables(parts).unify_dictionaries()


def people_table(model: Model, people: BlockPeople, year: int) -> pa.Table:
    """The people themselves: who they are, not what they did."""
    diseases = pa.array(people.disease.astype(np.int8), mask=people.disease < 0)
    return pa.table(
        {
            "person": pa.array(people.first + np.arange(len(people))),
            "family": pa.array(people.family),
            "area": _coded([model.area], np.zeros(len(people), dtype=np.int64)),
            "birth_day": _days(people.birth_day),
            "sex": _coded(list(Sex), people.sex),
            "scheme": _coded(*_schemes(people.membership)),
            "status": _statuses(people.membership),
            "disease": pa.DictionaryArray.from_arrays(diseases, pa.array(list(model.diseases))),
            "year": pa.array(np.full(len(people), year, dtype=np.int16)),
        }
    )


def _people(
    model: Model, rng: np.random.Generator, number: int, count: int, year: int
) -> BlockPeople:
    shares = model.cells.ravel()
    # Drawn at even distances, so that a block meets the margins; then in any order.
    at = (np.arange(count) + rng.random()) / count
    cell = np.minimum(np.searchsorted(np.cumsum(shares), at), len(shares) - 1)
    cell = rng.permutation(cell)
    band, sex, membership = np.unravel_index(cell, model.cells.shape)
    bounds = np.array([*model.bands, model.oldest])
    low, high = bounds[band], bounds[band + 1]
    age_days = ((low + (high - low) * rng.random(count)) * 365.25).astype(np.int64)
    latest = _day(year) - 60  # so that nobody is ill before birth
    disease = np.where(
        rng.random(count) < model.chronic[band],
        np.searchsorted(np.cumsum(model.disease_shares), rng.random(count) * (1 - 1e-12)),
        -1,
    )
    frailty = rng.gamma(model.frailty, 1 / model.frailty, count)
    first = number * BLOCK + 1
    sizes = 1 + rng.poisson(model.household - 1, count)
    begins = np.zeros(count, dtype=np.int64)
    ends = np.cumsum(sizes)
    begins[ends[ends < count]] = 1
    family = np.cumsum(begins)
    begin_of = np.flatnonzero(np.diff(family, prepend=-1))
    return BlockPeople(
        first=first,
        family=first + begin_of[family - family[0]],
        birth_day=latest - age_days,
        band=band,
        sex=sex,
        membership=membership,
        disease=disease.astype(np.int64),
        frailty=frailty,
    )


def _visits(model: Model, rng: np.random.Generator, people: BlockPeople, year: int) -> pa.Table:
    scheme = np.minimum(people.membership, 1)
    counts = []
    for place in range(len(KINDS)):
        rate = model.rates[scheme, place, people.band] * people.frailty
        if place == _CHRONIC:
            rate = np.where(people.disease >= 0, rate, 0.0)
        counts.append(rng.poisson(rate))
    person = np.concatenate([np.repeat(np.arange(len(people)), count) for count in counts])
    kind: Ints = np.repeat(np.arange(len(KINDS)), [int(count.sum()) for count in counts])
    rows = len(person)
    # So many days after New Year in every year: the same people fall ill in the same order, and
    # the rows of two years stand side by side.  The last day of a leap year stays empty.
    end_day = _day(year) + (rng.random(rows) * 365).astype(np.int64)
    of_scheme = scheme[person]
    stay = 1 + rng.poisson(np.maximum(model.days[of_scheme] - 1, 0))
    edges = np.cumsum(model.class_shares, axis=1)[kind]
    cls = (rng.random(rows)[:, None] > edges[:, :-1]).sum(axis=1)
    spread = model.spread[kind]
    mean = model.mean_cost[of_scheme, kind] * model.class_costs[kind, cls]
    cost = mean * np.exp(spread * rng.standard_normal(rows) - spread * spread / 2)
    total = np.clip(np.rint(cost), 100, _MOST_FEN).astype(np.int64)
    outside = (total * model.outside[kind] * 2 * rng.random(rows)).astype(np.int64)
    upfront = (total * model.upfront[kind] * 2 * rng.random(rows)).astype(np.int64)
    away = rng.random(rows) < model.elsewhere[of_scheme]
    away &= model.elsewhere_area != model.area
    order = np.lexsort((kind, person, end_day, people.family[person]))
    person, kind, cls, away = person[order], kind[order], cls[order], away[order]
    end_day, total = end_day[order], total[order]
    chronic = kind == _CHRONIC
    primary = (cls == PRIMARY) & (kind != _INPATIENT)
    start = np.where(kind == _INPATIENT, end_day - stay[order], end_day)
    membership = people.membership[person]
    return pa.table(
        {
            "person": pa.array(people.first + person),
            "family": pa.array(people.family[person]),
            "area": _coded([model.area], np.zeros(rows, dtype=np.int64)),
            "scheme": _coded(*_schemes(membership)),
            "status": _statuses(membership),
            "birth_day": _days(people.birth_day[person]),
            "sex": _coded(list(Sex), people.sex[person]),
            "entitled": pa.repeat(pa.scalar(True), rows),
            "institution_kind": _coded(
                [InstitutionKind.HOSPITAL.value, InstitutionKind.COMMUNITY.value],
                primary.astype(np.int64),
            ),
            "institution_area": _coded([model.area, model.elsewhere_area], away.astype(np.int64)),
            "filing_kind": _coded([model.filing], np.zeros(rows, dtype=np.int64), ~away),
            "price_class": pa.array((np.minimum(cls, 2) + 1).astype(np.int8)),
            "grade": _coded(list(model.grades), cls),
            "kind": _coded([each.value for each in KINDS], kind),
            "start_day": _days(start),
            "end_day": _days(end_day),
            "disease": _coded(list(model.diseases), people.disease[person], ~chronic),
            "total_fen": pa.array(total),
            "out_of_catalogue_fen": pa.array(outside[order]),
            "upfront_fen": pa.array(upfront[order]),
        }
    )


def _schemes(membership: Ints) -> tuple[list[str], Ints]:
    return [Scheme.RESIDENT.value, Scheme.EMPLOYEE.value], np.minimum(membership, 1)


def _statuses(membership: Ints) -> pa.Array:
    names = [Status.WORKING.value, Status.RETIRED.value]
    return _coded(
        names, np.maximum(membership - 1, 0), membership == MEMBERSHIPS.index(Member.RESIDENT)
    )


def _coded(names: list[str], numbers: Ints, empty: npt.NDArray[np.bool_] | None = None) -> pa.Array:
    codes = pa.array(np.maximum(numbers, 0).astype(np.int8), mask=empty)
    return pa.DictionaryArray.from_arrays(codes, pa.array(names))


def _days(days: Ints) -> pa.Array:
    return pa.array(days.astype(np.int32)).cast(pa.date32())


def _day(year: int) -> int:
    return int(np.datetime64(f"{year}-01-01", "D").astype(int))
