"""One rule over visits in order, as others express it; rates in visits a second.

The rule, an outpatient year of employees: a visit's deductible by price class (up to a
sum in the year), a ratio by status and class, rounded half up to the fen, a yearly
ceiling by status.  Its figures come from the rulebook, and the full rules give the same
amounts; every peer's output is compared with them.  Everybody starts from the visits in
the order of the file, people with one to twelve of them.
"""

from __future__ import annotations

import datetime
import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from yibao.benefit.functions.cells import cell_1, cell_2, cell_3, cell_5
from yibao.columns.backend import choose
from yibao.columns.engine import new_results
from yibao.columns.frame import WIDTH
from yibao.columns.prepare.pipeline import prepare
from yibao.columns.read.cells import BatchFaults
from yibao.columns.read.families import find_people, split_evenly
from yibao.columns.rulebooks import Rulebooks
from yibao.policy import parameters as p
from yibao.policy.compile import PolicyLibrary
from yibao.policy.days import day_number
from yibao.policy.keys import MEMBER_WORKING, OUTPATIENT

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENT = ROOT / "build" / "peers"
AREA = "140100"
PEOPLE, MOST_VISITS = 200_000, 12
FIRST_DAY = datetime.date(2025, 7, 5)
PACKAGES = {"OpenFisca-core": "openfisca-core", "PolicyEngine-core": "policyengine-core"}
_TIERS = {1: 0, 2: 1, 3: 3}
"""Price class -> its position in the tables of the rules."""

Array = Any


class Claims(NamedTuple):
    """Visits in the order of the file."""

    person: Array
    number: Array
    """Of each visit of its person, from 0."""
    status: Array
    """0 working, 1 retired."""
    price_class: Array
    eligible: Array


def figures(library: PolicyLibrary) -> dict[str, Any]:
    """The rule's figures by status (working, retired) and price class (1, 2, 3)."""
    rules = library.rulebook(AREA).segment(day_number(FIRST_DAY)).rules
    rule_figures: dict[str, Any] = {"deductible": [], "most_borne": [], "ratio": [], "ceiling": []}
    for member in (MEMBER_WORKING, MEMBER_WORKING + 1):
        line = OUTPATIENT, member
        assert rules[cell_3(rules, p.BAND_TOP, *line, 0)] < 0
        assert rules[cell_2(rules, p.DEDUCTIBLE_PERIOD, *line)] == 0
        assert rules[cell_1(rules, p.RETIREE_RULE, OUTPATIENT)] == 0
        tiers = _TIERS.values()
        deductibles = [cell_3(rules, p.DEDUCTIBLE, *line, tier) for tier in tiers]
        ratios = [cell_5(rules, p.RATIO, *line, tier, 0, 0) for tier in tiers]
        rule_figures["deductible"].append([rules[cell] for cell in deductibles])
        rule_figures["ratio"].append([rules[cell] for cell in ratios])
        rule_figures["most_borne"].append(rules[cell_2(rules, p.DEDUCTIBLE_YEAR_CEILING, *line)])
        rule_figures["ceiling"].append(rules[cell_2(rules, p.ANNUAL_CEILING, *line)])
    return rule_figures


def claims() -> Claims:
    """Made-up visits, seeded."""
    rng = np.random.default_rng(3)
    count = rng.integers(1, MOST_VISITS + 1, PEOPLE)
    person = np.repeat(np.arange(PEOPLE), count)
    number = np.arange(len(person)) - np.repeat(np.cumsum(count) - count, count)
    status = rng.integers(0, 2, PEOPLE)[person]
    eligible = np.exp(rng.normal(10.2, 0.9, len(person))).astype(np.int64)
    return Claims(person, number, status, rng.integers(1, 4, len(person)), eligible)


def with_numpy(visits: Claims, rule: dict[str, Any]) -> Array:
    """The first visits of all people, then the second ones, and so on."""
    at = visits.status, visits.price_class - 1
    deductible, ratio = np.array(rule["deductible"])[at], np.array(rule["ratio"])[at]
    most_borne = np.array(rule["most_borne"])[visits.status]
    ceiling = np.array(rule["ceiling"])[visits.status]
    paid = np.zeros_like(visits.eligible)
    used, borne = (np.zeros(PEOPLE, dtype=np.int64) for _ in range(2))
    by_number = np.argsort(visits.number, kind="stable")
    ends = np.cumsum(np.bincount(visits.number))
    start = 0
    for end in ends.tolist():
        rows = by_number[start:end]
        start = end
        who, eligible = visits.person[rows], visits.eligible[rows]
        bears = np.minimum(np.minimum(deductible[rows], most_borne[rows] - borne[who]), eligible)
        wanted = ((eligible - bears) * ratio[rows] + 5_000) // 10_000
        pays = np.minimum(wanted, ceiling[rows] - used[who])
        paid[rows] = pays
        used[who] += pays
        borne[who] += bears
    return paid


def with_polars(visits: Claims, rule: dict[str, Any]) -> Callable[[], Array]:
    """Running sums over each person; possible only because these ceilings telescope."""
    import polars

    frame = polars.DataFrame(visits._asdict())
    keys = [(status, tier) for status in range(2) for tier in range(3)]
    terms = polars.DataFrame(
        {
            "status": [status for status, _ in keys],
            "price_class": [tier + 1 for _, tier in keys],
            "deductible": [rule["deductible"][status][tier] for status, tier in keys],
            "ratio": [rule["ratio"][status][tier] for status, tier in keys],
            "most_borne": [rule["most_borne"][status] for status, _ in keys],
            "ceiling": [rule["ceiling"][status] for status, _ in keys],
        }
    )
    column = polars.col

    def added(amount: str, ceiling: str) -> Any:
        """What each amount adds to a running sum that stops at a ceiling."""
        stopped = polars.min_horizontal(column(amount).cum_sum().over("person"), column(ceiling))
        before = polars.min_horizontal(
            column(amount).cum_sum().over("person") - column(amount), column(ceiling)
        )
        return stopped - before

    query = (
        frame.lazy()
        .join(terms.lazy(), on=["status", "price_class"], how="left", maintain_order="left")
        .with_columns(polars.min_horizontal("eligible", "deductible").alias("first"))
        .with_columns(added("first", "most_borne").alias("bears"))
        .with_columns(
            (((column("eligible") - column("bears")) * column("ratio") + 5_000) // 10_000).alias(
                "wanted"
            )
        )
        .select(added("wanted", "ceiling").alias("paid"))
    )
    return lambda: query.collect()["paid"].to_numpy()


def ours(library: PolicyLibrary, visits: Claims) -> tuple[Callable[[], object], Array]:
    """All rules, in the loop, on both cores."""
    rows = len(visits.person)
    zeros = np.zeros(rows, dtype=np.int8)

    def coded(*texts: str) -> Any:
        return lambda indices: pa.DictionaryArray.from_arrays(
            pa.array(np.asarray(indices, dtype=np.int8)), pa.array(texts)
        )

    day = (day_number(FIRST_DAY) + 14 * visits.number).astype(np.int32)
    table = pa.table(
        {
            "person": pa.array(visits.person),
            "area": coded(AREA)(zeros),
            "scheme": coded("employee")(zeros),
            "status": coded("working", "retired")(visits.status),
            "birth_day": pa.array(np.full(rows, 4_000, dtype=np.int32)).cast(pa.date32()),
            "entitled": pa.array(np.ones(rows, dtype=np.bool_)),
            "institution_kind": coded("hospital")(zeros),
            "price_class": pa.array(visits.price_class),
            "kind": coded("outpatient")(zeros),
            "end_day": pa.array(day).cast(pa.date32()),
            "total_fen": pa.array(visits.eligible),
        }
    )
    rulebooks, backend, faults = Rulebooks(library), choose("numba", quiet=True), BatchFaults(rows)
    ready = prepare(table, find_people(table, faults), rulebooks, backend, faults, None)
    results = new_results(ready, explainable=False)

    def part(bounds: tuple[int, int]) -> None:
        state = np.zeros((8, WIDTH), dtype=np.int64)
        backend.call(
            "settle_rows", rulebooks.matrix, ready.patterns, ready.visits, ready.extras,
            results, state, np.zeros(rulebooks.figures_in_row, np.int64),
            ready.family_rows, ready.slots.family, *bounds, False, False,
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


def seconds(call: Callable[[], object], rounds: int = 9) -> float:
    """Median of ``rounds``."""
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return median(times)


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
    rule, visits = figures(library), claims()
    count = len(visits.person)
    run, paid = ours(library, visits)
    run()
    expected = paid.astype(np.int64)
    rates = {"yibao": count / seconds(run)}
    assert (with_numpy(visits, rule) == expected).all()
    rates["NumPy"] = count / seconds(lambda: with_numpy(visits, rule))
    query = with_polars(visits, rule)
    assert (query() == expected).all()
    rates["Polars"] = count / seconds(query)
    python = _installed()
    if python is None:
        return rates
    script = Path(__file__).with_name("peer_monthly.py")
    with tempfile.TemporaryDirectory() as folder:
        np.savez(Path(folder) / "claims.npz", expected=expected, **visits._asdict())
        for name, package in PACKAGES.items():
            module = package.replace("-", "_")
            done = subprocess.run(
                [str(python), str(script), module, folder, json.dumps(rule)],
                capture_output=True,
                text=True,
            )
            if done.returncode:
                print(f"{name}: {done.stderr.strip()[-400:]}", file=sys.stderr)
                continue
            rates[name] = count / float(done.stdout.split()[-1])
    return rates
