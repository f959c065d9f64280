"""Raking: a table of weights whose margins are given ones."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Weights = npt.NDArray[np.float64]
_MOST_ROUNDS = 1_000


def rake(table: Weights, margins: Sequence[Weights], closeness: float = 1e-12) -> Weights:
    """Scale a table until its sums along each axis are ``margins`` (which add up to the same).

    Cells of zero stay zero.  ``ValueError`` where no such table is approached.
    """
    fitted: Weights = table / table.sum()
    axes = range(fitted.ndim)
    for _ in range(_MOST_ROUNDS):
        for axis, margin in zip(axes, margins, strict=True):
            sums = fitted.sum(axis=tuple(other for other in axes if other != axis))
            scale = np.divide(margin, sums, out=np.zeros_like(margin), where=sums > 0)
            shape = [1] * fitted.ndim
            shape[axis] = -1
            fitted = fitted * scale.reshape(shape)
        if distance(fitted, margins) < closeness:
            return fitted
    raise ValueError(f"margins are missed by {distance(fitted, margins)}")


def distance(table: Weights, margins: Sequence[Weights]) -> float:
    """By how much any margin is missed at most."""
    axes = range(table.ndim)
    return max(
        float(
            np.abs(table.sum(axis=tuple(other for other in axes if other != axis)) - margin).max()
        )
        for axis, margin in zip(axes, margins, strict=True)
    )
