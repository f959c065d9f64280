"""The JSON API of one's own records over HTTP, on both databases."""

from __future__ import annotations

import datetime
import itertools
import re
from collections.abc import Callable, Iterator
from typing import Any

import jsonschema
import pytest
from sqlalchemy import func, select
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.testclient import TestClient

from yibao.access.permissions import MATRIX, Actor, Role
from yibao.access.tokens import make_token
from yibao.access.users import SYSTEM, add_user
from yibao.aid.consents import consents
from yibao.aid.operations import decide
from yibao.api.acting import RecordService
from yibao.api.app import api_routes
from yibao.api.serving import ROOT, RateLimit
from yibao.database.schema import METADATA
from yibao.database.unit import Database
from yibao.errors import RefusedError
from yibao.guide.reading import load as load_guide
from yibao.inquiry.calculators import Context, all_calculators
from yibao.inquiry.calculators.base import area_choices
from yibao.inquiry.search import Search
from yibao.insured.enrolment.documents import Proof
from yibao.insured.payments.channels import SandboxChannel, channel_names
from yibao.insured.people.acting import acting
from yibao.insured.people.credentials import scan_credential
from yibao.insured.people.relations import Relation, relate
from yibao.policy.compile import PolicyLibrary

from ..support.actors import CLERK
from ..support.store import Store

Build = Callable[..., Any]
ROLES = {
    "worker": Role.INSURED,
    "wife": Role.INSURED,
    "clerk": Role.OFFICER,
    "auditor": Role.AUDITOR,
    "admin": Role.ADMINISTRATOR,
    "hospital": Role.INSTITUTION,
}
NOW = datetime.datetime(2026, 11, 21, 2, 0, tzinfo=datetime.UTC)
YEAR = 2026
_KEYS = itertools.count(1)


BOTH = pytest.mark.parametrize("backend", ["sqlite", "postgresql"], indirect=True)
"""For what the two databases may do differently; the rooms below are tested on both."""


@pytest.fixture(params=["sqlite"])
def backend(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture(scope="session")
def calculating(packs: PolicyLibrary) -> tuple[Any, ...]:
    """What the API needs besides a store; made once, for it takes a second."""
    calculators = all_calculators(packs)
    search = Search(packs, load_guide(), calculators.values(), area_choices(packs)[0].code)
    return calculators, lambda: Context(packs, NOW.date()), search


DESCRIBED: dict[str, Any] = {}
"""The description, the same for every store."""


class Town:
    """A service with people, and how each of them asks it."""

    def __init__(self, store: Store, calculating: tuple[Any, ...]) -> None:
        self.store = store
        self.actors: dict[str, Actor] = {}
        service = RecordService(
            store.database,
            store.packs,
            lambda request: self.actor(request.cookies.get("session", "")),
            {name: SandboxChannel(name) for name in channel_names()},
            lambda database, actor: acting(database, actor, NOW.date()),
            lambda: NOW,
        )
        routes = api_routes(*calculating, limit=RateLimit(1e6, 1_000_000), service=service)
        self.client = TestClient(Starlette(routes=[Mount(ROOT, routes=routes)]))

    def actor(self, login: str) -> Actor | None:
        """Somebody who signed in; a user of the store from the first time on."""
        if login in self.actors or login not in ROLES:
            return self.actors.get(login)
        role = ROLES[login]
        person = login if role is Role.INSURED else None
        place = "h1" if role is Role.INSTITUTION else None
        user = add_user(
            self.store.database,
            SYSTEM,
            login,
            "correct horse",
            role,
            person_id=person,
            institution_id=place,
        )
        return self.actors.setdefault(login, user)

    def token(self, login: str, *, writes: bool = False, days: int = 30) -> str:
        actor = self.actor(login)
        assert actor is not None
        return make_token(self.store.database, actor, "程序", days, writes=writes, at=NOW)[1]

    def ask(self, method: str, path: str, login: str = "worker", **others: Any) -> Any:
        headers = {"Cookie": f"session={login}", **others.pop("headers", {})}
        answer = self.client.request(method, f"/api/v1{path}", headers=headers, **others)
        self._check(method, path.partition("?")[0], answer)
        return answer

    def _check(self, method: str, path: str, answer: Any) -> None:
        """Every answer is one that the description names, in the shape that it says."""
        if not DESCRIBED:
            DESCRIBED.update(self.client.get("/api/v1/openapi.json").json())
        components = {"components": DESCRIBED["components"]}
        for template, methods in DESCRIBED["paths"].items():
            if method.lower() in methods and re.fullmatch(
                re.sub(r"\{\w+\}", "[^/]+", template), path
            ):
                told = methods[method.lower()]["responses"][str(answer.status_code)]
                if "$ref" in told:
                    told = DESCRIBED["components"]["responses"][told["$ref"].rpartition("/")[2]]
                (kind,) = told["content"]
                assert answer.headers["content-type"] == kind
                jsonschema.validate(answer.json(), told["content"][kind]["schema"] | components)
                return
        raise AssertionError(f"{method} {path} is not described")

    def get(self, path: str, login: str = "worker") -> Any:
        answer = self.ask("GET", path, login)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def send(
        self, path: str, body: Any, login: str = "worker", *, key: str = "", method: str = "POST"
    ) -> Any:
        headers = {"Idempotency-Key": key or f"test-key-{next(_KEYS):06}"}
        return self.ask(method, path, login, json=body, headers=headers)

    def counts(self) -> dict[str, int]:
        """How many rows each table has, and where each person's chain ends."""
        return self.store.database.read(
            lambda unit: {
                table.name: unit.run(select(func.count()).select_from(table)).scalar_one()
                for table in METADATA.sorted_tables
            }
        )


@pytest.fixture
def town(
    database: Database,
    packs: PolicyLibrary,
    make_person: Build,
    make_institution: Build,
    calculating: tuple[Any, ...],
) -> Iterator[Town]:
    store = Store(database, packs)
    store.institution(make_institution("h1", price_class=1))
    store.person(make_person("worker"), balance=500_000)
    store.person(make_person("wife", scheme="resident"))
    store.person(make_person("child", scheme="resident", birth="2018-05-01"))
    new_town = Town(store, calculating)
    yield new_town
    new_town.client.close()


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
    assert town.send("/people/me/chronic-filings", {"disease": "hypertension"}).status_code == 201
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
    shown = town.send("/people/me/e-credential", {}, key="credential-1")
    assert shown.status_code == 201, shown.text
    code = shown.json()["code"]
    assert town.send("/people/me/e-credential", {}, key="credential-1").json()["code"] == code
    hospital = town.actor("hospital")
    assert hospital is not None
    assert scan_credential(town.store.database, code, NOW, actor=hospital) == "worker"
    with pytest.raises(RefusedError):
        scan_credential(town.store.database, code, NOW, actor=hospital)


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


# --- who may ---


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
