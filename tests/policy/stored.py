"""Rulebooks as the first version stored them, and what its kernel made of visits under them.

``form_1/rulebooks.json.xz`` holds the stored forms of every rulebook that the packs of that
version gave; ``form_1/visits.json.xz`` random visits under each of their segments, written by
name, with the settlement, the accumulators and the (parameter, amount) of every step, or the
parameter that had no source.  Both were written by that version and are never written again.
"""

from __future__ import annotations

import functools
import json
import lzma
from collections.abc import Callable
from pathlib import Path
from typing import Any

from yibao.benefit.functions.settlement import settle
from yibao.benefit.terms import Accumulators, VisitFacts
from yibao.policy.keys import DELIVERIES, KEYS, MEMBERS, PLACES, VISIT_KINDS
from yibao.policy.rulebook import Rulebook

_FOLDER = Path(__file__).parent / "form_1"
Form = dict[str, Any]
Visit = dict[str, Any]
Kernel = Callable[..., tuple[Any, Any]]


def _read(name: str) -> Any:
    with lzma.open(_FOLDER / f"{name}.json.xz", "rt", encoding="utf-8") as file:
        return json.load(file)


@functools.cache
def forms() -> dict[str, Form]:
    """The stored forms by hash."""
    return {form["hash"]: form for form in _read("rulebooks")}


@functools.cache
def visits() -> list[Visit]:
    return list(_read("visits"))


def _facts(book: Rulebook, facts: dict[str, Any]) -> VisitFacts:
    values: dict[str, Any] = dict.fromkeys(VisitFacts._fields, 0)
    values |= facts
    values["kind"] = VISIT_KINDS.index(facts["kind"])
    values["member"] = MEMBERS.index(facts["member"])
    values["tier"] = KEYS["price_class"].members.index(facts["tier"])
    values["place"] = PLACES.index(facts["place"])
    values["groups"] = sum(1 << book.groups[name] for name in facts.get("groups", ()))
    values["disease"] = book.diseases[facts["disease"]] if "disease" in facts else -1
    values["delivery"] = DELIVERIES.index(facts["delivery"]) if "delivery" in facts else -1
    return VisitFacts(**values)


def settled(book: Rulebook, visit: Visit, kernel: Kernel = settle) -> Visit:
    """A visit settled now, by today's kernel or a later one, written as the fixture has it."""
    segment = book.segment(visit["day"])
    used = Accumulators(**visit["used"])
    trace: list[tuple[int, int, int]] = []
    settlement, after = kernel(segment.rules, _facts(book, visit["facts"]), used, trace)
    answer = {key: visit[key] for key in ("rulebook", "day", "facts", "used")}
    if settlement.status < 0:
        answer["lacking"] = book.layout.parameter_at(-2 - settlement.status)[0].name
    else:
        answer["settlement"] = {key: fen for key, fen in settlement._asdict().items() if fen}
        answer["after"] = {key: fen for key, fen in after._asdict().items() if fen}
    answer["steps"] = [
        [book.citations[segment.cells[cell]].parameter if cell >= 0 else "", amount]
        for _, cell, amount in trace
    ]
    return answer
