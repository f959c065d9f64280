"""The facts of a visit in two integers, so that a hundred million of them stay in memory.

One holds all facts but the groups, as ``FIELDS`` lays them out; the other is the mask of the
groups.  Each field is as wide as what the program declares of it: a key as its members, a
count as its bound.  The names that packs give (diseases) take what is left, far more than
any pack has; a row that names one beyond is refused by name, and no other.  Both integers
mean the same in every file of one version, whatever else stands in it: ``docs/columns.md``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from yibao.benefit.described import facts_of
from yibao.benefit.facts import Visit
from yibao.benefit.functions.deductible import MOST_TIMES, NO_TIME
from yibao.columns.schema import MOST_QUALIFYING_MONTHS
from yibao.policy.keys import DELIVERIES, KEYS, RELATIONS, VISIT_KINDS

KIND_CARRY = len(VISIT_KINDS)
"""A row that only carries state in: no visit."""
KIND_REVERSE = KIND_CARRY + 1
"""A row that reverses an earlier visit of the same family."""
KIND_REFUSED = KIND_CARRY + 2
"""A row that was refused before the loop; it is passed over."""

BONUS_NONE = 0
BONUS_STATED = 1
BONUS_YEARS = 2

BITS = 63
"""Of an integer, without its sign."""
MOST_GROUPS = BITS
"""Groups of one rulebook that a row can name: each has a bit of the mask."""
_FEWEST_DISEASE_BITS = 10


class BitField(NamedTuple):
    """One field of an integer."""

    shift: int
    bits: int
    least: int
    """The value that is stored as 0."""

    @property
    def most(self) -> int:
        """The greatest value that fits."""
        return (1 << self.bits) - 1 + self.least

    @property
    def mask(self) -> int:
        """The bits of the field at the low end."""
        return (1 << self.bits) - 1


Ranges = Mapping[str, tuple[int, int]]
"""For each field its least and its greatest value."""


def _key(name: str) -> tuple[int, int]:
    """The positions of a key of the packs."""
    return 0, len(KEYS[name].members) - 1


_FLAG = (0, 1)
_OF_VISIT: Ranges = {
    "kind": (0, KIND_REFUSED),
    "member": _key("member"),
    "tier": _key("price_class"),
    "age": _key("age"),
    "place": _key("place"),
    "former": _FLAG,
    "entitled": _FLAG,
    "prescription": _FLAG,
    "family_doctor": _FLAG,
    "delivery": (-1, len(DELIVERIES) - 1),
    "fetuses": (0, facts_of(Visit)["fetuses"].most),
    "gestation_months": (0, facts_of(Visit)["gestation_months"].most),
    "qualifying_months": (0, MOST_QUALIFYING_MONTHS),
    "contribution_class": _key("class"),
    "by_month": _FLAG,
    "carried": _FLAG,
    "bonus": (BONUS_NONE, BONUS_YEARS),
    "deductible_times": (NO_TIME, MOST_TIMES),
    "draw_own": _FLAG,
    "draw_relative": _FLAG,
    "sent_on": _FLAG,
    "without_stay": _FLAG,
}
_OF_AID: Ranges = {
    "named": _FLAG,
    "relation": (0, len(RELATIONS) - 1),
    "grant_in_force": _FLAG,
    "grantee_in_order": _FLAG,
    "grantor_in_order": _FLAG,
    "same_area": _FLAG,
    "same_province": _FLAG,
}


def fields_of(ranges: Ranges) -> dict[str, BitField]:
    """The fields one after the other, each as wide as its values need."""
    fields: dict[str, BitField] = {}
    shift = 0
    for name, (least, most) in ranges.items():
        bits = (most - least).bit_length()
        fields[name] = BitField(shift, bits, least)
        shift += bits
    return fields


def _of_visit() -> dict[str, BitField]:
    fields = fields_of(_OF_VISIT)
    used = sum(field.bits for field in fields.values())
    left = BITS - used
    if left < _FEWEST_DISEASE_BITS:
        raise AssertionError(
            f"the facts of a visit need {used} bits and leave {left} of {BITS} for diseases: "
            "give some of them an integer of their own, as groups have"
        )
    fields["disease"] = BitField(used, left, -1)
    return fields


FIELDS = _of_visit()
"""``by_month``: the ceiling of the disease, or for outpatients, is one of a month.
``carried``: values are carried in.
``bonus``: 0 none, 1 the bonus is stated, 2 it follows from the years paid in time.
``draw_own``, ``draw_relative``: accounts that may pay."""
AID_FIELDS = fields_of(_OF_AID)
"""What decides whether a relative's account may pay; all 0 where a row names no relative."""


LAYOUT = ",".join(f"{name}:{field.bits}" for name, field in {**FIELDS, **AID_FIELDS}.items())
"""The fields in words: a file that was written under another layout is not read by this one."""


def pack(fields: Mapping[str, BitField], values: Mapping[str, int]) -> int:
    """The integer of some fields; the others are stored as 0."""
    word = 0
    for name, value in values.items():
        field = fields[name]
        if not field.least <= value <= field.most:
            raise ValueError(f"{name} {value} does not fit into {field.bits} bits")
        word |= value - field.least << field.shift
    return word


def unpack(fields: Mapping[str, BitField], word: int) -> dict[str, int]:
    """All fields of an integer by name."""
    return {
        name: (word >> field.shift & field.mask) + field.least for name, field in fields.items()
    }


KIND_MASK = FIELDS["kind"].mask
MEMBER, MEMBER_MASK = FIELDS["member"].shift, FIELDS["member"].mask
TIER, TIER_MASK = FIELDS["tier"].shift, FIELDS["tier"].mask
AGE, AGE_MASK = FIELDS["age"].shift, FIELDS["age"].mask
PLACE, PLACE_MASK = FIELDS["place"].shift, FIELDS["place"].mask
DISEASE, DISEASE_MASK = FIELDS["disease"].shift, FIELDS["disease"].mask
FORMER = FIELDS["former"].shift
ENTITLED = FIELDS["entitled"].shift
PRESCRIPTION = FIELDS["prescription"].shift
FAMILY_DOCTOR = FIELDS["family_doctor"].shift
SENT_ON = FIELDS["sent_on"].shift
WITHOUT_STAY = FIELDS["without_stay"].shift
DELIVERY, DELIVERY_MASK = FIELDS["delivery"].shift, FIELDS["delivery"].mask
FETUSES, FETUSES_MASK = FIELDS["fetuses"].shift, FIELDS["fetuses"].mask
GESTATION_MONTHS = FIELDS["gestation_months"].shift
GESTATION_MONTHS_MASK = FIELDS["gestation_months"].mask
QUALIFYING_MONTHS = FIELDS["qualifying_months"].shift
QUALIFYING_MONTHS_MASK = FIELDS["qualifying_months"].mask
CONTRIBUTION_CLASS = FIELDS["contribution_class"].shift
CONTRIBUTION_CLASS_MASK = FIELDS["contribution_class"].mask
BY_MONTH = FIELDS["by_month"].shift
CARRIED = FIELDS["carried"].shift
BONUS, BONUS_MASK = FIELDS["bonus"].shift, FIELDS["bonus"].mask
DEDUCTIBLE_TIMES = FIELDS["deductible_times"].shift
DEDUCTIBLE_TIMES_MASK = FIELDS["deductible_times"].mask
DRAW_OWN = FIELDS["draw_own"].shift
DRAW_RELATIVE = FIELDS["draw_relative"].shift
