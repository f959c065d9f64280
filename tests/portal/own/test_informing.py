"""Anybody reports misuse without a login; who reported is kept from all who do not handle it."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable

from sqlalchemy import func, select
from starlette.applications import Starlette

from yibao.access.ties import tie_faults
from yibao.access.trail import verify_people
from yibao.conduct.tables import conduct_informer
from yibao.database.unit import Database
from yibao.office.checks import case_faults
from yibao.office.tables import office_case

from .conftest import Caller, Clock, hidden, words_of
from .test_conduct_desk import PROPOSAL, _form, _step

Enter = Callable[[str], Caller]
REPORT = {
    "subject_kind": "institution",
    "subject_name": "城南诊所",
    "text": "九月里没有看病也刷卡",
    "informer": "周某",
    "contact": "13900000000",
    "bank": "工商银行",
    "account": "6217000012345678",
}


def _report(caller: Caller, status: int = 200, **fields: str) -> str:
    """Fill in the form: the receipt, or what was said."""
    page = caller.get("/inform")
    assert page.status_code == 200
    area = re.search(r'name="area" value="(\d{6})"', page.text)
    assert area is not None
    answer = caller.post("/inform", data={**hidden(page.text), "area": area[1], **REPORT, **fields})
    assert answer.status_code == status, words_of(answer.text)
    receipt = re.search(r"[2-9A-Z]{4}-[2-9A-Z]{4}-[2-9A-Z]{4}", answer.text)
    return words_of(answer.text) if receipt is None else receipt[0]


def _progress(caller: Caller, receipt: str, status: int = 200) -> str:
    answer = caller.post("/inform/progress", data={"receipt": receipt})
    assert answer.status_code == status
    return words_of(answer.text)


def _case(store: Database, receipt: str) -> str:
    plain = receipt.replace("-", "")
    return store.secrets.lasting_hash(f"report of misuse case {plain}")[:32]


def test_a_report_becomes_a_case_and_the_informer_is_rewarded(
    caller: Caller, enter: Enter, store: Database, clock: Clock
) -> None:
    receipt = _report(caller)
    assert "收到了，等执法人员核查" in _progress(caller, receipt.lower())
    case = _case(store, receipt)
    address = f"/desk/cases/{case}"
    for login in ("clerk", "legal", "cashier", "auditor"):
        assert "13900000000" not in enter(login).get(address).text
    first = enter("inspector_a")
    page = first.get(address).text
    assert "城南诊所" in page
    assert "13900000000" in page, "whoever takes it up may call"
    assert _step(first, case, "check") == 303
    assert "13900000000" in first.get(address).text
    assert "13900000000" not in enter("inspector_b").get(address).text, "who does not handle it"
    assert "正在核查、办理" in _progress(caller, receipt)
    head = enter("head")
    assert "13900000000" not in head.get(address).text
    assert _step(head, case, "open_inquiry") == 409, "nobody is known by a name alone"

    wrong = {"subject_kind": "institution", "subject": "nobody"}
    denied = hidden(head.get("/sign-out").text) | {"once": "e" * 20}
    assert head.post(f"{address}/conduct/subject", data=denied | wrong).status_code == 403
    first = enter("inspector_a")
    form = _form(first.get(address).text, f"{address}/conduct/subject")
    assert first.post(f"{address}/conduct/subject", data=form | wrong).status_code == 404
    right = wrong | {"subject": "hospital_a"}
    assert first.post(f"{address}/conduct/subject", data=form | right).status_code == 303
    assert "hospital_a" in first.get(address).text
    again = first.post(
        f"/api/v1/office/conduct/cases/{case}/subject",
        json=right,
        headers={"Idempotency-Key": "subject-0001", "Sec-Fetch-Site": "same-origin"},
    )
    assert again.status_code == 409, again.text
    assert _step(enter("head"), case, "open_inquiry") == 303
    first = enter("inspector_a")
    form = _form(first.get(address).text, f"{address}/conduct/proposal")
    proposal = {**PROPOSAL, "act": "institution_listed", "fine_percent": "100", "months": ""}
    assert first.post(f"{address}/conduct/proposal", data=form | proposal).status_code == 303
    assert _step(first, case, "inspect") == 303
    assert _step(enter("inspector_b"), case, "countersign") == 303
    assert _step(enter("legal"), case, "review_legal") == 303
    assert _step(enter("head"), case, "tell") == 303
    clock.forward(days=6)
    head = enter("head")
    assert _step(head, case, "penalise") == 303
    form = _form(head.get(address).text, f"{address}/conduct/reward")
    assert head.post(f"{address}/conduct/reward", data=form | {"level": "1"}).status_code == 303
    assert "奖励 400.00" in _progress(caller, receipt)
    assert store.read(lambda unit: list(case_faults(unit)), consistent=True) == []
    chains = [f"case:{case}", "institution:hospital_a"]
    assert list(tie_faults(store, chains)) == []
    assert list(verify_people(store, chains)) == []


def test_a_report_says_something_and_is_taken_once(
    house: Starlette, caller: Caller, store: Database
) -> None:
    def counted() -> tuple[int, int]:
        tables = (office_case, conduct_informer)
        count = [select(func.count()).select_from(table) for table in tables]
        return store.read(lambda unit: tuple(unit.run(query).scalar_one() for query in count))  # type: ignore[return-value]

    cases, informers = counted()
    assert "请填写举报的人" in _report(caller, 422, subject_name=" ")
    _report(caller, 422, text="")
    assert counted() == (cases, informers)
    once = secrets.token_hex(16)
    nobody = dict.fromkeys(("informer", "contact", "bank", "account"), "")
    receipt = _report(caller, once=once, **nobody)
    assert _report(caller, once=once, **nobody) == receipt
    assert counted() == (cases + 1, informers), "nobody is kept where nobody said who it is"
    assert "没有这个回执号的举报" in _progress(caller, "AAAA-AAAA-AAAA", 404)
    body = {"once": "b" * 20, "area": "140100", **{**REPORT, **nobody}}
    for _ in range(2):
        answer = caller.post("/api/v1/reports", json={k: v for k, v in body.items() if v})
        assert answer.status_code == 201, answer.text
    told = answer.json()["receipt"]
    far = caller.post("/api/v1/reports/progress", json={"receipt": told}).json()
    assert far == {"state_title": "收到了，等执法人员核查", "closed": False, "reward_fen": None}
    assert caller.post("/api/v1/reports/progress", json={"receipt": "x"}).status_code == 404
    statuses = [
        caller.post("/inform", data={**body, "once": f"{'c' * 19}{n}"}).status_code
        for n in range(8)
    ]
    assert 429 in statuses, "one place reports only so often"
