"""Wallet transfers between personal accounts."""

from __future__ import annotations

import datetime

from yibao.access.operations import Answer, Key, digest, record_message, write_once
from yibao.access.permissions import Actor, require
from yibao.benefit.people import home_enrolment
from yibao.benefit.rules import day_rules
from yibao.database.identifiers import new_identifier
from yibao.database.unit import Database, Unit
from yibao.errors import InputError, RefusedError
from yibao.insured.locks import lock_people, store_person
from yibao.ledger import operations as ledger
from yibao.ledger.locks import lock_accounts
from yibao.messages import Fen, message
from yibao.policy import parameters as p
from yibao.policy.compile import PolicyLibrary


def transfer(
    database: Database,
    key: Key,
    source: str,
    target: str,
    amount: int,
    day: datetime.date,
    *,
    actor: Actor,
    library: PolicyLibrary | None = None,
) -> Answer:
    """A wallet transfer between personal accounts; never more than the balance.

    With a ``library`` it is refused where the pack has not opened it on ``day``.
    """
    require(actor, "transfer", source)
    if amount <= 0 or source == target:
        raise InputError(message("转账金额应大于 0，转出和转入应是两个人"))
    content = [source, target, amount, day.isoformat()]

    def operation(unit: Unit) -> Answer:
        people = lock_people(unit, [source, target])
        if library is not None:
            area = home_enrolment(people[source].facts, day).area
            if day_rules(library, area, day, day).rules[p.WALLET_OPEN] != 1:
                raise RefusedError(message("{day} 医保钱包转账尚未开通", day=day))
        accounts = lock_accounts(unit, people)
        for name in people:
            if name not in accounts:
                raise RefusedError(message("{name} 没有个人账户，或已经注销，不能转账", name=name))
        balance = accounts[source].balance
        if amount > balance:
            raise RefusedError(
                message(
                    "{source} 的账户余额 {balance}，不足以转出 {amount}",
                    source=source,
                    balance=Fen(balance),
                    amount=Fen(amount),
                )
            )
        ledger.post(
            unit,
            source,
            new_identifier(),
            day,
            [(ledger.personal(source), amount), (ledger.personal(target), -amount)],
        )
        ledger.change_balances(unit, {source: -amount, target: amount})
        answer = {"amount": amount, "balance": balance - amount}
        record_message(unit, key, digest(content), source, answer)
        store_person(unit, people[source], actor, "transfer", answer)
        # The receiver's chain says what came, not what the sender still has.
        received = {"from": source, "amount": amount}
        store_person(unit, people[target], actor, "transfer", received)
        return answer

    return write_once(database, key, digest(content), operation, people=[source, target])
