"""Faults that people met on the pages of their own, one test each; none may come back."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable

import pytest
from sqlalchemy import func, select

from yibao.access.operations import Key
from yibao.access.permissions import insured_actor, officer
from yibao.aid.tables import aid_grant
from yibao.benefit.facts import Enrolment, Filing, Person
from yibao.crossing import operations as crossing
from yibao.crossing.tables import filing
from yibao.database.unit import Database
from yibao.errors import RefusedError
from yibao.insured import operations as insured
from yibao.insured.payments.bills import periods_of
from yibao.insured.tables import order_
from yibao.ledger.tables import account
from yibao.policy.compile import PolicyLibrary
from yibao.policy.kinds import ContributionClass, Scheme, Status

from .conftest import Caller, Clock, hidden, words_of

Enter = Callable[[str], Caller]


def _count(store: Database, table: object) -> int:
    query = select(func.count()).select_from(table)  # type: ignore[arg-type]
    return store.read(lambda unit: unit.run(query).scalar_one())


# --- refusals come at the recap ------------------------------------------------------------------


def test_a_refusal_comes_before_anybody_confirms(enter: Enter, store: Database) -> None:
    """“refusals come at the recap, not after 确认”: filing inside the province, filing twice, a
    second grant."""
    caller = enter("zhangwei")
    before = _count(store, filing), _count(store, aid_grant)
    asked = caller.form(
        "/own/filing", person="zhangwei", kind="referral", care_area="大同", start="2026-11-21"
    )
    page = caller.follow("/own/filing", asked, 409)
    assert "在省内" in page
    assert "确认办理" not in page
    away = asked | {"care_area": "北京"}
    caller.follow("/own/filing", hidden(caller.follow("/own/filing", away)))
    page = caller.follow("/own/filing", away, 409)
    assert "已有同样的备案" in page
    assert "确认办理" not in page
    grant = caller.form("/own/aid/add", grantee="lina", start="2026-11-21", agree="1")
    page = caller.follow("/own/aid/add", grant, 409)
    assert "确认办理" not in page
    assert (_count(store, filing), _count(store, aid_grant)) == (before[0] + 1, before[1])


# --- filing --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "named"),
    [
        ("义乌", "浙江省金华市义乌市"),
        ("北京朝阳区", "北京市朝阳区"),
        ("内蒙古自治区", "内蒙古自治区"),
        ("恩施", "湖北省恩施土家族苗族自治州"),
        ("hainan", "海南省"),
        ("460200", "海南省三亚市"),
    ],
)
def test_a_filing_takes_every_place(enter: Enter, written: str, named: str) -> None:
    """“filing accepts every place”: a county, a city, a province, in any of its names."""
    caller = enter("zhangwei")
    asked = caller.form(
        "/own/filing", person="zhangwei", kind="referral", care_area=written, start="2026-11-21"
    )
    assert named in words_of(caller.follow("/own/filing", asked))


def test_a_place_that_is_none_is_said_at_its_field(enter: Enter) -> None:
    """“filing accepts every place” and nothing else."""
    caller = enter("zhangwei")
    for written in ("哪里", "999999"):
        asked = caller.form(
            "/own/filing", person="zhangwei", kind="referral", care_area=written, start="2026-11-21"
        )
        assert 'id="care_area-fault"' in caller.follow("/own/filing", asked, 422)


def test_a_filing_is_changed_and_cancelled(enter: Enter, store: Database) -> None:
    """“change and cancel filings”."""
    caller = enter("zhangwei")
    asked = caller.form(
        "/own/filing",
        person="zhangwei",
        kind="other_temporary",
        care_area="北京",
        start="2026-11-21",
    )
    caller.follow("/own/filing", hidden(caller.follow("/own/filing", asked)))
    (path,) = re.findall(r'href="(/own/filings/[0-9a-f]+)"', caller.get("/own/filings").text)
    wish = caller.form(
        path, action="change", care_area="上海", start="2026-11-21", end="2026-12-31"
    )
    recap = caller.follow(path, wish)
    assert "上海市" in words_of(recap)
    assert "已变更备案" in caller.follow(path, hidden(recap))
    assert "2026-12-31" in caller.get("/own/filings").text
    recap = caller.follow(path, caller.form(path, action="end"))
    assert "已取消备案" in caller.follow(path, hidden(recap))
    assert path not in caller.get("/own/filings").text
    assert enter("lina").get(path).status_code == 404


# --- what was typed stays ------------------------------------------------------------------------


def test_going_back_finds_what_was_typed(enter: Enter) -> None:
    """“Back … keep what was typed”: the form that the browser asks for anew is as it was left."""
    caller = enter("zhangwei")
    asked = caller.form(
        "/own/filing", person="zhangwei", kind="referral", care_area="北京", start="2026-11-21"
    )
    caller.follow("/own/filing", asked)
    page = caller.get("/own/filing").text
    assert 'value="北京"' in page
    assert "上次填到这里" in page
    assert 'value="北京"' not in caller.get("/own/filing?new=1").text
    assert "上次填到这里" not in caller.get("/own/filing").text


def test_a_session_that_ended_keeps_what_was_typed(enter: Enter, clock: Clock) -> None:
    """“an expired session keep[s] what was typed”, for whoever typed it alone."""
    caller = enter("zhangwei")
    asked = caller.form(
        "/own/filing", person="zhangwei", kind="referral", care_area="北京", start="2026-11-21"
    )
    clock.forward(minutes=40)
    answer = caller.post("/own/filing", data=asked)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/sign-in?next=%2Fown%2Ffiling")
    assert "登录已经过时" in caller.get(answer.headers["location"]).text
    draft = caller.cookies["draft"]
    caller = enter("zhangwei")
    caller.cookies.set("draft", draft, path="/own")
    assert 'value="北京"' in caller.get("/own/filing").text
    caller = enter("lina")
    caller.cookies.set("draft", draft, path="/own")
    assert "北京" not in caller.get("/own/filing").text
    forged = caller.post("/own/filing", data=asked | {"form_token": "x"})
    assert forged.status_code == 403


# --- paying --------------------------------------------------------------------------------------

PAY = {
    "payee": "wangfang",
    "scheme": "employee",
    "channel": "wechat",
    "months": "1",
    "base": "",
    "year": "2026",
}


def test_a_flexible_month_says_what_of_it_is_yearly(
    enter: Enter, store: Database, clock: Clock, packs: PolicyLibrary
) -> None:
    """“a flexible month says that 120 of it is yearly”."""
    _move_to(clock)
    enrolment = Enrolment(
        Scheme.EMPLOYEE,
        Status.WORKING,
        datetime.date(2026, 11, 1),
        None,
        "140100",
        contribution_class=ContributionClass.FLEXIBLE,
    )
    birth = datetime.date(1990, 1, 1)
    facts = Person("fresh", "female", birth, "140100", (), (enrolment,), (), ())
    insured.register(store, facts, actor=officer("test"), day=datetime.date(2026, 11, 1))
    bill = periods_of(None, 202611, 1, None).price(packs, facts, datetime.date(2026, 11, 30))
    assert bill.yearly == 120_00
    second = periods_of(None, 202611, 2, None).price(packs, facts, datetime.date(2026, 11, 30))
    assert second.yearly == 120_00
    caller = enter("wangfang")
    asked = caller.form("/own/pay") | PAY | {"month": "2027-01"}
    page = words_of(caller.follow("/own/pay", asked))
    assert "其中 120.00 元是全年的大额医疗补助，一年只缴这一次" in page
    asked = caller.form("/own/pay") | PAY | {"month": "2026-11"}
    assert "全年的大额" not in words_of(caller.follow("/own/pay", asked))


def _move_to(clock: Clock) -> None:
    clock.at = datetime.datetime(2026, 11, 30, 4, 0, tzinfo=datetime.UTC)


def test_months_of_a_bundle_that_are_over_are_late(
    enter: Enter, clock: Clock, store: Database
) -> None:
    """“months paid late in a bundle are late”."""
    _move_to(clock)
    caller = enter("wangfang")
    asked = caller.form("/own/pay") | PAY | {"month": "2026-10", "months": "2"}
    recap = words_of(caller.follow("/own/pay", asked))
    assert re.search(r"逾期\s*2026-10已经过了当月，算补缴", recap)
    asked = caller.form("/own/pay") | PAY | {"month": "2026-11", "months": "2"}
    assert "逾期" not in words_of(caller.follow("/own/pay", asked))


def test_what_lies_far_ahead_is_refused(
    enter: Enter, clock: Clock, store: Database, packs: PolicyLibrary
) -> None:
    """“a year's bill far ahead is refused”, on the page and below it."""
    _move_to(clock)
    caller = enter("zhangmin")
    asked = caller.form("/own/pay") | PAY | {"payee": "zhangmin", "scheme": "resident"}
    assert "没有这个选项" in caller.follow("/own/pay", asked | {"year": "2029"}, 422)
    enter("wangfang")
    page = caller.follow("/own/pay", caller.form("/own/pay") | PAY | {"month": "2028-06"}, 409)
    assert "2028 年还太远" in page
    key, actor = Key("test", "far", "1"), insured_actor("zhangmin")
    today = datetime.date(2026, 11, 30)
    with pytest.raises(RefusedError, match="还太远"):
        insured.make_bill(store, packs, key, "zhangmin", today, actor=actor, year=2028)


def test_an_account_pays_for_a_relative(enter: Enter, clock: Clock, store: Database) -> None:
    """“account channel for relatives”: paid whole out of the own account, which says for whom."""
    _move_to(clock)
    caller = enter("zhangwei")
    before = _balance(store, "zhangwei")
    ask = {"payee": "zhangmin", "scheme": "resident", "channel": "account"}
    recap = caller.follow("/own/pay", caller.form("/own/pay") | PAY | ask)
    assert "我的个人账户" in words_of(recap)
    page = caller.follow("/own/pay", hidden(recap))
    assert "已缴清" in page
    assert "个人账户" in words_of(page)
    paid = before - _balance(store, "zhangwei")
    assert paid > 0
    shown = words_of(caller.get("/own/account?from=2026-11-30&to=2026-11-30").text)
    assert f"-{paid // 100:,}.{paid % 100:02}" in shown
    assert "缴医保费（张*用）" in shown
    assert "个人账户" in words_of(enter("zhangmin").get("/own/contributions").text)


def test_an_account_without_a_grant_is_refused_at_the_recap(
    enter: Enter, clock: Clock, store: Database
) -> None:
    """“account channel for relatives”: nobody pays for whom the account was not opened to."""
    _move_to(clock)
    caller = enter("zhangguoqiang")
    before = _count(store, order_)
    assert "我的个人账户" in caller.get("/own/pay").text
    ask = {"payee": "zhangguoqiang", "scheme": "employee", "month": "2026-11", "channel": "account"}
    caller.follow("/own/pay", caller.form("/own/pay") | PAY | ask, 409)
    assert _count(store, order_) == before


def _balance(store: Database, person: str) -> int:
    query = select(account.c.balance).where(account.c.person_id == person)
    return store.read(lambda unit: unit.run(query).scalar_one())


@pytest.mark.parametrize("login", ["zhangmin", "wangfang"])
def test_somebody_of_the_demo_can_pay_on_the_day_it_is_run(
    enter: Enter, clock: Clock, store: Database, login: str
) -> None:
    """“the demo lets every journey succeed on the day it is run, for every scheme”: a resident
    owes this year, a flexible member this month; employers pay at the desk (their own test)."""
    _move_to(clock)
    caller = enter(login)
    ask = {"payee": login, "scheme": "resident" if login == "zhangmin" else "employee"}
    asked = caller.form("/own/pay") | PAY | {"month": "2026-11"} | ask
    page = caller.follow("/own/pay", hidden(caller.follow("/own/pay", asked)))
    assert "已缴清" in page
    (receipt,) = re.findall(r'href="(/own/receipts/[^"]+)"', page)
    assert caller.get(receipt).headers["content-type"] == "application/pdf"


# --- records -------------------------------------------------------------------------------------


def test_a_grant_says_who_waits_for_whom(enter: Enter) -> None:
    """“grants say who waits for whom”, to both."""
    granted = words_of(enter("zhangwei").get("/own/aid").text)
    assert "本人授权给张**，等经办机构审核；通过以前不能用" in granted
    got = words_of(enter("zhangguoqiang").get("/own/aid").text)
    assert "张*授权给本人，等经办机构审核；通过以前不能用" in got


def test_the_account_names_the_other_side_and_keeps_to_the_days_asked_for(enter: Enter) -> None:
    """“counterparty and date range (M15)”: with the balance after each movement as it was."""
    caller = enter("zhangwei")
    whole = words_of(caller.get("/own/account").text)
    assert "演示第一医院" in whole
    assert "每月划入" in whole
    assert "应付定点机构" not in whole
    page = caller.get("/own/account?from=2026-01-01&to=2026-02-28").text
    days = set(re.findall(r"20\d\d-\d\d-\d\d", words_of(page).partition("每月划入")[0]))
    assert days
    assert all("2026-01-01" <= day <= "2026-02-28" for day in days)
    row = next(row for row in re.findall(r"<tr>.*?</tr>", page, re.S) if "2026-01-21" in row)
    assert _cells(row) in [_cells(r) for r in _rows(caller)]
    assert "这些日子没有收支" in caller.get("/own/account?from=1999-01-01&to=1999-01-02").text
    assert caller.get("/own/account?from=no&to=2026-99-99").status_code == 200


def _rows(caller: Caller) -> list[str]:
    rows: list[str] = []
    path: str | None = "/own/account"
    while path:
        page = caller.get(path).text
        rows += re.findall(r"<tr>.*?</tr>", page, re.S)
        following = re.findall(r'href="(/own/account\?after=[^"]+)"', page)
        path = following[0].replace("&amp;", "&") if following else None
    return rows


def _cells(row: str) -> str:
    return re.sub(r"\s+", " ", words_of("<main" + row))


def test_nothing_internal_reaches_a_person(enter: Enter) -> None:
    """“no ids, ledger names or operation names reach a person”: every page of three people."""
    internal = re.compile(
        r"\b(zhangwei|lina|zhangxiaoyu|zhangguoqiang|zhaoxiulan|zhangmin|wangfang|hospital_[a-z]+|"
        r"pharmacy_?[a-z]*|clinic|read_\w+|make_bill|create_order|personal:|payable:|fund:|"
        r"\w+_\w+|[0-9a-f]{32})\b"
    )
    for login in ("zhangwei", "lina", "zhangguoqiang", "zhangmin", "wangfang"):
        caller = enter(login)
        for path in (
            "/own", "/own/do", "/own/contributions", "/own/account", "/own/visits", "/own/year",
            "/own/used", "/own/filings", "/own/trail", "/own/aid", "/own/cases", "/own/insurance",
            "/own/pay", "/own/aid/add", "/own/transfer", "/own/filing", "/own/chronic",
            "/own/enrol", "/own/newborn", "/own/claim", "/own/tokens",
        ):  # fmt: skip
            shown = words_of(caller.get(path).text)
            assert internal.findall(shown) == [], (login, path)


def test_a_refusal_names_people_as_they_are_called(
    enter: Enter, clock: Clock, store: Database
) -> None:
    """“no ids … reach a person”: not in a refusal either."""
    _move_to(clock)
    caller = enter("zhangwei")
    asked = caller.form("/own/pay") | PAY | {"payee": "zhangwei", "month": "2027-03"}
    page = words_of(caller.follow("/own/pay", asked, 409))
    assert "您 在 2027-03 是单位职工" in page
    assert "zhangwei" not in page
    asked = asked | {"payee": "lina", "scheme": "employee", "month": "2026-11"}
    page = words_of(caller.follow("/own/pay", asked, 409))
    assert "李* 在 2026-11" in page


# --- what the consent promises -------------------------------------------------------------------


def test_what_a_consent_promises_stands_where_it_was_given(enter: Enter) -> None:
    """“what the consent promises (M17)”: it can be read again beside the grants, and each promise
    is kept: ended the same day, within days and limit, day, place and amount only."""
    caller = enter("zhangwei")
    page = words_of(caller.get("/own/aid").text)
    assert "版本 2026-11" in page
    assert "我只看得到日期、机构和金额" in page
    assert "随时变更或终止" in page
    (path, *_) = re.findall(r'href="(/own/aid/[0-9a-f]{8}[^"]*)"', caller.get("/own/aid").text)
    recap = words_of(caller.follow(path, caller.form(path, action="end")))
    assert "当日起不再支付" in recap
    used = caller.get("/own/used").text
    assert all("住院" not in row for row in re.findall(r"<tr>.*?</tr>", used, re.S))


# --- reminders -----------------------------------------------------------------------------------


def test_what_ends_soon_is_told_before_it_ends(enter: Enter, clock: Clock) -> None:
    """“reminders”: a filing and a grant that end within a month."""
    caller = enter("zhangwei")
    assert "备案到" not in words_of(caller.get("/own").text)
    asked = caller.form(
        "/own/filing",
        person="zhangwei",
        kind="other_temporary",
        care_area="北京",
        start="2026-11-21",
        end="2026-12-10",
    )
    caller.follow("/own/filing", hidden(caller.follow("/own/filing", asked)))
    page = words_of(caller.get("/own").text)
    assert "备案到 2026-12-10" in page
    (path,) = [
        link
        for link in re.findall(r'href="(/own/aid/[0-9a-f]{8}[^"]*)"', caller.get("/own/aid").text)
        if "李" in words_of(caller.follow(link, caller.form(link, action="end")))
    ][:1]
    changed = caller.form(path, action="change", end="2026-12-05", limit="")
    caller.follow(path, hidden(caller.follow(path, changed)))
    assert "共济授权到 2026-12-05" in words_of(caller.get("/own").text)


def test_a_recognised_disease_that_ends_soon_is_told_with_the_way_to_renew_it(
    enter: Enter, store: Database
) -> None:
    known = Filing(
        "zhangwei", "chronic", None, "hypertension",
        datetime.date(2025, 12, 1), datetime.date(2026, 12, 1),
    )  # fmt: skip
    crossing.record(store, Key("test", "file", "chronic"), known, actor=officer("clerk"))
    page = enter("zhangwei").get("/own").text
    assert "高血压的慢特病待遇到 2026-12-01" in words_of(page)
    assert 'href="/own/chronic"' in page
