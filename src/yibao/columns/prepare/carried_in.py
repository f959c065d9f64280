"""Step 6: state that rows carry in: accumulators, admissions, balances."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from yibao.columns.frame import (
    ADMISSIONS,
    CARRIED_BALANCE,
    CARRIED_CHANGE,
    CARRIED_DAYS_DEDUCTIBLE,
    CARRIED_DAYS_ELIGIBLE,
    CARRIED_DISEASE,
    CARRIED_GRANTOR_BALANCE,
    CARRIED_MATERNITY,
    CARRIED_WIDTH,
    CLAIMS,
    NOT_CARRIED,
)
from yibao.columns.prepare.batch import Batch
from yibao.columns.read.cells import NONE, Ints, Shorts
from yibao.columns.schema import ACCUMULATOR_COLUMNS
from yibao.messages import message

CARRIED_COLUMNS = {
    **{name: place for place, name in enumerate(ACCUMULATOR_COLUMNS)},
    "used_admissions": ADMISSIONS,
    "used_fund_fen": CLAIMS,
    "used_disease_fen": CARRIED_DISEASE,
    "used_maternity_fen": CARRIED_MATERNITY,
    "used_period_deductible_fen": CARRIED_DAYS_DEDUCTIBLE,
    "used_period_eligible_fen": CARRIED_DAYS_ELIGIBLE,
    "balance_fen": CARRIED_BALANCE,
    "account_change_fen": CARRIED_CHANGE,
    "grantor_balance_fen": CARRIED_GRANTOR_BALANCE,
}
"""Place of each column among what a row may carry in."""


class CarriedIn(NamedTuple):
    """What the rows carry in."""

    carries: Ints
    """1 in the rows that carry anything in."""
    start: Shorts
    """Where the values of each row begin; empty where no row carries anything in."""
    values: Ints
    """``CARRIED_WIDTH`` values for each row that carries anything in."""


def read_carried(batch: Batch, disease: Ints, by_month: Ints, relative: Ints) -> CarriedIn:
    """The columns that carry state in; an empty cell carries nothing."""
    reader = batch.reader
    columns = {
        name: reader.number(name, NOT_CARRIED) for name in CARRIED_COLUMNS if reader.has(name)
    }
    carries = np.zeros(batch.rows, dtype=np.bool_)
    for column in columns.values():
        carries |= column != NOT_CARRIED
    nothing = np.zeros(0, dtype=np.int64)
    if not carries.any():
        return CarriedIn(carries.astype(np.int64), nothing.astype(np.int32), nothing)
    rows = np.flatnonzero(carries)
    values = np.full((len(rows), CARRIED_WIDTH), NOT_CARRIED, dtype=np.int64)
    for name, column in columns.items():
        values[:, CARRIED_COLUMNS[name]] = column[rows]
    # What was paid for outpatients in a month belongs to no disease.
    named = np.where(by_month == 1, 0, disease)
    for place, needed, name, text in (
        (CARRIED_DISEASE, named, "used_disease_fen", message("带入病种累计时必须写 disease")),
        (CARRIED_GRANTOR_BALANCE, relative, "grantor_balance_fen", message("没有写 draw_relative")),
    ):
        wrong = np.zeros(batch.rows, dtype=np.bool_)
        wrong[rows] = values[:, place] != NOT_CARRIED
        batch.faults.mark(wrong & (needed == NONE), name, text)
    start = np.zeros(batch.rows, dtype=np.int32)
    start[rows] = np.arange(len(rows)) * CARRIED_WIDTH
    return CarriedIn(carries.astype(np.int64), start, values.reshape(-1))
