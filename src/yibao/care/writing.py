"""What settling a visit writes: the row with its versions, entries, message, event, person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Date, bindparam, func, insert, select
from sqlalchemy.exc import IntegrityError

from yibao.access.operations import Answer, Key, record_message
from yibao.access.permissions import Actor
from yibao.benefit import KERNEL_VERSION
from yibao.benefit.answers import PAID, unknown_layers_of
from yibao.benefit.settling import Settled
from yibao.benefit.state import PersonState
from yibao.care import tables
from yibao.care.inputs import KnownInput, Pinned, Terms
from yibao.care.institutions import latest_revision
from yibao.care.memory import Memory
from yibao.care.rows import (
    pointer_to,
    post_settlement,
    round_of,
    settlement_columns,
    taken_by,
)
from yibao.care.stored import (
    Row,
    StoredSettlement,
    document_of,
    split_years,
    terms_version,
)
from yibao.database.compact import Compact
from yibao.database.schema import Identifier
from yibao.database.statements import Insertion, Query, columns_of
from yibao.database.unit import Unit
from yibao.insured.locks import HeldPerson, keep_facts, store_person
from yibao.insured.stored.facts import facts_version, used_chain
from yibao.insured.stored.profile import YearUsed
from yibao.insured.stored.versions import hash_text, keep_chain
from yibao.ledger import operations as ledger
from yibao.policy import parameters as p
from yibao.policy.rulebook import Rulebook
from yibao.sanctions.fragments import suspended_to
from yibao.sanctions.providers import latest_suspension
from yibao.sanctions.states import SuspensionKind

OPERATION = "settle"

ANSWERED = ("settlement_id", *PAID)
"""What the sender of a settlement is told."""


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

    @property
    def stay_overlap(self) -> int:
        """What its rules say of care that does not fit a stay."""
        return self.settled.adjudication.rules.rules[p.STAY_OVERLAP]


PROVIDER_REVISION = "provider_revision"
"""Of suspended departments and practitioners, in what a settlement's statement reads."""
_EARLIER = tables.settlement.alias("earlier")
_LATEST = (
    latest_revision(bindparam("of_institution", type_=Identifier)).label("latest_revision"),
    select(func.max(_EARLIER.c.end))
    .where(
        _EARLIER.c.person_id == bindparam("of_person", type_=Compact),
        _EARLIER.c.settlement_id != bindparam("this", type_=Compact),
    )
    .scalar_subquery()
    .label("latest_end"),
    latest_suspension().label(PROVIDER_REVISION),
    *(
        suspended_to(
            kind,
            bindparam("of_person_id", type_=Identifier),
            bindparam("settled_on", type_=Date()),
        ).label(kind.value)
        for kind in SuspensionKind
    ),
)
_INSERT = Query(insert(tables.settlement).values(columns_of(tables.settlement)).returning(*_LATEST))
_READ_LATEST, _INSERT_ALONE = Query(select(*_LATEST)), Insertion(tables.settlement)
"""The same in two statements: among several nodes an insert cannot look elsewhere."""


def insert_settlement(unit: Unit, row: Row) -> Any:
    """Write the settlement; what is latest as this statement sees it.

    ``latest_revision`` of the institution, ``latest_end`` of what was settled before, the
    ``provider_revision`` of suspended departments and practitioners, and the last days of
    suspensions that hold, ``direct`` and ``aid``.
    """
    values = {
        **row,
        "of_institution": row["institution_id"],
        "of_person": row["person_id"],
        "this": row["settlement_id"],
        "of_person_id": row["person_id"],
        "settled_on": row["end"],
    }
    if unit.is_spread:
        (latest,) = unit.run(_READ_LATEST, values)
        unit.run(_INSERT_ALONE, row, broken=lambda error: round_of(error, row["visit_id"]))
        return latest
    try:
        (latest,) = unit.run(_INSERT, values)
    except IntegrityError as error:
        raise round_of(error, row["visit_id"]) from None
    return latest


def settlement_of(
    unit: Unit,
    memory: Memory,
    unwritten: UnwrittenSettlement,
    *,
    round_: int,
    state: PersonState | None = None,
    corrects: StoredSettlement | None = None,
    goes_on: StoredSettlement | None = None,
) -> StoredSettlement:
    """The settlement as a row that is not written yet; the versions that it points to are.

    ``state``: what had been used before, where it is not what the person's row says;
    ``corrects``: whose place it takes; ``goes_on``: the interim one that it contains.
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
        unknown=unknown_layers_of(adjudication.explanation),
    )
    stored.columns = settlement_columns(
        settled,
        written_document(unit, memory, stored, unwritten.people),
        sequence=person.sequence + 1,
        round_=round_,
        corrects=corrects,
        goes_on=goes_on,
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
        unknown=stored.unknown,
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
    *,
    to_person: bool = False,
) -> None:
    """What follows from a settlement's row: entries, balances, message, event, person.

    The message keeps which settlement it made: the rest of its answer stands there.
    """
    unwritten.settled.adjudication.apply(unwritten.person.state)
    post_settlement(unit, stored, to_person=to_person)
    ledger.change_balances(unit, {name: -taken for name, taken in taken_by(stored).items()})
    told = {name: said for name, said in answer.items() if name not in ANSWERED[1:]}
    record_message(unit, key, content_hash, stored["person_id"], told)
    store_person(unit, unwritten.person, actor, OPERATION, pointer_to(stored.columns))
