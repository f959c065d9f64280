"""Agreements, applications for a month, who moved them, and what was doubted in them."""

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

from yibao.access.names import INSTITUTION
from yibao.database.schema import METADATA, Fen, Identifier, Instant, append_only
from yibao.database.sealed import Sealed
from yibao.database.ties import tied

clearing_agreement = append_only(
    Table(
        "clearing_agreement",
        METADATA,
        Column("institution_id", Identifier, primary_key=True),
        Column("revision", Integer, primary_key=True, autoincrement=False),
        Column("start", Date, nullable=False),
        Column("retained_share", Integer, nullable=False),
        Column("advance_share", Integer),
        Column("apply_by_day", Integer, nullable=False),
        Column("pay_days", Integer, nullable=False),
        Column("appeal_days", Integer, nullable=False),
        Column("return_rule", String(12)),
        Column("payee", Sealed("clearing_agreement.payee"), nullable=False),
        Column("agreed_by", Identifier, nullable=False),
        Column("agreed_at", Instant, nullable=False),
        Column("end", Date),
        Column("budget", Fen),
        Column("method", String(4)),
        Column("coefficient", Integer),
        CheckConstraint("retained_share BETWEEN 0 AND 10000", name="retained_share"),
        CheckConstraint("advance_share BETWEEN 0 AND 10000", name="advance_share"),
    )
)
"""What was agreed with an institution from ``start`` on; of two that hold, as with institutions.
Shares in basis points; no ``advance_share``: nothing is paid at once; no ``return_rule``: none
was agreed.  ``budget``: of a year.  ``method``: stays are paid by points or groups, with a
``coefficient`` in hundredths.  ``apply_by_day``: of the month after; ``pay_days``,
``appeal_days``: working days."""
tied(clearing_agreement, "institution_id", prefix=INSTITUTION)

clearing_application = Table(
    "clearing_application",
    METADATA,
    Column("application_id", Identifier, primary_key=True),
    Column("institution_id", Identifier, nullable=False),
    Column("month", Integer, nullable=False),
    Column("clear_type", String(10), nullable=False),
    Column("scheme", String(10), nullable=False),
    Column("home_area", String(6), nullable=False),
    Column("stands_as", String(40), nullable=False),
    Column("area", String(6), nullable=False),
    Column("state", Integer, nullable=False),
    Column("moves", Integer, nullable=False),
    Column("agreement", Integer, nullable=False),
    Column("due_on", Date),
    Column("way", String(10), nullable=False),
    Column("count", Integer, nullable=False),
    Column("total", Fen, nullable=False),
    Column("eligible", Fen, nullable=False),
    Column("fund", Fen, nullable=False),
    Column("account", Fen, nullable=False),
    Column("cash", Fen, nullable=False),
    Column("deducted", Fen, nullable=False),
    Column("given_back", Fen, nullable=False),
    Column("retained", Fen, nullable=False),
    Column("advanced", Fen, nullable=False),
    Column("carried_in", Fen, nullable=False),
    Column("paid", Fen, nullable=False),
    Column("carried", Fen, nullable=False),
    Column("taken_by", Identifier),
    Column("applied_at", Instant, nullable=False),
    Column("score", Integer),
    Column("decided", Fen),
    Column("returned", Fen),
    Column("withheld", Fen),
    Column("adjusted", Fen),
    Column("goods", Fen),
    UniqueConstraint(
        "institution_id", "month", "clear_type", "scheme", "home_area", "stands_as",
        name="uq_clearing_application_standing",
    ),
    Index("ix_clearing_application_month", "area", "month", "application_id"),
)  # fmt: skip
"""``stands_as``: empty while it stands, its own id once it was cancelled, so that another may come.
``agreement``: the revision of the month's last day.  ``carried``: what the institution owes,
until another application (``taken_by``) sets it off.  The paper of a year has the month yyyy00,
a ``score`` in tenths of a point, and of what was retained the part that is ``returned`` and the
part that is ``withheld``; ``decided``: what somebody had to decide to return.
``adjusted``: what points or groups come to, less what the fund paid at settlement.
``goods``: what was paid to makers in the institution's stead and is set off; null: nothing."""
tied(clearing_application, "institution_id", prefix=INSTITUTION)

clearing_move = append_only(
    Table(
        "clearing_move",
        METADATA,
        Column("application_id", Identifier, primary_key=True),
        Column("number", Integer, primary_key=True, autoincrement=False),
        Column("institution_id", Identifier, nullable=False),
        Column("move", String(30), nullable=False),
        Column("state", Integer, nullable=False),
        Column("actor", Identifier, nullable=False),
        Column("role", String(20), nullable=False),
        Column("reason", Sealed("clearing_move.reason", "text"), nullable=False),
        Column("at", Instant, nullable=False),
    )
)
"""``state``: after the step."""
tied(clearing_move, "institution_id", prefix=INSTITUTION)

clearing_doubt = Table(
    "clearing_doubt",
    METADATA,
    Column("doubt_id", Identifier, primary_key=True),
    Column("application_id", Identifier, nullable=False, index=True),
    Column("institution_id", Identifier, nullable=False, index=True),
    Column("state", String(20), nullable=False),
    Column("amount", Fen, nullable=False),
    Column("confirmed", Fen, nullable=False),
    Column("given_back", Fen, nullable=False),
    Column("back_with", Identifier),
    Column("appeal_by", Date),
    Column("reason", Sealed("clearing_doubt.reason", "text"), nullable=False),
    Column("appeal", Sealed("clearing_doubt.appeal", "text"), nullable=False),
    Column("told_by", Identifier, nullable=False),
    Column("told_at", Instant, nullable=False),
    CheckConstraint("amount > 0 AND confirmed <= amount", name="amounts"),
    CheckConstraint("given_back <= confirmed", name="given_back"),
)
"""``confirmed``: what is deducted in the end.  ``given_back``: of it, found wrong later, and paid
with the application ``back_with``."""
tied(clearing_doubt, "institution_id", prefix=INSTITUTION)

clearing_period = Table(
    "clearing_period",
    METADATA,
    Column("period_id", Identifier, primary_key=True),
    Column("chain", String(60), nullable=False),
    Column("area", String(6), nullable=False),
    Column("period", Integer, nullable=False),
    Column("method", String(4), nullable=False),
    Column("stands_as", String(40), nullable=False),
    Column("state", String(20), nullable=False),
    Column("budget", Fen, nullable=False),
    Column("low_below", Integer),
    Column("high_above", Integer),
    Column("value", Fen, nullable=False),
    Column("count", Integer, nullable=False),
    Column("drawn_by", Identifier, nullable=False),
    Column("drawn_at", Instant, nullable=False),
    Column("decided_by", Identifier),
    Column("decided_at", Instant),
    CheckConstraint("budget > 0", name="budget"),
    UniqueConstraint("area", "period", "method", "stands_as", name="uq_clearing_period_standing"),
)
"""What the stays of an area come to by points or groups: of a month, or of a year (yyyy00).
``value``: of one point in 1/10,000 fen, or the rate of weight one in fen.  ``low_below``,
``high_above``: percent of the mean from which a stay is out of the ordinary; null: none is."""
tied(clearing_period, "chain")

clearing_stay = append_only(
    Table(
        "clearing_stay",
        METADATA,
        Column("period_id", Identifier, primary_key=True),
        Column("number", Integer, primary_key=True, autoincrement=False),
        Column("chain", String(60), nullable=False, index=True),
        Column("entry_id", Identifier, nullable=False),
        Column("institution_id", Identifier, nullable=False, index=True),
        Column("scheme", String(10), nullable=False),
        Column("home_area", String(6), nullable=False),
        Column("group_code", Sealed("clearing_stay.group_code", "text"), nullable=False),
        Column("points", Integer, nullable=False),
        Column("mean", Fen),
        Column("coefficient", Integer, nullable=False),
        Column("counted", Fen, nullable=False),
        Column("total", Fen, nullable=False),
        Column("fund", Fen, nullable=False),
        Column("due", Fen, nullable=False),
    )
)
"""A stay of a period: points or weight as the file said, and as ``counted``, in hundredths;
``fund``: what was paid at settlement, ``due``: what it comes to, which may be below zero."""
tied(clearing_stay, "chain", together="period_id", once="g")

clearing_goods = Table(
    "clearing_goods",
    METADATA,
    Column("goods_id", Identifier, primary_key=True),
    Column("institution_id", Identifier, nullable=False, index=True),
    Column("area", String(6), nullable=False),
    Column("maker", String(40), nullable=False),
    Column("maker_name", Sealed("clearing_goods.maker_name", "text"), nullable=False),
    Column("number", String(40), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("accepted_on", Date, nullable=False),
    Column("due_on", Date, nullable=False),
    Column("stands_as", String(40), nullable=False),
    Column("state", Integer, nullable=False),
    Column("moves", Integer, nullable=False),
    Column("count", Integer, nullable=False),
    Column("amount", Fen, nullable=False),
    Column("payee", Sealed("clearing_goods.payee"), nullable=False),
    Column("by_institution", Boolean, nullable=False),
    Column("paper", Sealed("clearing_goods.paper", "text"), nullable=False),
    Column("drafted_at", Instant, nullable=False),
    Column("set_off_with", Identifier),
    CheckConstraint("amount > 0", name="amount"),
    UniqueConstraint("maker", "number", "stands_as", name="uq_clearing_goods_standing"),
)
"""A delivery list of an institution and a maker, ``number``: the maker's own.  ``by_institution``:
the institution drew it up, and the maker has to confirm it on ``paper``; else the other way round.
``set_off_with``: the application that it was set off in."""
tied(clearing_goods, "institution_id", prefix=INSTITUTION)

clearing_goods_line = append_only(
    Table(
        "clearing_goods_line",
        METADATA,
        Column("goods_id", Identifier, primary_key=True),
        Column("number", Integer, primary_key=True, autoincrement=False),
        Column("institution_id", Identifier, nullable=False, index=True),
        Column("code", String(40), nullable=False),
        Column("name", Sealed("clearing_goods_line.name", "text"), nullable=False),
        Column("quantity", Integer, nullable=False),
        Column("price", Fen, nullable=False),
        Column("amount", Fen, nullable=False),
    )
)
"""What was delivered; ``amount`` is the quantity times the price."""
tied(clearing_goods_line, "institution_id", prefix=INSTITUTION, together="goods_id", once="d")

clearing_between = Table(
    "clearing_between",
    METADATA,
    Column("between_id", Identifier, primary_key=True),
    Column("chain", String(60), nullable=False),
    Column("care_area", String(6), nullable=False),
    Column("home_area", String(6), nullable=False),
    Column("month", Integer, nullable=False),
    Column("stands_as", String(40), nullable=False),
    Column("state", String(20), nullable=False),
    Column("count", Integer, nullable=False),
    Column("booked", Fen, nullable=False),
    Column("corrected", Fen, nullable=False),
    Column("payee", Sealed("clearing_between.payee"), nullable=False),
    Column("reason", Sealed("clearing_between.reason", "text"), nullable=False),
    Column("declared_by", Identifier, nullable=False),
    Column("declared_at", Instant, nullable=False),
    Column("decided_by", Identifier),
    Column("decided_at", Instant),
    Column("net_id", Identifier, index=True),
    UniqueConstraint(
        "care_area", "home_area", "month", "stands_as", name="uq_clearing_between_standing"
    ),
)
"""What an area of care declares that a home area owes it for a month: what the books have
(``booked``), and what its sheets have corrected since (``corrected``).  ``net_id``: the payment
of the balance that it went into, with what stands the other way."""
tied(clearing_between, "chain")
