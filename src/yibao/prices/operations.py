"""The operations of this room: price lists and catalogues are looked at, handed in, decided."""

from __future__ import annotations

from yibao.prices.changes import (
    confirm_catalogue,
    draw_catalogue,
    drop_catalogue,
    preview_catalogue,
)
from yibao.prices.lists import decide_prices, hand_in_prices, preview_prices

__all__ = [
    "confirm_catalogue",
    "decide_prices",
    "draw_catalogue",
    "drop_catalogue",
    "hand_in_prices",
    "preview_catalogue",
    "preview_prices",
]
