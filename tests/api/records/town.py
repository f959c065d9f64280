"""A service with people, and how each of them asks it."""

from __future__ import annotations

import datetime
import itertools
import re
from collections.abc import Callable
from typing import Any

import jsonschema
from sqlalchemy import func, select
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.testclient import TestClient

from yibao.access.permissions import Actor, Role
from yibao.access.tokens import make_token
from yibao.access.users import SYSTEM, add_user
from yibao.api.acting import RecordService
from yibao.api.app import api_routes
from yibao.api.serving import ROOT, RateLimit
from yibao.database.schema import METADATA
from yibao.insured.payments.channels import SandboxChannel, channel_names
from yibao.insured.people.acting import acting

from ...support.store import Store

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
