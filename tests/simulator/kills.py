"""``make kills COUNT=1000``: processes killed at random moments, in pieces that continue.

A piece is a store of its own on one of the two databases in turn: pairs of processes settle
on it and are killed within half a second; nothing acknowledged may be lost, everything else is
whole or absent, every invariant holds.  Its result is added as a line; what was interrupted
goes on with the piece after the last line.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from random import Random
from typing import Any

from yibao.database.schema import whole_schema
from yibao.policy.compile import PolicyLibrary

from ..support.serving import wait_until
from ..support.store import Store
from .acknowledged import check_acknowledged, register_settled
from .lines import FOLDER, add_line, read_lines
from .pieces import fresh_database

RESULTS = FOLDER / "killed.jsonl"
SETTLER = Path(__file__).with_name("settler.py")
PIECE = 20
"""Kills of a piece."""
AT_ONCE = 2
LONGEST = 0.5
"""Seconds that a process lives at most."""


class Settler:
    """A settling process that another one brought up."""

    def __init__(self, url: str, name: str, folder: Path, nursery: subprocess.Popen[str]) -> None:
        self.name = name
        self.acknowledged: list[tuple[str, dict[str, Any]]] = []
        self._file = folder / f"{name}.jsonl"
        assert nursery.stdin is not None
        assert nursery.stdout is not None
        nursery.stdin.write(json.dumps([url, name, str(self._file)]) + "\n")
        nursery.stdin.flush()
        self.number = int(nursery.stdout.readline())

    def message(self, number: int) -> str:
        return f"{self.name}-{number}"

    def kill(self) -> None:
        """SIGKILL; what it had written of its answers by then was acknowledged."""
        os.kill(self.number, signal.SIGKILL)
        wait_until(self._is_gone, "the end of a killed process")
        self.acknowledged = [(message, answer) for message, answer in read_lines(self._file)]

    def _is_gone(self) -> bool:
        try:
            os.kill(self.number, 0)
        except ProcessLookupError:
            return True
        return False


def killed(url: str, store: Store, random: Random, kills: int, nursery: Any) -> dict[str, Any]:
    """Kill so many processes that settle on a store; what was acknowledged is there."""
    settlers: list[Settler] = []
    with tempfile.TemporaryDirectory(prefix="yibao-killed-") as folder:
        while len(settlers) < kills:
            pair = [
                Settler(url, f"p{len(settlers) + number}", Path(folder), nursery)
                for number in range(min(AT_ONCE, kills - len(settlers)))
            ]
            for settler in pair:
                time.sleep(random.uniform(0, LONGEST))
                settler.kill()
            settlers += pair
    unanswered = check_acknowledged(store, settlers)
    return {
        "kills": kills,
        "acknowledged": sum(len(settler.acknowledged) for settler in settlers),
        "unanswered": unanswered,
    }


def run(
    seed: int, kills: int, results: Path, piece_kills: int = PIECE, server: str | None = None
) -> int:
    """The pieces of a seed that are missing until so many kills; kills of this run.

    ``server``: a PostgreSQL to use; without it one is started.
    """
    packs = PolicyLibrary.load()
    area = packs.area("太原市").code
    whole_schema()
    mine = [line for line in read_lines(results) if line["seed"] == seed]
    reached = sum(line["kills"] for line in mine)
    number = max((line["piece"] for line in mine), default=-1) + 1
    servers = {} if server is None else {"postgresql": server}
    killed_now = 0
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    with ExitStack() as stack:
        nursery = stack.enter_context(
            subprocess.Popen(
                [sys.executable, "-W", "ignore", str(SETTLER)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                encoding="utf-8",
                env=environment,
            )
        )
        assert nursery.stdout is not None
        assert nursery.stdout.readline() == "ready\n"
        while reached < kills:
            backend = ("sqlite", "postgresql")[number % 2]
            count = min(piece_kills, kills - reached)
            began = time.monotonic()
            with fresh_database(backend, stack, servers) as database:
                url = database.engine.url.render_as_string(hide_password=False)
                store = Store(database, packs)
                register_settled(store, area)
                result = killed(url, store, Random(f"{seed}/{number}"), count, nursery)
            seconds = round(time.monotonic() - began, 1)
            line = {"seed": seed, "piece": number, "store": backend}
            add_line(results, {**line, **result, "seconds": seconds})
            reached, killed_now = reached + count, killed_now + count
            print(
                f"第 {number} 段，{backend}：杀 {count} 次，答复过 {result['acknowledged']} 笔，"
                f"一笔不少；{seconds:.0f} 秒；共 {reached:,} / {kills:,} 次",
                flush=True,
            )
            number += 1
    return killed_now


def main() -> int:
    """Run what is missing."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kills", type=int, default=PIECE, help="of this seed, all pieces")
    parser.add_argument("--results", type=Path, default=RESULTS, help="file of the lines")
    options = parser.parse_args()
    os.environ.setdefault("YIBAO_SECRET_KEY", "5a" * 32)
    if not run(options.seed, options.kills, options.results):
        print(f"已经杀过 {options.kills:,} 次；更多的写更大的 COUNT")
    return 0


if __name__ == "__main__":
    sys.exit(main())
