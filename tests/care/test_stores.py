"""Stores that earlier versions left behind: upgraded, they hold the same fen on every road."""

from __future__ import annotations

import json
import lzma
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from alembic import command
from sqlalchemy import MetaData, insert, select

from yibao.care.tables import settlement
from yibao.cli.main import run
from yibao.database.migrating import config_for
from yibao.database.unit import open_database
from yibao.export.rows import PAID, SETTLED

STORES = sorted((Path(__file__).parent / "stores").glob("*.db.xz"))
LAST_OF_FORM_1 = "0012"
OTHER_FIGURES = """\
overlay: 后来的数
parameters:
  resident.outpatient.ratio:
    values:
      2000-01-01: {value: 90}
  employee.inpatient.ratio:
    values:
      2000-01-01: {value: 33}
"""

Command = Callable[..., None]


@pytest.fixture
def yibao() -> Command:
    """Runs ``yibao`` with these arguments; it has to end well."""

    def call(*arguments: str) -> None:
        with pytest.raises(SystemExit) as left:
            run(arguments)
        assert left.value.code == 0, arguments

    return call


@pytest.fixture(params=STORES, ids=lambda path: path.name)
def left_behind(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a copy of a store as it was left."""
    path = tmp_path / "store.db"
    with lzma.open(request.param) as packed, path.open("wb") as file:
        shutil.copyfileobj(packed, file)
    return f"sqlite:///{path}"


@pytest.fixture
def copied(left_behind: str, empty_url: str, backend: str) -> str:
    """The same rows on either database."""
    if backend == "sqlite":
        return left_behind
    source, target = open_database(left_behind), open_database(empty_url)
    tables = MetaData()
    tables.reflect(source.engine)
    with target.unit() as unit:
        revision = str(_revision_of(source))
        command.upgrade(config_for(unit.connection), revision)
    written = MetaData()
    written.reflect(target.engine)
    with source.engine.connect() as rows, target.unit() as unit:
        for table in tables.sorted_tables:
            if table.name == "alembic_version":
                continue
            values = [row._asdict() for row in rows.execute(select(table))]
            if values:
                unit.run(insert(written.tables[table.name]), values)
    source.dispose()
    target.dispose()
    return empty_url


def _revision_of(database: Any) -> str:
    from yibao.database.migrating import current

    return str(database.read(current))


def test_a_store_that_was_left_behind(copied: str, yibao: Command, tmp_path: Path) -> None:
    visits, answers = tmp_path / "visits.parquet", tmp_path / "answers.parquet"
    yibao("db", "upgrade", "--url", copied)
    yibao("db", "check", "--url", copied)
    yibao("replay", "--url", copied)
    yibao("rebuild", "--url", copied)
    yibao("audit", "verify", "--url", copied)
    yibao("export", "--deidentified", "-o", str(visits), "--url", copied)
    overlay = tmp_path / "others.yaml"
    overlay.write_text(OTHER_FIGURES, encoding="utf-8")
    # By the rulebooks that were pinned, whatever the packs have come to say since.
    yibao("batch", str(visits), "-o", str(answers), "--quiet", "--with", str(overlay))
    settled = dict(enumerate(pq.read_table(visits).to_pylist(), start=1))
    rows = pq.read_table(answers).to_pylist()
    assert len(rows) == _settlements(copied)
    for row in rows:
        for name in (*SETTLED, *PAID):
            assert row[name] == settled[row["row"]][f"x_settled_{name}_fen"], (row, name)


def test_impact_says_what_the_second_reading_of_shanxi_changes(
    tmp_path: Path, yibao: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    """T-XR-01: a stay away by referral is paid as at home; T-LA-01: a higher ceiling."""
    path = tmp_path / "store.db"
    store = Path(__file__).parent / "stores" / "d52c7ef-random.db.xz"
    path.write_bytes(lzma.decompress(store.read_bytes()))
    url = f"sqlite:///{path}"
    yibao("db", "upgrade", "--url", url)
    capsys.readouterr()
    yibao("impact", "--json", "--url", url)
    told = json.loads(capsys.readouterr().out)
    assert told["people"]
    changed = [change for person in told["people"] for change in person["changes"]]
    assert any(change["after"]["fund"] > change["before"]["fund"] for change in changed)


def _settlements(url: str) -> int:
    database = open_database(url)
    count = database.read(lambda unit: len(unit.run(select(settlement.c.sequence)).all()))
    database.dispose()
    return count
