"""Insured people at the counter: registered, enrolled, ended, and what a second person decides."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from starlette.applications import Starlette
from tests.support.pictures import picture

from yibao.access.agencies import add_agency
from yibao.access.permissions import Role
from yibao.access.users import SYSTEM, add_user
from yibao.database.unit import Database
from yibao.record.used import held_state

from .conftest import Caller, Clock, hidden, words_of
from .test_desk import PASSWORD, _first_sign_in

Enter = Callable[[str], Caller]
NEW = {
    "route": "hukou",
    "name": "王小明",
    "certificate": "resident_identity_card",
    "number": "140105199003072333",
    "scheme": "resident",
    "area": "140100",
    "start": "2026-11-21",
    "shown": "1",
}


def _confirm(page: str) -> dict[str, str]:
    (form,) = (
        form for form in re.findall(r"<form.*?</form>", page, re.S) if 'value="confirm"' in form
    )
    return dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form))


def checked(caller: Caller, path: str, **fields: str) -> tuple[int, str]:
    """What an errand would change, as its page says it."""
    answer = caller.post(path, data=caller.form(path, **fields))
    return answer.status_code, answer.text


def carried_out(caller: Caller, path: str, **fields: str) -> str:
    """Check and confirm; where it leads."""
    status, page = checked(caller, path, **fields)
    assert status == 200, words_of(page)
    sent = _confirm(page)
    answer = caller.post(path, data=sent)
    assert answer.status_code == 303, words_of(answer.text)
    # The same form sent twice has one effect.
    assert caller.post(path, data=sent).headers["location"] == answer.headers["location"]
    return str(answer.headers["location"])


def _facts(store: Database, person: str) -> object:
    return store.read(lambda unit: held_state(unit, person)[0])


def _decided(enter: Enter, case: str, paper: str) -> None:
    """The clerk takes in the document and accepts, the reviewer approves."""
    for login, move in (("clerk", "accept"), ("reviewer", "approve")):
        caller = enter(login)
        if login == "clerk":
            guard = hidden(caller.get("/sign-out").text) | {"once": "d" * 32, "paper": paper}
            files = {"file": ("证明.jpg", picture(), "image/jpeg")}
            early = _move(caller, case, "accept")
            assert early.status_code == 409, "without the document it is not taken in"
            assert caller.post(f"{case}/documents", data=guard, files=files).status_code == 303
        moved = _move(caller, case, move)
        assert moved.status_code == 303, words_of(moved.text)


def _move(caller: Caller, case: str, move: str, **more: str):  # type: ignore[no-untyped-def]
    form = caller.get(case).text.partition('id="decide"')[2]
    inputs = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form))
    return caller.post(f"{case}/move", data={**inputs, "move": move, **more})


def test_a_person_is_registered_with_what_it_costs_shown_first(
    enter: Enter, store: Database
) -> None:
    clerk = enter("clerk")
    status, page = checked(clerk, "/desk/people/new", **NEW | {"number": "140105199003072330"})
    assert (status, "校验位不对" in page) == (422, True)
    assert checked(clerk, "/desk/people/new", **NEW | {"shown": ""})[0] == 422
    status, page = checked(clerk, "/desk/people/new", **NEW)
    said = words_of(page)
    assert status == 200
    assert "尚未缴费" in said
    assert "400.00" in said
    assert clerk.form("/desk/people", q="王小明")
    missing = clerk.post("/desk/people", data=clerk.form("/desk/people", q="王小明"))
    assert missing.status_code == 404, "the look has left nobody behind"
    address = carried_out(clerk, "/desk/people/new", **NEW)
    assert "王小明" in words_of(clerk.get(address).text)
    status, page = checked(clerk, "/desk/people/new", **NEW)
    assert (status, "已经登记过" in page) == (409, True)
    elsewhere = NEW | {"number": "140105195803072325", "area": "110000"}
    assert checked(clerk, "/desk/people/new", **elsewhere)[0] == 403


def test_a_newborn_comes_with_its_parent(enter: Enter, store: Database) -> None:
    clerk = enter("clerk")
    mother = carried_out(clerk, "/desk/people/new", **NEW | {"sex": "male"})
    fields = {
        "parent_certificate": "resident_identity_card",
        "parent_number": NEW["number"],
        "name": "王小宝",
        "sex": "female",
        "birth": "2026-11-01",
        "number": "T140105123",
        "shown": "1",
    }
    status, page = checked(clerk, "/desk/people/newborn", **fields)
    assert status == 200, words_of(page)
    child = carried_out(clerk, "/desk/people/newborn", **fields)
    page = words_of(clerk.get(mother).text)
    assert "子女" in page
    assert "王**" in page
    facts = _facts(store, child.rpartition("/")[2])
    assert [group.group for group in facts.groups] == ["newborn"]  # type: ignore[attr-defined]


def test_enrolment_is_suspended_and_ended_with_the_effect_shown(
    enter: Enter, store: Database
) -> None:
    clerk = enter("clerk")
    status, page = checked(clerk, "/desk/people/lina/suspension", last_day="2026-11-30")
    assert status == 200
    assert "办成以后的待遇" in words_of(page)
    before = _facts(store, "lina")
    carried_out(clerk, "/desk/people/lina/suspension", last_day="2026-11-30")
    after = _facts(store, "lina")
    assert before != after
    assert after.enrolments[-1].end.isoformat() == "2026-11-30"  # type: ignore[attr-defined]
    again = {"last_day": "2026-11-25", "reason": "death"}
    status, page = checked(clerk, "/desk/people/lina/ending", **again)
    assert (status, "没有核对原件" in page) == (422, True)
    carried_out(clerk, "/desk/people/lina/ending", **again, shown="1")
    assert _facts(store, "lina").enrolments[-1].end.isoformat() == "2026-11-25"  # type: ignore[attr-defined]


def test_a_wrong_number_is_put_right(enter: Enter, store: Database) -> None:
    clerk = enter("clerk")
    address = carried_out(clerk, "/desk/people/new", **NEW)
    fields = {"certificate": "passport", "number": "E12345678", "shown": "1"}
    carried_out(clerk, f"{address}/certificate", **fields)
    wrong = fields | {"wrong": "E99999999", "number": "E12345679"}
    assert checked(clerk, f"{address}/correction", **wrong)[0] == 404
    carried_out(clerk, f"{address}/correction", **wrong | {"wrong": "E12345678"})
    for number, status in (("E12345679", 303), ("E12345678", 404)):
        form = clerk.form("/desk/people", q=number, certificate="passport")
        assert clerk.post("/desk/people", data=form).status_code == status


def test_a_group_is_decided_by_a_second_person_and_changes_what_is_paid(
    enter: Enter, store: Database
) -> None:
    clerk = enter("clerk")
    address = carried_out(clerk, "/desk/people/new", **NEW)
    status, page = checked(clerk, f"{address}/group", group="low_income", start="2026-11-21")
    assert status == 200, words_of(page)
    said = words_of(page)
    assert "400.00" in said
    case = carried_out(clerk, f"{address}/group", group="low_income", start="2026-11-21")
    assert _facts(store, address.rpartition("/")[2]).groups == ()  # type: ignore[attr-defined]
    _decided(enter, case, "civil_affairs_certificate")
    person = address.rpartition("/")[2]
    groups = _facts(store, person).groups  # type: ignore[attr-defined]
    assert [group.group for group in groups] == ["low_income"]


def test_a_relation_is_decided_by_a_second_person(enter: Enter, store: Database) -> None:
    clerk = enter("clerk")
    person = carried_out(clerk, "/desk/people/new", **NEW)
    other = NEW | {"number": "140105195803072325", "name": "王老明"}
    carried_out(clerk, "/desk/people/new", **other)
    fields = {
        "relative_certificate": "resident_identity_card",
        "relative_number": other["number"],
        "relation": "parent",
        "start": "2020-01-01",
    }
    wrong = fields | {"relation": "child"}
    status, page = checked(clerk, f"{person}/relation", **wrong)
    assert (status, "写反了" in page) == (422, True)
    case = carried_out(clerk, f"{person}/relation", **fields)
    assert "父母" not in words_of(clerk.get(person).text)
    _decided(enter, case, "household_book")
    assert "父母" in words_of(enter("clerk").get(person).text)


def test_retirement_asks_for_the_years_of_the_area(enter: Enter, store: Database) -> None:
    clerk = enter("clerk")
    short = {"on": "2026-11-21", "earlier_months": "12", "deemed_months": "0"}
    status, page = checked(clerk, "/desk/people/zhangwei/retirement", **short)
    assert (status, "还差" in page) == (422, True)
    enough = short | {"earlier_months": "420"}
    case = carried_out(clerk, "/desk/people/zhangwei/retirement", **enough)
    _decided(enter, case, "retirement_approval")
    facts = _facts(store, "zhangwei")
    assert facts.enrolments[-1].status == "retired"  # type: ignore[attr-defined]


@pytest.mark.parametrize("login", ["reviewer", "second", "cashier", "legal", "auditor", "admin"])
def test_only_the_clerk_does_errands(enter: Enter, store: Database, login: str) -> None:
    caller = enter(login)
    before = _facts(store, "lina")
    guard = hidden(caller.get("/sign-out").text) | {"step": "confirm", "once": "a" * 32}
    sent = guard | {"last_day": "2026-11-30"}
    assert caller.post("/desk/people/lina/suspension", data=sent).status_code == 403
    assert caller.post("/desk/people/new", data=guard | NEW).status_code == 403
    assert _facts(store, "lina") == before
    offered = re.findall(r'href="/desk/people/lina/([\w-]+)"', caller.get("/desk/people/lina").text)
    # Money that is paid in, waits, or comes back, is a cashier's.
    money = ["contribution", "overpaid-account", "suspense", "recovery-payment"]
    assert offered == (money if login == "cashier" else [])


def test_another_areas_clerk_does_nothing(house: Starlette, store: Database, clock: Clock) -> None:
    away = add_agency(store, SYSTEM, "外地医保中心", "310000")
    add_user(store, SYSTEM, "away", PASSWORD, Role.CLERK, agency_id=away.agency)
    caller = Caller(house, follow_redirects=False)
    _first_sign_in(caller, store, clock, "away", PASSWORD)
    before = _facts(store, "lina")
    guard = hidden(caller.get("/sign-out").text) | {"step": "confirm", "once": "a" * 32}
    sent = guard | {"last_day": "2026-11-30"}
    assert caller.post("/desk/people/lina/suspension", data=sent).status_code == 403
    assert caller.post("/desk/people/new", data=guard | NEW).status_code == 403
    assert _facts(store, "lina") == before


def test_a_switch_of_schemes_waits_for_the_office(enter: Enter, store: Database) -> None:
    lina = enter("lina")
    before = _facts(store, "lina")
    asked = lina.form(
        "/own/enrol",
        person="lina",
        scheme="resident",
        area="140100",
        route="hukou",
        start="2026-12-01",
    )
    page = lina.follow("/own/enrol", asked)
    assert "批准以后的待遇" in words_of(page)
    done = lina.follow("/own/enrol", hidden(page))
    assert "审核通过以后才生效" in words_of(done)
    assert _facts(store, "lina") == before
    (case,) = re.findall(r'href="/own/cases/([0-9a-f]{32})"', done)
    page = words_of(lina.get(f"/own/cases/{case}").text)
    assert "还缺" in page
    assert "户口本或社区居委会证明" in page


def test_the_demo_has_work_whose_sums_are_not_nothing(enter: Enter) -> None:
    reviewer = enter("reviewer")
    (case,) = re.findall(r">参保登记[^\n]*?href=\"(/desk/cases/\w+)\"", reviewer.get("/desk").text)
    page = reviewer.get(case).text
    assert "灵活就业" in words_of(page)
    (yuan,) = re.findall(r'<span class="settled">(\d+)<small>', page)
    assert int(yuan) > 100, "a month of a flexible worker"
    clerk = enter("clerk")
    rows = clerk.get("/desk").text
    (case,) = re.findall(r"新生儿参保登记[^\n]*?href=\"(/desk/cases/\w+)\"", rows)
    assert "还缺" in words_of(clerk.get(case).text)


def test_a_person_registered_twice_becomes_one_and_the_other_address_leads_there(
    enter: Enter, store: Database
) -> None:
    clerk = enter("clerk")
    survivor = carried_out(clerk, "/desk/people/new", **NEW)
    passport = {"certificate": "passport", "number": "E12345678", "sex": "male"}
    birth = {"birth": "1990-03-07", "start": "2026-11-22"}
    other = carried_out(clerk, "/desk/people/new", **NEW | passport | birth)
    number = {"certificate": "passport", "number": "E12345678"}
    status, page = checked(clerk, f"{survivor}/merger", **number)
    said = words_of(page)
    assert status == 200, said
    assert "重复的登记：" in said
    assert "2026-11-22" in said
    case = carried_out(clerk, f"{survivor}/merger", **number)
    assert clerk.get(other).status_code == 200, "nothing holds before the second person"
    _decided(enter, case, "identity_card")
    clerk = enter("clerk")
    looked = clerk.get(other, follow_redirects=False)
    assert (looked.status_code, looked.headers["location"]) == (303, survivor)
    form = clerk.form("/desk/people", q="E12345678", certificate="passport")
    looked_up = clerk.post("/desk/people", data=form)
    assert looked_up.headers["location"] == survivor
    errand = clerk.get(f"{other}/suspension", follow_redirects=False)
    assert errand.headers["location"] == f"{survivor}/suspension"


def test_a_cashier_books_what_a_person_owes_and_what_is_too_much_waits_as_a_payment(
    enter: Enter, store: Database
) -> None:
    person = carried_out(enter("clerk"), "/desk/people/new", **NEW)
    cashier = enter("cashier")
    form = cashier.get(f"{person}/contribution").text
    offered = re.search(r"2026 年 ([\d,]+\.\d\d) ?元", form)
    assert offered, "what may be paid, with what it costs"
    due = float(offered[1].replace(",", ""))
    slip = {
        "period": "2026", "way": "counter_slip", "reference": "S20261121001",
        "paid_on": "2026-11-21", "holder": "王小明", "bank": "工商银行",
        "account": "6217000012345678",
    }  # fmt: skip
    status, page = checked(cashier, f"{person}/contribution", **slip, amount=f"{due - 0.01:.2f}")
    assert status >= 400
    assert "没有入账" in words_of(page)
    status, page = checked(cashier, f"{person}/contribution", **slip, amount=f"{due + 100:.2f}")
    assert status == 200, words_of(page)
    assert "多收 100.00 元" in words_of(page)
    carried_out(cashier, f"{person}/contribution", **slip, amount=f"{due + 100:.2f}")
    years = _facts(store, person.rpartition("/")[2]).contributions_resident  # type: ignore[attr-defined]
    assert 2026 in [paid.year for paid in years]
    assert "多缴的保费退还" in words_of(cashier.get("/desk/payments").text)
    status, page = checked(cashier, f"{person}/overpaid-account", **slip)
    assert status == 404, "nothing came back from the bank"
