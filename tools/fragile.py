"""Run the tests that hang on time, order and other processes again and again on a busy machine.

Prints one line a round and the times of each kind at the end; stops at the first failure.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parents[1]
KINDS = {
    "crashes": "tests/simulator/test_crashes.py",
    "simulator": "tests/simulator/test_simulator.py",
    "faults": "tests/care/test_faults.py",
    "groups": "tests/care/test_bulk.py",
    "overload": "tests/gateway/test_gateway_overload.py",
    "killed": "tests/gateway/test_gateway_killed.py",
    "hostile": "tests/gateway/test_gateway_hostile.py",
    "sandbox": "tests/gateway/test_gateway_sandbox.py",
    "health": "tests/api/test_health.py",
    "keyboard": "tests/portal/test_browser.py::test_the_keyboard_reaches_everything",
    "journeys": "tests/portal/own/test_browser.py::test_a_grant_is_given_and_ended",
}
_BUSY = "while True: pass"


@contextmanager
def busy(processes: int) -> Iterator[None]:
    """As many processes as told, doing nothing as fast as they can."""
    spinning = [subprocess.Popen([sys.executable, "-c", _BUSY]) for _ in range(processes)]
    try:
        yield
    finally:
        for process in spinning:
            process.kill()
            process.wait()


def _kind_of(case: ElementTree.Element) -> str:
    """The kind that a test case of a report belongs to."""
    file = case.get("classname", "").replace(".", "/")
    name = next((kind for kind, path in KINDS.items() if path.partition(".py")[0] == file), file)
    return name


def one_round(results: Path, kinds: list[str]) -> tuple[int, dict[str, float], str]:
    """Each kind once: exit code, seconds by kind, and what pytest said."""
    tests = [KINDS[kind] for kind in kinds]
    command = [sys.executable, "-m", "pytest", "-q", "--junitxml", str(results), *tests]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    seconds: defaultdict[str, float] = defaultdict(float)
    for case in ElementTree.parse(results).iter("testcase"):
        seconds[_kind_of(case)] += float(case.get("time", "0"))
    return run.returncode, seconds, run.stdout


def main() -> int:
    """Run the rounds; 1 where a test failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=20, help="rounds")
    parser.add_argument("--busy", type=int, default=os.cpu_count() or 1, help="busy processes")
    parser.add_argument("kinds", nargs="*", help=f"of {', '.join(KINDS)}; all of them")
    options = parser.parse_args()
    kinds = options.kinds or list(KINDS)
    if unknown := set(kinds) - set(KINDS):
        parser.error(f"no kind: {', '.join(sorted(unknown))}")
    taken: defaultdict[str, list[float]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as folder, busy(options.busy):
        for number in range(1, options.times + 1):
            began = time.monotonic()
            code, seconds, said = one_round(Path(folder) / "results.xml", kinds)
            if code:
                print(said)
                print(f"第 {number} 轮没有通过")
                return 1
            for kind, spent in seconds.items():
                taken[kind].append(spent)
            print(f"第 {number} 轮通过，{time.monotonic() - began:.0f} 秒", flush=True)
    print("| 种类 | 次数 | 最快（秒） | 中位 | 最慢 |\n|---|---:|---:|---:|---:|")
    for kind, times in taken.items():
        figures = f"{min(times):.1f} | {median(times):.1f} | {max(times):.1f}"
        print(f"| {kind} | {len(times)} | {figures} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
