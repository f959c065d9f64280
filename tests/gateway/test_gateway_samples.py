"""The interface answers on PostgreSQL, word for word, what it answers on SQLite."""

from __future__ import annotations

import pytest

import render_samples


@pytest.mark.parametrize("backend", ["postgresql"], indirect=True)
def test_every_transaction_answers_alike(empty_url: str, backend: str) -> None:
    assert backend == "postgresql"
    assert render_samples.page(empty_url) == render_samples.PAGE.read_text(encoding="utf-8")
