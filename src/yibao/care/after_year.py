"""What a layer pays once a year is over, where it does not pay at each visit: worked out, and paid.

The year's own payments are what the person has used; what was paid for it before follows from
the ledger, so that a late claim is paid by its difference, and nothing twice.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from yibao.access.operations import Answer, Key, digest, record_message, write_once
from yibao.access.permissions import Actor, require
from yibao.benefit.facts import Enrolment, Person
from yibao.benefit.functions.above import payment_after_year
from yibao.benefit.incentives import major_illness_ceiling
from yibao.benefit.people import group_mask, member_position
from yibao.benefit.rules import DayRules, day_rules
from yibao.benefit.state import PersonState
from yibao.care.replay import Progress, everybody
from yibao.database.identifiers import new_identifier
from yibao.database.unit import Database, Unit
from yibao.errors import ConflictError, RefusedError
from yibao.insured.locks import lock_people, store_person
from yibao.insured.payments.channels import require_channel
from yibao.ledger import operations as ledger
from yibao.ledger.fragments import booked_for
from yibao.messages import message
from yibao.policy import parameters as p
from yibao.policy.compile import PolicyLibrary
from yibao.policy.keys import MEMBER_RESIDENT, SCHEMES
from yibao.policy.kinds import Scheme

LAYER = "upper_after_year"
"""Of the fund, in the ledger: apart from what is paid at visits."""


@dataclass(frozen=True, slots=True)
class AfterYear:
    """What one person gets for a year that is over, in fen."""

    person_id: str
    scheme: str
    area: str
    year: int
    last_day: datetime.date
    """Of the benefit year; what is paid is booked for it."""
    own: int
    """The own payments that count."""
    total: int
    """What the layer pays for the whole year."""
    paid: int
    """Of it, before."""
    rulebook: str

    @property
    def due(self) -> int:
        """What is left to pay; below 0: so much was paid too much, as the year holds less now."""
        return self.total - self.paid


def list_after_year(
    database: Database,
    library: PolicyLibrary,
    year: int,
    *,
    on: datetime.date,
    actor: Actor,
    person_id: str | None = None,
    progress: Progress = lambda _: None,
) -> Iterator[AfterYear]:
    """Everybody to whom something is owed, or was overpaid, for a benefit year that is over.

    ``on``: today, the day whose knowledge counts.  ``RefusedError`` where the year is not over
    yet, or a figure has no source.
    """
    require(actor, "pay_after_year", *([person_id] if person_id else []))
    return _listed(database, library, year, on, person_id, progress)


def _listed(
    database: Database,
    library: PolicyLibrary,
    year: int,
    on: datetime.date,
    person_id: str | None,
    progress: Progress,
) -> Iterator[AfterYear]:
    for ids in [[person_id]] if person_id else everybody(database):

        def operation(unit: Unit, ids: list[str] = ids) -> list[AfterYear]:
            people = lock_people(unit, ids, closed_too=person_id is None)
            return [
                owed
                for name in ids
                if people[name].merged_into is None
                for owed in _of_person(
                    unit, library, people[name].facts, people[name].state, year, on
                )
                if owed.due
            ]

        yield from database.read(operation)
        progress(len(ids))


def pay_after_year(
    database: Database,
    library: PolicyLibrary,
    key: Key,
    person_id: str,
    year: int,
    *,
    on: datetime.date,
    actor: Actor,
    channel: str = "bank",
) -> Answer:
    """Pay one person what is owed for a benefit year that is over, through a channel.

    ``ConflictError`` with no effect where nothing is owed.
    """
    require(actor, "pay_after_year", person_id)
    require_channel(channel)
    content_hash = digest([person_id, year, channel])

    def operation(unit: Unit) -> Answer:
        person = lock_people(unit, [person_id])[person_id]
        owed = [
            of_scheme
            for of_scheme in _of_person(unit, library, person.facts, person.state, year, on)
            if of_scheme.due > 0
        ]
        if not owed:
            raise ConflictError(
                message("{person_id} {year} 年度没有要付的", person_id=person_id, year=year)
            )
        payments = [_paid(unit, of_scheme, channel) for of_scheme in owed]
        answer: Answer = {"person": person_id, "year": year, "payments": payments}
        record_message(unit, key, content_hash, person_id, answer)
        store_person(unit, person, actor, "pay_after_year", answer)
        return answer

    return write_once(database, key, content_hash, operation)


def _paid(unit: Unit, owed: AfterYear, channel: str) -> dict[str, Any]:
    transfer_id = new_identifier()
    lines = [(_account(owed.area, owed.scheme), owed.due), (ledger.channel(channel), -owed.due)]
    ledger.post(unit, owed.person_id, transfer_id, owed.last_day, lines)
    return {
        "scheme": owed.scheme,
        "amount": owed.due,
        "total": owed.total,
        "own": owed.own,
        "rulebook": owed.rulebook,
        "transfer": transfer_id,
    }


def _account(area: str, scheme: str) -> str:
    return ledger.fund(area, scheme, LAYER)


def _of_person(
    unit: Unit,
    library: PolicyLibrary,
    person: Person,
    state: PersonState,
    year: int,
    on: datetime.date,
) -> Iterator[AfterYear]:
    """For each scheme in which something was used that year and whose layer pays after it."""
    for scheme in Scheme:
        if (scheme, year) not in state.accumulators:
            continue
        spells = [spell for spell in person.enrolments if spell.scheme == scheme]
        enrolment = _last_spell(spells, datetime.date(year + 1, 1, 1))
        if enrolment is None:
            continue
        last_day, rules = _last_rules(library, enrolment.area, scheme, year, on)
        enrolment = _last_spell(spells, last_day) or enrolment
        used = state.year(scheme, year)
        total = payment_after_year(
            rules.rules,
            member_position(enrolment),
            group_mask(rules, person, last_day),
            used,
            _bonus(library, person, rules, scheme, state, last_day),
            None,
        )
        if total < 0:
            raise rules.refusal(total)
        if total == 0:
            continue
        if last_day >= on:
            raise RefusedError(
                message("{year} 年度到 {last_day} 才结束", year=year, last_day=last_day)
            )
        area = rules.rulebook.area
        yield AfterYear(
            person_id=person.id,
            scheme=scheme,
            area=area,
            year=year,
            last_day=last_day,
            own=used.eligible_own,
            total=total,
            paid=booked_for(unit, _account(area, scheme), person.id, last_day),
            rulebook=rules.rulebook.hash,
        )


def _last_spell(spells: Sequence[Enrolment], day: datetime.date) -> Enrolment | None:
    """The latest enrolment that began by a day."""
    return next((spell for spell in reversed(spells) if spell.start <= day), None)


def _last_rules(
    library: PolicyLibrary, area: str, scheme: Scheme, year: int, on: datetime.date
) -> tuple[datetime.date, DayRules]:
    """The last day of a benefit year, and the rules of that day."""
    new_year = datetime.date(year + 1, 1, 1)
    first_month = day_rules(library, area, new_year, on).at(
        p.YEAR_FIRST_MONTH, SCHEMES.index(scheme)
    )
    last_day = datetime.date(year + 1, first_month, 1) - datetime.timedelta(days=1)
    return last_day, day_rules(library, area, last_day, on)


def _bonus(
    library: PolicyLibrary,
    person: Person,
    rules: DayRules,
    scheme: Scheme,
    state: PersonState,
    day: datetime.date,
) -> int:
    """What incentives add to a resident's ceiling, where the layer has one."""
    if scheme != Scheme.RESIDENT:
        return 0
    if rules.at(p.UPPER_ANNUAL_CEILING, MEMBER_RESIDENT) < 0:
        return 0
    return major_illness_ceiling(library, person, rules.rulebook.area, state, day).bonus
