"""What clearing pays for, and what follows when the bank has an order or answers it."""

from __future__ import annotations

from yibao.clearing.between_paying import BETWEEN, change_between, net_of, net_rows
from yibao.clearing.between_states import BetweenState
from yibao.clearing.goods import GOODS, change_goods, lock_goods
from yibao.clearing.goods_states import GoodsState
from yibao.clearing.moves import BANK_POST, change_application, lock_application, note_move
from yibao.clearing.states import ClearingState
from yibao.clearing.tables import clearing_between
from yibao.database.identifiers import new_identifier
from yibao.database.instants import civil_day
from yibao.database.unit import Unit
from yibao.disbursement.purposes import PaymentMoved, PaymentPurpose, register_purpose
from yibao.disbursement.states import OrderState
from yibao.ledger.operations import area_due, bank, post
from yibao.messages import message

MONTH = "clearing_month"
ADVANCE = "clearing_advance"

_STATES = {
    OrderState.SENT: ClearingState.AT_THE_BANK,
    OrderState.PAID: ClearingState.PAID_OUT,
    OrderState.RETURNED: ClearingState.SIGNED,
}


def _follow(unit: Unit, moved: PaymentMoved) -> None:
    row = lock_application(unit, moved.reference)
    state = int(_STATES[moved.state])
    change_application(unit, moved.reference, state=state, moves=row.moves + 1)
    note_move(
        unit,
        moved.reference,
        row.institution_id,
        row.moves + 1,
        BANK_POST,
        state,
        BANK_POST,
        moved.actor,
        moved.reason,
        moved.at,
    )


def _follow_goods(unit: Unit, moved: PaymentMoved) -> None:
    row = lock_goods(unit, moved.reference)
    state = GoodsState.PAID if moved.state is OrderState.PAID else GoodsState.APPROVED
    change_goods(unit, moved.reference, state=int(state), moves=row.moves + 1)
    note_move(
        unit,
        moved.reference,
        row.institution_id,
        row.moves + 1,
        BANK_POST,
        state,
        BANK_POST,
        moved.actor,
        moved.reason,
        moved.at,
    )


def _follow_between(unit: Unit, moved: PaymentMoved) -> None:
    """The area of care gets what the home area paid, or has it no longer."""
    rows = net_rows(unit, moved.reference)
    areas = {rows[0].care_area, rows[0].home_area}
    payer = next(area for area in areas if net_of(rows, area) > 0)
    (receiver,) = areas - {payer}
    was_paid = rows[0].state == BetweenState.PAID
    is_paid = moved.state is OrderState.PAID
    if is_paid != was_paid:
        amount = moved.amount if is_paid else -moved.amount
        lines = [(bank(receiver), amount), (area_due(payer), -amount)]
        post(unit, moved.chain, new_identifier(), civil_day(moved.at), lines)
    state = BetweenState.PAID if is_paid else BetweenState.NETTED
    change_between(unit, clearing_between.c.net_id == moved.reference, state=state.value)


register_purpose(PaymentPurpose(BETWEEN, message("统筹区之间的清算"), _follow_between))
register_purpose(PaymentPurpose(MONTH, message("定点机构月度清算"), _follow))
register_purpose(PaymentPurpose(ADVANCE, message("定点机构即时结算先付")))
register_purpose(PaymentPurpose(GOODS, message("直接付给企业的货款"), _follow_goods))
