"""Patterns: rows of the same facts under the same rules, whose figures are looked up once.

Written, like the benefit functions, in what CPython and Numba share.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from yibao.benefit.functions.basic import write_terms
from yibao.benefit.functions.left_behind import READS_ADMISSIONS, state_read
from yibao.benefit.functions.unknown import unknown_layers
from yibao.benefit.terms import Rules, VisitFacts
from yibao.columns import packing as k
from yibao.columns.frame import (
    PATTERN_GROUPS,
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
    groups: Written
    version: Written
    start: Written
    """For each pattern where it stands in the table of patterns."""
    count: Written
    """How many patterns there are; -1: the table is too small.  Then how many rows they need."""


def facts_of_word(
    kind: int,
    word: int,
    groups: int,
    nth: int,
    maternity_used: int,
    disease_used: int,
    bonus: int,
    total: int,
    out_of_catalogue: int,
    over_limit: int,
    upfront: int,
    essential_drugs: int,
    chinese_medicine: int,
    period_deductible: int,
    period_eligible: int,
) -> VisitFacts:
    """The facts that the two integers pack, with those that they do not."""
    return VisitFacts(
        kind,
        word >> k.MEMBER & k.MEMBER_MASK,
        word >> k.TIER & k.TIER_MASK,
        word >> k.AGE & k.AGE_MASK,
        word >> k.PLACE & k.PLACE_MASK,
        groups,
        nth,
        (word >> k.DISEASE & k.DISEASE_MASK) - 1,
        word >> k.FORMER & 1,
        word >> k.ENTITLED & 1,
        word >> k.PRESCRIPTION & 1,
        word >> k.FAMILY_DOCTOR & 1,
        (word >> k.DELIVERY & k.DELIVERY_MASK) - 1,
        word >> k.FETUSES & k.FETUSES_MASK,
        word >> k.GESTATION_MONTHS & k.GESTATION_MONTHS_MASK,
        word >> k.QUALIFYING_MONTHS & k.QUALIFYING_MONTHS_MASK,
        word >> k.CONTRIBUTION_CLASS & k.CONTRIBUTION_CLASS_MASK,
        maternity_used,
        disease_used,
        bonus,
        total,
        out_of_catalogue,
        over_limit,
        upfront,
        (word >> k.DEDUCTIBLE_TIMES & k.DEDUCTIBLE_TIMES_MASK) - 1,
        word >> k.SENT_ON & 1,
        word >> k.WITHOUT_STAY & 1,
        essential_drugs,
        chinese_medicine,
        period_deductible,
        period_eligible,
    )


def rows_of_pattern(word: int) -> int:
    """How many rows of figures a pattern has: a stay's depend on how many there were before."""
    return STAY_PATTERNS if state_read(word & k.KIND_MASK) == READS_ADMISSIONS else 1


def find_patterns(
    facts: Column, groups: Column, version: Column, table: PatternTable, pattern: Written
) -> None:
    """The pattern of each row; ``table.count`` says whether there was room for all.

    ``groups`` is empty where nobody is in any.
    """
    any_groups = len(groups) > 0
    mask = len(table.number) - 1
    most = len(table.word)
    count = 0
    used = 0
    for row in range(len(facts)):
        word = facts[row]
        of_rules = version[row]
        mixed = word ^ (word >> 17) ^ (word >> 31) ^ (of_rules * 40_503)
        of_person = 0
        if any_groups:
            of_person = groups[row] + 0
            mixed = mixed ^ (of_person << 4) ^ (of_person >> 7) ^ (of_person >> 29)
        bucket = (mixed ^ (mixed >> 9)) & mask
        number = table.number[bucket] - 1
        while number >= 0 and (
            table.word[number] != word
            or table.version[number] != of_rules
            or table.groups[number] != of_person
        ):
            bucket = (bucket + 1) & mask
            number = table.number[bucket] - 1
        if number < 0:
            if count == most:
                table.count[0] = -1
                return
            number = count
            table.number[bucket] = number + 1
            table.word[number] = word
            table.groups[number] = of_person
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
        groups = table.groups[number] + 0
        version = table.version[number] + 0
        for time in range(rows_of_pattern(word)):
            target = patterns[table.start[number] + time]
            kind = word & k.KIND_MASK
            if kind < k.KIND_CARRY:
                facts = facts_of_word(kind, word, groups, time + 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
                write_terms(rules[version], facts, target)
            target[PATTERN_WORD] = word
            target[PATTERN_GROUPS] = groups
            target[PATTERN_VERSION] = version


def unknown_of_rows(
    rules: Sequence[Rules],
    rows: Column,
    facts: Column,
    groups: Column,
    version: Column,
    unknown: Written,
) -> None:
    """Of ``rows`` the layers that are left out; ``groups`` is empty where nobody is in any."""
    for row in rows:
        word = facts[row]
        kind = word & k.KIND_MASK
        of_person = groups[row] + 0 if len(groups) > 0 else 0
        visit = facts_of_word(kind, word, of_person, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
        unknown[row] = unknown_layers(rules[version[row]], visit, None)


PATTERN_FUNCTIONS: list[Callable[..., Any]] = [
    facts_of_word,
    rows_of_pattern,
    find_patterns,
    fill_patterns,
    unknown_of_rows,
]
"""Callees before callers, as the compiler wants them."""
