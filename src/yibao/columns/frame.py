"""What the loop reads and writes: columns of numbers, lists in CPython, arrays under Numba."""

from __future__ import annotations

from typing import Any, NamedTuple

from yibao.benefit.terms import MOST_FEN

Column = Any
"""Integers by row: a list or an array."""
Written = Any
"""The same, to be written."""

NOT_GIVEN = -(1 << 62)
"""In a column that carries values in: the row gives none."""

STATUS_OVERFLOW = -1
STATUS_DEPENDENT = 1
"""A reversal on which a later settlement depends."""
STATUS_NOT_SETTLED = 2
"""A reversal of a visit that was refused or reversed before."""

MOST_USED = 50 * MOST_FEN
"""Largest accumulator; its product with a ratio stays inside int64."""

# The slot of a year: the accumulators in their order, then these two.
UPPER = 10
ADMISSIONS = 13
CLAIMS = 14
WIDTH = 15
# The slot of a disease holds what was paid in its first place, that of a person these two.
BALANCE = 0
MATERNITY_USED = 1

# What a row may carry in, beside the fifteen of a year.
CARRIED_DISEASE = 15
CARRIED_MATERNITY = 16
CARRIED_BALANCE = 17
CARRIED_CHANGE = 18
CARRIED_GRANTOR_BALANCE = 19
CARRIED_WIDTH = 20

# What is kept of a row for its explanation: the accumulators before it, then these.
KEPT_NTH = 13
KEPT_DISEASE_USED = 14
KEPT_MATERNITY_USED = 15
KEPT_CEILING_BONUS = 16
KEPT_BALANCE = 17
KEPT_GRANTOR_BALANCE = 18
KEPT_WIDTH = 19

YEARS = 62
"""Years that a mask of years paid in time can hold."""


class Visits(NamedTuple):
    """What the loop reads of each row; amounts are fen."""

    facts: Column
    """See ``packing``."""
    version: Column
    """Row of the table of rules."""
    total: Column
    out_of_catalogue: Column
    over_limit: Column
    upfront: Column
    year_slot: Column
    """Slot of the person, scheme and benefit year, counted within the family."""
    other_slot: Column
    """Slot of the year of admission of a stay, of the disease of a chronic visit."""
    person_slot: Column
    """Slot of the person; read of rows that draw on accounts, of maternity, of carried values."""


class Extras(NamedTuple):
    """What few rows have; a column is empty where no row of the batch has it."""

    account_version: Column
    """Row of the table of rules for the area whose account pays."""
    relative_slot: Column
    """Slot of the person whose account may pay."""
    limit: Column
    """Most that the relative pays at once; -1: none."""
    bonus: Column
    """Bonus in fen, or the mask of years paid in time."""
    bonus_version: Column
    """Rules of the last day of the visit."""
    bonus_years: Column
    """How many years the incentives look at."""
    walk_start: Column
    """Where the row's entries in the two columns of the walk begin."""
    walk_version: Column
    """Rules of each year that the incentives look at."""
    walk_slot: Column
    """Slot of the resident's year."""
    carried_at: Column
    """Where the row's entries among the carried values begin."""
    carried: Column
    """``CARRIED_WIDTH`` values for each row that carries anything in."""
    reverses: Column
    """Row that a reversal reverses."""


class Results(NamedTuple):
    """What the loop writes for each row; all 0 before."""

    status: Written
    """0, or the cell or the status above for which the row is refused."""
    deductible: Written
    pooled: Written
    upper: Written
    assistance: Written
    other_fund: Written
    account: Written
    mutual_aid: Written
    kept: Written
    """Column by column what an explanation needs; empty where none is wanted."""
    cancelled: Written
    """1: the visit was reversed; empty where the batch has no reversal."""
