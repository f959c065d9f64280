"""The page about the columns shows what the reader checks by."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("numpy", reason="没有装 numpy")

from yibao.columns import packing
from yibao.columns.describe import tables

PAGE = Path(__file__).resolve().parents[2] / "docs" / "columns.md"


def test_page_shows_every_column() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for lines in tables():
        assert "\n".join(lines) in page


def test_facts_fit_one_word_and_come_back() -> None:
    facts = {name: field.least + (1 << field.bits) - 1 for name, field in packing.FIELDS.items()}
    word = packing.pack(packing.FIELDS, facts)
    assert 0 < word < 1 << 63
    assert packing.unpack(packing.FIELDS, word) == facts
    with pytest.raises(ValueError, match="does not fit"):
        packing.pack(packing.FIELDS, {"kind": 8})
