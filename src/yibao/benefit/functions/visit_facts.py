"""What a visit counts as under the rules, from what is known of it (M22, M26, M28, M30)."""

from yibao.benefit.functions.cells import cell_1
from yibao.benefit.terms import Rules
from yibao.policy import parameters as p
from yibao.policy.keys import (
    CHRONIC,
    INPATIENT,
    KIND_CHRONIC,
    KIND_INPATIENT,
    KIND_MATERNITY,
    KIND_PHARMACY,
    MEMBER_RESIDENT,
    MEMBER_RETIRED,
    MEMBER_WORKING,
    OUTPATIENT,
    PLACE_EMERGENCY,
    PLACE_HOME,
    RESIDENT,
)
from yibao.registry import benefit_function


@benefit_function
def counted_kind(kind: int, dual_channel: int) -> int:
    """The kind whose terms hold: a dual-channel drug is settled as a disease of its own."""
    return KIND_CHRONIC if dual_channel == 1 else kind


@benefit_function
def member_of(scheme: int, retired: int) -> int:
    """Benefit standing: the resident scheme, or a status inside the employee scheme."""
    if scheme == RESIDENT:
        return MEMBER_RESIDENT
    return MEMBER_RETIRED if retired == 1 else MEMBER_WORKING


@benefit_function
def care_of_kind(kind: int) -> int:
    """The kind of care whose accumulators a visit reads and raises."""
    if kind == KIND_INPATIENT:
        return INPATIENT
    return CHRONIC if kind == KIND_CHRONIC else OUTPATIENT


@benefit_function
def needs_price_class(kind: int, prescription: int) -> int:
    """1 unless it is a purchase without prescription, which no rule pays for."""
    return 0 if kind == KIND_PHARMACY and prescription == 0 else 1


@benefit_function
def completed_years(birth: int, day: int) -> int:
    """Completed years of age; both days as yyyymmdd."""
    return (day - birth) // 10_000


@benefit_function
def groups_of_age(rules: Rules, years: int) -> int:
    """Bit mask of the groups that everybody of an age belongs to (completed years)."""
    mask = 0
    for group in range(rules[p.GROUPS]):
        first = rules[cell_1(rules, p.GROUP_FROM_AGE, group)]
        last = rules[cell_1(rules, p.GROUP_TO_AGE, group)]
        if (first >= 0 or last >= 0) and years >= first and (last < 0 or years <= last):
            mask |= 1 << group
    return mask


@benefit_function
def age_position(rules: Rules, years: int) -> int:
    """0 below the age line, 1 from it."""
    return 1 if years >= rules[p.AGE_LINE] else 0


@benefit_function
def place_of_stay(rules: Rules, kind: int, member: int, place: int, emergency: int) -> int:
    """The place whose terms hold: an emergency stay at home may count as one elsewhere."""
    if (
        place == PLACE_HOME
        and emergency == 1
        and kind == KIND_INPATIENT
        and rules[cell_1(rules, p.HOME_EMERGENCY, member)] == 1
    ):
        return PLACE_EMERGENCY
    return place


@benefit_function
def place_of_groups(rules: Rules, groups: int, place: int) -> int:
    """Home where one of the person's groups has the terms of home wherever the care is."""
    if place != PLACE_HOME and groups != 0:
        for group in range(rules[p.GROUPS]):
            if groups >> group & 1 and rules[cell_1(rules, p.GROUP_HOME_TERMS, group)] == 1:
                return PLACE_HOME
    return place


@benefit_function
def needs_qualifying_months(kind: int) -> int:
    """1 where the months of contribution before the visit count: for maternity."""
    return 1 if kind == KIND_MATERNITY else 0


@benefit_function
def raises_ceiling(rules: Rules, scheme: int, kind: int, counted: int) -> int:
    """1 where incentives raise the ceiling: a resident's visit that the upper layer may pay for.

    ``kind`` is that of the visit as it was written, ``counted`` the one whose terms hold, see
    :func:`counted_kind`: a drug of two channels counts as a listed disease, whatever the visit
    was, also a delivery.  Rulebooks that do not say which one matters mean the one written.
    Where there is no layer above the basic one, or none whose terms are known, there is nothing
    to raise.
    """
    layer = rules[cell_1(rules, p.UPPER_RULE, MEMBER_RESIDENT)]
    if scheme != RESIDENT or layer <= p.UPPER_NONE:
        return 0
    by = counted if rules[p.INCENTIVE_KIND] == p.INCENTIVE_AS_COUNTED else kind
    return 1 if by in (KIND_INPATIENT, KIND_CHRONIC) else 0
