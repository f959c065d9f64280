"""Supervision at the desk: from a lead to the letter, by two inspectors and all others it takes."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from yibao.conduct.cases import ConductState
from yibao.database.unit import Database
from yibao.office.locks import case_row

from .conftest import Caller, Clock, hidden, words_of

Enter = Callable[[str], Caller]
LEAD = {
    "source": "report",
    "subject_kind": "person",
    "subject": "zhangwei",
    "text": "把卡借给邻居看病",
    "informer": "周某",
}
PROPOSAL = {
    "act": "person_fraud",
    "obtained": "4260.35",
    "act_ended_on": "2026-09-30",
    "fine_percent": "200",
    "months": "6",
    "scheme": "employee",
    "facts": "两次就诊不是本人",
    "factors": "主动退回",
}


def _step(caller: Caller, case: str, move: str, reason: str = "") -> int:
    address = f"/desk/cases/{case}"
    page = caller.get(address)
    form = _form(page.text, f"{address}/move") | {"move": move, "reason": reason}
    return caller.post(f"{address}/move", data=form).status_code


def _form(text: str, action: str) -> dict[str, str]:
    (part,) = re.findall(rf'<form[^>]*action="{re.escape(action)}".*?</form>', text, re.S)
    return hidden(f"<main{part}")


def test_who_works_here_sees_what_waits(enter: Enter) -> None:
    for login, expected in (("inspector_a", "线索，待核查"), ("legal", "待法制审核")):
        caller = enter(login)
        assert expected in words_of(caller.get("/desk/conduct").text)
        assert "基金监管" in words_of(caller.get("/desk").text), "it stands in the queue"
    assert enter("zhangwei").get("/desk/conduct").status_code == 403
    assert enter("hospital_a").get("/desk/conduct").status_code == 403


def test_a_lead_ends_in_a_letter(enter: Enter, store: Database, clock: Clock) -> None:
    clerk = enter("clerk")
    page = clerk.get("/desk/conduct")
    form = _form(page.text, "/desk/conduct/leads")
    wrong = clerk.post("/desk/conduct/leads", data=form | {**LEAD, "text": ""})
    assert wrong.status_code == 422, words_of(wrong.text)
    sent = clerk.post("/desk/conduct/leads", data=form | LEAD)
    case = sent.headers["location"].rpartition("/")[2]
    assert "周某" not in clerk.get(f"/desk/cases/{case}").text

    first = enter("inspector_a")
    address = f"/desk/cases/{case}"
    assert "周某" in first.get(address).text, "an inspector knows who informed"
    assert _step(first, case, "check") == 303
    assert _step(first, case, "open_inquiry") == 403
    assert _step(enter("head"), case, "open_inquiry") == 303
    first = enter("inspector_a")
    form = _form(first.get(address).text, f"{address}/conduct/proposal")
    beyond = first.post(f"{address}/conduct/proposal", data=form | PROPOSAL | {"months": "2"})
    assert (beyond.status_code, "暂停联网结算是" in words_of(beyond.text)) == (422, True)
    assert first.post(f"{address}/conduct/proposal", data=form | PROPOSAL).status_code == 303
    assert _step(first, case, "inspect") == 303
    assert _step(first, case, "countersign") == 403
    assert _step(enter("inspector_b"), case, "countersign") == 303
    assert _step(enter("legal"), case, "review_legal") == 303
    head = enter("head")
    assert head.get(f"{address}/letter.pdf").status_code == 404
    assert _step(head, case, "tell") == 303
    assert _step(head, case, "penalise") == 409, "a hearing can still be asked for"
    notice = head.get(f"{address}/letter.pdf")
    assert (notice.status_code, notice.content[:4]) == (200, b"%PDF")
    clock.forward(days=6)
    head = enter("head")
    assert _step(head, case, "penalise") == 303
    assert _step(enter("clerk"), case, "serve") == 303
    cashier = enter("cashier")
    page = cashier.get(address)
    assert "12,781.05" not in page.text, "the parts are shown, each by itself"
    assert "4,260.35" in page.text
    form = _form(page.text, f"{address}/conduct/recovery")
    paid = {"part": "returned", "amount": "4260.35", "day": str(clock.at.date()), "reference": "S1"}
    denied = hidden(cashier.get("/sign-out").text) | {"once": "p" * 20}
    plan = {"count": "3", "day": str(clock.at.date()), "reason": "家庭困难"}
    assert cashier.post(f"{address}/conduct/parts", data=denied | plan).status_code == 403
    head = enter("head")
    parts = _form(head.get(address).text, f"{address}/conduct/parts")
    assert head.post(f"{address}/conduct/parts", data=parts | plan).status_code == 303
    assert "第 3 期退回" in words_of(head.get(address).text)
    cashier = enter("cashier")
    form = _form(cashier.get(address).text, f"{address}/conduct/recovery")
    refused = cashier.post(f"{address}/conduct/recovery", data=form | paid | {"way": "set_off"})
    assert "没有来源规定一次最多抵扣多少，不能抵扣" in words_of(refused.text)
    assert cashier.post(f"{address}/conduct/recovery", data=form | paid).status_code == 303
    assert _step(cashier, case, "close_inquiry") == 409, "the fine is still owed"
    row = store.read(lambda unit: case_row(unit, case))
    assert row.state == ConductState.EXECUTING

    assert "提前解除暂停" not in words_of(cashier.get(address).text)
    lift = {"day": str(clock.at.date()), "reason": "已经改正，退清"}
    denied = hidden(cashier.get("/sign-out").text) | {"once": "c" * 20}
    assert cashier.post(f"{address}/conduct/lift", data=denied | lift).status_code == 403
    head = enter("head")
    form = _form(head.get(address).text, f"{address}/conduct/lift")
    late = head.post(f"{address}/conduct/lift", data=form | lift | {"day": "2026-01-01"})
    assert (late.status_code, "只能从今天或以后的一天起解除" in words_of(late.text)) == (422, True)
    assert head.post(f"{address}/conduct/lift", data=form | lift).status_code == 303
    assert "提前解除暂停" not in words_of(head.get(address).text), "there is nothing left to end"
    headers = {"Idempotency-Key": "lift-0001", "Sec-Fetch-Site": "same-origin"}
    again = head.post(f"/api/v1/office/conduct/cases/{case}/lift", json=lift, headers=headers)
    assert again.status_code == 409, again.text
    points = {"staff": "D1", "points": 3, "day": str(clock.at.date()), "reason": "参与"}
    refused = enter("inspector_a").post(
        f"/api/v1/office/conduct/cases/{case}/points", json=points, headers=headers
    )
    assert refused.status_code == 409, "the case is about a person"


def test_a_practitioner_gets_points_by_page_and_over_the_api(
    enter: Enter, store: Database, clock: Clock
) -> None:
    clerk = enter("clerk")
    form = _form(clerk.get("/desk/conduct").text, "/desk/conduct/leads")
    lead = {**LEAD, "subject_kind": "institution", "subject": "hospital_a", "text": "重复收费"}
    sent = clerk.post("/desk/conduct/leads", data=form | lead)
    case = sent.headers["location"].rpartition("/")[2]
    address = f"/desk/cases/{case}"
    first = enter("inspector_a")
    assert _step(first, case, "check") == 303
    assert _step(enter("head"), case, "open_inquiry") == 303
    first = enter("inspector_a")
    form = _form(first.get(address).text, f"{address}/conduct/proposal")
    proposal = {**PROPOSAL, "act": "institution_listed", "fine_percent": "100", "months": ""}
    proposal |= {"department": "A03", "department_months": "6"}
    assert first.post(f"{address}/conduct/proposal", data=form | proposal).status_code == 303
    assert _step(first, case, "inspect") == 303
    assert _step(enter("inspector_b"), case, "countersign") == 303
    assert _step(enter("legal"), case, "review_legal") == 303
    assert _step(enter("head"), case, "tell") == 303
    assert "医护人员记分" not in words_of(enter("inspector_a").get(address).text)
    clock.forward(days=6)
    head = enter("head")
    assert _step(head, case, "penalise") == 303
    points = {"staff": "D140100000001", "points": "3", "reason": "参与"}
    points["day"] = str(clock.at.date())
    denied = hidden(head.get("/sign-out").text) | {"once": "d" * 20}
    assert head.post(f"{address}/conduct/points", data=denied | points).status_code == 403
    first = enter("inspector_a")
    form = _form(first.get(address).text, f"{address}/conduct/points")
    over = first.post(f"{address}/conduct/points", data=form | points | {"points": "13"})
    assert over.status_code == 422
    for _ in range(2):
        answer = first.post(f"{address}/conduct/points", data=form | points)
        assert answer.status_code == 303, "sent twice is given once"
    headers = {"Idempotency-Key": "points-0001", "Sec-Fetch-Site": "same-origin"}
    told = {**points, "points": 4}
    number = store.read(lambda unit: case_row(unit, case)).number
    for named, key, year in ((case, "a", 7), (case, "a", 7), (number, "b", 11)):
        answer = first.post(
            f"/api/v1/office/conduct/cases/{named}/points",
            json=told,
            headers=headers | {"Idempotency-Key": f"points-000{key}"},
        )
        assert (answer.status_code, answer.json().get("points")) == (201, year), answer.text

    until = {"staff": "D140100000001", "months": "3", "reason": "累计", "day": points["day"]}
    head = enter("head")
    form = _form(head.get(address).text, f"{address}/conduct/staff")
    refused = head.post(f"{address}/conduct/staff", data=form | until)
    assert refused.status_code >= 400
    assert "本地没有规定记分累计到几分暂停" in words_of(refused.text)
    assert "暂停医保服务的科室" not in words_of(head.get(address).text)
    assert _step(enter("clerk"), case, "serve") == 303
    head = enter("head")
    shown = words_of(head.get(address).text)
    assert "暂停医保服务的科室" in shown
    assert f"A03：{clock.at.date()} 至" in shown
    form = _form(head.get(address).text, f"{address}/conduct/lift")
    lift = {"day": str(clock.at.date()), "reason": "已经改正"}
    assert head.post(f"{address}/conduct/lift", data=form | lift).status_code == 303
    assert f"{clock.at.date()} 起解除" in words_of(head.get(address).text)


@pytest.mark.parametrize("login", ["clerk", "cashier", "legal", "head", "auditor"])
def test_only_inspectors_judge_hits_and_check_months(enter: Enter, login: str) -> None:
    caller = enter(login)
    page = caller.get("/desk/conduct")
    assert "/desk/conduct/check" not in page.text
    form = {"form_token": hidden(page.text).get("form_token", ""), "month": "2026-09", "once": "a"}
    assert caller.post("/desk/conduct/check", data=form).status_code == 403
    assert caller.post("/desk/conduct/hits/none/drop", data=form).status_code == 403
