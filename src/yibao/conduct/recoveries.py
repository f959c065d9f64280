"""What comes in of a decision: at the counter, or kept back from later benefits."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.exc import IntegrityError

from yibao.access.chains import extend_any_chain
from yibao.access.operations import Answer, Key
from yibao.access.permissions import Actor
from yibao.conduct.cases import ConductState
from yibao.conduct.sheets import ConductSheet, store_sheet
from yibao.conduct.tables import conduct_payment
from yibao.conduct.writes import write_case
from yibao.database.instants import now
from yibao.database.unit import Database, Unit
from yibao.errors import ConflictError, InputError
from yibao.ledger.operations import bank
from yibao.ledger.recovering import credit_recovery
from yibao.messages import Fen, Text, message
from yibao.policy.kinds import TextEnum

_LONGEST_REFERENCE = 60


class RecoveryPart(TextEnum):
    """What a payment is for."""

    RETURNED = "returned"
    FINE = "fine"
    SURCHARGE = "surcharge"


PART_WORDS: Mapping[str, Text] = {
    RecoveryPart.RETURNED: message("退回基金"),
    RecoveryPart.FINE: message("罚款（缴国库）"),
    RecoveryPart.SURCHARGE: message("加处罚款（缴国库）"),
}


def book_recovery(
    database: Database,
    key: Key,
    case_id: str,
    part: RecoveryPart,
    amount: int,
    day: datetime.date,
    reference: str,
    *,
    actor: Actor,
    at: datetime.datetime | None = None,
) -> Answer:
    """Book ``amount`` fen that came in on a day: what is ``left`` of the part.

    What goes back to the fund is posted to its bank account; a fine and its surcharge go to
    the treasury at the bank that takes them, and are noted with their slip alone.
    ``ConflictError`` for more than is owed, or a slip that was booked before.
    """
    slip = reference.strip()
    if amount <= 0:
        raise InputError(message("金额要大于零"), place="amount")
    if not slip or len(slip) > _LONGEST_REFERENCE:
        raise InputError(message("请写单号"), place="reference")
    instant = at or now()

    def work(unit: Unit, sheet: ConductSheet) -> Answer:
        left = _owed(sheet, part, day)
        if amount > left:
            raise ConflictError(
                message("{part}只欠 {left}，没有记账", part=PART_WORDS[part], left=Fen(left))
            )
        transfer_id = None
        if part is RecoveryPart.RETURNED:
            source = bank(sheet.area)
            transfer_id, _ = credit_recovery(unit, sheet.debtor, day, source, amount)
            told = {"case": case_id, "amount": amount}
            extend_any_chain(unit, sheet.debtor, actor.id, "book_recovery", told)
        count = select(func.count()).where(conduct_payment.c.case_id == case_id)
        row = {
            "case_id": case_id,
            "number": int(unit.run(count).scalar_one()) + 1,
            "part": part.value,
            "amount": amount,
            "day": day,
            "reference": slip,
            "transfer_id": transfer_id,
            "booked_by": actor.id,
            "booked_at": instant,
        }
        try:
            unit.run(insert(conduct_payment), row)
        except IntegrityError:
            raise ConflictError(message("单号 {slip} 已经记过账", slip=slip)) from None
        column = f"{part.value}_paid"
        before: Any = getattr(sheet, column)
        store_sheet(unit, case_id, **{column: before + amount})
        return {"part": part.value, "amount": amount, "left": left - amount}

    return write_case(
        database,
        key,
        case_id,
        "book_recovery",
        [part.value, amount, day.isoformat(), slip],
        work,
        actor=actor,
        at=instant,
        duty_of="close_inquiry",
        states=(ConductState.EXECUTING,),
    )


def _owed(sheet: ConductSheet, part: RecoveryPart, day: datetime.date) -> int:
    if part is RecoveryPart.RETURNED:
        return sheet.returned - sheet.returned_paid
    if part is RecoveryPart.FINE:
        return sheet.fine - sheet.fine_paid
    return sheet.surcharge_on(day)
