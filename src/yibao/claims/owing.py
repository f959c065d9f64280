"""Money that a case owes a person: owed, ordered to be paid, sent to another account."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from yibao.access.operations import Answer
from yibao.access.permissions import Role
from yibao.database.identifiers import new_identifier
from yibao.database.unit import Database, Unit
from yibao.disbursement.operations import order_payment, redirect_payment
from yibao.disbursement.payees import Payee
from yibao.disbursement.reading import order_state
from yibao.errors import ConflictError
from yibao.ledger.operations import claim, post
from yibao.messages import message, message_in
from yibao.office.flows import (
    APPLICANT,
    CaseState,
    by_bank,
    moves_named,
    states_named,
    two_reviews,
)
from yibao.office.kinds import Decided, Effect, Move, State
from yibao.office.locks import case_row
from yibao.policy.compile import PolicyLibrary

RESEND = "resend"
"""The move that pays again, to the account that the case names now."""


class PaidStates(NamedTuple):
    """Names of the states of a case whose approval is paid out."""

    paying: str
    returned: str
    paid: str


def paid_out(purpose: str, decide: Effect, names: PaidStates) -> tuple[Move, ...]:
    """Two reviews whose approval is owed and paid: the moves."""
    shared = moves_named(two_reviews(decide))
    return (
        *(move for name, move in shared.items() if name != "approve"),
        replace(shared["approve"], end=names.paying),
        Move(
            RESEND,
            message("换账户再付"),
            (names.returned,),
            names.paying,
            (Role.CLERK, *APPLICANT),
            effect=redirected(purpose),
        ),
        *by_bank(names.paying, names.paid, names.returned),
    )


def paid_out_states(names: PaidStates) -> tuple[State, ...]:
    """The states of :func:`paid_out`."""
    return (
        *states_named(
            CaseState.FILED,
            CaseState.TO_SUPPLEMENT,
            CaseState.ACCEPTED,
            CaseState.ON_HOLD,
            CaseState.REVIEWED,
        ),
        State(names.paying, message("已批准，待拨付")),
        State(names.returned, message_in("claim", "银行退回")),
        State(names.paid, message_in("claim", "已付"), is_final=True),
        *states_named(CaseState.REFUSED, CaseState.NOT_ACCEPTED, CaseState.WITHDRAWN),
    )


def owe(unit: Unit, purpose: str, decided: Decided, account: str, amount: int, payee: Payee) -> str:
    """Owe a person ``amount`` fen out of an account, and order that it is paid: the order's id.

    A write fragment under the person's lock; ``ConflictError`` where it was ordered before.
    """
    person_id = decided.person_id
    assert person_id is not None
    owed = claim(person_id)
    lines = [(account, amount), (owed, -amount)]
    post(unit, person_id, new_identifier(), decided.day, lines)
    return order_payment(
        unit,
        purpose,
        decided.case_id,
        chain=person_id,
        area=decided.area,
        liability=owed,
        amount=amount,
        payee=payee,
        actor=decided.actor,
        at=decided.at,
        # In a rehearsal there is no case yet.
        due_on=case_row(unit, decided.case_id).due_on if decided.case_id else None,
    )


def redirected(purpose: str) -> Effect:
    """The effect that pays to the account that the data of the case names now, in ``payee``."""

    def redirect(database: Database, library: PolicyLibrary, decided: Decided) -> Answer:
        payee = decided.data.payee

        def work(unit: Unit) -> Answer:
            order = order_state(unit, purpose, decided.case_id)
            if payee is None or (order is not None and order.payee == payee):
                raise ConflictError(message("还是退回的那个账户，请先换一个账户"))
            return {"order": redirect_payment(unit, purpose, decided.case_id, payee)}

        return database.write(work)

    return redirect
