"""Synthetic people and a year's visits, fitted to published marginals; none of them is real.

``marginals`` reads the published figures and what is assumed in their place, ``raking`` fits a
table to its margins, ``model`` makes of them what a person of each kind needs, ``blocks`` draws
people and visits block by block (the same seed, the same rows in any number of partitions),
``make`` writes them and says how far each marginal is met.  Needs ``yibao[columns]``.

>>> from yibao import population  # doctest: +SKIP
>>> visits = population.table(library, area, people=10_000, seed=1, year=2025)  # doctest: +SKIP
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from yibao.columns import require

if TYPE_CHECKING:
    import pyarrow as pa

    from yibao.policy.compile import PolicyLibrary


def table(library: PolicyLibrary, area: str, *, people: int, seed: int, year: int) -> pa.Table:
    """The visits of a year of so many invented people of an area, as the columns take them."""
    require()
    from yibao.population.blocks import visits_of
    from yibao.population.model import model_of

    return visits_of(model_of(library, area), people, seed, year)
