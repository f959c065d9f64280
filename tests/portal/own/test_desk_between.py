"""Clearing between areas through the doors: the page and the API of the area of care."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.clearing.test_between import AWAY
from tests.clearing.world import Clearing

from yibao.access.permissions import Actor, Role
from yibao.clearing import operations as clearing
from yibao.clearing.between_states import BetweenMove
from yibao.database.unit import Database
from yibao.policy.compile import PolicyLibrary

from .conftest import Caller, hidden, words_of
from .test_desk_clearing import _check, _events, form_of

Enter = Callable[[str], Caller]
_ACCOUNT = {"holder": "本区医保中心", "bank": "工商银行", "account": "6217000012345671"}


def test_a_month_by_page_and_over_the_api(
    enter: Enter, store: Database, packs: PolicyLibrary
) -> None:
    clear = Clearing(store, packs, "140100")
    clear.visit(202503, 200_000, "hospital_b", person="sunjianguo", home=AWAY)
    reviewer = enter("reviewer")
    page = reviewer.get("/desk/between?month=202503").text
    assert "大同市" in words_of(page)
    form = form_of(page, "/desk/between/declare") | _ACCOUNT
    form |= {"other_area": AWAY, "month": "202503"}
    clerk = enter("clerk")
    guard = hidden(clerk.get("/sign-out").text) | {"once": "k" * 20}
    before = _events(store)
    assert clerk.post("/desk/between/declare", data=guard | form | guard).status_code == 403
    assert _events(store) == before
    reviewer = enter("reviewer")
    form |= form_of(reviewer.get("/desk/between").text, "/desk/between/declare") | _ACCOUNT
    form |= {"other_area": AWAY, "month": "202503"}
    assert reviewer.post("/desk/between/declare", data=form).status_code == 303
    again = reviewer.post("/desk/between/declare", data=form | {"once": "l" * 20})
    assert again.status_code == 409
    assert "已经申报过" in words_of(again.text)
    path = "/api/v1/office/between"
    (row,) = reviewer.get(path).json()["rows"]
    assert (row["home_area"], row["care_area"], row["month"]) == (AWAY, "140100", 202503)
    assert row["moves"] == ["between_drop"]

    def send(caller: Caller, at: str, sent: dict[str, Any], key: str, status: int) -> None:
        headers = {"Idempotency-Key": f"between-{key}", "Sec-Fetch-Site": "same-origin"}
        answer = caller.post(at, json=sent, headers=headers)
        assert answer.status_code == status, answer.text

    moves_at = f"{path}/{row['between']}/moves"
    second = enter("second")
    send(second, moves_at, {"move": "between_confirm"}, "01", 403)  # the other area's to confirm
    send(second, f"{path}/nets", {"other_area": AWAY}, "02", 403)
    away = Actor("second-away", Role.SECOND, agency_id="away", area=AWAY)
    clearing.move_between(
        store, clear.key(), row["between"], BetweenMove.QUESTION, reason="请协查", actor=away
    )
    reviewer = enter("reviewer")
    assert "请协查" in words_of(reviewer.get("/desk/between").text)
    address = f"/desk/between/{row['between']}/move"
    explain = form_of(reviewer.get("/desk/between").text, address)
    explain |= {"do": "between_explain", "reason": "病历已核对"}
    assert reviewer.post(address, data=explain).status_code == 303
    clearing.move_between(store, clear.key(), row["between"], BetweenMove.CONFIRM, actor=away)
    assert "等轧差付款" in words_of(reviewer.get("/desk/between").text)
    cashier = enter("cashier")
    assert "/desk/between/net" not in cashier.get("/desk/between").text  # the other area pays
    send(cashier, f"{path}/nets", {"other_area": AWAY}, "03", 422)
    _check(store)
