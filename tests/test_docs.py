"""What the documents show is what the commands print."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import pytest

import render_api
import render_docs
from yibao.access.permissions import Role

ROOT = Path(__file__).resolve().parents[1]


def test_shown_outputs_are_current(capsys: pytest.CaptureFixture[str]) -> None:
    code = render_docs.main(["--check"])
    captured = capsys.readouterr()
    assert code == 0, f"请运行 make docs：\n{captured.out}{captured.err}"


def test_a_stale_block_is_found_and_rewritten(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "page.md"
    page.write_text("<!-- yibao: --version -->\n```text\nold\n```\nafter\n", encoding="utf-8")
    assert render_docs.main(["--check", str(page)]) == 1
    assert "-old" in capsys.readouterr().out
    assert render_docs.main([str(page)]) == 0
    lines = page.read_text(encoding="utf-8").splitlines()
    assert lines[2] == "$ yibao --version"
    assert lines[3].startswith("yibao ")
    assert lines[-2:] == ["```", "after"]
    assert render_docs.main(["--check", str(page)]) == 0


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("<!-- yibao: --version -->\nno block\n", "要有一个代码块"),
        ("<!-- yibao: --version -->\n```\nno end\n", "代码块没有结束"),
        ("<!-- yibao: nothing -->\n```\n```\n", "退出码是 2，应为 0"),
    ],
)
def test_a_marker_that_cannot_be_rendered(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, says: str
) -> None:
    page = tmp_path / "page.md"
    page.write_text(text, encoding="utf-8")
    assert render_docs.main([str(page)]) == 1
    assert says in capsys.readouterr().err
    assert page.read_text(encoding="utf-8") == text


def test_expected_failures_show_their_message(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("<!-- yibao[2]: nothing -->\n```\n```\n", encoding="utf-8")
    assert render_docs.main([str(page)]) == 0
    assert "错误：没有命令 nothing" in page.read_text(encoding="utf-8")


def test_the_five_questions_are_answered() -> None:
    page = (ROOT / "docs" / "questions.md").read_text(encoding="utf-8")
    for question in (
        "山西医保个人缴费多少一个月",
        "太原医保网上缴费怎么操作",
        "个人身份参加职工医保怎么报销",
        "北京医保和山西医保报销一样吗",
        "太原门诊共济可以绑定几个人、怎么用",
    ):
        _, _, section = page.partition(f"## {question}\n")
        assert "$ yibao " in section.partition("\n## ")[0]


def test_the_library_examples_run() -> None:
    failed, tried = doctest.testfile(str(ROOT / "docs" / "library.md"), module_relative=False)
    assert (failed, tried > 15) == (0, True)


def test_the_description_of_the_api_is_current(capsys: pytest.CaptureFixture[str]) -> None:
    code = render_api.main(["--check"])
    assert code == 0, capsys.readouterr().err


def test_every_post_has_its_day_with_a_picture() -> None:
    folder = ROOT / "docs" / "day"
    listed = (folder / "README.md").read_text(encoding="utf-8")
    for role in set(Role) - {Role.OFFICER}:
        page = (folder / f"{role.value}.md").read_text(encoding="utf-8")
        assert f"({role.value}.md)" in listed
        for picture in re.findall(r"!\[.*?\]\((.*?)\)", page):
            assert (folder / picture).is_file(), picture
        assert "../images/day-" in page
