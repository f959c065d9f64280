"""Continuity and zero-claim incentives, year by year."""

from __future__ import annotations

import pytest
from rules_builder import Builder, cell

from yibao.benefit.functions.incentive import incentive, incentive_year
from yibao.benefit.functions.refusal import lacking


def rules(**choices: str) -> Builder:
    builder = (
        Builder()
        .set("resident.incentive.threshold_years", 4)
        .set("resident.incentive.continuity_step", 300_000)
        .set("resident.incentive.zero_claim_step", 300_000)
        .set("resident.incentive.ceiling", 2_000)
        .set("resident.upper.annual_ceiling", 40_000_000)
    )
    for name, choice in choices.items():
        builder.set(f"resident.incentive.{name}", choice)
    return builder


def live(builder: Builder, years: str) -> tuple[int, int, int]:
    """``.`` paid without claim, ``c`` with claim, ``u`` raised ceiling used, ``x`` not paid."""
    state = (0, 0, 0)
    for year in years:
        state = incentive_year(
            builder.build(), *state, int(year != "x"), int(year in "cu"), int(year == "u")
        )
    return state


@pytest.mark.parametrize(
    ("years", "streak", "earned"),
    [("", 0, 0), ("c" * 4, 4, 0), ("c" * 5, 5, 1), ("c" * 9, 9, 5)],
)
def test_the_streak_earns_past_its_threshold(years: str, streak: int, earned: int) -> None:
    assert live(rules(), years) == (streak, earned, 0)


def test_zero_claim_years() -> None:
    assert live(rules(), "..c.") == (4, 0, 3)


@pytest.mark.parametrize(
    ("after_break", "zero", "expected"),
    [
        ("keep_earned", "keep", (0, 2, 6)),
        ("lose_earned", "keep", (0, 0, 6)),
        ("keep_earned", "reset", (0, 2, 0)),
        ("lose_earned", "reset", (0, 0, 0)),
    ],
)
def test_a_break(after_break: str, zero: str, expected: tuple[int, int, int]) -> None:
    builder = rules(after_break=after_break, zero_claim_after_break=zero)
    assert live(builder, "......x") == expected


def test_a_streak_begins_again_after_a_break() -> None:
    assert live(rules(), "......x....") == (4, 2, 10)
    assert live(rules(), "......x.....") == (5, 3, 11)


@pytest.mark.parametrize(
    ("after_use", "expected"),
    [("reset_zero_claim", (7, 3, 0)), ("reset_both", (0, 0, 0)), ("keep", (7, 3, 6))],
)
def test_using_the_raised_ceiling(after_use: str, expected: tuple[int, int, int]) -> None:
    assert live(rules(after_use=after_use), "......u") == expected


@pytest.mark.parametrize(
    ("earned", "zero", "expected"),
    [
        (0, 0, (40_000_000, 0, 0, 0)),
        (1, 0, (40_000_000, 300_000, 0, 300_000)),
        (2, 3, (40_000_000, 600_000, 900_000, 1_500_000)),
        (28, 0, (40_000_000, 8_400_000, 0, 8_000_000)),
        (20, 8, (40_000_000, 6_000_000, 2_400_000, 8_000_000)),
        (20, 6, (40_000_000, 6_000_000, 1_800_000, 7_800_000)),
    ],
)
def test_the_bonus_within_its_ceiling(
    earned: int, zero: int, expected: tuple[int, int, int, int]
) -> None:
    assert incentive(rules().build(), earned, zero, None) == expected


def test_no_ceiling_to_raise_and_no_source_for_it() -> None:
    built = rules().set("resident.upper.annual_ceiling", None).build()
    assert incentive(built, 1, 1, None)[0] == -1
    built = rules().missing("resident.upper.annual_ceiling").build()
    status = lacking(cell("resident.upper.annual_ceiling"))
    assert incentive(built, 1, 1, None) == (status, 0, 0, 0)
