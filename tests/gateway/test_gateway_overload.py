"""Past capacity the service says so at once, recovers, and loses nothing acknowledged."""

from __future__ import annotations

import itertools
import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from statistics import median
from typing import Any

import pytest
from sqlalchemy import func, select

from yibao.database.unit import open_database
from yibao.exchange.tables import exchange_settlement

from . import flows
from .served import Service, storm

WAITING = 4
PEOPLE = ("li", "wang", "zhao")


@pytest.fixture
def service(real_template: Path, tmp_path: Path) -> Iterator[Service]:
    """A service that takes four messages at once."""
    shutil.copyfile(real_template, tmp_path / "store.db")
    service = Service(f"sqlite:///{tmp_path / 'store.db'}", tmp_path, ("--waiting", str(WAITING)))
    service.start()
    yield service
    service.kill()


def test_a_storm(service: Service, tmp_path: Path, verify: bool) -> None:
    client = service.client()
    visits = [
        flows.settling(flows.with_a_line(client, PEOPLE[number % 3]), "20.00")
        for number in range(400 if verify else 60)
    ]
    messages = [client.envelope("2207", visit) for visit in visits]
    bodies = {message["msgid"]: json.dumps(message).encode() for message in messages}
    acknowledged: dict[str, Any] = {}
    refused: list[float] = []
    answered: list[float] = []
    waves = 0
    with ExitStack() as stack:
        # Nobody can write until all but those who wait were sent away.
        blocker = stack.enter_context(
            closing(sqlite3.connect(tmp_path / "store.db", check_same_thread=False))
        )
        blocker.execute("BEGIN IMMEDIATE")
        away = itertools.count(1)

        def heard(answer: dict[str, Any]) -> None:
            if answer["infcode"] != 0 and next(away) == len(bodies) - WAITING:
                blocker.rollback()

        while len(acknowledged) < len(bodies):
            waves += 1
            assert waves < 200
            left = {name: body for name, body in bodies.items() if name not in acknowledged}
            answers = storm(service.port, left.values(), heard)
            for name, (seconds, answer) in zip(left, answers, strict=True):
                if answer["infcode"] == 0:
                    acknowledged[name] = answer["output"]
                    answered.append(seconds)
                else:
                    assert "平台繁忙" in answer["err_msg"], answer
                    assert answer["output"] is None
                    refused.append(seconds)
    assert len(refused) >= len(bodies) - WAITING
    assert median(refused) < max(1, *answered)  # at once, however slow the machine
    # Recovered: one sender gets an answer to each, the first one again, and nothing twice.
    for name, body in bodies.items():
        again = client.post(body).json()
        assert again["infcode"] == 0
        assert again["output"] == acknowledged[name]
    database = open_database(service.url)
    count = select(func.count(), func.count(exchange_settlement.c.message_id.distinct()))
    stored = database.read(lambda unit: unit.run(count.select_from(exchange_settlement)).one())
    database.dispose()
    assert tuple(stored) == (len(bodies), len(bodies))
    client.http.close()
