"""``python -m tests.doors``: the walks of all doors, a line of result each, which is kept."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

os.environ["YIBAO_SECRET_KEY"] = "5a" * 32

from yibao.policy.compile import PolicyLibrary

from ..gateway.walk import walk_gateway
from ..simulator.lines import FOLDER, add_line
from .service import serve_town


def main() -> int:
    """0 where nothing was let through."""
    packs = PolicyLibrary.load()
    with tempfile.TemporaryDirectory() as folder:
        with serve_town(Path(folder), packs) as served:
            tallies = {"pages": served.walk_pages(), "API": served.walk_api()}
        tallies["gateway"] = walk_gateway(Path(folder), packs)
    for name, tally in tallies.items():
        print(tally.line(name))
        if not tally.faults:
            counts = {"operations": len(tally.operations), "denied": tally.denied}
            add_line(FOLDER / "doors.jsonl", {"door": name, **counts, "granted": tally.granted})
        for fault in tally.faults:
            print(f"  {fault}", file=sys.stderr)
    return int(any(tally.faults for tally in tallies.values()))


if __name__ == "__main__":
    sys.exit(main())
