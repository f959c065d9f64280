"""/reform: one rule changed, the same invented people settled twice, on a page."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from yibao.policy.compile import PolicyLibrary
from yibao.portal import reform_pages
from yibao.portal.app import create_app
from yibao.reform.changes import (
    changeable_rules,
    changed_library,
    overlay_of,
    read_values,
    unchanged,
)

TODAY = datetime.date(2026, 11, 30)
RATIO = "resident.inpatient.ratio"


@pytest.fixture
def client(packs: PolicyLibrary, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TestClient:
    monkeypatch.setattr(reform_pages, "PEOPLE", 300)
    return TestClient(create_app(packs, data=tmp_path, today=lambda: TODAY))


def address(area: str, *values: str) -> str:
    typed = "".join(f"&v{place}={value}" for place, value in enumerate(values))
    return f"/reform?area={area}&parameter={RATIO}{typed}"


def test_from_the_place_to_what_a_change_does(client: TestClient, area: str) -> None:
    assert f"/reform?area={area}" in client.get("/reform").text
    assert f"parameter={RATIO}" in client.get(f"/reform?area={area}").text
    form = client.get(address(area)).text
    assert 'name="v0" value="60"' in form
    assert "/policy/source/" in form
    page = client.get(address(area, "70", "80", "85", "90"))
    assert page.status_code == 200
    for said in ("基金多付在哪里", "不是任何真实的人", "谁少付，谁多付", "三个人", "按推定的"):
        assert said in page.text, said
    assert 'class="fund"' in page.text
    table = client.get(address(area, "70", "80", "85", "90").replace("?", "/table.csv?"))
    assert table.headers["content-type"].startswith("text/csv")
    assert table.text.startswith("group,name,people,winners,losers,fund_yuan,own_yuan")
    english = client.get(address(area, "70", "80", "85", "90"), headers={"Cookie": "d=l.en"})
    assert english.status_code == 200


def test_what_is_no_rule_or_no_number_is_said(client: TestClient, area: str) -> None:
    assert client.get("/reform?area=nowhere").status_code == 404
    assert client.get(f"/reform?area={area}&parameter=nothing").status_code == 404
    wrong = client.get(address(area, "101", "80", "85", "90"))
    assert wrong.status_code == 422
    assert "比例不能超过 100%" in wrong.text
    assert client.get(address(area, "abc", "80", "85", "90")).status_code == 422


def test_a_visitor_runs_so_many_and_one_at_a_time(
    client: TestClient, area: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reform_pages, "_run", lambda *asked: (_ for _ in ()).throw(KeyError))
    statuses = []
    for number in range(reform_pages._RUNS_IN_WINDOW + 1):
        try:
            page = client.get(address(area, str(number + 1), "80", "85", "90"))
            statuses.append(page.status_code)
        except KeyError:
            statuses.append(0)
    assert statuses[-1] == 429
    assert 429 not in statuses[:-1]


def test_every_changeable_rule_makes_a_pack_that_changes_it_alone(
    packs: PolicyLibrary, area: str
) -> None:
    rules = changeable_rules(packs, area, TODAY)
    assert RATIO in {rule.rule.parameter for rule in rules}
    assert len(rules) >= 8
    for rule in rules:
        same = read_values(rule, [cell.value for cell in rule.cells])
        assert unchanged(rule, same)
        overlay = overlay_of(rule, same, area, datetime.date(2026, 1, 1))
        there = changed_library(packs, overlay)
        before, after = packs.rulebook(area), there.rulebook(area)
        day = (TODAY - datetime.date(1970, 1, 1)).days
        assert before.segment(day).rules == after.segment(day).rules
