"""Which work comes again, how often, and what does it.

A job is here when an operation of its room exists that may be run twice: what makes a credit,
a seal or a snapshot happen once is the operation, not the schedule.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from yibao.access.operations import Key
from yibao.access.permissions import Actor, Role
from yibao.access.seals import last_seal, seal_heads
from yibao.conduct.checking import check_month
from yibao.conduct.peers import peers_off
from yibao.database.backup import backup
from yibao.database.identifiers import new_identifier
from yibao.database.unit import Database
from yibao.errors import InputError
from yibao.finance.carrying import areas_with_funds, carry_month
from yibao.insured.accounts.credits import run_credits
from yibao.insured.fragments import areas_insured_in
from yibao.jobs.reminding import write_reminders
from yibao.ledger.balances import take_snapshots
from yibao.messages import Fen, Listed, Text, message, message_in
from yibao.policy.compile import PolicyLibrary
from yibao.policy.kinds import Scheme, TextEnum
from yibao.record.reminding import Collecting
from yibao.record.store_check import StoreCheck


class Every(TextEnum):
    """How often a job comes."""

    DAY = "daily"
    MONTH = "monthly"


@dataclass(frozen=True, slots=True)
class JobCall:
    """What a run is given."""

    database: Database
    library: PolicyLibrary
    area: str
    """Nothing for a job of the whole store."""
    period: int
    day: datetime.date
    actor: Actor
    again: bool
    """Whether those who were left out are tried again."""
    backups: Path | None
    heard: Callable[[], None]
    """Called between parts: the run goes on."""
    collecting: Collecting | None = None
    """The year that residents of an area are collected for; None: nobody is reminded of one."""


@dataclass(frozen=True, slots=True)
class JobOutcome:
    """What a run did: people or rows served, people left out, fen moved, and a sentence."""

    served: int = 0
    left_out: int = 0
    amount: int = 0
    told: Text = ""
    details: Sequence[Text] = ()
    """What the run has to say line by line, shown to whoever runs it and not stored."""
    is_well: bool = True


@dataclass(frozen=True, slots=True)
class Job:
    """Work that comes again."""

    name: str
    label: Text
    every: Every
    role: Role
    """In which the work is done, by whoever may run jobs."""
    work: Callable[[JobCall], JobOutcome]
    areas: Callable[[Database], list[str]] | None = None
    """The areas that each have a run of their own; None: one run for the store."""


def _employee_areas(database: Database) -> list[str]:
    return database.read(lambda unit: areas_insured_in(unit, Scheme.EMPLOYEE))


def _credit(call: JobCall) -> JobOutcome:
    result = run_credits(
        call.database,
        call.library,
        call.area,
        call.period,
        actor=call.actor,
        again=call.again,
        pause=call.heard,
    )
    told = message("划入 {count} 人", count=result.served)
    return JobOutcome(
        result.served,
        len(result.skipped),
        result.amount,
        told,
        [
            message("{person}：{reason}", person=person, reason=reason)
            for person, reason in result.skipped.items()
        ],
    )


def _carry(call: JobCall) -> JobOutcome:
    key = Key(call.actor.id, "carry_fund", new_identifier())
    answer = carry_month(call.database, key, call.area, call.period, actor=call.actor)
    told = message(
        "缴费 {paid} 进了基金，补平划入个人账户的 {credited}",
        paid=Fen(answer["paid"]),
        credited=Fen(answer["credited"]),
    )
    return JobOutcome(amount=answer["paid"], told=told)


def _check(call: JobCall) -> JobOutcome:
    check = StoreCheck(call.database, 0)
    faults = []
    for fault in check.faults():
        faults.append(fault)
        call.heard()
    if not faults:
        told = message("没有问题：检查了 {count} 人的记录和全部账", count=len(check.people))
        return JobOutcome(len(check.people), told=told, details=check.notes)
    told = message("检查发现 {count} 处问题", count=len(faults))
    return JobOutcome(len(check.people), told=told, details=faults, is_well=False)


def _conduct(call: JobCall) -> JobOutcome:
    result = check_month(
        call.database, call.period, actor=call.actor, library=call.library, heard=call.heard
    )
    told = message("查了 {people} 人，新命中 {count} 处", people=result.people, count=result.new)
    off = peers_off(call.library, result.off)
    return JobOutcome(result.people, amount=result.amount, told=told, details=[off] if off else [])


def _remind(call: JobCall) -> JobOutcome:
    looked_at, written = write_reminders(
        call.database, call.library, call.day, call.collecting, actor=call.actor, heard=call.heard
    )
    told = message("看了 {people} 人，新写了 {count} 条提醒", people=looked_at, count=written)
    return JobOutcome(looked_at, told=told)


def _interest(call: JobCall) -> JobOutcome:
    """No pack has a rate: how accounts and funds earn interest was not found."""
    told = message("没有计息：个人账户与基金的计息办法没有来源，政策包里没有利率")
    return JobOutcome(told=told)


def _snapshot(call: JobCall) -> JobOutcome:
    yesterday = call.day - datetime.timedelta(days=1)
    count = take_snapshots(call.database, yesterday, actor=call.actor)
    return JobOutcome(
        count, told=message("{day} 日终的快照 {count} 个", day=yesterday, count=count)
    )


def _seal(call: JobCall) -> JobOutcome:
    numbers = seal_heads(call.database, call.actor)
    last = call.database.read(last_seal)
    if not numbers or last is None:
        return JobOutcome(told=message("没有新的事件，不必封存"))
    told = message("封存到第 {number} 号", number=last.number)
    keep = message(
        "请另存到管库的人改不到的地方：yibao audit verify --seal {number}={hash}",
        number=last.number,
        hash=last.hash,
    )
    return JobOutcome(len(numbers), told=told, details=[keep])


def _backup(call: JobCall) -> JobOutcome:
    if call.backups is None:
        raise InputError(
            message("没有说备份放在哪个文件夹：用 --backups 或环境变量 YIBAO_BACKUPS"),
            place="--backups",
        )
    file = call.backups / f"yibao-{call.day.isoformat()}.backup"
    if file.exists():  # a backup appears whole or not at all
        return JobOutcome(told=message("{file} 已经有了", file=file))
    call.backups.mkdir(parents=True, exist_ok=True, mode=0o700)
    backup(call.database, file)
    return JobOutcome(1, told=message("备份到 {file}", file=file))


SCHEDULE: tuple[Job, ...] = (
    Job(
        "credit",
        message("个人账户按月划入"),
        Every.MONTH,
        Role.OFFICER,
        _credit,
        _employee_areas,
    ),
    Job("conduct", message("基金监管规则检查"), Every.MONTH, Role.OFFICER, _conduct),
    Job(
        "carry",
        message("缴费划入基金"),
        Every.MONTH,
        Role.OFFICER,
        _carry,
        areas_with_funds,
    ),
    Job("interest", message("计息"), Every.MONTH, Role.OFFICER, _interest),
    Job("reminders", message("提醒"), Every.DAY, Role.ADMINISTRATOR, _remind),
    Job("check", message("全库检查"), Every.DAY, Role.AUDITOR, _check),
    Job("snapshot", message("日终快照"), Every.DAY, Role.ADMINISTRATOR, _snapshot),
    Job("seal", message("审计链封存"), Every.DAY, Role.AUDITOR, _seal),
    Job("backup", message_in("job", "备份"), Every.DAY, Role.ADMINISTRATOR, _backup),
)
"""In the order in which they run: what is sealed and backed up holds what ran before."""


def job_named(name: str) -> Job:
    """``InputError`` for a name that no job has."""
    for job in SCHEDULE:
        if job.name == name:
            return job
    names = [job.name for job in SCHEDULE]
    raise InputError(
        message("没有名为 {name} 的作业；有：{names}", name=name, names=Listed(names)),
        place="name",
    )


def period_of(every: Every, day: datetime.date) -> int:
    """The latest period that is due on a day: the day itself, or the month before."""
    if every is Every.DAY:
        return day.year * 10_000 + day.month * 100 + day.day
    return month_before(day.year * 100 + day.month)


def month_before(month: int) -> int:
    """``YYYYMM`` of the month before."""
    return month - 1 if month % 100 > 1 else month - 89


def month_after(month: int) -> int:
    """``YYYYMM`` of the month after."""
    return month + 1 if month % 100 < 12 else month + 89


def periods_due(every: Every, day: datetime.date, last: int | None) -> list[int]:
    """What is to be run on a day where ``last`` was the last period done.

    Months that were missed are made up, oldest first; a day that is over is over: nobody can
    back up yesterday.  A job that never ran begins with the latest period.
    """
    latest = period_of(every, day)
    if last is None or every is Every.DAY:
        return [latest] if last is None or last < latest else []
    periods = []
    month = month_after(last)
    while month <= latest:
        periods.append(month)
        month = month_after(month)
    return periods
