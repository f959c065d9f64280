"""Errands at the counter over HTTP: what they would change, the doing, and who may not."""

from __future__ import annotations

import base64

import pytest
from tests.support.pictures import picture

from yibao.access.permissions import Actor, Role

from .town import Town

_PICTURE = base64.b64encode(picture()).decode()


@pytest.fixture
def office(town: Town) -> Town:
    area = town.store.facts("worker").area
    for login, role, place in (
        ("zhao", Role.CLERK, area),
        ("qian", Role.REVIEWER, area),
        ("away", Role.CLERK, "310000"),
    ):
        town.actors[login] = Actor(
            login,
            role,
            agency_id="agency",
            area=place,
            lives_here=lambda person, place=place: place == area,
        )
    return town


def _send(town: Town, path: str, body: object, login: str = "zhao", **more: str):  # type: ignore[no-untyped-def]
    return town.send(f"/office/people{path}", body, login, **more)


def test_a_person_is_registered_once(office: Town) -> None:
    area = office.store.facts("worker").area
    body = {
        "name": "王小明",
        "certificate": "resident_identity_card",
        "number": "140105199003072333",
        "scheme": "resident",
        "area": area,
        "start": "2026-11-21",
        "shown": True,
    }
    counts = office.counts()
    seen = _send(office, "/errands/new", {**body, "preview": True}).json()
    assert (seen["preview"], seen["person"], seen["before"]) == (True, "", None)
    assert seen["after"]["cover"][0]["reason"] == "unpaid"
    assert seen["after"]["next_due"]["period"] == 2026
    for login in ("qian", "away", "worker", "auditor", "admin", "hospital"):
        assert _send(office, "/errands/new", body, login).status_code == 403
    after = office.counts()
    assert {name: after[name] for name in ("person", "identity", "cover")} == {
        name: counts[name] for name in ("person", "identity", "cover")
    }
    first = _send(office, "/errands/new", body, key="register-one")
    assert first.status_code == 201, first.text
    assert first.json() == _send(office, "/errands/new", body, key="register-one").json()
    again = _send(office, "/errands/new", body)
    assert again.status_code == 409
    assert office.counts()["person"] == counts["person"] + 1
    office.store.check()


def test_a_suspension_shows_what_it_ends(office: Town) -> None:
    body = {"last_day": "2026-11-30"}
    for login in ("qian", "away", "worker", "wife", "auditor"):
        assert _send(office, "/worker/errands/suspension", body, login).status_code == 403
    answer = _send(office, "/worker/errands/suspension", body).json()
    assert answer["before"]["cover"][-1]["end"] is None
    assert answer["after"]["cover"][-1]["end"] == "2026-11-30"
    assert office.store.facts("worker").enrolments[-1].end is not None
    assert _send(office, "/worker/errands/suspension", body).status_code == 422
    office.store.check()


def test_a_child_is_applied_for_by_its_parent_and_registered_by_a_second_person(
    office: Town,
) -> None:
    body = {"name": "小小", "sex": "female", "birth": "2026-11-01", "number": "T140105123"}
    assert _send(office, "/worker/errands/own-newborn", body, "wife").status_code == 403
    answer = _send(office, "/me/errands/own-newborn", body, "worker").json()
    people = office.counts()["person"]
    case = f"/office/people/worker/cases/{answer['case']}"
    assert (answer["state"], len(office.get(case)["missing"])) == ("filed", 2)
    assert office.send(f"{case}/moves", {"move": "accept"}, "zhao").status_code == 409
    for paper in ("birth_certificate", "household_book"):
        sent = {"paper": paper, "name": f"{paper}.jpg", "content": _PICTURE}
        assert office.send(f"{case}/documents", sent).status_code == 201
    assert office.send(f"{case}/moves", {"move": "accept"}, "zhao").status_code == 201
    assert office.counts()["person"] == people
    assert office.send(f"{case}/moves", {"move": "approve"}, "zhao").status_code == 403
    approved = office.send(f"{case}/moves", {"move": "approve"}, "qian")
    assert approved.status_code == 201, approved.text
    assert office.counts()["person"] == people + 1
    relatives = office.get("/people/me/insurance")["relatives"]
    assert [relative["relation"] for relative in relatives] == ["child"]
    office.store.check()
