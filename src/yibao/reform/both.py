"""The same rows settled twice: by the rules as they are, and by those that are tried."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from yibao.columns.engine import BATCH_ROWS, run
from yibao.columns.travelling import RulesLibrary
from yibao.reform.sums import OF_MONEY, Pair, ReformSums, membership_of, texts_of

Ints = npt.NDArray[np.int64]
_SCALED = ("total_fen", "out_of_catalogue_fen", "over_limit_fen", "upfront_fen")


def both(
    visits: pa.Table,
    base: RulesLibrary,
    changed: RulesLibrary,
    *,
    moved: pa.Table | None = None,
    threads: int = 2,
) -> Pair:
    """Settle a table of whole families by both; ``moved``: the rows as the changed side sees them.

    Row for row the same visits, with other days or amounts.
    """
    sides = []
    for table, library in ((visits, base), (moved if moved is not None else visits, changed)):
        settled = run(
            table,
            library,  # type: ignore[arg-type]
            explainable=False,
            quiet=True,
            threads=threads,
            batch_rows=BATCH_ROWS,
        )
        rows = settled.table.column("row").to_numpy()
        order = np.argsort(rows)
        amounts = {
            name: settled.table.column(name).to_numpy().astype(np.int64)[order] for name in OF_MONEY
        }
        sides.append((rows[order], amounts, settled.totals.rejected))
    (rows_before, before, refused_before), (rows_after, after, refused_after) = sides
    common, at_before, at_after = np.intersect1d(
        rows_before, rows_after, assume_unique=True, return_indices=True
    )
    whole = len(common) == visits.num_rows
    return Pair(
        visits if whole else visits.take(pa.array(common - 1)),
        {name: amounts[at_before] for name, amounts in before.items()},
        {name: amounts[at_after] for name, amounts in after.items()},
        (refused_before, refused_after),
    )


def compare(
    tables: Iterable[pa.Table | tuple[pa.Table, pa.Table]],
    base: RulesLibrary,
    changed: RulesLibrary,
    *,
    elasticity: float = 0.0,
) -> ReformSums:
    """What tables of visits come to on both sides, added up.

    A pair of tables is the same visits before and after (of two years).  ``elasticity``: by
    how many per cent use falls where the share that people pay themselves rises by one, for
    each membership and kind of care; 0: nobody behaves otherwise.
    """
    pairs_again = [_pair_of(table) for table in tables] if elasticity else None
    sums = _over(pairs_again if pairs_again is not None else map(_pair_of, tables), base, changed)
    if pairs_again is not None:
        factors = sums.use_after(elasticity)
        reacting = ((before, scaled(after, factors)) for before, after in pairs_again)
        sums = _over(reacting, base, changed)
        sums.elasticity = elasticity
    return sums


def _pair_of(table: pa.Table | tuple[pa.Table, pa.Table]) -> tuple[pa.Table, pa.Table]:
    return table if isinstance(table, tuple) else (table, table)


def _over(
    pairs: Iterable[tuple[pa.Table, pa.Table]] | Iterator[tuple[pa.Table, pa.Table]],
    base: RulesLibrary,
    changed: RulesLibrary,
) -> ReformSums:
    sums = ReformSums()
    for before, after in pairs:
        sums.see(both(before, base, changed, moved=after))
    return sums


def scaled(visits: pa.Table, factors: dict[tuple[str, str], float]) -> pa.Table:
    """The visits with their amounts times the factor of their membership and kind."""
    keys = zip(membership_of(visits), texts_of(visits, "kind"), strict=True)
    factor = np.array([factors.get(key, 1.0) for key in keys])
    for name in _SCALED:
        if name in visits.column_names:
            column: Any = visits.column(name).fill_null(0).to_numpy()
            place = visits.column_names.index(name)
            visits = visits.set_column(
                place, name, pa.array(np.floor(column * factor).astype(np.int64))
            )
    return visits
