"""What the rooms say of a person, as that person is told it: no ids, months as people write them.

A refusal below names people by their ids and months as yyyymm; it keeps them as values, so
that here the same message says 您, a relative's name and 2026-11 instead.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from yibao.errors import YibaoError
from yibao.messages import Listed, Message, Text, message

_NUMBER = re.compile(r"[0-9a-f]{24,}")
_LAST = 6
"""Characters of a long number by which two are told apart."""
_FIRST_MONTH, _LAST_MONTH = 190001, 219912
_MONTHS_OF_YEAR = 12
_YOU = message("您")


def told(said: Text | YibaoError, me: str, relatives: Mapping[str, str]) -> Text:
    """What is said, to ``me``; ``relatives`` are the names of the people one may name."""
    text: Any = said.said if isinstance(said, YibaoError) else said
    result: Text = _told(text, {**relatives, me: _YOU})
    return result


def _is_month(number: int) -> bool:
    """Whether a whole number, which no amount is, is a month as the rooms write it."""
    return _FIRST_MONTH <= number <= _LAST_MONTH and 1 <= number % 100 <= _MONTHS_OF_YEAR


def _told(value: Any, people: Mapping[str, Text]) -> Any:
    if isinstance(value, Message):
        return value.with_values(**{name: _told(part, people) for name, part in value.values})
    if isinstance(value, Listed):
        return type(value)(_told(part, people) for part in value)
    if isinstance(value, int) and _is_month(value):
        return f"{value // 100}-{value % 100:02}"
    if isinstance(value, str):
        if value in people:
            return people[value]
        if _NUMBER.fullmatch(value):
            return message("尾号 {end}", end=value[-_LAST:])
    return value
