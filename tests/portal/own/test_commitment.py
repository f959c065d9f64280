"""A chronic disease that needs no review over HTTP: the commitment is read, then it holds."""

from __future__ import annotations

from pathlib import Path

from yibao.database.unit import Database
from yibao.policy.compile import PolicyLibrary

from .conftest import Caller, Clock, hidden, house_of, words_of
from .test_claims import Password, _form

_OVERLAY = """
overlay: 慢特病
parameters:
  crossing.chronic_review:
    unit: choice
    keys: [disease]
    values: {2020-01-01: {value: {hypertension: commitment}}}
"""
_ASKED = {"disease": "hypertension", "start": "2026-11-21", "shown": "1"}


def test_it_is_read_confirmed_and_holds(
    store: Database, clock: Clock, password: Password, tmp_path: Path
) -> None:
    path = tmp_path / "chronic.yaml"
    path.write_text(_OVERLAY, encoding="utf-8")
    house = house_of(PolicyLibrary.load(overlays=[path]), store, tmp_path, clock)
    lina = Caller(house, follow_redirects=False)
    lina.post("/sign-in", data={"login": "lina", "password": password("lina")})
    form = _form(lina, "/own/chronic", "/own/chronic")
    recap = lina.post("/own/chronic", data={**form, **_ASKED})
    assert "不用审核，确认就是承诺" in words_of(recap.text)
    assert "退回多享的待遇" in words_of(recap.text)
    done = lina.post("/own/chronic", data=hidden(recap.text) | {"step": "confirm"})
    assert "已认定" in words_of(done.text)
    assert "2026-11-21 起" in words_of(lina.get("/own/filings").text)
    cases = lina.get("/own/cases").text
    own = next(link for link in cases.split('"') if link.startswith("/own/cases/"))
    assert "本人承诺符合这个病种的认定条件" in words_of(lina.get(own).text)
