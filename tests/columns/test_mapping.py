"""A hospital's or insurer's own export, read through a mapping; what it would be read as first."""

from __future__ import annotations

import csv
import datetime
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("pyarrow", reason="没有装 pyarrow")

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
from click.testing import CliRunner, Result

from yibao.cli.main import app
from yibao.columns.engine import run
from yibao.columns.preview import draft, known_headings, preview
from yibao.columns.read.mapping import read_mapping
from yibao.columns.schema import AMOUNTS, COLUMNS, ITEM_COLUMNS
from yibao.columns.stream import Options
from yibao.errors import InputError
from yibao.importing.fields import FIELDS
from yibao.policy.compile import PolicyLibrary

HEADINGS = (
    "结算流水号", "人员编号", "参保地", "险种", "人员类别", "出生日期", "机构类型", "医院等级",
    "医疗类别", "结算时间", "医疗费总额（元）", "全自费金额", "先行自付金额", "享受待遇", "科室",
)  # fmt: skip
ROWS: tuple[tuple[Any, ...], ...] = (
    ("J1", "P1", "140100", "职工基本医疗保险", "在职", "1980/5/6", "医院", "三级甲等",
     "普通门诊", "2025-03-09 10:22:31", "1,234.50", "10", "22.5000", "是", "内科"),
    ("J2", "P2", "140100", "城乡居民基本医疗保险", "", "1950年1月2日", "医院", "三级甲等",
     "住院", "20250311", "10000", "", "100.00", "是", "外科"),
    ("J3", "P2", "140100", "390", "", "1950-01-02", "医院", "二级甲等",
     "普通门诊", "2025.3.12", "¥80.00元", "0", "0", "是", "内科"),
)  # fmt: skip
PLAIN = pa.table(
    {
        "visit": ["J1", "J2", "J3"],
        "person": ["P1", "P2", "P2"],
        "area": ["140100"] * 3,
        "scheme": ["employee", "resident", "resident"],
        "status": ["working", None, None],
        "birth_day": ["1980-05-06", "1950-01-02", "1950-01-02"],
        "institution_kind": ["hospital"] * 3,
        "grade": ["3A", "3A", "2A"],
        "kind": ["outpatient", "inpatient", "outpatient"],
        "end_day": ["2025-03-09", "2025-03-11", "2025-03-12"],
        "total_fen": [123450, 1000000, 8000],
        "out_of_catalogue_fen": [1000, 0, 0],
        "upfront_fen": [2250, 10000, 0],
        "entitled": [True] * 3,
    }
)
"""The same visits as yibao's own columns."""


@pytest.fixture(scope="module")
def library() -> PolicyLibrary:
    return PolicyLibrary.load()


@pytest.fixture(scope="module")
def expected(library: PolicyLibrary) -> list[tuple[int, ...]]:
    return amounts(run(PLAIN, library, backend="plain", quiet=True).table)


def amounts(table: pa.Table) -> list[tuple[int, ...]]:
    rows = table.sort_by("row").select(list(AMOUNTS)).to_pylist()
    return [tuple(row.values()) for row in rows]


def write_csv(
    path: Path, rows: tuple[tuple[Any, ...], ...] = ROWS, encoding: str = "utf-8"
) -> None:
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file).writerows((HEADINGS, *rows))


def write_sheet(path: Path, *, title: str = "", rows: tuple[tuple[Any, ...], ...] = ROWS) -> None:
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    assert sheet is not None
    sheet.title = "结算"
    if title:
        sheet.append([title])
    for row in (HEADINGS, *rows):
        sheet.append(list(row))
    workbook.create_sheet("说明", 0)
    workbook.save(path)


def yibao(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["batch", *map(str, arguments), "--backend", "plain"])


def drafted(folder: Path, source: Path, *more: str) -> Path:
    """The mapping that the command drafts, as a file."""
    result = yibao(source, "--preview", *more)
    assert result.exit_code == 0, result.output
    path = folder / "map.yaml"
    path.write_text(result.stdout, encoding="utf-8")
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_an_export_runs_through_the_mapping_drafted_for_it(
    tmp_path: Path, encoding: str, expected: list[tuple[int, ...]]
) -> None:
    source = tmp_path / "export.csv"
    write_csv(source, encoding=encoding)
    more = ("--encoding", "gb18030") if encoding == "gb18030" else ()
    mapping = drafted(tmp_path, source, *more)
    assert "TODO" not in mapping.read_text(encoding="utf-8")
    # The encoding stands in the mapping: it is not said again.
    result = yibao(source, "--map", mapping, "-o", tmp_path / "out.parquet")
    assert result.exit_code == 0, result.output
    assert amounts(pq.read_table(tmp_path / "out.parquet")) == expected


def test_a_workbook_with_a_title_above_its_headings(
    tmp_path: Path, expected: list[tuple[int, ...]]
) -> None:
    write_csv(tmp_path / "export.csv")
    write_sheet(tmp_path / "export.xlsx", title="2025年3月结算明细")
    mapping = drafted(tmp_path, tmp_path / "export.csv")
    text = mapping.read_text(encoding="utf-8")
    mapping.write_text(f"sheet: 结算\nheader: 2\n{text}", encoding="utf-8")
    result = yibao(tmp_path / "export.xlsx", "--map", mapping, "-o", tmp_path / "out.parquet")
    assert result.exit_code == 0, result.output
    assert amounts(pq.read_table(tmp_path / "out.parquet")) == expected
    mapping.write_text(f"sheet: 别的\n{text}", encoding="utf-8")
    refused = yibao(tmp_path / "export.xlsx", "--map", mapping, "-o", tmp_path / "no.parquet")
    assert isinstance(refused.exception, InputError)
    assert "没有工作表 别的，有的是：说明、结算" in str(refused.exception)


def test_cells_of_a_workbook_that_are_no_texts(
    tmp_path: Path, library: PolicyLibrary, expected: list[tuple[int, ...]]
) -> None:
    """Days, numbers and truth as a spreadsheet keeps them, sums with their rounding."""
    rows = [list(row) for row in ROWS]
    rows[0][9] = datetime.datetime.fromisoformat("2025-03-09T10:22:00")
    rows[1][9] = datetime.date(2025, 3, 11)
    rows[0][10], rows[0][12], rows[1][10] = 1234.4 + 0.1, 22.5, 10000
    rows[2][10] = 79.9 + 0.1000000000000001
    rows[0][13] = True
    write_sheet(tmp_path / "export.xlsx", rows=tuple(map(tuple, rows)))
    write_csv(tmp_path / "export.csv")
    mapping = drafted(tmp_path, tmp_path / "export.csv")
    text = mapping.read_text(encoding="utf-8")
    mapping.write_text(f"sheet: 结算\n{text}", encoding="utf-8")
    result = yibao(tmp_path / "export.xlsx", "--map", mapping, "-o", tmp_path / "out.parquet")
    assert result.exit_code == 0, result.output
    assert amounts(pq.read_table(tmp_path / "out.parquet")) == expected


def test_a_number_that_a_workbook_has_rounded_is_refused(tmp_path: Path) -> None:
    rows = ((ROWS[0][0], 140105198001011234, *ROWS[0][2:]), ROWS[1])
    write_sheet(tmp_path / "export.xlsx", rows=rows)
    write_csv(tmp_path / "export.csv")
    mapping = drafted(tmp_path, tmp_path / "export.csv")
    text = mapping.read_text(encoding="utf-8")
    mapping.write_text(f"sheet: 结算\n{text}", encoding="utf-8")
    result = yibao(tmp_path / "export.xlsx", "--map", mapping, "-o", tmp_path / "out.parquet")
    assert result.exit_code == 1
    rejects = (tmp_path / "out.rejects.csv").read_text(encoding="utf-8").splitlines()
    assert rejects[1].startswith("1,人员编号,编号被表格软件改成了科学计数")
    assert len(rejects) == 2


def test_rows_that_cannot_be_read_are_refused_by_the_file_s_own_heading(tmp_path: Path) -> None:
    rows = [list(row) for row in ROWS]
    rows[0][10], rows[1][3], rows[2][9] = "12.345", "离休", "去年"
    write_csv(tmp_path / "good.csv")
    write_csv(tmp_path / "bad.csv", tuple(map(tuple, rows)))
    mapping = drafted(tmp_path, tmp_path / "good.csv")
    looked = yibao(tmp_path / "bad.csv", "--map", mapping, "--preview")
    assert looked.exit_code == 1
    assert "险种 里这些写法没有对应：离休" in looked.output
    result = yibao(tmp_path / "bad.csv", "--map", mapping, "-o", tmp_path / "out.parquet")
    assert result.exit_code == 1
    rejects = (tmp_path / "out.rejects.csv").read_text(encoding="utf-8")
    assert "1,医疗费总额（元）,'12.345' 不是以元为单位的金额，最多两位小数" in rejects
    assert "2,险种,'离休' 应写 resident、employee 之一" in rejects
    assert "3,结算时间,'去年' 不是日期" in rejects


def test_item_rows_have_a_mapping_too(tmp_path: Path, library: PolicyLibrary) -> None:
    write_csv(tmp_path / "export.csv", ROWS[:1])
    mapping = drafted(tmp_path, tmp_path / "export.csv")
    lines = [
        line for line in mapping.read_text(encoding="utf-8").splitlines() if "_fen" not in line
    ]
    items = """items:
  visit: 单据
  item_class: {from: 类, values: {甲: A, 乙: B}}
  amount_fen: 金额
  upfront_basis_points: {from: 自付, unit: percent}
"""
    mapping.write_text("\n".join([*lines, items]), encoding="utf-8")
    (tmp_path / "items.csv").write_text(
        "单据,类,金额,自付\nJ1,甲,1000.00,\nJ1,乙,234.50,5%\n", encoding="utf-8"
    )
    result = yibao(tmp_path / "export.csv", "--map", mapping, "--items", tmp_path / "items.csv",
                   "-o", tmp_path / "out.parquet")  # fmt: skip
    assert result.exit_code == 0, result.output
    row = pq.read_table(tmp_path / "out.parquet").to_pylist()[0]
    # 5% of 234.50 is 11.725: half up.
    assert (row["total"], row["upfront"]) == (123450, 1173)


def test_amounts_in_yuan_by_the_name_of_the_column(
    tmp_path: Path, expected: list[tuple[int, ...]]
) -> None:
    names = [name.replace("_fen", "_yuan") for name in PLAIN.column_names]
    with (tmp_path / "v.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(names)
        for row in PLAIN.to_pylist():
            writer.writerow(
                f"{cell / 100:.2f}" if name.endswith("_fen") else str(cell).replace("None", "")
                for name, cell in row.items()
            )
    result = yibao(tmp_path / "v.csv", "-o", tmp_path / "out.parquet")
    assert result.exit_code == 0, result.output
    assert amounts(pq.read_table(tmp_path / "out.parquet")) == expected


def test_every_fault_of_a_mapping_is_named_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "m.yaml"
    path.write_text(
        "columns:\n  person: 编号\n  prson: 编号\n  total_fen: 总额\n"
        "  scheme: {from: 险种, values: {职工: worker}}\n  end_day: {from: 日期, unit: yuan}\n",
        encoding="utf-8",
    )
    with pytest.raises(InputError) as fault:
        read_mapping(path)
    lines = str(fault.value).splitlines()
    assert "m.yaml 第 3 行" in lines[0]
    assert "没有 prson 这一列" in lines[0]
    assert "第 4 行" in lines[1]
    assert "amounts: yuan" in lines[1]
    assert "第 5 行" in lines[2]
    assert "resident、employee" in lines[2]
    assert "第 6 行" in lines[3]
    assert "只有金额和比例有单位" in lines[3]
    assert "缺少必填的列：area、birth_day、institution_kind、kind" in lines[4]


def test_a_mapping_whose_headings_are_not_in_the_file(tmp_path: Path) -> None:
    write_csv(tmp_path / "good.csv")
    mapping = drafted(tmp_path, tmp_path / "good.csv")
    text = mapping.read_text(encoding="utf-8").replace("结算流水号", "就诊号")
    mapping.write_text(text, encoding="utf-8")
    result = yibao(tmp_path / "good.csv", "--map", mapping, "-o", tmp_path / "out.parquet")
    assert isinstance(result.exception, InputError)
    assert "没有这些表头：就诊号；文件的表头是：结算流水号、人员编号" in str(result.exception)
    assert not (tmp_path / "out.parquet").exists()


def test_what_a_draft_cannot_know_is_to_be_filled_in(tmp_path: Path) -> None:
    (tmp_path / "v.csv").write_text("人员编号,什么费,险种\nP1,5,灵活\n", encoding="utf-8")
    text = draft(tmp_path / "v.csv", "utf-8")
    assert "person: 人员编号" in text
    assert "scheme: {from: 险种, values: {灵活: TODO}}" in text
    assert "kind: {value: TODO}" in text
    assert "entitled: {value: TODO}" in text
    assert "# x_什么费: 什么费" in text


def test_known_headings_are_of_columns_that_there_are() -> None:
    known = known_headings()
    columns = dict(ITEM_COLUMNS)
    for of_kind in FIELDS.values():
        columns |= of_kind
    columns |= COLUMNS
    assert set(known) <= set(columns)
    for name, entry in known.items():
        column = columns[name]
        assert set(entry.values.values()) <= set(column.choices), name


def test_a_preview_settles_nothing(tmp_path: Path) -> None:
    write_csv(tmp_path / "good.csv")
    mapping = drafted(tmp_path, tmp_path / "good.csv")
    read = preview(tmp_path / "good.csv", Options(mapping=read_mapping(mapping)))
    assert read.rows[0][read.names.index("total_fen")] == "123450"
    assert read.unread == ("科室",)
    assert not read.strange
    assert not read.faults
    assert sorted(each.name for each in tmp_path.iterdir()) == ["good.csv", "map.yaml"]
