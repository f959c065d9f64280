"""Amounts, layers, facts and fields that are added later leave what is stored as it reads.

Each class grows in a program of its own, which reads rows of the first form and of today's.
"""

from __future__ import annotations

import lzma
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from yibao.cli.main import run
from yibao.database.unit import Database
from yibao.policy.compile import PolicyLibrary

from ..support.store import Store

Build = Callable[..., Any]

STORE = Path(__file__).parent / "stores" / "d52c7ef.db.xz"

GROWN = """
import dataclasses, sys
from typing import NamedTuple

import yibao.benefit.facts as facts
import yibao.benefit.terms as terms


def grow_fields(kind, name, hint, default):
    '''The dataclass with one more field at its end.'''
    kind.__annotations__ = {**kind.__annotations__, name: hint}
    new = dataclasses.make_dataclass(
        kind.__name__,
        [(name, hint, dataclasses.field(default=default))],
        bases=(kind,),
        frozen=True,
        slots=True,
    )
    new.__module__, new.__qualname__ = kind.__module__, kind.__name__
    return new


def grow_tuple(kind, name):
    '''The named tuple with one more number at its end.'''
    fields = [*((field, int) for field in kind._fields), (name, int)]
    new = NamedTuple(kind.__name__, fields)
    new.__new__.__defaults__ = (*(kind._field_defaults.get(f, 0) for f in kind._fields), 0)
    new.__module__ = kind.__module__
    return new


for module, name in ((terms, "Settlement"), (terms, "Accumulators"), (terms, "VisitFacts")):
    setattr(module, name, grow_tuple(getattr(module, name), "grown"))
for name in ("Enrolment", "Institution", "Visit", "Item", "Grant", "Filing"):
    setattr(facts, name, grow_fields(getattr(facts, name), "grown", "str | None", None))

# A whole layer: a parameter that no rulebook of before has, a share of what the person bears,
# an amount of its own.
from yibao.policy.parameters import DECLARED
LAYER = DECLARED.table("{scheme}.relief.points", ("member",), "points", 0)

import yibao.benefit.adjudication as adjudication
from yibao.benefit.functions.cells import cell_1
settle_before, points_of_all, paid_by_layer = adjudication.settle, [0], []


def settle_with_layer(rules, visit, used, trace):
    settlement, after = settle_before(rules, visit, used, trace)
    points = rules[cell_1(rules, LAYER, visit.member)] + points_of_all[0]
    if settlement.status < 0:
        return settlement, after
    paid = settlement.own * points // 10_000
    paid_by_layer.append(paid)
    return settlement._replace(
        fund=settlement.fund + paid, own=settlement.own - paid, grown=paid
    ), after


adjudication.settle = settle_with_layer
adjudication.check_identities = lambda settlement: None

from yibao.access.permissions import Actor, Role
from yibao.care.replay import rebuild, replay
from yibao.database.unit import open_database
from yibao.insured.stored.rows import profile_faults
from yibao.access.trail import all_people

database = open_database(sys.argv[1])
auditor = Actor("auditor", Role.AUDITOR)
differences = [*replay(database, actor=auditor), *rebuild(database, actor=auditor)]
people = all_people(database)
for person in people:
    differences += database.read(lambda unit, person=person: profile_faults(unit, person))
assert facts.Visit.__dataclass_fields__["grown"] is not None
assert terms.Settlement._fields[-1] == "grown"
assert paid_by_layer and not any(paid_by_layer)
# The layer is on the road of a replay: where it is given something to pay, it pays.
points_of_all[0] = 1_000
assert list(replay(database, actor=auditor)) and any(paid_by_layer)
print(len(people), differences)
"""


def _read_by_a_grown_program(url: str) -> str:
    grown = subprocess.run(
        [sys.executable, "-c", GROWN, url], capture_output=True, text=True, check=False
    )
    assert grown.returncode == 0, grown.stderr
    return grown.stdout.strip()


@pytest.mark.usefixtures("secret_key")
def test_rows_of_the_first_form_read_the_same(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    with lzma.open(STORE) as packed, path.open("wb") as file:
        shutil.copyfileobj(packed, file)
    with pytest.raises(SystemExit) as left:
        run(("db", "upgrade", "--url", f"sqlite:///{path}"))
    assert left.value.code == 0
    assert _read_by_a_grown_program(f"sqlite:///{path}") == "104 []"


@pytest.mark.parametrize("backend", ["sqlite"])
def test_rows_of_today_read_the_same(
    database: Database,
    packs: PolicyLibrary,
    make_person: Build,
    make_institution: Build,
    make_visit: Build,
) -> None:
    store = Store(database, packs)
    store.institution(make_institution("h1"))
    months = [(year * 100 + month, 600_000) for year in (2023, 2024) for month in range(1, 13)]
    store.person(make_person("worker", months=months), balance=300_000)
    store.person(make_person("wife", scheme="resident", years=[(2025, "2024-11-01")]))
    store.grant("worker", "wife")
    for number, year in enumerate((2024, 2025)):
        day = f"{year}-03-10"
        store.settle(make_visit(f"w{number}", "worker", "h1", 90_000, start=day, draw=["own"]))
    stay = make_visit("s1", "wife", "h1", 900_000, end="2025-03-18", draw=["own", "worker"])
    store.settle(stay)
    store.reverse("worker", "w1")
    store.check()
    url = database.engine.url.render_as_string(hide_password=False)
    assert _read_by_a_grown_program(url) == "2 []"
