"""Several processes: the same rows, fen, refusals and state, also after an interruption."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import Executor, Future
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as csv
import pyarrow.parquet as pq
import pytest
from random_visits import random_visits

from yibao.columns import processes
from yibao.columns.explain import read_row, replay
from yibao.columns.pinned import rulebooks_beside
from yibao.columns.processes import PARTS, run_in_processes
from yibao.columns.stream import FileRun, Options, run_file
from yibao.columns.travelling import TravellingLibrary
from yibao.columns.write.joining import join
from yibao.errors import InputError
from yibao.policy.compile import PolicyLibrary

ROWS = 400


class Here(Executor):
    """Does at once, in this process, what another one would do; fails after ``most`` times."""

    def __init__(self, most: int = 1_000_000) -> None:
        self.done = 0
        self.most = most

    def submit(self, function: Any, /, *arguments: Any, **named: Any) -> Future[Any]:
        if self.done == self.most:
            raise KeyboardInterrupt
        self.done += 1
        future: Future[Any] = Future()
        try:
            future.set_result(function(*arguments, **named))
        except Exception as error:
            future.set_exception(error)
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        pass


@pytest.fixture(autouse=True)
def _packed_once(packs: PolicyLibrary, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes.TravellingLibrary, "of", lambda library: travelling(packs))


_TRAVELLING = TravellingLibrary.of


@cache
def travelling(packs: PolicyLibrary) -> TravellingLibrary:
    return _TRAVELLING(packs)


@pytest.fixture(scope="module")
def visits(packs: PolicyLibrary) -> pa.Table:
    return random_visits(packs, ROWS, 11)


def options(folder: Path, **more: Any) -> Options:
    return Options(
        backend="plain", quiet=True, batch_rows=40, state=folder / "state.parquet", **more
    )


def answers(folder: Path, done: FileRun) -> dict[str, Any]:
    """All that a run left behind."""
    table = pq.read_table(folder / "out.parquet")
    refused = csv.read_csv(done.rejects).to_pylist() if done.rejects else []
    return {
        "rows": table.to_pylist(),
        "schema": table.schema,
        "rejects": refused,
        "state": pq.read_table(folder / "state.parquet").to_pylist(),
        "totals": done.totals,
        "first": [(row, column, str(reason)) for row, column, reason in done.first_rejects],
    }


def alone(source: Path, folder: Path, packs: PolicyLibrary, **more: Any) -> dict[str, Any]:
    folder.mkdir()
    done = run_file(source, folder / "out.parquet", packs, options(folder, **more))
    return answers(folder, done)


def spread(
    source: Path, folder: Path, packs: PolicyLibrary, pool: Any = None, **more: Any
) -> dict[str, Any]:
    folder.mkdir(exist_ok=True)
    chosen = options(folder, processes=2, bucket_rows=80, **more)
    here = pool or Here()
    done = run_in_processes(source, folder / "out.parquet", packs, chosen, lambda count: here)
    assert not (folder / ("out.parquet" + PARTS)).exists()
    return answers(folder, done)


Write = Callable[[pa.Table, Path], Path]


def in_groups(table: pa.Table, folder: Path) -> Path:
    pq.write_table(table, folder / "v.parquet", row_group_size=50)
    return folder / "v.parquet"


def as_one_group(table: pa.Table, folder: Path) -> Path:
    pq.write_table(table, folder / "v.parquet")
    return folder / "v.parquet"


def as_texts(table: pa.Table, folder: Path) -> Path:
    csv.write_csv(table, folder / "v.csv")
    with (folder / "v.csv").open("a") as file:
        file.write("one cell\n")
    return folder / "v.csv"


def in_no_order(table: pa.Table, folder: Path) -> Path:
    order = np.random.default_rng(3).permutation(table.num_rows)
    return in_groups(table.take(pa.array(order)), folder)


def with_a_repeated_visit(table: pa.Table, folder: Path) -> Path:
    names = table.column("visit").to_pylist()
    names[300] = names[1]
    place = table.column_names.index("visit")
    return in_groups(table.set_column(place, "visit", pa.array(names)), folder)


@pytest.mark.parametrize(
    "write", [in_groups, as_one_group, as_texts, in_no_order, with_a_repeated_visit]
)
def test_the_same_as_one_process(
    packs: PolicyLibrary, visits: pa.Table, tmp_path: Path, write: Write
) -> None:
    source = write(visits, tmp_path)
    expected = alone(source, tmp_path / "one", packs)
    assert len(expected["rows"]) > 100
    assert expected["rejects"]
    assert spread(source, tmp_path / "two", packs) == expected


def test_items_of_another_file(packs: PolicyLibrary, visits: pa.Table, tmp_path: Path) -> None:
    source = in_groups(visits, tmp_path)
    named = visits.column("visit").to_pylist()[::7]
    items = pa.table(
        {
            "visit": [*named, "nobody's"],
            "item_class": ["A"] * (len(named) + 1),
            "amount_fen": [12_345] * (len(named) + 1),
        }
    )
    pq.write_table(items, tmp_path / "items.parquet")
    more = {"items": tmp_path / "items.parquet"}
    expected = alone(source, tmp_path / "one", packs, **more)
    assert spread(source, tmp_path / "two", packs, **more) == expected


def test_amounts_of_64_bits_in_a_later_bucket(
    packs: PolicyLibrary, visits: pa.Table, tmp_path: Path
) -> None:
    total = visits.column("total_fen").to_pylist()
    large = [at for at in range(350, ROWS) if total[at] is not None]
    total[large[0]] = 5_000_000_000
    place = visits.column_names.index("total_fen")
    wide = visits.set_column(place, "total_fen", pa.array(total, pa.int64()))
    source = in_groups(wide, tmp_path)
    expected = alone(source, tmp_path / "one", packs)
    assert spread(source, tmp_path / "two", packs) == expected


def test_an_interrupted_run_goes_on(packs: PolicyLibrary, visits: pa.Table, tmp_path: Path) -> None:
    """Finished buckets are kept, a half-written one is done again, another input's are not."""
    source = in_groups(visits, tmp_path)
    expected = alone(source, tmp_path / "one", packs)
    with pytest.raises(KeyboardInterrupt):
        spread(source, tmp_path / "two", packs, Here(most=2))
    parts = tmp_path / "two" / ("out.parquet" + PARTS)
    (folder,) = (inside for inside in parts.iterdir() if (inside / "000000").is_dir())
    assert sorted(os.listdir(folder)) == ["000000", "000001"]
    assert not (tmp_path / "two" / "out.parquet").exists()
    (folder / "000001").rename(folder / "000001.unfinished")
    (folder / "000001.unfinished" / "summary.json").unlink()
    going_on = Here()
    assert spread(source, tmp_path / "two", packs, going_on) == expected
    whole = Here()
    assert spread(source, tmp_path / "three", packs, whole) == expected
    assert going_on.done == whole.done - 1

    with pytest.raises(KeyboardInterrupt):
        spread(source, tmp_path / "two", packs, Here(most=2))
    fewer = in_groups(visits.slice(0, 300), tmp_path)
    assert spread(fewer, tmp_path / "two", packs) == alone(fewer, tmp_path / "four", packs)


def test_what_does_not_fit_leaves_nothing(
    packs: PolicyLibrary, visits: pa.Table, tmp_path: Path
) -> None:
    source = in_groups(visits.drop_columns(["kind"]), tmp_path)
    (tmp_path / "two").mkdir()
    with pytest.raises(InputError):
        spread(source, tmp_path / "two", packs)
    assert os.listdir(tmp_path / "two") == []


def test_two_processes_on_the_command_line(
    packs: PolicyLibrary, visits: pa.Table, tmp_path: Path
) -> None:
    """Real processes; what they wrote explains its rows."""
    source = in_groups(visits, tmp_path)
    expected = alone(source, tmp_path / "one", packs)
    target = tmp_path / "out.parquet"
    command = ["-m", "yibao.cli", "batch", str(source), "-o", str(target), "--quiet", "--json"]
    ran = subprocess.run(
        [sys.executable, *command, "--backend", "plain", "--processes", "2"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 1, ran.stderr
    assert pq.read_table(target).to_pylist() == expected["rows"]
    assert json.loads(ran.stdout)["people"] == expected["totals"].people
    row = next(row for row in expected["rows"] if row["fund"] > 0)
    assert replay(*read_row(target, row["row"])).settlement.fund == row["fund"]


def test_a_row_is_explained_by_rulebooks_beside_it(
    packs: PolicyLibrary, visits: pa.Table, tmp_path: Path
) -> None:
    """Settled elsewhere, the file itself carries none."""
    source = in_groups(visits, tmp_path)
    run_file(source, tmp_path / "out.parquet", packs, options(tmp_path))
    table = pq.read_table(tmp_path / "out.parquet").replace_schema_metadata(None)
    pq.write_table(table, tmp_path / "bare.parquet")
    row = table.filter(pc.greater(table.column("fund"), 0)).to_pylist()[0]
    with pytest.raises(InputError, match="没有规则书"):
        read_row(tmp_path / "bare.parquet", row["row"])
    beside = tmp_path / "rulebooks.parquet"
    pq.write_table(travelling(packs).rulebook_table(), beside)
    for rulebooks in (beside, tmp_path / "out.parquet"):
        stored, of_rows = read_row(
            tmp_path / "bare.parquet", row["row"], rulebooks_beside(rulebooks)
        )
        assert replay(stored, of_rows).settlement.fund == row["fund"]


def test_files_are_joined_without_being_decoded(tmp_path: Path) -> None:
    tables = []
    for number, rows in enumerate((100, 0, 5, 7_000)):
        table = pa.table(
            {
                "row": np.arange(rows) + number,
                "text": [f"t{row % 7}" for row in range(rows)],
                "list": pa.array(
                    [[{"a": row}] if row % 3 else None for row in range(rows)],
                    pa.list_(pa.struct([("a", pa.int64())])),
                ),
            },
            schema=pa.schema(
                [
                    ("row", pa.int64()),
                    ("text", pa.string()),
                    ("list", pa.list_(pa.struct([("a", pa.int64())]))),
                ]
            ),
        )
        pq.write_table(table, tmp_path / f"{number}.parquet", row_group_size=300)
        tables.append(table)
    parts = [tmp_path / f"{number}.parquet" for number in range(4)]
    join(parts, tmp_path / "all.parquet", tables[0].schema, {"k": "v"})
    file = pq.ParquetFile(tmp_path / "all.parquet")
    assert file.metadata.metadata[b"k"] == b"v"
    assert file.read().equals(pa.concat_tables(tables))


def test_processes_that_pay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 8)
    pq.write_table(pa.table({"person": np.zeros(10, dtype=np.int64)}), tmp_path / "v.parquet")
    assert processes.suitable_processes(tmp_path / "v.parquet") == 1
    assert processes.suitable_processes(tmp_path / "none.parquet") == 1
    with (tmp_path / "v.csv").open("wb") as file:
        file.truncate(100 * 4_000_000 * 3)
    assert processes.suitable_processes(tmp_path / "v.csv") == 3
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    assert processes.suitable_processes(tmp_path / "v.csv") == 1  # Threads keep both as busy.
