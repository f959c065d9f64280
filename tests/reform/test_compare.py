"""Both rulebooks over the same people: the sums agree, and what changes is what was changed."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from click.testing import CliRunner

from yibao import reform
from yibao.cli.main import app
from yibao.columns.partition import buckets
from yibao.errors import InputError
from yibao.policy.compile import PolicyLibrary
from yibao.population import table
from yibao.population.make import make
from yibao.population.marginals import assumptions
from yibao.reform.answer import ReformQuestion, answered
from yibao.reform.both import both
from yibao.reform.contributions import contributions
from yibao.reform.fifths import fifths
from yibao.reform.outlook import outlook
from yibao.reform.sums import BINS, WEIGHT, ReformSums
from yibao.reform.words import SCENARIOS, bin_names

PEOPLE = 600
RESIDENT_STAYS = ("resident", "inpatient")
PREMIUM = (
    "overlay: 缴费\n"
    "parameters:\n"
    "  resident.contribution.individual:\n"
    "    values: {2025-01-01: {value: 500}}\n"
)


def overlay(folder: Path, ratio: dict[str, int]) -> Path:
    path = folder / "change.yaml"
    values = ", ".join(f'"{cls}": {value}' for cls, value in ratio.items())
    path.write_text(
        "overlay: 试\n"
        "parameters:\n"
        "  resident.inpatient.ratio:\n"
        "    keys: [price_class]\n"
        f"    values: {{2025-01-01: {{value: {{{values}}}}}}}\n"
    )
    return path


@pytest.fixture(scope="module")
def change(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return overlay(tmp_path_factory.mktemp("change"), {"1": 70, "2": 80, "3": 90})


@pytest.fixture(scope="module")
def changed(change: Path) -> PolicyLibrary:
    return PolicyLibrary.load(overlays=[change])


@pytest.fixture(scope="module")
def visits(packs: PolicyLibrary, area: str) -> pa.Table:
    return table(packs, area, people=PEOPLE, seed=2, year=2025)


@pytest.fixture(scope="module")
def sums(visits: pa.Table, packs: PolicyLibrary, changed: PolicyLibrary) -> ReformSums:
    return reform.compare([visits], packs, changed)


def test_a_reform_that_changes_nothing_gives_zero_everywhere(
    visits: pa.Table, packs: PolicyLibrary, area: str
) -> None:
    same = reform.compare([visits], packs, PolicyLibrary.load())
    same.check()
    for name in ("total", "pooled", "upper", "assistance", "other_fund", "fund", "own"):
        assert same.change(name) == 0
    for groups in same.groups.values():
        for group in groups.values():
            assert (group.winners, group.losers) == (0, 0)
            assert group.fund[0] == group.fund[1]
    unchanged = bin_names()[np.searchsorted(BINS, 0, side="right")]
    assert str(unchanged) == "不变"
    assert same.changes[bin_names().index(unchanged)] == same.people
    assert sum(same.changes) == same.people
    assert same.examples == []


def test_people_and_funds_add_up_on_both_sides(sums: ReformSums) -> None:
    sums.check()
    assert sums.change("fund") == -sums.change("own") > 0
    assert sums.change("total") == 0
    assert sums.layers["working"]["fund"][0] == sums.layers["working"]["fund"][1]
    assert sum(group.fund[1] for group in sums.groups["kind"].values()) == sums.total("fund")[1]
    broken = ReformSums()
    broken.add(sums)
    broken.layers["working"]["pooled"][1] += 1
    with pytest.raises(AssertionError, match="differs"):
        broken.check()


def test_the_difference_is_that_of_the_changed_people_alone(
    visits: pa.Table, packs: PolicyLibrary, changed: PolicyLibrary, sums: ReformSums
) -> None:
    pair = both(visits, packs, changed)
    different = pair.before["own"] != pair.after["own"]
    person = pair.visits.column("person")
    who = pc.unique(person.filter(pa.array(different)))
    assert 0 < len(who) < PEOPLE / 2
    alone = visits.filter(pc.is_in(visits.column("person"), value_set=who))
    again = reform.compare([alone], packs, changed)
    assert again.people == len(who)
    for name in ("pooled", "upper", "assistance", "fund", "own"):
        assert again.change(name) == sums.change(name), name


def test_more_of_a_ratio_is_never_less_of_the_fund(
    visits: pa.Table, packs: PolicyLibrary, tmp_path: Path, sums: ReformSums
) -> None:
    less = PolicyLibrary.load(overlays=[overlay(tmp_path, {"1": 62, "2": 77, "3": 87})])
    assert 0 < reform.compare([visits], packs, less).change("fund") < sums.change("fund")


def test_parts_add_up_to_the_whole(
    visits: pa.Table, packs: PolicyLibrary, changed: PolicyLibrary, sums: ReformSums
) -> None:
    family = visits.column("family").to_numpy()
    cut = int(np.flatnonzero(np.diff(family))[len(np.unique(family)) // 2]) + 1
    parts = [visits.slice(0, cut), visits.slice(cut)]
    added = reform.compare(parts, packs, changed)
    assert added.layers == sums.layers
    assert added.groups == sums.groups
    assert added.changes == sums.changes


def test_who_pays_less_may_use_more(
    visits: pa.Table, packs: PolicyLibrary, changed: PolicyLibrary, sums: ReformSums
) -> None:
    """A stated elasticity; none unless stated."""
    assert sums.elasticity == 0
    reacting = reform.compare([visits], packs, changed, elasticity=0.5)
    reacting.check()
    assert reacting.elasticity == 0.5
    assert reacting.change("total") > 0
    assert reacting.change("fund") > sums.change("fund")


def test_five_years_are_declared_not_forecast(sums: ReformSums) -> None:
    paths = outlook(sums, 12)
    assert {path.scenario for path in paths} == set(SCENARIOS) == set(assumptions()["scenarios"])
    for path in paths:
        growth = assumptions()["scenarios"][path.scenario]
        text = str(SCENARIOS[path.scenario])
        for name in ("cost", "ageing", "income"):
            assert f"{growth[name] * 100:g}%" in text
        assert len(path.spent) == len(path.months) == 5
        if path.scheme == "resident":
            assert all(after > before for before, after in path.spent)
            assert all(after <= before for before, after in path.months)
        else:
            assert all(after == pytest.approx(before) for before, after in path.spent)
    assert all(path.months == () for path in outlook(sums, None))


def answer_of(change: Path, *more: str) -> Any:
    arguments = ["reform", "140100", "--with", str(change), "--people", "500", "--json", *more]
    ran = CliRunner().invoke(app, arguments)
    assert ran.exit_code == 0, ran.output
    return json.loads(ran.stdout)


def test_rates_and_ranges_unless_heads_are_stated(change: Path) -> None:
    answer = answer_of(change, "--seeds", "2", "--income", "20000")
    assert answer["invented"]
    assert "yuan_a_year" not in answer
    low, high = answer["range"]["fund_change"]
    assert low < answer["per_head"]["fund_change"] < high
    assert set(answer["insured"]) == {"resident", "working", "retired"}
    assert sum(answer["insured"].values()) == answer["people"] == 1_000
    assert answer["refused"] == [0, 0]
    assert answer["catastrophic"]["families"][1] <= answer["catastrophic"]["families"][0]
    assert answer["elasticity"] == 0
    assert len(answer["examples"]) == 3
    assert all(family["members"] for family in answer["examples"])
    assert all(family["own"][0] != family["own"][1] for family in answer["examples"])
    assert answer["missing"]
    more = answer_of(change, "--seeds", "1", "--heads", "1000000", "--sensitivity")
    assert more["yuan_a_year"] == pytest.approx(more["per_head"]["fund_change"] * 10_000)
    assert len(more["sensitivity"]) == 2


def test_one_s_own_visits_take_the_place_of_invented_ones(
    packs: PolicyLibrary, area: str, change: Path, tmp_path: Path
) -> None:
    make(packs, area, tmp_path / "p", people=500, seed=1, year=2025)
    answer = answer_of(change, "--population", str(tmp_path / "p"))
    again = answer_of(change, "--seeds", "1")
    for name in ("totals", "groups", "insured", "per_head"):
        assert answer[name] == again[name], name
    file = answer_of(change, "--population", str(tmp_path / "p" / "visits-00000.parquet"))
    assert not file["invented"]
    assert file["totals"] == answer["totals"]
    assert file["people"] == file["people_with_visits"]


def test_a_sample_of_one_s_own_counts_as_many_as_it_stands_for(
    visits: pa.Table, packs: PolicyLibrary, changed: PolicyLibrary
) -> None:
    """Weighted families are those families so many times, to the fen and to the person."""
    families = visits.column("family").combine_chunks()
    weights = (buckets(families.cast(pa.string()), 3) + 1).astype(np.int64)
    weighted = reform.compare([visits.append_column(WEIGHT, pa.array(weights))], packs, changed)
    times = [
        reform.compare([visits.filter(pa.array(weights == weight))], packs, changed)
        for weight in (1, 2, 3)
    ]
    repeated = ReformSums()
    for weight, sums in enumerate(times, 1):
        for _ in range(weight):
            repeated.add(sums)
    for name in ("people", "visits", "layers", "by_kind", "groups", "changes"):
        assert getattr(weighted, name) == getattr(repeated, name), name
    weighted.check()
    income = 10_000_00
    assert weighted.catastrophic(income, 0.4, 2.5) == pytest.approx(
        repeated.catastrophic(income, 0.4, 2.5)
    )
    incomes = (income,) * 5
    for of_weighted, of_repeated in zip(
        fifths(weighted, incomes, 2.5, 0.4), fifths(repeated, incomes, 2.5, 0.4), strict=True
    ):
        assert of_weighted["families"] == of_repeated["families"]
        assert of_weighted["own_share"] == pytest.approx(of_repeated["own_share"])


@pytest.mark.parametrize(
    "weights",
    [np.arange(1, 4), np.zeros(3, dtype=np.int64), np.full(3, 1.5), np.array(["1", "1", "1"])],
)
def test_what_is_no_weight_of_a_family_is_refused(
    visits: pa.Table, packs: PolicyLibrary, changed: PolicyLibrary, weights: Any
) -> None:
    families = visits.column("family").combine_chunks()
    several = visits.filter(pc.equal(families, pc.mode(families)[0]["mode"])).slice(0, 3)
    assert several.num_rows == 3
    with pytest.raises(InputError, match="权重"):
        reform.compare([several.append_column(WEIGHT, pa.array(weights))], packs, changed)


def test_two_years_of_rules_over_the_same_people(packs: PolicyLibrary, area: str) -> None:
    question = ReformQuestion(area, people=300, seeds=1, year=2023, year_after=2025)
    answer = answered(question, packs, packs)
    assert answer["years"] == [2023, 2025]
    before, after = answer["totals"]["total"]
    assert before == after
    assert answer["totals"]["fund"][0] != answer["totals"]["fund"][1]


def test_the_command_tells_people(change: Path) -> None:
    arguments = ["reform", "太原", "--with", str(change), "--people", "400", "--seeds", "1"]
    ran = CliRunner().invoke(app, arguments)
    assert ran.exit_code == 0, ran.output
    for text in ("每人一年多少元", "不是任何真实的人", "少付的人", "第五年的基金", "弹性 0"):
        assert text in ran.output
    nothing = CliRunner().invoke(app, ["reform", "太原"])
    assert "没有写改什么" in str(nothing.exception)


def test_a_quote_may_try_a_reform_too(change: Path, area: str) -> None:
    arguments = [
        *("quote", "--area", area, "--scheme", "resident", "--kind", "inpatient"),
        *("--price-class", "1", "--item", "A:30000", "--on", "2025-06-01", "--json"),
    ]
    funds = []
    for more in ([], ["--with", str(change)], []):
        ran = CliRunner().invoke(app, [*arguments, *more])
        assert ran.exit_code == 0, ran.output
        funds.append(json.loads(ran.stdout))
    assert funds[0] == funds[2] != funds[1]


def test_contributions_fifths_and_the_next_yuan(
    packs: PolicyLibrary, changed: PolicyLibrary, area: str, tmp_path: Path
) -> None:
    """The fund's income by both rulebooks, stated incomes, what one per cent more costs."""
    dearer = tmp_path / "premium.yaml"
    dearer.write_text(PREMIUM)
    incomes = (8_000_00, 15_000_00, 22_000_00, 35_000_00, 60_000_00)
    question = ReformQuestion(
        area, people=400, seeds=2, incomes_fen=incomes, base_fen=6_000_00, marginal=True
    )
    answer = answered(question, packs, changed)
    resident, working = answer["contributions"]["resident"], answer["contributions"]["working"]
    assert resident["individual"] == [40_000, 40_000]
    assert working["individual"][0] == working["individual"][1] > 0
    fifths = answer["fifths"]
    assert [fifth["income_fen"] for fifth in fifths] == list(incomes)
    for poorer, richer in itertools.pairwise(fifths):
        assert poorer["own_share"][0] > richer["own_share"][0]
    assert all(fifth["own_share"][1] <= fifth["own_share"][0] for fifth in fifths)
    stays = next(
        row for row in answer["marginal"] if (row["membership"], row["kind"]) == RESIDENT_STAYS
    )
    assert 0 < stays["own_share"][1] < stays["own_share"][0] < 1
    for groups in answer["groups"].values():
        for group in groups.values():
            low, high = group["own_range"]
            assert low <= (group["own"][1] - group["own"][0]) / group["people"] <= high
    between = answer["range_of_sums"]["resident"]["fund"]
    assert 0 < between[0] <= between[1]
    assert answer["range_of_sums"]["working"]["fund"] == [0, 0]
    more = PolicyLibrary.load(overlays=[dearer])
    paid = contributions(packs, more, area, (2025, 2025), None)
    assert paid == {"resident": {"individual": [40_000, 50_000], "beside": [67_000, 67_000]}}
