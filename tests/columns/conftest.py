"""Makes the random rules of the benefit tests importable here too."""

from __future__ import annotations

import sys
from pathlib import Path

_BENEFIT = str(Path(__file__).parents[1] / "benefit")
if _BENEFIT not in sys.path:
    sys.path.insert(0, _BENEFIT)
