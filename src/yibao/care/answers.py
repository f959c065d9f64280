"""A stored settlement as people read it: its amounts, and its steps made again from its input."""

from __future__ import annotations

from yibao.benefit.explain import Step, merge
from yibao.care.history import again, same_fen
from yibao.care.memory import Memory
from yibao.care.stored import Row, StoredSettlement
from yibao.database.unit import Unit

_INTERNAL = ("status", "disease_paid", "maternity_paid")


def settlement_answer(
    unit: Unit, memory: Memory, stored: StoredSettlement
) -> tuple[Row, tuple[Step, ...]]:
    """A settlement or a reversal in the shape of a scenario's answer, and its steps.

    The steps are those of the settlement, also on its reversal.  Where a corrected fault of
    the kernel would give another fen today, no step is shown: it would explain other amounts.
    """
    settled = again(unit, memory, stored, stored.state)
    explanation = merge([settled.adjudication.explanation, settled.payment.explanation])
    explains = stored["round"] < 0 or same_fen(stored, settled)
    amounts = stored.amounts._asdict()
    for name in _INTERNAL:
        del amounts[name]
    steps = tuple(step for step in explanation.steps if step.shown) if explains else ()
    answer = {
        "visit": stored["visit_id"],
        "person": stored["person_id"],
        "entitled": stored.entitled,
        "rulebook": stored.terms.rulebook,
        "kernel": stored.terms.kernel,
        "assumptions": list(explanation.assumptions),
        "disputes": list(explanation.disputes),
        **amounts,
        "account": stored["account"],
        "mutual_aid": stored["mutual_aid"],
        "cash": stored["cash"],
        "steps": [step.as_json() for step in steps],
    }
    return answer, steps
