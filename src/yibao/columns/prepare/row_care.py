"""Step 3: what each row's visit is, where it was, and on whose terms."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from yibao.benefit.visits import DUAL_CHANNEL, clinic_of, hospital_position
from yibao.columns import packing as k
from yibao.columns.prepare.batch import Batch
from yibao.columns.prepare.lookups import care_places, disease_positions
from yibao.columns.prepare.row_loops import Institutions
from yibao.columns.prepare.row_person import RowPerson
from yibao.columns.prepare.row_rules import RowDays, RowRules
from yibao.columns.read.calendar import month_number
from yibao.columns.read.cells import NONE, Bools, Codes, Ints
from yibao.columns.schema import INSTITUTION_KINDS
from yibao.messages import message
from yibao.policy.keys import KIND_CHRONIC, KIND_MATERNITY, PLACE_HOME, TIER_COMMUNITY

_CLINICS = np.array([*map(clinic_of, INSTITUTION_KINDS), 0], dtype=np.int64)
"""By the number of the kind of an institution; the last one where the cell is empty."""
_HOSPITALS = np.array([*map(hospital_position, INSTITUTION_KINDS), 0], dtype=np.int64)


@dataclass(frozen=True, slots=True)
class RowCare:
    """The visit's facts as the benefit functions take them."""

    kind: Ints
    """Whose terms hold; -1 where the cell is empty."""
    prescription: Ints
    family_doctor: Ints
    sent_on: Ints
    without_stay: Ints
    tier: Ints
    """Position of the price class."""
    place: Ints
    care_area: Codes
    disease: Ints
    """Position, or -1."""
    former: Ints
    by_month: Ints
    """1: the ceiling of the disease, or for outpatients, is one of a month or quarter."""
    last_month: Ints
    """First month yyyymm of that period; read where ``by_month`` is 1."""
    deductible_times: Ints
    """How many times the deductible is borne."""
    delivery: Ints
    fetuses: Ints
    gestation_months: Ints
    qualifying_months: Ints


def read_care(batch: Batch, days: RowDays, rules: RowRules, person: RowPerson) -> RowCare:
    """Kind, institution, place, disease and maternity of each row, checked."""
    emergency = batch.reader.flag("emergency")
    care_area = _care_area(batch)
    prescription = batch.reader.flag("prescription")
    kind = batch.kind
    dual_channel = batch.reader.flag("dual_channel") * batch.is_visit
    if dual_channel.any():
        kind = batch.zeros()
        batch.call("counted_kinds", batch.kind, dual_channel, kind)
    tier = _price_classes(batch, rules, kind, prescription)
    place = _places(batch, rules, care_area, emergency)
    if len(person.groups) and (place != PLACE_HOME).any():
        batch.call("places_of_groups", batch.rules, rules.version, person.groups, place)
    if (place != PLACE_HOME).any() and (tier == TIER_COMMUNITY).any():
        batch.call("classes_at_places", batch.rules, rules.person_version, place, tier)
    if emergency.any():
        batch.call(
            "places_of_stays", batch.rules, rules.version, kind, person.member, emergency, place
        )
    disease = _diseases(batch, rules, kind, dual_channel == 1)
    former, by_month = _disease_terms(batch, days, rules, person.scheme, kind, disease)
    last_month = by_month
    if by_month.any() or batch.rulebooks.by_month:
        last_month = month_number(days.end).astype(np.int64)
        if batch.rulebooks.by_month:
            batch.call(
                "counted_months",
                batch.rules,
                rules.version,
                kind,
                person.member,
                last_month,
                by_month,
            )
    times = batch.reader.constant(1)
    if batch.rulebooks.every_days and days.start is not days.end:
        times = batch.zeros()
        batch.call(
            "times_of_deductibles",
            batch.rules,
            rules.version,
            kind,
            person.member,
            _HOSPITALS[batch.reader.choice("institution_kind")],
            days.start,
            days.end,
            times,
        )
    delivery, fetuses, gestation_months = _maternity(batch)
    months = batch.reader.number("qualifying_months", 0)
    qualifying_months = months
    if months.any():
        qualifying_months = batch.zeros()
        batch.call("qualifying_months", kind, months, qualifying_months)
    return RowCare(
        kind=kind,
        prescription=prescription,
        family_doctor=batch.reader.flag("family_doctor"),
        sent_on=batch.reader.flag("referred"),
        without_stay=batch.reader.flag("without_stay"),
        tier=tier,
        place=place,
        care_area=care_area,
        disease=disease,
        former=former,
        by_month=by_month,
        last_month=last_month,
        deductible_times=times,
        delivery=delivery,
        fetuses=fetuses,
        gestation_months=gestation_months,
        qualifying_months=qualifying_months,
    )


def _care_area(batch: Batch) -> Codes:
    care_area = batch.reader.codes("institution_area")
    if care_area.texts:
        malformed = [len(text) != 6 or not text.isdigit() for text in care_area.texts]
        wrong = np.array([*malformed, False])[care_area.numbers]
        batch.faults.mark(
            wrong & batch.is_visit, "institution_area", message("不是地区代码：请写六位数字")
        )
    return care_area


def _price_classes(batch: Batch, rules: RowRules, kind: Ints, prescription: Ints) -> Ints:
    reader, faults = batch.reader, batch.faults
    institution = reader.choice("institution_kind")
    faults.mark((institution == NONE) & batch.is_visit, "institution_kind", message("这一格必填"))
    price_class = reader.number("price_class")
    grade = reader.choice("grade")
    rank = reader.choice("rank")
    county = reader.flag("county")
    faults.mark(price_class == 0, "price_class", message("应写 1、2 或 3"))
    tier = batch.zeros()
    batch.call(
        "price_classes",
        batch.rules,
        rules.person_version,
        kind,
        prescription,
        Institutions(
            _CLINICS[institution],
            np.maximum(price_class, 0),
            rank + 1 if reader.has("rank") else reader.constant(0),
            grade,
            county,
            reader.choice("prescriber_tier"),
        ),
        (batch.is_visit & batch.fine).astype(np.int64),
        tier,
    )
    batch.refuse("price_class", rules.person_version, rules.person_day, tier)
    return np.maximum(tier, 0)


def _places(batch: Batch, rules: RowRules, care_area: Codes, emergency: Ints) -> Ints:
    """Where each row's institution lies, and by which filing."""
    place = batch.zeros()
    if care_area.texts:
        place = care_places(
            rules.area,
            care_area,
            batch.reader.choice("filing_kind"),
            emergency,
            batch.is_visit & (rules.area_number >= 0),
            batch.faults,
        )
    return place


def _diseases(batch: Batch, rules: RowRules, kind: Ints, dual_channel: Bools) -> Ints:
    """Positions of the diseases; dual-channel drugs are settled under a name of their own."""
    diseases = batch.reader.codes("disease")
    if dual_channel.any():
        diseases = Codes(
            np.where(dual_channel, len(diseases.texts), diseases.numbers),
            [*diseases.texts, DUAL_CHANNEL],
        )
    named = (batch.is_visit | (kind == k.KIND_CARRY)) & batch.fine
    disease = disease_positions(batch.rulebooks, rules.version, diseases, named, batch.faults)
    batch.faults.mark(
        (kind == KIND_CHRONIC) & (disease == NONE),
        "disease",
        message("慢特病就诊（chronic）必须写病种"),
    )
    return disease


def _disease_terms(
    batch: Batch, days: RowDays, rules: RowRules, scheme: Ints, kind: Ints, disease: Ints
) -> tuple[Ints, Ints]:
    """Whether former terms hold, and whether the disease's ceiling is one of a month."""
    former, by_month = batch.zeros(), batch.zeros()
    period = batch.reader.choice("disease_period")
    stated = (kind == k.KIND_CARRY) & (period != NONE)
    by_month[stated] = period[stated]
    listed = np.flatnonzero((disease >= 0) & ((kind == KIND_CHRONIC) | (kind == k.KIND_CARRY)))
    if len(listed) == 0:
        return former, by_month
    batch.call(
        "disease_terms",
        batch.rules,
        listed,
        rules.version,
        scheme,
        disease,
        batch.reader.day("disease_from_day"),
        days.end,
        former,
        by_month,
    )
    by_month[stated] = period[stated]
    return former, by_month


def _maternity(batch: Batch) -> tuple[Ints, Ints, Ints]:
    reader, faults = batch.reader, batch.faults
    maternity = batch.kind == KIND_MATERNITY  # as written: what it counts as may be another
    delivery = reader.choice("delivery")
    fetuses = reader.number("fetuses", 1)
    gestation_months = reader.number("gestation_months", 0)
    if maternity.any():
        faults.mark(maternity & (fetuses == 0), "fetuses", message("至少是 1"))
    for name, column, default in (
        ("delivery", delivery, NONE),
        ("fetuses", fetuses, 1),
        ("gestation_months", gestation_months, 0),
    ):
        faults.mark(
            (column != default) & batch.is_visit & ~maternity,
            name,
            message("只用于生育就诊（maternity）"),
        )
    return delivery, fetuses, gestation_months
