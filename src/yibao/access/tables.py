"""Messages (each write once), events (one hash chain per person), seals, and who may act."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Index,
    Integer,
    String,
    Table,
)

from yibao.access.names import AGENCY, USER
from yibao.database.compact import Compact
from yibao.database.schema import METADATA, Identifier, Instant, append_only, deletable
from yibao.database.sealed import Sealed
from yibao.database.ties import tied

message = Table(
    "message",
    METADATA,
    Column("sender", Identifier, primary_key=True),
    Column("operation", String(40), primary_key=True),
    Column("message_id", String(80), primary_key=True),
    Column("content_hash", Compact, nullable=False),
    Column("person_id", Compact, nullable=False),
    Column("answer", Sealed("message.answer"), nullable=False),
)
"""The key of a write with what it answered; the database decides who was first.
``person_id``: whose records it touched, or the sender where it is no one person's."""
tied(message, once="m", loose=True)

chain = Table(
    "chain",
    METADATA,
    Column("name", Identifier, primary_key=True),
    Column("sequence", Integer, nullable=False),
    Column("head", String(64), nullable=False),
)
"""The ends of the chains that are no person's: of users (``user:``), of institutions
(``institution:``) and of the store itself (``store:``); a person's stands in its own row."""

event = append_only(
    Table(
        "event",
        METADATA,
        Column("person_id", Compact, primary_key=True),
        Column("sequence", Integer, primary_key=True, autoincrement=False),
        Column("at", Instant, nullable=False),
        Column("actor", Identifier, nullable=False),
        Column("operation", String(40), nullable=False),
        Column("content", Sealed("event.content"), nullable=False),
        Column("previous", Compact),
        Column("hash", Compact, nullable=False),
    )
)
"""The audit trail: one chain per person, extended under that person's lock.  ``hash`` covers the
hash before it; ``previous`` repeats that one in rows of earlier versions, null since."""

seal = append_only(
    Table(
        "seal",
        METADATA,
        Column("number", Integer, primary_key=True, autoincrement=False),
        Column("at", Instant, nullable=False),
        Column("people", Integer, nullable=False),
        Column("root", String(64), nullable=False),
        Column("previous", String(64), nullable=False),
        Column("hash", String(64), nullable=False),
    )
)
"""A Merkle root over the heads of the chains that had grown since the seal before."""

sealed_head = append_only(
    Table(
        "sealed_head",
        METADATA,
        Column("person_id", Identifier, primary_key=True),
        Column("sequence", Integer, primary_key=True, autoincrement=False),
        Column("seal", Integer, nullable=False),
        Column("head", String(64), nullable=False),
        Index("ix_sealed_head_seal", "seal", "person_id"),
    )
)
"""The leaves of a seal: where a person's chain ended."""

agency = Table(
    "agency",
    METADATA,
    Column("agency_id", Identifier, primary_key=True),
    Column("name", String(80), nullable=False, unique=True),
    Column("area", String(6), nullable=False),
    Column("closed_on", Date),
)
"""An office of the insurance (经办机构): its staff act on the people of its area."""
tied(agency, "agency_id", prefix=AGENCY)

actor = Table(
    "actor",
    METADATA,
    Column("actor_id", Identifier, primary_key=True),
    Column("login", String(80), nullable=False, unique=True),
    Column("role", String(20), nullable=False),
    Column("person_id", Identifier),
    Column("institution_id", Identifier),
    Column("password_hash", String(200), nullable=False),
    Column("closed_on", Date),
    Column("agency_id", Identifier),
    Column("employer_id", Identifier),
    CheckConstraint("(role = 'insured') = (person_id IS NOT NULL)", name="insured_is_a_person"),
    CheckConstraint(
        "(role = 'institution') = (institution_id IS NOT NULL)", name="institution_has_one"
    ),
)
"""A user in one role; somebody with two roles has two."""
tied(actor, "actor_id", prefix=USER)

second_factor = Table(
    "second_factor",
    METADATA,
    Column("actor_id", Identifier, primary_key=True),
    Column("secret", Sealed("second_factor.secret", "text"), nullable=False),
    Column("confirmed_at", Instant),
    Column("last_step", BigInteger, nullable=False),
)
"""What a user's telephone works its codes out from; ``confirmed_at`` null: none was shown yet.
``last_step``: of the last code that was taken, so that none is taken twice."""
tied(second_factor, "actor_id", prefix=USER, leaving_out=["secret"])

recovery_code = Table(
    "recovery_code",
    METADATA,
    Column("actor_id", Identifier, primary_key=True),
    Column("code_hash", String(64), primary_key=True),
    Column("used_at", Instant),
)
"""Stands in for the telephone once each; by keyed hashes."""
tied(recovery_code, "actor_id", prefix=USER)

token = Table(
    "token",
    METADATA,
    Column("token_id", Identifier, primary_key=True),
    Column("actor_id", Identifier, nullable=False, index=True),
    Column("name", String(40), nullable=False),
    Column("secret_hash", String(64), nullable=False, unique=True),
    Column("writes", Boolean, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("revoked_at", Instant),
)
"""What a program shows instead of a password; the secret itself is not kept."""
tied(token, "actor_id", prefix=USER)

session = Table(
    "session",
    METADATA,
    Column("token_hash", String(64), primary_key=True),
    Column("actor_id", Identifier, nullable=False, index=True),
    Column("form_token", String(64), nullable=False),
    Column("idle_until", Instant, nullable=False, index=True),
    Column("ends_at", Instant, nullable=False),
    Column("awaits", String(10)),
)
"""Who is signed in; rows of ended sessions are cleared away.  ``awaits``: what is missing after
the password, ``code`` or ``enrolment``; such a session opens nothing."""

sign_in_failure = Table(
    "sign_in_failure",
    METADATA,
    Column("login_hash", String(64), primary_key=True),
    Column("place_hash", String(64), primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("total", Integer, nullable=False),
    Column("last_at", Instant, nullable=False, index=True),
)
"""Wrong passwords in a row, and since the owner's last sign-in (``total``), by keyed hashes of what
was typed as login and of where it came from; an empty place: all unknown ones together."""

sign_in_place = Table(
    "sign_in_place",
    METADATA,
    Column("login_hash", String(64), primary_key=True),
    Column("place_hash", String(64), primary_key=True),
    Column("last_at", Instant, nullable=False, index=True),
)
"""Where the right password of a login came from: an address or a browser, by keyed hashes."""

deletable(message, session, sign_in_failure, sign_in_place, second_factor, recovery_code)
