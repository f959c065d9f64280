"""What everybody has used after a run, as rows that carry it into a next one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from yibao.columns.frame import BALANCE, CLAIMS, MATERNITY_USED, WIDTH
from yibao.columns.prepare.carried_in import CARRIED_COLUMNS
from yibao.columns.prepare.pipeline import PreparedRows
from yibao.columns.prepare.slot_loops import TAG_DISEASE, TAG_PERSON, TAG_YEAR
from yibao.columns.read.cells import Ints
from yibao.columns.rulebooks import Rulebooks
from yibao.columns.schema import CARRY, COLUMNS, arrow_type
from yibao.policy.keys import RESIDENT, SCHEMES

_OF_YEAR = [name for name, at in CARRIED_COLUMNS.items() if at < WIDTH]
_WRITTEN = (
    *("person", "family", "kind", "area", "scheme", "end_day", "disease", "disease_period"),
    *_OF_YEAR,
    *("used_disease_fen", "used_maternity_fen", "balance_fen"),
)
STATE_SCHEMA = pa.schema([(name, arrow_type(COLUMNS[name])) for name in _WRITTEN])
NO_STATE = STATE_SCHEMA.empty_table()


def _last_day(period: Ints) -> Ints:
    """The last day of a year, or of a month yyyymm."""
    month = np.where(period > 9_999, period, period * 100 + 12)
    after = (month // 100 - 1970) * 12 + month % 100
    first: Ints = after.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    return first - 1


def state_rows(table: pa.Table, ready: PreparedRows, state: Any, rulebooks: Rulebooks) -> pa.Table:
    """One row for each year, disease and person of the batch that anything was counted for."""
    slots = ready.slots
    count = int(slots.family[-1])
    values = np.asarray(state).reshape(-1, WIDTH)[:count]
    tag, owner = np.asarray(slots.tag)[:count], np.asarray(slots.owner)[:count]
    used = values.any(axis=1)
    # A person's balance is carried even when it is empty; the rest only where there is any.
    keep = np.flatnonzero(used | ((tag == TAG_PERSON) & ready.payments.any_draw))
    tag, owner, values = tag[keep], owner[keep], values[keep]
    period = np.asarray(slots.period)[keep].astype(np.int64)
    people = ready.people
    row_of = np.full(max(people.names.count, 1), -1, dtype=np.int64)
    row_of[people.person] = np.arange(len(people.person))
    named = people.relative >= 0 if len(people.relative) else np.zeros(0, dtype=np.bool_)
    relatives = np.flatnonzero(named)
    unseen = relatives[row_of[people.relative[relatives]] < 0]
    row_of[people.relative[unseen]] = unseen
    row = row_of[owner]
    of_year, of_disease, of_person = (tag == each for each in (TAG_YEAR, TAG_DISEASE, TAG_PERSON))
    period = np.where(of_person, np.asarray(ready.end_day)[row] // 366 + 1970, period)
    rows = pa.array(row)
    columns: dict[str, Any] = {
        "person": pa.array(people.names.texts or [""], pa.string()).take(pa.array(owner)),
        "kind": pa.array([CARRY] * len(keep), pa.string()),
        "area": table.column("area").cast(pa.string()).take(rows),
        "scheme": pa.array(SCHEMES).take(pa.array(np.asarray(slots.scheme)[keep])),
        "end_day": pa.array(_last_day(period).astype(np.int32)).cast(pa.date32()),
    }
    if "family" in table.column_names:
        columns["family"] = table.column("family").cast(pa.string()).take(rows)
    else:
        columns["family"] = columns["person"]
    names: list[str | None] = [None] * len(keep)
    for slot in np.flatnonzero(of_disease).tolist():
        rulebook = rulebooks.rulebook(int(ready.version[row[slot]]))
        names[slot] = list(rulebook.diseases)[int(slots.disease[keep[slot]])]
    columns["disease"] = pa.array(names, pa.string())
    periods = np.where(of_disease, np.where(period > 9_999, "month", "year"), "")
    columns["disease_period"] = pa.array(periods.tolist(), mask=~of_disease)
    for name in _OF_YEAR:
        resident = np.asarray(slots.scheme)[keep] == RESIDENT
        filled = of_year & (resident if CARRIED_COLUMNS[name] == CLAIMS else True)
        columns[name] = pa.array(values[:, CARRIED_COLUMNS[name]], mask=~filled)
    columns["used_disease_fen"] = pa.array(values[:, 0], mask=~of_disease)
    columns["used_maternity_fen"] = pa.array(values[:, MATERNITY_USED], mask=~of_person)
    drawn = of_person & ready.payments.any_draw
    columns["balance_fen"] = pa.array(values[:, BALANCE], mask=~drawn)
    return pa.table([columns[name] for name in STATE_SCHEMA.names], schema=STATE_SCHEMA)
