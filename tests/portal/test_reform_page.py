"""/reform: one rule changed, the same invented people settled twice, on a page."""

from __future__ import annotations

import datetime
import io
import threading
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader
from starlette.testclient import TestClient
from tests.support.serving import wait_until

from yibao.policy.compile import PolicyLibrary
from yibao.portal import reform_pages
from yibao.portal.app import create_app
from yibao.portal.reform_runs import Told
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
    monkeypatch.setattr(reform_pages, "_WAIT_SECONDS", 500)
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
    for said in ("基金多付在哪里", "不是任何真实的人", "谁少付，谁多付", "三个家庭", "按推定的"):
        assert said in page.text, said
    assert 'class="fund" x="' in page.text, "more of the pooled fund is drawn"
    assert 'class="own2" x="' in page.text, "and less that people pay"
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
    second = client.get(address(area, "70", "80", "85", "90") + "&a1=101")
    assert second.status_code == 422
    assert "方案 2，二类：比例不能超过 100%" in second.text


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


def test_proposals_stand_side_by_side_and_go_on_paper(client: TestClient, area: str) -> None:
    two = address(area, "70", "80", "85", "90") + "&a0=75"  # the others as they are
    page = client.get(two)
    assert page.status_code == 200
    for said in ("几个方案", "方案 1", "方案 2", "下面是第一个方案", "/reform/reform.pdf?"):
        assert said in page.text, said
    assert 'name="a0" value="75"' in page.text
    assert 'name="a1" value="70"' in page.text
    paper = client.get(two.replace("/reform?", "/reform/reform.pdf?"))
    assert paper.headers["content-type"] == "application/pdf"
    pages = PdfReader(io.BytesIO(paper.content)).pages
    assert len(pages) == 2
    assert "不是任何真实的人" in "".join(page.extract_text() for page in pages).replace("\n", "")


def test_a_run_says_how_far_it_is_and_can_be_given_up(
    client: TestClient, area: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a script: the page comes again by itself, a button stops the run."""
    begun, go_on = threading.Event(), threading.Event()

    def slow(packs: object, area: str, overlay: str, year: int, told: Told) -> Any:
        told(0.4)
        begun.set()
        go_on.wait(20)
        told(0.5)
        raise AssertionError("it was given up")

    monkeypatch.setattr(reform_pages, "_run", slow)
    monkeypatch.setattr(reform_pages, "_WAIT_SECONDS", 0.05)
    here = address(area, "71", "80", "85", "90")
    client.get(here)
    assert begun.wait(20)
    page = client.get(here)
    assert page.headers["Refresh"] == "1"
    assert '<progress max="100" value="40">' in page.text
    assert client.get(address(area, "72", "80", "85", "90")).status_code == 503
    form = {"area": area, "parameter": RATIO, "v0": "71", "v1": "80", "v2": "85", "v3": "90"}
    assert client.post("/reform", data=form, headers={"Origin": "http://evil"}).status_code == 403
    stopped = client.post("/reform", data=form, follow_redirects=False)
    assert stopped.status_code == 303
    assert stopped.headers["location"] == f"/reform?area={area}&parameter={RATIO}"
    go_on.set()
    monkeypatch.setattr(reform_pages, "_WAIT_SECONDS", 20)
    monkeypatch.setattr(reform_pages, "_run", lambda *asked: (_ for _ in ()).throw(KeyError))

    def another() -> bool:
        """Whether another run begins, which it does once the one that was given up ended."""
        try:
            return client.get(address(area, "73", "80", "85", "90")).status_code != 503
        except KeyError:
            return True

    wait_until(another)
