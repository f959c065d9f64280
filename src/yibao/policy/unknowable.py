"""Parameters of which a pack may say that no source gives the figure."""

from __future__ import annotations

from yibao.policy import parameters as p

MAY_BE_UNKNOWN = frozenset(
    {
        p.PLACE_POINTS,
        p.ANNUAL_CEILING,
        p.DELIVERY_CEILING,
        p.DISEASE_TERM,
        p.INDIVIDUAL,
        p.FISCAL_SUBSIDY,
        p.GROUP_FISCAL_SUBSIDY,
        p.FLEXIBLE_AMOUNT_MONTH,
        p.UPPER_RULE,
        p.ASSISTANCE_RATIO,
        p.PREMIUM_SUBSIDY_RATIO,
    }
)
"""Tables of which neither a default nor the value of an area above holds where a pack says so:
the functions that read them refuse a cell that is MISSING, or leave the layer out and name it."""
