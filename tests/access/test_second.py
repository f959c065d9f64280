"""The second factor: enrolled once, asked for ever after, no code taken twice, guesses locked."""

from __future__ import annotations

import datetime

import pytest
from sqlalchemy import select, text

from yibao.access import agencies
from yibao.access.errors import DeniedError, LockedError, UnknownActorError
from yibao.access.guesses import Whence
from yibao.access.names import USER
from yibao.access.permissions import MATRIX, POSTS, Actor, Reach, Role, may
from yibao.access.second import (
    RECOVERY_CODES,
    address_of,
    code_at,
    reset_second_factor,
    set_second_factor,
)
from yibao.access.sessions import (
    Awaits,
    Session,
    begun_session,
    finish_sign_in,
    secret_to_enrol,
    session_of,
    sign_in,
)
from yibao.access.tables import event, second_factor, session
from yibao.access.ties import tie_faults
from yibao.access.trail import all_chains, verify_people
from yibao.access.users import SYSTEM, add_user, set_post
from yibao.database.unit import Database
from yibao.errors import InputError, NotFoundError

AT = datetime.datetime(2026, 11, 21, 2, 0, tzinfo=datetime.UTC)
PASSWORD = "correct horse"
LATER = datetime.timedelta(seconds=30)


@pytest.fixture
def clerk(database: Database) -> Actor:
    agency = agencies.add_agency(database, SYSTEM, "太原市医保中心", "140100")
    return add_user(database, SYSTEM, "li", PASSWORD, Role.CLERK, agency_id=agency.agency)


def _secret(database: Database, begun: Session) -> str:
    login, secret = secret_to_enrol(database, begun)
    assert login == "li"
    return secret


def _enrol(database: Database) -> tuple[str, list[str]]:
    begun = sign_in(database, "li", PASSWORD, AT)
    secret = _secret(database, begun)
    _, codes = finish_sign_in(database, begun, code_at(secret, AT), AT)
    return secret, codes


def test_the_first_sign_in_enrols_a_telephone(database: Database, clerk: Actor) -> None:
    begun = sign_in(database, "li", PASSWORD, AT)
    assert begun.awaits is Awaits.ENROLMENT
    assert session_of(database, begun.token, AT) is None, "it opens nothing"
    secret = _secret(database, begun)
    assert _secret(database, sign_in(database, "li", PASSWORD, AT)) == secret
    assert secret in address_of(secret, "li")
    stored = database.read(lambda unit: unit.run(text("SELECT secret FROM second_factor")).scalar())
    assert secret.encode() not in bytes(stored)
    for wrong in ("", "000000", code_at(secret, AT - 3 * LATER), "１２３４５６"):
        with pytest.raises(UnknownActorError, match="验证码不对"):
            finish_sign_in(database, begun, wrong, AT)
    whole, codes = finish_sign_in(database, begun, code_at(secret, AT), AT)
    assert len(set(codes)) == RECOVERY_CODES
    opened = session_of(database, whole.token, AT)
    assert opened is not None
    assert opened.actor == clerk
    assert begun_session(database, begun.token, AT) is None
    assert secret_to_enrol(database, whole) == ("li", ""), "it is shown no more"
    assert list(tie_faults(database, all_chains(database))) == []
    assert list(verify_people(database, all_chains(database))) == []


def test_a_code_is_taken_once_and_so_is_one_from_paper(database: Database, clerk: Actor) -> None:
    secret, codes = _enrol(database)
    begun = sign_in(database, "li", PASSWORD, AT)
    assert begun.awaits is Awaits.CODE
    with pytest.raises(UnknownActorError, match="已经用过"):
        finish_sign_in(database, begun, code_at(secret, AT), AT)
    later = AT + LATER
    # The one of the step before counts, for who types slowly.
    whole, none_again = finish_sign_in(database, begun, code_at(secret, later), later + LATER)
    assert (whole.actor, none_again) == (clerk, [])
    begun = sign_in(database, "li", PASSWORD, later)
    finish_sign_in(database, begun, codes[0].lower().replace("-", " "), later)
    begun = sign_in(database, "li", PASSWORD, later)
    with pytest.raises(UnknownActorError):
        finish_sign_in(database, begun, codes[0], later)
    finish_sign_in(database, begun, codes[1], later)
    assert list(tie_faults(database, all_chains(database))) == []


def test_codes_are_guessed_no_faster_than_passwords(database: Database, clerk: Actor) -> None:
    secret, _ = _enrol(database)
    at, there = AT + LATER, Whence("203.0.113.9")
    begun = sign_in(database, "li", PASSWORD, at, there)
    for _ in range(5):
        with pytest.raises(UnknownActorError):
            finish_sign_in(database, begun, "000000", at, there)
    with pytest.raises(LockedError):
        finish_sign_in(database, begun, code_at(secret, at), at, there)
    with pytest.raises(LockedError):
        sign_in(database, "li", PASSWORD, at, there)
    # The owner comes in from elsewhere, and is told.
    begun = sign_in(database, "li", PASSWORD, at)
    whole, _ = finish_sign_in(database, begun, code_at(secret, at), at)
    assert whole.guessed.failures == 5


def test_the_step_after_the_password_ends_soon(database: Database, clerk: Actor) -> None:
    begun = sign_in(database, "li", PASSWORD, AT)
    assert begun_session(database, begun.token, AT + datetime.timedelta(minutes=9)) is not None
    assert begun_session(database, begun.token, AT + datetime.timedelta(minutes=11)) is None


def test_a_lost_telephone_is_reset_by_an_administrator_alone(
    database: Database, clerk: Actor
) -> None:
    _enrol(database)
    with pytest.raises(DeniedError):
        reset_second_factor(database, clerk, "li")
    with pytest.raises(NotFoundError):
        reset_second_factor(database, SYSTEM, "nobody")
    assert len(database.read(lambda unit: unit.run(select(second_factor)).all())) == 1
    reset_second_factor(database, SYSTEM, "li")
    assert database.read(lambda unit: unit.run(select(session)).all()) == []
    assert sign_in(database, "li", PASSWORD, AT).awaits is Awaits.ENROLMENT
    with pytest.raises(NotFoundError, match="沙箱"):
        set_second_factor(database, SYSTEM, clerk.id, "A" * 32, AT)
    assert list(tie_faults(database, all_chains(database))) == []


def test_the_insured_need_none(database: Database) -> None:
    add_user(database, SYSTEM, "wang", PASSWORD, Role.INSURED, person_id="p1")
    assert sign_in(database, "wang", PASSWORD, AT).awaits is None


# --- posts ---------------------------------------------------------------------------------------


def test_posts_are_given_at_an_agency_and_on_the_chain(database: Database, clerk: Actor) -> None:
    with pytest.raises(InputError, match="写明在哪个经办机构"):
        add_user(database, SYSTEM, "zhao", PASSWORD, Role.REVIEWER)
    with pytest.raises(InputError, match="单位用户要写明"):
        add_user(database, SYSTEM, "zhao", PASSWORD, Role.EMPLOYER)
    with pytest.raises(NotFoundError):
        add_user(database, SYSTEM, "zhao", PASSWORD, Role.REVIEWER, agency_id="nowhere")
    add_user(database, SYSTEM, "old", PASSWORD, Role.OFFICER)
    with pytest.raises(DeniedError):
        set_post(database, clerk, "li", Role.HEAD, clerk.agency_id, AT)
    with pytest.raises(InputError, match="不能改成"):
        set_post(database, SYSTEM, "li", Role.ADMINISTRATOR, None, AT)
    set_post(database, SYSTEM, "old", Role.REVIEWER, clerk.agency_id, AT)
    begun = sign_in(database, "old", PASSWORD, AT)
    assert (begun.actor.role, begun.actor.area) == (Role.REVIEWER, "140100")
    chain = f"{USER}{begun.actor.id}"
    operations = database.read(
        lambda unit: unit.run(
            select(event.c.operation).where(event.c.person_id == chain).order_by(event.c.sequence)
        ).scalars().all()
    )  # fmt: skip
    assert list(operations)[:2] == ["add_user", "set_post"]
    agencies.close_agency(database, SYSTEM, str(clerk.agency_id), AT.date())
    with pytest.raises(NotFoundError):
        set_post(database, SYSTEM, "old", Role.SECOND, clerk.agency_id, AT)
    assert list(tie_faults(database, all_chains(database))) == []


def test_staff_reach_their_area_and_nobody_else(database: Database) -> None:
    homes = {"wang": "140100", "li": "140200", "zhao": "310000"}
    for area, reached in (("140100", {"wang"}), ("140000", {"wang", "li"}), (None, set())):
        clerk = Actor(
            "c",
            Role.CLERK,
            area=area,
            lives_here=lambda person, area=area: (
                homes[person].startswith((area or "x")[:4])
                or (area == "140000" and homes[person].startswith("14"))
            ),
        )
        assert {person for person in homes if may(clerk, "read_person", person)} == reached
        assert not may(clerk, "read_person")
        assert may(clerk, "register", area="140100") is (area is not None)
        assert not may(clerk, "register", area="310000")


def test_every_post_has_the_least_it_needs() -> None:
    granted = {
        post: {operation for operation, roles in MATRIX.items() if post in roles} for post in POSTS
    }
    assert all(
        MATRIX[operation][post] is Reach.AREA
        for post, operations in granted.items()
        for operation in operations
    )
    deciding = {"review_grant", "settle_claim", "reverse", "readjudicate", "rerate"}
    money = {"contribute", "refund", "credit", "clear_suspense"}
    taking_in = {"register", "change_person", "enrol", "file", "grant"}
    assert not granted[Role.CLERK] & (deciding | money)
    assert not granted[Role.CASHIER] & (deciding | taking_in | {"read_settlement"})
    assert not granted[Role.REVIEWER] & (taking_in | money | {"settle_claim"})
    assert not granted[Role.SECOND] & (taking_in | money | {"review_grant"})
    for post in (Role.INSPECTOR, Role.LEGAL, Role.HEAD):
        assert not granted[post] & (deciding | taking_in | money)
    of_firms = {roles[Role.EMPLOYER] for roles in MATRIX.values() if Role.EMPLOYER in roles}
    assert of_firms == {Reach.FIRM}
