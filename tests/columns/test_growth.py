"""Groups and diseases may grow without a thought: the columns settle as CPython does."""

from __future__ import annotations

import datetime
import itertools
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("pyarrow", reason="没有装 pyarrow")

import pyarrow as pa

from yibao import library as road
from yibao.columns import packing as k
from yibao.columns.engine import run
from yibao.columns.explain import FIELDS_KEY, metadata, replay, rulebooks_of
from yibao.errors import InputError
from yibao.policy.compile import PolicyLibrary

AREA, DAY = "140100", datetime.date(2026, 6, 1)
MANY = 40
TOTAL = 40_000_00


def _grown(folder: Path, groups: int, diseases: int) -> PolicyLibrary:
    """The packs with so many more groups and diseases, each with figures of its own."""
    lines = ["overlay: 生长", f'area: "{AREA}"', "groups:"]
    lines += [f"  g{number}: 人群{number}" for number in range(groups)]
    lines += ["diseases:", *(f"  d{number}: 病种{number}" for number in range(diseases))]
    figures = {
        "assistance.ratio": ("group", {f"g{n}": n % 60 + 20 for n in range(groups)}),
        "resident.upper.group_points": ("group", {f"g{n}": n % 5 for n in range(groups)}),
        "employee.chronic.disease_terms": (
            "disease",
            {f"d{n}": "year_ceiling" for n in range(diseases)},
        ),
        "employee.chronic.disease_ceiling": ("disease", {f"d{n}": 9 + n for n in range(diseases)}),
        "employee.chronic.disease_ratio": ("disease", {f"d{n}": 55 for n in range(diseases)}),
    }
    lines.append("parameters:")
    for name, (key, by_member) in figures.items():
        value = ", ".join(f"{member}: {figure}" for member, figure in by_member.items())
        lines += [f"  {name}:", f"    keys: [{key}]", "    values:"]
        lines.append(f"      2026-01-01: {{value: {{{value}}}}}")
    path = folder / "overlay.yaml"
    path.write_text("\n".join(lines), encoding="utf-8")
    return PolicyLibrary.load(overlays=[path])


def _row(number: int, groups: list[str], disease: str | None) -> dict[str, Any]:
    return {
        "person": f"p{number}",
        "area": AREA,
        "scheme": "employee" if disease else "resident",
        "status": "working" if disease else None,
        "birth_day": datetime.date(1980, 1, 1),
        "groups": " ".join(groups) or None,
        "entitled": True,
        "institution_kind": "hospital",
        "price_class": 3,
        "kind": "chronic" if disease else "inpatient",
        "end_day": DAY,
        "disease": disease,
        "total_fen": TOTAL,
    }


@pytest.mark.parametrize("backend", ["plain", "numba"])
def test_forty_groups_and_forty_diseases(tmp_path: Path, backend: str) -> None:
    if backend == "numba":
        pytest.importorskip("numba", reason="没有装 numba")
    grown = _grown(tmp_path, MANY, MANY)
    book = grown.rulebook(AREA, DAY)
    assert len(book.groups) > MANY
    assert len(book.diseases) > MANY
    groups: list[list[str]] = [[f"g{number}"] for number in range(MANY)]
    groups += [list(pair) for pair in itertools.pairwise(f"g{number}" for number in range(MANY))]
    rows = [_row(number, named, None) for number, named in enumerate(groups)]
    rows += [_row(100 + number, [], f"d{number}") for number in range(MANY)]
    settled = run(pa.Table.from_pylist(rows), grown, backend=backend, quiet=True)
    assert settled.rejects.num_rows == 0
    answers = settled.table.to_pylist()
    books = rulebooks_of(metadata([book]), "")
    for row, answer in zip(rows, answers, strict=True):
        # CPython from the pack itself, and again from what the row of the output holds.
        person = road.person(
            AREA,
            row["scheme"],
            status=row["status"],
            birth=row["birth_day"],
            groups=(row["groups"] or "").split(),
        )
        visit = road.visit(row["kind"], DAY, total=TOTAL, disease=row["disease"])
        institution = road.hospital(AREA, price_class=3)
        expected = road.quote(grown, person, institution, visit).adjudication.settlement
        replay(answer, books)
        for name in ("pooled", "upper", "assistance", "fund", "own"):
            assert answer[name] == getattr(expected, name), (row, name)
    assert len({answer["assistance"] for answer in answers[:MANY]}) > 20
    assert len({answer["pooled"] for answer in answers[-MANY:]}) == MANY


def test_a_name_past_all_bits_refuses_its_row_alone(tmp_path: Path) -> None:
    grown = _grown(tmp_path, k.MOST_GROUPS + 1, 1)
    rows = [_row(number, [f"g{group}"], None) for number, group in enumerate((0, k.MOST_GROUPS))]
    settled = run(pa.Table.from_pylist(rows), grown, backend="plain", quiet=True)
    assert settled.table.num_rows == 1
    (refused,) = settled.rejects.to_pylist()
    assert (refused["row"], refused["column"]) == (2, "groups")
    assert f"g{k.MOST_GROUPS}" in refused["reason"]


def test_the_value_of_a_column_depends_on_its_own_row_alone() -> None:
    """The same visit among others, in which nobody draws, and where everybody does."""
    alone = {**_row(1, [], None), "account_area": AREA}
    drawing = {
        **_row(2, ["low_income"], "hypertension"),
        "family": "p1",
        "draw_own": True,
        "draw_relative": "p1",
        "relation": "spouse",
        "grant_in_force": True,
        "grant_limit_fen": 50_000,
    }
    packs = PolicyLibrary.load()
    by_itself, among = (
        run(pa.Table.from_pylist(rows), packs, backend="plain", quiet=True).table.to_pylist()[0]
        for rows in ([alone], [{**alone, **dict.fromkeys(drawing.keys() - alone.keys())}, drawing])
    )
    neutral = {"in_balance": 0, "in_grantor_balance": 0, "in_grant_limit": -1, "in_aid": 0}
    neutral["in_account_rulebook"] = among["rulebook"]
    for name, value in among.items():
        if name != "family":
            assert by_itself.get(name, neutral.get(name)) == value, name


def test_a_file_of_another_layout_of_facts_is_not_read() -> None:
    book = PolicyLibrary.load().rulebook(AREA)
    written = metadata([book])
    with pytest.raises(InputError, match="早先的版本"):
        rulebooks_of({key: text for key, text in written.items() if key != FIELDS_KEY}, "x.parquet")
