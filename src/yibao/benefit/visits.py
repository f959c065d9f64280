"""What a visit is under the rules: price class, place, fee items, disease (M25, M26, M30)."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

from yibao.benefit.explain import Explanation, TraceEntries, explain
from yibao.benefit.facts import Filing, Institution, Item, Visit
from yibao.benefit.functions.catalogue import fee_item
from yibao.benefit.rules import DayRules, day_rules, lies_in, same_province
from yibao.benefit.steps import OPTION
from yibao.benefit.terms import FeeItem
from yibao.errors import InputError
from yibao.policy import parameters as p
from yibao.policy.compile import PolicyLibrary
from yibao.policy.days import day_number
from yibao.policy.keys import (
    GRADES,
    PLACE_EMERGENCY,
    PLACE_HOME,
    PLACE_IN_PROVINCE,
    PLACE_OTHER,
    PLACES,
    TIER_CLASS_1,
    TIER_CLASS_2,
    TIER_CLASS_2_COUNTY,
    TIER_CLASS_3,
    TIER_COMMUNITY,
)
from yibao.policy.kinds import ItemClass, ItemKind

DUAL_CHANNEL = "dual_channel"
"""The pseudo-disease under which packs write the terms of dual-channel drugs."""

_CLASS_TIERS = {1: TIER_CLASS_1, 2: TIER_CLASS_2, 3: TIER_CLASS_3}
_ITEM_KINDS = tuple(ItemKind)
_ITEM_CLASSES = tuple(ItemClass)


def price_class(rules: DayRules, institution: Institution, trace: TraceEntries) -> int:
    """Position of the price class: as given, else from the hospital grade (K03)."""
    if institution.kind == "community":
        return TIER_COMMUNITY
    if institution.price_class is not None:
        tier = _CLASS_TIERS[institution.price_class]
    elif institution.grade is not None:
        cell = rules.cell(p.GRADE_CLASS, GRADES.index(institution.grade))
        tier = rules.need(cell)
        trace.append((OPTION, cell, tier))
    else:
        tier = rules.need(p.PHARMACY_CLASS)
        trace.append((OPTION, p.PHARMACY_CLASS, tier))
    if tier == TIER_CLASS_2 and institution.county and rules.rules[p.COUNTY_SPLIT] == 1:
        return TIER_CLASS_2_COUNTY
    return tier


def place_of(
    home: str,
    institution: Institution,
    filings: Sequence[Filing],
    day: datetime.date,
    *,
    emergency: bool,
) -> int:
    """Position of the place: at home, in the province, or by the filing that counts."""
    if lies_in(institution.area, home):
        return PLACE_HOME
    if same_province(institution.area, home):
        return PLACE_IN_PROVINCE
    counting = [
        filing
        for filing in filings
        if filing.care_area is not None
        and filing.holds_on(day)
        and lies_in(institution.area, filing.care_area)
    ]
    if counting:
        return PLACES.index(max(counting, key=lambda filing: filing.start).kind)
    return PLACE_EMERGENCY if emergency else PLACE_OTHER


def split_items(
    library: PolicyLibrary,
    visit: Visit,
    institution: Institution,
    home: DayRules,
    scheme: int,
    setting: int,
    known_on: datetime.date,
) -> tuple[tuple[int, int, int, int], Explanation]:
    """Total, out-of-catalogue, over-limit and upfront of the visit's items."""
    catalogue = _catalogue_of(library, visit, institution, home, known_on)
    trace: TraceEntries = []
    total = out = over = upfront = 0
    for item in visit.items:
        part = _part(catalogue, scheme, setting, item, trace)
        total += item.amount
        out += part.out_of_catalogue
        over += part.over_limit
        upfront += part.upfront
    return (total, out, over, upfront), explain(catalogue, trace)


def item_parts(
    library: PolicyLibrary,
    visit: Visit,
    institution: Institution,
    home: DayRules,
    scheme: int,
    setting: int,
    known_on: datetime.date,
) -> list[FeeItem]:
    """What each item of the visit comes to by itself; see :func:`split_items`."""
    catalogue = _catalogue_of(library, visit, institution, home, known_on)
    return [_part(catalogue, scheme, setting, item, None) for item in visit.items]


def _catalogue_of(
    library: PolicyLibrary,
    visit: Visit,
    institution: Institution,
    home: DayRules,
    known_on: datetime.date,
) -> DayRules:
    """The rules whose shares of class B count.

    The catalogue is that of the care area in direct settlement and of the home area
    in a manual claim (K16), as the pack says.
    """
    if not any(item.item_class == "B" and item.upfront is None for item in visit.items):
        return home
    option = p.CATALOGUE_DIRECT if visit.channel == "direct" else p.CATALOGUE_MANUAL
    of_care_area = (home.need(option) == 0) == (visit.channel == "direct")
    if of_care_area and not lies_in(institution.area, home.rulebook.area):
        return day_rules(library, institution.area, home.day, known_on)
    return home


def _part(
    catalogue: DayRules, scheme: int, setting: int, item: Item, trace: TraceEntries | None
) -> FeeItem:
    part = fee_item(
        catalogue.rules,
        scheme,
        setting,
        _ITEM_KINDS.index(item.kind),
        _ITEM_CLASSES.index(item.item_class),
        item.amount,
        -1 if item.upfront is None else item.upfront,
        -1 if item.limit is None else item.limit,
        trace,
    )
    if part.status < 0:
        raise catalogue.refusal(part.status)
    return part


def disease_position(rules: DayRules, visit: Visit, name: str) -> int:
    """Position of a disease that the packs name."""
    position = rules.rulebook.diseases.get(name)
    if position is None:
        raise InputError(
            f"就诊 {visit.id} 的病种 {name} 不在 {rules.rulebook.area} 的政策包里，"
            f"可以写：{'、'.join(rules.rulebook.diseases)}"
        )
    return position


def keeps_former_terms(
    rules: DayRules, scheme: int, visit: Visit, filings: Sequence[Filing]
) -> int:
    """1 if the person was admitted to the list before it changed (O-CD-03: 老人老办法)."""
    admitted = [
        filing.start
        for filing in filings
        if filing.kind == "chronic"
        and filing.disease == visit.disease
        and filing.holds_on(visit.start)
    ]
    before = rules.at(p.FORMER_ADMITTED_BEFORE, scheme)
    until = rules.at(p.FORMER_UNTIL, scheme)
    if not admitted or before <= 0 or until <= 0:
        return 0
    return int(day_number(min(admitted)) < before and day_number(visit.end) <= until)
