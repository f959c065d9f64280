"""What the commands of a store say, in English: nothing in it is Chinese that is no name."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from yibao.database.unit import open_database
from yibao.policy.compile import PolicyLibrary

from ..simulator.pieces import simulated

Yibao = Callable[..., Any]
_CHINESE = re.compile(r"[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]")


@pytest.fixture(scope="module")
def store(packs: PolicyLibrary, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a store in which something happened."""
    file = tmp_path_factory.mktemp("store") / "store.db"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("YIBAO_SECRET_KEY", "5a" * 32)
        from yibao.database.migrating import upgrade

        database = open_database(f"sqlite:///{file}")
        upgrade(database)
        simulated(database, packs, "languages", 12)
        database.dispose()
    return file


def test_everything_a_store_says_is_said_in_english(
    yibao: Yibao,
    store: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("YIBAO_SECRET_KEY", "5a" * 32)
    monkeypatch.setenv("YIBAO_DATABASE_URL", f"sqlite:///{store}")
    monkeypatch.setenv("YIBAO_LANGUAGE", "en")
    other = f"sqlite:///{tmp_path / 'other.db'}"
    restored = f"sqlite:///{tmp_path / 'restored.db'}"
    backup, visits = str(tmp_path / "backup"), str(tmp_path / "visits.parquet")
    results = str(tmp_path / "results.parquet")
    for words, codes, says in (
        (("db", "init", "--url", other, "--dry-run"), (0,), "would make a new database"),
        (("db", "init", "--url", other), (0,), "the database is at"),
        (("db", "upgrade", "--url", other), (0,), "up to date"),
        (("db", "check"), (0,), "No fault"),
        (("db", "backup", backup, "--dry-run"), (0,), "would back up"),
        (("db", "backup", backup), (0,), "the key is not in it"),
        (("db", "restore", backup, "--url", restored, "--dry-run"), (0,), "would restore"),
        (("db", "restore", backup, "--url", restored), (0,), "put the original key back"),
        (("db", "grant", "somebody"), (2,), "SQLite has no roles"),
        (("ledger", "balances"), (0,), ""),
        (("ledger", "statement", "fund:pooled", "--from", "2020-01-01"), (0, 2, 3), ""),
        (("ledger", "snapshot", "--dry-run"), (0,), "would take snapshots"),
        (("ledger", "snapshot", "--void", "2020-01-01"), (0,), "voided"),
        (("ledger", "export", str(tmp_path / "books")), (0,), "exported to"),
        (("audit", "seal", "--dry-run"), (0,), "wait for a seal"),
        (("audit", "seal"), (0,), "Keep the next line"),
        (("audit", "seal"), (0,), "nothing to seal"),
        (("audit", "verify"), (0,), "the audit chains of"),
        (("readjudicate", "list"), (0,), ""),
        (("export", "--deidentified", "-o", visits), (0,), "families"),
        (("batch", visits, "-o", results), (0, 1), "they agree"),
    ):
        done = yibao(*words)
        assert done.code in codes, (words, done)
        assert says in done.out + done.err, (words, done)
        left = _CHINESE.findall(done.out + done.err)
        assert left == [], (words, done.out, done.err)
