"""From a trace to sentences: labels, reasons, sources, assumptions.  Computes no amount."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from yibao.benefit.rules import DayRules
from yibao.benefit.steps import STEP_KINDS
from yibao.money.text import format_yuan
from yibao.policy.days import to_date
from yibao.policy.rulebook import Citation

TraceEntries = list[tuple[int, int, int]]
Part = tuple[DayRules, TraceEntries]


class Step(NamedTuple):
    """One step of an answer, as people read it."""

    label: str
    unit: str
    amount: int
    why: str
    source: str
    parameter: str
    grade: str
    status: str
    first_day: str
    shown: bool

    def as_json(self) -> dict[str, object]:
        """The step as SCENARIO answers carry it."""
        answer: dict[str, object] = {
            "label": self.label,
            "amount": self.amount,
            "unit": self.unit,
            "why": self.why,
            "source": self.source,
        }
        if self.parameter:
            answer["parameter"] = self.parameter
            answer["from"] = self.first_day
            answer["grade"] = self.grade
            answer["status"] = self.status
        return answer


class Told(NamedTuple):
    """The sentences of a trace, and what it rests on without a source."""

    steps: tuple[Step, ...]
    assumptions: tuple[str, ...]
    disputes: tuple[str, ...]


class Explanation:
    """Why an answer is what it is: traces with their rules, told when somebody asks.

    A road that only wants the amounts pays for no sentence.
    """

    __slots__ = ("_parts", "_told")

    def __init__(self, parts: Sequence[Part] = ()) -> None:
        self._parts = tuple(parts)
        self._told: Told | None = None

    @property
    def told(self) -> Told:
        """Everything at once, made once."""
        if self._told is None:
            self._told = _tell(self._parts)
        return self._told

    @property
    def steps(self) -> tuple[Step, ...]:
        """The steps in order."""
        return self.told.steps

    @property
    def assumptions(self) -> tuple[str, ...]:
        """Gap ids (``G05``), or the parameter's name where no gap is recorded."""
        return self.told.assumptions

    @property
    def disputes(self) -> tuple[str, ...]:
        """Ids of the disputed sources behind the figures."""
        return self.told.disputes

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Explanation) and self.told == other.told

    def __hash__(self) -> int:
        return hash(self.told)

    def __repr__(self) -> str:
        return f"Explanation{tuple(self.told)}"

    def __getstate__(self) -> Told:
        return self.told

    def __setstate__(self, told: Told) -> None:
        self._parts, self._told = (), told

    @classmethod
    def merged(cls, explanations: Iterable[Explanation]) -> Explanation:
        """Several in order, as one."""
        return cls([part for each in explanations for part in each._parts])


def show_amount(unit: str, amount: int) -> str:
    """An amount in its unit, for a sentence."""
    if unit == "fen":
        return f"{format_yuan(amount)} 元"
    if unit == "ratio":
        return f"{format_yuan(amount, grouped=False)}".rstrip("0").rstrip(".") + "%"
    if unit == "months":
        return f"{amount} 个月"
    if unit == "days":
        return f"{amount} 天"
    return str(amount) if unit == "count" else ""


def _source(citation: Citation) -> str:
    if citation.sources:
        return "、".join(citation.sources)
    if citation.overlay:
        return "叠加包"
    return citation.gap or citation.parameter


def explain(rules: DayRules, trace: TraceEntries, *, start: int = 0) -> Explanation:
    """Why: ``trace`` from entry ``start`` on, read through the cells of ``rules``."""
    return Explanation([(rules, trace[start:])])


def merge(parts: Iterable[Explanation]) -> Explanation:
    """Several explanations in order, as one."""
    return Explanation.merged(parts)


class _Cited(NamedTuple):
    """What every step of one code from one citation has in common."""

    citation: Citation | None
    step: Step
    before: str
    after: str
    """The sentence around its amount."""
    amount_shown: bool
    assumption: str
    disputes: tuple[str, ...]


_CITED: dict[tuple[int, int], _Cited] = {}
"""By step code and identity of the citation, which the value keeps alive."""
_MOST_CITED = 20_000


def _cited(code: int, citation: Citation | None) -> _Cited:
    """Worked out once, because rulebooks stay and a settlement has twenty steps."""
    key = (code, id(citation))
    found = _CITED.get(key)
    if found is None:
        if len(_CITED) >= _MOST_CITED:
            _CITED.clear()
        found = _CITED[key] = _work_out(code, citation)
    return found


def _work_out(code: int, found: Citation | None) -> _Cited:
    kind = STEP_KINDS[code]
    citation = found if found is not None and found.parameter else None
    before, shown, after = kind.why.partition("{amount}")
    if citation is not None and citation.note and kind.shown:
        after = f"{after}（{citation.note}）" if shown else after
        before = before if shown else f"{before}（{citation.note}）"
    step = Step(
        label=kind.label,
        unit=kind.unit,
        amount=0,
        why="",
        source=_source(citation) if citation is not None else "",
        parameter=citation.parameter if citation is not None else "",
        grade=citation.grade if citation is not None else "",
        status=citation.status if citation is not None else "",
        first_day=str(to_date(citation.first_day)) if citation is not None else "",
        shown=kind.shown,
    )
    assumed = citation is not None and citation.status == "assumed"
    return _Cited(
        citation=found,
        step=step,
        before=before,
        after=after,
        amount_shown=bool(shown),
        assumption=(citation.gap or citation.parameter) if citation and assumed else "",
        disputes=citation.disputes if citation is not None else (),
    )


def _tell(parts: Iterable[Part]) -> Told:
    steps: list[Step] = []
    assumptions: dict[str, None] = {}
    disputes: dict[str, None] = {}
    for rules, trace in parts:
        for code, cell, amount in trace:
            cited = _cited(code, rules.citation(cell) if cell >= 0 else None)
            if cited.assumption:
                assumptions[cited.assumption] = None
            if cited.disputes:
                disputes.update(dict.fromkeys(cited.disputes))
            why = cited.before
            if cited.amount_shown:
                why = f"{why}{show_amount(cited.step.unit, amount)}{cited.after}"
            steps.append(cited.step._replace(amount=amount, why=why))
    return Told(tuple(steps), tuple(assumptions), tuple(disputes))
