"""``POST /api/v1/run``: the lines that ``yibao run --json`` prints."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from starlette.testclient import TestClient

from yibao.api import running
from yibao.policy.compile import PolicyLibrary
from yibao.scenario.read import read_scenario
from yibao.scenario.roads import run_through

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "household.yaml"


def _body() -> dict[str, Any]:
    """The example's scenario, its days and amounts as they are written."""
    body: dict[str, Any] = yaml.load(EXAMPLE.read_text("utf-8"), Loader=yaml.BaseLoader)
    return body


def test_the_lines_are_those_of_the_command(client: TestClient, packs: PolicyLibrary) -> None:
    answered = client.post("/api/v1/run", json=_body())
    assert answered.status_code == 200, answered.text
    lines = [step.as_json() for step in run_through("engine", packs, read_scenario(EXAMPLE))]
    assert answered.json() == {"lines": json.loads(json.dumps(lines, default=str))}
    assert len(lines) > 10


def test_a_refusal_ends_the_lines_and_says_why(client: TestClient) -> None:
    body = _body()
    first = next(number for number, step in enumerate(body["steps"]) if "visit" in step)
    visit = body["steps"][first]
    body["steps"] = [visit, {**visit, "visit": "again", "on": "2014-12-20"}]
    answered = client.post("/api/v1/run", json=body).json()
    assert len(answered["lines"]) == 1
    assert "2014-12-20" in answered["refused"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"steps": [{"visit": "v"}]}, "steps[0]"),
        ({"strange": 1}, "strange"),
        ({"steps": [{}] * (running.MOST_STEPS + 1)}, f"{running.MOST_STEPS} 步"),
        ({"area": "nowhere"}, "area"),
    ],
)
def test_what_is_wrong_is_named(change: dict[str, Any], said: str, client: TestClient) -> None:
    answered = client.post("/api/v1/run", json={**_body(), **change})
    assert answered.status_code in (400, 422), answered.text
    assert answered.headers["content-type"] == "application/problem+json"
    assert said in answered.text
