"""What a kind of case is: its states, moves, documents and limit, as data.

A room that decides something declares its kinds in a module ``yibao.ROOM.cases`` with
:func:`register_kind`.  This room knows who may move a case from where to where; what a
decision does is the function that the owning room gives with the move.
"""

from __future__ import annotations

import datetime
import importlib
import importlib.util
import pkgutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import msgspec

from yibao.access.operations import Answer, Key
from yibao.access.permissions import POSTS, Actor, Role
from yibao.database.unit import Database
from yibao.errors import InputError, NotFoundError
from yibao.messages import Alternatives, Text, message
from yibao.policy.compile import PolicyLibrary


@dataclass(frozen=True, slots=True)
class State:
    """Where a case stands."""

    name: str
    label: Text
    runs: bool = False
    """Whether the clock of the deadline runs."""
    is_final: bool = False


@dataclass(frozen=True, slots=True)
class NeededPaper:
    """A document that a case needs."""

    kind: str
    label: Text
    required: bool = True
    group: str = ""
    """Of the required papers of one group one is enough."""


@dataclass(frozen=True, slots=True)
class Decided:
    """What an effect has to know of the case that is being decided."""

    case_id: str
    person_id: str | None
    institution_id: str | None
    area: str
    data: Any
    """As the kind's form reads it."""
    actor: Actor
    """Acts in the office's stead, under the name of whoever decided."""
    key: Key
    """Under which the operation of the owning room writes."""
    reason: str
    day: datetime.date
    at: datetime.datetime


Effect = Callable[[Database, PolicyLibrary, Decided], Answer]
"""What a decision does, by operations of the owning room.

The database that it is given writes in the transaction of the move: what it refuses refuses
the move."""


Follow = Callable[[Database, PolicyLibrary, Decided], str | None]
"""The step that a program takes after a move, in the same transaction; None: none."""


@dataclass(frozen=True, slots=True)
class DecisionGround:
    """A coded ground for a decision."""

    code: str
    label: Text
    law: Text


@dataclass(frozen=True, slots=True)
class Move:
    """A step that somebody may take."""

    name: str
    label: Text
    start: tuple[str, ...]
    """The states that it starts from."""
    end: str
    roles: tuple[Role, ...]
    """The first one is the duty that it is part of."""
    needs_reason: bool = False
    needs_papers: bool = False
    """Whether every required document has to be there."""
    effect: Effect | None = None
    follow: Follow | None = None
    by_program: bool = False
    """Nobody may take it: it follows from another one, or from what happens in another room."""
    needs_basis: bool = False
    """Whether one of the kind's bases has to be named."""
    takes_end: bool = False
    """Whether whoever takes it may set the last day of what is asked for: ``end`` in the data."""


def no_limit(library: PolicyLibrary, area: str, day: datetime.date) -> int | None:
    """Of a kind for which no source sets a number of working days."""
    return None


@dataclass(frozen=True, slots=True)
class CaseKind:
    """One kind of case."""

    name: str
    label: Text
    forms: Mapping[int, type[msgspec.Struct]]
    """What its data looks like, by schema number; the highest is written."""
    states: tuple[State, ...]
    """The first one is where it begins."""
    moves: tuple[Move, ...]
    bases: tuple[DecisionGround, ...] = ()
    """Grounds of which a move that needs one names one."""
    papers: tuple[NeededPaper, ...] = ()
    papers_by_data: Callable[[Any], tuple[NeededPaper, ...]] | None = None
    """Where it depends on what is asked for which documents are needed."""
    working_days: Callable[[PolicyLibrary, str, datetime.date], int | None] = no_limit
    """Of an area's rules on a day; None: no source sets a limit."""
    people: Callable[[Any, str | None], set[str]] | None = None
    """Whose rows a decision touches, of the data and the person; None: the person's."""
    is_own_work: bool = False
    """Whether the office opens it itself: whoever noted it down has applied for nothing, and
    may act in it in the own duty."""
    summary: Callable[[Any], Text] = field(default=lambda data: "")
    """What is asked for, in a few words."""

    def state(self, name: str) -> State:
        return next(state for state in self.states if state.name == name)

    def move(self, name: str) -> Move:
        """``NotFoundError`` for a move that this kind does not have."""
        for move in self.moves:
            if move.name == name:
                return move
        raise NotFoundError(message("“{kind}”没有 {move} 这一步", kind=self.label, move=name))

    def basis(self, code: str) -> DecisionGround:
        """``InputError`` for a ground that this kind does not have."""
        for basis in self.bases:
            if basis.code == code:
                return basis
        raise InputError(message("请选一个依据"), place="basis")

    @property
    def form(self) -> int:
        """The number of the form that is written now."""
        return max(self.forms)

    def read(self, document: Mapping[str, Any]) -> Any:
        """The data of a stored document."""
        return msgspec.convert(document["data"], self.forms[document["form"]])

    def written(self, data: msgspec.Struct) -> dict[str, Any]:
        """The document that is stored."""
        assert isinstance(data, self.forms[self.form])
        return {"form": self.form, "data": msgspec.to_builtins(data)}

    def papers_of(self, data: Any) -> tuple[NeededPaper, ...]:
        """The documents that a case with this data can have, the needed ones marked."""
        return self.papers if self.papers_by_data is None else self.papers_by_data(data)

    def waits_for(self, state: str) -> Role | None:
        """Whose step is the way on from a state; None: nobody's, it is over."""
        for move in self.moves:
            if move.by_program:
                continue
            gives_up = move.roles[0] not in POSTS and self.state(move.end).is_final
            if state in move.start and not move.needs_reason and not gives_up:
                return move.roles[0]
        return None

    def whose(self, data: Any, person_id: str | None) -> set[str]:
        """Everybody whose row is locked when the case is moved."""
        own = set() if person_id is None else {person_id}
        return own | (self.people(data, person_id) if self.people is not None else set())


_KINDS: dict[str, CaseKind] = {}


def register_kind(kind: CaseKind) -> CaseKind:
    """Declare a kind; a move leads from and to states that it has."""
    states = {state.name for state in kind.states}
    for move in kind.moves:
        assert {*move.start, move.end} <= states, (kind.name, move.name)
        assert bool(move.roles) is not move.by_program, (kind.name, move.name)
    assert kind.name not in _KINDS, kind.name
    _KINDS[kind.name] = kind
    return kind


@cache
def all_kinds() -> Mapping[str, CaseKind]:
    """Every kind that a room declares in its module ``cases``."""
    import yibao

    for room in pkgutil.iter_modules(yibao.__path__):
        if room.ispkg and importlib.util.find_spec(f"yibao.{room.name}.cases") is not None:
            importlib.import_module(f"yibao.{room.name}.cases")
    return dict(sorted(_KINDS.items()))


def kind_of(name: str) -> CaseKind:
    """``NotFoundError`` for a kind that no room declares."""
    kind = _KINDS.get(name) or all_kinds().get(name)
    if kind is None:
        raise NotFoundError(message("没有“{name}”这种事项", name=name))
    return kind


def missing_papers(kind: CaseKind, data: Any, handed_in: Iterable[str]) -> list[NeededPaper]:
    """The required documents that are not there, in the order of the kind.

    Of a group of which none is there its first stands for all, with the titles of all.
    """
    there = set(handed_in)
    papers = [paper for paper in kind.papers_of(data) if paper.required]
    shown = {paper.group for paper in papers if paper.group and paper.kind in there}
    missing: list[NeededPaper] = []
    for paper in papers:
        if paper.group in shown or paper.kind in there:
            continue
        if not paper.group:
            missing.append(paper)
            continue
        shown.add(paper.group)
        titles = Alternatives(other.label for other in papers if other.group == paper.group)
        missing.append(replace(paper, label=titles))
    return missing
