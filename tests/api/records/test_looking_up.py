"""The JSON API of one's own records over HTTP, on both databases."""

from __future__ import annotations

import jsonschema
import pytest

from .town import Build, Town

BOTH = pytest.mark.parametrize("backend", ["sqlite", "postgresql"], indirect=True)
"""For what the two databases may do differently; the rooms below are tested on both."""


@BOTH
def test_everything_that_one_may_look_up(town: Town, make_visit: Build) -> None:
    town.store.grant("worker", "wife", limit=30_000)
    town.store.settle(make_visit("v1", "worker", "h1", 900_000, end="2025-03-20", draw=["own"]))
    town.store.settle(make_visit("v2", "wife", "h1", 50_000, item_class="C", draw=["worker"]))
    me = town.get("/me")
    assert (me["person"], me["role_name"], me["by_token"]) == ("worker", "参保人", False)
    insured = town.get("/people/me/insurance")
    assert insured["enrolments"][0]["scheme"] == "employee"
    assert (insured["cover_today"]["entitled"], insured["cover_today"]["reason"]) == (
        True,
        "享受待遇",
    )
    assert town.get("/people/me/account")["balance_fen"] < 500_000
    statement = town.get("/people/me/account/statement")["rows"]
    assert statement[0]["balance_fen"] == town.get("/people/me/account")["balance_fen"]
    (settled,) = town.get("/people/me/settlements")["rows"]
    shown = town.get(f"/people/me/settlements/{settled['settlement']}")
    assert shown["answer"]["fund_fen"] == settled["fund_fen"]
    assert any(step.get("sources") for step in shown["answer"]["steps"])
    assert shown["charged"][0]["amount_fen"] == 900_000
    (used,) = town.get("/people/me/account/used-by")["rows"]
    assert (used["person"], used["amount_fen"], used["kind"]) == ("wife", 30_000, None)
    year = town.get("/people/me/accumulators?year=2025")
    inpatient = next(
        layer for layer in year["schemes"][0]["layers"] if layer["layer"] == "inpatient"
    )
    assert inpatient["used_fen"] == settled["fund_fen"]
    assert [grant["grantee"] for grant in town.get("/people/me/grants")["given"]] == ["wife"]
    assert [grant["grantor"] for grant in town.get("/people/me/grants", "wife")["received"]] == [
        "worker"
    ]
    assert town.get("/people/me/filings")["rows"] == []


def test_pages_follow_one_another_by_cursor(town: Town, make_visit: Build) -> None:
    for number in range(5):
        town.store.settle(make_visit(f"v{number}", "worker", "h1", 20_000))
    rows, cursor = [], ""
    while True:
        page = town.get(f"/people/me/settlements?limit=2{cursor}")
        rows += [row["visit"] for row in page["rows"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert rows == ["v4", "v3", "v2", "v1", "v0"]
    for path in (
        f"/people/me/orders?limit=2{cursor}",
        "/people/me/settlements?cursor=x",
        "/people/me/settlements?limit=0",
        "/people/me/settlements?limit=101",
        "/people/me/settlements?limit=x",
        "/people/me/settlements?page=2",
        "/people/me/accumulators",
        "/people/me/accumulators?year=x",
    ):
        answer = town.ask("GET", path)
        assert answer.status_code == 422, path
        assert answer.json()["errors"][0]["field"] in ("cursor", "limit", "page", "year")
    stolen = town.ask("GET", f"/people/me/settlements?limit=2{cursor}", "wife")
    assert stolen.status_code == 422


# --- the description ---


def test_examples_fit_their_schemas(town: Town) -> None:
    described = town.client.get("/api/v1/openapi.json").json()
    count = 0
    for methods in described["paths"].values():
        for operation in methods.values():
            for answer in operation["responses"].values():
                for media in answer.get("content", {}).values():
                    shown = [media["example"]] if "example" in media else []
                    for shown_example in media.get("examples", {}).values():
                        name = shown_example.get("$ref", "").rpartition("/")[2]
                        shown_example = (
                            described["components"]["examples"][name] if name else shown_example
                        )
                        shown.append(shown_example["value"])
                    assert shown, operation["operationId"]
                    schema = {**media["schema"], "components": described["components"]}
                    for example in shown:
                        jsonschema.validate(example, schema)
                        count += 1
            body = operation.get("requestBody")
            if body is not None:
                media = body["content"]["application/json"]
                schema = {**media["schema"], "components": described["components"]}
                jsonschema.validate(media["example"], schema)
    assert count > 60
