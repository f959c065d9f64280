"""The directory keeps every statement with its line and day, and ranks nothing."""

from __future__ import annotations

import pytest

from yibao.errors import NotFoundError
from yibao.guide import institutions, load
from yibao.guide.catalogue import level_code


def names(**wanted: str) -> list[str]:
    return [institution.name for institution in institutions(**wanted)]


def test_every_institution_is_dated_and_sourced() -> None:
    listed = institutions()
    assert len(listed) == 38
    for institution in listed:
        assert institution.facts
        for fact in institution.facts:
            if fact.article.startswith("医院公开名单"):
                assert fact.seen.year == 2026
                continue
            assert fact.article in {"S0", "S2", "S3"}
            assert fact.line > 0
            assert fact.seen.year == 2025


def test_hospitals_of_public_lists_say_that_nobody_checked_whether_they_are_designated() -> None:
    taiyuan = institutions(area="140100")
    assert len(taiyuan) == 18
    for institution in taiyuan:
        assert institution.values("designated") == ("是否定点未核对",)


def test_levels_that_disagree_are_all_kept() -> None:
    conflicts = {
        institution.name: (institution.values("level"), institution.dispute)
        for institution in institutions()
        if institution.level_conflict
    }
    assert conflicts == {
        "阿拉善盟中心医院": (("3A", "3"), None),
        "阿拉善盟蒙医医院": (("2B", "3"), "K28"),
        "上饶市立医院": (("3A", "3"), "K28"),
        "玉山县中医院": (("3A", "3"), None),
    }


def test_search_by_area_goes_down() -> None:
    assert names(area="阜新") == ["阜新市中心医院", "阜新矿业集团总医院"]
    assert len(names(area="361100")) == 9
    assert len(names(area="360000")) == 10
    assert names(area="000000") == names()
    assert len(names(area="140100")) == 18


def test_search_by_level_and_department() -> None:
    assert names(area="152900", level="二级") == ["阿拉善盟蒙医医院"]
    assert names(area="152900", level="三级") == ["阿拉善盟中心医院", "阿拉善盟蒙医医院"]
    assert names(area="361100", department="肿瘤") == ["上饶市人民医院"]
    assert names(area="150000", department="眼科") == [
        "阿拉善盟中心医院",
        "阿拉善盟蒙医医院",
        "阿拉善左旗人民医院",
    ]


def test_the_order_is_by_area_and_name() -> None:
    listed = institutions()
    assert list(listed) == sorted(listed, key=lambda item: (item.area, item.name))
    words = ("最佳", "首选", "权威", "评分", "第一名", "顶级")
    for institution in load().all_institutions:
        for fact in institution.facts:
            assert not any(word in f"{fact.value}{fact.said}" for word in words)


@pytest.mark.parametrize(
    ("text", "code"),
    [("三级甲等", "3A"), ("三甲", "3A"), ("3a", "3A"), ("三级", "3"), ("二级乙等", "2B")],
)
def test_levels_are_read_as_people_write_them(text: str, code: str) -> None:
    assert level_code(text) == code


def test_an_unknown_level_or_area_is_named_with_what_exists() -> None:
    with pytest.raises(NotFoundError, match="2A、2B、3、3A"):
        institutions(level="九级")
    with pytest.raises(NotFoundError, match="没有地区"):
        institutions(area="999999")
