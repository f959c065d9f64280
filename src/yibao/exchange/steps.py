"""How a settlement came to its amounts, for whoever looks at its message."""

from __future__ import annotations

from sqlalchemy import select

from yibao.benefit.explain import Step
from yibao.benefit.settling import Settled
from yibao.care.answers import settlement_answer
from yibao.care.history import read_row
from yibao.care.memory import Memory
from yibao.database.unit import Database, Unit
from yibao.exchange.tables import exchange_settlement


def steps_of_quote(settled: Settled) -> tuple[Step, ...]:
    """The steps of a quote, as those of a settlement are shown."""
    return tuple(step for step in settled.adjudication.explanation.steps if step.shown)


def steps_of_message(
    database: Database, institution: str, message_id: str, infno: str
) -> tuple[Step, ...]:
    """The steps of the settlement that a message made; none where it made none."""
    query = select(exchange_settlement.c.person_id, exchange_settlement.c.entry_id).where(
        exchange_settlement.c.institution_id == institution,
        exchange_settlement.c.message_id == message_id,
        exchange_settlement.c.infno == infno,
        exchange_settlement.c.reverses.is_(None),
    )

    def operation(unit: Unit) -> tuple[Step, ...]:
        entry = unit.run(query).first()
        if entry is None:
            return ()
        row = read_row(unit, entry.person_id, entry.entry_id)
        return settlement_answer(unit, _RULEBOOKS, row).steps

    return database.read(operation)


_RULEBOOKS = Memory()
"""Pinned rulebooks never change: whoever looks at a message shares those that were read."""
