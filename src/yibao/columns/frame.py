"""What the loop reads and writes: columns of numbers, lists in CPython, arrays under Numba."""

from __future__ import annotations

from typing import Any, NamedTuple

from yibao.benefit.terms import MOST_FEN, T_OF_ROAD

Column = Any
"""Integers by row: a list or an array."""
Written = Any
"""The same, to be written."""

PLACE = (1 << 40) - 1
"""A mask that changes no place in a column.  It tells a compiler that a place is never
negative: else every access would first ask whether to count from the end."""
NOT_CARRIED = -(1 << 62)
"""In a column that carries values in: the row gives none."""

STATUS_OVERFLOW = -1
STATUS_DEPENDENT = 1
"""A reversal on which a later settlement depends, where the pack refuses it for that."""
STATUS_NOT_SETTLED = 2
"""A reversal of a visit that was refused or reversed before."""
STATUS_TOO_MANY = 3
"""A reversal with more later rows of its person than a batch may look at."""

MOST_USED = 50 * MOST_FEN
"""Largest accumulator; its product with a ratio stays inside int64."""

# The slot of a year: the accumulators in their order, then two more.  Those of the basic
# layer stand by kind of care from these places on.
ELIGIBLE = 3
POOLED = 6
SPECIAL = 9
UPPER = 10
ASSISTANCE = 11
OWN = 12
ADMISSIONS = 13
CLAIMS = 14
WIDTH = 15
# The slot of a disease holds what was paid in its first place, that of a person these two.
BALANCE = 0
MATERNITY_USED = 1
# That of the days in which a deductible is borne once these three: the first day (0: none has
# begun), what was borne, what was eligible.
DAYS_BEGIN = 0
DAYS_DEDUCTIBLE = 1
DAYS_ELIGIBLE = 2

# What a row may carry in, beside the fifteen of a year.
CARRIED_DISEASE = 15
CARRIED_MATERNITY = 16
CARRIED_BALANCE = 17
CARRIED_CHANGE = 18
CARRIED_GRANTOR_BALANCE = 19
CARRIED_DAYS_DEDUCTIBLE = 20
CARRIED_DAYS_ELIGIBLE = 21
CARRIED_WIDTH = 22

# What a settled row has added to the state of its person, written where the batch has reversals.
EFFECT_CARE = 0
EFFECT_ADDED = 1
"""The members of ``Increase`` after ``care``, in their order."""
EFFECT_COUNTS = 8
EFFECT_ADMISSIONS = 9
EFFECT_DISEASE = 10
EFFECT_MATERNITY = 11
EFFECT_ENDS_PREGNANCY = 12
EFFECT_CLAIMS = 13
EFFECT_WIDTH = 14

# What is written of a later row that would come out otherwise since a reversal.
PROPOSED_ROW = 0
PROPOSED_FUND = 1
PROPOSED_OWN = 2
PROPOSED_WIDTH = 3
MOST_PROPOSED = 1 << 22
"""Later rows that the reversals of one batch may look at, all together."""

# What is written of a row for its explanation: what the benefit functions read of the
# accumulators for its kind of care.  The first four of every visit, the rest of few.
INPUT_DEDUCTIBLE = 0
INPUT_ELIGIBLE = 1
INPUT_POOLED = 2
INPUT_BALANCE = 3
INPUT_INPATIENT_POOLED = 4
INPUT_SPECIAL = 5
INPUT_UPPER = 6
INPUT_ASSISTANCE = 7
INPUT_OWN = 8
INPUT_NTH = 9
INPUT_DISEASE_USED = 10
INPUT_CEILING_BONUS = 11
INPUT_MATERNITY_USED = 12
INPUT_GRANTOR_BALANCE = 13
INPUT_OUTPATIENT_POOLED = 14
INPUT_CHRONIC_POOLED = 15
INPUT_ESSENTIAL_DRUGS = 16
INPUT_CHINESE_MEDICINE = 17
INPUT_DAYS_DEDUCTIBLE = 18
INPUT_DAYS_ELIGIBLE = 19
INPUT_WIDTH = 20

YEARS = 62
"""Years that a mask of years paid in time can hold."""

STAY_PATTERNS = 6
"""A stay has a pattern for each of the first admissions of a year, one after the other."""
# What the table of patterns holds among the figures of a visit.
PATTERN_WORD = T_OF_ROAD
PATTERN_GROUPS = T_OF_ROAD + 1
PATTERN_VERSION = T_OF_ROAD + 2


class Visits(NamedTuple):
    """What the loop reads of each row; amounts are fen."""

    pattern: Column
    """Row of the table of patterns: rows of the same facts under the same rules share one."""
    total: Column
    out_of_catalogue: Column
    over_limit: Column
    upfront: Column
    essential_drugs: Column
    """Of items of that group; this and the next are empty where no row of the batch has any."""
    chinese_medicine: Column
    year_slot: Column
    """Slot of the person, scheme and benefit year, counted within the family."""
    other_slot: Column
    """Slot of the year of admission of a stay, of the disease of a chronic visit."""
    person_slot: Column
    """Slot of the person; read of rows that draw on accounts, of maternity, of carried values."""
    days_slot: Column
    """Slot of the days in which the row's deductible is borne once, -1: it is none of days; this
    and the next two are empty where no row of the batch has any."""
    days: Column
    """How many days; 0 in a row that carries them in."""
    day: Column
    """Number of the row's last day."""


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
    bonus_year_start: Column
    """Where the row's entries in the two columns of years begin."""
    bonus_year_version: Column
    """Rules of each year that the incentives look at."""
    bonus_year_slot: Column
    """Slot of the resident's year."""
    carried_start: Column
    """Where the row's entries among the carried values begin."""
    carried: Column
    """``CARRIED_WIDTH`` values for each row that carries anything in."""
    reverses: Column
    """Row that a reversal reverses."""
    person: Column
    """Number of the row's person; empty where the batch has no reversal."""
    proposed_start: Column
    """For each row where its proposals begin; they end where those of the next row do."""


class Results(NamedTuple):
    """What the loop writes for each row; all 0 before."""

    status: Written
    """0, or the cell or the status above for which the row is refused."""
    deductible: Written
    pooled: Written
    upper: Written
    assistance: Written
    account: Written
    mutual_aid: Written
    inputs: Written
    """Column by column what an explanation needs; empty where none is wanted."""
    cancelled: Written
    """1: the visit was reversed; empty where the batch has no reversal."""
    effects: Written
    """``EFFECT_WIDTH`` values for each row; empty where the batch has no reversal."""
    proposed: Written
    """How many later rows would come out otherwise; empty where the batch has no reversal."""
    proposals: Written
    """``PROPOSED_WIDTH`` values for each of them."""
