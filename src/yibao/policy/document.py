"""YAML 1.2 documents with the line of every value, read without guessing types.

PyYAML parses and composes; types are decided here, where they are asked for:
``on`` is a key, ``1:30`` is text, an amount is decimal text and never a float,
and a key written twice is an error.  Anchors, aliases and tags are refused.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar

from yibao.errors import InputError
from yibao.messages import Listed, Text, message, not_an_amount
from yibao.money.text import AmountError, parse_percent, parse_yuan
from yibao.policy.days import day_of_instant

_MOST_CHARACTERS = 8_000_000
_DEEPEST = 40
_SAFE_TO_NEST = 10_000
"""Shorter texts cannot nest so deep that composing them overruns the C stack."""
_SCALAR, _SEQUENCE = "scalar", "sequence"
"""Kinds of PyYAML's nodes."""
_INTEGER = re.compile(r"-?[0-9]{1,15}")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
Result = TypeVar("Result")
Name = TypeVar("Name", bound=str)
_TAGS = frozenset(
    f"tag:yaml.org,2002:{name}"
    for name in "map seq str null bool int float timestamp merge value".split()
)
"""What YAML resolves to by itself; any other tag was written on purpose."""


class DocumentError(InputError):
    """A fault at one line of a document; ``rule`` is the name that lint reports."""

    def __init__(
        self, what: Text, *, file: str, line: int, path: str = "", rule: str = "format"
    ) -> None:
        where = message("{file} 第 {line} 行", file=file, line=line)
        self.where: Text = message("{where} {path}", where=where, path=path) if path else where
        super().__init__(what, place=str(self.where))
        self.file = file
        self.line = line
        self.rule = rule

    @property
    def said(self) -> Text:
        """What it says, with the line before it."""
        return self.placed(self.where)


class Node:
    """A value in a document; the subclasses hold what YAML can express."""

    kind = message("值")

    def __init__(self, file: str, line: int, path: str) -> None:
        self.file = file
        self.line = line
        self.path = path
        """Keys from the root, for messages: ``people[0].birth``."""

    def fault(self, what: Text, rule: str = "format") -> DocumentError:
        """An error that names file, line and key."""
        return DocumentError(what, file=self.file, line=self.line, path=self.path, rule=rule)

    def mapping(self) -> Mapping:
        raise self.fault(message("这里应是“键: 值”的映射，现在是{kind}", kind=self.kind))

    def sequence(self) -> Sequence:
        raise self.fault(message("这里应是列表，现在是{kind}", kind=self.kind))

    def text(self) -> str:
        raise self.fault(message("这里应是文字，现在是{kind}", kind=self.kind))

    def is_none(self) -> bool:
        return False

    def _read(self, parse: Callable[[str], Result]) -> Result:
        text = self.text()
        try:
            return parse(text)
        except AmountError as error:
            raise self.fault(not_an_amount(error)) from None

    def yuan(self, *, negative: bool = False) -> int:
        """The amount in fen."""
        fen = self._read(parse_yuan)
        if fen < 0 and not negative:
            raise self.fault(message("金额不能为负"))
        return fen

    def percent(self, *, negative: bool = False) -> int:
        """The percentage in basis points."""
        ratio = self._read(parse_percent)
        if ratio < 0 and not negative:
            raise self.fault(message("百分数不能为负"))
        return ratio

    def integer(self) -> int:
        text = self.text()
        if not _INTEGER.fullmatch(text):
            raise self.fault(message("{text} 不是整数", text=repr(text)))
        return int(text)

    def flag(self) -> bool:
        text = self.text()
        if text not in ("true", "false"):
            raise self.fault(message("{text} 应写 true 或 false", text=repr(text)))
        return text == "true"

    def date(self) -> datetime.date:
        text = self.text()
        try:
            if (day := day_of_instant(text)) is not None:
                return day
            if not _DATE.fullmatch(text):
                raise ValueError
            return datetime.date.fromisoformat(text)
        except ValueError:
            raise self.fault(
                message("{text} 不是日期：请写成 2025-03-01 这样真实存在的日期", text=repr(text))
            ) from None

    def choice(self, allowed: Iterable[Name]) -> Name:
        """The one of ``allowed`` that is written here: the member where it is an enum."""
        text = self.text()
        names = tuple(allowed)
        if text not in names:
            raise self.fault(
                message(
                    "{text} 不认识，可以写：{names}",
                    text=repr(text),
                    names=Listed(names) or message("（没有可选项）"),
                )
            )
        return next(name for name in names if name == text)


class Scalar(Node):
    """One value as it is written."""

    kind = message("单个值")

    def __init__(self, file: str, line: int, path: str, value: str, quoted: bool) -> None:
        super().__init__(file, line, path)
        self.value = value
        self.quoted = quoted

    def text(self) -> str:
        if self.is_none():
            raise self.fault(message("这里缺少一个值"))
        return self.value

    def is_none(self) -> bool:
        return not self.quoted and self.value in ("", "~", "null", "Null", "NULL")


class Sequence(Node):
    """A list."""

    kind = message("列表")

    def __init__(self, file: str, line: int, path: str, items: list[Node]) -> None:
        super().__init__(file, line, path)
        self.items = items

    def sequence(self) -> Sequence:
        return self

    def __iter__(self) -> Iterator[Node]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)


class Mapping(Node):
    """Keys and values in the order of the file."""

    kind = message("映射")

    def __init__(
        self, file: str, line: int, path: str, entries: dict[str, Node], lines: dict[str, int]
    ) -> None:
        super().__init__(file, line, path)
        self.entries = entries
        self.lines = lines
        """Line of each key."""

    def mapping(self) -> Mapping:
        return self

    def get(self, key: str) -> Node | None:
        return self.entries.get(key)

    def require(self, key: str) -> Node:
        node = self.entries.get(key)
        if node is None:
            raise self.fault(message("缺少必填的键 {key}", key=key))
        return node

    def only(self, allowed: Iterable[str]) -> None:
        """Refuse keys that nobody reads."""
        names = tuple(allowed)
        for key in self.entries:
            if key not in names:
                place = Node(self.file, self.lines[key], f"{self.path}.{key}".lstrip("."))
                raise place.fault(
                    message("不认识的键 {key}，这里可以写：{names}", key=key, names=Listed(names)),
                    rule="unknown",
                )

    def items(self) -> Iterator[tuple[str, Node]]:
        return iter(self.entries.items())


def _convert(node: Any, file: str, path: str, seen: set[int], depth: int) -> Node:
    line = node.start_mark.line + 1
    place = Node(file, line, path)
    if id(node) in seen:
        raise place.fault(message("不支持锚点与引用（& 与 *），请把内容写全"))
    seen.add(id(node))
    if depth > _DEEPEST:
        raise place.fault(message("嵌套太深"))
    if node.tag not in _TAGS:
        raise place.fault(message("不支持标签 {tag}", tag=node.tag))
    if node.id == _SCALAR:
        return Scalar(file, line, path, node.value, bool(node.style))
    if node.id == _SEQUENCE:
        return Sequence(
            file,
            line,
            path,
            [
                _convert(item, file, f"{path}[{index}]", seen, depth + 1)
                for index, item in enumerate(node.value)
            ],
        )
    entries: dict[str, Node] = {}
    lines: dict[str, int] = {}
    for key_node, value_node in node.value:
        key_line = key_node.start_mark.line + 1
        key_place = Node(file, key_line, path)
        if key_node.id != _SCALAR:
            raise key_place.fault(message("键只能是文字"))
        key = str(key_node.value)
        if key in entries:
            raise key_place.fault(
                message("键 {key} 写了两次（上一次在第 {line} 行）", key=key, line=lines[key])
            )
        lines[key] = key_line
        entries[key] = _convert(value_node, file, f"{path}.{key}".lstrip("."), seen, depth + 1)
    return Mapping(file, line, path, entries, lines)


def _check_depth(text: str, file: str, loader: Any) -> None:
    """Refuse deep nesting from the events, before nodes are built recursively."""
    import yaml

    depth = 0
    for event in yaml.parse(text, Loader=loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > _DEEPEST + 1:
                line = event.start_mark.line + 1 if event.start_mark else 1
                raise Node(file, line, "").fault(message("嵌套太深"))
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def read_text(text: str, file: str) -> Node:
    """The document in ``text``; ``file`` is the name for messages."""
    if len(text) > _MOST_CHARACTERS:
        raise InputError(
            message("文件超过 {most} 个字符", most=_MOST_CHARACTERS),
            place=file,
        )
    import yaml  # a rulebook out of the cache reads no document

    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        if len(text) > _SAFE_TO_NEST:
            _check_depth(text, file, loader)
        root = yaml.compose(text, Loader=loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise DocumentError(
            message("不是合格的 YAML：{problem}", problem=error.problem or error.context),
            file=file,
            line=line,
        ) from None
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise DocumentError(
            message("不是合格的 YAML：{error}", error=str(error)), file=file, line=1
        ) from None
    if root is None:
        raise DocumentError(message("文件是空的"), file=file, line=1)
    return _convert(root, file, "", set(), 0)


def read_file(path: Path, name: str | None = None) -> Node:
    """The document in the file at ``path``."""
    shown = name or str(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise InputError(message("没有这个文件"), place=shown) from None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(message("读不出来：{error}", error=str(error)), place=shown) from None
    return read_text(text, shown)
