"""What a sandbox is told: kept until it is taken back, and a fault happens once."""

from __future__ import annotations

import pytest

from yibao.database.unit import Database
from yibao.errors import RefusedError
from yibao.exchange import control


def test_what_is_told_is_kept_and_taken_back(database: Database) -> None:
    assert control.controls(database) == {}
    control.tell(database, control.CLOCK, {"at": "2025-03-01"})
    control.tell(database, control.CLOCK, {"at": "2025-03-02"})
    assert control.controls(database) == {"clock": {"at": "2025-03-02"}}
    control.tell(database, control.CLOCK, None)
    assert control.controls(database) == {}


def test_a_fault_happens_once_to_the_transaction_it_is_for(database: Database) -> None:
    fault = {"kind": "busy", "infno": "2207"}
    control.tell(database, control.FAULT, fault)
    assert control.take_fault(database, "1101") is None
    assert control.take_fault(database, "2207") == fault
    assert control.take_fault(database, "2207") is None


def test_a_fault_for_any_transaction_takes_the_next(database: Database) -> None:
    control.tell(database, control.FAULT, {"kind": "error"})
    assert control.take_fault(database, "1101") == {"kind": "error"}
    assert control.take_fault(database, "1101") is None


def test_only_an_embedded_store_begins_again(database: Database) -> None:
    assert not control.is_sandbox(database)
    if database.is_postgresql:
        with pytest.raises(RefusedError, match="只清空内置的"):
            control.begin_again(database)
        return
    control.begin_again(database)
    assert control.is_sandbox(database)
    first = control.controls(database)[control.GENERATION]
    control.tell(database, control.CLOCK, {"at": "2025-03-01"})
    control.begin_again(database)
    told = control.controls(database)
    assert set(told) == {control.GENERATION}
    assert told[control.GENERATION] != first
