"""A year that costs what the age says: the age is asked for, or said to be supposed."""

from __future__ import annotations

import datetime

import pytest
from click.testing import CliRunner

from yibao.cli.main import app
from yibao.errors import InputError
from yibao.inquiry.ask.asker import asker
from yibao.inquiry.calculators import Context
from yibao.inquiry.source_words import sentence_of
from yibao.policy.compile import PolicyLibrary
from yibao.policy.titles import plain_title, source_title

_ASKED = "contribute --scheme resident --year 2025 --paid-on 2024-12-20 --area".split()


def test_the_age_is_asked_where_the_year_costs_what_it_says() -> None:
    """O-SH-26: 655 from 70, 825 from 60 to 69, 995 from 19 to 59, 355 for pupils."""

    def told(area: str, *who: str) -> str:
        result = CliRunner().invoke(app, [*_ASKED, area, *who])
        return str(result.exception) if isinstance(result.exception, InputError) else result.output

    assert "请写周岁或出生日期" in told("上海")
    for age, due in ((30, "995"), (59, "995"), (60, "825"), (69, "825"), (70, "655")):
        assert f"个人缴费 {due}.00 元" in told("上海", "--age", str(age))
    assert "个人缴费 355.00 元" in told("上海", "--group", "student_child")
    assert "个人缴费 400.00 元" in told("太原")  # nobody's age matters there


def test_a_question_supposes_an_age_and_says_so(packs: PolicyLibrary) -> None:
    context = Context(packs, datetime.date(2025, 3, 1), include=frozenset())
    asked = asker(packs).ask(context, "上海居民医保2025年交多少钱")
    assert "995.00 元" in asked.answer.sentence
    assert [said.text for said in asked.assumptions] == ["待遇随年龄变化，没有说年龄，按 40 岁算"]
    # The paper has no title on record: nobody is shown a note in English in its place.
    assert asked.sources[0].title == "上海市居民缴费"


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("2025-11-07 start of the 2026 collection", ""),
        ("2023: 350", ""),
        ("晋医保发〔2021〕14号", "晋医保发〔2021〕14号"),
        ("关于做好医疗保障工作的通知 (read at a reprint)", "关于做好医疗保障工作的通知"),
    ],
)
def test_a_remark_is_no_title(written: str, shown: str) -> None:
    assert plain_title(written) == shown


def test_a_record_names_ages_as_people_do(packs: PolicyLibrary) -> None:
    assert "60 至 69 825；19 至 59 995" in sentence_of(packs.sources()["O-SH-26"])
    assert "自2021-07-01 520000" in sentence_of(packs.sources()["T-LA-01"])
    assert "start of" not in str(source_title(packs, "O-SH-26"))
