"""Who may look up and write whose records over HTTP."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any

import pytest

from yibao.access.permissions import MATRIX, Role
from yibao.aid.consents import consents
from yibao.api.counter.errands import ERRANDS
from yibao.insured.enrolment.documents import Proof
from yibao.insured.people.relations import Relation, relate

from ...support.actors import CLERK
from .town import ROLES, YEAR, Build, Town

BOTH = pytest.mark.parametrize("backend", ["sqlite", "postgresql"], indirect=True)
"""For what the two databases may do differently; the rooms below are tested on both."""


def test_tokens_read_and_write_as_far_as_they_were_made_for(town: Town) -> None:
    def bearer(secret: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {secret}"}

    reads = bearer(town.token("worker"))
    writes = bearer(town.token("worker", writes=True))
    path = "/api/v1/people/me/account"
    assert town.client.get(path, headers=reads).json()["balance_fen"] == 500_000
    key = {"Idempotency-Key": "token-key-1"}
    body = {"kind": "long_stay", "care_area": "110000"}
    filing = "/api/v1/people/me/filings"
    denied = town.client.post(filing, json=body, headers={**reads, **key})
    assert denied.status_code == 403
    assert town.client.post(filing, json=body, headers={**writes, **key}).status_code == 201
    by_token = town.client.post("/api/v1/tokens", json={"name": "x"}, headers={**writes, **key})
    assert by_token.status_code == 403
    for header in ("Basic d29ya2VyOng=", "Bearer", "Bearer yibao_x", "Bearer é"):
        answer = town.client.get(path, headers={"Authorization": header.encode()})
        assert answer.status_code == 401, header
        assert answer.headers["www-authenticate"].startswith("Bearer")
    # A token beats a session, also where it is no good.
    wrong = town.ask("GET", "/people/me/account", headers=bearer("yibao_x"))
    assert wrong.status_code == 401


def test_a_person_makes_and_revokes_tokens(town: Town) -> None:
    sent = {"name": "记账软件", "days": 7, "writes": False}
    created = town.send("/tokens", sent, key="make-token-1")
    assert created.status_code == 201, created.text
    secret = created.json()["secret"]
    assert town.send("/tokens", sent, key="make-token-1").content == created.content
    headers = {"Authorization": f"Bearer {secret}"}
    assert town.client.get("/api/v1/me", headers=headers).json()["by_token"] is True
    (row,) = town.get("/tokens")["tokens"]
    assert "secret" not in row
    assert town.send(f"/tokens/{row['token']}/revocation", {}, "wife").status_code == 404
    assert town.send(f"/tokens/{row['token']}/revocation", {}).status_code == 200
    assert town.client.get("/api/v1/me", headers=headers).status_code == 401


def test_a_page_of_another_site_changes_nothing(town: Town) -> None:
    town.actor("worker")
    before = town.counts()
    headers = {"Idempotency-Key": "cross-site-1", "Sec-Fetch-Site": "cross-site"}
    body = {"kind": "long_stay", "care_area": "110000"}
    answer = town.ask("POST", "/people/me/filings", json=body, headers=headers)
    assert answer.status_code == 403
    assert town.counts() == before


def operations(town: Town) -> Iterator[tuple[str, str, Any]]:
    described = town.client.get("/api/v1/openapi.json").json()
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            if operation["security"]:
                yield method.upper(), path, operation


PERMISSIONS = {
    "showInsurance": "read_person",
    "listFilings": "read_person",
    "listDrugQualifications": "read_person",
    "listContributions": "read_contributions",
    "listOrders": "read_contributions",
    "showOrder": "read_contributions",
    "showBalance": "read_account",
    "listAccountRows": "read_account",
    "listCredits": "read_account",
    "listUsedBy": "read_draws",
    "listSettlements": "read_settlement",
    "showSettlement": "read_settlement",
    "listItems": "read_settlement",
    "showAccumulators": "read_settlement",
    "listGrants": "read_grants",
    "makeBill": "bill",
    "createOrder": "order",
    "payOrder": "order",
    "grantAid": "grant",
    "changeGrant": "grant",
    "revokeGrant": "revoke",
    "consentToDetails": "consent_to_details",
    "fileAway": "file",
    "fileChronic": "file",
    "cancelFiling": "file",
    "transfer": "transfer",
    "showCredential": "show_credential",
    "activateCredential": "activate_credential",
    "endCredential": "end_credential",
    "listCases": "read_cases",
    "readCase": "read_case",
    "moveCase": "move_case",
    "noteCase": "note_case",
    **{errand.id: errand.permission for errand in ERRANDS if not errand.of_nobody},
    "fileClaim": "open_case",
    "readClaim": "read_case",
    "putClaimLines": "move_case",
    "decideClaimLines": "move_case",
    "changeClaimAccount": "move_case",
    "collectClaimRecovery": "book_money",
    "handInDocument": "hand_in",
    "readDocument": "read_case",
    "sendTransferForm": "move_case",
    "applyMaternityAllowanceForStaff": "apply_for_staff",
    "applyTransferInForStaff": "apply_for_staff",
}


def test_every_role_at_every_operation_and_denied_calls_do_nothing(town: Town) -> None:
    """Another person's records: whoever the matrix does not let gets 403, and no row changes."""
    for login in ROLES:
        town.actor(login)
    others = {login: role for login, role in ROLES.items() if login != "worker"}
    tried = set()
    for method, path, operation in operations(town):
        name = operation["operationId"]
        if "{person}" not in path:
            continue
        tried.add(name)
        address = path.replace("{person}", "worker")
        for parameter in operation["parameters"]:
            if parameter["in"] == "path":
                address = address.replace("{" + parameter["name"] + "}", str(parameter["example"]))
        if name == "showAccumulators":
            address += "?year=2025"
        body = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
        for login, role in [*others.items(), ("", None)]:
            reach = None if role is None else MATRIX[PERMISSIONS[name]].get(role)
            # Nothing of the worker's was done at the institution that asks.
            allowed = role is Role.OFFICER or (reach is not None and reach.value == "all")
            before = town.counts()
            if method == "GET":
                answer = town.ask("GET", address, login)
            else:
                answer = town.send(address, body["example"], login, method=method)
            if role is None:
                assert answer.status_code == 401, (name, login)
            elif not allowed or reach is None:
                assert answer.status_code == 403, (name, login, answer.text)
            else:
                assert answer.status_code not in (401, 403, 500), (name, login, answer.text)
            if answer.status_code in (401, 403):
                assert answer.headers["content-type"] == "application/problem+json"
                assert town.counts() == before, (name, login)
    assert tried == set(PERMISSIONS)
    town.store.check()


def test_an_institution_reads_what_was_done_at_its_own_place_and_nothing_else(
    town: Town, make_institution: Build, make_visit: Build
) -> None:
    town.store.institution(make_institution("h2", price_class=2))
    town.store.settle(make_visit("v1", "worker", "h1", 20_000))
    town.store.settle(make_visit("v2", "worker", "h2", 30_000))
    town.store.settle(make_visit("v3", "wife", "h2", 30_000))
    visits = {row["visit"]: row for row in town.get("/people/me/settlements")["rows"]}
    assert visits.keys() == {"v1", "v2"}
    (row,) = town.get("/people/worker/settlements", "hospital")["rows"]
    assert (row["visit"], row["institution"]) == ("v1", "h1")
    own = visits["v1"]["settlement"]
    assert town.get(f"/people/worker/settlements/{own}", "hospital")["answer"]
    town.get("/people/worker/visits/v1/items", "hospital")
    before = town.counts()
    for path in (
        f"/people/worker/settlements/{visits['v2']['settlement']}",
        "/people/worker/visits/v2/items",
        "/people/wife/settlements",
        "/people/worker/accumulators?year=2025",
        "/people/worker/insurance",
        "/people/worker/grants",
        "/people/worker/filings",
        "/people/worker/account",
    ):
        assert town.ask("GET", path, "hospital").status_code == 403, path
    filing = {"disease": "hypertension"}
    assert town.send("/people/worker/chronic-filings", filing, "hospital").status_code == 403
    assert town.counts() == before


def test_a_transfer_or_grant_to_a_stranger_is_refused_without_effect(town: Town) -> None:
    town.store.relate("worker", "wife")
    town.actor("worker")
    before = town.counts()
    version = consents()["grant"].version
    for path, body in (
        ("/people/me/account/transfers", {"to": "child", "amount": "100"}),
        (
            "/people/me/grants",
            {"grantee": "child", "relation": "spouse", "consent_version": version},
        ),
        (
            "/people/me/grants",
            {"grantee": "wife", "relation": "child", "consent_version": version},
        ),
    ):
        refused = town.send(path, body)
        assert refused.status_code == 422, refused.text
        assert refused.json()["type"].endswith("#refused")
    # The answer is kept under the sender's key, and nothing else.
    assert {name: count for name, count in town.counts().items() if count != before[name]} == {
        "message": before["message"] + 3
    }
    assert town.get("/people/me/account")["balance_fen"] == 500_000
    assert town.get("/people/me/grants") == {"given": [], "received": []}
    town.store.check()


def test_a_write_by_session_from_another_site_is_refused(town: Town) -> None:
    town.actor("worker")
    area = town.store.facts("worker").enrolments[-1].area
    town.send("/people/me/e-credential/activation", {"area": area}, "worker", key="activated-1")
    before = town.counts()
    for headers in (
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "null", "Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-origin", "Origin": "https://evil.example"},
    ):
        sent = {**headers, "Idempotency-Key": "another-site-1"}
        answer = town.ask("POST", "/people/me/e-credential", json={}, headers=sent)
        assert answer.status_code == 403, headers
    assert town.counts() == before
    without_referrer = {"Origin": "null", "Sec-Fetch-Site": "same-origin"}
    for number, headers in enumerate(({"Origin": "http://testserver"}, without_referrer)):
        sent = {**headers, "Idempotency-Key": f"this-site-{number}"}
        answer = town.ask("POST", "/people/me/e-credential", json={}, headers=sent)
        assert answer.status_code == 201, headers


def test_an_employed_person_cannot_buy_an_own_month(town: Town) -> None:
    town.actor("worker")
    before = town.counts()
    refused = town.send("/people/me/bills", {"month": "2026-11"})
    assert refused.status_code == 422, refused.text
    assert "由单位申报缴纳" in refused.json()["detail"]
    assert town.counts()["bill"] == before["bill"]


def test_a_parent_acts_for_a_child_and_for_nobody_else(town: Town) -> None:
    assert town.ask("GET", "/people/child/insurance").status_code == 403
    key = town.store.key("relate")
    relate(
        town.store.database,
        key,
        Relation("worker", "child", "child", datetime.date(2018, 5, 1)),
        actor=CLERK,
        proofs=[Proof("birth_certificate", "B1")],
    )
    assert town.get("/people/child/insurance")["person"] == "child"
    assert town.send("/people/child/bills", {"year": YEAR}).status_code == 201
    # A child's records are the parent's to see; the parent's are not the other way round.
    assert town.ask("GET", "/people/worker/insurance", "wife").status_code == 403


def test_another_reader_stands_on_the_trail(town: Town) -> None:
    for login in ("clerk", "worker"):
        town.actor(login)  # a login that is made stands on a chain of its own
    before = town.counts()["event"]
    assert town.ask("GET", "/people/worker/account", "clerk").status_code == 200
    assert town.counts()["event"] == before + 1
    town.get("/people/me/account")
    assert town.counts()["event"] == before + 1
