"""The service on a small demo store, and somebody who is signed in."""

from __future__ import annotations

import datetime
import html
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient
from tests.support.demos import copy_demo

from yibao.access.operations import Key
from yibao.access.permissions import Role, officer
from yibao.access.users import SYSTEM, add_user
from yibao.benefit.facts import Enrolment, Person
from yibao.database.unit import Database, open_database
from yibao.insured import operations as insured
from yibao.insured.enrolment.cover import civil_day
from yibao.insured.enrolment.documents import Proof
from yibao.insured.payments.channels import SandboxChannel, channel_names
from yibao.policy.compile import PolicyLibrary
from yibao.portal.app import create_app
from yibao.portal.own.frame import own_service
from yibao.scenario.demo import code_of, logins

PASSWORD = "long enough for a test"
ADDRESS = "https://yibao.example.org"
"""Where the service says that people open it."""


class Clock:
    """A clock that tests move."""

    def __init__(self) -> None:
        self.at = datetime.datetime(2026, 11, 21, 2, 0, tzinfo=datetime.UTC)

    def __call__(self) -> datetime.datetime:
        return self.at

    def forward(self, **by: int) -> None:
        self.at += datetime.timedelta(**by)


@contextmanager
def copied(demo_store: Path, folder: Path) -> Iterator[Database]:
    """A copy of the demo, open, in a folder of its own."""
    database = open_database(f"sqlite:///{copy_demo(demo_store, folder)}")
    yield database
    database.dispose()


def house_of(packs: PolicyLibrary, store: Database, folder: Path, clock: Clock) -> Starlette:
    """The service on a store, for the tests of a module that share one."""
    return create_app(
        packs,
        data=folder,
        today=lambda: civil_day(clock.at),
        service=own_service(store, packs, clock),
    )


@pytest.fixture
def store(demo_store: Path, tmp_path: Path) -> Iterator[Database]:
    """A copy of the demo for one test."""
    with copied(demo_store, tmp_path) as database:
        yield database


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def channels() -> dict[str, SandboxChannel]:
    return {name: SandboxChannel(name) for name in channel_names()}


@pytest.fixture
def house(
    packs: PolicyLibrary,
    store: Database,
    tmp_path: Path,
    clock: Clock,
    channels: dict[str, SandboxChannel],
) -> Starlette:
    return create_app(
        packs,
        data=tmp_path,
        today=lambda: civil_day(clock.at),
        service=own_service(store, packs, clock, channels),
        address=ADDRESS,
    )


class Caller(TestClient):
    """A browser without script: it keeps cookies and sends the forms that it was shown."""

    def form(self, path: str, **fields: str) -> dict[str, str]:
        """The hidden inputs of a page's first form for ``path``, with ``fields``."""
        page = self.get(path)
        assert page.status_code == 200, page.text
        return hidden(page.text) | fields

    def follow(self, path: str, fields: dict[str, str], status: int = 200) -> str:
        """Send a form and go where it leads."""
        answer = self.post(path, data=fields, follow_redirects=True)
        assert answer.status_code == status, answer.text
        return answer.text


def words_of(text: str) -> str:
    """A page's content without its marks."""
    return html.unescape(re.sub(r"<[^>]+>", "", text.partition("<main")[2]))


def hidden(text: str) -> dict[str, str]:
    """The hidden inputs of the first form of a page's content that has any."""
    for form in re.findall(r"<form.*?</form>", text.partition("<main")[2], re.S):
        inputs = re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form)
        if inputs:
            return dict(inputs)
    return {}


@pytest.fixture
def caller(house: Starlette) -> Caller:
    return Caller(house, follow_redirects=False)


@pytest.fixture
def password(store: Database) -> Callable[[str], str]:
    """The password of a login of the demo."""
    known = {login.login: login.password for login in logins(store)} | {"newcomer": PASSWORD}
    return known.__getitem__


@pytest.fixture
def enter(
    caller: Caller, password: Callable[[str], str], store: Database, clock: Clock
) -> Callable[[str], Caller]:
    """Sign somebody in, with the telephone where the role wants one."""

    def signed_in(login: str) -> Caller:
        caller.cookies.clear()
        sent = {"login": login, "password": password(login), "next": "/own"}
        answer = caller.post("/sign-in", data=sent)
        assert answer.status_code == 303
        if answer.headers["location"].startswith("/sign-in/code"):
            clock.forward(seconds=30)  # a code is taken once
            form = caller.form("/sign-in/code", code=code_of(store, login, clock.at))
            assert caller.post("/sign-in/code", data=form).headers["location"] == "/desk"
        return caller

    return signed_in


IN_2025 = datetime.datetime(2025, 11, 21, 2, 0, tzinfo=datetime.UTC)


def add_relative_of(store: Database) -> None:
    """The brother of the newcomer, in a store that is no demo."""
    enrolment = Enrolment("resident", None, datetime.date(2020, 1, 1), None, "140100")
    birth = datetime.date(1985, 2, 1)
    facts = Person("zhangwei", "male", birth, "140100", (), (enrolment,), (), ())
    insured.register(store, facts, actor=officer("test"), day=datetime.date(2020, 1, 1))


def add_newcomer(store: Database) -> None:
    """Somebody who has to pay for 2026 and is zhangwei's sister."""
    office = officer("test")
    area = "140100"
    insured.register(
        store,
        Person(
            id="newcomer",
            sex="female",
            birth=datetime.date(1988, 2, 1),
            area=area,
            groups=(),
            enrolments=(Enrolment("resident", None, datetime.date(2025, 11, 1), None, area),),
            contributions_resident=(),
            contributions_employee=(),
        ),
        actor=office,
        day=datetime.date(2025, 11, 1),
        named=insured.Named("张敏", "resident_identity_card", "140101198802019985"),
    )
    insured.relate(
        store,
        Key("test", "relate", "1"),
        insured.Relation("zhangwei", "newcomer", "sibling", datetime.date(1988, 2, 1)),
        actor=office,
        proofs=[Proof("household_book")],
    )
    add_user(store, SYSTEM, "newcomer", PASSWORD, Role.INSURED, person_id="newcomer")


@pytest.fixture
def newcomer(store: Database, clock: Clock, enter: Callable[[str], Caller]) -> Caller:
    """The newcomer, signed in on 21 November 2025."""
    clock.at = IN_2025
    add_newcomer(store)
    return enter("newcomer")
