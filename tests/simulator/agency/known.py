"""Applications, goods and months between areas as the plain books know them."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Application:
    """An application as the plain books know it; fen."""

    number: str
    month: int
    fund: int
    account: int
    doubts: dict[str, int] = field(default_factory=dict)
    """What was deducted for each, once it is decided."""


@dataclass(slots=True)
class Delivery:
    """Goods of a maker of its own, as the plain books know them; fen."""

    number: str
    maker: str
    amount: int
    by_hospital: bool
    is_approved: bool = False
    is_set_off: bool = False


@dataclass(slots=True)
class Declaration:
    """What an area of care declared for a month, as the plain books know it; fen."""

    number: str
    care: str
    month: int
    amount: int
    corrected: int
    net: str | None = None
    stands: bool = True
