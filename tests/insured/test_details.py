"""Sex and birth put right: certificates agree, what was settled stays, the checks are silent."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import pytest

from yibao.access.errors import DeniedError
from yibao.access.permissions import Role
from yibao.care.checks import registration_faults
from yibao.database.unit import Database
from yibao.errors import InputError, RefusedError
from yibao.insured.enrolment.documents import Proof
from yibao.insured.people.certificates import RESIDENT, check_character
from yibao.insured.people.details import Correction, correct_details
from yibao.insured.people.registration import Named, register
from yibao.insured.stored.rows import profile_faults
from yibao.policy.compile import PolicyLibrary

from ..support.actors import CLERK, oneself
from ..support.store import Store

Build = Callable[..., Any]
RIGHT = datetime.date(1979, 3, 15)


def _number(birth: str, order: str = "998") -> str:
    body = f"140105{birth}{order}"
    return body + check_character(body)


WRONG_NUMBER, RIGHT_NUMBER = _number("19800315"), _number("19790315")


@pytest.fixture
def store(
    database: Database, packs: PolicyLibrary, make_person: Build, make_institution: Build
) -> Store:
    new_store = Store(database, packs)
    new_store.institution(make_institution("h1", price_class=1))
    facts = make_person("worker")
    named = Named("王秀兰", RESIDENT, WRONG_NUMBER)
    day = facts.enrolments[0].start
    register(database, facts, actor=CLERK, balance=0, day=day, named=named, library=packs)
    return new_store


def _correct(store: Store, actor: Any = CLERK, **more: Any) -> Any:
    correction = Correction(**{"person_id": "worker", "sex": "female", "birth": RIGHT, **more})
    return correct_details(
        store.database,
        store.packs,
        store.key("correct"),
        correction,
        actor=actor,
        proofs=[Proof("identity_card")],
    )


def test_birth_and_number_are_put_right_together(store: Store, make_visit: Build) -> None:
    store.settle(make_visit("v1", "worker", "h1", 20_000))
    before = [row.amounts for row in store.rows()]
    with pytest.raises(InputError, match="与证件号码里的"):
        _correct(store)
    with pytest.raises(RefusedError, match="没有变更"):
        _correct(store, birth=datetime.date(1980, 3, 15))
    with pytest.raises(InputError, match="晚于参保日期"):
        _correct(store, birth=datetime.date(2021, 1, 1))
    for actor in (oneself("worker"), type(CLERK)("x", Role.CASHIER, area="140100")):
        with pytest.raises(DeniedError):
            _correct(store, actor)
    answer = _correct(store, wrong=WRONG_NUMBER, right=RIGHT_NUMBER)
    assert answer["after"] == ["female", "1979-03-15"]
    assert store.facts("worker").birth == RIGHT
    store.settle(make_visit("v2", "worker", "h1", 20_000))
    assert [row.amounts for row in store.rows()][:1] == before
    faults = store.database.read(
        lambda unit: [
            *registration_faults(unit, ["worker"]),
            *profile_faults(unit, "worker"),
        ]
    )
    assert faults == []
    store.check()
