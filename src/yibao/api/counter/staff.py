"""The errands that an employer applies for on behalf of somebody on its roster."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

from yibao.access.operations import Answer
from yibao.api.counter.errand import Errand, ErrandCall, application_of, staff_outlook
from yibao.api.counter.errands import BY_NAME
from yibao.claims.allowances import MaternityAllowance
from yibao.employers import operations as employers
from yibao.employers.applying import require_staff

STAFF_ERRANDS: tuple[Errand, ...] = (BY_NAME["allowance"], BY_NAME["transfer-in"])
STAFF_BY_NAME = {errand.name: errand for errand in STAFF_ERRANDS}


@dataclass(frozen=True, slots=True)
class StaffOutlook:
    """What the decision on an application would come to, as far as an employer may know it."""

    days: int | None = None
    """Of a maternity allowance."""
    average: int | None = None
    """Fen a month that the employer was billed on, of a maternity allowance."""
    amount: int | None = None
    """Fen of a maternity allowance."""


def foreseen_for_staff(errand: Errand, call: ErrandCall, employer_id: str) -> StaffOutlook:
    """What would come of it; refused for whatever the decision would be refused for."""
    on = _relation_day(errand, call)
    area = require_staff(call.database, call.actor, employer_id, call.person_id, on)
    answer = staff_outlook(errand, call, area)
    return StaffOutlook(answer.get("days"), answer.get("average"), answer.get("amount"))


def done_for_staff(errand: Errand, call: ErrandCall, employer_id: str) -> Answer:
    """Open the case: ``case``, ``kind`` and ``state``."""
    return employers.apply_for_staff(
        call.database,
        call.key,
        employer_id,
        call.person_id,
        errand.kind,
        application_of(errand, call),
        on=_relation_day(errand, call),
        actor=call.actor,
        at=call.at,
    )


def _relation_day(errand: Errand, call: ErrandCall) -> datetime.date:
    """On which day the person has to be on the roster: of a birth that day, else today."""
    asked: Any = application_of(errand, call)
    return asked.on if isinstance(asked, MaternityAllowance) else call.day
