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


def test_the_reviewer_says_until_when_a_disease_holds_and_it_is_renewed_from_there(
    town: Town,
) -> None:
    for login, role in (("zhao", Role.CLERK), ("qian", Role.REVIEWER)):
        _staff(town, login, role)
    case = town.send("/people/me/chronic-filings", {"disease": "hypertension"}).json()["case"]
    (row,) = town.get("/office/queue", "zhao")["rows"]
    by_number = f"/office/people/worker/cases/{row['case_number'].lower()}/moves"
    early = {"move": "accept", "until": "2027-11-20"}
    assert town.send(by_number, early, "zhao").status_code == 422
    assert town.send(by_number, {"move": "accept"}, "zhao").json()["case"] == case
    wrong = {"move": "approve", "until": "2026-11-20"}
    assert town.send(by_number, wrong, "qian").status_code == 422, "before its first day"
    approved = town.send(by_number, {"move": "approve", "until": "2027-11-20"}, "qian")
    assert approved.status_code == 201, approved.text
    (filing,) = town.get("/people/me/filings")["rows"]
    assert filing["end"] == "2027-11-20"
    renewal = {"disease": "hypertension", "from": "2027-11-20"}
    assert town.send("/people/me/chronic-filings", renewal).status_code == 409
    renewal["from"] = "2027-11-21"
    assert town.send("/people/me/chronic-filings", renewal).status_code == 201
    town.store.check()


def test_a_drug_is_applied_for_and_listed_over_http(town: Town) -> None:
    for login, role in (("zhao", Role.CLERK), ("qian", Role.REVIEWER)):
        _staff(town, login, role)
    asked = {"disease": "非小细胞肺癌", "medicine": "奥希替尼", "start": "2026-11-20"}
    errand = "/office/people/worker/errands/drug-qualification"
    assert town.send(errand, asked, "wife").status_code == 403
    opened = town.send(errand, asked, "zhao")
    assert opened.status_code == 201, opened.text
    case = f"/office/people/worker/cases/{opened.json()['case']}"
    content = base64.b64encode(picture()).decode()
    sent = {"paper": "diagnosis", "name": "a.jpg", "content": content}
    assert town.send(f"{case}/documents", sent, "zhao").status_code == 201
    assert town.send(f"{case}/moves", {"move": "accept"}, "zhao").status_code == 201
    assert town.get("/people/me/drug-qualifications")["qualifications"] == []
    until = {"move": "approve", "until": "2027-05-19"}
    assert town.send(f"{case}/moves", until, "qian").status_code == 201
    (row,) = town.get("/people/me/drug-qualifications")["qualifications"]
    assert row == asked | {"end": "2027-05-19"}
    town.store.check()


def test_a_claim_is_filed_keyed_in_and_decided_over_http(town: Town) -> None:
    for login, role in (("zhao", Role.CLERK), ("qian", Role.REVIEWER), ("sun", Role.SECOND)):
        _staff(town, login, role)
    claim = {
        "care": "inpatient", "reason": "fault_of_system", "institution_name": "市二院",
        "institution": "h1", "start": "2026-11-01", "end": "2026-11-05", "number": "00012345",
        "issued": "2026-11-05", "total": "5000.00", "third_party": "none", "holder": "王",
        "bank": "工商银行", "account": "6217000012345678",
    }  # fmt: skip
    filed = town.send("/people/me/claims", claim, key="the-claim")
    assert filed.status_code == 201, filed.text
    assert town.send("/people/me/claims", claim, key="the-claim").json() == filed.json()
    again = town.send("/people/wife/claims", claim, "wife")
    assert (again.status_code, "已经报销过" in again.json()["detail"]) == (409, True)
    assert town.send("/people/worker/claims", claim, "wife").status_code == 403
    case = f"/office/people/worker/cases/{filed.json()['case']}"
    body = {"move": "not_accept", "reason": "有认定书"}
    assert town.send(f"{case}/moves", body, "zhao").status_code == 422
    content = base64.b64encode(picture()).decode()
    for paper in ("receipt", "item_list", "diagnosis"):
        sent = {"paper": paper, "name": "a.jpg", "content": content}
        assert town.send(f"{case}/documents", sent).status_code == 201
    assert town.send(f"{case}/moves", {"move": "accept"}, "zhao").status_code == 201
    lines = {"lines": "床位费,4000.00,甲\n用品,1000.00"}
    for login in ("qian", "sun", "wife", "worker"):
        assert town.send(f"{case}/lines", lines, login).status_code == 403
    stored = town.send(f"{case}/lines", lines, "zhao").json()
    assert (stored["lines"], stored["missing"]) == (2, 0)
    assert town.send(f"{case}/moves", {"move": "enter"}, "zhao").json()["state"] == "quoted"
    decisions = [
        {"line": 1, "decision": "accepted"},
        {"line": 2, "decision": "rejected", "reason": "目录外"},
    ]
    decided = town.send(f"{case}/decisions", {"decisions": decisions}, "qian")
    assert decided.json()["undecided"] == 0
    assert town.send(f"{case}/moves", {"move": "review"}, "qian").status_code == 201
    assert town.send(f"{case}/moves", {"move": "approve"}, "qian").status_code == 403
    assert town.send(f"{case}/moves", {"move": "approve"}, "sun").json()["state"] == "settled"
    page = town.get(f"{case}/claim")
    assert (page["acp_stas"], page["total_fen"], page["doubts"]) == (3, 500_000, [])
    assert page["quote"]["fund"] + page["quote"]["own"] == 500_000
    account = {"holder": "王", "bank": "建设银行", "account": "6227000012345678"}
    assert town.send(f"{case}/account", account).status_code == 409, "nothing came back"
    for login, role in (("li", Role.CASHIER), ("zhou", Role.HEAD)):
        _staff(town, login, role)
    area = town.store.facts("worker").area
    batch = town.send("/office/payments/batches", {"area": area}, "li").json()["batch"]
    path = f"/office/payments/batches/{batch}"
    assert town.send(f"{path}/sign", {}, "li").status_code == 403
    assert town.send(f"{path}/sign", {}, "zhou").status_code == 201
    assert town.send(f"{path}/send", {}, "li").json()["state"] == "sent"
    (order,) = town.get(path, "li")["orders"]
    assert order["order"] in town.get(f"{path}/file", "li")["content"]
    answer = {"batch": batch, "order": order["order"], "amount": str(order["amount_fen"] // 100),
              "outcome": "returned", "reference": "B1", "day": "2026-11-21"}  # fmt: skip
    yuan = f"{order['amount_fen'] // 100}.{order['amount_fen'] % 100:02}"
    returned = town.send("/office/payments/answers", {**answer, "amount": yuan}, "li")
    assert returned.json()["state"] == "returned"
    assert town.send(f"{case}/account", account).json()["state"] == "settled"
    assert len(town.get("/office/payments", "li")["waiting"]) == 1
    town.store.check()
