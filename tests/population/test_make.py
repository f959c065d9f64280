"""Invented people: marginals met, nothing of it real, the same seed the same bytes."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from yibao.cli.main import app
from yibao.cli.population import FIGURES
from yibao.columns.engine import run
from yibao.errors import InputError
from yibao.policy.compile import PolicyLibrary
from yibao.population import blocks, table
from yibao.population.make import make
from yibao.population.marginals import NATION, Marginals, assumptions, published
from yibao.population.model import KINDS, SCHEMES, Model, model_of
from yibao.population.raking import distance, rake


@pytest.fixture(scope="module")
def model(packs: PolicyLibrary, area: str) -> Model:
    return model_of(packs, area)


def test_raking_meets_its_margins_and_keeps_zeros() -> None:
    table_before = np.array([[[1.0, 2], [3, 4]], [[0, 1], [1, 1]], [[5, 1], [0, 2]]])
    margins = (np.array([0.2, 0.3, 0.5]), np.array([0.4, 0.6]), np.array([0.45, 0.55]))
    fitted = rake(table_before, margins)
    assert distance(fitted, margins) < 1e-9
    assert (fitted[table_before == 0] == 0).all()
    with pytest.raises(ValueError, match="missed"):
        rake(np.array([[1.0, 0], [0, 1]]), (np.array([0.5, 0.5]), np.array([0.9, 0.1])))


def test_the_model_is_fitted_to_what_was_published(model: Model) -> None:
    figures = Marginals([NATION])
    assert model.cells.sum() == pytest.approx(1)
    for place, scheme in enumerate(SCHEMES):
        weight = model.cells.sum(axis=1)
        of_scheme = weight[:, 0] if place == 0 else weight[:, 1] + weight[:, 2]
        of_scheme = of_scheme / of_scheme.sum()
        stays = (model.rates[place, KINDS.index("inpatient")] * of_scheme).sum()
        people = figures.need("insured.people", scheme)
        assert stays == pytest.approx(figures.need("inpatient.stays", scheme) / people)
    # Who is in the residents' scheme, working or retired: only those of an age for it.
    assert model.cells[0, :, 1:].sum() == 0
    assert model.cells[-1, :, 1].sum() == 0
    assert (model.class_shares.sum(axis=1)).tolist() == pytest.approx([1, 1, 1])


def test_every_figure_has_a_source_and_every_gap_says_what_stands_in_its_place() -> None:
    assert all(figure.title and figure.url.startswith("http") for figure in published())
    ids = [figure.id for figure in published()]
    assert len(set(ids)) == len(ids)
    for gap in assumptions()["missing"].values():
        assert set(gap) == {"what", "instead"}
        assert all(gap[part][language] for part in gap for language in ("zh", "en"))


def _apart(file: str, ours: bytes, theirs: bytes) -> str:
    """Where two files of the same rows differ: seen once in a long run, and not again."""
    place = next(
        (number for number, (a, b) in enumerate(zip(ours, theirs, strict=False)) if a != b),
        min(len(ours), len(theirs)),
    )
    metadata = pq.read_metadata(pa.BufferReader(ours))
    chunks = [
        metadata.row_group(group).column(column)
        for group in range(metadata.num_row_groups)
        for column in range(metadata.num_columns)
    ]
    columns = [
        (chunk.path_in_schema, chunk.dictionary_page_offset, chunk.data_page_offset)
        for chunk in chunks
        if (chunk.dictionary_page_offset or chunk.data_page_offset) <= place
    ]
    same = pq.read_table(pa.BufferReader(ours)).equals(pq.read_table(pa.BufferReader(theirs)))
    around = slice(max(0, place - 40), place + 40)
    return (
        f"{file} at {place}, {columns[-1:]}, same rows: {same}, {ours[around]!r} {theirs[around]!r}"
    )


def test_the_same_seed_gives_the_same_bytes_in_any_number_of_processes(
    packs: PolicyLibrary, area: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("yibao.population.make.BLOCKS_OF_A_FILE", 1)
    monkeypatch.setattr(blocks, "BLOCK", 600)
    monkeypatch.setattr("yibao.population.make.BLOCK", 600)
    report = make(packs, area, tmp_path / "a", people=1_500, seed=7, year=2025)
    assert report["invented"]
    again = make(packs, area, tmp_path / "b", people=1_500, seed=7, year=2025)
    assert again == report
    for number in range(3):
        for name in ("people", "visits"):
            file = f"{name}-{number:05}.parquet"
            ours, theirs = ((tmp_path / each / file).read_bytes() for each in "ab")
            assert ours == theirs, _apart(file, ours, theirs)
    grades = pq.read_table(tmp_path / "a" / "visits-00000.parquet").column("grade")
    names = grades.combine_chunks().dictionary.to_pylist()
    assert len(set(names)) == len(names)  # else the file holds bytes of what the memory held
    other = make(packs, area, tmp_path / "c", people=1_500, seed=8, year=2025)
    assert other["visits"] != report["visits"]
    whole = pa.concat_tables(
        [pq.read_table(tmp_path / "a" / f"visits-{number:05}.parquet") for number in range(3)]
    )
    assert whole.to_pylist() == table(packs, area, people=1_500, seed=7, year=2025).to_pylist()
    with pytest.raises(InputError, match="空的"):
        make(packs, area, tmp_path / "a", people=10, seed=1, year=2025)


def test_the_columns_settle_what_was_made(packs: PolicyLibrary, area: str) -> None:
    """No row is refused, in CPython as in the compiled loop."""
    visits = table(packs, area, people=120, seed=3, year=2025)
    plain = run(visits, packs, backend="plain", quiet=True)
    assert plain.totals.rejected == 0
    assert plain.totals.visits == visits.num_rows > 300
    assert plain.totals.people["fund"] > 0


@pytest.mark.parametrize("year", [2023, 2024])
def test_the_same_people_fall_ill_on_the_same_days_of_another_year(
    packs: PolicyLibrary, area: str, year: int
) -> None:
    """A leap year among them: rows of both years are compared one by one."""
    before = table(packs, area, people=3_000, seed=5, year=year)
    after = table(packs, area, people=3_000, seed=5, year=2025)
    for name in ("person", "kind", "total_fen", "price_class"):
        assert before.column(name).to_pylist() == after.column(name).to_pylist(), name


def test_the_command_says_how_far_marginals_are_met(tmp_path: Path, area: str) -> None:
    runner = CliRunner()
    target = str(tmp_path / "p")
    arguments = ["population", "make", area, "--people", "9000", "-o", target]
    ran = runner.invoke(app, arguments)
    assert ran.exit_code == 0, ran.output
    assert "不是任何真实的人" in ran.output
    assert "没有找到来源、按推定的" in ran.output
    report = json.loads((tmp_path / "p" / "report.json").read_text())
    assert {row["figure"] for row in report["marginals"]} <= set(FIGURES)
    shares = [
        row for row in report["marginals"] if row["figure"] in ("men", "resident", "age_65_up")
    ]
    assert all(abs(row["off"]) < 0.01 for row in shares)
    heads = [row for row in report["marginals"] if row["figure"].endswith("a_head")]
    assert len(heads) == 6
    assert all(abs(row["off"]) < 0.2 for row in heads)
    figures = {figure["id"] for figure in report["figures"]}
    assert figures <= {figure.id for figure in published()}


def test_employers_enrolments_and_contributions_stand_beside_several_years(
    packs: PolicyLibrary, area: str, tmp_path: Path
) -> None:
    """Who works has an employer, who is insured pays what the rules say, every year."""
    report = make(packs, area, tmp_path, people=900, seed=3, year=2024, years=2)
    tables = {
        name: pq.read_table(tmp_path / f"{name}-00000.parquet")
        for name in ("people", "visits", "employers", "enrolments", "contributions")
    }
    enrolments = tables["enrolments"].to_pylist()
    working = [row for row in enrolments if row["status"] == "working"]
    assert all((row["employer_id"] is not None) == (row in working) for row in enrolments)
    counts = Counter(row["employer_id"] for row in working)
    assert counts == {row["employer_id"]: row["workers"] for row in tables["employers"].to_pylist()}
    assert len(counts) == report["employers"] > 5
    paid = tables["contributions"].to_pylist()
    residents = {row["person"] for row in enrolments if row["scheme"] == "resident"}
    for year, own, subsidy in ((2024, 380_00, 640_00), (2025, 400_00, 670_00)):
        of_year = [row for row in paid if row["year"] == year]
        assert {row["person"] for row in of_year} == residents | {row["person"] for row in working}
        for row in of_year:
            if row["person"] in residents:
                assert (row["individual_fen"], row["beside_fen"]) == (own, subsidy)
            else:
                assert row["months"] == 12
                # Two per cent, rounded every month.
                assert abs(row["individual_fen"] - row["base_fen"] * 24 // 100) <= 12
                assert row["beside_fen"] > row["individual_fen"]
    assert report["contributions"]["individual_fen"] == sum(row["individual_fen"] for row in paid)
    assert report["contributions"]["why_not"] == {"2024": {}, "2025": {}}
    years = [day.year for day in tables["visits"].column("end_day").to_pylist()]
    assert set(years) == {2024, 2025}
    assert 0.8 < years.count(2024) / years.count(2025) < 1.25
    firsts = make(packs, area, tmp_path / "one", people=900, seed=3, year=2024)
    alone = pq.read_table(tmp_path / "one" / "visits-00000.parquet")
    assert firsts["visits"] == alone.num_rows == years.count(2024)
    for row in report["marginals"]:
        if row["figure"].endswith(".a_head"):
            assert abs(row["off"]) < 0.5, row
    settled = run(tables["visits"], packs, backend="plain", explainable=False)
    assert settled.totals.rejected == 0
