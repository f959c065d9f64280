"""What a sender is told when a message cannot be done."""

from __future__ import annotations

from collections.abc import Sequence

from yibao.errors import InputError, RefusedError, YibaoError
from yibao.messages import Listed, Message, Statements, Text, message

EMPTY = message("（空）")
"""Stands where an empty field is shown."""


class MessageError(InputError):
    """The message itself is wrong: what, where in it, and what to do."""

    def __init__(self, message: Text, *, place: Text = "") -> None:
        super().__init__(message)
        self.about = place


class MissingFieldsError(MessageError):
    """Everything that a message lacks, in the order of its table."""

    def __init__(
        self,
        nodes: Sequence[tuple[str, Sequence[tuple[str, str]]]],
        fields: Sequence[tuple[str, str, str]],
    ) -> None:
        """``nodes``: name, and name and title of its fields; ``fields``: place, name, title."""
        if len(fields) == 1 and not nodes:
            place, name, title = fields[0]
            said = message("缺少必填项，请填写后重发")
            super().__init__(said, place=titled(f"{place}.{name}", title))
            return
        by_place: dict[str, list[Message]] = {}
        for node, inside in nodes:
            by_place[f"input.{node}" if node else "input"] = [titled(*it) for it in inside]
        for place, name, title in fields:
            by_place.setdefault(place, []).append(titled(name, title))
        rows: dict[tuple[str, ...], list[str]] = {}
        for place, names in by_place.items():
            rows.setdefault(tuple(map(str, names)), []).append(place)
        listed = [
            message(
                "{places} 的 {fields}", places=_places(places), fields=Listed(by_place[places[0]])
            )
            for places in rows.values()
        ]
        absent = [node for node, _ in nodes if node]
        if absent:
            said = message(
                "缺少节点 {nodes}，请把字段放在其中：{fields}",
                nodes=Listed(absent),
                fields=Statements(listed),
            )
        else:
            said = message(
                "缺少 {count} 个必填项，请填写后重发：{fields}",
                count=sum(map(len, by_place.values())),
                fields=Statements(listed),
            )
        super().__init__(said, place="input")


class NotOfferedError(RefusedError):
    """A transaction that exists in the interface, or does not, and is not offered here."""


class HeaderError(YibaoError):
    """The gateway headers do not verify; answered as the real gateways do, without infcode."""


def titled(path: str, title: Text) -> Message:
    """How a field is named to people: ``input.data.psn_no（人员编号）``."""
    return message("{path}（{title}）", path=path, title=title)


def _places(places: Sequence[str]) -> Listed:
    """Rows of one node: ``input.feedetail[1]、[2]、[3]``."""
    return Listed([places[0], *(f"[{place.rpartition('[')[2]}" for place in places[1:])])
