"""What Spark is told, and what its executors do, without any engine: texts, types, partitions."""

from __future__ import annotations

import pickle
import sqlite3
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from random_visits import random_visits
from spark_trial import settled_bucket

from yibao.cli.main import main
from yibao.columns import engine, partition
from yibao.columns.read.cells import BatchFaults
from yibao.columns.read.families import ROW
from yibao.columns.read.whole_input import FewWrongRows, WholeInput
from yibao.columns.schema import AMOUNTS
from yibao.columns.spark import PartitionWork, in_place, session_of
from yibao.columns.spark_texts import (
    PLACE,
    arrow_schema,
    count_sql,
    ddl,
    family_sql,
    place_sql,
    row_columns,
    wrong_rows_sql,
)
from yibao.columns.travelling import TravellingLibrary
from yibao.errors import InputError
from yibao.policy.compile import PolicyLibrary

ROWS = 240
COLUMNS = [("person", "string"), ("family", "string"), ("end_day", "date"), ("id", "bigint")]


@pytest.fixture(scope="module")
def visits(packs: PolicyLibrary) -> pa.Table:
    table = random_visits(packs, ROWS, 5)
    return table.append_column("id", pa.array(np.arange(ROWS) + 1))


def test_two_processes_settle_their_buckets_as_one_run_does(
    packs: PolicyLibrary, visits: pa.Table
) -> None:
    """As an engine brings them: families together, rows by number, days in no order."""
    whole = engine.run(visits.drop_columns(["id"]), packs, backend="plain", with_state=True)
    rules = TravellingLibrary.of(packs).to_bytes()
    work = PartitionWork(rules, visits.schema, "id", state=True, backend="plain")
    assert pickle.loads(pickle.dumps(work)).schema() == work.schema()
    shuffled = visits.take(pa.array(np.random.default_rng(1).permutation(ROWS)))
    dealt = partition.buckets(partition.family_key(shuffled), 2)
    parts = []
    for bucket in range(2):
        part = shuffled.filter(pa.array(dealt == bucket))
        key = partition.family_key(part)
        parts.append(part.append_column("key", key).sort_by([("key", "ascending")]))
    assert all(len(part) > ROWS // 5 for part in parts)
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        streams = list(pool.map(settled_bucket, [work] * 2, [p.drop_columns("key") for p in parts]))
    stream = pa.concat_tables(streams)
    assert stream.schema == work.schema()

    def marked(mark: str) -> pa.Table:
        return stream.filter(pc.equal(stream.column("mark"), mark))

    settled = marked(partition.SETTLED).sort_by("row")
    for name in ("row", *AMOUNTS, "rulebook", "in_pooled"):
        expected = whole.table.sort_by("row").column(name).to_pylist()
        assert settled.column(name).to_pylist() == expected, name
    rejects = marked(partition.REJECT).sort_by("row")
    assert rejects.column("reject_reason").to_pylist() == (
        whole.rejects.sort_by("row").column("reason").to_pylist()
    )
    states = [str(row["state"]) for row in marked(partition.STATE).to_pylist()]
    assert sorted(states) == sorted(map(str, whole.state.to_pylist()))
    assert partition.reconcile(marked(partition.NOTE)) == whole.totals


def in_places(visits: pa.Table) -> pa.Table:
    """As an engine counts the rows of each family."""
    key = partition.family_key(visits)
    table = visits.append_column("key", key).sort_by([("key", "ascending"), ("id", "ascending")])
    seen: dict[str | None, int] = {}
    places = []
    for name in table.column("key").to_pylist():
        places.append(seen.get(name, 0) + 1)
        seen[name] = places[-1]
    return table.drop_columns(["key"]).append_column(PLACE, pa.array(places, pa.int32()))


def test_an_engine_that_cuts_a_family_in_two_is_refused(
    packs: PolicyLibrary, visits: pa.Table
) -> None:
    """Each half would have a year of its own: wrong money that nobody sees."""
    counted = in_places(visits)
    for size in (1, 7, ROWS):
        rows = pa.Table.from_batches(list(in_place(iter(counted.to_batches(size)))))
        assert rows.equals(counted.drop_columns([PLACE]))
    keys = partition.family_key(counted).to_pylist()
    cut = next(at for at in range(2, ROWS) if keys[at - 2] == keys[at - 1] == keys[at])
    turned = [*range(cut, ROWS), *range(cut)]  # the rest of the family comes first
    swapped = [*range(cut - 1), cut, cut - 1, *range(cut + 1, ROWS)]
    for order in (turned, swapped, range(cut, ROWS)):
        wrong = counted.take(pa.array(order))
        with pytest.raises(InputError, match="引擎没有把每个家庭的行按次序放在一处"):
            list(in_place(iter(wrong.to_batches(5))))
    rules = TravellingLibrary.of(packs).to_bytes()
    work = PartitionWork(rules, visits.schema, "id", backend="plain")
    apart = counted.drop_columns([PLACE]).take(pa.array(turned))
    with pytest.raises(InputError, match="同一家庭的行没有放在一处"):
        settled_bucket(work, apart)


def test_types_go_to_spark_and_back() -> None:
    columns = [
        *COLUMNS,
        ("x_price", "decimal(12,2)"),
        ("x_code", "varchar(8)"),
        ("x_at", "timestamp"),
    ]
    schema = arrow_schema(columns)
    assert ddl(schema) == (
        "`person` string, `family` string, `end_day` date, `id` bigint, "
        "`x_price` decimal(12,2), `x_code` string, `x_at` timestamp"
    )
    with pytest.raises(InputError, match=r"draw 这一列是 array<string>"):
        arrow_schema([("draw", "array<string>")])


def test_the_schema_of_the_stream_is_said_to_spark(visits: pa.Table) -> None:
    work = PartitionWork(b"", visits.schema, "id", state=True)
    text = ddl(work.schema())
    assert text.startswith("`mark` string, `row` bigint, `visit` string")
    assert "`total` bigint" in text
    assert "`proposals` array<struct<`visit`:string,`fund_fen`:bigint,`own_fen`:bigint>>" in text
    assert "`state` struct<`person`:bigint," in text
    assert "`id`" not in text


def test_a_family_has_one_key_whatever_the_types() -> None:
    texts = [("person", "string"), ("family", "string")]
    assert (
        family_sql(texts) == "coalesce(nullif(cast(family as string), ''), cast(person as string))"
    )
    assert family_sql([("person", "bigint"), ("family", "int")]) == "coalesce(family, person)"
    assert family_sql([("person", "string")]) == "person"
    assert place_sql("person", "id") == (
        "row_number() over (partition by person order by `id`) as `__place`"
    )
    assert row_columns(texts) == ["`person`", "`family`"]
    assert row_columns([("family", "int"), ("person", "bigint")]) == [
        "cast(family as bigint) as family",
        "cast(person as bigint) as person",
    ]
    assert row_columns([("person", "string"), ("family", "int"), ("怪`名", "int")]) == [
        "cast(person as string) as person",
        "cast(family as string) as family",
        "`怪``名`",
    ]


PLACES = [
    # person, family, draw_relative, visit, kind
    ("a", "f1", None, "v1", "outpatient"),
    ("a", "f2", "", "v1", "outpatient"),
    ("b", "f2", "a", "v2", None),
    ("c", None, "b", "", "inpatient"),
    ("c", "c", None, None, "inpatient"),
    ("d", "f3", "e", "v2", "reverse"),
    ("e", "f3", "d", "v2", "outpatient"),
    ("f", "f4", "nobody", "v9", "carry"),
    ("g", "f5", "nobody", "v9", "outpatient"),
    ("", "f1", "g", "v9", "outpatient"),
]


def test_wrong_rows_in_sql_are_those_that_a_look_over_the_input_finds() -> None:
    """The same text on SQLite, which calls a text ``text``."""
    names = ("person", "family", "draw_relative", "visit", "kind")
    columns = [(name, "string") for name in names]
    numbered = [(*place, 10 + row) for row, place in enumerate(PLACES)]
    with sqlite3.connect(":memory:") as database:
        database.execute(f"create table visits ({', '.join(names)}, id)")
        database.executemany("insert into visits values (?, ?, ?, ?, ?, ?)", numbered)
        query = wrong_rows_sql("visits", columns, "id")
        assert query is not None
        wrong = sorted(database.execute(query.replace("as string", "as text")).fetchall())
        counted = database.execute(count_sql("visits", "id")).fetchone()
    assert counted == (len(PLACES), len(PLACES), 10)
    table = pa.table(
        {name: [place[at] for place in PLACES] for at, name in enumerate(names)}
        | {ROW: list(range(10, 10 + len(PLACES)))}
    )
    look = WholeInput(None, every=True)
    look.see(table)
    expected = look.wrong_rows()
    few = FewWrongRows(wrong)
    assert few
    assert wrong
    for rows in (np.arange(0, 30), np.arange(10, 20)):
        marks = []
        for which in (expected, few):
            faults = BatchFaults(len(rows))
            which.mark(faults, rows)
            texts = [None, *faults.texts]
            marks.append([texts[status - 999] if status else None for status in faults.status])
        assert marks[0] == marks[1]
    assert wrong_rows_sql("visits", [("person", "string")], "id") is None


def test_the_command_says_what_is_missing(capsys: pytest.CaptureFixture[str]) -> None:
    def said(*arguments: str) -> str:
        assert main(["batch", "db.visits", "--quiet", *arguments]) == 2
        return capsys.readouterr().err

    assert "--row-id" in said("--engine", "sc://h:1", "-o", "db.out")
    assert "-o" in said("--engine", "sc://h:1", "--row-id", "id")
    assert "--items" in said("--engine", "sc://h:1", "--items", "i.csv", "-o", "db.out")
    assert "flink" in said("--engine", "flink://h", "--row-id", "id", "-o", "db.out")


def test_without_pyspark_the_command_that_installs_it_is_said() -> None:
    try:
        import pyspark  # noqa: F401
    except ImportError:
        with pytest.raises(InputError, match="pip install"):
            session_of("sc://127.0.0.1:1")
