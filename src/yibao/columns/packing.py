"""The facts of a visit in one integer, so that a hundred million of them stay in memory.

``FIELDS`` is the layout, documented in ``docs/columns.md``; the loop unpacks with the
constants below, ``unpack`` does the same for an explanation.
"""

from __future__ import annotations

from typing import NamedTuple

KIND_CARRY = 5
"""A row that only carries state in: no visit."""
KIND_REVERSE = 6
"""A row that reverses an earlier visit of the same family."""
KIND_REFUSED = 7
"""A row that was refused before the loop; it is passed over."""


class BitField(NamedTuple):
    """One field of the word."""

    shift: int
    bits: int
    least: int
    """The value that is stored as 0."""


_WIDTHS = (
    ("kind", 3, 0),
    ("member", 2, 0),
    ("tier", 3, 0),
    ("age", 1, 0),
    ("place", 3, 0),
    ("groups", 12, 0),
    ("disease", 7, -1),
    ("former", 1, 0),
    ("entitled", 1, 0),
    ("prescription", 1, 0),
    ("family_doctor", 1, 0),
    ("delivery", 2, -1),
    ("fetuses", 4, 0),
    ("gestation_months", 4, 0),
    ("qualifying_months", 10, 0),
    ("contribution_class", 1, 0),
    ("by_month", 1, 0),
    ("carried", 1, 0),
    ("bonus", 2, 0),
    ("draw_own", 1, 0),
    ("draw_relative", 1, 0),
)


def _fields() -> dict[str, BitField]:
    fields: dict[str, BitField] = {}
    shift = 0
    for name, bits, least in _WIDTHS:
        fields[name] = BitField(shift, bits, least)
        shift += bits
    if shift > 63:
        raise AssertionError("the facts of a visit no longer fit into one word")
    return fields


FIELDS = _fields()
"""``by_month``: the disease's ceiling is one of a month.  ``carried``: values are carried in.
``bonus``: 0 none, 1 the bonus is stated, 2 it follows from the years paid in time.
``draw_own``, ``draw_relative``: accounts that may pay."""

BONUS_NONE = 0
BONUS_STATED = 1
BONUS_YEARS = 2


def pack(**values: int) -> int:
    """The word of the fields given; the others are stored as 0."""
    word = 0
    for name, value in values.items():
        field = FIELDS[name]
        stored = value - field.least
        if not 0 <= stored < 1 << field.bits:
            raise ValueError(f"{name} {value} does not fit into {field.bits} bits")
        word |= stored << field.shift
    return word


def unpack(word: int) -> dict[str, int]:
    """All fields of a word by name."""
    return {
        name: (word >> field.shift & (1 << field.bits) - 1) + field.least
        for name, field in FIELDS.items()
    }


def _shift(name: str) -> int:
    return FIELDS[name].shift


MEMBER = _shift("member")
TIER = _shift("tier")
AGE = _shift("age")
PLACE = _shift("place")
GROUPS = _shift("groups")
DISEASE = _shift("disease")
FORMER = _shift("former")
ENTITLED = _shift("entitled")
PRESCRIPTION = _shift("prescription")
FAMILY_DOCTOR = _shift("family_doctor")
DELIVERY = _shift("delivery")
FETUSES = _shift("fetuses")
GESTATION_MONTHS = _shift("gestation_months")
QUALIFYING_MONTHS = _shift("qualifying_months")
CONTRIBUTION_CLASS = _shift("contribution_class")
BY_MONTH = _shift("by_month")
CARRIED = _shift("carried")
BONUS = _shift("bonus")
DRAW_OWN = _shift("draw_own")
DRAW_RELATIVE = _shift("draw_relative")
