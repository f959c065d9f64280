"""Pieces of pages that are the same for everybody, written once and kept.

Kept are fields as nobody has filled them in, or with one of the choices they offer, and what
stands behind a rule: as many as there are inputs, choices and rules.  Nothing typed is kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jinja2 import Environment
from markupsafe import Markup

from yibao.benefit.explain import Step
from yibao.inquiry.citations import Behind, behind_step
from yibao.inquiry.fields import Field
from yibao.policy.citation import Citation
from yibao.policy.compile import PolicyLibrary
from yibao.portal.display import Speech

_CHOSEN = ("choice", "flag")


class Fragments:
    """Writes the pieces; ``field`` and ``rule`` are called from templates."""

    def __init__(self, environments: Mapping[str, Environment], packs: PolicyLibrary) -> None:
        self._environments = environments
        self._packs = packs
        self._day = ""
        self._fields: dict[tuple[Any, ...], tuple[Field, Markup]] = {}
        self._rules: dict[Citation, Behind | None] = {}
        self._texts: dict[tuple[Any, ...], Markup] = {}

    def field(
        self,
        field: Field,
        name: str,
        written: Mapping[str, str],
        faults: Mapping[str, str],
        t: Speech,
        today: str,
        classes: str,
        compact: bool = False,
    ) -> Markup:
        """One input with its label; ``today`` as ``2026-11-21``."""
        value = written.get(name)
        common = value is None or not value or (field.kind in _CHOSEN and field.offers(value))
        if not common or name in faults:
            return self._field(t, field, name, written, faults, t, today, classes, compact)
        if today != self._day:
            self._fields.clear()
            self._day = today
        key = (id(field), name, value, t.language, compact)
        cached = self._fields.get(key)
        if cached is None:
            html = self._field(t, field, name, written, faults, t, today, classes, compact)
            # The field stays with its text: its identity is not given to another.
            cached = self._fields[key] = (field, html)
        return cached[1]

    def _module(self, t: Speech, name: str) -> Any:
        """The macros of a template, in a language."""
        return self._environments[t.language].get_template(name).module

    def _field(self, t: Speech, *arguments: Any) -> Markup:
        return Markup(self._module(t, "form.html").field(*arguments))

    def cited(self, step: Step) -> Behind | None:
        """What a step rests on."""
        if step.citation is None:
            return None
        if step.citation not in self._rules:
            self._rules[step.citation] = behind_step(self._packs, step)
        return self._rules[step.citation]

    def rule(self, step: Step, about: Behind, area: str, t: Speech) -> Markup:
        """The facts behind a step."""
        key = (step.citation, area, t.language)
        cached = self._texts.get(key)
        if cached is None:
            module = self._module(t, "answer.html")
            cached = self._texts[key] = Markup(module.behind(about, area, t))
        return cached
