"""Bills as text: one line an item, keyed in or taken from a CSV or a workbook (.xlsx)."""

from __future__ import annotations

import csv
import io

from yibao.claims.forms import ClaimLine
from yibao.employers.files import WORKBOOK, read_table
from yibao.errors import InputError
from yibao.messages import Text, message
from yibao.money import AmountError, format_yuan, parse_percent, parse_yuan
from yibao.policy.kinds import ItemClass

MOST_BYTES = 512 * 1024
_HEAD = "名称"
_CLASSES = {
    "甲": ItemClass.A,
    "乙": ItemClass.B,
    "丙": ItemClass.C,
    "": ItemClass.C,
    **{item_class.value: item_class for item_class in ItemClass},
}
_RESTRICTED = "限"
_COLUMNS = 6
_SHOWN = {ItemClass.A: "甲", ItemClass.B: "乙", ItemClass.C: "丙"}


def read_file(content: bytes) -> str:
    """The text of a CSV, or of a workbook's first sheet; ``InputError`` for anything else."""
    if len(content) > MOST_BYTES:
        raise InputError(message("明细文件太大"), place="file")
    if content.startswith(WORKBOOK):
        return _of_workbook(content)
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise InputError(message("明细文件要用 UTF-8 或 GB18030 编码"), place="file")


def _of_workbook(content: bytes) -> str:
    """A sheet as it would be keyed in; what stands above the headings is left out."""
    headings, rows, first_row = read_table(content)
    out = io.StringIO()
    out.write("\n" * (first_row - 2))  # so that a fault names the row of the sheet
    writer = csv.writer(out, lineterminator="\n")
    for row in [headings, *rows]:
        while row and not row[-1]:
            row.pop()
        writer.writerow(row)
    return out.getvalue()


def read_lines(text: str) -> tuple[ClaimLine, ...]:
    """Name, amount in yuan, and perhaps class, share paid first, code and restriction."""
    lines: list[ClaimLine] = []
    for number, row in enumerate(csv.reader(io.StringIO(text.replace("，", ","))), start=1):
        cells = [cell.strip() for cell in row]
        if not any(cells) or (not lines and cells[0] == _HEAD):
            continue
        lines.append(_line(number, cells))
    return tuple(lines)


def _line(number: int, cells: list[str]) -> ClaimLine:
    if not 2 <= len(cells) <= _COLUMNS:
        raise _fault(number, message("至少写名称和金额，最多 {count} 项", count=_COLUMNS))
    name, amount, item_class, upfront, code, restricted = [*cells, *[""] * 4][:_COLUMNS]
    if item_class.removesuffix("类") not in _CLASSES:
        raise _fault(number, message("类别写甲、乙或丙"))
    try:
        return ClaimLine(
            name=name,
            amount=parse_yuan(amount),
            item_class=_CLASSES[item_class.removesuffix("类")],
            upfront=parse_percent(upfront.removesuffix("%")) if upfront else None,
            code=code,
            restricted=restricted == _RESTRICTED,
        )
    except AmountError:
        raise _fault(number, message("金额写元，先自付写百分数")) from None


def _fault(number: int, said: Text) -> InputError:
    return InputError(message("第 {number} 行：{said}", number=number, said=said), place="lines")


def written_lines(lines: tuple[ClaimLine, ...]) -> str:
    """The lines as they are keyed in, to be changed."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    for line in lines:
        upfront = "" if line.upfront is None else format_yuan(line.upfront, grouped=False)
        row = [line.name, format_yuan(line.amount, grouped=False), _SHOWN[line.item_class]]
        writer.writerow([*row, upfront, line.code, _RESTRICTED if line.restricted else ""])
    return out.getvalue()
