"""An export is columns of visits: a batch over it gives what was settled, to the fen."""

from __future__ import annotations

import datetime
import json
import re
from pathlib import Path
from random import Random

import pytest

pytest.importorskip("pyarrow", reason="没有装 pyarrow")

import pyarrow.parquet as pq
from click.testing import CliRunner

from yibao.columns.schema import COLUMNS, INSTITUTION_KINDS
from yibao.columns.stream import Options, run_file
from yibao.columns.totals import Totals
from yibao.database.unit import Database
from yibao.errors import InputError, NotFoundError
from yibao.export.pseudonyms import Pseudonyms
from yibao.export.rows import PAID, SETTLED
from yibao.export.store import Exported, export
from yibao.policy.compile import PolicyLibrary
from yibao.scenario.demo import demo_scenario, live_demo

from ..simulator.simulation import Simulation
from ..support.store import Store

FAMILIES = 25


def exported(database: Database, folder: Path, name: str = "visits") -> tuple[Path, Exported]:
    path = folder / f"{name}.parquet"
    return path, export(database, path, Pseudonyms(b"k" * 32))


def assert_batch_agrees(packs: PolicyLibrary, visits: Path) -> Totals:
    """Every row of a batch over an export has the amounts that were settled."""
    target = visits.with_suffix(".out.parquet")
    done = run_file(visits, target, packs, Options(quiet=True))
    assert done.rejects is None, done.first_rejects
    assert not done.rearranged
    settled = dict(enumerate(pq.read_table(visits).to_pylist(), start=1))
    computed = {row["row"]: row for row in pq.read_table(target).to_pylist()}
    assert set(computed) == {row for row, values in settled.items() if values["kind"] != "carry"}
    for row, values in computed.items():
        for name in (*SETTLED, *PAID):
            assert values[name] == settled[row][f"x_settled_{name}_fen"], (row, name, settled[row])
    assert done.totals.reconcile()
    return done.totals


def test_demo_store(sandbox: Database, packs: PolicyLibrary, area: str, tmp_path: Path) -> None:
    for _ in live_demo(packs, demo_scenario(packs, area, FAMILIES, 3), sandbox):
        pass
    visits, done = exported(sandbox, tmp_path)
    totals = assert_batch_agrees(packs, visits)
    assert totals.visits > 4 * FAMILIES
    assert totals.reversals > 0
    assert totals.people["mutual_aid"] > 0
    assert done.rows == totals.visits + totals.reversals + totals.carried
    again, _ = exported(sandbox, tmp_path, "again")
    assert pq.read_table(again).equals(pq.read_table(visits))


def test_random_store(
    database: Database, packs: PolicyLibrary, area: str, verify: bool, tmp_path: Path
) -> None:
    """Reversals, corrections, late claims and grants in any order."""
    simulation = Simulation(Store(database, packs), area, packs.area("北京市").code, 71)
    simulation.run(2_000 if verify else 40)
    assert_batch_agrees(packs, exported(database, tmp_path)[0])


def test_nothing_says_who_it_is(
    sandbox: Database, packs: PolicyLibrary, area: str, tmp_path: Path
) -> None:
    scenario = demo_scenario(packs, area, 5, Random(5).randrange(1_000))
    for _ in live_demo(packs, scenario, sandbox):
        pass
    visits, _ = exported(sandbox, tmp_path)
    table = pq.read_table(visits)
    assert {name for name in table.column_names if not name.startswith("x_")} <= set(COLUMNS)
    text = json.dumps(table.to_pylist(), default=str, ensure_ascii=False)
    for person in scenario.people.values():
        assert f'"{person.id}"' not in text
    for name in {*scenario.institutions} - {*INSTITUTION_KINDS}:
        assert name not in text
    for column in ("person", "family", "visit", "reverses", "draw_relative"):
        values = [value for value in table.column(column).to_pylist() if value is not None]
        assert all(re.fullmatch(r"[0-9a-f]{24}", value) for value in values), column
    births = {value for value in table.column("birth_day").to_pylist() if value is not None}
    assert {(day.month, day.day) for day in births} <= {(1, 1), (12, 31)}
    assert min(births) >= datetime.date(1930, 1, 1)
    # Another key, other pseudonyms; the same key, the same.
    other = tmp_path / "other.parquet"
    export(sandbox, other, Pseudonyms())
    shared = set(pq.read_table(other).column("person").to_pylist())
    assert not shared & set(table.column("person").to_pylist())


def test_an_empty_store_is_said(database: Database, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="还没有结算"):
        exported(database, tmp_path)
    assert not list(tmp_path.glob("*.parquet"))


def test_command(sandbox: Database, packs: PolicyLibrary, area: str, tmp_path: Path) -> None:
    from yibao.cli.main import app

    for _ in live_demo(packs, demo_scenario(packs, area, 2, 1), sandbox):
        pass
    key, target = tmp_path / "key", tmp_path / "v.parquet"
    key.write_text("ab" * 32, encoding="ascii")
    url = sandbox.engine.url.render_as_string(hide_password=False)
    arguments = ["export", "-o", str(target), "--url", url, "--key-file", str(key)]
    runner = CliRunner()
    refused = runner.invoke(app, arguments)
    assert isinstance(refused.exception, InputError)
    assert "--deidentified" in str(refused.exception)
    key.chmod(0o644)
    refused = runner.invoke(app, [*arguments, "--deidentified"])
    assert "别人也能读" in str(refused.exception)
    assert not target.exists()
    key.chmod(0o600)
    done = runner.invoke(app, [*arguments, "--deidentified"])
    assert done.exit_code == 0, done.output
    assert "行" in done.stdout
    assert pq.ParquetFile(target).metadata.num_rows > 0
