"""What a visit is under the rules: price class, place, fee items, disease (M25, M26, M30)."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from yibao.benefit.explain import Explanation, TraceEntries, explain
from yibao.benefit.facts import Filing, Institution, Item, Person, Visit
from yibao.benefit.functions.catalogue import fee_item
from yibao.benefit.functions.catalogue_area import asks_catalogue, catalogue_of_care_area
from yibao.benefit.functions.price_class import (
    CLINIC_COMMUNITY,
    CLINIC_NONE,
    CLINIC_VILLAGE,
    price_class_of,
)
from yibao.benefit.functions.stay import stay_person_day, stay_rules_day
from yibao.benefit.people import home_enrolment
from yibao.benefit.rules import DayRules, day_rules, lies_in, same_province
from yibao.benefit.terms import FeeItem
from yibao.errors import InputError
from yibao.messages import Listed, message
from yibao.policy.compile import PolicyLibrary
from yibao.policy.days import day_number
from yibao.policy.keys import (
    GRADES,
    PLACE_EMERGENCY,
    PLACE_HOME,
    PLACE_IN_PROVINCE,
    PLACE_OTHER,
    PLACES,
    PRICE_CLASSES,
    RANKS,
)
from yibao.policy.kinds import (
    HOSPITALS,
    Channel,
    FilingKind,
    InstitutionKind,
    ItemClass,
    ItemGroup,
    ItemKind,
)

DUAL_CHANNEL = "dual_channel"
"""The pseudo-disease under which packs write the terms of dual-channel drugs."""

_ITEM_GROUPS = tuple(ItemGroup)
_ITEM_KINDS = tuple(ItemKind)
_ITEM_CLASSES = tuple(ItemClass)


@dataclass(frozen=True, slots=True)
class VisitRules:
    """The rules of a visit, and the day on which the facts of its person count."""

    rules: DayRules
    person_day: datetime.date


def rules_of_visit(
    library: PolicyLibrary, person: Person, visit: Visit, known_on: datetime.date
) -> VisitRules:
    """Which rules hold for a visit; ``known_on`` is the day whose knowledge counts."""
    area = home_enrolment(person, visit.start).area
    rules = day_rules(library, area, visit.end, known_on)
    first_day, last_day = day_number(visit.start), day_number(visit.end)
    status, rules_day = stay_rules_day(rules.rules, first_day, last_day)
    if status < 0:
        raise rules.refusal(status)
    if rules_day != last_day:
        rules = day_rules(library, area, visit.start, known_on)
    status, person_day = stay_person_day(rules.rules, first_day, last_day)
    if status < 0:
        raise rules.refusal(status)
    return VisitRules(rules, visit.start if person_day == first_day else visit.end)


def takes_dual_channel(visit: Visit, institution: Institution) -> bool:
    """Whether a dual-channel drug is taken where such drugs are sold."""
    return visit.dual_channel and institution.dual_channel


def price_class(
    rules: DayRules, institution: Institution, prescriber: str | None, trace: TraceEntries
) -> int:
    """Position of the price class of an institution; ``prescriber``: class of who prescribed."""
    tier = price_class_of(
        rules.rules,
        clinic_of(institution.kind),
        institution.price_class or 0,
        0 if institution.rank is None else RANKS.index(institution.rank),
        -1 if institution.grade is None else GRADES.index(institution.grade),
        int(institution.county),
        -1 if prescriber is None else PRICE_CLASSES.index(prescriber),
        trace,
    )
    if tier < 0:
        raise rules.refusal(tier)
    return tier


def clinic_of(kind: InstitutionKind) -> int:
    """Which kind of clinic an institution is: one of ``CLINIC_...``."""
    if kind == InstitutionKind.COMMUNITY:
        return CLINIC_COMMUNITY
    return CLINIC_VILLAGE if kind == InstitutionKind.VILLAGE_CLINIC else CLINIC_NONE


def hospital_position(kind: InstitutionKind) -> int:
    """Position of a kind of hospital; what is none counts as an ordinary one."""
    return HOSPITALS.index(kind) if kind in HOSPITALS else 0


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
) -> tuple[tuple[int, int, int, int, int, int], tuple[FeeItem, ...], Explanation]:
    """Total, out-of-catalogue, over-limit and upfront of the visit's items, and what enters of
    each group of them; and what each item comes to by itself."""
    catalogue = _catalogue_of(library, visit, institution, home, known_on)
    trace: TraceEntries = []
    total = out = over = upfront = 0
    of_group = [0, 0]
    parts = tuple(_part(catalogue, scheme, setting, item, trace) for item in visit.items)
    for item, part in zip(visit.items, parts, strict=True):
        total += item.amount
        out += part.out_of_catalogue
        over += part.over_limit
        upfront += part.upfront
        if item.group is not None:
            entering = item.amount - part.out_of_catalogue - part.over_limit - part.upfront
            of_group[_ITEM_GROUPS.index(item.group)] += entering
    essential_drugs, chinese_medicine = of_group
    amounts = total, out, over, upfront, essential_drugs, chinese_medicine
    return amounts, parts, explain(catalogue, trace)


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
    if not any(
        asks_catalogue(
            _ITEM_CLASSES.index(item.item_class), -1 if item.upfront is None else item.upfront
        )
        for item in visit.items
    ):
        return home
    at_home = home.rulebook.area
    area = catalogue_area(home, at_home, institution.area, visit.channel)
    return home if lies_in(area, at_home) else day_rules(library, area, home.day, known_on)


def catalogue_area(home: DayRules, home_area: str, care_area: str, channel: Channel | None) -> str:
    """The area whose catalogue says what an item is: of care or of home, by the home rules (K16).

    Items that name class and share themselves, the catalogue of a store and that of the command
    line all ask here.  ``RefusedError`` where no source says which.
    """
    if lies_in(care_area, home_area):
        return care_area
    of_care_area = catalogue_of_care_area(home.rules, int(channel == Channel.MANUAL))
    if of_care_area < 0:
        raise home.refusal(of_care_area)
    return care_area if of_care_area else home_area


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
            message(
                "就诊 {id} 的病种 {name} 不在 {area} 的政策包里，可以写：{diseases}",
                id=visit.id,
                name=name,
                area=rules.rulebook.area,
                diseases=Listed(rules.rulebook.diseases),
            )
        )
    return position


def admitted_on(visit: Visit, filings: Sequence[Filing]) -> datetime.date | None:
    """First day of the earliest filing for the visit's disease that holds on its first day."""
    return min(
        (
            filing.start
            for filing in filings
            if filing.kind == FilingKind.CHRONIC
            and filing.disease == visit.disease
            and filing.holds_on(visit.start)
        ),
        default=None,
    )
