"""A reader is told a source by its title, and where there is none by where it was read."""

from __future__ import annotations

from yibao import library
from yibao.policy.titles import source_title, source_titles

from .conftest import PackTree


def test_a_source_is_told_by_its_title_or_its_place(packs: PackTree) -> None:
    packs.city(
        "gaps.yaml", "G01: {parameter: person.age_line, missing: 年龄界线, handled: assumed}\n"
    )
    known = packs.load()
    assert str(source_title(known, "S-1")) == "通知（S-1）"
    assert str(source_title(known, "G01")) == "推定：年龄界线（G01）"
    assert source_title(known, "person.age_line") == "person.age_line"
    assert source_titles(known, ("S-1", "G01")).text() == "通知（S-1）、推定：年龄界线（G01）"


def test_every_source_of_ours_is_told() -> None:
    packs_of_ours = library.load()
    known = packs_of_ours.sources()
    for name in known:
        assert str(source_title(packs_of_ours, name)) != ""
    assert str(source_title(packs_of_ours, "O-RI-02")) == "太原城乡医保报销比例（O-RI-02）"
    assert str(source_title(packs_of_ours, "O-IN-06")) == "www.aoshengma.com（O-IN-06）"
    assert str(source_title(packs_of_ours, "D-001")) == "文章第 113 行（D-001）"
