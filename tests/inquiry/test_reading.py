"""What people write of a question, read into days, amounts, items and places."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import pytest

from yibao.benefit.facts import Item
from yibao.errors import InputError, NotFoundError
from yibao.inquiry import reading
from yibao.inquiry.care import birth_of
from yibao.inquiry.question import item_of
from yibao.policy.compile import PolicyLibrary

ON = datetime.date(2025, 3, 1)


def test_what_is_written_well() -> None:
    assert reading.day(" 2025-03-01 ", "--on") == ON
    assert reading.month("2025-03") == 202503
    assert reading.whole_text(" 12 ", "--fetuses", 1, 20) == 12
    assert reading.amount("1200.50", "--total") == 120_050
    assert reading.share("10", "--item") == 1_000
    assert reading.pair("pooled = 1200", "=", "--used", "") == ("pooled", "1200")


def test_an_item_has_a_class_an_amount_and_perhaps_more(packs: PolicyLibrary) -> None:
    assert item_of(packs, "A:300", "") == Item("A", 30_000)
    item = item_of(packs, "B:2000:upfront=10:kind=drug:limit=450", "")
    assert (item.item_class, item.amount, item.upfront) == ("B", 200_000, 1_000)
    assert (item.kind, item.limit) == ("drug", 45_000)


@pytest.mark.parametrize(
    ("read", "written", "says"),
    [
        (reading.day, "2025-02-30", "不是日期"),
        (reading.day, "1025-03-01", "年之间"),
        (reading.month, "2025-13", "不是月份"),
        (reading.amount, "-1", "不能是负数"),
        (reading.amount, "1.234", "不是金额"),
        (reading.share, "101", "0 到 100"),
    ],
)
def test_what_is_written_badly_names_the_option(
    read: Callable[..., Any], written: str, says: str
) -> None:
    with pytest.raises(InputError, match=says) as caught:
        read(written, "--option")
    assert caught.value.place == "--option"


@pytest.mark.parametrize("written", ["", "D:300", "A", "A:x", "A:300:upfront", "A:300:size=1"])
def test_what_is_no_item_is_refused(written: str, packs: PolicyLibrary) -> None:
    with pytest.raises(InputError):
        item_of(packs, written, "")


def test_a_birth_day_is_written_or_follows_from_an_age() -> None:
    born = datetime.date(1980, 5, 1)
    assert birth_of({"birth": born}, ON) == born
    assert birth_of({}, ON) is None
    by_age = birth_of({"birth": None, "age": 40}, ON)
    assert by_age is not None
    assert (by_age.year, by_age <= datetime.date(1985, 3, 1)) in ((1984, True), (1985, True))
    with pytest.raises(InputError, match="只能写一个"):
        birth_of({"birth": born, "age": 40}, ON)
    with pytest.raises(InputError, match="晚于"):
        birth_of({"birth": datetime.date(2025, 3, 2)}, ON)


def test_places_by_code_or_name(packs: PolicyLibrary, area: str) -> None:
    assert reading.home_area(packs, area)[0] == area
    assert reading.home_area(packs, "太原")[0] == area
    assert reading.any_area(packs, " 990000 ", "--care-area") == "990000"
    with pytest.raises(NotFoundError):
        reading.home_area(packs, "没有这个地方")
    with pytest.raises(NotFoundError, match="六位地区代码"):
        reading.any_area(packs, "没有这个地方", "--care-area")
