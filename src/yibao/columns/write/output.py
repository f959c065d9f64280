"""From what the loop wrote to Arrow: amounts, versions of rules, what explains a row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from yibao.columns import packing as k
from yibao.columns.backend import Backend
from yibao.columns.frame import (
    PROPOSED_FUND,
    PROPOSED_OWN,
    PROPOSED_ROW,
    PROPOSED_WIDTH,
    STATUS_DEPENDENT,
    STATUS_NOT_SETTLED,
    STATUS_TOO_MANY,
    Results,
)
from yibao.columns.prepare.pipeline import PreparedRows
from yibao.columns.read.cells import FIRST_STATUS, NONE, Bools, Ints
from yibao.columns.read.families import ROW
from yibao.columns.read.rearranging import no_such_visit
from yibao.columns.rulebooks import Rulebooks
from yibao.columns.schema import AMOUNTS
from yibao.columns.settle.finish import LIMB, RowAmounts
from yibao.columns.totals import FUNDS, PERSONAL, Totals
from yibao.columns.write.of_rules import rulebook_column, unknown_column
from yibao.columns.write.state import state_rows, state_schema
from yibao.messages import CHINESE, Listed, Text, message, text_of
from yibao.policy.keys import SCHEMES


class RefusedRow(NamedTuple):
    """A row that was refused, and why."""

    row: int | None
    """Its number; none where a fee item belongs to no visit."""
    column: str
    reason: Text


@dataclass(slots=True)
class SettledTable:
    """What a table of visits comes to."""

    table: pa.Table
    """One row for each settled visit and reversal, in the order of settlement."""
    refused: list[RefusedRow]
    state: pa.Table | None
    """What everybody has used, as rows that carry it into a next run."""
    totals: Totals

    @property
    def rejects(self) -> pa.Table:
        """One row for each refused row: its number, the column and the reason, in Chinese."""
        return self.rejects_in(CHINESE)

    def rejects_in(self, language: str) -> pa.Table:
        """The same, with the reason in a language."""
        rows = [
            {"row": row, "column": column, "reason": text_of(reason, language)}
            for row, column, reason in self.refused
        ]
        return pa.Table.from_pylist(rows, schema=_REJECTS)


IDS = ("visit", "person", "family", "reverses")
INPUTS = (
    "in_deductible",
    "in_eligible",
    "in_pooled",
    "in_balance",
    "in_inpatient_pooled",
    "in_special_pooled",
    "in_upper",
    "in_assistance",
    "in_eligible_own",
    "in_nth",
    "in_disease_used",
    "in_ceiling_bonus",
    "in_maternity_used",
    "in_grantor_balance",
    "in_outpatient_pooled",
    "in_chronic_pooled",
    "in_essential_drugs",
    "in_chinese_medicine",
    "in_period_deductible",
    "in_period_eligible",
)
"""What the benefit functions take beside the visit itself; fen, but for ``in_nth``.
The first three are the accumulators of the visit's own kind of care."""
MONEY = (*AMOUNTS, *INPUTS, "in_grant_limit")
"""Columns that are of 32 bits where all that they hold fits, else of 64."""

_LOOP_REASONS = {
    STATUS_TOO_MANY: message("不能冲销：本人此后的就诊太多，请分开文件"),
    STATUS_NOT_SETTLED: message("要冲销的就诊不在本家庭此行之前，或没有结算，或已经冲销"),
}
_REJECTS = pa.schema([("row", pa.int64()), ("column", pa.string()), ("reason", pa.string())])


def orphans_refused(visits: pa.Array) -> list[RefusedRow]:
    """Item rows whose visit stands nowhere."""
    return [RefusedRow(None, "items.visit", no_such_visit(name)) for name in visits.to_pylist()]


def output_schema(
    visits: pa.Schema, *, explainable: bool = True, money: pa.DataType | None = None
) -> pa.Schema:
    """The columns of the answer to an input: they depend on its names and types alone.

    ``money``: 32 bits unless stated; a run whose amounts do not fit writes 64.
    """
    money = money or pa.int32()
    fields = [pa.field("row", pa.int64())]
    fields += [
        pa.field(name, plain_type(visits.field(name).type)) for name in IDS if name in visits.names
    ]
    fields += [pa.field(name, money) for name in AMOUNTS]
    fields += [("rulebook", _CODED), ("segment", pa.int16()), ("proposals", PROPOSALS)]
    fields += [("unknown", pa.string())]
    fields += [
        pa.field(name, plain_type(visits.field(name).type))
        for name in visits.names
        if name.startswith("x_")
    ]
    if explainable:
        fields += [(name, money if name in MONEY else kind) for name, kind in sorted(_EXPLAINING)]
    return pa.schema(fields)


def plain_type(kind: pa.DataType) -> pa.DataType:
    """The type of the cells themselves, where a column is coded."""
    return kind.value_type if pa.types.is_dictionary(kind) else kind


def nothing(visits: pa.Schema, *, explainable: bool, with_state: bool) -> SettledTable:
    """The answer to a table without rows."""
    if ROW in visits.names:
        visits = visits.remove(visits.get_field_index(ROW))
    table = output_schema(visits, explainable=explainable).empty_table()
    state = state_schema(visits).empty_table() if with_state else None
    return SettledTable(table, [], state, Totals())


def joined(parts: list[SettledTable]) -> SettledTable:
    """The answers to the batches of an input as one."""
    first = parts[0]
    for part in parts[1:]:
        first.totals.add(part.totals)
    wide = any(part.table.schema.field("total").type == pa.int64() for part in parts)
    tables = [in_bits(part.table, pa.int64()) if wide else part.table for part in parts]
    states = [part.state for part in parts if part.state is not None]
    return SettledTable(
        pa.concat_tables(tables).unify_dictionaries(),
        [refused for part in parts for refused in part.refused],
        pa.concat_tables(states) if states else None,
        first.totals,
    )


_CODED = pa.dictionary(pa.int32(), pa.string())
_EXPLAINING = (
    ("in_facts", pa.int64()),
    ("in_groups", pa.int64()),
    ("in_rule_day", pa.int32()),
    ("in_end_day", pa.int32()),
    ("in_account_rulebook", _CODED),
    ("in_grant_limit", None),
    ("in_aid", pa.int32()),
    *((name, pa.int64()) for name in INPUTS),
)


def assemble(
    table: pa.Table,
    numbers: Ints,
    ready: PreparedRows,
    results: Results,
    state: Any,
    rulebooks: Rulebooks,
    backend: Backend,
    *,
    explainable: bool,
) -> SettledTable:
    """The output of a batch."""
    status = np.where(ready.faults.status != 0, ready.faults.status, results.status)
    facts = np.asarray(ready.facts)
    kind = facts & k.KIND_MASK
    settled = (status == 0) & (kind != k.KIND_CARRY)
    every = bool(settled.all())
    rows = np.flatnonzero(settled)
    amounts, totals = _amounts(ready, results, kind, settled, backend)
    totals.rejected = int((status != 0).sum())
    totals.reversals = int((kind[rows] == k.KIND_REVERSE).sum())
    totals.visits = len(rows) - totals.reversals
    totals.carried = int(((status == 0) & (kind == k.KIND_CARRY)).sum())
    if not every:
        amounts = RowAmounts(*(column[rows] for column in amounts))
    visits = table.select(
        [name for name in table.column_names if name in IDS or name.startswith("x_")]
    )
    if not every:
        visits = visits.take(pa.array(rows))
    columns = _columns(
        visits,
        numbers if every else numbers[rows],
        amounts,
        rulebooks,
        ready.version if every else ready.version[rows],
    )
    if explainable:
        columns |= _explaining(ready, results, rulebooks, None if every else rows)
    columns["unknown"] = unknown_column(ready, rulebooks, backend, kind, None if every else rows)
    columns["proposals"] = _proposals(table, kind, rows, ready, results)
    refused = _refused(numbers, ready, status, rulebooks, results, table)
    out_state = None
    if state is not None:
        out_state = state_rows(table, ready, state, rulebooks)
    schema = output_schema(table.schema, explainable=explainable)
    return SettledTable(_narrowed(columns, schema), refused, out_state, totals)


def _amounts(
    ready: PreparedRows, results: Results, kind: Ints, settled: Bools, backend: Backend
) -> tuple[RowAmounts, Totals]:
    """All amounts of all rows, and their sums; no rule of any pack uses another fund yet."""
    visits = ready.visits
    total, outside, above_limit, upfront = (
        visits.total, visits.out_of_catalogue, visits.over_limit, visits.upfront
    )  # fmt: skip
    reversing = np.flatnonzero(kind == k.KIND_REVERSE)
    if len(reversing):
        reversed_rows = np.asarray(ready.extras.reverses)[reversing]
        total, outside, above_limit, upfront = (
            column.copy() for column in (total, outside, above_limit, upfront)
        )
        for column in (total, outside, above_limit, upfront):
            column[reversing] = -column[reversed_rows]
    eligible, other_fund, fund, own, cash = (np.zeros_like(visits.total) for _ in range(5))
    amounts = RowAmounts(
        total, outside, above_limit, upfront, eligible,
        results.deductible, results.pooled, results.upper, results.assistance, other_fund, fund,
        own, results.account, results.mutual_aid, cash,
    )  # fmt: skip
    group = np.maximum(ready.area.numbers, 0) * len(SCHEMES) + ready.scheme
    sums = backend.table(int(group.max(initial=0)) + 1, len(AMOUNTS) * 2)
    broken = np.zeros(1, dtype=np.int64)
    backend.call(
        "finish_rows",
        amounts,
        settled.astype(np.int8),
        (kind == k.KIND_REVERSE).astype(np.int8),
        group,
        sums,
        broken,
    )
    if broken[0]:
        raise AssertionError("settlement identities broken: an amount is negative")
    return amounts, _totals(ready, group[settled], sums)


def _narrowed(columns: dict[str, Any], schema: pa.Schema) -> pa.Table:
    """The columns of the schema; those of money in 32 bits where all of them fit, else in 64."""
    wide = schema
    for place, field in enumerate(schema):
        if field.name in MONEY:
            wide = wide.set(place, pa.field(field.name, pa.int64()))
    table = pa.table({name: columns[name] for name in wide.names})
    try:
        return table.cast(schema)
    except pa.ArrowInvalid:
        return table.cast(wide)


def in_bits(table: pa.Table, kind: pa.DataType) -> pa.Table:
    """The table with its columns of money in one type."""
    for place, field in enumerate(table.schema):
        if field.name in MONEY and field.type != kind:
            table = table.set_column(place, field.name, table.column(place).cast(kind))
    return table


def _columns(
    table: pa.Table,
    numbers: Ints,
    amounts: RowAmounts,
    rulebooks: Rulebooks,
    version: Ints,
) -> dict[str, Any]:
    columns: dict[str, Any] = {"row": pa.array(numbers)}
    for name in table.column_names:
        column = table.column(name)
        columns[name] = column.cast(plain_type(column.type))
    for name, values in zip(AMOUNTS, amounts, strict=True):
        columns[name] = pa.array(values)
    columns["rulebook"] = rulebook_column(rulebooks, version)
    columns["segment"] = pa.array(rulebooks.segment_numbers[version].astype(np.int16))
    return columns


def _explaining(
    ready: PreparedRows, results: Results, rulebooks: Rulebooks, rows: Ints | None
) -> dict[str, Any]:
    """The columns from which ``explain`` rebuilds the steps of a row."""

    def column(values: Any) -> pa.Array:
        values = np.asarray(values)
        return pa.array(values if rows is None else values[rows])

    columns: dict[str, Any] = {
        "in_facts": column(ready.facts),
        "in_groups": column(ready.groups if len(ready.groups) else np.zeros_like(ready.facts)),
        "in_rule_day": column(ready.rule_day.astype(np.int32)),
        "in_end_day": column(ready.end_day.astype(np.int32)),
    }
    rows_in_all = len(ready.facts)
    account = ready.version
    if ready.payments.any_draw:
        drawing = (ready.payments.own == 1) | (ready.payments.aid != 0)
        account = np.where(drawing, ready.payments.version, ready.version)
    columns["in_account_rulebook"] = rulebook_column(
        rulebooks, account if rows is None else account[rows]
    )
    limit, aid = ready.payments.limit, ready.payments.aid
    columns["in_grant_limit"] = column(limit if len(limit) else np.full(rows_in_all, NONE))
    columns["in_aid"] = column(aid.astype(np.int32))
    for place, name in enumerate(INPUTS):
        columns[name] = column(results.inputs[place * rows_in_all : (place + 1) * rows_in_all])
    return columns


def _refused(
    numbers: Ints,
    ready: PreparedRows,
    status: Ints,
    rulebooks: Rulebooks,
    results: Results,
    table: pa.Table,
) -> list[RefusedRow]:
    refused = []
    for row in np.flatnonzero(status).tolist():
        code = int(status[row])
        reason: Text
        if code >= FIRST_STATUS:
            column, reason = ready.faults.texts[code - FIRST_STATUS]
        elif code == STATUS_DEPENDENT:
            later = [str(proposal["visit"]) for proposal in _proposed(table, ready, results, row)]
            column = "reverses"
            reason = message(
                "不能冲销：之后的结算 {dependent} 依赖它，请先冲销那些结算",
                dependent=Listed(later),
            )
        elif code > 0:
            column, reason = "reverses", _LOOP_REASONS[code]
        else:
            column = ""
            reason = rulebooks.refusal(int(ready.version[row]), int(ready.rule_day[row]), code)
        refused.append(RefusedRow(int(numbers[row]), column, reason))
    return refused


PROPOSALS = pa.list_(
    pa.struct([("visit", pa.string()), ("fund_fen", pa.int64()), ("own_fen", pa.int64())])
)
"""What a reversal proposes: later visits that would come out otherwise, and to what."""


def _proposals(
    table: pa.Table, kind: Ints, rows: Ints, ready: PreparedRows, results: Results
) -> pa.Array:
    """What each reversal proposes; nothing for a visit."""
    reversing = kind[rows] == k.KIND_REVERSE
    if not reversing.any():
        return pa.nulls(len(rows), PROPOSALS)
    proposals: list[list[dict[str, Any]] | None] = [None] * len(rows)
    for number in np.flatnonzero(reversing).tolist():
        proposals[number] = _proposed(table, ready, results, int(rows[number]))
    return pa.array(proposals, PROPOSALS)


def _proposed(
    table: pa.Table, ready: PreparedRows, results: Results, row: int
) -> list[dict[str, Any]]:
    begin, end = (int(place) for place in ready.extras.proposed_start[row : row + 2])
    last = min(begin + int(results.proposed[row]), end)
    proposed = []
    for number in range(begin, last):
        start = number * PROPOSED_WIDTH
        visit = table.column("visit")[int(results.proposals[start + PROPOSED_ROW])].as_py()
        proposed.append(
            {
                "visit": None if visit is None else str(visit),
                "fund_fen": int(results.proposals[start + PROPOSED_FUND]),
                "own_fen": int(results.proposals[start + PROPOSED_OWN]),
            }
        )
    return proposed


def _totals(ready: PreparedRows, group: Ints, sums: Any) -> Totals:
    """The sums of the rows, over all people and by area, scheme and fund."""
    totals = Totals()
    for code in np.flatnonzero(np.bincount(group)).tolist():
        of_group = [int(part) for part in sums[code]]
        added = {
            name: (of_group[number * 2 + 1] << LIMB) + of_group[number * 2]
            for number, name in enumerate(AMOUNTS)
        }
        for name, amount in added.items():
            totals.people[name] += amount
        area, scheme = divmod(code, len(SCHEMES))
        key = (ready.area.texts[area], SCHEMES[scheme])
        totals.funds[key] = {name: added[name] for name in (*FUNDS, *PERSONAL)}
    return totals
