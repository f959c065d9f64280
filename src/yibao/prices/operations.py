"""The operations of this room: a price list is looked at, handed in, decided."""

from __future__ import annotations

from yibao.prices.lists import decide_prices, hand_in_prices, preview_prices

__all__ = ["decide_prices", "hand_in_prices", "preview_prices"]
