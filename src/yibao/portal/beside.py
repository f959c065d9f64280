"""A second scenario laid over the curve of an answer; both stand in the address of the page.

``beside`` holds the conditions of the other scenario as an address has them.  Each line is
what the engine says of its own conditions; where both were asked about stays marked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from yibao.inquiry.answer import Answer, Curve, Series
from yibao.inquiry.calculators import Calculator
from yibao.inquiry.fields import Field
from yibao.messages import Listed, Text, Wording, message

BESIDE = "beside"
OFFERED = 150
"""Characters of conditions up to which a comparison is offered: a page stays light."""
MOST = 1_000
"""Characters of the other scenario's conditions."""


@dataclass(frozen=True, slots=True)
class OtherScenario:
    """The other scenario, as the page shows it."""

    answer: Answer
    apart: Wording
    """What is other about it."""
    address: str
    """Of its own page."""
    without: str
    """Of this page without it."""


def apart(calculator: Calculator, written: Mapping[str, str], other: Mapping[str, str]) -> Wording:
    """The conditions in which another scenario is not as the one that is written."""
    said: list[Text] = []
    for asked in calculator.inputs:
        if not isinstance(asked, Field):
            continue
        mine, others = (fields.get(asked.name, asked.default) for fields in (written, other))
        if mine != others:
            names = {choice.code: choice.label for choice in asked.choices}
            text: Text = names.get(others, others or "—")
            said.append(message("{label} {value}", label=asked.label, value=text))
    return message("{said}", said=Listed(said)) if said else message("条件一样")


def overlaid(answer: Answer, beside: OtherScenario) -> Answer:
    """The answer with the other's line over its own; itself where the two cannot be compared."""
    curve, another = answer.curve, beside.answer.curve
    if curve is None or another is None:
        return answer
    if (curve.x_unit, curve.y_unit) != (another.x_unit, another.y_unit):
        return answer
    mine, others = _line(curve), _line(another)
    if mine is None or others is None:
        return answer
    lines = (
        replace(mine, label=message("{label}：这一种", label=mine.label)),
        Series(
            message("{label}：另一种（{apart}）", label=others.label, apart=beside.apart),
            others.points,
            "other",
        ),
    )
    return replace(answer, curve=replace(curve, series=lines, breaks=()))


def _line(curve: Curve) -> Series | None:
    """The line that people ask about: what they pay, where the curve has that."""
    if not curve.series:
        return None
    return next((series for series in curve.series if series.tone == "own"), curve.series[0])
