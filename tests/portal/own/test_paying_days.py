"""A resident who opens the pages on any day can pay, or is told why not and what to do meanwhile.

No source gives the amount of 2027: the pages say so, and nothing leads to a bill that is refused.
"""

from __future__ import annotations

import datetime
import html
import re
from collections.abc import Callable

import pytest
from sqlalchemy import func, select

from yibao.database.unit import Database
from yibao.insured.tables import order_

from .conftest import Caller, Clock, hidden, words_of

Enter = Callable[[str], Caller]
PAY_LINK = re.compile(r'href="(/own/pay\?[^"]+)"')
UNPUBLISHED = "个人缴多少还没有见到文件"


def _at(*day: int) -> datetime.datetime:
    return datetime.datetime(*day, 4, 0, tzinfo=datetime.UTC)  # type: ignore[misc]


def _orders(store: Database) -> int:
    query = select(func.count()).select_from(order_)
    return store.read(lambda unit: unit.run(query).scalar_one())


def test_what_can_be_paid_leads_to_paying_and_what_cannot_says_why(
    enter: Enter, clock: Clock
) -> None:
    """On 30 November 2026: this year has an amount, the one that is collected has none."""
    clock.at = _at(2026, 11, 30)
    caller = enter("zhangmin")
    page = caller.get("/own").text
    said = words_of(page)
    assert said.index("缴 2026 年度居民医保") < said.index("缴 2027 年度居民医保")
    assert "一共 1,100.00 元。过了集中缴费期" in said
    assert UNPUBLISHED in said
    assert "到税务部门或经办窗口缴" in said
    (link,) = PAY_LINK.findall(page)
    shown = caller.get(html.unescape(link)).text
    assert re.search(r'value="2026"[^>]*(selected|checked)', shown)
    assert 'value="2027"' not in shown
    assert "2027 年度居民医保" + UNPUBLISHED in words_of(shown)
    asked = hidden(shown) | {
        "payee": "zhangmin",
        "scheme": "resident",
        "year": "2026",
        "channel": "wechat",
    }
    recap = caller.follow("/own/pay", asked)
    assert "1,100.00" in recap
    assert "已缴清" in caller.follow("/own/pay", hidden(recap))
    after = caller.get("/own").text
    assert "缴 2026 年度" not in words_of(after)
    assert not PAY_LINK.search(after)
    amounts = re.findall(r'href="(/policy/parameter/[^"]+)"', after)
    assert "400" in words_of(caller.get(amounts[0]).text)


def test_whoever_has_paid_is_not_led_to_a_form(enter: Enter, store: Database, clock: Clock) -> None:
    """This year is paid, of the next nobody knows the amount: no form, no button, nothing kept."""
    clock.at = _at(2026, 11, 30)
    caller = enter("lina")
    assert not PAY_LINK.search(caller.get("/own").text)
    before = _orders(store)
    said = words_of(caller.get("/own/pay").text)
    assert "2027 年度居民医保" + UNPUBLISHED in said
    assert "算应缴多少" not in said
    token = hidden(caller.get("/own/filing").text)["form_token"]
    forged = {"form_token": token, "payee": "lina", "scheme": "resident", "year": "2027"}
    caller.follow("/own/pay", forged | {"channel": "wechat"}, 409)
    assert _orders(store) == before


@pytest.mark.parametrize("day", [(2027, 1, 15), (2027, 6, 15)])
def test_in_a_year_without_an_amount_residents_read_why(
    enter: Enter, clock: Clock, day: tuple[int, int, int]
) -> None:
    """In and out of the season of 2027; who pays by month still pays."""
    clock.at = _at(*day)
    for login in ("zhangmin", "lina"):
        caller = enter(login)
        page = caller.get("/own").text
        assert "缴 2027 年度居民医保" in words_of(page)
        assert UNPUBLISHED in words_of(page)
        assert not PAY_LINK.search(page)
        said = words_of(caller.get("/own/pay").text)
        assert "2027、2028 年度居民医保" in said
        assert "到税务部门或经办窗口缴" in said
        assert "算应缴多少" not in said
    shown = enter("zhangwei").get("/own/pay").text
    assert "城乡居民（按年）" not in shown
    assert "职工、灵活就业（按月）" in shown
    caller = enter("wangfang")
    month = f"{day[0]}-{day[1]:02}"
    asked = caller.form("/own/pay", payee="wangfang", scheme="employee", month=month)
    recap = caller.follow("/own/pay", asked | {"months": "1", "base": "", "channel": "wechat"})
    assert "已缴清" in caller.follow("/own/pay", hidden(recap))
