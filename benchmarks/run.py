"""Run the benchmarks; each writes its page of results below docs/benchmarks."""

from __future__ import annotations

import engine

if __name__ == "__main__":
    engine.main()
