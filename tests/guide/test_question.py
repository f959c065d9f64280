"""How a question in everyday words is taken apart before it is looked up."""

from __future__ import annotations

import subprocess
import sys

import pytest

from yibao.guide.index import Index
from yibao.guide.question import (
    NamedPlace,
    Places,
    Question,
    Vocabulary,
    bigrams,
    letters,
    plain,
    uncovered,
)

PLACES = Places(
    (
        NamedPlace.named(("0",), "全国", "China"),
        NamedPlace.named(("14", "0"), "山西省", "Shanxi"),
        NamedPlace.named(("1401", "14", "0"), "太原市", "Taiyuan", ("并州",)),
        NamedPlace.named(("15", "0"), "阿拉善盟", "Alxa League", ("阿拉善",)),
        NamedPlace.named(("1529", "15", "0"), "阿拉善左旗", "Alxa Left Banner"),
    )
)


def test_width_case_and_blanks_do_not_count() -> None:
    assert plain("ＡＢc 三 甲") == plain("abc三甲")


def test_words_that_sound_alike_have_the_same_letters() -> None:
    assert letters("报销") == letters("抱消")
    assert letters("baoxiao") in letters("报销")


def test_pairs_of_neighbours() -> None:
    assert bigrams("三甲报") == {"三甲", "甲报"}
    assert Question("三甲报多少").pairs == {"三甲", "甲报"}


def test_parts_of_a_keyword_stand_in_their_order() -> None:
    words = Vocabulary([("grant", ("共济 绑定",))])
    assert [mention[:4] for mention in words.mentions(Question("家庭共济怎么绑定"))] == [
        ("grant", 2, 8, 4)
    ]
    assert words.mentions(Question("绑定家庭共济")) == []


def test_a_shorter_word_inside_a_longer_one_is_covered() -> None:
    words = Vocabulary([("pay", ("缴费",)), ("records", ("缴费记录",))])
    mentions = words.mentions(Question("缴费记录怎么查"))
    assert [mention.key for mention in mentions] == ["pay", "records"]
    assert [mention.key for mention in uncovered(mentions)] == ["records"]


@pytest.mark.parametrize("text", ["抱消", "baoxiao", "怎么 Bao Xiao？"])
def test_a_sound_counts_only_where_it_is_asked_for(text: str) -> None:
    words = Vocabulary([("claim", ("报销",)), ("short", ("查",))])
    assert words.mentions(Question(text)) == []
    mentions = words.mentions(Question(text), by_sound=True)
    assert [(mention.key, mention.by_sound) for mention in mentions] == [("claim", True)]


@pytest.mark.parametrize(
    ("text", "by_sound", "codes"),
    [
        ("太原怎么缴费", False, ["1401"]),
        ("山西太原怎么缴费", False, ["1401"]),
        ("并州", False, ["1401"]),
        ("In Taiyuan", False, ["1401"]),
        ("太圆怎么缴费", False, []),
        ("太圆怎么缴费", True, ["1401"]),
        ("阿拉善左旗的医院", False, ["1529"]),
        ("太原人在阿拉善", False, ["1401", "15"]),
        ("全国", False, ["0"]),
        ("怎么缴费", True, []),
    ],
)
def test_the_lowest_places_count(text: str, by_sound: bool, codes: list[str]) -> None:
    named = PLACES.named(Question(text), by_sound=by_sound)
    assert [place.code for place in named] == codes


def test_the_index_puts_the_title_first_and_finds_by_sound() -> None:
    index = Index(
        [
            ("ratio", "住院报销比例", "各级医院"),
            ("account", "个人账户余额", "住院时先付"),
            ("window", "集中缴费期", "每年"),
        ]
    )
    assert index.best(Question("住院报销"), 3, lambda item: 0)[0] == "ratio"
    assert index.best(Question("gerenzhanghu"), 3, lambda item: 0) == ["account"]
    assert index.best(Question("天气"), 3, lambda item: 0) == []
    assert index.best(Question("天气"), 3, lambda item: 5 * (item == "window")) == ["window"]


def test_a_question_in_the_right_characters_loads_no_pinyin() -> None:
    program = (
        "import sys; from yibao.guide import find; find('太原医保网上缴费怎么操作');"
        "sys.exit('pypinyin' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
