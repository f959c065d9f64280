"""One question a screen: forward, back, 不知道 everywhere, a hospital by its name."""

from __future__ import annotations

import re

from starlette.testclient import TestClient

STAY = "/guided?kind=inpatient"


def test_each_screen_asks_one_question_and_leads_back(client: TestClient) -> None:
    address = "/guided"
    for answer in ("kind=inpatient", "who=resident", "clinic=unknown"):
        page = client.get(address)
        assert page.status_code == 200
        assert page.text.count("<fieldset") == 1
        assert 'value="unknown"' in page.text
        address += ("&" if "?" in address else "?") + answer
    back = re.findall(r'class="crumbs"><a href="([^"]+)"', client.get(address).text)[0]
    assert "在哪家医院" in client.get(back.replace("&amp;", "&")).text


def test_the_end_is_the_calculator_with_everything_filled_in(client: TestClient) -> None:
    done = client.get(f"{STAY}&who=retired&clinic=grade-3A&total_typed=30000")
    assert done.status_code == 303
    assert done.headers["location"].startswith("/calc/visit?kind=inpatient&scheme=employee")
    page = client.get(done.headers["location"]).text
    assert "3,428" in page


def test_a_hospital_is_known_by_its_name(client: TestClient) -> None:
    listed = client.get(f"{STAY}&who=resident").text
    name = re.findall(r'<option value="([^"]+)"', listed)[0]
    asked = client.get("/guided", params={
        "kind": "inpatient", "who": "resident", "clinic_typed": name, "total": "unknown",
    })  # fmt: skip
    assert asked.status_code == 303
    assert "institution=grade-" in asked.headers["location"]
    strange = client.get(f"{STAY}&who=resident&clinic_typed=abc")
    assert strange.status_code == 422
    assert 'id="typed-fault"' in strange.text


def test_who_does_not_know_the_scheme_sees_every_scheme(client: TestClient) -> None:
    page = client.get(f"{STAY}&who=unknown&clinic=grade-3A&total=unknown").text
    for who in ("居民医保", "职工医保，在职", "职工医保，已办退休"):
        assert who in page
    assert page.count("自己付") >= 3


def test_a_pharmacy_has_no_hospital(client: TestClient) -> None:
    page = client.get("/guided?kind=pharmacy&who=working").text
    assert "花了多少钱" in page
    assert "第 3 题，共 3 题" in page
