"""What people write is read as it is shown: grouped amounts, Chinese days, short names."""

from __future__ import annotations

import datetime

import pytest

from yibao.errors import InputError
from yibao.inquiry import reading
from yibao.messages import message
from yibao.policy.days import day_of_instant

GROUPS = {"low_income": "低保对象", "newborn": "新生儿", "new": "新生对象"}


@pytest.mark.parametrize(
    ("text", "fen"), [("10,000", 1_000_000), ("1,234,567.89", 123_456_789), (" 8000 ", 800_000)]
)
def test_amounts(text: str, fen: int) -> None:
    assert reading.amount(text, "--total") == fen


@pytest.mark.parametrize("text", ["1,0000", "10,00", ",100", "1,000,", "-1,000"])
def test_amounts_that_are_grouped_wrongly(text: str) -> None:
    with pytest.raises(InputError):
        reading.amount(text, "--total")


@pytest.mark.parametrize(
    "text", ["2025年3月9日", "2025年03月09日", "2025-03-09", "2025-03-08T16:00Z"]
)
def test_days(text: str) -> None:
    assert reading.day(text, "--on") == datetime.date(2025, 3, 9)


@pytest.mark.parametrize("text", ["2025年2月30日", "2025年13月1日", "2025-03-08T16:00"])
def test_days_that_are_none(text: str) -> None:
    with pytest.raises(InputError):
        reading.day(text, "--on")


def test_an_instant_is_a_day_in_china() -> None:
    assert day_of_instant("2024-12-31T16:30Z") == datetime.date(2025, 1, 1)
    assert day_of_instant("2024-12-31T23:30+08:00") == datetime.date(2024, 12, 31)
    assert day_of_instant("2024-12-31") is None


def test_names_by_their_beginning() -> None:
    group = message("人群")
    assert reading.pack_name("低保", GROUPS, group, "--group") == "low_income"
    for several in ("新生", "低", "保"):
        with pytest.raises(InputError):
            reading.pack_name(several, GROUPS, group, "--group")
