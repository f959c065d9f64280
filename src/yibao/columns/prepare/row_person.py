"""Step 2: the person of each row on the day that counts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from yibao.benefit.terms import NO_DAY
from yibao.columns.prepare.batch import Batch
from yibao.columns.prepare.lookups import group_masks, tier_masks, visit_masks
from yibao.columns.prepare.row_rules import RowDays, RowRules
from yibao.columns.read.calendar import civil_number
from yibao.columns.read.cells import NONE, Bools, Ints
from yibao.columns.schema import STATUSES
from yibao.messages import Listed, message
from yibao.policy.keys import EMPLOYEE, RESIDENT

TIER = "plan"
"""The column of the tier of contribution."""


@dataclass(frozen=True, slots=True)
class RowPerson:
    """The person's facts as the benefit functions take them."""

    scheme: Ints
    member: Ints
    age: Ints
    """0 below the age line, 1 from it."""
    entitled: Ints
    groups: Ints
    """Bit masks; empty where nobody is in any."""
    contribution_class: Ints


def read_person(batch: Batch, days: RowDays, rules: RowRules) -> RowPerson:
    """Insurance, age, cover and groups of each row, checked."""
    reader, faults, is_visit = batch.reader, batch.faults, batch.is_visit
    scheme = reader.choice("scheme")
    faults.mark(scheme == NONE, "scheme", message("这一格必填"))
    status = reader.choice("status")
    faults.mark(
        (scheme == EMPLOYEE) & (status == NONE) & is_visit,
        "status",
        message("职工必须写 {statuses} 之一", statuses=Listed(STATUSES)),
    )
    faults.mark((scheme == RESIDENT) & (status != NONE), "status", message("居民不写 status"))
    scheme = np.maximum(scheme, 0)
    member, age = batch.zeros(), batch.zeros()
    batch.call(
        "standings",
        batch.rules,
        rules.version,
        scheme,
        np.maximum(status, 0),
        civil_number(days.birth),
        civil_number(rules.person_day),
        member,
        age,
    )
    entitled = _entitled(batch, rules.person_day)
    groups = _groups(batch, days, rules)
    return RowPerson(scheme, member, age, entitled, groups, reader.choice("contribution_class", 0))


def _entitled(batch: Batch, day: Ints) -> Ints:
    reader, faults = batch.reader, batch.faults
    if reader.has("entitled") == reader.has("covered_from_day"):
        faults.mark(
            batch.is_visit, "entitled", message("entitled 与 covered_from_day 两列要有且只有一列")
        )
        return batch.zeros()
    if reader.has("entitled"):
        entitled = reader.flag("entitled", NONE)
        faults.mark((entitled == NONE) & batch.is_visit, "entitled", message("这一格必填"))
        return np.maximum(entitled, 0)
    first, last = reader.day("covered_from_day"), reader.day("covered_to_day")
    covered: Bools = (first != NO_DAY) & (first <= day) & ((last == NO_DAY) | (day <= last))
    return covered.astype(np.int64)


def _groups(batch: Batch, days: RowDays, rules: RowRules) -> Ints:
    """The mask of each row's groups: named, of the tier, of the age, of the visit; empty where
    nobody is in any."""
    reader, rulebooks, is_visit = batch.reader, batch.rulebooks, batch.is_visit
    parts = [
        group_masks(rulebooks, rules.version, reader.codes("groups"), is_visit, batch.faults),
        tier_masks(rulebooks, rules.version, reader.codes(TIER), is_visit, batch.faults, TIER),
    ]
    sent_on = reader.flag("referred")
    if sent_on.any():
        parts.append(visit_masks(rulebooks, rules.version, sent_on, is_visit))
    if rulebooks.any_ages:
        by_age = batch.zeros()
        batch.call(
            "age_groups",
            batch.rules,
            rules.version,
            civil_number(days.birth),
            civil_number(rules.person_day),
            by_age,
        )
        parts.append(np.where(is_visit, by_age, 0))
    masks = [mask for mask in parts if len(mask) and mask.any()]
    return np.bitwise_or.reduce(masks) if masks else np.zeros(0, dtype=np.int64)
