"""The batch road: visits and reversals become Parquet, run in columns, and come back.

Set-up and steps without columns go through the engine's life on the same state and say
so (``via``).  Every run lives all visits so far, so that a reversal sees them all.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from yibao.benefit.answers import PAID, VisitAnswer, visit_answer
from yibao.benefit.explain import Explanation, merge
from yibao.benefit.state import ORDINARY_OUTPATIENT, DeductibleDays, PersonState
from yibao.benefit.terms import Accumulators
from yibao.columns import require
from yibao.columns.life import BEFORE_ALL
from yibao.columns.schema import ITEM_COLUMNS, arrow_type
from yibao.errors import RefusedError
from yibao.messages import message
from yibao.policy.compile import PolicyLibrary
from yibao.policy.days import day_number
from yibao.policy.kinds import Scheme
from yibao.scenario import engine
from yibao.scenario.answers import ProposalAnswer, ReversalAnswer, StepAnswer
from yibao.scenario.batch_rows import carry_rows, item_rows, visit_row
from yibao.scenario.life import Life
from yibao.scenario.model import ReverseStep, Scenario, Step, VisitStep

if TYPE_CHECKING:
    import pyarrow as pa

_FAMILY = "scenario"


def run(library: PolicyLibrary, scenario: Scenario) -> Iterator[StepAnswer]:
    """One answer per step, in order; a refusal ends the run with ``RefusedError``."""
    require()
    engine.check_names(library, scenario)
    with tempfile.TemporaryDirectory(prefix="yibao-batch-") as folder:
        road = _Road(library, Life.begin(library, scenario), Path(folder))
        for step in scenario.steps:
            if isinstance(step, VisitStep | ReverseStep):
                try:
                    road.add(step)
                except RefusedError:
                    yield from road.flush()
                    raise
                continue
            yield from road.flush()
            yield road.through_engine(step)
        yield from road.flush()


@dataclass(slots=True)
class _Entry:
    """What the answer to a visit says beside its amounts."""

    row: int
    step: VisitStep | ReverseStep
    entitled: bool = False
    before: list[Explanation] = field(default_factory=list)


class _Road:
    def __init__(self, library: PolicyLibrary, life: Life, folder: Path) -> None:
        self.library = library
        self.life = life
        self.folder = folder
        self.rows: list[dict[str, Any]] = carry_rows(life, _FAMILY)
        self.items: list[dict[str, Any]] = []
        self.waiting: list[_Entry] = []
        self.row_of: dict[str, int] = {}

    def add(self, step: VisitStep | ReverseStep) -> None:
        """Put a visit or a reversal among the rows of the next run."""
        if isinstance(step, ReverseStep):
            visit = self.rows[self.row_of[step.visit]]
            row = {name: visit[name] for name in ("person", "area", "scheme", "end_day")}
            row |= {"kind": "reverse", "family": _FAMILY, "reverses": step.visit}
            entry = _Entry(len(self.rows), step)
        else:
            built = visit_row(self.life, step.visit, _FAMILY)
            row = built.row
            entry = _Entry(len(self.rows), step, built.entitled, built.before)
            self.row_of[step.visit.id] = len(self.rows)
            self.items += item_rows(step.visit)
        self.rows.append(row)
        self.waiting.append(entry)

    def through_engine(self, step: Step) -> StepAnswer:
        """A step without columns, on the same state; what it books goes into the next run."""
        before = dict(self.life.balances)
        answer = engine.answer(self.life, step)
        for person, balance in self.life.balances.items():
            if balance != before[person]:
                self.rows.append(
                    {
                        "person": person,
                        "family": _FAMILY,
                        "kind": "carry",
                        "area": self.life.people[person].area,
                        "scheme": Scheme.EMPLOYEE,
                        "end_day": BEFORE_ALL,
                        "account_change_fen": balance - before[person],
                    }
                )
        return StepAnswer(answer, "engine")

    def flush(self) -> Iterator[StepAnswer]:
        """Run the columns and answer what waits for them."""
        if not self.waiting:
            return
        import pyarrow as pa
        import pyarrow.parquet as pq

        from yibao.columns.explain import replay, rulebooks_of
        from yibao.columns.stream import Options, run_file

        for number, row in enumerate(self.rows, 1):
            row["order"] = number
        names = list(dict.fromkeys(name for row in self.rows for name in row))
        table = pa.table({name: [row.get(name) for row in self.rows] for name in names})
        source, items = self.folder / "visits.parquet", self.folder / "items.parquet"
        target, state = self.folder / "output.parquet", self.folder / "state.parquet"
        pq.write_table(table, source)
        options = Options(state=state, quiet=True, threads=1)
        if self.items:
            pq.write_table(pa.Table.from_pylist(self.items, schema=_item_schema()), items)
            options.items = items
        run = run_file(source, target, self.library, options)
        file = pq.ParquetFile(target)
        settled = {row["row"]: row for row in file.read().to_pylist()}
        rulebooks = rulebooks_of(file.metadata.metadata, str(target))
        refusals = {row: reason for row, _, reason in run.first_rejects}
        waiting, self.waiting = self.waiting, []
        for entry in waiting:
            number = entry.row + 1
            if number not in settled:
                reason = refusals.get(number)
                raise RefusedError(reason or message("第 {number} 行被拒绝", number=number))
            row = settled[number]
            if isinstance(entry.step, ReverseStep):
                paid = {name: row[name] for name in PAID}
                proposals = tuple(
                    ProposalAnswer(
                        visit=proposed["visit"],
                        fund=proposed["fund_fen"],
                        own=proposed["own_fen"],
                    )
                    for proposed in row["proposals"]
                )
                yield StepAnswer(
                    ReversalAnswer(reverse=entry.step.visit, **paid, proposals=proposals)
                )
                continue
            replayed = replay(row, rulebooks)
            explanation = merge([*entry.before, replayed.explanation])
            yield StepAnswer(_visit_answer(entry, row, explanation))
        self._read_state(pq.read_table(state).to_pylist())

    def _read_state(self, rows: list[dict[str, Any]]) -> None:
        """The state of the life as the columns left it."""
        for person in self.life.states:
            self.life.states[person] = PersonState()
        for row in rows:
            state = self.life.states[row["person"]]
            scheme, day = row["scheme"], row["end_day"]
            if row["period_care"] is not None:
                state.periods[scheme, row["period_care"], row["institution"] or ""] = (
                    DeductibleDays(
                        day_number(day),
                        row["used_period_deductible_fen"],
                        row["used_period_eligible_fen"],
                    )
                )
            elif row["disease_period"] is not None:
                by_month = row["disease_period"] == "month"
                period = day.year * 100 + day.month if by_month else day.year
                disease = row["disease"] or ORDINARY_OUTPATIENT
                state.diseases[scheme, disease, period] = row["used_disease_fen"]
            elif row["used_maternity_fen"] is not None:
                state.maternity_used = row["used_maternity_fen"]
                if row["balance_fen"] is not None:
                    self.life.balances[row["person"]] = row["balance_fen"]
            else:
                state.accumulators[scheme, day.year] = Accumulators(
                    *(row[f"used_{name}_fen"] for name in Accumulators._fields)
                )
                state.admissions[scheme, day.year] = row["used_admissions"]
                if row["used_fund_fen"]:
                    state.claims[day.year] = row["used_fund_fen"]


def _item_schema() -> pa.Schema:
    import pyarrow as pa

    return pa.schema([(column.name, arrow_type(column)) for column in ITEM_COLUMNS.values()])


def _visit_answer(entry: _Entry, row: dict[str, Any], explanation: Explanation) -> VisitAnswer:
    """The answer to a visit, from its row of the output."""
    assert isinstance(entry.step, VisitStep)
    visit = entry.step.visit
    return visit_answer(
        visit.id,
        visit.person,
        row,
        explanation,
        entitled=entry.entitled,
        rulebook=row["rulebook"],
    )
