"""The number of a case that people say, write down and search by: area, kind, day, five digits.

The digits come from the case itself, so that no row is shared by all who open a case; where
another case of the area, kind and day has them, the next ones are taken.
"""

from __future__ import annotations

import datetime
import hashlib
import re

from sqlalchemy import select

from yibao.database.unit import Unit
from yibao.errors import NotFoundError
from yibao.messages import message
from yibao.office.tables import office_case

_WRITTEN = re.compile(r"\d{6}-[A-Z]{1,6}-\d{6}-\d{5}")
_DIGITS = 100_000


def number_of(area: str, kind: str, day: datetime.date, case_id: str, attempt: int = 0) -> str:
    """What a case is called; ``attempt``: how often another one had the number."""
    letters = "".join(part[0] for part in kind.split("_")).upper()[:6]
    own = int.from_bytes(hashlib.sha256(case_id.encode()).digest()[:8])
    return f"{area}-{letters}-{day:%y%m%d}-{(own + attempt) % _DIGITS:05}"


def is_number(text: str) -> bool:
    """Whether a text is written as the number of a case."""
    return _WRITTEN.fullmatch(text.strip().upper()) is not None


def free_number(unit: Unit, area: str, kind: str, day: datetime.date, case_id: str) -> str:
    """The first number that no other case has; of two at once the index decides."""
    attempt = 0
    while True:
        number = number_of(area, kind, day, case_id, attempt)
        taken = select(office_case.c.case_id).where(office_case.c.number == number)
        if unit.run(taken).first() is None:
            return number
        attempt += 1


def case_named(unit: Unit, text: str) -> str:
    """A read fragment: the id of the case that somebody names by its number, or by its id.

    ``NotFoundError`` for a number that no case has.
    """
    if not is_number(text):
        return text
    number = text.strip().upper()
    query = select(office_case.c.case_id).where(office_case.c.number == number)
    case_id = unit.run(query).scalar_one_or_none()
    if case_id is None:
        raise NotFoundError(message("没有受理号 {number}，请核对", number=number))
    return str(case_id)
