"""办事进度: an applicant sees whose step is next, hands in what is missing, withdraws."""

from __future__ import annotations

import re
from collections.abc import Callable

from tests.support.pictures import picture

from .conftest import Caller, hidden, words_of

Enter = Callable[[str], Caller]


def _own_case(caller: Caller) -> str:
    rows = caller.get("/own/cases").text.split("<tr>")
    (row,) = (row for row in rows if "家庭共济授权审核" in row)
    (case,) = re.findall(r'href="(/own/cases/[0-9a-f]{32})"', row)
    return str(case)


def _move(caller: Caller, case: str, move: str, **more: str) -> int:
    """Press a button of a case's page: the applicant's, or the desk's."""
    page = caller.get(case).text
    (form,) = (form for form in re.findall(r"<form.*?</form>", page, re.S) if 'name="seen"' in form)
    fields = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form))
    address = case if case.startswith("/own") else f"{case}/move"
    return caller.post(address, data={**fields, "move": move, **more}).status_code


def test_an_applicant_supplements_and_withdraws(enter: Enter) -> None:
    lina = enter("lina")
    listed = words_of(lina.get("/own/cases").text)
    assert "家庭共济授权审核" in listed
    assert "等受理岗" in listed
    case = _own_case(lina)
    number = case.rpartition("/")[2]
    assert _move(enter("clerk"), f"/desk/cases/{number}", "ask", reason="请补户口簿") == 303
    lina = enter("lina")
    page = words_of(lina.get(case).text)
    assert "等您" in page
    assert "请补户口簿" in page
    files = {"file": ("户口簿.jpg", picture(), "image/jpeg")}
    guard = {name: hidden(lina.get(case).text)[name] for name in ("form_token", "once")}
    sent = {**guard, "paper": "kinship"}
    refused = lina.post(
        f"{case}/documents", data=sent, files={"file": ("a.pdf", b"%PDF", "application/pdf")}
    )
    assert refused.status_code == 422
    assert lina.post(f"{case}/documents", data=sent, files=files).status_code == 303
    (document,) = re.findall(rf'href="({case}/documents/\w+)"', lina.get(case).text)
    answer = lina.get(document)
    assert answer.content == picture()
    assert answer.headers["content-disposition"].startswith("attachment")
    assert _move(lina, case, "supplement") == 303
    assert "等受理岗" in words_of(lina.get(case).text)
    # What is not the applicant's to do has no effect.
    assert _move(lina, case, "approve") == 403
    assert "待受理" in words_of(lina.get(case).text)
    assert _move(lina, case, "withdraw") == 303
    page = lina.get(case).text
    assert "已撤回" in words_of(page)
    assert 'type="file"' not in page
    assert "办完了" in words_of(lina.get("/own/cases").text)


def test_a_case_is_its_applicants_alone(enter: Enter) -> None:
    case = _own_case(enter("lina"))
    zhangwei = enter("zhangwei")
    assert zhangwei.get(case).status_code == 403
    guard = hidden(zhangwei.get("/sign-out").text)
    once = {"once": "a" * 32}
    files = {"file": ("户口簿.jpg", picture(), "image/jpeg")}
    sent = zhangwei.post(f"{case}/documents", data=guard | once, files=files)
    assert sent.status_code == 403
    assert zhangwei.post(case, data=guard | once | {"move": "withdraw"}).status_code == 403
    assert zhangwei.get(f"{case}/documents/none").status_code == 403
    assert zhangwei.get("/own/cases/none").status_code == 404
    assert "待受理" in words_of(enter("lina").get(case).text)
