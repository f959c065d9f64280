"""Cases at the desk: the queue, what was seen, who may not, and files that are no documents."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import select
from starlette.applications import Starlette
from tests.support.pictures import picture

from yibao.access.tables import event
from yibao.database.unit import Database
from yibao.portal.desk.queue import due_of
from yibao.scenario.demo import code_of

from .conftest import Caller, Clock, hidden, words_of

DAY = datetime.date


@pytest.mark.parametrize(
    ("due", "today", "said", "look"),
    [
        (DAY(2026, 9, 30), DAY(2026, 9, 30), "今天到期", "late"),
        # National day: from Wednesday to the Thursday after it lies one working day.
        (DAY(2026, 10, 8), DAY(2026, 9, 30), "还剩 1 天", "soon"),
        (DAY(2026, 9, 30), DAY(2026, 10, 9), "超期 2 天", "late"),
        (DAY(2026, 10, 15), DAY(2026, 9, 30), "还剩", ""),
        (None, DAY(2026, 9, 30), "没有计时", ""),
        (DAY(2035, 1, 8), DAY(2034, 12, 29), "年的放假安排，算不出", ""),
    ],
)
def test_deadlines_in_working_days(
    due: datetime.date | None, today: datetime.date, said: str, look: str
) -> None:
    listed: Any = SimpleNamespace(deadline=SimpleNamespace(day=due, note=""))
    shown = due_of(listed, today)
    assert said in str(shown.text)
    assert shown.look == look


def _cases(caller: Caller) -> dict[str, str]:
    """Addresses of grants by the first character of whose they are."""
    text = caller.get("/desk?all=1").text
    rows = re.findall(
        r'<th scope="row"><span[^>]*>(.)[^<]*</span>(?:(?!<th)[^\n])*?家庭共济授权审核[^\n]*?'
        r'href="(/desk/cases/\w+)"',
        text,
    )
    return dict(rows)


def _move_form(caller: Caller, case: str, **fields: str) -> dict[str, str]:
    form = caller.get(case).text.partition('id="decide"')[2]
    inputs = re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form)
    return dict(inputs) | fields


def _another(house: Starlette, store: Database, clock: Clock, login: str, password: str) -> Caller:
    caller = Caller(house, follow_redirects=False)
    caller.post("/sign-in", data={"login": login, "password": password})
    clock.forward(seconds=30)
    form = caller.form("/sign-in/code", code=code_of(store, login, clock.at))
    caller.post("/sign-in/code", data=form)
    return caller


def test_of_two_who_decide_one_wins_and_the_other_is_told(
    house: Starlette,
    store: Database,
    clock: Clock,
    password: Callable[[str], str],
) -> None:
    clerk = _another(house, store, clock, "clerk", password("clerk"))
    reviewer = _another(house, store, clock, "reviewer", password("reviewer"))
    case = _cases(reviewer)["张"]
    assert "2,205.70" in reviewer.get(case).text
    seen = _move_form(reviewer, case, move="approve")
    asked = _move_form(clerk, case, move="ask", reason="请补户口簿")
    assert clerk.post(f"{case}/move", data=asked).status_code == 303
    late = reviewer.post(f"{case}/move", data=seen)
    assert late.status_code == 409
    assert "没有做任何改动" in words_of(late.text)
    # Sent twice, it is one step.
    assert clerk.post(f"{case}/move", data=asked).status_code == 303
    assert clerk.get(case).text.count("请补户口簿") == 1


@pytest.mark.parametrize("login", ["clerk", "second", "cashier", "legal", "head", "auditor"])
def test_whoever_may_not_decide_changes_nothing(
    enter: Callable[[str], Caller], store: Database, login: str
) -> None:
    caller = enter(login)
    case = _cases(caller)["张"]
    page = caller.get(case)
    assert page.status_code == 200
    assert 'value="approve"' not in page.text
    guard = hidden(caller.get("/sign-out").text)
    fields = guard | {"once": "a" * 32, "seen": "2", "move": "approve", "reason": "可以"}
    before = _moves(store)
    refused = caller.post(f"{case}/move", data=fields)
    assert refused.status_code == 403
    assert _moves(store) == before


def _moves(store: Database) -> int:
    query = select(event.c.operation).where(event.c.operation == "move_case")
    return len(store.read(lambda unit: unit.run(query).all()))


def test_a_document_is_taken_in_by_its_content_and_given_out_as_a_file(
    enter: Callable[[str], Caller], store: Database
) -> None:
    clerk = enter("clerk")
    case = _cases(clerk)["李"]
    guard = hidden(clerk.get("/sign-out").text)
    for number, content in enumerate((b"", b"<script>", b"%PDF-1.7 nonsense")):
        files = {"file": ("户口簿.pdf", content, "application/pdf")}
        fields = guard | {"once": f"{number}" * 32, "paper": "kinship"}
        refused = clerk.post(f"{case}/documents", data=fields, files=files)
        assert refused.status_code == 422, refused.text
    big = {"file": ("大.pdf", b"%PDF" + b"0" * (9 * 1024 * 1024), "application/pdf")}
    fields = guard | {"once": "b" * 32, "paper": "kinship"}
    assert clerk.post(f"{case}/documents", data=fields, files=big).status_code == 413
    fields["once"] = "c" * 32
    files = {"file": ("户口簿.jpg", picture(), "image/jpeg")}
    assert clerk.post(f"{case}/documents", data=fields, files=files).status_code == 303
    (document,) = re.findall(rf'href="({case}/documents/\w+)"', clerk.get(case).text)
    answer = clerk.get(document)
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["content-disposition"].startswith("attachment")
    assert "sandbox" in answer.headers["content-security-policy"]
    nobody = clerk.post(f"{case}/documents", data={"once": "d" * 32}, files=files)
    assert nobody.status_code == 403, "a form that no page of this session showed"


def test_a_case_is_found_by_its_number_and_not_from_elsewhere(
    enter: Callable[[str], Caller],
) -> None:
    clerk = enter("clerk")
    case = _cases(clerk)["李"]
    form = clerk.form("/desk/people", q=case.rpartition("/")[2])
    assert clerk.post("/desk/people", data=form).headers["location"] == case
    assert clerk.get("/desk/cases/none").status_code == 404
    assert enter("admin").get(case).status_code == 403
    assert enter("hospital_a").get(case).status_code == 403
