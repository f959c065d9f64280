"""What people write over HTTP: each write once, on both databases."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from yibao.aid.consents import consents
from yibao.aid.operations import decide
from yibao.errors import RefusedError
from yibao.insured.people.credentials import scan_credential

from ...support.actors import CLERK
from .town import NOW, YEAR, Town

BOTH = pytest.mark.parametrize("backend", ["sqlite", "postgresql"], indirect=True)
"""For what the two databases may do differently; the rooms below are tested on both."""


@BOTH
def test_a_year_is_billed_ordered_and_paid_once(town: Town) -> None:
    billed = town.send("/people/me/bills", {"year": YEAR}, "wife")
    assert billed.status_code == 201, billed.text
    bill = billed.json()
    assert bill["due_fen"] == sum(line["amount_fen"] for line in bill["lines"])
    ordered = town.send("/people/me/orders", {"bill": bill["bill"], "channel": "wechat"}, "wife")
    order = ordered.json()["order"]
    paid = town.send(f"/people/me/orders/{order}/payment", {}, "wife")
    assert paid.status_code == 200, paid.text
    assert paid.json()["status"] == "posted"
    receipt = paid.json()["receipt"]
    assert town.get(f"/people/me/orders/{order}", "wife")["receipt"] == receipt
    (row,) = town.get("/people/me/contributions", "wife")["rows"]
    assert (row["period"], row["receipt"], row["amount_fen"]) == (
        str(YEAR),
        receipt,
        bill["due_fen"],
    )
    checked = town.client.get(f"/api/v1/receipts/{receipt}").json()
    assert (checked["valid"], checked["amount_fen"]) == (True, bill["due_fen"])
    again = town.send("/people/me/orders", {"bill": bill["bill"], "channel": "bank"}, "wife")
    assert again.status_code == 409
    assert again.json()["type"].endswith("#conflict")


def test_aid_is_granted_changed_and_revoked(town: Town) -> None:
    town.store.relate("worker", "wife")
    consent_text = town.get("/consents")["grant"]
    assert consent_text["text"]
    body = {"grantee": "wife", "relation": "spouse", "consent_version": consent_text["version"]}
    old = town.send("/people/me/grants", {**body, "consent_version": "2000-01"})
    assert old.status_code == 409
    granted = town.send("/people/me/grants", {**body, "limit": "300"})
    assert granted.status_code == 201, granted.text
    grant = granted.json()["grant"]
    assert granted.json()["status"] == town.get("/people/me/grants")["given"][0]["status"]
    if granted.json()["status"] == "pending":
        decide(
            town.store.database,
            town.store.key("decide"),
            "worker",
            grant,
            approved=True,
            actor=CLERK,
        )
    changed = town.send(f"/people/me/grants/{grant}", {"limit": "200"}, method="PUT")
    assert changed.status_code == 200, changed.text
    (row,) = town.get("/people/me/grants")["given"]
    assert (row["limit_fen"], row["status"]) == (20_000, "active")
    revoked = town.send(f"/people/me/grants/{grant}/revocation", {})
    assert revoked.status_code == 200, revoked.text
    (row,) = town.get("/people/me/grants")["given"]
    assert row["status"] == "ended"
    consent = {
        "grantor": "worker",
        "given": True,
        "consent_version": consents()["details"].version,
    }
    assert town.send("/people/me/detail-consents", consent, "wife").status_code == 200


def test_care_away_and_chronic_diseases_are_filed(town: Town) -> None:
    away = town.send("/people/me/filings", {"kind": "long_stay", "care_area": "110000"})
    assert away.status_code == 201, away.text
    name = away.json()["filing"]
    home = town.send("/people/me/filings", {"kind": "long_stay", "care_area": "140200"})
    assert home.status_code == 422
    assert home.json()["type"].endswith("#refused")
    wrong = town.send("/people/me/chronic-filings", {"disease": "nothing"})
    assert wrong.status_code == 422
    asked = town.send("/people/me/chronic-filings", {"disease": "hypertension"})
    assert (asked.status_code, asked.json()["filing"]) == (201, None)  # it waits for the office
    at_counter = town.send("/people/worker/chronic-filings", {"disease": "hypertension"}, "clerk")
    assert (at_counter.status_code, at_counter.json()["case"]) == (201, None)
    cancelled = town.send(f"/people/me/filings/{name}/cancellation", {})
    assert cancelled.status_code == 200, cancelled.text
    rows = town.get("/people/me/filings")["rows"]
    assert {(row["kind"], row["care_area"]) for row in rows} >= {("chronic", None)}


def test_a_wallet_transfer(town: Town) -> None:
    town.store.relate("worker", "wife")
    sent = town.send("/people/me/account/transfers", {"to": "wife", "amount": "100"})
    assert sent.status_code in (201, 422), sent.text
    if sent.status_code == 201:
        assert sent.json() == {"amount_fen": 10_000, "balance_fen": 490_000}
    much = town.send("/people/me/account/transfers", {"to": "wife", "amount": "99999"})
    assert much.status_code == 422
    assert much.json()["type"].endswith("#refused")
    town.store.check()


def test_an_e_credential_is_shown_for_a_while(town: Town) -> None:
    assert town.send("/people/me/e-credential", {}, key="credential-0").status_code == 422
    area = town.store.facts("worker").enrolments[-1].area
    body = {"area": area, "device": "phone"}
    active = town.send("/people/me/e-credential/activation", body, key="credential-a")
    assert active.status_code == 201, active.text
    assert town.send("/people/me/e-credential", {}, key="credential-b").status_code == 422
    shown = town.send("/people/me/e-credential", {"device": "phone"}, key="credential-1")
    assert shown.status_code == 201, shown.text
    code = shown.json()["code"]
    again = town.send("/people/me/e-credential", {"device": "phone"}, key="credential-1")
    assert again.json()["code"] == code
    hospital = town.actor("hospital")
    assert hospital is not None
    assert scan_credential(town.store.database, code, NOW, actor=hospital) == "worker"
    with pytest.raises(RefusedError):
        scan_credential(town.store.database, code, NOW, actor=hospital)
    ended = town.send("/people/me/e-credential/end", {}, key="credential-e")
    assert ended.json()["why"] == "owner"
    refused = town.send("/people/me/e-credential", {"device": "phone"}, key="credential-2")
    assert refused.status_code == 422


# --- each write once ---


def test_a_repeat_gets_the_same_bytes(town: Town) -> None:
    body = {"kind": "long_stay", "care_area": "110000"}
    first = town.send("/people/me/filings", body, key="the-same-key-1")
    again = town.send("/people/me/filings", body, key="the-same-key-1")
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again.headers["idempotent-replayed"] == "true"
    assert "idempotent-replayed" not in first.headers
    assert len(town.get("/people/me/filings")["rows"]) == 1
    other = town.send("/people/me/filings", {**body, "care_area": "120000"}, key="the-same-key-1")
    assert other.status_code == 422
    assert other.json()["type"].endswith("#key-reused")
    elsewhere = town.send("/people/me/chronic-filings", {"disease": "x"}, key="the-same-key-1")
    assert elsewhere.json()["type"].endswith("#key-reused")
    # Another person's key is another key.
    assert town.send("/people/me/filings", body, "wife", key="the-same-key-1").status_code == 201
    refused = {"kind": "long_stay", "care_area": "140200"}
    refusal, repeat = (
        town.send("/people/me/filings", refused, key="a-refused-key") for _ in range(2)
    )
    assert (refusal.status_code, refusal.content) == (repeat.status_code, repeat.content)
    assert repeat.headers["idempotent-replayed"] == "true"


@BOTH
def test_the_same_key_at_the_same_moment(
    town: Town, together: Callable[[list[Callable[[], Any]]], list[Any]]
) -> None:
    town.actor("worker")
    body = {"kind": "long_stay", "care_area": "110000"}
    answers = together(
        [lambda: town.send("/people/me/filings", body, key="raced-key-1") for _ in range(6)]
    )
    assert {answer.status_code for answer in answers} <= {201, 409}
    good = [answer for answer in answers if answer.status_code == 201]
    assert good
    assert len({answer.content for answer in good}) == 1
    assert sum("idempotent-replayed" not in answer.headers for answer in good) == 1
    for answer in answers:
        if answer.status_code == 409:
            assert answer.json()["type"].endswith("#still-running")
            assert answer.headers["retry-after"] == "1"
    assert len(town.get("/people/me/filings")["rows"]) == 1
    town.store.check()


def test_what_is_wrong_with_a_write_uses_up_no_key(town: Town) -> None:
    path, body = "/people/me/filings", {"kind": "long_stay", "care_area": "110000"}
    assert town.ask("POST", path, json=body).json()["errors"][0]["field"] == "Idempotency-Key"
    for key in ("short", "x" * 65, "with space"):
        assert town.send(path, body, key=key).status_code == 422
    key = "once-more-key"
    assert town.send(path, {**body, "kind": "holiday"}, key=key).status_code == 422
    assert town.send(path, {**body, "more": 1}, key=key).status_code == 422
    text = {"Idempotency-Key": key, "Content-Type": "text/plain"}
    assert town.ask("POST", path, content=b"{}", headers=text).status_code == 415
    assert town.send(path, body, key=key).status_code == 201
