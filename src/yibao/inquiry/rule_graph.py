"""What a figure depends on and what depends on it, read from the kernel's own register.

A benefit function names the rules that it reads, the functions that it calls and the steps that
it writes down; nothing here is kept by hand.  A figure is a step that people are shown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from types import CodeType
from typing import Any

import yibao.benefit.functions  # noqa: F401 - fills the register
from yibao.benefit import steps
from yibao.benefit.steps import OPTION, STEP_KINDS, StepKind
from yibao.policy import parameters
from yibao.policy.parameters import DECLARED
from yibao.registry import REGISTERED


@dataclass(frozen=True, slots=True)
class KernelFunction:
    """One function of the kernel: what it reads, calls and writes down."""

    name: str
    room: str
    """The file that it stands in."""
    rules: frozenset[int]
    """Places of tables."""
    calls: frozenset[str]
    figures: frozenset[int]
    """Codes of steps."""


@dataclass(slots=True)
class RuleGraph:
    """All figures and rules, with what leads from one to the other."""

    nodes: dict[str, KernelFunction]
    writers: dict[int, list[str]] = field(default_factory=dict)
    """Functions by the figure that they write down."""

    @property
    def figures(self) -> tuple[StepKind, ...]:
        """Every figure, in the order of its code."""
        return tuple(STEP_KINDS[code] for code in sorted(self.writers))

    def room_of(self, code: int) -> str:
        """The file of the kernel in which a figure is worked out."""
        return self.nodes[self.writers[code][0]].room

    def rules_of(self, code: int) -> tuple[str, ...]:
        """The rules that a figure is made of directly, as packs name them."""
        places = {place for name in self._inner(code) for place in self.nodes[name].rules}
        return _names(places)

    def made_of(self, code: int) -> tuple[StepKind, ...]:
        """The figures that are worked out on the way to a figure."""
        reached = {
            inner
            for name in self._inner(code)
            for called in self.nodes[name].calls
            for inner in self.nodes[called].figures
        }
        return tuple(STEP_KINDS[inner] for inner in sorted(reached - {code}))

    def used_by(self, code: int) -> tuple[StepKind, ...]:
        """The figures on whose way a figure is."""
        return tuple(kind for kind in self.figures if code in _codes(self.made_of(kind.code)))

    def figures_of(self, parameter: str) -> tuple[StepKind, ...]:
        """The figures that a rule goes into directly."""
        return tuple(kind for kind in self.figures if parameter in self.rules_of(kind.code))

    def reached_by(self, parameter: str) -> tuple[StepKind, ...]:
        """The figures that a rule may change by way of others."""
        direct = _codes(self.figures_of(parameter))
        reached, todo = set(direct), list(direct)
        while todo:
            for kind in self.used_by(todo.pop()):
                if kind.code not in reached:
                    reached.add(kind.code)
                    todo.append(kind.code)
        return tuple(STEP_KINDS[code] for code in sorted(reached - direct))

    def _inner(self, code: int) -> tuple[str, ...]:
        """The functions that write a figure, and those they call that write none."""
        seen = dict.fromkeys(self.writers[code])
        todo = list(seen)
        while todo:
            for called in self.nodes[todo.pop()].calls:
                if called not in seen and not self.nodes[called].figures:
                    seen[called] = None
                    todo.append(called)
        return tuple(seen)


def _codes(kinds: Iterable[StepKind]) -> set[int]:
    return {kind.code for kind in kinds}


def _names(places: Iterable[int]) -> tuple[str, ...]:
    tables = {table.place: table for table in DECLARED.tables}
    return tuple(
        declaration.name
        for place in sorted(places)
        for declaration in DECLARED.of_table(tables[place])
    )


def _named(code: CodeType) -> Iterator[str]:
    """Every name that a function's code looks up."""
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _named(constant)


def _described(
    function: Callable[..., Any], registered: dict[int, str], places: set[int]
) -> KernelFunction:
    names = set(_named(function.__code__))
    reached = function.__globals__
    rules = {
        place
        for name in names
        if name.isupper() and (place := getattr(parameters, name, None)) in places
    }
    figures = {
        code
        for name in names
        if name in reached and (code := getattr(steps, name, None)) in STEP_KINDS
        if reached[name] == code and code != OPTION and STEP_KINDS[code].shown
    }
    called = {
        registered[id(reached[name])] for name in names if id(reached.get(name)) in registered
    }
    return KernelFunction(
        function.__name__,
        function.__module__.rpartition(".")[2],
        frozenset(rules),
        frozenset(called),
        frozenset(figures),
    )


@cache
def rule_graph() -> RuleGraph:
    """The graph of the kernel as it is."""
    registered = {id(function): function.__name__ for function in REGISTERED}
    places = {table.place for table in DECLARED.tables}
    nodes = {function.__name__: _described(function, registered, places) for function in REGISTERED}
    graph = RuleGraph(nodes)
    for node in nodes.values():
        for code in sorted(node.figures):
            graph.writers.setdefault(code, []).append(node.name)
    return graph
