"""``yibao conduct``: worked cases to the fen, and what the law does not allow."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (
            "penalty --act person_fraud --obtained 4260.35 --times 2 --months 6 --from 2026-06-10",
            {
                "returned_fen": 426_035,
                "fine_fen": 852_070,
                "sum_fen": 1_278_105,
                "suspended_to": "2026-12-09",
            },
        ),
        ("reward --established 320000 --level 1 --insider", {"reward_fen": 1_152_000}),
        ("reward --established 8000 --level 2", {"reward_fen": 30_000}),
        ("reward --established 20000000 --level 1 --insider", {"reward_fen": 20_000_000}),
        (
            "surcharge --fine 8520.70 --served 2026-06-07 --paid 2026-06-24",
            {"surcharge_fen": 51_124},
        ),
        (
            "set-off --owed 1000 --most 50 800 900 700",
            {"withheld_fen": [40_000, 45_000, 15_000], "left_fen": 0},
        ),
        ("instalments --owed 1000 --count 3", {"instalments_fen": [33_333, 33_333, 33_334]}),
        (
            "points 3 6 --repairs 2 --area 120000",
            {"points": 7, "repaired": 2, "talks": True, "suspend_months": None, "out_years": None},
        ),
        (
            "points 12 --area 120000",
            {"points": 12, "repaired": 0, "talks": True, "suspend_months": None, "out_years": 3},
        ),
    ],
)
def test_worked_cases(yibao: Callable[..., Any], words: str, answer: dict[str, Any]) -> None:
    ran = yibao("conduct", *words.split(), "--json")
    assert (ran.code, ran.json()) == (0, answer)
    assert yibao("conduct", *words.split()).code == 0


def test_beyond_the_law_is_refused(yibao: Callable[..., Any]) -> None:
    words = "penalty --act person_fraud --obtained 100 --times 6 --months 6"
    ran = yibao("conduct", *words.split())
    assert ran.code != 0
    assert "2 倍到 5 倍" in ran.err
