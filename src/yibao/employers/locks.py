"""The lock of an employer: its row, taken after those of all people whom a write touches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update

from yibao.access.chains import extend_chain
from yibao.access.names import EMPLOYER
from yibao.access.operations import Answer
from yibao.access.permissions import Actor, require
from yibao.database.unit import Database, Unit
from yibao.employers.states import EmployerState
from yibao.employers.tables import employer
from yibao.errors import NotFoundError, RefusedError
from yibao.messages import message


def chain_of(employer_id: str) -> str:
    """The audit chain of an employer."""
    return f"{EMPLOYER}{employer_id}"


def employer_row(unit: Unit, employer_id: str) -> Any:
    """An employer as it stands; ``NotFoundError`` where there is none."""
    return _row_of(unit, employer_id, select(employer).where(employer.c.employer_id == employer_id))


def require_employer(database: Database, actor: Actor, operation: str, employer_id: str) -> Any:
    """The employer's row, for whoever the matrix lets do this with it; else ``DeniedError``."""
    if actor.employer_id is not None:
        # Whether there is another one is nobody's business.
        require(actor, operation, employer_id=employer_id)
    row = database.read(lambda unit: employer_row(unit, employer_id))
    require(actor, operation, area=row.area, employer_id=employer_id)
    return row


@dataclass(slots=True)
class HeldEmployer:
    """An employer whose row is locked by this unit."""

    employer_id: str
    name: str
    area: str
    state: str
    credit: int
    """Fen that it paid and that no bill has used."""

    @property
    def chain(self) -> str:
        return chain_of(self.employer_id)

    def require_open(self) -> None:
        """``RefusedError`` for an employer that has ended."""
        if self.state == EmployerState.ENDED:
            raise RefusedError(message("{name} 已经注销，不能再办", name=self.name))

    def store(self, unit: Unit, actor: Actor, operation: str, content: Answer) -> None:
        """Write the row back and extend the chain with whatever the unit wrote of it."""
        this = employer.c.employer_id == self.employer_id
        values = {"state": self.state, "credit": self.credit}
        unit.run(update(employer).where(this).values(**values))
        extend_chain(unit, self.chain, actor.id, operation, content)


def lock_employer(unit: Unit, employer_id: str) -> HeldEmployer:
    """Lock and read an employer; people whom the write touches are locked already."""
    this = employer.c.employer_id == employer_id
    row = _row_of(unit, employer_id, select(employer).where(this).with_for_update())
    return HeldEmployer(row.employer_id, row.name, row.area, row.state, row.credit)


def _row_of(unit: Unit, employer_id: str, query: Any) -> Any:
    row = unit.run(query).one_or_none()
    if row is None:
        raise NotFoundError(message("没有登记的单位 {code}", code=employer_id))
    return row
