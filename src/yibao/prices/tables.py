"""Price lists that institutions hand in, and changes of an area's catalogue.

A line is never changed: a new price is a new line, with the day from which it holds.
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

from yibao.access.names import INSTITUTION
from yibao.database.schema import (
    METADATA,
    Document,
    Identifier,
    Instant,
    OptionalDocument,
    append_only,
)
from yibao.database.ties import tied

price_list = Table(
    "price_list",
    METADATA,
    Column("list_id", Identifier, primary_key=True),
    Column("institution_id", Identifier, nullable=False),
    Column("number", Integer, nullable=False),
    Column("area", String(6), nullable=False, index=True),
    Column("state", String(20), nullable=False),
    Column("count", Integer, nullable=False),
    Column("above", Integer, nullable=False),
    Column("handed_by", Identifier, nullable=False),
    Column("handed_at", Instant, nullable=False),
    Column("decided_by", Identifier),
    Column("decided_at", Instant),
    Column("reason", String(500), nullable=False),
    UniqueConstraint("institution_id", "number", name="uq_price_list_number"),
)
"""``number``: from 1, of the institution; ``count``: of its lines, ``above``: of those whose price
is above the limit of the area's catalogue, which hold only once the agency has confirmed."""
tied(price_list, "institution_id", prefix=INSTITUTION)

price_line = append_only(
    Table(
        "price_line",
        METADATA,
        Column("list_id", Identifier, primary_key=True),
        Column("line", Integer, primary_key=True, autoincrement=False),
        Column("institution_id", Identifier, nullable=False),
        Column("own_code", String(60), nullable=False),
        Column("code", String(60), nullable=False),
        Column("name", String(200), nullable=False),
        Column("price", BigInteger, nullable=False),
        Column("price_limit", BigInteger),
        Column("start", Date, nullable=False),
        Index("ix_price_line_code", "institution_id", "code"),
        Index("ix_price_line_own", "institution_id", "own_code"),
    )
)
"""``own_code``: the institution's, ``code``: the national one.  ``price`` and ``price_limit`` in
1/10,000 fen a unit, the limit as the catalogue said when the list was handed in; null: none."""
tied(price_line, "institution_id", prefix=INSTITUTION, together="list_id", once="l")

catalogue_change = Table(
    "catalogue_change",
    METADATA,
    Column("change_id", Identifier, primary_key=True),
    Column("chain", String(60), nullable=False),
    Column("area", String(6), nullable=False, index=True),
    Column("start", Date, nullable=False),
    Column("whole", Boolean, nullable=False),
    Column("state", String(20), nullable=False),
    Column("count", Integer, nullable=False),
    Column("drawn_by", Identifier, nullable=False),
    Column("drawn_at", Instant, nullable=False),
    Column("decided_by", Identifier),
    Column("decided_at", Instant),
)
"""What an area's catalogue becomes from ``start`` on.  ``whole``: what the file does not list
leaves the catalogue; ``count``: of items that change."""
tied(catalogue_change, "chain")

catalogue_change_line = append_only(
    Table(
        "catalogue_change_line",
        METADATA,
        Column("change_id", Identifier, primary_key=True),
        Column("line", Integer, primary_key=True, autoincrement=False),
        Column("chain", String(60), nullable=False),
        Column("what", String(20), nullable=False),
        Column("before", OptionalDocument),
        Column("after", Document, nullable=False),
    )
)
"""``after``: the new version of an item by column of ``catalogue_item``; one that leaves ends on
the day before it begins.  ``before``: what held, null for nothing."""
tied(catalogue_change_line, "chain", together="change_id", once="k")
