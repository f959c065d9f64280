"""From a trace to steps: what was used, from which rule, with which amount.  Computes nothing.

A step keeps its code, its citation and its amount; its words are messages, said at the edge.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from yibao.benefit.rules import DayRules
from yibao.benefit.steps import STEP_KINDS, UPPER_AFTER_YEAR, StepKind, quantity
from yibao.messages import CHINESE, Listed, Message, Text, message, text_of
from yibao.policy.days import to_date
from yibao.policy.kinds import ValueStatus
from yibao.policy.rulebook import Citation

TraceEntries = list[tuple[int, int, int]]
Part = tuple[DayRules, TraceEntries]
PROJECTED = "projected"
"""Among the assumptions: what is in force today is taken for a year nobody has ruled on yet."""


class Step(NamedTuple):
    """One step of an answer: its code, the rule that it rests on, and its amount."""

    code: int
    citation: Citation | None
    """None where the step follows from the steps before it."""
    amount: int

    @property
    def kind(self) -> StepKind:
        """What its code stands for."""
        return STEP_KINDS[self.code]

    @property
    def label(self) -> Message:
        """Its name."""
        return self.kind.label

    @property
    def unit(self) -> str:
        """What its amount counts."""
        return self.kind.unit

    @property
    def shown(self) -> bool:
        """Whether people are shown it; others only carry their citation."""
        return self.kind.shown

    @property
    def told(self) -> bool:
        """Whether people are told it without asking: a decision, or what is paid later."""
        return self.unit == "none" or self.code == UPPER_AFTER_YEAR

    @property
    def quantity(self) -> int | str:
        """Its amount as what it is."""
        return quantity(self.unit, self.amount)

    @property
    def sentence(self) -> Message:
        """Why, in one sentence, without what the rule itself adds."""
        return self.kind.why.with_values(amount=self.quantity)

    @property
    def note(self) -> str:
        """What the rule itself adds, as its pack writes it."""
        return self.citation.note if self.citation is not None and self.shown else ""

    @property
    def why(self) -> Message:
        """Why, with what the rule adds."""
        if not self.note:
            return self.sentence
        return message("{sentence}（{note}）", sentence=self.sentence, note=self.note)

    @property
    def sources(self) -> tuple[str, ...]:
        """Ids of the facts behind it."""
        return self.citation.sources if self.citation is not None else ()

    @property
    def source_names(self) -> tuple[str, ...]:
        """Ids of its sources; the gap or the rule where there is none."""
        return () if self.citation is None else source_names(self.citation)

    @property
    def source(self) -> str:
        """The same in one line."""
        return "、".join(self.source_names)

    @property
    def source_said(self) -> Text:
        """The same, to be said in a language."""
        return "" if self.citation is None else sources_said(self.citation)

    @property
    def parameter(self) -> str:
        """The rule's name."""
        return self.citation.parameter if self.citation is not None else ""

    @property
    def grade(self) -> str:
        """The best grade among its sources."""
        return self.citation.grade if self.citation is not None else ""

    @property
    def status(self) -> str:
        """Whether the rule is sourced or assumed."""
        return self.citation.status if self.citation is not None else ""

    @property
    def first_day(self) -> str:
        """The day from which the rule holds."""
        return str(to_date(self.citation.first_day)) if self.citation is not None else ""

    def as_json(self, language: str = CHINESE) -> dict[str, object]:
        """The step as SCENARIO answers carry it."""
        answer: dict[str, object] = {
            "label": self.label.text(language),
            "amount": self.amount,
            "unit": self.unit,
            "why": self.why.text(language),
            "source": self.source,
        }
        if self.parameter:
            answer["parameter"] = self.parameter
            answer["from"] = self.first_day
            answer["grade"] = self.grade
            answer["status"] = self.status
        return answer


def step_of(code: int, citation: Citation | None, amount: int) -> Step:
    """A step; a citation that names no rule (a documented default) is none."""
    return Step(code, citation if citation is not None and citation.parameter else None, amount)


def source_names(citation: Citation) -> tuple[str, ...]:
    """Ids of the sources behind a value; the gap or the rule where there is none."""
    if citation.sources:
        return citation.sources
    return (str(message("叠加包")) if citation.overlay else citation.gap or citation.parameter,)


def sources_said(citation: Citation) -> Text:
    """The same in one line, to be said in a language."""
    if citation.sources:
        return Listed(citation.sources)
    return message("叠加包") if citation.overlay else citation.gap or citation.parameter


class Explanation:
    """Why an answer is what it is: traces with their rules, read when somebody asks.

    A road that only wants the amounts pays for no step.
    """

    __slots__ = ("_parts", "_steps")

    def __init__(self, parts: Sequence[Part] = ()) -> None:
        self._parts = tuple(parts)
        self._steps: tuple[Step, ...] | None = None

    @classmethod
    def of_steps(cls, steps: Iterable[Step]) -> Explanation:
        """The explanation that a store has kept, step by step."""
        explanation = cls()
        explanation._steps = tuple(steps)
        return explanation

    @property
    def parts(self) -> tuple[Part, ...]:
        """The traces as they were recorded, with their rules; empty for one that was kept."""
        return self._parts

    @property
    def steps(self) -> tuple[Step, ...]:
        """The steps in order."""
        if self._steps is None:
            self._steps = tuple(
                step_of(code, rules.citation(cell) if cell >= 0 else None, amount)
                for rules, trace in self._parts
                for code, cell, amount in trace
            )
        return self._steps

    @property
    def shown(self) -> tuple[Step, ...]:
        """The steps that people are shown."""
        return tuple(step for step in self.steps if step.shown)

    @property
    def assumptions(self) -> tuple[str, ...]:
        """Gap ids (``G05``), or the parameter's name where no gap is recorded.

        :data:`PROJECTED` where an answer goes by rules older than anything laid down for its year.
        """
        names = [
            step.citation.gap or step.citation.parameter
            for step in self.steps
            if step.citation is not None and step.citation.status == ValueStatus.ASSUMED
        ]
        if any(rules.is_projected for rules, trace in self._parts if trace):
            names.append(PROJECTED)
        return tuple(dict.fromkeys(names))

    @property
    def disputes(self) -> tuple[str, ...]:
        """Ids of the disputed sources behind the figures."""
        return tuple(
            dict.fromkeys(
                name
                for step in self.steps
                if step.citation is not None
                for name in step.citation.disputes
            )
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Explanation) and self.steps == other.steps

    def __hash__(self) -> int:
        return hash(self.steps)

    def __repr__(self) -> str:
        return f"Explanation{self.steps}"

    def __getstate__(self) -> tuple[Step, ...]:
        return self.steps

    def __setstate__(self, steps: tuple[Step, ...]) -> None:
        self._parts, self._steps = (), steps

    @classmethod
    def merged(cls, explanations: Iterable[Explanation]) -> Explanation:
        """Several in order, as one."""
        in_order = list(explanations)
        if all(explanation._parts or not explanation._steps for explanation in in_order):
            return cls([part for explanation in in_order for part in explanation._parts])
        return cls.of_steps(step for explanation in in_order for step in explanation.steps)


def show_amount(unit: str, amount: int, language: str = CHINESE) -> str:
    """An amount in its unit."""
    return text_of(quantity(unit, amount), language)


def explain(rules: DayRules, trace: TraceEntries, *, start: int = 0) -> Explanation:
    """Why: ``trace`` from entry ``start`` on, read through the cells of ``rules``."""
    return Explanation([(rules, trace[start:])])


def merge(parts: Iterable[Explanation]) -> Explanation:
    """Several explanations in order, as one."""
    return Explanation.merged(parts)
