"""The JSON API against what nobody should send: it answers with a problem, never with a 500."""

from __future__ import annotations

import random

import pytest
from starlette.testclient import TestClient

_PIECES = [
    b"{",
    b"}",
    b"[",
    b"]",
    b'"total"',
    b":",
    b",",
    b"1e999",
    b"-0",
    b"NaN",
    b'"\\ud800"',
    b'"\\u0000"',
    b"\xff",
    "“八千”".encode(),
    b"null",
    b"true",
    b"9" * 5_000,
    b"\\",
    b'"' + b"x" * 200 + b'"',
]


def test_bodies_put_together_at_random(client: TestClient, verify: bool) -> None:
    chance = random.Random(11)
    headers = {"content-type": "application/json"}
    for _ in range(20_000 if verify else 600):
        content = b"".join(chance.choices(_PIECES, k=chance.randint(1, 12)))
        answer = client.post("/api/v1/visit", content=content, headers=headers)
        assert answer.status_code in (422, 413), content
        assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"accept-language": "en;q=x, zh;q=2, " + "a" * 5_000}, 200),
        ({"accept-language": ";;;,,,=;q"}, 200),
        ({"content-type": "application/json; charset=gbk"}, 200),
        ({"content-type": "APPLICATION/JSON"}, 200),
        ({"content-type": "application/jsonp"}, 415),
        ({"content-length": "-1"}, 200),
        ({"authorization": "Bearer " + "x" * 5_000}, 200),
    ],
)
def test_strange_headers(client: TestClient, headers: dict[str, str], status: int) -> None:
    all_headers = {"content-type": "application/json", **headers}
    answer = client.post("/api/v1/visit", content=b'{"total": "500"}', headers=all_headers)
    assert answer.status_code == status, answer.text
