"""Somebody without a login asks for one: papers, the counter's comparison, code and password."""

from __future__ import annotations

import base64
import re
import secrets
from collections.abc import Callable

import pytest
from sqlalchemy import select
from starlette.applications import Starlette
from tests.support.pictures import picture

from yibao.access.sessions import sign_in
from yibao.access.tables import actor as actors
from yibao.access.tables import event
from yibao.access.ties import tie_faults
from yibao.access.trail import verify_people
from yibao.database.unit import Database
from yibao.insured.people.finding import full_numbers
from yibao.office.checks import case_faults
from yibao.office.tables import case_document, case_move

from .conftest import Caller, Clock, hidden, words_of

Enter = Callable[[str], Caller]
WHO = "zhaoxiulan"
PASSWORD = "a password of her own"


def number_of(store: Database, person: str = WHO) -> str:
    return store.read(lambda unit: full_numbers(unit, store.secrets, person))[0][1]


def apply(caller: Caller, **fields: str) -> str:
    """Fill in the form; the receipt."""
    page = caller.get("/sign-up")
    area = re.search(r'name="area" value="(\d{6})"', page.text)
    assert area is not None
    sent = {
        **hidden(page.text),
        "whose": "own",
        "certificate": "resident_identity_card",
        "phone": "138 0000 0000",
        "area": area[1],
        **fields,
    }
    answer = caller.post("/sign-up", data=sent)
    assert answer.status_code == 200, words_of(answer.text)
    receipt = re.search(r"[2-9A-Z]{4}-[2-9A-Z]{4}-[2-9A-Z]{4}", answer.text)
    assert receipt is not None
    return receipt[0]


def go_on(caller: Caller, receipt: str, number: str, status: int = 200, **more: str) -> str:
    sent = {"receipt": receipt, "number": number, **more}
    answer = caller.post("/sign-up/progress", data=sent)
    assert answer.status_code == status, words_of(answer.text)
    return answer.text


def hand_in(caller: Caller, receipt: str, number: str, *papers: str) -> None:
    for paper in papers:
        fields = {"receipt": receipt, "number": number, "step": "paper", "paper": paper}
        answer = caller.post(
            "/sign-up/progress",
            data={**fields, "once": secrets.token_hex(16)},
            files={"file": ("card.jpg", picture(), "image/jpeg")},
        )
        assert answer.status_code == 200, words_of(answer.text)


def case_of(store: Database, receipt: str) -> str:
    plain = receipt.replace("-", "")
    return store.secrets.lasting_hash(f"sign-up case {plain}")[:32]


def move(caller: Caller, case: str, name: str, **more: str) -> int:
    page = caller.get(f"/desk/cases/{case}")
    form = next(f for f in re.findall(r"<form.*?</form>", page.text, re.S) if "/move" in f)
    sent = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form))
    return caller.post(f"/desk/cases/{case}/move", data={**sent, "move": name, **more}).status_code


def test_a_login_is_asked_for_compared_and_opened_with_a_code(
    house: Starlette, caller: Caller, enter: Enter, store: Database, clock: Clock
) -> None:
    number = number_of(store)
    receipt = apply(caller, name="赵秀兰", number=number)
    text = words_of(go_on(caller, receipt, number))
    assert "等申请人交材料" in text
    assert "材料不齐" in words_of(go_on(caller, receipt, number, 409, step="hand-over"))
    hand_in(caller, receipt.lower(), number, "card_front", "card_back")
    assert "待核对身份" in words_of(go_on(caller, receipt, number, step="hand-over"))
    case = case_of(store, receipt)

    clerk = enter("clerk")
    assert case in clerk.get("/desk").text
    page = words_of(clerk.get(f"/desk/cases/{case}").text)
    assert "号码、姓名都和登记的一样" in page
    assert number in page
    assert move(clerk, case, "ask", reason="反面看不清，请重拍") == 303
    stranger = Caller(house, follow_redirects=False)
    assert "反面看不清，请重拍" in words_of(go_on(stranger, receipt, number))
    hand_in(stranger, receipt, number, "card_back")
    go_on(stranger, receipt, number, step="hand-over")
    assert "发一次性码" not in clerk.get(f"/desk/cases/{case}").text
    assert move(clerk, case, "approve") == 303
    page_text = clerk.get(f"/desk/cases/{case}").text
    form = next(f for f in re.findall(r"<form.*?</form>", page_text, re.S) if "/code" in f)
    sent = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form))
    answer = clerk.post(f"/desk/cases/{case}/code", data=sent)
    code = re.search(r'<strong class="fig n">(\d{8})</strong>', answer.text)
    assert code is not None

    opening = {"step": "set-password", "login": "xiulan", "password": PASSWORD, "again": PASSWORD}
    wrong = go_on(stranger, receipt, number, 403, code="00000000", **opening)
    assert "一次性码不对" in words_of(wrong)
    assert "两次" in words_of(
        go_on(stranger, receipt, number, 422, code=code[1], **{**opening, "again": "x"})
    )
    assert "xiulan" in words_of(go_on(stranger, receipt, number, code=code[1], **opening))
    assert sign_in(store, "xiulan", PASSWORD, clock.at).actor.person_id == WHO
    again = go_on(stranger, receipt, number, 409, code=code[1], **opening)
    assert "现在还不能设密码" in words_of(again)
    operations = store.read(
        lambda unit: (
            unit.run(select(event.c.operation).where(event.c.person_id == WHO)).scalars().all()
        )
    )
    assert "open_login" in operations
    assert store.read(lambda unit: list(case_faults(unit)), consistent=True) == []
    chains = [f"case:{case}", WHO]
    assert list(tie_faults(store, chains)) == []
    assert list(verify_people(store, chains)) == []


def test_a_stranger_learns_nothing_of_who_is_registered(
    caller: Caller, store: Database, clock: Clock
) -> None:
    """Known, unknown, registered under another name: word by word the same."""
    pages = []
    for name, number in (
        ("赵秀兰", number_of(store)),
        ("李四", number_of(store)),
        ("王五", "11010519491231002X"),
    ):
        receipt = apply(caller, name=name, number=number)
        text = words_of(go_on(caller, receipt, number))
        pages.append(text.replace(receipt, "").replace(number, ""))
    assert len(set(pages)) == 1
    receipt = apply(caller, name="王五", number="11010519491231002X")
    wrong = words_of(go_on(caller, receipt, number_of(store), 404))
    assert wrong == words_of(go_on(caller, "AAAA-AAAA-AAAA", "11010519491231002X", 404)).replace(
        "AAAA-AAAA-AAAA", receipt
    )


def test_who_is_not_borne_out_is_not_approved(
    caller: Caller, enter: Enter, store: Database
) -> None:
    number = number_of(store)
    receipt = apply(caller, name="赵秀英", number=number)
    hand_in(caller, receipt, number, "card_front", "card_back")
    go_on(caller, receipt, number, step="hand-over")
    case = case_of(store, receipt)
    clerk = enter("clerk")
    assert "姓名和登记的不一样" in words_of(clerk.get(f"/desk/cases/{case}").text)
    assert move(clerk, case, "approve") == 422
    assert move(clerk, case, "refuse", reason="姓名不符") == 303
    assert "姓名不符" in words_of(go_on(caller, receipt, number))
    assert [row for row in _logins(store) if row == WHO] == []


def test_a_child_is_asked_for_by_a_guardian(caller: Caller, enter: Enter, store: Database) -> None:
    child, mother = number_of(store, "zhangxiaoyu"), number_of(store, "lina")
    receipt = apply(caller, name="张小雨", number=child)
    hand_in(caller, receipt, child, "card_front", "card_back")
    go_on(caller, receipt, child, step="hand-over")
    assert move(enter("clerk"), case_of(store, receipt), "approve") == 422
    receipt = apply(
        caller,
        whose="for_child",
        name="张小雨",
        number=child,
        guardian="李娜",
        guardian_number=mother,
    )
    hand_in(caller, receipt, child, "guardian_card_front", "guardian_card_back", "kinship")
    go_on(caller, receipt, child, step="hand-over")
    assert move(enter("clerk"), case_of(store, receipt), "approve") == 303


def test_a_forgotten_password_is_set_anew_and_who_was_signed_in_is_out(
    house: Starlette, caller: Caller, enter: Enter, store: Database, clock: Clock
) -> None:
    lina = Caller(house, follow_redirects=False)
    for name, value in enter("lina").cookies.items():
        lina.cookies.set(name, value)
    assert lina.get("/own").status_code == 200
    number = number_of(store, "lina")
    receipt = apply(caller, name="李娜", number=number)
    hand_in(caller, receipt, number, "card_front", "card_back")
    go_on(caller, receipt, number, step="hand-over")
    case, clerk = case_of(store, receipt), enter("clerk")
    move(clerk, case, "approve")
    page = clerk.get(f"/desk/cases/{case}").text
    form = next(f for f in re.findall(r"<form.*?</form>", page, re.S) if "/code" in f)
    sent = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form))
    code = re.findall(r">(\d{8})<", clerk.post(f"/desk/cases/{case}/code", data=sent).text)[0]
    answer = go_on(
        caller, receipt, number, step="set-password", code=code, login="", password=PASSWORD,
        again=PASSWORD,
    )  # fmt: skip
    assert "lina" in words_of(answer)
    assert sign_in(store, "lina", PASSWORD, clock.at).actor.person_id == "lina"
    assert lina.get("/own").status_code == 303


@pytest.mark.parametrize("login", ["reviewer", "cashier", "auditor", "lina", "hospital_a", "admin"])
def test_others_neither_decide_nor_give_out_a_code(
    login: str, caller: Caller, enter: Enter, store: Database
) -> None:
    number = number_of(store)
    receipt = apply(caller, name="赵秀兰", number=number)
    case = case_of(store, receipt)
    somebody = enter(login)
    before = store.read(
        lambda unit: unit.run(select(case_move.c.case_id, case_move.c.number)).all()
    )
    form_token = hidden(somebody.get("/sign-out").text)["form_token"]
    for path in (f"/desk/cases/{case}/code", f"/desk/cases/{case}/move"):
        sent = {"form_token": form_token, "once": "0" * 32, "move": "approve", "seen": "1"}
        assert somebody.post(path, data=sent).status_code in (403, 404)
    assert before == store.read(
        lambda unit: unit.run(select(case_move.c.case_id, case_move.c.number)).all()
    )


def test_what_is_handed_in_is_encrypted_and_too_many_guesses_wait(
    caller: Caller, store: Database
) -> None:
    number = number_of(store)
    receipt = apply(caller, name="赵秀兰", number=number)
    hand_in(caller, receipt, number, "card_front")
    file = str(store.engine.url.database)
    with open(file, "rb") as raw:
        content = raw.read()
    assert picture() not in content
    assert number.encode() not in content
    assert receipt.replace("-", "").encode() not in content
    rows = store.read(lambda unit: unit.run(select(case_document.c.content)).all())
    assert any(row.content == picture() for row in rows)
    for _ in range(5):
        go_on(caller, receipt, "11010519491231002X", 404)
    go_on(caller, receipt, number, 429)


def _logins(store: Database) -> list[str]:
    return list(store.read(lambda unit: unit.run(select(actors.c.person_id)).scalars().all()))


def test_the_same_over_the_api(caller: Caller, enter: Enter, store: Database, clock: Clock) -> None:
    number, root = number_of(store), "/api/v1/sign-ups"
    area = re.search(r'name="area" value="(\d{6})"', caller.get("/sign-up").text)
    assert area is not None
    asked = {
        "once": "a3f0c2d4e6b80123",
        "whose": "own",
        "name": "赵秀兰",
        "certificate": "resident_identity_card",
        "number": number,
        "phone": "13800000000",
        "area": area[1],
    }
    filed = caller.post(root, json=asked)
    assert filed.status_code == 201, filed.text
    assert caller.post(root, json=asked).json() == filed.json()
    proof = {"receipt": filed.json()["receipt"], "number": number}
    for paper in ("card_front", "card_back"):
        content = base64.b64encode(picture()).decode()
        sent = {"once": f"{paper}0", **proof, "paper": paper, "name": "a.jpg", "content": content}
        assert caller.post(f"{root}/papers", json=sent).status_code == 201
    assert caller.post(f"{root}/hand-over", json=proof).json()["state"] == "filed"
    wrong = caller.post(f"{root}/progress", json={**proof, "number": "11010519491231002X"})
    assert wrong.status_code == 404
    case = case_of(store, proof["receipt"])
    clerk = enter("clerk")
    assert move(clerk, case, "approve") == 303
    told = clerk.post(
        f"/api/v1/office/sign-ups/{case}/codes", json={}, headers={"Idempotency-Key": "code-0001"}
    )
    assert told.status_code == 201, told.text
    caller.cookies.clear()
    opening = {**proof, "code": told.json()["code"], "login": "xiulan", "password": PASSWORD}
    assert caller.post(f"{root}/login", json=opening).json() == {"login": "xiulan"}
    assert sign_in(store, "xiulan", PASSWORD, clock.at).actor.person_id == WHO
