"""What payments are for: a room above says what a payment is called and what follows from it.

It declares that in a module ``yibao.ROOM.disbursing`` with :func:`register_purpose`.
"""

from __future__ import annotations

import datetime
import importlib
import importlib.util
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

from yibao.access.permissions import Actor
from yibao.database.unit import Unit
from yibao.disbursement.states import OrderState
from yibao.errors import NotFoundError
from yibao.messages import Text, message


@dataclass(frozen=True, slots=True)
class PaymentMoved:
    """An order to pay that went out, was paid, or came back."""

    order_id: str
    reference: str
    chain: str
    state: OrderState
    """``SENT``, ``PAID`` or ``RETURNED``."""
    amount: int
    """Fen."""
    reason: str
    """The bank's, where it came back."""
    actor: Actor
    at: datetime.datetime


Follow = Callable[[Unit, PaymentMoved], None]
"""In the same unit, under the lock of whom it is paid to; the order's event vouches for it."""


@dataclass(frozen=True, slots=True)
class PaymentPurpose:
    """What a payment is for."""

    name: str
    label: Text
    follow: Follow | None = None
    takes_set_off: bool = False
    """Whether what the person owes back may be kept from it: a benefit that goes to nobody else."""


_PURPOSES: dict[str, PaymentPurpose] = {}


def register_purpose(purpose: PaymentPurpose) -> PaymentPurpose:
    """Declare a purpose, once."""
    assert purpose.name not in _PURPOSES, purpose.name
    _PURPOSES[purpose.name] = purpose
    return purpose


@cache
def all_purposes() -> Mapping[str, PaymentPurpose]:
    """Every purpose that a room declares in its module ``disbursing``."""
    import yibao

    for room in pkgutil.iter_modules(yibao.__path__):
        if room.ispkg and importlib.util.find_spec(f"yibao.{room.name}.disbursing") is not None:
            importlib.import_module(f"yibao.{room.name}.disbursing")
    return _PURPOSES


def purpose_of(name: str) -> PaymentPurpose:
    """``NotFoundError`` for a purpose that no room declares."""
    purpose = _PURPOSES.get(name) or all_purposes().get(name)
    if purpose is None:
        raise NotFoundError(message("没有“{name}”这种拨付", name=name))
    return purpose
