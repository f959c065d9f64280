"""The JSON API: the engine's fen, problems that name the field, and a description that holds."""

from __future__ import annotations

import datetime
import random
from typing import Any
from urllib.parse import urlencode

import jsonschema
import pytest
from starlette.testclient import TestClient

from yibao import library
from yibao.api.openapi import example_body
from yibao.inquiry.calculators import Calculator
from yibao.policy.compile import PolicyLibrary

VISIT = {"scheme": "resident", "kind": "inpatient", "institution": "class-1", "on": "2025-03-09"}


def test_a_visit_by_items_is_what_the_engine_says(client: TestClient, packs: PolicyLibrary) -> None:
    items = [
        {"class": "A", "amount": "5000.00"},
        {"class": "B", "amount": "2000.00", "upfront": "10"},
        {"class": "A", "amount": "600.00", "limit": "450.00"},
        {"class": "C", "amount": "300.00"},
    ]
    answer = client.post("/api/v1/visit", json={**VISIT, "bill": "items", "items": items})
    assert answer.status_code == 200
    got = answer.json()["answer"]
    expected = {"total": 790000, "eligible": 725000, "deductible": 100000, "fund": 375000}
    assert {name: got[name] for name in expected} == expected
    assert got["own"] == 415000
    on = datetime.date(2025, 3, 9)
    area = got["area"]
    settled = library.quote(
        packs,
        library.person(area, "resident"),
        library.hospital(area, price_class=1),
        library.visit("inpatient", on, total=725000),
    )
    assert settled.adjudication.settlement.fund == 375000
    assert answer.json()["figures_on"] == "2025-03-09"
    assert "12393" in answer.json()["notice"]
    step = next(one for one in got["steps"] if one["label"] == "报销比例")
    assert step["source"]
    assert step["grade"]


def test_the_address_and_the_body_give_the_same(
    client: TestClient, calculators: dict[str, Calculator]
) -> None:
    for name, calculator in calculators.items():
        by_body = client.post(f"/api/v1/{name}", json=example_body(calculator))
        by_address = client.get(f"/api/v1/{name}?{urlencode(calculator.example)}")
        assert by_body.status_code == by_address.status_code == 200
        assert by_body.json()["answer"] == by_address.json()["answer"]
        page = client.get(by_body.json()["page"])
        assert page.status_code == 200


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"total": "abc"}, "total"),
        ({}, "total"),
        ({"total": "1", "surprise": 1}, "surprise"),
        ({"total": True}, "total"),
        ({"total": ["1"]}, "total"),
        ({"total": "1", "institution": "palace"}, "institution"),
        ({"total": "1", "on": "2025-02-30"}, "on"),
        ({"bill": "items", "items": "A"}, "items"),
        ({"bill": "items", "items": [{"class": "A"}]}, "items[1]"),
        ({"bill": "items", "items": [{"class": "D", "amount": "1"}]}, "class-1"),
        ({"bill": "items", "items": [{"amount": "1", "x": 1}]}, "items[1].x"),
        ({"total": "1", "emergency": "yes"}, "emergency"),
        ({"total": "1", "admissions": "2"}, "admissions"),
    ],
)
def test_a_problem_names_the_field(body: dict[str, Any], field: str, client: TestClient) -> None:
    answer = client.post("/api/v1/visit", json=body)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == 422
    assert problem["type"].endswith("#invalid-input")
    assert field in [one["field"] for one in problem["errors"]]


def test_bodies_that_are_no_questions(client: TestClient) -> None:
    json_type = {"content-type": "application/json"}
    for content, status in (
        (b"", 422),
        (b"[]", 422),
        (b"{", 422),
        (b"[" * 30_000, 422),
        (b'{"total": 8000.5}', 422),
        (b'{"total": NaN}', 422),
        (b'{"total": "' + b"1" * 70_000 + b'"}', 413),
        (b"\xff\xfe", 422),
    ):
        answer = client.post("/api/v1/visit", content=content, headers=json_type)
        assert answer.status_code == status, content[:20]
        assert answer.headers["content-type"] == "application/problem+json"
    assert client.post("/api/v1/visit", content=b"{}").status_code == 415
    assert client.get("/api/v1/visit?total=1&surprise=1").status_code == 422
    assert client.get("/api/v1/nothing").status_code == 404
    assert client.delete("/api/v1/visit").status_code == 405


def test_a_refusal_is_a_problem_of_its_own(client: TestClient) -> None:
    query = "area=110000&kind=chronic&disease=hypertension&total=500&age=40"
    answer = client.get(f"/api/v1/visit?{query}")
    assert answer.status_code == 422
    assert answer.json()["type"].endswith("#refused")
    assert "没有有来源的数值" in answer.json()["detail"]


def test_policies_can_be_looked_up(client: TestClient) -> None:
    areas = client.get("/api/v1/policy/areas").json()["areas"]
    assert "太原市" in [one["name"] for one in areas]
    shown = client.get("/api/v1/policy/areas/140100?topic=employee.inpatient&on=2025-06-01").json()
    assert "employee.inpatient.ratio" in [one["parameter"] for one in shown["parameters"]]
    assert client.get("/api/v1/policy/areas/140100?on=never").status_code == 422
    assert client.get("/api/v1/policy/areas/nowhere").status_code == 404
    history = client.get("/api/v1/policy/parameters/mutual_aid.relation").json()
    assert [one["first_day"] for one in history["values"]] == ["2022-07-01", "2024-09-01"]
    assert client.get("/api/v1/policy/parameters/nothing").status_code == 404
    assert client.get("/api/v1/policy/sources/O-EI-01").json()["grade"] == "B"
    assert client.get("/api/v1/policy/disputes").json()["disputes"]
    assert client.get("/api/v1/policy/gaps").json()["gaps"]
    found = client.get("/api/v1/search?q=三甲报多少").json()
    assert found["topics"] == ["ratio"]
    assert found["figures"]


# --- the description ---


@pytest.fixture(scope="module")
def described(client: TestClient) -> dict[str, Any]:
    found: dict[str, Any] = client.get("/api/v1/openapi.json").json()
    return found


def _resolved(schema: Any, described: dict[str, Any]) -> Any:
    return {**schema, "components": described["components"]}


def test_the_description_is_openapi_3_1_with_answered_examples(
    described: dict[str, Any], calculators: dict[str, Calculator], client: TestClient
) -> None:
    assert described["openapi"] == "3.1.0"
    identifiers = []
    for methods in described["paths"].values():
        identifiers += [one["operationId"] for one in methods.values() if "operationId" in one]
    assert len(identifiers) == len(set(identifiers))
    for name in calculators:
        post = described["paths"][f"/{name}"]["post"]
        media = post["requestBody"]["content"]["application/json"]
        schema = _resolved(media["schema"], described)
        jsonschema.Draft202012Validator.check_schema(schema)
        jsonschema.validate(media["example"], schema)
        shown = post["responses"]["200"]["content"]["application/json"]["example"]
        answer = client.post(f"/api/v1/{name}", json=media["example"]).json()
        answer.pop("page")
        assert answer == shown
        jsonschema.validate(shown, _resolved({"$ref": "#/components/schemas/Answer"}, described))


def test_what_the_schema_refuses_the_api_refuses(
    described: dict[str, Any], calculators: dict[str, Calculator], client: TestClient
) -> None:
    """Bodies changed at random: whatever the schema does not allow is a 422, never a 500."""
    chance = random.Random(7)
    strange: list[Any] = [None, True, 0, -1, "", "x", [], {}, "2025-06-01", "8000", 10**12, [{}]]
    refused = 0
    for _ in range(400):
        name = chance.choice(list(calculators))
        body = example_body(calculators[name])
        properties = list(described["components"]["schemas"][f"{name.title()}Input"]["properties"])
        body[chance.choice(properties)] = chance.choice(strange)
        answer = client.post(f"/api/v1/{name}", json=body)
        assert answer.status_code in (200, 422), (name, body)
        kind = "application/json" if answer.status_code == 200 else "application/problem+json"
        assert answer.headers["content-type"].startswith(kind)
        refused += answer.status_code == 422
    assert refused > 50
