"""The cases of this room, where the office looks for them."""

from __future__ import annotations

from yibao.moving import leaving_cases, merging_cases, transfer_cases

__all__ = ["leaving_cases", "merging_cases", "transfer_cases"]
