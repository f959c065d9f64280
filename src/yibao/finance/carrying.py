"""Contributions that were paid go to the fund, and what people were credited comes out of it.

Nothing is kept of what was carried: what stands on the accounts and is paid is carried, so that
a run that is repeated, or comes late, or is the first over a store of years, carries each fen once.
"""

from __future__ import annotations

import datetime

from sqlalchemy import insert

from yibao.access.chains import extend_chain, hold_chain
from yibao.access.names import STORE
from yibao.access.operations import Answer, Key, digest, record_message, write_once
from yibao.access.permissions import Actor, require
from yibao.database.identifiers import new_identifier
from yibao.database.instants import civil_day, now
from yibao.database.unit import Database, Unit
from yibao.employers.fragments import billed_unpaid
from yibao.errors import ConflictError, InputError
from yibao.finance.items import contribution_of
from yibao.finance.months import first_open_month, month_days
from yibao.finance.tables import fund_carry
from yibao.ledger import operations as ledger
from yibao.ledger.balances import accounts, total
from yibao.ledger.movements import areas_with
from yibao.messages import message
from yibao.policy.kinds import Scheme

_LAYER = "pooled"


def fund_chain(area: str) -> str:
    """The audit chain of an area's funds."""
    return f"{STORE}fund:{area}"


def areas_with_funds(database: Database) -> list[str]:
    """Areas in whose books something was paid, credited or settled."""
    kinds = ("contribution", "credit", "fund")
    return database.read(lambda unit: areas_with(unit, kinds))


def carry_month(
    database: Database,
    key: Key,
    area: str,
    month: int,
    *,
    actor: Actor,
    at: datetime.datetime | None = None,
) -> Answer:
    """Carry what was paid and credited to the end of a month: ``paid``, ``credited`` fen.

    Dated on the month's last day.  ``ConflictError`` for a month that is closed: what came
    late for it is carried with the month after.
    """
    require(actor, "carry_fund", area=area)
    _, last = month_days(month)
    instant = at or now()
    if last >= civil_day(instant):
        raise InputError(message("{month} 还没有过完", month=month), place="month")
    content_hash = digest([area, month])

    def operation(unit: Unit) -> Answer:
        # Taken first: of two at once the second waits, and finds nothing left.
        hold_chain(unit, fund_chain(area))
        open_month = first_open_month(unit, area)
        if open_month is not None and month < open_month:
            raise ConflictError(
                message("{month} 已经结账，不能再记；没有写入任何内容", month=month)
            )
        paid = _carry_contributions(unit, area, last)
        credited = _carry_credits(unit, area, last)
        answer = {"area": area, "month": month, "paid": paid, "credited": credited}
        who = {"carried_by": actor.id, "carried_at": instant}
        row = {"carry_id": new_identifier(), "chain": fund_chain(area)}
        unit.run(insert(fund_carry), {**row, **answer, **who})
        record_message(unit, key, content_hash, key.sender, answer)
        extend_chain(unit, fund_chain(area), actor.id, "carry_fund", answer)
        return answer

    return write_once(database, key, content_hash, operation)


def uncarried(unit: Unit, area: str, day: datetime.date) -> dict[str, int]:
    """Contributions by account that were paid by the end of a day and are not in the fund, in
    fen; below 0: given back after they were carried."""
    unpaid = billed_unpaid(unit, area, day)
    names = accounts(unit, prefix=f"{ledger.contributions(area)}:", personal=False)
    waiting: dict[str, int] = {}
    for name in names:
        amount = -total(unit, name, day)
        parts = name.split(":")
        if parts[2] == Scheme.EMPLOYEE and len(parts) > 3:
            amount -= unpaid.get(parts[3], 0)
        if amount:
            waiting[name] = amount
    return waiting


def uncarried_credits(unit: Unit, area: str, day: datetime.date) -> int:
    """What people were credited by the end of a day and the fund has not made up for, fen."""
    return total(unit, ledger.credits(area), day)


def _carry_contributions(unit: Unit, area: str, day: datetime.date) -> int:
    waiting = uncarried(unit, area, day)
    for name, amount in waiting.items():
        scheme, layer, _ = contribution_of(name)
        lines = [(name, amount), (ledger.fund(area, scheme, layer), -amount)]
        ledger.post(unit, fund_chain(area), new_identifier(), day, lines)
    return sum(waiting.values())


def _carry_credits(unit: Unit, area: str, day: datetime.date) -> int:
    amount = uncarried_credits(unit, area, day)
    lines = [(ledger.fund(area, Scheme.EMPLOYEE, _LAYER), amount), (ledger.credits(area), -amount)]
    ledger.post(unit, fund_chain(area), new_identifier(), day, lines)
    return amount


def area_to_read(database: Database, actor: Actor, asked: str | None) -> str:
    """Which area's books are meant: that which is asked for, the actor's own, or the first."""
    if asked or actor.area:
        return asked or actor.area or ""
    return next(iter(areas_with_funds(database)), "")
