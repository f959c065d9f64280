"""What is asked about price lists: the same on a page and in the API."""

from __future__ import annotations

from yibao.care.catalogue import UNIT
from yibao.inquiry.fact_fields import choices
from yibao.inquiry.fields import Field
from yibao.messages import message
from yibao.prices.states import ListState

FILE = Field(
    "file",
    message("价目，CSV 或 .xlsx，Base64；列是院内编码、国家编码、名称、单价、起始日"),
    "content",
    required=True,
)
PREVIEW = Field("preview", message("只看不写"), "flag")
DECISION: tuple[Field, ...] = (
    Field(
        "decision",
        message("高于限价的同意不同意"),
        "choice",
        required=True,
        choices=choices(
            (ListState.CONFIRMED, ListState.REFUSED),
            {ListState.CONFIRMED: message("同意"), ListState.REFUSED: message("不同意")},
        ),
    ),
    Field("reason", message("理由"), "prose"),
)
_DECIMALS = 6


def price_text(price: int | None) -> str:
    """A price in 1/10,000 fen as yuan, with two decimals and more where it has them."""
    if price is None:
        return ""
    whole, rest = divmod(price, UNIT * 100)
    decimals = f"{rest:0{_DECIMALS}d}"
    return f"{whole}.{decimals[:2]}{decimals[2:].rstrip('0')}"
