"""office: a number for each case that people can say; cases of before get theirs"""

from __future__ import annotations

import datetime
import hashlib
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from alembic import op

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None

_TOGETHER = 1_000
_CHINA = ZoneInfo("Asia/Shanghai")


def upgrade() -> None:
    """To this revision."""
    op.add_column("office_case", sa.Column("number", sa.String(length=30), nullable=True))
    cases = sa.table(
        "office_case",
        sa.column("case_id", sa.String),
        sa.column("area", sa.String),
        sa.column("kind", sa.String),
        sa.column("opened_at", sa.DateTime(timezone=True)),
        sa.column("number", sa.String),
    )
    connection = op.get_bind()
    taken: set[str] = set()
    last = ""
    while True:
        query = sa.select(cases).where(cases.c.case_id > last).order_by(cases.c.case_id)
        rows = connection.execute(query.limit(_TOGETHER)).all()
        if not rows:
            break
        for row in rows:
            number = _number(row, taken)
            taken.add(number)
            mine = cases.c.case_id == row.case_id
            connection.execute(sa.update(cases).where(mine).values(number=number))
        last = rows[-1].case_id
    op.create_index("ix_office_case_number", "office_case", ["number"], unique=True)


def _number(row: Any, taken: set[str]) -> str:
    opened: datetime.datetime = row.opened_at
    if opened.tzinfo is None:
        opened = opened.replace(tzinfo=datetime.UTC)
    letters = "".join(part[0] for part in row.kind.split("_")).upper()[:6]
    beginning = f"{row.area}-{letters}-{opened.astimezone(_CHINA):%y%m%d}-"
    own = int.from_bytes(hashlib.sha256(row.case_id.encode()).digest()[:8])
    while (number := f"{beginning}{own % 100_000:05}") in taken:
        own += 1
    return number
