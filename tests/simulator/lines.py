"""Lines of results that pieces of long runs leave behind, one JSON object a line."""

from __future__ import annotations

import datetime
import json
import subprocess
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "docs" / "benchmarks" / "safety"
CHINA = datetime.timezone(datetime.timedelta(hours=8))


def read_lines(path: Path) -> list[dict[str, Any]]:
    """Every line of a file; what a killed run left half written is not one."""
    if not path.exists():
        return []
    text = path.read_text(encoding="utf-8")
    whole, _, _ = text.rpartition("\n")
    return [json.loads(line) for line in whole.splitlines()]


def add_line(path: Path, line: dict[str, Any]) -> None:
    """Add one result, with the day and the commit that it was had from."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and not path.read_bytes().endswith(b"\n"):
        whole, newline, _ = path.read_text(encoding="utf-8").rpartition("\n")
        path.write_text(whole + newline, encoding="utf-8")
    day = datetime.datetime.now(CHINA).date().isoformat()
    with path.open("a", encoding="utf-8") as lines:
        lines.write(json.dumps({**line, "day": day, "commit": _commit()}) + "\n")


def _commit() -> str:
    """Of the working tree; empty outside of git."""
    try:
        run = subprocess.run(
            ["git", "rev-parse", "--short=12", "HEAD"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError:
        return ""
    return run.stdout.strip()
