"""A call settles what it asks for, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

from yibao import library

VISIT = {"scheme": "resident", "kind": "inpatient", "on": "2025-03-09", "total": "8000"}
CLASSES = 4
"""Classes of institutions that a bill is compared in."""


@pytest.fixture
def settled(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The kind of every visit that the library settles from here on."""
    kinds: list[str] = []
    settle = library.settle_visit

    def counting(*arguments: Any) -> library.Settled:
        kinds.append(arguments[3].kind)
        return settle(*arguments)

    monkeypatch.setattr(library, "settle_visit", counting)
    return kinds


def test_a_visit_is_settled_once(client: TestClient, settled: list[str]) -> None:
    body = {**VISIT, "institution": "class-1"}
    answer = client.post("/api/v1/visit", json=body).json()
    assert answer["answer"]["total_fen"] == 800_000
    assert "curve" not in answer
    assert answer["tables"] == []
    assert settled == ["inpatient"]
    assert client.get("/api/v1/visit", params=body).json() == answer
    assert len(settled) == 2


def test_a_stay_with_two_sides_is_settled_twice(client: TestClient, settled: list[str]) -> None:
    body = {**VISIT, "scheme": "employee", "age": 45, "institution": "grade-3A"}
    assert client.post("/api/v1/compare", json=body).status_code == 200
    assert len(settled) == 2


def test_the_rest_is_worked_out_when_it_is_asked_for(
    client: TestClient, settled: list[str]
) -> None:
    body = {**VISIT, "institution": "class-2"}
    plain = client.post("/api/v1/visit", json=body).json()
    settled.clear()
    compared = client.post("/api/v1/visit?include=institutions", json=body).json()
    assert len(settled) == 1 + CLASSES
    (table,) = compared["tables"]
    assert len(table["rows"]) == CLASSES
    assert compared["answer"] == plain["answer"]
    drawn = client.post("/api/v1/visit?include=curve,institutions", json=body).json()
    fund, own = drawn["curve"]["series"]
    assert drawn["curve"]["x"]["unit"] == "fen"
    assert [x for x, _ in fund["points"]] == [x for x, _ in own["points"]]
    assert all(
        paid + left == x for (x, paid), (_, left) in zip(fund["points"], own["points"], strict=True)
    )


def test_who_does_not_know_where_is_told_of_all(client: TestClient, settled: list[str]) -> None:
    answer = client.post("/api/v1/visit", json={**VISIT, "institution": "unknown"}).json()
    assert len(settled) == 1 + CLASSES
    assert "看机构类别" in answer["headline"]


def test_what_nobody_knows_cannot_be_included(client: TestClient) -> None:
    answer = client.get("/api/v1/visit", params={**VISIT, "include": "picture"})
    assert answer.status_code == 422
    assert answer.json()["errors"] == [
        {"field": "include", "message": "不认识 picture，可以写 curve、institutions"}
    ]
