"""What somebody asks for who wants to be recognised as having a chronic disease."""

from __future__ import annotations

import datetime

import msgspec

CHRONIC_QUALIFICATION = "chronic_qualification"
"""The kind of the case."""


class ChronicApplication(msgspec.Struct, frozen=True, kw_only=True):
    """The first form."""

    disease: str
    title: str = ""
    """What the pack called the disease when it was applied for."""
    start: datetime.date
    end: datetime.date | None = None
    """The last day that is asked for; another application renews it."""
