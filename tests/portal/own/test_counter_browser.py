"""What a person pays at the counter and is reminded of, in a real browser.

By the cashier, the head and oneself: without script on a telephone, with axe on a desktop.
"""

from __future__ import annotations

import datetime
import re
from pathlib import Path
from typing import Any

import pytest
from tests.portal.browsing import findings, overflow, wait_for_text
from tests.support.journeys import Journey, journey

from yibao.access.permissions import Actor, Role, officer
from yibao.benefit.facts import Enrolment, Person
from yibao.insured.people.registration import register
from yibao.jobs.operations import RunState, run_due
from yibao.jobs.reminding import outbox
from yibao.policy.compile import PolicyLibrary

from .test_desk_clearing import _check


def _look(travel: Journey, seen: list[Any]) -> None:
    """The page fits; where there is script, axe has a look."""
    assert overflow(travel.page) <= 0, travel.page.url
    if travel.width == "desktop":
        seen.extend(findings(travel.page, travel.page.url))


@pytest.mark.parametrize(("width", "script"), [("phone", False), ("desktop", True)])
def test_a_slip_is_booked_and_what_is_too_much_goes_back(
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
        "counter", packs, demo_store, tmp_path, browser, closing, width, script=script
    ) as travel:
        page = travel.page
        start = datetime.date(2026, 11, 1)
        enrolled = (Enrolment("resident", None, start, None, "140100"),)
        birth = datetime.date(1990, 3, 7)
        person = Person("N77", "male", birth, "140100", (), enrolled, None, None)
        register(travel.store, person, actor=officer("test"), day=start)
        address = f"/desk/people/{person.id}/contribution"

        def slip(amount: int) -> None:
            page.locator("#period").select_option("2026")
            page.locator("#way").select_option("counter_slip")
            for name, value in (
                ("reference", "S20261121001"),
                ("paid_on", "2026-11-21"),
                ("holder", "王小明"),
                ("bank", "工商银行"),
                ("account", "6217000012345678"),
                ("amount", f"{amount // 100}.{amount % 100:02d}"),
            ):
                page.locator(f"#{name}").fill(value)
            page.get_by_role("button", name="看会改变什么").click()

        travel.enter("cashier", address)
        offered = re.search(r"2026 年 ([\d,]+)\.(\d\d) ?元", page.content())
        assert offered
        due = int(offered[1].replace(",", "") + offered[2])
        _look(travel, seen)
        slip(due - 1)
        wait_for_text(page, "没有入账")
        _look(travel, seen)
        slip(due + 10_000)
        wait_for_text(page, "多收 100.00 元")
        _look(travel, seen)
        page.get_by_role("button", name="确认办理").click()
        wait_for_text(page, "2026")
        travel.enter("cashier", "/desk/payments")
        wait_for_text(page, "多缴的保费退还")
        page.get_by_role("button", name="编成一批").first.click()
        page.wait_for_url(re.compile("/desk/payments/[0-9a-f]+$"))
        batch = page.url.removeprefix(travel.place)
        travel.enter("head", batch)
        wait_for_text(page, "多缴的保费退还")
        _look(travel, seen)
        travel.press("签发", "已签发")
        _check(travel.store)
    assert seen == []


@pytest.mark.parametrize(("width", "script"), [("phone", False), ("desktop", True)])
def test_who_is_reminded_reads_it_and_goes_where_it_is_done(
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
        "reminders", packs, demo_store, tmp_path, browser, closing, width, script=script
    ) as travel:
        page = travel.page
        day = travel.clock.at.date()
        by = Actor("ann", Role.ADMINISTRATOR)
        (run,) = run_due(
            travel.store, packs, day, by=by, names=["reminders"], collecting=lambda _: 2026
        )
        assert run.state is RunState.DONE
        rows = outbox(travel.store, datetime.date(2020, 1, 1), actor=by)
        reminded = next(row.person_id for row in rows if row.person_id in travel.passwords)
        travel.enter(reminded, "/own/reminders")
        for row in rows:
            if row.person_id == reminded:
                wait_for_text(page, row.label.text())
        _look(travel, seen)
        links = page.locator("main a[href^='/own']").all()
        for address in {str(link.get_attribute("href")) for link in links}:
            travel.enter(reminded, address)
            assert page.locator("h1").count() == 1
    assert seen == []
