"""From what the loop wrote to Arrow: amounts, versions of rules, what explains a row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from yibao.benefit.terms import Accumulators
from yibao.columns import packing as k
from yibao.columns.frame import STATUS_DEPENDENT, STATUS_NOT_SETTLED, Results
from yibao.columns.prepare import Prepared
from yibao.columns.reading import FIRST_STATUS, Ints
from yibao.columns.rulebooks import Rulebooks
from yibao.columns.schema import AMOUNTS
from yibao.columns.state import NO_STATE, state_rows
from yibao.columns.totals import FUNDS, PERSONAL, Totals
from yibao.policy.keys import SCHEMES

if TYPE_CHECKING:
    from yibao.columns.engine import Settled

IDS = ("visit", "person", "family", "reverses")
KEPT = (
    *(f"in_{name}" for name in Accumulators._fields),
    "in_nth",
    "in_disease_used",
    "in_maternity_used",
    "in_ceiling_bonus",
    "in_balance",
    "in_grantor_balance",
)
"""What the benefit functions were given beside the visit itself; fen, but for ``in_nth``."""

_LOOP_REASONS = {
    STATUS_DEPENDENT: "不能冲销：之后的结算依赖它，请先冲销那些结算",
    STATUS_NOT_SETTLED: "要冲销的就诊不在本家庭此行之前，或没有结算，或已经冲销",
}
_REJECTS = pa.schema([("row", pa.int64()), ("column", pa.string()), ("reason", pa.string())])


def _rejects(rows: list[int], columns: list[str], reasons: list[str]) -> pa.Table:
    return pa.table([pa.array(rows, pa.int64()), columns, reasons], schema=_REJECTS)


def orphan_rejects(visits: pa.Array) -> pa.Table:
    """Item rows whose visit stands nowhere."""
    reasons = [f"明细的就诊 {name} 不在就诊文件里" for name in visits.to_pylist()]
    return pa.table(
        [pa.nulls(len(reasons), pa.int64()), ["items.visit"] * len(reasons), reasons],
        schema=_REJECTS,
    )


def nothing(table: pa.Table, rulebooks: Rulebooks, explainable: bool, with_state: bool) -> Settled:
    """The answer to a table without rows."""
    from yibao.columns.engine import Settled

    columns = _columns(
        table, np.zeros(0, np.int64), np.zeros((len(AMOUNTS), 0), np.int64), rulebooks,
        np.zeros(0, np.int64),
    )  # fmt: skip
    if explainable:
        columns |= {name: pa.array([], pa.int64()) for name in _EXPLAINING}
    state = NO_STATE if with_state else None
    return Settled(pa.table(columns), _rejects([], [], []), state, Totals())


_EXPLAINING = (
    "in_facts",
    "in_rule_day",
    "in_end_day",
    "in_account_segment",
    "in_grant_limit",
    "in_aid_reason",
    "in_aid_cell",
    *KEPT,
)


def assemble(
    table: pa.Table,
    numbers: Ints,
    ready: Prepared,
    results: Results,
    state: Any,
    rulebooks: Rulebooks,
    *,
    explainable: bool,
) -> Settled:
    """The output of a batch."""
    from yibao.columns.engine import Settled

    status = np.where(ready.faults.status != 0, ready.faults.status, results.status)
    facts = np.asarray(ready.visits.facts)
    kind = facts & 7
    settled = (status == 0) & (kind != k.KIND_CARRY)
    amounts = _amounts(ready, results, kind)
    every = bool(settled.all())
    rows = np.flatnonzero(settled)
    if not every:
        amounts = amounts[:, rows]
    kept_table = table.select([name for name in IDS if name in table.column_names])
    if not every:
        kept_table = kept_table.take(pa.array(rows))
    columns = _columns(
        kept_table,
        numbers if every else numbers[rows],
        amounts,
        rulebooks,
        ready.version if every else ready.version[rows],
    )
    if explainable:
        columns |= _explaining(ready, results, rulebooks, None if every else rows)
    rejects = _refused(numbers, ready, status, rulebooks)
    totals = _totals(ready, amounts, rows, kind, status)
    out_state = None
    if state is not None:
        out_state = state_rows(table, ready, state, rulebooks)
    return Settled(pa.table(columns), rejects, out_state, totals)


def _amounts(ready: Prepared, results: Results, kind: Ints) -> npt.NDArray[np.int64]:
    """All amounts, one row each in the order of ``AMOUNTS``."""
    rows = len(kind)
    found = np.empty((len(AMOUNTS), rows), dtype=np.int64)
    at = {name: place for place, name in enumerate(AMOUNTS)}
    for name in ("total", "out_of_catalogue", "over_limit", "upfront"):
        found[at[name]] = getattr(ready.visits, name)
    reversing = np.flatnonzero(kind == k.KIND_REVERSE)
    if len(reversing):
        undone = np.asarray(ready.extras.reverses)[reversing]
        for name in ("total", "out_of_catalogue", "over_limit", "upfront"):
            found[at[name], reversing] = -found[at[name], undone]
    for name in (
        "deductible",
        "pooled",
        "upper",
        "assistance",
        "other_fund",
        "account",
        "mutual_aid",
    ):
        found[at[name]] = getattr(results, name)
    eligible = found[at["eligible"]]
    np.subtract(found[at["total"]], found[at["out_of_catalogue"]], out=eligible)
    eligible -= found[at["over_limit"]]
    eligible -= found[at["upfront"]]
    fund = found[at["fund"]]
    np.add(found[at["pooled"]], found[at["upper"]], out=fund)
    fund += found[at["assistance"]]
    fund += found[at["other_fund"]]
    np.subtract(found[at["total"]], fund, out=found[at["own"]])
    np.subtract(found[at["own"]], found[at["account"]], out=found[at["cash"]])
    found[at["cash"]] -= found[at["mutual_aid"]]
    # A reversal mirrors its visit; of everything else nothing is negative.
    forward = found if len(reversing) == 0 else np.delete(found, reversing, axis=1)
    if forward.size and int(forward.min()) < 0:
        raise AssertionError("settlement identities broken: an amount is negative")
    return found


def _columns(
    table: pa.Table,
    numbers: Ints,
    amounts: npt.NDArray[np.int64],
    rulebooks: Rulebooks,
    version: Ints,
) -> dict[str, Any]:
    columns: dict[str, Any] = {"row": pa.array(numbers)}
    for name in IDS:
        if name in table.column_names:
            columns[name] = table.column(name)
    for place, name in enumerate(AMOUNTS):
        columns[name] = pa.array(amounts[place])
    columns["rulebook"] = _rulebook_column(rulebooks, version)
    columns["segment"] = pa.array(rulebooks.segment_numbers[version].astype(np.int16))
    return columns


def _rulebook_column(rulebooks: Rulebooks, version: Ints) -> pa.Array:
    hashes = pa.array([rulebook.hash for rulebook in rulebooks.rulebooks], pa.string())
    indices = rulebooks.rulebook_numbers[version].astype(np.int32)
    return pa.DictionaryArray.from_arrays(pa.array(indices), hashes)


def _explaining(
    ready: Prepared, results: Results, rulebooks: Rulebooks, rows: Ints | None
) -> dict[str, Any]:
    """The columns from which ``explain`` rebuilds the steps of a row."""

    def column(values: Any) -> pa.Array:
        values = np.asarray(values)
        return pa.array(values if rows is None else values[rows])

    columns: dict[str, Any] = {
        "in_facts": column(ready.visits.facts),
        "in_rule_day": column(ready.rule_day.astype(np.int32)),
        "in_end_day": column(ready.end_day.astype(np.int32)),
    }
    if ready.payments.any_draw:
        account = ready.account_version if rows is None else ready.account_version[rows]
        columns["in_account_rulebook"] = _rulebook_column(rulebooks, account)
    if ready.payments.any_relative:
        columns["in_grant_limit"] = column(ready.payments.limit)
        columns["in_aid_reason"] = column(ready.payments.reason.astype(np.int16))
        columns["in_aid_cell"] = column(ready.payments.cell.astype(np.int16))
    count = len(ready.visits.facts)
    for place, name in enumerate(KEPT):
        if name.endswith("balance") and not ready.payments.any_draw:
            continue
        columns[name] = column(results.kept[place * count : (place + 1) * count])
    return columns


def _refused(numbers: Ints, ready: Prepared, status: Ints, rulebooks: Rulebooks) -> pa.Table:
    rows, columns, reasons = [], [], []
    for at in np.flatnonzero(status).tolist():
        code = int(status[at])
        if code >= FIRST_STATUS:
            column, reason = ready.faults.texts[code - FIRST_STATUS]
        elif code > 0:
            column, reason = "reverses", _LOOP_REASONS[code]
        else:
            column = ""
            reason = rulebooks.refusal_text(int(ready.version[at]), int(ready.rule_day[at]), code)
        rows.append(int(numbers[at]))
        columns.append(column)
        reasons.append(reason)
    return _rejects(rows, columns, reasons)


def _sum(values: Ints) -> int:
    """A sum that cannot overflow."""
    if len(values) == 0:
        return 0
    if max(int(values.max()), -int(values.min())) < (1 << 62) // len(values):
        return int(values.sum())
    return sum(values.tolist())


def _totals(
    ready: Prepared, amounts: npt.NDArray[np.int64], rows: Ints, kind: Ints, status: Ints
) -> Totals:
    totals = Totals(rejected=int((status != 0).sum()))
    of_kind = kind[rows]
    totals.reversals = int((of_kind == k.KIND_REVERSE).sum())
    totals.visits = len(rows) - totals.reversals
    totals.carried = int(((status == 0) & (kind == k.KIND_CARRY)).sum())
    for place, name in enumerate(AMOUNTS):
        totals.people[name] = _sum(amounts[place])
    if len(rows) == 0:
        return totals
    group = (np.maximum(ready.area.numbers, 0) * 2 + ready.scheme)[rows]
    at = {name: place for place, name in enumerate(AMOUNTS)}
    codes = np.flatnonzero(np.bincount(group)).tolist()
    for code in codes:
        chosen = np.flatnonzero(group == code) if len(codes) > 1 else slice(None)
        key = (ready.area.texts[code // 2], SCHEMES[code % 2])
        totals.funds[key] = {name: _sum(amounts[at[name]][chosen]) for name in (*FUNDS, *PERSONAL)}
    return totals
