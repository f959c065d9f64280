"""All loops of this room, in the order in which a batch goes through them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from yibao.columns.prepare.item_loops import ITEM_FUNCTIONS
from yibao.columns.prepare.row_loops import ROW_FUNCTIONS
from yibao.columns.prepare.slot_loops import SLOT_FUNCTIONS
from yibao.columns.settle.finish import FINISH_FUNCTIONS
from yibao.columns.settle.loop import LOOP_FUNCTIONS
from yibao.columns.settle.patterns import PATTERN_FUNCTIONS

LOOPS: list[Callable[..., Any]] = [
    *ROW_FUNCTIONS,
    *ITEM_FUNCTIONS,
    *SLOT_FUNCTIONS,
    *PATTERN_FUNCTIONS,
    *LOOP_FUNCTIONS,
    *FINISH_FUNCTIONS,
]
"""Callees before callers, as the compiler wants them."""
