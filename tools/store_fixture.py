"""Leave a store behind for the versions to come: ``make store-fixture``.

    python tools/store_fixture.py [NAME]

Fills a fresh store as ``yibao db demo`` does, with the key ``5a`` 32 times, and packs it as
``tests/care/stores/NAME.db.xz`` (the commit, unless told).  ``tests/care/test_stores.py``
upgrades every store in that folder and checks it to the fen, so a release runs this once and
commits the file; a file that is there is never written again.
"""

from __future__ import annotations

import lzma
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
STORES = ROOT / "tests" / "care" / "stores"
KEY = "5a" * 32
FAMILIES, SEED = "40", "7"


def main(arguments: list[str]) -> int:
    """0 when the store was written; 2 where a store of that name stands already."""
    name = arguments[0] if arguments else _commit()
    target = STORES / f"{name}.db.xz"
    if target.exists():
        print(f"{target.relative_to(ROOT)} 已经有了，没有改动", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "store.db"
        options = ["--url", f"sqlite:///{path}", "--families", FAMILIES, "--seed", SEED]
        subprocess.run(
            [sys.executable, "-m", "yibao.cli", "db", "demo", *options],
            env={**os.environ, "YIBAO_SECRET_KEY": KEY},
            cwd=ROOT,
            check=True,
        )
        target.write_bytes(lzma.compress(path.read_bytes(), preset=9 | lzma.PRESET_EXTREME))
    print(f"已写出 {target.relative_to(ROOT)}，{target.stat().st_size // 1024} KB；请提交")
    return 0


def _commit() -> str:
    command = ["git", "rev-parse", "--short=7", "HEAD"]
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.strip()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
