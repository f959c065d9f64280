"""Filing, changing and cancelling, under the person's lock: a settlement sees a filing whole."""

from __future__ import annotations

import calendar
import datetime
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from sqlalchemy import insert, select, update

from yibao.access.errors import DeniedError
from yibao.access.operations import Answer, Key, Then, digest, record_message, write_once
from yibao.access.permissions import Actor, Role, require
from yibao.access.trail import actor_of_event
from yibao.benefit.facts import Filing, Person
from yibao.benefit.people import home_enrolment
from yibao.benefit.rules import day_rules, same_province
from yibao.crossing.tables import filing
from yibao.database.identifiers import new_identifier
from yibao.database.unit import Database, Unit
from yibao.errors import ConflictError, InputError, NotFoundError, RefusedError
from yibao.insured.locks import HeldPerson, lock_people, store_person
from yibao.messages import Listed, message
from yibao.policy import parameters as p
from yibao.policy.compile import PolicyLibrary
from yibao.policy.kinds import FilingKind

CHRONIC = FilingKind.CHRONIC
TEMPORARY = (FilingKind.REFERRAL, FilingKind.EMERGENCY, FilingKind.OTHER_TEMPORARY)
OUT_OF_AREA = (FilingKind.LONG_STAY, *TEMPORARY)
"""Kinds that run out by themselves after the months that the pack gives."""


def file(
    database: Database,
    library: PolicyLibrary,
    key: Key,
    wish: Filing,
    *,
    actor: Actor,
    then: Then[Answer] | None = None,
) -> Answer:
    """File a notice; a temporary one without an end gets the pack's months of validity.

    ``then``: the message that it is filed for; its answer is given.

    ``InputError`` for a disease or area that no pack names, ``ConflictError`` for a filing
    of the same kind and place or disease that overlaps.
    """
    require(actor, "file", wish.person, actor.institution_id)

    def checked(person: HeldPerson) -> Filing:
        check_filing(library, person.facts, wish)
        checked_filing = wish
        if checked_filing.end is None and checked_filing.kind in TEMPORARY:
            checked_filing = replace(
                checked_filing, end=validity_end(library, person.facts, checked_filing.start)
            )
        return checked_filing

    return _file(database, key, wish, checked, actor, then=then)


def record(database: Database, key: Key, filing: Filing, *, actor: Actor) -> Answer:
    """A filing as another system recorded it, its validity included."""
    require(actor, "file", filing.person, actor.institution_id)
    return _file(database, key, filing, lambda _: filing, actor, overlaps=True)


def validity_end(
    library: PolicyLibrary, person: Person, start: datetime.date
) -> datetime.date | None:
    """The last day of a temporary filing by the home area's pack; None: no end."""
    area = home_enrolment(person, start).area
    months = day_rules(library, area, start, start).rules[p.FILING_TEMPORARY_MONTHS]
    if months <= 0:
        return None
    count = start.year * 12 + start.month - 1 + months
    year, month = count // 12, count % 12 + 1
    day = min(start.day, calendar.monthrange(year, month)[1])
    return datetime.date(year, month, day) - datetime.timedelta(days=1)


def _file(
    database: Database,
    key: Key,
    wish: Filing,
    checked: Callable[[HeldPerson], Filing],
    actor: Actor,
    *,
    overlaps: bool = False,
    then: Then[Answer] | None = None,
) -> Answer:
    if wish.end is not None and wish.end < wish.start:
        raise InputError(message("备案的结束日早于开始日"))
    content_hash = digest(_content(wish))

    def operation(unit: Unit) -> Answer:
        person = lock_people(unit, [wish.person])[wish.person]
        new_filing = checked(person)
        if not overlaps:
            refuse_another(new_filing, person.filings)
        filing_id = new_identifier()
        unit.run(insert(filing), _row(filing_id, new_filing) | {"sequence": person.sequence + 1})
        person.filings = (*person.filings, new_filing)
        answer = _keep(unit, key, content_hash, person, filing_id, new_filing, "file", actor)
        return answer if then is None else then.answer(unit, wish.person, answer)

    return write_once(database, key, content_hash, operation, people=[wish.person], then=then)


def change(
    database: Database,
    key: Key,
    person_id: str,
    filing_id: str,
    *,
    start: datetime.date | None = None,
    end: datetime.date | None = None,
    care_area: str | None = None,
    actor: Actor,
    library: PolicyLibrary | None = None,
) -> Answer:
    """Change days or place of a filing; what was settled before stays as it is.

    With a ``library`` what comes of it has to be what the person's area would take as a new
    filing, and a temporary one lasts no longer than one that is filed anew.
    """
    require(actor, "file", person_id, actor.institution_id)
    content_hash = digest([person_id, filing_id, str(start), str(end), care_area])

    def changed(old: Filing) -> Filing:
        changed_filing = replace(
            old,
            start=start or old.start,
            end=end or old.end,
            care_area=care_area or old.care_area,
        )
        if changed_filing.end is not None and changed_filing.end < changed_filing.start:
            raise InputError(message("备案的结束日早于开始日"))
        if changed_filing.kind == CHRONIC and care_area is not None:
            raise InputError(message("慢特病备案没有就医地"))
        return changed_filing

    def checked(person: HeldPerson, old: Filing, new: Filing) -> None:
        if library is None:
            return
        check_filing(library, person.facts, new)
        refuse_another(new, [other for other in person.filings if other != old])
        if new.kind in TEMPORARY:
            last = validity_end(library, person.facts, new.start)
            if last is not None and (new.end is None or new.end > last):
                raise RefusedError(
                    message("临时外出的备案最长到 {last}，到期要再去，请重新备案", last=last)
                )

    return _alter(
        database,
        key,
        content_hash,
        person_id,
        filing_id,
        changed,
        "change_filing",
        actor,
        checked=checked,
    )


def cancel(
    database: Database,
    key: Key,
    person_id: str,
    filing_id: str,
    on: datetime.date,
    *,
    actor: Actor,
    then: Then[Answer] | None = None,
) -> Answer:
    """End a filing: ``on`` is the first day on which it no longer holds.

    ``then``: the message that it is ended for; its answer is given.
    """
    require(actor, "file", person_id, actor.institution_id)
    content_hash = digest([person_id, filing_id, on.isoformat()])

    def cancelled(old: Filing) -> Filing | None:
        if old.end is not None and old.end < on:
            raise ConflictError(
                message("备案 {filing_id} 在 {on} 之前已经结束", filing_id=filing_id, on=on)
            )
        last = on - datetime.timedelta(days=1)
        return None if last < old.start else replace(old, end=last)

    return _alter(
        database, key, content_hash, person_id, filing_id, cancelled, "cancel_filing", actor, then
    )


def _alter(
    database: Database,
    key: Key,
    content_hash: str,
    person_id: str,
    filing_id: str,
    altered: Callable[[Filing], Filing | None],
    name: str,
    actor: Actor,
    then: Then[Answer] | None = None,
    checked: Callable[[HeldPerson, Filing, Filing], None] | None = None,
) -> Answer:
    def operation(unit: Unit) -> Answer:
        person = lock_people(unit, [person_id])[person_id]
        row = unit.run(
            select(filing).where(filing.c.person_id == person_id, filing.c.filing_id == filing_id)
        ).one_or_none()
        if row is None:
            raise NotFoundError(
                message(
                    "{person_id} 没有备案 {filing_id}", person_id=person_id, filing_id=filing_id
                )
            )
        _require_maker(unit, row, actor)
        if row.cancelled:
            raise ConflictError(message("备案 {filing_id} 已经取消", filing_id=filing_id))
        old = filing_of(row)
        new = altered(old)
        if checked is not None and new is not None:
            checked(person, old, new)
        values = {"cancelled": True} if new is None else _row(filing_id, new)
        unit.run(
            update(filing)
            .where(filing.c.person_id == person_id, filing.c.filing_id == filing_id)
            .values(**values)
        )
        filings = [new if old_filing == old else old_filing for old_filing in person.filings]
        person.filings = tuple(old_filing for old_filing in filings if old_filing is not None)
        answer = _keep(unit, key, content_hash, person, filing_id, new, name, actor)
        return answer if then is None else then.answer(unit, person_id, answer)

    return write_once(database, key, content_hash, operation, people=[person_id], then=then)


def _require_maker(unit: Unit, row: Any, actor: Actor) -> None:
    """An institution changes and ends the filings that it made itself."""
    if actor.role is not Role.INSTITUTION:
        return
    if actor_of_event(unit, row.person_id, row.sequence) not in (actor.id, actor.institution_id):
        raise DeniedError(
            message("备案 {filing_id} 不是本机构办的，没有做任何改动", filing_id=row.filing_id)
        )


def _keep(
    unit: Unit,
    key: Key,
    content_hash: str,
    person: HeldPerson,
    filing_id: str,
    new_filing: Filing | None,
    name: str,
    actor: Actor,
) -> Answer:
    """The profile in line with the rows, message and event."""
    answer: Answer = {"filing_id": filing_id, "cancelled": new_filing is None}
    if new_filing is not None:
        answer |= _content(new_filing)
    record_message(unit, key, content_hash, person.facts.id, answer)
    store_person(unit, person, actor, name, answer)
    return answer


def filings_as_rows(unit: Unit, person_id: str) -> tuple[Filing, ...]:
    """The filings that stand, from their rows, in the order in which they were made."""
    return tuple(standing_filings(unit, person_id).values())


def standing_filings(unit: Unit, person_id: str) -> dict[str, Filing]:
    """:func:`filings_as_rows` by their numbers."""
    rows = unit.run(
        select(filing)
        .where(filing.c.person_id == person_id, filing.c.cancelled.is_(False))
        .order_by(filing.c.sequence)
    )
    return {row.filing_id: filing_of(row) for row in rows}


def filing_of(row: Any) -> Filing:
    """The facts of a filing's row."""
    return Filing(
        row.person_id, FilingKind(row.kind), row.care_area, row.disease, row.start, row.end
    )


def _row(filing_id: str, facts: Filing) -> dict[str, Any]:
    return {
        "person_id": facts.person,
        "filing_id": filing_id,
        "kind": facts.kind,
        "care_area": facts.care_area,
        "disease": facts.disease,
        "start": facts.start,
        "end": facts.end,
        "cancelled": False,
    }


def take_over_filings(unit: Unit, person: HeldPerson, filings: Iterable[Filing]) -> None:
    """Filings of another record of the same person, for a room above that holds the lock."""
    for filing_taken in filings:
        row = _row(new_identifier(), filing_taken) | {"sequence": person.sequence + 1}
        unit.run(insert(filing), row)
        person.filings = (*person.filings, filing_taken)


def _content(facts: Filing) -> Answer:
    return {
        "person": facts.person,
        "kind": facts.kind,
        "care_area": facts.care_area,
        "disease": facts.disease,
        "start": facts.start.isoformat(),
        "end": facts.end.isoformat() if facts.end else None,
    }


def refuse_another(new_filing: Filing, filings: Iterable[Filing]) -> None:
    """``ConflictError`` where one of the filings is of the same kind, place or disease and days."""
    if any(_collide(new_filing, earlier) for earlier in filings):
        raise ConflictError(
            message("{start} 已有同样的备案，请改为变更原备案", start=new_filing.start)
        )


def _collide(first: Filing, second: Filing) -> bool:
    same = (first.kind, first.care_area, first.disease) == (
        second.kind,
        second.care_area,
        second.disease,
    )
    return (
        same
        and (first.end is None or second.start <= first.end)
        and (second.end is None or first.start <= second.end)
    )


def check_filing(library: PolicyLibrary, person: Person, new_filing: Filing) -> None:
    """``InputError`` or ``RefusedError`` for a filing that the person's area does not know."""
    area = home_enrolment(person, new_filing.start).area
    if new_filing.kind == CHRONIC:
        named = day_rules(library, area, new_filing.start, new_filing.start).rulebook.diseases
        if new_filing.disease not in named:
            raise InputError(
                message(
                    "政策包里没有病种 {disease}，可以写：{named}",
                    disease=repr(new_filing.disease),
                    named=Listed(named),
                )
            )
        return
    if new_filing.kind not in OUT_OF_AREA:
        raise InputError(
            message(
                "备案类型 {kind} 应写 {kinds}",
                kind=repr(new_filing.kind),
                kinds=Listed((*OUT_OF_AREA, CHRONIC)),
            )
        )
    care_area = new_filing.care_area or ""
    if len(care_area) != 6 or not care_area.isdigit():
        raise InputError(
            message("就医地 {care_area} 应写六位区划代码", care_area=repr(new_filing.care_area))
        )
    if same_province(care_area, area):
        raise RefusedError(
            message("就医地 {care_area} 在省内，不需要异地就医备案", care_area=care_area)
        )
