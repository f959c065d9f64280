"""From the columns of a file to what the loop reads: facts, versions of rules, slots."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from yibao.benefit.visits import DUAL_CHANNEL
from yibao.columns import packing as k
from yibao.columns.amounts import Amounts, read_amounts
from yibao.columns.backend import Backend
from yibao.columns.carried import read_carried
from yibao.columns.frame import NOT_GIVEN, YEARS, Extras, Visits
from yibao.columns.lookups import (
    Places,
    care_places,
    disease_positions,
    group_masks,
    no_pack,
    tiers,
)
from yibao.columns.payments import Payments, read_payments
from yibao.columns.reading import (
    NO_DAY,
    NONE,
    Bools,
    Codes,
    Faults,
    Ints,
    Reader,
    civil_number,
    month_number,
    year_number,
)
from yibao.columns.rows import Owners, Slots
from yibao.columns.rulebooks import Rulebooks
from yibao.columns.schema import COLUMNS, FACT_COLUMNS, STATUSES
from yibao.columns.state_of_rows import (
    NOTHING,
    People,
    assign,
    bonus_of,
    disease_terms,
    find_versions,
    patterns_of,
    walked_years,
)
from yibao.policy import parameters as p
from yibao.policy.keys import (
    KIND_CHRONIC,
    KIND_INPATIENT,
    KIND_MATERNITY,
    KIND_PHARMACY,
    MEMBER_RESIDENT,
    MEMBER_WORKING,
    PLACE_EMERGENCY,
    PLACE_HOME,
    RESIDENT,
)


@dataclass(slots=True)
class Prepared:
    """A batch, ready for the loop."""

    facts: Ints
    """See ``packing``."""
    patterns: Any
    visits: Visits
    extras: Extras
    family_rows: Ints
    slots: Slots
    faults: Faults
    version: Ints
    account_version: Ints
    end_day: Ints
    rule_day: Ints
    people: People
    payments: Payments
    area: Codes
    scheme: Ints
    largest: int
    """Most that the amounts of a family may add up to, in fen."""


def _refuse_by_version(
    rulebooks: Rulebooks, version: Ints, day: Ints, cell: Ints | None, faults: Faults
) -> None:
    """Refuse the rows whose rules lack an option that every settlement needs."""
    status = rulebooks.refusals if cell is None else cell
    lacking = status[version] != 0
    if lacking.any():
        for at, on in np.unique(np.stack((version[lacking], day[lacking])), axis=1).T.tolist():
            text = rulebooks.refusal_text(at, on, int(status[at]))
            faults.at(lacking & (version == at) & (day == on), "area", text)


def _option(rulebooks: Rulebooks, cell: int) -> tuple[Ints, Ints]:
    """Of each version an option's value (0 where it is missing) and its refusal."""
    column = rulebooks.matrix[:, cell]
    missing = column == p.MISSING
    return np.where(missing, 0, column), np.where(missing, -2 - cell, 0)


def prepare(
    table: pa.Table,
    people: People,
    rulebooks: Rulebooks,
    backend: Backend,
    faults: Faults,
    items: pa.Table | None,
) -> Prepared:
    """Read, check and translate the rows of whole families, already in order."""
    reader = Reader(table, COLUMNS, faults)
    rows = table.num_rows
    kind = reader.choice("kind")
    faults.at(kind == NONE, "kind", "这一格必填")
    original_kind = kind
    is_visit = (kind >= 0) & (kind < k.KIND_CARRY)
    end_day = reader.day("end_day")
    start_day = reader.day("start_day") if reader.has("start_day") else end_day
    if reader.has("start_day"):
        start_day = np.where(start_day == NO_DAY, end_day, start_day)
        faults.at((start_day > end_day) & is_visit, "start_day", "晚于 end_day")
        faults.at(
            (start_day != end_day) & is_visit & (kind != KIND_INPATIENT),
            "start_day",
            "只有住院（inpatient）的首日可以早于末日",
        )
    birth_day = reader.day("birth_day")
    faults.at((birth_day == NO_DAY) & is_visit, "birth_day", "这一格必填")
    faults.at((birth_day > start_day) & is_visit, "birth_day", "晚于就诊日")
    reader.choice("sex")
    bad_days = end_day == NO_DAY
    end_day = np.where(bad_days, 0, end_day)
    start_day = np.where(bad_days, 0, start_day)

    # The rules: known on the last day; of the last day, or of the first where the pack says so.
    area = reader.codes("area")
    faults.at(area.numbers < 0, "area", "这一格必填")
    in_area = no_pack(area, rulebooks, faults, "area")
    end_version = find_versions(backend, rulebooks, in_area, end_day, end_day)
    _refuse_by_version(rulebooks, end_version, end_day, None, faults)
    by_admission, lacking = _option(rulebooks, p.STAY_YEAR)
    _refuse_by_version(rulebooks, end_version, end_day, lacking, faults)
    stays = start_day is not end_day
    rule_day, version = end_day, end_version
    if stays and by_admission[end_version].any():
        rule_day = np.where(by_admission[end_version] == 1, start_day, end_day)
        version = find_versions(backend, rulebooks, in_area, end_day, rule_day)
        _refuse_by_version(rulebooks, version, rule_day, None, faults)
    by_discharge, lacking = _option(rulebooks, p.STAY_PERSON)
    _refuse_by_version(rulebooks, version, rule_day, lacking, faults)
    person_day, class_version = rule_day, version
    if stays:
        person_day = np.where(by_discharge[version] == 1, end_day, start_day)
        moved = np.flatnonzero(person_day != rule_day)
        if len(moved):
            class_version = version.copy()
            class_version[moved] = find_versions(
                backend, rulebooks, in_area[moved], end_day[moved], person_day[moved]
            )
            _refuse_by_version(rulebooks, class_version, person_day, None, faults)

    # The person on the day that counts.
    scheme = reader.choice("scheme")
    faults.at(scheme == NONE, "scheme", "这一格必填")
    status = reader.choice("status")
    faults.at(
        (scheme == 1) & (status == NONE) & is_visit, "status", f"职工必须写 {' 或 '.join(STATUSES)}"
    )
    faults.at((scheme == RESIDENT) & (status != NONE), "status", "居民不写 status")
    member = np.where(scheme == RESIDENT, MEMBER_RESIDENT, MEMBER_WORKING + np.maximum(status, 0))
    scheme = np.maximum(scheme, 0)
    age = (civil_number(person_day) - civil_number(birth_day)) // 10_000
    of_age = (age >= rulebooks.matrix[:, p.AGE_LINE][version]).astype(np.int64)
    entitled = _entitled(reader, person_day, is_visit, faults)
    groups = group_masks(rulebooks, version, reader.codes("groups"), is_visit, faults)

    # Where, and what.
    emergency = reader.flag("emergency")
    care_area = reader.codes("institution_area")
    if care_area.texts:
        no_area = [len(text) != 6 or not text.isdigit() for text in care_area.texts]
        bad = np.array([*no_area, False])[care_area.numbers]
        faults.at(bad & is_visit, "institution_area", "不是地区代码：请写六位数字")
    prescription = reader.flag("prescription")
    dual = (reader.flag("dual_channel") == 1) & is_visit
    kind = np.where(dual, KIND_CHRONIC, kind)
    institution = reader.choice("institution_kind")
    faults.at((institution == NONE) & is_visit, "institution_kind", "这一格必填")
    places = Places(
        np.maximum(institution, 0),
        reader.number("price_class"),
        reader.choice("grade"),
        reader.flag("county"),
    )
    faults.at(places.price_class == 0, "price_class", "应写 1、2 或 3")
    with_tier = is_visit & ~((kind == KIND_PHARMACY) & (prescription == 0)) & (faults.status == 0)
    tier = tiers(rulebooks, class_version, person_day, places, with_tier, faults)
    place = np.zeros(rows, dtype=np.int64)
    if care_area.texts:
        place = care_places(
            area,
            care_area,
            reader.choice("filing_kind"),
            emergency,
            is_visit & (in_area >= 0),
            faults,
        )
    if emergency.any():
        as_away = rulebooks.value(version, p.HOME_EMERGENCY, member)
        moved = (place == PLACE_HOME) & (emergency == 1) & (kind == KIND_INPATIENT) & (as_away == 1)
        place = np.where(moved, PLACE_EMERGENCY, place)
    diseases = reader.codes("disease")
    if dual.any():
        diseases = Codes(
            np.where(dual, len(diseases.texts), diseases.numbers), [*diseases.texts, DUAL_CHANNEL]
        )
    carrying = kind == k.KIND_CARRY
    disease = disease_positions(
        rulebooks, version, diseases, (is_visit | carrying) & (faults.status == 0), faults
    )
    faults.at(
        (kind == KIND_CHRONIC) & (disease == NONE), "disease", "慢特病就诊（chronic）必须写病种"
    )
    former, by_month = disease_terms(
        reader, rulebooks, version, kind, scheme, disease, start_day, end_day
    )
    maternity = kind == KIND_MATERNITY
    delivery = reader.choice("delivery")
    fetuses = reader.number("fetuses", 1)
    gestation = reader.number("gestation_months", 0)
    if maternity.any():
        faults.at(maternity & (fetuses == 0), "fetuses", "至少是 1")
    for name, value, default in (
        ("delivery", delivery, NONE),
        ("fetuses", fetuses, 1),
        ("gestation_months", gestation, 0),
    ):
        faults.at((value != default) & is_visit & ~maternity, name, "只用于生育就诊（maternity）")
    classes = reader.choice("contribution_class", 0)
    qualifying = np.where(maternity, reader.number("qualifying_months", 0), 0)

    setting = (kind == KIND_INPATIENT).astype(np.int64)
    listed = np.flatnonzero((kind == KIND_CHRONIC) & (disease >= 0))
    setting[listed] = rulebooks.value(
        version[listed], p.DISEASE_SETTING, scheme[listed], disease[listed]
    )
    amounts = read_amounts(
        reader, rulebooks, backend, faults, items, version, rule_day, end_day, scheme, setting,
        area, care_area, is_visit,
    )  # fmt: skip
    payments = read_payments(
        reader, rulebooks, backend, faults, people, area, end_day, end_version, entitled, is_visit
    )
    carried = read_carried(reader, faults, kind, disease, payments.relative)

    year = year_number(rule_day)
    end_year = year if rule_day is end_day else year_number(end_day)
    admission_year = year_number(start_day) if stays else year
    period = year
    if by_month.any():
        period = np.where(by_month == 1, month_number(end_day), year)
    bonus_kind, bonus, first_year = bonus_of(
        reader, rulebooks, end_version, scheme, original_kind, end_year, faults
    )
    walk_years = reader.constant(0)
    if (bonus_kind == k.BONUS_YEARS).any():
        walks = (bonus_kind == k.BONUS_YEARS) & (first_year >= 0) & (faults.status == 0)
        walk_years = np.where(walks, np.maximum(end_year - first_year + 1, 0), 0)
        faults.at(walk_years > YEARS, "timely_years", "年度太多，无法计算激励")
    walk_start, walk_version = walked_years(
        backend, rulebooks, in_area, end_day, first_year, walk_years, faults
    )
    family_doctor = reader.flag("family_doctor")
    reader.check_unread(FACT_COLUMNS)
    refused = faults.status != 0
    facts = kind.copy()
    shifted = np.empty_like(facts)
    for name, values in (
        ("member", member), ("tier", tier), ("age", of_age), ("place", place), ("groups", groups),
        ("disease", disease), ("former", former), ("entitled", entitled),
        ("prescription", prescription), ("family_doctor", family_doctor),
        ("delivery", delivery), ("fetuses", fetuses), ("gestation_months", gestation),
        ("qualifying_months", qualifying), ("contribution_class", classes),
        ("by_month", by_month), ("carried", carried.given), ("bonus", bonus_kind),
        ("draw_own", payments.own), ("draw_relative", payments.by_relative),
    ):  # fmt: skip
        field = k.FIELDS[name]
        if field.least:
            values = values - field.least
        if values.any():
            np.left_shift(values, field.shift, out=shifted)
            facts |= shifted

    facts[refused] = k.KIND_REFUSED
    relative_used = np.where(refused, NONE, payments.relative)
    slots = assign(
        backend,
        people,
        Owners(
            np.where(refused, k.KIND_REFUSED, kind), people.person, scheme, year, admission_year,
            disease, period, relative_used if payments.any_relative else NOTHING,
            walk_years, end_year,
        ),
    )  # fmt: skip
    narrow = _narrow(amounts)
    largest = _largest(amounts, carried.values, people.family_rows)
    patterns, pattern = patterns_of(backend, rulebooks, facts, version)
    visits = Visits(
        pattern,
        narrow[0],
        narrow[1],
        narrow[2],
        narrow[3],
        slots.year,
        slots.other,
        slots.person,
    )
    extras = Extras(
        payments.version.astype(np.int32),
        slots.relative,
        payments.limit,
        bonus,
        end_version.astype(np.int32),
        walk_years.astype(np.int32),
        walk_start,
        walk_version,
        slots.walk,
        carried.at,
        carried.values,
        _reversed_rows(reader, kind, people, faults),
    )
    return Prepared(
        facts, patterns, visits, extras, people.family_rows, slots, faults, version,
        payments.version, end_day, rule_day, people, payments, area, scheme, largest,
    )  # fmt: skip


def _entitled(reader: Reader, day: Ints, is_visit: Bools, faults: Faults) -> Ints:
    if reader.has("entitled") == reader.has("covered_from_day"):
        faults.at(is_visit, "entitled", "entitled 与 covered_from_day 两列要有且只有一列")
        return np.zeros(len(day), dtype=np.int64)
    if reader.has("entitled"):
        entitled = reader.flag("entitled", NONE)
        faults.at((entitled == NONE) & is_visit, "entitled", "这一格必填")
        return np.maximum(entitled, 0)
    first, last = reader.day("covered_from_day"), reader.day("covered_to_day")
    held: Bools = (first != NO_DAY) & (first <= day) & ((last == NO_DAY) | (day <= last))
    return held.astype(np.int64)


def _reversed_rows(reader: Reader, kind: Ints, people: People, faults: Faults) -> Ints:
    """The row of the visit that each reversal names; -1 where it stands in no earlier row."""
    reversing = kind == k.KIND_REVERSE
    if not reversing.any():
        return NOTHING
    visit, named = reader.codes("visit"), reader.codes("reverses")
    target = np.full(len(kind), NONE, dtype=np.int64)
    family = np.searchsorted(people.family_rows, np.arange(len(kind)), side="right")
    rows_of: dict[tuple[int, str], int] = {}
    for row in np.flatnonzero((visit.numbers >= 0) & (kind < k.KIND_CARRY)).tolist():
        rows_of[int(family[row]), visit.texts[visit.numbers[row]]] = row
    for row in np.flatnonzero(reversing).tolist():
        name = visit.texts and named.numbers[row] >= 0 and named.texts[named.numbers[row]]
        found = rows_of.get((int(family[row]), str(name)), NONE) if name else NONE
        target[row] = found if found < row else NONE
    return target


def _narrow(amounts: Amounts) -> list[Any]:
    """Amounts in 32 bits where all of them fit, else in 64."""
    wide = int(amounts.total.max(initial=0)) >= 1 << 31
    columns: list[Any] = list(amounts.columns())
    return columns if wide else [column.astype(np.int32) for column in columns]


def _largest(amounts: Amounts, carried: Ints, family_rows: Ints) -> int:
    """Most that the amounts of one family may add up to, with what is carried in."""
    of_row = int(amounts.total.max(initial=0)) + int(
        np.abs(carried[carried != NOT_GIVEN]).max(initial=0)
    )
    return int(np.diff(family_rows).max(initial=0)) * of_row
