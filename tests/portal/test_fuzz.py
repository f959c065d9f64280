"""A thousand forms that nobody fills in like that: never a 500, faults in Chinese."""

from __future__ import annotations

import random

from starlette.testclient import TestClient

from yibao.inquiry.calculators import Calculator
from yibao.inquiry.fields import Field, Rows

FORMS = 1_000
STRANGE = (
    "", " ", "0", "-1", "1", "abc", "９９９", "1e9", "99999999999", "99999999.99", "8000", "0.01",
    "2025-02-29", "2025-02-30", "2024-02-29", "1900-01-01", "2199-12-31", "0001-01-01", "2025-13",
    "2025-03", "today", "true", "<script>alert(1)</script>", "' OR 1=1 --", "\x00", "\ud7ff",
    "💊" * 9, "一百元", "%", "100.001", "null", "{}",
    "x" * 5_000, "٣٤", "²", "½", "1_000", "+5", "1,000",
    "NaN",
)  # fmt: skip


def _value(field: Field, chance: random.Random) -> str:
    if field.choices and chance.random() < 0.85:
        return chance.choice(field.choices).code
    if chance.random() < 0.15:
        return chance.choice(STRANGE)
    year = chance.choice((1990, 2017, 2023, 2024, 2025, 2026, 2027, 2030))
    month, day = chance.randint(1, 12), chance.randint(1, 28)
    return {
        "day": f"{year}-{month:02d}-{day:02d}",
        "month": f"{year}-{month:02d}",
        "fen": str(chance.choice((0, 1, 80, 600, 8_000, 120_000, 99_999_999))),
        "basis_points": str(chance.randint(0, 101)),
        "whole": str(chance.randint(0, 40) if field.most < 500 else year),
        "flag": "1",
    }.get(field.kind, chance.choice(STRANGE))


def _form(calculator: Calculator, chance: random.Random) -> dict[str, str]:
    form = dict(calculator.example) if chance.random() < 0.5 else {}
    for asked in calculator.inputs:
        if isinstance(asked, Rows):
            for number in range(1, chance.randint(1, asked.most + 1) + 1):
                for field in asked.fields:
                    if chance.random() < 0.8:
                        form[f"{field.name}-{number}"] = _value(field, chance)
        elif chance.random() < 0.7:
            form[asked.name] = _value(asked, chance)
    for name in list(form):
        if chance.random() < 0.15:
            del form[name]
    if chance.random() < 0.05:
        form[chance.choice(STRANGE)[:40]] = chance.choice(STRANGE)
    return form


def test_a_thousand_forms(client: TestClient, calculators: dict[str, Calculator]) -> None:
    chance = random.Random(20261121)
    chosen = list(calculators.values())
    answered: dict[int, int] = {}
    for _ in range(FORMS):
        calculator = chance.choice(chosen)
        form = _form(calculator, chance)
        page = client.post(f"/calc/{calculator.id}", data=form)
        if page.status_code == 303:
            page = client.get(page.headers["location"])
        assert page.status_code in (200, 422), (calculator.id, page.status_code, form)
        if page.status_code == 422:
            assert "有几处要改" in page.text
        answered[page.status_code] = answered.get(page.status_code, 0) + 1
    # Both happen often enough for the run to mean something.
    assert min(answered.get(200, 0), answered.get(422, 0)) > 50


def test_other_addresses_stand_strange_words(client: TestClient) -> None:
    for text in STRANGE:
        for path in ("/search?q=", "/directory?q=", "/display?size=", "/settings?back="):
            address = path + "".join(f"%{byte:02x}" for byte in text[:200].encode())
            assert client.get(address).status_code in (200, 303)
        for path in ("/policy/area/{}", "/policy/parameter/{}", "/guides/{}", "/policy/source/{}"):
            address = path.format("".join(f"%{byte:02x}" for byte in (text or "x")[:60].encode()))
            assert client.get(address).status_code in (200, 404)
