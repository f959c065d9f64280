"""A grant that waits for a review, decided over HTTP by two people of different duties."""

from __future__ import annotations

import base64

from yibao.access.permissions import Actor, Role
from yibao.aid.consents import consents

from ...support.pictures import picture
from .town import Town

_PICTURE = base64.b64encode(picture()).decode()


def _staff(town: Town, login: str, role: Role) -> None:
    area = town.store.facts("worker").area
    town.actors[login] = Actor(
        login, role, agency_id="agency", area=area, lives_here=lambda person: True
    )


def test_two_people_of_an_office_decide_an_application(town: Town) -> None:
    town.store.relate("worker", "wife")
    for login, role in (("zhao", Role.CLERK), ("qian", Role.REVIEWER), ("sun", Role.SECOND)):
        _staff(town, login, role)
    body = {"grantee": "wife", "relation": "spouse", "limit": "300"}
    town.send("/people/me/grants", {**body, "consent_version": consents()["grant"].version})
    (row,) = town.get("/office/queue", "zhao")["rows"]
    assert (row["kind"], row["state_title"], row["person"]) == ("grant_review", "待受理", "worker")
    assert town.get("/office/queue", "sun")["rows"] == []
    assert town.get("/office/queue", "worker")["rows"] == []
    case = f"/office/people/worker/cases/{row['case']}"

    for login, move in (("qian", "accept"), ("wife", "withdraw"), ("auditor", "accept")):
        assert town.send(f"{case}/moves", {"move": move}, login).status_code == 403
    accepted = town.send(f"{case}/moves", {"move": "accept", "seen": 1}, "zhao")
    assert accepted.json()["state"] == "accepted"
    assert town.send(f"{case}/moves", {"move": "approve"}, "zhao").status_code == 403
    assert town.send(f"{case}/moves", {"move": "refuse"}, "qian").status_code == 422
    late = town.send(f"{case}/moves", {"move": "approve", "seen": 1}, "qian")
    assert late.status_code == 409
    assert "别人又办了一步" in late.json()["detail"]
    assert town.send(f"{case}/notes", {"text": "电话问过"}, "qian").status_code == 201
    page = town.get(case, "qian")
    assert [move["move"] for move in page["moves"]] == ["ask", "pause", "approve", "refuse"]

    approval = {"move": "approve", "seen": page["number"]}
    first = town.send(f"{case}/moves", approval, "qian", key="the-decision")
    again = town.send(f"{case}/moves", approval, "qian", key="the-decision")
    assert (first.status_code, first.json()) == (201, again.json())
    assert again.headers["Idempotent-Replayed"] == "true"
    assert town.get("/people/me/grants")["given"][0]["status"] == "active"
    (mine,) = town.get("/office/people/me/cases")["rows"]
    assert (mine["state_title"], mine["open"]) == ("已批准", False)
    steps = [step["step"] for step in town.get(case)["history"]]
    assert steps == ["提交申请", "受理", "备注", "批准"]
    # Another's case is not there under one's own address.
    assert town.ask("GET", case.replace("worker", "wife"), "wife").status_code == 404


def test_documents_come_and_go_over_http(town: Town) -> None:
    _staff(town, "zhao", Role.CLERK)
    case = town.send("/people/me/chronic-filings", {"disease": "hypertension"}).json()["case"]
    address = f"/office/people/worker/cases/{case}"
    papers = {row["paper"]: row["required"] for row in town.get(address)["papers"]}
    assert papers == {"diagnosis": False, "examination": False}
    sent = {"paper": "diagnosis", "name": "诊断.jpg", "content": _PICTURE}
    counts = town.counts()
    for login in ("wife", "auditor", "hospital"):
        assert town.send(f"{address}/documents", sent, login).status_code == 403
    for wrong in ({"content": "AAAA"}, {"paper": "nonsense"}, {"content": "不是"}):
        assert town.send(f"{address}/documents", {**sent, **wrong}).status_code == 422
    assert town.counts()["case_document"] == counts["case_document"]
    first = town.send(f"{address}/documents", sent, key="the-document")
    again = town.send(f"{address}/documents", sent, key="the-document")
    assert (first.status_code, first.json()) == (201, again.json())
    (document,) = town.get(address, "zhao")["documents"]
    assert (document["title"], document["name"]) == ("诊断证明", "诊断.jpg")
    read = town.get(f"{address}/documents/{document['document']}", "zhao")
    assert read["content"] == _PICTURE
    path = f"{address}/documents/{document['document']}"
    assert town.ask("GET", path, "wife").status_code == 403
    assert town.ask("GET", path.replace("worker", "wife"), "wife").status_code == 404
    town.store.check()


def test_a_disease_holds_when_the_office_has_seen_the_proof(town: Town) -> None:
    for login, role in (("zhao", Role.CLERK), ("qian", Role.REVIEWER)):
        _staff(town, login, role)
    asked = {"disease": "hypertension"}
    case = town.send("/people/me/chronic-filings", asked).json()["case"]
    again = town.send("/people/me/chronic-filings", asked)
    assert (again.status_code, again.json()["detail"]) == (
        409,
        "这个病种已经有一份申请在办，请等它办完",
    )
    assert town.get("/people/me/filings")["rows"] == []
    (row,) = town.get("/office/queue", "zhao")["rows"]
    assert (row["case"], row["summary"]) == (case, "高血压，从 2026-11-21 起")
    address = f"/office/people/worker/cases/{case}/moves"
    assert town.send(address, {"move": "accept"}, "zhao").status_code == 201
    assert town.send(address, {"move": "approve"}, "zhao").status_code == 403
    assert town.get("/people/me/filings")["rows"] == []
    assert town.send(address, {"move": "approve"}, "qian").status_code == 201
    (filing,) = town.get("/people/me/filings")["rows"]
    assert (filing["kind"], filing["disease"]) == ("chronic", "hypertension")
    town.store.check()
