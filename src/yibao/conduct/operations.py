"""Every operation of the room."""

from __future__ import annotations

from yibao.conduct.checking import CheckedMonth, check_month
from yibao.conduct.forms import ConductLead, ConductProposal, Informer, LeadSource
from yibao.conduct.leads import drop_hit, note_lead
from yibao.conduct.lifting import lift_suspension
from yibao.conduct.points import give_points
from yibao.conduct.practitioners import suspend_practitioner
from yibao.conduct.proposing import propose
from yibao.conduct.recoveries import (
    RecoveryPart,
    RepaymentWay,
    allow_instalments,
    book_recovery,
)
from yibao.conduct.reports import file_report, name_subject, report_progress
from yibao.conduct.rewards import reward_informer

__all__ = [
    "CheckedMonth",
    "ConductLead",
    "ConductProposal",
    "Informer",
    "LeadSource",
    "RecoveryPart",
    "RepaymentWay",
    "allow_instalments",
    "book_recovery",
    "check_month",
    "drop_hit",
    "file_report",
    "give_points",
    "lift_suspension",
    "name_subject",
    "note_lead",
    "propose",
    "report_progress",
    "reward_informer",
    "suspend_practitioner",
]
