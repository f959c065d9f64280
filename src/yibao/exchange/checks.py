"""What must hold of the books of institutions: they say what was settled and answered."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import select

from yibao.access.fragments import answer_of_message
from yibao.care.fragments import settled_money, standing_money
from yibao.database.unit import Unit
from yibao.exchange.tables import exchange_settlement
from yibao.messages import Message, message


def book_faults(unit: Unit, people: Iterable[str]) -> Iterator[Message]:
    """Entries of the books that differ from their settlement, or from what was answered.

    All entries of a visit together are what stands of it in the settlements.
    """
    names = list(people)
    money = settled_money(unit, names)
    rows = unit.run(
        select(exchange_settlement).where(exchange_settlement.c.person_id.in_(names))
    ).all()
    booked_sums: dict[tuple[str, str], list[int]] = {}
    for row in rows:
        sums = booked_sums.setdefault((row.person_id, row.care_visit_id), [0, 0, 0, 0])
        for place, amount in enumerate((row.total, row.fund, row.account, row.cash)):
            sums[place] += amount
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
    stands = standing_money(unit, names)
    for (person_id, visit_id), sums in booked_sums.items():
        if tuple(sums) != stands.get((person_id, visit_id), (0, 0, 0, 0)):
            yield message(
                "{person_id} 的就诊 {visit_id} 在机构的账（exchange_settlement）上的各笔之和"
                "与现在成立的结算不同",
                person_id=person_id,
                visit_id=visit_id,
            )


def _was_answered(unit: Unit, row: Any) -> bool:
    answer = answer_of_message(unit, row.institution_id, row.infno, row.message_id)
    return answer is not None and answer.get("output") == row.output
