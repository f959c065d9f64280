"""What is stored by name survives growth: keys, parameters and layouts of a later program."""

from __future__ import annotations

import functools
import itertools
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from yibao.benefit.functions.bands import banded_payment, base_used_by_ceiling
from yibao.benefit.functions.basic import visit_terms
from yibao.benefit.functions.cells import cell_1, cell_4
from yibao.benefit.functions.settlement import settle
from yibao.benefit.terms import Accumulators, Settlement, VisitFacts
from yibao.errors import InputError
from yibao.policy import parameters as p
from yibao.policy.compile import PolicyLibrary
from yibao.policy.days import to_date
from yibao.policy.declarations import MISSING, Declarations
from yibao.policy.form_1 import read_form_1
from yibao.policy.keys import FIXED, INPATIENT, KEYS, KIND_INPATIENT, MEMBER_WORKING, TableKey
from yibao.policy.named import content_hash, content_of
from yibao.policy.parameters import DECLARED
from yibao.policy.rulebook import Rulebook, rulebook_of

from .conftest import PackTree
from .stored import Form, forms, settled, visits

PLAN = TableKey("plan", FIXED, ("basic", "extended", "full"), "缴费档次")
ANOTHER = "another"
CHANGED = frozenset({"110000", "140000", "140100"})
"""Areas whose packs have got other figures since the visits were written down."""


def grown_declarations() -> Declarations:
    """A later program: one more member of every key, a new key, and new parameters.

    The new key is one more key of every table.
    """
    keys = {
        key.name: key._replace(members=(*key.members, ANOTHER)) if key.members else key
        for key in KEYS.values()
    }
    declared = Declarations({**keys, PLAN.name: PLAN})
    for key in DECLARED.sizes:
        declared.size_of(key)
    for table in DECLARED.tables:
        more = (PLAN.name,) if table.keys else ()
        declared.table(
            table.pattern,
            (*table.keys, *more),
            table.unit,
            table.default,
            table.choices,
            table.plausible,
        )
    declared.table("{scheme}.{care}.plan_points", ("care", "member", "plan"), "points", 0)
    declared.table("plan.allowed", ("plan", "band", "group"), "flag", 1)
    declared.table("plan.price", ("plan",), "yuan")
    declared.table("{scheme}.relief.points", ("member",), "points", 0)
    return declared


GROWN = grown_declarations()


@functools.cache
def in_form_2() -> dict[str, Form]:
    """The rulebooks of form 1 as this program would have stored them, by their old hashes."""
    return {
        name: json.loads(
            json.dumps(rulebook_of(read_form_1(form), form["known_on"]).to_canonical())
        )
        for name, form in forms().items()
    }


@functools.cache
def read_books(form: int, declared: Declarations) -> dict[str, Rulebook]:
    """All stored rulebooks by their first hash, as written in a form and read by a program."""
    stored = forms() if form == 1 else in_form_2()
    return {
        name: Rulebook.from_canonical(content, declared=declared)
        for name, content in stored.items()
    }


def of_each_area() -> list[tuple[Rulebook, Rulebook]]:
    """The rulebook of every area in both forms, read by today's program and by the grown one."""
    return [
        (read_books(form, DECLARED)[name], grown)
        for form in (1, 2)
        for name, grown in read_books(form, GROWN).items()
        if grown.known_on is None
    ]


@pytest.mark.parametrize("declared", [DECLARED, GROWN], ids=["today", "grown"])
@pytest.mark.parametrize("form", [1, 2])
def test_stored_rulebooks_settle_to_the_same_figures(form: int, declared: Declarations) -> None:
    read = read_books(form, declared)
    for visit in visits():
        assert settled(read[visit["rulebook"]], visit) == visit


def test_what_the_packs_give_today_settles_to_the_same_figures() -> None:
    """Where the packs have not changed since, and for most visits also where they have."""
    library = PolicyLibrary.load()
    read = {}
    for name, form in forms().items():
        known = None if form["known_on"] is None else to_date(form["known_on"])
        read[name] = library.rulebook(form["area"], known)
    same = other = 0
    for visit in visits():
        rulebook = read[visit["rulebook"]]
        expected = {key: visit[key] for key in visit if key != "steps"}
        answer = settled(rulebook, visit)
        if {key: answer.get(key) for key in expected} == expected:
            same += 1
        else:
            assert rulebook.area in CHANGED
            other += 1
    assert same > other


def test_the_visits_touch_every_layer() -> None:
    """The proof is worth something: every amount occurs, and refusals do."""
    amounts = {name for visit in visits() for name in visit.get("settlement", ())}
    assert {"deductible", "pooled", "upper", "maternity_paid", "disease_paid"} <= amounts
    assert len({visit["rulebook"] for visit in visits()}) == len(forms())
    assert len({visit["lacking"] for visit in visits() if "lacking" in visit}) > 5
    assert sum("settlement" in visit for visit in visits()) > 500


def test_a_stored_form_keeps_its_hash_whatever_grows() -> None:
    for form, stored in ((1, forms()), (2, in_form_2())):
        for name, book in read_books(form, GROWN).items():
            assert book.hash == stored[name]["hash"]
            assert book.to_canonical() == stored[name]


def test_every_old_figure_and_source_stands_for_its_old_members() -> None:
    """Cell by cell, under all declarations, for every member that there was."""
    for today, grown in of_each_area():
        assert grown.days == today.days
        for name, declaration in DECLARED.parameters.items():
            later = GROWN.parameters[name]
            pairs = [
                (cell, grown.layout.cell(later, {**members, "plan": plan}))
                for cell in today.layout.cells(declaration)
                for members in [today.layout.parameter_at(cell)[1]]
                if "" not in members.values()
                for plan in (PLAN.members if later.keys else ("",))
            ]
            for rules, grown_rules, cells, grown_cells in zip(
                today.segments, grown.segments, today.cells, grown.cells, strict=True
            ):
                for cell, at in pairs:
                    assert grown_rules[at] == rules[cell], name
                    assert grown.citations[grown_cells[at]] == today.citations[cells[cell]], name


def test_one_more_key_means_that_an_old_value_holds_for_every_member() -> None:
    name = "employee.inpatient.deductible"
    for _, book in of_each_area():
        for segment, care, member, tier in itertools.product(book.segments, (1,), (1, 2), range(5)):
            values = {
                segment[cell_4(segment, p.DEDUCTIBLE, care, member, tier, plan)]
                for plan in range(len(PLAN.members))
            }
            assert len(values) == 1, name


def test_what_an_old_rulebook_does_not_say_has_its_documented_default() -> None:
    for _, book in of_each_area():
        segment = book.segments[-1] if book.segments else book.layout.defaults
        for name, default in (
            ("employee.inpatient.plan_points", 0),
            ("plan.allowed", 1),
            ("plan.price", MISSING),
        ):
            cells = book.layout.cells(GROWN.parameters[name])
            assert {segment[cell] for cell in cells} == {default}
        # A new member of a key is refused by name where a figure is required.
        cell = book.layout.cell(GROWN.parameters["institution.grade_class"], {"grade": ANOTHER})
        assert segment[cell] == MISSING
        assert book.layout.name_of(cell).startswith("institution.grade_class")


def test_the_defaults_that_stored_rulebooks_rely_on_never_change() -> None:
    """``form_1.json`` says what they were; a change of meaning is a new parameter."""
    text = (Path(p.__file__).parent / "form_1.json").read_text(encoding="utf-8")
    for then in json.loads(text)["parameters"]:
        table = DECLARED.parameters[then["name"]].table
        assert then.get("default", "required") == table.default, then["name"]
        choices = then.get("choices", [])
        assert list(table.choices[: len(choices)]) == choices, then["name"]
        assert set(then.get("keys", {})) <= set(DECLARED.parameters[then["name"]].keys)


def test_a_changed_figure_in_a_stored_form_is_noticed() -> None:
    for form in [next(iter(forms().values())), next(iter(in_form_2().values()))]:
        changed = json.loads(json.dumps(form))
        if "changes" in changed:
            changed["changes"][-1][1] += 1
        else:
            changed["citations"][0]["value"] += "0"
        with pytest.raises(InputError, match="可能被改动过"):
            Rulebook.from_canonical(changed)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"mutual_aid.floor"', '"mutual_aid.newer"'),
        ('"status"', '"newer"'),
        ('"retired"', '"newer"'),
    ],
)
def test_what_only_a_later_program_knows_is_refused(packs: PackTree, old: str, new: str) -> None:
    """A parameter, a key or a member that is not known is never read as something else."""
    packs.city("mutual_aid.yaml", "floor: {values: {2020-01-01: {value: 9, sources: [S-1]}}}\n")
    packs.city(
        "employee/inpatient.yaml",
        "annual_ceiling: {keys: [status], values: {2020-01-01: "
        "{value: {working: 9, retired: 8}, sources: [S-1]}}}\n",
    )
    text = json.dumps(packs.rulebook().to_canonical())
    assert old in text
    with pytest.raises(InputError, match="请升级 yibao"):
        Rulebook.from_canonical(json.loads(text.replace(old, new)), check=False)


# --- a whole layer is added ------------------------------------------------------------------


Relieved: Any = NamedTuple(  # type: ignore[misc]
    "Relieved", [*((name, int) for name in Settlement._fields), ("relief", int)]
)
"""A settlement with one layer more: it pays a share of what the person would bear."""


def settle_with_relief(
    rules: Sequence[int], visit: VisitFacts, used: Accumulators, trace: list[Any]
) -> tuple[Any, Accumulators]:
    """The kernel of a later program, whose rulebooks may have that layer."""
    settlement, after = settle(rules, visit, used, trace)
    if settlement.status < 0:
        return settlement, after
    cell = cell_1(rules, GROWN.parameters["employee.relief.points"].table.place, visit.member)
    relief = settlement.own * rules[cell] // 10_000
    if relief:
        trace.append((0, cell, relief))
    fund, own = settlement.fund + relief, settlement.own - relief
    return Relieved(*settlement._replace(fund=fund, own=own), relief), after


@pytest.mark.parametrize("form", [1, 2])
def test_what_was_stored_before_a_layer_settles_without_it(form: int) -> None:
    read = read_books(form, GROWN)
    for visit in visits():
        assert settled(read[visit["rulebook"]], visit, settle_with_relief) == visit


def test_a_rulebook_with_the_new_layer_pays_by_it() -> None:
    """The proof above is worth something: the layer is there, and pays where a rulebook has it."""
    points = 2_000
    relieved = 0
    for name, form in in_form_2().items():
        content = {key: form[key] for key in form if key not in ("hash", "known_on")}
        values = [
            {"status": status, "value": points, "citation": 0} for status in ("working", "retired")
        ]
        content["parameters"] = {
            **content["parameters"],
            "employee.relief.points": [{"from": "2000-01-01", "values": values}],
        }
        stored = {**content, "hash": content_hash(content), "known_on": form["known_on"]}
        with pytest.raises(InputError):
            Rulebook.from_canonical(stored)
        book = Rulebook.from_canonical(stored, declared=GROWN)
        for visit in visits():
            if visit["rulebook"] != name or "settlement" not in visit:
                continue
            now, before = (
                settled(book, visit, settle_with_relief)["settlement"],
                visit["settlement"],
            )
            own = before.get("own", 0)
            relief = own * points // 10_000 if visit["facts"]["member"] != "resident" else 0
            assert now.get("relief", 0) == relief
            assert now.get("own", 0) + relief == own
            assert now.get("fund", 0) == before.get("fund", 0) + relief
            relieved += relief > 0
    assert relieved > 100


# --- a key is as large as what a rulebook's packs use ----------------------------------------

BANDS = """
ratio:
  keys: [status, price_class, band]
  values:
    2020-01-01:
      value:
        working: {"1": {%s}, "2": 70, "3": 60}
        retired: 90
      sources: [S-1]
band_top:
  keys: [band]
  values: {2020-01-01: {value: {%s}, sources: [S-1]}}
"""


def _bands(packs: PackTree, count: int) -> Rulebook:
    ratios = ", ".join(f"{band}: {90 - band}" for band in range(1, count + 1))
    tops = ", ".join(f"{band}: {band * 1000}" for band in range(1, count))
    packs.city("employee/inpatient.yaml", BANDS % (ratios, tops))
    return packs.rulebook()


def test_ten_bands_in_one_city_cost_nothing_in_another(packs: PackTree) -> None:
    two = _bands(packs, 2)
    ten = _bands(packs, 10)
    assert two.layout.slots["band"] == ("1", "2+")
    assert ten.layout.slots["band"] == (*map(str, range(1, 10)), "10+")
    assert len(two.layout.defaults) < len(ten.layout.defaults)
    packs.city("employee/inpatient.yaml", BANDS % ("1: 89, 2: 88", "1: 1000"))
    assert packs.rulebook().hash == two.hash
    assert len(packs.rulebook().layout.defaults) == len(two.layout.defaults)


def test_ten_bands_are_paid_band_by_band(packs: PackTree) -> None:
    book = _bands(packs, 10)
    rules = book.segments[-1]
    facts = dict.fromkeys(VisitFacts._fields, 0) | {"kind": KIND_INPATIENT, "disease": -1}
    visit = VisitFacts(**facts | {"member": MEMBER_WORKING})
    figures = visit_terms(rules, visit)
    # 1,000 yuan at 89% down to 81% in each of nine bands, and 3,000 yuan above them at 80%.
    fen = 100_000
    expected = sum(fen * ratio for ratio in range(8_900, 8_000, -100)) + 3 * fen * 8_000
    paid = banded_payment(rules, visit, figures, INPATIENT, 0, 12 * fen, None)
    assert paid == expected
    used = base_used_by_ceiling(figures, 0, 12 * fen, (expected - 2 * fen * 8_000) // 10_000)
    assert used == 10 * fen


def test_the_content_does_not_depend_on_the_program(packs: PackTree) -> None:
    """A rulebook read by a later program is written as it was."""
    book = _bands(packs, 3)
    later = Rulebook.from_canonical(book.to_canonical(), declared=GROWN)
    assert later.content() == book.content()
    assert content_of(read_form_1(next(iter(forms().values()))))["form"] == 2
