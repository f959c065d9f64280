"""A grant that waits for a review is a case: two people of different duties, once, told apart."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select

from yibao.access.errors import DeniedError
from yibao.access.operations import Key
from yibao.access.permissions import Actor, Role
from yibao.aid import operations as aid
from yibao.aid.applications import GRANT_REVIEW
from yibao.aid.reviews import open_missing_reviews
from yibao.benefit.facts import Grant
from yibao.database.unit import Database
from yibao.errors import InputError, NotFoundError
from yibao.office import notes, reading
from yibao.office import operations as office
from yibao.office.checks import case_faults
from yibao.office.errors import MovedOnError
from yibao.policy.compile import PolicyLibrary

from ..support.actors import AUDITOR, CLERK, oneself
from ..support.store import Store

Build = Callable[..., Any]
Together = Callable[..., list[Any]]
DAY = datetime.date(2025, 1, 6)
AT = datetime.datetime(2025, 1, 6, 2, tzinfo=datetime.UTC)


def staff(role: Role, name: str = "", area: str = "") -> Actor:
    return Actor(name or role.value, role, agency_id="agency", area=area or None)


class Desk:
    """People at one office, and what they do with the case of a grant."""

    def __init__(self, store: Store, area: str) -> None:
        self.store = store
        self.database = store.database
        self.area = area
        self.sent = 0

    def of(self, role: Role, name: str = "") -> Actor:
        return staff(role, name, self.area)

    def apply(self) -> str:
        answer = aid.grant(
            self.database,
            self.store.key("grant"),
            Grant("worker", "wife", "spouse", DAY, None, 30_000),
            actor=oneself("worker"),
            consent=aid.Consent("1", "同意"),
            library=self.store.packs,
            on=DAY,
        )
        assert answer["status"] == "pending"
        return str(answer["case"])

    def move(self, case: str, move: str, actor: Actor, key: str = "", **more: Any) -> Any:
        self.sent += 1
        return office.move_case(
            self.database,
            self.store.packs,
            Key(actor.id, "move", key or f"m{self.sent}"),
            case,
            move,
            actor=actor,
            at=AT,
            **more,
        )

    def page(self, case: str, actor: Actor) -> reading.CasePage:
        return reading.read_case(self.database, actor, case, DAY)

    def status(self) -> list[str]:
        return [row["status"] for row in aid.grants_of(self.database, "worker", DAY, actor=CLERK)]

    def check(self) -> None:
        self.store.check()
        assert list(self.database.read(lambda unit: list(case_faults(unit)), consistent=True)) == []


@pytest.fixture
def desk(database: Database, packs: PolicyLibrary, make_person: Build) -> Desk:
    store = Store(database, packs)
    store.person(make_person("worker"), balance=500_000)
    store.person(make_person("wife", scheme="resident"))
    store.relate("worker", "wife")
    return Desk(store, store.facts("worker").area)


def _count(database: Database) -> int:
    from yibao.access.tables import event

    return database.read(
        lambda unit: int(unit.run(select(func.count()).select_from(event)).scalar_one())
    )


def test_a_clerk_takes_in_and_a_reviewer_decides(desk: Desk) -> None:
    case = desk.apply()
    clerk, reviewer = desk.of(Role.CLERK), desk.of(Role.REVIEWER)
    queue = reading.queue(desk.database, clerk, DAY)
    assert [(row.case_id, str(row.state_label)) for row in queue] == [(case, "待受理")]
    assert reading.queue(desk.database, reviewer, DAY) == []  # first the clerk takes it in
    accepted = desk.move(case, "accept", clerk)
    assert (accepted["state"], accepted["number"]) == ("accepted", 2)
    assert [row.case_id for row in reading.queue(desk.database, reviewer, DAY)] == [case]
    page = desk.page(case, reviewer)
    assert [move.name for move in page.moves] == ["ask", "pause", "approve", "refuse"]
    answer = desk.move(case, "approve", reviewer, key="once", seen=page.number)
    assert answer["effect"]["status"] == "active"
    assert desk.move(case, "approve", reviewer, key="once", seen=page.number) == answer
    assert desk.status() == ["active"]
    history = desk.page(case, oneself("worker")).history
    assert [(str(step.label), step.actor) for step in history] == [
        ("提交申请", "worker"),
        ("受理", "clerk"),
        ("批准", "reviewer"),
    ]
    assert reading.queue(desk.database, reviewer, DAY) == []
    desk.check()


def test_a_refusal_says_why_and_the_grant_is_refused(desk: Desk) -> None:
    case = desk.apply()
    desk.move(case, "accept", desk.of(Role.CLERK))
    with pytest.raises(InputError, match="要写明原因"):
        desk.move(case, "refuse", desk.of(Role.REVIEWER))
    desk.move(case, "refuse", desk.of(Role.REVIEWER), reason="材料对不上")
    assert desk.status() == ["refused"]
    assert desk.page(case, oneself("worker")).history[-1].reason == "材料对不上"
    desk.check()


def test_whoever_may_not_changes_nothing(desk: Desk) -> None:
    case = desk.apply()
    desk.move(case, "accept", desk.of(Role.CLERK, "li"))
    before = _count(desk.database)
    for actor, move, said in (
        (desk.of(Role.CLERK), "approve", "受理岗不能办"),
        (desk.of(Role.SECOND), "approve", "复审岗不能办"),
        (desk.of(Role.CASHIER), "refuse", "财务岗不能办"),
        (desk.of(Role.REVIEWER, "li"), "approve", "您在这件事里已经是受理岗"),
        (staff(Role.REVIEWER, "away", "999900"), "approve", "不归本统筹区办"),
        (staff(Role.REVIEWER, "nowhere"), "approve", "不归本统筹区办"),
        (oneself("wife"), "withdraw", "只限"),
        (AUDITOR, "approve", "没有权限"),
        (oneself("worker"), "approve", "参保人不能办"),
    ):
        with pytest.raises(DeniedError, match=said):
            desk.move(case, move, actor, reason="因为")
    with pytest.raises(MovedOnError, match="现在是“已受理”"):
        desk.move(case, "accept", desk.of(Role.CLERK, "zhao"))
    with pytest.raises(MovedOnError, match="您看过以后别人又办了一步"):
        desk.move(case, "approve", desk.of(Role.REVIEWER), seen=1)
    with pytest.raises(NotFoundError):
        desk.move(case, "fly", desk.of(Role.REVIEWER))
    with pytest.raises(NotFoundError):
        desk.move("nothing", "approve", desk.of(Role.REVIEWER))
    assert _count(desk.database) == before
    assert desk.status() == ["pending"]
    for actor in (oneself("wife"), staff(Role.HEAD, "away", "999900")):
        with pytest.raises(DeniedError):
            desk.page(case, actor)
    assert reading.queue(desk.database, staff(Role.CLERK, "away", "999900"), DAY) == []
    with pytest.raises(DeniedError):
        reading.queue(desk.database, oneself("worker"), DAY)


def test_the_whole_office_in_one_person_still_has_one_duty(desk: Desk) -> None:
    """Programs and logins from before there were posts."""
    case = desk.apply()
    desk.move(case, "accept", CLERK)
    with pytest.raises(DeniedError, match="不能再做初审岗的“批准”"):
        desk.move(case, "approve", CLERK)


def test_of_two_decisions_one_wins_and_the_other_is_told(desk: Desk, together: Together) -> None:
    case = desk.apply()
    desk.move(case, "accept", desk.of(Role.CLERK))
    first, second = desk.of(Role.REVIEWER, "qian"), desk.of(Role.REVIEWER, "sun")
    answers = together(
        [
            lambda: desk.move(case, "approve", first, key="a"),
            lambda: desk.move(case, "refuse", second, key="b", reason="不符"),
        ]
    )
    errors = [answer for answer in answers if isinstance(answer, Exception)]
    assert len(errors) == 1
    assert isinstance(errors[0], MovedOnError)
    assert "没有做任何改动" in str(errors[0])
    assert len(desk.page(case, first).history) == 3
    desk.check()


def test_a_grant_that_is_taken_back_ends_its_case(desk: Desk) -> None:
    case = desk.apply()
    desk.move(case, "accept", desk.of(Role.CLERK))
    grant_id = aid.grants_of(desk.database, "worker", DAY, actor=CLERK)[0]["grant_id"]
    seen = desk.page(case, desk.of(Role.REVIEWER)).number
    aid.change(
        desk.database,
        desk.store.key("change"),
        "worker",
        grant_id,
        end=None,
        limit=1,
        actor=oneself("worker"),
    )
    assert desk.page(case, desk.of(Role.REVIEWER)).data.limit_fen == 1
    with pytest.raises(MovedOnError, match="改了申请"):
        desk.move(case, "approve", desk.of(Role.REVIEWER), seen=seen)
    aid.revoke(desk.database, desk.store.key("r"), "worker", grant_id, DAY, actor=oneself("worker"))
    page = desk.page(case, oneself("worker"))
    assert (page.listed.state, page.listed.is_open) == ("withdrawn", False)
    with pytest.raises(MovedOnError):
        desk.move(case, "approve", desk.of(Role.REVIEWER))
    desk.check()


def test_the_clock_stops_while_something_is_missing(desk: Desk) -> None:
    case = desk.apply()
    clerk = desk.of(Role.CLERK)
    desk.move(case, "accept", clerk)
    asked = desk.move(case, "ask", desk.of(Role.REVIEWER), reason="请交结婚证")
    assert (asked["state"], asked["due_on"]) == ("to_supplement", None)
    desk.move(case, "supplement", oneself("worker"))
    notes.add_note(desk.database, Key("clerk", "note", "1"), case, "电话问过", actor=clerk, at=AT)
    with pytest.raises(DeniedError):
        notes.add_note(
            desk.database, Key("w", "note", "1"), case, "我", actor=oneself("worker"), at=AT
        )
    desk.move(case, "accept", clerk)
    rows = reading.cases_of(desk.database, oneself("worker"), "worker", DAY)
    assert [(row.kind.name, row.state) for row in rows] == [(GRANT_REVIEW, "accepted")]
    desk.move(case, "withdraw", oneself("worker"))
    desk.check()


def test_a_grant_that_an_earlier_program_left_waiting_gets_its_case(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as earlier:
        earlier.setattr("yibao.aid.operations.open_review", lambda *told: "none")
        assert desk.apply() == "none"
    assert desk.status() == ["pending"]
    with pytest.raises(DeniedError):
        open_missing_reviews(desk.database, actor=AUDITOR)
    assert open_missing_reviews(desk.database, actor=CLERK) == 1
    assert open_missing_reviews(desk.database, actor=CLERK) == 0
    (waiting,) = reading.queue(desk.database, desk.of(Role.CLERK), DAY)
    desk.move(waiting.case_id, "accept", desk.of(Role.CLERK))
    desk.move(waiting.case_id, "approve", desk.of(Role.REVIEWER))
    assert desk.status() == ["active"]
    desk.store.check()
