"""``make simulate SEED=1 STEPS=200000``: the random operations in pieces that continue.

A piece is a store of its own: so many steps from a seed and the number of the piece, on one
of four kinds of store in turn, with every invariant held; then its result is added as a line.
What was interrupted goes on with the piece after the last line.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from yibao.database.schema import whole_schema
from yibao.database.unit import Database, open_database
from yibao.policy.compile import PolicyLibrary

from ..support.store import Store
from ..support.stores import passing_database, running_postgresql
from .agency.simulation import AgencySimulation
from .lines import FOLDER, add_line, read_lines
from .simulation import Simulation

RESULTS = {"visits": FOLDER / "simulated.jsonl", "agency": FOLDER / "agency.jsonl"}
"""By what is simulated: settlements of families, or the rooms of an agency."""
PIECE = 400
"""Steps of a piece: ten families."""
KINDS = (
    ("sqlite", False),
    ("sqlite", True),
    ("postgresql", False),
    ("postgresql", True),
)
"""What the pieces take in turn: the database, and whether its writes are grouped."""


@contextmanager
def fresh_database(backend: str, servers: ExitStack, cache: dict[str, str]) -> Iterator[Database]:
    """A database with every table and no row; the server is started once, and kept."""
    with ExitStack() as stack:
        if backend == "sqlite":
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="yibao-piece-"))
            url = f"sqlite:///{folder}/store.db"
        else:
            if "postgresql" not in cache:
                cache["postgresql"] = servers.enter_context(running_postgresql())
            url = stack.enter_context(passing_database(cache["postgresql"]))
        database = open_database(url)
        stack.callback(database.dispose)
        database.create_all()
        yield database


def simulated(database: Database, packs: PolicyLibrary, seed: str, steps: int) -> Simulation:
    """A store after so many random operations; a failure says the seed and the last of them."""
    elsewhere = packs.area("北京市").code
    area = packs.area("太原市").code
    simulation = Simulation(Store(database, packs), area, elsewhere, seed)
    try:
        simulation.run(steps)
    except BaseException as error:
        error.add_note(f"SEED={seed}, {simulation.log[-10:]}")
        raise
    return simulation


def result_of(simulation: Simulation) -> dict[str, Any]:
    """What a piece did: settlements and reversals that were written, operations by name."""
    rows = simulation.store.rows()
    taken = Counter(line.split(" ")[1] for line in simulation.log)
    return {
        "settlements": sum(row["round"] > 0 for row in rows),
        "reversals": sum(row["round"] < 0 for row in rows),
        "operations": dict(sorted(taken.items())),
    }


def of_agency(database: Database, packs: PolicyLibrary, seed: str, steps: int) -> dict[str, Any]:
    """What so many random steps of an agency's rooms did; a failure says where it was."""
    simulation = AgencySimulation(database, packs.area("太原市").code, seed)
    try:
        simulation.run(steps)
    except BaseException as error:
        error.add_note(f"SEED={seed}, {simulation.log[-10:]}")
        raise
    tried = simulation.world.tried
    kinds = ("denied", "same message twice at once", "two at once")
    return {
        "operations": dict(sorted(simulation.taken.items())),
        "refused": sum(count for name, count in tried.items() if name.endswith(" refused")),
        "asked": sum(
            count
            for name, count in tried.items()
            if name not in kinds and not name.endswith(" refused")
        ),
        **{name.split(" ")[0]: tried[name] for name in kinds},
        "closed_months": len(simulation.finance.closed),
    }


def of_visits(database: Database, packs: PolicyLibrary, seed: str, steps: int) -> dict[str, Any]:
    """What so many random steps of families did."""
    return result_of(simulated(database, packs, seed, steps))


PIECES = {"visits": of_visits, "agency": of_agency}


def run(
    seed: int, steps: int, results: Path, piece_steps: int = PIECE, what: str = "visits"
) -> int:
    """The pieces of a seed that are missing until so many steps; steps of this run."""
    packs = PolicyLibrary.load()
    whole_schema()
    lines = read_lines(results)
    mine = [line for line in lines if line["seed"] == seed]
    done, everybodys = (sum(line["steps"] for line in taken) for taken in (mine, lines))
    number = max((line["piece"] for line in mine), default=-1) + 1
    cache: dict[str, str] = {}
    taken_now = 0
    with ExitStack() as servers:
        while done < steps:
            backend, grouped = KINDS[number % len(KINDS)]
            count = min(piece_steps, steps - done)
            began = time.monotonic()
            with fresh_database(backend, servers, cache) as database:
                database.grouped = grouped
                result = PIECES[what](database, packs, f"{seed}/{number}", count)
            seconds = round(time.monotonic() - began, 1)
            line = {"seed": seed, "piece": number, "steps": count, "store": backend}
            add_line(results, {**line, "grouped": grouped, **result, "seconds": seconds})
            done, everybodys, taken_now = done + count, everybodys + count, taken_now + count
            print(
                f"种子 {seed} 第 {number} 段，{backend}{'，合写' if grouped else ''}："
                f"{count} 步，{seconds:.0f} 秒，不变量全部成立；"
                f"本种子 {done:,} / {steps:,} 步，所有种子 {everybodys:,} 步",
                flush=True,
            )
            number += 1
    return taken_now


def main() -> int:
    """Run what is missing."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--steps", type=int, default=PIECE, help="of this seed, all pieces")
    parser.add_argument("--piece", type=int, default=PIECE, help="steps of a piece")
    parser.add_argument("--results", type=Path, help="file of the lines")
    parser.add_argument("--what", choices=sorted(PIECES), default="visits", help="of what rooms")
    options = parser.parse_args()
    os.environ.setdefault("YIBAO_SECRET_KEY", "5a" * 32)
    results = options.results or RESULTS[options.what]
    if not run(options.seed, options.steps, results, options.piece, options.what):
        print(f"种子 {options.seed} 已经有 {options.steps:,} 步；更多的写更大的 STEPS")
    return 0


if __name__ == "__main__":
    sys.exit(main())
