"""Goods to a maker, and a month with another area, in a real browser by the posts they need.

Without script on a telephone, and with axe on a desktop.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.clearing.test_between import ABROAD, AWAY, THEIRS
from tests.clearing.world import AFTERWARDS, Clearing
from tests.portal.browsing import findings, overflow, wait_for_text
from tests.support.actors import CLERK
from tests.support.journeys import Journey, journey

from yibao.access.permissions import Actor, Role
from yibao.care.institutions import register_institution
from yibao.clearing import operations as clearing
from yibao.clearing.between_reading import read_between
from yibao.clearing.between_states import BetweenMove
from yibao.policy.compile import PolicyLibrary

from .test_desk_clearing import _check
from .test_desk_goods import _FILE, _LIST

MODES = pytest.mark.parametrize(("width", "script"), [("phone", False), ("desktop", True)])


def _look(travel: Journey, seen: list[Any]) -> None:
    """The page fits; where there is script, axe has a look."""
    assert overflow(travel.page) <= 0, travel.page.url
    if travel.width == "desktop":
        seen.extend(findings(travel.page, travel.page.url))


def _fill(travel: Journey, values: dict[str, str]) -> None:
    for name, value in values.items():
        box = travel.page.locator(f"#{name}")
        if box.evaluate("element => element.tagName") == "SELECT":
            box.select_option(value)
        elif box.get_attribute("type") == "radio":
            travel.page.locator(f"input[name={name}][value={value}]").check()
        else:
            box.fill(value)


def _hand(travel: Journey, table: str) -> None:
    file = {"name": "goods.csv", "mimeType": "text/csv", "buffer": table.encode()}
    travel.page.locator("#file").set_input_files(file)


@MODES
def test_a_delivery_from_the_hospital_to_the_payment(
    width: str,
    script: bool,
    packs: PolicyLibrary,
    demo_store: Path,
    tmp_path: Path,
    browser: Any,
    closing: list[Any],
) -> None:
    seen: list[Any] = []
    with journey(
        "goods", packs, demo_store, tmp_path, browser, closing, width, script=script
    ) as travel:
        page = travel.page
        travel.enter("hospital_a", "/institution/goods")
        _look(travel, seen)
        _fill(travel, _LIST | {"accepted_on": "2026-11-05"})
        _hand(travel, _FILE + "XA02,药,1,1.00,2.00\n")
        travel.press("交清单", "第 3 行")
        _look(travel, seen)
        _fill(travel, _LIST | {"accepted_on": "2026-11-05"})
        _hand(travel, _FILE)
        travel.press("交清单", "付款的最后一天")
        _look(travel, seen)
        address = page.url.removeprefix(travel.place).replace("/institution", "/desk")
        travel.enter("clerk", address)
        page.locator("#reason").fill("确认书 7 号")
        page.locator("button[value=goods_confirm]").click()
        travel.enter("second", address)
        wait_for_text(page, "确认书 7 号")
        page.locator("button[value=goods_approve]").click()
        wait_for_text(page, "已批准，等付给企业")
        _look(travel, seen)
        travel.enter("cashier", "/desk/payments")
        wait_for_text(page, "直接付给企业的货款")
        _check(travel.store)
    assert seen == []


@MODES
def test_a_month_between_areas_is_declared_confirmed_and_netted(
    width: str,
    script: bool,
    packs: PolicyLibrary,
    demo_store: Path,
    tmp_path: Path,
    browser: Any,
    closing: list[Any],
    make_institution: Callable[..., Any],
) -> None:
    """Both owe each other; this area owes more, and pays the difference."""
    seen: list[Any] = []
    with journey(
        "between", packs, demo_store, tmp_path, browser, closing, width, script=script
    ) as travel:
        page = travel.page
        clear = Clearing(travel.store, packs, "140100")
        register_institution(travel.store, make_institution(ABROAD, place=AWAY), actor=CLERK)
        clear.visit(202503, 200_000, "hospital_b", person="sunjianguo", home=AWAY)
        clear.visit(202503, 400_000, ABROAD, person="sunjianguo", home="140100")

        def of_the_other(role: Role) -> Actor:
            return Actor(f"{role.value}-away", role, agency_id="away", area=AWAY)

        theirs = clearing.declare_between(
            travel.store, clear.key(), "140100", 202503, THEIRS,
            actor=of_the_other(Role.REVIEWER), at=AFTERWARDS,
        )  # fmt: skip
        travel.enter("reviewer", "/desk/between?month=202503")
        wait_for_text(page, "大同市")
        _look(travel, seen)
        account = {"holder": "本区医保中心", "bank": "工商银行", "account": "6217000012345671"}
        _fill(travel, {"other_area": AWAY, **account})
        page.locator("form[action='/desk/between/declare'] [name=month]").fill("202503")
        travel.press("申报", "本区医保中心", exact=True)
        _look(travel, seen)
        travel.enter("second", "/desk/between")
        at = f"form[action='/desk/between/{theirs['between']}/move']"
        page.locator(f"{at} button[value=between_confirm]").click()
        wait_for_text(page, "等轧差付款")
        table = read_between(travel.store, of_the_other(Role.SECOND), 202503)
        own = next(row.between_id for row in table.declared if row.care_area == "140100")
        clearing.move_between(
            travel.store, clear.key(), own, BetweenMove.CONFIRM, actor=of_the_other(Role.SECOND)
        )
        travel.enter("cashier", "/desk/between")
        _look(travel, seen)
        page.locator("form[action='/desk/between/net'] button").click()
        wait_for_text(page, "申报")
        assert page.locator("form[action='/desk/between/net']").count() == 0
        travel.enter("cashier", "/desk/payments")
        wait_for_text(page, "统筹区之间的清算")
        _look(travel, seen)
        _check(travel.store)
    assert seen == []
