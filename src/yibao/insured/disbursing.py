"""What payments of this room are for."""

from __future__ import annotations

from yibao.disbursement.purposes import PaymentPurpose, register_purpose
from yibao.insured.payments.counter import OVERPAID
from yibao.messages import message

register_purpose(PaymentPurpose(OVERPAID, message("多缴的保费退还")))
