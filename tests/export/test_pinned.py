"""An export carries the rulebooks of its settlements: a batch settles by them, or says why not."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("pyarrow", reason="没有装 pyarrow")

import pyarrow as pa
import pyarrow.parquet as pq

from yibao import columns
from yibao.columns.stream import Options, run_file
from yibao.database.unit import Database
from yibao.errors import InputError
from yibao.export.pseudonyms import Pseudonyms
from yibao.export.store import export
from yibao.policy.compile import PolicyLibrary
from yibao.scenario.demo import demo_scenario, live_demo

OTHER_FIGURES = """\
overlay: 后来的数
parameters:
  resident.inpatient.ratio:
    values:
      2000-01-01: {value: 21}
  employee.outpatient.ratio:
    values:
      2000-01-01: {value: 12}
"""


@pytest.fixture
def visits(sandbox: Database, packs: PolicyLibrary, area: str, tmp_path: Path) -> Path:
    """What an export wrote, of a few families' lives."""
    for _ in live_demo(packs, demo_scenario(packs, area, 4, 3), sandbox):
        pass
    path = tmp_path / "visits.parquet"
    export(sandbox, path, Pseudonyms(b"k" * 32))
    return path


@pytest.fixture
def changed(tmp_path: Path) -> PolicyLibrary:
    """The packs with other figures than those that were settled by."""
    overlay = tmp_path / "others.yaml"
    overlay.write_text(OTHER_FIGURES, encoding="utf-8")
    return PolicyLibrary.load(overlays=[overlay])


def plain(**options: object) -> Options:
    return Options(quiet=True, backend="plain", **options)  # type: ignore[arg-type]


def funds_paid(answers: Path) -> int:
    return sum(pq.read_table(answers).column("fund").to_pylist())


def funds_settled(visits: Path) -> int:
    column = pq.read_table(visits).column("x_settled_fund_fen").to_pylist()
    return sum(fund for fund in column if fund is not None)


def test_by_what_was_pinned_or_by_today(
    visits: Path, changed: PolicyLibrary, tmp_path: Path
) -> None:
    answers, state = tmp_path / "answers.parquet", tmp_path / "state.parquet"
    assert run_file(visits, answers, changed, plain(state=state)).rejects is None
    assert funds_paid(answers) == funds_settled(visits)
    table = pq.read_table(visits)
    settled = columns.run(table, changed, backend="plain", quiet=True)
    assert settled.table.column("fund").to_pylist() == [
        fund
        for fund, kind in zip(
            table.column("x_settled_fund_fen").to_pylist(),
            table.column("kind").to_pylist(),
            strict=True,
        )
        if kind != "carry"
    ]
    today = tmp_path / "today.parquet"
    assert run_file(visits, today, changed, plain(today=True)).rejects is None
    assert funds_paid(today) != funds_settled(visits)
    # What is carried on joins any next input, also one that pins nothing.
    carried = pq.read_table(state)
    joined = pa.concat_tables([carried, table.slice(0, 0)], promote_options="default")
    assert not columns.run(joined, changed, backend="plain", quiet=True).refused


def test_a_rulebook_that_is_not_there_is_named(
    visits: Path, changed: PolicyLibrary, tmp_path: Path
) -> None:
    bare, answers = tmp_path / "bare.parquet", tmp_path / "answers.parquet"
    table = pq.read_table(visits).replace_schema_metadata(None)
    pq.write_table(table, bare)
    refused = run_file(bare, answers, changed, plain())
    assert refused.rejects is not None
    first = refused.first_rejects[0]
    assert first.column == "rulebook"
    assert table.column("rulebook")[0].as_py() in str(first.reason)
    assert "--rulebooks" in str(first.reason)
    assert "--today" in str(first.reason)
    # Beside the rows: the export itself, or what a batch over it wrote.
    run_file(visits, answers, changed, plain())
    for carrying in (visits, answers):
        again = tmp_path / "again.parquet"
        assert run_file(bare, again, changed, plain(rulebooks=carrying)).rejects is None
        assert funds_paid(again) == funds_settled(visits)
    with pytest.raises(InputError, match="没有规则书"):
        run_file(bare, answers, changed, plain(rulebooks=bare))


def test_a_rulebook_of_another_area_is_refused(
    visits: Path, packs: PolicyLibrary, tmp_path: Path
) -> None:
    table = pq.read_table(visits)
    areas = pa.array([packs.area("北京市").code] * table.num_rows)
    moved = table.set_column(table.column_names.index("area"), "area", areas)
    settled = columns.run(moved, packs, backend="plain", quiet=True)
    assert settled.refused
    assert settled.refused[0].column == "rulebook"
    assert "140100" in str(settled.refused[0].reason)
