"""What a sandbox is told: kept until it is taken back, and a fault happens once."""

from __future__ import annotations

import pytest

from yibao.database.unit import Database
from yibao.errors import RefusedError
from yibao.exchange import control


def test_what_is_told_is_kept_and_taken_back(sandbox: Database) -> None:
    assert control.controls(sandbox) == {}
    control.tell(sandbox, control.CLOCK, {"at": "2025-03-01"})
    control.tell(sandbox, control.CLOCK, {"at": "2025-03-02"})
    assert control.controls(sandbox) == {"clock": {"at": "2025-03-02"}}
    control.tell(sandbox, control.CLOCK, None)
    assert control.controls(sandbox) == {}


def test_a_fault_happens_once_to_the_transaction_it_is_for(sandbox: Database) -> None:
    fault = {"kind": "busy", "infno": "2207"}
    control.tell(sandbox, control.FAULT, fault)
    assert control.take_fault(sandbox, "1101") is None
    assert control.take_fault(sandbox, "2207") == fault
    assert control.take_fault(sandbox, "2207") is None


def test_a_fault_for_any_transaction_takes_the_next(sandbox: Database) -> None:
    control.tell(sandbox, control.FAULT, {"kind": "error"})
    assert control.take_fault(sandbox, "1101") == {"kind": "error"}
    assert control.take_fault(sandbox, "1101") is None


def test_only_a_sandbox_begins_again(database: Database) -> None:
    with pytest.raises(RefusedError, match="不是沙箱"):
        control.begin_again(database)


def test_a_sandbox_that_begins_again_is_empty_until_it_is_told_whole(sandbox: Database) -> None:
    control.tell_whole(sandbox)
    first = control.controls(sandbox)[control.GENERATION]
    control.tell(sandbox, control.CLOCK, {"at": "2025-03-01"})
    control.begin_again(sandbox)
    assert sandbox.is_sandbox()
    assert not control.is_whole(sandbox)
    assert control.controls(sandbox) == {}
    control.tell_whole(sandbox)
    assert control.is_whole(sandbox)
    assert control.controls(sandbox)[control.GENERATION] != first
