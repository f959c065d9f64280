"""Run the benchmarks one after the other; each writes its page of results below docs/benchmarks.

    python benchmarks/run.py            all of them, each in a process of its own
    python benchmarks/run.py store      the named ones

A benchmark is a folder with a ``run.py``.  Run them on a machine that does nothing else.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
# `--large` where a page shows figures that take minutes.
OPTIONS = {"columns": ["--large"]}


def main() -> int:
    """0 when every benchmark ran; a name that is no benchmark is an error."""
    known = sorted(path.parent.name for path in HERE.glob("*/run.py"))
    wanted = sys.argv[1:] or known
    unknown = [name for name in wanted if name not in known]
    if unknown:
        print(f"没有名为 {'、'.join(unknown)} 的测量；有：{'、'.join(known)}", file=sys.stderr)
        return 2
    failed = []
    for name in wanted:
        command = [sys.executable, str(HERE / name / "run.py"), *OPTIONS.get(name, [])]
        print(f"== {name}", flush=True)
        if subprocess.run(command, check=False).returncode != 0:
            failed.append(name)
    if failed:
        print(f"没有跑完：{'、'.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
