"""The page of figures says what the recorded lines say."""

from __future__ import annotations

import importlib.util

from .lines import FOLDER, ROOT, read_lines


def test_the_page_is_that_of_the_lines() -> None:
    spec = importlib.util.spec_from_file_location("report", ROOT / "tools" / "safety_report.py")
    assert spec is not None
    assert spec.loader is not None
    report = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(report)
    assert report.PAGE.read_text(encoding="utf-8") == report.page()
    steps = sum(line["steps"] for line in read_lines(FOLDER / "simulated.jsonl"))
    assert f"**共 {steps:,} 步**" in report.page()


def test_no_piece_stands_there_twice() -> None:
    for name in ("simulated.jsonl", "agency.jsonl", "killed.jsonl", "visits.jsonl"):
        pieces = [(line["seed"], line["piece"]) for line in read_lines(FOLDER / name)]
        assert len(pieces) == len(set(pieces))
