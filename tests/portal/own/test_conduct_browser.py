"""A case of supervision in a real browser: from the lead to the payment, by all whom it takes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from yibao.conduct.cases import ConductState
from yibao.office.locks import case_row
from yibao.policy.compile import PolicyLibrary
from yibao.scenario.demo import logins

from ..browsing import findings, keep_picture, open_page, overflow, serving, wait_for_text
from .conftest import Clock, copied, house_of
from .test_desk_browser import _cookie, _entered

_BEFORE = ("clerk", "inspector_a", "inspector_b", "legal", "head")


@pytest.mark.parametrize("width", ["phone", "desktop"])
def test_from_a_lead_to_a_decision_and_the_payment_without_script(
    width: str,
    packs: PolicyLibrary,
    demo_store: Path,
    tmp_path: Path,
    browser: Any,
    closing: list[Any],
) -> None:
    clock = Clock()
    with copied(demo_store, tmp_path) as store:
        house = house_of(packs, store, tmp_path, clock)
        words = {login.login: login.password for login in logins(store)}

        def cookies_of(*names: str) -> dict[str, str]:
            return {name: _cookie(house, store, clock, name, words[name]) for name in names}

        cookies = cookies_of(*_BEFORE)
        with serving(house) as place:
            page = open_page(browser, place, width, "zh.normal.light", script=False)
            closing.append(page)

            def enter(login: str, address: str) -> None:
                _entered(page, place, cookies[login])
                page.goto(place + address)
                assert overflow(page) <= 0, (login, address)
                keep_picture(page, f"journey-conduct-{width}-{login}")

            def press(name: str, said: str) -> None:
                page.get_by_role("button", name=name, exact=True).first.click()
                wait_for_text(page, said)

            def fill(what: str, **values: str) -> None:
                form = page.locator(f'main form[action$="/{what}"]')
                for name, value in values.items():
                    field = form.locator(f'[name="{name}"]')
                    if field.first.get_attribute("type") == "radio":
                        form.locator(f'[name="{name}"][value="{value}"]').check()
                    elif field.evaluate("e => e.tagName") == "SELECT":
                        field.select_option(value)
                    else:
                        field.fill(value)

            enter("clerk", "/desk/conduct")
            fill(
                "leads",
                source="report",
                subject_kind="person",
                subject="zhangwei",
                text="把卡借给邻居看病",
            )
            press("登记", "线索，待核查")
            address = page.url.removeprefix(place)
            case = address.rpartition("/")[2]
            enter("inspector_a", address)
            press("核查过，值得立案", "核查过，待立案")
            enter("head", address)
            press("立案", "已立案，调查中")
            enter("inspector_a", address)
            fill(
                "proposal",
                act="person_fraud",
                obtained="4260.35",
                act_ended_on="2026-09-30",
                fine_percent="200",
                months="6",
                scheme="employee",
                facts="两次就诊不是本人",
                factors="主动退回",
            )
            press("记下", "8,520.70")
            press("调查完，交另一位签", "待另一位执法人员签")
            enter("inspector_b", address)
            press("共同签，调查终结", "调查终结，待法制审核")
            enter("legal", address)
            press("法制审核通过", "审核过，待告知")
            enter("head", address)
            press("告知当事人", "已告知")
            clock.forward(days=6)
            cookies |= cookies_of("head", "clerk", "cashier")
            enter("head", address)
            press("决定处理", "已决定，待送达")
            enter("clerk", address)
            press("登记送达", "已送达，执行中")
            for part, amount in (("returned", "4260.35"), ("fine", "8520.70")):
                enter("cashier", address)
                fill("recovery", part=part, amount=amount, reference=f"S-{part}")
                press("记下", f"S-{part}")
            press("执行完，结案", "已结案")
        row = store.read(lambda unit: case_row(unit, case))
        assert row.state == ConductState.CLOSED


@pytest.mark.parametrize(
    ("width", "look"), [("phone", "zh.normal.light"), ("desktop", "en.normal.dark")]
)
def test_the_pages_fit_and_axe_finds_nothing(
    width: str,
    look: str,
    packs: PolicyLibrary,
    demo_store: Path,
    tmp_path: Path,
    browser: Any,
    closing: list[Any],
) -> None:
    clock = Clock()
    with copied(demo_store, tmp_path) as store:
        house = house_of(packs, store, tmp_path, clock)
        words = {login.login: login.password for login in logins(store)}
        cookie = _cookie(house, store, clock, "inspector_a", words["inspector_a"])
        with serving(house) as place:
            page = open_page(browser, place, width, look)
            closing.append(page)
            _entered(page, place, cookie)
            page.goto(f"{place}/desk/conduct")
            link = page.locator('main a[href^="/desk/cases/"]').first.get_attribute("href")
            violations = []
            for address in ("/desk/conduct", link):
                page.goto(place + address)
                assert overflow(page) <= 0, address
                keep_picture(page, f"{width}-{look}-conduct-{len(violations)}")
                violations += findings(page, address)
            assert violations == []
