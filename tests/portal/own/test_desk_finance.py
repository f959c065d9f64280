"""The fund's books at the desk: a cashier enters and asks, a head signs and closes the month."""

from __future__ import annotations

import csv
import datetime
import io
import re
from collections.abc import Callable

import pytest
from sqlalchemy import select

from yibao.database.unit import Database, Unit
from yibao.finance.checks import finance_faults
from yibao.finance.states import VoucherState
from yibao.finance.tables import fund_voucher
from yibao.statistics.cases import clearing_table
from yibao.statistics.hiding import LEAST_VARIABLE

from .conftest import Caller, words_of
from .test_desk_people import NEW, carried_out

Enter = Callable[[str], Caller]


def _form(text: str, action: str) -> dict[str, str]:
    """The hidden inputs of the first form that is sent to an address."""
    form = re.search(rf'<form[^>]*action="{re.escape(action)}[^"]*".*?</form>', text, re.S)
    assert form is not None, action
    return dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form[0]))


def _waiting(unit: Unit) -> list[str]:
    query = select(fund_voucher.c.voucher_id).where(fund_voucher.c.state == VoucherState.ENTERED)
    return list(unit.run(query).scalars())


def test_two_people_book_a_subsidy_and_close_a_month(enter: Enter, store: Database) -> None:
    cashier = enter("cashier")
    page = cashier.get("/desk/finance").text
    shown = words_of(page)
    assert "银行账户" in shown
    assert "还没有结账" in shown
    # The demo's last month waits for nothing but the two who close it; the rest leads on.
    assert "挡着结账" not in shown
    assert "提请结账" in shown
    assert re.search(r'<a href="/desk/clearing">应付定点机构', page) is not None
    assert re.search(r'<a href="/desk/payments">没有付出的付款单', page) is not None
    month = re.search(r'name="month" type="month" value="([\d-]+)"', page)
    assert month is not None
    money = cashier.get("/desk/finance/money").text
    entered = _form(money, "/desk/finance/money/enter") | {
        "kind": "subsidy",
        "amount": "1,000,000",
        "day": f"{month[1]}-15",
        "note": "财社 12 号",
        "scheme": "resident",
        "part": "pooled_part",
        "level": "province",
    }
    assert cashier.post("/desk/finance/money/enter", data=entered).status_code == 303
    faulty = cashier.post(
        "/desk/finance/money/enter", data={**entered, "once": "b" * 32, "day": ""}
    )
    assert faulty.status_code == 422
    assert "复核记账" not in words_of(cashier.get("/desk/finance/money").text)
    own = cashier.get("/desk/finance").text
    token = _form(own, "/desk/finance/month")["form_token"]
    (voucher_id,) = store.read(lambda unit: _waiting(unit))
    denied = {"form_token": token, "once": "d" * 32, "do": "sign"}
    refused = cashier.post(f"/desk/finance/money/{voucher_id}", data=denied)
    assert refused.status_code == 403
    head = enter("head")
    waiting = head.get("/desk/finance/money").text
    (voucher,) = set(re.findall(r'action="/desk/finance/money/([0-9a-f]{32})"', waiting))
    sign = _form(waiting, f"/desk/finance/money/{voucher}")
    address = f"/desk/finance/money/{voucher}"
    assert head.post(address, data=sign).status_code == 303
    assert "已记账" in words_of(head.get("/desk/finance/money").text)
    cashier = enter("cashier")
    for what in ("carry", "prepare"):
        page = cashier.get("/desk/finance").text
        forms = re.findall(r"<form.*?</form>", page, re.S)
        (form,) = [text for text in forms if f'value="{what}"' in text]
        fields = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form))
        moved = cashier.post("/desk/finance/month", data=fields)
        assert moved.status_code == 303, words_of(moved.text)
    head = enter("head")
    page = head.get("/desk/finance").text
    assert "1,000,000.00" in words_of(page)
    (form,) = [
        text for text in re.findall(r"<form.*?</form>", page, re.S) if 'value="close"' in text
    ]
    fields = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form))
    assert head.post("/desk/finance/month", data=fields).status_code == 303
    assert "已经结账" in words_of(head.get("/desk/finance").text)
    table = head.get(f"/desk/finance/statement.csv?month={month[1]}").content.decode("utf-8-sig")
    assert "财政补贴" in table
    faults = store.read(lambda unit: [str(fault) for fault in finance_faults(unit)])
    assert faults == []


def test_a_table_is_the_same_on_the_page_in_the_file_and_over_the_api(
    enter: Enter, store: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(LEAST_VARIABLE, "3")
    head = enter("head")
    assert "统计表" in head.get("/desk").text
    for code in ("T1", "T2", "T4", "T5", "T6", "T7", "T8", "T9"):
        page = head.get(f"/desk/statistics?table={code}&month=2026-11")
        assert page.status_code == 200, code
        file = head.get(f"/desk/statistics/table.csv?table={code}&month=2026-11")
        rows = list(csv.reader(io.StringIO(file.content.decode("utf-8-sig"))))
        read = head.get(f"/api/v1/office/statistics/{code}?month=2026-11").json()
        assert [row[0].strip("　") for row in rows[1:]] == [row["title"] for row in read["rows"]]
        assert rows[0][1:] == [column["title"] for column in read["columns"]]
        for title in (row["title"] for row in read["rows"]):
            assert title in words_of(page.text)
    insured = head.get("/desk/statistics?table=T1&month=2026-11").text
    assert "人少，不显示" in words_of(insured)
    assert head.get("/desk/statistics?table=T3").status_code == 422
    for login in ("clerk", "zhangwei", "hospital_a"):
        assert enter(login).get("/desk/statistics").status_code == 403, login
        assert enter(login).get("/api/v1/office/statistics/T1").status_code == 403, login


def test_what_was_cleared_of_a_month_is_what_the_applications_say(store: Database) -> None:
    first, last = datetime.date(2026, 7, 1), datetime.date(2026, 7, 31)
    day = datetime.date(2026, 11, 21)
    read = store.read(lambda unit: clearing_table(unit, "140100", first, last, day))
    (whole,) = read.rows
    ((hospital,),) = whole.splits
    assert hospital.cells["applications"].value == 1
    assert (hospital.cells["applied"].value or 0) > 0
    assert whole.cells["applied"].value == hospital.cells["applied"].value
    assert hospital.cells["overdue"].value in (0, 1)


def test_the_accounts_with_the_banks_and_the_whole_books(enter: Enter) -> None:
    head = enter("head")
    page = head.get("/desk/finance/accounts?month=2026-10")
    shown = words_of(page.text)
    assert "职工基本医疗保险 统筹" in shown
    rows = head.get("/api/v1/office/finance/accounts?month=2026-10").json()["rows"]
    assert {row["account"].split(":")[0] for row in rows} <= {
        "fund", "bank", "contribution", "credit",
    }  # fmt: skip
    for row in rows:
        assert row["title"] in shown
        assert row["account"] in shown
    books = head.get("/desk/finance/books.zip?month=2026-10")
    assert (books.status_code, books.content[:2]) == (200, b"PK")
    for login in ("clerk", "zhangwei", "hospital_a"):
        caller = enter(login)
        assert caller.get("/desk/finance/accounts").status_code == 403, login
        assert caller.get("/desk/finance/books.zip").status_code == 403, login


def test_a_cashier_plans_a_year_and_a_head_approves_it(enter: Enter) -> None:
    cashier = enter("cashier")
    page = cashier.get("/desk/finance/budget").text
    assert "演示的年度预算" in words_of(page)
    assert "已批准" in words_of(page)
    assert "年度预算" in _heads(cashier.get("/desk/finance").text), "the demo has one"
    fields = _form(page, "/desk/finance/budget/enter")
    table = "险种,部分,项目,年度预算\n城乡居民基本医疗保险,统筹,住院,{amount}\n"
    faulty = cashier.post(
        "/desk/finance/budget/enter",
        data={**fields, "do": "file", "reason": "财社 1 号"},
        files={"file": ("b.csv", table.format(amount="1.234").encode())},
    )
    assert faulty.status_code == 422
    assert "第 2 行" in words_of(faulty.text)
    sent = cashier.post(
        "/desk/finance/budget/enter",
        data={**fields, "do": "file", "reason": "财社 1 号"},
        files={"file": ("b.csv", table.format(amount="2000000").encode("gb18030"))},
    )
    assert sent.status_code == 303, words_of(sent.text)
    waiting = cashier.get("/desk/finance/budget").text
    assert "等着批准" in words_of(waiting)
    assert "批准这一版" not in words_of(waiting)
    assert "2,000,000.00" not in words_of(cashier.get("/desk/finance").text)
    head = enter("head")
    page = head.get("/desk/finance/budget").text
    address = re.search(r'action="(/desk/finance/budget/[0-9a-f]{32})"', page)
    assert address is not None
    assert enter("clerk").post(address[1], data={}).status_code == 403
    head = enter("head")
    approve = _form(head.get("/desk/finance/budget").text, address[1])
    assert head.post(address[1], data=approve).status_code == 303
    statement = head.get("/desk/finance")
    assert "年度预算" in _heads(statement.text)
    assert "2,000,000.00" in words_of(statement.text)
    read = head.get("/api/v1/office/finance/statement").json()
    (line,) = [line for part in read["parts"] for line in part["lines"] if line["budget_fen"]]
    assert line["budget_left_fen"] == 200_000_000 - line["year_to_date_fen"]
    assert f"{line['budget_left_fen'] // 100:,}." in words_of(statement.text)
    file = head.get("/desk/finance/budget.csv").content.decode("utf-8-sig")
    assert "城乡居民基本医疗保险,统筹,住院,2000000.00" in file
    change = {
        "area": "140100",
        "year": 2026,
        "reason": "追加",
        "scheme": "resident",
        "part": "pooled_part",
        "item": "for_inpatient",
        "amount": "2100000",
    }
    with_key = {"Idempotency-Key": "c" * 32}
    cashier = enter("cashier")
    lines = "/api/v1/office/finance/budgets/lines"
    entered = cashier.post(lines, json=change, headers=with_key)
    assert entered.status_code == 201, entered.text
    budgets = cashier.get("/api/v1/office/finance/budget?year=2026").json()
    assert [version["version"] for version in budgets["versions"]] == [3, 2, 1]
    assert budgets["lines"][0]["budget_fen"] == 200_000_000


def _heads(text: str) -> list[str]:
    return re.findall(r'<th scope="col">([^<]+)</th>', text)


def test_what_a_channel_has_too_much_is_booked_and_ordered_back_at_the_desk(
    enter: Enter,
) -> None:
    person = carried_out(enter("clerk"), "/desk/people/new", **NEW)
    cashier = enter("cashier")
    fields = {
        "period": "2026",
        "way": "counter_slip",
        "reference": "S20261121009",
        "amount": "1,100",
        "paid_on": "2026-11-21",
    }
    carried_out(cashier, f"{person}/contribution", **fields)
    page = cashier.get("/desk/reconciliation").text
    sent = cashier.post(
        "/desk/reconciliation/import",
        data=_form(page, "/desk/reconciliation/import")
        | {"channel": "counter_slip", "day": "2026-11-21"},
        files={"file": ("d.csv", "单号,金额\nS20261121009,1150.50\n".encode())},
    )
    assert sent.status_code == 303, words_of(sent.text)
    page = cashier.get("/desk/reconciliation").text
    assert "多出 50.50" in words_of(page)
    payee = {"holder": "王小明", "bank": "工商银行", "account": "6217"}
    wrong = cashier.post(
        "/desk/reconciliation/overpaid", data=_form(page, "/desk/reconciliation/overpaid") | payee
    )
    assert wrong.status_code == 422
    form = _form(page, "/desk/reconciliation/overpaid") | payee | {"account": "6217000012345678"}
    assert enter("clerk").post("/desk/reconciliation/overpaid", data=form).status_code == 403
    cashier = enter("cashier")
    form |= _form(cashier.get("/desk/reconciliation").text, "/desk/reconciliation/overpaid")
    for _ in range(2):
        assert cashier.post("/desk/reconciliation/overpaid", data=form).status_code == 303
    assert "S20261121009" not in cashier.get("/desk/reconciliation").text
    shown = words_of(cashier.get("/desk/payments").text)
    assert "多缴的保费退还" in shown
    assert "50.50" in shown
