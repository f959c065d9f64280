"""What a third party pays back of a claim that the fund paid first (OF15)."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select, update

from yibao.access.operations import Answer, Key, canonical, record_message, write_once
from yibao.access.permissions import Actor
from yibao.care.history import standing_of_visit
from yibao.care.rows import fund_lines
from yibao.claims.sheets import sheet_of
from yibao.claims.tables import claim_recovery
from yibao.database.identifiers import new_identifier
from yibao.database.instants import civil_day, now
from yibao.database.unit import Database, Unit
from yibao.errors import ConflictError, InputError, NotFoundError
from yibao.insured.locks import lock_person, store_person
from yibao.ledger import operations as ledger
from yibao.messages import Fen, message
from yibao.money import divided_by_weight
from yibao.office.locks import case_row
from yibao.office.rights import require_case


@dataclass(frozen=True, slots=True)
class ThirdPartyDebt:
    """What a third party still owes the funds for one claim, fen."""

    paid: int
    """What the funds paid first."""
    liable: int
    """The third party's share, basis points."""
    amount: int
    """What is still to come."""
    is_open: bool


def debt_of(unit: Unit, case_id: str) -> ThirdPartyDebt | None:
    """A read fragment: what is to be recovered for a claim; None: nothing ever was."""
    columns = claim_recovery.c
    query = select(columns.paid, columns.liable, columns.amount, columns.is_open)
    row = unit.run(query.where(columns.case_id == case_id)).one_or_none()
    return None if row is None else ThirdPartyDebt(**row._mapping)


def collect_recovery(
    database: Database,
    key: Key,
    case_id: str,
    amount: int,
    day: datetime.date,
    *,
    actor: Actor,
    at: datetime.datetime | None = None,
) -> Answer:
    """Money of the third party that arrived on ``day``: what is ``left`` to come, fen.

    It goes to the funds that had paid, in proportion; ``ConflictError`` for more than is owed.
    """
    instant = at or now()
    row = database.read(lambda unit: case_row(unit, case_id))
    require_case(actor, "book_money", row)
    if amount <= 0:
        raise InputError(message("到账金额应大于 0"), place="amount")
    if day > civil_day(instant):
        raise InputError(message("到账日期还没有到"), place="day")
    content_hash = database.secrets.lasting_hash(
        canonical([case_id, "recovery", amount, day.isoformat()])
    )

    def operation(unit: Unit) -> Answer:
        person = lock_person(unit, row.person_id)
        debt = debt_of(unit, case_id)
        if debt is None:
            raise NotFoundError(message("这件报销没有要向第三人追偿的"))
        if not debt.is_open or amount > debt.amount:
            owed = debt.amount if debt.is_open else 0
            raise ConflictError(
                message(
                    "还要追回的只有 {open}，不能记 {amount}", open=Fen(owed), amount=Fen(amount)
                )
            )
        visit_id = sheet_of(unit, case_id).visit_id
        assert visit_id is not None  # what is recovered was settled
        settled = standing_of_visit(unit, row.person_id, visit_id)
        parts = shared_among(amount, fund_lines(settled))
        lines = [(ledger.bank(row.area), amount), *((name, -part) for name, part in parts)]
        ledger.post(unit, row.person_id, new_identifier(), day, lines)
        left = debt.amount - amount
        unit.run(
            update(claim_recovery)
            .where(claim_recovery.c.case_id == case_id)
            .values(amount=left, is_open=left > 0)
        )
        answer = {"case": case_id, "collected": amount, "left": left}
        record_message(unit, key, content_hash, row.person_id, answer)
        store_person(unit, person, actor, "collect_recovery", answer)
        return answer

    return write_once(database, key, content_hash, operation, people=[row.person_id])


def shared_among(amount: int, funds: Sequence[ledger.Line]) -> list[ledger.Line]:
    """An amount by what each fund paid, exactly; what is left to the largest remainders."""
    parts = divided_by_weight(amount, [paid for _, paid in funds])
    return [(name, part) for (name, _), part in zip(funds, parts, strict=True) if part]
