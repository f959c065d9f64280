"""What must hold of clearing at any time, beyond what the chains vouch for."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import func, select

from yibao.clearing.between import between_faults_of
from yibao.clearing.groups import PayMethod
from yibao.clearing.moves import BANK_POST
from yibao.clearing.states import SETTLED, ClearingState, PeriodState
from yibao.clearing.tables import (
    clearing_application,
    clearing_between,
    clearing_goods,
    clearing_goods_line,
    clearing_move,
    clearing_period,
    clearing_stay,
)
from yibao.database.unit import Unit
from yibao.messages import Message, message

_SUMMED = (
    ClearingState.SUMMED_UP,
    ClearingState.SIGNED,
    ClearingState.AT_THE_BANK,
    ClearingState.PAID_OUT,
    ClearingState.CLEARED,
)


def clearing_faults(unit: Unit) -> Iterator[Message]:
    """Applications whose sum does not add up, and those where somebody acted in two posts."""
    for row in unit.run(select(clearing_application)):
        approved = row.fund - row.deducted + row.given_back + row.account
        approved += (row.returned or 0) + (row.adjusted or 0)
        spent = row.retained + row.advanced + row.carried_in + row.paid - row.carried
        spent += row.goods or 0
        if row.state in _SUMMED and approved != spent:
            yield message("清算申请 {id} 的汇总不平", id=row.application_id)
    yield from _goods_faults(unit)
    yield from _period_faults(unit)
    for between_id in between_faults_of(unit.run(select(clearing_between)).all()):
        yield message("跨统筹区的申报 {id} 没有由参保地的另一个人确认", id=between_id)
    posts: dict[tuple[str, str], set[str]] = {}
    query = select(clearing_move.c.application_id, clearing_move.c.actor, clearing_move.c.role)
    for row in unit.run(query.where(clearing_move.c.role != BANK_POST)):
        posts.setdefault((row.application_id, row.actor), set()).add(row.role)
    for (application_id, actor), roles in sorted(posts.items()):
        if len(roles) > 1:
            yield message("清算申请 {id} 里 {actor} 办了两个岗", id=application_id, actor=actor)


def _goods_faults(unit: Unit) -> Iterator[Message]:
    """Sheets that set off another sum than their goods, and lists that are not what they list."""
    column = clearing_goods.c
    goods = func.sum(column.amount).label("goods")
    query = select(column.set_off_with, goods).where(column.set_off_with.is_not(None))
    taken = {
        row.set_off_with: int(row.goods) for row in unit.run(query.group_by(column.set_off_with))
    }
    applied = clearing_application.c
    query = select(applied.application_id, applied.goods, applied.state).where(
        applied.goods.is_not(None) | applied.application_id.in_(taken)
    )
    for row in unit.run(query):
        if row.state in SETTLED and (row.goods or 0) != taken.get(row.application_id, 0):
            yield message("清算申请 {id} 抵扣的货款与清单不符", id=row.application_id)
    line = clearing_goods_line.c
    listed = select(line.goods_id, func.sum(line.amount).label("amount")).group_by(line.goods_id)
    sums = {row.goods_id: int(row.amount) for row in unit.run(listed)}
    for row in unit.run(select(column.goods_id, column.amount)):
        if sums.get(row.goods_id) != row.amount:
            yield message("交货清单 {id} 的合计与各行不符", id=row.goods_id)


def _period_faults(unit: Unit) -> Iterator[Message]:
    """Periods of points whose stays do not come to the budget, or that one person decided."""
    due = func.sum(clearing_stay.c.due).label("due")
    stays = select(clearing_stay.c.period_id, due).group_by(clearing_stay.c.period_id)
    sums = {row.period_id: int(row.due) for row in unit.run(stays)}
    for row in unit.run(select(clearing_period).order_by(clearing_period.c.period_id)):
        if row.method == PayMethod.DIP and sums.get(row.period_id, 0) != row.budget:
            yield message("{period} 的点数没有分完预算", period=row.period_id)
        if row.state == PeriodState.CONFIRMED and row.decided_by in (None, row.drawn_by):
            yield message("{period} 的点数没有由另一个人复核", period=row.period_id)
