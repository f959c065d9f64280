"""What somebody drew too much: decided, then given back at once, in parts, or set off."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from yibao.access.operations import Answer, Key, digest, record_message, write_once
from yibao.access.permissions import Actor, require
from yibao.conduct.sheets import returns_due
from yibao.database.instants import civil_day, now
from yibao.database.unit import Database, Unit
from yibao.disbursement.orders import set_off_order, waiting_amount
from yibao.errors import ConflictError, InputError, RefusedError
from yibao.insured.locks import lock_person, store_person
from yibao.ledger import operations as ledger
from yibao.ledger.locks import lock_accounts
from yibao.ledger.recovering import credit_recovery, open_recovery, outstanding
from yibao.messages import Fen, message
from yibao.money import ROUND_DOWN, ratio_amount
from yibao.moving.applications import BENEFIT_RECOVERY, BenefitRecovery, RecoveryWay
from yibao.moving.states import LeavingState
from yibao.moving.terms import rule_of
from yibao.moving.transfers import person_in
from yibao.office.kinds import Decided
from yibao.office.locks import case_row
from yibao.office.operations import follow_within
from yibao.office.reading import open_cases
from yibao.policy import parameters as p
from yibao.policy.compile import PolicyLibrary

MOST_INSTALMENTS = 60


def instalments_of(amount: int, count: int) -> list[int]:
    """Equal parts of an amount in fen, the last with what is left over."""
    part = amount // count
    return [*([part] * (count - 1)), amount - part * (count - 1)]


def most_to_set_off(benefit: int, owed: int, limit: int) -> int:
    """What may be kept of one payment: a share of it (basis points), and no more than is owed."""
    return min(owed, ratio_amount(benefit, limit, ROUND_DOWN))


def owed_back(unit: Unit, person_id: str) -> int:
    """A read fragment: what cases of this room still ask of a person, fen.

    What supervision has decided stands on the same account, and comes in by its own cases.
    """
    return outstanding(unit, person_id) - returns_due(unit, person_id)


def decide(database: Database, library: PolicyLibrary, decided: Decided) -> Answer:
    """The decision: the fund has a claim on the person."""
    data: BenefitRecovery = decided.data
    person_id = person_in(decided)
    if not 1 <= data.instalments <= MOST_INSTALMENTS:
        raise InputError(message("分期写 1 到 {most} 期", most=MOST_INSTALMENTS))

    def work(unit: Unit) -> Answer:
        person = lock_person(unit, person_id)
        fund = ledger.fund(decided.area, data.scheme, "pooled")
        open_recovery(unit, person_id, decided.day, [(fund, data.amount)])
        answer = {"amount": data.amount, "way": data.way}
        store_person(unit, person, decided.actor, "decide_recovery", answer)
        return answer

    return database.write(work)


@dataclass(frozen=True, slots=True)
class RecoveryPayment:
    """What came in of a recovery, and how."""

    way: str
    """A ``RecoveryWay``: at once and in instalments through the bank."""
    amount: int
    """Fen."""


def take_recovery(
    database: Database,
    library: PolicyLibrary,
    key: Key,
    person_id: str,
    payment: RecoveryPayment,
    *,
    area: str,
    actor: Actor,
    at: datetime.datetime | None = None,
) -> Answer:
    """Book what came in: ``left`` fen are still open; the case ends with the last of it.

    ``ConflictError`` for more than is open, ``RefusedError`` for more than may be set off of
    one payment.
    """
    require(actor, "recover", person_id)
    instant = at or now()
    content_hash = digest([person_id, payment.way, payment.amount])

    def operation(unit: Unit) -> Answer:
        person = lock_person(unit, person_id)
        accounts = lock_accounts(unit, [person_id])
        source = ledger.bank(area)
        if payment.way == RecoveryWay.ACCOUNT:
            if person_id not in accounts or accounts[person_id].balance < payment.amount:
                raise RefusedError(message("个人账户余额不够"))
            source = ledger.personal(person_id)
        elif payment.way == RecoveryWay.SET_OFF:
            source = ledger.claim(person_id)
            _set_off(unit, library, person_id, payment.amount, area, civil_day(instant))
        owed = owed_back(unit, person_id)
        if payment.amount > owed:
            raise ConflictError(
                message(
                    "还要追回的只有 {open}，不能记 {amount}",
                    open=Fen(owed),
                    amount=Fen(payment.amount),
                )
            )
        credit_recovery(unit, person_id, civil_day(instant), source, payment.amount)
        left = owed - payment.amount
        answer = {"person": person_id, "amount": payment.amount, "left": left}
        for case_id, data in open_cases(unit, BENEFIT_RECOVERY, person_id):
            if not left and data.amount:
                _finish(unit, case_id, actor, instant)
        record_message(unit, key, content_hash, person_id, answer)
        store_person(unit, person, actor, "take_recovery", {**answer, "way": payment.way})
        return answer

    return write_once(database, key, content_hash, operation, people=[person_id])


def _finish(unit: Unit, case_id: str, actor: Actor, at: datetime.datetime) -> None:
    if case_row(unit, case_id).state == LeavingState.DECIDED:
        follow_within(unit, case_id, "finish", actor=actor, at=at)


def _set_off(
    unit: Unit,
    library: PolicyLibrary,
    person_id: str,
    amount: int,
    area: str,
    day: datetime.date,
) -> None:
    limit = rule_of(library, area, day, p.RECOVERY_SET_OFF)
    if limit is None:
        raise RefusedError(message("没有来源规定一次最多抵扣多少，不能抵扣"))
    liability = ledger.claim(person_id)
    most = most_to_set_off(waiting_amount(unit, liability), owed_back(unit, person_id), limit)
    if amount > most:
        raise ConflictError(message("这一笔待遇最多抵扣 {most}", most=Fen(most)))
    set_off_order(unit, liability, amount)
