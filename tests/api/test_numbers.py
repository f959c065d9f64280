"""What is no number is refused wherever amounts and whole numbers come in, and the field named."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from yibao.errors import YibaoError
from yibao.inquiry.calculators import Calculator
from yibao.inquiry.fields import Field
from yibao.scenario.read import scenario_from_text

FULL_WIDTH = "１２"
TEXTS = ("1e30", "true", "٣", FULL_WIDTH, "nan", "inf", "-inf", "1e999", "0x1F", "1_0", "9" * 80)
NUMBERS = ("fen", "whole", "basis_points")


def _asked(calculators: dict[str, Calculator]) -> list[tuple[str, Any]]:
    return [
        (name, field)
        for name, calculator in calculators.items()
        for field in calculator.inputs
        if isinstance(field, Field) and field.kind in NUMBERS
    ]


def test_json(client: TestClient, calculators: dict[str, Calculator]) -> None:
    headers = {"content-type": "application/json"}
    asked = _asked(calculators)
    assert len(asked) > 10
    for name, field in asked:
        written = [json.dumps(text) for text in TEXTS]
        for value in (*written, "1e30", "true", "false", "1.5e300", "9" * 40, "[1]", "{}"):
            body = f'{{"{field.name}": {value}}}'
            answer = client.post(f"/api/v1/{name}", content=body, headers=headers)
            assert answer.status_code == 422, (name, body, answer.text)
            assert field.name in answer.text, (name, body)


def test_forms_and_addresses(client: TestClient, calculators: dict[str, Calculator]) -> None:
    for name, field in _asked(calculators):
        asked = {**calculators[name].example, **{of: wanted[0] for of, wanted in field.when}}
        for text in TEXTS:
            written = {**asked, field.name: text}
            answer = client.get(f"/api/v1/{name}", params=written)
            assert answer.status_code == 422, (name, field.name, text)
            assert field.name in answer.text, (name, field.name, text, answer.text)
            if text == FULL_WIDTH:
                continue  # what an input method writes into a page is read as it is meant
            page = client.post(f"/calc/{name}", data=written)
            assert page.status_code == 422, (name, field.name, text)
            assert f'id="{field.name}-fault"' in page.text


HOUSEHOLD = Path(__file__).resolve().parents[2] / "examples" / "household.yaml"


@pytest.mark.parametrize("text", [*TEXTS, ".nan", ".inf", "1e3"])
@pytest.mark.parametrize(
    "written", ["account: 4200.00", "base: 6500.00", "price_class: 1", "limit: 1000.00"]
)
def test_scenario_files(written: str, text: str) -> None:
    """The line and the key are named."""
    content = HOUSEHOLD.read_text(encoding="utf-8")
    key, _, _ = written.partition(": ")
    with pytest.raises(YibaoError) as refused:
        scenario_from_text(content.replace(written, f"{key}: {text}", 1), "household.yaml")
    assert key in str(refused.value)
    assert "household.yaml" in str(refused.value)
