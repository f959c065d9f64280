"""Important figures with their dates, written down from the facts by hand."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from yibao.policy.compile import PolicyLibrary
from yibao.policy.days import day_number
from yibao.policy.parameters import DECLARATIONS, MISSING, NONE

from .book import value_on

FIGURES: list[dict[str, Any]] = yaml.safe_load(
    Path(__file__).with_name("figures.yaml").read_text(encoding="utf-8")
)
ROWS = [(part["area"], row) for part in FIGURES for row in part["rows"]]


def number(parameter: str, written: object) -> int:
    """A value of the table as the rulebook holds it."""
    choices = DECLARATIONS[parameter].table.choices
    if isinstance(written, datetime.date):
        return day_number(written)
    if isinstance(written, str):
        stated = {"none": NONE, "missing": MISSING}
        return stated[written] if written in stated else choices.index(written)
    assert isinstance(written, int)
    return int(written)


def shown(area: str, row: dict[str, Any]) -> str:
    keys = ",".join(row.get("keys", {}).values())
    return f"{area}-{row['parameter']}[{keys}]-{row['day']}" + (
        f"-known-{row['known']}" if "known" in row else ""
    )


@pytest.mark.parametrize(("area", "row"), ROWS, ids=[shown(area, row) for area, row in ROWS])
def test_figure(packs: PolicyLibrary, area: str, row: dict[str, Any]) -> None:
    value, citation = value_on(
        packs, area, row["parameter"], row.get("keys", {}), row["day"], row.get("known")
    )
    assert value == number(row["parameter"], row["value"])
    assert set(row["facts"]) <= packs.sources().keys()
    if row["value"] != "missing" and row["facts"]:
        assert set(row["facts"]) <= set(citation.sources)


def test_no_figure_stands_twice() -> None:
    names = [shown(area, row) for area, row in ROWS]
    assert len(names) == len(set(names))
