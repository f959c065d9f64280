"""Points of practitioners, and suspensions that are ended early."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import pytest

from yibao.access.errors import DeniedError
from yibao.access.permissions import Actor, Role
from yibao.conduct import operations as conduct
from yibao.errors import ConflictError, InputError
from yibao.sanctions.states import SuspendedError

from ..support.actors import AUDITOR, WARD, oneself
from .conftest import AT, Bureau

Build = Callable[..., Any]
LATER = AT + datetime.timedelta(days=6)
_OTHERS = tuple(Role(name) for name in ("clerk", "reviewer", "second", "cashier", "legal", "head"))


def _told(bureau: Bureau) -> str:
    """A case of the hospital that was told what is proposed."""
    case = bureau.note(bureau.lead(subject_kind="institution", subject_id="h1"))
    bureau.until_told(
        case, act="institution_listed", times=10_000, months=None, start=None, facts="重复收费"
    )
    return case


def _decided(bureau: Bureau) -> str:
    case = _told(bureau)
    bureau.move(case, "penalise", Role.HEAD, at=LATER)
    return case


def _give(
    bureau: Bureau, case: str, points: int, staff: str = "D1", day: str = "2026-06-07", **more: Any
) -> Any:
    who = more.get("actor") or bureau.of(Role.INSPECTOR, "zhao")
    return conduct.give_points(
        bureau.database,
        bureau.key(who),
        case,
        staff,
        points,
        datetime.date.fromisoformat(day),
        more.get("reason", "参与重复收费"),
        actor=who,
        at=LATER,
    )


def test_points_add_up_within_a_year_as_the_place_says(bureau: Bureau) -> None:
    """Tianjin: talked to from 6, suspended for 1 to 6 months from 9, out for a year at 12."""
    bureau.area = "120100"
    case = _decided(bureau)
    assert _give(bureau, case, 3)["points"] == 3
    second = _give(bureau, case, 4)
    assert (second["points"], second["talks"], second["suspend_months"]) == (7, True, None)
    assert _give(bureau, case, 0)["points"] == 6, "an activity of repair takes one back"
    third = _give(bureau, case, 4)
    assert (third["points"], third["suspend_months"]) == (10, (1, 6))
    full = _give(bureau, case, 2)
    assert (full["points"], full["suspend_months"], full["out_years"]) == (12, None, 1)
    assert _give(bureau, case, 12, staff="D2")["out_years"] == 3, "in one act"
    assert _give(bureau, case, 1, day="2027-01-01")["points"] == 1, "a new year begins at none"
    bureau.check()


def test_where_the_place_has_set_nothing_points_are_only_counted(bureau: Bureau) -> None:
    year = _give(bureau, _decided(bureau), 12)
    assert (year["points"], year["talks"], year["out_years"]) == (12, False, None)


def test_points_are_given_by_an_inspector_after_a_decision(bureau: Bureau) -> None:
    case = _told(bureau)
    before = bureau.store.fingerprint()
    with pytest.raises(ConflictError, match="没有做任何改动"):
        _give(bureau, case, 3)
    bureau.move(case, "penalise", Role.HEAD, at=LATER)
    before = bureau.store.fingerprint()
    far = Actor("far", Role.INSPECTOR, agency_id="other", area="999900")
    posts = (bureau.of(role, "another") for role in _OTHERS)
    for actor in (*posts, far, WARD, AUDITOR, oneself("worker")):
        with pytest.raises(DeniedError):
            _give(bureau, case, 3, actor=actor)
    for wrong in ({"points": 13}, {"points": 3, "reason": " "}, {"points": 3, "staff": ""}):
        with pytest.raises(InputError):
            _give(bureau, case, **wrong)
    assert bureau.store.fingerprint() == before
    person = bureau.note()
    bureau.until_told(person)
    bureau.move(person, "penalise", Role.HEAD, at=LATER)
    with pytest.raises(ConflictError, match="只有处理了机构的案件才记分"):
        _give(bureau, person, 3)
    bureau.check()


def _lift(bureau: Bureau, case: str, day: str, actor: Actor | None = None, **more: Any) -> Any:
    who = actor or bureau.of(Role.HEAD)
    return conduct.lift_suspension(
        bureau.database,
        bureau.key(who),
        case,
        datetime.date.fromisoformat(day),
        more.get("reason", "已经改正，退清"),
        actor=who,
        at=LATER,
    )


def test_a_suspension_is_ended_early_by_the_head(bureau: Bureau, make_visit: Build) -> None:
    case = bureau.note()
    bureau.until_told(case)
    bureau.move(case, "penalise", Role.HEAD, at=LATER)
    with pytest.raises(ConflictError, match="没有做任何改动"):
        _lift(bureau, case, "2026-08-01")
    bureau.move(case, "serve", Role.CLERK, at=LATER)
    before = bureau.store.fingerprint()
    for role in (Role.CLERK, Role.INSPECTOR, Role.SECOND, Role.CASHIER, Role.LEGAL):
        with pytest.raises(DeniedError):
            _lift(bureau, case, "2026-08-01", bureau.of(role, "another"))
    for actor in (Actor("far", Role.HEAD, area="999900"), WARD, AUDITOR, oneself("worker")):
        with pytest.raises(DeniedError):
            _lift(bureau, case, "2026-08-01", actor)
    for wrong in ({"day": "2026-06-06"}, {"day": "2026-08-01", "reason": ""}):
        with pytest.raises(InputError):
            _lift(bureau, case, **wrong)
    assert bureau.store.fingerprint() == before
    lifted = _lift(bureau, case, "2026-08-01")
    assert (lifted["lifted_on"], lifted["count"]) == ("2026-08-01", 1)
    with pytest.raises(ConflictError, match="没有还在执行的暂停"):
        _lift(bureau, case, "2026-08-02")
    bureau.store.settlements.today = lambda: datetime.date(2027, 1, 1)
    with pytest.raises(SuspendedError):
        bureau.store.settle(make_visit("v1", "worker", "h1", 120_000, start="2026-07-31"))
    bureau.store.settle(make_visit("v2", "worker", "h1", 120_000, start="2026-08-01"))
    bureau.check()
