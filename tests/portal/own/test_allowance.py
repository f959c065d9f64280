"""A maternity allowance over HTTP: asked for at the counter or by oneself, decided by the posts."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import select
from starlette.applications import Starlette
from tests.support.pictures import picture

from yibao.database.unit import Database
from yibao.employers.tables import employment
from yibao.insured.tables import person

from .conftest import Caller, words_of
from .test_claims import _form, _move
from .test_desk_people import carried_out

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
