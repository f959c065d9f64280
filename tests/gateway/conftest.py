"""A gateway over real HTTP on a free port, with a fresh store, people and a catalogue."""

from __future__ import annotations

import csv
import datetime
import itertools
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from yibao.access.operations import Key
from yibao.access.permissions import officer
from yibao.aid import operations as aid
from yibao.benefit.facts import Enrolment, Grant, Institution, Person
from yibao.care.catalogue import load_catalogue
from yibao.care.institutions import register_institution
from yibao.database.nature import Nature
from yibao.database.schema import whole_schema
from yibao.database.unit import Database, open_database
from yibao.gateway.app import create_app
from yibao.gateway.platform import Platform
from yibao.gateway.sandbox import open_sandbox
from yibao.gateway.settings import GatewaySettings
from yibao.insured.people.registration import register
from yibao.policy.compile import PolicyLibrary

from ..support.serving import SECONDS, running
from . import flows

HOSPITAL, SECOND, PHARMACY = "H14010500001", "H14010500002", "P14010500001"
CLERK = officer("clerk")
_MESSAGES = itertools.count(1)


@pytest.fixture(autouse=True)
def _key(secret_key: None) -> None:
    """Every store here has a key."""


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory, area: str) -> Path:
    """A sandbox with people, institutions and a catalogue."""
    return _template(tmp_path_factory.mktemp("gateway"), area, Nature.SANDBOX)


@pytest.fixture(scope="session")
def real_template(tmp_path_factory: pytest.TempPathFactory, area: str) -> Path:
    """The same, real."""
    return _template(tmp_path_factory.mktemp("gateway"), area, Nature.REAL)


def _template(folder: Path, area: str, nature: Nature) -> Path:
    path = folder / "template.db"
    whole_schema()
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("YIBAO_SECRET_KEY", "5a" * 32)
        database = open_database(f"sqlite:///{path}")
        database.create_all(nature)
        fill(database, area, folder)
        database.dispose()
    return path


def fill(database: Database, area: str, folder: Path) -> None:
    """Institutions, people and a catalogue for a store with every table and no row."""
    for code, kind, price_class, grade in (
        (HOSPITAL, "hospital", 1, "3A"),
        (SECOND, "hospital", 2, "2A"),
        (PHARMACY, "pharmacy", None, None),
    ):
        facts = Institution(code, area, kind, price_class, grade, dual_channel=kind == "pharmacy")
        register_institution(database, facts, actor=CLERK, name=f"测试{code}")
    _people(database, area)
    _catalogue(database, folder)


@pytest.fixture(scope="session")
def sandbox_template(tmp_path_factory: pytest.TempPathFactory, packs: PolicyLibrary) -> Path:
    """The store of a new sandbox, made once and copied."""
    path = tmp_path_factory.mktemp("sandbox") / "sandbox.db"
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("YIBAO_SECRET_KEY", "5a" * 32)
        open_sandbox(packs, f"sqlite:///{path}").dispose()
    return path


@pytest.fixture
def sandbox_url(sandbox_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of a new sandbox's store, where ``yibao sandbox`` finds it too."""
    path = tmp_path / "sandbox.db"
    shutil.copyfile(sandbox_template, path)
    url = f"sqlite:///{path}"
    monkeypatch.setenv("YIBAO_SANDBOX_URL", url)
    return url


def _people(database: Database, area: str) -> None:
    start = datetime.date(2018, 1, 1)

    def person(name: str, scheme: str, status: str | None, birth: str) -> Person:
        enrolment = Enrolment(scheme, status, start, None, area)
        day = datetime.date.fromisoformat(birth)
        return Person(name, "male", day, area, (), (enrolment,), None, None)

    for facts, balance in (
        (person("li", "employee", "retired", "1955-03-01"), 350_000),
        (person("wang", "resident", None, "1962-05-01"), 0),
        (person("zhao", "employee", "working", "1985-06-01"), 12_000),
    ):
        register(database, facts, actor=CLERK, balance=balance, day=start)


def _catalogue(database: Database, folder: Path) -> None:
    rows = [
        ("XA01", "甲类药", "A", "drug", "", "", "", "", "2018-01-01", ""),
        ("XB01", "乙类药", "B", "drug", "10", "", "", "", "2018-01-01", ""),
        ("SA01", "限价项目", "A", "service", "", "4.50", "", "", "2018-01-01", ""),
        ("XC01", "丙类药", "C", "drug", "", "", "", "", "2018-01-01", ""),
        ("XD01", "限病种药", "A", "drug", "", "", "", "hypertension", "2018-01-01", ""),
    ]
    path = folder / "catalogue.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow("code name class kind upfront limit dual_channel diseases from to".split())
        writer.writerows(rows)
    load_catalogue(database, path, actor=CLERK)


@dataclass
class Client:
    """Sends messages as a hospital does."""

    url: str
    platform: Platform
    institution: str = HOSPITAL
    head: dict[str, Any] = field(default_factory=dict)
    """What the head of every message says beside."""
    http: httpx.Client = field(
        default_factory=lambda: httpx.Client(timeout=SECONDS, trust_env=False)
    )

    def envelope(self, infno: str, content: Any, **head: Any) -> dict[str, Any]:
        """A request as most clients write it."""
        return {
            "infno": infno,
            "msgid": f"{self.institution}20250310080000{next(_MESSAGES):04d}",
            "mdtrtarea_admvs": "140100",
            "insuplc_admdvs": "",
            "recer_sys_code": "99",
            "infver": "1.0.0",
            "opter_type": "1",
            "opter": "001",
            "opter_name": "测试",
            "inf_time": "2025-03-10 08:00:00",
            "fixmedins_code": self.institution,
            "fixmedins_name": "测试医院",
            "sign_no": "",
            "input": content,
            **self.head,
            **head,
        }

    def post(
        self, body: Any, path: str = "/fsi/api/rsfComIfsService/callService", **more: Any
    ) -> httpx.Response:
        """Send a body as it is."""
        if isinstance(body, dict):
            more["json"] = body
        else:
            more["content"] = body
        return self.http.post(self.url + path, **more)

    def send(self, infno: str, content: Any, **head: Any) -> dict[str, Any]:
        """Send a message; the whole answer."""
        answer: dict[str, Any] = self.post(self.envelope(infno, content, **head)).json()
        return answer

    def ok(self, infno: str, content: Any, **head: Any) -> dict[str, Any]:
        """Send a message that has to succeed; its output."""
        answer = self.send(infno, content, **head)
        assert answer["infcode"] == 0, answer["err_msg"]
        output: dict[str, Any] = answer["output"]
        return output

    def refused(self, infno: str, content: Any, **head: Any) -> str:
        """Send a message that has to be refused; why."""
        answer = self.send(infno, content, **head)
        assert answer["infcode"] == -1, answer
        assert answer["output"] is None
        return str(answer["err_msg"])


@pytest.fixture
def start(template: Path, tmp_path: Path, packs: PolicyLibrary) -> Iterator[Callable[..., Client]]:
    """Starts a gateway with the settings given; everything is stopped afterwards."""
    with ExitStack() as stack:

        def run(
            settings: GatewaySettings | None = None, database: Database | None = None
        ) -> Client:
            if database is None:
                path = tmp_path / f"store{len(list(tmp_path.glob('store*.db')))}.db"
                shutil.copyfile(template, path)
                database = open_database(f"sqlite:///{path}")
            stack.callback(database.dispose)
            app = create_app(database, packs, settings)
            port = stack.enter_context(running(app, ws="none"))
            client = Client(f"http://127.0.0.1:{port}", app.state.platform)
            stack.callback(client.http.close)
            return client

        yield run


@pytest.fixture
def client(start: Callable[..., Client]) -> Client:
    """A gateway as a sandbox runs it."""
    return start()


@pytest.fixture
def line() -> Callable[..., dict[str, Any]]:
    """Builds a fee line of 2204 or 2301."""
    return flows.fee_line


@pytest.fixture
def grant(client: Client) -> Callable[..., None]:
    """Lets one person draw on another's account."""

    def give(grantor: str, grantee: str, relation: str = "spouse", **more: Any) -> None:
        new_grant = Grant(grantor, grantee, relation, datetime.date(2020, 1, 1), **more)
        key = Key("test", "grant", f"{grantor}-{grantee}")
        aid.grant(client.platform.database, key, new_grant, actor=CLERK)

    return give
