"""A second opinion: visits settled in one straight line with fractions.

Written from the scenario's text and the parameters' descriptions, with none of the
benefit functions.  Rules are read by name (``Parameters``), facts are the plain
records that every road fills.  Only people whose periods all count as paid.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

from oracle_base import (
    WHOLE,
    Basic,
    Book,
    Context,
    Parameters,
    UnknownError,
    basic_layer,
    inpatient_left,
    on_cost,
    outpatient,
    own_ceiling,
    rounded,
    shares_inpatient_ceiling,
)

from yibao.benefit.facts import Enrolment, Filing, Grant, Institution, Person, Visit
from yibao.policy.days import day_number
from yibao.policy.kinds import HOSPITALS

__all__ = ["Book", "Parameters", "UnknownError", "pay", "settle"]


def settle(
    rules_on: Callable[[datetime.date], Parameters],
    person: Person,
    institution: Institution,
    visit: Visit,
    filings: Sequence[Filing],
    book: Book,
    bonus: int = 0,
) -> dict[str, int]:
    """Settle a visit, write it into ``book``; ``UnknownError`` leaves the book as it was."""
    day = visit.end
    if _stated(rules_on(day)).get("stay.year_by") == "admission":
        day = visit.start
    rules = _stated(rules_on(day))
    when = visit.start if rules.get("stay.person_by") == "admission" else visit.end
    on_admission = _stated(rules_on(when))
    enrolled = [candidate for candidate in person.enrolments if candidate.holds_on(when)]
    enrolment = enrolled[0] if enrolled else _nearest(person, when)
    scheme = enrolment.scheme
    dual = visit.dual_channel and institution.dual_channel
    kind = "chronic" if dual else visit.kind
    place = _place(enrolment.area, institution, filings, when, visit.emergency)
    born = person.birth
    age = when.year - born.year - ((when.month, when.day) < (born.month, born.day))
    named = [
        membership.group
        for membership in person.groups
        if membership.start <= when and (membership.end is None or when <= membership.end)
    ]
    of_age_and_plan = _more_groups(rules, enrolment, replace(visit, referred=False), age)
    if any(
        rules.get("crossing.group_home_terms", group=group) for group in named + of_age_and_plan
    ):
        place = "home"
    status = {"status": enrolment.status or ""} if scheme == "employee" else {}
    at_home_as_away = (
        kind == "inpatient"
        and place == "home"
        and visit.emergency
        and rules.get(f"{scheme}.inpatient.home_emergency", **status) == "as_away"
    )
    context = Context(
        rules=rules,
        scheme=scheme,
        status=status,
        groups=named + _more_groups(rules, enrolment, visit, age),
        place="emergency" if at_home_as_away else place,
        price_class=(
            "1"
            if kind == "pharmacy" and not visit.prescription
            else _class_at_place(on_admission, institution, place, visit)
        ),
        age="from" if age >= rules.get("person.age_line") else "below",
        visit=visit,
        book=book,
        year=_benefit_year(rules, scheme, day),
        nth=book.admissions[scheme, _benefit_year(rules, scheme, visit.start)] + 1,
        disease="dual_channel" if dual else visit.disease,
        bonus=bonus if scheme == "resident" else 0,
        hospital=institution.kind if institution.kind in HOSPITALS else "hospital",
        of_item_groups={"essential_drug": 0, "chinese_medicine": 0},
    )
    amounts = dict.fromkeys(
        "total out_of_catalogue over_limit upfront deductible pooled upper assistance".split(), 0
    )
    for item in visit.items:
        amounts["total"] += item.amount
        if item.item_class == "C":
            amounts["out_of_catalogue"] += item.amount
            continue
        within = item.amount if item.limit is None else min(item.amount, item.limit)
        amounts["over_limit"] += item.amount - within
        if item.item_class == "B":
            setting = "inpatient" if visit.kind == "inpatient" else "outpatient"
            if kind == "chronic":
                setting = rules.get(f"{scheme}.chronic.disease_setting", disease=context.disease)
            exact = (
                _catalogue_share(rules, scheme, setting, item.kind, within)
                if item.upfront is None
                else Fraction(within * item.upfront, WHOLE)
            )
            share = rounded(exact, rules.get("rounding.item"))
            share = min(share, within)
            amounts["upfront"] += share
            within -= share
        if item.group is not None:
            context.of_item_groups[item.group] += within
    eligible = (
        amounts["total"] - amounts["out_of_catalogue"] - amounts["over_limit"] - amounts["upfront"]
    )
    amounts["eligible"] = eligible
    if enrolled:
        _benefits(context, kind, eligible, enrolment, person, filings, when, amounts)
    amounts["fund"] = amounts["pooled"] + amounts["upper"] + amounts["assistance"]
    amounts["own"] = amounts["total"] - amounts["fund"]
    return amounts


def _benefit_year(rules: Parameters, scheme: str, day: datetime.date) -> int:
    """Named by the calendar year that it begins in."""
    first_month: int = rules.get(f"{scheme}.benefit_year.first_month")
    return day.year if day.month >= first_month else day.year - 1


def _catalogue_share(
    rules: Parameters, scheme: str, setting: str, item_kind: str, price: int
) -> Fraction:
    """By the parts of the price that lie in each band."""
    share = Fraction(0)
    bottom = 0
    for band in ("1", "2", "3", "4", "5+"):
        members = {"setting": setting, "item_kind": item_kind, "band": band}
        top = rules.get(f"{scheme}.catalogue.upfront_band_top", **members)
        end = price if top is None else min(price, top)
        if end > bottom or band == "1":
            ratio = rules.get(f"{scheme}.catalogue.upfront", **members)
            share += Fraction(max(0, end - bottom) * ratio, WHOLE)
        if top is None or price <= top:
            break
        bottom = top
    return share


def _stated(rules: Parameters) -> Parameters:
    """Rules of a day on which the packs say how to round; nothing is settled on others."""
    for name in ("fund", "item", "bill"):
        rules.get(f"rounding.{name}")
    return rules


def _more_groups(rules: Parameters, enrolment: Enrolment, visit: Visit, age: int) -> list[str]:
    """What somebody counts as by age, by the plan paid for, and by the visit itself."""
    groups = []
    for group in rules.layout.slots["group"]:
        first = rules.get("person.group_from_age", group=group)
        last = rules.get("person.group_to_age", group=group)
        by_age = first is not None or last is not None
        inside = (first is None or age >= first) and (last is None or age <= last)
        by_visit = group == "sent_on" and visit.referred
        if (by_age and inside) or group == f"plan_{enrolment.plan}" or by_visit:
            groups.append(group)
    return groups


def _nearest(person: Person, day: datetime.date) -> Enrolment:
    before = [each for each in person.enrolments if each.start <= day]
    return before[-1] if before else person.enrolments[0]


def _benefits(
    context: Context,
    kind: str,
    eligible: int,
    enrolment: Enrolment,
    person: Person,
    filings: Sequence[Filing],
    when: datetime.date,
    done: dict[str, int],
) -> None:
    if kind == "outpatient" and _passed_by_first_contact(context):
        return
    if kind == "outpatient" or (kind == "pharmacy" and context.visit.prescription):
        layer = outpatient(context, eligible)
        done |= {"deductible": layer.deductible, "pooled": layer.pooled}
        if context.get("upper.counts_outpatient"):
            done |= _above(context, layer, eligible, layer.passed - layer.own_cut, done["upfront"])
        else:
            done["upper"] = _upper_of_outpatients(context, layer.passed - layer.own_cut)
    elif kind == "maternity":
        _maternity(context, eligible, enrolment, person, when, done)
    elif kind in ("inpatient", "chronic"):
        _layers(context, kind, eligible, filings, done)


def _passed_by_first_contact(context: Context) -> bool:
    """Whether another institution had to be seen first, and was not."""
    visit = context.visit
    if context.place != "home" or visit.family_doctor or visit.referred:
        return False
    if context.rules.get("institution.first_contact", price_class=context.price_class):
        return False
    return any(
        context.get("outpatient.first_visit_rule", group=group) == "primary_or_signed"
        for group in context.groups
    )


# --- what a place is ------------------------------------------------------------------------


def _within(area: str, above: str) -> bool:
    if above.endswith("0000"):
        return area[:2] == above[:2] or above == "000000"
    return area[:4] == above[:4] if above.endswith("00") else area == above


def _place(
    home: str,
    institution: Institution,
    filings: Sequence[Filing],
    day: datetime.date,
    emergency: bool,
) -> str:
    if _within(institution.area, home):
        return "home"
    if institution.area[:2] == home[:2]:
        return "in_province"
    latest = None
    for filing in filings:
        counts = (
            filing.care_area is not None
            and filing.holds_on(day)
            and _within(institution.area, filing.care_area)
        )
        if counts and (latest is None or filing.start > latest.start):
            latest = filing
    if latest is not None:
        return latest.kind
    return "emergency" if emergency else "other_temporary"


def _class_at_place(rules: Parameters, institution: Institution, place: str, visit: Visit) -> str:
    price_class = _price_class(rules, institution, visit)
    if price_class == "community" and place != "home":
        return str(rules.get("institution.community_class_away"))
    return price_class


def _price_class(rules: Parameters, institution: Institution, visit: Visit) -> str:
    if institution.kind in ("community", "village"):
        return str(rules.get(f"institution.{institution.kind}_class"))
    if institution.price_class is not None:
        price_class = str(institution.price_class)
    elif institution.grade is not None:
        price_class = rules.get(
            "institution.grade_class", rank=institution.rank or "unstated", grade=institution.grade
        )
    else:
        price_class = rules.get("institution.pharmacy_class")
        if price_class == "as_prescriber":
            if visit.prescriber_tier is None:
                raise UnknownError("prescriber_tier")
            return visit.prescriber_tier
    split = institution.county and rules.get("institution.county_split")
    return "2_county" if price_class == "2" and split else price_class


# --- inpatient stays and listed diseases ------------------------------------------------------


def _chronic(
    context: Context, eligible: int, filings: Sequence[Filing]
) -> tuple[Basic, str] | None:
    disease = context.disease
    assert disease is not None
    visit, scheme, rules = context.visit, context.scheme, context.rules
    admitted = [
        filing.start
        for filing in filings
        if filing.kind == "chronic" and filing.disease == visit.disease
        if filing.holds_on(visit.start)
    ]
    changed = rules.get(f"{scheme}.chronic.former_admitted_before")
    until = rules.get(f"{scheme}.chronic.former_until")
    former = ""
    if admitted and changed and until:
        keeps_former_terms = day_number(min(admitted)) < changed and day_number(visit.end) <= until
        former = "former_" if keeps_former_terms else ""
    terms = rules.get(f"{scheme}.chronic.{former}disease_terms", disease=disease)
    if terms == "not_listed":
        return None
    period = context.year
    if terms == "month_ceiling":
        period = visit.end.year * 100 + visit.end.month
    left = shared_left = None
    if terms == "inpatient_ceiling" or shares_inpatient_ceiling(context, "chronic"):
        shared_left = inpatient_left(context)
    if terms != "inpatient_ceiling":
        ceiling = own_ceiling(context, "chronic")
        spent = context.used("chronic_pooled") - context.used("special_pooled")
        left = None if ceiling is None else max(0, ceiling - spent)
    if terms in ("month_ceiling", "year_ceiling"):
        own = rules.get(f"{scheme}.chronic.{former}disease_ceiling", disease=disease)
        if own is None:
            raise UnknownError("disease_ceiling")
        room = max(0, own - context.book.diseases[scheme, disease, period])
        context.disease_left = room
        left = room if left is None else min(left, room)
    ratio = rules.get(f"{scheme}.chronic.{former}disease_ratio", disease=disease)
    layer = basic_layer(context, "chronic", eligible, left, ratio, shared_left)
    context.use("chronic_pooled", layer.pooled)
    context.book.diseases[scheme, disease, period] += layer.pooled
    if terms == "inpatient_ceiling":
        context.use("special_pooled", layer.pooled)
    return layer, terms


def _layers(
    context: Context, kind: str, eligible: int, filings: Sequence[Filing], amounts: dict[str, int]
) -> None:
    if kind == "inpatient":
        layer = basic_layer(context, "inpatient", eligible, None, None, inpatient_left(context))
        context.use("inpatient_pooled", layer.pooled)
        year = _benefit_year(context.rules, context.scheme, context.visit.start)
        context.book.admissions[context.scheme, year] += 1
    else:
        layer_and_terms = _chronic(context, eligible, filings)
        if layer_and_terms is None:
            return
        layer, _ = layer_and_terms
    passed = layer.passed - layer.own_cut
    amounts |= {"deductible": layer.deductible, "pooled": layer.pooled}
    amounts |= _above(context, layer, eligible, passed, amounts["upfront"])


def _above(
    context: Context, layer: Basic, eligible: int, passed: int, upfront: int
) -> dict[str, int]:
    """What the layers above pay; ``passed`` to the one above the ceiling."""
    own = eligible - layer.pooled
    beside = _pays_beside(context)
    if not context.get("upper.counts_above_ceiling") or beside:
        own -= layer.passed
    if context.get("upper.counts_upfront"):
        own += upfront
    upper = min(own, _upper(context, own, passed, layer.deductible))
    above = _beside_the_burden(context, passed)
    burden = context.used("eligible_own") - context.used("assistance")
    burden -= _paid_of_burden(context, own) if beside else context.used("upper")
    context.use("eligible_own", own)
    context.use("upper", upper + above)
    assisted = _assistance(context, max(0, burden), own - upper)
    context.use("assistance", assisted)
    return {"upper": upper + above, "assistance": assisted}


def _pays_beside(context: Context) -> bool:
    """Whether what lies above the ceiling is paid by a ratio of its own, beside the burden."""
    try:
        if context.get("upper.rule") != "own_burden":
            return False
    except UnknownError:
        return False  # left out, and named
    try:
        return context.get("upper.above_ceiling_ratio") is not None
    except UnknownError:
        return True


def _beside_the_burden(context: Context, passed: int) -> int:
    """What a layer by the own burden pays of what lies above the ceiling."""
    if passed == 0 or not _pays_beside(context):
        return 0
    ratio = context.get("upper.above_ceiling_ratio")
    return context.fund(Fraction(passed * ratio, WHOLE), passed)


def _paid_of_burden(context: Context, own: int) -> int:
    """What a layer that pays beside the burden has paid of it; ``own``: of this visit."""
    if context.get("upper.settled") == "after_year":
        return 0
    return _burden_of_year(context, context.used("eligible_own"), own)


def _upper_bands(context: Context, base: int, points: int) -> int:
    exact = Fraction(0)
    at = 0
    for band in range(1, 6):
        top = context.get("upper.band_top", band=str(band)) if band < 5 else None
        end = base if top is None else min(base, top)
        if end > at:
            ratio = min(WHOLE, context.get("upper.ratio", band=str(band)) + points)
            exact += Fraction((end - at) * ratio, WHOLE)
            at = end
        if at == base:
            break
    return context.fund(exact, base)


def _upper_of_outpatients(context: Context, passed: int) -> int:
    """What the shared ceiling cuts from a visit of outpatients goes to a layer above it."""
    if passed == 0:
        return 0
    try:
        if context.get("upper.rule") != "above_ceiling":
            upper = _beside_the_burden(context, passed)
            context.use("upper", upper)
            return upper
    except UnknownError:
        return 0  # left out, and named
    upper = _upper(context, passed, passed, 0)
    context.use("upper", upper)
    return upper


def _upper(context: Context, own: int, passed: int, borne: int) -> int:
    try:
        rule = context.get("upper.rule")
    except UnknownError:
        return 0  # left out, and named
    before = context.used("upper")
    if rule in ("above_ceiling", "each_visit"):
        passed = passed if rule == "above_ceiling" else own - borne
        if passed == 0:
            return 0
        ceiling = context.get("upper.annual_ceiling")
        paid = _upper_bands(context, passed, 0)
        return paid if ceiling is None else min(paid, max(0, ceiling + context.bonus - before))
    if rule == "none":
        return 0
    if rule == "by_disease":
        return _upper_by_disease(context, own)
    if context.get("upper.settled") == "after_year":
        return 0
    year = _burden_of_year(context, context.used("eligible_own") + own, own)
    if _pays_beside(context):
        before = _paid_of_burden(context, own)
    return max(0, year - before)


def _burden_of_year(context: Context, burden: int, own: int) -> int:
    """What the layer comes to for a year's own burden; ``own``: of this visit."""
    threshold = context.get("upper.threshold")
    if context.groups:
        factors = [
            context.get("upper.group_threshold_factor", group=group) for group in context.groups
        ]
        threshold = context.fund(Fraction(threshold * min(factors), WHOLE), threshold)
    waived = context.get("upper.when_basic_ceiling_reached") == "threshold_waived"
    left = _known_inpatient_left(context)
    if waived and left is not None and left <= (own if on_cost(context) else 0):
        threshold = 0
    if burden <= threshold:
        return 0
    points = max(
        (context.get("upper.group_points", group=group) for group in context.groups), default=0
    )
    first = _upper_bands(context, burden - threshold, max(0, points))
    total = first
    second_from = context.get("upper.second_threshold")
    if second_from is not None and burden - first > second_from:
        base = burden - first - second_from
        ratio = context.get("upper.second_ratio")
        total += context.fund(Fraction(base * ratio, WHOLE), base)
    ceiling = context.get("upper.annual_ceiling")
    uncapped = any(context.get("upper.group_uncapped", group=group) for group in context.groups)
    if ceiling is not None and not uncapped:
        total = min(total, ceiling + context.bonus)
    return total


def _known_inpatient_left(context: Context) -> int | None:
    """Nothing is reached of a ceiling that no source gives."""
    try:
        context.get("inpatient.annual_ceiling")
    except UnknownError:
        if not any(
            context.get("inpatient.group_ceiling", group=group) is not None
            for group in context.groups
        ):
            return None
    return inpatient_left(context)


def _upper_by_disease(context: Context, own: int) -> int:
    """A share of the own part for the diseases on a list, without threshold."""
    if context.disease is None or own <= 0:
        return 0
    ratio = context.get("upper.disease_ratio", disease=context.disease)
    if ratio is None:
        return 0
    of_groups = [context.get("upper.group_disease_ratio", group=group) for group in context.groups]
    best = max([ratio, *(own_ratio for own_ratio in of_groups if own_ratio is not None)])
    ceiling = context.get("upper.annual_ceiling")
    paid = context.fund(Fraction(own * best, WHOLE), None)
    if ceiling is None:
        return paid
    return min(paid, max(0, ceiling + context.bonus - context.used("upper")))


def _assistance_ratio(context: Context, group: str) -> int | None:
    try:
        ratio: int | None = context.rules.get("assistance.ratio", group=group)
    except UnknownError:
        return None  # left out, and named
    return ratio


def _assistance(context: Context, before: int, added: int) -> int:
    """``before``: what the year has left to the person so far; ``added``: by this visit."""
    ratios = [
        (_assistance_ratio(context, group), group)
        for group in context.rules.layout.slots["group"]
        if group in context.groups
    ]
    ratios = [(ratio, group) for ratio, group in ratios if ratio is not None]
    if not ratios:
        return 0
    best = max(ratio for ratio, _ in ratios)
    group = next(group for ratio, group in ratios if ratio == best)
    threshold = context.rules.get("assistance.threshold", group=group)
    base = max(0, before + added - max(before, threshold))
    paid = context.fund(Fraction(base * best, WHOLE), base)
    ceiling = context.rules.get("assistance.annual_ceiling", group=group)
    return paid if ceiling is None else min(paid, max(0, ceiling - context.used("assistance")))


# --- maternity --------------------------------------------------------------------------------


def _months_before(person: Person, day: datetime.date) -> int:
    """Employee months in a row before the month of ``day``, at most 600."""
    count = 0
    first = day.replace(day=1)
    while count < 600:
        last = first - datetime.timedelta(days=1)
        first = last.replace(day=1)
        enrolment = person.enrolment_on(first) or person.enrolment_on(last)
        if enrolment is None or enrolment.scheme != "employee":
            break
        count += 1
    return count


def _maternity(
    context: Context,
    eligible: int,
    enrolment: Enrolment,
    person: Person,
    when: datetime.date,
    done: dict[str, int],
) -> None:
    rules, visit, scheme = context.rules, context.visit, context.scheme
    if scheme == "employee":
        needed = rules.get("maternity.qualifying_months", **{"class": enrolment.contribution_class})
        if _months_before(person, when) < needed:
            if visit.delivery is not None:
                context.book.pregnancy = 0
            return
    name = f"{scheme}.maternity"
    if visit.delivery is not None:
        outside = None
        if visit.without_stay:
            outside = rules.get(f"{name}.outpatient_ceiling", delivery=visit.delivery)
        ceiling = outside
        if outside is None:
            ceiling = rules.get(
                f"{name}.delivery_ceiling", delivery=visit.delivery, price_class=context.price_class
            )
        if "miscarriage" in visit.delivery:
            band = "1"
            for each in "123":
                since = rules.get("maternity.gestation_from", gestation=each)
                if since is not None and (visit.gestation_months or 0) >= since:
                    band = each
            own = rules.get(f"{name}.miscarriage_ceiling", gestation=band)
            ceiling = ceiling if own is None or outside is not None else own
        if ceiling is not None and rules.get(f"{name}.ceiling_includes_prenatal"):
            ceiling = max(0, ceiling - context.book.pregnancy)
        ratio = rules.get(f"{name}.delivery_ratio", delivery=visit.delivery)
        paid = context.fund(Fraction(eligible * ratio, WHOLE), eligible)
        done["pooled"] = paid if ceiling is None else min(paid, ceiling)
        context.book.pregnancy = 0
        return
    quota = rules.get(f"{name}.prenatal_quota")
    quota += rules.get(f"{name}.prenatal_per_extra_fetus") * (visit.fetuses - 1)
    left = max(0, quota - context.book.pregnancy)
    ratio = rules.get(f"{name}.prenatal_ratio")
    paid = context.fund(Fraction(eligible * ratio, WHOLE), eligible)
    passed = 0
    if paid > left:
        paid = left
        above = eligible - min(eligible, math.ceil(Fraction(left * WHOLE, ratio)))
        excess = rules.get(f"{name}.prenatal_excess")
        if excess == "outpatient":
            passed = above
        elif excess == "ratio":
            own = rules.get(f"{name}.prenatal_excess_ratio")
            paid += context.fund(Fraction(above * own, WHOLE), above)
    ceiling = rules.get(f"{name}.prenatal_ceiling")
    if ceiling is not None:
        paid = min(paid, max(0, ceiling - context.book.pregnancy))
    done["pooled"] = paid
    if passed:
        layer = outpatient(context, passed)
        done["deductible"] = layer.deductible
        done["pooled"] += layer.pooled
        done["upper"] = _upper_of_outpatients(context, layer.passed - layer.own_cut)
    context.book.pregnancy += paid


# --- paying the own part ------------------------------------------------------------------------


def pay(
    rules: Parameters,
    done: Mapping[str, int],
    accounts: Sequence[str],
    balances: Mapping[str, int],
    person: str,
    grant: Grant | None,
    day: datetime.date,
) -> dict[str, int]:
    """Own account until it is empty, then one relative of the same area, then cash."""
    payable = done["own"]
    if rules.get("personal_account.scope") == "own_part_in_catalogue":
        payable -= done["out_of_catalogue"]
    own = min(payable, balances[person]) if "own" in accounts else 0
    aid = 0
    allowed = (
        grant is not None
        and grant.grantor in accounts
        and rules.get("mutual_aid.relation", relation=grant.relation)
        and grant.start <= day
        and (grant.end is None or day <= grant.end)
    )
    if allowed and payable > own:
        assert grant is not None
        standing = balances[person] - own
        if rules.get("mutual_aid.own_balance") == "must_be_zero_before":
            standing = balances[person]
        if standing == 0:
            floor = rules.get("mutual_aid.floor")
            aid = min(payable - own, max(0, balances[grant.grantor] - floor))
            if grant.limit is not None:
                aid = min(aid, grant.limit)
    return {"account": own, "mutual_aid": aid, "cash": done["own"] - own - aid}
