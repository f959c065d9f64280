"""A maternity allowance over HTTP: asked for at the counter or by oneself, decided by the posts."""

from __future__ import annotations

import re
from collections.abc import Callable

from sqlalchemy import select
from starlette.applications import Starlette
from tests.support.pictures import picture

from yibao.database.unit import Database
from yibao.employers.reading import named
from yibao.employers.tables import employment
from yibao.insured.tables import person

from .conftest import Caller, Clock, words_of
from .test_claims import _form, _move
from .test_desk_cases import _another
from .test_desk_people import carried_out
from .test_subsidy import sent_elsewhere, through_the_bank

Enter = Callable[[str], Caller]
_ASKED = {
    "on": "2026-11-12",
    "delivery": "vaginal",
    "average": "8000.00",
    "holder": "王秀兰",
    "bank": "演示银行",
    "account": "6217 0000 1234 5678",
}


def _mother(store: Database) -> str:
    """Somebody on the roster of the demo's employer."""
    on_roster = select(person.c.person_id).join(
        employment, employment.c.person_id == person.c.person_id
    )
    rows = store.read(
        lambda unit: unit.run(on_roster.where(person.c.sex == "female").limit(1)).scalars().all()
    )
    return str(rows[0])


def test_at_the_counter_and_through_the_posts(enter: Enter, store: Database) -> None:
    """The figure of the kernel stands on the case; the second decides; no other post may."""
    clerk = enter("clerk")
    case = carried_out(clerk, f"/desk/people/{_mother(store)}/allowance", **_ASKED)
    page = words_of(clerk.get(case).text)
    assert "26,133.33" in page
    assert "98 天，单位上年月平均 8,000.00 元（凭单位的证明），付给 王秀兰" in page
    for paper in ("medical_record", "wage_statement"):
        assert _move(clerk, case, "accept") == 409, "without the papers it is not taken in"
        fields = _form(clerk, case, f"{case}/documents") | {"paper": paper}
        files = {"file": (f"{paper}.jpg", picture(), "image/jpeg")}
        assert clerk.post(f"{case}/documents", data=fields, files=files).status_code == 303
    assert _move(clerk, case, "accept") == 303
    reviewer = enter("reviewer")
    assert _move(reviewer, case, "review") == 303
    assert "26,133.33" in words_of(reviewer.get(case).text)
    second = enter("second")
    assert _move(second, case, "approve") == 303
    assert "26,133.33" in words_of(enter("cashier").get("/desk/payments").text)


def test_what_the_bank_returns_is_sent_to_another_account(
    house: Starlette, store: Database, clock: Clock, password: Callable[[str], str]
) -> None:
    def entered(login: str) -> Caller:
        return _another(house, store, clock, login, password(login))

    clerk, reviewer, second = entered("clerk"), entered("reviewer"), entered("second")
    case = carried_out(clerk, f"/desk/people/{_mother(store)}/allowance", **_ASKED)
    for paper in ("medical_record", "wage_statement"):
        fields = _form(clerk, case, f"{case}/documents") | {"paper": paper}
        files = {"file": (f"{paper}.jpg", picture(), "image/jpeg")}
        assert clerk.post(f"{case}/documents", data=fields, files=files).status_code == 303
    for caller, move in ((clerk, "accept"), (reviewer, "review"), (second, "approve")):
        assert _move(caller, case, move) == 303
    cashier, head = entered("cashier"), entered("head")
    through_the_bank(store, cashier, head, case, "退回")
    sent_elsewhere(clerk, reviewer, case)
    through_the_bank(store, cashier, head, case, "成功")
    assert "已付" in words_of(clerk.get(case).text)


def test_what_is_not_due_is_said_before_it_is_asked_for(
    house: Starlette, password: Callable[[str], str]
) -> None:
    for login, said in (("lina", "没有参加职工医保"), ("zhangwei", "生育津贴是女职工的")):
        caller = Caller(house, follow_redirects=False)
        caller.post("/sign-in", data={"login": login, "password": password(login)})
        form = _form(caller, "/own/allowance", "/own/allowance")
        answer = caller.post("/own/allowance", data={**form, **_ASKED})
        assert answer.status_code == 409, login
        assert said in words_of(answer.text)


def test_the_employer_asks_for_its_staff_and_sees_how_far_it_is(
    enter: Enter, store: Database
) -> None:
    """From the roster to the case; the figure is the kernel's; documents stay the person's."""
    mother = _mother(store)
    own = enter("employer_a")
    page = own.get("/employer").text
    assert f"/employer/staff/{mother}/allowance" in page
    path = f"/employer/staff/{mother}/allowance"
    assert own.get("/employer/staff/lina/allowance").status_code == 403
    stranger = own.post(path, data={**_form(own, path, path), **_ASKED, "step": "check"})
    assert (stranger.status_code, "户名要是本人" in words_of(stranger.text)) == (422, True)
    sealed = store.secrets
    name, _ = store.read(lambda unit: named(unit, sealed, mother))
    asked = _ASKED | {"holder": name}
    case = carried_out(own, path, **asked)
    again = own.post(path, data={**_form(own, path, path), **asked, "step": "check"})
    assert "26,133.33" in words_of(again.text)
    for paper in ("medical_record", "wage_statement"):
        fields = _form(own, case, f"{case}/documents") | {"paper": paper}
        files = {"file": (f"{paper}.jpg", picture(), "image/jpeg")}
        assert own.post(f"{case}/documents", data=fields, files=files).status_code == 303
    (document, *_) = set(re.findall(rf"{case}/documents/(\w+)", enter("clerk").get(case).text))
    assert _move(enter("clerk"), case, "accept") == 303
    own = enter("employer_a")
    assert "已受理" in words_of(own.get("/employer").text)
    assert f"{case}/documents/{document}" not in own.get(case).text
    assert own.get(f"{case}/documents/{document}").status_code == 403
    assert own.get(f"{case}/letter.pdf").status_code == 403
    for login in ("clerk", "zhangwei", "hospital_a"):
        caller = enter(login)
        assert caller.get(path).status_code == 403, login


def test_the_employer_asks_for_a_move_here(enter: Enter, store: Database) -> None:
    """What cannot be is said before it is asked for; what can be is a case of the new area."""
    own = enter("employer_a")
    path = f"/employer/staff/{_mother(store)}/transfer-in"
    here = own.post(path, data={**_form(own, path, path), "from_area": "140100", "why": "work"})
    assert here.status_code == 422
    assert "转出地就是这里" in words_of(here.text)
    case = carried_out(own, path, from_area="大同", why="work")
    assert "大同" in words_of(own.get(case).text)
    assert "医保关系转入" in words_of(own.get("/employer").text)
    assert _move(enter("clerk"), case, "accept") == 303
    assert _move(enter("employer_a"), case, "withdraw") == 303
