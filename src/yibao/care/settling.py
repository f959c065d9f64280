"""Settling a visit: one transaction with its entries, its message and its event."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from sqlalchemy import bindparam, func, insert, select
from sqlalchemy.exc import IntegrityError

from yibao.access.operations import Answer, Key, digest, record_message, write_once
from yibao.access.permissions import Actor, require, require_place
from yibao.access.trail import read_record
from yibao.benefit.facts import Visit
from yibao.benefit.settling import Settled
from yibao.care import tables
from yibao.care.inputs import KnownInput, UsedRulebooks
from yibao.care.institutions import latest_revision
from yibao.care.kept import Kept
from yibao.care.late import date_order
from yibao.care.locks import lock_with_visit
from yibao.care.posting import post_settlement
from yibao.care.records import Row, settlement_answer, settlement_row, taken_by, visit_document
from yibao.care.rounds import (
    RoundTakenError,
    is_withdrawn,
    next_round,
    read_settlement,
    round_of,
)
from yibao.care.visits import Recorded, revision_of, with_disease
from yibao.database.schema import Identifier
from yibao.database.statements import Query, columns_of
from yibao.database.unit import Database, Unit
from yibao.errors import ConflictError
from yibao.insured.grants import held_grants
from yibao.insured.locks import HeldPerson, lock_people, store_person
from yibao.insured.profile import state_document
from yibao.ledger import operations as ledger
from yibao.ledger.locks import HeldAccount, lock_accounts
from yibao.policy.compile import PolicyLibrary

Result = TypeVar("Result")

OPERATION = "settle"

Then = Callable[[Unit, Row, int | None], None]
"""What else stands or falls with a settlement: from its row, and the balance of the person's
own account afterwards where the settlement locked it."""
_ATTEMPTS = 5


class StaleError(Exception):
    """What this process kept of an institution or a visit is not the latest; begin again."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a message asks to settle: a visit that it brings, or one that was recorded."""

    person_id: str
    visit_id: str
    draw: tuple[str, ...]
    visit: Visit | None = None

    @property
    def people(self) -> set[str]:
        """Everybody whose row is locked."""
        return {self.person_id, *(name for name in self.draw if name != "own")}


@dataclass(frozen=True, slots=True)
class Adjudicated:
    """A settled visit that is not written yet, with the locked rows that it was settled on."""

    settled: Settled
    held: HeldPerson
    used: UsedRulebooks
    known: KnownInput
    revision: int
    """Of the institution."""
    recorded: Recorded | None


class Settlements:
    """The settlement operations of one process on one database."""

    def __init__(self, database: Database, library: PolicyLibrary) -> None:
        self.database = database
        self.library = library
        self.kept = Kept()

    # --- settling ----------------------------------------------------------------------------

    def settle(self, key: Key, visit: Visit, *, actor: Actor, then: Then | None = None) -> Answer:
        """Settle a visit and write it; the same message again gets the same answer.

        ``then`` is done in the same transaction, and not for a repeat.

        At most eight statements at any number of items: people, accounts, settlement,
        entries, balances, message, event, person.  A late claim reads the history too.
        """
        require_settle(actor, visit)
        wanted = Wanted(visit.person, visit.id, visit.draw, visit)
        return self._settle_once(key, digest(visit_document(visit)), wanted, actor, then)

    def settle_recorded(
        self, key: Key, person_id: str, visit_id: str, draw: tuple[str, ...] = (), *, actor: Actor
    ) -> Answer:
        """Settle a visit that was recorded with its fee items; they are summed as recorded.

        Statements as for :meth:`settle`: the record is read with the people, and only then
        is it known whose visit it is; an actor who may not settle it leaves no trace.
        """
        require_place(actor, ("settle", "settle_claim"))
        wanted = Wanted(person_id, visit_id, draw)
        return self._settle_once(key, digest([person_id, visit_id, list(draw)]), wanted, actor)

    def _settle_once(
        self, key: Key, content_hash: str, wanted: Wanted, actor: Actor, then: Then | None = None
    ) -> Answer:
        pinned: list[str] = []

        def attempt(round_: int) -> Answer:
            def operation(unit: Unit) -> Answer:
                pinned[:] = []
                return self._settle(unit, key, content_hash, wanted, round_, actor, pinned, then)

            return write_once(self.database, key, content_hash, operation, people=wanted.people)

        try:
            answer = self.fresh(lambda: attempt(1))
        except RoundTakenError as taken:
            round_ = self.database.read(
                lambda unit: next_round(unit, wanted.person_id, wanted.visit_id)
            )
            if round_ is None:
                raise ConflictError(str(taken)) from None
            answer = self.fresh(lambda: attempt(round_))
        except ConflictError:
            if self.database.read(lambda unit: is_withdrawn(unit, key)):
                raise ConflictError(
                    f"报文 {key.message_id} 已被发送方冲正，不能再结算；请换一个报文编号重新结算"
                ) from None
            raise
        self.kept.pinned.update(pinned)
        return answer

    def fresh(self, attempt: Callable[[], Result]) -> Result:
        """Run again while somebody changes what this process kept."""
        for _ in range(_ATTEMPTS):
            try:
                return attempt()
            except StaleError:
                self.kept.institutions.clear()
        raise ConflictError("机构或就诊资料正在变更，请稍后再试；没有写入任何内容")

    def quote(self, visit: Visit, *, actor: Actor) -> Settled:
        """What settling a visit now would give; nothing is written."""
        require(actor, "quote", visit.person, visit.institution)
        return self._quote(Wanted(visit.person, visit.id, visit.draw, visit), actor)

    def quote_recorded(
        self, person_id: str, visit_id: str, draw: tuple[str, ...] = (), *, actor: Actor
    ) -> Settled:
        """:meth:`quote` for a visit that was recorded."""
        require(actor, "quote", person_id, actor.institution_id)
        return self._quote(Wanted(person_id, visit_id, draw), actor)

    def _quote(self, wanted: Wanted, actor: Actor) -> Settled:
        def operation(unit: Unit) -> Settled:
            made = self._adjudicate(unit, wanted)
            institution = made.settled.visit.institution
            require(actor, "quote", wanted.person_id, institution)
            latest = unit.run(select(latest_revision(institution))).scalar_one()
            if latest != made.revision:
                raise StaleError
            return made.settled

        return self.fresh(lambda: self.database.read(operation))

    def _adjudicate(self, unit: Unit, wanted: Wanted) -> Adjudicated:
        """Lock and settle on what is known now; nothing is written."""
        recorded = None
        if wanted.visit is None:
            people, recorded = lock_with_visit(
                unit, wanted.people, wanted.person_id, wanted.visit_id
            )
            visit = replace(recorded.visit, draw=wanted.draw)
        else:
            people, visit = lock_people(unit, wanted.people), wanted.visit
        accounts = lock_accounts(unit, people) if visit.draw else {}
        return self.adjudicate(unit, visit, people, accounts, recorded)

    def adjudicate(
        self,
        unit: Unit,
        visit: Visit,
        people: Mapping[str, HeldPerson],
        accounts: Mapping[str, HeldAccount],
        recorded: Recorded | None = None,
    ) -> Adjudicated:
        """Settle on locked rows: ``people`` of the visit, and their accounts if it draws."""
        institution = self.kept.institution(unit, visit.institution)
        held = people[visit.person]
        known = KnownInput(
            people={name: one.facts for name, one in people.items()},
            filings=held.filings,
            institution=institution.on(visit.start).facts,
            balances={name: account.balance for name, account in accounts.items()},
            grants=tuple(held_grants(accounts)),
        )
        used = UsedRulebooks(self.library)
        settled = known.settle(used, with_disease(visit, held.filings), held.state)
        return Adjudicated(settled, held, used, known, institution.revision, recorded)

    def _settle(
        self,
        unit: Unit,
        key: Key,
        content_hash: str,
        wanted: Wanted,
        round_: int,
        actor: Actor,
        pinned: list[str],
        then: Then | None,
    ) -> Answer:
        made = self._adjudicate(unit, wanted)
        visit, recorded = made.settled.visit, made.recorded
        if recorded is not None:
            require_settle(actor, visit)
        pinned += self.kept.pin(unit, made.used.used.values())
        row = row_of(made, round_)
        latest, latest_end, record = _insert(unit, row, recorded)
        if latest != made.revision or (recorded is not None and record != recorded.revision):
            raise StaleError
        answer = answer_of(row)
        if latest_end is not None and latest_end > visit.end:
            answer["date_order"] = date_order(unit, self.kept, self.library, made, row)
        write_effects(unit, key, content_hash, made, row, answer, actor)
        if then is not None:
            before = made.known.balances.get(visit.person)
            then(unit, row, None if before is None else before - row["account"])
        return answer

    # --- reading -----------------------------------------------------------------------------

    def read(self, person_id: str, visit_id: str, *, actor: Actor) -> dict[str, Any]:
        """The latest settlement of a visit, in the shape of a scenario's answer."""

        def fetch(unit: Unit) -> dict[str, Any]:
            row = read_settlement(unit, person_id, visit_id)
            require(actor, "read_settlement", person_id, row.institution_id)
            return settlement_answer(row)

        return read_record(
            self.database,
            actor,
            "read_settlement",
            person_id,
            fetch,
            institution_id=actor.institution_id,
            purpose=visit_id,
        )


def require_settle(actor: Actor, visit: Visit) -> None:
    """A visit is settled at its own institution, a manual claim at the office too."""
    operation = "settle_claim" if visit.channel == "manual" else "settle"
    require(actor, operation, visit.person, visit.institution)


def answer_of(row: dict[str, Any]) -> Answer:
    """What the sender of a settlement is told."""
    names = ("settlement_id", "fund", "own", "account", "mutual_aid", "cash")
    return {name: row[name] for name in names}


_EARLIER = tables.settlement.alias("earlier")
_INSERT = Query(
    insert(tables.settlement)
    .values(columns_of(tables.settlement))
    .returning(
        latest_revision(bindparam("of_institution", type_=Identifier)).label("latest_revision"),
        select(func.max(_EARLIER.c.end))
        .where(
            _EARLIER.c.person_id == bindparam("of_person", type_=Identifier),
            _EARLIER.c.settlement_id != bindparam("this", type_=Identifier),
        )
        .scalar_subquery()
        .label("latest_end"),
        revision_of(
            bindparam("of_person", type_=Identifier), bindparam("of_visit", type_=Identifier)
        ).label("visit_revision"),
    )
)


def row_of(made: Adjudicated, round_: int) -> Row:
    """The row of a settlement that is not written yet."""
    held = made.held
    return settlement_row(
        made.settled,
        sequence=held.sequence + 1,
        round_=round_,
        state_in=state_document(held.state),
        known=made.known.document(made.used, made.settled.visit.person),
    )


def write_effects(
    unit: Unit,
    key: Key,
    content_hash: str,
    made: Adjudicated,
    row: Row,
    answer: Answer,
    actor: Actor,
) -> None:
    """What follows from a settlement's row: entries, balances, message, event, person."""
    made.settled.adjudication.apply(made.held.state)
    post_settlement(unit, row)
    ledger.change_balances(unit, {name: -taken for name, taken in taken_by(row).items()})
    record_message(unit, key, content_hash, row["person_id"], answer)
    store_person(unit, made.held, actor, OPERATION, answer)


def _insert(
    unit: Unit, row: dict[str, Any], recorded: Recorded | None
) -> tuple[int, Any, int | None]:
    """Write the settlement; what is latest as this statement sees it.

    The institution's revision, the last day settled before, the visit's revision.
    """
    values = {
        **row,
        "of_institution": row["institution_id"],
        "of_person": row["person_id"],
        "this": row["settlement_id"],
        "of_visit": row["visit_id"],
    }
    try:
        (found,) = unit.run(_INSERT, values)
    except IntegrityError as error:
        raise round_of(error, row["visit_id"]) from None
    return found.latest_revision, found.latest_end, found.visit_revision if recorded else None
