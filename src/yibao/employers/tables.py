"""Employers, their staff, months, bills and money; each row hangs on the employer's chain."""

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
)

from yibao.access.names import EMPLOYER, STORE
from yibao.database.schema import METADATA, Fen, Identifier, Instant, append_only
from yibao.database.sealed import Sealed
from yibao.database.ties import tied
from yibao.employers.states import (
    ChangeKind,
    DueKind,
    DueState,
    EmployerState,
    MoneyState,
    MonthState,
    one_of,
)
from yibao.insured.states import OrderStatus

employer = Table(
    "employer",
    METADATA,
    Column("employer_id", Identifier, primary_key=True),
    Column("name", String(120), nullable=False),
    Column("area", String(6), nullable=False, index=True),
    Column("state", String(12), nullable=False),
    Column("details", Sealed("employer.details"), nullable=False),
    Column("registered_on", Date, nullable=False),
    Column("ended_on", Date),
    Column("credit", Fen, nullable=False, default=0),
    Column("kind", String(24)),
    CheckConstraint(f"state IN ({one_of(EmployerState)})", name="state"),
    CheckConstraint("credit >= 0", name="credit_not_negative"),
)
"""``employer_id``: the unified social credit code.  ``details``: address, legal representative,
telephone and bank account.  ``credit``: fen that it paid and that no bill has used.  ``kind``:
an :class:`~yibao.employers.states.EmployerKind`; null: nobody said.  The row is the lock for
everything about the employer, taken after those of people."""
tied(employer, "employer_id", prefix=EMPLOYER)

employer_terms = Table(
    "employer_terms",
    METADATA,
    Column("area", String(6), primary_key=True),
    Column("since", Integer, primary_key=True, autoincrement=False),
    Column("cut_off_day", Integer, nullable=False),
    Column("due_day", Integer, nullable=False),
    Column("set_by", Identifier, nullable=False),
    Column("hires", String(16)),
    Column("is_put_off", Boolean),
)
"""What an area has laid down, from a month on: until which day a change counts for the month
itself, and until which day of the next month it is declared and paid.  ``hires``: how an
employer registers new staff; null: it may not.  ``is_put_off``: whether a last day on which no
office is open is the next working day; null: nobody said so, and it is not."""
tied(employer_terms, "area", prefix=f"{STORE}terms:")

employment = Table(
    "employment",
    METADATA,
    Column("employer_id", Identifier, primary_key=True),
    Column("person_id", Identifier, primary_key=True, index=True),
    Column("first_month", Integer, primary_key=True, autoincrement=False),
    Column("last_month", Integer),
    Column("base", Fen, nullable=False),
    Column("reason", String(40), nullable=False, default=""),
)
"""Months of an employment, both included.  ``base``: declared, fen a month; inside its limits
only when it is priced.  ``reason``: why it ended."""
tied(employment, "employer_id", prefix=EMPLOYER)

declaration = Table(
    "declaration",
    METADATA,
    Column("employer_id", Identifier, primary_key=True),
    Column("month", Integer, primary_key=True, autoincrement=False),
    Column("state", String(10), nullable=False),
    Column("declared_at", Instant),
    Column("declared_by", Identifier),
    Column("due_on", Date, nullable=False),
    CheckConstraint(f"state IN ({one_of(MonthState)})", name="state"),
    Index("ix_declaration_state", "state", "month"),
)
"""A month that has none is open still.  ``due_on``: the last day to declare and to pay it."""
tied(declaration, "employer_id", prefix=EMPLOYER)

declared_change = append_only(
    Table(
        "declared_change",
        METADATA,
        Column("employer_id", Identifier, primary_key=True),
        Column("change_id", Identifier, primary_key=True),
        Column("month", Integer, nullable=False),
        Column("person_id", Identifier, nullable=False),
        Column("kind", String(10), nullable=False),
        Column("base", Fen),
        Column("reason", String(40), nullable=False, default=""),
        Column("at", Instant, nullable=False),
        CheckConstraint(f"kind IN ({one_of(ChangeKind)})", name="kind"),
    )
)
"""What was declared of somebody, as it came."""
tied(declared_change, "employer_id", prefix=EMPLOYER)

employer_bill = Table(
    "employer_bill",
    METADATA,
    Column("employer_id", Identifier, primary_key=True),
    Column("bill_id", Identifier, primary_key=True),
    Column("month", Integer, nullable=False),
    Column("kind", String(12), nullable=False),
    Column("state", String(10), nullable=False),
    Column("made_on", Date, nullable=False),
    Column("due_on", Date, nullable=False),
    Column("due", Fen, nullable=False),
    Column("set_off", Fen, nullable=False, default=0),
    Column("late_fee", Fen, nullable=False, default=0),
    Column("paid_on", Date),
    Column("is_overdue", Boolean, nullable=False, default=False),
    CheckConstraint(f"kind IN ({one_of(DueKind)})", name="kind"),
    CheckConstraint(f"state IN ({one_of(DueState)})", name="state"),
    Index("ix_employer_bill_open", "state", "due_on"),
)
"""What a month costs; a negative ``due`` became the employer's credit at once.  ``set_off``:
what its credit paid of it when it was made.  ``late_fee``: booked when it was paid."""
tied(employer_bill, "employer_id", prefix=EMPLOYER)

employer_bill_line = append_only(
    Table(
        "employer_bill_line",
        METADATA,
        Column("employer_id", Identifier, primary_key=True),
        Column("bill_id", Identifier, primary_key=True),
        Column("line", Integer, primary_key=True, autoincrement=False),
        Column("person_id", Identifier),
        Column("month", Integer, nullable=False),
        Column("name", String(20), nullable=False),
        Column("base", Fen),
        Column("amount", Fen, nullable=False),
        Column("source", String(200), nullable=False),
    )
)
"""By person and by what it is; without a person of a month that nobody declared."""
tied(employer_bill_line, "employer_id", prefix=EMPLOYER)

employer_order = Table(
    "employer_order",
    METADATA,
    Column("employer_id", Identifier, primary_key=True),
    Column("order_id", Identifier, primary_key=True),
    Column("bill_id", Identifier, nullable=False),
    Column("channel", String(20), nullable=False),
    Column("amount", Fen, nullable=False),
    Column("status", String(10), nullable=False),
    Column("reason", String(200), nullable=False, default=""),
    Column("created_at", Instant, nullable=False),
    CheckConstraint(f"status IN ({one_of(OrderStatus)})", name="status"),
)
"""An attempt to pay a bill through a channel; of one bill at most one is under way."""
tied(employer_order, "employer_id", prefix=EMPLOYER)

employer_money = Table(
    "employer_money",
    METADATA,
    Column("employer_id", Identifier, primary_key=True),
    Column("money_id", Identifier, primary_key=True),
    Column("channel", String(20), nullable=False),
    Column("reference", String(80), nullable=False),
    Column("bill_id", Identifier),
    Column("amount", Fen, nullable=False),
    Column("paid_on", Date, nullable=False),
    Column("state", String(10), nullable=False),
    Column("reason", String(200), nullable=False, default=""),
    Column("booked_by", Identifier, nullable=False),
    CheckConstraint(f"state IN ({one_of(MoneyState)})", name="state"),
    Index("ix_employer_money_reference", "channel", "reference", unique=True),
)
"""Money that came, by the channel's own number, or went back (negative).  ``bill_id``: for
which it came."""
tied(employer_money, "employer_id", prefix=EMPLOYER)
