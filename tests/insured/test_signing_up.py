"""Signing up in the store, on both databases: once, encrypted, with silent checks."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import pytest
from tests.support.pictures import picture

from yibao.access.errors import DeniedError, UnknownActorError
from yibao.access.guesses import Whence
from yibao.access.operations import Key
from yibao.access.permissions import Actor, Role
from yibao.access.sessions import sign_in
from yibao.access.ties import tie_faults
from yibao.access.trail import verify_people
from yibao.database.unit import Database
from yibao.errors import ConflictError, InputError
from yibao.insured.people.certificates import RESIDENT, check_character
from yibao.insured.people.registration import Named, register
from yibao.insured.signing_up import operations as signing_up
from yibao.insured.signing_up.forms import CARD_BACK, CARD_FRONT, SignUp
from yibao.office.checks import case_faults
from yibao.office.operations import move_case
from yibao.policy.compile import PolicyLibrary

from ..support.actors import CLERK

AT = datetime.datetime(2026, 11, 21, 2, 0, tzinfo=datetime.UTC)
HERE = Whence("192.0.2.7")
PASSWORD = "a password of her own"
NUMBER = "14010519800315998" + check_character("14010519800315998")


def test_one_case_one_code_one_login(
    database: Database, packs: PolicyLibrary, make_person: Callable[..., Any]
) -> None:
    facts = make_person("worker", birth="1980-03-15")
    named = Named("王秀兰", RESIDENT, NUMBER)
    day = facts.enrolments[0].start
    register(database, facts, actor=CLERK, balance=0, day=day, named=named, library=packs)
    clerk = Actor("clerk", Role.CLERK, agency_id="agency", area=facts.area)
    asked = SignUp(name="王秀兰", certificate=RESIDENT, number=NUMBER, phone="0351-1234567")

    def filed(**changes: str) -> str:
        application = SignUp(
            **{"name": "王秀兰", "certificate": RESIDENT, "number": NUMBER, "phone": "1", **changes}
        )
        return signing_up.file_sign_up(
            database, "once-1", application, facts.area, whence=HERE, at=AT
        )

    with pytest.raises(InputError):
        filed(phone="电话")
    with pytest.raises(InputError):
        filed(phone="13800000000", number="140105198003159981")
    receipt = signing_up.file_sign_up(database, "once", asked, facts.area, whence=HERE, at=AT)
    assert receipt == signing_up.file_sign_up(
        database, "once", asked, facts.area, whence=HERE, at=AT
    )
    proven = signing_up.look_up(database, receipt, NUMBER, whence=HERE, at=AT)
    with pytest.raises(ConflictError, match="还缺"):
        signing_up.hand_over(database, proven, at=AT)
    for paper in (CARD_FRONT, CARD_BACK):
        key = Key("sign-up", "paper", paper)
        signing_up.add_paper(database, key, proven, paper, "a.jpg", picture(), at=AT)
    signing_up.hand_over(database, proven, at=AT)
    with pytest.raises(ConflictError):
        signing_up.give_code(database, Key("c", "code", "0"), proven.case_id, actor=clerk, at=AT)
    key = Key("clerk", "move", "1")
    move_case(database, packs, key, proven.case_id, "approve", actor=clerk, at=AT)
    elsewhere = Actor("other", Role.CLERK, agency_id="b", area="110000")
    for actor in (elsewhere, Actor("r", Role.REVIEWER, agency_id="agency", area=facts.area)):
        with pytest.raises(DeniedError):
            signing_up.give_code(
                database, Key("x", "code", actor.id), proven.case_id, actor=actor, at=AT
            )
    first = signing_up.give_code(
        database, Key("c", "code", "1"), proven.case_id, actor=clerk, at=AT
    )
    code = signing_up.give_code(database, Key("c", "code", "2"), proven.case_id, actor=clerk, at=AT)

    def opened(code: str, at: datetime.datetime = AT) -> str:
        return signing_up.open_login(
            database, receipt, NUMBER, code, "xiulan", PASSWORD, whence=HERE, at=at
        )

    for wrong, at in ((first, AT), (code, AT + datetime.timedelta(days=4))):
        with pytest.raises(UnknownActorError):
            opened(wrong, at)
    assert opened(code) == "xiulan"
    with pytest.raises(ConflictError):
        opened(code)
    assert sign_in(database, "xiulan", PASSWORD, AT).actor.person_id == "worker"
    chains = [f"case:{proven.case_id}", "worker"]
    assert list(verify_people(database, chains)) == []
    assert list(tie_faults(database, chains)) == []
    assert database.read(lambda unit: list(case_faults(unit)), consistent=True) == []
