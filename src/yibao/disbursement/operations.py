"""The operations of this room: order, make a batch, sign it, send it, book the answer."""

from __future__ import annotations

from yibao.disbursement.answers import BookedLine, book_answer, book_answers
from yibao.disbursement.batches import (
    draft_batch,
    drop_batch,
    file_of_batch,
    send_batch,
    sign_batch,
)
from yibao.disbursement.files import read_answers
from yibao.disbursement.orders import cancel_payment, order_payment, redirect_payment

__all__ = [
    "BookedLine",
    "book_answer",
    "book_answers",
    "cancel_payment",
    "draft_batch",
    "drop_batch",
    "file_of_batch",
    "order_payment",
    "read_answers",
    "redirect_payment",
    "send_batch",
    "sign_batch",
]
