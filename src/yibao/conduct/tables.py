"""Hits of rules, what cases came to, what came in, informers and points."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
)

from yibao.access.names import CASE
from yibao.database.schema import METADATA, Fen, Identifier, Instant, append_only
from yibao.database.sealed import Sealed
from yibao.database.ties import tied

conduct_hit = Table(
    "conduct_hit",
    METADATA,
    Column("hit_id", Identifier, primary_key=True),
    Column("area", String(6), nullable=False),
    Column("month", Integer, nullable=False),
    Column("rule", String(10), nullable=False),
    Column("severity", Integer, nullable=False),
    Column("person_id", Identifier, nullable=False, index=True),
    Column("institution_id", Identifier, nullable=False, index=True),
    Column("amount", Fen, nullable=False),
    Column("why", Sealed("conduct_hit.why"), nullable=False),
    Column("found_at", Instant, nullable=False),
    Column("case_id", Identifier),
    Column("dropped", Boolean, nullable=False),
    Index("ix_conduct_hit_month", "area", "month", "severity", "hit_id"),
)
"""What a rule found in settlements of a month.  ``hit_id`` follows from what it found, so that
the same is found once.  ``why``: what the words need.  ``case_id``: of the lead that it became."""

conduct_hit_line = append_only(
    Table(
        "conduct_hit_line",
        METADATA,
        Column("person_id", Identifier, primary_key=True),
        Column("visit_id", Identifier, primary_key=True),
        Column("line", String(60), primary_key=True),
        Column("hit_id", Identifier, nullable=False, index=True),
        Column("amount", Fen, nullable=False),
    )
)
"""Which line of which visit counts with which hit: one hit a line, so that no line is counted
twice.  ``line`` is empty where it is what the fund paid for the visit as a whole."""

conduct_sheet = Table(
    "conduct_sheet",
    METADATA,
    Column("case_id", Identifier, primary_key=True),
    Column("subject_kind", String(12), nullable=False),
    Column("subject_id", Identifier, nullable=False, index=True),
    Column("area", String(6), nullable=False),
    Column("document", Sealed("conduct_sheet.document"), nullable=False),
    Column("returned", Fen, nullable=False),
    Column("fine", Fen, nullable=False),
    Column("returned_paid", Fen, nullable=False),
    Column("fine_paid", Fen, nullable=False),
    Column("surcharge_paid", Fen, nullable=False),
    Column("served_on", Date),
    CheckConstraint("returned_paid <= returned", name="returned"),
    CheckConstraint("fine_paid <= fine", name="fine"),
)
"""What a case comes to.  ``returned``, ``fine``: decided, 0 before; what of it has come in."""
tied(conduct_sheet, "case_id", prefix=CASE)

conduct_payment = append_only(
    Table(
        "conduct_payment",
        METADATA,
        Column("case_id", Identifier, primary_key=True),
        Column("number", Integer, primary_key=True, autoincrement=False),
        Column("part", String(10), nullable=False),
        Column("amount", Fen, nullable=False),
        Column("day", Date, nullable=False),
        Column("reference", String(60), nullable=False),
        Column("transfer_id", Identifier),
        Column("booked_by", Identifier, nullable=False),
        Column("booked_at", Instant, nullable=False),
        UniqueConstraint("reference", "part", name="uq_conduct_payment_reference"),
        CheckConstraint("amount > 0", name="amount"),
    )
)
"""What came in.  ``part``: ``returned`` to the fund, with its transfer; ``fine`` or ``surcharge``,
which go to the treasury and are not the fund's."""
tied(conduct_payment, "case_id", prefix=CASE)

conduct_informer = Table(
    "conduct_informer",
    METADATA,
    Column("case_id", Identifier, primary_key=True),
    Column("document", Sealed("conduct_informer.document"), nullable=False),
    Column("level", Integer),
    Column("reward", Fen),
    Column("rewarded_by", Identifier),
)
"""Who reported a case: read by inspectors, heads and cashiers alone, and never by its subject."""
tied(conduct_informer, "case_id", prefix=CASE)

conduct_points = append_only(
    Table(
        "conduct_points",
        METADATA,
        Column("case_id", Identifier, primary_key=True),
        Column("staff_id", Identifier, primary_key=True),
        Column("number", Integer, primary_key=True, autoincrement=False),
        Column("day", Date, nullable=False),
        Column("points", Integer, nullable=False),
        Column("reason", Sealed("conduct_points.reason", "text"), nullable=False),
        Column("given_by", Identifier, nullable=False),
        Index("ix_conduct_points_staff", "staff_id", "day"),
    )
)
"""Points of a practitioner by a case; 0: an activity of repair."""
tied(conduct_points, "case_id", prefix=CASE)
