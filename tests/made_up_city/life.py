"""Scenarios of the made-up city, run and looked at."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from yibao.policy.compile import PolicyLibrary
from yibao.scenario.read import read_scenario
from yibao.scenario.roads import run_through

FOLDER = Path(__file__).parent
ROOT = FOLDER / "packs"
Answer = dict[str, Any]

SHORT = {
    "de": "deductible",
    "up": "upfront",
    "pooled": "pooled",
    "upper": "upper",
    "assist": "assistance",
    "own": "own",
    "account": "account",
    "aid": "mutual_aid",
    "cash": "cash",
}
"""Names used in the expectations, and the fields of a visit's answer."""


def live(packs: PolicyLibrary, name: str) -> list[Answer]:
    """The answers of a scenario of the made-up city."""
    scenario = read_scenario(scenario_file(name))
    return [answer.as_json() for answer in run_through("engine", packs, scenario)]


def scenario_file(name: str) -> Path:
    return FOLDER / "scenarios" / f"{name}.yaml"


def visits(packs: PolicyLibrary, name: str) -> dict[str, Answer]:
    """The visits of a scenario, by their ids."""
    return {answer["visit"]: answer for answer in live(packs, name) if "visit" in answer}


def check(visit: Answer, **expected: int) -> None:
    """Compare the amounts that are named; the rest of the bill is the person's."""
    shown = {short: visit[SHORT[short]] for short in expected}
    assert shown == expected, visit["visit"]
