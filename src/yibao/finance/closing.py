"""A month is closed once: a cashier says what is open, a head closes it.

Nothing is refused to a closed month that the law lets happen late: a settlement or a reversal
of its days is booked, and counts in the month after (docs/decisions/0014-closed-months.md).
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, insert, select, update

from yibao.access.chains import extend_chain, hold_chain
from yibao.access.errors import DeniedError
from yibao.access.operations import Answer, Key, digest, record_message, write_once
from yibao.access.permissions import Actor, require
from yibao.database.identifiers import identifier_at
from yibao.database.instants import civil_day, now
from yibao.database.unit import Database, Unit
from yibao.disbursement.reading import unpaid_orders
from yibao.employers import received as of_employers
from yibao.errors import ConflictError, InputError, NotFoundError, RefusedError
from yibao.finance.carrying import fund_chain, uncarried, uncarried_credits
from yibao.finance.months import first_open_month, month_days
from yibao.finance.payables import read_payables
from yibao.finance.statement import closing_row, figures_content, figures_of
from yibao.finance.states import ClosingState, VoucherState
from yibao.finance.tables import channel_difference, channel_file, fund_voucher, month_closing
from yibao.insured.fragments import unfinished_credits
from yibao.insured.payments import received as of_people
from yibao.ledger.balances import settled_through
from yibao.messages import Listed, Message, message
from yibao.office.reading import overdue_count

LONGEST_NOTE = 200


@dataclass(frozen=True, slots=True)
class OpenPoint:
    """Something that is not finished in a month."""

    name: str
    label: Message
    count: int
    amount: int | None
    """Fen; None: it is not money."""
    blocks: bool
    """Whether the month cannot be closed before."""


def open_points(
    database: Database, area: str, month: int, day: datetime.date, *, actor: Actor
) -> tuple[OpenPoint, ...]:
    """What is open in a month, what stands in the way of closing it first."""
    require(actor, "read_finance", area=area)
    return database.read(lambda unit: read_open_points(unit, area, month, day), consistent=True)


def read_open_points(
    unit: Unit, area: str, month: int, day: datetime.date
) -> tuple[OpenPoint, ...]:
    """A read fragment: :func:`open_points`."""
    _, last = month_days(month)
    points = (
        *_uncarried_points(unit, area, last),
        _unsigned(unit, area, last),
        *_unreconciled(unit, month),
        *_uncredited(unit, area, month),
        *_unpaid(unit, area, day),
        OpenPoint(
            "overdue_cases",
            message("过了期限还没有办结的案件"),
            overdue_count(unit, area, day),
            None,
            False,
        ),
    )
    return tuple(point for point in points if point.count)


def _uncarried_points(unit: Unit, area: str, last: datetime.date) -> list[OpenPoint]:
    waiting = uncarried(unit, area, last)
    credited = uncarried_credits(unit, area, last)
    return [
        OpenPoint(
            "uncarried",
            message("缴到了还没有划入基金的保费"),
            len(waiting),
            sum(waiting.values()),
            True,
        ),
        OpenPoint(
            "uncarried_credits",
            message("划入了个人账户、基金还没有补平的"),
            int(credited != 0),
            credited,
            True,
        ),
    ]


def _unsigned(unit: Unit, area: str, last: datetime.date) -> OpenPoint:
    total = func.coalesce(func.sum(fund_voucher.c.amount), 0)
    row = unit.run(
        select(func.count().label("vouchers"), total.label("total")).where(
            fund_voucher.c.area == area,
            fund_voucher.c.state == VoucherState.ENTERED,
            fund_voucher.c.day <= last,
        )
    ).one()
    label = message("登记了还没有复核的基金收支")
    return OpenPoint("unsigned", label, int(row.vouchers), int(row.total), True)


def _unreconciled(unit: Unit, month: int) -> list[OpenPoint]:
    """Channels serve every area of a store, and so do their files."""
    first, last = month_days(month)
    received = {
        *of_people.days_received(unit, first, last),
        *of_employers.days_received(unit, first, last),
    }
    files = unit.run(
        select(channel_file.c.channel, channel_file.c.day).where(
            channel_file.c.day >= first, channel_file.c.day <= last
        )
    )
    missing = received - {tuple(row) for row in files}
    differences = unit.run(
        select(func.count())
        .select_from(channel_difference)
        .where(channel_difference.c.resolved_at.is_(None), channel_difference.c.day <= last)
    ).scalar_one()
    return [
        OpenPoint(
            "unreconciled_days",
            message("渠道收了钱、没有对账文件的日子"),
            len(missing),
            None,
            False,
        ),
        OpenPoint("differences", message("没有处理的对账差异"), int(differences), None, False),
    ]


def _uncredited(unit: Unit, area: str, month: int) -> list[OpenPoint]:
    is_credited, left_out = unfinished_credits(unit, area, month)
    return [
        OpenPoint(
            "uncredited",
            message("这个月还没有划入个人账户"),
            int(not is_credited),
            None,
            False,
        ),
        OpenPoint("left_out", message("划入个人账户时没有办成的人"), left_out, None, False),
    ]


def _unpaid(unit: Unit, area: str, day: datetime.date) -> list[OpenPoint]:
    owed = [
        OpenPoint(f"owed_{kind.kind}", kind.label, kind.creditors, kind.total, False)
        for kind in read_payables(unit, area, day)
    ]
    count, amount = unpaid_orders(unit, area)
    return [*owed, OpenPoint("unpaid_orders", message("没有付出的付款单"), count, amount, False)]


# --- closing -------------------------------------------------------------------------------------


def prepare_closing(
    database: Database,
    key: Key,
    area: str,
    month: int,
    note: str = "",
    *,
    actor: Actor,
    at: datetime.datetime | None = None,
) -> Answer:
    """Ask for a month to be closed; again, with another note, as long as it is not.

    ``RefusedError`` as long as something stands in the way, ``ConflictError`` for a month that
    is closed or whose month before is not.
    """
    require(actor, "prepare_closing", area=area)
    instant = at or now()
    _, last = month_days(month)
    if last >= civil_day(instant):
        raise InputError(message("{month} 还没有过完", month=month), place="month")
    if len(note.strip()) > LONGEST_NOTE:
        raise InputError(message("说明最多 {most} 个字", most=LONGEST_NOTE), place="note")
    content_hash = digest([area, month, note.strip()])

    def operation(unit: Unit) -> Answer:
        hold_chain(unit, fund_chain(area))
        _require_next(unit, area, month)
        _require_nothing_in_the_way(unit, area, month, civil_day(instant))
        values = {
            "state": ClosingState.PREPARED,
            "note": note.strip(),
            "prepared_by": actor.id,
            "prepared_at": instant,
        }
        if closing_row(unit, area, month) is None:
            own = {"area": area, "month": month, "chain": fund_chain(area), "figures": {}}
            unit.run(insert(month_closing), {**own, **values})
        else:
            unit.run(update(month_closing).where(*_this(area, month)).values(**values))
        answer = {"area": area, "month": month, "state": ClosingState.PREPARED}
        record_message(unit, key, content_hash, key.sender, answer)
        extend_chain(unit, fund_chain(area), actor.id, "prepare_closing", answer)
        return answer

    return write_once(database, key, content_hash, operation)


def close_month(
    database: Database,
    key: Key,
    area: str,
    month: int,
    *,
    actor: Actor,
    at: datetime.datetime | None = None,
) -> Answer:
    """Close a month that somebody else has prepared: its figures stay as they are from now on.

    ``digest``: sha256 of the figures, to be kept elsewhere.
    """
    require(actor, "close_month", area=area)
    month_days(month)
    instant = at or now()
    content_hash = digest([area, month, "close"])

    def operation(unit: Unit) -> Answer:
        hold_chain(unit, fund_chain(area))
        row = closing_row(unit, area, month)
        if row is None:
            raise NotFoundError(message("{month} 还没有提请结账", month=month))
        if row.prepared_by == actor.id:
            raise DeniedError(message("提请结账的人不能结同一个月，没有做任何改动"))
        _require_next(unit, area, month)
        day = civil_day(instant)
        _require_nothing_in_the_way(unit, area, month, day)
        through = settled_through(unit, 0) or identifier_at(instant)
        content = {
            "figures": figures_content(figures_of(unit, area, month, through)),
            "open": [
                {"name": point.name, "count": point.count, "amount": point.amount}
                for point in read_open_points(unit, area, month, day)
            ],
        }
        values = {
            "state": ClosingState.CLOSED,
            "closed_by": actor.id,
            "closed_at": instant,
            "through": through,
            "figures": content,
        }
        unit.run(update(month_closing).where(*_this(area, month)).values(**values))
        answer = {
            "area": area,
            "month": month,
            "state": ClosingState.CLOSED,
            "digest": digest(content["figures"]),
        }
        record_message(unit, key, content_hash, key.sender, answer)
        extend_chain(unit, fund_chain(area), actor.id, "close_month", answer)
        return answer

    return write_once(database, key, content_hash, operation)


def _this(area: str, month: int) -> Sequence[Any]:
    return (month_closing.c.area == area, month_closing.c.month == month)


def _require_next(unit: Unit, area: str, month: int) -> None:
    next_open = first_open_month(unit, area)
    if next_open is None or next_open == month:
        return
    if month < next_open:
        raise ConflictError(message("{month} 已经结账，没有再结一次", month=month))
    raise ConflictError(message("请先结 {before} 的账", before=next_open))


def _require_nothing_in_the_way(unit: Unit, area: str, month: int, day: datetime.date) -> None:
    blocking = [point for point in read_open_points(unit, area, month, day) if point.blocks]
    if blocking:
        raise RefusedError(
            message("还不能结账：{points}", points=Listed([point.label for point in blocking]))
        )


def closings(database: Database, area: str, *, actor: Actor, most: int = 24) -> list[Any]:
    """Months of an area that were prepared or closed, the latest first."""
    require(actor, "read_finance", area=area)
    query = select(month_closing).where(month_closing.c.area == area)
    return database.read(
        lambda unit: list(unit.run(query.order_by(month_closing.c.month.desc()).limit(most)).all())
    )


def closing_of(database: Database, area: str, month: int, *, actor: Actor) -> Any:
    """The row of one month's closing; None where nobody has asked for it."""
    require(actor, "read_finance", area=area)
    return database.read(lambda unit: closing_row(unit, area, month))


def point_json(point: OpenPoint) -> dict[str, Any]:
    """As programs read it."""
    return {
        "name": point.name,
        "title": str(point.label),
        "count": point.count,
        "amount_fen": point.amount,
        "blocks": point.blocks,
    }
