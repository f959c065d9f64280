"""Real or sandbox: said when a store is made, and never again."""

from __future__ import annotations

import pytest
from sqlalchemy import insert, select, text, update
from sqlalchemy.exc import DBAPIError

from yibao.database.migrating import upgrade
from yibao.database.nature import Nature
from yibao.database.tables import store_nature
from yibao.database.unit import Database, open_database
from yibao.errors import RefusedError, YibaoError
from yibao.exchange import control
from yibao.insured.payments.channels import channels_of


@pytest.mark.parametrize("nature", list(Nature))
def test_a_store_stays_what_it_was_made(empty_url: str, nature: Nature) -> None:
    database = open_database(empty_url)
    assert database.is_empty()
    upgrade(database, new=nature)
    for new in Nature:
        upgrade(database, new=new)
        assert database.is_sandbox() is (nature is Nature.SANDBOX)
    assert not database.is_empty()
    database.dispose()


@pytest.mark.parametrize("nature", list(Nature))
def test_the_database_itself_keeps_the_mark(empty_url: str, nature: Nature) -> None:
    database = open_database(empty_url)
    upgrade(database, new=nature)
    for statement in (
        update(store_nature).values(nature=Nature.SANDBOX),
        store_nature.delete(),
        insert(store_nature).values(number=1, nature=Nature.SANDBOX),
        insert(store_nature).values(number=2, nature=Nature.SANDBOX),
    ):
        with pytest.raises((YibaoError, DBAPIError)), database.unit() as unit:
            unit.run(statement)
        rows = database.read(lambda unit: unit.run(select(store_nature)).all())
        assert [tuple(row) for row in rows] == [(1, nature)]
    database.dispose()


def test_a_store_without_the_mark_is_real(database: Database) -> None:
    with database.unit() as unit:
        unit.run(text("DROP TABLE store_nature"))
    assert not database.is_sandbox()


def test_nothing_that_is_made_up_enters_a_real_store(database: Database) -> None:
    assert channels_of(database) == {}
    for name in (control.CLOCK, control.FAULT, control.GENERATION, control.DEMO):
        with pytest.raises(RefusedError, match="不是沙箱"):
            control.tell(database, name, {})
    with pytest.raises(RefusedError, match="不是沙箱"):
        control.begin_again(database)
    assert control.controls(database) == {}


def test_every_sandbox_begins_with_channels_of_its_own(empty_url: str) -> None:
    database = open_database(empty_url)
    upgrade(database, new=Nature.SANDBOX)
    assert "wechat" in channels_of(database)
    database.dispose()
