"""Questions as people ask them, and the answers that are expected; the score must not fall."""

from __future__ import annotations

import datetime
import json
import os
import random
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

import render_ask
from yibao.cli.main import main
from yibao.errors import InputError
from yibao.inquiry.ask.asker import asker
from yibao.inquiry.ask.forms import forms
from yibao.inquiry.ask.normalise import plain
from yibao.inquiry.calculators import Context
from yibao.policy.compile import PolicyLibrary

FOLDER = Path(__file__).resolve().parent.parent / "questions"
TODAY = datetime.date(2026, 11, 30)
PARTS_OF_FUZZ = 10 if os.environ.get("YIBAO_VERIFY") == "1" else 1
QUESTIONS_OF_A_PART = 120
"""Over a thousand in ``make verify``."""
PACKS = PolicyLibrary.load()
ASKER = asker(PACKS)
CONTEXT = Context(PACKS, TODAY, include=frozenset())
LEAST_PASSED = 231
"""Of 236, all of which passed; a pack that is new turns a refusal into an answer."""


def answered(question: str, area: str = "") -> dict[str, Any]:
    reply: dict[str, Any] = msgspec.to_builtins(ASKER.ask(CONTEXT, question, area))
    return reply


@pytest.fixture(scope="module")
def results() -> list[tuple[dict[str, Any], dict[str, Any]]]:
    module = render_ask.scorer()
    return [
        (question, module.score(question, answered(question["text"])))
        for question in render_ask.given_questions()
    ]


def test_the_score_of_the_questions_does_not_fall(
    results: list[tuple[dict[str, Any], dict[str, Any]]],
) -> None:
    failed = [
        (question["id"], question["text"], result["why"])
        for question, result in results
        if not result["passed"]
    ]
    assert len(results) - len(failed) >= LEAST_PASSED, "\n".join(map(str, failed))


def test_the_page_of_the_score_says_what_the_scorer_says(
    results: list[tuple[dict[str, Any], dict[str, Any]]],
) -> None:
    assert render_ask.page(results) == render_ask.PAGE.read_text("utf-8")


def test_no_reading_is_made_of_a_question() -> None:
    text = (FOLDER / "questions.yaml").read_text("utf-8")
    questions = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))["questions"]
    patterns = {pattern.pattern for form in forms() for pattern in form.words}
    assert not patterns & {question["text"] for question in questions}


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("太圆三甲住院能抱销多少", "太原三甲住院能报销多少"),
        ("柳州醫保住院起付標準", "柳州医保住院起付标准"),
        ("住院花了８０００", "住院花了8000"),
        ("yidi jiuyi beian zenme ban", "异地就医备案怎么办"),
    ],
)
def test_a_question_is_read_as_it_is_meant(written: str, read: str) -> None:
    assert plain(written).text == read


@pytest.mark.parametrize(
    ("question", "facts"),
    [
        ("在职三甲住院五万八", {"total_fen": 5_800_000, "care": "inpatient"}),
        ("居民二级医院住院3w", {"total_fen": 3_000_000, "scheme": "resident"}),
        ("基数8600每月交多少", {"base_fen": 860_000}),
        ("断缴三年了现在补上多久能用", {"lapsed_years": 3}),
        ("低保户2024年住院花了八千", {"group": "low_income", "year": 2024, "total_fen": 800_000}),
    ],
)
def test_facts_are_read(question: str, facts: dict[str, Any]) -> None:
    said = answered(question)["facts"]
    assert {name: said.get(name) for name in facts} == facts


def test_a_place_without_a_pack_gets_no_figure_of_another() -> None:
    reply = answered("柳州职工住院起付线是多少")
    assert reply["refusal"]["kind"] == "place"
    assert "柳州" in reply["answer"]["sentence"]
    assert not any(letter.isdigit() for letter in reply["answer"]["sentence"].replace("12393", ""))
    assert all(source["unverified"] for source in reply["sources"])


def test_a_question_that_is_not_understood_says_so_and_offers_two() -> None:
    reply = answered("医保那个什么东西呀")
    assert reply["covered"] is False
    assert len(reply["readings"]) == 2


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("北京居民医保多少钱一年", "学生儿童"),
        ("职工医保断了半年,补上能马上报销吗", "6 个月"),
        ("居民医保今天交明天能用吗", "3 个月"),
        ("我和老婆灵活就业 两个孩子 一年医保要多少", "一共"),
        ("退休了还要交医保吗", "25 年"),
        ("双胞胎产假津贴多少天", "113 天"),
        ("武汉和太原哪里住院起付线低", "起付线"),
        ("喂我老公单位给交的医保然后他这个月辞职了那他这个医保还能用吗", "3 个月"),
        ("居民医保有个人账户吗", "没有"),
        ("我在太原退休 现在在海南养老 看病怎么报", "91%"),
    ],
)
def test_questions_in_other_words_are_answered(question: str, words: str) -> None:
    reply = answered(question)
    assert reply["covered"] is True, reply["answer"]
    assert words in reply["answer"]["sentence"]
    assert reply["sources"]


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("昆山职工医保住院报多少", "place"),
        ("义乌居民医保一年多少钱", "place"),
        ("布洛芬医保能报吗", "no_source"),
        ("多少钱", "no_source"),
        ("孩子发烧39度怎么办", "medical"),
        ("查我老婆的医保记录", "private"),
        ("怎么伪造住院发票报销", "illegal"),
        ("惠民保值得买吗", "domain"),
        ("灵活就业第一次参保多久能用", "no_source"),
    ],
)
def test_what_is_not_answered_says_why(question: str, kind: str) -> None:
    reply = answered(question)
    assert reply["refusal"]["kind"] == kind, reply["answer"]
    assert "%" not in reply["answer"]["sentence"]


def test_an_age_that_was_not_said_is_an_assumption() -> None:
    reply = answered("北京在职三甲住院3万报多少")
    assert reply["covered"] is True
    assert "age" in {assumption["fact"] for assumption in reply["assumptions"]}


_PIECES = (
    *("太原", "北京", "柳州", "昆山", "阳曲县", "上海", "", "", "", ""),
    *("居民", "职工", "灵活就业", "退休", "低保户", "孩子", "我妈", "两口子", "男", ""),
    *("住院", "门诊", "慢特病", "药店买药", "高血压", "剖腹产", "生育津贴", "异地", "断缴", ""),
    *("三甲", "二级", "社区", "3万", "八千", "999999999", "０", "2015年", "2040年", "半年"),
    *("报多少", "交多少钱", "怎么办", "余额", "共济", "转到", "起付线", "封顶", "几年", "？"),
    *("yibao", "how much", "baoxiao", "{", "%", "\\", "<b>", "醫保", "第三次", "一百二十岁"),
)


@pytest.mark.parametrize("part", range(PARTS_OF_FUZZ))
def test_no_question_breaks_it_or_gives_a_figure_without_a_source(part: int) -> None:
    chance = random.Random(part)
    for _ in range(QUESTIONS_OF_A_PART):
        question = "".join(chance.choices(_PIECES, k=chance.randint(1, 8))).strip() or "医保"
        reply = answered(question)
        assert reply["answer"]["sentence"], question
        answer = reply["answer"]
        figure = answer.get("amount_fen") is not None or answer.get("value") is not None
        assert not figure or any(source["date"] for source in reply["sources"]), question
        if reply["covered"]:
            assert reply["sources"] or reply["intent"] == "directory", question


@pytest.mark.parametrize("question", ["", "  ", "问" * 500])
def test_an_empty_or_overlong_question_is_refused(question: str) -> None:
    with pytest.raises(InputError):
        ASKER.ask(CONTEXT, question)


def test_the_command_answers_with_one_object(
    capsys: pytest.CaptureFixture[str],
) -> None:
    question = "退休老人去三甲住院花了3万自己掏多少"
    assert main(["ask", "--json", "--on", "2026-11-30", question]) == 0
    reply = json.loads(capsys.readouterr().out)
    assert reply["answer"]["amount_fen"] == answered(question)["answer"]["amount_fen"]
    assert {"id", "date"} <= reply["sources"][0].keys()


def test_somebodys_number_is_no_amount() -> None:
    assert "total_fen" not in answered("310101199001011234")["facts"]
    assert (
        answered("太原退休门诊花了3000，身份证310101199001011234")["facts"]["total_fen"] == 300_000
    )
