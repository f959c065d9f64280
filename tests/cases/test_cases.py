"""The 56 worked cases, each through the road that ``yibao run FILE --with OVERLAY`` takes."""

from __future__ import annotations

import ast
import inspect
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

from yibao.library import run_scenario

from . import adapter, parts, periods, visits

Answer = dict[str, Any]
Case = dict[str, Any]

CASES: list[Case] = yaml.safe_load(
    (Path(__file__).parent / "cases.yaml").read_text(encoding="utf-8")
)
BY_ID = {case["id"]: case for case in CASES}


def runs_of(case: Case) -> list[adapter.Run]:
    inputs = case["inputs"]
    if case["kind"] == "implied_wage":
        # Checked forwards: the wage that the case arrives at gives the ceiling.
        inputs = inputs | case["expected"]
    return adapter.TEMPLATES[case["kind"]](inputs)


def write(run: adapter.Run, folder: Path, number: int) -> tuple[Path, Path]:
    scenario, overlay = folder / f"scenario{number}.yaml", folder / f"overlay{number}.yaml"
    scenario.write_text(run.scenario, encoding="utf-8")
    overlay.write_text(run.overlay, encoding="utf-8")
    return scenario, overlay


def answers_of(case: Case, folder: Path) -> list[list[Answer]]:
    """The answers of every run of a case."""
    answers = []
    for number, run in enumerate(runs_of(case)):
        scenario, overlay = write(run, folder, number)
        answers.append(list(run_scenario(scenario, overlays=[overlay])))
    return answers


def steps(answer: Answer) -> dict[str, int]:
    return {step["label"]: step["amount"] for step in answer["steps"]}


def lines(answer: Answer) -> dict[str, int]:
    return {line["name"]: line["amount"] for line in answer["lines"]}


# --- what the answers show of a case, by kind ------------------------------------------------


def resident_premium(_: Case, runs: list[list[Answer]]) -> Answer:
    ((bill,),) = runs
    return {
        "person_pays": bill["due"],
        "subsidy": bill["fiscal_subsidy"],
        "total": bill["total_funding"],
        "in_window": not bill["late"],
    }


def monthly_equivalent(case: Case, runs: list[list[Answer]]) -> Answer:
    ((bill,),) = runs
    twelve = bill["monthly_equivalent"] * case["inputs"]["months"]
    return {
        "monthly": bill["monthly_equivalent"],
        "twelve_months": twelve,
        "gap": bill["due"] - twelve,
    }


def subsidised_premium(_: Case, runs: list[list[Answer]]) -> Answer:
    ((bill,),) = runs
    assert lines(bill)["group_subsidy"] == -steps(bill)["参保资助"]
    return {"subsidised": steps(bill)["参保资助"], "person_pays": bill["due"]}


def flexible_year(_: Case, runs: list[list[Answer]]) -> Answer:
    ((_month, year),) = runs
    return {**lines(year), "total": year["due"]}


def flexible_base(_: Case, runs: list[list[Answer]]) -> Answer:
    ((month, year),) = runs
    return {
        "monthly": lines(month)["basic"],
        "basic": lines(year)["basic"],
        "total": year["due"],
    }


def base_clamp(_: Case, runs: list[list[Answer]]) -> Answer:
    (bills,) = runs
    assert [steps(bill)["缴费基数"] for bill in bills] == [bill["base"] for bill in bills]
    return {"bases": [bill["base"] for bill in bills]}


def backpay(case: Case, runs: list[list[Answer]]) -> Answer:
    owed, continuous = [], []
    for missed, (before, paid, _resumed, after) in zip(case["inputs"]["missed"], runs, strict=True):
        assert before["lapsed_months"] == missed
        assert before["repairable"] == after["entitled"]
        assert before["back_payment"] == (paid["due"] if before["repairable"] else None)
        assert after["months"] == (0 if after["entitled"] else 6)
        owed.append(paid["due"])
        continuous.append(after["entitled"])
    return {"owed": owed, "continuous": continuous}


def premium_for_relatives(_: Case, runs: list[list[Answer]]) -> Answer:
    ((*bills, balance),) = runs
    assert all(bill["cash"] == bill["account"] == 0 for bill in bills)
    return {
        "paid": sum(bill["mutual_aid"] for bill in bills),
        "grantor_left": balance["balance"],
    }


def account_credit(_: Case, runs: list[list[Answer]]) -> Answer:
    ((*credits, worker, retiree),) = runs
    return {
        "worker_month": credits[0]["amount"],
        "worker_year": worker["balance"],
        "retired_year": retiree["balance"],
    }


def waiting(_: Case, runs: list[list[Answer]]) -> Answer:
    ((cover,),) = runs
    return {"months": cover["months"], "cover_start": cover["from"]}


def visit_in_waiting(case: Case, runs: list[list[Answer]]) -> Answer:
    ((cover, visit),) = runs
    assert cover["from"] == case["inputs"]["cover_start"]
    assert visit["entitled"]
    return {"fund": visit["fund"], "person": visit["own"]}


def incentive(_: Case, runs: list[list[Answer]]) -> Answer:
    ((ceiling,),) = runs
    assert ceiling["ceiling"] == ceiling["original"]
    return {"increment": ceiling["continuity"]}


def incentive_ceiling(case: Case, runs: list[list[Answer]]) -> Answer:
    ((ceiling,),) = runs
    assert ceiling["continuity"] == case["inputs"]["steps"] * case["inputs"]["step"]
    return {"bonus": steps(ceiling)["激励额度"], "cap_after": ceiling["ceiling"]}


def mutual_aid(_: Case, runs: list[list[Answer]]) -> Answer:
    ((visit, balance),) = runs
    assert visit["fund"] == 0
    return {
        "own": visit["account"],
        "grant": visit["mutual_aid"],
        "cash": visit["cash"],
        "grantor_left": balance["balance"],
    }


def inpatient(case: Case, runs: list[list[Answer]]) -> Answer:
    ((visit,),) = runs
    assert visit["total"] == case["inputs"]["total"]
    return {"fund": visit["fund"], "person": visit["own"]}


def range_pair(_: Case, runs: list[list[Answer]]) -> Answer:
    return {"fund": [visit["fund"] for (visit,) in runs]}


def half_share(_: Case, runs: list[list[Answer]]) -> Answer:
    (worker,), (retired,) = runs
    return {
        "worker": worker["fund"],
        "retired": retired["fund"],
        "worker_own": worker["own"],
        "retired_own": retired["own"],
    }


def cap_crossing(_: Case, runs: list[list[Answer]]) -> Answer:
    ((visit,),) = runs
    return {
        "fund": visit["fund"],
        "base_used": steps(visit)["封顶内已用费用"],
        "to_upper_layer": steps(visit)["转入上层费用"],
    }


def upper_layer(_: Case, runs: list[list[Answer]]) -> Answer:
    ((visit, huge),) = runs
    assert visit["pooled"] == 0
    return {"upper": visit["upper"], "combined_max": huge["fund"]}


def major_illness(_: Case, runs: list[list[Answer]]) -> Answer:
    ((visit,),) = runs
    return {
        "first": steps(visit)["大病首次补偿"],
        "second": steps(visit).get("二次补偿", 0),  # a second compensation of nothing is no step
        "total": visit["upper"],
    }


def outpatient(_: Case, runs: list[list[Answer]]) -> Answer:
    ((visit,),) = runs
    return {"fund": visit["fund"], "person": visit["own"]}


def outpatient_sum_deductible(_: Case, runs: list[list[Answer]]) -> Answer:
    ((visit, used),) = runs
    return {
        "deductible": visit["deductible"],
        "fund": visit["fund"],
        "used_after": used["outpatient_deductible"],
    }


def implied_wage(case: Case, runs: list[list[Answer]]) -> Answer:
    ((visit,),) = runs
    assert visit["fund"] == case["inputs"]["cap"]
    return {"implied_annual_wage": visit["fund"] * 10_000 // case["inputs"]["bp"]}


def prenatal(_: Case, runs: list[list[Answer]]) -> Answer:
    ((visit,),) = runs
    return {
        "quota": steps(visit)["产前检查额度"],
        "paid": steps(visit)["生育额度内支付"],
        "to_outpatient_pool": steps(visit)["转入门诊统筹"],
    }


SHOWN: dict[str, Callable[[Case, list[list[Answer]]], Answer]] = {
    kind: globals()[kind] for kind in adapter.TEMPLATES
}


# --- the tests -----------------------------------------------------------------------------------


def test_there_are_56_cases() -> None:
    assert len(BY_ID) == len(CASES) == 56
    assert {case["kind"] for case in CASES} == set(adapter.TEMPLATES)


@pytest.mark.parametrize("name", list(BY_ID))
def test_case(name: str, tmp_path: Path) -> None:
    case = BY_ID[name]
    shown = SHOWN[case["kind"]](case, answers_of(case, tmp_path))
    assert shown == case["expected"]


@pytest.mark.parametrize("name", ["C03", "C39", "C28"])
def test_case_through_the_command(name: str, tmp_path: Path) -> None:
    (run,) = runs_of(BY_ID[name])
    scenario, overlay = write(run, tmp_path, 0)
    command = [sys.executable, "-W", "error", "-c", "from yibao.cli.main import run; run()"]
    done = subprocess.run(
        [*command, "run", str(scenario), "--json", "--with", str(overlay)],
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    printed = [json.loads(line) for line in done.stdout.splitlines()]
    assert printed == list(run_scenario(scenario, overlays=[overlay]))
    assert SHOWN[BY_ID[name]["kind"]](BY_ID[name], [printed]) == BY_ID[name]["expected"]


@pytest.mark.parametrize("module", [adapter, parts, periods, visits])
def test_the_adapter_holds_no_arithmetic(module: ModuleType) -> None:
    arithmetic = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod, ast.Pow)
    called = {"sum", "max", "min", "round", "divmod", "timedelta", "ratio_amount", "parse_yuan"}
    for node in ast.walk(ast.parse(inspect.getsource(module))):
        if isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, arithmetic):
            texts = ast.unparse(node)
            # Lists of people and steps may be joined.
            assert isinstance(node, ast.AugAssign), texts
            assert isinstance(node.value, ast.List | ast.ListComp), texts
        if isinstance(node, ast.Name):
            assert node.id not in called, node.id
