"""A reform asked and answered: the people, both libraries, what is shown on every road."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from yibao.columns.totals import FUNDS
from yibao.errors import InputError
from yibao.messages import message
from yibao.policy.compile import PolicyLibrary
from yibao.policy.kinds import Scheme
from yibao.population.blocks import BLOCK, blocks, draw
from yibao.population.make import PEOPLE, REPORT, VISITS
from yibao.population.marginals import assumptions
from yibao.population.model import MEMBERSHIPS, model_of
from yibao.reform.both import compare
from yibao.reform.contributions import contributions
from yibao.reform.fifths import fifths
from yibao.reform.marginal import marginal_shares
from yibao.reform.outlook import outlook
from yibao.reform.sums import BINS, DIMENSIONS, WEIGHT, Group, ReformSums

_BLOCKS_AT_ONCE = 8
_SPREADS = (0.8, 1.2)
"""Factors on the assumed spread of cost that show what hangs on it."""
Pairs = Iterator[tuple[pa.Table, pa.Table]]


@dataclass(frozen=True, slots=True)
class ReformQuestion:
    """A reform and the people it is tried on."""

    area: str
    people: int = 20_000
    seed: int = 1
    seeds: int = 3
    year: int = 2025
    year_after: int | None = None
    """The same people in the rules of another year, in place of an overlay or beside it."""
    folder: Path | None = None
    """Visits that somebody has, or a population made before, instead of new ones."""
    elasticity: float = 0.0
    income_fen: int | None = None
    """Income a head and year, for the share of families with catastrophic cost."""
    reserve_months: float | None = None
    incomes_fen: tuple[int, ...] = ()
    """Five incomes a head and year, for what care takes of each fifth."""
    base_fen: int | None = None
    """The base of a month on which who works pays, for the fund's income."""
    marginal: bool = False
    heads: int | None = None
    """How many insured people the area has: without it results are rates."""
    sensitivity: bool = False


def answered(
    question: ReformQuestion,
    base: PolicyLibrary,
    changed: PolicyLibrary,
    progress: Callable[[float], None] = lambda share: None,
) -> dict[str, Any]:
    """What the reform does, as JSON: amounts in fen.

    ``sums`` are over the sample; ``per_head`` divides by the insured people of it where they
    are known, and ``range`` is the least and the most over the seeds.  ``AssertionError`` where
    people and funds do not add up; ``InputError`` for a folder without visits.
    """
    insured: dict[str, int] | None
    if question.folder is not None:
        tables, insured, invented = _of_folder(question.folder)
        per_seed = [compare(tables, base, changed, elasticity=question.elasticity)]
        counts = [insured] if insured is not None else []
        size = assumptions()["nation"]["households"]
    else:
        invented = True
        model = model_of(base, question.area)
        size = model.household
        per_seed, counts = [], []
        for place in range(question.seeds):
            counted = dict.fromkeys(MEMBERSHIPS, 0)

            def told(people: int, place: int = place) -> None:
                progress((place + people / question.people) / question.seeds)

            pairs = _invented(model, question, question.seed + place, counted, told)
            per_seed.append(compare(pairs, base, changed, elasticity=question.elasticity))
            counts.append(counted)
        insured = {name: sum(counted[name] for counted in counts) for name in MEMBERSHIPS}
    whole = ReformSums()
    for sums in per_seed:
        sums.check()
        whole.add(sums)
    answer = {
        "area": question.area,
        "invented": invented,
        "people": sum(insured.values()) if insured is not None else whole.people,
        "people_with_visits": whole.people,
        "insured": insured,
        "visits": whole.visits,
        "refused": whole.refused,
        "years": [question.year, question.year_after or question.year],
        "seeds": question.seeds if question.folder is None else 1,
        "elasticity": question.elasticity,
        "sums": {
            membership: {name: list(sides) for name, sides in amounts.items()}
            for membership, amounts in sorted(whole.layers.items())
        },
        "totals": {name: list(whole.total(name)) for name in ("total", *FUNDS, "fund", "own")},
        "groups": {
            dimension: {
                name: _group(group, [sums.groups.get(dimension, {}).get(name) for sums in per_seed])
                for name, group in sorted(whole.groups[dimension].items())
            }
            for dimension in DIMENSIONS
            if dimension in whole.groups
        },
        "distribution": {"bins_fen": list(BINS), "people": whole.changes},
        "examples": whole.examples,
        "outlook": [path._asdict() for path in outlook(whole, question.reserve_months)],
        "missing": assumptions()["missing"] if invented else {},
    }
    answer["per_head"] = _per_head(whole, answer["people"])
    if counts and len(per_seed) > 1:
        each = [
            _per_head(sums, sum(of.values())) for sums, of in zip(per_seed, counts, strict=True)
        ]
        answer["range"] = {
            name: [min(of_seed[name] for of_seed in each), max(of_seed[name] for of_seed in each)]
            for name in ("fund_change", "own_change")
        }
        answer["range_of_sums"] = _ranges(whole, per_seed, counts)
    if question.heads is not None:
        answer["heads"] = question.heads
        answer["yuan_a_year"] = answer["per_head"]["fund_change"] * question.heads / 100
    if question.income_fen is not None:
        share = assumptions()["catastrophic_share"]
        above = whole.catastrophic(question.income_fen, share, size)
        answer["catastrophic"] = {"share_of_income": share, "families": list(above)}
    if question.incomes_fen:
        answer["fifths"] = fifths(
            whole, question.incomes_fen, size, assumptions()["catastrophic_share"]
        )
    years = (question.year, question.year_after or question.year)
    answer["contributions"] = contributions(base, changed, question.area, years, question.base_fen)
    if question.marginal:
        answer["marginal"] = _marginal(question, base, changed)
    if question.sensitivity and question.folder is None:
        answer["sensitivity"] = _sensitivity(question, base, changed)
    return answer


def _sensitivity(
    question: ReformQuestion, base: PolicyLibrary, changed: PolicyLibrary
) -> dict[str, float]:
    """The fund's change a head where the assumed spread of cost is another."""
    changes = {}
    for factor in _SPREADS:
        model = model_of(base, question.area, spread=factor)
        counted = dict.fromkeys(MEMBERSHIPS, 0)
        pairs = _invented(model, question, question.seed, counted)
        sums = compare(pairs, base, changed, elasticity=question.elasticity)
        changes[str(factor)] = _per_head(sums, sum(counted.values()))["fund_change"]
    return changes


def _marginal(
    question: ReformQuestion, base: PolicyLibrary, changed: PolicyLibrary
) -> list[dict[str, Any]]:
    """The own share of the next yuan, over the people of the first seed, or of the folder."""

    def pairs() -> Iterator[tuple[pa.Table, pa.Table]]:
        if question.folder is not None:
            yield from ((table, table) for table in _of_folder(question.folder)[0])
            return
        model = model_of(base, question.area)
        yield from _invented(model, question, question.seed, dict.fromkeys(MEMBERSHIPS, 0))

    return marginal_shares(pairs(), compare(pairs(), base, changed), base, changed)


def _ranges(
    whole: ReformSums, per_seed: list[ReformSums], counts: list[dict[str, int]]
) -> dict[str, dict[str, list[float]]]:
    """The least and the most change over the seeds, fen a head: by membership and layer."""
    ranges: dict[str, dict[str, list[float]]] = {}
    for membership, amounts in whole.layers.items():
        for name in amounts:
            changes = [
                (sides[1] - sides[0]) / max(counted[membership], 1)
                for sums, counted in zip(per_seed, counts, strict=True)
                for sides in [sums.layers.get(membership, {}).get(name, [0, 0])]
            ]
            ranges.setdefault(membership, {})[name] = [min(changes), max(changes)]
    return ranges


def _invented(
    model: Any,
    question: ReformQuestion,
    seed: int,
    counted: dict[str, int],
    told: Callable[[int], None] = lambda people: None,
) -> Pairs:
    """Visits of some blocks at a time, in the year of each side; ``told`` how many people."""
    before: list[pa.Table] = []
    after: list[pa.Table] = []
    other = question.year_after
    last = (question.people - 1) // BLOCK
    for number, count in blocks(question.people):
        people, visits = draw(model, seed, number, count, question.year)
        of_people = np.bincount(people.membership, minlength=len(MEMBERSHIPS)).tolist()
        for name, members in zip(MEMBERSHIPS, of_people, strict=True):
            counted[name] += members
        before.append(visits)
        if other is not None:
            after.append(draw(model, seed, number, count, other)[1])
        if len(before) == _BLOCKS_AT_ONCE or number == last:
            table = pa.concat_tables(before).unify_dictionaries()
            moved = pa.concat_tables(after).unify_dictionaries() if after else table
            yield table, moved
            told(min((number + 1) * BLOCK, question.people))
            before, after = [], []


def _of_folder(folder: Path) -> tuple[Iterator[pa.Table], dict[str, int] | None, bool]:
    """The visits in a folder's Parquet files, and how many are insured where that is said."""
    if folder.is_file():
        paths = [folder]
    else:
        paths = sorted(folder.glob(f"{VISITS}-*.parquet")) or sorted(folder.glob("*.parquet"))
    if not paths:
        raise InputError(message("这里没有就诊文件（Parquet）"), place=str(folder))
    report = folder / REPORT
    insured = None
    invented = report.is_file() and bool(json.loads(report.read_text())["invented"])
    people = sorted(folder.glob(f"{PEOPLE}-*.parquet")) if folder.is_dir() else []
    if people:
        insured = dict.fromkeys(MEMBERSHIPS, 0)
        for path in people:
            weighted = [WEIGHT] if WEIGHT in pq.read_schema(path).names else []
            table = pq.read_table(path, columns=["scheme", "status", *weighted])
            for scheme, status, *weight in zip(*table.to_pydict().values(), strict=True):
                member = status if scheme == Scheme.EMPLOYEE else scheme
                insured[member] += weight[0] if weight else 1
    return (pq.read_table(path) for path in paths), insured, invented


def _group(group: Group, per_seed: Sequence[Group | None]) -> dict[str, Any]:
    """A group's sums; of several seeds also the least and the most own change of one of it, fen."""
    answer = {
        "people": group.people,
        "winners": group.winners,
        "losers": group.losers,
        "fund": group.fund,
        "own": group.own,
    }
    if len(per_seed) > 1:
        changes = [
            (of_seed.own[1] - of_seed.own[0]) / of_seed.people
            for of_seed in per_seed
            if of_seed is not None and of_seed.people
        ]
        answer["own_range"] = [min(changes), max(changes)]
    return answer


def _per_head(sums: ReformSums, people: int) -> dict[str, float]:
    """Fen a head and year."""
    heads = max(people, 1)
    figures: dict[str, float] = {}
    for name in ("fund", "own"):
        before, after = sums.total(name)
        figures |= {
            f"{name}_before": before / heads,
            f"{name}_after": after / heads,
            f"{name}_change": (after - before) / heads,
        }
    return figures
