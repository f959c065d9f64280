"""What a person is insured as: registration, enrolments, cover, relatives, what was paid."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from yibao.database.secrets import Secrets, mask
from yibao.database.unit import Unit
from yibao.errors import NotFoundError
from yibao.insured.enrolment.cover import REASONS, cover_intervals, cover_rows
from yibao.insured.people.finding import full_numbers
from yibao.insured.people.relations import relations_of
from yibao.insured.stored.profile import person_of
from yibao.insured.tables import bill, contribution, enrolment, identity, order_, person
from yibao.messages import message
from yibao.policy.compile import PolicyLibrary
from yibao.record.paging import Asked, Page, read_page


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate with its number masked."""

    certificate: str
    number: str


@dataclass(frozen=True, slots=True)
class HeldEnrolment:
    """A dated membership of a scheme; both days included, ``end`` None: open."""

    scheme: str
    status: str | None
    contribution_class: str
    area: str
    start: datetime.date
    end: datetime.date | None


@dataclass(frozen=True, slots=True)
class HeldCover:
    """Days on which the same holds, and why; ``entitled`` None: no source says."""

    start: datetime.date
    end: datetime.date | None
    entitled: bool | None
    scheme: str
    area: str
    reason: str


@dataclass(frozen=True, slots=True)
class Relative:
    """Somebody related, as one's own record knows it; the name masked."""

    person: str
    name: str
    relation: str
    start: datetime.date
    end: datetime.date | None


@dataclass(frozen=True, slots=True)
class Insurance:
    """参保信息."""

    person: str
    name: str
    sex: str
    birth: datetime.date
    area: str
    certificates: tuple[Certificate, ...]
    enrolments: tuple[HeldEnrolment, ...]
    cover: tuple[HeldCover, ...]
    cover_today: HeldCover | None
    relatives: tuple[Relative, ...]


@dataclass(frozen=True, slots=True)
class Contribution:
    """One paid period: a year of the resident scheme, a month (yyyymm) of the employee scheme."""

    scheme: str
    period: int
    paid_on: datetime.date | None
    base: int | None
    amount: int | None
    """Fen; None where the payment was not made here."""
    bill: str | None
    order: str | None
    receipt: str | None
    channel: str | None
    """Through which it was paid; None where the payment was not made here."""
    from_account: bool = False
    """Whether personal accounts paid, by no channel."""


@dataclass(frozen=True, slots=True)
class PaymentOrder:
    """An order to pay a bill."""

    order: str
    bill: str
    channel: str
    amount: int
    status: str
    reason: str
    receipt: str | None
    created_at: datetime.datetime


def masked_name(name: str) -> str:
    """A name as relatives and counters see it: the family name, the rest hidden."""
    return name[:1] + "*" * (len(name) - 1) if len(name) > 1 else name


def insurance(
    unit: Unit,
    secrets: Secrets,
    person_id: str,
    day: datetime.date,
    library: PolicyLibrary | None = None,
) -> Insurance:
    """A person's registration with everything that is dated; ``NotFoundError``.

    ``library``: works out the cover of somebody whom another system registered, so that
    none was recorded here.
    """
    row = unit.run(
        select(
            person.c.name_cipher, person.c.sex, person.c.birth, person.c.area, person.c.profile
        ).where(person.c.person_id == person_id)
    ).one_or_none()
    if row is None:
        raise NotFoundError(message("没有登记的参保人 {person_id}", person_id=person_id))
    numbers = unit.run(
        select(identity.c.certificate, identity.c.number_cipher)
        .where(identity.c.person_id == person_id)
        .order_by(identity.c.certificate, identity.c.identity_hash)
    )
    enrolments = unit.run(
        select(enrolment).where(enrolment.c.person_id == person_id).order_by(enrolment.c.start)
    )
    recorded = cover_rows(unit, person_id)
    if not recorded and library is not None:
        facts = person_of(person_id, row.sex, row.birth, row.profile)
        recorded = cover_intervals(library, facts)
    covers = tuple(
        HeldCover(
            spell.start,
            spell.end,
            spell.entitled,
            spell.scheme,
            spell.area,
            str(REASONS.get(spell.reason, "")),
        )
        for spell in recorded
    )
    return Insurance(
        person=person_id,
        name=_name(secrets, person_id, row.name_cipher),
        sex=row.sex,
        birth=row.birth,
        area=row.area,
        certificates=tuple(
            Certificate(number.certificate, mask(secrets.decrypt(number.number_cipher, person_id)))
            for number in numbers
        ),
        enrolments=tuple(
            HeldEnrolment(
                spell.scheme,
                spell.status,
                spell.contribution_class,
                spell.area,
                spell.start,
                spell.end,
            )
            for spell in enrolments
        ),
        cover=covers,
        cover_today=next(
            (
                cover
                for cover in covers
                if cover.start <= day and (cover.end is None or day <= cover.end)
            ),
            None,
        ),
        relatives=relatives(unit, secrets, person_id),
    )


def relatives(unit: Unit, secrets: Secrets, person_id: str) -> tuple[Relative, ...]:
    """The people related to a person, ended relations too; names masked."""
    related = relations_of(unit, person_id)
    names = names_of(unit, secrets, [relation.relative for relation in related])
    return tuple(
        Relative(
            relation.relative,
            masked_name(names[relation.relative]),
            relation.relation,
            relation.start,
            relation.end,
        )
        for relation in related
    )


@dataclass(frozen=True, slots=True)
class NamedRelative:
    """A relative as one's own record tells them apart: two may share a masked name."""

    person: str
    relation: str
    name: str
    """Masked."""
    birth: datetime.date
    number_end: str
    """The last four characters of the certificate's number; empty where there is none."""


def relatives_on(
    unit: Unit, secrets: Secrets, person_id: str, day: datetime.date
) -> list[NamedRelative]:
    """The relatives on record on a day, those of one relation together."""
    relations = {
        recorded.relative: recorded.relation
        for recorded in relations_of(unit, person_id)
        if recorded.holds_on(day)
    }
    people = sorted(relations)
    names = names_of(unit, secrets, people)
    births = {
        row.person_id: row.birth
        for row in unit.run(
            select(person.c.person_id, person.c.birth).where(person.c.person_id.in_(people))
        )
    }
    relatives = []
    for relative, relation in sorted(relations.items(), key=lambda item: (item[1], item[0])):
        numbers = full_numbers(unit, secrets, relative)
        number_end = numbers[0][1][-4:] if numbers else ""
        name = masked_name(names[relative])
        relatives.append(NamedRelative(relative, relation, name, births[relative], number_end))
    return relatives


def names_of(unit: Unit, secrets: Secrets, people: list[str]) -> dict[str, str]:
    """Full names by person; for a few people of one page."""
    ids = sorted(set(people))
    if not ids:
        return {}
    rows = unit.run(
        select(person.c.person_id, person.c.name_cipher).where(person.c.person_id.in_(ids))
    )
    names = {row.person_id: _name(secrets, row.person_id, row.name_cipher) for row in rows}
    return {name: names.get(name, "") for name in ids}


def _name(secrets: Secrets, person_id: str, cipher: str | None) -> str:
    return secrets.decrypt(cipher, person_id) if cipher else ""


def contributions(unit: Unit, person_id: str, asked: Asked) -> Page[Contribution]:
    """Paid periods with their receipts; those that only open the record are left out."""
    query = (
        select(
            contribution.c.scheme,
            contribution.c.period,
            contribution.c.paid_on,
            contribution.c.base,
            contribution.c.due,
            contribution.c.bill_id,
            bill.c.order_id,
            order_.c.receipt_no,
            order_.c.channel,
            order_.c.taken,
        )
        .outerjoin(
            bill,
            (bill.c.person_id == contribution.c.person_id)
            & (bill.c.bill_id == contribution.c.bill_id),
        )
        .outerjoin(
            order_,
            (order_.c.person_id == bill.c.person_id) & (order_.c.order_id == bill.c.order_id),
        )
        .where(contribution.c.person_id == person_id, contribution.c.opening.is_(False))
    )

    def contribution_of(row: Any) -> Contribution:
        return Contribution(
            row.scheme,
            row.period,
            row.paid_on,
            row.base,
            row.due,
            row.bill_id,
            row.order_id,
            row.receipt_no,
            row.channel,
            bool(row.taken),
        )

    return read_page(
        unit, query, (contribution.c.scheme, contribution.c.period), asked, contribution_of
    )


def orders(unit: Unit, person_id: str, asked: Asked) -> Page[PaymentOrder]:
    """A person's orders."""
    query = select(order_).where(order_.c.person_id == person_id)
    return read_page(unit, query, (order_.c.order_id,), asked, order_of)


def order(unit: Unit, person_id: str, order_id: str) -> PaymentOrder:
    """One order; ``NotFoundError``."""
    row = unit.run(
        select(order_).where(order_.c.person_id == person_id, order_.c.order_id == order_id)
    ).one_or_none()
    if row is None:
        raise NotFoundError(message("没有订单 {order_id}", order_id=order_id))
    return order_of(row)


def order_of(row: Any) -> PaymentOrder:
    """An order's row."""
    return PaymentOrder(
        row.order_id,
        row.bill_id,
        row.channel,
        row.amount,
        row.status,
        row.reason,
        row.receipt_no,
        row.created_at,
    )
