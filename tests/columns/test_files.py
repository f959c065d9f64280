"""Files in, files out: every format the same, any order, nothing silently dropped."""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest

pytest.importorskip("pyarrow", reason="没有装 pyarrow")

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as csv
import pyarrow.feather as feather
import pyarrow.parquet as pq
from click.testing import CliRunner
from random_visits import random_visits

from yibao.cli.main import main
from yibao.columns.compile import compiled_loops
from yibao.columns.engine import run
from yibao.columns.explain import read_row, replay
from yibao.columns.schema import AMOUNTS
from yibao.columns.stream import FileRun, Options, run_file
from yibao.columns.warm import warm
from yibao.errors import InputError, NotFoundError
from yibao.messages import Message, message
from yibao.policy.compile import PolicyLibrary

ROWS = 3_000


@pytest.fixture(scope="module")
def library() -> PolicyLibrary:
    return PolicyLibrary.load()


@pytest.fixture(scope="module")
def visits(library: PolicyLibrary) -> pa.Table:
    return random_visits(library, ROWS, 3)


def through_file(
    library: PolicyLibrary, source: Path, target: Path, **options: Any
) -> tuple[pa.Table, FileRun]:
    options = {"quiet": True, "batch_rows": 500, **options}
    done = run_file(source, target, library, Options(**options))
    return pq.read_table(target), done


def by_row(table: pa.Table, names: tuple[str, ...] = ("row", *AMOUNTS)) -> pa.Table:
    """What rows come to; a file says which columns have no empty cell, a table does not."""
    table = table.select(list(names)).sort_by("row")
    return table.cast(pa.schema([field.with_nullable(True) for field in table.schema]))


def as_text(table: pa.Table) -> pa.Table:
    """Every cell as a CSV file would hold it."""
    return pa.table({name: table.column(name).cast(pa.string()) for name in table.column_names})


def test_formats_and_memory_agree(library: PolicyLibrary, visits: pa.Table, tmp_path: Path) -> None:
    pq.write_table(visits, tmp_path / "v.parquet")
    feather.write_feather(visits, tmp_path / "v.arrow", compression="uncompressed")
    csv.write_csv(visits, tmp_path / "v.csv")
    expected = run(visits, library, quiet=True)
    for name in ("v.parquet", "v.arrow", "v.csv"):
        table, done = through_file(library, tmp_path / name, tmp_path / "out.parquet")
        assert by_row(table).equals(by_row(expected.table)), name
        assert done.totals == expected.totals
        assert done.totals.reconcile()
        assert table.num_rows + done.totals.rejected == ROWS
        assert done.rejects is not None
        rejected = csv.read_csv(done.rejects)
        assert sorted(rejected.column("row").to_pylist()) == sorted(
            expected.rejects.column("row").to_pylist()
        )


def test_amounts_that_pass_32_bits_in_a_later_batch(
    library: PolicyLibrary, visits: pa.Table, tmp_path: Path
) -> None:
    """The columns of money are of 32 bits as long as they can be; none is cut."""
    total = visits.column("total_fen").to_numpy().copy()
    small, large = np.minimum(total, 10_000), total.copy()
    parts = ("out_of_catalogue_fen", "over_limit_fen", "upfront_fen")
    plain = visits.drop_columns([*parts, *(n for n in visits.column_names if n[:5] == "used_")])
    large[: ROWS // 2] = small[: ROWS // 2]
    large[-100:] = 5 * 10**9
    at = plain.column_names.index("total_fen")
    for amounts, kind in ((small, pa.int32()), (large, pa.int64())):
        pq.write_table(plain.set_column(at, "total_fen", [amounts]), tmp_path / "v.parquet")
        table, done = through_file(library, tmp_path / "v.parquet", tmp_path / "o.parquet")
        assert table.column("total").type == table.column("in_pooled").type == kind
        rows = table.column("row").to_numpy() - 1
        assert (table.column("total").to_numpy() == amounts[rows]).all()
        assert done.totals.people["total"] == int(amounts[rows].sum())
        for row in (int(rows[0]) + 1, int(rows[-1]) + 1):
            stored_row, rulebooks = read_row(tmp_path / "o.parquet", row)
            assert replay(stored_row, rulebooks).settlement.total == amounts[row - 1]


def test_frames_of_other_libraries(library: PolicyLibrary, visits: pa.Table) -> None:
    expected = run(visits, library, quiet=True).table
    polars = pytest.importorskip("polars", reason="没有装 polars")
    result = run(polars.from_arrow(visits), library, quiet=True).table
    assert by_row(result).equals(by_row(expected))


def test_frames_of_pandas(library: PolicyLibrary, visits: pa.Table) -> None:
    pandas = pytest.importorskip("pandas", reason="没有装 pandas")
    expected = run(visits, library, quiet=True).table
    frame = visits.to_pandas(types_mapper=pandas.ArrowDtype)
    assert by_row(run(frame, library, quiet=True).table).equals(by_row(expected))
    # Rows picked from a frame bring their index along; it is no column of visits.
    picked = frame[frame["person"] >= 0].sample(frac=1, random_state=1)
    assert run(picked, library, quiet=True).table.num_rows == expected.num_rows
    # An integer column with gaps is one of floats in pandas, and no float is money.
    with pytest.raises(InputError, match="Int64"):
        run(visits.to_pandas(), library, quiet=True)
    whole = visits.to_pandas().convert_dtypes()
    assert by_row(run(whole, library, quiet=True).table).equals(by_row(expected))


def test_a_file_in_no_order_is_rearranged(
    library: PolicyLibrary, visits: pa.Table, tmp_path: Path
) -> None:
    shuffle = np.random.default_rng(1).permutation(ROWS)
    pq.write_table(visits.take(pa.array(shuffle)), tmp_path / "v.parquet")
    said: list[Message] = []
    table, done = through_file(
        library, tmp_path / "v.parquet", tmp_path / "o.parquet", say=said.append
    )
    assert done.rearranged
    assert any("重排" in str(what) for what in said)
    expected = run(visits, library, quiet=True).table
    original = pa.array(shuffle + 1).take(pc.subtract(table.column("row"), 1))
    restored = table.set_column(0, "row", original.cast(pa.int64()))
    assert by_row(restored).equals(by_row(expected))


def test_state_carries_from_one_file_to_the_next(
    library: PolicyLibrary, visits: pa.Table, tmp_path: Path
) -> None:
    whole = run(visits, library, with_state=True, quiet=True)
    first = pc.less(visits.column("order"), ROWS // 2)
    first_half = run(visits.filter(first), library, with_state=True, quiet=True)
    assert first_half.state is not None
    state = first_half.state.append_column("order", pa.array([-1] * first_half.state.num_rows))
    state = state.set_column(0, "person", state.column("person").cast(pa.int64()))
    state = state.set_column(1, "family", state.column("family").cast(pa.int64()))
    state = state.set_column(
        state.column_names.index("order"), "order", pa.array([0] * state.num_rows)
    )
    rest = pa.concat_tables([state, visits.filter(pc.invert(first))], promote_options="permissive")
    second_half = run(rest, library, with_state=True, quiet=True)
    assert second_half.totals.carried == first_half.state.num_rows
    for name in AMOUNTS:
        both = first_half.totals.people[name] + second_half.totals.people[name]
        assert both == whole.totals.people[name], name


def test_items_are_summed_by_the_catalogue(library: PolicyLibrary, tmp_path: Path) -> None:
    area = max(
        (each.code for each in library.areas() if each.parent),
        key=lambda code: len(library.rulebook(code).days),
    )
    base = {
        "person": ["a", "a", "b"],
        "visit": ["1", "2", "3"],
        "area": [area] * 3,
        "scheme": ["resident"] * 3,
        "birth_day": ["1980-01-01"] * 3,
        "entitled": [True] * 3,
        "institution_kind": ["hospital"] * 3,
        "price_class": [1] * 3,
        "kind": ["inpatient"] * 3,
        "end_day": ["2025-03-01", "2025-04-01", "2025-03-01"],
    }
    items = pa.table(
        {
            "visit": ["2", "1", "1", "3", "9"],
            "item_class": ["A", "B", "C", "B", "A"],
            "amount_fen": [500_000, 300_001, 7, 200_000, 5],
            "upfront_basis_points": pa.array([None, 1_000, None, None, None], pa.int64()),
            "limit_fen": pa.array([400_000, None, None, 150_000, None], pa.int64()),
        }
    )
    pq.write_table(pa.table(base), tmp_path / "v.parquet")
    csv.write_csv(items, tmp_path / "i.csv")
    table, done = through_file(
        library, tmp_path / "v.parquet", tmp_path / "o.parquet", items=tmp_path / "i.csv"
    )
    rows = {row["visit"]: row for row in table.to_pylist()}
    assert (rows["1"]["total"], rows["1"]["upfront"], rows["1"]["out_of_catalogue"]) == (
        300_008,
        30_000,
        7,
    )
    assert (rows["2"]["total"], rows["2"]["over_limit"]) == (500_000, 100_000)
    assert rows["3"]["over_limit"] == 50_000
    assert rows["3"]["upfront"] > 0
    assert done.totals.rejected == 1
    orphan = message("明细的就诊 {visit} 不在就诊文件里", visit="9")
    assert done.first_rejects == [(5, "items.visit", orphan)]
    in_memory = run(pa.table(base), library, items=items, quiet=True)
    assert by_row(in_memory.table).equals(by_row(table))
    by_class = pa.table(
        {
            **base,
            "class_a_fen": [0, 500_000, 0],
            "class_a_over_limit_fen": [0, 100_000, 0],
            "class_b_fen": [300_001, 0, 200_000],
            "class_b_upfront_basis_points": pa.array([1_000, None, None], pa.int64()),
            "class_b_over_limit_fen": [0, 0, 50_000],
            "class_c_fen": [7, 0, 0],
        }
    )
    assert by_row(run(by_class, library, quiet=True).table).equals(by_row(table))


def test_every_row_can_be_explained(
    library: PolicyLibrary, visits: pa.Table, tmp_path: Path
) -> None:
    pq.write_table(visits, tmp_path / "v.parquet")
    table, done = through_file(library, tmp_path / "v.parquet", tmp_path / "o.parquet")
    rows = table.to_pylist()
    _, rulebooks = read_row(tmp_path / "o.parquet", rows[0]["row"])
    for number in (0, len(rows) // 2, -1):
        stored_row, carried = read_row(tmp_path / "o.parquet", rows[number]["row"])
        assert stored_row == rows[number]
        assert carried.keys() == rulebooks.keys()
    for stored_row in rows[:: ROWS // 200]:
        replayed = replay(stored_row, rulebooks)
        assert replayed.settlement.fund == stored_row["fund"]
        assert replayed.explanation.steps
    with pytest.raises(NotFoundError, match="没有第"):
        read_row(tmp_path / "o.parquet", done.first_rejects[0][0] or 0)


_FAULTY = (
    "person,area,scheme,status,birth_day,entitled,institution_kind,price_class,kind,end_day,total_fen\n"
    "a,{a},resident,,1980-01-01,true,hospital,1,outpatient,2025-03-01,10000\n"
    "b,{a},resident,,1980-01-01,true,hospital,1,outpatient,2025-13-01,10000\n"
    "c,{a},residents,,1980-01-01,true,hospital,1,outpatient,2025-03-01,10000\n"
    "d,{a},resident,,1980-01-01,true,hospital,1,outpatient,2025-03-01,10.5\n"
    "e,{a},resident,,1980-01-01,true,hospital\n"
    "f,{a},resident,,1980-01-01,,hospital,1,outpatient,2025-03-01,10000\n"
    "g,990000,resident,,1980-01-01,true,hospital,1,outpatient,2025-03-01,10000\n"
    "h,{a},resident,,1980-01-01,true,hospital,1,outpatient,2025-03-01,-5\n"
    "i,{a},employee,,1980-01-01,true,hospital,1,outpatient,2025-03-01,10000\n"
    ",{a},resident,,1980-01-01,true,hospital,1,outpatient,2025-03-01,10000\n"
    "k,{a},resident,,1980-01-01,true,hospital,1,outpatient,2025-03-01,10000000000001\n"
    "l,{a},resident,,1980-01-01,true,hospital,1,chronic,2025-03-01,10000\n"
    "z,{a},resident,,1980-01-01,true,hospital,1,outpatient,2025-03-01,10000\n"
)
"""A file of visits in which all rows but the first and the last have a fault."""


@pytest.fixture
def faulty(library: PolicyLibrary, tmp_path: Path) -> Path:
    """The faulty file, of an area."""
    area = max(
        (each.code for each in library.areas() if each.parent),
        key=lambda code: len(library.rulebook(code).days),
    )
    path = tmp_path / "v.csv"
    path.write_text(_FAULTY.format(a=area), encoding="utf-8")
    return path


def test_faults_name_row_and_column(library: PolicyLibrary, faulty: Path, tmp_path: Path) -> None:
    table, done = through_file(library, faulty, tmp_path / "o.parquet")
    assert table.column("row").to_pylist() == [1, 13]
    assert done.rejects is not None
    rejects = csv.read_csv(done.rejects).sort_by("row").to_pylist()
    assert [(row["row"], row["column"]) for row in rejects] == [
        (2, "end_day"),
        (3, "scheme"),
        (4, "total_fen"),
        (5, ""),
        (6, "entitled"),
        (7, "area"),
        (8, "total_fen"),
        (9, "status"),
        (10, "person"),
        (11, "total_fen"),
        (12, "disease"),
    ]


def test_faults_are_said_in_the_language_asked_for(
    library: PolicyLibrary, faulty: Path, tmp_path: Path
) -> None:
    _, done = through_file(library, faulty, tmp_path / "o.parquet", language="en")
    assert done.rejects is not None
    reasons = {row["row"]: row["reason"] for row in csv.read_csv(done.rejects).to_pylist()}
    assert reasons[2] == "'2025-13-01' is not a date: write 2025-03-01"
    assert reasons[5] == "has 7 cells instead of 11"
    assert not any("\u4e00" <= letter <= "\u9fff" for letter in "".join(reasons.values()))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"totl_fen": [1]}, "不认识的列：totl_fen"),
        ({"area": None}, "缺少必填的列：area"),
        ({"total_fen": [1.5]}, "total_fen 是小数"),
    ],
)
def test_columns_that_do_not_fit(
    library: PolicyLibrary, visits: pa.Table, change: dict[str, Any], message: str
) -> None:
    columns = {name: visits.column(name).slice(0, 1) for name in visits.column_names}
    for name, value in change.items():
        if value is None:
            del columns[name]
        else:
            columns[name] = pa.array(value)
    with pytest.raises(InputError, match=message):
        run(pa.table(columns), library, quiet=True)


def test_commands(visits: pa.Table, tmp_path: Path) -> None:
    from yibao.cli.main import app

    pq.write_table(visits, tmp_path / "v.parquet")
    runner = CliRunner()
    result = runner.invoke(
        app, ["batch", str(tmp_path / "v.parquet"), "-o", str(tmp_path / "o.parquet"), "--json"]
    )
    assert result.exit_code == 1
    totals = json.loads(result.stdout)
    assert totals["reconciled"] is True
    assert totals["visits"] + totals["rejected"] == ROWS
    assert "行被拒绝" in result.stderr
    assert (tmp_path / "o.rejects.csv").exists()
    row = pq.read_table(tmp_path / "o.parquet", columns=["row", "fund"]).to_pylist()[0]
    result = runner.invoke(app, ["explain", str(tmp_path / "o.parquet"), str(row["row"]), "--json"])
    assert result.exit_code == 0
    answer = json.loads(result.stdout)
    assert answer["fund"] == row["fund"]
    assert answer["steps"]


# --- files as they come from the field ----------------------------------------------------------

FIELD = Path(__file__).parent / "field"


def test_midnight_in_utc_is_the_day_in_china(library: PolicyLibrary, tmp_path: Path) -> None:
    """2024-06-30T16:00Z is 2024-07-01, when another rule began: 506.00, not 460.00."""
    source = FIELD / "utc_midnight.parquet"
    table, _ = through_file(library, source, tmp_path / "o.parquet", state=tmp_path / "s.parquet")
    assert table.column("fund").to_pylist() == [50_600]
    state = pq.read_table(tmp_path / "s.parquet")
    kind = pq.read_schema(source).field("end_day").type
    assert state.schema.field("end_day").type == kind
    days = [
        day.astimezone(ZoneInfo("Asia/Shanghai")) for day in state.column("end_day").to_pylist()
    ]
    assert {day.time() for day in days} == {datetime.time()}


@pytest.mark.parametrize("backend", ["plain", "numba"])
def test_areas_without_a_pack_are_refused_row_by_row(tmp_path: Path, backend: str) -> None:
    from yibao.cli.main import app

    target = tmp_path / "o.parquet"
    arguments = ["batch", str(FIELD / "area_without_pack.csv"), "-o", str(target), "--quiet"]
    result = CliRunner().invoke(
        app, [*arguments, "--state", str(tmp_path / "s.parquet"), "--backend", backend]
    )
    assert result.exit_code == 1, result.output
    assert "澳门特别行政区（820000）还没有政策包" in (tmp_path / "o.rejects.csv").read_text(
        encoding="utf-8"
    )
    assert pq.read_table(target).num_rows == pq.read_table(tmp_path / "s.parquet").num_rows == 0


def _command(source: Path, target: Path, *more: str) -> Any:
    from yibao.cli.main import app

    arguments = ["batch", str(source), "-o", str(target), "--quiet", "--backend", "plain"]
    return CliRunner().invoke(app, [*arguments, *more])


def test_gbk_is_declared(tmp_path: Path) -> None:
    refused = _command(FIELD / "gbk.csv", tmp_path / "o.parquet")
    assert isinstance(refused.exception, InputError)
    assert "请加 --encoding gbk" in str(refused.exception)
    assert _command(FIELD / "gbk.csv", tmp_path / "o.parquet", "--encoding", "gbk").exit_code == 0
    table = pq.read_table(tmp_path / "o.parquet")
    assert sorted(table.column("x_name").to_pylist()) == ["张三", "李四", "王五"]


def test_gbk_further_down_is_said_as_well(tmp_path: Path) -> None:
    first = (FIELD / "area_without_pack.csv").read_bytes()
    header, row = first.splitlines(keepends=True)
    late = header + row * 200 + row.replace(b"p1", "张".encode("gbk"))
    (tmp_path / "v.csv").write_bytes(late)
    refused = _command(tmp_path / "v.csv", tmp_path / "o.parquet")
    assert isinstance(refused.exception, InputError)
    assert "请加 --encoding gbk" in str(refused.exception)


@pytest.fixture
def field_rows() -> tuple[str, str]:
    """The names and a good row of a file."""
    text = (FIELD / "area_without_pack.csv").read_text(encoding="utf-8")
    names, row = text.splitlines()
    return names, row.replace("820000", "140100")


def test_an_unclosed_quote_is_refused_at_its_line(
    field_rows: tuple[str, str], tmp_path: Path
) -> None:
    names, row = field_rows
    lines = [names, row, row.replace("p1", '"p2'), row.replace("p1", '"p""3"'), row]
    (tmp_path / "v.csv").write_text("\n".join(lines), encoding="utf-8")
    refused = _command(tmp_path / "v.csv", tmp_path / "o.parquet")
    assert isinstance(refused.exception, InputError)
    assert "v.csv:3" in str(refused.exception)
    assert "引号" in str(refused.exception)
    assert not (tmp_path / "o.parquet").exists()


def test_a_rounded_identity_number_is_refused(field_rows: tuple[str, str], tmp_path: Path) -> None:
    names, row = field_rows
    lines = [names, row, row.replace("p1", "1.40105E+17"), row.replace("p1", "1E+5")]
    (tmp_path / "v.csv").write_text("\n".join(lines), encoding="utf-8")
    assert _command(tmp_path / "v.csv", tmp_path / "o.parquet").exit_code == 1
    rejects = csv.read_csv(tmp_path / "o.rejects.csv").to_pylist()
    assert [(row["row"], row["column"]) for row in rejects] == [(2, "person"), (3, "person")]
    assert "科学计数" in rejects[0]["reason"]


def test_a_file_of_bad_rows_leaves_its_rejects(field_rows: tuple[str, str], tmp_path: Path) -> None:
    (tmp_path / "v.csv").write_text(f"{field_rows[0]}\np1,140100\np2\n", encoding="utf-8")
    assert _command(tmp_path / "v.csv", tmp_path / "o.parquet").exit_code == 1
    assert csv.read_csv(tmp_path / "o.rejects.csv").column("row").to_pylist() == [1, 2]
    assert pq.read_table(tmp_path / "o.parquet").num_rows == 0


def test_instants_in_texts_are_days_in_china(field_rows: tuple[str, str], tmp_path: Path) -> None:
    names, row = field_rows
    lines = [names, row.replace("2025-03-10", "2024-12-31T16:30Z")]
    (tmp_path / "v.csv").write_text("\n".join(lines), encoding="utf-8")
    assert _command(tmp_path / "v.csv", tmp_path / "o.parquet").exit_code == 0
    day = np.datetime64("2025-01-01", "D").astype(int)
    assert pq.read_table(tmp_path / "o.parquet").column("in_end_day").to_pylist() == [day]


def test_what_is_compiled_ahead_is_what_a_file_waits_for(
    library: PolicyLibrary, capsys: pytest.CaptureFixture[str]
) -> None:
    """Once warm nothing more is compiled; the command says how long it took."""
    warm(library, quiet=True)
    known = {name: len(function.signatures) for name, function in compiled_loops().items()}
    assert main(["columns", "warm"]) == 0
    assert capsys.readouterr().out.startswith("已编译，用了 ")
    assert {name: len(function.signatures) for name, function in compiled_loops().items()} == known
