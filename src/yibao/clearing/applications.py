"""An application for a month: what the institution states against the books, once."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import ColumnElement, insert, or_, select, true

from yibao.access.chains import extend_chain
from yibao.access.names import INSTITUTION
from yibao.access.operations import Answer, Key, Then, canonical, record_message, write_once
from yibao.access.permissions import Actor, require
from yibao.care.institutions import area_of_institution
from yibao.clearing.agreements import agreement_on
from yibao.clearing.moves import note_move
from yibao.clearing.states import YEAR_END, ClearingMove, ClearingState
from yibao.clearing.sums import shared_out
from yibao.clearing.tables import clearing_application
from yibao.database.identifiers import new_identifier
from yibao.database.instants import now
from yibao.database.unit import Database, Unit
from yibao.errors import ConflictError, InputError, RefusedError
from yibao.exchange.months import BookedMonth, booked_month, month_days
from yibao.ledger.operations import fund
from yibao.messages import Fen, Message, Statements, message
from yibao.office.clock import due_on

_LAYER = "pooled"
"""Where a deduction comes back to, and what is given back comes from."""
_CHINA = datetime.timezone(datetime.timedelta(hours=8))


@dataclass(frozen=True, slots=True)
class AppliedFor:
    """What an application is for; an empty scheme or home area stands for all of them."""

    institution_id: str
    month: int
    """yyyymm."""
    clear_type: str
    scheme: str = ""
    home_area: str = ""


@dataclass(frozen=True, slots=True)
class MonthTotals:
    """Sums of a month: what an institution states, or what the books say; fen."""

    count: int
    """Settlements less reversals."""
    total: int
    fund: int
    account: int
    cash: int


def booked_groups(unit: Unit, asked: AppliedFor) -> Sequence[BookedMonth]:
    """A read fragment: what the books have of it, by scheme and home area."""
    if asked.clear_type == YEAR_END:
        return []
    return [
        group
        for group in booked_month(unit, asked.institution_id, asked.month)
        if group.clear_type == asked.clear_type
        and asked.scheme in ("", group.scheme)
        and asked.home_area in ("", group.home_area)
    ]


def by_fund(unit: Unit, asked: AppliedFor, amount: int) -> list[tuple[str, int]]:
    """An amount over the funds that paid for a month, by what each paid, exactly."""
    if not amount:
        return []
    paying = [group for group in booked_groups(unit, asked) if group.fund > 0]
    parts = shared_out(amount, [group.fund for group in paying])
    names = [fund(group.home_area, group.scheme, _LAYER) for group in paying]
    return list(zip(names, parts, strict=True))


def totals_of(groups: Sequence[BookedMonth]) -> MonthTotals:
    """The sum of some groups."""
    return MonthTotals(
        sum(group.count for group in groups),
        sum(group.total for group in groups),
        sum(group.fund for group in groups),
        sum(group.account for group in groups),
        sum(group.cash for group in groups),
    )


def differences(stated: MonthTotals, booked: MonthTotals) -> list[Message]:
    """Every figure that is not the same, with both."""
    amounts = (
        (message("医疗费总额"), stated.total, booked.total),
        (message("基金申报总额"), stated.fund, booked.fund),
        (message("个人账户支出"), stated.account, booked.account),
        (message("现金支付金额"), stated.cash, booked.cash),
    )
    wrong = [
        message("{name} 机构 {theirs}、平台 {ours}", name=name, theirs=Fen(theirs), ours=Fen(ours))
        for name, theirs, ours in amounts
        if theirs != ours
    ]
    if stated.count != booked.count:
        wrong.append(
            message("清算人次 机构 {theirs}、平台 {ours}", theirs=stated.count, ours=booked.count)
        )
    return wrong


def apply_for_month(
    database: Database,
    key: Key,
    asked: AppliedFor,
    stated: MonthTotals,
    *,
    eligible: int,
    way: str = "",
    actor: Actor,
    at: datetime.datetime | None = None,
    then: Then[Answer] | None = None,
) -> Answer:
    """Apply: ``application``.  ``eligible``: what the institution takes the insurance to recognize.

    ``RefusedError`` with every difference from the books, before the month is over, or with
    nothing to apply for; ``ConflictError`` where it was applied for.
    """
    instant = (at or now()).astimezone(datetime.UTC)
    today = instant.astimezone(_CHINA).date()
    _, last = _days(asked.month)
    area = database.read(lambda unit: area_of_institution(unit, asked.institution_id, last))
    require(actor, "apply_clearing", institution_id=asked.institution_id, area=area)
    if today <= last:
        raise RefusedError(message("{month} 还没有过完，过完以后再申报", month=str(asked.month)))
    if not 0 <= eligible <= max(stated.total, 0):
        raise InputError(message("医保认可费用总额不能多于医疗费总额"), place="med_sumfee")
    content_hash = database.secrets.lasting_hash(
        canonical([asdict(asked), asdict(stated), eligible, way])
    )

    def operation(unit: Unit) -> Answer:
        agreement = agreement_on(unit, asked.institution_id, last)
        groups = booked_groups(unit, asked)
        booked = totals_of(groups)
        wrong = differences(stated, booked)
        if wrong:
            raise RefusedError(message("与平台的账不符：{wrong}", wrong=Statements(wrong)))
        if not groups:
            raise RefusedError(message("这个月没有这一类的结算，不用申报"))
        _require_new(unit, asked)
        application_id = new_identifier()
        closes = _apply_by(last, agreement.apply_by_day)
        unit.run(
            insert(clearing_application),
            {
                "application_id": application_id,
                **asdict(asked),
                "stands_as": "",
                "area": area,
                "state": int(ClearingState.APPLIED),
                "moves": 1,
                "agreement": agreement.revision,
                "due_on": due_on(max(closes, today), agreement.pay_days)[0],
                "way": way,
                **asdict(booked),
                "eligible": eligible,
                **dict.fromkeys(_NOT_YET, 0),
                "applied_at": instant,
            },
        )
        note_move(
            unit,
            application_id,
            asked.institution_id,
            1,
            ClearingMove.APPLY,
            ClearingState.APPLIED,
            "apply_clearing",
            actor,
            "",
            instant,
        )
        answer = {"application": application_id}
        record_message(unit, key, content_hash, key.sender, answer)
        content = {"application": application_id, "month": asked.month}
        extend_chain(
            unit, f"{INSTITUTION}{asked.institution_id}", actor.id, "apply_clearing", content
        )
        # The chain's row is held from here on: of two that overlap the second sees the first.
        _require_new(unit, asked, besides=application_id)
        return answer if then is None else then.answer(unit, key.sender, answer)

    return write_once(database, key, content_hash, operation, then=then)


_NOT_YET = ("deducted", "given_back", "retained", "advanced", "carried_in", "paid", "carried")


def _require_new(unit: Unit, asked: AppliedFor, besides: str = "") -> None:
    column = clearing_application.c
    query = select(column.application_id).where(
        column.institution_id == asked.institution_id,
        column.month == asked.month,
        column.clear_type == asked.clear_type,
        column.stands_as == "",
        column.application_id != besides,
        _overlaps(column.scheme, asked.scheme),
        _overlaps(column.home_area, asked.home_area),
    )
    earlier = unit.run(query.limit(1)).scalar_one_or_none()
    if earlier is not None:
        raise ConflictError(
            message("这个月这一类已经申报过（{application}），要改请先撤销", application=earlier)
        )


def _overlaps(column: Any, wanted: str) -> ColumnElement[bool]:
    if not wanted:
        return true()
    return or_(column == "", column == wanted)


def _days(month: int) -> tuple[datetime.date, datetime.date]:
    try:
        return month_days(month)
    except ValueError:
        raise InputError(message("{month} 不是月份", month=str(month)), place="setlym") from None


def _apply_by(last: datetime.date, day: int) -> datetime.date:
    return (last + datetime.timedelta(days=1)).replace(day=day)
