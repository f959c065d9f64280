"""Where parameters are declared: :mod:`yibao.policy.parameters` has them all."""

from __future__ import annotations

from yibao.policy.declarations import Declarations

DECLARED = Declarations()
"""Every parameter; the sizes stand before all tables."""
GROUPS = DECLARED.size_of("group")
BANDS = DECLARED.size_of("band")
GESTATIONS = DECLARED.size_of("gestation")
