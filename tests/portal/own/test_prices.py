"""Price lists by page: the institution hands in, the reviewer confirms, the desk sees them."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from yibao.access.permissions import officer
from yibao.access.tables import event
from yibao.care.catalogue import COLUMNS, load_catalogue
from yibao.database.unit import Database

from .conftest import Caller, hidden, words_of
from .test_desk_clearing import form_of

Enter = Callable[[str], Caller]
_HEAD = "院内编码,国家编码,名称,单价,起始日\n"
_FILE = f"{_HEAD}Y1,X1,某片,0.95,2026-11-21\nY2,S1,某检查,230,2026-11-21\n"


def _events(store: Database) -> int:
    return store.read(
        lambda unit: int(unit.run(select(func.count()).select_from(event)).scalar_one())
    )


@pytest.fixture
def limited(store: Database, tmp_path: Path) -> Database:
    """The demo with limits in the catalogue."""
    file = tmp_path / "catalogue.csv"
    rows = ("X1,某片,A,drug,,1.00,0,,2024-01-01,", "S1,某检查,B,service,10,200,0,,2024-01-01,")
    file.write_text("\n".join([",".join(COLUMNS), *rows]) + "\n", encoding="utf-8")
    load_catalogue(store, file, actor=officer("test"))
    return store


def test_a_list_by_page_from_the_institution_to_the_reviewer(
    enter: Enter, limited: Database
) -> None:
    own = enter("hospital_a")
    assert 'href="/institution/prices"' in own.get("/institution").text
    action = "/institution/prices/hand-in"
    asked = form_of(own.get("/institution/prices").text, action)

    def send(caller: Caller, content: str, **more: str) -> Any:
        return caller.post(
            action, data=asked | more, files={"file": ("prices.csv", content.encode())}
        )

    before = _events(limited)
    wrong = send(own, f"{_FILE}Y3,X1,,1,2026-11-21\n", do="hand_in")
    assert wrong.status_code == 422
    assert "第 4 行" in words_of(wrong.text)
    seen = words_of(send(own, _FILE, do="preview").text)
    assert "会是这样" in seen
    assert "230.00" in seen
    assert _events(limited) == before
    handed = send(own, _FILE, do="hand_in").headers["location"]
    assert send(own, _FILE, do="hand_in").headers["location"] == handed
    assert "高于限价的等审核" in words_of(own.get(handed).text)
    page = words_of(own.get("/institution/prices").text)
    assert ("某片" in page, "某检查" in page) == (True, False)
    address = handed.replace("/institution", "/desk")
    reviewer = enter("reviewer")
    assert "高于限价的价目等着审核" in words_of(reviewer.get("/desk").text)
    assert f'href="{address}"' in reviewer.get("/desk/prices").text
    decide = form_of(reviewer.get(address).text, f"{address}/decide")
    refused = reviewer.post(f"{address}/decide", data=decide | {"do": "refuse"})
    assert refused.status_code == 422
    confirm = decide | {"do": "confirm", "once": "b" * 20}
    assert reviewer.post(f"{address}/decide", data=confirm).status_code == 303
    again = reviewer.post(f"{address}/decide", data=confirm | {"once": "e" * 20})
    assert again.status_code == 409
    desk = words_of(reviewer.get("/desk/institutions/hospital_a/prices").text)
    assert "高于限价 200.00，已同意" in desk
    clerk = enter("clerk")
    guard = hidden(clerk.get("/sign-out").text) | {"once": "c" * 20, "do": "confirm"}
    before = _events(limited)
    assert clerk.post(f"{address}/decide", data=guard).status_code == 403
    assert _events(limited) == before
    employer = enter("employer_a")
    assert employer.get(handed).status_code == 403
    legal = enter("legal")
    guard = hidden(legal.get("/sign-out").text) | {"once": "d" * 20}
    before = _events(limited)
    for path in ("/desk/prices", address, "/desk/institutions/hospital_a/prices"):
        assert legal.get(path).status_code == 403
    assert legal.post("/desk/institutions/hospital_a/prices/hand-in", data=guard).status_code == 403
    assert _events(limited) == before


def test_prices_over_the_api(enter: Enter, limited: Database) -> None:
    path = "/api/v1/office/institutions/hospital_a/prices"
    body = {"file": base64.b64encode(_FILE.encode()).decode()}

    def send(caller: Caller, at: str, sent: dict[str, Any], key: str, status: int = 201) -> Any:
        headers = {"Idempotency-Key": f"prices-{key}", "Sec-Fetch-Site": "same-origin"}
        answer = caller.post(at, json=sent, headers=headers)
        assert answer.status_code == status, answer.text
        return answer.json()

    send(enter("reviewer"), path, body, "01", 403)
    clerk = enter("clerk")
    seen = send(clerk, path, body | {"preview": True}, "02")
    assert (seen["list"], seen["count"], seen["above"]) == (None, 2, 1)
    assert [line["change"] for line in seen["lines"]] == ["price_new", "price_new"]
    handed = send(clerk, path, body, "03")["list"]
    address = f"/api/v1/office/prices/{handed}"
    send(clerk, f"{address}/decision", {"decision": "list_confirmed"}, "04", 403)
    reviewer = enter("reviewer")
    rows = reviewer.get("/api/v1/office/prices").json()["rows"]
    assert handed in {row["list"] for row in rows if row["state"] == "list_waiting"}
    assert reviewer.get(address).json()["lines"][0]["limit_yuan"] == "200.00"
    asked = {"decision": "list_refused", "reason": "没有依据"}
    assert send(reviewer, f"{address}/decision", asked, "05")["state"] == "list_refused"
    assert [row["own_code"] for row in reviewer.get(path).json()["rows"]] == ["Y1"]


_CATALOGUE = "编码,名称,类别,种类,先行自付,限价\nX1,某片,乙,药品,10,\nN1,新药,甲,药品,,\n"


def test_a_catalogue_by_page_from_one_post_to_the_other(enter: Enter, limited: Database) -> None:
    reviewer = enter("reviewer")
    assert 'href="/desk/catalogue"' in reviewer.get("/desk/institutions").text
    action = "/desk/catalogue/draw"
    asked = form_of(reviewer.get("/desk/catalogue").text, action) | {"start": "2027-01-01"}
    asked.pop("whole", None)

    def send(content: str, do: str) -> Any:
        files = {"file": ("catalogue.csv", content.encode())}
        return reviewer.post(action, data=asked | {"do": do}, files=files)

    before = _events(limited)
    wrong = send(f"{_CATALOGUE}X3,别的,丁,药品,,\n", "draw")
    assert wrong.status_code == 422
    assert "第 4 行" in words_of(wrong.text)
    seen = words_of(send(_CATALOGUE, "preview").text)
    assert "调入" in seen
    assert "类别变了" in seen
    assert _events(limited) == before
    address = send(_CATALOGUE, "draw").headers["location"]
    decide = form_of(reviewer.get(address).text, f"{address}/decide") | {"do": "confirm"}
    before = _events(limited)
    assert reviewer.post(f"{address}/decide", data=decide).status_code == 403
    assert _events(limited) == before
    second = enter("second")
    assert "目录的变更等着复审" in words_of(second.get("/desk").text)
    decide = form_of(second.get(address).text, f"{address}/decide") | {"do": "confirm"}
    assert second.post(f"{address}/decide", data=decide).status_code == 303
    again = second.post(f"{address}/decide", data=decide | {"once": "d" * 20})
    assert again.status_code == 409
    assert "已复审，从起始日用" in words_of(second.get(address).text)


def test_a_catalogue_over_the_api(enter: Enter, limited: Database) -> None:
    path = "/api/v1/office/catalogue"
    body = {"start": "2027-01-01", "file": base64.b64encode(_CATALOGUE.encode()).decode()}

    def send(caller: Caller, at: str, sent: dict[str, Any], key: str, status: int = 201) -> Any:
        headers = {"Idempotency-Key": f"catalogue-{key}", "Sec-Fetch-Site": "same-origin"}
        answer = caller.post(at, json=sent, headers=headers)
        assert answer.status_code == status, answer.text
        return answer.json()

    send(enter("clerk"), path, body, "01", 403)
    reviewer = enter("reviewer")
    seen = send(reviewer, path, body | {"preview": True}, "02")
    assert {item["code"]: item["change"] for item in seen["items"]} == {
        "N1": "item_added",
        "X1": "item_reclassed",
    }
    dropped = send(reviewer, path, body, "03")["change"]
    assert send(reviewer, f"{path}/{dropped}/drop", {}, "04")["state"] == "catalogue_dropped"
    change = send(reviewer, path, body, "05")["change"]
    send(reviewer, f"{path}/{change}/confirmation", {}, "06", 403)
    second = enter("second")
    assert len(second.get(f"{path}/{change}").json()["items"]) == 2
    states = {row["change"]: row["state"] for row in second.get(path).json()["rows"]}
    assert states[change] == "catalogue_drawn"
    confirmed = send(second, f"{path}/{change}/confirmation", {}, "07")
    assert confirmed["state"] == "catalogue_confirmed"
