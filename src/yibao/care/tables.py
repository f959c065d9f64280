"""Institutions, catalogue, pinned rulebooks and settlements.

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
    text,
)

from yibao.access.names import INSTITUTION
from yibao.database.compact import Compact
from yibao.database.schema import METADATA, Document, Fen, Identifier, OptionalDocument, append_only
from yibao.database.sealed import Sealed
from yibao.database.ties import tied

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
        Column("more", OptionalDocument),
    )
)
"""What is known of an institution from ``start`` on.  Of two revisions that hold on a day
the one with the later ``start`` counts, of two with the same ``start`` the later revision.
``more``: facts that have no column of their own, by name."""
tied(institution, "institution_id", prefix=INSTITUTION)

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
        Column("item_group", String(20)),
        Column("area", String(6), primary_key=True),
    )
)
"""A catalogue entry from ``start`` to ``end`` or to its next version.  ``area``: whose catalogue
it stands in; empty: the store's own, which holds in every area that says nothing of the item
itself (:func:`yibao.care.catalogue.in_force`).  ``upfront`` in basis
points, ``price_limit`` per unit in 1/10,000 fen, ``diseases``: only for these, if any;
``item_group``: of which the fund pays more in some places."""

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
        Column("person_id", Compact, primary_key=True),
        Column("settlement_id", Compact, primary_key=True),
        Column("visit_id", Compact, nullable=False),
        Column("round", Integer, nullable=False),
        Column("reversal_of", Compact),
        Column("sequence", Integer, nullable=False),
        Column("position", Integer, nullable=False),
        Column("origin", Compact),
        Column("institution_id", Identifier, nullable=False),
        Column("kind", String(12), nullable=False),
        Column("start", Date, nullable=False),
        Column("end", Date, nullable=False),
        Column("rulebook_hash", String(64)),
        Column("kernel", String(20)),
        Column("total", Fen, nullable=False),
        Column("fund", Fen, nullable=False),
        Column("own", Fen, nullable=False),
        Column("account", Fen, nullable=False),
        Column("mutual_aid", Fen, nullable=False),
        Column("cash", Fen, nullable=False),
        Column("grantor_id", Compact),
        Column("amounts", OptionalDocument),
        Column("facts", Sealed("settlement.facts")),
        Column("state_in", Sealed("settlement.state_in")),
        Column("known", Sealed("settlement.known")),
        Column("visit", Sealed("settlement.visit")),
        Column("explanation", Sealed("settlement.explanation")),
        Column("document", Sealed("settlement.document", "packed")),
        Column("goes_on", Compact),
        UniqueConstraint("person_id", "visit_id", "round", name="uq_settlement_round"),
        Index(
            "ix_settlement_grantor",
            "grantor_id",
            "settlement_id",
            sqlite_where=text("grantor_id IS NOT NULL"),
            postgresql_where=text("grantor_id IS NOT NULL"),
        ),
    )
)
"""A visit's settlements are rounds 1, 2, ...; the reversal of round n is round -n, mirrors the
amounts and points back with ``reversal_of``.  ``position`` is the place in the person's own
order and ``origin`` in everybody's: of itself where it is null, else of what it corrects.
``goes_on`` is the interim settlement of the same stay that this one, of the whole stay so far,
was made in the place of: its reversal brings that one back.

``document`` is the whole input and what came of it (:mod:`yibao.care.stored`).  Where it is
null, the row is of the first form (:mod:`yibao.care.form1`): ``rulebook_hash``, ``kernel`` and
the documents before it are that form's, and null in any other."""

proposal = append_only(
    Table(
        "proposal",
        METADATA,
        Column("person_id", Identifier, primary_key=True),
        Column("proposal_id", Identifier, primary_key=True),
        Column("settlement_id", Identifier, nullable=False),
        Column("visit_id", Identifier, nullable=False),
        Column("position", Integer, nullable=False),
        Column("reversal_id", Identifier, nullable=False),
        Column("fund", Fen, nullable=False),
        Column("own", Fen, nullable=False),
        Column("document", Document, nullable=False),
    )
)
"""A standing settlement that would come out otherwise since a reversal: what it would come to.
``document``: ``before`` and ``after``, fund, own and layers in fen."""

proposal_decision = append_only(
    Table(
        "proposal_decision",
        METADATA,
        Column("person_id", Identifier, primary_key=True),
        Column("proposal_id", Identifier, primary_key=True),
        Column("decision", String(12), nullable=False),
        Column("reason", Sealed("proposal_decision.reason", "text"), nullable=False),
        Column("settlement_id", Identifier),
        Column("actor", String(80), nullable=False),
    )
)
"""What became of a proposal: ``taken`` (with the new settlement), ``dropped`` (with a reason) or
``superseded``.  One without a decision is open."""

past_visit = append_only(
    Table(
        "past_visit",
        METADATA,
        Column("person_id", Identifier, primary_key=True),
        Column("visit_id", Identifier, primary_key=True),
        Column("institution_id", Identifier),
        Column("institution_name", String(200), nullable=False),
        Column("kind", String(12), nullable=False),
        Column("start", Date, nullable=False),
        Column("end", Date, nullable=False),
        Column("total", Fen, nullable=False),
        Column("fund", Fen, nullable=False),
        Column("account", Fen, nullable=False),
        Column("cash", Fen, nullable=False),
        Column("diagnosis", Sealed("past_visit.diagnosis", "text"), nullable=False),
    )
)
"""Visits that another system settled: no money of this store hangs on them.  ``visit_id``: the
other system's number.  ``account``: out of personal accounts, mutual aid included; ``total`` =
``fund`` + ``account`` + ``cash``, in fen.  ``diagnosis``: empty where the file gives none."""
tied(past_visit)
