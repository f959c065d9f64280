"""A chronic disease without review: it holds at once where the pack says so, on a commitment."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from yibao.access.errors import DeniedError
from yibao.access.operations import Key
from yibao.crossing.applications import ChronicApplication
from yibao.crossing.operations import filings_as_rows
from yibao.crossing.qualification import COMMITMENT, apply_chronic
from yibao.database.unit import Database
from yibao.errors import ConflictError, InputError
from yibao.office.reading import read_case
from yibao.policy.compile import PolicyLibrary

from ..support.actors import CLERK, oneself
from ..support.store import Store

AT = datetime.datetime(2026, 9, 25, 2, tzinfo=datetime.UTC)
START = datetime.date(2026, 9, 25)


@pytest.fixture
def lenient(tmp_path: Path) -> PolicyLibrary:
    """A pack in which one disease needs no review."""
    path = tmp_path / "chronic.yaml"
    path.write_text(
        "overlay: 慢特病\nparameters:\n  crossing.chronic_review:\n    unit: choice\n"
        "    keys: [disease]\n    values:\n"
        "      2020-01-01: {value: {hypertension: commitment}}\n",
        encoding="utf-8",
    )
    return PolicyLibrary.load(overlays=[path])


def test_what_needs_no_review_holds_with_the_commitment_recorded(
    database: Database,
    packs: PolicyLibrary,
    lenient: PolicyLibrary,
    make_person: Callable[..., Any],
    together: Callable[..., list[Any]],
) -> None:
    store = Store(database, packs)
    for name in ("wang", "li"):
        store.person(make_person(name))

    def ask(
        library: PolicyLibrary, message: str, disease: str = "hypertension", **more: Any
    ) -> Any:
        application = ChronicApplication(disease=disease, start=START)
        key, who = Key("test", "chronic", message), more.pop("actor", oneself("wang"))
        return apply_chronic(database, library, key, "wang", application, actor=who, at=AT, **more)

    before = store.fingerprint()
    with pytest.raises(InputError, match="要本人承诺"):
        ask(lenient, "1")
    with pytest.raises(DeniedError):
        ask(lenient, "2", committed=True, actor=oneself("li"))
    assert store.fingerprint() == before
    waiting = ask(lenient, "3", "dialysis", committed=True)
    assert (waiting["state"], waiting["filing"]) == ("filed", None), "it is reviewed by default"

    tries = [
        lambda number=number: ask(lenient, f"both-{number}", committed=True) for number in (1, 2)
    ]
    answers = together(tries)
    (recognised,) = [answer for answer in answers if isinstance(answer, dict)]
    assert [isinstance(answer, ConflictError) for answer in answers].count(True) == 1
    assert recognised["state"] == "approved"
    filed = database.read(lambda unit: filings_as_rows(unit, "wang"))
    assert [(filing.disease, filing.start) for filing in filed] == [("hypertension", START)]
    page = read_case(database, CLERK, recognised["case"], START)
    assert not page.listed.is_open
    assert page.history[-1].reason == str(COMMITMENT)
    store.check()
