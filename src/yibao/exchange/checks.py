"""What must hold of the books of institutions: they say what was settled and answered."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import select

from yibao.access.fragments import answer_of_message
from yibao.care.fragments import settled_money
from yibao.database.unit import Unit
from yibao.exchange.tables import exchange_settlement
from yibao.messages import Message, message


def book_faults(unit: Unit, people: Iterable[str]) -> Iterator[Message]:
    """Entries of the books that differ from their settlement, or from what was answered."""
    names = list(people)
    money = settled_money(unit, names)
    rows = unit.run(
        select(exchange_settlement).where(exchange_settlement.c.person_id.in_(names))
    ).all()
    for row in rows:
        settled = money.get((row.person_id, row.reverses or row.entry_id))
        sign = -1 if row.reverses else 1
        booked = (row.total, row.fund, row.account, row.cash)
        due = settled and tuple(sign * amount for amount in settled)
        if booked != due:
            yield message(
                "{institution} 的账 {entry}（exchange_settlement）与 {person_id} 的结算不同",
                institution=row.institution_id,
                entry=row.entry_id,
                person_id=row.person_id,
            )
        if row.reverses is None and not _was_answered(unit, row):
            yield message(
                "{institution} 的报文 {message_id} 留存的应答（message.answer）与账上的不同",
                institution=row.institution_id,
                message_id=row.message_id,
            )


def _was_answered(unit: Unit, row: Any) -> bool:
    answer = answer_of_message(unit, row.institution_id, row.infno, row.message_id)
    return answer is not None and answer.get("output") == row.output
