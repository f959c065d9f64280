"""Somebody registered twice: one record goes on, the other is closed and leads to it."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

from yibao.access.operations import Answer
from yibao.access.users import move_logins
from yibao.aid.operations import grant_rows
from yibao.aid.states import GrantStatus
from yibao.benefit.facts import Person, month_of
from yibao.benefit.state import PersonState
from yibao.crossing.operations import take_over_filings
from yibao.database.unit import Database, Unit
from yibao.disbursement.orders import ordered_of
from yibao.employers.fragments import employers_of
from yibao.errors import ConflictError, InputError
from yibao.exchange.stays import stays_of
from yibao.insured.accounts.merging import (
    TwoRecords,
    credited_twice,
    merge_faults,
    merge_records,
    running_relations,
    two_records,
)
from yibao.insured.enrolment.documents import catalogue
from yibao.insured.locks import lock_people
from yibao.ledger.locks import lock_accounts
from yibao.ledger.operations import suspense
from yibao.messages import Fen, Listed, Text, message
from yibao.moving.applications import Merger
from yibao.moving.transfers import person_in
from yibao.office.kinds import Decided, NeededPaper
from yibao.office.reading import case_rows_of
from yibao.policy.compile import PolicyLibrary
from yibao.policy.kinds import Scheme
from yibao.sanctions.operations import suspensions_of

_IDENTITY = ("identity_card", "household_book", "birth_certificate")
_LIVE = (GrantStatus.ACTIVE, GrantStatus.PENDING)
_SCHEMES = {Scheme.EMPLOYEE: message("职工医保"), Scheme.RESIDENT: message("居民医保")}


def papers_of(data: Merger) -> tuple[NeededPaper, ...]:
    """What shows that both records are of one person; one of them is enough."""
    titles = catalogue()["kinds"]
    return tuple(NeededPaper(kind, titles[kind], group="identity") for kind in _IDENTITY)


def merger_of(unit: Unit, merged: str, day: datetime.date) -> Merger:
    """What is asked for of a record that somebody has twice: with its relatives on record."""
    relatives = {known.relative for known in running_relations(unit, merged, day)}
    return Merger(merged=merged, relatives=tuple(sorted(relatives)))


def merge(database: Database, library: PolicyLibrary, decided: Decided) -> Answer:
    """Make one record of two: ``into``, ``amount`` that moved, and ``notes`` of what was joined.

    ``ConflictError`` names everything that stands against it; then nothing is changed.
    """
    data: Merger = decided.data
    survivor = person_in(decided)
    if data.merged == survivor:
        raise InputError(message("不能与自己合并"), place="number")

    def work(unit: Unit) -> Answer:
        pair = [survivor, data.merged]
        people = lock_people(unit, [*pair, *data.relatives])
        accounts = lock_accounts(unit, pair)
        records = two_records(unit, survivor, data.merged, people, accounts, decided.day)
        faults = [*merge_faults(unit, records, decided.day), *_open_matters(unit, decided, records)]
        if faults:
            raise ConflictError(message("不能合并：{faults}", faults=Listed(faults)))
        notes = [str(note) for note in _notes(unit, records, decided.day)]
        take_over_filings(unit, records.own, records.joined.filings)
        move_logins(unit, data.merged, survivor, by=decided.actor)
        moved = merge_records(
            unit,
            database,
            library,
            records,
            case_id=decided.case_id,
            actor=decided.actor,
            at=decided.at,
            day=decided.day,
        )
        return {"into": survivor, "amount": moved, "notes": notes}

    return database.write(work, people=[survivor, data.merged])


def _open_matters(unit: Unit, decided: Decided, records: TwoRecords) -> Iterator[Text]:
    """What other rooms have not finished with the record that would be closed."""
    merged, day = records.merged, decided.day
    open_cases = [
        case.kind.label
        for case in case_rows_of(unit, merged, day, 200)
        if case.is_open and case.case_id != decided.case_id
    ]
    if open_cases:
        yield message("重复的登记还有没有办完的事：{cases}", cases=Listed(open_cases))
    if any(stay.end is None for stay in stays_of(unit, merged)):
        yield message("重复的登记还有住院没有结算")
    for as_grantee in (False, True):
        rows = grant_rows(unit, merged, day, as_grantee=as_grantee)
        if any(row["status"] in _LIVE for row in rows):
            yield message("重复的登记还有生效的共济授权，先撤销，合并以后再授权")
            break
    employers = employers_of(unit, merged, month_of(day))
    if employers:
        yield message("单位还在申报重复的登记，先减员：{names}", names=Listed(employers))
    if any(
        suspension.lifted_on is None and suspension.end >= day
        for suspension in suspensions_of(unit, merged)
    ):
        yield message("重复的登记正在暂停联网结算或共济，期满以后再合并")
    if ordered_of(unit, suspense(merged)):
        yield message("重复的登记还有付款单没有付出")


def _notes(unit: Unit, records: TwoRecords, day: datetime.date) -> Iterator[Text]:
    """What both records have, and what contradicts, as it is shown before anybody decides."""
    joined = records.joined
    for title, record_id in (
        (message("保留的登记"), records.survivor),
        (message("重复的登记"), records.merged),
    ):
        person = records.people[record_id]
        account = records.accounts.get(record_id)
        yield message(
            "{title}：{spells}；缴费 {months} 个月、{years} 年；备案 {filings} 份；"
            "个人账户 {balance}",
            title=title,
            spells=Listed(_spells(person.facts)),
            months=len(person.facts.contributions_employee or ()),
            years=len(person.facts.contributions_resident or ()),
            filings=len(person.filings),
            balance=Fen(0 if account is None else account.balance),
        )
    yield from _accumulators(records.own.state, records.other.state)
    yield from joined.contradictions
    months = credited_twice(unit, records)
    if months:
        yield message(
            "这些月份两份登记都划过个人账户，多划的另行追回：{months}",
            months=Listed(str(month) for month in months),
        )


def _spells(facts: Person) -> list[Text]:
    return [
        message(
            "{scheme} {start} 至 {end}",
            scheme=_SCHEMES[Scheme(spell.scheme)],
            start=spell.start,
            end=spell.end or message("今"),
        )
        for spell in facts.enrolments
    ]


def _accumulators(own: PersonState, other: PersonState) -> Iterator[Text]:
    """Of each year what the fund paid on the one and on the other record, and the sum."""
    for scheme, year in sorted(set(own.accumulators) | set(other.accumulators)):
        both = [
            used.outpatient_pooled + used.inpatient_pooled + used.chronic_pooled
            for used in (own.year(scheme, year), other.year(scheme, year))
        ]
        if any(both):
            yield message(
                "{year} 年{scheme}统筹支付累计：{own} 与 {other}，合并后 {together}",
                year=year,
                scheme=_SCHEMES[Scheme(scheme)],
                own=Fen(both[0]),
                other=Fen(both[1]),
                together=Fen(sum(both)),
            )
