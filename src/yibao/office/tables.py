"""Cases, their moves and their documents; each hangs on the chain of whom it is about."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Date, Index, Integer, String, Table

from yibao.database.schema import METADATA, Identifier, Instant, append_only
from yibao.database.sealed import Sealed
from yibao.database.ties import tied

Chain = String(60)

office_case = Table(
    "office_case",
    METADATA,
    Column("case_id", Identifier, primary_key=True),
    Column("chain", Chain, nullable=False, index=True),
    Column("kind", String(40), nullable=False),
    Column("person_id", Identifier, index=True),
    Column("institution_id", Identifier, index=True),
    Column("employer_id", Identifier, index=True),
    Column("area", String(6), nullable=False),
    Column("state", String(20), nullable=False),
    Column("is_open", Boolean, nullable=False),
    Column("applicant", Identifier, nullable=False),
    Column("opened_at", Instant, nullable=False),
    Column("data", Sealed("office_case.data"), nullable=False),
    Column("moves", Integer, nullable=False),
    Column("clock_from", Date),
    Column("clock_days", Integer),
    Column("due_on", Date),
    Column("number", String(30)),
    Index("ix_office_case_number", "number", unique=True),
    Index("ix_office_case_queue", "area", "is_open", "due_on", "case_id"),
)
"""``chain``: a person's, an institution's, an employer's, or its own where nobody is on record
yet.  ``moves``: the number of the last one.  ``clock_days``: working days that are left, from
``clock_from`` on while the clock runs, with ``due_on`` the last; null where no limit is known.
``due_on`` is null too where nobody knows the working days of its year yet.  ``number``: what
people call it by (``office.numbers``); it says nothing that the other columns do not."""
tied(office_case, "chain", leaving_out=["number"])

case_move = append_only(
    Table(
        "case_move",
        METADATA,
        Column("case_id", Identifier, primary_key=True),
        Column("number", Integer, primary_key=True, autoincrement=False),
        Column("chain", Chain, nullable=False, index=True),
        Column("at", Instant, nullable=False),
        Column("actor", Identifier, nullable=False, index=True),
        Column("role", String(20), nullable=False),
        Column("move", String(20), nullable=False),
        Column("before", String(20)),
        Column("after", String(20), nullable=False),
        Column("reason", Sealed("case_move.reason", "text")),
        Column("basis", String(40)),
    )
)
"""What was done with a case, its opening first.  ``role``: the duty that the move is part of;
empty for a note and for what a program did, which are nobody's duty.  ``basis``: the code of
the ground that was chosen; null where the move needs none, and in what earlier programs wrote."""
tied(case_move, "chain")

case_document = append_only(
    Table(
        "case_document",
        METADATA,
        Column("case_id", Identifier, primary_key=True),
        Column("document_id", Identifier, primary_key=True),
        Column("chain", Chain, nullable=False, index=True),
        Column("kind", String(40), nullable=False),
        Column("name", Sealed("case_document.name", "text"), nullable=False),
        Column("media_type", String(40), nullable=False),
        Column("size", Integer, nullable=False),
        Column("digest", String(64), nullable=False),
        Column("content", Sealed("case_document.content", "bytes"), nullable=False),
        Column("added_by", Identifier, nullable=False),
        Column("added_at", Instant, nullable=False),
    )
)
"""``digest``: sha256 of the content, which it vouches for."""
tied(case_document, "chain", leaving_out=["content"])
