"""Wallet transfers between personal accounts."""

from __future__ import annotations

import datetime

from yibao.access.operations import Answer, Key, digest, record_message, write_once
from yibao.access.permissions import Actor, require
from yibao.benefit.facts import Person
from yibao.benefit.people import home_enrolment
from yibao.benefit.rules import day_rules
from yibao.database.identifiers import new_identifier
from yibao.database.unit import Database, Unit
from yibao.errors import InputError, RefusedError
from yibao.insured.locks import lock_people, store_person
from yibao.insured.people.relations import require_relative
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
    """A wallet transfer to a relative on record; never more than the balance.

    With a ``library`` it is refused where the pack of either home area has not opened it
    on ``day``.
    """
    require(actor, "transfer", source)
    if amount <= 0 or source == target:
        raise InputError(message("转账金额应大于 0，转出和转入应是两个人"))
    content = [source, target, amount, day.isoformat()]

    def operation(unit: Unit) -> Answer:
        people = lock_people(unit, [source, target])
        require_relative(unit, source, target, day)
        if library is not None:
            if not _is_open(library, people[source].facts, day):
                raise RefusedError(message("{day} 医保钱包转账尚未开通", day=day))
            if not _is_open(library, people[target].facts, day):
                raise RefusedError(message("{day} 收款人的参保地尚未开通医保钱包转账", day=day))
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


def _is_open(library: PolicyLibrary, facts: Person, day: datetime.date) -> bool:
    """Whether the home area of a person has opened transfers."""
    area = home_enrolment(facts, day).area
    return day_rules(library, area, day, day).rules[p.WALLET_OPEN] == 1
