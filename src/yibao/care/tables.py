"""Institutions, catalogue, visits, pinned rulebooks and settlements.

A settlement is never changed or deleted; institutions and catalogue items are dated versions.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
)

from yibao.database.schema import METADATA, Document, Fen, Identifier, append_only

institution = append_only(
    Table(
        "institution",
        METADATA,
        Column("institution_id", Identifier, primary_key=True),
        Column("revision", Integer, primary_key=True, autoincrement=False),
        Column("start", Date, nullable=False),
        Column("name", String(200), nullable=False),
        Column("area", String(6), nullable=False),
        Column("kind", String(10), nullable=False),
        Column("price_class", Integer),
        Column("grade", String(10)),
        Column("county", Boolean, nullable=False),
        Column("dual_channel", Boolean, nullable=False),
        Column("designated", Boolean, nullable=False),
    )
)
"""What is known of an institution from ``start`` on.  Of two revisions that hold on a day
the one with the later ``start`` counts, of two with the same ``start`` the later revision."""

catalogue_item = append_only(
    Table(
        "catalogue_item",
        METADATA,
        Column("code", String(60), primary_key=True),
        Column("start", Date, primary_key=True),
        Column("end", Date),
        Column("name", String(200), nullable=False),
        Column("item_class", String(1), nullable=False),
        Column("kind", String(12), nullable=False),
        Column("upfront", Integer),
        Column("price_limit", BigInteger),
        Column("dual_channel", Boolean, nullable=False),
        Column("diseases", Document, nullable=False),
    )
)
"""A catalogue entry from ``start`` to ``end`` or to its next version.  ``upfront`` in basis
points, ``price_limit`` per unit in 1/10,000 fen, ``diseases``: only for these, if any."""

visit = Table(
    "visit",
    METADATA,
    Column("person_id", Identifier, primary_key=True),
    Column("visit_id", Identifier, primary_key=True),
    Column("institution_id", Identifier, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("lines", Integer, nullable=False),
    Column("document", Document, nullable=False),
)
"""A visit that is still being recorded.  ``document``: the visit as the settlement takes it,
kept equal to the fee items below under the person's lock; ``revision`` counts its changes."""

fee_item = append_only(
    Table(
        "fee_item",
        METADATA,
        Column("person_id", Identifier, primary_key=True),
        Column("visit_id", Identifier, primary_key=True),
        Column("line", Integer, primary_key=True, autoincrement=False),
        Column("day", Date, nullable=False),
        Column("code", String(60), nullable=False),
        Column("name", String(200), nullable=False),
        Column("item_class", String(1), nullable=False),
        Column("kind", String(12), nullable=False),
        Column("quantity", BigInteger, nullable=False),
        Column("price", BigInteger, nullable=False),
        Column("amount", Fen, nullable=False),
        Column("upfront", Integer),
        Column("over_limit_from", Fen),
        Column("cancels", Integer),
    )
)
"""``quantity`` in 1/10,000 unit, ``price`` in 1/10,000 fen a unit, ``amount`` their product
rounded half up to the fen; ``over_limit_from`` the line's price limit in fen.  A line that
``cancels`` another mirrors it."""

rulebook = append_only(
    Table(
        "rulebook",
        METADATA,
        Column("hash", String(64), primary_key=True),
        Column("canonical", Document, nullable=False),
    )
)
"""The canonical form of every rulebook that a settlement was made with: replay needs no pack."""

settlement = append_only(
    Table(
        "settlement",
        METADATA,
        Column("person_id", Identifier, primary_key=True),
        Column("settlement_id", Identifier, primary_key=True),
        Column("visit_id", Identifier, nullable=False),
        Column("round", Integer, nullable=False),
        Column("reversal_of", Identifier),
        Column("sequence", Integer, nullable=False),
        Column("position", Integer, nullable=False),
        Column("origin", Identifier, nullable=False),
        Column("institution_id", Identifier, nullable=False),
        Column("kind", String(12), nullable=False),
        Column("start", Date, nullable=False),
        Column("end", Date, nullable=False),
        Column("rulebook_hash", String(64), nullable=False),
        Column("kernel", String(20), nullable=False),
        Column("total", Fen, nullable=False),
        Column("fund", Fen, nullable=False),
        Column("own", Fen, nullable=False),
        Column("account", Fen, nullable=False),
        Column("mutual_aid", Fen, nullable=False),
        Column("cash", Fen, nullable=False),
        Column("grantor_id", Identifier),
        Column("amounts", Document, nullable=False),
        Column("facts", Document, nullable=False),
        Column("state_in", Document, nullable=False),
        Column("known", Document, nullable=False),
        Column("visit", Document, nullable=False),
        Column("explanation", Document, nullable=False),
        UniqueConstraint("person_id", "visit_id", "round", name="uq_settlement_round"),
        UniqueConstraint("person_id", "sequence", name="uq_settlement_sequence"),
        Index("ix_settlement_grantor", "grantor_id", "settlement_id"),
        Index("ix_settlement_institution", "institution_id", "settlement_id"),
    )
)
"""``visit``, ``state_in`` and ``known`` (people, institution, balances, grants and rulebooks as
they were) are the whole input; ``facts`` what the benefit function took and ``amounts`` what it
gave.  A visit's settlements are rounds 1, 2, ...; the reversal of round n is round -n, mirrors
the amounts and points back with ``reversal_of``.  ``position`` is the place in the person's own
order and ``origin`` in everybody's: of itself, or for a correction of what it corrects."""
