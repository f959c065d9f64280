"""Answers for programs: every amount says its unit in its name, because its type says so."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_type_hints

from yibao.benefit.explain import Step
from yibao.money.text import format_yuan
from yibao.money.units import unit_of

Shape = Mapping[str, Any]
"""Which members an answer may have: a type each, a shape of its own, or a list of one of them."""
STEP_UNITS = {
    "fen": "amount_fen",
    "ratio": "amount_basis_points",
    "months": "amount_months",
    "days": "amount_days",
    "count": "amount_count",
}


def shape_of(*parts: type | Shape, **members: Any) -> Shape:
    """The members of records and other shapes, and more by name."""
    shape: dict[str, Any] = {}
    for part in parts:
        named = part if isinstance(part, Mapping) else get_type_hints(part, include_extras=True)
        shape.update(named)
    return {**shape, **members}


def with_units(data: Mapping[str, Any], shape: Shape) -> dict[str, Any]:
    """The data of an answer with ``_fen`` behind the name of every amount that is known.

    A step's ``amount`` is named after its unit; one without a unit has none.  A member that
    the shape does not know is a ``KeyError``: nobody guesses what its number counts.
    """
    named_data: dict[str, Any] = {}
    for name, value in data.items():
        of_money = value is not None and unit_of(shape[name]) == "fen"
        named_data[f"{name}_fen" if of_money else name] = _value(value, shape[name])
    return named_data


def _value(value: Any, kind: Any) -> Any:
    if isinstance(value, list) and isinstance(kind, list):
        return [_value(part, kind[0]) for part in value]
    if isinstance(value, dict):
        return _step(value) if kind is Step else with_units(value, kind)
    return value


def _step(step: dict[str, Any]) -> dict[str, Any]:
    named = STEP_UNITS.get(step["unit"])
    named_step = {"label": step["label"]}
    if named is not None:
        named_step[named] = step["amount"]
    if step["unit"] == "fen":
        named_step["amount_yuan"] = format_yuan(step["amount"], grouped=False)
    rest = {k: v for k, v in step.items() if k not in ("label", "amount", "unit", "from", "source")}
    if "from" in step:
        rest["first_day"] = step["from"]
    if step["source"]:
        rest["sources"] = step["source"].split("、")
    return {**named_step, **rest}
