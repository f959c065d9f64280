"""Jobs over the people of an area: in chunks, resumable, once.

A chunk is one transaction that locks the job's row, then its people in order.  Two
processes take turns; a killed one leaves its last chunk undone and nothing else.  What
makes a person's part happen once is the work itself (a key in the database), not the job.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from yibao.database.unit import Database, Unit
from yibao.insured.states import JobStatus
from yibao.insured.tables import job, job_skip

Candidates = Callable[[Unit, str, int], list[str]]
"""People of the job after one, in order of their ids, at most so many."""


@dataclass(slots=True)
class Chunk:
    """What one chunk did."""

    served: int = 0
    amount: int = 0
    skipped: dict[str, str] = field(default_factory=dict)
    """Person -> why not."""


@dataclass(frozen=True, slots=True)
class JobResult:
    """Where a job stands: people served, fen moved, and who was left out and why."""

    status: str
    served: int
    amount: int
    skipped: dict[str, str]


def run_job(
    database: Database,
    kind: str,
    area: str,
    period: int,
    *,
    candidates: Candidates,
    work: Callable[[Unit, list[str]], Chunk],
    chunk: int,
    again: bool = False,
    pause: Callable[[], None] | None = None,
) -> JobResult:
    """Start a job, or go on where it stopped; a job that is done stays done.

    ``again`` begins anew, for people who came or were mended since; whoever was served
    is not served twice.  ``pause`` is called between chunks.
    """
    _start(database, kind, area, period, again)

    def operation(unit: Unit) -> bool:
        row = unit.run(
            select(job.c.status, job.c.cursor)
            .where(job.c.kind == kind, job.c.area == area, job.c.period == period)
            .with_for_update()
        ).one()
        if row.status == JobStatus.DONE:
            return False
        ids = candidates(unit, row.cursor, chunk)
        own = (job.c.kind == kind) & (job.c.area == area) & (job.c.period == period)
        if not ids:
            unit.run(update(job).where(own).values(status=JobStatus.DONE))
            return False
        done = work(unit, ids)
        _note_skipped(unit, kind, area, period, ids, done.skipped)
        unit.run(
            update(job)
            .where(own)
            .values(
                cursor=ids[-1], done=job.c.done + done.served, amount=job.c.amount + done.amount
            )
        )
        return True

    while database.write(operation):
        if pause is not None:
            pause()
    return job_result(database, kind, area, period)


def _start(database: Database, kind: str, area: str, period: int, again: bool) -> None:
    row = {
        "kind": kind,
        "area": area,
        "period": period,
        "status": JobStatus.RUNNING,
        "cursor": "",
        "done": 0,
        "amount": 0,
    }
    own = (job.c.kind == kind) & (job.c.area == area) & (job.c.period == period)
    try:
        database.write(lambda unit: unit.run(insert(job), row))
    except IntegrityError:
        if again:
            anew = update(job).where(own, job.c.status == JobStatus.DONE)
            database.write(lambda unit: unit.run(anew.values(status=JobStatus.RUNNING, cursor="")))


def _note_skipped(
    unit: Unit, kind: str, area: str, period: int, ids: list[str], skipped: dict[str, str]
) -> None:
    own = (job_skip.c.kind == kind) & (job_skip.c.area == area) & (job_skip.c.period == period)
    unit.run(delete(job_skip).where(own, job_skip.c.person_id.in_(ids)))
    if skipped:
        unit.run(
            insert(job_skip),
            [
                {
                    "kind": kind,
                    "area": area,
                    "period": period,
                    "person_id": name,
                    "reason": reason[:400],
                }
                for name, reason in sorted(skipped.items())
            ],
        )


def job_result(database: Database, kind: str, area: str, period: int) -> JobResult:
    """Where a job stands; ``waiting`` where it was never started."""

    def operation(unit: Unit) -> JobResult:
        row = unit.run(
            select(job).where(job.c.kind == kind, job.c.area == area, job.c.period == period)
        ).one_or_none()
        if row is None:
            return JobResult(JobStatus.WAITING, 0, 0, {})
        left = unit.run(
            select(job_skip.c.person_id, job_skip.c.reason)
            .where(job_skip.c.kind == kind, job_skip.c.area == area, job_skip.c.period == period)
            .order_by(job_skip.c.person_id)
        )
        skipped = {skip.person_id: skip.reason for skip in left}
        return JobResult(row.status, row.done, row.amount, skipped)

    return database.read(operation)
