"""Reading the records of others: each asks the matrix and stands on the person's chain."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from yibao.access.trail import read_record
from yibao.database.unit import Unit
from yibao.portal.desk.frame import DeskCall

Result = TypeVar("Result")
PURPOSE = "desk"


def read_of(
    call: DeskCall, operation: str, person_id: str, fetch: Callable[[Unit], Result]
) -> Result:
    """What ``fetch`` reads of a person, if whoever sits at the desk may."""
    return read_record(call.database, call.actor, operation, person_id, fetch, purpose=PURPOSE)
