"""The rules that settlements are checked by: data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from yibao.messages import message
from yibao.policy.model import Words

SEVERITY_WORDS = {1: message("明确违规"), 2: message("高度可疑"), 3: message("轻度可疑")}
"""``sev_deg`` of the national interface."""


@dataclass(frozen=True, slots=True)
class CheckRule:
    """A rule: what it is called, which function looks, with which parameters, and by which law."""

    code: str
    label: Words
    look: str
    severity: int
    grade: str
    basis: str
    kind: int
    """``vola_bhvr_type``: 1 of care, 2 of items."""
    parameters: Mapping[str, int] = field(default_factory=dict)
    opens_lead: bool = False
    """Whether each finding is a lead at once, for an inspector to look at."""
    apart: bool = False
    """Whether it looks at something else than a person's settled care."""


@cache
def rules() -> Sequence[CheckRule]:
    """Every rule in force, the clearest first: what they find is counted in this order."""
    text = files("yibao.conduct").joinpath("data/rules.yaml").read_text(encoding="utf-8")
    rows: Mapping[str, Mapping[str, Any]] = yaml.safe_load(text)["rules"]
    found_rules = [
        CheckRule(
            code,
            Words(row["zh"], row["en"]),
            row["look"],
            row["severity"],
            row["grade"],
            row["basis"],
            row["kind"],
            row.get("parameters", {}),
            row.get("opens_lead", False),
            row.get("apart", False),
        )
        for code, row in rows.items()
    ]
    return sorted(found_rules, key=lambda rule: rule.severity)


def rules_of_care() -> Sequence[CheckRule]:
    """Those that look at a person's care, in the same order."""
    return [rule for rule in rules() if not rule.apart]


SUSPENDED_PROVIDER = "PS1"
"""Looked at before and during care alone."""


def rules_to_ask() -> Sequence[CheckRule]:
    """Those that can be asked before and during care."""
    return [*rules_of_care(), rule_of(SUSPENDED_PROVIDER)]


def rule_of(code: str) -> CheckRule:
    """A rule by its code."""
    return next(rule for rule in rules() if rule.code == code)
