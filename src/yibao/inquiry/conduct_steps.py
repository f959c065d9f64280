"""What is written in a case of supervision, once: what is asked, whom it takes, what it does.

A page reads the fields from a form, the API from a document.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from yibao.access.operations import Answer
from yibao.conduct import operations as conduct
from yibao.conduct.acts import SubjectKind
from yibao.conduct.cases import ConductState
from yibao.inquiry import conducting
from yibao.inquiry.clearing_steps import StepRequest
from yibao.inquiry.fields import Field
from yibao.messages import Text, message


@dataclass(frozen=True, slots=True)
class ConductStep:
    """One thing that is written beside a case's moves."""

    label: Text
    fields: tuple[Field, ...]
    permission: str
    states: tuple[ConductState, ...]
    """In which it can be written."""
    work: Callable[[StepRequest], Answer]


def _propose(asked: StepRequest) -> Answer:
    return conduct.propose(
        asked.database,
        asked.key,
        asked.subject,
        conducting.proposal_of(asked.values),
        actor=asked.actor,
        at=asked.at,
    )


def _book(asked: StepRequest) -> Answer:
    values = asked.values
    return conduct.book_recovery(
        asked.database,
        asked.key,
        asked.subject,
        conduct.RecoveryPart(values["part"]),
        values["amount"],
        values["day"],
        values["reference"],
        way=conduct.RepaymentWay(values["way"] or conduct.RepaymentWay.BANK),
        library=asked.library,
        actor=asked.actor,
        at=asked.at,
    )


def _reward(asked: StepRequest) -> Answer:
    level = asked.values["level"]
    return conduct.reward_informer(
        asked.database, asked.key, asked.subject, level, actor=asked.actor, at=asked.at
    )


def _points(asked: StepRequest) -> Answer:
    values = asked.values
    return conduct.give_points(
        asked.database,
        asked.key,
        asked.subject,
        values["staff"],
        values["points"],
        values["day"],
        values["reason"],
        actor=asked.actor,
        at=asked.at,
    )


def _instalments(asked: StepRequest) -> Answer:
    values = asked.values
    return conduct.allow_instalments(
        asked.database,
        asked.key,
        asked.subject,
        values["count"],
        values["day"],
        values["reason"],
        actor=asked.actor,
        at=asked.at,
    )


def _subject(asked: StepRequest) -> Answer:
    values = asked.values
    return conduct.name_subject(
        asked.database,
        asked.key,
        asked.subject,
        SubjectKind(values["subject_kind"]),
        values["subject"] or "",
        actor=asked.actor,
        at=asked.at,
    )


def _practitioner(asked: StepRequest) -> Answer:
    values = asked.values
    return conduct.suspend_practitioner(
        asked.database,
        asked.key,
        asked.subject,
        values["staff"],
        values["months"],
        values["day"],
        values["reason"],
        actor=asked.actor,
        at=asked.at,
    )


def _lift(asked: StepRequest) -> Answer:
    return conduct.lift_suspension(
        asked.database,
        asked.key,
        asked.subject,
        asked.values["day"],
        asked.values["reason"],
        actor=asked.actor,
        at=asked.at,
    )


CONDUCT_STEPS: Mapping[str, ConductStep] = {
    "subject": ConductStep(
        message("写明是关于谁的"),
        conducting.SUBJECT,
        "name_subject",
        (ConductState.LEAD, ConductState.CHECKED),
        _subject,
    ),
    "proposal": ConductStep(
        message("处理意见"),
        conducting.PROPOSAL,
        "propose_sanction",
        (ConductState.OPENED,),
        _propose,
    ),
    "recovery": ConductStep(
        message("登记到账"),
        conducting.RECOVERY,
        "book_recovery",
        (ConductState.EXECUTING,),
        _book,
    ),
    "parts": ConductStep(
        message("同意分期退回"),
        conducting.INSTALMENTS,
        "allow_instalments",
        (ConductState.EXECUTING,),
        _instalments,
    ),
    "reward": ConductStep(
        message("奖励举报人"),
        conducting.REWARD,
        "reward_informer",
        (ConductState.DECIDED, ConductState.EXECUTING, ConductState.CLOSED),
        _reward,
    ),
    "points": ConductStep(
        message("医护人员记分"),
        conducting.POINTS,
        "give_points",
        (ConductState.DECIDED, ConductState.EXECUTING),
        _points,
    ),
    "staff": ConductStep(
        message("暂停或终止医护人员的支付资格"),
        conducting.PRACTITIONER,
        "suspend_practitioner",
        (ConductState.DECIDED, ConductState.EXECUTING, ConductState.CLOSED),
        _practitioner,
    ),
    "lift": ConductStep(
        message("提前解除暂停"),
        conducting.LIFT,
        "lift_suspension",
        (ConductState.EXECUTING, ConductState.CLOSED),
        _lift,
    ),
}
"""By the last part of the address of the form on a case's page."""
