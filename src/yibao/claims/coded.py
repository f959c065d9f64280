"""What a claim is coded with: reasons, kinds of care with their papers, grounds of refusal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from yibao.errors import InputError
from yibao.messages import message
from yibao.office.kinds import DecisionGround, NeededPaper
from yibao.policy.kinds import VisitKind
from yibao.policy.model import Words


@dataclass(frozen=True, slots=True)
class CareKind:
    """A kind of care as claims know it."""

    code: str
    label: Words
    visit: VisitKind
    emergency: bool
    papers: tuple[NeededPaper, ...]


@cache
def _data() -> Mapping[str, Mapping[str, Any]]:
    text = files("yibao.claims").joinpath("data.yaml").read_text(encoding="utf-8")
    read: Mapping[str, Mapping[str, Any]] = yaml.safe_load(text)
    return read


def _words(row: Mapping[str, Any]) -> Words:
    return Words(row["zh"], row["en"])


@cache
def reasons() -> Mapping[str, Words]:
    """Why a claim was not settled at the counter, by code."""
    return {code: _words(row) for code, row in _data()["reasons"].items()}


@cache
def cares() -> Mapping[str, CareKind]:
    """Kinds of care by code, each with the papers that it needs or may have."""
    titles = _data()["papers"]
    return {
        code: CareKind(
            code,
            _words(row),
            VisitKind(row["visit"]),
            bool(row.get("urgent")),
            (
                *(NeededPaper(paper, _words(titles[paper])) for paper in row["required"]),
                *(NeededPaper(paper, _words(titles[paper]), False) for paper in row["other"]),
            ),
        )
        for code, row in _data()["cares"].items()
    }


@cache
def refusals() -> tuple[DecisionGround, ...]:
    """The grounds on which a claim is not paid."""
    return tuple(
        DecisionGround(code, _words(row), Words(row["law"]))
        for code, row in _data()["refusals"].items()
    )


def care_of(code: str) -> CareKind:
    """``InputError`` for a kind of care that claims do not know."""
    care = cares().get(code)
    if care is None:
        raise InputError(message("请选就医的种类"), place="care")
    return care
