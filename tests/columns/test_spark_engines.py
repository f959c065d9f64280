"""Real engines settle the same rows, fen, refusals and state as a file (``make verify``).

``tools/engines.sh`` puts each engine into an environment of its own.  Sail speaks Spark Connect
without Java; PySpark's ``local-cluster`` has executors of their own, of which one is killed.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from random_visits import random_visits

from yibao.columns import partition
from yibao.columns.stream import Options, run_file
from yibao.policy.compile import PolicyLibrary

ROOT = Path(__file__).parents[2]
TRIAL = Path(__file__).with_name("spark_trial.py")
ENGINES = Path(os.environ.get("YIBAO_ENGINES", ROOT / ".engines"))
ROWS = int(os.environ.get("YIBAO_ENGINE_ROWS", "2000000"))
SECONDS = 1_800


@pytest.fixture(scope="module")
def whole(packs: PolicyLibrary, verify: bool, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The visits as a file, and what one run over it comes to."""
    if not verify and "YIBAO_ENGINE_ROWS" not in os.environ:
        pytest.skip("Spark、Dask 的引擎在 make verify 里试")
    folder = tmp_path_factory.mktemp("engines")
    visits = with_wrong_rows(random_visits(packs, ROWS, 5))
    pq.write_table(visits, folder / "file.parquet")
    numbered = visits.append_column("id", pa.array(np.arange(ROWS) + 1))
    pq.write_table(numbered, folder / "visits.parquet", row_group_size=ROWS // 8)
    options = Options(state=folder / "state.parquet", rejects=folder / "rejects.csv", quiet=True)
    totals = run_file(folder / "file.parquet", folder / "whole.parquet", packs, options).totals
    return folder, totals


def with_wrong_rows(visits: pa.Table) -> pa.Table:
    """Some visits are written twice, somebody stands in two families."""
    names, people = (visits.column(name).to_pylist() for name in ("visit", "person"))
    for at in range(3, ROWS - 50, ROWS // 11):
        names[at + 40] = names[at]
    people[ROWS // 2] = people[ROWS // 3]
    for name, values in (("visit", names), ("person", people)):
        place = visits.column_names.index(name)
        visits = visits.set_column(place, name, pa.array(values, visits.schema.field(name).type))
    return visits


def python_of(engine: str) -> Path:
    """The interpreter that has an engine; the test is skipped, loudly, where there is none."""
    python = ENGINES / engine / "bin" / "python"
    if not python.exists():
        pytest.skip(f"没有 {engine}：它的测试没有运行（sh tools/engines.sh {engine}）")
    if engine == "spark" and shutil.which("java") is None:
        pytest.skip("没有 Java：PySpark 的测试没有运行（apt-get install openjdk-17-jre-headless）")
    return python


def settle(engine: str, *arguments: str, log: Path) -> None:
    """Run the trial in the engine's interpreter."""
    with log.open("w") as told:
        done = subprocess.run(
            [python_of(engine), TRIAL, *arguments],
            env=os.environ | {"PYTHONPATH": str(ROOT / "src")},
            stdout=told,
            stderr=subprocess.STDOUT,
            timeout=SECONDS,
            check=False,
        )
    assert done.returncode == 0, log.read_text()[-4_000:]


def rows_of(table: pa.Table) -> pa.Table:
    """In one order, with plain types, so that two tables can be compared."""
    columns = {}
    for name in table.column_names:
        column = table.column(name)
        kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
        columns[name] = column.cast(pa.int64() if kind == pa.int32() else kind)
    plain = pa.table(columns)
    flat = [name for name in columns if not pa.types.is_nested(columns[name].type)]
    return plain.sort_by([(name, "ascending") for name in flat]).combine_chunks()


def assert_same(whole: Any, folder: Path) -> None:
    """What an engine wrote is what one run over the file came to."""
    files, totals = whole
    expected = rows_of(pq.read_table(files / "whole.parquet"))
    settled = rows_of(pq.read_table(folder / "out" / "mark=settled"))
    assert len(expected) > ROWS // 5
    for name in expected.column_names:
        assert settled.column(name).cast(expected.column(name).type) == expected.column(name), name
    refused = pa.csv.read_csv(files / "rejects.csv").sort_by("row").to_pylist()
    assert pq.read_table(folder / "rejects").sort_by("row").to_pylist() == refused
    assert {row["column"] for row in refused} >= {"family", "visit"}
    used = rows_of(pq.read_table(files / "state.parquet"))
    assert rows_of(pq.read_table(folder / "state").cast(used.schema)) == used
    told = json.loads((folder / "totals.json").read_text())
    assert [told[name] for name in ("visits", "reversals", "carried", "rejected")] == [
        totals.visits,
        totals.reversals,
        totals.carried,
        totals.rejected,
    ]
    assert told["people"] == totals.people
    assert {(area, scheme): amounts for area, scheme, amounts in told["funds"]} == totals.funds
    assert partition.SETTLED in str(list((folder / "out").iterdir()))
    hashes = set(pq.read_table(f"{folder}/out.rulebooks").column("hash").to_pylist())
    assert set(expected.column("rulebook").to_pylist()) <= hashes


def test_sail_through_spark_connect(whole: Any, tmp_path: Path) -> None:
    settle("sail", "sail", f"{whole[0]}/visits.parquet", str(tmp_path), log=tmp_path / "log")
    assert_same(whole, tmp_path)


def test_pyspark_with_an_executor_killed_in_the_middle(whole: Any, tmp_path: Path) -> None:
    arguments = ("local-cluster[2,1,2048]", f"{whole[0]}/visits.parquet", str(tmp_path), "--kill")
    settle("spark", *arguments, log=tmp_path / "log")
    assert json.loads((tmp_path / "totals.json").read_text())["killed"]
    assert_same(whole, tmp_path)


def test_dask_by_the_example(whole: Any, tmp_path: Path) -> None:
    example = ROOT / "examples" / "dask_visits.py"
    source, target = f"{whole[0]}/visits.parquet", str(tmp_path / "out")
    done = subprocess.run(
        [python_of("spark"), example, source, target, "id", "4"],
        env=os.environ | {"PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4_000:]
    files, totals = whole
    stream = pq.read_table(target)
    settled = stream.filter(pa.compute.equal(stream.column("mark"), partition.SETTLED))
    expected = pq.read_table(files / "whole.parquet").sort_by("row")
    for name in ("row", "fund", "own", "rulebook"):
        settled_column = settled.sort_by("row").column(name)
        assert settled_column.to_pylist() == expected.column(name).to_pylist(), name
    notes = stream.filter(pa.compute.equal(stream.column("mark"), partition.NOTE))
    assert partition.reconcile(notes).funds.keys() == totals.funds.keys()
