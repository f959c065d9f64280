"""Another process replaces the key of a store while hospitals go on settling."""

from __future__ import annotations

import datetime
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from yibao.benefit.facts import Person
from yibao.database.migrating import upgrade
from yibao.database.unit import Database, open_database
from yibao.errors import ConflictError
from yibao.gateway.settings import GatewaySettings
from yibao.insured.people.registration import Named, register
from yibao.record.store_check import StoreCheck

from .conftest import CLERK, Client, fill
from .flows import register as open_visit
from .flows import settling, with_a_line

NEW = "a5" * 32
NUMBER = "11010519491231002X"


PAUSE = 0.02
"""Seconds between two visits of a hospital: the machine is wanted for the new key too."""


@pytest.fixture
def store(empty_url: str, area: str, tmp_path: Path) -> Iterator[Database]:
    database = open_database(empty_url)
    upgrade(database)
    fill(database, area, tmp_path)
    yield database
    database.dispose()


def test_hospitals_go_on_while_the_key_is_replaced(
    store: Database,
    start: Callable[..., Client],
    make_person: Callable[..., Person],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    somebody = make_person("ouyang", birth="1949-12-31", status="retired", start="2018-01-01")
    day = datetime.date(2018, 1, 1)
    named = Named("欧阳留痕", "resident_identity_card", NUMBER)
    register(store, somebody, actor=CLERK, day=day, named=named)
    client = start(GatewaySettings(inspect=True, make_up=False), database=store)
    over, settled, refused = threading.Event(), [], []

    def go_on() -> None:
        while not over.wait(PAUSE):
            asked = {"data": {"mdtrt_cert_type": "02", "mdtrt_cert_no": NUMBER}}
            assert client.ok("1101", asked)["baseinfo"]["psn_no"] == "ouyang"
            key = with_a_line(client, "ouyang")
            settled.append(client.ok("2207", settling(key, "20.00"))["setlinfo"]["setl_id"])
            other = make_person("other", birth="1949-12-31", status="retired", start="2018-01-01")
            try:
                register(store, other, actor=CLERK, day=day, named=named)
            except ConflictError as error:
                refused.append(str(error))

    sender = threading.Thread(target=go_on)
    file = tmp_path / "new.key"
    file.touch(mode=0o600)
    file.write_text(NEW)
    url = store.engine.url.render_as_string(hide_password=False)
    sender.start()
    try:
        command = (
            sys.executable,
            "-m",
            "yibao.cli",
            "key",
            "rotate",
            "--to",
            str(file),
            "--url",
            url,
        )
        turned = subprocess.run(
            command, capture_output=True, text=True, timeout=120, env=os.environ
        )
    finally:
        over.set()
        sender.join()
    assert turned.returncode == 0, turned.stderr
    assert "已换成指纹" in turned.stdout + turned.stderr
    assert len(settled) > 3
    assert len(refused) == len(settled)
    settled.append(client.ok("2207", settling(with_a_line(client, "ouyang"), "20.00")))
    open_visit(client, "ouyang")
    monkeypatch.setenv("YIBAO_SECRET_KEY", NEW)
    again = open_database(url)
    assert [list(StoreCheck(each, 0).faults()) for each in (store, again)] == [[], []]
    again.dispose()
