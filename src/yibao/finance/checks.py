"""What must hold of the fund's own books at any time, beyond what the chains vouch for."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select

from yibao.database.unit import Unit
from yibao.finance.carrying import fund_chain
from yibao.finance.figures import BEGINNING, fund_balances
from yibao.finance.items import FundPart
from yibao.finance.months import month_days
from yibao.finance.statement import figures_from
from yibao.finance.states import ClosingState, VoucherState
from yibao.finance.tables import fund_budget, fund_voucher, month_closing
from yibao.finance.vouchers import lines_of
from yibao.ledger.movements import Booked, lines_of_transfers
from yibao.messages import Message, message


def finance_faults(unit: Unit) -> Iterator[Message]:
    """Vouchers that are booked otherwise than they say, or signed by whoever entered them;
    budgets that hold and nobody else has approved; months that are closed with other balances
    than the entries come to."""
    yield from _voucher_faults(unit)
    yield from _budget_faults(unit)
    yield from _closing_faults(unit)


def _voucher_faults(unit: Unit) -> Iterator[Message]:
    rows = unit.run(select(fund_voucher).order_by(fund_voucher.c.voucher_id)).all()
    chains = {row.chain for row in rows}
    booked = {
        chain: lines_of_transfers(
            unit, chain, [row.transfer_id for row in rows if row.transfer_id and row.chain == chain]
        )
        for chain in chains
    }
    for row in rows:
        is_signed = row.state == VoucherState.SIGNED
        if is_signed and row.decided_by in (None, row.entered_by):
            yield message("基金收支 {voucher} 没有由另一个人复核", voucher=row.voucher_id)
        lines = booked[row.chain].get(row.transfer_id or "", [])
        if sorted(lines) != (sorted(lines_of(row)) if is_signed else []):
            yield message("基金收支 {voucher} 记的账与登记的不同", voucher=row.voucher_id)


def _budget_faults(unit: Unit) -> Iterator[Message]:
    approved = select(fund_budget).where(fund_budget.c.state == VoucherState.SIGNED)
    for row in unit.run(approved.order_by(fund_budget.c.budget_id)):
        if row.decided_by in (None, row.entered_by) or row.chain != fund_chain(row.area):
            yield message(
                "{area} {year} 年的预算第 {version} 版没有由另一个人批准",
                area=row.area,
                year=row.year,
                version=row.version,
            )


def _closing_faults(unit: Unit) -> Iterator[Message]:
    closed = month_closing.c.state == ClosingState.CLOSED
    order = (month_closing.c.area, month_closing.c.month)
    for row in unit.run(select(month_closing).where(closed).order_by(*order)):
        if row.closed_by in (None, row.prepared_by) or row.chain != fund_chain(row.area):
            yield message("{area} {month} 没有由另一个人结账", area=row.area, month=row.month)
        stored = figures_from(row.figures["figures"])
        _, last = month_days(row.month)
        by_entries = fund_balances(unit, row.area, Booked(BEGINNING, last, row.through))
        for cell in {*by_entries, *stored.closing}:
            # People take their accounts along when they move: those are not an area's alone.
            booked, closing = by_entries.get(cell, 0), stored.closing.get(cell, 0)
            if cell[1] != FundPart.ACCOUNT and booked != closing:
                yield message(
                    "{area} {month} 结账时 {part} 结余 {closed} 分，按分录是 {booked} 分",
                    area=row.area,
                    month=row.month,
                    part=":".join(cell),
                    closed=closing,
                    booked=booked,
                )
