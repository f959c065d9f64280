"""Messages as they came, encrypted at rest, for the inspector; kept some days."""

from __future__ import annotations

import datetime
import json
from typing import Any

from sqlalchemy import delete, insert, select

from yibao.database.identifiers import identifier_at, new_identifier
from yibao.database.unit import Database
from yibao.errors import NotFoundError
from yibao.exchange.tables import exchange_raw
from yibao.messages import message

DAYS_KEPT = 7


def keep(
    database: Database,
    institution: str,
    infno: str,
    message_id: str,
    infcode: int,
    content: dict[str, Any],
) -> str:
    """Keep a message with its answer; its id."""
    raw_id = new_identifier()
    text = json.dumps(content, ensure_ascii=False)
    row = {
        "raw_id": raw_id,
        "institution_id": institution[:40],
        "infno": infno[:10],
        "message_id": message_id[:80],
        "infcode": infcode,
        "cipher": database.secrets.encrypt(text, raw_id),
    }
    database.write(lambda unit: unit.run(insert(exchange_raw), row))
    return raw_id


def forget_old(database: Database, now: datetime.datetime) -> int:
    """Delete what is older than it is kept; how many."""
    before = identifier_at(now - datetime.timedelta(days=DAYS_KEPT))
    query = delete(exchange_raw).where(exchange_raw.c.raw_id < before)
    return int(database.write(lambda unit: unit.run(query).rowcount))


def latest(
    database: Database, *, institution: str | None = None, count: int = 100
) -> list[dict[str, Any]]:
    """The newest messages, contents left out."""
    columns = [column for column in exchange_raw.c if column.name != "cipher"]
    query = select(*columns)
    if institution is not None:
        query = query.where(exchange_raw.c.institution_id == institution)
    query = query.order_by(exchange_raw.c.raw_id.desc()).limit(count)
    return database.read(lambda unit: [row._asdict() for row in unit.run(query)])


def open_whole(database: Database, raw_id: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """A message as :func:`latest` lists it, and its contents; ``NotFoundError``."""
    query = select(exchange_raw).where(exchange_raw.c.raw_id == raw_id)
    row = database.read(lambda unit: unit.run(query).one_or_none())
    if row is None:
        raise NotFoundError(message("没有这条报文，或已超过保存的天数"))
    listed = row._asdict()
    content: dict[str, Any] = json.loads(database.secrets.decrypt(listed.pop("cipher"), raw_id))
    return listed, content


def open_raw(database: Database, raw_id: str) -> dict[str, Any]:
    """What was kept of a message and its answer; ``NotFoundError``."""
    return open_whole(database, raw_id)[1]
