"""One rule over visits in order, as others express it; rates in visits a second.

The rule: what a visit's deductible (up to a sum in the year) leaves of each visit, at a
ratio, rounded half up to the fen, up to a year's ceiling.  Its figures come from the rulebook, so that the full
rules give the same amounts; every peer's output is compared with them.
"""

from __future__ import annotations

import datetime
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pyarrow as pa

from yibao.columns.backend import choose
from yibao.columns.families import find_people, split_evenly
from yibao.columns.loop import WIDTH, Results
from yibao.columns.prepare import prepare
from yibao.columns.reading import Faults
from yibao.columns.rulebooks import Rulebooks
from yibao.policy import parameters as p
from yibao.policy.compile import PolicyLibrary
from yibao.policy.days import day_number
from yibao.policy.keys import MEMBER_WORKING, OUTPATIENT

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENT = ROOT / "build" / "peers"
AREA = "140100"
PEOPLE, VISITS = 100_000, 12
PACKAGES = {"OpenFisca-core": "openfisca-core", "PolicyEngine-core": "policyengine-core"}


def figures(library: PolicyLibrary) -> dict[str, int]:
    """Deductible, the most of them in a year, ratio and ceiling of a worker's visit to a class 1 hospital."""


    rules = library.rulebook(AREA).segment(day_number(datetime.date(2025, 8, 1))).rules
    line = OUTPATIENT * 3 + MEMBER_WORKING
    assert rules[p.BAND_TOP + line * 5] < 0
    assert rules[p.DEDUCTIBLE_PERIOD + line] == 0
    return {
        "deductible": rules[p.DEDUCTIBLE + line * 5],
        "most_borne": rules[p.DEDUCTIBLE_YEAR_CEILING + line],
        "ratio": rules[p.RATIO + line * 5 * 2 * 5],
        "ceiling": rules[p.ANNUAL_CEILING + line],
    }


def visits() -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
    """Eligible amounts: a row for each person, a column for each visit."""
    rng = np.random.default_rng(3)
    return np.exp(rng.normal(10.2, 0.9, (PEOPLE, VISITS))).astype(np.int64)


def with_numpy(amounts: np.ndarray, rule: dict[str, int]) -> np.ndarray:
    """Visit by visit over all people."""
    paid = np.zeros_like(amounts)
    used = np.zeros(len(amounts), dtype=np.int64)
    borne = np.zeros(len(amounts), dtype=np.int64)
    for at in range(amounts.shape[1]):
        left = np.minimum(rule["deductible"], rule["most_borne"] - borne)
        bears = np.minimum(left, amounts[:, at])
        wanted = ((amounts[:, at] - bears) * rule["ratio"] + 5_000) // 10_000
        paid[:, at] = np.minimum(wanted, rule["ceiling"] - used)
        used += paid[:, at]
        borne += bears
    return paid


def _increments(amount: Any, ceiling: int) -> Any:
    """What each amount adds to a running sum that stops at a ceiling."""
    total = amount.cum_sum().clip(0, ceiling)
    return total.diff().fill_null(total)


def with_polars(amounts: np.ndarray, rule: dict[str, int]) -> Callable[[], np.ndarray]:
    """Running sums over each person; possible only because these ceilings telescope."""
    import polars

    frame = polars.DataFrame(
        {
            "person": np.repeat(np.arange(len(amounts)), amounts.shape[1]),
            "eligible": amounts.reshape(-1),
        }
    )
    eligible = polars.col("eligible")
    person = polars.col("person")
    bears = _increments(eligible.clip(0, rule["deductible"]), rule["most_borne"])
    wanted = ((eligible - bears.over(person)) * rule["ratio"] + 5_000) // 10_000
    paid = _increments(wanted, rule["ceiling"])
    query = frame.lazy().select(paid.over(person).alias("paid"))

    def run() -> np.ndarray:
        return query.collect()["paid"].to_numpy().reshape(amounts.shape)

    return run


def ours(library: PolicyLibrary, amounts: np.ndarray) -> tuple[Callable[[], object], np.ndarray]:
    """All rules, in the loop, on both cores."""
    import threading

    people, count = amounts.shape
    rows = people * count
    first = day_number(datetime.date(2025, 7, 5))
    day = np.tile(first + 14 * np.arange(count), people).astype(np.int32)
    table = pa.table(
        {
            "person": pa.array(np.repeat(np.arange(people), count)),
            "area": pa.array([AREA] * rows).dictionary_encode(),
            "scheme": pa.array(["employee"] * rows).dictionary_encode(),
            "status": pa.array(["working"] * rows).dictionary_encode(),
            "birth_day": pa.array(np.full(rows, 4_000, dtype=np.int32)).cast(pa.date32()),
            "entitled": pa.array(np.ones(rows, dtype=np.bool_)),
            "institution_kind": pa.array(["hospital"] * rows).dictionary_encode(),
            "price_class": pa.array(np.ones(rows, dtype=np.int8)),
            "kind": pa.array(["outpatient"] * rows).dictionary_encode(),
            "end_day": pa.array(day).cast(pa.date32()),
            "total_fen": pa.array(amounts.reshape(-1)),
        }
    )
    rulebooks, backend, faults = Rulebooks(library), choose("numba", quiet=True), Faults(rows)
    ready = prepare(table, find_people(table, faults), rulebooks, backend, faults, None)
    found = [np.zeros(rows, dtype=np.int32) for _ in range(7)]
    results = Results(
        np.zeros(rows, dtype=np.int32), *found, np.zeros(0, np.int64), np.zeros(0, np.int8)
    )
    slots = ready.slots.family

    def part(bounds: tuple[int, int]) -> None:
        state = np.zeros(8 * WIDTH, dtype=np.int64)
        backend.call(
            "settle_rows", rulebooks.matrix, ready.visits, ready.extras, results, state,
            ready.family_rows, slots, *bounds, False, False,
        )  # fmt: skip

    def run() -> None:
        threads = [
            threading.Thread(target=part, args=(bounds,))
            for bounds in split_evenly(ready.family_rows, 2)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    return run, results.pooled


def rate(call: Callable[[], object], rounds: int = 9) -> float:
    """Visits a second, by the median of ``rounds``."""
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return PEOPLE * VISITS / median(times)


def _installed() -> Path | None:
    python = ENVIRONMENT / "bin" / "python"
    try:
        if not python.exists():
            subprocess.run([sys.executable, "-m", "venv", str(ENVIRONMENT)], check=True)
        subprocess.run(
            [str(python), "-m", "pip", "install", "-q", *PACKAGES.values()],
            check=True,
            capture_output=True,
        )
    except subprocess.CalledProcessError as error:
        print(f"peers: {error}", file=sys.stderr)
        return None
    return python


def measure(library: PolicyLibrary) -> dict[str, float]:
    """Rates by name; every output equal to ours, to the fen."""
    rule, amounts = figures(library), visits()
    run, paid = ours(library, amounts)
    run()
    expected = paid.reshape(amounts.shape).astype(np.int64)
    found = {"yibao": rate(run)}
    assert (with_numpy(amounts, rule) == expected).all()
    found["NumPy"] = rate(lambda: with_numpy(amounts, rule))
    query = with_polars(amounts, rule)
    assert (query() == expected).all()
    found["Polars"] = rate(query)
    python = _installed()
    if python is None:
        return found
    with tempfile.TemporaryDirectory() as folder:
        np.save(Path(folder) / "amounts.npy", amounts)
        np.save(Path(folder) / "expected.npy", expected)
        for name, package in PACKAGES.items():
            done = subprocess.run(
                [
                    str(python),
                    str(Path(__file__).with_name("peer_monthly.py")),
                    package.replace("-", "_"),
                    folder,
                    json.dumps(rule),
                ],
                capture_output=True,
                text=True,
            )
            if done.returncode:
                print(f"{name}: {done.stderr.strip()[-400:]}", file=sys.stderr)
                continue
            found[name] = PEOPLE * VISITS / float(done.stdout.split()[-1])
    return found
