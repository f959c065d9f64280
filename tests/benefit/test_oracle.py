"""The benefit functions against the oracle, on random lives under random and real rules."""

from __future__ import annotations

import copy
import datetime
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from random import Random
from typing import Any

import pytest

import oracle
from lives import World, random_filings, random_person, random_visits
from rules_builder import DISEASES, GROUPS, OneArea, random_fen, random_rules
from yibao.benefit.accounts import HeldGrant, pay
from yibao.benefit.adjudication import adjudicate
from yibao.benefit.facts import Enrolment, Filing, Grant, Institution, Person, Visit
from yibao.benefit.state import PersonState
from yibao.errors import RefusedError
from yibao.policy.compile import PolicyLibrary
from yibao.policy.days import day_number
from yibao.policy.keys import RELATIONS

VERIFY = os.environ.get("YIBAO_VERIFY") == "1"
LIVES = 20_000 if VERIFY else 400
PACK_LIVES = 5_000 if VERIFY else 150
VISITS = 8
SEED = int.from_bytes(os.urandom(4), "big") if VERIFY else 1
RulesOn = Callable[[datetime.date], oracle.Parameters]

SHARED = (
    "total out_of_catalogue over_limit upfront eligible deductible pooled upper assistance"
    " fund own"
).split()
COUNTED = (
    "outpatient_deductible inpatient_deductible chronic_deductible outpatient_eligible"
    " inpatient_eligible chronic_eligible outpatient_pooled inpatient_pooled chronic_pooled"
    " special_pooled upper assistance eligible_own"
).split()


def live(
    library: Any,
    rules_on: Callable[[datetime.date], RulesOn],
    person: Person,
    filings: tuple[Filing, ...],
    visits: Any,
    bonus: int,
    note: str,
) -> tuple[int, int]:
    """Settle all visits both ways; how many were settled, how many refused."""
    state = PersonState()
    book = oracle.Book()
    settled = refused = 0
    for institution, visit in visits:
        expected: dict[str, int] | None
        attempt = copy.deepcopy(book)
        try:
            expected = oracle.settle(
                rules_on(visit.end), person, institution, visit, filings, attempt, bonus
            )
            book = attempt
        except oracle.Unknown:
            expected = None
        where = f"{note}: {visit}, {institution}, {person}, {filings}"
        try:
            done = adjudicate(
                library, person, institution, visit, filings, state, ceiling_bonus=bonus
            )
        except RefusedError as error:
            assert expected is None, f"{error} {where}"
            refused += 1
            continue
        amounts = {name: getattr(done.settlement, name) for name in SHARED}
        assert amounts == expected, where
        assert done.settlement.other_fund == 0
        done.apply(state)
        settled += 1
    compare(state, book, note)
    return settled, refused


def compare(state: PersonState, book: oracle.Book, note: str) -> None:
    """Both kept the same accumulators."""
    counted = {
        (scheme, year, name): getattr(used, name)
        for (scheme, year), used in state.accumulators.items()
        for name in COUNTED
    }

    def used(entries: dict[Any, int]) -> dict[Any, int]:
        return {key: amount for key, amount in entries.items() if amount}

    assert used(counted) == used(book.year), note
    assert used(state.admissions) == used(book.admissions), note
    assert used(state.diseases) == used(book.diseases), note
    assert state.maternity_used == book.pregnancy, note


def test_random_lives_under_random_rules() -> None:
    paid_by_layer = {"pooled": 0, "upper": 0, "assistance": 0}
    settled = 0
    for index in range(LIVES):
        random = Random(f"{SEED} {index}")
        rules = random_rules(random)
        world = World()
        library = OneArea(rules, world.home)
        parameters = oracle.Parameters(
            rules, dict.fromkeys(GROUPS, 0), dict.fromkeys(DISEASES, 0)
        )
        person = random_person(random, world)
        note = f"seed {SEED}, life {index}"
        settled += live(
            library,
            lambda known, parameters=parameters: lambda day: parameters,
            person,
            random_filings(random, world),
            random_visits(random, world, VISITS),
            random.choice((0, random_fen(random))),
            note,
        )[0]
        del paid_by_layer["pooled" if index < 0 else "pooled"]
        paid_by_layer["pooled"] = settled
    assert settled > LIVES * VISITS * 9 // 10


def _real_areas() -> list[str]:
    return [area.code for area in PolicyLibrary.load().areas() if area.parent is not None]


@pytest.fixture(scope="module")
def library() -> PolicyLibrary:
    return PolicyLibrary.load()


def test_random_lives_under_the_real_packs(library: PolicyLibrary) -> None:
    areas = _real_areas()
    assert areas
    for area in areas:
        rulebook = library.rulebook(area)
        world = World(
            home=area,
            neighbour=area[:2] + "9900",
            groups=tuple(rulebook.groups),
            diseases=tuple(rulebook.diseases),
            first=datetime.date(2023, 1, 1),
            last=datetime.date(2026, 6, 30),
        )
        settled = 0
        for index in range(PACK_LIVES):
            random = Random(f"{SEED} {area} {index}")

            def rules_on(known: datetime.date, area: str = area) -> RulesOn:
                book = library.rulebook(area, known)
                return lambda day: oracle.Parameters(
                    book.segment(day_number(day)).rules, book.groups, book.diseases
                )

            settled += live(
                library,
                rules_on,
                random_person(random, world),
                random_filings(random, world),
                random_visits(random, world, VISITS),
                0,
                f"seed {SEED}, {area}, life {index}",
            )[0]
        assert settled
