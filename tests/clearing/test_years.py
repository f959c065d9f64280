"""What was retained in a year comes back by the score, once, through the posts to the bank."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import pytest

from yibao.access.errors import DeniedError
from yibao.access.permissions import Role, institution_actor
from yibao.clearing import operations as clearing
from yibao.clearing.states import ClearingMove, ClearingState
from yibao.clearing.sums import ReturnRule
from yibao.errors import ConflictError, InputError, RefusedError
from yibao.money import half_up

from .world import AFTERWARDS, CHINA, HOSPITAL, Clearing


def _draw_up(clear: Clearing, score: int = 735, year: int = 2025, **more: Any) -> Any:
    return clearing.draw_up_year(
        clear.database,
        clear.key(),
        HOSPITAL,
        year,
        score,
        actor=more.pop("actor", None) or clear.of(Role.REVIEWER),
        at=more.pop("at", AFTERWARDS),
        **more,
    )


def _cleared_months(clear: Clearing) -> int:
    """Two months, signed and paid: what was retained of them."""
    retained = 0
    for month, cost in ((202503, 400_000), (202511, 987_654)):
        clear.visit(month, cost)
        retained += clear.settle(clear.apply(month)).retained
    clear.pay()
    assert clear.balance("retained:") == -retained < 0
    return retained


def test_the_return_goes_through_the_posts_and_is_booked(clear: Clearing) -> None:
    retained = _cleared_months(clear)
    fund_before, bank_before = clear.balance("fund:"), clear.balance("bank:")
    drawn_up = _draw_up(clear)
    withheld = half_up(retained * 195, 1000)
    assert (drawn_up["returned"], drawn_up["withheld"]) == (retained - withheld, withheld)
    paper = drawn_up["application"]
    page = clear.read(paper)
    assert (page.listed.month, page.listed.state) == (202500, ClearingState.IN_REVIEW)
    assert page.expected.paid == retained - withheld
    with pytest.raises(ConflictError, match="已经做过"):
        _draw_up(clear)
    signed = clear.settle(paper, after=ClearingMove.BEGIN_REVIEW)
    assert (signed.state, signed.paid) == (ClearingState.SIGNED, retained - withheld)
    assert clear.balance("retained:") == 0
    assert clear.balance(f"payable:{HOSPITAL}") == -(retained - withheld)
    assert clear.balance("fund:") == fund_before - withheld
    assert clear.pay() == {"测试医院": retained - withheld}
    assert clear.balance("bank:") == bank_before - (retained - withheld)
    assert clear.read(paper).listed.state is ClearingState.PAID_OUT
    clear.move(paper, ClearingMove.CLOSE, Role.CASHIER)
    assert clear.read(paper, institution_actor(HOSPITAL)).listed.returned == retained - withheld
    clear.check()


def test_a_wrong_score_is_dropped_and_drawn_up_again(clear: Clearing) -> None:
    retained = _cleared_months(clear)
    wrong = _draw_up(clear, 599)["application"]
    with pytest.raises(InputError):
        clear.move(wrong, ClearingMove.DROP, Role.REVIEWER)
    clear.move(wrong, ClearingMove.DROP, Role.REVIEWER, reason="得分写错")
    assert clear.read(wrong).listed.state is ClearingState.CANCELLED
    assert _draw_up(clear, 800)["returned"] == retained
    clear.check()


def test_a_month_is_not_dropped_as_a_year_is(clear: Clearing) -> None:
    clear.visit(202503, 400_000)
    application = clear.apply(202503)
    clear.move(application, ClearingMove.ACCEPT, Role.CLERK)
    clear.move(application, ClearingMove.BEGIN_REVIEW, Role.REVIEWER)
    with pytest.raises(ConflictError, match="只有年终清算"):
        clear.move(application, ClearingMove.DROP, Role.REVIEWER, reason="试试")


def test_what_is_not_ready_is_refused_by_name(clear: Clearing) -> None:
    with pytest.raises(RefusedError, match="没有留存"):
        _draw_up(clear)
    clear.visit(202503, 400_000)
    with pytest.raises(RefusedError, match="202503 有结算还没有申报"):
        _draw_up(clear)
    application = clear.apply(202503)
    with pytest.raises(RefusedError, match="202503 的清算还没有审签"):
        _draw_up(clear)
    clear.settle(application)
    with pytest.raises(RefusedError, match="还没有过完"):
        _draw_up(clear, at=datetime.datetime(2025, 12, 31, 23, tzinfo=CHINA))
    with pytest.raises(InputError, match="考核得分"):
        _draw_up(clear, 1001)
    with pytest.raises(InputError, match="不能另写"):
        _draw_up(clear, decided=1)
    clear.agree(start=datetime.date(2025, 6, 1), return_rule=None)
    with pytest.raises(RefusedError, match="没有约定年终怎么返还"):
        _draw_up(clear)
    clear.agree(start=datetime.date(2025, 7, 1), return_rule=ReturnRule.DISCRETION)
    with pytest.raises(InputError, match="酌情返还"):
        _draw_up(clear, 700)
    assert _draw_up(clear, 700, decided=1)["returned"] == 1
    clear.check()


def test_wrong_posts_and_other_areas_change_nothing(clear: Clearing) -> None:
    _cleared_months(clear)
    before = clear.events()
    posts = (Role.CLERK, Role.SECOND, Role.CASHIER, Role.HEAD, Role.LEGAL, Role.INSPECTOR)
    wrong = [clear.of(role) for role in posts]
    wrong += [clear.of(Role.REVIEWER, area="990000"), institution_actor(HOSPITAL)]
    for actor in wrong:
        with pytest.raises(DeniedError):
            _draw_up(clear, actor=actor)
    assert clear.events() == before
    paper = _draw_up(clear)["application"]
    with pytest.raises(DeniedError, match="别的岗"):
        clear.move(
            paper,
            ClearingMove.FINISH_REVIEW,
            Role.SECOND,
            actor=clear.of(Role.SECOND, Role.REVIEWER.value),
        )


def test_two_at_once_draw_up_one(clear: Clearing, together: Callable[..., list[Any]]) -> None:
    _cleared_months(clear)

    def draw_up() -> Any:
        return _draw_up(clear)

    answers = together([draw_up, draw_up])
    assert sum(isinstance(answer, dict) for answer in answers) == 1
    assert sum(isinstance(answer, ConflictError) for answer in answers) == 1
    clear.check()
