"""Moving and leaving over the pages: the person, two posts, a signed paper, and what is shown."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import urlsplit

import msgspec
from starlette.applications import Starlette

from yibao.database.unit import Database
from yibao.insured.people.finding import full_numbers
from yibao.moving.applications import BENEFIT_RECOVERY, LEAVING, TRANSFER_IN, InformationForm
from yibao.moving.files import form_key, signed_form
from yibao.office.reading import open_cases
from yibao.record.account import balance
from yibao.record.used import held_state

from .conftest import Caller, words_of
from .test_desk_people import _move, carried_out, checked

Enter = Callable[[str], Caller]


def _case(store: Database, kind: str, person: str) -> str:
    ((case, _),) = store.read(lambda unit: open_cases(unit, kind, person))
    return f"/desk/cases/{case}"


def test_a_form_of_another_store_is_booked_with_its_months_and_money(
    enter: Enter, store: Database
) -> None:
    case = _case(store, TRANSFER_IN, "zhangwei")
    clerk = enter("clerk")
    assert "从哪里转来" in words_of(clerk.get(case).text)
    assert _move(clerk, case, "accept").status_code == 303
    own = case.replace("/desk", "/own")
    assert "等转出地的信息表" in words_of(enter("zhangwei").get(own).text)
    clerk = enter("clerk")
    facts, _ = store.read(lambda unit: held_state(unit, "zhangwei"))
    numbers = store.read(lambda unit: full_numbers(unit, store.secrets, "zhangwei"))
    kind, number = numbers[0]
    ((_, wish),) = store.read(lambda unit: open_cases(unit, TRANSFER_IN, "zhangwei"))
    paid = [{"scheme": "employee", "period": 201400 + m, "status": "working"} for m in range(1, 5)]
    form = msgspec.convert(
        {
            "number": "f" * 32,
            "from_area": wish.from_area,
            "to_area": facts.area,
            "made_on": "2026-11-20",
            "certificate": kind,
            "id_number": number,
            "name": "张伟",
            "sex": facts.sex,
            "birth": facts.birth.isoformat(),
            "paid": paid,
            "balance": 12_345,
        },
        InformationForm,
    )
    content = msgspec.json.encode(signed_form(store.secrets, form))

    def receive(key: str) -> int:
        page = clerk.get(case).text
        guard = dict(re.findall(r'type="hidden" name="(form_token)" value="([^"]*)"', page))
        sent = {**guard, "once": key[:32], "key": key}
        files = {"file": ("form.json", content, "application/json")}
        return clerk.post(f"{case}/form", data=sent, files=files).status_code

    assert receive("0" * 64) == 422, "signed by somebody else"
    assert receive(form_key(store.secrets)) == 303
    before = store.read(lambda unit: balance(unit, "zhangwei"))
    assert _move(clerk, case, "book_form").status_code == 403
    reviewer = enter("reviewer")
    page = words_of(reviewer.get(case).text)
    assert "123.45" in page
    assert "重复的只算一次" in page
    assert _move(reviewer, case, "book_form").status_code == 303
    assert _move(enter("cashier"), case, "take_money").status_code == 303
    me = enter("zhangwei")
    assert "已办结" in words_of(me.get(own).text)
    paper = me.get(f"{own}/letter.pdf")
    assert paper.content.startswith(b"%PDF")
    after = store.read(lambda unit: balance(unit, "zhangwei"))
    assert (after or 0) - (before or 0) == 12_345


def test_a_certificate_of_cover_is_signed_and_checked(enter: Enter, house: Starlette) -> None:
    me = enter("lina")
    paper = me.get("/own/cover.pdf")
    assert paper.status_code == 200
    assert paper.content.startswith(b"%PDF")
    assert "/own/cover.pdf" in me.get("/own/insurance").text


def test_who_leaves_sees_what_becomes_of_the_account_and_two_people_close_it(
    enter: Enter, store: Database
) -> None:
    case = _case(store, LEAVING, "zhangguoqiang")
    assert _move(enter("clerk"), case, "approve").status_code == 403
    second = enter("second")
    page = words_of(second.get(case).text)
    assert "批准以后注销的个人账户余额" in page
    assert _move(second, case, "approve").status_code == 303
    assert store.read(lambda unit: balance(unit, "zhangguoqiang")) is None
    facts, _ = store.read(lambda unit: held_state(unit, "zhangguoqiang"))
    assert facts.enrolments[-1].end is not None
    clerk = enter("clerk")
    refused, why = checked(
        clerk, "/desk/people/zhangwei/leaving", why="given_up", last_day="2026-11-20"
    )
    assert (refused, "没有来源写明 太原市 放弃职工医保关系" in words_of(why)) == (422, True)
    status, page = checked(
        clerk,
        "/desk/people/zhangwei/leaving",
        why="death",
        last_day="2026-11-20",
        heirless="1",
    )
    assert status == 200, words_of(page)
    said = words_of(page)
    assert "没有个人账户" in said
    assert "没有继承人，余额归入统筹基金" in said
    filed = carried_out(
        clerk, "/desk/people/zhangwei/leaving", why="death", last_day="2026-11-20", heirless="1"
    )
    assert urlsplit(filed).path.startswith("/desk/cases/")


def test_a_benefit_is_recovered_by_three_posts(enter: Enter, store: Database) -> None:
    case = _case(store, BENEFIT_RECOVERY, "zhaoxiulan")
    reviewer = enter("reviewer")
    assert "1,200.00" in words_of(reviewer.get(case).text)
    assert _move(reviewer, case, "hear").status_code == 303
    assert _move(enter("second"), case, "approve").status_code == 303
    cashier = enter("cashier")
    carried_out(
        cashier, "/desk/people/zhaoxiulan/recovery-payment", way="at_once", amount="1200.00"
    )
    status, _ = checked(
        cashier, "/desk/people/zhaoxiulan/recovery-payment", way="at_once", amount="1.00"
    )
    assert status == 409
    assert "已收回" in words_of(enter("reviewer").get(case).text)
