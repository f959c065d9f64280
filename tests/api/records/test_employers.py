"""An employer's month over HTTP: previewed, declared, billed, paid; others are refused."""

from __future__ import annotations

import datetime
from typing import Any

from yibao.access.operations import Key
from yibao.access.permissions import Actor, Role
from yibao.api.case_papers import PICTURE
from yibao.employers import operations as employers
from yibao.employers.states import HireWay
from yibao.insured.people.certificates import RESIDENT, check_character
from yibao.insured.people.registration import Named, register

from ...support.actors import CLERK
from .town import Build, Town

CODE = "91140100MA0K1YX082"


def _number() -> str:
    body = "14010519800315992"
    return body + check_character(body)


def _employer(town: Town, make_person: Build) -> dict[str, Any]:
    """An employer with its login, and the line of somebody who is to work there."""
    store = town.store
    facts = make_person("newstaff")
    day = datetime.date(2020, 1, 1)
    named = Named("钱新", RESIDENT, _number())
    register(store.database, facts, actor=CLERK, day=day, named=named, library=store.packs)
    employers.set_terms(
        store.database,
        Key("test", "terms", "1"),
        facts.area,
        202601,
        employers.CollectionTerms(25, 15),
        actor=CLERK,
    )
    employers.register_employer(
        store.database,
        store.packs,
        Key("test", "register", "1"),
        CODE,
        "甲公司",
        facts.area,
        employers.EmployerDetails(),
        day,
        actor=CLERK,
    )
    town.actors["hr"] = Actor("hr", Role.EMPLOYER, employer_id=CODE)
    town.actors["stranger"] = Actor("stranger", Role.EMPLOYER, employer_id="91140100MA0K2B5Q81")
    return {"number": _number(), "name": "钱新", "change": "joins", "base": "6000"}


def test_a_month_of_an_employer_over_http(town: Town, make_person: Build) -> None:
    line = _employer(town, make_person)
    address, body = f"/employers/{CODE}", {"month": "2026-11", "lines": [line]}
    counts = town.counts()
    for login in ("worker", "stranger", "hospital", "auditor"):
        assert town.send(f"{address}/declarations", body, login).status_code == 403, login
    wrong = town.send(f"{address}/previews", {**body, "lines": [{**line, "name": "别人"}]}, "hr")
    assert wrong.status_code == 422
    assert "姓名" in wrong.json()["detail"]
    shown = town.send(f"{address}/previews", body, "hr").json()
    assert town.counts()["employment"] == counts["employment"]
    first = town.send(f"{address}/declarations", body, "hr", key="the-declaration")
    again = town.send(f"{address}/declarations", body, "hr", key="the-declaration")
    assert (first.json(), again.json()) == (shown, shown)
    bill = town.send(f"{address}/bills", {"month": "2026-11"}, "hr").json()
    assert bill["due_fen"] == shown["due_fen"]
    assert town.get(f"{address}/roster", "hr")["rows"][0]["name"] == "钱新"
    (read,) = town.get(f"{address}/bills/{bill['bill']}", "hr")["lines"]
    assert sum(read["parts_fen"].values()) == bill["due_fen"]
    assert town.ask("GET", address, "stranger").status_code == 403
    assert town.ask("GET", address, "worker").status_code == 403
    paid = town.send(f"{address}/payments", {"bill": bill["bill"], "channel": "bank"}, "hr")
    assert paid.json()["status"] == "posted"
    twice = town.send(f"{address}/payments", {"bill": bill["bill"], "channel": "bank"}, "hr")
    assert twice.status_code == 409
    assert [row["state"] for row in town.get(address, "hr")["bills"]] == ["paid"]
    assert [row["employer"] for row in town.get("/employers", "hr")["rows"]] == [CODE]
    booked = {
        "bill": bill["bill"],
        "channel": "bank",
        "reference": "slip-1",
        "amount": "10.00",
        "paid_on": "2026-11-20",
    }
    assert town.send(f"{address}/money", booked, "hr").status_code == 403
    assert town.send(f"{address}/money", booked, "clerk").json()["credit_fen"] == 1_000


def test_new_staff_are_registered_over_http(town: Town, make_person: Build) -> None:
    _employer(town, make_person)
    body = "14010519900307255"
    line = {"number": body + check_character(body), "name": "孙新", "change": "joins"}
    sent = {"month": "2026-11", "lines": [{**line, "base": "6500"}]}
    address = f"/employers/{CODE}"
    refused = town.send(f"{address}/previews", sent, "hr")
    assert (refused.status_code, "先到窗口" in refused.json()["detail"]) == (422, True)
    area = town.get(address, "hr")["area"]
    terms = employers.CollectionTerms(25, 15, HireWay.BY_DECLARATION)
    key = Key("test", "terms", "2")
    employers.set_terms(town.store.database, key, area, 202601, terms, actor=CLERK)
    shown = town.send(f"{address}/previews", sent, "hr").json()
    (new,) = shown["newcomers"]
    assert (new["name"], new["way"], shown["new_staff"]) == ("孙新", "by_declaration", 1)
    assert town.send(f"{address}/declarations", sent, "stranger").status_code == 403
    declared = town.send(f"{address}/declarations", sent, "hr").json()
    assert (declared["new_staff"], declared["people"], declared["newcomers"]) == (1, 1, [])
    assert [row["name"] for row in town.get(f"{address}/roster", "hr")["rows"]] == ["孙新"]


def test_an_employer_applies_for_its_staff_over_http(town: Town, make_person: Build) -> None:
    line = _employer(town, make_person)
    address, body = f"/employers/{CODE}", {"from_area": "110000", "why": "work"}
    staff = f"{address}/staff/newstaff/transfer-in"
    assert town.send(staff, body, "hr").status_code == 403, "nobody is on the roster yet"
    declared = {"month": "2026-11", "lines": [line]}
    assert town.send(f"{address}/declarations", declared, "hr").status_code == 201
    before = town.counts()
    for login in ("worker", "stranger", "hospital", "clerk"):
        assert town.send(staff, body, login).status_code == 403, login
    for other in ("worker", "nobody"):
        assert town.send(f"{address}/staff/{other}/transfer-in", body, "hr").status_code == 403
    shown = town.send(staff, {**body, "preview": True}, "hr").json()
    assert (shown["preview"], shown["case"]) == (True, None)
    assert town.counts()["office_case"] == before["office_case"]
    first = town.send(staff, body, "hr", key="the-application").json()
    assert town.send(staff, body, "hr", key="the-application").json() == first
    (row,) = town.get(f"{address}/cases", "hr")["rows"]
    assert (row["case"], row["person"], row["state"]) == (first["case"], "newstaff", "applied")
    assert town.ask("GET", f"{address}/cases", "stranger").status_code == 403
    paper = {"paper": "other", "name": "a.jpg", "content": PICTURE}
    case_address = f"{address}/cases/{first['case']}"
    assert town.send(f"{case_address}/documents", paper, "stranger").status_code == 403
    assert town.send(f"{case_address}/documents", paper, "hr").status_code == 201
    assert (
        town.ask("GET", f"/office/people/newstaff/cases/{first['case']}", "hr").status_code == 403
    )
    assert town.send(f"{case_address}/moves", {"move": "withdraw"}, "stranger").status_code == 403
    assert (
        town.send(f"{case_address}/moves", {"move": "withdraw"}, "hr").json()["state"]
        == "withdrawn"
    )
    refused = town.send(f"{address}/staff/newstaff/allowance",
                        {"on": "2026-11-02", "delivery": "vaginal"}, "hr")  # fmt: skip
    assert (refused.status_code, "缴费基数" in refused.json()["detail"]) == (422, True)


def test_an_employer_is_registered_and_changed_over_http(town: Town, make_person: Build) -> None:
    _employer(town, make_person)
    area = town.get(f"/employers/{CODE}", "hr")["area"]
    town.actors["counter"] = Actor("counter", Role.CLERK, agency_id="agency", area=area)
    body = {"code": "91140100MA0K2B5Q81", "area": area, "name": "乙学会", "kind": "association"}
    before = town.counts()
    for login in ("hr", "worker", "auditor"):
        assert town.send("/employers", body, login).status_code == 403, login
    assert town.send("/employers", {**body, "kind": "学会"}, "counter").status_code == 422
    assert town.counts()["employer"] == before["employer"]
    registered = town.send("/employers", body, "counter")
    assert registered.json() == {"employer": body["code"], "state": "registered"}
    address = f"/employers/{body['code']}"
    assert town.get(address, "counter")["kind"] == "association"
    other = {"name": "乙中心", "kind": "public_institution"}
    assert town.send(f"{address}/changes", other, "hr").status_code == 403
    changed = town.send(f"{address}/changes", other, "counter").json()
    assert changed == {"employer": body["code"], **other}
    assert town.get(address, "counter")["kind"] == "public_institution"
