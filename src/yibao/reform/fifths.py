"""Fifths of families by incomes that the user states: what care takes of each.

Who earns how much was not found for any place, nor how illness hangs on it: families fall into
a fifth by their number alone, so that all fifths meet the same care and only their incomes
differ.  That is said with every figure.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from yibao.reform.sums import FIFTHS, ReformSums

Floats = npt.NDArray[np.float64]


def fifths(
    sums: ReformSums, incomes_fen: Sequence[int], size: float, share: float
) -> list[dict[str, object]]:
    """Of each fifth: its income, the own part of its families as a share of it, and how many
    families pay more than ``share`` of it; both before and after, of families with visits.

    ``incomes_fen``: five, a head and year; ``size``: of a household.
    """
    assert len(incomes_fen) == FIFTHS
    if not sums.families:
        return []
    before, after, fifth, weights = np.concatenate(sums.families, axis=1)
    answer = []
    for number, income in enumerate(incomes_fen):
        sides = [own[fifth == number].astype(np.float64) for own in (before, after)]
        whole = income * size
        weight = weights[fifth == number]
        if len(weight) == 0:
            continue
        answer.append(
            {
                "income_fen": income,
                "families": int(weight.sum()),
                "own_share": [float(np.average(own, weights=weight) / whole) for own in sides],
                "above": [float(np.average(own > whole * share, weights=weight)) for own in sides],
                "winners": int(weight[sides[1] < sides[0]].sum()),
                "losers": int(weight[sides[1] > sides[0]].sum()),
            }
        )
    return answer
