"""An employer's own pages and those of the office: declared by form and file, billed, paid."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from sqlalchemy import func, select

from yibao.access.tables import event
from yibao.database.unit import Database, Unit
from yibao.employers.checks import employer_faults
from yibao.insured.people.certificates import RESIDENT
from yibao.insured.people.finding import full_numbers

from .conftest import Caller, hidden, words_of

CODE = "91140100MA0K1YX082"
Enter = Callable[[str], Caller]


def _events(store: Database) -> int:
    return store.read(
        lambda unit: int(unit.run(select(func.count()).select_from(event)).scalar_one())
    )


def _number(store: Database, person: str) -> str:
    return store.read(lambda unit: dict(full_numbers(unit, store.secrets, person))[RESIDENT])


def _check(store: Database) -> None:
    def faults(unit: Unit) -> list[str]:
        return [str(fault) for fault in employer_faults(unit)]

    assert store.read(faults, consistent=True) == []


def _once(text: str, action: str) -> dict[str, str]:
    """The hidden inputs of the first form that is sent to an address."""
    form = re.search(rf'<form[^>]*action="{re.escape(action)}".*?</form>', text, re.S)
    assert form is not None, action
    return dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form[0]))


def test_an_employer_pays_its_bill_and_declares_the_next_month_by_file(
    enter: Enter, store: Database
) -> None:
    own = enter("employer_a")
    assert own.get("/desk").headers["location"] == "/employer"
    page = own.get("/employer").text
    assert "待缴" in words_of(page)
    (bill,) = set(re.findall(r"/employer/bills/(\w+)", page))
    assert "单位部分" in words_of(own.get(f"/employer/bills/{bill}").text)
    form = _once(page, "/employer/pay") | {"channel": "tax_platform"}
    assert own.post("/employer/pay", data=form).status_code == 303
    assert "已缴清" in words_of(own.get("/employer").text)
    again = own.post("/employer/pay", data={**form, "once": "c" * 32})
    assert again.status_code == 409
    assert "没有扣款" in words_of(again.text)
    assert "已缴清下列账单" in words_of(own.get("/employer/certificate").text)

    form_page = own.get("/employer/declare").text
    month = re.search(r'name="month" maxlength="7" autocomplete="off" value="([\d-]+)"', form_page)
    assert month is not None
    fields = hidden(form_page) | {"month": month[1], "do": "preview"}
    someone = _number(store, "lina")
    wrong = f"身份证号,姓名,变动,缴费基数\n{someone},别人,增员,6000\n12345,张三,增员,6000\n"
    faulty = own.post("/employer/declare", data=fields, files={"file": ("a.csv", wrong.encode())})
    assert faulty.status_code == 422
    assert "第 3 行" in words_of(faulty.text)
    before = _events(store)
    nothing = own.post("/employer/declare", data=fields | {"lines": ""})
    assert nothing.status_code == 200
    assert "应缴" in words_of(nothing.text)
    assert _events(store) == before
    confirm = _once(nothing.text, "/employer/declare") | {"lines": ""}
    sent = own.post("/employer/declare", data=confirm)
    assert sent.status_code == 303, words_of(sent.text)
    assert "已申报" in words_of(own.get("/employer").text)
    _check(store)


def test_the_office_books_registers_and_is_kept_to_its_posts(enter: Enter, store: Database) -> None:
    clerk = enter("clerk")
    assert "演示单位" in clerk.get("/desk/employers").text
    page = clerk.get("/desk/employers").text
    form = _once(page, "/desk/employers/register") | {
        "code": "91140100MA0K2B5Q80",
        "name": "乙公司",
        "kind": "self_employed",
        "area": re.findall(r'<option value="(\d{6})"', page)[0],
    }
    wrong = clerk.post("/desk/employers/register", data=form)
    assert wrong.status_code == 422
    assert "校验位" in words_of(wrong.text)
    right = form | {"code": "91140100MA0K2B5Q81", "once": "d" * 32}
    assert clerk.post("/desk/employers/register", data=right).status_code == 303
    new = "/desk/employers/91140100MA0K2B5Q81"
    assert "有雇工的个体工商户" in words_of(clerk.get(new).text)
    change = _once(clerk.get(new).text, f"{new}/change") | {"name": "乙学会", "kind": "xx"}
    assert clerk.post(f"{new}/change", data=change).status_code == 422
    assert clerk.post(f"{new}/change", data=change | {"kind": "association"}).status_code == 303
    changed = words_of(clerk.get(new).text)
    assert "乙学会" in changed
    assert "单位性质社会团体" in changed
    shown = clerk.get(f"/desk/employers/{CODE}")
    assert shown.status_code == 200
    assert f"/desk/employers/{CODE}/book" not in shown.text
    _check(store)


@pytest.mark.parametrize("login", ["reviewer", "legal", "admin", "hospital_a", "zhangwei"])
def test_whoever_may_not_changes_nothing(enter: Enter, store: Database, login: str) -> None:
    caller = enter(login)
    guard = hidden(caller.get("/sign-out").text)
    before = _events(store)
    sent = guard | {"once": "a" * 32, "month": "202611", "bill": "none", "amount": "1"}
    for address in (
        "/employer/pay",
        "/employer/bill",
        "/employer/declare",
        "/desk/employers/register",
        "/desk/employers/assess",
        f"/desk/employers/{CODE}/declare",
        f"/desk/employers/{CODE}/book",
        f"/desk/employers/{CODE}/end",
    ):
        assert caller.post(address, data=sent).status_code == 403, address
    assert caller.get("/employer").status_code == 403
    assert _events(store) == before


def test_a_cashier_books_a_transfer(enter: Enter, store: Database) -> None:
    cashier = enter("cashier")
    page = cashier.get(f"/desk/employers/{CODE}").text
    due = re.search(r'data-k="金额"><span class="n">([\d,.]+)', page)
    assert due is not None
    bill = re.findall(rf"/desk/employers/{CODE}/bills/(\w+)", page)[0]
    day = re.search(r"\d{4}-\d{2}-\d{2}", page)
    assert day is not None
    form = _once(page, f"/desk/employers/{CODE}/book") | {
        "do": "book",
        "bill": bill,
        "channel": "bank",
        "reference": "transfer-1",
        "amount": due[1],
        "paid_on": "2026-11-20",
    }
    assert cashier.post(f"/desk/employers/{CODE}/book", data=form).status_code == 303
    assert "已缴清" in words_of(cashier.get(f"/desk/employers/{CODE}").text)
    twice = cashier.post(f"/desk/employers/{CODE}/book", data=form | {"once": "e" * 32})
    assert twice.status_code == 409
    assert "已经入过账" in words_of(twice.text)
    _check(store)
