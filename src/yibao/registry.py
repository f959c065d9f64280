"""The register of benefit functions.

A registered function uses only what CPython and Numba share (see
``docs/decisions``): ints, tuples, NamedTuples, ``if``, ``for range``, ``//``.
The decorator registers and returns the function unchanged; the ``columns``
room compiles the register, callees first.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

Function = TypeVar("Function", bound=Callable[..., Any])

REGISTERED: list[Callable[..., Any]] = []


def benefit_function(function: Function) -> Function:
    """Register ``function`` as one that every road runs, and return it as it is."""
    REGISTERED.append(function)
    return function
