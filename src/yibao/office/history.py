"""The history of a case: every step, by whom and in which duty."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select

from yibao.database.unit import Unit
from yibao.messages import Text, message
from yibao.office.kinds import CaseKind
from yibao.office.tables import case_move

OPEN, NOTE, AMEND, CLOSE = "open", "note", "amend", "close"
"""What stands there beside the moves of a kind."""

_LABELS = {
    OPEN: message("提交申请"),
    NOTE: message("备注"),
    AMEND: message("改了申请"),
    CLOSE: message("自动结束"),
}


@dataclass(frozen=True, slots=True)
class CaseStep:
    """Something that was done with a case."""

    case_id: str
    chain: str
    number: int
    move: str
    before: str | None
    after: str
    actor_id: str
    at: datetime.datetime

    def record(self, unit: Unit, *, role: str = "", reason: str = "", basis: str = "") -> None:
        """Write it; ``role``: the duty that it is part of, none for a note or a program."""
        unit.run(
            insert(case_move),
            {
                "case_id": self.case_id,
                "number": self.number,
                "chain": self.chain,
                "at": self.at,
                "actor": self.actor_id,
                "role": role,
                "move": self.move,
                "before": self.before,
                "after": self.after,
                "reason": reason or None,
                "basis": basis or None,
            },
        )


def moves_of(unit: Unit, case_id: str) -> list[Any]:
    """The steps of a case, in their order."""
    query = select(case_move).where(case_move.c.case_id == case_id).order_by(case_move.c.number)
    return list(unit.run(query))


def step_label(kind: CaseKind, name: str) -> Text:
    """What a step is called."""
    return _LABELS[name] if name in _LABELS else kind.move(name).label
