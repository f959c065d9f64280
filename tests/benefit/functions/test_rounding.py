"""The one rounding function, in each mode, at and around its boundaries."""

from __future__ import annotations

import pytest

from yibao.money import ROUND_DOWN, ROUND_HALF_UP, ROUND_HALF_UP_JIAO, ROUND_UP
from yibao.money.rounding import ratio_amount, round_scaled


@pytest.mark.parametrize(
    ("scaled", "half_up", "down", "up", "jiao"),
    [
        (0, 0, 0, 0, 0),
        (1, 0, 0, 1, 0),
        (4_999, 0, 0, 1, 0),
        (5_000, 1, 0, 1, 0),
        (9_999, 1, 0, 1, 0),
        (10_000, 1, 1, 1, 0),
        (49_999, 5, 4, 5, 0),
        (50_000, 5, 5, 5, 10),
        (149_999, 15, 14, 15, 10),
        (150_000, 15, 15, 15, 20),
        (10**17 + 5_000, 10**13 + 1, 10**13, 10**13 + 1, 10**13),
    ],
)
def test_modes(scaled: int, half_up: int, down: int, up: int, jiao: int) -> None:
    assert round_scaled(scaled, ROUND_HALF_UP) == half_up
    assert round_scaled(scaled, ROUND_DOWN) == down
    assert round_scaled(scaled, ROUND_UP) == up
    assert round_scaled(scaled, ROUND_HALF_UP_JIAO) == jiao


def test_ratio_amount_rounds_once() -> None:
    assert ratio_amount(411_300, 830, ROUND_HALF_UP) == 34_138  # 34137.9
    assert ratio_amount(1_432_195, 9_000, ROUND_HALF_UP) == 1_288_976  # 1288975.5
    assert ratio_amount(1_432_195, 9_000, ROUND_DOWN) == 1_288_975


def test_a_share_is_never_more_than_its_whole() -> None:
    assert ratio_amount(5, 10_000, ROUND_HALF_UP_JIAO) == 5
    assert ratio_amount(106, 9_990, ROUND_HALF_UP_JIAO) == 106
    assert ratio_amount(104, 10_000, ROUND_HALF_UP_JIAO) == 100
