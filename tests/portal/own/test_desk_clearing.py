"""Clearing on pages: an institution applies and appeals, each post does its own step."""

from __future__ import annotations

import base64
import datetime
import re
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select
from tests.clearing.test_advances import signed_and_given_back
from tests.clearing.world import Clearing

from yibao.access.tables import event
from yibao.clearing.checks import clearing_faults
from yibao.clearing.groups import PayMethod
from yibao.database.unit import Database, Unit
from yibao.disbursement.checks import payment_faults
from yibao.exchange.compared import BooksCompared, ComparedFigure, keep_comparison
from yibao.gateway.identifiers import to_wire
from yibao.ledger.checks import ledger_faults
from yibao.policy.compile import PolicyLibrary

from .conftest import Caller, Clock, hidden, words_of

Enter = Callable[[str], Caller]


def _events(store: Database) -> int:
    return store.read(
        lambda unit: int(unit.run(select(func.count()).select_from(event)).scalar_one())
    )


def _check(store: Database) -> None:
    def faults(unit: Unit) -> list[str]:
        return [
            str(fault)
            for check in (clearing_faults, payment_faults, ledger_faults)
            for fault in check(unit)
        ]

    assert store.read(faults, consistent=True) == []


def form_of(text: str, action: str) -> dict[str, str]:
    """The inputs, with what stands in them, of the first form that is sent to an address."""
    form = re.search(rf'<form[^>]*action="{re.escape(action)}".*?</form>', text, re.S)
    assert form is not None, action
    return dict(re.findall(r'<input[^>]* name="([^"]+)"[^>]* value="([^"]*)"', form[0]))


def _listed(page: str, month: str) -> str:
    """The address of an application of a month in a list."""
    row = re.search(rf"<tr>(?:(?!</tr>).)*{month}.*?</tr>", page, re.S)
    assert row is not None, page
    address = re.search(r'href="(/(?:desk|institution)/clearing/\w+)"', row[0])
    assert address is not None
    return address[1]


def _take(caller: Caller, address: str, step: str, status: int = 303, **more: str) -> str:
    form = form_of(caller.get(address).text, f"{address}/move") | {"move": step} | more
    answer = caller.post(f"{address}/move", data=form)
    assert answer.status_code == status, words_of(answer.text)
    return words_of(answer.text)


def test_a_month_by_page_from_the_institution_to_the_bank(
    enter: Enter, store: Database, clock: Clock
) -> None:
    own = enter("hospital_a")
    assert own.get("/desk").headers["location"] == "/institution"
    page = own.get("/institution").text
    assert "演示第一医院" in words_of(page)
    form = form_of(page, "/institution/apply")
    assert form["month"] == "202610"
    wrong = own.post("/institution/apply", data=form | {"count": "2", "fund": "1.00"})
    assert wrong.status_code == 422
    assert "清算人次 机构 2、平台 1" in words_of(wrong.text)
    applied = own.post("/institution/apply", data=form)
    assert applied.status_code == 303
    assert (
        own.post("/institution/apply", data=form).headers["location"]
        == (applied.headers["location"])
    )
    own_page = applied.headers["location"]
    address = own_page.replace("/institution", "/desk")
    clerk = enter("clerk")
    assert "机构的清算申请等着办" in words_of(clerk.get("/desk").text)
    assert _listed(clerk.get("/desk/clearing").text, "2026-10") == address
    _take(clerk, address, "clr_accept")
    cashier = enter("cashier")
    advance = form_of(cashier.get(address).text, f"{address}/advance")
    assert cashier.post(f"{address}/advance", data=advance).status_code == 303
    assert "clr_begin_review" not in cashier.get(address).text
    reviewer = enter("reviewer")
    _take(reviewer, address, "clr_begin_review")
    tell = form_of(reviewer.get(address).text, f"{address}/tell")
    without = reviewer.post(f"{address}/tell", data=tell | {"amount": "10.00", "reason": ""})
    assert without.status_code == 422
    told = reviewer.post(f"{address}/tell", data=tell | {"amount": "10.00", "reason": "重复收费"})
    assert told.status_code == 303
    own = enter("hospital_a")
    appeal = form_of(own.get(own_page).text, f"{own_page}/appeal") | {"reason": "是两次检查"}
    assert own.post(f"{own_page}/appeal", data=appeal).status_code == 303
    second = enter("second")
    assert "疑点没有办完" in _take(second, address, "clr_finish_review", 422)
    decide = form_of(second.get(address).text, f"{address}/decide")
    decide |= {"confirmed": "4.00", "reason": "部分成立"}
    assert second.post(f"{address}/decide", data=decide).status_code == 303
    own = enter("hospital_a")
    panel = form_of(own.get(own_page).text, f"{own_page}/ask_panel") | {"reason": "请合议"}
    assert own.post(f"{own_page}/ask_panel", data=panel).status_code == 303
    assert own.post(f"{own_page}/ask_panel", data=panel).status_code == 303, "sent twice is once"
    assert f"{own_page}/panel" not in own.get(own_page).text
    second = enter("second")
    assert "疑点没有办完" in _take(second, address, "clr_finish_review", 422)
    assert f"{address}/panel" not in second.get(address).text
    said = {"confirmed": "3.00", "reason": "合议：其中一次成立"}
    denied = hidden(second.get("/sign-out").text) | {"once": "b" * 20, "doubt": panel["doubt"]}
    assert second.post(f"{address}/panel", data=denied | said).status_code == 403
    head = enter("head")
    assert address in head.get("/desk/clearing").text.split("<h2")[1], "it waits for the head"
    final = form_of(head.get(address).text, f"{address}/panel")
    assert head.post(f"{address}/panel", data=final | said).status_code == 303
    second = enter("second")
    text = words_of(second.get(address).text)
    assert "合议已定" in text
    assert "合议：其中一次成立" in text
    _take(second, address, "clr_finish_review")
    _take(second, address, "clr_sum_up")
    head = enter("head")
    seen = form_of(head.get(address).text, f"{address}/move") | {"move": "clr_sign"}
    assert head.post(f"{address}/move", data=seen).status_code == 303
    # Another who had the page open is told; the same form sent twice is one step.
    late = head.post(f"{address}/move", data=seen | {"once": "e" * 20})
    assert late.status_code == 409
    assert "没有做任何改动" in words_of(late.text)
    assert head.post(f"{address}/move", data=seen).status_code == 303
    text = words_of(head.get(address).text)
    assert "领导审签，等财务拨付" in text
    assert "待编批次" in text
    assert "还没有申报" in words_of(head.get("/desk/clearing?month=202609").text)
    _check(store)


def test_a_payment_that_comes_back_goes_to_another_account(enter: Enter, store: Database) -> None:
    address = _listed(enter("clerk").get("/desk/clearing").text, "2026-05")
    cashier = enter("cashier")
    page = cashier.get("/desk/payments").text
    order = re.search(r'name="order-(\w+)"(?:(?!</div>).)*演示第一医院', page, re.S)
    assert order is not None
    draft = form_of(page, "/desk/payments/draft") | {f"order-{order[1]}": "1"}
    draft = {name: value for name, value in draft.items() if not name.startswith("order-")}
    batch = cashier.post("/desk/payments/draft", data=draft | {f"order-{order[1]}": "1"}).headers[
        "location"
    ]
    for login, step in (("head", "sign"), ("cashier", "send")):
        caller = enter(login)
        form = hidden(caller.get(batch).text) | {"do": step}
        assert caller.post(f"{batch}/move", data=form).status_code == 303
    lines = cashier.get(f"{batch}/file").content.decode("utf-8-sig").splitlines()
    cells = lines[1].split(",")
    amount = cells[lines[0].split(",").index("金额")]
    answers = "批次号,付款单号,金额,结果,银行流水号,日期,原因\n" + ",".join(
        (cells[0], cells[1], amount, "退回", "B1", "2026-11-21", "账号不符")
    )
    sent = hidden(cashier.get("/desk/payments").text)
    answered = cashier.post(
        "/desk/payments/answers", data=sent, files={"file": ("a.csv", answers.encode())}
    )
    assert "已记账" in words_of(answered.text)
    clerk = enter("clerk")
    form = form_of(clerk.get(address).text, f"{address}/account")
    form |= {"holder": "演示第一医院", "bank": "另一家银行", "account": "62170000"}
    assert clerk.post(f"{address}/account", data=form).status_code == 303
    assert "待编批次" in words_of(clerk.get(address).text)
    again = clerk.post(f"{address}/account", data=form | {"once": "f" * 20})
    assert again.status_code == 409
    _check(store)


def test_an_advance_that_comes_back_after_the_signature_is_left_to_the_next_sheet(
    enter: Enter, store: Database, packs: PolicyLibrary
) -> None:
    clear = Clearing(store, packs, "140100")
    clear.agree("hospital_b", start=datetime.date(2025, 2, 1), advance_share=5000)
    clear.visit(202511, 300_000, "hospital_b", person="sunjianguo")
    application, amount = signed_and_given_back(clear, "hospital_b")
    address = f"/desk/clearing/{application}"
    assert "advance_cancel" not in enter("reviewer").get(address).text
    clerk = enter("clerk")
    page = clerk.get(address).text
    assert "银行退回了先付" in words_of(page)
    assert form_of(page, f"{address}/advance_account")["form_token"]
    cancel = form_of(page, f"{address}/advance_cancel")
    assert clerk.post(f"{address}/advance_cancel", data=cancel).status_code == 303
    text = words_of(clerk.get(address).text)
    assert "退回的先付，下一份清算付" in text
    assert f"{amount / 100:,.2f}" in text
    late = clerk.post(f"{address}/advance_cancel", data=cancel | {"once": "j" * 20})
    assert late.status_code == 409
    _check(store)


def test_agreements_registration_and_the_end_of_a_designation(
    enter: Enter, store: Database
) -> None:
    head = enter("head")
    assert "演示第一医院" in head.get("/desk/institutions").text
    page = head.get("/desk/institutions").text
    form = form_of(page, "/desk/institutions/register") | {
        "institution": "H14019900001",
        "name": "新医院",
        "area": "太原",
        "kind": "hospital",
        "price_class": "2",
        "start": "2026-12-01",
    }
    del form["county"], form["dual_channel"]
    faulty = head.post("/desk/institutions/register", data=form | {"price_class": "7"})
    assert faulty.status_code == 422
    assert head.post("/desk/institutions/register", data=form).status_code == 303
    base = "/desk/institutions/H14019900001"
    assert "还没有协议" in words_of(head.get(base).text)
    agreed = form_of(head.get(base).text, f"{base}/agreements") | {
        "start": "2026-12-01",
        "end": "2027-11-30",
        "retained_share": "5",
        "apply_by_day": "10",
        "pay_days": "20",
        "appeal_days": "5",
        "budget": "1000000",
        "holder": "新医院",
        "bank": "工商银行",
        "account": "6217000012345678",
    }
    wrong = head.post(f"{base}/agreements", data=agreed | {"end": "2026-01-01"})
    assert wrong.status_code == 422
    assert "最后一天不能早于第一天" in words_of(wrong.text)
    assert head.post(f"{base}/agreements", data=agreed).status_code == 303
    assert "1,000,000.00" in words_of(head.get(base).text)
    ended = form_of(head.get(base).text, f"{base}/end") | {"last_day": "2026-12-31"}
    assert head.post(f"{base}/end", data=ended).status_code == 303
    assert "不是定点" in words_of(head.get(base).text)
    _check(store)


def _retained(store: Database, packs: PolicyLibrary) -> int:
    """A month of the year before at a hospital that has no other, cleared: what was retained."""
    clear = Clearing(store, packs, "140100")
    clear.visit(202503, 400_000, "hospital_b", person="sunjianguo")
    return int(clear.settle(clear.apply(202503, "hospital_b")).retained)


def test_the_end_of_a_year_by_page(enter: Enter, store: Database, packs: PolicyLibrary) -> None:
    retained = _retained(store, packs)
    base = "/desk/institutions/hospital_b"
    assert "/years" not in enter("second").get(base).text
    reviewer = enter("reviewer")
    page = reviewer.get(base).text
    assert f"{retained / 100:,.2f}" in words_of(page)
    form = form_of(page, f"{base}/years") | {"year": "2026", "score": "92.5"}
    early = reviewer.post(f"{base}/years", data=form)
    assert early.status_code == 422
    assert "还没有过完" in words_of(early.text)
    form |= {"year": "2025"}
    drawn_up = reviewer.post(f"{base}/years", data=form)
    address = drawn_up.headers["location"]
    assert reviewer.post(f"{base}/years", data=form).headers["location"] == address
    again = reviewer.post(f"{base}/years", data=form | {"once": "e" * 20})
    assert again.status_code == 409
    assert "已经做过年终清算" in words_of(again.text)
    second = enter("second")
    assert "2025 演示" in words_of(second.get(address).text)
    _take(second, address, "clr_finish_review")
    _take(second, address, "clr_sum_up")
    head = enter("head")
    _take(head, address, "clr_sign")
    signed = words_of(head.get(address).text)
    assert "待编批次" in signed
    assert f"返还留存{retained / 100:,.2f}" in re.sub(r"\s", "", signed)
    _check(store)


def test_the_end_of_a_year_over_the_api(
    enter: Enter, store: Database, packs: PolicyLibrary
) -> None:
    retained = _retained(store, packs)
    path = "/api/v1/office/institutions/hospital_b/years"
    body = {"year": 2025, "score": "59.9"}
    for login in ("clerk", "second", "head", "cashier", "hospital_a", "zhangwei"):
        headers = {"Idempotency-Key": "year-0001", "Sec-Fetch-Site": "same-origin"}
        caller, before = enter(login), _events(store)
        assert caller.post(path, json=body, headers=headers).status_code == 403, login
        assert _events(store) == before
    headers = {"Idempotency-Key": "year-0002", "Sec-Fetch-Site": "same-origin"}
    reviewer = enter("reviewer")
    answer = reviewer.post(path, json=body, headers=headers).json()
    assert (answer["returned_fen"], answer["withheld_fen"]) == (0, retained)
    address = f"/api/v1/office/clearing/{answer['application']}"
    assert reviewer.get(address).json()["clear_type"] == "year_end"
    moves = {"move": "clr_drop", "reason": "得分写错"}
    headers = {"Idempotency-Key": "year-0003", "Sec-Fetch-Site": "same-origin"}
    assert reviewer.post(f"{address}/moves", json=moves, headers=headers).json()["state"] == 0
    _check(store)


def _grouped(store: Database, packs: PolicyLibrary) -> tuple[str, int]:
    """A file with one stay of a hospital that is paid by points, and what was paid for it."""
    clear = Clearing(store, packs, "140100")
    clear.agree("hospital_b", start=datetime.date(2025, 2, 1), method=PayMethod.DIP, coefficient=98)
    entry = clear.visit(202503, 800_000, "hospital_b", days=2, clear_type="21", person="sunjianguo")
    application = clear.read(clear.apply(202503, "hospital_b", "21"))
    return f"setl_id,group,points\n{to_wire(entry)},J01,800\n", application.listed.fund


def test_points_by_page_are_seen_handed_in_and_confirmed(
    enter: Enter, store: Database, packs: PolicyLibrary
) -> None:
    file, fund = _grouped(store, packs)
    reviewer = enter("reviewer")
    asked = form_of(reviewer.get("/desk/points").text, "/desk/points/draw")
    asked |= {"period": "2025-03", "method": "dip", "budget": "9000"}
    before = _events(store)

    def send(caller: Caller, content: str, **more: str) -> Any:
        upload = {"file": ("stays.csv", content.encode())}
        return caller.post("/desk/points/draw", data=asked | more, files=upload)

    wrong = send(reviewer, file + "nothing,J01,800\n", do="draw")
    assert wrong.status_code == 422
    assert "第 3 行" in words_of(wrong.text)
    seen = words_of(send(reviewer, file, do="preview").text)
    assert "会是这样" in seen
    assert f"{(900_000 - fund) / 100:,.2f}" in seen
    assert _events(store) == before
    drawn = send(reviewer, file, do="draw")
    address = drawn.headers["location"]
    assert send(reviewer, file, do="draw").headers["location"] == address
    decide = form_of(reviewer.get(address).text, f"{address}/decide")
    assert reviewer.post(f"{address}/decide", data=decide | {"do": "confirm"}).status_code == 403
    clerk = enter("clerk")
    guard = hidden(clerk.get("/sign-out").text) | {"once": "c" * 20}
    before = _events(store)
    for path, do in (("/desk/points/draw", "draw"), (f"{address}/decide", "confirm")):
        assert clerk.post(path, data=guard | {"do": do}).status_code == 403
    assert _events(store) == before
    second = enter("second")
    decide = form_of(second.get(address).text, f"{address}/decide") | {"do": "confirm"}
    assert second.post(f"{address}/decide", data=decide).status_code == 303
    late = second.post(f"{address}/decide", data=decide | {"once": "d" * 20})
    assert late.status_code == 409
    assert "已复审" in words_of(second.get(address).text)
    application = _listed(second.get("/desk/clearing").text, "2025-03")
    assert f"{(900_000 - fund) / 100:,.2f}" in words_of(second.get(application).text)
    _check(store)


def test_points_over_the_api(enter: Enter, store: Database, packs: PolicyLibrary) -> None:
    file, fund = _grouped(store, packs)
    path = "/api/v1/office/points"
    body: dict[str, Any] = {
        "period": "202503",
        "method": "dip",
        "budget": "9000",
        "file": base64.b64encode(file.encode()).decode(),
    }

    def send(caller: Caller, at: str, sent: dict[str, Any], key: str, status: int = 201) -> Any:
        headers = {"Idempotency-Key": f"points-{key}", "Sec-Fetch-Site": "same-origin"}
        answer = caller.post(at, json=sent, headers=headers)
        assert answer.status_code == status, answer.text
        return answer.json()

    send(enter("clerk"), path, body, "01", 403)
    reviewer = enter("reviewer")
    seen = send(reviewer, path, body | {"preview": True}, "02")
    (place,) = seen["institutions"]
    assert (seen["period"], place["fund_fen"], place["due_fen"]) == (None, fund, 900_000)
    drawn = send(reviewer, path, body, "03")["period"]
    assert [row["period"] for row in reviewer.get(path).json()["rows"]] == [drawn]
    send(reviewer, f"{path}/{drawn}/confirmation", {}, "04", 403)
    dropped = send(reviewer, f"{path}/{drawn}/drop", {"reason": "预算写错"}, "05")
    assert dropped["state"] == "points_dropped"
    again = send(reviewer, path, body, "06")["period"]
    confirmed = send(enter("second"), f"{path}/{again}/confirmation", {}, "07")
    assert confirmed["state"] == "points_confirmed"
    _check(store)


def test_how_far_the_budget_is_used_is_said(
    enter: Enter, store: Database, packs: PolicyLibrary
) -> None:
    clear = Clearing(store, packs, "140100")
    head = enter("head")
    rows = {
        row["institution"]: row for row in head.get("/api/v1/office/institutions").json()["rows"]
    }
    assert rows["hospital_a"]["budget_used_fen"] is None
    assert "预算用了" not in head.get("/desk/institutions").text
    for budget, over in ((10_000_000_00, False), (1_00, True)):
        clear.agree("hospital_a", start=datetime.date(2026, 1, 1), budget=budget)
        rows = {
            row["institution"]: row
            for row in head.get("/api/v1/office/institutions").json()["rows"]
        }
        row = rows["hospital_a"]
        assert row["budget_fen"] == budget
        assert row["budget_used_bp"] == row["budget_used_fen"] * 10_000 // budget
        assert row["budget_used_fen"] > 1_00
        percent = f"{row['budget_used_bp'] / 100:.2f}".rstrip("0").rstrip(".")
        assert f"年度预算用了 {percent}%" in words_of(head.get("/desk/institutions").text)
        page = words_of(head.get("/desk/institutions/hospital_a").text)
        assert (f"{row['budget_used_fen'] / 100:,.2f}" in page, "超过了预算" in page) == (
            True,
            over,
        )
    assert "超过了预算" in words_of(enter("hospital_a").get("/institution").text)


def test_who_compared_and_whose_books_differ_is_on_the_page(enter: Enter, store: Database) -> None:
    def keep(stated: int, *wrong: str) -> None:
        day = datetime.date(2026, 10, 1)
        at = datetime.datetime(2026, 11, 2, tzinfo=datetime.UTC)
        figures = [ComparedFigure("total", stated, 12345)]
        last = datetime.date(2026, 10, 31)
        comparison = BooksCompared(
            "hospital_a", day, last, "310", "11", "", at, "对账员", figures, wrong
        )
        store.write(lambda unit: keep_comparison(unit, comparison))

    def read_by(login: str, path: str) -> str:
        return words_of(enter(login).get(f"{path}?month=202610").text)

    assert "账不一致的" not in read_by("reviewer", "/desk/clearing")
    keep(10000, "total")
    desk = read_by("reviewer", "/desk/clearing")
    assert "账不一致的" in desk
    for page in (desk, read_by("hospital_a", "/institution")):
        for words in ("不一致", "100.00", "123.45", "对账员"):
            assert words in page
    keep(12345)
    desk = read_by("reviewer", "/desk/clearing")
    assert "账不一致的" not in desk
    assert "账一致的" in desk


@pytest.mark.parametrize("login", ["legal", "admin", "employer_a", "zhangwei"])
def test_whoever_has_nothing_to_do_with_it_is_denied(
    enter: Enter, store: Database, login: str
) -> None:
    address = _listed(enter("clerk").get("/desk/clearing").text, "2026-09")
    caller = enter(login)
    guard = hidden(caller.get("/sign-out").text) | {"once": "a" * 20, "move": "clr_accept"}
    before = _events(store)
    for path in ("/institution", "/desk/institutions", "/desk/clearing", address):
        assert caller.get(path).status_code == 403, path
    for path in (f"{address}/move", f"{address}/tell", "/institution/apply"):
        assert caller.post(path, data=guard).status_code == 403, path
    assert _events(store) == before


@pytest.mark.parametrize(
    ("login", "steps"),
    [
        ("clerk", ("clr_begin_review", "clr_finish_review", "clr_sum_up", "clr_sign")),
        ("reviewer", ("clr_accept", "clr_finish_review", "clr_sign", "clr_close")),
        ("second", ("clr_accept", "clr_begin_review", "clr_sign", "clr_cancel")),
        ("head", ("clr_accept", "clr_begin_review", "clr_sum_up", "clr_close")),
        ("cashier", ("clr_accept", "clr_sum_up", "clr_sign", "clr_cancel")),
    ],
)
def test_a_post_takes_no_step_of_another(
    enter: Enter, store: Database, login: str, steps: tuple[str, ...]
) -> None:
    caller = enter(login)
    address = _listed(caller.get("/desk/clearing").text, "2026-09")
    guard = hidden(caller.get("/sign-out").text)
    before = _events(store)
    for number, step in enumerate(steps):
        sent = guard | {"once": f"{number}" * 20, "move": step, "reason": "试试"}
        assert caller.post(f"{address}/move", data=sent).status_code == 403, step
    assert _events(store) == before


def test_an_institution_reads_its_own_place_alone(enter: Enter, store: Database) -> None:
    own = enter("hospital_a")
    for path in ("/desk/institutions", "/desk/institutions/hospital_b", "/desk/clearing"):
        assert own.get(path).status_code == 403, path
    page = own.get("/institution").text
    address = _listed(page, "2026-07")
    told = own.get(address).text
    assert f"{address}/decide" not in told
    assert "clr_" not in told
    appeal = form_of(told, f"{address}/appeal") | {"reason": "按规定检查"}
    assert own.post(f"{address}/appeal", data=appeal).status_code == 303
    withdrawn = _listed(page, "2026-09")
    _take(own, withdrawn, "clr_cancel")
    assert "撤销" in words_of(own.get(withdrawn).text)
    _check(store)


def test_the_same_over_the_api_each_step_once(enter: Enter, store: Database) -> None:
    clerk = enter("clerk")
    listed = clerk.get("/api/v1/office/clearing").json()["rows"]
    (row,) = [row for row in listed if row["month"] == 202609]
    address = f"/api/v1/office/clearing/{row['application']}"
    assert "clr_accept" in clerk.get(address).json()["moves"]

    def send(caller: Caller, path: str, body: dict[str, str], key: str, status: int) -> Any:
        headers = {"Idempotency-Key": key, "Sec-Fetch-Site": "same-origin"}
        answer = caller.post(path, json=body, headers=headers)
        assert answer.status_code == status, answer.text
        return answer.json()

    head = enter("head")
    before = _events(store)
    send(head, f"{address}/moves", {"move": "clr_accept"}, "denied-01", 403)
    assert _events(store) == before
    clerk = enter("clerk")
    for _ in range(2):
        moved = send(clerk, f"{address}/moves", {"move": "clr_accept"}, "accept-01", 201)
        assert moved["state"] == 20
    send(clerk, f"{address}/moves", {"move": "clr_accept"}, "accept-02", 409)
    reviewer = enter("reviewer")
    send(reviewer, f"{address}/moves", {"move": "clr_begin_review"}, "begin-001", 201)
    told = {"amount": "5.00", "reason": "重复收费"}
    doubt = send(reviewer, f"{address}/doubts", told, "doubt-001", 201)["doubt"]
    decided = {"confirmed": "1.00", "reason": "部分成立"}
    path = f"/api/v1/office/clearing/doubts/{doubt}/decision"
    send(enter("second"), path, decided, "decide-01", 422)  # it may still be appealed
    head = enter("head")
    places = head.get("/api/v1/office/institutions").json()["rows"]
    assert {"hospital_a", "H14010500001"} <= {place["institution"] for place in places}
    ended = send(
        head,
        "/api/v1/office/institutions/hospital_c/end",
        {"last_day": "2026-12-31"},
        "ended-001",
        201,
    )
    assert ended["revision"] == 2
    page = head.get("/api/v1/office/institutions/hospital_c").json()
    assert [version["designated"] for version in page["versions"]] == [True, False]
    _check(store)
