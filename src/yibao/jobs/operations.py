"""Running what is due: once for a period, taken over where a run was killed."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.exc import IntegrityError

from yibao.access.chains import extend_chain
from yibao.access.names import STORE
from yibao.access.permissions import Actor, require
from yibao.database.unit import Database, Unit
from yibao.errors import InputError, YibaoError
from yibao.jobs.schedule import (
    SCHEDULE,
    Every,
    Job,
    JobCall,
    JobOutcome,
    job_named,
    month_before,
    period_of,
    periods_due,
)
from yibao.jobs.tables import job_run
from yibao.messages import Text, message, message_in
from yibao.policy.compile import PolicyLibrary
from yibao.policy.kinds import TextEnum
from yibao.record.reminding import Collecting

SILENT = datetime.timedelta(minutes=10)
"""A run that has not been heard of for so long is taken over."""
_LONGEST = 400


class RunState(TextEnum):
    """How a run stands."""

    RUNNING = "under_way"
    DONE = "completed"
    FAILED = "not_done"


STATE_LABELS = {
    RunState.RUNNING: message_in("job", "正在运行"),
    RunState.DONE: message_in("job", "已完成"),
    RunState.FAILED: message_in("job", "没有做成"),
}


@dataclass(frozen=True, slots=True)
class JobRun:
    """One run: as it is on record, and what it said line by line if it ran just now."""

    job: Job
    area: str
    period: int
    state: RunState
    served: int
    left_out: int
    amount: int
    told: Text
    started_at: datetime.datetime
    ended_at: datetime.datetime | None
    started_by: str
    details: Sequence[Text] = ()


@dataclass(frozen=True, slots=True)
class JobStanding:
    """A job of an area (or the store): its last run and what is due today."""

    job: Job
    area: str
    last: JobRun | None
    due: Sequence[int]


Progress = Callable[[Job, str, int], None]


def standings(database: Database, actor: Actor, day: datetime.date) -> list[JobStanding]:
    """Every job with its last run and the periods that are due."""
    require(actor, "read_jobs")
    standing = []
    for job in SCHEDULE:
        for area in _areas(database, job):
            last = database.read(lambda unit, job=job, area=area: _last_run(unit, job, area))  # type: ignore[misc]
            standing.append(JobStanding(job, area, last, _due(database, job, area, day)))
    return standing


def runs(database: Database, actor: Actor, most: int = 50) -> list[JobRun]:
    """The latest runs, newest first."""
    require(actor, "read_jobs")
    known = {job.name: job for job in SCHEDULE}
    query = select(job_run).order_by(job_run.c.started_at.desc(), job_run.c.job).limit(most)
    rows = database.read(lambda unit: unit.run(query).all())
    return [_run_of(known[row.job], row) for row in rows if row.job in known]


def run_due(
    database: Database,
    library: PolicyLibrary,
    day: datetime.date,
    *,
    by: Actor,
    names: Sequence[str] = (),
    backups: Path | None = None,
    period: int | None = None,
    again: bool = False,
    progress: Progress | None = None,
    collecting: Collecting | None = None,
) -> Iterator[JobRun]:
    """Run what is due on ``day`` and is not done, one after the other.

    ``names``: only these, in the order of the schedule.  ``period``: that one, due or not;
    with ``again`` also where it is done, for those who were left out.  ``collecting``: which
    year residents of an area are collected for, for the reminders.  A run that fails is on
    record as failed with the reason, the next one goes on; it is due again.  A run that
    another process is at is passed over.
    """
    require(by, "run_jobs")
    for name in names:
        job_named(name)
    wanted = [job for job in SCHEDULE if not names or job.name in names]
    if period is not None:
        for job in wanted:
            _require_period(job, period, day)
    for job in wanted:
        for area in _areas(database, job):
            due = [period] if period is not None else _due(database, job, area, day)
            for number in due:
                if not _claim(database, job, area, number, by, again):
                    continue
                if progress is not None:
                    progress(job, area, number)
                call = JobCall(
                    database,
                    library,
                    area,
                    number,
                    day,
                    Actor(by.id, job.role),
                    again,
                    backups,
                    lambda job=job, area=area, number=number: _say(database, job, area, number),  # type: ignore[misc]
                    collecting,
                )
                yield _run(job, call, by)


def _areas(database: Database, job: Job) -> list[str]:
    return [""] if job.areas is None else job.areas(database)


def _require_period(job: Job, period: int, day: datetime.date) -> None:
    """``InputError`` for what is no period of the job, or one that is not over yet."""
    text = str(period)
    written = "%Y%m%d" if job.every is Every.DAY else "%Y%m"
    try:
        if len(text) != (8 if job.every is Every.DAY else 6):
            raise ValueError
        datetime.datetime.strptime(text, written)  # noqa: DTZ007 - only whether it is a day
    except ValueError:
        shape = (
            message("八位数的日期")
            if job.every is Every.DAY
            else message("六位数的月份，如 202610")
        )
        raise InputError(
            message("“{job}”的期是{shape}", job=job.label, shape=shape), place="period"
        ) from None
    if period > period_of(job.every, day):
        raise InputError(message("{period} 还没有过完", period=period), place="period")
    if job.every is Every.DAY and period != period_of(job.every, day):
        raise InputError(message("“{job}”只能做当天的", job=job.label), place="period")


def _due(database: Database, job: Job, area: str, day: datetime.date) -> list[int]:
    def operation(unit: Unit) -> tuple[int | None, list[int]]:
        mine = (job_run.c.job == job.name, job_run.c.area == area)
        last = unit.run(
            select(func.max(job_run.c.period)).where(*mine, job_run.c.state == RunState.DONE)
        ).scalar_one()
        unfinished = unit.run(
            select(job_run.c.period)
            .where(*mine, job_run.c.state != RunState.DONE)
            .order_by(job_run.c.period)
        ).scalars()
        return last, list(unfinished)

    last, unfinished = database.read(operation)
    if last is None and unfinished:
        last = month_before(unfinished[0]) if job.every is Every.MONTH else None
    due = periods_due(job.every, day, last)
    return sorted({*due, *(unfinished if job.every is Every.MONTH else ())})


def _last_run(unit: Unit, job: Job, area: str) -> JobRun | None:
    row = unit.run(
        select(job_run)
        .where(job_run.c.job == job.name, job_run.c.area == area)
        .order_by(job_run.c.period.desc())
        .limit(1)
    ).one_or_none()
    return None if row is None else _run_of(job, row)


def _run_of(job: Job, row: Any, details: Sequence[Text] = ()) -> JobRun:
    return JobRun(
        job,
        row.area,
        row.period,
        RunState(row.state),
        row.served,
        row.left_out,
        row.amount,
        row.told,
        row.started_at,
        row.ended_at,
        row.started_by,
        details,
    )


def _mine(job: Job, area: str, period: int) -> Any:
    return (job_run.c.job == job.name) & (job_run.c.area == area) & (job_run.c.period == period)


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)


def _claim(database: Database, job: Job, area: str, period: int, by: Actor, again: bool) -> bool:
    """Whether this process is the one that runs it."""
    now = _now()
    begun = {
        "state": RunState.RUNNING,
        "started_at": now,
        "heard_at": now,
        "ended_at": None,
        "started_by": by.id,
        "served": 0,
        "left_out": 0,
        "amount": 0,
        "told": "",
    }

    def operation(unit: Unit) -> bool:
        row = unit.run(
            select(job_run.c.state, job_run.c.heard_at)
            .where(_mine(job, area, period))
            .with_for_update()
        ).one_or_none()
        if row is None:
            key = {"job": job.name, "area": area, "period": period}
            unit.run(insert(job_run), {**key, **begun})
            return True
        if row.state == RunState.RUNNING and now - row.heard_at < SILENT:
            return False
        if row.state == RunState.DONE and not again:
            return False
        unit.run(update(job_run).where(_mine(job, area, period)).values(**begun))
        return True

    try:
        return database.write(operation)
    except IntegrityError:  # another process began it in the same moment
        return False


def _say(database: Database, job: Job, area: str, period: int) -> None:
    heard = update(job_run).where(_mine(job, area, period)).values(heard_at=_now())
    database.write(lambda unit: unit.run(heard))


def _run(job: Job, call: JobCall, by: Actor) -> JobRun:
    try:
        outcome = job.work(call)
    except YibaoError as error:
        outcome = JobOutcome(told=error.said, is_well=False)
    state = RunState.DONE if outcome.is_well else RunState.FAILED
    ended = {
        "state": state,
        "ended_at": _now(),
        "served": outcome.served,
        "left_out": outcome.left_out,
        "amount": outcome.amount,
        "told": str(outcome.told)[:_LONGEST],
    }
    mine = _mine(job, call.area, call.period)
    content = {
        "job": job.name,
        "area": call.area,
        "period": call.period,
        "state": str(state),
        "served": outcome.served,
        "left_out": outcome.left_out,
        "amount": outcome.amount,
    }

    def operation(unit: Unit) -> Any:
        unit.run(update(job_run).where(mine).values(**ended))
        extend_chain(unit, f"{STORE}jobs", by.id, "run_job", content)
        return unit.run(select(job_run).where(mine)).one()

    return _run_of(job, call.database.write(operation), outcome.details)
