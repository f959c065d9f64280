"""The collection of residents' contributions: what is known of it, and what is not guessed."""

from __future__ import annotations

import datetime

import pytest

from yibao.inquiry.season import collection_on, window_of
from yibao.policy.compile import PolicyLibrary

TAIYUAN = "140100"


def test_a_year_without_a_document_has_its_season_and_no_dates(packs: PolicyLibrary) -> None:
    season = collection_on(packs, TAIYUAN, datetime.date(2026, 11, 30))
    assert season is not None
    assert (season.year, season.opens, season.closes, season.amount) == (2027, None, None, None)
    assert (season.last_year, season.last_amount) == (2026, 400_00)


def test_a_known_year_has_the_dates_of_its_document(packs: PolicyLibrary) -> None:
    season = collection_on(packs, TAIYUAN, datetime.date(2025, 2, 1))
    assert season is not None
    assert (season.year, season.closes, season.amount) == (
        2025,
        datetime.date(2025, 2, 25),
        400_00,
    )
    assert window_of(packs, TAIYUAN, 2025) == (
        datetime.date(2024, 9, 1),
        datetime.date(2025, 2, 25),
    )


@pytest.mark.parametrize("day", [datetime.date(2026, 6, 1), datetime.date(2026, 8, 31)])
def test_out_of_season_nothing_is_shown(packs: PolicyLibrary, day: datetime.date) -> None:
    assert collection_on(packs, TAIYUAN, day) is None


def test_every_area_is_asked_without_an_error(packs: PolicyLibrary) -> None:
    for area in packs.areas():
        season = collection_on(packs, area.code, datetime.date(2026, 11, 30))
        assert season is None or season.last_amount >= 0
        assert window_of(packs, area.code, 2031) is None
