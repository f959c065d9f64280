"""What the law says of unlawful acts, limits, hearings, rewards and points: data, by place."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from yibao.errors import InputError
from yibao.messages import Text, message
from yibao.office.kinds import DecisionGround
from yibao.policy.kinds import TextEnum
from yibao.policy.model import Words

_FEN = 100


class SubjectKind(TextEnum):
    """Whom a case is about."""

    PERSON = "person"
    INSTITUTION = "institution"
    EMPLOYER = "employer"


SUBJECT_WORDS: Mapping[str, Text] = {
    SubjectKind.PERSON: message("参保人"),
    SubjectKind.INSTITUTION: message("定点机构"),
    SubjectKind.EMPLOYER: message("用人单位"),
}


@dataclass(frozen=True, slots=True)
class Act:
    """An unlawful act, and the ranges that the law gives for it."""

    code: str
    who: SubjectKind
    label: Words
    law: str
    grade: str
    since: datetime.date
    returns: bool = True
    """Whether what was lost comes back to the fund."""
    fine_times: tuple[int, int] | None = None
    """Of what was obtained or lost."""
    fine_fen: tuple[int, int] | None = None
    months: tuple[int, int] | None = None
    """Of direct settlement suspended."""
    department_months: tuple[int, int] | None = None
    department_when_grave: bool = False


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits in calendar days and years, the surcharge in percent a day."""

    decide_days: int
    ask_hearing_days: int
    hearing_notice_days: int
    serve_days: int
    pay_days: int
    surcharge_percent_a_day: int
    limitation_years: int
    limitation_years_grave: int


@cache
def _data() -> Mapping[str, Any]:
    text = files("yibao.conduct").joinpath("data/acts.yaml").read_text(encoding="utf-8")
    read: Mapping[str, Any] = yaml.safe_load(text)
    return read


def _pair(row: Mapping[str, Any], name: str, unit: int = 1) -> tuple[int, int] | None:
    pair = row.get(name)
    return None if pair is None else (pair[0] * unit, pair[1] * unit)


@cache
def acts() -> Mapping[str, Act]:
    """Every act by its code."""
    return {
        code: Act(
            code,
            SubjectKind(row["who"]),
            Words(row["zh"], row["en"]),
            row["law"],
            row["grade"],
            row["since"],
            row.get("returns", True),
            _pair(row, "fine_times"),
            _pair(row, "fine_yuan", _FEN),
            _pair(row, "months"),
            _pair(row, "department_months"),
            row.get("department_when_grave", False),
        )
        for code, row in _data()["acts"].items()
    }


def act_of(code: str) -> Act:
    """``InputError`` for an act that the law does not name."""
    act = acts().get(code)
    if act is None:
        raise InputError(message("请选是什么违法行为"), place="act")
    return act


@cache
def limits() -> Limits:
    """The limits of the law on penalties."""
    return Limits(**_data()["limits"])


@cache
def no_penalty_grounds() -> tuple[DecisionGround, ...]:
    """On which nobody is punished although there was an act."""
    return tuple(
        DecisionGround(code, Words(row["zh"], row["en"]), Words(row["law"]))
        for code, row in _data()["no_penalty"].items()
    )


def _of_place(table: str, area: str) -> Mapping[str, Any] | None:
    """What a place has set, or the one above it, or the whole country."""
    rows: Mapping[str, Any] = _data()[table]
    codes = (area, f"{area[:4]}00", f"{area[:2]}0000", "000000")
    return next((rows[code] for code in codes if code in rows), None)


def hearing_from(area: str, who: SubjectKind) -> int | None:
    """From how many fen of a fine on a hearing is offered; None: the place has set nothing."""
    row = _of_place("hearing", area)
    if row is None:
        return None
    name = "person_yuan" if who is SubjectKind.PERSON else "organisation_yuan"
    return int(row[name]) * _FEN


@dataclass(frozen=True, slots=True)
class RewardTerms:
    """What an informer gets."""

    percent: Mapping[int, int]
    least: Mapping[int, int]
    """Fen, by level."""
    insider_percent: int
    most: int
    grade: str


def reward_terms(area: str) -> RewardTerms | None:
    """Of a place; None: no source."""
    row = _of_place("reward", area)
    if row is None:
        return None
    return RewardTerms(
        {level: terms["percent"] for level, terms in row["levels"].items()},
        {level: terms["least_yuan"] * _FEN for level, terms in row["levels"].items()},
        row["insider_percent"],
        row["most_yuan"] * _FEN,
        row["grade"],
    )


@dataclass(frozen=True, slots=True)
class PointTerms:
    """What points of a calendar year come to."""

    talk: int
    suspend: int
    suspend_months: tuple[int, int]
    end: int
    out_years: int
    out_years_at_once: int
    repair_each: int
    repair_most: int


def points_of_an_act() -> tuple[int, int]:
    """The fewest and the most points that one act can bring."""
    least, most = _data()["points"]["bands"]
    return least, most


def point_terms(area: str) -> PointTerms | None:
    """Of a place; None: it has set nothing, points are only counted."""
    row = _of_place("points", area)
    if row is None:
        return None
    named = {name: row[name] for name in PointTerms.__slots__}
    return PointTerms(**{**named, "suspend_months": tuple(row["suspend_months"])})
