"""Somebody moves from one area to another: deadlines, months, money, and who may do what."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import msgspec
import pytest

from yibao.access.errors import DeniedError
from yibao.access.permissions import Actor, Role
from yibao.disbursement.payees import payee_of
from yibao.errors import ConflictError, InputError, NotFoundError, RefusedError
from yibao.ledger.operations import channel, moved, personal
from yibao.moving.applications import TRANSFER_OUT, TransferIn, TransferOut, months_together
from yibao.moving.files import form_key, receive_file, send_file
from yibao.moving.forms import form_in_case
from yibao.moving.terms import gap_between
from yibao.office.errors import MovedOnError
from yibao.office.operations import Subject, move_case, open_case
from yibao.policy.kinds import Status

from ..support.actors import AUDITOR, oneself
from .conftest import (
    ACCEPTED,
    ARRIVED,
    BALANCE,
    CAME,
    LEFT,
    NEW,
    NUMBER,
    OLD,
    Areas,
    months,
    mover,
    spell,
)

Together = Callable[..., list[Any]]


def _moved(areas: Areas, name: str = "wang") -> None:
    paid = [*months(201610, 88), *months(202402, 32)]
    areas.register(mover(name, LEFT, CAME, paid=paid), BALANCE)


def test_of13_both_limits_the_months_of_both_areas_and_the_balance(areas: Areas) -> None:
    _moved(areas)
    case = areas.apply("wang")
    accepted = areas.move(case, "accept", areas.of(Role.CLERK))
    assert (accepted["state"], accepted["due_on"]) == ("accepted", None)
    out = areas.open_of(TRANSFER_OUT, "wang")
    assert areas.page(out).listed.deadline.day == datetime.date(2026, 10, 14)
    sent = areas.move(out, "send_form", areas.of(Role.REVIEWER, OLD), ARRIVED)
    assert sent["state"] == "money_sent"
    assert sent["effect"]["months"] == 88
    assert sent["effect"]["balance"] == BALANCE
    assert areas.store.balance("wang") == 0
    assert areas.store.entries(moved(NEW)) == -BALANCE
    page = areas.page(case)
    assert page.listed.state == "form_sent"
    assert page.listed.deadline.day == datetime.date(2026, 10, 20)
    areas.check()
    booked = areas.move(case, "book_form", areas.of(Role.REVIEWER), ARRIVED)
    assert booked["effect"]["months"] == 120
    assert booked["state"] == "done"
    assert areas.store.balance("wang") == BALANCE
    assert areas.store.entries(moved(NEW)) == 0
    assert areas.state(out) == "done"
    labels = [str(step.label) for step in areas.page(case, oneself("wang")).history]
    assert labels == ["提交申请", "受理", "信息表到了", "核对入库", "余额记入个人账户", "办结"]
    areas.check()


def test_a_month_that_two_areas_know_counts_once() -> None:
    assert months_together([202312, 202401], [202401, 202402]) == 3


def test_what_is_spent_in_between_does_not_go_and_what_came_later_stays(areas: Areas) -> None:
    _moved(areas)
    areas.register(mover("li", LEFT, CAME), 0)
    case = areas.apply("li")
    areas.move(case, "accept", areas.of(Role.CLERK))
    out = areas.open_of(TRANSFER_OUT, "li")
    sent = areas.move(out, "send_form", areas.of(Role.REVIEWER, OLD), ARRIVED)
    assert sent["state"] == "form_sent", "nothing goes where nothing is left"
    done = areas.move(case, "book_form", areas.of(Role.REVIEWER), ARRIVED)
    assert done["state"] == "done"
    areas.check()


def test_who_is_retired_still_there_or_asks_twice_is_refused(areas: Areas) -> None:
    retired = replace(CAME, status=Status.RETIRED)
    areas.register(mover("retired", LEFT, retired))
    areas.register(mover("still", replace(LEFT, end=None)))
    areas.register(mover("gone", LEFT))
    _moved(areas)
    clerk = areas.of(Role.CLERK)
    for person, said in (
        ("retired", "已经按退休人员享受待遇的"),
        ("still", "在转出地还没有停保"),
        ("gone", "在转入地还没有参保"),
    ):
        case = areas.apply(person)
        with pytest.raises(RefusedError, match=said):
            areas.move(case, "accept", clerk)
        assert areas.state(case) == "applied"
    first = areas.apply("wang")
    with pytest.raises(ConflictError, match="已经有一份同样的申请在办"):
        areas.apply("wang")
    areas.move(first, "accept", clerk)
    second = areas.apply("wang", TransferIn(from_area=OLD, reason="home"))
    with pytest.raises(ConflictError, match="从那里转入已经有一份申请在办"):
        areas.move(second, "accept", clerk)
    areas.move(second, "not_accept", clerk, reason="重复")
    with pytest.raises(InputError, match="转出地就是这里"):
        areas.move(areas.apply("wang", TransferIn(from_area="440000")), "accept", clerk)
    out = areas.open_of(TRANSFER_OUT, "wang")
    areas.move(out, "send_form", areas.of(Role.REVIEWER, OLD), ARRIVED)
    areas.move(first, "book_form", areas.of(Role.REVIEWER), ARRIVED)
    again = areas.apply("wang")
    with pytest.raises(ConflictError, match="已经转入过"):
        areas.move(again, "accept", clerk)
    areas.check()


def test_a_form_that_is_wrong_goes_back_with_the_money(areas: Areas) -> None:
    _moved(areas)
    case = areas.apply("wang")
    areas.move(case, "accept", areas.of(Role.CLERK))
    out = areas.open_of(TRANSFER_OUT, "wang")
    areas.move(out, "send_form", areas.of(Role.REVIEWER, OLD), ARRIVED)
    areas.move(case, "return_form", areas.of(Role.REVIEWER), ARRIVED, reason="年限不对")
    assert areas.state(case) == areas.state(out) == "returned"
    assert areas.store.balance("wang") == BALANCE
    assert areas.store.entries(moved(NEW)) == 0
    areas.check()


def test_a_withdrawn_application_asks_nothing_of_the_old_area(areas: Areas) -> None:
    _moved(areas)
    case = areas.apply("wang")
    areas.move(case, "accept", areas.of(Role.CLERK))
    out = areas.open_of(TRANSFER_OUT, "wang")
    areas.move(case, "withdraw", oneself("wang"))
    assert areas.state(out) == "returned"
    areas.check()


def test_whoever_may_not_changes_nothing(areas: Areas) -> None:
    _moved(areas)
    areas.register(mover("li", LEFT, CAME))
    case = areas.apply("wang")
    others = [role for role in Role if role not in (Role.CLERK, Role.OFFICER, Role.INSURED)]

    def denied(case_id: str, move: str, allowed: Role, area: str) -> None:
        for role in Role:
            if role in (allowed, Role.OFFICER):
                continue
            actor = oneself("wang") if role is Role.INSURED else areas.of(role, area)
            with pytest.raises(DeniedError):
                areas.move(case_id, move, actor, ARRIVED)
        for actor in (oneself("li"), AUDITOR, areas.of(allowed, "310000")):
            with pytest.raises(DeniedError):
                areas.move(case_id, move, actor, ARRIVED)

    assert others
    denied(case, "accept", Role.CLERK, NEW)
    assert len(areas.page(case).history) == 1
    areas.move(case, "accept", areas.of(Role.CLERK, name="chen"))
    out = areas.open_of(TRANSFER_OUT, "wang")
    before = areas.store.fingerprint()
    denied(out, "send_form", Role.REVIEWER, OLD)
    with pytest.raises(DeniedError):  # of the new area
        areas.move(out, "send_form", areas.of(Role.REVIEWER, NEW), ARRIVED)
    assert areas.store.fingerprint() == before
    areas.move(out, "send_form", areas.of(Role.REVIEWER, OLD), ARRIVED)
    before = areas.store.fingerprint()
    denied(case, "book_form", Role.REVIEWER, NEW)
    with pytest.raises(DeniedError, match="您在这件事里已经是受理岗"):
        areas.move(case, "book_form", areas.of(Role.REVIEWER, name="chen"), ARRIVED)
    for program in ("receive_form", "match_money", "finish"):
        with pytest.raises(DeniedError):
            areas.move(case, program, areas.of(Role.REVIEWER), ARRIVED)
    assert areas.store.fingerprint() == before
    areas.check()


def test_two_who_send_the_form_at_once_send_it_once(areas: Areas, together: Together) -> None:
    _moved(areas)
    case = areas.apply("wang")
    areas.move(case, "accept", areas.of(Role.CLERK))
    out = areas.open_of(TRANSFER_OUT, "wang")

    def send(name: str) -> Callable[[], Any]:
        actor = areas.of(Role.REVIEWER, OLD, name=name)
        key = areas.key(actor)

        def work() -> Any:
            return move_case(
                areas.database, areas.packs, key, out, "send_form", actor=actor, at=ARRIVED
            )

        return work

    answers = together([send("zhao"), send("qian")])
    assert sum(isinstance(answer, dict) for answer in answers) == 1
    assert sum(isinstance(answer, MovedOnError) for answer in answers) == 1
    assert areas.store.entries(personal("wang")) == 0
    areas.check()


def test_a_gap_of_three_months_may_be_paid_for(areas: Areas) -> None:
    day = datetime.date(2026, 9, 1)
    short = gap_between(areas.packs, NEW, day, 202601, 202605)
    assert (short.months, short.is_repairable) == (3, True)
    long = gap_between(areas.packs, NEW, day, 202512, 202605)
    assert (long.months, long.is_repairable, long.longest_wait) == (4, False, 6)
    assert gap_between(areas.packs, NEW, day, 202604, 202605).months == 0


def test_a_form_says_months_by_status_and_the_last_base(areas: Areas) -> None:
    _moved(areas)
    case = areas.apply("wang")
    areas.move(case, "accept", areas.of(Role.CLERK))
    out = areas.open_of(TRANSFER_OUT, "wang")
    areas.move(out, "send_form", areas.of(Role.REVIEWER, OLD), ARRIVED)
    form = areas.database.read(lambda unit: form_in_case(unit, out))
    assert form is not None
    assert form.last_paid is not None
    assert (form.last_paid.period, form.last_paid.base) == (202401, 500_000)
    assert {paid.status for paid in form.paid} == {"working"}


# --- to and from another store -------------------------------------------------------------------


def _gone(areas: Areas) -> str:
    """Wang has left for an area that this store knows nothing of; her form is made."""
    areas.register(mover("wang", LEFT, paid=months(201610, 88)), BALANCE, NUMBER)
    clerk = areas.of(Role.CLERK, OLD)
    wish = TransferOut(to_area=NEW, payee=payee_of("广州医保", "工商银行", "6217000012345678"))
    case = str(
        open_case(
            areas.database,
            areas.key(clerk),
            TRANSFER_OUT,
            Subject(OLD, "wang"),
            wish,
            actor=clerk,
            at=ACCEPTED,
        )["case"]
    )
    areas.move(case, "accept", clerk)
    areas.move(case, "send_form", areas.of(Role.REVIEWER, OLD), ARRIVED)
    return case


def _came(areas: Areas) -> str:
    """In the other store she is insured, with a month that both areas know."""
    own = [*months(202401, 1), *months(202402, 32)]
    here = spell(NEW, datetime.date(2024, 1, 1))
    areas.register(mover("p2", here, paid=own), 0, NUMBER)
    case = areas.apply("p2")
    areas.move(case, "accept", areas.of(Role.CLERK))
    return case


def test_a_form_goes_to_another_store_as_a_file_and_comes_in_once(
    areas: Areas, other_areas: Areas
) -> None:
    out = _gone(areas)
    assert areas.state(out) == "money_sent"
    assert areas.store.entries(moved(NEW)) == -BALANCE
    file = send_file(areas.database, out, actor=areas.of(Role.CLERK, OLD))
    content, key = msgspec.json.encode(file), form_key(areas.database.secrets)
    areas.check()

    case = _came(other_areas)
    clerk = other_areas.of(Role.CLERK)

    def receive(content: bytes, trusted: str = key, actor: Actor = clerk) -> Any:
        return receive_file(
            other_areas.database,
            other_areas.packs,
            other_areas.key(actor),
            content,
            trusted,
            actor=actor,
            at=ARRIVED,
        )

    changed = msgspec.structs.replace(file, form=msgspec.structs.replace(file.form, balance=1))
    with pytest.raises(RefusedError, match="被改过"):
        receive(msgspec.json.encode(changed))
    with pytest.raises(RefusedError, match="公钥与约定的不同"):
        receive(content, "0" * 64)
    for role in (Role.REVIEWER, Role.CASHIER):
        with pytest.raises(DeniedError):
            receive(content, actor=other_areas.of(role))
    with pytest.raises(InputError, match="这不是信息表文件"):
        receive(b"{}")
    with pytest.raises(DeniedError):
        receive(content, actor=oneself("p2"))
    with pytest.raises(NotFoundError):
        receive(content, actor=other_areas.of(Role.CLERK, "310000"))
    answer = receive(content)
    assert (answer["case"], answer["months"], answer["due_on"]) == (case, 88, "2026-10-20")
    with pytest.raises(ConflictError, match="不能再收一次"):
        receive(content)
    booked = other_areas.move(case, "book_form", other_areas.of(Role.REVIEWER), ARRIVED)
    # 88 and 33, of which one month is both areas'.
    assert booked["effect"]["months"] == 120
    assert booked["effect"]["added"] == 87
    assert booked["state"] == "form_in", "the money has not come yet"
    paid = other_areas.store.facts("p2").contributions_employee
    assert paid is not None
    assert len({period.month for period in paid}) == len(paid) == 120
    other_areas.move(case, "take_money", other_areas.of(Role.CASHIER), ARRIVED)
    assert other_areas.state(case) == "done"
    assert other_areas.store.balance("p2") == BALANCE
    assert other_areas.store.entries(channel("bank")) == BALANCE
    other_areas.check()
    areas.move(out, "confirm", areas.of(Role.CLERK, OLD), ARRIVED)
    assert areas.state(out) == "done"
    areas.check()


def test_what_the_other_store_sends_back_is_paid_to_nobody(areas: Areas) -> None:
    out = _gone(areas)
    areas.move(out, "take_back", areas.of(Role.REVIEWER, OLD), ARRIVED, reason="对方查无此人")
    assert areas.state(out) == "returned"
    assert areas.store.balance("wang") == BALANCE
    assert areas.store.entries(moved(NEW)) == 0
    areas.check()
