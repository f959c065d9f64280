"""The benefit functions against the oracle, on random lives under random and real rules."""

from __future__ import annotations

import copy
import datetime
import os
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Any

import oracle
import pytest
from lives import HOME, World, random_filings, random_person, random_visits
from rules_builder import LAYOUT, Builder, OneArea, random_fen, random_rules

from yibao.benefit.accounts import HeldGrant, pay
from yibao.benefit.adjudication import adjudicate
from yibao.benefit.facts import Enrolment, Filing, Grant, Institution, Person, Visit
from yibao.benefit.state import PersonState
from yibao.errors import RefusedError
from yibao.policy.compile import PolicyLibrary
from yibao.policy.days import day_number, to_date
from yibao.policy.keys import RELATIONS

VERIFY = os.environ.get("YIBAO_VERIFY") == "1"
LIVES = 20_000 if VERIFY else 1_000
PACK_LIVES = 5_000 if VERIFY else 200
DAY_LIVES = 40 if VERIFY else 2
VISITS = 8
SEED = int.from_bytes(os.urandom(4), "big") if VERIFY else 1
RulesOn = Callable[[datetime.date], oracle.Parameters]

LAYERS = ("pooled", "upper", "assistance")
SHARED = (
    "total out_of_catalogue over_limit upfront eligible deductible pooled upper assistance fund own"
).split()
COUNTED = (
    "outpatient_deductible inpatient_deductible chronic_deductible outpatient_eligible"
    " inpatient_eligible chronic_eligible outpatient_pooled inpatient_pooled chronic_pooled"
    " special_pooled upper assistance eligible_own"
).split()


Counts = Counter[str]


def live(
    library: Any,
    rules_on: Callable[[datetime.date], RulesOn],
    person: Person,
    filings: tuple[Filing, ...],
    visits: Sequence[tuple[Institution, Visit]],
    bonus: int,
    note: str,
) -> Counts:
    """Settle all visits both ways; how many were settled or refused, and paid by each layer."""
    state = PersonState()
    book = oracle.Book()
    counts: Counts = Counter()
    for institution, visit in visits:
        expected: dict[str, int] | None
        attempt = copy.deepcopy(book)
        try:
            expected = oracle.settle(
                rules_on(visit.end), person, institution, visit, filings, attempt, bonus
            )
            book = attempt
        except oracle.UnknownError:
            expected = None
        where = f"{note}: {visit}, {institution}, {person}, {filings}"
        if expected is None:
            with pytest.raises(RefusedError):
                adjudicate(library, person, institution, visit, filings, state, ceiling_bonus=bonus)
            counts["refused"] += 1
            continue
        done = adjudicate(library, person, institution, visit, filings, state, ceiling_bonus=bonus)
        amounts = {name: getattr(done.settlement, name) for name in SHARED}
        assert amounts == expected, where
        assert done.settlement.other_fund == 0
        done.apply(state)
        counts["settled"] += 1
        counts.update(layer for layer in LAYERS if amounts[layer])
    compare(state, book, note)
    return counts


def compare(state: PersonState, book: oracle.Book, note: str) -> None:
    """Both kept the same accumulators."""
    counted = {
        (scheme, year, name): getattr(used, name)
        for (scheme, year), used in state.accumulators.items()
        for name in COUNTED
    }

    def used(entries: Mapping[Any, int]) -> dict[Any, int]:
        return {key: amount for key, amount in entries.items() if amount}

    assert used(counted) == used(book.year), note
    assert used(state.admissions) == used(book.admissions), note
    assert used(state.diseases) == used(book.diseases), note
    assert state.maternity_used == book.pregnancy, note
    days = {
        (scheme, care, place): (to_date(used.start), used.deductible, used.eligible)
        for (scheme, care, place), used in state.periods.items()
    }
    assert days == book.days, note


def one_area(rules: tuple[int, ...]) -> tuple[OneArea, oracle.Parameters]:
    parameters = oracle.Parameters(rules, LAYOUT)
    return OneArea(rules, World().home), parameters


def test_random_lives_under_random_rules() -> None:
    world = World()
    counts: Counts = Counter()
    for index in range(LIVES):
        random = Random(f"{SEED} {index}")
        library, parameters = one_area(random_rules(random))
        counts += live(
            library,
            lambda known, parameters=parameters: lambda day: parameters,
            random_person(random, world),
            random_filings(random, world),
            random_visits(random, world, VISITS),
            random.choice((0, random_fen(random))),
            f"seed {SEED}, life {index}",
        )
    assert counts["settled"] > LIVES * VISITS * 9 // 10
    for layer in LAYERS:
        assert counts[layer] > LIVES // 20, layer


@pytest.fixture(scope="module")
def library() -> PolicyLibrary:
    return PolicyLibrary.load()


def real_areas(library: PolicyLibrary) -> list[str]:
    """Areas whose own packs can be home; a whole country is none, nor is one of a few figures."""
    return [area.code for area in library.areas() if area.parent is not None and area.complete]


def real_world(
    library: PolicyLibrary, area: str, first: datetime.date, last: datetime.date
) -> World:
    rulebook = library.rulebook(area)
    return World(
        home=area,
        neighbour=area[:2] + "9900",
        groups=tuple(rulebook.groups),
        diseases=tuple(rulebook.diseases),
        first=first,
        last=last,
    )


def live_really(library: PolicyLibrary, world: World, name: str) -> Counts:
    def rules_on(known: datetime.date) -> RulesOn:
        book = library.rulebook(world.home, known)
        return lambda day: oracle.Parameters(book.segment(day_number(day)).rules, book.layout)

    random = Random(f"{SEED} {name}")
    return live(
        library,
        rules_on,
        random_person(random, world),
        random_filings(random, world),
        random_visits(random, world, VISITS),
        random.choice((0, 300_000)),
        f"seed {SEED}, life {name}",
    )


def test_random_lives_under_the_real_packs(library: PolicyLibrary) -> None:
    for area in real_areas(library):
        world = real_world(library, area, datetime.date(2023, 1, 1), datetime.date(2026, 6, 30))
        counts: Counts = Counter()
        for index in range(PACK_LIVES):
            counts += live_really(library, world, f"{area} {index}")
        assert counts["pooled"] > PACK_LIVES // 4, area


def test_every_version_of_the_real_packs_on_its_first_and_last_day(
    library: PolicyLibrary,
) -> None:
    latest = day_number(datetime.date(2030, 12, 31))
    for area in real_areas(library):
        for first in library.rulebook(area).days:
            for day in (first - 1, min(first, latest)):
                date = to_date(day)
                world = real_world(library, area, date, date)
                for index in range(DAY_LIVES):
                    live_really(library, world, f"{area} {date} {index}")


def test_paying_the_own_part() -> None:
    """Own account, one relative, cash: both ways alike."""
    start = datetime.date(2020, 1, 1)
    helped = aided = 0
    for index in range(LIVES):
        random = Random(f"pay {SEED} {index}")
        rules = Builder(random_rules(random))
        if random.random() < 0.7:
            rules.set("mutual_aid.relation", True)
            rules.set("mutual_aid.floor", random_fen(random, 5))
        library, parameters = one_area(rules.build())
        people = {
            name: Person(name, "male", start, HOME, (), (enrolment,), None, None)
            for name, enrolment in (
                ("one", Enrolment("resident", None, start, None, HOME)),
                ("other", Enrolment("employee", "working", start, None, HOME)),
            )
        }
        balances = {name: random_fen(random, 6.5) * random.randrange(2) for name in people}
        day = datetime.date(2025, 1, 1) + datetime.timedelta(days=random.randrange(400))
        grant = Grant(
            "other",
            "one",
            random.choice(RELATIONS),
            datetime.date(2025, 1, 1),
            random.choice((None, datetime.date(2025, 12, 31))),
            random.choice((None, random_fen(random, 5))),
        )
        own = random_fen(random, 6.5)
        out = random.choice((0, own, random.randrange(own + 1)))
        accounts = random.choice((("own",), ("other",), ("own", "other"), ("own", "other"), ()))
        expected = oracle.pay(
            parameters, {"own": own, "out_of_catalogue": out}, accounts, balances, "one", grant, day
        )
        paid = pay(
            library, people["one"], own, out, accounts, balances, people, [HeldGrant(grant)], day
        )
        assert paid.draw._asdict() == expected, f"seed {SEED}, payment {index}"
        assert sum(paid.draw) == own
        helped += paid.draw.account > 0
        aided += paid.draw.mutual_aid > 0
    assert min(helped, aided) > LIVES // 50
