"""Departments and practitioners that a case suspends: decided, served, in force, ended."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import pytest

from yibao.access.errors import DeniedError
from yibao.access.permissions import Actor, Role
from yibao.conduct import operations as conduct
from yibao.errors import ConflictError, InputError, NotFoundError, RefusedError
from yibao.sanctions.providers import Provider, providers_suspended_by
from yibao.sanctions.states import ProviderKind, SuspendedError

from ..support.actors import AUDITOR, WARD, oneself
from .conftest import AT, Bureau

Build = Callable[..., Any]
LATER = AT + datetime.timedelta(days=6)
FRAUD = {
    "act": "institution_fraud",
    "months": None,
    "department": "A03",
    "department_months": 6,
    "facts": "虚构项目",
}


def _case(bureau: Bureau, **facts: Any) -> str:
    case = bureau.note(bureau.lead(subject_kind="institution", subject_id="h1"))
    bureau.until_told(case, **{**FRAUD, **facts})
    bureau.move(case, "penalise", Role.HEAD, at=LATER)
    return case


def _provider(day: str, code: str = "A03") -> Provider:
    return Provider(ProviderKind.DEPARTMENT, code, datetime.date.fromisoformat(day))


def _lift(bureau: Bureau, case: str, day: str) -> Any:
    who = bureau.of(Role.HEAD)
    return conduct.lift_suspension(
        bureau.database,
        bureau.key(who),
        case,
        datetime.date.fromisoformat(day),
        "已经改正",
        actor=who,
        at=LATER,
    )


def test_a_department_is_suspended_when_the_decision_is_served(
    bureau: Bureau, make_visit: Build
) -> None:
    wrong = bureau.note(bureau.lead(subject_kind="institution", subject_id="h1"))
    bureau.move(wrong, "check", Role.INSPECTOR, "zhao")
    bureau.move(wrong, "open_inquiry", Role.HEAD)
    for months, department in ((5, "A03"), (13, "A03"), (6, ""), (None, "A03")):
        facts = {**FRAUD, "department": department, "department_months": months}
        with pytest.raises(InputError, match="暂停科室"):
            bureau.propose(wrong, **facts)
    case = _case(bureau)
    settle = bureau.store.settlements.quote
    visit = make_visit("v1", "worker", "h1", 120_000, start="2026-07-01")
    bureau.store.settlements.today = lambda: datetime.date(2027, 1, 1)
    settle(visit, actor=WARD, providers=[_provider("2026-07-01")])
    served = bureau.move(case, "serve", Role.CLERK, at=LATER)
    assert served["effect"] == {"suspended_to": "2026-12-09"}
    before = bureau.store.fingerprint()
    with pytest.raises(SuspendedError, match="科室 A03 到 2026-12-09 为止暂停医保服务"):
        settle(visit, actor=WARD, providers=[_provider("2026-07-01")])
    for day in ("2026-06-09", "2026-12-10"):
        settle(visit, actor=WARD, providers=[_provider(day)])
    settle(visit, actor=WARD, providers=[_provider("2026-07-01", "B01")])
    assert bureau.store.fingerprint() == before
    _lift(bureau, case, "2026-06-20")
    settle(visit, actor=WARD, providers=[_provider("2026-07-01")])
    with pytest.raises(ConflictError, match="没有还在执行的暂停"):
        _lift(bureau, case, "2026-06-21")
    bureau.check()


def _points(bureau: Bureau, case: str, points: int, staff: str = "D1") -> None:
    who = bureau.of(Role.INSPECTOR, "zhao")
    conduct.give_points(
        bureau.database, bureau.key(who), case, staff, points, LATER.date(), "参与", actor=who,
        at=LATER,
    )  # fmt: skip


def _suspend(bureau: Bureau, case: str, months: int | None, staff: str = "D1", **more: Any) -> Any:
    who = more.get("actor") or bureau.of(Role.HEAD)
    return conduct.suspend_practitioner(
        bureau.database,
        bureau.key(who),
        case,
        staff,
        months,
        more.get("day", LATER.date()),
        more.get("reason", "一年累计"),
        actor=who,
        at=LATER,
    )


def test_a_practitioner_is_suspended_by_the_points_of_the_year(bureau: Bureau) -> None:
    """Tianjin: 1 to 6 months from 9 points, out for a year at 12, for three at once."""
    bureau.area = "120100"
    case = _case(bureau, department="", department_months=None)
    with pytest.raises(NotFoundError, match="没有给 D1 记过分"):
        _suspend(bureau, case, 3)
    _points(bureau, case, 8)
    with pytest.raises(ConflictError, match="累计 8 分，还不到暂停的分数"):
        _suspend(bureau, case, 3)
    _points(bureau, case, 1)
    before = bureau.store.fingerprint()
    for wrong in ({"months": 7}, {"months": None}, {"months": 3, "reason": " "}):
        with pytest.raises(InputError):
            _suspend(bureau, case, **wrong)
    with pytest.raises(InputError, match="只能从今天"):
        _suspend(bureau, case, 3, day=AT.date())
    others = [bureau.of(Role(name), "another") for name in ("clerk", "inspector", "cashier")]
    far = Actor("far", Role.HEAD, area="999900")
    for actor in (*others, far, WARD, AUDITOR, oneself("worker")):
        with pytest.raises(DeniedError):
            _suspend(bureau, case, 3, actor=actor)
    assert bureau.store.fingerprint() == before
    assert _suspend(bureau, case, 3)["suspended_to"] == "2026-09-06"
    with pytest.raises(ConflictError, match="已经暂停过"):
        _suspend(bureau, case, 3)
    _points(bureau, case, 12, "D2")
    with pytest.raises(InputError, match="终止 3 年"):
        _suspend(bureau, case, 3, "D2")
    assert _suspend(bureau, case, None, "D2")["suspended_to"] == "2029-06-06"
    suspensions = bureau.database.read(lambda unit: providers_suspended_by(unit, case))
    assert {suspension.code for suspension in suspensions} == {"D1", "D2"}
    bureau.check()


def test_where_the_place_has_set_nothing_nobody_is_suspended(bureau: Bureau) -> None:
    case = _case(bureau)
    _points(bureau, case, 12)
    with pytest.raises(RefusedError, match="本地没有规定记分"):
        _suspend(bureau, case, 3)
