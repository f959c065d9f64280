"""What payments of this room are for."""

from __future__ import annotations

from yibao.claims.disbursing import case_follows
from yibao.disbursement.purposes import PaymentPurpose, register_purpose
from yibao.messages import message
from yibao.moving.applications import LEAVING, TRANSFER_OUT

register_purpose(PaymentPurpose(TRANSFER_OUT, message("个人账户划转")))
register_purpose(PaymentPurpose(LEAVING, message("个人账户一次性支取"), case_follows()))
