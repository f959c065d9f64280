"""State that rows carry in: accumulators, admissions, balances."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from yibao.columns.frame import (
    ADMISSIONS,
    CARRIED_BALANCE,
    CARRIED_CHANGE,
    CARRIED_DISEASE,
    CARRIED_GRANTOR_BALANCE,
    CARRIED_MATERNITY,
    CARRIED_WIDTH,
    CLAIMS,
    NOT_GIVEN,
)
from yibao.columns.reading import NONE, Faults, Ints, Reader
from yibao.columns.schema import ACCUMULATOR_COLUMNS

CARRIED_COLUMNS = {
    **{name: at for at, name in enumerate(ACCUMULATOR_COLUMNS)},
    "used_admissions": ADMISSIONS,
    "used_fund_fen": CLAIMS,
    "used_disease_fen": CARRIED_DISEASE,
    "used_maternity_fen": CARRIED_MATERNITY,
    "balance_fen": CARRIED_BALANCE,
    "account_change_fen": CARRIED_CHANGE,
    "grantor_balance_fen": CARRIED_GRANTOR_BALANCE,
}
"""Place of each column among what a row may carry in."""


class Carried(NamedTuple):
    """What the rows carry in."""

    given: Ints
    """1 in the rows that carry anything in."""
    at: Ints
    """Where the values of each row begin; empty where no row carries anything in."""
    values: Ints
    """``CARRIED_WIDTH`` values for each row that carries anything in."""


def read_carried(
    reader: Reader, faults: Faults, kind: Ints, disease: Ints, relative: Ints
) -> Carried:
    """The columns that carry state in; an empty cell carries nothing."""
    rows = reader.rows
    present = [name for name in CARRIED_COLUMNS if reader.has(name)]
    nothing = np.zeros(0, dtype=np.int64)
    columns = {name: reader.number(name, NOT_GIVEN) for name in present}
    given = np.zeros(rows, dtype=np.bool_)
    for column in columns.values():
        given |= column != NOT_GIVEN
    if not given.any():
        return Carried(given.astype(np.int64), nothing.astype(np.int32), nothing)
    which = np.flatnonzero(given)
    values = np.full((len(which), CARRIED_WIDTH), NOT_GIVEN, dtype=np.int64)
    for name, column in columns.items():
        values[:, CARRIED_COLUMNS[name]] = column[which]
    for at, missing, name, text in (
        (CARRIED_DISEASE, disease, "used_disease_fen", "带入病种累计时必须写 disease"),
        (CARRIED_GRANTOR_BALANCE, relative, "grantor_balance_fen", "没有写 draw_relative"),
    ):
        wrong = np.zeros(rows, dtype=np.bool_)
        wrong[which] = values[:, at] != NOT_GIVEN
        faults.at(wrong & (missing == NONE), name, text)
    start = np.zeros(rows, dtype=np.int32)
    start[which] = np.arange(len(which)) * CARRIED_WIDTH
    return Carried(given.astype(np.int64), start, values.reshape(-1))
