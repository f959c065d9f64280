"""The tables of ``docs/columns.md``, from the declarations that the reader checks by."""

from __future__ import annotations

from collections.abc import Iterable

from yibao.columns.schema import COLUMNS, ITEM_COLUMNS, Column

UNITS = {
    "text": "文本或整数编号",
    "choice": "文本",
    "fen": "整数分",
    "signed_fen": "整数分，可为负",
    "basis_points": "整数基点",
    "day": "日期",
    "flag": "真假",
    "count": "整数",
}


def table(columns: Iterable[Column]) -> list[str]:
    """One line of Markdown for each column."""
    lines = ["| 列 | 类型 | 含义 | 空格或没有此列时 |", "|---|---|---|---|"]
    for column in columns:
        meaning = column.meaning
        if column.choices:
            meaning += f"：{' '.join(f'`{choice}`' for choice in column.choices)}"
        empty = "必填" if column.required else column.default or "没有"
        lines.append(f"| `{column.name}` | {UNITS[column.unit]} | {meaning} | {empty} |")
    return lines


def tables() -> tuple[list[str], list[str]]:
    """The columns of visits, and of item rows."""
    return table(COLUMNS.values()), table(ITEM_COLUMNS.values())
