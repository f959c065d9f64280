"""What the next yuan costs whoever pays it: the own part of one per cent more cost, on both sides.

Every visit costs one per cent more, and is settled again by both rulebooks; the own part of what
was added is the marginal share.  Below a deductible it is all, above a ceiling too.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pyarrow as pa

from yibao.columns.travelling import RulesLibrary
from yibao.reform.both import compare, scaled
from yibao.reform.sums import ReformSums

_MORE = 1.01
Pairs = Iterable[tuple[pa.Table, pa.Table]]


def marginal_shares(
    pairs: Pairs, sums: ReformSums, base: RulesLibrary, changed: RulesLibrary
) -> list[dict[str, Any]]:
    """By membership and kind of care the own share of the next yuan, before and after.

    ``pairs``: the same visits as those of ``sums``, which were settled by the same libraries.
    """
    factors = dict.fromkeys(sums.by_kind, _MORE)
    dearer = ((scaled(before, factors), scaled(after, factors)) for before, after in pairs)
    more = compare(dearer, base, changed)
    shares: list[dict[str, Any]] = []
    for (membership, kind), amounts in sorted(sums.by_kind.items()):
        of_more = more.by_kind.get((membership, kind))
        if of_more is None:
            continue
        added = [
            (
                of_more["total"][side] - amounts["total"][side],
                of_more["own"][side] - amounts["own"][side],
            )
            for side in (0, 1)
        ]
        if all(total > 0 for total, _ in added):
            shares.append(
                {
                    "membership": membership,
                    "kind": kind,
                    "own_share": [own / total for total, own in added],
                    "mean_share": [
                        amounts["own"][side] / max(amounts["total"][side], 1) for side in (0, 1)
                    ],
                }
            )
    return shares
