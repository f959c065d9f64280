"""What somebody has to give back to the funds: opened by a decision, credited as it comes.

For operations of the rooms above: they hold the lock of the debtor, and their event vouches
for the entries.  A debtor is named by the chain: a person's id, or ``institution:ID``.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence

from yibao.database.identifiers import new_identifier
from yibao.database.unit import Unit
from yibao.errors import ConflictError, InputError
from yibao.ledger.balances import total
from yibao.ledger.chart import PERSONAL_PREFIX, recovery
from yibao.ledger.operations import Line, change_balances, post
from yibao.messages import Fen, message


def outstanding(unit: Unit, debtor: str) -> int:
    """What a debtor still has to give back, in fen."""
    return total(unit, recovery(debtor))


def open_recovery(unit: Unit, debtor: str, day: datetime.date, parts: Sequence[Line]) -> str:
    """A decision that money comes back: the transfer's id.

    ``parts``: the accounts of the ledger that get it, with fen: the funds that paid it.
    ``InputError`` where a part is not more than nothing.
    """
    if not parts or any(amount <= 0 for _, amount in parts):
        raise InputError(message("追回的金额应大于 0"))
    transfer_id = new_identifier()
    whole = sum(amount for _, amount in parts)
    lines = [(recovery(debtor), whole), *((name, -amount) for name, amount in parts)]
    post(unit, debtor, transfer_id, day, lines)
    return transfer_id


def credit_recovery(
    unit: Unit, debtor: str, day: datetime.date, source: str, amount: int
) -> tuple[str, int]:
    """Money of a recovery that came in: the transfer's id, and what is still open.

    ``source``: the account of the ledger that is debited: ``bank:AREA`` for money that
    arrived, ``claim:PERSON`` or ``payable:INSTITUTION`` for what is owed to the debtor and set
    off, ``personal:PERSON`` for the personal account, whose lock the caller holds.
    ``ConflictError`` for more than is open.
    """
    if amount <= 0:
        raise InputError(message("追回的金额应大于 0"))
    still_open = outstanding(unit, debtor)
    if amount > still_open:
        raise ConflictError(
            message(
                "还要追回的只有 {open}，不能记 {amount}",
                open=Fen(still_open),
                amount=Fen(amount),
            )
        )
    transfer_id = new_identifier()
    post(unit, debtor, transfer_id, day, [(source, amount), (recovery(debtor), -amount)])
    if source.startswith(PERSONAL_PREFIX):
        change_balances(unit, {source.removeprefix(PERSONAL_PREFIX): -amount})
    return transfer_id, still_open - amount
