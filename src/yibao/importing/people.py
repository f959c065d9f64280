"""People with their certificates, enrolments and groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from yibao.access.permissions import Actor
from yibao.benefit.described import plain_facts
from yibao.benefit.facts import Enrolment, GroupMembership, Person
from yibao.database.gathering import Gathering
from yibao.database.instants import civil_day, now
from yibao.database.unit import Database, Unit
from yibao.importing.fields import ImportKind
from yibao.importing.reading import SourceRow
from yibao.importing.things import (
    RowError,
    SortedOut,
    Thing,
    identifier,
    require_here,
    require_text,
)
from yibao.insured.fragments import registered
from yibao.insured.people.certificates import RESIDENT, read_number, sex_and_birth
from yibao.insured.people.registration import Named
from yibao.insured.people.taking_over import (
    Arrival,
    checked_arrival,
    number_hashes,
    owners_of_numbers,
    take_over,
)
from yibao.insured.stored.rows import group_order
from yibao.messages import Message, message
from yibao.policy.compile import PolicyLibrary

_SAME = ("name", "certificate", "number", "sex", "birth_day")
"""What the rows of one person say alike."""
_LONGEST_NAME = 100
_PLAIN = tuple(fact.name for fact in plain_facts(Enrolment))
"""Facts of an enrolment that a column gives as they are; an empty cell is the usual value."""


class PeopleImport:
    """Imports people; several rows of one person are its enrolments."""

    kind = ImportKind.PEOPLE

    def __init__(self, database: Database, library: PolicyLibrary, actor: Actor) -> None:
        self._database = database
        self._library = library
        self._actor = actor

    def group(self, row: SourceRow) -> object:
        """The person."""
        return row.values["person"]

    def thing(self, rows: Sequence[SourceRow]) -> Thing[Arrival]:
        """A person as the rows say."""
        first = rows[0]
        for row in rows[1:]:
            for column in _SAME:
                if row.values[column] != first.values[column]:
                    raise RowError(
                        row, column, message("与同一个人的第 {row} 行不同", row=first.number)
                    )
        values = first.values
        person_id = identifier(first, "person")
        certificate = values["certificate"] or RESIDENT
        read = read_number(certificate, values["number"])
        sex, birth = sex_and_birth(read, values["sex"], values["birth_day"])
        if birth > civil_day(now()):
            raise RowError(first, "birth_day", message("出生日期 {birth} 还没有到", birth=birth))
        for row in rows:
            require_here(self._actor, row, row.values["area"])
        enrolments = sorted(map(_enrolment, rows), key=lambda enrolment: enrolment.start)
        facts = Person(
            id=person_id,
            sex=sex,
            birth=birth,
            area=enrolments[-1].area,
            groups=tuple(
                sorted({group for row in rows for group in _groups(row)}, key=group_order)
            ),
            enrolments=tuple(enrolments),
            contributions_resident=None,
            contributions_employee=None,
        )
        named = Named(require_text(first, "name", _LONGEST_NAME), certificate, values["number"])
        arrival = checked_arrival(self._library, facts, named)
        hashes = number_hashes(self._database.secrets, arrival)
        return Thing(
            rows, arrival, (f"person:{person_id}", f"number:{hashes[0]}"), notes=arrival.notes
        )

    def sort_out(self, unit: Unit, things: Sequence[Thing[Arrival]]) -> SortedOut[Arrival]:
        """Those who are here already are told from those whose number somebody else has."""
        secrets = self._database.secrets
        hashes = {thing.content.facts.id: number_hashes(secrets, thing.content) for thing in things}
        here = registered(unit, hashes)
        owners = owners_of_numbers(unit, (each for some in hashes.values() for each in some))
        lot: SortedOut[Arrival] = SortedOut()
        for thing in things:
            person_id = thing.content.facts.id
            whose = {owners[each] for each in hashes[person_id] if each in owners}
            problem = _problem(person_id, person_id in here, whose)
            if problem is not None:
                lot.faults += thing.faults(problem)
            elif person_id in here:
                lot.here.append(thing)
            else:
                lot.new.append(thing)
        return lot

    def write(
        self, unit: Gathering, things: Sequence[Thing[Arrival]], origin: Mapping[str, str]
    ) -> None:
        """Register them."""
        arrivals = [thing.content for thing in things]
        take_over(
            unit,
            self._database,
            self._library,
            arrivals,
            actor=self._actor,
            at=now(),
            origin=origin,
        )


def _problem(person_id: str, is_here: bool, owners_of_number: set[str]) -> Message | None:
    if owners_of_number - {person_id}:
        return message("这个证件号码已经登记在另一个人名下，请核对人员编号和证件")
    if is_here and not owners_of_number:
        return message(
            "人员编号 {person} 已经登记，证件号码却不同，请核对是不是同一个人", person=person_id
        )
    return None


def _enrolment(row: SourceRow) -> Enrolment:
    values = row.values
    more = {name: values[name] for name in _PLAIN if values[name] is not None}
    return Enrolment(
        values["scheme"],
        values["status"],
        values["start_day"],
        values["end_day"],
        values["area"],
        **more,
    )


def _groups(row: SourceRow) -> list[GroupMembership]:
    start = row.values["groups_from_day"] or row.values["start_day"]
    return [GroupMembership(name, start, None) for name in (row.values["groups"] or "").split()]
