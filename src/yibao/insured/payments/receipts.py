"""Numbered receipts without a counter: area, day, random digits, two check digits."""

from __future__ import annotations

import datetime
import secrets
from typing import Any

import stdnum.exceptions
from sqlalchemy import insert, select
from stdnum.iso7064 import mod_97_10

from yibao.database.unit import Database, Unit
from yibao.errors import InputError, NotFoundError
from yibao.insured.states import OrderStatus
from yibao.insured.tables import bill, order_, receipt
from yibao.messages import message

_RANDOM_DIGITS = 12
_LENGTH = 6 + 8 + _RANDOM_DIGITS + 2


def new_receipt_number(area: str, day: datetime.date) -> str:
    """28 digits; any one wrong digit or two exchanged ones are found."""
    random = f"{secrets.randbelow(10**_RANDOM_DIGITS):0{_RANDOM_DIGITS}d}"
    number = f"{area}{day:%Y%m%d}{random}"
    return number + mod_97_10.calc_check_digits(number)


def issue_receipt(
    unit: Unit,
    person_id: str,
    order_id: str,
    bill_id: str,
    area: str,
    amount: int,
    day: datetime.date,
) -> str:
    """Write a receipt and return its number; the key refuses a number twice."""
    number = new_receipt_number(area, day)
    unit.run(
        insert(receipt),
        {
            "receipt_no": number,
            "person_id": person_id,
            "order_id": order_id,
            "bill_id": bill_id,
            "amount": amount,
            "issued_on": day,
        },
    )
    return number


def verify_receipt(database: Database, number: str) -> dict[str, Any]:
    """Whether a receipt is genuine and what it stands for; no name, no number of a person.

    ``InputError`` for a mistyped number, ``NotFoundError`` for one never issued.
    """
    plain = "".join(number.split())
    if len(plain) != _LENGTH or not plain.isdigit() or not plain.isascii():
        raise InputError(message("收据编号应为 {length} 位数字，请核对", length=_LENGTH))
    try:
        mod_97_10.validate(plain)
    except stdnum.exceptions.ValidationError:
        raise InputError(message("收据编号的校验位不对，请逐位核对")) from None
    query = (
        select(receipt, bill.c.scheme, bill.c.periods, order_.c.status)
        .join(
            bill, (bill.c.person_id == receipt.c.person_id) & (bill.c.bill_id == receipt.c.bill_id)
        )
        .join(
            order_,
            (order_.c.person_id == receipt.c.person_id) & (order_.c.order_id == receipt.c.order_id),
        )
        .where(receipt.c.receipt_no == plain)
    )
    row = database.read(lambda unit: unit.run(query).one_or_none())
    if row is None:
        raise NotFoundError(message("没有开出过这张收据，请核对编号"))
    return {
        "receipt": plain,
        "valid": row.status == OrderStatus.POSTED,
        "scheme": row.scheme,
        "periods": row.periods,
        "amount": row.amount,
        "issued_on": row.issued_on.isoformat(),
    }
