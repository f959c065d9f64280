"""Money that belongs to somebody whose account is closed: listed, and handed out."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from sqlalchemy import func, select

from yibao.access.operations import Answer, Key, digest, record_message, write_once
from yibao.access.permissions import Actor, may, require
from yibao.database.identifiers import new_identifier
from yibao.database.unit import Database, Unit
from yibao.disbursement.orders import ordered_of
from yibao.errors import ConflictError, InputError
from yibao.insured.locks import lock_people, store_person
from yibao.insured.payments.channels import require_channel
from yibao.insured.states import PaymentStatus
from yibao.insured.tables import channel_payment
from yibao.ledger import operations as ledger
from yibao.ledger.chart import SUSPENSE_PREFIX
from yibao.ledger.fragments import totals
from yibao.ledger.locks import lock_accounts
from yibao.messages import Fen, message


@dataclass(frozen=True, slots=True)
class Suspended:
    """What waits for one person, in fen."""

    person_id: str
    amount: int
    """All of it."""
    through_channels: int
    """The part that goes out by itself: through a channel, or by a payment order."""

    @property
    def left(self) -> int:
        """What somebody has to hand out."""
        return self.amount - self.through_channels


def suspense(database: Database, *, actor: Actor) -> list[Suspended]:
    """Everybody of the actor's area for whom money waits."""
    require(actor, "read_suspense", area=actor.area)
    everybody = database.read(lambda unit: _suspended(unit), consistent=True)
    return [
        suspended
        for suspended in everybody
        if suspended.amount and may(actor, "read_suspense", suspended.person_id)
    ]


def _suspended(unit: Unit, person_id: str | None = None) -> list[Suspended]:
    booked = (
        totals(unit, prefix=SUSPENSE_PREFIX)
        if person_id is None
        else totals(unit, name=ledger.suspense(person_id))
    )
    waiting = {name.removeprefix(SUSPENSE_PREFIX): -total for name, total in booked.items()}
    due = unit.run(
        select(channel_payment.c.person_id, func.sum(channel_payment.c.amount).label("total"))
        .where(channel_payment.c.status == PaymentStatus.REFUND_DUE)
        .where(*([] if person_id is None else [channel_payment.c.person_id == person_id]))
        .group_by(channel_payment.c.person_id)
    )
    sent = {row.person_id: int(row.total) for row in due}
    return [
        Suspended(name, amount, sent.get(name, 0) + ordered_of(unit, ledger.suspense(name)))
        for name, amount in waiting.items()
    ]


def clear_suspense(
    database: Database,
    key: Key,
    person_id: str,
    amount: int,
    on: datetime.date,
    *,
    actor: Actor,
    channel: str = "bank",
    to_account: str | None = None,
    reason: str,
) -> Answer:
    """Hand out what waits for a person: through a channel, or to somebody's personal account.

    Never more than waits beside what channels give back by themselves.
    """
    require(actor, "clear_suspense", person_id)
    if amount <= 0:
        raise InputError(message("处理的金额应大于 0"))
    if not reason.strip():
        raise InputError(message("请写明这笔钱给了谁、凭什么"))
    require_channel(channel)
    content_hash = digest([person_id, amount, on.isoformat(), channel, to_account, reason])
    concerned = {person_id, *([to_account] if to_account else [])}

    def operation(unit: Unit) -> Answer:
        people = lock_people(unit, concerned)
        accounts = lock_accounts(unit, concerned)
        left = sum(suspended.left for suspended in _suspended(unit, person_id))
        if amount > left:
            raise ConflictError(
                message(
                    "{person_id} 待处理的钱是 {left}，不够付出 {amount}",
                    person_id=person_id,
                    left=Fen(left),
                    amount=Fen(amount),
                )
            )
        target = ledger.channel(channel)
        if to_account is not None:
            if to_account not in accounts:
                raise ConflictError(
                    message("{to_account} 没有个人账户，请改走渠道支付", to_account=to_account)
                )
            target = ledger.personal(to_account)
        ledger.post(
            unit,
            person_id,
            new_identifier(),
            on,
            [(ledger.suspense(person_id), amount), (target, -amount)],
        )
        if to_account is not None:
            ledger.change_balances(unit, {to_account: amount})
        answer = {"person": person_id, "amount": amount, "left": left - amount}
        record_message(unit, key, content_hash, person_id, answer)
        content = {**answer, "to": to_account or channel, "reason": reason}
        store_person(unit, people[person_id], actor, "clear_suspense", content)
        if to_account is not None and to_account != person_id:
            received = {"from": person_id, "amount": amount}
            store_person(unit, people[to_account], actor, "clear_suspense", received)
        return answer

    return write_once(database, key, content_hash, operation, people=concerned)
