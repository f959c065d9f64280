"""A question that names a drug is answered by the catalogue: by form, with its edition."""

from __future__ import annotations

import datetime

import pytest
from click.testing import CliRunner

from yibao.cli.main import app
from yibao.errors import NotFoundError
from yibao.inquiry import words
from yibao.inquiry.ask.asker import asker
from yibao.inquiry.ask.reply import QuestionAnswer
from yibao.inquiry.calculators import Context
from yibao.inquiry.question import QUESTION
from yibao.policy.compile import PolicyLibrary

_IBUPROFEN = "布洛芬：口服常释剂型是甲类，口服液体剂、缓释控释剂型、颗粒剂、乳膏剂、注射剂是乙类。"


def _told(packs: PolicyLibrary, question: str) -> QuestionAnswer:
    context = Context(packs, datetime.date(2025, 3, 1), include=frozenset())
    return asker(packs).ask(context, question, "")


def test_the_class_of_a_drug_is_said_by_form(packs: PolicyLibrary) -> None:
    told = _told(packs, "布洛芬是甲类还是乙类")
    assert told.covered
    assert told.answer.sentence.startswith(f"{_IBUPROFEN}甲类全额纳入报销范围")
    assert "2024 年版" in told.answer.also[0].text
    # A place without figures for class B still has the national catalogue.
    assert _told(packs, "北京布洛芬是甲类还是乙类").answer.sentence == _IBUPROFEN


def test_how_much_is_paid_is_not_guessed_from_the_class(packs: PolicyLibrary) -> None:
    told = _told(packs, "阿司匹林肠溶片医保能报多少")
    assert not told.covered
    assert "缓释控释剂型、肠溶缓释片是乙类。报多少还看" in told.answer.sentence


@pytest.mark.parametrize("question", ["甲类乙类有什么区别", "芬必得是乙类吗"])
def test_a_question_without_a_drug_of_the_catalogue(packs: PolicyLibrary, question: str) -> None:
    assert _told(packs, question).answer.sentence.startswith("甲类全额纳入报销范围")


def test_a_brand_name_is_said_to_be_none_of_the_catalogue() -> None:
    result = CliRunner().invoke(app, ["catalogue", "芬必得"])
    assert isinstance(result.exception, NotFoundError)
    assert "目录里没有 '芬必得'：可能是商品名" in str(result.exception)


def test_whose_hospital_it_is_has_words() -> None:
    said = [str(label) for label in words.labels_of(QUESTION["rank"]).values()]
    assert said == ["省属", "市属", "区属", "县属", "乡镇"]
    who = "quote --area 郑州 --scheme employee --status working --age 45"
    bill = "--kind outpatient --grade 3A --on 2024-03-10 --total 540 --rank 省属"
    result = CliRunner().invoke(app, f"{who} {bill}".split())
    assert "基金支付 275.00 元" in result.output  # O-ZZ-01, O-ZZ-02: 55 % of (540 - 40)
