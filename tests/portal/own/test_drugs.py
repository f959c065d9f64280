"""A qualification for a dual-channel drug over HTTP: applied for, seen, decided, shown, renewed."""

from __future__ import annotations

from starlette.applications import Starlette
from tests.support.pictures import picture

from yibao.database.unit import Database

from .conftest import Caller, Clock, hidden, words_of
from .test_claims import Password, _form, _move
from .test_desk_cases import _another

_ASKED = {"disease": "非小细胞肺癌", "medicine": "奥希替尼", "start": "2026-11-21", "end": ""}


def test_by_disease_and_drug_until_a_day(
    house: Starlette, store: Database, clock: Clock, password: Password
) -> None:
    lina = Caller(house, follow_redirects=False)
    lina.post("/sign-in", data={"login": "lina", "password": password("lina")})
    form = _form(lina, "/own/drug", "/own/drug")
    assert "不因有没有资格而变" in words_of(lina.get("/own/drug").text)
    backwards = {**form, **_ASKED, "end": "2026-11-01"}
    assert "止日不能早于起日" in words_of(lina.post("/own/drug", data=backwards).text)
    recap = lina.post("/own/drug", data={**form, **_ASKED})
    assert recap.status_code == 200, words_of(recap.text)
    sent = hidden(recap.text) | {"step": "confirm"}
    done = lina.post("/own/drug", data=sent).text
    assert "已提交申请" in words_of(done)
    (own,) = {link for link in done.split('"') if link.startswith("/own/cases/")}
    case = f"/desk/cases/{own.rpartition('/')[2]}"
    assert "奥希替尼" not in words_of(lina.get("/own/filings").text), "nothing holds by a tick"
    clerk = _another(house, store, clock, "clerk", password("clerk"))
    reviewer = _another(house, store, clock, "reviewer", password("reviewer"))
    fields = _form(lina, own, f"{own}/documents") | {"paper": "diagnosis"}
    files = {"file": ("diagnosis.jpg", picture(), "image/jpeg")}
    assert lina.post(f"{own}/documents", data=fields, files=files).status_code == 303
    assert _move(clerk, case, "accept") == 303
    assert _move(reviewer, case, "approve", until="2026-12-10") == 303
    page = words_of(lina.get("/own/filings").text)
    assert "奥希替尼（非小细胞肺癌）" in page
    assert "2026-11-21 至 2026-12-10" in page
    assert "奥希替尼的双通道药品资格到 2026-12-10" in words_of(lina.get("/own").text)
    assert "奥希替尼（非小细胞肺癌）" in words_of(clerk.get("/desk/people/lina").text)
