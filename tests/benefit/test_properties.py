"""What holds for every settlement, whatever the rules."""

from __future__ import annotations

import dataclasses
from random import Random
from typing import Any, NamedTuple

from hypothesis import given
from hypothesis import strategies as st
from lives import World, random_filings, random_person, random_visits
from rules_builder import (
    DISEASES,
    GROUPS,
    Builder,
    OneArea,
    random_fen,
    random_rules,
    read,
    visit,
)

from yibao.benefit.adjudication import adjudicate, check_identities
from yibao.benefit.functions.cells import cell_1
from yibao.benefit.functions.settlement import settle
from yibao.benefit.state import PersonState
from yibao.benefit.steps import STEP_KINDS
from yibao.benefit.terms import Accumulators, Settlement, VisitFacts
from yibao.money.rounding import BASIS, ROUND_HALF_UP_JIAO, ROUND_HALF_UP_YUAN
from yibao.policy import parameters as p
from yibao.policy.keys import (
    CARE,
    DELIVERIES,
    KIND_CHRONIC,
    KIND_MATERNITY,
    MEMBERS,
    PLACES,
    VISIT_KINDS,
)

NOTHING = Accumulators()
seeds = st.integers(min_value=0, max_value=2**32)
"""A seed makes rules and visits; hypothesis chooses and counts the examples."""

LIFE = 10
UNITS = {ROUND_HALF_UP_JIAO: 10, ROUND_HALF_UP_YUAN: 100}
"""What the fund's payment is rounded to, in fen, where it is more than one."""


class Patient(NamedTuple):
    """Who stays the same in a year of visits."""

    member: str
    groups: tuple[str, ...]
    bonus: int


def random_patient(random: Random) -> Patient:
    groups = tuple(random.sample(GROUPS, random.choice((0, 0, 1, 2))))
    return Patient(random.choice(MEMBERS), groups, random.choice((0, random_fen(random, 7))))


def random_facts(random: Random, patient: Patient) -> VisitFacts:
    kind = random.choice(VISIT_KINDS)
    total = random_fen(random, 8.5)
    parts = []
    left = total
    for _ in range(3):
        parts.append(random.choice((0, random.randrange(left // 2 + 1))))
        left -= parts[-1]
    return visit(
        kind,
        total,
        member=patient.member,
        groups=patient.groups,
        ceiling_bonus=patient.bonus,
        tier=random.randrange(5),
        age=random.randrange(2),
        place=random.choice(PLACES),
        disease=random.randrange(len(DISEASES)) if kind == "chronic" else -1,
        former=random.randrange(2),
        prescription=random.randrange(2),
        family_doctor=random.randrange(2),
        delivery=random.choice((-1, *DELIVERIES)) if kind == "maternity" else -1,
        fetuses=random.randrange(1, 3),
        gestation_months=random.randrange(10),
        qualifying_months=random.randrange(20),
        out_of_catalogue=parts[0],
        over_limit=parts[1],
        upfront=parts[2],
    )


class Year:
    """One person's year: the part of a road that keeps keyed accumulators."""

    def __init__(self, rules: tuple[int, ...]) -> None:
        self.rules = rules
        self.used = NOTHING
        self.diseases: dict[int, int] = {}
        self.pregnancy = 0
        self.admissions = 0

    def facts(self, plain: VisitFacts) -> VisitFacts:
        """The visit with what the road knows."""
        inpatient = plain.kind == VISIT_KINDS.index("inpatient")
        return plain._replace(
            nth=self.admissions + 1 if inpatient else 0,
            disease_used=self.diseases.get(plain.disease, 0),
            maternity_used=self.pregnancy,
        )

    def live(self, plain: VisitFacts) -> Settlement:
        facts = self.facts(plain)
        settled, self.used = settle(self.rules, facts, self.used, None)
        assert settled.status == 0
        if facts.kind == KIND_CHRONIC:
            self.diseases[facts.disease] = facts.disease_used + settled.disease_paid
        if facts.kind == KIND_MATERNITY:
            self.pregnancy = 0 if facts.delivery >= 0 else self.pregnancy + settled.maternity_paid
        self.admissions += facts.nth > 0
        return settled


def settleable(random: Random) -> tuple[int, ...]:
    """Random rules in which a disease with a ceiling has an amount for it."""
    rules = Builder(random_rules(random))
    for scheme in ("resident", "employee"):
        for former in ("", "former_"):
            for disease in DISEASES:
                name = f"{scheme}.chronic.{former}disease_ceiling"
                if read(rules.build(), name, disease=disease) is None:
                    rules.set(name, random_fen(random, 6), disease=disease)
    return rules.build()


@given(seeds)
def test_identities_and_nothing_negative(seed: int) -> None:
    random = Random(seed)
    year = Year(settleable(random))
    patient = random_patient(random)
    for _ in range(LIFE):
        before = year.used
        facts = random_facts(random, patient)
        done = year.live(facts)
        check_identities(done)
        assert done.deductible <= done.eligible
        # A layer above may pay of the shares of class B that it counts.
        counts_upfront = cell_1(year.rules, p.UPPER_COUNTS_UPFRONT, facts.member)
        most_upfront = done.upfront if year.rules[counts_upfront] == 1 else 0
        assert done.fund <= done.eligible + most_upfront
        assert done.own >= done.out_of_catalogue + done.over_limit + done.upfront - most_upfront
        assert min(year.used) >= 0
        assert all(now >= was for now, was in zip(year.used, before, strict=True))
        gained = sum(year.used[at] - before[at] for at in POOLED)
        if facts.kind != KIND_MATERNITY:
            assert gained == done.pooled
        assert year.used.upper - before.upper == done.upper
        assert year.used.assistance - before.assistance == done.assistance


POOLED = [
    Accumulators._fields.index(f"{care}_pooled") for care in ("outpatient", "inpatient", "chronic")
]


@given(seeds)
def test_more_eligible_cost_never_lowers_what_the_fund_pays(seed: int) -> None:
    random = Random(seed)
    year = Year(settleable(random))
    patient = random_patient(random)
    for _ in range(random.randrange(6)):
        year.live(random_facts(random, patient))
    facts = year.facts(random_facts(random, patient))
    steps = [random.choice((1, 2, 7, random_fen(random, 6))) for _ in range(12)]
    paid = settle(year.rules, facts, year.used, None)[0].fund
    for step in steps:
        facts = facts._replace(total=facts.total + step)
        trace: list[tuple[int, int, int]] = []
        now = settle(year.rules, facts, year.used, trace)[0].fund
        assert now >= paid - hidden_at_the_ceiling(year.rules, facts.member, trace), facts
        paid = now


def hidden_at_the_ceiling(
    rules: tuple[int, ...], member: int, trace: list[tuple[int, int, int]]
) -> int:
    """How many fen may lie above a basic ceiling before what is paid of them, rounded, shows it.

    Where these count for no layer, or for one of another ratio, they change sides at once.
    """
    by_what_is_borne = rules[cell_1(rules, p.UPPER_RULE, member)] in (
        p.UPPER_OWN_BURDEN,
        p.UPPER_BY_DISEASE,
    )
    if not by_what_is_borne or rules[cell_1(rules, p.UPPER_COUNTS_ABOVE_CEILING, member)] == 1:
        return 0
    ratios = [
        amount for code, _, amount in trace if STEP_KINDS[code].unit == "ratio" and amount > 0
    ]
    return UNITS.get(rules[p.ROUND_FUND], 1) * BASIS // min(ratios, default=BASIS) + 1


@given(seeds)
def test_no_ceiling_is_exceeded(seed: int) -> None:
    random = Random(seed)
    rules = settleable(random)
    year = Year(rules)
    patient = random_patient(random)
    scheme = "resident" if patient.member == "resident" else "employee"
    status = {} if scheme == "resident" else {"status": patient.member}

    def value(name: str, **members: str) -> Any:
        return read(rules, f"{scheme}.{name}", **status, **members)

    def ceiling(name: str, **members: str) -> int | None:
        amount = value(name, **members)
        assert amount is None or isinstance(amount, int)
        return amount

    def own_ceiling(care: str) -> int | None:
        of_groups = [ceiling(f"{care}.group_ceiling", group=group) for group in patient.groups]
        stated = [amount for amount in of_groups if amount is not None]
        return max(stated) if stated else ceiling(f"{care}.annual_ceiling")

    def within(amount: int, most: int | None) -> bool:
        return most is None or amount <= most

    former = random.randrange(2)
    for _ in range(LIFE):
        facts = random_facts(random, patient)._replace(former=former)
        done = year.live(facts)
        used = year.used
        if value("outpatient.ceiling_period") == "year":
            assert within(used.outpatient_pooled, own_ceiling("outpatient"))
        elif VISIT_KINDS[facts.kind] in ("outpatient", "pharmacy"):
            assert within(done.pooled, own_ceiling("outpatient"))
        inpatient = used.inpatient_pooled + used.special_pooled
        assert within(inpatient, own_ceiling("inpatient"))
        if value("outpatient.ceiling_pool") == "with_inpatient":
            assert within(inpatient + used.outpatient_pooled, own_ceiling("inpatient"))
        uncapped = any(value("upper.group_uncapped", group=group) for group in patient.groups)
        if not (uncapped and value("upper.rule") == "own_burden"):
            top = ceiling("upper.annual_ceiling")
            assert within(used.upper, None if top is None else top + patient.bonus)
        for care in CARE:
            spent = getattr(used, f"{care}_deductible")
            assert within(spent, ceiling(f"{care}.deductible_year_ceiling"))
            of_days = value(f"{care}.deductible_days") is not None
            if value(f"{care}.deductible_period") == "year" and not of_days:
                standards = [
                    ceiling(f"{care}.deductible", price_class=tier, nth=nth)
                    for tier in ("1", "2", "2_county", "3", "community")
                    for nth in ("1", "2", "3", "4+")
                ] + [ceiling(f"{care}.place_deductible", place=place) for place in PLACES]
                standards += [
                    ceiling(f"{care}.group_deductible", price_class=tier, group=group)
                    for tier in ("1", "2", "2_county", "3", "community")
                    for group in patient.groups
                ]
                standards += [
                    ceiling(f"{care}.age_deductible", price_class=tier, age=age)
                    for tier in ("1", "2", "2_county", "3", "community")
                    for age in ("below", "from")
                ]
                assert spent <= max(standard or 0 for standard in standards)
        best = [
            read(rules, "assistance.annual_ceiling", group=group)
            for group in patient.groups
            if read(rules, "assistance.ratio", group=group) is not None
        ]
        assert used.assistance <= 0 or within(used.assistance, None if None in best else max(best))
        if facts.kind == KIND_CHRONIC:
            prefix = "former_" if former else ""
            terms = read(
                rules, f"{scheme}.chronic.{prefix}disease_terms", disease=DISEASES[facts.disease]
            )
            own = read(
                rules, f"{scheme}.chronic.{prefix}disease_ceiling", disease=DISEASES[facts.disease]
            )
            if terms in ("month_ceiling", "year_ceiling"):
                assert year.diseases[facts.disease] <= own
            if terms not in ("inpatient_ceiling", "not_listed") and done.pooled:
                ordinary = used.chronic_pooled - used.special_pooled
                assert within(ordinary, own_ceiling("chronic"))
        if facts.kind == KIND_MATERNITY and facts.delivery < 0:
            quota = read(rules, f"{scheme}.maternity.prenatal_quota")
            extra = read(rules, f"{scheme}.maternity.prenatal_per_extra_fetus")
            if (
                read(rules, f"{scheme}.maternity.prenatal_excess") == "ratio"
            ):  # what is above is paid in part
                assert within(year.pregnancy, read(rules, f"{scheme}.maternity.prenatal_ceiling"))
            else:
                assert year.pregnancy <= quota + extra


@given(seeds)
def test_without_entitlement_the_fund_pays_nothing_and_nothing_counts(seed: int) -> None:
    random = Random(seed)
    year = Year(settleable(random))
    patient = random_patient(random)
    for _ in range(3):
        year.live(random_facts(random, patient))
        facts = year.facts(random_facts(random, patient))._replace(entitled=0)
        done, after = settle(year.rules, facts, year.used, None)
        assert done.fund == done.deductible == done.disease_paid == done.maternity_paid == 0
        assert done.own == facts.total
        assert after == year.used


def splittable(random: Random) -> tuple[int, ...]:
    """Random rules under which only the year's sums count: yearly deductible, bands of the year."""
    rules = Builder(settleable(random)).set("rounding.fund", "half_up_fen")
    for care in CARE:
        rules.care(f"{care}.deductible", random_fen(random, 6))
        rules.care(f"{care}.deductible_period", "year")
        rules.care(f"{care}.band_period", "year")
        rules.care(f"{care}.deductible_days", None)
        # At a low ratio one fen below a ceiling stands for a large base that passes upward.
        for band in "12345":
            rules.care(f"{care}.ratio", random.randrange(5_000, 10_001), band=band)
        rules.care(f"{care}.place_ratio", None).care(f"{care}.place_points", 0)
        rules.set(f"employee.{care}.retiree_rule", "own_table")
    rules.care("chronic.disease_ratio", None).care("chronic.former_disease_ratio", None)
    rules.care("outpatient.ceiling_period", "year")
    # What the shared ceiling cuts uses none of a kind's own, which a visit in pieces may so pass.
    if random.random() < 0.5:
        rules.care("outpatient.ceiling_pool", "own").care("chronic.ceiling_pool", "own")
        rules.care("inpatient.ceiling_on", "payments")
    else:
        rules.care("outpatient.annual_ceiling", None).care("chronic.annual_ceiling", None)
        rules.care("chronic.disease_terms", "no_ceiling")
        rules.care("chronic.former_disease_terms", "no_ceiling")
    rules.care("inpatient.disease_points", 0)
    rules.care("inpatient.nth_factor", 10_000).care("inpatient.nth_step", 0)
    # The large-amount layer reads its bands per visit; a waived threshold depends on the order.
    rules.care("upper.band_top", None)
    rules.care("upper.when_basic_ceiling_reached", "threshold_applies")
    # A layer that pays of what is above the ceiling pays no more than is counted of the visit
    # itself: where that is not counted, what an earlier visit left is no longer there.
    rules.care("upper.counts_above_ceiling", 1)
    return rules.build()


@given(seeds)
def test_split_and_merged_visits_differ_by_a_fen_each_at_most(seed: int) -> None:
    random = Random(seed)
    rules = splittable(random)
    patient = random_patient(random)._replace(groups=())
    facts = random_facts(random, patient)._replace(
        kind=VISIT_KINDS.index(random.choice(CARE)),
        disease=random.randrange(len(DISEASES)),
        delivery=-1,
        out_of_catalogue=0,
        over_limit=0,
        upfront=0,
    )
    start = Year(rules)
    for _ in range(random.randrange(3)):
        start.live(facts._replace(total=random_fen(random, 7)))
    parts = [random_fen(random, 7.5) for _ in range(random.randrange(2, 6))]
    merged, split = Year(rules), Year(rules)
    for year in (merged, split):
        year.used, year.diseases = start.used, dict(start.diseases)
        year.admissions = start.admissions
    whole = merged.live(facts._replace(total=sum(parts)))
    pieces = [split.live(facts._replace(total=part)) for part in parts]
    assert sum(piece.deductible for piece in pieces) == whole.deductible
    assert abs(sum(piece.pooled for piece in pieces) - whole.pooled) <= len(parts)
    assert abs(sum(piece.fund for piece in pieces) - whole.fund) <= 3 * len(parts)


@given(seeds)
def test_the_order_of_items_never_matters(seed: int) -> None:
    random = Random(seed)
    world = World()
    library = OneArea(settleable(random), world.home)
    person = random_person(random, world)
    filings = random_filings(random, world)
    for institution, lived in random_visits(random, world, 3):
        first = dataclasses.replace(lived, prescriber_tier=lived.prescriber_tier or "1")
        shuffled = list(first.items)
        random.shuffle(shuffled)
        answers = [
            adjudicate(library, person, institution, each, filings, PersonState())
            for each in (first, dataclasses.replace(first, items=tuple(shuffled)))
        ]
        assert answers[0].settlement == answers[1].settlement
        assert answers[0].after == answers[1].after


@given(seeds)
def test_a_trace_changes_nothing_and_adds_up(seed: int) -> None:
    random = Random(seed)
    year = Year(settleable(random))
    patient = random_patient(random)
    for _ in range(LIFE):
        facts = year.facts(random_facts(random, patient))
        trace: list[tuple[int, int, int]] = []
        traced = settle(year.rules, facts, year.used, trace)
        assert traced == settle(year.rules, facts, year.used, None)
        amounts = {code: amount for code, _, amount in trace}
        done = traced[0]
        assert done.fund in amounts.values()
        assert done.own in amounts.values()
        year.live(facts)
