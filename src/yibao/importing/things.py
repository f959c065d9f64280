"""What rows of a file come to, before anything is looked up or written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, Generic, Protocol, TypeVar

from yibao.access.permissions import Actor, may
from yibao.columns.read.mapped import RowFault
from yibao.database.gathering import Gathering
from yibao.database.unit import Unit
from yibao.errors import YibaoError
from yibao.importing.fields import ImportKind
from yibao.importing.reading import SourceRow
from yibao.messages import Message, Text, message

Content = TypeVar("Content")
_LONGEST_ID = 40
_SUITABLE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.")


@dataclass(frozen=True, slots=True)
class Thing(Generic[Content]):
    """One thing to be written: its rows, what they say, and by what it is told from others."""

    rows: Sequence[SourceRow]
    content: Content
    keys: tuple[str, ...]
    """No two things of a file have one of these in common."""
    amounts: Mapping[str, int] = field(default_factory=dict)
    """What it adds to the sums of the file: fen by name."""
    notes: tuple[Message, ...] = ()
    """What is worth a second look and does not stop it."""

    def faults(self, reason: Text) -> list[RowFault]:
        """It cannot be written: a fault of each of its rows."""
        return [RowFault(row.number, "", reason) for row in self.rows]


@dataclass(slots=True)
class SortedOut(Generic[Content]):
    """What is to be done with things, as the store is now."""

    new: list[Thing[Content]] = field(default_factory=list)
    here: list[Thing[Content]] = field(default_factory=list)
    """Those that the store has already, as they are."""
    faults: list[RowFault] = field(default_factory=list)


class Importer(Protocol[Content]):
    """How one kind of file becomes things, and things become rows of the store."""

    kind: ImportKind

    def thing(self, rows: Sequence[SourceRow]) -> Thing[Content]:
        """What neighbouring rows of one :meth:`group` say; ``YibaoError`` where they cannot be."""

    def group(self, row: SourceRow) -> Any:
        """Neighbours with the same value are one thing."""

    def sort_out(self, unit: Unit, things: Sequence[Thing[Content]]) -> SortedOut[Content]:
        """Which of them are new; whoever they concern is locked where ``unit`` writes."""

    def write(
        self, unit: Gathering, things: Sequence[Thing[Content]], origin: Mapping[str, str]
    ) -> None:
        """Write what is new; ``origin``: what every event says of the file."""


def things_of(
    importer: Importer[Content], rows: Iterable[SourceRow]
) -> tuple[list[Thing[Content]], list[RowFault]]:
    """What rows come to, and those of which nothing can be made."""
    things, faults = [], []
    for _, group in groupby(rows, importer.group):
        together = tuple(group)
        try:
            things.append(importer.thing(together))
        except RowError as error:
            faults.append(RowFault(error.number, error.column, error.what))
            others = message("同一个人的第 {row} 行有误，一起改好再导入", row=error.number)
            faults += [
                RowFault(row.number, "", others) for row in together if row.number != error.number
            ]
        except YibaoError as error:
            faults += [RowFault(row.number, "", error.said) for row in together]
    return things, faults


class RowError(YibaoError):
    """A row that cannot be; ``column``: where, if it is one cell."""

    def __init__(self, row: SourceRow, column: str, what: Message) -> None:
        super().__init__(what)
        self.number = row.number
        self.column = column
        self.what = what


def identifier(row: SourceRow, column: str) -> str:
    """A number of the other system that is kept as it is; ``RowError``."""
    text = str(row.values[column])
    if len(text) > _LONGEST_ID or not set(text) <= _SUITABLE or not text[0].isalnum():
        raise RowError(
            row,
            column,
            message(
                "编号 {text} 不能用：写 1 至 {most} 个字母、数字、点、横线或下划线",
                text=text,
                most=_LONGEST_ID,
            ),
        )
    return text


def require_here(actor: Actor, row: SourceRow, area: str) -> None:
    """``RowError`` for what is not within the area of whoever imports."""
    if not may(actor, "import_records", area=area):
        raise RowError(row, "area", message("{area} 不在您管的统筹区", area=area))


def unknown_person(actor: Actor, person_id: str, areas: Mapping[str, str]) -> Message | None:
    """Why nothing can be imported for somebody; ``areas``: of those who are registered."""
    area = areas.get(person_id)
    if area is None:
        return message("还没有登记的人员 {person}：先用 yibao import people 导入", person=person_id)
    if not may(actor, "import_records", area=area):
        return message("人员 {person} 不在您管的统筹区", person=person_id)
    return None


def require_text(row: SourceRow, column: str, longest: int) -> str:
    """A text that is not too long for its place."""
    text = " ".join(str(row.values[column]).split())
    if len(text) > longest:
        raise RowError(row, column, message("最多 {most} 个字", most=longest))
    return text
