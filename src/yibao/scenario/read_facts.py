"""Facts of a scenario file, read as :mod:`yibao.benefit.facts` describes them."""

from __future__ import annotations

from collections.abc import Container, Iterable
from collections.abc import Mapping as AbstractMapping
from types import MappingProxyType
from typing import Any, NamedTuple

from yibao.benefit.described import Fact, facts_of, plain_facts
from yibao.messages import Listed, message
from yibao.money import BASIS
from yibao.policy.document import Mapping, Node
from yibao.scenario.model import NamePlace
from yibao.scenario.values import (
    area_code,
    count,
    day,
    known,
    month,
    name,
    pack_name,
    period,
)

Places = AbstractMapping[str, list[NamePlace]]
"""Where names that only a pack can confirm are noted, by ``group`` or ``disease``."""


class KnownNames(NamedTuple):
    """What the names in a file may stand for."""

    people: Container[str] = ()
    """Ids of people."""
    places: Places = MappingProxyType({})
    """Where names of the packs are noted."""


NO_NAMES = KnownNames()


def read_described(
    mapping: Mapping,
    described: type,
    names: KnownNames = NO_NAMES,
    defaults: AbstractMapping[str, Any] | None = None,
) -> dict[str, Any]:
    """All facts of a class by name; ``mapping`` may write no other key.

    ``defaults``: of facts that may be left out here.  First and last day are read as a pair.
    """
    facts = facts_of(described)
    mapping.only(tuple(fact.scenario_key for fact in facts.values()))
    values: dict[str, Any] = dict(defaults or {})
    said: dict[str, Any] = {}
    for fact in facts.values():
        node = mapping.get(fact.scenario_key)
        _refuse_elsewhere(fact, node, said)
        if fact.scenario_key == "from":
            values["start"], values["end"] = period(mapping)
        elif fact.scenario_key == "to" or (node is None and fact.name in values):
            continue
        elif node is not None or (fact.required and fact.applies(said)):
            value = read_fact(mapping.require(fact.scenario_key), fact, names)
            values[fact.name] = said[fact.name] = said[fact.scenario_key] = value
        else:
            values[fact.name] = fact.default
    return values


def plain_keys(described: type, *beside: str) -> tuple[str, ...]:
    """The keys that a file may write: ``beside``, then the plain facts of a class."""
    return tuple(dict.fromkeys((*beside, *(fact.scenario_key for fact in plain_facts(described)))))


def read_plain(
    mapping: Mapping,
    described: type,
    said: AbstractMapping[str, Any],
    names: KnownNames = NO_NAMES,
    but: Iterable[str] = (),
) -> dict[str, Any]:
    """The plain facts of a class by name, defaults where the file writes none.

    ``said``: what the file has said before, for facts that have no meaning everywhere.
    """
    values: dict[str, Any] = {}
    skipped = frozenset(but)
    for fact in plain_facts(described):
        if fact.name in skipped:
            continue
        node = mapping.get(fact.scenario_key)
        _refuse_elsewhere(fact, node, said)
        values[fact.name] = fact.default if node is None else read_fact(node, fact, names)
    return values


def require_fact(
    mapping: Mapping, described: type, fact_name: str, said: AbstractMapping[str, Any]
) -> Any:
    """A fact without a default: required where it has a meaning, None elsewhere."""
    fact = facts_of(described)[fact_name]
    if fact.applies(said):
        return read_fact(mapping.require(fact.scenario_key), fact, NO_NAMES)
    _refuse_elsewhere(fact, mapping.get(fact.scenario_key), said)
    return None


def _refuse_elsewhere(fact: Fact, node: Node | None, said: AbstractMapping[str, Any]) -> None:
    if node is not None and not fact.applies(said):
        key, values = fact.only[0]
        raise node.fault(
            message(
                "{scenario_key} 只用于 {key}: {values}，这里不用，请删去",
                scenario_key=fact.scenario_key,
                key=key,
                values=Listed(values),
            )
        )


def read_fact(node: Node, fact: Fact, names: KnownNames) -> Any:
    """One value, as its fact describes it."""
    if fact.named_by:
        return pack_name(node, names.places[fact.named_by])
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
        case "month":
            return month(node)
        case "area":
            return area_code(node)
        case "reference":
            return known(node, names.people, message("人员"))
        case _:
            return name(node)
