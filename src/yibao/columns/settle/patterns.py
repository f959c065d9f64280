"""Patterns: rows of the same facts under the same rules, whose figures are looked up once.

Written, like the benefit functions, in what CPython and Numba share.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from yibao.benefit.functions.basic import write_terms
from yibao.benefit.functions.left_behind import READS_ADMISSIONS, state_read
from yibao.benefit.terms import Rules, VisitFacts
from yibao.columns import packing as k
from yibao.columns.frame import (
    PATTERN_VERSION,
    PATTERN_WORD,
    STAY_PATTERNS,
    Column,
    Written,
)


class PatternTable(NamedTuple):
    """Where ``find_patterns`` looks a pattern up, and what it finds; all 0 before."""

    number: Written
    """For each place of the table 1 + the pattern's number, counted as they are met."""
    word: Written
    version: Written
    start: Written
    """For each pattern where it stands in the table of patterns."""
    count: Written
    """How many patterns there are; -1: the table is too small.  Then how many rows they need."""


def facts_of_word(
    kind: int,
    word: int,
    nth: int,
    maternity_used: int,
    disease_used: int,
    bonus: int,
    total: int,
    out_of_catalogue: int,
    over_limit: int,
    upfront: int,
) -> VisitFacts:
    """The facts that a word packs, with those that it does not."""
    return VisitFacts(
        kind,
        word >> k.MEMBER & 3,
        word >> k.TIER & 7,
        word >> k.AGE & 1,
        word >> k.PLACE & 7,
        word >> k.GROUPS & 4_095,
        nth,
        (word >> k.DISEASE & 127) - 1,
        word >> k.FORMER & 1,
        word >> k.ENTITLED & 1,
        word >> k.PRESCRIPTION & 1,
        word >> k.FAMILY_DOCTOR & 1,
        (word >> k.DELIVERY & 3) - 1,
        word >> k.FETUSES & 15,
        word >> k.GESTATION_MONTHS & 15,
        word >> k.QUALIFYING_MONTHS & 1_023,
        word >> k.CONTRIBUTION_CLASS & 1,
        maternity_used,
        disease_used,
        bonus,
        total,
        out_of_catalogue,
        over_limit,
        upfront,
    )


def rows_of_pattern(word: int) -> int:
    """How many rows of figures a pattern has: a stay's depend on how many there were before."""
    return STAY_PATTERNS if state_read(word & 7) == READS_ADMISSIONS else 1


def find_patterns(facts: Column, version: Column, table: PatternTable, pattern: Written) -> None:
    """The pattern of each row; ``table.count`` says whether there was room for all."""
    mask = len(table.number) - 1
    most = len(table.word)
    count = 0
    used = 0
    for row in range(len(facts)):
        word = facts[row]
        of_rules = version[row]
        mixed = word ^ (word >> 17) ^ (word >> 31) ^ (of_rules * 40_503)
        bucket = (mixed ^ (mixed >> 9)) & mask
        number = table.number[bucket] - 1
        while number >= 0 and (table.word[number] != word or table.version[number] != of_rules):
            bucket = (bucket + 1) & mask
            number = table.number[bucket] - 1
        if number < 0:
            if count == most:
                table.count[0] = -1
                return
            number = count
            table.number[bucket] = number + 1
            table.word[number] = word
            table.version[number] = of_rules
            table.start[number] = used
            count += 1
            used += rows_of_pattern(word)
        pattern[row] = table.start[number]
    table.count[0] = count
    table.count[1] = used


def fill_patterns(rules: Sequence[Rules], table: PatternTable, patterns: Sequence[Written]) -> None:
    """The figures of every pattern, of a stay for each of the first admissions of a year."""
    for number in range(table.count[0]):
        word = table.word[number] + 0
        version = table.version[number] + 0
        for time in range(rows_of_pattern(word)):
            target = patterns[table.start[number] + time]
            if word & 7 < k.KIND_CARRY:
                facts = facts_of_word(word & 7, word, time + 1, 0, 0, 0, 0, 0, 0, 0)
                write_terms(rules[version], facts, target)
            target[PATTERN_WORD] = word
            target[PATTERN_VERSION] = version


PATTERN_FUNCTIONS: list[Callable[..., Any]] = [
    facts_of_word,
    rows_of_pattern,
    find_patterns,
    fill_patterns,
]
"""Callees before callers, as the compiler wants them."""
