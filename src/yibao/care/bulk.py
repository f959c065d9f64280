"""Settlements from a file: many visits in one transaction, their rows by COPY on PostgreSQL.

The same fen and the same rows as one after the other.  Whatever is not plain (a repeat, a
late claim, a visit settled before, a refusal) ends the transaction before it and is settled
by itself.  Every line is a message of its own, so that a file that was cut off is run again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

import msgspec
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from yibao.access.operations import Answer, Key, digest, stored_ids
from yibao.access.permissions import Actor
from yibao.benefit.facts import Visit
from yibao.care.errors import StaleError
from yibao.care.overlaps import days_of, does_not_fit, settled_days
from yibao.care.rows import answer_of, taken_by
from yibao.care.settling import Settlements, people_of, require_settle
from yibao.care.stored import SettledDays, visit_content
from yibao.care.tables import institution, settlement
from yibao.care.writing import OPERATION, settlement_of, write_effects
from yibao.database.gathering import Gathering
from yibao.database.statements import Insertion
from yibao.database.unit import Unit
from yibao.errors import ConflictError, InputError, YibaoError
from yibao.insured.fragments import registered
from yibao.insured.locks import HeldPerson, lock_people
from yibao.ledger.locks import HeldAccount, lock_accounts
from yibao.messages import Listed, Text, message
from yibao.policy import parameters as p
from yibao.policy.keys import DELIVERIES, VISIT_KINDS
from yibao.policy.kinds import ItemClass
from yibao.sanctions.fragments import ever_suspended

TOGETHER = 500
"""Visits in one transaction."""

_ROW = Insertion(settlement)


@dataclass(frozen=True, slots=True)
class BulkLine:
    """A line of a file: a message, and the visit that it asks to settle."""

    number: int
    message_id: str
    visit: Visit

    @property
    def people(self) -> set[str]:
        """Everybody whose row is locked."""
        return people_of(self.visit)


@dataclass(frozen=True, slots=True)
class LineOutcome:
    """What became of a line: an answer, or why there is none."""

    line: BulkLine
    answer: Answer | None
    refused: str = ""


def read_lines(lines: Iterable[bytes | str]) -> Iterator[BulkLine]:
    """Lines of a file (JSON Lines: ``{"message": ..., "visit": {...}}``).

    ``visit`` has the fields of :class:`~yibao.benefit.facts.Visit`, amounts in fen, days as
    text; those with a usual value may be left out.  ``InputError`` names the line.
    """
    for number, text in enumerate(lines, start=1):
        if not text.strip():
            continue
        place = message("第 {number} 行", number=number)
        try:
            fault = _choice_fault(msgspec.json.decode(text, type=_Choices).visit)
            written = None if fault else msgspec.json.decode(text, type=_Written)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise InputError(
                message(
                    '不是一笔就诊（{error}），应写 {{"message": "报文编号", "visit": {{...}}}}',
                    error=str(error),
                ),
            ).of(place) from None
        fault = fault or (_fault_of(written) if written is not None else "")
        if fault or written is None:
            raise InputError(fault).of(place)
        yield BulkLine(number, written.message, written.visit)


class _Written(msgspec.Struct, forbid_unknown_fields=True):
    message: str
    visit: Visit


class _ItemChoices(msgspec.Struct):
    item_class: str = ""


class _VisitChoices(msgspec.Struct):
    kind: str = ""
    delivery: str | None = None
    items: list[_ItemChoices] = []


class _Choices(msgspec.Struct):
    """What a line chooses from names, as it is written: the message says which there are."""

    visit: _VisitChoices


def _choice_fault(visit: _VisitChoices) -> Text:
    if visit.kind not in VISIT_KINDS:
        return message(
            "就诊类型 {kind} 应写 {kinds} 之一", kind=repr(visit.kind), kinds=Listed(VISIT_KINDS)
        )
    if visit.delivery not in (None, *DELIVERIES):
        return message(
            "分娩方式 {delivery} 应写 {deliveries} 之一",
            delivery=repr(visit.delivery),
            deliveries=Listed(DELIVERIES),
        )
    for item in visit.items:
        if item.item_class not in tuple(ItemClass):
            return message(
                "费用类别 {item_class} 应写 {classes} 之一",
                item_class=repr(item.item_class),
                classes=Listed(ItemClass),
            )
    return ""


def _fault_of(written: _Written) -> Text:
    """What the types do not say."""
    visit = written.visit
    if not 0 < len(written.message) <= 80:
        return message("报文编号应有 1 至 80 个字符")
    if visit.end < visit.start:
        return message("结束日 {end} 早于开始日 {start}", end=visit.end, start=visit.start)
    for item in visit.items:
        if item.amount < 0:
            return message("费用金额 {amount} 不能为负", amount=item.amount)
    return ""


class BulkSettlements:
    """Settles files with the memory of one process."""

    def __init__(self, settlements: Settlements, *, actor: Actor, sender: str) -> None:
        self.settlements = settlements
        self.actor = actor
        self.sender = sender

    def settle(
        self, lines: Iterable[BulkLine], *, together: int = TOGETHER
    ) -> Iterator[LineOutcome]:
        """The outcome of every line, in order, once it is committed."""
        source = iter(lines)
        while waiting := list(islice(source, together)):
            while waiting:
                results = self._together(waiting)
                yield from results
                waiting = waiting[len(results) :]
                if waiting:
                    yield self._alone(waiting.pop(0))

    def _key(self, line: BulkLine) -> Key:
        return Key(self.sender, OPERATION, line.message_id)

    def _alone(self, line: BulkLine) -> LineOutcome:
        try:
            answer = self.settlements.settle(self._key(line), line.visit, actor=self.actor)
        except YibaoError as error:
            return LineOutcome(line, None, str(error))
        return LineOutcome(line, answer)

    def _together(self, lines: Sequence[BulkLine]) -> list[LineOutcome]:
        """The outcomes of the first lines, up to one that has to be settled by itself."""

        def operation(unit: Unit) -> list[LineOutcome]:
            return self._write(Gathering(unit.connection), lines)

        database = self.settlements.database
        try:
            outcomes = self.settlements.fresh(lambda: database.write_alone(operation))
        except (IntegrityError, ConflictError):
            return []  # somebody else was first; alone, each line is answered for itself
        self.settlements.memory.confirm(database)
        return outcomes

    def _write(self, unit: Gathering, lines: Sequence[BulkLine]) -> list[LineOutcome]:
        memory = self.settlements.memory
        batch = _Batch(unit, self._known(unit, lines), self.sender)
        places: dict[str, int] = {}
        outcomes: list[LineOutcome] = []
        for line in lines[: batch.count]:
            visit = line.visit
            if not batch.is_plain(line):
                break
            try:
                require_settle(self.actor, visit)
                self.settlements.require_past(visit)
                unwritten = self.settlements.adjudicate(unit, visit, *batch.of(line))
            except YibaoError:
                break
            if batch.may_not_fit(line, unwritten.stay_overlap):
                break
            places[visit.institution] = memory.institution(unit, visit.institution).revision
            stored = settlement_of(unit, memory, unwritten, round_=1)
            answer = answer_of(stored)
            unit.run(_ROW, stored.columns)
            content_hash = digest(visit_content(visit))
            key = self._key(line)
            write_effects(unit, key, content_hash, unwritten, stored, answer, self.actor)
            unit.finish()
            batch.took(line, taken_by(stored))
            outcomes.append(LineOutcome(line, answer))
        unit.write_all()
        if places != _latest_revisions(unit, places):
            raise StaleError
        return outcomes

    def _known(self, unit: Unit, lines: Sequence[BulkLine]) -> list[BulkLine]:
        """The lines before the first that names somebody who is not registered."""
        concerned = set().union(*(line.people for line in lines))
        known = registered(unit, concerned)
        first = next((at for at, line in enumerate(lines) if not line.people <= known), len(lines))
        return list(lines[:first])


class _Batch:
    """Everybody and everything that the lines of one transaction touch, locked and read."""

    def __init__(self, unit: Unit, lines: Sequence[BulkLine], sender: str) -> None:
        self.count = len(lines)
        self.people: dict[str, HeldPerson] = {}
        self.accounts: dict[str, HeldAccount] = {}
        self.latest_end: dict[str, Any] = {}
        self.visits: set[tuple[str, str]] = set()
        self.suspended: set[str] = set()
        """Whoever was ever suspended: what that comes to is told line by line."""
        self.days: defaultdict[str, list[SettledDays]] = defaultdict(list)
        """What stands of each person in the days of the lines."""
        self.messages: set[str] = set()
        if not lines:
            return
        self.people = lock_people(unit, set().union(*(line.people for line in lines)))
        owners = set().union(*(line.people for line in lines if line.visit.draw))
        self.accounts = lock_accounts(unit, owners) if owners else {}
        whose = {line.visit.person for line in lines}
        self.latest_end = {
            row.person_id: row.last
            for row in unit.run(
                select(settlement.c.person_id, func.max(settlement.c.end).label("last"))
                .where(settlement.c.person_id.in_(whose))
                .group_by(settlement.c.person_id)
            )
        }
        first = min(line.visit.start for line in lines)
        last = max(line.visit.end for line in lines)
        for settled in settled_days(unit, whose, first, last):
            self.days[settled.person_id].append(settled)
        self.suspended = ever_suspended(unit, whose)
        names = {line.visit.id for line in lines}
        self.visits = {
            (row.person_id, row.visit_id)
            for row in unit.run(
                select(settlement.c.person_id, settlement.c.visit_id).where(
                    settlement.c.person_id.in_(whose), settlement.c.visit_id.in_(names)
                )
            )
        }
        self.messages = stored_ids(unit, sender, OPERATION, {line.message_id for line in lines})

    def is_plain(self, line: BulkLine) -> bool:
        """Whether a line is new, and its visit is settled for the first time and not late."""
        visit = line.visit
        last = self.latest_end.get(visit.person)
        return (
            line.message_id not in self.messages
            and visit.person not in self.suspended
            and (visit.person, visit.id) not in self.visits
            and (last is None or last <= visit.end)
        )

    def may_not_fit(self, line: BulkLine, rule: int) -> bool:
        """Whether a stay and another visit touch: then the line is settled by itself, and told."""
        return rule != p.OVERLAP_UNCHECKED and any(
            does_not_fit(settled, line.visit) for settled in self.days[line.visit.person]
        )

    def of(self, line: BulkLine) -> tuple[dict[str, HeldPerson], dict[str, HeldAccount]]:
        """The people of a line and, where it draws, their accounts."""
        names = sorted(line.people)
        drawn = names if line.visit.draw else []
        return (
            {name: self.people[name] for name in names},
            {name: self.accounts[name] for name in drawn if name in self.accounts},
        )

    def took(self, line: BulkLine, taken: dict[str, int]) -> None:
        """A line was settled: what the next ones find."""
        visit = line.visit
        self.messages.add(line.message_id)
        self.visits.add((visit.person, visit.id))
        self.latest_end[visit.person] = visit.end
        self.days[visit.person].append(days_of(visit))
        for name, amount in taken.items():
            if amount:
                account = self.accounts[name]
                self.accounts[name] = replace(account, balance=account.balance - amount)


def _latest_revisions(unit: Unit, places: Iterable[str]) -> dict[str, int]:
    rows = unit.run(
        select(institution.c.institution_id, func.max(institution.c.revision).label("latest"))
        .where(institution.c.institution_id.in_(list(places)))
        .group_by(institution.c.institution_id)
    )
    return {row.institution_id: row.latest for row in rows}
