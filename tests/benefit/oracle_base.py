"""The oracle's ground: rules by name, what a person has used, and the basic layer."""

from __future__ import annotations

import datetime
import math
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from rules_builder import read

from yibao.benefit.facts import Visit
from yibao.policy.layout import Layout

WHOLE = 10_000


class UnknownError(Exception):
    """A figure that no source gives."""


class Parameters:
    """The rules of one day, by name: int, choice, flag, or None where there is none."""

    def __init__(self, rules: Sequence[int], layout: Layout) -> None:
        self.rules = rules
        self.layout = layout

    def get(self, name: str, **members: str) -> Any:
        try:
            return read(self.rules, name, self.layout, **members)
        except KeyError:
            raise UnknownError(name) from None


def rounded(amount: Fraction, mode: str) -> int:
    """Fen, or whole jiao, of an exact amount in fen."""
    if mode == "down_fen":
        return math.floor(amount)
    if mode == "up_fen":
        return math.ceil(amount)
    if mode == "half_up_jiao":
        return math.floor(amount / 10 + Fraction(1, 2)) * 10
    assert mode == "half_up_fen"
    return math.floor(amount + Fraction(1, 2))


@dataclass
class Book:
    """What one person has used."""

    year: dict[tuple[str, int, str], int] = field(default_factory=lambda: defaultdict(int))
    """(scheme, year, what) -> fen."""
    admissions: dict[tuple[str, int], int] = field(default_factory=lambda: defaultdict(int))
    diseases: dict[tuple[str, str, int], int] = field(default_factory=lambda: defaultdict(int))
    pregnancy: int = 0
    days: dict[tuple[str, str, str], tuple[datetime.date, int, int]] = field(default_factory=dict)
    """(scheme, kind of care, institution) -> first day, deductible and eligible since."""


@dataclass
class Basic:
    deductible: int
    pooled: int
    passed: int
    own_cut: int
    """The part of ``passed`` that no layer above gets."""


@dataclass
class Context:
    """One visit while it is settled."""

    rules: Parameters
    scheme: str
    status: dict[str, str]
    """Key ``status`` of the employee scheme; empty for residents."""
    groups: list[str]
    place: str
    price_class: str
    age: str
    visit: Visit
    book: Book
    year: int
    nth: int
    disease: str | None
    bonus: int
    of_item_groups: dict[str, int]
    """What enters of each group of items, in their order."""
    hospital: str = "hospital"
    """Kind of hospital; what is none counts as an ordinary one."""
    unsure: set[str] = field(default_factory=set)
    """Kinds of care of whose ceiling it is only known what it is not below."""
    disease_left: int | None = None

    def get(self, name: str, **members: str) -> Any:
        return self.rules.get(f"{self.scheme}.{name}", **self.status, **members)

    def used(self, what: str) -> int:
        return self.book.year[self.scheme, self.year, what]

    def use(self, what: str, amount: int) -> None:
        self.book.year[self.scheme, self.year, what] += amount

    def fund(self, exact: Fraction, whole: int | None = None) -> int:
        """Rounded once; never more than the whole that it is a part of."""
        amount = rounded(exact, self.rules.get("rounding.fund"))
        return amount if whole is None else min(amount, whole)


def _amounts_of_groups(context: Context, name: str, **members: str) -> list[int]:
    """What a parameter states for the person's groups."""
    amounts = [context.get(name, group=group, **members) for group in context.groups]
    return [amount for amount in amounts if amount is not None]


# --- ceilings -------------------------------------------------------------------------------


def own_ceiling(context: Context, care: str) -> int | None:
    """The ceiling of a kind of care: that of the person's groups, else everybody's."""
    of_groups = _amounts_of_groups(context, f"{care}.group_ceiling")
    if of_groups:
        return max(of_groups)
    try:
        everybodys: int | None = context.get(f"{care}.annual_ceiling")
    except UnknownError:
        everybodys = context.get("inpatient.ceiling_at_least") if care == "inpatient" else None
        if everybodys is None:
            raise
        context.unsure.add(care)
    return everybodys


def on_cost(context: Context) -> bool:
    return bool(context.get("inpatient.ceiling_on") == "cost")


def shares_inpatient_ceiling(context: Context, care: str) -> bool:
    """Whether visits of another kind count under the inpatient ceiling."""
    if care == "chronic" and on_cost(context):
        return True
    return bool(context.get(f"{care}.ceiling_pool") == "with_inpatient")


def inpatient_left(context: Context) -> int | None:
    """What the inpatient ceiling still allows, in payments or in cost."""
    ceiling = own_ceiling(context, "inpatient")
    if ceiling is None:
        return None
    spent = context.used("inpatient_pooled")
    if shares_inpatient_ceiling(context, "chronic"):
        spent += context.used("chronic_pooled")
    else:
        spent += context.used("special_pooled")
    if on_cost(context):
        spent += context.used("eligible_own")
    if shares_inpatient_ceiling(context, "outpatient"):
        spent += context.used("outpatient_pooled")
    return max(0, ceiling - spent)


# --- the basic layer ------------------------------------------------------------------------


def _key_of_days(context: Context, care: str) -> tuple[str, str, str]:
    at = context.get(f"{care}.deductible_days_at")
    return context.scheme, care, context.visit.institution if at == "institution" else ""


def _days_begun(context: Context, care: str) -> datetime.date | None:
    """The first day of the days that the visit lies in."""
    first = context.book.days.get(_key_of_days(context, care), (None,))[0]
    count = datetime.timedelta(days=context.get(f"{care}.deductible_days"))
    return first if first is not None and first <= context.visit.end < first + count else None


def _used_in_days(context: Context, care: str) -> tuple[int, int]:
    if not context.get(f"{care}.deductible_days") or not _days_begun(context, care):
        return 0, 0
    return context.book.days[_key_of_days(context, care)][1:]


def _use_in_days(context: Context, care: str, borne: int, eligible: int) -> None:
    """A visit from before the latest days leaves them as they are, one after them begins anew."""
    if not context.get(f"{care}.deductible_days") or not eligible:
        return
    key, day = _key_of_days(context, care), context.visit.end
    first, before, earlier = context.book.days.get(key, (datetime.date.min, 0, 0))
    if _days_begun(context, care):
        context.book.days[key] = (first, before + borne, earlier + eligible)
    elif day > first:
        context.book.days[key] = (day, borne, eligible)


def _deductible(context: Context, care: str, eligible: int) -> int:
    tier = context.price_class
    later = (
        care == "inpatient"
        and context.nth > 1
        and context.get("inpatient.nth_applies", place=context.place)
    )
    amount = context.get(f"{care}.place_deductible", place=context.place)
    if amount is None:
        nth = (str(context.nth) if context.nth < 4 else "4+") if later else "1"
        name = f"{care}.group_deductible"
        of_groups = _amounts_of_groups(context, name, price_class=tier, nth=nth)
        amount = min(of_groups, default=None)
        if amount is None:
            amount = context.get(f"{care}.age_deductible", price_class=tier, age=context.age)
        if amount is None:
            amount = context.get(f"{care}.deductible", price_class=tier, nth=nth)
        if context.visit.family_doctor:
            signed = context.get(f"{care}.family_doctor_deductible", price_class=tier)
            amount = amount if signed is None else min(amount, signed)
    if later:
        nth = str(context.nth) if context.nth < 4 else "4+"
        of_groups = _amounts_of_groups(context, "inpatient.group_nth_factor", nth=nth)
        step = context.get("inpatient.nth_step", price_class=tier)
        if of_groups:
            amount = context.fund(Fraction(amount * min(of_groups), WHOLE), amount)
        elif step:
            floor = context.get("inpatient.nth_floor", price_class=tier)
            amount = max(amount - step * (context.nth - 1), min(floor, amount))
        else:
            factor = context.get("inpatient.nth_factor", price_class=tier, nth=nth)
            amount = context.fund(Fraction(amount * factor, WHOLE), amount)
    factors = [
        context.get(f"{care}.group_deductible_factor", price_class=tier, group=group)
        for group in context.groups
    ]
    if factors and min(factors) < WHOLE:
        amount = context.fund(Fraction(amount * min(factors), WHOLE), amount)
    if care == "inpatient":
        every = context.get("inpatient.deductible_every_days", hospital_kind=context.hospital)
        nights = (context.visit.end - context.visit.start).days
        if every:
            amount *= min(14, max(1, -(-nights // every)))
        if context.get("inpatient.deductible_free", hospital_kind=context.hospital):
            amount = 0
    borne = context.used(f"{care}_deductible")
    if context.get(f"{care}.deductible_days"):
        amount = max(0, amount - _used_in_days(context, care)[0])
    elif context.get(f"{care}.deductible_period") == "year":
        amount = max(0, amount - borne)
    ceiling = context.get(f"{care}.deductible_year_ceiling")
    if ceiling is not None:
        amount = min(amount, max(0, ceiling - borne))
    return min(amount, eligible)


def _ratio(context: Context, care: str, band: int) -> Fraction:
    """Share of the fund in one band."""
    tier = context.price_class
    ratio = context.get(f"{care}.place_ratio", place=context.place)
    if ratio is None:
        rule = "own_table"
        status = dict(context.status)
        if status.get("status") == "retired":
            rule = context.rules.get(f"employee.{care}.retiree_rule")
            if rule != "own_table":
                status["status"] = "working"
        plans = [
            context.rules.get(
                f"{context.scheme}.{care}.plan_ratio",
                **status,
                price_class=tier,
                band=str(band + 1) if band < 4 else "5+",
                group=group,
            )
            for group in context.groups
        ]
        of_plan = [each for each in plans if each is not None]
        ratio = (
            max(of_plan)
            if of_plan
            else context.rules.get(
                f"{context.scheme}.{care}.ratio",
                **status,
                price_class=tier,
                age=context.age,
                band=str(band + 1),
            )
        )
        if rule == "points":
            points = context.rules.get(f"employee.{care}.retiree_points", price_class=tier)
            ratio = max(0, ratio + points)
        elif rule == "own_share_factor":
            factor = context.rules.get(f"employee.{care}.retiree_own_share_factor")
            # A ratio is whole basis points.
            ratio = WHOLE - rounded(Fraction((WHOLE - ratio) * factor, WHOLE), "half_up_fen")
    ratio += context.get(f"{care}.place_points", place=context.place)
    points = [
        context.get(f"{care}.group_points", price_class=tier, group=group)
        for group in context.groups
    ]
    stated = [each for each in points if each]
    ratio += max(stated, default=0)
    if context.visit.family_doctor:
        ratio += context.get(f"{care}.family_doctor_points", price_class=tier)
    if care == "inpatient" and context.disease is not None:
        ratio += context.get("inpatient.disease_points", disease=context.disease)
    for group in context.groups:
        own = context.get(f"{care}.group_ratio", price_class=tier, group=group)
        ratio = ratio if own is None else max(ratio, own)
    return Fraction(min(max(ratio, 0), WHOLE), WHOLE)


def _pieces(
    context: Context, care: str, eligible: int, borne: int, own_ratio: int | None
) -> list[tuple[int, Fraction]]:
    """The base above the deductible in pieces of one ratio, in order."""
    if own_ratio is not None:
        points = context.get(f"{care}.place_points", place=context.place)
        return [(eligible - borne, Fraction(min(max(own_ratio + points, 0), WHOLE), WHOLE))]
    above = context.get(f"{care}.band_start") == "above_deductible"
    first = 0 if above else borne
    if context.get(f"{care}.band_period") == "year":
        first += context.used(f"{care}_eligible")
        if above:
            first -= context.used(f"{care}_deductible")
    elif context.get(f"{care}.band_period") == "days":
        before, earlier = _used_in_days(context, care)
        first += earlier - (before if above else 0)
    last = first + eligible - borne
    pieces = []
    at = first
    for band in range(5):
        top = None
        if band < 4:
            tier = context.price_class
            top = context.get(f"{care}.band_top", price_class=tier, band=str(band + 1))
        end = last if top is None else min(last, top)
        if end > at or (band == 0 and top is None):
            pieces.append((end - at, _ratio(context, care, band)))
            at = end
        if top is None or last <= top:
            break
    return pieces


def _payment(
    context: Context, care: str, pieces: list[tuple[int, Fraction]], base: int
) -> Fraction:
    """The fund's part of the first ``base`` fen: the items of groups come first."""
    exact, left = Fraction(0), base
    for size, ratio in pieces:
        exact += min(size, left) * ratio
        left -= min(size, left)
    left = base
    for group, amount in context.of_item_groups.items():
        part = min(amount, left)
        left -= part
        if part:
            points = context.get(
                f"{care}.item_points", price_class=context.price_class, item_group=group
            )
            exact += Fraction(part * points, WHOLE)
    return max(Fraction(0), min(exact, Fraction(base)))


def _base_used(context: Context, care: str, pieces: list[tuple[int, Fraction]], paid: int) -> int:
    """The base that a payment uses up, in whole fen."""
    if any(context.of_item_groups.values()):
        whole = sum(size for size, _ in pieces)
        return bisect_left(
            range(whole), paid, key=lambda base: _payment(context, care, pieces, base)
        )
    used = Fraction(0)
    rest = Fraction(paid)
    for size, ratio in pieces:
        if size * ratio > rest:
            return math.ceil(used + rest / ratio)
        used += size
        rest -= size * ratio
    return math.ceil(used)


def _check_unsure(
    context: Context, care: str, wanted: int, left: int | None, shared_left: int | None
) -> None:
    """What would be cut by a ceiling of which only a lower bound is known is refused."""
    by_shared = shared_left is not None and (left is None or shared_left <= left)
    most, under = (shared_left, "inpatient") if by_shared else (left, care)
    if most is None or wanted <= most or under not in context.unsure:
        return
    if by_shared or context.disease_left != most:
        raise UnknownError(f"{under}.annual_ceiling")


def basic_layer(
    context: Context,
    care: str,
    eligible: int,
    left: int | None,
    own_ratio: int | None = None,
    shared_left: int | None = None,
) -> Basic:
    """``left`` under the ceiling of this kind of care alone, ``shared_left`` under that of stays:
    only what the latter cuts passes up."""
    borne = _deductible(context, care, eligible)
    above = 0
    if shared_left is not None and care != "outpatient" and on_cost(context):
        above = eligible - min(eligible, max(shared_left, borne))
        if above and "inpatient" in context.unsure:
            raise UnknownError("inpatient.annual_ceiling")
        shared_left = None
    pieces = _pieces(context, care, eligible - above, borne, own_ratio)
    base = eligible - above - borne
    exact = _payment(context, care, pieces, base)
    wanted = context.fund(exact, base)
    _check_unsure(context, care, wanted, left, shared_left)
    paid = wanted if left is None else min(wanted, left)
    base = base if paid == wanted else _base_used(context, care, pieces, paid)
    own_cut = eligible - above - borne - base
    if shared_left is not None and paid > shared_left:
        paid = shared_left
        base = _base_used(context, care, pieces, paid)
    context.use(f"{care}_deductible", borne)
    context.use(f"{care}_eligible", eligible)
    _use_in_days(context, care, borne, eligible)
    return Basic(borne, paid, eligible - borne - base, own_cut)


def outpatient(context: Context, eligible: int) -> Basic:
    ceiling = own_ceiling(context, "outpatient")
    period = context.get("outpatient.ceiling_period")
    day = context.visit.end
    month = day.month if period == "month" else (day.month - 1) // 3 * 3 + 1
    key = (context.scheme, "outpatient", day.year * 100 + month)
    spent = context.used("outpatient_pooled")
    if period != "year":
        spent = context.book.diseases[key]
    left = None if ceiling is None else max(0, ceiling - spent)
    shared = shares_inpatient_ceiling(context, "outpatient")
    shared_left = inpatient_left(context) if shared else None
    layer = basic_layer(context, "outpatient", eligible, left, None, shared_left)
    context.use("outpatient_pooled", layer.pooled)
    if period != "year":
        context.book.diseases[key] += layer.pooled
    return layer
