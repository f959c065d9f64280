"""What a change of the rules does: both rulebooks over the same people and visits.

A reform is an overlay, a small pack in one file.  ``both`` settles the same rows by two
libraries, ``sums`` adds up what changed for whom, ``answer`` is what all roads show, ``outlook``
goes on for five years under declared scenarios.  Needs ``yibao[columns]``.

>>> from yibao import reform  # doctest: +SKIP
>>> answer = reform.compare([visits], base, changed)  # doctest: +SKIP
>>> answer.totals.change("fund")  # doctest: +SKIP
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from yibao.columns import require

if TYPE_CHECKING:
    import pyarrow as pa

    from yibao.columns.travelling import RulesLibrary
    from yibao.reform.sums import ReformSums


def compare(
    tables: Iterable[pa.Table],
    base: RulesLibrary,
    changed: RulesLibrary,
    *,
    elasticity: float = 0.0,
) -> ReformSums:
    """What the same visits come to by both libraries; families whole within a table."""
    require()
    from yibao.reform.both import compare as compare_both

    return compare_both(tables, base, changed, elasticity=elasticity)
