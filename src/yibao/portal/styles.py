"""The stylesheet: the look of all pages, and rules that hide inputs which do not apply.

They hide by CSS alone (``:has``), so that a form needs no script; a browser that does not
know ``:has`` shows every input, and what does not apply is ignored on the way in.
"""

from __future__ import annotations

from collections.abc import Iterable

from yibao.benefit.described import Condition
from yibao.inquiry.calculators import Calculator
from yibao.inquiry.fields import Field, Rows
from yibao.portal.rendering import sheet


def condition_class(condition: Condition, inside: Rows | None = None) -> str:
    """The class of an input that hangs on a condition."""
    name, values = condition
    within = inside is not None and any(field.name == name for field in inside.fields)
    return "-".join(("rowneeds" if within else "needs", name, *values))


def classes(asked: Field | Rows, inside: Rows | None = None) -> str:
    """All such classes of an input."""
    return " ".join(condition_class(condition, inside) for condition in asked.when)


def _rule(condition: Condition, within_row: bool) -> str:
    name, values = condition
    match = f'[name^="{name}-"]' if within_row else f'[name="{name}"]'
    chosen = ",".join(
        f'{match}[value="{value}"]:checked,{match} option[value="{value}"]:checked'
        for value in values
    )
    scope = ".row" if within_row else "form"
    kind = "rowneeds" if within_row else "needs"
    target = "-".join((kind, name, *values))
    return f"{scope}:not(:has({chosen})) .{target}{{display:none}}"


def condition_rules(calculators: Iterable[Calculator]) -> str:
    """One rule for each condition of any input."""
    rules: dict[str, None] = {}
    for calculator in calculators:
        for asked in calculator.inputs:
            for condition in asked.when:
                rules[_rule(condition, False)] = None
            if isinstance(asked, Rows):
                names = {field.name for field in asked.fields}
                for field in asked.fields:
                    for condition in field.when:
                        rules[_rule(condition, condition[0] in names)] = None
    return "\n".join(rules)


def stylesheet(calculators: Iterable[Calculator], more: Iterable[Condition] = ()) -> str:
    """Everything that pages are styled with; ``more``: conditions of forms beside them."""
    rules = "\n".join(
        [condition_rules(calculators), *(_rule(condition, False) for condition in more)]
    )
    return f"{sheet('app.css')}\n@supports selector(:has(a)){{\n{rules}\n}}\n"
