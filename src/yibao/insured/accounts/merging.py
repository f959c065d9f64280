"""Two records of one person made one: this room's rows, money and accumulators.

Nothing that was settled or posted is written anew: it stays on the record that it was made on.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from sqlalchemy import delete, insert, select, update

from yibao.access.permissions import Actor
from yibao.database.identifiers import new_identifier
from yibao.database.ties import short_hash
from yibao.database.unit import Database, Unit
from yibao.insured.enrolment.cover import update_cover
from yibao.insured.fragments import opening_periods
from yibao.insured.locks import HeldPerson, store_person
from yibao.insured.people.activations import end_within
from yibao.insured.people.certificates import RESIDENT
from yibao.insured.people.joining import JoinedFacts, closed_spells, joined_facts
from yibao.insured.people.merged import add_state
from yibao.insured.people.registration import identity_hashes
from yibao.insured.people.relations import Relation, relations_of
from yibao.insured.states import OrderStatus
from yibao.insured.stored.profile import state_document
from yibao.insured.stored.rows import insert_contributions, replace_enrolments, replace_groups
from yibao.insured.tables import (
    account_closing,
    credential,
    identity,
    merged_person,
    monthly_credit,
    order_,
    person,
    relation,
)
from yibao.ledger import operations as ledger
from yibao.ledger.fragments import drop_account, totals
from yibao.ledger.locks import HeldAccount
from yibao.messages import Listed, Text, message
from yibao.policy.compile import PolicyLibrary

MERGED = "merged"
"""Why the personal account of a closed record was closed."""
_UNFINISHED = (OrderStatus.CREATED, OrderStatus.CONFIRMED, OrderStatus.PAID, OrderStatus.TIMED_OUT)


@dataclass(frozen=True, slots=True)
class TwoRecords:
    """Both records, whose rows are locked with those of the relatives, and their accounts."""

    survivor: str
    merged: str
    people: Mapping[str, HeldPerson]
    accounts: Mapping[str, HeldAccount]
    joined: JoinedFacts

    @property
    def own(self) -> HeldPerson:
        return self.people[self.survivor]

    @property
    def other(self) -> HeldPerson:
        return self.people[self.merged]


def two_records(
    unit: Unit,
    survivor: str,
    merged: str,
    people: Mapping[str, HeldPerson],
    accounts: Mapping[str, HeldAccount],
    day: datetime.date,
) -> TwoRecords:
    """What the record that goes on would hold; nothing is written."""
    own, other = people[survivor], people[merged]
    opened = opening_periods(unit, merged)
    joined = joined_facts(own.facts, other.facts, own.filings, other.filings, opened, day)
    return TwoRecords(survivor, merged, people, accounts, joined)


def running_relations(unit: Unit, person_id: str, day: datetime.date) -> list[Relation]:
    """A read fragment: relations that have not ended before a day."""
    return [
        known for known in relations_of(unit, person_id) if known.end is None or known.end >= day
    ]


def merge_faults(unit: Unit, records: TwoRecords, day: datetime.date) -> Iterator[Text]:
    """What of this room stands against one record, each by its name and with the mend."""
    own, other = records.own.facts, records.other.facts
    if (own.sex, own.birth) != (other.sex, other.birth):
        yield message("两份登记的性别或出生日期不同，先更正")
    pair = [records.survivor, records.merged]
    cards = unit.run(
        select(identity.c.person_id).where(
            identity.c.person_id.in_(pair), identity.c.certificate == RESIDENT
        )
    )
    if len(list(cards)) > 1:
        yield message("两份登记各有一个居民身份证号码：不是同一个人，或者有一个要先更正")
    related = [known.relative for known in running_relations(unit, records.merged, day)]
    if records.survivor in related:
        yield message("两份登记之间登记了亲属关系，先终止")
    elif not set(related) <= set(records.people):
        yield message("亲属关系刚刚变动，请重新提出")
    if records.joined.twice:
        years = Listed(str(paid.year) for paid in records.joined.twice)
        yield message("居民医保 {years} 年两份登记都缴了费，先退一份", years=years)
    waiting = unit.run(
        select(order_.c.order_id).where(
            order_.c.person_id == records.merged, order_.c.status.in_(_UNFINISHED)
        )
    )
    if waiting.first() is not None:
        yield message("重复的登记还有没有办完的缴费订单")
    if records.merged in records.accounts and records.survivor not in records.accounts:
        yield message("保留的登记没有个人账户，重复的登记有，请保留另一份")
    for account, said in (
        (ledger.claim(records.merged), message("重复的登记还有没有拨付的手工报销")),
        (ledger.recovery(records.merged), message("重复的登记还有没有收回的追回款")),
        (ledger.suspense(records.merged), message("重复的登记还有待处理的钱，先处理")),
    ):
        if totals(unit, name=account):
            yield said


def credited_twice(unit: Unit, records: TwoRecords) -> list[int]:
    """A read fragment: months that both records were credited."""
    credited = [
        set(
            unit.run(
                select(monthly_credit.c.month).where(monthly_credit.c.person_id == name)
            ).scalars()
        )
        for name in (records.survivor, records.merged)
    ]
    return sorted(credited[0] & credited[1])


def merge_records(
    unit: Unit,
    database: Database,
    library: PolicyLibrary,
    records: TwoRecords,
    *,
    case_id: str,
    actor: Actor,
    at: datetime.datetime,
    day: datetime.date,
) -> int:
    """Close one record and lead it to the other, within a unit that holds the locks.

    What was in the account that is closed, in fen.  The caller has found no fault.
    """
    own, other, joined = records.own, records.other, records.joined
    survivor, merged = records.survivor, records.merged
    end_within(unit, merged, MERGED, actor=actor, at=at)
    _move_certificates(unit, database, survivor, merged)
    _move_relations(unit, records, day, actor)
    replace_enrolments(unit, own.facts, joined.facts.enrolments)
    replace_groups(unit, own.facts, joined.facts.groups)
    _add_periods(unit, survivor, joined)
    balance = _move_account(unit, records, day)
    unit.run(
        insert(merged_person),
        {
            "person_id": survivor,
            "merged_id": merged,
            "sequence": own.sequence + 1,
            "state": state_document(other.state),
            "case_id": case_id,
            "merged_at": at,
        },
    )
    unit.run(update(person).where(person.c.person_id == merged).values(merged_into=survivor))
    own.facts = joined.facts
    own.state = own.state.copy()
    add_state(own.state, other.state)
    marks = unit.notes.of(survivor).rows.setdefault("person", {})
    marks["state"] = short_hash(state_document(own.state))
    update_cover(unit, library, own.facts, joined.since, at)
    closed = closed_spells(other.facts, day)
    replace_enrolments(unit, other.facts, closed)
    other.facts = replace(other.facts, enrolments=closed)
    update_cover(unit, library, other.facts, day, at)
    told = {"merged": merged, "balance": balance, "case": case_id}
    store_person(unit, own, actor, "merge_person", told)
    store_person(unit, other, actor, "merge_person", {"into": survivor, "case": case_id})
    return balance


def _add_periods(unit: Unit, survivor: str, joined: JoinedFacts) -> None:
    if joined.paid:
        insert_contributions(unit, survivor, joined.paid)
    if joined.opening:
        insert_contributions(unit, survivor, joined.opening, opening=True)


def _move_certificates(unit: Unit, database: Database, survivor: str, merged: str) -> None:
    """Cards of both lead to one record; their numbers are sealed for it anew."""
    secrets = database.secrets
    theirs = identity.c.person_id == merged
    rows = unit.run(select(identity).where(theirs)).all()
    if rows:
        database.hold_keys(unit.connection)
        unit.run(delete(identity).where(theirs))
        for row in rows:
            number = secrets.decrypt(row.number_cipher, merged)
            unit.run(
                insert(identity),
                {
                    "identity_hash": identity_hashes(secrets, row.certificate, number)[0],
                    "person_id": survivor,
                    "certificate": row.certificate,
                    "number_cipher": secrets.encrypt(number, survivor),
                },
            )
    shown = credential.c.person_id == merged
    unit.run(update(credential).where(shown).values(person_id=survivor))


def _move_relations(unit: Unit, records: TwoRecords, day: datetime.date, actor: Actor) -> None:
    """Relations that run go on with the other record; relatives read them from their side."""
    known = {relative.relative for relative in running_relations(unit, records.survivor, day)}
    last = day - datetime.timedelta(days=1)
    for old in running_relations(unit, records.merged, day):
        new = Relation(records.survivor, old.relative, old.relation, old.start, old.end)
        for side in (old, old.mirrored()):
            this_row = (
                (relation.c.person_id == side.person)
                & (relation.c.relative_id == side.relative)
                & (relation.c.start == side.start)
            )
            unit.run(update(relation).where(this_row).values(end=max(last, side.start)))
        if old.relative not in known:
            unit.run(
                insert(relation),
                [
                    {
                        "person_id": side.person,
                        "relative_id": side.relative,
                        "relation": side.relation,
                        "start": side.start,
                        "end": side.end,
                    }
                    for side in (new, new.mirrored())
                ],
            )
        content = {"relative": records.merged, "into": records.survivor}
        relative = records.people[old.relative]
        store_person(unit, relative, actor, "merge_relative", content)


def _move_account(unit: Unit, records: TwoRecords, day: datetime.date) -> int:
    """The balance goes over and the account closes; of a record without one nothing moves."""
    closing = records.accounts.get(records.merged)
    if closing is None:
        return 0
    transfer_id, balance = new_identifier(), closing.balance
    target = ledger.personal(records.survivor)
    lines = [(ledger.personal(records.merged), balance), (target, -balance)]
    ledger.post(unit, records.merged, transfer_id, day, lines)
    ledger.change_balances(unit, {records.merged: -balance, records.survivor: balance})
    drop_account(unit, records.merged)
    unit.run(
        insert(account_closing),
        {
            "person_id": records.merged,
            "closed_on": day,
            "reason": MERGED,
            "amount": balance,
            "target": target,
            "transfer_id": transfer_id,
        },
    )
    return balance
