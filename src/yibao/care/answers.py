"""A stored settlement as people read it: its amounts, and its steps made again from its input."""

from __future__ import annotations

from yibao.benefit.answers import VisitAnswer, explanation_of, visit_answer
from yibao.benefit.terms import Draw
from yibao.care.history import again, same_fen
from yibao.care.memory import Memory
from yibao.care.stored import StoredSettlement
from yibao.database.unit import Unit


def settlement_answer(unit: Unit, memory: Memory, stored: StoredSettlement) -> VisitAnswer:
    """The answer about a settlement or a reversal, fen; of a reversal none is positive.

    The steps are those of the settlement, also on its reversal.  Where a corrected fault of
    the kernel would give another fen today, no step is shown: it would explain other amounts.
    """
    settled = again(unit, memory, stored, stored.state)
    paid = {name: stored[name] for name in Draw._fields}
    return visit_answer(
        stored["visit_id"],
        stored["person_id"],
        {**stored.amounts._asdict(), **paid},
        explanation_of(settled),
        entitled=stored.entitled,
        rulebook=stored.terms.rulebook,
        kernel=stored.terms.kernel,
        explains=stored["round"] < 0 or same_fen(stored, settled),
    )
