"""What everybody has used after a run, as rows that carry it into a next one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from yibao.columns.frame import (
    BALANCE,
    CLAIMS,
    DAYS_BEGIN,
    DAYS_DEDUCTIBLE,
    DAYS_ELIGIBLE,
    MATERNITY_USED,
    WIDTH,
)
from yibao.columns.prepare.carried_in import CARRIED_COLUMNS
from yibao.columns.prepare.pipeline import PreparedRows
from yibao.columns.prepare.slot_loops import TAG_DAYS, TAG_DISEASE, TAG_PERSON, TAG_YEAR
from yibao.columns.read.cells import CIVIL_ZONE, NONE, Ints
from yibao.columns.rulebooks import Rulebooks
from yibao.columns.schema import CARRY, COLUMNS, arrow_type
from yibao.policy.keys import CARE, RESIDENT, SCHEMES

_OF_YEAR = [name for name, at in CARRIED_COLUMNS.items() if at < WIDTH]
_OF_DAYS = ("used_period_deductible_fen", "used_period_eligible_fen")
_WRITTEN = (
    *("person", "family", "kind", "area", "scheme", "end_day", "disease", "disease_period"),
    *_OF_YEAR,
    *("used_disease_fen", "used_maternity_fen", "balance_fen", "opening"),
    *("institution", "period_care", *_OF_DAYS),
)
STATE_SCHEMA = pa.schema([(name, arrow_type(COLUMNS[name])) for name in _WRITTEN])
"""What everybody has used, where the input leaves the types open."""


def state_schema(visits: pa.Schema) -> pa.Schema:
    """The columns of the state after an input, of the input's types, so that both can be joined.

    Amounts are of 64 bits, or texts where the input has texts.
    """
    schema = STATE_SCHEMA
    for name in _WRITTEN:
        source = name if name in visits.names else "person" if name == "family" else ""
        if source in visits.names:
            kind = _type_as_given(visits.field(source).type, COLUMNS[name].unit)
            if kind is not None:
                schema = schema.set(schema.get_field_index(name), pa.field(name, kind))
    return schema


def _type_as_given(kind: pa.DataType, unit: str) -> pa.DataType | None:
    """The type of an input's column, where the state can be written in it."""
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return kind
    if unit == "day":
        fits = pa.types.is_date(kind) or pa.types.is_timestamp(kind)
    else:
        fits = unit in ("text", "choice") and pa.types.is_integer(kind)
    return kind if fits else None


def _cast(column: Any, kind: pa.DataType) -> Any:
    """A column in its type; a day in instants is its first one in China."""
    if pa.types.is_timestamp(kind) and kind.tz is not None:
        return pc.assume_timezone(column.cast(pa.timestamp(kind.unit)), CIVIL_ZONE).cast(kind)
    return column.cast(kind)


def _last_day(period: Ints) -> Ints:
    """The last day of a year, or of a month yyyymm."""
    month = np.where(period > 9_999, period, period * 100 + 12)
    after = (month // 100 - 1970) * 12 + month % 100
    first: Ints = after.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    return first - 1


def _rows_of_slots(ready: PreparedRows) -> Ints:
    """For each slot the last row without a fault that reads it, its own before a relative's."""
    slots = ready.slots
    count = int(slots.family[-1])
    begins = np.repeat(np.asarray(slots.family[:-1]), np.diff(ready.family_rows))
    fine = np.flatnonzero(ready.faults.status == 0)
    row_of = np.full(count, -1, dtype=np.int64)
    if len(slots.relative):
        named = fine[ready.people.relative[fine] >= 0]
        row_of[begins[named] + np.asarray(slots.relative)[named]] = named
    if len(slots.days):
        counted = fine[np.asarray(slots.days)[fine] >= 0]
        row_of[begins[counted] + np.asarray(slots.days)[counted]] = counted
    for column in (slots.other, slots.year, slots.person):
        row_of[begins[fine] + np.asarray(column)[fine]] = fine
    return row_of


def state_rows(table: pa.Table, ready: PreparedRows, state: Any, rulebooks: Rulebooks) -> pa.Table:
    """One row for each person, and for each year and disease that anything was counted for.

    A person's row says what is in the account, also where nobody draws on it in this batch.
    """
    slots = ready.slots
    count = int(slots.family[-1])
    values = np.asarray(state).reshape(-1, WIDTH)[:count]
    tag, owner = np.asarray(slots.tag)[:count], np.asarray(slots.owner)[:count]
    row = _rows_of_slots(ready)
    keep = np.flatnonzero((row >= 0) & (values.any(axis=1) | (tag == TAG_PERSON)))
    tag, owner, values, row = tag[keep], owner[keep], values[keep], row[keep]
    of_year, of_disease, of_person, of_days = (
        tag == wanted_tag for wanted_tag in (TAG_YEAR, TAG_DISEASE, TAG_PERSON, TAG_DAYS)
    )
    period = np.asarray(slots.period)[keep].astype(np.int64)
    scheme = np.where(of_person, ready.scheme[row], np.asarray(slots.scheme)[keep])
    end_day = np.where(
        of_person,
        np.asarray(ready.end_day)[row],
        _last_day(np.where(of_person | of_days, 1970, period)),
    )
    end_day = np.where(of_days, values[:, DAYS_BEGIN], end_day)
    rows = pa.array(row)
    columns: dict[str, Any] = {
        "person": pa.array(ready.people.names.texts or [""], pa.string()).take(pa.array(owner)),
        "family": pa.nulls(len(keep)),
        "kind": pa.array([CARRY] * len(keep), pa.string()),
        "area": table.column("area").take(rows),
        "scheme": pa.array(SCHEMES).take(pa.array(scheme)),
        "end_day": pa.array(end_day.astype(np.int32)).cast(pa.date32()),
        "opening": pa.array([True] * len(keep), pa.bool_()),
    }
    if "family" in table.column_names:
        columns["family"] = table.column("family").take(rows)
    names: list[str | None] = [None] * len(keep)
    named = of_disease & (np.asarray(slots.disease)[keep] >= 0)
    for slot in np.flatnonzero(named).tolist():
        rulebook = rulebooks.rulebook(int(ready.version[row[slot]]))
        names[slot] = list(rulebook.diseases)[int(slots.disease[keep[slot]])]
    columns["disease"] = pa.array(names, pa.string())
    periods = np.where(of_disease, np.where(period > 9_999, "month", "year"), "")
    columns["disease_period"] = pa.array(periods.tolist(), mask=~of_disease)
    for name in _OF_YEAR:
        filled = of_year & (scheme == RESIDENT if CARRIED_COLUMNS[name] == CLAIMS else True)
        columns[name] = pa.array(values[:, CARRIED_COLUMNS[name]], mask=~filled)
    columns["used_disease_fen"] = pa.array(values[:, 0], mask=~of_disease)
    columns["used_maternity_fen"] = pa.array(values[:, MATERNITY_USED], mask=~of_person)
    columns["balance_fen"] = pa.array(values[:, BALANCE], mask=~of_person)
    at_institution = np.where(of_days, period, NONE)
    columns["institution"] = pa.array(
        [
            None if number < 0 else ready.once.named.texts[number]
            for number in at_institution.tolist()
        ],
        pa.string(),
    )
    columns["period_care"] = pa.array(
        [
            CARE[care] if counted else None
            for care, counted in zip(
                np.asarray(slots.disease)[keep].tolist(), of_days.tolist(), strict=True
            )
        ],
        pa.string(),
    )
    for name, place in zip(_OF_DAYS, (DAYS_DEDUCTIBLE, DAYS_ELIGIBLE), strict=True):
        columns[name] = pa.array(values[:, place], mask=~of_days)
    schema = state_schema(table.schema)
    return pa.table({field.name: _cast(columns[field.name], field.type) for field in schema})
