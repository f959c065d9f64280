"""What the search takes a question to mean, and that it means the same to the guides."""

from __future__ import annotations

import datetime

import pytest

from yibao.guide import load
from yibao.guide.question import Question
from yibao.guide.search import understand
from yibao.inquiry.calculators import all_calculators
from yibao.inquiry.search import Search
from yibao.policy.compile import PolicyLibrary

TAIYUAN, SHANXI, BEIJING = "140100", "140000", "110000"
PACKS = PolicyLibrary.load()
CATALOGUE = load()
SEARCH = Search(PACKS, CATALOGUE, all_calculators(PACKS).values(), TAIYUAN)
DAY = datetime.date(2026, 11, 29)


@pytest.mark.parametrize(
    ("question", "area"),
    [
        ("太原三甲报多少", TAIYUAN),
        ("山西太原缴费", TAIYUAN),
        ("山西的共济", SHANXI),
        ("太元三甲", TAIYUAN),
        ("taiyuan sanjia", TAIYUAN),
        ("北京门诊", BEIJING),
        ("三甲报多少", None),
    ],
)
def test_the_area_that_a_question_names(question: str, area: str | None) -> None:
    assert SEARCH.area_of(Question(question)) == area


@pytest.mark.parametrize(
    ("question", "topics"),
    [
        ("三甲报多少", ["ratio"]),
        ("sanjia baoxiao", ["ratio"]),
        ("断缴两年什么时候生效", ["waiting"]),
        ("大病门诊", ["chronic", "ratio", "upper"]),
        ("今天天气怎么样", []),
    ],
)
def test_the_topics_of_a_question_the_surest_first(question: str, topics: list[str]) -> None:
    assert [topic.id for topic in SEARCH.topics_of(Question(question))] == topics


@pytest.mark.parametrize("question", ["太原怎么缴费", "山西的共济记录在哪里看", "怎么缴费"])
def test_guides_and_search_name_the_same_area(question: str) -> None:
    assert understand(CATALOGUE, question).area == SEARCH.area_of(Question(question))


def test_a_named_grade_narrows_the_figures_and_fills_the_calculator() -> None:
    answer = SEARCH.find("太原三甲住院报多少", DAY)
    assert (answer.area, answer.area_named) == (TAIYUAN, True)
    assert any("institution=class-" in address for _, address in answer.calculators)
    assert answer.figures
