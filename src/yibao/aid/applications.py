"""What somebody asks for who wants a grant that has to be reviewed."""

from __future__ import annotations

import datetime

import msgspec

GRANT_REVIEW = "grant_review"
"""The kind of the case."""


class GrantApplication(msgspec.Struct, frozen=True, kw_only=True):
    """The first form."""

    grant_id: str
    grantee: str
    relation: str
    start: datetime.date
    end: datetime.date | None = None
    limit_fen: int | None = None
    """The most that one payment takes."""
