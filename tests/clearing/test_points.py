"""Stays are paid by points (DIP) and by groups (DRG): the difference is booked and paid."""

from __future__ import annotations

import datetime
import io
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest

from yibao.access.errors import DeniedError
from yibao.access.permissions import Role, institution_actor
from yibao.clearing import operations as clearing
from yibao.clearing.groups import PayMethod, group_case, group_rate, points_share
from yibao.clearing.states import ClearingMove
from yibao.clearing.stays import read_stays
from yibao.employers.errors import FaultyLinesError
from yibao.errors import ConflictError, InputError, RefusedError

from .world import AFTERWARDS, CHINA, HOSPITAL, OTHER, Clearing

HEAD = "结算编号,组,点数,均费\n"


@pytest.fixture
def stays(clear: Clearing) -> list[str]:
    """Three stays of March under points: two at one hospital, one at the other."""
    for institution, coefficient in ((HOSPITAL, 105), (OTHER, 95)):
        clear.agree(
            institution,
            start=datetime.date(2025, 2, 1),
            method=PayMethod.DIP,
            coefficient=coefficient,
        )
    return [
        clear.visit(202503, 500_000, days=1, clear_type="21"),
        clear.visit(202503, 900_000, days=2, clear_type="21"),
        clear.visit(202503, 3_000_000, OTHER, days=3, clear_type="21"),
    ]


def _file(*lines: str) -> list[Any]:
    return read_stays((HEAD + "\n".join(lines)).encode())


def _usual(stays: list[str]) -> list[Any]:
    return _file(*(f"{entry},J01,800,12000.00" for entry in stays))


def _period(clear: Clearing, period: int = 202503, **changes: Any) -> clearing.PointsPeriod:
    facts: dict[str, Any] = {
        "method": PayMethod.DIP,
        "budget": 3_000_000,
        "low_below": 50,
        "high_above": 200,
    }
    return clearing.PointsPeriod(clear.area, period, **{**facts, **changes})


def _draw(clear: Clearing, asked: Any, lines: list[Any], **more: Any) -> Any:
    actor = more.pop("actor", None) or clear.of(Role.REVIEWER)
    at = more.pop("at", AFTERWARDS)
    return clearing.draw_points(clear.database, clear.key(), asked, lines, actor=actor, at=at)


def _confirm(clear: Clearing, period: str, **more: Any) -> Any:
    actor = more.pop("actor", None) or clear.of(Role.SECOND)
    return clearing.confirm_points(clear.database, clear.key(), period, actor=actor, at=AFTERWARDS)


def test_points_change_what_a_month_comes_to(clear: Clearing, stays: list[str]) -> None:
    seen = clearing.preview_points(
        clear.database, _period(clear), _usual(stays), actor=clear.of(Role.REVIEWER)
    )
    # OF08: a low stay, a usual one and a high one.
    assert [due.counted for due in seen.stays] == [33_333, 80_000, 120_000]
    parts = points_share(3_000_000, [(113_333, 105), (120_000, 95)])
    assert [due.due for due in seen.stays][2] == parts.parts[1]
    assert sum(due.due for due in seen.stays) == 3_000_000
    before = clear.events()
    drawn = _draw(clear, _period(clear), _usual(stays))
    assert clear.events() == before + 1
    assert drawn["value"] == parts.point_value
    application = clear.apply(202503, clear_type="21")
    fund = clear.read(application).listed.fund
    assert clear.read(application).expected.approved == fund  # nobody has confirmed it
    with pytest.raises(ConflictError, match="已经做过"):
        _draw(clear, _period(clear), _usual(stays))
    _confirm(clear, drawn["period"])
    fund_before = clear.balance("fund:")
    signed = clear.settle(application)
    difference = parts.parts[0] - fund
    assert signed.adjusted == difference != 0
    assert signed.retained == (parts.parts[0] * 500 + 5_000) // 10_000
    assert signed.paid == parts.parts[0] - signed.retained + signed.account
    assert clear.balance("fund:") == fund_before + difference
    assert clear.pay() == {"测试医院": signed.paid}
    assert clear.balance(f"payable:{HOSPITAL}") == 0
    clear.check()


def test_groups_pay_the_standard_less_what_the_person_paid(
    clear: Clearing, stays: list[str]
) -> None:
    for institution in (HOSPITAL, OTHER):
        clear.agree(
            institution, start=datetime.date(2025, 3, 1), method=PayMethod.DRG, coefficient=102
        )
    asked = _period(clear, method=PayMethod.DRG, budget=5_000_000, low_below=None, high_above=None)
    lines = _file(*(f"{entry},FB25,{weight}," for entry, weight in ((stays[0], "1.35"),)))
    seen = clearing.preview_points(
        clear.database, asked, lines, actor=clear.of(Role.REVIEWER)
    ).stays[0]
    rate = group_rate(5_000_000, 135)
    case = group_case(rate, 135, 102, cost=500_000, person_paid=500_000 - seen.entry.fund)
    assert seen.due == case.fund
    _confirm(clear, _draw(clear, asked, lines)["period"])
    application = clear.apply(202503, clear_type="21")
    assert clear.settle(application).adjusted == case.result
    clear.check()


def test_a_year_settles_what_its_months_have_not(clear: Clearing, stays: list[str]) -> None:
    _confirm(clear, _draw(clear, _period(clear), _usual(stays))["period"])
    month = clear.settle(clear.apply(202503, clear_type="21"))
    other = clear.settle(clear.apply(202503, OTHER, "21"))

    def draw_up() -> Any:
        return clearing.draw_up_year(
            clear.database,
            clear.key(),
            HOSPITAL,
            2025,
            1000,
            actor=clear.of(Role.REVIEWER),
            at=AFTERWARDS,
        )

    with pytest.raises(RefusedError, match="2025 年的分值还没有复审"):
        draw_up()
    year = _draw(clear, _period(clear, 202500, budget=3_100_000), _usual(stays))
    _confirm(clear, year["period"])
    whole = points_share(3_100_000, [(113_333, 105), (120_000, 95)]).parts
    paper = draw_up()["application"]
    signed = clear.settle(paper, after=ClearingMove.BEGIN_REVIEW)
    assert signed.adjusted == whole[0] - month.fund - month.adjusted
    assert signed.returned == month.retained
    assert signed.paid == month.retained + signed.adjusted
    assert other.adjusted != month.adjusted
    clear.pay()
    assert clear.balance(f"payable:{HOSPITAL}") == 0
    clear.check()


def test_lines_that_do_not_belong_are_named(clear: Clearing, stays: list[str]) -> None:
    outpatient = clear.visit(202503, 10_000)
    later = clear.visit(202504, 10_000, days=1, clear_type="21")
    lines = _file(
        f"{stays[0]},J01,800,12000",
        f"{stays[0]},J01,800,12000",
        f"{stays[1]},J01,801,12000",
        f"{outpatient},J01,800,12000",
        f"{later},J01,800,12000",
        "nothing,J01,800,12000",
        f"{stays[2]},J02,800,",
    )
    before = clear.events()
    with pytest.raises(FaultyLinesError) as refused:
        _draw(clear, _period(clear), lines)
    said = {fault.line: str(fault.said) for fault in refused.value.faults}
    assert set(said) == {3, 4, 5, 6, 7, 8}
    assert "写了两次" in said[3]
    assert "前面的点数" in said[4]
    assert "不是住院" in said[5]
    assert "202504" in said[6]
    assert "账上没有" in said[7]
    assert "均费" in said[8]
    clear.agree(OTHER, start=datetime.date(2025, 3, 1))
    with pytest.raises(FaultyLinesError, match="不是这种付费方式"):
        _draw(clear, _period(clear), _usual(stays))
    assert clear.events() == before + 1
    with pytest.raises(FaultyLinesError, match="第 2 行"):
        _file("x,J01,many,1")
    with pytest.raises(InputError, match="找不到这些列"):
        read_stays("结算编号,组\nx,J01\n".encode())


def test_a_workbook_says_what_a_csv_says() -> None:
    def of(*weights: float) -> bytes:
        book = openpyxl.Workbook()
        sheet = book.active
        assert sheet is not None
        sheet.append(["结算编号", "组", "权重"])
        for number, weight in enumerate(weights):
            sheet.append([f"E{number}", "AH19", weight])
        content = io.BytesIO()
        book.save(content)
        return content.getvalue()

    assert [stay.points for stay in read_stays(of(0.85, 12, 0.1 + 0.2))] == [85, 1200, 30]
    with pytest.raises(FaultyLinesError) as refused:
        read_stays(of(0.85, 1.2345, 0.00001))
    said = {fault.line: str(fault.said) for fault in refused.value.faults}
    assert said == {
        3: "1.2345 不是最多两位小数的数",
        4: "0.00001 不是最多两位小数的数",
    }


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"budget": 0}, "预算"),
        ({"low_below": None}, "两个界限"),
        ({"method": PayMethod.DRG}, "偏差界限"),
        ({"period": 202513}, "期间"),
    ],
)
def test_a_period_that_cannot_be(
    clear: Clearing, stays: list[str], changes: dict[str, Any], said: str
) -> None:
    asked = _period(clear, **{"period": 202503, **changes})
    with pytest.raises(InputError, match=said):
        _draw(clear, asked, _usual(stays))


def test_wrong_posts_late_ones_and_two_at_once(
    clear: Clearing, stays: list[str], together: Callable[..., list[Any]]
) -> None:
    lines, before = _usual(stays), clear.events()
    posts = (Role.CLERK, Role.SECOND, Role.HEAD, Role.CASHIER, Role.LEGAL)
    wrong = [clear.of(role) for role in posts]
    wrong += [clear.of(Role.REVIEWER, area="990000"), institution_actor(HOSPITAL)]
    for actor in wrong:
        with pytest.raises(DeniedError):
            _draw(clear, _period(clear), lines, actor=actor)
    with pytest.raises(RefusedError, match="还没有过完"):
        _draw(clear, _period(clear), lines, at=datetime.datetime(2025, 3, 31, 12, tzinfo=CHINA))
    assert clear.events() == before
    drawn = _draw(clear, _period(clear), lines)["period"]
    for role in (Role.REVIEWER, Role.CLERK, Role.HEAD):
        with pytest.raises(DeniedError):
            _confirm(clear, drawn, actor=clear.of(role))
    with pytest.raises(DeniedError, match="同一期"):
        _confirm(clear, drawn, actor=clear.of(Role.SECOND, Role.REVIEWER.value))
    clearing.drop_points(
        clear.database, clear.key(), drawn, "预算写错", actor=clear.of(Role.REVIEWER)
    )
    again = _draw(clear, _period(clear), lines)["period"]
    answers = together([lambda: _confirm(clear, again), lambda: _confirm(clear, again)])
    assert sum(isinstance(answer, dict) for answer in answers) == 1
    assert sum(isinstance(answer, ConflictError) for answer in answers) == 1
    clear.check()


def test_a_signed_month_keeps_its_sum(clear: Clearing, stays: list[str]) -> None:
    drawn = _draw(clear, _period(clear), _usual(stays))["period"]
    clear.settle(clear.apply(202503, clear_type="21"))
    with pytest.raises(RefusedError, match="已经审签"):
        _confirm(clear, drawn)
    clear.check()
