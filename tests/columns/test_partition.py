"""Partitions: the same rows, fen, refusals, state and sums wherever families are settled."""

from __future__ import annotations

import datetime
import json
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import psycopg
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from random_visits import random_visits

from yibao.benefit.explain import Step
from yibao.columns import engine, partition
from yibao.columns.explain import replay
from yibao.columns.pinned import CarriedRulebooks
from yibao.columns.read.families import ROW, ordered
from yibao.columns.schema import AMOUNTS
from yibao.columns.travelling import TravellingLibrary
from yibao.columns.write.output import SettledTable
from yibao.errors import InputError
from yibao.policy.compile import PolicyLibrary
from yibao.policy.rulebook import Rulebook

ROWS = 300


@pytest.fixture(scope="module")
def visits(packs: PolicyLibrary) -> pa.Table:
    table = random_visits(packs, ROWS, 5)
    return table.append_column("x_id", pa.array(np.arange(ROWS) + 1))


@pytest.fixture(scope="module")
def whole(packs: PolicyLibrary, visits: pa.Table) -> SettledTable:
    """What one run over everything comes to."""
    return engine.run(visits, packs, backend="plain", with_state=True)


@pytest.fixture(scope="module")
def travelled(packs: PolicyLibrary) -> TravellingLibrary:
    return TravellingLibrary.from_bytes(TravellingLibrary.of(packs).to_bytes())


def rows(stream: Iterator[pa.RecordBatch]) -> Callable[[str], list[dict[str, Any]]]:
    """The rows of a stream by their mark."""
    table = pa.Table.from_batches(list(stream))

    def marked(mark: str) -> list[dict[str, Any]]:
        return table.filter(pc.equal(table.column("mark"), mark)).to_pylist()

    return marked


def settled_rows(whole: SettledTable) -> list[dict[str, Any]]:
    return [row | {"mark": "settled"} for row in whole.table.to_pylist()]


def without_nothing(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if value is not None}


@pytest.mark.parametrize("batch", [17, ROWS])
def test_a_partition_gives_what_one_run_gives(
    visits: pa.Table, whole: SettledTable, travelled: TravellingLibrary, batch: int
) -> None:
    marked = rows(
        partition.partition(
            visits.to_batches(max_chunksize=batch),
            travelled,
            state=True,
            backend="plain",
            batch_rows=batch,
        )
    )
    assert len(whole.table) > 50
    assert list(map(without_nothing, marked("settled"))) == list(
        map(without_nothing, settled_rows(whole))
    )
    assert [
        (row["row"], row["reject_column"], row["reject_reason"]) for row in marked("reject")
    ] == [(row["row"], row["column"], row["reason"]) for row in whole.rejects.to_pylist()]
    assert [row["state"] for row in marked("state")] == whole.state.to_pylist()
    assert partition.reconcile(pa.Table.from_pylist(marked("note"))) == whole.totals


def test_buckets_settled_apart_add_up_to_the_whole(
    visits: pa.Table, whole: SettledTable, travelled: TravellingLibrary
) -> None:
    """Known by the caller's numbers; sums of sums are the sums."""
    numbered = visits.append_column("id", visits.column("x_id"))
    dealt = partition.buckets(partition.family_key(visits), 3)
    assert set(dealt.tolist()) == {0, 1, 2}
    parts = []
    for bucket in range(3):
        part, _ = ordered(numbered.filter(pa.array(dealt == bucket)))
        stream = partition.partition(
            part.to_batches(), travelled, row_id="id", explain=False, backend="plain"
        )
        parts.append(rows(stream))
    settled = sorted((row for part in parts for row in part("settled")), key=lambda row: row["row"])
    for name in ("row", *AMOUNTS, "rulebook", "x_id"):
        of_whole = whole.table.sort_by("row").column(name).to_pylist()
        assert [row[name] for row in settled] == of_whole, name
    sums: Counter[tuple[Any, ...]] = Counter()
    for part in parts:
        for row in part("note"):
            sums[row["note_area"], row["note_scheme"], row["note_name"]] += row["note_value"]
    added = [
        {"note_area": area, "note_scheme": scheme, "note_name": name, "note_value": value}
        for (area, scheme, name), value in sums.items()
    ]
    assert partition.reconcile(pa.Table.from_pylist(added)) == whole.totals
    added[4]["note_value"] += 1
    with pytest.raises(AssertionError, match="differs"):
        partition.reconcile(pa.Table.from_pylist(added))


def test_the_schema_of_the_stream_is_known_from_the_input_alone(
    visits: pa.Table, travelled: TravellingLibrary
) -> None:
    for state in (False, True):
        for explain in (False, True):
            expected = partition.partition_schema(visits.schema, state=state, explain=explain)
            for batch in partition.partition(
                visits.slice(0, 40).to_batches(),
                travelled,
                state=state,
                explain=explain,
                backend="plain",
            ):
                assert batch.schema == expected
    assert list(partition.partition([], travelled, backend="plain")) == []


def test_families_out_of_order_and_foreign_columns_are_refused(
    visits: pa.Table, travelled: TravellingLibrary
) -> None:
    backwards = visits.take(pa.array(np.arange(ROWS)[::-1].copy()))
    with pytest.raises(InputError, match="升序"):
        list(partition.partition(backwards.to_batches(), travelled, backend="plain"))
    strange = visits.append_column("colour", pa.nulls(ROWS, pa.string()))
    with pytest.raises(InputError, match="colour"):
        list(partition.partition(strange.to_batches(), travelled, backend="plain"))
    with pytest.raises(InputError, match="没有 id 这一列"):
        list(partition.partition(visits.to_batches(), travelled, row_id="id", backend="plain"))
    assert ROW not in partition.partition_schema(visits.schema).names


def test_the_bucket_in_sql_is_the_same(postgresql_server: str) -> None:
    keys = ["", "a", "140105198001011234", "张三", "f-7"]
    people = pa.table({"person": keys, "family": ["", None, "f1", "", None]})
    expected = partition.buckets(partition.family_key(people), 12).tolist()
    query = partition.BUCKET_SQL["postgresql"].format(key=partition.FAMILY_SQL, count=12)
    with psycopg.connect(postgresql_server) as connection:
        for row, bucket in zip(people.to_pylist(), expected, strict=True):
            asked = "SELECT {} FROM (SELECT %s::text AS family, %s::text AS person)".format(
                query.replace("%", "%%")
            )
            answer = connection.execute(asked.encode(), (row["family"], row["person"])).fetchone()
            assert answer == (bucket,)


def test_rules_travel_with_what_is_laid_over_them(
    packs: PolicyLibrary, packs_with: Callable[..., PolicyLibrary], area: str
) -> None:
    changed = packs_with(mutual_aid__review="office")
    there = TravellingLibrary.from_bytes(TravellingLibrary.of(changed, [area]).to_bytes())
    assert there.rulebook(area).hash == changed.rulebook(area).hash != packs.rulebook(area).hash
    for day in (datetime.date(2019, 1, 1), datetime.date(2026, 1, 1)):
        assert there.rulebook(area, day).hash == changed.rulebook(area, day).hash
    county = there.covering(f"{area[:4]}05")
    assert county is not None
    assert county.code == area
    assert there.covering("990000") is None
    assert str(there.missing_pack("650000")) == str(changed.missing_pack("650000"))


@pytest.mark.parametrize(
    "content", [b"", b"yibao", b"yibao-rules-1\n", TravellingLibrary({}, {}, []).to_bytes()[:-3]]
)
def test_what_are_no_rules_are_refused(content: bytes) -> None:
    with pytest.raises(InputError, match="不是 yibao 的规则"):
        TravellingLibrary.from_bytes(content)


def test_a_row_is_explained_by_the_table_of_rulebooks_beside_it(
    visits: pa.Table, travelled: TravellingLibrary
) -> None:
    marked = rows(partition.partition(visits.to_batches(), travelled, backend="plain"))
    table = travelled.rulebook_table()
    beside = {
        row["hash"]: Rulebook.from_canonical(json.loads(row["form"])) for row in table.to_pylist()
    }
    row = next(row for row in marked("settled") if row["fund"] > 0 and row.get("reverses") is None)
    replayed = replay(row, beside)
    assert replayed.settlement.fund == row["fund"]
    assert all(isinstance(step, Step) for step in replayed.explanation.steps)


def test_rows_that_name_a_rulebook_are_settled_by_it(
    visits: pa.Table,
    packs: PolicyLibrary,
    packs_with: Callable[..., PolicyLibrary],
    area: str,
) -> None:
    """The rulebooks come as a table; without it the packs decide."""
    before = TravellingLibrary.of(packs, [area])
    changed = TravellingLibrary.of(packs_with(mutual_aid__review="office"), [area])
    place = visits.column_names.index("area")
    mine = visits.slice(0, 60).set_column(place, "area", pa.array([area] * 60))
    names = pa.array([before.rulebook(area).hash] * len(mine))
    named = mine.append_column("rulebook", names)
    pinned = CarriedRulebooks.of_table(before.rulebook_table())

    def hashes(**options: Any) -> set[str]:
        stream = partition.partition(named.to_batches(), changed, backend="plain", **options)
        return {row["rulebook"] for row in rows(stream)("settled")}

    assert hashes(pinned=pinned) == {before.rulebook(area).hash}
    assert hashes(), "by the packs, as they were known on each day"
    assert before.rulebook(area).hash not in hashes()
    elsewhere = CarriedRulebooks()
    stream = partition.partition(named.to_batches(), changed, backend="plain", pinned=elsewhere)
    assert len(rows(stream)("reject")) == len(named)
