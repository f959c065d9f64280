"""What a case of supervision is about, and what is proposed and decided in it."""

from __future__ import annotations

import datetime
from collections.abc import Mapping

import msgspec

from yibao.disbursement.payees import Payee
from yibao.messages import Text, message
from yibao.policy.kinds import TextEnum

CONDUCT_CASE = "conduct"
"""The kind of the case."""
INFORMER_REWARD = "informer_reward"
"""The purpose of the payment."""


class LeadSource(TextEnum):
    """Where a lead comes from."""

    RULE = "rule"
    REPORT = "report"
    INSTITUTION = "institution"
    DESK = "desk"
    CLEARING = "clearing"


SOURCE_WORDS: Mapping[str, Text] = {
    LeadSource.RULE: message("规则检查"),
    LeadSource.REPORT: message("举报"),
    LeadSource.INSTITUTION: message("机构自查"),
    LeadSource.DESK: message("经办发现"),
    LeadSource.CLEARING: message("清算审核"),
}


class ConductLead(msgspec.Struct, frozen=True, kw_only=True):
    """The first form: what was noted, by which nobody is found guilty."""

    source: str
    subject_kind: str
    subject_id: str
    subject_name: str = ""
    text: str
    hits: tuple[str, ...] = ()
    found: int = 0
    """Fen that the hits come to."""


class Informer(msgspec.Struct, frozen=True, kw_only=True):
    """Who reported it."""

    name: str = ""
    contact: str = ""
    insider: bool = False
    payee: Payee | None = None


class ConductProposal(msgspec.Struct, frozen=True, kw_only=True):
    """What inspectors propose, within the range of the law."""

    act: str
    obtained: int
    """Fen."""
    act_ended_on: datetime.date
    grave: bool = False
    """Whether life, health or financial safety was harmed: five years instead of two."""
    times: int | None = None
    """Basis points."""
    fine: int | None = None
    months: int | None = None
    start: datetime.date | None = None
    aid_too: bool = False
    scheme: str
    """Whose fund was lost."""
    department: str = ""
    department_months: int | None = None
    facts: str
    """What was found, with the evidence; the subject reads it."""
    factors: str = ""
    """Why so much within the range."""


class Instalment(msgspec.Struct, frozen=True, kw_only=True):
    """A part of what goes back to the fund, and the last day for it."""

    day: datetime.date
    amount: int
    """Fen."""


class SheetDocument(msgspec.Struct, frozen=True, kw_only=True):
    """What a case has come to so far."""

    proposal: ConductProposal | None = None
    told_on: datetime.date | None = None
    hearing_by: datetime.date | None = None
    """The last day to ask for a hearing; None: none is offered."""
    opened_on: datetime.date | None = None
    decided_on: datetime.date | None = None
    instalments: tuple[Instalment, ...] = ()
    """Of what was left to return when they were allowed, by day."""
    returned_before: int = 0
    """Fen that had come in by then."""
