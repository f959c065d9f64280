"""What stands on a case's page: what is asked for, and what the rules say of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from yibao.benefit.explain import Step
from yibao.messages import Text
from yibao.office.reading import CasePage
from yibao.portal.desk.frame import DeskCall


@dataclass(frozen=True, slots=True)
class DecisionOutcome:
    """What one way of deciding comes to."""

    label: Text
    amount: int
    note: Text = ""
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class Beside:
    """What stands next to a case."""

    what: Text
    amount: int | None
    """Fen; None where the rules give no figure, and ``say`` says why."""
    say: Text
    area: str
    steps: Sequence[Step] = ()
    outcomes: Sequence[DecisionOutcome] = ()


@dataclass(frozen=True, slots=True)
class AskedFor:
    """What is asked for, in lines, and what the rules say of it."""

    facts: Sequence[tuple[Text, Text]]
    beside: Beside | None = None


Describe = Callable[[DeskCall, CasePage], AskedFor]
