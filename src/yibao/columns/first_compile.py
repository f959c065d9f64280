"""The first compilation on two cores: the loop in a process of its own, the rest here."""

from __future__ import annotations

import subprocess
import sys
import threading
from typing import Any

import numpy as np

from yibao.columns.frame import WIDTH, Extras, Results, Visits

LOOP = "settle_rows"
"""What takes longest to compile."""


def loop_arguments() -> tuple[Any, ...]:
    """Arguments of the loop in the types of nearly every file, without a single row."""
    narrow, wide = (np.zeros(0, dtype=kind) for kind in (np.int32, np.int64))
    table, patterns, state = (np.zeros((0, width), dtype=np.int64) for width in (1, 1, WIDTH))
    of_wide = ("limit", "bonus", "carried", "reverses", "person", "proposed_start")
    extras = Extras._make(wide if name in of_wide else narrow for name in Extras._fields)
    bytes_ = np.zeros(0, dtype=np.int8)
    own_types = {"cancelled": bytes_, "effects": wide, "proposals": wide}
    results = Results._make(own_types.get(name, narrow) for name in Results._fields)
    spare = np.zeros(1, dtype=np.int64)
    visits = Visits._make([narrow] * len(Visits._fields))
    return table, patterns, visits, extras, results, state, spare, wide, wide, 0, 0, False, False


def compile_loop() -> None:
    """Compile the loop into the cache."""
    from yibao.columns.compile import compiled_loops

    compiled_loops()[LOOP](*loop_arguments())


class Elsewhere:
    """The loop, being compiled by another process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = subprocess.Popen(
            [
                sys.executable,
                "-c",
                "from yibao.columns.first_compile import compile_loop; compile_loop()",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def wait(self) -> None:
        """Until it is in the cache; where that failed it is compiled here as any other."""
        with self._lock:
            if self._process is not None:
                self._process.wait()
                self._process = None
