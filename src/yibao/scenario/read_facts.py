"""Facts of a scenario file, read as :mod:`yibao.benefit.facts` describes them."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping as AbstractMapping
from typing import Any

from yibao.benefit.described import Fact, facts_of, plain_facts
from yibao.messages import Listed, message
from yibao.money import BASIS
from yibao.policy.document import Mapping, Node
from yibao.scenario.model import NamePlace
from yibao.scenario.values import count, day, name, pack_name

Places = AbstractMapping[str, list[NamePlace]]
"""Where names that only a pack can confirm are noted, by ``group`` or ``disease``."""


def plain_keys(described: type, *beside: str) -> tuple[str, ...]:
    """The keys that a file may write: ``beside``, then the plain facts of a class."""
    return tuple(dict.fromkeys((*beside, *(fact.scenario_key for fact in plain_facts(described)))))


def read_plain(
    mapping: Mapping,
    described: type,
    known: AbstractMapping[str, Any],
    places: Places,
    but: Iterable[str] = (),
) -> dict[str, Any]:
    """The plain facts of a class by name, defaults where the file writes none.

    ``known``: what the file has said before, for facts that have no meaning everywhere.
    """
    values: dict[str, Any] = {}
    skipped = frozenset(but)
    for fact in plain_facts(described):
        if fact.name in skipped:
            continue
        node = mapping.get(fact.scenario_key)
        _refuse_elsewhere(fact, node, known)
        values[fact.name] = fact.default if node is None else read_fact(node, fact, places)
    return values


def require_fact(
    mapping: Mapping, described: type, fact_name: str, known: AbstractMapping[str, Any]
) -> Any:
    """A fact without a default: required where it has a meaning, None elsewhere."""
    fact = facts_of(described)[fact_name]
    if fact.applies(known):
        return read_fact(mapping.require(fact.scenario_key), fact, {})
    _refuse_elsewhere(fact, mapping.get(fact.scenario_key), known)
    return None


def _refuse_elsewhere(fact: Fact, node: Node | None, known: AbstractMapping[str, Any]) -> None:
    if node is not None and not fact.applies(known):
        key, values = fact.only[0]
        raise node.fault(
            message(
                "{scenario_key} 只用于 {key}: {values}，请删去",
                scenario_key=fact.scenario_key,
                key=key,
                values=Listed(values),
            )
        )


def read_fact(node: Node, fact: Fact, places: Places) -> Any:
    """One value, as its fact describes it."""
    if fact.named_by:
        return pack_name(node, places[fact.named_by])
    match fact.kind:
        case "flag":
            return node.flag()
        case "choice":
            return node.choice(fact.choices)
        case "whole":
            return count(node, fact.least, fact.most)
        case "fen":
            return node.yuan()
        case "basis_points":
            share = node.percent()
            if share > BASIS:
                raise node.fault(
                    message("{scenario_key} 应在 0 到 100 之间", scenario_key=fact.scenario_key)
                )
            return share
        case "day":
            return day(node)
        case _:
            return name(node)
