"""A case of supervision in a real browser: from the lead to the payment, by all whom it takes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.support.journeys import journey

from yibao.conduct.cases import ConductState
from yibao.office.locks import case_row
from yibao.policy.compile import PolicyLibrary

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
    with journey("conduct", packs, demo_store, tmp_path, browser, closing, width) as travel:
        page = travel.page
        travel.sign_in(*_BEFORE)

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

        travel.enter("clerk", "/desk/conduct")
        fill(
            "leads",
            source="report",
            subject_kind="person",
            subject="zhangwei",
            text="把卡借给邻居看病",
        )
        travel.press("登记", "线索，待核查", exact=True)
        address = page.url.removeprefix(travel.place)
        case = address.rpartition("/")[2]
        travel.enter("inspector_a", address)
        travel.press("核查过，值得立案", "核查过，待立案", exact=True)
        travel.enter("head", address)
        travel.press("立案", "已立案，调查中", exact=True)
        travel.enter("inspector_a", address)
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
        travel.press("记下", "8,520.70", exact=True)
        travel.press("调查完，交另一位签", "待另一位执法人员签", exact=True)
        travel.enter("inspector_b", address)
        travel.press("共同签，调查终结", "调查终结，待法制审核", exact=True)
        travel.enter("legal", address)
        travel.press("法制审核通过", "审核过，待告知", exact=True)
        travel.enter("head", address)
        travel.press("告知当事人", "已告知", exact=True)
        travel.clock.forward(days=6)
        travel.sign_in("head", "clerk", "cashier")
        travel.enter("head", address)
        travel.press("决定处理", "已决定，待送达", exact=True)
        travel.enter("clerk", address)
        travel.press("登记送达", "已送达，执行中", exact=True)
        for part, amount in (("returned", "4260.35"), ("fine", "8520.70")):
            travel.enter("cashier", address)
            fill("recovery", part=part, amount=amount, reference=f"S-{part}")
            travel.press("记下", f"S-{part}", exact=True)
        travel.press("执行完，结案", "已结案", exact=True)
        row = travel.store.read(lambda unit: case_row(unit, case))
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
    with journey(
        "conduct", packs, demo_store, tmp_path, browser, closing, width, look, script=True
    ) as travel:
        travel.enter("inspector_a", "/desk/conduct")
        link = travel.page.locator('main a[href^="/desk/cases/"]').first.get_attribute("href")
        pages = (("inspector_a", "/desk/conduct"), ("inspector_a", link))
        assert travel.violations(pages) == []
