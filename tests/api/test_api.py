"""The JSON API: the engine's fen, problems that name the field, and a description that holds."""

from __future__ import annotations

import datetime
import json
import logging
import random
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import jsonschema
import pytest
from starlette.testclient import TestClient

from yibao import library
from yibao.api.observe import JsonLines
from yibao.api.serving import RateLimit
from yibao.inquiry.calculators import Calculator
from yibao.inquiry.schemas import example_body
from yibao.policy.compile import PolicyLibrary
from yibao.portal.app import create_app

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
    assert {name: got[f"{name}_fen"] for name in expected} == expected
    assert got["own_fen"] == 415000
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
    step = next(row for row in got["steps"] if row["label"] == "报销比例")
    assert step["amount_basis_points"] == 6000
    assert step["sources"]
    rule = next(row for row in answer.json()["rules"] if row["parameter"] == step["parameter"])
    assert (rule["first_day"], rule["grade"]) == (step["first_day"], step["grade"])
    assert [source["id"] for source in rule["sources"]] == step["sources"]


def test_an_instant_with_a_zone_is_a_day_in_china(client: TestClient) -> None:
    """16:30Z on the last day of 2024 is in 2025, in the body and in the address."""
    asked = {**VISIT, "total": "5000"}
    first = client.post("/api/v1/visit", json={**asked, "on": "2025-01-01"})
    for zoned in ("2024-12-31T16:30Z", "2025-01-01T00:30+08:00", "2024-12-31T23:30:00-05:00"):
        body = client.post("/api/v1/visit", json={**asked, "on": zoned})
        assert body.status_code == 200, body.text
        assert body.json()["figures_on"] == "2025-01-01"
        assert body.json()["answer"] == first.json()["answer"]
        address = client.get("/api/v1/visit", params={**asked, "on": zoned})
        assert address.json()["answer"] == first.json()["answer"]
    before = client.post("/api/v1/visit", json={**asked, "on": "2024-12-31T15:30Z"})
    assert before.json()["figures_on"] == "2024-12-31"
    never = client.post("/api/v1/visit", json={**asked, "on": "2025-02-30T16:30Z"})
    assert never.status_code == 422, never.text


def test_what_would_be_has_no_clock(client: TestClient) -> None:
    """A question about a day to come is answered: nothing is written."""
    answer = client.post("/api/v1/visit", json={**VISIT, "total": "5000", "on": "2028-03-09"})
    assert answer.status_code == 200
    assert answer.json()["figures_on"] == "2028-03-09"


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
        ({"bill": "items", "items": [{"class": "D", "amount": "1"}]}, "items[1].class"),
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
    assert field in [fault["field"] for fault in problem["errors"]]


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
    assert "太原市" in [area["name"] for area in areas]
    shown = client.get("/api/v1/policy/areas/140100?topic=employee.inpatient&on=2025-06-01").json()
    assert "employee.inpatient.ratio" in [
        parameter["parameter"] for parameter in shown["parameters"]
    ]
    assert client.get("/api/v1/policy/areas/140100?on=never").status_code == 422
    assert client.get("/api/v1/policy/areas/nowhere").status_code == 404
    history = client.get("/api/v1/policy/parameters/mutual_aid.relation").json()
    shanxi = [value["first_day"] for value in history["values"] if value["area"] == "140000"]
    assert shanxi == ["2022-07-01", "2024-09-01"]
    assert client.get("/api/v1/policy/parameters/nothing").status_code == 404
    assert client.get("/api/v1/policy/sources/O-EI-01").json()["grade"] == "B"
    assert client.get("/api/v1/policy/disputes").json()["disputes"]
    assert client.get("/api/v1/policy/gaps").json()["gaps"]
    answer = client.get("/api/v1/search?q=三甲报多少").json()
    assert answer["topics"] == ["ratio"]
    assert answer["figures"]


# --- the description ---


@pytest.fixture(scope="module")
def described(client: TestClient) -> dict[str, Any]:
    description: dict[str, Any] = client.get("/api/v1/openapi.json").json()
    return description


def _resolved(schema: Any, described: dict[str, Any]) -> Any:
    return {**schema, "components": described["components"]}


def test_the_description_is_openapi_3_1_with_answered_examples(
    described: dict[str, Any], calculators: dict[str, Calculator], client: TestClient
) -> None:
    assert described["openapi"] == "3.1.0"
    identifiers = []
    for methods in described["paths"].values():
        identifiers += [
            operation["operationId"] for operation in methods.values() if "operationId" in operation
        ]
    assert len(identifiers) == len(set(identifiers))
    for name in calculators:
        post = described["paths"][f"/{name}"]["post"]
        media = post["requestBody"]["content"]["application/json"]
        schema = _resolved(media["schema"], described)
        jsonschema.Draft202012Validator.check_schema(schema)
        jsonschema.validate(media["example"], schema)
        answered = post["responses"]["200"]["content"]["application/json"]
        (shown,) = answered["examples"].values()
        shown = described["components"]["examples"][shown["$ref"].rpartition("/")[2]]["value"]
        answer = client.post(f"/api/v1/{name}", json=media["example"]).json()
        assert answer == shown
        jsonschema.validate(shown, _resolved(answered["schema"], described))


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


# --- problems ---


@pytest.mark.parametrize(
    ("method", "path", "status", "kind"),
    [
        ("GET", "/api/v1/nothing", 404, "not-found"),
        ("GET", "/api/v1/policy/areas/nowhere", 404, "not-found"),
        ("DELETE", "/api/v1/visit", 405, "method-not-allowed"),
        ("TRACE", "/api/v1/problems", 405, "method-not-allowed"),
        ("POST", "/api/v1/visit", 415, "not-json"),
        ("GET", "/api/v1/visit", 422, "invalid-input"),
        ("GET", "/api/v1/policy/areas/140100?on=never", 422, "invalid-input"),
        ("GET", "/api/v1/policy/areas/140100?surprise=1", 422, "invalid-input"),
    ],
)
def test_every_problem_speaks_two_languages(
    client: TestClient, method: str, path: str, status: int, kind: str
) -> None:
    for language, tag in (("zh-CN,zh;q=0.9,en;q=0.8", "zh-CN"), ("en-GB", "en"), ("fr", "zh-CN")):
        answer = client.request(method, path, headers={"Accept-Language": language})
        assert answer.status_code == status
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["content-language"] == tag
        problem = answer.json()
        assert problem["type"] == f"/api/v1/problems#{kind}"
        assert problem["status"] == status
        chinese = any("一" <= letter <= "鿿" for letter in problem["title"] + problem["detail"])
        assert chinese == (tag == "zh-CN")
        assert "12393" in problem["notice"]
    if status == 405:
        allowed = {method_name.strip() for method_name in answer.headers["allow"].split(",")}
        assert allowed == ({"GET", "HEAD", "POST"} if "visit" in path else {"GET", "HEAD"})


def test_an_english_problem_says_in_english_what_the_error_says(client: TestClient) -> None:
    asked = {"Accept-Language": "en"}
    answer = client.post(
        "/api/v1/visit", content=b"[]", headers={**asked, "Content-Type": "application/json"}
    ).json()
    assert answer["detail"] == "Please send a JSON object"
    assert answer["detail_zh"] == "请发一个 JSON 对象"


def test_every_kind_of_problem_is_listed(client: TestClient) -> None:
    listed = client.get("/api/v1/problems").json()["problems"]
    statuses = {problem["status"] for problem in listed}
    assert statuses == {400, 401, 403, 404, 405, 409, 413, 415, 422, 429, 500, 503}


def test_a_sender_who_asks_too_fast_waits(packs: PolicyLibrary, tmp_path: Path) -> None:
    app = create_app(packs, data=tmp_path, limit=RateLimit(per_second=0.5, burst=3))
    with TestClient(app) as client:
        statuses = [client.get("/api/v1/problems").status_code for _ in range(5)]
        assert statuses == [200, 200, 200, 429, 429]
        answer = client.get("/api/v1/problems")
        assert answer.json()["type"].endswith("#too-many")
        assert 1 <= int(answer.headers["retry-after"]) <= 2
        assert client.get("/calc").status_code == 200


def test_a_failure_of_our_own_shows_and_logs_nothing_that_was_typed(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: Any) -> None:
        raise ValueError("310101199001011234")

    monkeypatch.setattr("yibao.api.calculating.ask", fail)
    with caplog.at_level(logging.INFO, "yibao.service"):
        answer = client.post("/api/v1/visit", json={"total": "310101199001011234"})
    assert answer.status_code == 500
    assert answer.json()["type"].endswith("#failed")
    failed, request = (
        json.loads(JsonLines().format(record))
        for record in caplog.records
        if record.name == "yibao.service"
    )
    assert (failed["error"], failed["route"]) == ("ValueError", "/api/v1/visit")
    assert failed["at"].startswith("test_api.py:")
    assert request["status"] == 500
    assert "310101199001011234" not in answer.text + caplog.text


@pytest.mark.parametrize(
    "content", [b'{"total":"1","total":"2"}', b'{"\\ud800":"1"}', b'{"total":"\\u0000"}']
)
def test_no_store_could_keep_these(client: TestClient, content: bytes) -> None:
    answer = client.post(
        "/api/v1/visit", content=content, headers={"content-type": "application/json"}
    )
    assert answer.status_code == 422
