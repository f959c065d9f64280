"""Who may open, read and move a case; nobody has two duties in one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from yibao.access.errors import DeniedError
from yibao.access.permissions import MATRIX, POSTS, Actor, Reach, Role, is_within, require
from yibao.messages import message
from yibao.office.kinds import CaseKind, Move

STAFF = (*POSTS, Role.OFFICER)
"""Whoever acts for the office."""


def require_case(actor: Actor, operation: str, row: Any) -> None:
    """``DeniedError`` unless the matrix lets ``actor`` do this with a case like ``row``.

    What counts is whom the case is about and the area that decides it.
    """
    reach = MATRIX[operation].get(actor.role)
    if reach is Reach.AREA:
        # The case says by itself where it belongs: its person may have moved since.
        if actor.area is None or not is_within(row.area, actor.area):
            raise DeniedError(message("这件事不归本统筹区办，没有做任何改动"))
        return
    require(actor, operation, row.person_id, row.institution_id, employer_id=row.employer_id)


def is_about(actor: Actor, row: Any) -> bool:
    """Whether the case is the actor's own matter, or one that it asked for."""
    if actor.person_id is not None:
        mine = {actor.person_id, *actor.wards}
        return row.applicant == actor.id or row.person_id in mine
    if actor.institution_id is not None:
        return bool(row.institution_id == actor.institution_id)
    return row.employer_id is not None and row.employer_id == actor.employer_id


def reads_content(actor: Actor, row: Any) -> bool:
    """Whether ``actor`` may read what a case says of its person: documents, forms and figures.

    An employer follows what it asked for about its staff, never their care or their account.
    """
    return actor.employer_id is None or row.person_id is None


def duty_of(actor: Actor, move: Move) -> Role | None:
    """The duty in which ``actor`` would make a move; None: it has none that may."""
    if actor.role in move.roles:
        return actor.role
    staffed = next((role for role in move.roles if role in POSTS), None)
    # Whoever is the whole office has any duty of it, though never two in one case.
    return staffed if actor.role is Role.OFFICER else None


def faults_of(
    actor: Actor, kind: CaseKind, row: Any, move: Move, moves: Iterable[Any]
) -> DeniedError | None:
    """Why ``actor`` may not make a move in a case with these moves so far; None: it may."""
    duty = duty_of(actor, move)
    if duty is None:
        return DeniedError(
            message(
                "{role}不能办“{kind}”的“{move}”，没有做任何改动",
                role=actor.role.wording,
                kind=kind.label,
                move=move.label,
            )
        )
    if duty in POSTS:
        if row.applicant == actor.id and duty is not Role.CLERK and not kind.is_own_work:
            return DeniedError(message("不能审核自己提交的申请，没有做任何改动"))
        other = next(
            (
                step.role
                for step in moves
                if step.actor == actor.id and step.role and step.role != duty.value
            ),
            None,
        )
        if other is not None:
            return DeniedError(
                message(
                    "您在这件事里已经是{other}，不能再做{duty}的“{move}”，没有做任何改动",
                    other=Role(other).wording,
                    duty=duty.wording,
                    move=move.label,
                )
            )
    elif not is_about(actor, row):
        return DeniedError(message("这不是您的申请，没有做任何改动"))
    elif (
        # What it asked for about somebody it may take back; where their money goes is theirs.
        not reads_content(actor, row)
        and move.effect is not None
        and not kind.state(move.end).is_final
    ):
        return DeniedError(message("这一步由本人办，没有做任何改动"))
    return None


def require_move(actor: Actor, kind: CaseKind, row: Any, move: Move, moves: Iterable[Any]) -> Role:
    """The duty in which the move is made; ``DeniedError`` unless it may be made."""
    fault = faults_of(actor, kind, row, move, moves)
    if fault is not None:
        raise fault
    duty = duty_of(actor, move)
    assert duty is not None
    return duty
