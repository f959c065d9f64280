"""New staff at the employer's own pages: the head says how, the employer declares, an officer."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable

from tests.support.pictures import picture

from yibao.database.unit import Database
from yibao.employers.checks import employer_faults
from yibao.insured.people.certificates import RESIDENT, check_character
from yibao.insured.people.finding import people_with_numbers

from .conftest import Caller, hidden, words_of

Enter = Callable[[str], Caller]
_BODY = "14010519900307255"
_NUMBER = _BODY + check_character(_BODY)


def _person(store: Database) -> str:
    known = store.read(lambda unit: people_with_numbers(unit, store.secrets, RESIDENT, [_NUMBER]))
    return known.get(_NUMBER, ("", ""))[0]


def _lay_down(caller: Caller, hires: str, **more: str) -> None:
    page = caller.get("/desk/employers").text
    terms = hidden(page) | {
        "since": "2026-01",
        "cut_off": "15",
        "due": "15",
        "hires": hires,
        "once": secrets.token_hex(16),
        **more,
    }
    sent = caller.post("/desk/employers/terms", data=terms)
    assert sent.status_code == 303, words_of(sent.text)


def _declared(own: Caller, step: str) -> tuple[str, int]:
    page = own.get("/employer/declare").text
    month = re.search(r'name="month" maxlength="7" autocomplete="off" value="([\d-]+)"', page)
    assert month is not None
    line = f"{_NUMBER}\t孙新\t增员\t6500.00\t"
    fields = hidden(page) | {
        "month": month[1],
        "do": step,
        "lines": line,
        "once": secrets.token_hex(16),
    }
    sent = own.post("/employer/declare", data=fields | {"what": "month"})
    return words_of(sent.text), sent.status_code


def test_new_staff_come_with_the_declaration(enter: Enter, store: Database) -> None:
    own = enter("employer_a")
    said, status = _declared(own, "preview")
    assert (status, "先到窗口" in said) == (422, True)
    _lay_down(enter("head"), "by_declaration", put_off="1")
    own = enter("employer_a")
    assert "顺延到下一个工作日" in words_of(own.get("/employer").text)
    assert "没有 2027 年的放假安排" in _declared(own, "preview")[0]  # nobody guesses
    _lay_down(enter("head"), "by_declaration")
    own = enter("employer_a")
    assert "凭单位申报当时登记" in words_of(own.get("/employer").text)
    said, status = _declared(own, "preview")
    assert status == 200
    assert "孙新" in said
    assert "当时登记参保" in said
    assert _person(store) == ""
    assert _declared(own, "declare")[1] == 303
    assert _person(store)
    assert "孙新" in own.get("/employer").text
    assert not store.read(lambda unit: list(employer_faults(unit)), consistent=True)


def test_new_staff_wait_for_the_office_where_it_wants_proof(enter: Enter, store: Database) -> None:
    _lay_down(enter("head"), "by_proof")
    own = enter("employer_a")
    assert "交经办看材料" in _declared(own, "preview")[0]
    assert _declared(own, "declare")[1] == 303
    assert _person(store) == ""
    (address,) = set(re.findall(r"/desk/cases/\w+", own.get("/employer").text))
    page = own.get(address)
    assert page.status_code == 200
    for paper in ("identity_card", "employment_contract", "photo"):
        form = hidden(own.get(address).text) | {"paper": paper, "once": secrets.token_hex(16)}
        file = {"file": ("a.jpg", picture(), "image/jpeg")}
        assert own.post(f"{address}/documents", data=form, files=file).status_code == 303
    assert enter("hospital_a").get(address).status_code == 403
    for login, move in (("clerk", "accept"), ("reviewer", "approve")):
        caller = enter(login)
        form = hidden(caller.get(address).text) | {"move": move, "once": secrets.token_hex(16)}
        sent = caller.post(f"{address}/move", data=form)
        assert sent.status_code == 303, words_of(sent.text)
    assert _person(store)
    assert "孙新" in enter("employer_a").get("/employer").text
    assert not store.read(lambda unit: list(employer_faults(unit)), consistent=True)
