"""A mapping file: which heading of somebody's own export is which column, in which unit.

amounts: yuan
columns:
  person: 人员编号
  total_fen: 医疗费总额
  scheme: {from: 险种, values: {职工基本医疗保险: employee, 城乡居民基本医疗保险: resident}}
  area: {value: "六位代码"}
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from yibao.columns.schema import COLUMNS, ITEM_COLUMNS, Column
from yibao.errors import InputError
from yibao.messages import Listed, message
from yibao.policy import document
from yibao.policy.reading import Faults

AmountUnit = Literal["yuan", "fen"]
RatioUnit = Literal["percent", "fraction", "basis_points"]
AMOUNT_UNITS: tuple[AmountUnit, ...] = ("yuan", "fen")
RATIO_UNITS: tuple[RatioUnit, ...] = ("percent", "fraction", "basis_points")
_MONEY = ("fen", "signed_fen")
_OWN = "x_"
"""How columns begin that are the caller's own."""
_KEYS = ("amounts", "encoding", "sheet", "header", "columns", "items")
_COLUMN_KEYS = ("from", "value", "values", "otherwise", "empty", "unit")
_MOST_HEADER = 1000


@dataclass(frozen=True, slots=True)
class ColumnSource:
    """Where a column comes from: a heading of the file, or one value for all rows."""

    column: Column
    heading: str = ""
    value: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    """What stands in the file → what the column says."""
    otherwise: str | None = None
    """What the column says of a text that ``values`` does not list."""
    empty: str | None = None
    """What it says of an empty cell."""
    unit: str = ""
    """Of amounts and ratios: one of ``AMOUNT_UNITS``, ``RATIO_UNITS``."""


@dataclass(frozen=True, slots=True)
class FileMapping:
    """All that a mapping file says."""

    columns: tuple[ColumnSource, ...]
    items: tuple[ColumnSource, ...] = ()
    encoding: str | None = None
    sheet: str | None = None
    """Of a workbook; none: its first."""
    header: int = 1
    """The line of the headings."""


def own_column(name: str) -> Column:
    """A column of the caller's own, which is passed on."""
    return Column(name, "text", "")


def identity(names: Sequence[str], known: Mapping[str, Column]) -> tuple[ColumnSource, ...]:
    """The sources of a file without a mapping: each heading is its column.

    A heading like ``total_yuan`` is ``total_fen`` in yuan.
    """
    sources = []
    for name in names:
        of_fen = f"{name.removesuffix('_yuan')}_fen"
        if name.endswith("_yuan") and name not in known and of_fen in known:
            sources.append(ColumnSource(known[of_fen], name, unit="yuan"))
        else:
            unit = "basis_points" if name in known and known[name].unit == "basis_points" else "fen"
            sources.append(ColumnSource(known.get(name) or own_column(name), name, unit=unit))
    return tuple(sources)


def read_mapping(
    path: Path, known: Mapping[str, Column] = COLUMNS, described_in: str = "docs/columns.md"
) -> FileMapping:
    """The mapping that a file holds; ``InputError`` names every fault with its line.

    ``known``: the columns that a file may have; ``described_in``: where somebody reads of them.
    """
    if not path.is_file():
        raise InputError(message("没有这个文件"), place=str(path))
    collected: list[document.DocumentError] = []
    faults = Faults(collected)
    mapping: FileMapping | None = None
    with faults.guard():
        root = document.read_file(path).mapping()
        mapping = _read(root, known, described_in, faults)
    if mapping is None or collected:
        raise _every_fault(collected)
    return mapping


def _every_fault(faults: Sequence[document.DocumentError]) -> InputError:
    said = faults[0].said
    for fault in faults[1:]:
        said = message("{before}\n{fault}", before=said, fault=fault.said)
    return InputError(said)


def _read(
    root: document.Mapping, known: Mapping[str, Column], described_in: str, faults: Faults
) -> FileMapping:
    with faults.guard():
        root.only(_KEYS)
    amounts: AmountUnit | None = None
    node = root.get("amounts")
    if node is not None:
        amounts = node.choice(AMOUNT_UNITS)
    written = root.require("columns").mapping()
    columns = _columns(written, known, amounts, faults, described_in)
    items = root.get("items")
    encoding, sheet, header = root.get("encoding"), root.get("sheet"), root.get("header")
    line = 1 if header is None else header.integer()
    if header is not None and not 1 <= line <= _MOST_HEADER:
        raise header.fault(message("表头的行号应在 1 到 {most} 之间", most=_MOST_HEADER))
    return FileMapping(
        columns,
        () if items is None else _columns(items.mapping(), ITEM_COLUMNS, amounts, faults),
        None if encoding is None else encoding.text(),
        None if sheet is None else sheet.text(),
        line,
    )


def _columns(
    node: document.Mapping,
    known: Mapping[str, Column],
    amounts: AmountUnit | None,
    faults: Faults,
    described_in: str = "docs/columns.md",
) -> tuple[ColumnSource, ...]:
    sources = []
    for name, written in node.items():
        with faults.guard():
            column = known.get(name) or (own_column(name) if name.startswith(_OWN) else None)
            if column is None:
                raise written.fault(
                    message("没有 {name} 这一列，可用的列见 {page}", name=name, page=described_in)
                )
            sources.append(_source(column, written, amounts))
    missing = [name for name, column in known.items() if column.required and node.get(name) is None]
    if missing:
        with faults.guard():
            raise node.fault(message("缺少必填的列：{missing}", missing=Listed(missing)))
    return tuple(sources)


def _source(column: Column, node: document.Node, amounts: AmountUnit | None) -> ColumnSource:
    if isinstance(node, document.Mapping):
        node.only(_COLUMN_KEYS)
        heading, value = node.get("from"), node.get("value")
        if (heading is None) == (value is None):
            raise node.fault(message("from（表头）与 value（各行相同的值）写一个"))
        values = node.get("values")
        texts = (
            {}
            if values is None
            else {text: _chosen(column, each) for text, each in values.mapping().items()}
        )
        otherwise, empty, unit = node.get("otherwise"), node.get("empty"), node.get("unit")
        return ColumnSource(
            column,
            "" if heading is None else heading.text(),
            "" if value is None else _chosen(column, value),
            texts,
            None if otherwise is None else _chosen(column, otherwise),
            None if empty is None else _chosen(column, empty),
            _unit(column, unit, node, amounts, constant=value is not None),
        )
    return ColumnSource(column, node.text(), unit=_unit(column, None, node, amounts))


def _chosen(column: Column, node: document.Node) -> str:
    """A value of the column; one of its choices where it has some."""
    return node.choice(column.choices) if column.choices else node.text()


def _unit(
    column: Column,
    unit: document.Node | None,
    node: document.Node,
    amounts: AmountUnit | None,
    *,
    constant: bool = False,
) -> str:
    if column.unit in _MONEY:
        if unit is not None:
            return unit.choice(AMOUNT_UNITS)
        if amounts is None and not constant:
            raise node.fault(
                message("金额是元还是分没有写：在文件开头写 amounts: yuan 或 amounts: fen")
            )
        return amounts or "fen"
    if column.unit == "basis_points":
        if unit is None:
            raise node.fault(
                message("比例的单位没有写：加上 unit，可以是 {units}", units=Listed(RATIO_UNITS))
            )
        return unit.choice(RATIO_UNITS)
    if unit is not None:
        raise unit.fault(message("只有金额和比例有单位"))
    return ""
