"""SIGKILL to the service under load: what was acknowledged is there, a repeat is answered alike."""

from __future__ import annotations

import asyncio
import itertools
import json
import random
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import func, select
from sqlalchemy.engine import make_url

from yibao.database.schema import whole_schema
from yibao.database.unit import open_database
from yibao.exchange.tables import exchange_settlement
from yibao.ledger.checks import ledger_faults

from ..support.loops import in_own_loop
from . import flows
from .conftest import fill
from .served import Service, posted

_NUMBERS = itertools.count(1)
_SENDERS = 6
PEOPLE = ("li", "wang", "zhao")


@pytest.fixture(params=["sqlite", "postgresql"])
def service(
    request: pytest.FixtureRequest, real_template: Path, tmp_path: Path, area: str
) -> Iterator[Service]:
    """A service on a fresh store, not started; on PostgreSQL with two processes."""
    if request.param == "sqlite":
        shutil.copyfile(real_template, tmp_path / "store.db")
        started = Service(f"sqlite:///{tmp_path / 'store.db'}", tmp_path)
        yield started
        started.kill()
        return
    server = request.getfixturevalue("postgresql_server")
    name = f"yibao_killed_{next(_NUMBERS)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name}".encode())
        connection.execute(f"CREATE DATABASE {name}".encode())
    url = make_url(server).set(database=name).render_as_string(hide_password=False)
    whole_schema()
    database = open_database(url)
    database.create_all()
    fill(database, area, tmp_path)
    database.dispose()
    started = Service(url, tmp_path, ("--workers", "2"))
    yield started
    started.kill()
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


async def _sender(
    service: Service, bodies: list[bytes], got: dict[bytes, Any], enough: int
) -> None:
    """Settle one visit after the other; the service is killed once enough were answered."""
    reader, writer = await asyncio.open_connection("127.0.0.1", service.port)
    try:
        for body in bodies:
            got[body] = await posted(reader, writer, body)
            if len(got) == enough:
                service.kill()
    except (OSError, asyncio.IncompleteReadError):
        return
    finally:
        writer.close()


def _load(service: Service, bodies: list[bytes], enough: int) -> dict[bytes, Any]:
    """What was answered before the kill, while the other senders waited for theirs."""
    got: dict[bytes, Any] = {}

    async def run() -> None:
        parts = (bodies[at::_SENDERS] for at in range(_SENDERS))
        await asyncio.gather(*(_sender(service, part, got, enough) for part in parts))

    in_own_loop(run)
    return got


def test_killed_under_load(service: Service, verify: bool) -> None:
    chance = random.Random(7)
    count = 400 if verify else 40
    service.start()
    client = service.client()
    visits = [flows.with_a_line(client, PEOPLE[number % 3]) for number in range(count)]
    bodies = [
        json.dumps(client.envelope("2207", flows.settling(visit, "20.00"))).encode()
        for visit in visits
    ]
    acknowledged: dict[bytes, Any] = {}
    for _ in range(5 if verify else 1):
        left = [body for body in bodies if body not in acknowledged]
        for body, answer in _load(service, left, chance.randint(5, 30)).items():
            assert answer["infcode"] == 0, answer["err_msg"]
            acknowledged[body] = answer["output"]
        service.options = service.options[:4]  # one process is enough to look
        service.start()
        for body, output in acknowledged.items():
            again = client.post(body).json()
            assert again["infcode"] == 0, again["err_msg"]
            assert again["output"] == output
    assert len(acknowledged) < count
    for body in bodies:  # also those that were on their way: whole or absent, and once either way
        answer = client.post(body).json()
        assert answer["infcode"] == 0, answer["err_msg"]
    database = open_database(service.url)
    counts = select(func.count(), func.count(exchange_settlement.c.message_id.distinct()))
    stored = database.read(lambda unit: unit.run(counts.select_from(exchange_settlement)).one())
    assert tuple(stored) == (count, count)
    assert database.read(lambda unit: list(ledger_faults(unit))) == []
    database.dispose()
    client.http.close()
