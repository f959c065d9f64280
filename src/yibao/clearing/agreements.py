"""What was agreed with an institution, dated; nothing of it has a default."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from yibao.access.chains import extend_chain
from yibao.access.names import INSTITUTION
from yibao.access.operations import Answer, Key, canonical, record_message, write_once
from yibao.access.permissions import Actor, require
from yibao.care.institutions import area_of_institution
from yibao.clearing.groups import PayMethod
from yibao.clearing.sums import ReturnRule
from yibao.clearing.tables import clearing_agreement
from yibao.database.instants import now
from yibao.database.unit import Database, Unit
from yibao.disbursement.payees import Payee
from yibao.errors import ConflictError, InputError, RefusedError
from yibao.messages import message
from yibao.money import BASIS

_LAST_DAY_OF_ALL_MONTHS = 28
_MOST_WORKING_DAYS = 250
MOST_COEFFICIENT = 1000
"""In hundredths."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """From ``start`` on; shares in basis points, days of limits are working days."""

    start: datetime.date
    retained_share: int
    advance_share: int | None
    """None: nothing is paid at once."""
    apply_by_day: int
    """Of the month after."""
    pay_days: int
    """Counted from the day after the time for applications is over."""
    appeal_days: int
    return_rule: ReturnRule | None
    """How the retained share comes back; None: that was not agreed yet."""
    payee: Payee
    end: datetime.date | None = None
    """The last day; None: until another one holds."""
    budget: int | None = None
    """Of a calendar year, fen; None: none was agreed."""
    method: PayMethod | None = None
    """How stays are paid; None: by items, as they were settled."""
    coefficient: int | None = None
    """Of the institution, in hundredths, with a method alone."""
    revision: int = 0


def agree(
    database: Database,
    key: Key,
    institution_id: str,
    agreement: Agreement,
    *,
    actor: Actor,
    at: datetime.datetime | None = None,
) -> Answer:
    """Enter what was agreed: ``revision``.  ``InputError`` for a figure that cannot be."""
    instant = (at or now()).astimezone(datetime.UTC)
    require(actor, "agree_clearing", area=actor.area)
    area = database.read(lambda unit: area_of_institution(unit, institution_id, agreement.start))
    require(actor, "agree_clearing", area=area)
    _check(agreement)
    content = {
        **msgspec.to_builtins(agreement),
        "institution": institution_id,
    }
    content_hash = database.secrets.lasting_hash(canonical(content))

    def operation(unit: Unit) -> Answer:
        known = _revisions(unit, institution_id)
        number = max((row.revision for row in known), default=0) + 1
        rule = agreement.return_rule
        unit.run(
            insert(clearing_agreement),
            {
                "institution_id": institution_id,
                "revision": number,
                "start": agreement.start,
                "retained_share": agreement.retained_share,
                "advance_share": agreement.advance_share,
                "apply_by_day": agreement.apply_by_day,
                "pay_days": agreement.pay_days,
                "appeal_days": agreement.appeal_days,
                "return_rule": None if rule is None else rule.value,
                "payee": msgspec.to_builtins(agreement.payee),
                "end": agreement.end,
                "budget": agreement.budget,
                "method": None if agreement.method is None else agreement.method.value,
                "coefficient": agreement.coefficient,
                "agreed_by": actor.id,
                "agreed_at": instant,
            },
        )
        answer = {"institution": institution_id, "revision": number}
        record_message(unit, key, content_hash, key.sender, answer)
        extend_chain(
            unit, f"{INSTITUTION}{institution_id}", actor.id, "agree_clearing", {"revision": number}
        )
        return answer

    try:
        return write_once(database, key, content_hash, operation)
    except IntegrityError:
        raise ConflictError(
            message("机构 {id} 的协议正被另一个人修改，请重试", id=institution_id)
        ) from None


def agreement_on(unit: Unit, institution_id: str, day: datetime.date) -> Agreement:
    """What holds on a day; ``RefusedError`` where nothing was agreed by then."""
    agreement = latest_agreement(unit, institution_id, day)
    if agreement.end is not None and agreement.end < day:
        raise RefusedError(
            message(
                "机构 {id} 的清算协议到 {end} 为止，{day} 的不能清算",
                id=institution_id,
                end=agreement.end,
                day=day,
            )
        )
    return agreement


def latest_agreement(unit: Unit, institution_id: str, day: datetime.date) -> Agreement:
    """What was agreed last by a day, also where it came to its end; ``RefusedError``: nothing."""
    begun = [row for row in _revisions(unit, institution_id) if row.start <= day]
    if not begun:
        raise RefusedError(
            message("机构 {id} 在 {day} 还没有登记清算协议，不能清算", id=institution_id, day=day)
        )
    return _agreement(begun[-1])


def agreement_of(unit: Unit, application: Any) -> Agreement:
    """The revision that an application was made under; what was agreed later changes it not."""
    return next(
        _agreement(row)
        for row in _revisions(unit, application.institution_id)
        if row.revision == application.agreement
    )


def payee_on(unit: Unit, institution_id: str, day: datetime.date) -> Payee:
    """Where an institution is paid on a day, also after an agreement came to its end."""
    return latest_agreement(unit, institution_id, day).payee


def agreements_of(unit: Unit, institution_id: str) -> list[Agreement]:
    """A read fragment: every revision, by first day."""
    return [_agreement(row) for row in _revisions(unit, institution_id)]


def _revisions(unit: Unit, institution_id: str) -> list[Any]:
    query = (
        select(clearing_agreement)
        .where(clearing_agreement.c.institution_id == institution_id)
        .order_by(clearing_agreement.c.start, clearing_agreement.c.revision)
    )
    return list(unit.run(query))


def _agreement(row: Any) -> Agreement:
    values = row._mapping
    rule = values["return_rule"]
    return Agreement(
        values["start"],
        values["retained_share"],
        values["advance_share"],
        values["apply_by_day"],
        values["pay_days"],
        values["appeal_days"],
        None if rule is None else ReturnRule(rule),
        msgspec.convert(values["payee"], Payee),
        values["end"],
        values["budget"],
        None if values["method"] is None else PayMethod(values["method"]),
        values["coefficient"],
        values["revision"],
    )


def _check(agreement: Agreement) -> None:
    if agreement.end is not None and agreement.end < agreement.start:
        raise InputError(message("最后一天不能早于第一天"), place="end")
    if agreement.budget is not None and agreement.budget <= 0:
        raise InputError(message("预算要大于零，没有就不填"), place="budget")
    if (agreement.method is None) != (agreement.coefficient is None):
        raise InputError(
            message("按病种分值或分组付费的协议要写系数，别的不写"), place="coefficient"
        )
    if agreement.coefficient is not None and not 1 <= agreement.coefficient <= MOST_COEFFICIENT:
        raise InputError(message("系数要大于零，不超过 10"), place="coefficient")
    for share, place in (
        (agreement.retained_share, "retained_share"),
        (agreement.advance_share or 0, "advance_share"),
    ):
        if not 0 <= share <= BASIS:
            raise InputError(message("应在 0 到 100 之间"), place=place)
    for number, most, place in (
        (agreement.apply_by_day, _LAST_DAY_OF_ALL_MONTHS, "apply_by_day"),
        (agreement.pay_days, _MOST_WORKING_DAYS, "pay_days"),
        (agreement.appeal_days, _MOST_WORKING_DAYS, "appeal_days"),
    ):
        if not 1 <= number <= most:
            raise InputError(
                message("{number} 应在 {least} 到 {most} 之间", number=number, least=1, most=most),
                place=place,
            )
