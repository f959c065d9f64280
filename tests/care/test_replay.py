"""``replay``, ``rebuild`` and ``impact``: what is stored follows from what is stored."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text, update

from yibao.access.operations import Answer, Key
from yibao.benefit.facts import Filing
from yibao.care.impact import apply_impact, impact
from yibao.care.replay import ERRATA, Erratum, rebuild, replay
from yibao.database.compact import compacted
from yibao.database.unit import Database, Unit
from yibao.errors import ConflictError
from yibao.insured import tables as insured
from yibao.insured.fragments import stored_state
from yibao.insured.stored.profile import state_document, state_of
from yibao.messages import message
from yibao.policy.compile import PolicyLibrary
from yibao.policy.kinds import FilingKind

from ..support.actors import CLERK
from ..support.store import Store

Build = Callable[..., Any]

REFORM = """
overlay: 改革
parameters:
  employee.inpatient.deductible:
    values:
      2025-01-01: {value: 10}
"""


UNSOURCED = """
overlay: 大额没有来源
parameters:
  employee.upper.rule:
    values:
      2025-01-01: {value: unknown}
"""


@pytest.fixture
def store(
    database: Database, packs: PolicyLibrary, make_person: Build, make_institution: Build
) -> Store:
    new_store = Store(database, packs)
    new_store.institution(make_institution("h1", price_class=1))
    new_store.person(make_person("worker"), balance=300_000)
    new_store.person(make_person("wife", scheme="resident"))
    return new_store


@pytest.fixture
def reform(tmp_path: Path) -> PolicyLibrary:
    path = tmp_path / "reform.yaml"
    path.write_text(REFORM, encoding="utf-8")
    return PolicyLibrary.load(overlays=[path])


def _tampered(database: Database, statement: str, **values: bytes) -> None:
    """Change what no operation changes, past the triggers."""
    with database.engine.begin() as connection:
        if database.is_postgresql:
            connection.execute(text("SET LOCAL session_replication_role = replica"))
        else:
            for action in ("update", "delete"):
                connection.execute(text(f"DROP TRIGGER IF EXISTS append_only_settlement_{action}"))
        connection.execute(text(statement), values)


def _year(store: Store, make_visit: Build) -> None:
    store.grant("worker", "wife")
    for number, kind in enumerate(("outpatient", "inpatient", "inpatient", "outpatient"), 1):
        start, end = f"2025-0{number}-10", f"2025-0{number}-12" if kind == "inpatient" else None
        for person, draw in (("worker", ["own"]), ("wife", ["own", "worker"])):
            visit = make_visit(
                f"{person}{number}", person, "h1", 300_000, start=start, end=end, draw=draw
            )
            store.settle(visit)
    store.reverse("worker", "worker4")


def test_nothing_differs(store: Store, make_visit: Build) -> None:
    _year(store, make_visit)
    seen: list[int] = []
    assert list(replay(store.database, actor=CLERK, progress=seen.append)) == []
    assert list(rebuild(store.database, actor=CLERK, progress=seen.append)) == []
    assert seen == [2, 2]


def test_replay_needs_no_pack(store: Store, make_visit: Build, monkeypatch: Any) -> None:
    _year(store, make_visit)

    def refused(*_: Any, **__: Any) -> Any:
        raise AssertionError("replay reads no pack")

    monkeypatch.setattr(PolicyLibrary, "load", refused)
    for name in ("covering", "rulebook"):
        monkeypatch.setattr(PolicyLibrary, name, refused)
    assert list(replay(store.database, actor=CLERK)) == []


def test_replay_names_what_differs_and_the_erratum(store: Store, make_visit: Build) -> None:
    _year(store, make_visit)
    _tampered(
        store.database,
        "UPDATE settlement SET account = account + 1 WHERE round = 1 AND visit_id = :visit",
        visit=compacted("worker2"),
    )
    (difference,) = replay(store.database, actor=CLERK)
    assert difference.person_id == "worker"
    assert str(difference.what).startswith("就诊 worker2 的结算")
    assert difference.stored[-3] == difference.rebuilt[-3] + 1
    assert difference.erratum is None
    kernels = frozenset({store.rows()[0].terms.kernel})
    erratum = Erratum("E000", message("旧版少算"), kernels, lambda row: True)
    assert [row.erratum for row in replay(store.database, actor=CLERK, errata=[erratum])] == [
        erratum
    ]


def test_an_erratum_is_of_the_kernels_that_had_the_fault_and_of_what_it_can_have_touched(
    store: Store, make_visit: Build
) -> None:
    _year(store, make_visit)
    (row, *_) = store.rows()
    (erratum,) = ERRATA
    assert row.terms.kernel not in erratum.kernels
    assert not erratum.touches(row)
    filed = Filing(row["person_id"], FilingKind.CHRONIC, None, "uraemia", row.visit.start)
    known = replace(row.known, filings=[*row.known.filings, filed])
    assert erratum.touches(replace(row, known=known))


def test_rebuild_finds_accumulators_and_balances(store: Store, make_visit: Build) -> None:
    _year(store, make_visit)
    _tampered(store.database, "UPDATE account SET balance = balance + 5 WHERE person_id = 'wife'")
    _tampered(
        store.database,
        "UPDATE person SET state = (SELECT state FROM person WHERE person_id = 'wife') "
        "WHERE person_id = 'worker'",
    )
    differing = {
        (difference.person_id, str(difference.what))
        for difference in rebuild(store.database, actor=CLERK)
    }
    assert differing == {("wife", "个人账户余额"), ("worker", "累计")}


def test_rebuild_names_the_erratum_that_what_was_used_shows(
    store: Store, make_visit: Build
) -> None:
    """Accumulators that a corrected kernel would not leave; a balance no kernel explains."""
    _year(store, make_visit)
    kernels = frozenset({store.rows()[0].terms.kernel})
    erratum = Erratum("E000", message("旧版多记"), kernels, lambda _: True)

    def wrong(unit: Unit) -> None:
        state = state_of(stored_state(unit, "worker"))
        key, used = next((key, used) for key, used in state.accumulators.items() if any(used))
        state.accumulators[key] = used._replace(inpatient_pooled=used.inpatient_pooled + 100)
        mine = update(insured.person).where(insured.person.c.person_id == "worker")
        unit.run(mine.values(state=state_document(state)))

    store.database.write(wrong)
    _tampered(store.database, "UPDATE account SET balance = balance + 5 WHERE person_id = 'wife'")
    named = {
        (difference.person_id, difference.erratum.name if difference.erratum else "")
        for difference in rebuild(store.database, actor=CLERK, errata=[erratum])
    }
    assert named == {("worker", "E000"), ("wife", "")}


def _apply(store: Store, reform: PolicyLibrary, key: Key, proposal: str) -> Answer:
    return apply_impact(
        store.database, reform, key, "worker", proposal, actor=CLERK, corrected=store.corrected
    )


def test_impact_lists_and_is_applied_once_approved(
    store: Store, make_visit: Build, reform: PolicyLibrary
) -> None:
    _year(store, make_visit)
    assert list(impact(store.database, store.packs, actor=CLERK)) == []
    before = store.fingerprint()
    (proposal,) = impact(store.database, reform, actor=CLERK)
    assert store.fingerprint() == before
    assert proposal.person_id == "worker"
    assert [change["visit"] for change in proposal.changes] == ["worker2", "worker3"]
    assert all(change["after"]["fund"] > change["before"]["fund"] for change in proposal.changes)
    with pytest.raises(ConflictError, match="请重新评估再批准"):
        _apply(store, reform, store.key("impact"), "another")
    assert store.fingerprint() == before
    key = store.key("impact")
    applied = _apply(store, reform, key, proposal.proposal)
    assert applied["corrections"] == proposal.changes
    again = _apply(store, reform, key, proposal.proposal)
    assert again == applied
    assert list(impact(store.database, reform, actor=CLERK)) == []
    rows = [row for row in store.rows() if row["visit_id"] == "worker2"]
    assert [row["round"] for row in rows] == [1, -1, 2]
    assert rows[2]["fund"] == proposal.changes[0]["after"]["fund"]
    store.check()
    store.reverse("worker", "worker3")
    store.check()


def test_impact_finds_layers_that_were_left_out(
    store: Store, make_visit: Build, packs: PolicyLibrary, tmp_path: Path
) -> None:
    """Settled while nothing was known of the layer above: once it has terms, the large bill gets
    more, and the small one is written anew, as nothing is left out any more."""
    path = tmp_path / "unsourced.yaml"
    path.write_text(UNSOURCED, encoding="utf-8")
    unsourced = PolicyLibrary.load(overlays=[path])
    before = Store(store.database, unsourced)
    for visit, fen, month in (("small", 300_000, 1), ("large", 70_000_000, 2)):
        days = {"start": f"2025-0{month}-10", "end": f"2025-0{month}-12"}
        before.settle(make_visit(visit, "worker", "h1", fen, **days))
    before.settle(make_visit("clinic", "worker", "h1", 90_000, start="2025-03-10"))
    assert [row.unknown for row in before.rows()] == [("upper",), ("upper",), ()]
    assert list(impact(store.database, unsourced, actor=CLERK)) == []
    (proposal,) = impact(store.database, packs, actor=CLERK)
    small, large = proposal.changes
    assert (small["visit"], small["now_known"], small["after"]) == (
        "small",
        ["upper"],
        small["before"],
    )
    assert (large["visit"], large["now_known"]) == ("large", ["upper"])
    assert large["after"]["fund"] > large["before"]["fund"]
    _apply(store, packs, store.key("impact"), proposal.proposal)
    assert list(impact(store.database, packs, actor=CLERK)) == []
    store.check()


def test_later_settlements_go_on_from_the_corrected_state(
    store: Store, make_visit: Build, reform: PolicyLibrary
) -> None:
    """With the reform in force, the life after it is as if it had always been."""
    _year(store, make_visit)
    (proposal,) = impact(store.database, reform, actor=CLERK)
    _apply(store, reform, store.key("impact"), proposal.proposal)
    after = Store(store.database, reform)
    after.settle(make_visit("last", "worker", "h1", 900_000, start="2025-11-10", end="2025-11-20"))
    after.check()
    assert datetime.date(2025, 11, 20) == after.rows()[-1]["end"]
