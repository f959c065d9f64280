"""From a trace to sentences: labels, reasons, sources, assumptions.  Computes no amount."""

from __future__ import annotations

from dataclasses import dataclass

from yibao.benefit.rules import DayRules
from yibao.benefit.steps import STEP_KINDS
from yibao.money.text import format_yuan
from yibao.policy.days import to_date
from yibao.policy.rulebook import Citation

TraceEntries = list[tuple[int, int, int]]


@dataclass(frozen=True, slots=True)
class Step:
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


@dataclass(frozen=True, slots=True)
class Explanation:
    """The steps of an answer, and what it rests on without a source."""

    steps: tuple[Step, ...]
    assumptions: tuple[str, ...]
    """Gap ids (``G05``), or the parameter's name where no gap is recorded."""
    disputes: tuple[str, ...]


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
    """Steps of ``trace`` from entry ``start`` on, read through the cells of ``rules``."""
    steps: list[Step] = []
    assumptions: dict[str, None] = {}
    disputes: dict[str, None] = {}
    for code, cell, amount in trace[start:]:
        kind = STEP_KINDS[code]
        citation = rules.citation(cell) if cell >= 0 else None
        if citation is not None and not citation.parameter:
            citation = None
        if citation is not None:
            if citation.status == "assumed":
                assumptions[citation.gap or citation.parameter] = None
            disputes.update(dict.fromkeys(citation.disputes))
        why = kind.why.format(amount=show_amount(kind.unit, amount))
        if citation is not None and citation.note and kind.shown:
            why = f"{why}（{citation.note}）"
        steps.append(
            Step(
                label=kind.label,
                unit=kind.unit,
                amount=amount,
                why=why,
                source=_source(citation) if citation is not None else "",
                parameter=citation.parameter if citation is not None else "",
                grade=citation.grade if citation is not None else "",
                status=citation.status if citation is not None else "",
                first_day=str(to_date(citation.first_day)) if citation is not None else "",
                shown=kind.shown,
            )
        )
    return Explanation(tuple(steps), tuple(assumptions), tuple(disputes))


def merge(parts: list[Explanation]) -> Explanation:
    """Several explanations in order, as one."""
    return Explanation(
        tuple(step for part in parts for step in part.steps),
        tuple(dict.fromkeys(name for part in parts for name in part.assumptions)),
        tuple(dict.fromkeys(name for part in parts for name in part.disputes)),
    )
