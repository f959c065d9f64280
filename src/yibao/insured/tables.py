"""People: a person's row is the lock for everything about that person.

Bills, orders, payments by channels, receipts, monthly credits and jobs follow it.
"""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
)

from yibao.access.chains import ends_chains
from yibao.database.schema import (
    METADATA,
    Document,
    Fen,
    Identifier,
    Instant,
    OptionalDocument,
    append_only,
    deletable,
    locked,
)
from yibao.database.sealed import Sealed
from yibao.database.ties import tied
from yibao.insured.states import BillStatus, OrderStatus, PaymentStatus, one_of

person = Table(
    "person",
    METADATA,
    Column("person_id", Identifier, primary_key=True),
    Column("name_cipher", String(400)),
    Column("name_hash", String(64), index=True),
    Column("sex", String(10), nullable=False),
    Column("birth", Date, nullable=False),
    Column("area", String(6), nullable=False),
    Column("profile", Sealed("person.profile"), nullable=False),
    Column("state", Sealed("person.state"), nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("head", String(64), nullable=False),
    Column("facts_version", LargeBinary),
    Column("used_version", LargeBinary),
    Column("merged_into", Identifier),
)
"""``profile``: the facts as operations read them, kept equal to the rows below under
the person's lock.  ``state``: accumulators, derived, equal to ``rebuild``.
``sequence`` and ``head``: the end of the person's audit chain.  ``facts_version``: the version
of the profile below, null where no settlement has needed one since the profile changed;
``used_version``: of what was used in years before, as the last settlement found it.
``merged_into``: whose record goes on where this one was of somebody registered twice."""

locked(person, place=1)
ends_chains(person)

document_version = append_only(
    Table(
        "document_version",
        METADATA,
        Column("hash", LargeBinary, primary_key=True),
        Column("earlier", LargeBinary),
        Column("body", Sealed("document_version.body", "packed"), nullable=False),
    )
)
"""A document that settlements point to, once under the hash of its content; ``earlier``: the
version that it stands on."""

identity = Table(
    "identity",
    METADATA,
    Column("identity_hash", String(64), primary_key=True),
    Column("person_id", Identifier, nullable=False, index=True),
    Column("certificate", String(40), nullable=False),
    Column("number_cipher", String(400), nullable=False),
)
"""Certificates by a keyed hash of kind and number: the one table that is found without
knowing the person, so that a number can be registered only once."""
tied(identity, leaving_out=["number_cipher"])

proof = Table(
    "proof",
    METADATA,
    Column("person_id", Identifier, primary_key=True),
    Column("proof_id", Identifier, primary_key=True),
    Column("purpose", String(40), nullable=False),
    Column("kind", String(40), nullable=False),
    Column("number_cipher", String(400)),
    Column("issued_on", Date),
    Column("digest", String(64)),
    Column("recorded_at", Instant, nullable=False),
)
"""A document that was shown; ``digest``: sha256 of its image, which is kept elsewhere."""
tied(proof, leaving_out=["number_cipher"])

relation = Table(
    "relation",
    METADATA,
    Column("person_id", Identifier, primary_key=True),
    Column("relative_id", Identifier, primary_key=True),
    Column("start", Date, primary_key=True),
    Column("end", Date),
    Column("relation", String(30), nullable=False),
)
"""What ``relative_id`` is to ``person_id``; its mirror stands under the relative."""
tied(relation)

enrolment = Table(
    "enrolment",
    METADATA,
    Column("person_id", Identifier, primary_key=True),
    Column("start", Date, primary_key=True),
    Column("end", Date),
    Column("scheme", String(10), nullable=False),
    Column("status", String(10)),
    Column("area", String(6), nullable=False),
    Column("contribution_class", String(10), nullable=False),
    Column("more", OptionalDocument),
    Index("ix_enrolment_area_scheme", "area", "scheme", "person_id"),
)
"""``more``: facts of an enrolment that have no column of their own, by name."""
tied(enrolment)

group_membership = Table(
    "group_membership",
    METADATA,
    Column("person_id", Identifier, primary_key=True),
    Column("group_name", String(40), primary_key=True),
    Column("start", Date, primary_key=True),
    Column("end", Date),
)
tied(group_membership)

contribution = Table(
    "contribution",
    METADATA,
    Column("person_id", Identifier, primary_key=True),
    Column("scheme", String(10), primary_key=True),
    Column("period", Integer, primary_key=True, autoincrement=False),
    Column("base", Fen),
    Column("paid_on", Date),
    Column("due", Fen),
    Column("bill_id", Identifier),
    Column("opening", Boolean, nullable=False, default=False),
)
"""A resident year (period 2025) or an employee month (period 202503), paid once.

``opening``: no payment, but the period after which the store's record is complete: from
there on what is not listed was not paid.  People registered here get one per scheme."""
tied(contribution)

cover = Table(
    "cover",
    METADATA,
    Column("person_id", Identifier, primary_key=True),
    Column("held_from", Date, primary_key=True),
    Column("known_from", Instant, primary_key=True),
    Column("held_to", Date),
    Column("known_to", Instant),
    Column("entitled", Boolean),
    Column("scheme", String(10), nullable=False),
    Column("status", String(10)),
    Column("area", String(6), nullable=False),
    Column("reason", String(20), nullable=False),
    Index("ix_cover_person_known", "person_id", "known_to"),
)
"""When benefits hold, and when that was known: a row is closed (``known_to``), never
changed.  ``held_to`` and ``known_to`` null: open.  ``entitled`` null: no source says."""
tied(cover)

"""``paid``: the channel holds money that is not, or no longer, posted; it goes back."""

bill = Table(
    "bill",
    METADATA,
    Column("person_id", Identifier, primary_key=True),
    Column("bill_id", Identifier, primary_key=True),
    Column("kind", String(20), nullable=False),
    Column("scheme", String(10), nullable=False),
    Column("area", String(6), nullable=False),
    Column("periods", Document, nullable=False),
    Column("declared_base", Fen),
    Column("base", Fen),
    Column("made_on", Date, nullable=False),
    Column("due", Fen, nullable=False),
    Column("employer", Fen, nullable=False),
    Column("late", Boolean, nullable=False),
    Column("rulebook_hash", String(64), nullable=False),
    Column("supplements", Identifier),
    Column("status", String(10), nullable=False),
    Column("order_id", Identifier),
    CheckConstraint("kind IN ('regular', 'supplementary')", name="kind"),
    CheckConstraint(f"status IN ({one_of(BillStatus)})", name="status"),
    Index("ix_bill_area_scheme", "area", "scheme", "person_id"),
)
"""What periods cost if paid on ``made_on``.  ``supplements``: the bill whose difference this
is.  ``order_id``: the order that paid it.  ``employer``: the employer's part, not in ``due``."""
tied(bill)

bill_line = Table(
    "bill_line",
    METADATA,
    Column("person_id", Identifier, primary_key=True),
    Column("bill_id", Identifier, primary_key=True),
    Column("line", Integer, primary_key=True, autoincrement=False),
    Column("name", String(40), nullable=False),
    Column("amount", Fen, nullable=False),
    Column("source", String(200), nullable=False),
)
tied(bill_line)

order_ = Table(
    "order_",
    METADATA,
    Column("person_id", Identifier, primary_key=True),
    Column("order_id", Identifier, primary_key=True),
    Column("bill_id", Identifier, nullable=False),
    Column("channel", String(20), nullable=False),
    Column("payer_id", Identifier, nullable=False),
    Column("amount", Fen, nullable=False),
    Column("taken", Document, nullable=False),
    Column("status", String(10), nullable=False),
    Column("reason", String(200), nullable=False, default=""),
    Column("receipt_no", String(40)),
    Column("created_at", Instant, nullable=False),
    Column("changed_at", Instant, nullable=False),
    CheckConstraint(f"status IN ({one_of(OrderStatus)})", name="status"),
    CheckConstraint("amount >= 0", name="not_negative"),
)
"""An attempt to pay a bill.  ``amount`` goes through the channel, ``taken`` came from
personal accounts: [[owner, fen], ...]."""
tied(order_)

channel_payment = Table(
    "channel_payment",
    METADATA,
    Column("person_id", Identifier, primary_key=True),
    Column("order_id", Identifier, primary_key=True),
    Column("payment_id", String(80), primary_key=True),
    Column("channel", String(20), nullable=False),
    Column("amount", Fen, nullable=False),
    Column("paid_on", Date, nullable=False),
    Column("status", String(10), nullable=False),
    Column("reason", String(200), nullable=False, default=""),
    Column("rest", Fen),
    CheckConstraint(f"status IN ({one_of(PaymentStatus)})", name="status"),
    Index("ix_channel_payment_status", "channel", "status"),
)
"""Money that a channel reports, by the channel's own number; none is ever dropped.  ``rest``:
what came by the same number beyond ``amount``, owed to the person; null: nothing."""
tied(channel_payment)

receipt = Table(
    "receipt",
    METADATA,
    Column("receipt_no", String(40), primary_key=True),
    Column("person_id", Identifier, nullable=False, index=True),
    Column("order_id", Identifier, nullable=False),
    Column("bill_id", Identifier, nullable=False),
    Column("amount", Fen, nullable=False),
    Column("issued_on", Date, nullable=False),
)
"""Area, day, random digits and two check digits: no counter that everybody shares."""
tied(receipt)

monthly_credit = Table(
    "monthly_credit",
    METADATA,
    Column("person_id", Identifier, primary_key=True),
    Column("month", Integer, primary_key=True, autoincrement=False),
    Column("area", String(6), nullable=False),
    Column("amount", Fen, nullable=False),
    Column("base", Fen),
    Column("transfer_id", Identifier, nullable=False),
    Column("rulebook_hash", String(64), nullable=False),
)
"""A month is credited to a person once; the key decides."""
tied(monthly_credit)

account_closing = append_only(
    Table(
        "account_closing",
        METADATA,
        Column("person_id", Identifier, primary_key=True),
        Column("closed_on", Date, nullable=False),
        Column("reason", String(10), nullable=False),
        Column("amount", Fen, nullable=False),
        Column("target", String(120), nullable=False),
        Column("transfer_id", Identifier, nullable=False),
    )
)
"""A personal account that was closed: its last day, and the account of the ledger that got
its balance."""
tied(account_closing)

merged_person = append_only(
    Table(
        "merged_person",
        METADATA,
        Column("person_id", Identifier, primary_key=True),
        Column("merged_id", Identifier, primary_key=True),
        Column("sequence", Integer, nullable=False),
        Column("state", Sealed("merged_person.state"), nullable=False),
        Column("case_id", Identifier, nullable=False),
        Column("merged_at", Instant, nullable=False),
    )
)
"""A record that was closed because the same person had another.  ``sequence``: of the event on
the chain of the record that goes on; ``state``: the accumulators that it took over then."""
tied(merged_person)

departure = Table(
    "departure",
    METADATA,
    Column("person_id", Identifier, primary_key=True),
    Column("last_day", Date, nullable=False),
    Column("reason", String(10), nullable=False),
    Column("case_id", Identifier, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Index("ix_departure_reason", "reason", "person_id"),
)
"""Why somebody left for good, and the last day of the insurance; of a death the day itself."""
tied(departure)

job = Table(
    "job",
    METADATA,
    Column("kind", String(20), primary_key=True),
    Column("area", String(6), primary_key=True),
    Column("period", Integer, primary_key=True, autoincrement=False),
    Column("status", String(10), nullable=False),
    Column("cursor", Identifier, nullable=False),
    Column("done", Integer, nullable=False),
    Column("amount", Fen, nullable=False),
    CheckConstraint("status IN ('running', 'done')", name="status"),
)
"""``cursor``: the last person whose chunk is committed.  The row is locked by the chunk
that is being worked on, so two processes take turns and a killed one leaves nothing."""

job_skip = Table(
    "job_skip",
    METADATA,
    Column("kind", String(20), primary_key=True),
    Column("area", String(6), primary_key=True),
    Column("period", Integer, primary_key=True, autoincrement=False),
    Column("person_id", Identifier, primary_key=True),
    Column("reason", String(400), nullable=False),
)
"""People whom a job could not serve, and why; a job that is run again tries them again."""

credential = Table(
    "credential",
    METADATA,
    Column("code_hash", String(64), primary_key=True),
    Column("person_id", Identifier, nullable=False, index=True),
    Column("shown_by", Identifier, nullable=False),
    Column("expires_at", Instant, nullable=False, index=True),
    Column("used_at", Instant),
    Column("used_by", Identifier),
)
"""Codes of the e-credential by hash: each identifies one person, once, for minutes."""

credential_activation = Table(
    "credential_activation",
    METADATA,
    Column("person_id", Identifier, primary_key=True),
    Column("activation_id", Identifier, primary_key=True),
    Column("area", String(6), nullable=False),
    Column("device_hash", String(64)),
    Column("activated_at", Instant, nullable=False),
    Column("activated_by", Identifier, nullable=False),
    Column("ended_at", Instant),
    Column("ended_by", Identifier),
    Column("why", String(20)),
)
"""E-credentials, the one that is active and those before; ``device_hash`` null: shown by any of
the owner's sessions.  Only a code of an active one is taken."""
tied(credential_activation)

deletable(identity, enrolment, group_membership, contribution, job_skip, credential)
