"""Helpers that read parts of a pack file; a fault is raised, or collected for lint."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from yibao.errors import InputError
from yibao.messages import Text
from yibao.policy.days import day_number
from yibao.policy.document import DocumentError, Mapping, Node, Scalar, Sequence
from yibao.policy.model import Words


class Faults:
    """What to do with a fault: raise it at once, or keep it and go on with the next thing."""

    def __init__(self, keep: list[DocumentError] | None = None) -> None:
        self._keep = keep

    @contextmanager
    def guard(self) -> Iterator[None]:
        """Raise a fault of the body, or keep it and leave the body."""
        try:
            yield
        except DocumentError as fault:
            self.add(fault)
        except InputError as error:
            # The file itself could not be read.
            self.add(DocumentError(error.message, file=error.place, line=1))

    def add(self, fault: DocumentError) -> None:
        """Raise or keep ``fault``."""
        if self._keep is None:
            raise fault
        self._keep.append(fault)


def key_fault(mapping: Mapping, key: str, what: Text, rule: str = "format") -> DocumentError:
    """A fault at the line of a key."""
    path = f"{mapping.path}.{key}".lstrip(".")
    return DocumentError(what, file=mapping.file, line=mapping.lines[key], path=path, rule=rule)


def key_day(mapping: Mapping, key: str) -> int:
    """A key that is a date, as a day number."""
    path = f"{mapping.path}.{key}".lstrip(".")
    return day_number(Scalar(mapping.file, mapping.lines[key], path, key, True).date())


def words(node: Node | None) -> Words:
    """A text, or ``{zh: ..., en: ...}``; empty where there is none."""
    if node is None or node.is_none():
        return Words("")
    if isinstance(node, Mapping):
        node.only(("zh", "en"))
        english = node.get("en")
        return Words(node.require("zh").text(), english.text() if english else "")
    return Words(node.text())


def text_of(mapping: Mapping, key: str) -> str:
    """An optional text."""
    node = mapping.get(key)
    return "" if node is None or node.is_none() else node.text()


def day_of(mapping: Mapping, key: str) -> int | None:
    """An optional date, as a day number."""
    node = mapping.get(key)
    return None if node is None or node.is_none() else day_number(node.date())


def texts_of(mapping: Mapping, key: str) -> tuple[str, ...]:
    """An optional text or list of texts."""
    node = mapping.get(key)
    if node is None or node.is_none():
        return ()
    if isinstance(node, Sequence):
        return tuple(item.text() for item in node)
    return (node.text(),)


def choice_of(mapping: Mapping, key: str, allowed: Iterable[str], default: str) -> str:
    """An optional choice."""
    node = mapping.get(key)
    return default if node is None else node.choice(allowed)


def plain(node: Node) -> Any:
    """A node as text, lists and mappings, for showing; ``None`` where there is no value."""
    if isinstance(node, Mapping):
        return {key: plain(value) for key, value in node.items()}
    if isinstance(node, Sequence):
        return [plain(item) for item in node]
    return None if node.is_none() else node.text()


def one_line(value: Any) -> str:
    """A plain value as one line of text."""
    if value is None:
        return ""
    if isinstance(value, dict):
        return "；".join(f"{key} {one_line(item)}" for key, item in value.items())
    if isinstance(value, list):
        return "、".join(one_line(item) for item in value)
    return str(value)
