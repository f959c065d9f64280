"""What payments of this room are for."""

from __future__ import annotations

from yibao.database.unit import Unit
from yibao.disbursement.purposes import PaymentMoved, PaymentPurpose, register_purpose
from yibao.disbursement.states import OrderState
from yibao.messages import message
from yibao.moving.applications import LEAVING, TRANSFER_OUT
from yibao.office.operations import follow_within

_MOVES = {OrderState.PAID: "pay", OrderState.RETURNED: "return"}


def _follow(unit: Unit, moved: PaymentMoved) -> None:
    move = _MOVES.get(moved.state)
    if move is not None:
        follow_within(
            unit, moved.reference, move, actor=moved.actor, at=moved.at, reason=moved.reason
        )


register_purpose(PaymentPurpose(TRANSFER_OUT, message("个人账户划转")))
register_purpose(PaymentPurpose(LEAVING, message("个人账户一次性支取"), _follow))
