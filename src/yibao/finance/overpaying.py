"""What a channel took beyond what the books have of a payment: booked, and owed back, in one step.

A person's goes to a bank account or waits in suspense; an employer's stands to its credit, to
be set off or returned.
"""

from __future__ import annotations

import datetime

from yibao.access.operations import Answer, Key, canonical, record_message, write_once
from yibao.access.permissions import Actor, require
from yibao.database.instants import now
from yibao.database.unit import Database, Unit
from yibao.disbursement.payees import Payee
from yibao.employers import received as of_employers
from yibao.employers.locks import require_employer
from yibao.employers.operations import EmployerMoney, add_overpaid
from yibao.errors import ConflictError, RefusedError
from yibao.finance.reconciliation import close_difference, lock_difference
from yibao.finance.states import DifferenceKind
from yibao.insured.payments import received as of_people
from yibao.insured.payments.counter import CounterMoney, owe_overpaid
from yibao.messages import Fen, message


def book_overpaid(
    database: Database,
    key: Key,
    channel: str,
    day: datetime.date,
    reference: str,
    payee: Payee | None = None,
    *,
    actor: Actor,
    at: datetime.datetime | None = None,
) -> Answer:
    """Book what a difference says came too much, and resolve it: ``rest`` (fen), ``payment``.

    ``payee``: where a person's goes; None: it waits in suspense for a cashier.  Once: a
    difference that is resolved is a ``ConflictError``, and so is one whose books have moved
    since the file was compared.  ``RefusedError`` where the file has not more than the books,
    or the number is not one payment's alone.
    """
    require(actor, "reconcile", area=actor.area)
    instant = at or now()
    people, employers = database.read(
        lambda unit: (
            of_people.payers_of(unit, channel, reference),
            of_employers.payers_of(unit, channel, reference),
        )
    )
    if len(people) + len(employers) != 1:
        raise RefusedError(message("账上这个单号不是一笔，请查清，写下怎么处理的"))
    for person_id, _ in people:
        require(actor, "contribute", person_id)
    for employer_id in employers:
        require_employer(database, actor, "book_money", employer_id)
    to = "" if payee is None else [payee.name, payee.bank, payee.account]
    content_hash = database.secrets.lasting_hash(
        canonical([channel, day.isoformat(), reference, to])
    )

    def operation(unit: Unit) -> Answer:
        row = lock_difference(unit, channel, day, reference, DifferenceKind.AMOUNT)
        over = row.there - row.here
        if over <= 0 or row.here <= 0:
            raise RefusedError(message("渠道的金额不比账上多，请查清，写下怎么处理的"))
        rooms = (of_people, of_employers)
        booked = sum(
            received.amount
            for room in rooms
            for received in room.received_with(unit, channel, [reference])
        )
        if booked != row.here:
            raise ConflictError(message("账上这一笔已经变了，请查清，写下怎么处理的"))
        if people:
            ((person_id, order_id),) = people
            money = CounterMoney(channel, reference, over, day, payee)
            booked_answer = owe_overpaid(unit, person_id, order_id, money, actor=actor, at=instant)
        else:
            (employer_id,) = employers
            credited = EmployerMoney(channel, reference, over, day)
            booked_answer = add_overpaid(unit, employer_id, credited, actor=actor)
        said = _done(over, bool(employers), payee)
        close_difference(
            unit,
            channel,
            day,
            reference,
            DifferenceKind.AMOUNT,
            said,
            actor=actor,
            at=instant,
        )
        record_message(unit, key, content_hash, key.sender, booked_answer)
        return booked_answer

    return write_once(
        database, key, content_hash, operation, people={person_id for person_id, _ in people}
    )


def _done(over: int, is_employers: bool, payee: Payee | None) -> str:
    """What was done, as it is kept: in Chinese."""
    amount = Fen(over)
    if is_employers:
        return str(message("多出 {over}，已入账，记在单位名下", over=amount))
    if payee is None:
        return str(message("多出 {over}，已入账，记在待处理", over=amount))
    return str(message("多出 {over}，已入账，出付款单退还", over=amount))
