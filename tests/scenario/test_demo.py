"""The demo store: made once, whole; its family can be looked up and its users can sign in."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select, text

from yibao.access.permissions import Role
from yibao.access.trail import all_people
from yibao.access.users import log_in
from yibao.benefit.answers import VisitAnswer
from yibao.benefit.facts import Enrolment, Person
from yibao.care.settling import Settlements
from yibao.database.migrating import upgrade
from yibao.database.unit import Database, open_database
from yibao.errors import ConflictError
from yibao.exchange import control
from yibao.insured import operations as insured
from yibao.insured.people.registration import register
from yibao.insured.tables import order_
from yibao.policy.compile import PolicyLibrary
from yibao.scenario.demo import demo_file, is_demo, logins, reset_house

from ..support.actors import CLERK, oneself

DAY = datetime.date(2026, 6, 30)
PERSON = Person(
    "somebody",
    "female",
    datetime.date(1985, 3, 4),
    "990100",
    (),
    (Enrolment("resident", None, datetime.date(2020, 1, 1), None, "990100"),),
    None,
    None,
)
pytestmark = pytest.mark.usefixtures("secret_key")


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo") / "demo.db"


@pytest.fixture(scope="module")
def demo(file: Path) -> Iterator[Database]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("YIBAO_SECRET_KEY", "5a" * 32)  # as in every test of the store
        store = demo_file(PolicyLibrary.load(), file, families=8)
    yield store
    store.dispose()


def test_everybody_signs_in_as_told(demo: Database) -> None:
    told = {login.login: login for login in logins(demo)}
    # `officer` is for stores from before there were posts.
    assert {login.role for login in told.values()} == set(Role) - {Role.OFFICER}
    for login in told.values():
        assert log_in(demo, login.login, login.password, DAY).role is login.role
    stored = demo.read(lambda unit: str(unit.run(text("SELECT * FROM actor")).all()))
    assert not any(login.password in stored for login in told.values())


def test_the_family_is_known_by_name_and_acts_for_its_child(demo: Database) -> None:
    (card,) = insured.details(demo, "zhangwei", actor=oneself("zhangwei"))
    assert (card.name, card.sex, card.birth) == ("张伟", "male", datetime.date(1980, 5, 12))
    login = next(candidate for candidate in logins(demo) if candidate.login == "zhangwei")
    actor = insured.acting(demo, log_in(demo, login.login, login.password, DAY), DAY)
    assert actor.wards == {"zhangxiaoyu"}
    assert actor.relatives == {"lina", "zhangxiaoyu", "zhangguoqiang", "zhaoxiulan", "zhangmin"}
    grown = insured.acting(demo, actor, datetime.date(2034, 7, 21))
    assert grown.wards == frozenset()


def test_what_the_demo_shows(demo: Database) -> None:
    settlements = Settlements(demo, PolicyLibrary.load())

    def settled(person: str, visit: str) -> VisitAnswer:
        return settlements.read(person, visit, actor=oneself(person))

    assert settled("lina", "z04").entitled is False  # still waiting
    assert settled("lina", "z09").entitled is True
    assert settled("zhangxiaoyu", "z05").mutual_aid == 50_000  # the grant's limit
    assert settled("zhaoxiulan", "z13").fund  # filed, out of the province
    statuses = demo.read(lambda unit: set(unit.run(select(order_.c.status)).scalars()))
    assert {"posted", "failed"} <= statuses
    assert insured.orders_of(demo, "lina", actor=CLERK)[0].receipt_no


def test_the_file_is_made_once(demo: Database, file: Path, tmp_path: Path) -> None:
    packs = PolicyLibrary.load()
    before = [login.password for login in logins(demo)]
    again = demo_file(packs, file, families=8)
    assert is_demo(again)
    assert [login.password for login in logins(again)] == before
    again.dispose()
    assert sorted(path.name for path in file.parent.iterdir() if "new" in path.name) == []


def test_a_file_that_is_no_sandbox_is_set_aside_whole_with_its_key(tmp_path: Path) -> None:
    """The file of ``make run`` that a former version left; or somebody's real store."""
    packs, other, said = PolicyLibrary.load(), tmp_path / "demo.db", []
    real = open_database(f"sqlite:///{other}")
    upgrade(real)
    register(real, PERSON, actor=CLERK, day=DAY)
    other.with_name("demo.db.key").write_text("its key")
    with pytest.raises(ConflictError, match="正开着"):
        demo_file(packs, other, families=1)
    real.dispose()
    demo_file(packs, other, families=1, say=lambda words: said.append(str(words))).dispose()
    (aside,) = tmp_path.glob("demo-before-*.db")
    assert aside.name in said[0]
    assert "已改名为" in said[0]
    assert aside.with_name(f"{aside.name}.key").read_text() == "its key"
    former = open_database(f"sqlite:///{aside}")
    assert not former.is_sandbox()
    assert all_people(former) == [PERSON.id]
    former.dispose()


def test_a_demo_that_was_cut_off_is_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packs = PolicyLibrary.load()

    def stop(database: Database, area: str) -> None:
        raise KeyboardInterrupt

    file = tmp_path / "demo.db"
    with monkeypatch.context() as patched:
        patched.setattr("yibao.scenario.demo.store.add_logins", stop)
        with pytest.raises(KeyboardInterrupt):
            demo_file(packs, file, families=1)
    assert [path.name for path in tmp_path.iterdir()] == ["demo.db.lock"]
    store = demo_file(packs, file, families=1)
    assert is_demo(store)
    # And in the middle of a reset, of which the file itself tells.
    with monkeypatch.context() as patched:
        patched.setattr("yibao.scenario.demo.store._FAMILIES", 1)
        patched.setattr("yibao.scenario.demo.store.add_logins", stop)
        with pytest.raises(KeyboardInterrupt):
            reset_house(store, packs)
    assert not control.is_whole(store)
    store.dispose()
    store = demo_file(packs, file, families=1)
    assert control.is_whole(store)
    assert logins(store)
    store.dispose()
