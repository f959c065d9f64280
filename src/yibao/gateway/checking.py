"""The nodes of ``input`` by the tables: dialects, empties, required fields, numbers, days."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from typing import Any

from yibao import messages
from yibao.gateway.errors import MessageError, MissingFieldsError, titled
from yibao.gateway.fields import Expected, FieldNode, NodeField, Transaction
from yibao.gateway.message import GatewayMessage, Row
from yibao.gateway.quick import quick_of
from yibao.gateway.reading import decode_object, scalar_text
from yibao.gateway.values import day, instant, scaled
from yibao.messages import Text

_FIRST_NODE = "data mdtrtinfo feeinfo druginfo setlinfo adminfo dscginfo catalogcompin".split()
"""Names under which editions send the first node of a transaction."""

_SYNONYMS: Mapping[str, Mapping[str, str]] = {
    "2401": {"ipt_otp_no": "ipt_no", "main_cond_desc": "main_cond_dscr"},
    "2402": {"dscg_dept_code": "dscg_dept_codg"},
    "3201": {"clr_optins": "setl_optins"},
    "3202": {"clr_optins": "setl_optins"},
    "6203": {"setlType": "refdType"},
    "9001": {"userid": "opter_no"},
}
"""Names of other editions for fields of a transaction."""
_NONE: Mapping[str, str] = {}

MOST_ROWS = 5_000


_Nested = dict[tuple[int, str], list[tuple[Row, str]]]
"""Identity of a row and name of its field → the rows that stand there, with their places.

The rows are alive as long as this is: :class:`Nodes` holds both.
"""


class Nodes:
    """The nodes of a checked message by their declared names."""

    def __init__(
        self, rows: dict[str, list[Row]], transaction: Transaction, nested: _Nested
    ) -> None:
        self._rows = rows
        self._nested = nested
        self.transaction = transaction

    def one(self, name: str = "") -> Row:
        """The row of a node of one; the first node of the transaction where none is named."""
        rows = self._rows.get(name or self.transaction.input[0].name, [])
        return rows[0] if rows else {}

    def many(self, name: str) -> list[Row]:
        """The rows of a node."""
        return self._rows.get(name, [])

    def inside(self, row: Row, name: str) -> list[Row]:
        """The rows of a node that stand in a field of a row."""
        return [inner for inner, _ in self._nested.get((id(row), name), [])]

    def places_inside(self, row: Row, name: str) -> list[str]:
        """Where each of the rows that :meth:`inside` gives stands in the message."""
        return [place for _, place in self._nested.get((id(row), name), [])]


def check(message: GatewayMessage, transaction: Transaction, *, strict: bool = False) -> Nodes:
    """The nodes of a message; ``MessageError`` says what is wrong, where, and what to do."""
    body = message.input
    taken: set[str] = set()
    rows: dict[str, list[Row]] = {}
    gaps = _Gaps()
    nested: _Nested = {}
    names = _SYNONYMS.get(transaction.infno, _NONE)
    by_small = {name.lower(): name for name in body}
    for position, node in enumerate(transaction.input):
        if node.inside:
            continue
        sent_rows, name = _find(body, by_small, node, transaction.input, first=position == 0)
        if name is not None:
            taken.add(name)
        if name is not None and name != node.name:
            message.note(
                f"input.{name}",
                messages.message(
                    "按 {name} 节点读取", name=node.name or messages.message("(input 本身)")
                ),
            )
        rows[node.name] = []
        holds_rows = any(inner.inside == node.name for inner in transaction.input)
        for number, cells in enumerate(sent_rows, 1):
            place = _place(node, number, len(sent_rows))
            row = _row(message, node, cells, place, strict, names, gaps)
            rows[node.name].append(row)
            if holds_rows:
                _check_inside(message, transaction, node, cells, row, place, strict, gaps, nested)
        if not sent_rows and not node.many and node.needed:
            gaps.nodes.append(node)
    direct = "" in taken
    for name in body:
        if name not in taken and not direct:
            message.note(f"input.{name}", messages.message("本交易不用的节点，忽略"))
    gaps.tell(message)
    return Nodes(rows, transaction, nested)


def _check_inside(
    message: GatewayMessage,
    transaction: Transaction,
    node: FieldNode,
    cells: dict[str, Any],
    row: Row,
    place: str,
    strict: bool,
    gaps: _Gaps,
    nested: _Nested,
) -> None:
    """Check the rows that stand in fields of a row, and those in theirs."""
    by_small = {name.lower(): name for name in cells}
    for inner in transaction.input:
        if not inner.inside or inner.inside != node.name:
            continue
        value = cells.get(by_small.get(inner.name.lower(), inner.name))
        where = f"{place}.{inner.name}"
        if scalar_text(value) is None:
            continue
        if not _is_rows(value):
            raise MessageError(messages.message("每一行应是 JSON 对象"), place=where)
        sent_rows = _rows(value, where, many=inner.many)
        inner_rows = nested[(id(row), inner.name)] = []
        for number, inner_cells in enumerate(sent_rows, 1):
            inner_place = f"{where}[{number}]" if len(sent_rows) > 1 else where
            inner_row = _row(message, inner, inner_cells, inner_place, strict, _NONE, gaps)
            inner_rows.append((inner_row, inner_place))
            _check_inside(
                message,
                transaction,
                inner,
                inner_cells,
                inner_row,
                inner_place,
                strict,
                gaps,
                nested,
            )


@dataclass(slots=True)
class _Gaps:
    """Everything that a message lacks, told in one answer."""

    nodes: list[FieldNode] = dataclass_field(default_factory=list)
    fields: list[tuple[str, NodeField]] = dataclass_field(default_factory=list)
    """What cannot be done without, with the place of its row."""
    marked: dict[tuple[str, str], NodeField] = dataclass_field(default_factory=dict)
    """What the document marks and nothing here needs, by node and name: once for all rows."""

    def tell(self, message: GatewayMessage) -> None:
        """Note what is only marked; ``MissingFieldsError`` for the rest."""
        for (node, _), field in self.marked.items():
            place = _where(f"input.{node}" if node else "input", field)
            message.note(place, messages.message("规范标为必填，没有写；没有它也办得成"))
        if self.nodes or self.fields:
            raise MissingFieldsError(
                [(node.name, [(it.name, it.zh) for it in node.needed]) for node in self.nodes],
                [(place, field.name, field.zh) for place, field in self.fields],
            )


def _place(node: FieldNode, number: int, count: int) -> str:
    path = f"input.{node.name}" if node.name else "input"
    return f"{path}[{number}]" if node.many and count > 1 else path


def _find(
    body: dict[str, Any],
    by_small: Mapping[str, str],
    node: FieldNode,
    nodes: Sequence[FieldNode],
    *,
    first: bool,
) -> tuple[list[dict[str, Any]], str | None]:
    """The rows of a node and the name that it came under."""
    for name in _names_of(node, nodes, first=first):
        actual = by_small.get(name.lower())
        if actual is not None and _is_rows(body[actual]):
            return _rows(body[actual], f"input.{actual}", many=node.many), actual
    if first and any(name in node.fields for name in body):
        return [body], ""
    return [], None


def _names_of(node: FieldNode, nodes: Sequence[FieldNode], *, first: bool) -> Iterator[str]:
    """The names under which a node may come, its own first."""
    if node.name:
        yield node.name
    if first:
        declared = {sibling.name for sibling in nodes}
        yield from (name for name in _FIRST_NODE if name not in declared)


def _is_rows(value: Any) -> bool:
    return isinstance(value, dict | list) or (
        isinstance(value, str) and value.lstrip()[:1] in ("{", "[")
    )


def _rows(value: Any, place: str, *, many: bool) -> list[dict[str, Any]]:
    if isinstance(value, str):
        value = decode_object(f'{{"rows":{value}}}', place)["rows"]
    listed = value if isinstance(value, list) else [value]
    if len(listed) > MOST_ROWS:
        raise MessageError(
            messages.message(
                "共 {count} 行，一次最多 {most} 行，请分批",
                count=len(listed),
                most=MOST_ROWS,
            ),
            place=place,
        )
    listed = [row for row in listed if row is not None]
    if not all(isinstance(row, dict) for row in listed):
        raise MessageError(messages.message("每一行应是 JSON 对象"), place=place)
    if not many and len(listed) > 1:
        raise MessageError(
            messages.message("应只有一行，收到 {count} 行", count=len(listed)), place=place
        )
    return listed


def _row(
    message: GatewayMessage,
    node: FieldNode,
    cells: dict[str, Any],
    place: str,
    strict: bool,
    synonyms: Mapping[str, str],
    gaps: _Gaps,
) -> Row:
    quick = quick_of(node)
    row = quick.row(cells)
    if row is None:
        return _row_at_length(message, node, cells, place, strict, synonyms, gaps)
    for field in quick.marked:
        if row.get(field.name) is None:
            gaps.marked.setdefault((node.name, field.name), field)
    return row


def _row_at_length(
    message: GatewayMessage,
    node: FieldNode,
    cells: dict[str, Any],
    place: str,
    strict: bool,
    synonyms: Mapping[str, str],
    gaps: _Gaps,
) -> Row:
    """A row field by field, with everything that is to be said of it."""
    row: Row = {}
    flags: set[str] = set()
    """What came as true or false: a code of 1 or 0 may be written so, a number may not."""
    for name, value in cells.items():
        field_name = name if name in node.fields else node.by_small.get(name.lower())
        if field_name is not None:
            row[field_name] = scalar_text(value)
            if isinstance(value, bool):
                flags.add(field_name)
        elif name in synonyms:
            row.setdefault(synonyms[name], scalar_text(value))
        elif node.name or not isinstance(value, dict | list):
            message.note(f"{place}.{name}", messages.message("本交易的字段表里没有，忽略"))
    for expected in node.expected:
        name = expected.field.name
        text = row.get(name)
        if text is None:
            field = expected.field
            if field.why and row.get(field.instead) is None:
                gaps.fields.append((place, field))
            elif field.marked and not field.why:
                gaps.marked.setdefault((node.name, name), field)
        elif expected.number:
            try:
                if name in flags:
                    raise MessageError(
                        messages.message("这里要写数，不是 true 或 false，例如 12.5")
                    )
                scaled(text, expected.places, "")
            except MessageError as error:
                where = _where(place, expected.field)
                raise MessageError(error.message, place=where) from None
            _note_code(message, expected, text, place)
        else:
            row[name] = _checked(message, expected, text, place, strict)
    return row


def _where(place: str, field: NodeField) -> Text:
    return titled(f"{place}.{field.name}", field.zh)


def _checked(
    message: GatewayMessage, expected: Expected, text: str, place: str, strict: bool
) -> str | None:
    """The text of a field whose form is right; what nobody needs may be wrong, and is dropped."""
    field = expected.field
    try:
        if field.type == "date":
            day(text, "")
        elif field.type == "datetime":
            instant(text, "")
        elif len(text) > expected.longest > 0:
            if strict:
                raise MessageError(
                    messages.message(
                        "共 {count} 字，最多 {longest} 字",
                        count=len(text),
                        longest=expected.longest,
                    )
                )
            where = _where(place, field)
            message.note(
                where,
                messages.message(
                    "共 {count} 字，超过规范的 {longest} 字",
                    count=len(text),
                    longest=expected.longest,
                ),
            )
    except MessageError as error:
        if field.required or field.marked or strict:
            raise MessageError(error.message, place=_where(place, field)) from None
        message.note(
            _where(place, field), messages.message("{fault}；不是必填项，忽略", fault=error.message)
        )
        return None
    _note_code(message, expected, text, place)
    return text


def _note_code(message: GatewayMessage, expected: Expected, text: str, place: str) -> None:
    table = expected.codes
    if table is not None and text not in table["codes"]:
        where = _where(place, expected.field)
        message.note(
            where,
            messages.message(
                "{text} 不在代码表“{table}”里，按原样处理", text=text, table=table["zh"]
            ),
        )
