"""The answer about one settled visit: what every road gives, every record keeps in view.

It is made here from a settlement and its payment, and turned into JSON here; pages, programs
and stores draw on it.  Steps are codes until somebody asks for them in a language.
"""

from __future__ import annotations

from collections.abc import Mapping

from yibao.benefit import KERNEL_VERSION
from yibao.benefit.explain import Explanation, Step, merge
from yibao.benefit.settling import Settled
from yibao.benefit.steps import UNKNOWN_ASSISTANCE, UNKNOWN_UPPER
from yibao.money.units import Fen, units_of
from yibao.written import UNSET, TypedAnswer, UnsetType


class VisitAnswer(TypedAnswer, frozen=True, kw_only=True):
    """A settled visit; its members in the order of the scenario file's description."""

    visit: str
    person: str
    entitled: bool
    rulebook: str
    """The hash of the rulebook that it was settled by."""
    kernel: str
    assumptions: tuple[str, ...]
    disputes: tuple[str, ...]
    total: Fen
    out_of_catalogue: Fen
    over_limit: Fen
    upfront: Fen
    eligible: Fen
    deductible: Fen
    pooled: Fen
    upper: Fen
    assistance: Fen
    other_fund: Fen
    fund: Fen
    own: Fen
    account: Fen
    mutual_aid: Fen
    cash: Fen
    steps: tuple[Step, ...]
    """Those that people are shown."""
    unknown: tuple[str, ...] | UnsetType = UNSET
    """The layers that may pay, but whose terms no source gives: they are left out."""

    def amounts(self) -> dict[str, int]:
        """Every amount by its name, fen."""
        return {name: getattr(self, name) for name in AMOUNTS}


AMOUNTS = tuple(name for name, unit in units_of(VisitAnswer).items() if unit == "fen")
"""The names of its amounts, in order."""
PAID = ("fund", "own", "account", "mutual_aid", "cash")
"""Who pays: the amounts that a reversal says again with the other sign."""


def visit_answer(
    visit: str,
    person: str,
    amounts: Mapping[str, int],
    explanation: Explanation,
    *,
    entitled: bool,
    rulebook: str,
    kernel: str = KERNEL_VERSION,
    explains: bool = True,
) -> VisitAnswer:
    """The answer from what a road has at hand.

    ``amounts``: at least :data:`AMOUNTS`, fen; ``explains``: whether the steps of
    ``explanation`` lead to these amounts, otherwise none is shown.
    """
    steps = explanation.shown if explains else ()
    unknown = unknown_layers_of(explanation)
    return VisitAnswer(
        visit=visit,
        person=person,
        entitled=entitled,
        rulebook=rulebook,
        kernel=kernel,
        assumptions=explanation.assumptions,
        disputes=explanation.disputes,
        steps=steps,
        unknown=unknown or UNSET,
        **{name: amounts[name] for name in AMOUNTS},
    )


_UNKNOWN = {UNKNOWN_UPPER: "upper", UNKNOWN_ASSISTANCE: "assistance"}


def unknown_layers_of(explanation: Explanation) -> tuple[str, ...]:
    """The layers that a visit leaves out as their terms have no source, by name."""
    return tuple(_UNKNOWN[step.code] for step in explanation.steps if step.code in _UNKNOWN)


def amounts_of(settled: Settled) -> dict[str, int]:
    """What a visit gives and how its own part is paid, fen by name."""
    return {**settled.adjudication.settlement._asdict(), **settled.payment.draw._asdict()}


def explanation_of(settled: Settled) -> Explanation:
    """Every step of a settled visit."""
    return merge([settled.adjudication.explanation, settled.payment.explanation])


def answer_of(settled: Settled) -> VisitAnswer:
    """The answer about a visit that was settled just now."""
    return visit_answer(
        settled.visit.id,
        settled.visit.person,
        amounts_of(settled),
        explanation_of(settled),
        entitled=settled.adjudication.cover.entitled,
        rulebook=settled.adjudication.rules.rulebook.hash,
    )
