"""A relative who is insured in another area is found by number and name together, never by one."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import pytest

from yibao.access.permissions import Actor, Role
from yibao.api.counter.errand import ErrandCall, outlook
from yibao.api.counter.errands import BY_NAME
from yibao.database.unit import Database
from yibao.errors import NotFoundError
from yibao.insured.people.certificates import RESIDENT, check_character
from yibao.insured.people.registration import Named, register
from yibao.policy.compile import PolicyLibrary

from ..support.actors import CLERK
from ..support.store import Store

AT = datetime.datetime(2026, 9, 25, 2, tzinfo=datetime.UTC)
BODY = "44010519800315998"
NUMBER = BODY + check_character(BODY)


def test_a_relative_of_another_area(
    database: Database, packs: PolicyLibrary, make_person: Callable[..., Any]
) -> None:
    store = Store(database, packs)
    store.person(make_person("worker", sex="male"))
    facts = make_person("wife", home="440100")
    named = Named("王秀兰", RESIDENT, NUMBER)
    day = facts.enrolments[0].start
    register(database, facts, actor=CLERK, balance=0, day=day, named=named)
    here = store.facts("worker").area
    clerk = Actor("clerk", Role.CLERK, area=here, lives_here=lambda person: person == "worker")

    def seen(**values: Any) -> Any:
        asked = ErrandCall(
            database,
            packs,
            clerk,
            store.key("relate"),
            "worker",
            {
                "relative_certificate": RESIDENT,
                "relative_number": NUMBER,
                "relative_name": None,
                "relation": "spouse",
                "start": datetime.date(2005, 1, 1),
                **values,
            },
            AT,
        )
        return outlook(BY_NAME["relation"], asked)

    with pytest.raises(NotFoundError, match="本统筹区没有找到"):
        seen()
    with pytest.raises(NotFoundError, match="请核对号码和姓名"):
        seen(relative_name="李四")
    assert seen(relative_name=" 王秀兰 ").answer["relative"] == "wife"
