"""我的医保 begins with the person: cover today, what to do, what is left, the last visits."""

from __future__ import annotations

import datetime
from collections.abc import Callable

from .conftest import Caller, Clock, words_of

Enter = Callable[[str], Caller]


def test_the_first_page_says_whether_today_is_covered_and_what_is_left(enter: Enter) -> None:
    page = enter("zhangwei").get("/own").text
    said = words_of(page)
    assert "张伟，今天看病能报" in said
    assert "职工（在职），太原市。待遇到 " in said
    # 2,500 a year for outpatient care of which 499.40 were paid; 300 a year before it, 80 paid.
    for figure in (
        "个人账户2,205.70 元",
        "今年门诊还能报2,000.60 元已报 499.40 元，限额 2,500.00 元",
        "再看门诊先自付220.00 元起付线 300.00 元，已付 80.00 元",
    ):
        assert figure in "".join(said.split("\n")), figure


def test_what_is_to_be_done_stands_before_the_services(enter: Enter) -> None:
    page = enter("zhangwei").get("/own").text
    said = words_of(page)
    # His son is insured as a resident, and the next year is being collected.
    errand = said.index("缴 2027 年度居民医保")
    assert said.index("要您做的") < errand < said.index("我要查")
    # No source says what it costs: he is told so, and not led to a form that is refused.
    assert 'href="/own/pay?' not in page
    # A grant that the office looks at is not his to do.
    assert errand < said.index("在办，不用您做什么") < said.index("家庭共济授权审核")


def test_out_of_season_nobody_is_told_to_pay(enter: Enter, clock: Clock) -> None:
    clock.at = datetime.datetime(2026, 6, 1, 2, 0, tzinfo=datetime.UTC)
    said = words_of(enter("zhangwei").get("/own").text)
    assert "年度居民医保" not in said


def test_a_resident_is_told_what_the_next_year_costs(newcomer: Caller) -> None:
    said = words_of(newcomer.get("/own").text)
    assert "缴 2026 年度居民医保" in said
    assert "个人缴 400.00 元" in said


def test_months_show_the_base_and_who_paid_what(enter: Enter) -> None:
    said = "".join(words_of(enter("zhangwei").get("/own/contributions").text).split())
    # 2 % of 9,000 yuan is the own part, 6.5 % the employer's.
    assert "2026-12职工9,000.00元180.00元585.00元" in said
