"""The steps of clearing, written once: what each asks, whom it takes, and what it does.

A page reads the fields of a step from a form, the API from a document.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from yibao.access.operations import Answer, Key
from yibao.access.permissions import Actor, require
from yibao.clearing import operations as clearing
from yibao.clearing.states import MOVES
from yibao.database.unit import Database
from yibao.inquiry.claiming import ACCOUNT, payee_from
from yibao.inquiry.clearing_forms import AMOUNT, CONFIRMED, MOVE, REASON, move_from
from yibao.inquiry.fields import Field, Values
from yibao.policy.compile import PolicyLibrary


@dataclass(frozen=True, slots=True)
class StepRequest:
    """Somebody's request to take a step."""

    database: Database
    key: Key
    subject: str
    """The id of the application, or of the doubt."""
    values: Values
    actor: Actor
    at: datetime.datetime
    library: PolicyLibrary | None = None
    """Where what is done follows the rules of the place."""


@dataclass(frozen=True, slots=True)
class ClearingStep:
    """One step: ``fields`` are what it asks, ``permission`` is what it takes."""

    operation: str
    permission: str
    """Empty: each move has its own."""
    fields: tuple[Field, ...]
    work: Callable[[StepRequest], Answer]
    on_doubt: bool = False
    """Whether it is about a doubt, and not about its application."""

    def take(self, asked: StepRequest) -> Answer:
        """Do it; ``DeniedError`` for another's step, before anything is looked up."""
        permission = self.permission or MOVES[move_from(asked.values)].permission
        actor = asked.actor
        require(actor, permission, area=actor.area, institution_id=actor.institution_id)
        return self.work(asked)


def _move(asked: StepRequest) -> Answer:
    return clearing.move_application(
        asked.database,
        asked.key,
        asked.subject,
        move_from(asked.values),
        actor=asked.actor,
        reason=asked.values["reason"] or "",
        at=asked.at,
    )


def _advance(asked: StepRequest) -> Answer:
    return clearing.order_advance(
        asked.database, asked.key, asked.subject, actor=asked.actor, at=asked.at
    )


def _redirect(asked: StepRequest) -> Answer:
    return clearing.redirect_month(
        asked.database,
        asked.key,
        asked.subject,
        payee_from(asked.values),
        actor=asked.actor,
        at=asked.at,
    )


def _redirect_advance(asked: StepRequest) -> Answer:
    return clearing.redirect_advance(
        asked.database,
        asked.key,
        asked.subject,
        payee_from(asked.values),
        actor=asked.actor,
        at=asked.at,
    )


def _cancel_advance(asked: StepRequest) -> Answer:
    return clearing.cancel_advance(
        asked.database, asked.key, asked.subject, actor=asked.actor, at=asked.at
    )


def _appeal(asked: StepRequest) -> Answer:
    return clearing.appeal_doubt(
        asked.database,
        asked.key,
        asked.subject,
        asked.values["reason"],
        actor=asked.actor,
        at=asked.at,
    )


def _ask_panel(asked: StepRequest) -> Answer:
    answer = clearing.DoubtAnswer(asked.subject, asked.values["reason"])
    return clearing.ask_panel(asked.database, asked.key, [answer], actor=asked.actor, at=asked.at)


def _with_amount(operation: Callable[..., Answer], amount: str) -> Callable[[StepRequest], Answer]:
    def work(asked: StepRequest) -> Answer:
        return operation(
            asked.database,
            asked.key,
            asked.subject,
            asked.values[amount],
            asked.values["reason"],
            actor=asked.actor,
            at=asked.at,
        )

    return work


STEPS: Mapping[str, ClearingStep] = {
    "move": ClearingStep("move_clearing", "", MOVE, _move),
    "advance": ClearingStep("order_advance", "advance_clearing", (), _advance),
    "account": ClearingStep("redirect_month", "take_clearing", ACCOUNT, _redirect),
    "advance_account": ClearingStep(
        "redirect_advance", "take_clearing", ACCOUNT, _redirect_advance
    ),
    "advance_cancel": ClearingStep("cancel_advance", "take_clearing", (), _cancel_advance),
    "tell": ClearingStep(
        "tell_doubt",
        "review_clearing",
        (AMOUNT, *REASON),
        _with_amount(clearing.tell_doubt, "amount"),
    ),
    "appeal": ClearingStep("appeal_doubt", "appeal_clearing", REASON, _appeal, on_doubt=True),
    "decide": ClearingStep(
        "decide_doubt",
        "confirm_clearing",
        (CONFIRMED, *REASON),
        _with_amount(clearing.decide_doubt, "confirmed"),
        on_doubt=True,
    ),
    "ask_panel": ClearingStep("ask_panel", "appeal_clearing", REASON, _ask_panel, on_doubt=True),
    "panel": ClearingStep(
        "decide_panel",
        "sign_clearing",
        (CONFIRMED, *REASON),
        _with_amount(clearing.decide_panel, "confirmed"),
        on_doubt=True,
    ),
    "give_back": ClearingStep(
        "give_back",
        "confirm_clearing",
        (AMOUNT, *REASON),
        _with_amount(clearing.give_back, "amount"),
        on_doubt=True,
    ),
}
"""By the last part of the address of a page."""
