"""``make visits COUNT=10000000``: random visits in CPython and compiled, in pieces that continue.

A piece settles so many visits of all areas and years on both roads and compares every amount,
every refusal, the state and the sums; then its result is added as a line.  What was interrupted
goes on with the piece after the last line.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
for _folder in (str(ROOT), str(Path(__file__).parent)):
    if _folder not in sys.path:
        sys.path.insert(0, _folder)

import pyarrow as pa  # noqa: E402
from random_visits import with_reversals  # noqa: E402
from tests.simulator.lines import FOLDER, add_line, read_lines  # noqa: E402
from visits_everywhere import visits_everywhere  # noqa: E402

from yibao.columns.engine import run  # noqa: E402
from yibao.policy.compile import PolicyLibrary  # noqa: E402

RESULTS = FOLDER / "visits.jsonl"
PIECE = 50_000
"""Visits of a piece."""


def compared(library: PolicyLibrary, visits: pa.Table) -> dict[str, Any]:
    """Settle the visits on both roads, equal to the fen; what was settled and what refused."""
    plain, compiled = (
        run(visits, library, backend=backend, with_state=True, quiet=True)
        for backend in ("plain", "numba")
    )
    assert compiled.table.equals(plain.table), "amounts"
    assert compiled.rejects.equals(plain.rejects), "refusals"
    assert compiled.state is not None
    assert compiled.state.equals(plain.state), "state"
    assert compiled.totals == plain.totals, "sums"
    assert compiled.totals.reconcile()
    totals = compiled.totals
    return {
        "settled": totals.visits,
        "reversals": totals.reversals,
        "refused": totals.rejected,
        "fen": totals.people["fund"],
    }


def piece_of(library: PolicyLibrary, seed: int, number: int, rows: int) -> pa.Table:
    """The visits of a piece; every second one has reversals."""
    visits = visits_everywhere(
        library, rows, seed * 1_000_000 + number, first_person=number * rows, number=number
    )
    return with_reversals(visits, number) if number % 2 else visits


def go_on(seed: int, count: int, results: Path, rows: int = PIECE) -> int:
    """The pieces of a seed that are missing until so many visits; visits of this run."""
    library = PolicyLibrary.load()
    areas = [area.code for area in library.areas() if area.parent is not None]
    # A day and a place of each kind, once: nothing is compiled while a piece is timed.
    run(visits_everywhere(library, 200, 1), library, quiet=True)
    lines = read_lines(results)
    mine = [line for line in lines if line["seed"] == seed]
    done, everybodys = (sum(line["visits"] for line in taken) for taken in (mine, lines))
    number = max((line["piece"] for line in mine), default=-1) + 1
    taken_now = 0
    while done < count:
        began = time.monotonic()
        visits = piece_of(library, seed, number, rows)
        try:
            result = compared(library, visits)
        except AssertionError as error:
            error.add_note(f"SEED={seed}, piece {number}")
            raise
        days = visits.column("end_day").to_pylist()
        where = Counter(visits.column("area").to_pylist())
        line = {
            "seed": seed,
            "piece": number,
            "visits": visits.num_rows,
            **result,
            "areas": len(where.keys() & {*areas}),
            "first": min(days).isoformat(),
            "last": max(days).isoformat(),
            "seconds": round(time.monotonic() - began, 1),
        }
        add_line(results, line)
        done, everybodys = done + visits.num_rows, everybodys + visits.num_rows
        taken_now += visits.num_rows
        print(
            f"种子 {seed} 第 {number} 段：{visits.num_rows:,} 次，{result['settled']:,} 次结算，"
            f"{line['seconds']:.0f} 秒，两条路到分相同；本种子 {done:,} / {count:,}，"
            f"所有种子 {everybodys:,}",
            flush=True,
        )
        number += 1
    return taken_now


def main() -> int:
    """Run what is missing."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=PIECE, help="visits of this seed, all pieces")
    parser.add_argument("--piece", type=int, default=PIECE, help="visits of a piece")
    parser.add_argument("--results", type=Path, default=RESULTS, help="file of the lines")
    options = parser.parse_args()
    if not go_on(options.seed, options.count, options.results, options.piece):
        print(f"种子 {options.seed} 已经有 {options.count:,} 次；更多的写更大的 COUNT")
    return 0


if __name__ == "__main__":
    sys.exit(main())
