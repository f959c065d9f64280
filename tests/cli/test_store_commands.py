"""``yibao db``, ``ledger`` and ``audit`` through the real entry."""

from __future__ import annotations

import io
import json
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sqlalchemy import select, text
from tests.support.stores import StoreCopies

from yibao.access.tables import event
from yibao.cli.main import run
from yibao.database.schema import guard_statements
from yibao.database.unit import Database, open_database


@dataclass(frozen=True)
class Done:
    """What a command left behind."""

    code: int
    out: str
    err: str


pytestmark = pytest.mark.usefixtures("secret_key")
Yibao = Callable[..., Done]


@pytest.fixture
def yibao(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Yibao:
    """Runs ``yibao`` with a data folder of this test alone."""
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("YIBAO_DATA_DIR", str(tmp_path / "data"))
    for name in ("YIBAO_DATABASE_URL", "YIBAO_AREA", "YIBAO_DEBUG"):
        monkeypatch.delenv(name, raising=False)

    def call(*arguments: str) -> Done:
        with pytest.raises(SystemExit) as left:
            run(arguments)
        captured = capsys.readouterr()
        assert isinstance(left.value.code, int)
        return Done(left.value.code, captured.out, captured.err)

    return call


FAMILIES = ("--families", "2")


@pytest.fixture(scope="module")
def demos(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> StoreCopies:
    """The demo of a few families, made once on either database."""

    def fill(url: str) -> None:
        with redirect_stdout(io.StringIO()) as said, pytest.raises(SystemExit) as left:
            run(("db", "demo", *FAMILIES, "--url", url))
        assert left.value.code == 0
        assert said.getvalue().startswith("已写入 ")

    return StoreCopies(fill, tmp_path_factory.mktemp("demos"), request)


@pytest.fixture
def demo(
    demos: StoreCopies, backend: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Database]:
    """A copy of the demo, as ``YIBAO_DATABASE_URL``."""
    with demos.copied(backend, tmp_path) as url:
        monkeypatch.setenv("YIBAO_DATABASE_URL", url)
        yield open_database(url)


def test_the_embedded_store_is_made_once(
    yibao: Yibao, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("YIBAO_SECRET_KEY")
    assert yibao("db", "init", "--dry-run").out.startswith("将新建数据库")
    assert not (tmp_path / "data").exists()
    done = yibao("db", "check")
    assert (done.code, done.out) == (2, "")
    assert "请先运行 yibao db init" in done.err

    done = yibao("db", "init")
    assert (done.code, done.err) == (0, "")
    assert "已运行 0001" in done.out
    files = sorted(path.name for path in (tmp_path / "data").iterdir())
    assert {"yibao.db", "yibao.db.key"} <= set(files)
    for path in (tmp_path / "data").iterdir():
        assert path.stat().st_mode & 0o077 == 0, path.name

    done = yibao("db", "init")
    assert (done.code, done.out) == (5, "")
    assert "没有改动；升级请用 yibao db upgrade" in done.err
    assert yibao("db", "upgrade").out == "已是最新，没有改动\n"
    assert yibao("db", "upgrade", "--dry-run").out == "已是最新，没有改动\n"
    assert yibao("db", "check").out == "没有问题：检查了 0 人的记录和全部账\n"


@pytest.mark.parametrize("backend", ["postgresql"], indirect=True)
def test_a_service_without_a_key_is_not_set_up(
    yibao: Yibao, empty_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The embedded store makes its own key."""
    monkeypatch.delenv("YIBAO_SECRET_KEY")
    done = yibao("db", "init", "--url", empty_url)
    assert done.code == 2
    assert "请在 YIBAO_SECRET_KEY 写密钥" in done.err
    monkeypatch.setenv("YIBAO_SECRET_KEY", "00" * 32)
    assert yibao("db", "init", "--url", empty_url).code == 0
    assert yibao("db", "check", "--url", empty_url).code == 0


def test_errors_are_one_line(yibao: Yibao) -> None:
    done = yibao("db", "check", "--url", "postgresql://user@localhost:1/none")
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("错误：数据库不可用")
    assert done.err.count("\n") == 1
    warned = yibao("db", "check", "--url", "postgresql://user:geheim@localhost:1/none")
    remark, error = warned.err.splitlines()
    assert remark.startswith("注意：--url 里的密码")
    assert error.startswith("错误：数据库不可用")
    assert "geheim" not in warned.err


def test_the_demo_is_a_sound_store(yibao: Yibao, demo: Database) -> None:
    done = yibao("db", "check")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("没有问题：检查了 ")
    assert json.loads(yibao("db", "check", "--sample", "1", "--json").out)["faults"] == []
    again = yibao("db", "demo", "--families", "2")
    assert again.code == 5
    assert "只写进空的数据库；没有写入任何内容" in again.err
    assert yibao("db", "demo", "--dry-run").out.startswith("将写入 ")
    demo.dispose()


def test_the_demo_is_the_same_for_a_seed() -> None:
    from yibao.policy.compile import PolicyLibrary
    from yibao.scenario.demo import demo_area, demo_scenario

    packs = PolicyLibrary.load()
    area = demo_area(packs)
    first, second = (demo_scenario(packs, area, 5, 7) for _ in range(2))
    assert first == second
    assert first != demo_scenario(packs, area, 5, 8)


def test_check_lists_every_fault(yibao: Yibao, demo: Database) -> None:
    def spoil(unit: Any) -> None:
        unit.run(text("UPDATE account SET balance = balance + 1 WHERE person_id = 'w001'"))
        unit.run(text("UPDATE person SET head = 'x' WHERE person_id = 'w002'"))
        unit.run(text("UPDATE enrolment SET status = 'retired' WHERE person_id = 'w001'"))

    demo.write(spoil)
    done = yibao("db", "check")
    assert done.code == 1
    lines = [line for line in done.out.splitlines() if not line.startswith("注意：")]
    assert len(lines) == 4
    assert lines[0].startswith("w001 的个人账户余额是 ")
    assert lines[1].startswith("w002 的审计链有 ")
    assert lines[2].startswith("w001 的 enrolment（")
    assert "被改动过" in lines[2]
    assert lines[3].startswith("w001 的登记行与明细行不同：")
    assert done.err == "错误：检查发现 4 处问题\n"
    demo.dispose()


def test_books_are_shown(yibao: Yibao, demo: Database, tmp_path: Path) -> None:
    balances = json.loads(yibao("ledger", "balances", "--json").out)
    names = [row["account"] for row in balances]
    assert any(name.startswith("fund:") for name in names)
    assert not any(name.startswith("personal:") for name in names)
    assert "personal:" not in yibao("ledger", "balances").out
    refused = yibao("ledger", "balances", "pers")
    assert refused.code == 2
    assert "一次看一个人" in refused.err

    period = ("--from", "2025-01-01", "--to", "2025-12-31")
    movements = json.loads(yibao("ledger", "statement", "personal:w001", *period, "--json").out)
    assert (
        movements["opening"] + sum(line["amount"] for line in movements["lines"])
        == movements["closing"]
    )
    assert all(line["counterparts"] for line in movements["lines"])
    shown = yibao("ledger", "statement", "personal:w001", *period)
    assert shown.out.count("\n") >= len(movements["lines"]) + 3
    seen = demo.read(
        lambda unit: unit.run(
            select(event.c.actor).where(
                event.c.person_id == "w001", event.c.operation == "read_account"
            )
        ).all()
    )
    assert [row.actor.startswith("cli:") for row in seen] == [True, True]
    missing = yibao("ledger", "statement", "personal:nobody", *period)
    assert (missing.code, missing.out) == (3, "")
    wrong = yibao("ledger", "statement", "nowhere", *period)
    assert wrong.code == 2
    assert "docs/ledger.md" in wrong.err

    assert yibao("ledger", "snapshot", "--on", "2025-06-30", "--dry-run").out.startswith("将为 ")
    assert yibao("ledger", "snapshot", "--on", "2025-06-30").out.startswith("新打 ")
    assert json.loads(yibao("ledger", "balances", "--json").out) == balances

    file = tmp_path / "books.beancount"
    assert yibao("ledger", "export", str(file)).code == 0
    assert yibao("ledger", "export").out == file.read_text(encoding="utf-8")
    loader = pytest.importorskip("beancount.loader", reason="没有装 beancount")
    assert loader.load_file(str(file))[1] == []
    again = yibao("ledger", "export", str(file))
    assert again.code == 5
    demo.dispose()


def test_the_trail_is_verified_and_sealed(yibao: Yibao, demo: Database) -> None:
    assert yibao("audit", "verify", "--person", "w001").out == "没有问题：1 人的审计链完整\n"
    assert yibao("audit", "seal", "--dry-run").out.endswith("人的审计链待封存\n")
    assert "第 1 号" in yibao("audit", "seal").out
    assert yibao("audit", "seal").out == "没有新的事件，不必封存\n"
    assert yibao("audit", "verify").code == 0
    assert yibao("audit", "verify", "--person", "nobody").code == 3
    demo.write(lambda unit: unit.run(text("UPDATE person SET sequence = 1")))
    done = yibao("audit", "verify")
    assert done.code == 1
    assert "的审计链有 " in done.out
    demo.dispose()


def test_a_seal_kept_elsewhere_shows_what_the_store_alone_cannot(
    yibao: Yibao, demo: Database
) -> None:
    """Seals deleted, and deleted together with the newest event, leave no trace inside."""
    sealed = yibao("audit", "seal").out.splitlines()
    assert "另存到管库的人改不到的地方" in sealed[1]
    number_and_hash = sealed[2].removeprefix("yibao audit verify --seal ")
    unasked = yibao("audit", "verify")
    assert unasked.code == 0
    assert "没有给出另存的封存" in unasked.out
    asked = yibao("audit", "verify", "--seal", number_and_hash)
    assert (asked.code, asked.out.count("\n")) == (0, 1)
    assert yibao("audit", "verify", "--seal", "1=abc").code == 2

    other = yibao("audit", "verify", "--seal", f"1={'0' * 64}")
    assert other.code == 1
    assert "第 1 号封存与另存的不同" in other.out

    def delete_seals(unit: Any) -> None:
        for name in ("seal", "sealed_head"):
            _without_guard(unit, name, f"DELETE FROM {name}")

    demo.write(delete_seals)
    assert yibao("audit", "verify").code == 0
    gone = yibao("audit", "verify", "--seal", number_and_hash)
    assert gone.code == 1
    assert "库里没有这一号" in gone.out
    demo.dispose()


def _without_guard(unit: Any, name: str, statement: str) -> None:
    """Do to an append-only table what its triggers refuse."""
    if unit.is_postgresql:
        unit.run(text(f"ALTER TABLE {name} DISABLE TRIGGER append_only_{name}"))
        unit.run(text(statement))
        unit.run(text(f"ALTER TABLE {name} ENABLE TRIGGER append_only_{name}"))
        return
    for action in ("update", "delete"):
        unit.run(text(f"DROP TRIGGER append_only_{name}_{action}"))
    unit.run(text(statement))
    for guard in guard_statements(name, "sqlite"):
        unit.run(text(guard))


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_backup_and_restore_by_command(yibao: Yibao, demo: Database, tmp_path: Path) -> None:
    """The programs of PostgreSQL: test_migrations."""
    file = tmp_path / "backup"
    assert yibao("db", "backup", str(file), "--dry-run").out.startswith("将把 ")
    assert not file.exists()
    assert yibao("db", "backup", str(file)).code == 0
    other = f"sqlite:///{tmp_path / 'other.db'}"
    assert yibao("db", "restore", str(file), "--url", other, "--dry-run").code == 0
    assert not (tmp_path / "other.db").exists()
    assert yibao("db", "restore", str(file), "--url", other).code == 0
    assert yibao("db", "check", "--url", other).code == 0
    again = yibao("db", "restore", str(file), "--url", other)
    assert (again.code, again.out) == (5, "")
    demo.dispose()


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_what_leaves_the_store_is_for_its_owner_alone(
    yibao: Yibao, demo: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the mask of the caller, and from the first byte on: no file is mended later."""
    demo.dispose()
    monkeypatch.delattr("os.chmod")
    monkeypatch.delattr("os.fchmod")
    written = tmp_path / "written"
    written.mkdir()
    visits = written / "visits.parquet"
    mask = os.umask(0)
    try:
        assert yibao("db", "backup", str(written / "backup.db")).code == 0
        assert yibao("ledger", "export", str(written / "books.beancount")).code == 0
        assert yibao("export", "--deidentified", "-o", str(visits)).code == 0
        spoilt = pq.read_table(visits)
        rows = spoilt.to_pylist()
        rows[0]["area"] = "999999"
        pq.write_table(
            pa.Table.from_pylist(rows, schema=spoilt.schema), tmp_path / "spoilt.parquet"
        )
        state = ("--state", str(written / "state.parquet"))
        answers = written / "answers.parquet"
        done = yibao(
            "batch", str(tmp_path / "spoilt.parquet"), "-o", str(answers), *state, "--quiet"
        )
        assert done.code == 1, done.err
    finally:
        os.umask(mask)
    names = {path.name for path in written.iterdir()}
    assert names == {
        "backup.db",
        "books.beancount",
        "visits.parquet",
        "answers.parquet",
        "answers.rejects.csv",
        "state.parquet",
    }
    for path in written.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path.name
