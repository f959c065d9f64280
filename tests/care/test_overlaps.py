"""Care that does not fit a stay: told, listed for the office or refused, whatever way it came."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from yibao.care.bulk import BulkLine, BulkSettlements
from yibao.care.overlaps import list_overlaps
from yibao.cli.main import main
from yibao.database.unit import Database
from yibao.errors import RefusedError
from yibao.policy.compile import PolicyLibrary

from ..support.actors import CLERK, WARD
from ..support.store import Store

Build = Callable[..., Any]
REFUSING = """
overlay: 住院不重叠
parameters:
  stay.overlap:
    values:
      2000-01-01: {value: refuse}
"""


@pytest.fixture
def fill(make_person: Build, make_institution: Build) -> Callable[[Store], Store]:
    def run(store: Store) -> Store:
        for name in ("h1", "h2"):
            store.institution(make_institution(name, price_class=1))
        store.person(make_person("worker"), balance=30_000)
        store.person(make_person("other"))
        return store

    return run


@pytest.fixture
def store(database: Database, packs: PolicyLibrary, fill: Any) -> Store:
    new_store: Store = fill(Store(database, packs))
    return new_store


def _listed(store: Store, person: str | None = None) -> list[tuple[str, str]]:
    rows = list_overlaps(store.database, store.packs, actor=CLERK, person_id=person)
    return [(row["stay"]["visit"], row["beside"]["visit"]) for row in rows]


def _stay(make_visit: Build, name: str, first: str, last: str, place: str = "h1") -> Any:
    return make_visit(
        name, "worker", place, 90_000, start=f"2025-03-{first}", end=f"2025-03-{last}"
    )


def _visit(make_visit: Build, name: str, day: str, place: str = "h2") -> Any:
    on = f"2025-03-{day}"
    return make_visit(name, "worker", place, 9_000, kind="outpatient", start=on, end=on)


def test_told_and_listed_whichever_came_first(store: Store, make_visit: Build) -> None:
    """The days of admission and discharge fit; what was refunded is listed no longer."""
    assert "overlaps" not in store.settle(_visit(make_visit, "early", "06"))
    told = store.settle(_stay(make_visit, "stay", "05", "12"))["overlaps"]
    assert told == [
        {
            "visit": "early",
            "institution": "h2",
            "kind": "outpatient",
            "start": "2025-03-06",
            "end": "2025-03-06",
        }
    ]
    for day in ("05", "12"):
        assert "overlaps" not in store.settle(_visit(make_visit, f"fits{day}", day))
    answer = store.settle(_visit(make_visit, "late", "11"), "m")
    assert [row["visit"] for row in answer["overlaps"]] == ["stay"]
    assert store.settle(_visit(make_visit, "late", "11"), "m") == answer
    assert "overlaps" not in store.settle(_stay(make_visit, "after", "12", "14"))
    second = store.settle(_stay(make_visit, "second", "07", "20", "h2"))
    assert {row["visit"] for row in second["overlaps"]} >= {"stay", "late", "after"}
    assert ("stay", "second") in _listed(store)
    store.reverse("worker", "second")
    assert _listed(store) == [("stay", "early"), ("stay", "late")]
    assert _listed(store, "other") == []
    store.reverse("worker", "early")
    assert _listed(store, "worker") == [("stay", "late")]
    store.check()


def test_dialysis_fits(store: Store, make_visit: Build) -> None:
    store.settle(_stay(make_visit, "stay", "05", "12"))
    for day, disease in (("06", "dialysis"), ("07", "hypertension")):
        visit = replace(_visit(make_visit, f"v{day}", day), disease=disease)
        assert ("overlaps" in store.settle(visit)) == (disease != "dialysis")
    assert _listed(store) == [("stay", "v07")]
    earlier = replace(_visit(make_visit, "before", "22"), disease="dialysis")
    store.settle(earlier)
    assert "overlaps" not in store.settle(_stay(make_visit, "around", "21", "25"))


def test_refused_where_the_pack_says_so(
    database: Database, fill: Any, make_visit: Build, tmp_path: Any
) -> None:
    """One by one and from a file; what fits is settled."""
    path = tmp_path / "refusing.yaml"
    path.write_text(REFUSING, encoding="utf-8")
    store = fill(Store(database, PolicyLibrary.load(overlays=[path])))
    store.settle(_stay(make_visit, "stay", "05", "12"))
    before = store.fingerprint()
    with pytest.raises(RefusedError, match="住院期间"):
        store.settle(_visit(make_visit, "inside", "06"))
    assert store.fingerprint() == before
    visits = [_visit(make_visit, "again", "07", "h1"), _visit(make_visit, "fits", "12", "h1")]
    lines = [BulkLine(number, visit.id, visit) for number, visit in enumerate(visits, 1)]
    bulk = BulkSettlements(store.settlements, actor=WARD, sender="file")
    outcomes = {outcome.line.visit.id: outcome for outcome in bulk.settle(lines)}
    assert "住院期间" in outcomes["again"].refused
    assert outcomes["fits"].answer is not None
    assert _listed(store) == []


def test_a_file_tells_them_and_the_office_lists_them(
    store: Store, make_visit: Build, database_url: str, capsys: Any
) -> None:
    """Both visits in one file; ``yibao readjudicate`` shows what waits."""
    visits = [
        _stay(make_visit, "stay", "05", "12"),
        _visit(make_visit, "inside", "08", "h1"),
        _visit(make_visit, "fits", "12", "h1"),
    ]
    lines = [BulkLine(number, visit.id, visit) for number, visit in enumerate(visits, 1)]
    bulk = BulkSettlements(store.settlements, actor=WARD, sender="file")
    told = {
        outcome.line.visit.id: [row["visit"] for row in (outcome.answer or {}).get("overlaps", ())]
        for outcome in bulk.settle(lines)
    }
    assert told == {"stay": [], "inside": ["stay"], "fits": []}
    assert main(["readjudicate", "overlaps", "--url", database_url, "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)["overlaps"]
    assert (row["person"], row["stay"]["visit"], row["beside"]["visit"]) == (
        "worker",
        "stay",
        "inside",
    )
    assert main(["readjudicate", "list", "--url", database_url]) == 0
    assert "另有 1 处住院重叠待核对" in capsys.readouterr().out
    assert main(["readjudicate", "overlaps", "--url", database_url, "--person", "worker"]) == 0
    assert "住院 stay（h1，2025-03-05 至 2025-03-12）期间另有 inside" in capsys.readouterr().out
