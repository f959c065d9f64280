"""Makes the random rules of the benefit tests, and the helpers here, importable."""

from __future__ import annotations

import sys
from pathlib import Path

_HERE = Path(__file__).parent
for _folder in (str(_HERE), str(_HERE.parent / "benefit")):
    if _folder not in sys.path:
        sys.path.insert(0, _folder)
