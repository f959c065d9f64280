"""How a question in everyday words is taken apart before it is looked up."""

from __future__ import annotations

from yibao.inquiry.search import bigrams, letters, plain


def test_width_case_and_blanks_do_not_count() -> None:
    assert plain("ＡＢc 三 甲") == plain("abc三甲")


def test_words_that_sound_alike_have_the_same_letters() -> None:
    assert letters("报销") == letters("抱消")
    assert letters("baoxiao") in letters("报销")


def test_pairs_of_neighbours() -> None:
    assert bigrams("三甲报") == {"三甲", "甲报"}
