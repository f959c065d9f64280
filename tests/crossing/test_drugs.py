"""Qualifications for dual-channel drugs: seen with proof, until a day, renewed after it."""

from __future__ import annotations

import datetime
import itertools
from collections.abc import Callable
from typing import Any

import pytest

from yibao.access.errors import DeniedError
from yibao.access.operations import Key
from yibao.access.permissions import Actor, Role
from yibao.crossing.drugs import DRUG_QUALIFICATION, DrugQualification, drug_qualifications
from yibao.database.unit import Database
from yibao.errors import ConflictError
from yibao.office.documents import add_document
from yibao.office.operations import Subject, move_case, open_case
from yibao.policy.compile import PolicyLibrary

from ..support.actors import oneself
from ..support.pictures import picture
from ..support.store import Store

AT = datetime.datetime(2026, 9, 25, 2, tzinfo=datetime.UTC)
START, LAST = datetime.date(2026, 9, 25), datetime.date(2027, 3, 24)
ASKED = DrugQualification(disease="非小细胞肺癌", medicine="奥希替尼", start=START)
_SENT = itertools.count(1)


def _of(role: Role, area: str) -> Actor:
    return Actor(role.value, role, agency_id="agency", area=area, lives_here=lambda _: True)


def _key() -> Key:
    return Key("test", "drugs", f"m{next(_SENT)}")


def _accepted(database: Database, packs: PolicyLibrary, area: str, data: DrugQualification) -> str:
    me, clerk = oneself("wang"), _of(Role.CLERK, area)
    subject = Subject(area, "wang")
    opened = open_case(database, _key(), DRUG_QUALIFICATION, subject, data, actor=me, at=AT)
    case = str(opened["case"])
    with pytest.raises(ConflictError, match="诊断证明"):
        move_case(database, packs, _key(), case, "accept", actor=clerk, at=AT)
    add_document(database, _key(), case, "diagnosis", "a.jpg", picture(), actor=me, at=AT)
    move_case(database, packs, _key(), case, "accept", actor=clerk, at=AT)
    return case


def test_it_holds_until_the_day_that_the_reviewer_says_and_is_renewed_after_it(
    database: Database,
    packs: PolicyLibrary,
    area: str,
    make_person: Callable[..., Any],
    together: Callable[..., list[Any]],
) -> None:
    store = Store(database, packs)
    store.person(make_person("wang"))
    case = _accepted(database, packs, area, ASKED)

    def approve(number: str, actor: Actor, until: datetime.date | None = None) -> Any:
        key = _key()
        return move_case(database, packs, key, number, "approve", actor=actor, until=until, at=AT)

    before = store.fingerprint()
    for actor in (
        *(_of(role, area) for role in (Role.CLERK, Role.SECOND, Role.CASHIER, Role.HEAD)),
        _of(Role.REVIEWER, "110100"),
        oneself("wang"),
    ):
        with pytest.raises(DeniedError):
            approve(case, actor)
    assert store.fingerprint() == before
    reviewer = _of(Role.REVIEWER, area)
    answers = together([lambda: approve(case, reviewer, LAST) for _ in range(2)])
    assert [isinstance(answer, dict) for answer in answers].count(True) == 1
    (qualified,) = database.read(lambda unit: drug_qualifications(unit, "wang"))
    assert (qualified.medicine, qualified.start, qualified.end) == ("奥希替尼", START, LAST)

    again = _accepted(database, packs, area, ASKED)
    with pytest.raises(ConflictError, match="已经有资格"):
        approve(again, reviewer)
    later = LAST + datetime.timedelta(days=1)
    renewed = DrugQualification(disease=ASKED.disease, medicine=ASKED.medicine, start=later)
    approve(_accepted(database, packs, area, renewed), reviewer)
    starts = [row.start for row in database.read(lambda unit: drug_qualifications(unit, "wang"))]
    assert starts == [START, later]
    store.check()
