"""A form, an address or a JSON object, read straight into the typed values of its inputs.

A field that does not apply (its ``when`` does not hold) is not read at all, so that a form
without script may send it and an address need not.  A JSON object is held to its schema first,
every member of it.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from yibao.errors import InputError
from yibao.inquiry.fields import Field, Input, Rows, Values, row_name
from yibao.inquiry.notation import NOTATIONS
from yibao.messages import Statements, Text, message

MOST_TEXT = 40
"""Characters that one input of a form may have; whatever a field asks for is shorter."""
MOST_STRANGE = 20
"""Faults of one JSON object that are said."""
MOST_NAME = 60
"""Characters of an unknown name that are said back."""
_TODAY = "today"
_DATES = {"day": "%Y-%m-%d", "month": "%Y-%m"}
"""Kinds of which ``today`` is a value, and how it is written."""
_UNSAID = object()
"""Nothing was written: the default of the field stands."""

Faults = dict[str, Text]
"""Message by the name of the field that it stands next to; of a row ``amount-2``."""


class FieldsError(InputError):
    """Several fields at once: (field, what is wrong and how to mend it)."""

    def __init__(self, faults: Iterable[tuple[str, Text]]) -> None:
        self.faults = tuple(faults)
        super().__init__(
            Statements(
                message("{place}：{message}", place=name, message=text) if name else text
                for name, text in self.faults
            )
        )


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read: values, what is wrong where, and what was said at all."""

    values: Values
    faults: Faults
    said: frozenset[str]
    """Names of the fields that were written, also if left empty; of a row ``amount-2``."""


class _Source(Protocol):
    """Where typed values come from."""

    said: frozenset[str]

    def rows(self, rows: Rows) -> Iterable[int]:
        """The numbers of the rows that are filled in."""

    def value(self, field: Field, name: str) -> Any:
        """What is said; None: that it is empty; ``_UNSAID``.  ``InputError``."""


class _Form:
    """Texts by name."""

    def __init__(self, written: Mapping[str, str], today: datetime.date) -> None:
        self._written = written
        self._today = today
        self.said = frozenset(written)

    def rows(self, rows: Rows) -> Iterable[int]:
        return (
            number
            for number in range(1, rows_in(rows, self._written) + 1)
            if self._written.get(row_name(rows.key, number), "").strip()
        )

    def value(self, field: Field, name: str) -> Any:
        if name not in self._written:
            return _UNSAID
        text = self._written[name].strip()
        return _of_text(field, text, self._today) if text else None


class _Document:
    """Typed values of a JSON object, by the names of a form."""

    def __init__(self, values: Mapping[str, Any], numbers: Mapping[str, int]) -> None:
        self._values = values
        self._numbers = numbers
        self.said = frozenset(values)

    def rows(self, rows: Rows) -> Iterable[int]:
        return range(1, self._numbers.get(rows.name, 0) + 1)

    def value(self, field: Field, name: str) -> Any:
        return self._values.get(name, _UNSAID)


def read(inputs: Iterable[Input], written: Mapping[str, str], today: datetime.date) -> Reading:
    """Every field of a form that applies, in order; faults instead of exceptions."""
    return _read(inputs, _Form(written, today), today)


def read_json(
    inputs: Iterable[Input], document: Mapping[str, Any], today: datetime.date
) -> Reading:
    """Every field of a JSON object that applies.

    ``FieldsError`` names the members that its schema refuses; what is missing or beyond the
    bounds of a field that applies is a fault of the reading, named as a form names it.
    """
    inputs = tuple(inputs)
    return _read(inputs, _document(inputs, document), today)


def _read(inputs: Iterable[Input], source: _Source, today: datetime.date) -> Reading:
    values: Values = {}
    faults: Faults = {}
    for asked in inputs:
        if not asked.applies(values):
            values[asked.name] = [] if isinstance(asked, Rows) else None
        elif isinstance(asked, Rows):
            values[asked.name] = _read_rows(asked, source, values, faults, today)
        else:
            values[asked.name] = _read_field(asked, asked.name, source, faults, today)
    return Reading(values, faults, source.said)


def _read_rows(
    rows: Rows, source: _Source, outside: Values, faults: Faults, today: datetime.date
) -> list[Values]:
    filled = []
    for number in source.rows(rows):
        row: Values = {"number": number}
        for field in rows.fields:
            if field.applies({**outside, **row}):
                name = row_name(field.name, number)
                row[field.name] = _read_field(field, name, source, faults, today)
            else:
                row[field.name] = None
        filled.append(row)
    if not filled:
        faults[row_name(rows.key, 1)] = message("至少要填一项")
    return filled


def _read_field(
    field: Field, name: str, source: _Source, faults: Faults, today: datetime.date
) -> Any:
    try:
        value = source.value(field, name)
        if value is _UNSAID:
            value = _default(field, today)
        if value is not None:
            return NOTATIONS[field.kind].bounded(field, value)
    except InputError as error:
        faults[name] = error.message
        return None
    if field.required:
        faults[name] = (
            message("请填写{label}", label=field.label)
            if not field.choices
            else message("请选一项")
        )
    return False if field.kind == "flag" else None


def _default(field: Field, today: datetime.date) -> Any:
    # A box that is not ticked is not sent: a flag has no default but "no".
    if not field.default or field.kind == "flag":
        return None
    return _of_text(field, field.default, today)


def _of_text(field: Field, text: str, today: datetime.date) -> Any:
    if text == _TODAY and field.kind in _DATES:
        text = f"{today:{_DATES[field.kind]}}"
    if len(text) > MOST_TEXT:
        raise InputError(message("太长了，最多 {most} 个字", most=MOST_TEXT))
    return NOTATIONS[field.kind].of_text(field, text)


def rows_in(rows: Rows, written: Mapping[str, str]) -> int:
    """How many rows somebody has written, or asked to see; at least those that are shown."""
    asked = written.get(f"rows-{rows.name}", "")
    count = int(asked) if asked.isdecimal() and len(asked) < 4 else rows.shown
    filled = [
        number
        for number in range(1, rows.most + 1)
        if written.get(row_name(rows.key, number), "").strip()
    ]
    return max(1, min(rows.most, max([count, rows.shown, *filled])))


# --- a JSON object -------------------------------------------------------------------------------


def _document(inputs: tuple[Input, ...], document: Mapping[str, Any]) -> _Document:
    """The typed members of an object; ``FieldsError`` names what does not fit."""
    by_name = {asked.name: asked for asked in inputs}
    values: dict[str, Any] = {}
    numbers: dict[str, int] = {}
    faults: list[tuple[str, Text]] = []
    for name, value in document.items():
        if len(faults) >= MOST_STRANGE:
            break
        asked = by_name.get(name)
        try:
            if asked is None:
                known = "、".join(by_name)
                raise InputError(
                    message("不认识这个参数，可以写 {known}", known=known), place=name[:MOST_NAME]
                )
            if isinstance(asked, Rows):
                values |= _rows_of_json(asked, value)
                numbers[name] = len(value)
            else:
                values[name] = _of_json(asked, value, name)
        except InputError as error:
            faults.append((error.place, error.message))
    if faults:
        raise FieldsError(faults)
    return _Document(values, numbers)


def _rows_of_json(rows: Rows, value: Any) -> dict[str, Any]:
    if not isinstance(value, list) or len(value) > rows.most:
        raise InputError(message("请写一个数组，最多 {most} 项", most=rows.most), place=rows.name)
    fields = {field.name: field for field in rows.fields}
    values: dict[str, Any] = {}
    for number, row in enumerate(value, 1):
        place = f"{rows.name}[{number}]"
        if not isinstance(row, dict):
            raise InputError(message("每一项是一个 JSON 对象"), place=place)
        if rows.key not in row:
            raise InputError(message("要写 {key}", key=rows.key), place=place)
        for key, part in row.items():
            if key not in fields:
                raise InputError(message("不认识这个参数"), place=f"{place}.{key[:MOST_NAME]}")
            values[row_name(key, number)] = _of_json(fields[key], part, f"{place}.{key}")
    return values


def _of_json(field: Field, value: Any, place: str) -> Any:
    try:
        return NOTATIONS[field.kind].of_json(field, value)
    except InputError as error:
        raise InputError(error.message, place=place) from None


# --- an address that can be shared ---------------------------------------------------------------


def shared(inputs: Iterable[Input], reading: Reading) -> dict[str, str]:
    """What of a reading belongs into an address: what was said, applies and is no default."""
    address_fields: dict[str, str] = {}
    for asked in inputs:
        if not asked.applies(reading.values):
            continue
        if isinstance(asked, Field):
            _share(asked, asked.name, reading.values[asked.name], reading, address_fields)
            continue
        for row in reading.values[asked.name]:
            for field in asked.fields:
                if field.applies({**reading.values, **row}):
                    name = row_name(field.name, row["number"])
                    _share(field, name, row[field.name], reading, address_fields)
    return address_fields


def _share(
    field: Field, name: str, value: Any, reading: Reading, address_fields: dict[str, str]
) -> None:
    if name not in reading.said:
        return
    if value is None:
        if field.default:
            address_fields[name] = ""
        return
    text = NOTATIONS[field.kind].text(value)
    if text and (text != field.default or field.kind == "day"):
        address_fields[name] = text
