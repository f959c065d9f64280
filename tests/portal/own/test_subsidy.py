"""The subsidy of the flexibly employed over HTTP, and what the bank returns sent elsewhere."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select
from starlette.applications import Starlette
from tests.support.pictures import picture

from yibao.access.operations import Key
from yibao.access.permissions import Role, officer
from yibao.access.users import SYSTEM, add_user
from yibao.benefit.facts import Enrolment, GroupMembership, Person
from yibao.database.unit import Database
from yibao.disbursement.tables import payment_order
from yibao.insured import operations as insured
from yibao.insured.payments.direct import contribute
from yibao.policy.compile import PolicyLibrary
from yibao.policy.kinds import ContributionClass, Scheme, Status

from .conftest import PASSWORD, Caller, Clock, hidden, house_of, words_of
from .test_claims import _form, _move
from .test_desk_cases import _another

Password = Callable[[str], str]
_OVERLAY = """
overlay: 灵活就业缴费补贴
parameters:
  employee.contribution.premium_subsidy_ratio:
    name: {zh: 灵活就业缴费补贴比例, en: share that is paid back}
    unit: percent
    keys: [group]
    values: {2020-01-01: {value: {employment_hardship: 66.67}}}
  employee.contribution.premium_subsidy_from_month:
    name: {zh: 从次年几月起申请缴费补贴, en: first month to apply in}
    unit: months
    values: {2020-01-01: {value: 2}}
"""
_ASKED = {
    "year": "2025",
    "holder": "方华",
    "bank": "演示银行",
    "account": "6217 0000 1234 5678",
}
_DAY = datetime.date


@pytest.fixture
def fang(store: Database, packs: PolicyLibrary) -> str:
    """Somebody in hardship who paid July to December of 2025 alone: 2,210.58 yuan."""
    office, area = officer("test"), "140100"
    start = _DAY(2025, 7, 1)
    enrolment = Enrolment(
        Scheme.EMPLOYEE, Status.WORKING, start, None, area, ContributionClass.FLEXIBLE
    )
    groups = (GroupMembership("employment_hardship", start),)
    facts = Person("fang", "female", _DAY(1988, 2, 1), area, groups, (enrolment,), (), ())
    named = insured.Named("方华", "resident_identity_card", "140101198802019985")
    insured.register(store, facts, actor=office, day=start, named=named)
    months = list(range(202507, 202513))
    paid_on = _DAY(2025, 12, 10)
    key = Key("test", "contribute", "1")
    bill, _ = contribute(store, packs, key, "fang", paid_on, actor=office, months=months)
    assert bill.due == 2_210_58
    add_user(store, SYSTEM, "fang", PASSWORD, Role.INSURED, person_id="fang")
    return "fang"


def through_the_bank(
    store: Database, cashier: Caller, head: Caller, case: str, outcome: str
) -> None:
    """A batch with the payment of a case, signed, sent, and what the bank says of it."""
    order = store.read(
        lambda unit: unit.run(
            select(payment_order).where(payment_order.c.reference == case[12:])
        ).one()
    )
    draft = _form(cashier, "/desk/payments", "/desk/payments/draft")
    sent = {**draft, f"order-{order.order_id}": "1"}
    batch = cashier.post("/desk/payments/draft", data=sent).headers["location"]
    for caller, step in ((head, "sign"), (cashier, "send")):
        fields = _form(caller, batch, f"{batch}/move") | {"do": step}
        assert caller.post(f"{batch}/move", data=fields).status_code == 303
    yuan = f"{order.amount // 100}.{order.amount % 100:02}"
    number = batch.rpartition("/")[2]
    content = (
        "批次号,付款单号,金额,结果,银行流水号,日期,原因\n"
        f"{number},{order.order_id},{yuan},{outcome},B{number[-6:]},2026-11-30,户名不符\n"
    )
    fields = _form(cashier, "/desk/payments", "/desk/payments/answers")
    files = {"file": ("answers.csv", content.encode(), "text/csv")}
    assert cashier.post("/desk/payments/answers", data=fields, files=files).status_code == 200


def sent_elsewhere(clerk: Caller, other: Caller, case: str) -> None:
    """What the bank returned is paid to another account that the clerk writes down."""
    page = words_of(clerk.get(case).text)
    assert "银行退回，换一个账户" in page
    fields = _form(clerk, case, f"{case}/claim/account")
    new = {"holder": "方华", "bank": "另一银行", "account": "6217000087654321"}
    assert (
        clerk.post(f"{case}/claim/account", data={**fields, **new, "account": ""}).status_code
        == 422
    )
    guard = hidden(other.get("/sign-out").text) | {"once": "f" * 32}
    assert "银行退回，换一个账户" not in words_of(other.get(case).text)
    assert other.post(f"{case}/claim/account", data={**guard, **new}).status_code == 403
    assert clerk.post(f"{case}/claim/account", data={**fields, **new}).status_code == 303
    page = words_of(clerk.get(case).text)
    assert "银行退回，换一个账户" not in page
    assert "4321" in page


def test_paid_first_and_two_thirds_come_back(
    packs: PolicyLibrary,
    store: Database,
    fang: str,
    clock: Clock,
    password: Password,
    tmp_path: Path,
) -> None:
    """66.67% of 2,210.58 yuan = 1,473.79, applied for on the own page, decided by two."""
    overlay = tmp_path / "subsidy.yaml"
    overlay.write_text(_OVERLAY, encoding="utf-8")
    house = house_of(PolicyLibrary.load(overlays=[overlay]), store, tmp_path, clock)

    def enter(login: str) -> Caller:
        return _another(house, store, clock, login, password(login))

    own = Caller(house, follow_redirects=False)
    own.post("/sign-in", data={"login": fang, "password": PASSWORD})
    form = _form(own, "/own/subsidy", "/own/subsidy")
    early = own.post("/own/subsidy", data={**form, **_ASKED, "year": "2026"})
    assert "2026 年还没有过完" in words_of(early.text)
    recap = own.post("/own/subsidy", data={**form, **_ASKED})
    assert recap.status_code == 200, words_of(recap.text)
    sent = hidden(recap.text) | {"step": "confirm"}
    done = words_of(own.post("/own/subsidy", data=sent).text)
    assert "已提交申请" in done
    (mine,) = {
        link for link in own.get("/own/cases").text.split('"') if link.startswith("/own/cases/")
    }
    case = f"/desk/cases/{mine.rpartition('/')[2]}"
    fields = _form(own, mine, f"{mine}/documents") | {"paper": "subsidy_proof"}
    clerk = enter("clerk")
    assert _move(clerk, case, "accept") == 409, "without the proof it is not taken in"
    files = {"file": ("proof.jpg", picture(), "image/jpeg")}
    assert own.post(f"{mine}/documents", data=fields, files=files).status_code == 303
    assert _move(clerk, case, "accept") == 303
    reviewer, second = enter("reviewer"), enter("second")
    assert _move(reviewer, case, "review") == 303
    page = words_of(second.get(case).text)
    assert "1,473.79" in page
    assert "2025 年缴了 2,210.58 元，付给 方华" in page
    assert _move(second, case, "approve") == 303
    cashier, head = enter("cashier"), enter("head")
    assert "1,473.79" in words_of(cashier.get("/desk/payments").text)
    assert own.get(f"{mine}/account").status_code == 404, "nothing came back"
    through_the_bank(store, cashier, head, case, "退回")
    assert "银行退回了，换一个账户" in words_of(own.get(mine).text)
    sent_elsewhere(clerk, reviewer, case)
    through_the_bank(store, cashier, head, case, "成功")
    assert "已付" in words_of(own.get(mine).text)


def test_without_a_figure_it_is_refused_by_name(
    house: Starlette, enter: Callable[[str], Caller], fang: str
) -> None:
    """Shanxi's share has no source: the counter and the own page say what was looked at."""
    own = Caller(house, follow_redirects=False)
    own.post("/sign-in", data={"login": fang, "password": PASSWORD})
    form = _form(own, "/own/subsidy", "/own/subsidy")
    answer = own.post("/own/subsidy", data={**form, **_ASKED})
    assert answer.status_code == 409
    assert "没有找到这类人的灵活就业缴费补贴办法" in words_of(answer.text)
    clerk = enter("clerk")
    path = f"/desk/people/{fang}/premium-subsidy"
    page = clerk.post(path, data=clerk.form(path, **_ASKED))
    assert page.status_code == 422
    assert "不代为估计" in words_of(page.text)
