"""The inputs of a question: declared once, read from a form, an address or a JSON object.

A field that does not apply (its ``when`` does not hold) is not read at all, so that a form
without script may send it and an address need not.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from yibao.errors import InputError
from yibao.inquiry import reading
from yibao.messages import NOTHING, Message, Text, Wording, message

NO_WORDS = NOTHING
MOST_TEXT = 40
"""Characters that one input may have; whatever a field asks for is shorter."""
YES = "1"

Values = dict[str, Any]
"""Typed values by field; None where a field that may be left empty is, or does not apply."""
Condition = tuple[str, tuple[str, ...]]
"""A field, and the values of which it must have one."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a field that is chosen."""

    code: str
    label: Wording


@dataclass(frozen=True, slots=True)
class Field:
    """One input."""

    name: str
    label: Wording
    kind: str
    """``choice``, ``day``, ``month``, ``amount``, ``percent``, ``whole``, ``flag``,
    ``text``, or of what programs send ``id`` (an identifier) and ``name`` (a few words)."""
    default: str = ""
    """As it would be written; ``today`` stands for the day of the question."""
    required: bool = False
    hint: Wording = NO_WORDS
    choices: tuple[Choice, ...] = ()
    least: int = 0
    most: int = 0
    unit: Wording = NO_WORDS
    when: tuple[Condition, ...] = ()
    extra: bool = False
    """Shown behind 更多条件: few people need it."""
    example: str = ""

    def applies(self, values: Mapping[str, Any]) -> bool:
        """Whether the fields that it depends on have the values that it needs."""
        return all(values.get(name) in wanted for name, wanted in self.when)

    def offers(self, value: str) -> bool:
        """Whether ``value`` is one of the few that a page offers to choose."""
        if self.kind == "flag":
            return value == "1"
        return any(choice.code == value for choice in self.choices)


@dataclass(frozen=True, slots=True)
class Rows:
    """A group of fields that may be filled in several times; sent as ``name-1``, ``name-2``..."""

    name: str
    label: Wording
    row_label: Message
    fields: tuple[Field, ...]
    most: int
    shown: int = 1
    """Rows that an empty form shows."""
    hint: Wording = NO_WORDS
    when: tuple[Condition, ...] = ()
    key: str = ""
    """A row in which this field is empty counts as left out."""

    def applies(self, values: Mapping[str, Any]) -> bool:
        """As :meth:`Field.applies`."""
        return all(values.get(name) in wanted for name, wanted in self.when)


Input = Field | Rows
Faults = dict[str, Text]
"""Message by the name of the field that it stands next to; of a row ``amount-2``."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read: values, and what is wrong where."""

    values: Values
    faults: Faults


def row_name(name: str, number: int) -> str:
    """The name under which a form sends a field of a row, numbered from 1."""
    return f"{name}-{number}"


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


def read(inputs: Iterable[Input], written: Mapping[str, str], today: datetime.date) -> Reading:
    """Every field that applies, in order; faults instead of exceptions."""
    values: Values = {}
    faults: Faults = {}
    for asked in inputs:
        if not asked.applies(values):
            values[asked.name] = [] if isinstance(asked, Rows) else None
        elif isinstance(asked, Rows):
            values[asked.name] = _read_rows(asked, written, values, faults, today)
        else:
            values[asked.name] = _read_field(asked, asked.name, written, faults, today)
    return Reading(values, faults)


def _read_rows(
    rows: Rows, written: Mapping[str, str], outside: Values, faults: Faults, today: datetime.date
) -> list[Values]:
    filled = []
    for number in range(1, rows_in(rows, written) + 1):
        if not written.get(row_name(rows.key, number), "").strip():
            continue
        row: Values = {"number": number}
        for field in rows.fields:
            if field.applies({**outside, **row}):
                name = row_name(field.name, number)
                row[field.name] = _read_field(field, name, written, faults, today)
            else:
                row[field.name] = None
        filled.append(row)
    if not filled:
        faults[row_name(rows.key, 1)] = message("至少要填一项")
    return filled


def _read_field(
    field: Field, name: str, written: Mapping[str, str], faults: Faults, today: datetime.date
) -> Any:
    # A box that is not ticked is not sent: a flag has no default but "no".
    text = written.get(name, field.default if field.kind != "flag" else "").strip()
    if text == "today":
        text = today.isoformat() if field.kind == "day" else f"{today:%Y-%m}"
    if not text:
        if field.required:
            faults[name] = (
                message("请填写{label}", label=field.label)
                if not field.choices
                else message("请选一项")
            )
        return False if field.kind == "flag" else None
    if len(text) > MOST_TEXT:
        faults[name] = message("太长了，最多 {most} 个字", most=MOST_TEXT)
        return None
    try:
        return _READERS[field.kind](field, text)
    except InputError as error:
        faults[name] = error.message
        return None


# --- one reader for each kind ---


def _choice(field: Field, text: str) -> str:
    if not any(text == choice.code for choice in field.choices):
        raise InputError(message("没有这个选项，请从列表中选"))
    return text


def _day(field: Field, text: str) -> datetime.date:
    return reading.day(text, "")


def _month(field: Field, text: str) -> int:
    return reading.month(text, "")


def _amount(field: Field, text: str) -> int:
    plain = text.replace(",", "").replace("，", "").removesuffix("元").strip()
    fen = reading.amount(plain, "")
    if field.most and fen > field.most:
        raise InputError(message("太大了，最多 {most} 元", most=f"{field.most // 100:,}"))
    return fen


def _percent(field: Field, text: str) -> int:
    return reading.share(text.removesuffix("%").strip(), "")


def _whole(field: Field, text: str) -> int:
    if not text.isdecimal() or not text.isascii() or len(text) > 9:
        raise InputError(message("{text} 不是整数", text=repr(text)))
    return reading.whole(int(text), "", field.least, field.most)


def _flag(field: Field, text: str) -> bool:
    if text not in (YES, "true", "false"):
        raise InputError(message("只能打勾或不打勾"))
    return text != "false"


def _text(field: Field, text: str) -> str:
    return text


_READERS: dict[str, Callable[[Field, str], Any]] = {
    "choice": _choice,
    "day": _day,
    "month": _month,
    "amount": _amount,
    "percent": _percent,
    "whole": _whole,
    "flag": _flag,
    "id": _text,
    "name": _text,
    "text": _text,
}


# --- an address that can be shared ---


def shared(inputs: Iterable[Input], written: Mapping[str, str], reading: Reading) -> dict[str, str]:
    """What of a form belongs into its address: what applies and is not the default."""
    address_fields: dict[str, str] = {}
    for asked in inputs:
        if not asked.applies(reading.values):
            continue
        if isinstance(asked, Field):
            _keep(asked, asked.name, written, address_fields)
            continue
        for row in reading.values[asked.name]:
            for field in asked.fields:
                if field.applies({**reading.values, **row}):
                    _keep(field, row_name(field.name, row["number"]), written, address_fields)
    return address_fields


def _keep(
    field: Field, name: str, written: Mapping[str, str], address_fields: dict[str, str]
) -> None:
    text = written.get(name, "").strip()
    if field.kind == "flag":
        if text:
            address_fields[name] = YES
    elif text and (text != field.default or field.kind == "day"):
        address_fields[name] = text
    elif not text and field.default and name in written:
        address_fields[name] = ""


def all_fields(inputs: Iterable[Input]) -> list[Field]:
    """Fields and those of rows, flat."""
    fields: list[Field] = []
    for asked in inputs:
        fields += [asked] if isinstance(asked, Field) else asked.fields
    return fields
