"""Answers for programs: every number says its unit in its name."""

from __future__ import annotations

from typing import Any

from yibao.money.text import format_yuan

COUNTS = frozenset(
    """year months days actual_months deemed_months required_months actual_required_months
    missing_months admissions number""".split()
)
"""Names that say themselves what they count; every other whole number is an amount in fen."""
STEP_UNITS = {
    "fen": "amount_fen",
    "ratio": "amount_basis_points",
    "months": "amount_months",
    "days": "amount_days",
    "count": "amount_count",
}


def with_units(data: Any) -> Any:
    """The data of an answer with ``_fen`` behind the name of every amount.

    A step's ``amount`` is named after its unit; one without a unit has none.
    """
    if isinstance(data, list):
        return [with_units(part) for part in data]
    if not isinstance(data, dict):
        return data
    if "unit" in data and "amount" in data:
        return _step(data)
    named_data: dict[str, Any] = {}
    for name, value in data.items():
        whole = isinstance(value, int) and not isinstance(value, bool)
        named_data[f"{name}_fen" if whole and name not in COUNTS else name] = with_units(value)
    return named_data


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
