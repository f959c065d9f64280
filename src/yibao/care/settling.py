"""Settling a visit: one transaction with its entries, its message and its event."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from sqlalchemy import bindparam, func, insert, select
from sqlalchemy.exc import IntegrityError

from yibao.access.operations import Answer, Key, Then, digest, record_message, write_once
from yibao.access.permissions import Actor, require
from yibao.access.trail import read_record
from yibao.benefit import KERNEL_VERSION
from yibao.benefit.answers import PAID, VisitAnswer
from yibao.benefit.facts import Visit
from yibao.benefit.settling import Settled
from yibao.benefit.state import PersonState
from yibao.care import tables
from yibao.care.answers import settlement_answer
from yibao.care.diseases import with_disease
from yibao.care.errors import RoundTakenError, StaleError
from yibao.care.history import date_order
from yibao.care.inputs import KnownInput, Pinned, Terms, UsedRulebooks
from yibao.care.institutions import latest_revision
from yibao.care.memory import Memory
from yibao.care.rows import (
    answer_of,
    is_withdrawn,
    next_round,
    pointer_to,
    post_settlement,
    read_settlement,
    round_of,
    settlement_columns,
    taken_by,
)
from yibao.care.stored import (
    Row,
    StoredSettlement,
    WrittenSettlement,
    document_of,
    split_years,
    terms_version,
    visit_content,
)
from yibao.database.schema import Identifier
from yibao.database.statements import Query, columns_of
from yibao.database.unit import Database, Unit
from yibao.errors import ConflictError
from yibao.insured.locks import HeldPerson, keep_facts, lock_people, store_person
from yibao.insured.stored.facts import facts_version, used_chain
from yibao.insured.stored.grants import held_grants
from yibao.insured.stored.profile import YearUsed
from yibao.insured.stored.versions import hash_text, keep_chain
from yibao.ledger import operations as ledger
from yibao.ledger.locks import HeldAccount, lock_accounts
from yibao.messages import message
from yibao.policy.compile import PolicyLibrary
from yibao.policy.kinds import Channel
from yibao.policy.rulebook import Rulebook

Result = TypeVar("Result")

OPERATION = "settle"

_ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class UnwrittenSettlement:
    """A settled visit, with the locked rows that it was settled on and what was known."""

    settled: Settled
    people: Mapping[str, HeldPerson]
    known: KnownInput
    pinned: Sequence[Pinned]
    rulebooks: Sequence[Rulebook] = ()
    """Those of ``pinned`` that may not be in the database yet."""

    @property
    def person(self) -> HeldPerson:
        """Whose visit it is."""
        return self.people[self.settled.visit.person]


class Settlements:
    """The settlement operations of one process on one database."""

    def __init__(self, database: Database, library: PolicyLibrary) -> None:
        self.database = database
        self.library = library
        self.memory = Memory()

    # --- settling ----------------------------------------------------------------------------

    def settle(
        self,
        key: Key,
        visit: Visit,
        *,
        actor: Actor,
        then: Then[WrittenSettlement] | None = None,
    ) -> Answer:
        """Settle a visit and write it; the same message again gets the same answer.

        ``then``: the message that it is settled for; its answer is given.

        At most eight statements at any number of items: people, accounts, settlement,
        entries, balances, message, event, person.  What is met for the first time (rules,
        a version of somebody's facts) is written once more, and a late claim reads history.
        """
        require_settle(actor, visit)
        content_hash = digest(visit_content(visit))

        def attempt(round_: int) -> Answer:
            def operation(unit: Unit) -> Answer:
                return self._settle(unit, key, content_hash, visit, round_, actor, then)

            return write_once(
                self.database, key, content_hash, operation, people=people_of(visit), then=then
            )

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

    def quote(self, visit: Visit, *, actor: Actor) -> Settled:
        """What settling a visit now would give; nothing is written."""
        require(actor, "quote", visit.person, visit.institution)

        def operation(unit: Unit) -> Settled:
            unwritten = self._adjudicate(unit, visit)
            latest = unit.run(select(latest_revision(visit.institution))).scalar_one()
            if latest != self.memory.institution(unit, visit.institution).revision:
                raise StaleError
            return unwritten.settled

        return self.fresh(lambda: self.database.read(operation))

    def _adjudicate(self, unit: Unit, visit: Visit) -> UnwrittenSettlement:
        """Lock and settle on what is known now; nothing is written."""
        people = lock_people(unit, people_of(visit))
        accounts = lock_accounts(unit, people) if visit.draw else {}
        return self.adjudicate(unit, visit, people, accounts)

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
    ) -> Answer:
        unwritten = self._adjudicate(unit, visit)
        stored = settlement_of(unit, self.memory, unwritten, round_=round_)
        latest, latest_end = _insert(unit, stored.columns)
        if latest != self.memory.institution(unit, visit.institution).revision:
            raise StaleError
        answer = answer_of(stored)
        if latest_end is not None and latest_end > visit.end:
            answer["date_order"] = date_order(
                unit,
                self.memory,
                self.library,
                unwritten.known,
                stored.visit,
                stored["settlement_id"],
            )
        write_effects(unit, key, content_hash, unwritten, stored, answer, actor)
        if then is None:
            return answer
        before = unwritten.known.balances.get(visit.person)
        balance = None if before is None else before - stored["account"]
        return then.answer(unit, visit.person, WrittenSettlement(stored, balance))

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


ANSWERED = ("settlement_id", *PAID)
"""What the sender of a settlement is told."""


def people_of(visit: Visit) -> set[str]:
    """Everybody whose row settling a visit locks."""
    return {visit.person, *(name for name in visit.draw if name != "own")}


def require_settle(actor: Actor, visit: Visit) -> None:
    """A visit is settled at its own institution, a manual claim at the office too."""
    operation = "settle_claim" if visit.channel == Channel.MANUAL else "settle"
    require(actor, operation, visit.person, visit.institution)


# --- what is written -----------------------------------------------------------------------------


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
    )
)


def _insert(unit: Unit, row: Row) -> tuple[int, Any]:
    """Write the settlement; what is latest as this statement sees it.

    The institution's revision, the last day settled before.
    """
    values = {
        **row,
        "of_institution": row["institution_id"],
        "of_person": row["person_id"],
        "this": row["settlement_id"],
    }
    try:
        (latest,) = unit.run(_INSERT, values)
    except IntegrityError as error:
        raise round_of(error, row["visit_id"]) from None
    return latest.latest_revision, latest.latest_end


def settlement_of(
    unit: Unit,
    memory: Memory,
    unwritten: UnwrittenSettlement,
    *,
    round_: int,
    state: PersonState | None = None,
    corrects: StoredSettlement | None = None,
) -> StoredSettlement:
    """The settlement as a row that is not written yet; the versions that it points to are.

    ``state``: what had been used before, where it is not what the person's row says;
    ``corrects``: whose place it takes.
    """
    settled, person = unwritten.settled, unwritten.person
    adjudication = settled.adjudication
    memory.pin(unit, unwritten.rulebooks)
    terms = Terms(
        area=adjudication.enrolment.area,
        scheme=adjudication.enrolment.scheme,
        kernel=KERNEL_VERSION,
        rulebook=adjudication.rules.rulebook.hash,
        rulebooks=list(unwritten.pinned),
    )
    stored = StoredSettlement(
        columns={},
        amounts=adjudication.settlement,
        visit=settled.visit,
        known=unwritten.known,
        state=person.state if state is None else state,
        terms=terms,
        entitled=adjudication.cover.entitled,
    )
    stored.columns = settlement_columns(
        settled,
        written_document(unit, memory, stored, unwritten.people),
        sequence=person.sequence + 1,
        round_=round_,
        corrects=corrects,
    )
    return stored


def written_document(
    unit: Unit, memory: Memory, stored: StoredSettlement, people: Mapping[str, HeldPerson]
) -> bytes:
    """The document of a settlement; the versions that it points to are written.

    ``people`` are locked: whose facts are the latest is remembered with them.
    """
    visit, known = stored.visit, stored.known
    person = people[visit.person]
    if known.revision is None:
        place = memory.institution(unit, known.institution.id)
        known = replace(known, revision=place.revision_of(known.institution))
    version = terms_version(stored.terms)
    memory.keep_terms(unit, version)
    facts = {
        name: hash_text(_facts(unit, known, people.get(name), name, visit.person))
        for name in known.people
    }
    past, recent = split_years(stored.state, visit.start)
    return document_of(
        visit,
        stored.amounts,
        known,
        recent,
        stored.state,
        terms=hash_text(version.hash),
        facts=facts.pop(visit.person),
        relatives=facts,
        earlier=hash_text(_past(unit, person, past)) if past else None,
        entitled=stored.entitled,
    )


def _facts(
    unit: Unit, known: KnownInput, somebody: HeldPerson | None, name: str, person_id: str
) -> bytes:
    """The version of somebody's facts as known to a settlement."""
    if name in known.versions:
        return known.versions[name]
    if somebody is not None and somebody.facts is known.people[name] and somebody.is_as_stored:
        return keep_facts(unit, somebody)
    version = facts_version(known.people[name], known.filings if name == person_id else ())
    keep_chain(unit, [*version.paid, version.facts])
    return version.facts.hash


def _past(unit: Unit, person: HeldPerson, past: Sequence[YearUsed]) -> bytes:
    """The version of what was used in years before; the last one of a person is remembered."""
    chain = used_chain(past)
    if chain[-1].hash != person.used_version:
        keep_chain(unit, chain)
        person.used_version = chain[-1].hash
    return chain[-1].hash


def write_effects(
    unit: Unit,
    key: Key,
    content_hash: str,
    unwritten: UnwrittenSettlement,
    stored: StoredSettlement,
    answer: Answer,
    actor: Actor,
) -> None:
    """What follows from a settlement's row: entries, balances, message, event, person.

    The message keeps which settlement it made: the rest of its answer stands there.
    """
    unwritten.settled.adjudication.apply(unwritten.person.state)
    post_settlement(unit, stored)
    ledger.change_balances(unit, {name: -taken for name, taken in taken_by(stored).items()})
    told = {name: said for name, said in answer.items() if name not in ANSWERED[1:]}
    record_message(unit, key, content_hash, stored["person_id"], told)
    store_person(unit, unwritten.person, actor, OPERATION, pointer_to(stored.columns))
