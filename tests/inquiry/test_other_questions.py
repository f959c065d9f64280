"""Questions that the given set does not have: other people, other words, other days, English."""

from __future__ import annotations

import dataclasses
import datetime
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest

import render_ask
from yibao.inquiry.ask import asker as asking
from yibao.inquiry.ask.forms import forms, in_english
from yibao.inquiry.ask.normalise import Plain, plain
from yibao.inquiry.ask.places import where_of
from yibao.inquiry.calculators import Context
from yibao.policy.compile import PolicyLibrary

TODAY = datetime.date(2026, 11, 30)
PACKS = PolicyLibrary.load()
ASKER = asking.asker(PACKS)
SCORE = render_ask.scorer()
_HAN = re.compile("[\u4e00-\u9fff]")
_NAMES = re.compile("“[^”]*”|医保发〔[0-9]+〕[0-9]+号|[\u4e00-\u9fff]+医院")
_UNITS = {"m": "months", "y": "years", "d": "days"}


class Expected(NamedTuple):
    """A line of ``other_questions.tsv``."""

    question: str
    intents: list[str]
    areas: list[str]
    outcomes: list[str]
    figures: list[dict[str, Any]]
    words: str


def _figure(written: str) -> dict[str, Any]:
    if written.startswith("¥"):
        return {"fen": round(float(written[1:]) * 100)}
    if written.endswith("%"):
        return {"percent": float(written[:-1])}
    if written.endswith("count"):
        return {"count": int(written.removesuffix("count"))}
    if re.fullmatch(r"\d{4}-\d\d-\d\d", written):
        return {"date": written}
    return {_UNITS[written[-1]]: int(written[:-1])}


def _expected() -> Iterator[Expected]:
    for line in Path(__file__).with_name("other_questions.tsv").read_text("utf-8").splitlines():
        if line.startswith("#"):
            continue
        parts = (*line.split("\t"), "", "")
        yield Expected(
            parts[0],
            parts[1].split(","),
            [] if parts[2] == "-" else parts[2].split("/"),
            parts[3].split("/"),
            [_figure(figure) for figure in parts[4].split("/") if figure],
            parts[5],
        )


QUESTIONS = tuple(_expected())
SHARE = 1 if os.environ.get("YIBAO_VERIFY") == "1" else 3
"""Every third one, all of them in ``make verify``."""


def _answered(question: str, day: datetime.date = TODAY) -> dict[str, Any]:
    context = Context(PACKS, day, include=frozenset())
    reply: dict[str, Any] = msgspec.to_builtins(ASKER.ask(context, question, ""))
    return reply


def _faults(expected: Expected, reply: dict[str, Any]) -> list[str]:
    faults = []
    if reply["intent"] not in expected.intents:
        faults.append(f"intent {reply['intent']}")
    named = reply["area"]["from"] == "question"
    code = reply["area"]["code"]
    wrong = named != bool(expected.areas) or (named and code not in expected.areas)
    # A place in a question that is not about insurance says nothing; several are no place.
    if wrong and code and reply["intent"] != "out_of_domain":
        faults.append(f"area {reply['area']}")
    kind = "y" if reply["covered"] else reply["refusal"]["kind"].replace("no_source", "gap")
    if kind not in expected.outcomes:
        faults.append(f"outcome {kind}")
    sentence = reply["answer"]["sentence"]
    if kind == "y" and expected.figures and not _leads(expected, sentence):
        faults.append(f"first figure of {sentence}")
    if kind == "y" and expected.words and not re.search(expected.words, sentence):
        faults.append(f"words of {sentence}")
    if kind == "y" and not (
        reply["sources"] and all(source["date"] for source in reply["sources"])
    ):
        faults.append("source")
    return faults


def _leads(expected: Expected, sentence: str) -> bool:
    asked = {value for _, kind, value in SCORE.figures_in(expected.question) if kind == "fen"}
    kinds = {SCORE.kind_of(figure) for figure in expected.figures}
    for _, kind, value in SCORE.figures_in(sentence):
        right = any(SCORE.same(kind, value, figure) for figure in expected.figures)
        if kind in kinds and (right or not (kind == "fen" and value in asked)):
            return right
    return any(
        figure.get("fen") == 0 and SCORE.mentions(sentence, figure) for figure in expected.figures
    )


def test_other_people_are_answered_as_expected() -> None:
    failed = [
        (expected.question, faults)
        for expected in QUESTIONS[::SHARE]
        if (faults := _faults(expected, _answered(expected.question)))
    ]
    assert not failed, "\n".join(map(str, failed))


def test_nothing_but_names_is_chinese_in_an_english_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every reading that a question finds, asked as if it had been written in English."""

    def in_other_words(question: str, places: tuple[str, ...] = ()) -> Plain:
        return dataclasses.replace(plain(question, places), language="en")

    monkeypatch.setattr(asking, "plain", in_other_words)
    asked = [question["text"] for question in render_ask.given_questions()[::SHARE]]
    chinese = set()
    for question in (*asked, *(expected.question for expected in QUESTIONS[::SHARE])):
        reply = _answered(question)
        for part in ("answer", "assumptions", "missing", "readings", "refusal", "read_as", "area"):
            texts = [_NAMES.sub("", text) for text in SCORE.texts_of(reply[part])]
            chinese |= {text for text in texts if _HAN.search(text)}
    assert not chinese, "\n".join(sorted(chinese))


def test_every_reading_has_its_english() -> None:
    missing = []
    for form in forms():
        if form.say and not form.en:
            missing.append(form.id)
        missing += [
            f"{form.id} {branch.say}"
            for branch in form.branches + form.also
            if _HAN.search(re.sub(r"\{[^}]*\}", "", branch.say_en) + branch.label_en)
        ]
        missing += [name for name in (form.title, form.about) if name and name not in in_english()]
    assert not missing


@pytest.mark.parametrize("day", [datetime.date(2027, 1, 15), datetime.date(2027, 3, 1)])
def test_a_year_that_is_not_published_is_not_guessed(day: datetime.date) -> None:
    for question in (
        "居民医保一年多少钱",
        "太原居民医保今年交多少",
        "现在补交居民医保多少钱",
        "居民医保什么时候截止",
        "一家三口农村户口医保一年多少钱",
        "低保户医保自己交多少",
        "山西医保个人缴费多少一个月",
        "国家给居民医保补多少",
        "北京学生医保多少钱",
        "上海居民医保一年多少",
    ):
        reply = _answered(question, day)
        assert reply["refusal"]["kind"] == "no_source", (question, reply["answer"])
        said = reply["answer"]["sentence"]
        assert re.search("2027 年.*没有来源", said), said
        assert re.search("2026 年", said), said
        assert reply["answer"].get("amount_fen") is None
        assert reply["sources"], question
    assert _answered("2026年居民医保多少钱", day)["answer"]["amount_fen"] == 400_00
    for question in ("断缴两年今天补交什么时候能用", "灵活就业一个月多少", "居民三甲住院1万报多少"):
        assert _answered(question, day)["covered"], question


@pytest.mark.parametrize(
    ("question", "code", "unclear"),
    [
        ("北京朝阳区职工门诊报多少", "110105", 0),
        ("朝阳区职工门诊报多少", "", 2),
        ("朝阳市居民医保", "211300", 0),
        ("南京鼓楼区居民医保", "320106", 0),
        ("通州居民医保多少钱", "", 2),
        ("海南州居民医保", "632500", 0),
        ("在社区医院住院", "", 0),
    ],
)
def test_counties_of_one_name_are_not_taken_for_another(
    question: str, code: str, unclear: int
) -> None:
    where = where_of(question, PACKS)
    assert (where.home.code if where.home else "") == code
    assert len(where.unclear) == unclear
    if unclear:
        assert _answered(question)["refusal"]["kind"] == "place"


@pytest.mark.parametrize(
    ("question", "total_fen"),
    [
        ("退休住院两万五三甲", 2_500_000),
        ("住院两万三甲", 2_000_000),
        ("职工三甲住院2000块", 200_000),
    ],
)
def test_what_follows_an_amount_is_no_part_of_it(question: str, total_fen: int) -> None:
    assert _answered(question)["facts"]["total_fen"] == total_fen
