"""Settling a visit: one transaction with its entries, its message and its event."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import select

from yibao.access.operations import Answer, Key, Then, digest, write_once
from yibao.access.permissions import Actor, require
from yibao.access.trail import read_record
from yibao.benefit.answers import VisitAnswer
from yibao.benefit.facts import Visit
from yibao.benefit.settling import Settled
from yibao.care import tables
from yibao.care.answers import settlement_answer
from yibao.care.diseases import with_disease
from yibao.care.errors import RoundTakenError, StaleError
from yibao.care.history import date_order
from yibao.care.inputs import KnownInput, UsedRulebooks
from yibao.care.institutions import latest_revision
from yibao.care.memory import Memory
from yibao.care.overlaps import overlaps_told, told
from yibao.care.rows import (
    answer_of,
    is_withdrawn,
    next_round,
    read_settlement,
)
from yibao.care.stored import (
    StoredSettlement,
    WrittenSettlement,
    visit_content,
)
from yibao.care.suspended import require_not_suspended
from yibao.care.writing import (
    ANSWERED,
    PROVIDER_REVISION,
    UnwrittenSettlement,
    insert_settlement,
    settlement_of,
    write_effects,
)
from yibao.database.unit import Database, Unit
from yibao.errors import ConflictError, RefusedError
from yibao.insured.locks import HeldPerson, lock_people
from yibao.insured.stored.grants import held_grants
from yibao.ledger.locks import HeldAccount, expect_accounts, lock_accounts
from yibao.messages import message
from yibao.policy.compile import PolicyLibrary
from yibao.policy.kinds import Channel
from yibao.sanctions.fragments import suspended_to
from yibao.sanctions.providers import Provider, latest_suspension
from yibao.sanctions.states import SuspensionKind

Result = TypeVar("Result")

_ATTEMPTS = 5


_CHINA = datetime.timezone(datetime.timedelta(hours=8))


def civil_today() -> datetime.date:
    """Today in Asia/Shanghai."""
    return datetime.datetime.now(_CHINA).date()


@dataclass(frozen=True, slots=True)
class TakenBack:
    """What stood of a visit, taken back for its next settlement in the same transaction."""

    settlement: StoredSettlement
    people: Mapping[str, HeldPerson]
    """Locked, with the accumulators as they are without it."""
    accounts: Mapping[str, HeldAccount]
    """Locked, with the balances as they are without it."""


class Settlements:
    """The settlement operations of one process on one database."""

    def __init__(
        self,
        database: Database,
        library: PolicyLibrary,
        today: Callable[[], datetime.date] = civil_today,
    ) -> None:
        self.database = database
        self.library = library
        self.today = today
        """The platform's day: nothing is settled that has not happened yet."""
        self.memory = Memory()

    # --- settling ----------------------------------------------------------------------------

    def settle(
        self,
        key: Key,
        visit: Visit,
        *,
        actor: Actor,
        then: Then[WrittenSettlement] | None = None,
        after: Callable[[Unit], TakenBack] | None = None,
        to_person: bool = False,
        providers: Collection[Provider] = (),
    ) -> Answer:
        """Settle a visit and write it; the same message again gets the same answer.

        ``to_person``: the person has paid the institution, and the fund owes the person.
        ``providers``: who gave the care; ``SuspendedError`` for a suspended one, except in an
        emergency.

        ``then``: the message that it is settled for; its answer is given.
        ``after``: takes back what stands of the same visit, before, in the same transaction.

        At most eight statements at any number of items: people, accounts, settlement,
        entries, balances, message, event, person.  What is met for the first time (rules,
        a version of somebody's facts) is written once more, and a late claim reads history.
        """
        require_settle(actor, visit)
        content_hash = digest(visit_content(visit))

        def attempt(round_: int) -> Answer:
            def operation(unit: Unit) -> Answer:
                how = (actor, then, after, to_person, providers)
                return self._settle(unit, key, content_hash, visit, round_, *how)

            # What is taken back may have drawn on others' accounts: it shares no commit.
            locked = people_of(visit) if after is None else None
            return write_once(self.database, key, content_hash, operation, people=locked, then=then)

        try:
            answer = self.fresh(lambda: attempt(1))
        except RoundTakenError as taken:
            round_ = self.database.read(lambda unit: next_round(unit, visit.person, visit.id))
            if round_ is None:
                raise ConflictError(str(taken)) from None
            answer = self.fresh(lambda: attempt(round_))
        except ConflictError:
            if self.database.read(lambda unit: is_withdrawn(unit, key)):
                raise ConflictError(
                    message(
                        "报文 {message_id} 已被发送方冲正，不能再结算；请换一个报文编号重新结算",
                        message_id=key.message_id,
                    )
                ) from None
            raise
        self.memory.confirm(self.database)
        return self._whole(visit.person, answer)

    def require_past(self, visit: Visit) -> None:
        """``RefusedError`` for a visit that ends after the platform's day."""
        today = self.today()
        if visit.end > today:
            raise RefusedError(
                message(
                    "就诊 {visit_id} 到 {end} 才结束，晚于平台日期 {today}，还没有发生的不能结算",
                    visit_id=visit.id,
                    end=visit.end,
                    today=today,
                )
            )

    def _whole(self, person_id: str, answer: Answer) -> Answer:
        """The answer of a message that was answered before: it keeps which settlement it was."""
        if "settlement_id" not in answer or "fund" in answer:
            return answer
        names = [tables.settlement.c[name] for name in ANSWERED]
        row = self.database.read(
            lambda unit: unit.run(
                select(*names).where(
                    tables.settlement.c.person_id == person_id,
                    tables.settlement.c.settlement_id == answer["settlement_id"],
                )
            ).one()
        )
        return {**row._asdict(), **answer}

    def fresh(self, attempt: Callable[[], Result]) -> Result:
        """Run again while somebody changes what this process remembers."""
        for _ in range(_ATTEMPTS):
            try:
                return attempt()
            except StaleError:
                self.memory.institutions.clear()
        raise ConflictError(message("机构资料正在变更，请稍后再试；没有写入任何内容"))

    def quote(self, visit: Visit, *, actor: Actor, providers: Collection[Provider] = ()) -> Settled:
        """What settling a visit now would give; nothing is written."""
        return self.quote_after(None, visit, actor=actor, providers=providers)[0]

    def quote_after(
        self,
        after: Callable[[Unit], TakenBack] | None,
        visit: Visit,
        *,
        actor: Actor,
        providers: Collection[Provider] = (),
    ) -> tuple[Settled, StoredSettlement | None]:
        """A quote, and the settlement that would be taken back for it.

        ``after`` says which, and must write nothing either.
        """
        require(actor, "quote", visit.person, visit.institution)

        def operation(unit: Unit) -> tuple[Settled, StoredSettlement | None]:
            unwritten, interim = self._adjudicate(unit, visit, after)
            latest = unit.run(
                select(
                    latest_revision(visit.institution).label("latest_revision"),
                    latest_suspension().label(PROVIDER_REVISION),
                    *(
                        suspended_to(kind, visit.person, visit.end).label(kind.value)
                        for kind in SuspensionKind
                    ),
                )
            ).one()
            require_not_suspended(visit, unwritten.settled.adjudication.settlement.total, latest)
            self._require_providers(unit, visit, providers, latest)
            if latest.latest_revision != self.memory.institution(unit, visit.institution).revision:
                raise StaleError
            return unwritten.settled, interim

        return self.fresh(lambda: self.database.read(operation))

    def _adjudicate(
        self, unit: Unit, visit: Visit, after: Callable[[Unit], TakenBack] | None
    ) -> tuple[UnwrittenSettlement, StoredSettlement | None]:
        """Lock and settle on what is known now; nothing is written.

        With the settlement that was taken back for it.
        """
        if after is not None:
            taken = after(unit)
            return self.adjudicate(unit, visit, taken.people, taken.accounts), taken.settlement
        names = people_of(visit)
        if visit.draw:
            expect_accounts(unit, names)
        people = lock_people(unit, names)
        accounts = lock_accounts(unit, people) if visit.draw else {}
        return self.adjudicate(unit, visit, people, accounts), None

    def adjudicate(
        self,
        unit: Unit,
        visit: Visit,
        people: Mapping[str, HeldPerson],
        accounts: Mapping[str, HeldAccount],
    ) -> UnwrittenSettlement:
        """Settle on locked rows: ``people`` of the visit, and their accounts if it draws."""
        institution = self.memory.institution(unit, visit.institution).on(visit.start)
        person = people[visit.person]
        known = KnownInput(
            people={name: somebody.facts for name, somebody in people.items()},
            filings=person.filings,
            institution=institution.facts,
            balances={name: account.balance for name, account in accounts.items()},
            grants=tuple(
                grant for grant in held_grants(accounts) if grant.grant.grantee == visit.person
            ),
            revision=institution.revision,
        )
        used = UsedRulebooks(self.library)
        settled = known.settle(used, with_disease(visit, person.filings), person.state)
        return UnwrittenSettlement(settled, people, known, used.pinned, tuple(used.used.values()))

    def _settle(
        self,
        unit: Unit,
        key: Key,
        content_hash: str,
        visit: Visit,
        round_: int,
        actor: Actor,
        then: Then[WrittenSettlement] | None,
        after: Callable[[Unit], TakenBack] | None,
        to_person: bool,
        providers: Collection[Provider],
    ) -> Answer:
        self.require_past(visit)
        unwritten, interim = self._adjudicate(unit, visit, after)
        if interim is not None:
            round_ = interim["round"] + 1
        beside = overlaps_told(unit, visit, unwritten.person.state, unwritten.stay_overlap)
        stored = settlement_of(unit, self.memory, unwritten, round_=round_, goes_on=interim)
        latest = insert_settlement(unit, stored.columns)
        require_not_suspended(visit, stored.amounts.total, latest)
        self._require_providers(unit, visit, providers, latest)
        if latest.latest_revision != self.memory.institution(unit, visit.institution).revision:
            raise StaleError
        answer = answer_of(stored)
        if beside:
            answer["overlaps"] = told(beside)
        if latest.latest_end is not None and latest.latest_end > visit.end:
            answer["date_order"] = date_order(
                unit,
                self.memory,
                self.library,
                unwritten.known,
                stored.visit,
                stored["settlement_id"],
            )
        write_effects(
            unit, key, content_hash, unwritten, stored, answer, actor, to_person=to_person
        )
        if then is None:
            return answer
        before = unwritten.known.balances.get(visit.person)
        balance = None if before is None else before - stored["account"]
        return then.answer(unit, visit.person, WrittenSettlement(stored, balance, interim, beside))

    def _require_providers(
        self, unit: Unit, visit: Visit, providers: Collection[Provider], latest: Any
    ) -> None:
        """``SuspendedError`` for care of a suspended department or practitioner, no emergency."""
        if not providers or visit.emergency or latest.provider_revision is None:
            return
        suspended = self.memory.suspended_providers(unit, latest.provider_revision)
        suspended.require_none(visit.institution, providers)

    # --- reading -----------------------------------------------------------------------------

    def read(self, person_id: str, visit_id: str, *, actor: Actor) -> VisitAnswer:
        """The latest settlement of a visit."""

        def fetch(unit: Unit) -> VisitAnswer:
            stored = read_settlement(unit, person_id, visit_id)
            require(actor, "read_settlement", person_id, stored["institution_id"])
            return settlement_answer(unit, self.memory, stored)

        return read_record(
            self.database,
            actor,
            "read_settlement",
            person_id,
            fetch,
            institution_id=actor.institution_id,
            purpose=visit_id,
        )


def people_of(visit: Visit) -> set[str]:
    """Everybody whose row settling a visit locks."""
    return {visit.person, *(name for name in visit.draw if name != "own")}


def require_settle(actor: Actor, visit: Visit) -> None:
    """A visit is settled at its own institution, a manual claim at the office too."""
    operation = "settle_claim" if visit.channel == Channel.MANUAL else "settle"
    require(actor, operation, visit.person, visit.institution)
