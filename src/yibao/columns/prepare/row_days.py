"""Step 7: the days in which the deductible of a row is borne once, where the rules say so."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from yibao.columns import packing as k
from yibao.columns.prepare.batch import Batch
from yibao.columns.prepare.row_care import RowCare
from yibao.columns.prepare.row_person import RowPerson
from yibao.columns.prepare.row_rules import RowRules
from yibao.columns.read.cells import NONE, Codes, Ints
from yibao.messages import message


class RowOnce(NamedTuple):
    """Whose days a row counts in; the columns are empty where no row counts in any."""

    care: Ints
    """Kind of care whose deductible it is; -1: none of days."""
    institution: Ints
    """Number of the institution whose days they are; -1: they count anywhere."""
    days: Ints
    """How many; 0 in a row that carries them in."""
    named: Codes
    """The institutions."""


def read_once(batch: Batch, rules: RowRules, person: RowPerson, care: RowCare) -> RowOnce:
    """The days of each row, of a visit by its rules, of a row that carries in as it says."""
    carried = (batch.kind == k.KIND_CARRY) & (batch.reader.choice("period_care") != NONE)
    institutions = batch.reader.codes("institution")
    if not batch.rulebooks.by_days and not carried.any():
        nothing = np.zeros(0, dtype=np.int64)
        return RowOnce(nothing, nothing, nothing, institutions)
    of_row, at_institution = batch.zeros(), batch.zeros()
    place = np.full(batch.rows, NONE, dtype=np.int64)
    batch.call(
        "days_of_deductibles",
        batch.rules,
        rules.version,
        care.kind,
        person.member,
        place,
        of_row,
        at_institution,
    )
    batch.faults.mark(
        (at_institution == 1) & (institutions.numbers < 0) & batch.is_visit & batch.fine,
        "institution",
        message("当地的起付线各家机构分开算：请写就诊机构编号"),
    )
    place[carried] = batch.reader.choice("period_care")[carried]
    apart = (at_institution == 1) | carried
    return RowOnce(place, np.where(apart, institutions.numbers, NONE), of_row, institutions)
