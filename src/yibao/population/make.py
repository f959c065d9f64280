"""A population on disk: people and visits in files, and how far each marginal is met.

A file holds a fixed number of blocks, so that the same seed gives the same bytes in however
many processes; nothing is kept in memory but sums.
"""

from __future__ import annotations

import json
import multiprocessing
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from yibao.errors import InputError
from yibao.messages import message
from yibao.policy.compile import PolicyLibrary
from yibao.policy.kinds import VisitKind
from yibao.population.blocks import BLOCK, BlockPeople, blocks, draw, people_table
from yibao.population.marginals import assumptions
from yibao.population.model import (
    KINDS,
    MEMBERSHIPS,
    SCHEMES,
    Model,
    age_groups,
    membership_shares,
    men_share,
    model_of,
)
from yibao.population.paying import Premiums, paying_tables, premiums_of

BLOCKS_OF_A_FILE = 32
REPORT = "report.json"
VISITS, PEOPLE = "visits", "people"


@dataclass(slots=True)
class PopulationSums:
    """What is counted of some people and their visits."""

    people: int
    visits: int
    by_band: Any
    by_sex: Any
    by_membership: Any
    counts: Any
    """Visits by scheme and kind."""
    costs: Any
    """Fen by scheme and kind."""
    primary: Any
    """Visits to primary care by kind."""
    away: Any
    """Visits away from home by scheme."""
    individual: int = 0
    """Fen that people paid in contributions."""
    beside: int = 0
    """Fen that employers and the treasury paid beside."""
    employers: int = 0

    @classmethod
    def zero(cls, model: Model) -> PopulationSums:
        """Nothing counted yet."""

        def zeros(*sizes: int) -> Any:
            return np.zeros(sizes, dtype=np.int64)

        return cls(
            people=0,
            visits=0,
            by_band=zeros(len(model.bands)),
            by_sex=zeros(2),
            by_membership=zeros(len(MEMBERSHIPS)),
            counts=zeros(len(SCHEMES), len(KINDS)),
            costs=zeros(len(SCHEMES), len(KINDS)),
            primary=zeros(len(KINDS)),
            away=zeros(len(SCHEMES)),
        )

    def add(self, other: PopulationSums) -> None:
        """Count also what another part counted."""
        for name in self.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))

    def see_paying(self, tables: dict[str, pa.Table]) -> None:
        """Count who paid for a block."""
        paid = tables["contributions"]
        self.individual += pc.sum(paid.column("individual_fen")).as_py() or 0
        self.beside += pc.sum(paid.column("beside_fen")).as_py() or 0
        self.employers += tables["employers"].num_rows

    def see(self, people: BlockPeople, visits: pa.Table) -> None:
        """Count a block."""
        self.people += len(people)
        self.visits += visits.num_rows
        self.by_band += np.bincount(people.band, minlength=len(self.by_band))
        self.by_sex += np.bincount(people.sex, minlength=2)
        self.by_membership += np.bincount(people.membership, minlength=len(MEMBERSHIPS))
        scheme, kind = _codes(visits, "scheme"), _codes(visits, "kind")
        cell = scheme * len(KINDS) + kind
        size = self.counts.size
        total = visits.column("total_fen").to_numpy()
        self.counts += np.bincount(cell, minlength=size).reshape(self.counts.shape)
        exact = np.zeros(size, dtype=np.int64)
        np.add.at(exact, cell, total)
        self.costs += exact.reshape(self.costs.shape)
        self.primary += np.bincount(
            kind, _codes(visits, "grade") == 3, minlength=len(KINDS)
        ).astype(np.int64)
        away = _codes(visits, "institution_area") == 1
        self.away += np.bincount(scheme, away, minlength=len(SCHEMES)).astype(np.int64)


def _codes(table: pa.Table, name: str) -> Any:
    return table.column(name).combine_chunks().indices.to_numpy(zero_copy_only=False).astype(int)


def make(
    library: PolicyLibrary,
    area: str,
    folder: Path,
    *,
    people: int,
    seed: int,
    year: int,
    years: int = 1,
    processes: int = 1,
    progress: Callable[[int], None] = lambda people: None,
) -> dict[str, Any]:
    """Write a population into a new folder; the report, which also stands there.

    ``years``: visits and contributions of so many years from ``year`` on.

    ``InputError`` where the folder holds something.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise InputError(message("这个文件夹里已有文件，请换一个空的"), place=str(folder))
    model = model_of(library, area)
    premiums = {each: premiums_of(library, area, each) for each in range(year, year + years)}
    tasks = [
        _Task(model, folder, number, first, people, seed, year, premiums)
        for number, first in enumerate(range(0, people, BLOCK * BLOCKS_OF_A_FILE))
    ]
    sums = PopulationSums.zero(model)
    for part in _all(tasks, processes):
        sums.add(part)
        progress(sums.people)
    report = report_of(model, sums, seed=seed, year=year, years=years)
    report["contributions"] = {
        "individual_fen": sums.individual,
        "beside_fen": sums.beside,
        "why_not": {str(each): of_year.refused for each, of_year in premiums.items()},
    }
    report["employers"] = sums.employers
    text = json.dumps(report, ensure_ascii=False, indent=2) + "\n"
    (folder / REPORT).write_text(text, encoding="utf-8")
    return report


@dataclass(frozen=True, slots=True)
class _Task:
    """One file of people and one of visits."""

    model: Model
    folder: Path
    number: int
    first: int
    people: int
    seed: int
    year: int
    premiums: dict[int, Premiums]
    """Of every year whose visits are made."""


def _all(tasks: list[_Task], processes: int) -> Iterator[PopulationSums]:
    if min(processes, len(tasks)) <= 1:
        yield from map(_write, tasks)
        return
    with ProcessPoolExecutor(processes, multiprocessing.get_context("spawn")) as pool:
        yield from pool.map(_write, tasks)


def _write(task: _Task) -> PopulationSums:
    sums = PopulationSums.zero(task.model)
    writers: dict[str, pq.ParquetWriter] = {}
    first_block = task.first // BLOCK
    count = min(task.people - task.first, BLOCK * BLOCKS_OF_A_FILE)
    for number, size in blocks(count):
        block, years = first_block + number, len(task.premiums)
        people, visits = draw(task.model, task.seed, block, size, task.year, years)
        sums.see(people, visits)
        paying = paying_tables(task.model.area, task.seed, block, people, task.premiums)
        sums.see_paying(paying)
        tables = {PEOPLE: people_table(task.model, people, task.year), VISITS: visits, **paying}
        for name, table in tables.items():
            if name not in writers:
                path = task.folder / f"{name}-{task.number:05}.parquet"
                writers[name] = pq.ParquetWriter(path, table.schema, compression="lz4")
            writers[name].write_table(_named_once(table))
    for writer in writers.values():
        writer.close()
    return sums


def _named_once(table: pa.Table) -> pa.Table:
    """The same rows with dictionaries in which each name stands once.

    Of a name that stands twice a Parquet file keeps, after the names, as many bytes of whatever
    the memory held: the same seed would not give the same bytes.
    """
    for number, name in enumerate(table.column_names):
        column = table.column(number).combine_chunks()
        if not isinstance(column, pa.DictionaryArray):
            continue
        names = column.dictionary.to_pylist()
        if len(set(names)) == len(names):
            continue
        once = column.cast(column.type.value_type).dictionary_encode()
        codes = once.indices.cast(column.type.index_type)
        table = table.set_column(
            number, name, pa.DictionaryArray.from_arrays(codes, once.dictionary)
        )
    return table


def report_of(
    model: Model, sums: PopulationSums, *, seed: int, year: int, years: int = 1
) -> dict[str, Any]:
    """How far each marginal is met, by whose figures, and what is missing."""
    assumed = assumptions()
    marginals = model.marginals
    rows: list[dict[str, Any]] = []

    def row(figure: str, scheme: str, wanted: float, met: float, unit: str) -> None:
        off = (met - wanted) / wanted if wanted else 0.0
        rows.append(
            {
                "figure": figure,
                "scheme": scheme,
                "wanted": round(wanted, 6),
                "met": round(met, 6),
                "off": round(off, 6),
                "unit": unit,
            }
        )

    for group, share in age_groups(marginals, assumed).items():
        places = [model.bands.index(band) for band in assumed["age_groups"][group]["bands"]]
        row(group, "all", share, sums.by_band[places].sum() / sums.people, "share")
    row("men", "all", men_share(marginals, assumed), sums.by_sex[0] / sums.people, "share")
    memberships = zip(MEMBERSHIPS, membership_shares(marginals), sums.by_membership, strict=True)
    for name, share, count in memberships:
        row(name, "all", share, count / sums.people, "share")
    members = np.array([sums.by_membership[0], sums.by_membership[1:].sum()])
    cells = np.stack([model.cells[:, :, 0].sum(1), model.cells[:, :, 1:].sum((1, 2))])
    for place, scheme in enumerate(SCHEMES):
        for kind, name in enumerate(KINDS):
            weight = cells[place] / cells[place].sum()
            weight = weight * (model.chronic if name == VisitKind.CHRONIC else 1)
            wanted = float((model.rates[place, kind] * weight).sum())
            count = int(sums.counts[place, kind])
            row(f"{name}.a_head", scheme, wanted, count / members[place] / years, "times")
            mean = float(sums.costs[place, kind]) / max(count, 1)
            row(f"{name}.mean_cost", scheme, float(model.mean_cost[place, kind]), mean, "fen")
        away = sums.away[place] / max(int(sums.counts[place].sum()), 1)
        home_is_there = model.elsewhere_area == model.area
        row("elsewhere", scheme, 0 if home_is_there else model.elsewhere[place], away, "share")
    by_kind = sums.counts.sum(axis=0)
    for kind, name in enumerate(KINDS):
        met = sums.primary[kind] / max(int(by_kind[kind]), 1)
        row(f"{name}.primary_care", "all", float(model.class_shares[kind, -1]), met, "share")
    return {
        "invented": True,
        "area": model.area,
        "people": sums.people,
        "visits": sums.visits,
        "seed": seed,
        "year": year,
        "years": years,
        "marginals": rows,
        "figures": [
            {
                "id": used.id,
                "area": used.area,
                "year": used.year,
                "grade": used.grade,
                "title": used.title,
                "url": used.url,
            }
            for used in sorted(marginals.used.values(), key=lambda used: used.id)
        ],
        "missing": assumed["missing"],
    }
