"""The document reader: types where they are asked for, duplicates, lines."""

from __future__ import annotations

import datetime

import pytest

from yibao.errors import InputError
from yibao.policy.document import DocumentError, read_file, read_text


def test_types_are_decided_where_asked() -> None:
    root = read_text("on: 1:30\nyes: no\namount: 100.5\nday: 2025-03-01\nempty:\n", "f").mapping()
    assert list(root.entries) == ["on", "yes", "amount", "day", "empty"]
    assert root.require("on").text() == "1:30"
    assert root.require("yes").text() == "no"
    assert root.require("amount").yuan() == 10050
    assert root.require("amount").percent() == 10050
    assert root.require("day").date() == datetime.date(2025, 3, 1)
    assert root.require("empty").is_none()


@pytest.mark.parametrize("written", ["null", "~", "Null", "NULL", ""])
def test_plain_null_is_none_and_quoted_is_text(written: str) -> None:
    root = read_text(f"plain: {written}\nquoted: '{written}'\n", "f").mapping()
    assert root.require("plain").is_none()
    assert not root.require("quoted").is_none()
    assert root.require("quoted").text() == written


def test_key_written_twice_names_both_lines() -> None:
    with pytest.raises(
        DocumentError, match=r"f 第 3 行.*键 a 写了两次（上一次在第 1 行）"
    ) as caught:
        read_text("a: 1\nb: 2\na: 3\n", "f")
    assert (caught.value.file, caught.value.line) == ("f", 3)


def test_fault_names_file_line_and_key() -> None:
    root = read_text("people:\n  - birth: 2025-02-30\n", "f.yaml").mapping()
    node = root.require("people").sequence().items[0].mapping().require("birth")
    with pytest.raises(InputError, match=r"f\.yaml 第 2 行 people\[0\]\.birth：.*不是日期"):
        node.date()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: &x 1\nb: *x\n", "锚点"),
        ("a: !!python/name:os.system x\n", "标签"),
        ("a: !mine x\n", "标签"),
        ("a: b: c\n", "不是合格的 YAML"),
        ("a: 1\n---\nb: 2\n", "不是合格的 YAML"),
        ("", "文件是空的"),
        ("? [1]\n: c\n", "键只能是文字"),
    ],
)
def test_refused_documents(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_text(text, "f")


@pytest.mark.parametrize("written", ["1e3", "0x10", "1.005", "1,000", "abc", ".5", "5."])
def test_amount_is_decimal_text(written: str) -> None:
    with pytest.raises(InputError, match="不是金额"):
        read_text(f"a: {written}", "f").mapping().require("a").yuan()


def test_negative_and_wrong_kinds_are_refused() -> None:
    root = read_text("a: -1\nb: [1]\nc: maybe\n", "f").mapping()
    with pytest.raises(InputError, match="金额不能为负"):
        root.require("a").yuan()
    assert root.require("a").percent(negative=True) == -100
    with pytest.raises(InputError, match="这里应是文字，现在是列表"):
        root.require("b").text()
    with pytest.raises(InputError, match="应写 true 或 false"):
        root.require("c").flag()
    with pytest.raises(InputError, match="缺少必填的键 d"):
        root.require("d")
    with pytest.raises(InputError, match="第 3 行 c：不认识的键 c，这里可以写：a、b"):
        root.only(("a", "b"))


def test_missing_file_is_named(packs) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(InputError, match=r"none\.yaml：没有这个文件"):
        read_file(packs.root / "none.yaml")
