"""Rows of the same facts under the same rules: their figures are looked up once.

Written, like the benefit functions, in what CPython and Numba share.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from yibao.benefit.functions.basic import write_terms
from yibao.benefit.terms import Rules, VisitFacts
from yibao.columns import packing as k
from yibao.columns.frame import (
    NTH_KEPT,
    PATTERN_VERSION,
    PATTERN_WORD,
    Column,
    Written,
)
from yibao.policy.keys import KIND_INPATIENT


class Found(NamedTuple):
    """Where ``find_patterns`` looks a pattern up, and what it found; all 0 before."""

    row: Written
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


def find_patterns(facts: Column, version: Column, found: Found, pattern: Written) -> None:
    """The pattern of each row; ``found.count`` says whether there was room for all."""
    mask = len(found.row) - 1
    most = len(found.word)
    count = 0
    used = 0
    for row in range(len(facts)):
        word = facts[row]
        of_rules = version[row]
        mixed = word ^ (word >> 17) ^ (word >> 31) ^ (of_rules * 40_503)
        bucket = (mixed ^ (mixed >> 9)) & mask
        at = found.row[bucket] - 1
        while at >= 0 and (found.word[at] != word or found.version[at] != of_rules):
            bucket = (bucket + 1) & mask
            at = found.row[bucket] - 1
        if at < 0:
            if count == most:
                found.count[0] = -1
                return
            at = count
            found.row[bucket] = at + 1
            found.word[at] = word
            found.version[at] = of_rules
            found.start[at] = used
            count += 1
            used += NTH_KEPT if word & 7 == KIND_INPATIENT else 1
        pattern[row] = found.start[at]
    found.count[0] = count
    found.count[1] = used


def fill_patterns(rules: Sequence[Rules], found: Found, patterns: Sequence[Written]) -> None:
    """The figures of every pattern, of a stay for each of the first admissions of a year."""
    for number in range(found.count[0]):
        word = found.word[number] + 0
        version = found.version[number] + 0
        times = NTH_KEPT if word & 7 == KIND_INPATIENT else 1
        for time in range(times):
            target = patterns[found.start[number] + time]
            if word & 7 < k.KIND_CARRY:
                facts = facts_of_word(word & 7, word, time + 1, 0, 0, 0, 0, 0, 0, 0)
                write_terms(rules[version], facts, target)
            target[PATTERN_WORD] = word
            target[PATTERN_VERSION] = version


PATTERN_FUNCTIONS: list[Callable[..., Any]] = [find_patterns, fill_patterns]
"""Callees before callers, after those of the loop."""
