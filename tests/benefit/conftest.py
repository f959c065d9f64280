"""Makes the helpers beside the tests importable (``rules_builder``, ``oracle``)."""

from __future__ import annotations

import sys
from pathlib import Path

# Tests are imported by path (importlib mode), so their folder is on no path of its own.
_HERE = str(Path(__file__).parent)
if _HERE not in sys.path:
    sys.path.insert(0, _HERE)
