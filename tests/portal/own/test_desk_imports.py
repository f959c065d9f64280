"""Another system's file at the desk: looked at, chosen again, written; its rejects downloaded."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest

from yibao.insured.people.certificates import check_character

from .conftest import Caller, hidden, words_of
from .test_claims import _form

Enter = Callable[[str], Caller]


def _csv(*orders: int, spoiled: str = "") -> bytes:
    lines = ["person,name,number,area,scheme,status,start_day"]
    for order in orders:
        body = f"14010519800315{order:03}"
        lines.append(
            f"N{order},张{order},{body + check_character(body)},140100,resident,,2020-01-01"
        )
    return "\n".join([*lines, *([spoiled] if spoiled else [])]).encode()


def test_a_head_lets_in_a_file_that_was_looked_at(enter: Enter) -> None:
    head = enter("head")
    content = _csv(101, 103, spoiled="N9,张九,140105198003150000,140100,resident,,2020-01-01")
    form = _form(head, "/desk/imports", "/desk/imports/look") | {"kind": "people"}
    files = {"file": ("people.csv", content, "text/csv")}
    shown = head.post("/desk/imports/look", data=form, files=files)
    assert shown.status_code == 200, words_of(shown.text)
    page = words_of(shown.text)
    assert "会写入 人员 2" in page
    assert "校验位" in page
    confirm = hidden(shown.text)
    other = {"file": ("people.csv", _csv(105), "text/csv")}
    wrong = head.post("/desk/imports/write", data=confirm, files=other)
    assert wrong.status_code == 409
    assert "不是刚才看过的那个文件" in words_of(wrong.text)
    sent = head.post("/desk/imports/write", data=confirm, files=files)
    assert sent.status_code == 303, words_of(sent.text)
    for _ in range(100):
        page = head.get("/desk/imports").text
        if "写完了" in page:
            break
        time.sleep(0.1)
    assert "写完了" in words_of(page)
    (rejects,) = set(re.findall(r"/desk/imports/\w+/rejects\.csv", page))
    assert "校验位" in head.get(rejects).text
    assert "张101" in words_of(enter("clerk").get("/desk/people/N101").text)


def test_unknown_headings_are_drafted(enter: Enter) -> None:
    head = enter("head")
    form = _form(head, "/desk/imports", "/desk/imports/look") | {"kind": "people"}
    files = {"file": ("a.csv", "个人编号,姓名\nW1,张一\n".encode(), "text/csv")}
    drafted = head.post("/desk/imports/look", data=form, files=files)
    assert drafted.status_code == 422
    assert "TODO" in drafted.text
    assert head.post("/desk/imports/look", data=form).status_code == 422


@pytest.mark.parametrize("login", ["clerk", "admin", "employer_a", "hospital_a"])
def test_whoever_may_not_sees_nothing(enter: Enter, login: str) -> None:
    caller = enter(login)
    guard = hidden(caller.get("/sign-out").text) | {"once": "a" * 32, "kind": "people"}
    files = {"file": ("people.csv", _csv(107), "text/csv")}
    assert caller.get("/desk/imports").status_code == 403
    assert caller.post("/desk/imports/look", data=guard, files=files).status_code == 403
    assert caller.post("/desk/imports/write", data=guard, files=files).status_code == 403
