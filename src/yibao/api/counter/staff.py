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
from yibao.employers.reading import named
from yibao.errors import InputError
from yibao.messages import message

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
    _require_own_account(errand, call)
    answer = staff_outlook(errand, call, area)
    return StaffOutlook(answer.get("days"), answer.get("average"), answer.get("amount"))


def done_for_staff(errand: Errand, call: ErrandCall, employer_id: str) -> Answer:
    """Open the case: ``case``, ``kind`` and ``state``."""
    on = _relation_day(errand, call)
    require_staff(call.database, call.actor, employer_id, call.person_id, on)
    _require_own_account(errand, call)
    return employers.apply_for_staff(
        call.database,
        call.key,
        employer_id,
        call.person_id,
        errand.kind,
        application_of(errand, call),
        on=on,
        actor=call.actor,
        at=call.at,
    )


def _relation_day(errand: Errand, call: ErrandCall) -> datetime.date:
    """On which day the person has to be on the roster: of a birth that day, else today."""
    asked: Any = application_of(errand, call)
    return asked.on if isinstance(asked, MaternityAllowance) else call.day


def _require_own_account(errand: Errand, call: ErrandCall) -> None:
    """``InputError`` where an employer names another account than the person's own."""
    asked: Any = application_of(errand, call)
    if not isinstance(asked, MaternityAllowance) or asked.payee is None:
        return
    sealed = call.database.secrets
    name, _ = call.database.read(lambda unit: named(unit, sealed, call.person_id))
    if name and asked.payee.name != name:
        raise InputError(message("单位替职工申请的，收款人户名要是本人"), place="holder")
