"""The compiled form: segments, the hash, the stored form."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable

import pytest

from yibao.errors import InputError
from yibao.policy import parameters as p
from yibao.policy.days import EARLIEST, LATEST, day_number, to_date
from yibao.policy.parameters import DECLARATIONS, DECLARED, MISSING
from yibao.policy.rulebook import Rulebook

from .conftest import PackTree

TWO_BLOCKS = """
floor:
  name: {zh: 留存线, en: floor}
  values:
    2020-01-01: {value: 100, sources: [S-1]}
    2024-01-01: {value: 300, sources: [S-1]}
"""


def day(text: str) -> int:
    return day_number(datetime.date.fromisoformat(text))


def test_day_numbers() -> None:
    assert day("1970-01-01") == 0
    assert day("1969-12-31") == -1
    assert day("2025-03-01") == 20148
    assert to_date(20148) == datetime.date(2025, 3, 1)
    assert (to_date(EARLIEST), to_date(LATEST)) == (datetime.date.min, datetime.date.max)


def test_every_cell_belongs_to_one_parameter(packs: PackTree) -> None:
    packs.city("groups.yaml", "student: 学生\npoor: 困难\n")
    packs.city(
        "employee/inpatient.yaml",
        """
        ratio:
          keys: [status, price_class, age, band]
          values:
            2020-01-01:
              value:
                working:
                  "1": {below: {1: 80, 2: 85, 3: 90}, from: {1: 81, 2: 86}}
                  "2": 70
                  "3": 60
              sources: [S-1]
        """,
    )
    layout = packs.rulebook().layout
    owners: dict[int, str] = {}
    for name, declaration in DECLARATIONS.items():
        for cell in layout.cells(declaration):
            assert cell not in owners
            owners[cell] = name
            owner, members = layout.parameter_at(cell)
            assert owner is declaration
            assert layout.cell(declaration, members) == cell
    tables = [cell for table in DECLARED.tables for cell in layout.table_cells(table)]
    assert sorted(owners) == sorted(tables)
    assert layout.slots["band"] == ("1", "2", "3+")
    assert layout.slots["group"] == ("student", "poor")
    for place in (p.GROUPS, p.RATIO, len(layout.defaults)):
        with pytest.raises(IndexError):
            layout.parameter_at(place)


def test_segments_cover_all_days(packs: PackTree) -> None:
    packs.city("mutual_aid.yaml", TWO_BLOCKS)
    book = packs.rulebook()
    assert book.days == (day("2020-01-01"), day("2024-01-01"))
    before = book.segment(day("2019-12-31"))
    assert (before.index, before.rules, set(before.cells)) == (-1, book.layout.defaults, {0})
    assert (before.first_day, before.last_day) == (EARLIEST, day("2019-12-31"))
    first = book.segment(day("2023-12-31"))
    assert (first.index, first.first_day, first.last_day) == (
        0,
        day("2020-01-01"),
        day("2023-12-31"),
    )
    last = book.segment(day("2024-01-01"))
    assert (last.index, last.last_day) == (1, LATEST)
    assert len(last.rules) == len(last.cells) == len(book.layout.defaults)


def test_no_segment_where_nothing_changes(packs: PackTree) -> None:
    """A higher area's new value under a lower one cuts nothing."""
    packs.province("mutual_aid.yaml", TWO_BLOCKS)
    packs.city("mutual_aid.yaml", "floor: {values: {2020-01-01: {value: 5, sources: [S-1]}}}\n")
    assert packs.rulebook().days == (day("2020-01-01"),)


def test_hash_ignores_formatting_and_order(packs: PackTree) -> None:
    packs.city("mutual_aid.yaml", TWO_BLOCKS + "grantors_per_settlement:\n"
        "  values: {2020-01-01: {value: 1, sources: [S-1]}}\n")  # fmt: skip
    before = packs.rulebook()
    packs.city(
        "mutual_aid.yaml",
        """
        # Another order, another style, a comment.
        "grantors_per_settlement":
          values:
            2020-01-01:
              sources:
                - S-1
              value: "1"
        floor:
          name: {en: floor, zh: 留存线}
          unit: yuan
          values:
            2024-01-01: {sources: [S-1], value: 300.00}
            2020-01-01: {sources: [S-1], value: "100"}
        """,
    )
    assert packs.rulebook().hash == before.hash


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("value: 300", "value: 301"),
        ("2024-01-01", "2024-01-02"),
        ("value: 300, sources: [S-1]", "value: 300, sources: [S-2]"),
        ("value: 300,", "value: 300, to: 2030-01-01,"),
    ],
)
def test_hash_changes_with_the_content(packs: PackTree, old: str, new: str) -> None:
    packs.city("mutual_aid.yaml", TWO_BLOCKS)
    before = packs.rulebook().hash
    assert old in TWO_BLOCKS
    packs.city("mutual_aid.yaml", TWO_BLOCKS.replace(old, new))
    assert packs.rulebook().hash != before


def test_stored_form_round_trip(packs: PackTree) -> None:
    packs.city("mutual_aid.yaml", TWO_BLOCKS)
    packs.city("groups.yaml", "student: 学生\n")
    book = packs.rulebook()
    form = json.loads(json.dumps(book.to_canonical()))
    again = Rulebook.from_canonical(form)
    for name in (
        "area", "known_on", "days", "segments", "cells", "citations", "groups", "diseases",
        "group_names", "disease_names", "hash",
    ):  # fmt: skip
        assert getattr(again, name) == getattr(book, name)
    assert again.to_canonical() == form


def test_changed_stored_form_is_refused(packs: PackTree) -> None:
    packs.city("mutual_aid.yaml", TWO_BLOCKS)
    form = packs.rulebook().to_canonical()
    form["parameters"]["mutual_aid.floor"][0]["values"][0]["value"] += 1
    with pytest.raises(InputError, match="可能被改动过"):
        Rulebook.from_canonical(form)
    with pytest.raises(InputError, match="版式"):
        Rulebook.from_canonical({**form, "form": 3})


def test_nothing_stated_is_missing(value: Callable[..., int], packs: PackTree) -> None:
    book = packs.rulebook()
    assert book.days == ()
    assert value(book, "2025-01-01", "mutual_aid.floor") == MISSING
    assert book.segment(0).last_day == LATEST
