"""State that rows carry in: accumulators, admissions, balances."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from yibao.columns.loop import (
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
    values: Ints
    """``CARRIED_WIDTH`` values for each row; empty where no row carries anything in."""


def read_carried(
    reader: Reader, faults: Faults, kind: Ints, disease: Ints, relative: Ints
) -> Carried:
    """The columns that carry state in; an empty cell carries nothing."""
    rows = reader.rows
    present = [name for name in CARRIED_COLUMNS if reader.has(name)]
    given = np.zeros(rows, dtype=np.int64)
    if not present:
        return Carried(given, np.zeros(0, dtype=np.int64))
    values = np.full((rows, CARRIED_WIDTH), NOT_GIVEN, dtype=np.int64)
    for name in present:
        column = reader.number(name, NOT_GIVEN)
        values[:, CARRIED_COLUMNS[name]] = column
        given |= column != NOT_GIVEN
    with_disease = values[:, CARRIED_DISEASE] != NOT_GIVEN
    faults.at(with_disease & (disease == NONE), "used_disease_fen", "带入病种累计时必须写 disease")
    with_grantor = values[:, CARRIED_GRANTOR_BALANCE] != NOT_GIVEN
    faults.at(with_grantor & (relative == NONE), "grantor_balance_fen", "没有写 draw_relative")
    if not given.any():
        return Carried(given, np.zeros(0, dtype=np.int64))
    return Carried(given, values.reshape(-1))
