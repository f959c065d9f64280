"""A manual claim over HTTP by six people: applied for, keyed in, decided, settled and paid."""

from __future__ import annotations

import re
from collections.abc import Callable

from sqlalchemy import select
from starlette.applications import Starlette
from tests.support.pictures import picture

from yibao.claims.tables import claim_sheet
from yibao.database.unit import Database, Unit
from yibao.disbursement.tables import payment_order
from yibao.exchange.files import put_record
from yibao.exchange.selfpaid import COMPARISON, LINE, lines_begin

from .conftest import Caller, Clock, hidden, words_of
from .test_desk_cases import _another

Password = Callable[[str], str]
_APPLIED = {
    "person": "lina",
    "care": "inpatient",
    "reason": "fault_of_system",
    "institution_name": "演示第二医院",
    "institution": "hospital_b",
    "start": "2025-12-20",
    "end": "2025-12-24",
    "code": "14060225",
    "number": "99000001",
    "issued": "2025-12-24",
    "total": "4000.00",
    "third_party": "none",
    "holder": "李娜",
    "bank": "演示银行",
    "account": "6217 0000 1234 5678",
}
_LINES = "床位费,1200.00,甲\n某针剂,2600.00,乙\n一次性用品,200.00"
_PRINTED = "床位费,1200.00,甲\n甘精胰岛素注射液 3ml,2600.00\n一次性用品,200.00"


def _form(caller: Caller, page: str, action: str) -> dict[str, str]:
    """The hidden inputs of the form that is sent to ``action``."""
    text = caller.get(page).text
    form = next(
        form for form in re.findall(r"<form.*?</form>", text, re.S) if f'action="{action}"' in form
    )
    return dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form))


def _move(caller: Caller, case: str, move: str, **more: str) -> int:
    fields = _form(caller, case, f"{case}/move") | {"move": move} | more
    return caller.post(f"{case}/move", data=fields).status_code


def _apply(lina: Caller) -> str:
    form = _form(lina, "/own/claim", "/own/claim")
    recap = lina.post("/own/claim", data={**form, **_APPLIED})
    assert recap.status_code == 200, words_of(recap.text)
    assert "4,000.00" in words_of(recap.text)
    sent = hidden(recap.text) | {"step": "confirm"}
    answer = lina.post("/own/claim", data=sent)
    assert answer.status_code == 303, words_of(answer.text)
    again = lina.post("/own/claim", data=sent)
    assert again.headers["location"] == answer.headers["location"], "sent twice, it is one"
    return str(answer.headers["location"])


def test_from_the_portal_to_the_bank(
    house: Starlette, store: Database, clock: Clock, password: Password
) -> None:
    def enter(login: str) -> Caller:
        return _another(house, store, clock, login, password(login))

    lina = Caller(house, follow_redirects=False)
    lina.post("/sign-in", data={"login": "lina", "password": password("lina")})
    own = _apply(lina)
    case = f"/desk/cases/{own.rpartition('/')[2]}"
    for paper in ("receipt", "item_list", "diagnosis"):
        fields = _form(lina, own, f"{own}/documents") | {"paper": paper}
        files = {"file": (f"{paper}.jpg", picture(), "image/jpeg")}
        assert lina.post(f"{own}/documents", data=fields, files=files).status_code == 303
    twice = lina.post(
        "/own/claim",
        data={**_form(lina, "/own/claim", "/own/claim"), **_APPLIED, "step": "confirm",
              "once": "f" * 32},
    )  # fmt: skip
    assert "已经报销过，或正在报销" in words_of(twice.text)

    clerk, reviewer, second = enter("clerk"), enter("reviewer"), enter("second")
    assert _move(reviewer, case, "ask", reason="") == 422
    assert _move(clerk, case, "accept") == 303
    # Thirty working days reach into a year whose holidays nobody has published yet.
    assert "年的放假安排，算不出" in words_of(clerk.get("/desk?all=1").text)
    lines = _form(clerk, case, f"{case}/claim/lines")
    assert clerk.post(f"{case}/claim/lines", data={**lines, "lines": _PRINTED}).status_code == 303
    shown = words_of(clerk.get(case).text)
    assert "甘精胰岛素 注射剂 乙类" in shown
    picks = _form(clerk, case, f"{case}/claim/picks") | {"pick-2": "0"}
    assert clerk.post(f"{case}/claim/picks", data=picks).status_code == 303
    assert "甘精胰岛素注射液 3ml,2600.00,乙" in clerk.get(case).text
    again = _form(clerk, case, f"{case}/claim/lines") | {"lines": _PRINTED}
    assert clerk.post(f"{case}/claim/lines", data=again).status_code == 303
    assert "甘精胰岛素注射液 3ml,2600.00,乙" in clerk.get(case).text, "it is remembered"
    lines = _form(clerk, case, f"{case}/claim/lines")
    broken = clerk.post(f"{case}/claim/lines", data={**lines, "lines": "床位费,多少"})
    assert broken.status_code == 422
    lines = _form(clerk, case, f"{case}/claim/lines")
    assert clerk.post(f"{case}/claim/lines", data={**lines, "lines": _LINES}).status_code == 303
    denied = reviewer.post(
        f"{case}/claim/lines", data={**hidden(reviewer.get("/sign-out").text), **lines}
    )
    assert denied.status_code == 403
    assert _move(clerk, case, "enter") == 303
    page = words_of(reviewer.get(case).text)
    assert "按规定，基金应付" in page
    assert "不认少付" in page
    decided = _form(reviewer, case, f"{case}/claim/decisions") | {
        "decision-1": "accepted",
        "decision-2": "cut",
        "accepted-2": "2000.00",
        "reason-2": "超过用量",
        "decision-3": "rejected",
        "reason-3": "目录外",
    }
    assert reviewer.post(f"{case}/claim/decisions", data=decided).status_code == 303
    assert _move(reviewer, case, "review") == 303
    assert _move(second, case, "approve") == 303
    fund = store.read(
        lambda unit: unit.run(
            select(claim_sheet.c.quote).where(claim_sheet.c.case_id == case[12:])
        ).scalar_one()
    )["fund"]
    assert fund > 0
    for caller, address in ((second, case), (lina, own)):
        letter = caller.get(f"{address}/letter.pdf")
        assert letter.content.startswith(b"%PDF")

    cashier, head = enter("cashier"), enter("head")
    order = store.read(
        lambda unit: unit.run(
            select(payment_order.c.order_id).where(payment_order.c.reference == case[12:])
        ).scalar_one()
    )
    draft = _form(cashier, "/desk/payments", "/desk/payments/draft")
    answer = cashier.post("/desk/payments/draft", data={**draft, f"order-{order}": "1"})
    batch = answer.headers["location"]
    for caller, step in ((cashier, "sign"), (head, "send")):
        sent = {**hidden(caller.get("/sign-out").text), "once": "e" * 32, "do": step}
        assert caller.post(f"{batch}/move", data=sent).status_code == 403
    for caller, step in ((head, "sign"), (cashier, "send")):
        fields = _form(caller, batch, f"{batch}/move") | {"do": step}
        assert caller.post(f"{batch}/move", data=fields).status_code == 303
    bank_file = cashier.get(f"{batch}/file")
    assert "6217000012345678" in bank_file.text
    assert head.get(f"{batch}/file").status_code == 403
    number, yuan = batch.rpartition("/")[2], f"{fund // 100}.{fund % 100:02}"
    content = (
        "批次号,付款单号,金额,结果,银行流水号,日期,原因\n"
        f"{number},{order},{yuan},成功,B1,2026-11-30,\n"
    )
    fields = _form(cashier, "/desk/payments", "/desk/payments/answers")
    files = {"file": ("answers.csv", content.encode(), "text/csv")}
    booked = cashier.post("/desk/payments/answers", data=fields, files=files)
    assert "已记账" in words_of(booked.text)
    assert "已付" in words_of(lina.get(own).text)


def test_a_claim_waits_at_each_post_of_the_demo(enter: Callable[[str], Caller]) -> None:
    for login in ("clerk", "reviewer", "second"):
        assert "手工报销" in words_of(enter(login).get("/desk").text), login
    # A claim, and a month of a hospital.
    assert "等着拨付 2 笔" in words_of(enter("cashier").get("/desk/payments").text)
    assert "待签发" in words_of(enter("head").get("/desk/payments").text)


def test_at_the_counter_a_clerk_files_for_whoever_stands_there(
    enter: Callable[[str], Caller],
) -> None:
    clerk = enter("clerk")
    page = "/desk/claims?person=lina"
    fields = _form(clerk, page, "/desk/claims") | _APPLIED
    empty = clerk.post("/desk/claims", data={**fields, "total": ""})
    assert empty.status_code == 422
    answer = clerk.post("/desk/claims", data=fields)
    assert answer.status_code == 303
    case = answer.headers["location"]
    refused = _move(clerk, case, "not_accept", reason="有工伤认定")
    assert refused == 422
    assert _move(clerk, case, "not_accept", reason="有工伤认定", basis="work_injury") == 303
    assert "应由工伤保险支付" in words_of(clerk.get(case).text)


def test_what_the_hospital_uploaded_stands_beside_the_paper(
    enter: Callable[[str], Caller], store: Database, clock: Clock
) -> None:
    """Totals of both sides, and the items whose sums differ; several lines of one item add up."""
    clerk = enter("clerk")
    fields = _form(clerk, "/desk/claims?person=lina", "/desk/claims") | _APPLIED
    case = clerk.post("/desk/claims", data=fields).headers["location"]
    assert "没有上传这次就诊的自费明细" in words_of(clerk.get(case).text)
    uploaded = (("1", "床位费", 60_000), ("2", "床 位 费", 60_000), ("3", "某针剂", 250_000),
                ("4", "化验费", 10_000))  # fmt: skip

    def upload(unit: Unit) -> None:
        for number, name, amount in uploaded:
            line = {
                "medins_list_name": name,
                "amount": amount,
                "fee_ocur_time": "2025-12-21 10:00:00",
            }
            put_record(unit, "hospital_b", LINE, f"{lines_begin('Z1')}{number}", line, clock.at,
                       person_id="lina")  # fmt: skip
        put_record(unit, "hospital_b", COMPARISON, "Z1", {"stated": 400_000}, clock.at)

    store.write(upload)
    for paper in ("receipt", "item_list", "diagnosis"):
        sent = _form(clerk, case, f"{case}/documents") | {"paper": paper}
        files = {"file": (f"{paper}.jpg", picture(), "image/jpeg")}
        assert clerk.post(f"{case}/documents", data=sent, files=files).status_code == 303
    assert _move(clerk, case, "accept") == 303
    lines = _form(clerk, case, f"{case}/claim/lines")
    assert clerk.post(f"{case}/claim/lines", data={**lines, "lines": _LINES}).status_code == 303
    page = words_of(clerk.get(case).text)
    assert "上传合计3,800.00" in page
    assert "票据合计4,000.00 差 200.00" in page
    assert "医院自己说的总额是 4,000.00" in page
    differing = page.partition("对不上的项目")[2].partition("录入明细")[0]
    for said in ("某针剂2,600.002,500.00", "一次性用品200.000.00", "化验费0.00100.00"):
        assert said in differing
    assert "床位费" not in differing.partition("化验费")[0]
