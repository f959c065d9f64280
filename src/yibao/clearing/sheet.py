"""The sheet of an application: its sum, its postings when it is signed, and its payments."""

from __future__ import annotations

import datetime
from collections import Counter
from typing import Any

import msgspec
from sqlalchemy import func, select, update

from yibao.access.chains import extend_chain
from yibao.access.names import INSTITUTION
from yibao.access.operations import Answer, Key, canonical, record_message, write_once
from yibao.access.permissions import Actor
from yibao.clearing.agreements import agreement_of, payee_on
from yibao.clearing.applications import AppliedFor, by_fund
from yibao.clearing.disbursing import ADVANCE, MONTH
from yibao.clearing.goods import goods_to_set_off, set_off_goods
from yibao.clearing.moves import (
    application_row,
    change_application,
    lock_application,
    note_move,
    require_on,
    require_single_post,
    require_state,
)
from yibao.clearing.points import adjusted_by_fund
from yibao.clearing.states import SETTLED, YEAR_END, ClearingState
from yibao.clearing.sums import MonthSum, instant_advance, month_sum
from yibao.clearing.tables import clearing_application, clearing_doubt
from yibao.clearing.years import returned_of, withheld_by_fund
from yibao.database.identifiers import new_identifier
from yibao.database.instants import now
from yibao.database.unit import Database, Unit
from yibao.disbursement.operations import cancel_payment, order_payment, redirect_payment
from yibao.disbursement.payees import Payee
from yibao.disbursement.reading import order_state
from yibao.disbursement.states import OrderState
from yibao.errors import ConflictError, RefusedError
from yibao.ledger.operations import Line, advance, payable, post, retained
from yibao.messages import message

_CHINA = datetime.timezone(datetime.timedelta(hours=8))


def order_advance(
    database: Database,
    key: Key,
    application_id: str,
    *,
    actor: Actor,
    at: datetime.datetime | None = None,
) -> Answer:
    """Order what the agreement pays at once of an application that was taken in: ``amount``."""
    row = application_row(database, application_id)
    require_on(actor, "advance_clearing", row)
    instant = (at or now()).astimezone(datetime.UTC)
    content_hash = database.secrets.lasting_hash(canonical([application_id, ADVANCE]))

    def operation(unit: Unit) -> Answer:
        application = lock_application(unit, application_id)
        require_state(application, ClearingState.ACCEPTED, ClearingState.IN_REVIEW)
        require_single_post(unit, application_id, "advance_clearing", actor)
        agreement = agreement_of(unit, application)
        if agreement.advance_share is None:
            raise RefusedError(message("协议没有写先付，不能先付"))
        amount = instant_advance(application.fund, agreement.advance_share)
        if not amount:
            raise RefusedError(message("没有可以先付的"))
        order_payment(
            unit,
            ADVANCE,
            application_id,
            chain=f"{INSTITUTION}{application.institution_id}",
            area=application.area,
            liability=advance(application.institution_id),
            amount=amount,
            payee=agreement.payee,
            actor=actor,
            at=instant,
            due_on=application.due_on,
        )
        number = application.moves + 1
        change_application(unit, application_id, moves=number)
        note_move(
            unit,
            application_id,
            application.institution_id,
            number,
            ADVANCE,
            application.state,
            "advance_clearing",
            actor,
            "",
            instant,
        )
        answer = {"application": application_id, "amount": amount}
        record_message(unit, key, content_hash, key.sender, answer)
        chain = f"{INSTITUTION}{application.institution_id}"
        extend_chain(unit, chain, actor.id, ADVANCE, answer)
        return answer

    return write_once(database, key, content_hash, operation)


def redirect_month(
    database: Database,
    key: Key,
    application_id: str,
    payee: Payee,
    *,
    actor: Actor,
    at: datetime.datetime | None = None,
) -> Answer:
    """Pay to another account what the bank gave back: ``application``, ``order``."""
    row = application_row(database, application_id)
    require_on(actor, "take_clearing", row)
    instant = (at or now()).astimezone(datetime.UTC)
    content = [application_id, "account", msgspec.to_builtins(payee)]
    content_hash = database.secrets.lasting_hash(canonical(content))

    def operation(unit: Unit) -> Answer:
        application = lock_application(unit, application_id)
        require_state(application, ClearingState.SIGNED)
        require_single_post(unit, application_id, "take_clearing", actor)
        order = order_state(unit, MONTH, application_id)
        if order is None or not order.is_returned:
            raise ConflictError(message("没有银行退回的付款，不能换账户，没有做任何改动"))
        order_id = redirect_payment(unit, MONTH, application_id, payee)
        number = application.moves + 1
        change_application(unit, application_id, moves=number)
        note_move(
            unit,
            application_id,
            application.institution_id,
            number,
            "redirect_clearing",
            application.state,
            "take_clearing",
            actor,
            "",
            instant,
        )
        answer = {"application": application_id, "order": order_id}
        record_message(unit, key, content_hash, key.sender, answer)
        chain = f"{INSTITUTION}{application.institution_id}"
        extend_chain(unit, chain, actor.id, "redirect_clearing", answer)
        return answer

    return write_once(database, key, content_hash, operation)


def expected_sum(unit: Unit, row: Any) -> MonthSum:
    """A read fragment: what an application comes to as everything stands now."""
    return _sum(unit, row)[0]


def sum_up(unit: Unit, row: Any) -> dict[str, int]:
    """The columns of the sum, from what stands now."""
    result, columns = _sum(unit, row)
    return {
        **columns,
        "retained": result.retained,
        "paid": result.paid,
        "carried": result.carried,
    }


def _sum(unit: Unit, row: Any) -> tuple[MonthSum, dict[str, int]]:
    agreement = agreement_of(unit, row)
    doubts = clearing_doubt.c
    deducted = _total(unit, doubts.confirmed, doubts.application_id == row.application_id)
    given_back = _total(unit, doubts.given_back, *_to_give_back(row))
    carried_in = _total(unit, clearing_application.c.carried, *_carried_to(row))
    paid_before = order_state(unit, ADVANCE, row.application_id)
    is_paid = paid_before is not None and paid_before.state is OrderState.PAID
    advanced = paid_before.amount if paid_before is not None and is_paid else 0
    columns = {
        "deducted": deducted,
        "given_back": given_back,
        "advanced": advanced,
        "carried_in": carried_in,
    }
    adjusted = sum(adjusted_by_fund(unit, row).values())
    goods = goods_to_set_off(unit, row.institution_id)
    in_full, share = row.account, agreement.retained_share
    if row.clear_type == YEAR_END:
        back = returned_of(unit, row)
        in_full, share = back.returned, 0
        columns |= {"returned": back.returned, "withheld": back.withheld}
    result = month_sum(
        row.fund,
        deducted=deducted,
        given_back=given_back,
        retained_share=share,
        advanced=advanced,
        carried_in=carried_in,
        goods=goods,
        in_full=in_full,
        adjusted=adjusted,
    )
    if goods or row.goods is not None:
        columns["goods"] = goods
    if adjusted or row.adjusted is not None:
        columns["adjusted"] = adjusted
    return result, columns


def drop_advance(unit: Unit, row: Any) -> None:
    """Pay nothing in advance any more; ``ConflictError`` where it went out, or is at the bank."""
    if order_state(unit, ADVANCE, row.application_id) is None:
        return
    if not cancel_payment(unit, ADVANCE, row.application_id):
        raise ConflictError(message("先付的钱已经付给机构，不能撤销，请审核到底；没有做任何改动"))


def sign_sheet(unit: Unit, row: Any, actor: Actor, at: datetime.datetime) -> dict[str, Any]:
    """Post the sum and order its payment; ``ConflictError`` where it is no longer what was summed.

    An advance that has not gone out is not paid any more.
    """
    if order_state(unit, ADVANCE, row.application_id) is not None:
        cancel_payment(unit, ADVANCE, row.application_id)
    result = sum_up(unit, row)
    if any(getattr(row, name) != amount for name, amount in result.items()):
        raise ConflictError(message("汇总以后情况变了，请退回重新汇总，没有做任何改动"))
    post(
        unit,
        f"{INSTITUTION}{row.institution_id}",
        new_identifier(),
        at.astimezone(_CHINA).date(),
        _postings(unit, row),
    )
    set_off_goods(unit, row.institution_id, row.application_id, row.goods or 0)
    unit.run(update(clearing_doubt).where(*_to_give_back(row)).values(back_with=row.application_id))
    carried = select(clearing_application.c.application_id).where(*_carried_to(row))
    for earlier in unit.run(carried).scalars().all():
        change_application(unit, earlier, taken_by=row.application_id)
    if not row.paid:
        return {"state": int(ClearingState.PAID_OUT)}
    order_payment(
        unit,
        MONTH,
        row.application_id,
        chain=f"{INSTITUTION}{row.institution_id}",
        area=row.area,
        liability=payable(row.institution_id),
        amount=row.paid,
        payee=payee_on(unit, row.institution_id, at.astimezone(_CHINA).date()),
        actor=actor,
        at=at,
        due_on=row.due_on,
    )
    return {}


def _postings(unit: Unit, row: Any) -> list[Line]:
    owed = payable(row.institution_id)
    lines: list[Line] = []
    for name, amount in adjusted_by_fund(unit, row).items():
        lines += [(name, amount), (owed, -amount)]
    for name, amount in _by_fund(unit, row, row.deducted):
        lines += [(owed, amount), (name, -amount)]
    doubts = clearing_doubt.c
    query = select(doubts.application_id, doubts.given_back).where(*_to_give_back(row))
    for doubt in unit.run(query.order_by(doubts.doubt_id)).all():
        earlier = unit.run(
            select(clearing_application).where(
                clearing_application.c.application_id == doubt.application_id
            )
        ).one()
        for name, amount in _by_fund(unit, earlier, doubt.given_back):
            lines += [(name, amount), (owed, -amount)]
    if row.clear_type == YEAR_END:
        withheld = withheld_by_fund(unit, row, row.withheld)
        lines += [(retained(row.institution_id), row.returned + row.withheld)]
        lines += [(owed, -row.returned), *((name, -amount) for name, amount in withheld)]
    lines += [(owed, row.retained), (retained(row.institution_id), -row.retained)]
    lines += [(owed, row.advanced), (advance(row.institution_id), -row.advanced)]
    return lines


def corrections_by_fund(unit: Unit, row: Any) -> dict[str, int]:
    """A read fragment: what a signed sheet changed of what the funds had paid, fen by fund."""
    changed: Counter[str] = Counter(adjusted_by_fund(unit, row))
    changed.subtract(dict(_by_fund(unit, row, row.deducted)))
    doubts = clearing_doubt.c
    query = select(doubts.application_id, doubts.given_back).where(
        doubts.back_with == row.application_id
    )
    for doubt in unit.run(query).all():
        earlier = select(clearing_application).where(
            clearing_application.c.application_id == doubt.application_id
        )
        changed.update(dict(_by_fund(unit, unit.run(earlier).one(), doubt.given_back)))
    if row.clear_type == YEAR_END:
        changed.subtract(dict(withheld_by_fund(unit, row, row.withheld)))
    return dict(changed)


def _by_fund(unit: Unit, row: Any, amount: int) -> list[Line]:
    """An amount over the funds that paid for the month, by what each paid, exactly."""
    asked = AppliedFor(row.institution_id, row.month, row.clear_type, row.scheme, row.home_area)
    return by_fund(unit, asked, amount)


def _to_give_back(row: Any) -> list[Any]:
    doubts = clearing_doubt.c
    return [
        doubts.institution_id == row.institution_id,
        doubts.application_id != row.application_id,
        doubts.given_back > 0,
        doubts.back_with.is_(None),
    ]


def _carried_to(row: Any) -> list[Any]:
    column = clearing_application.c
    return [
        column.institution_id == row.institution_id,
        column.application_id != row.application_id,
        column.state.in_([int(state) for state in SETTLED]),
        column.carried != 0,
        column.taken_by.is_(None),
    ]


def _total(unit: Unit, column: Any, *conditions: Any) -> int:
    return int(unit.run(select(func.coalesce(func.sum(column), 0)).where(*conditions)).scalar_one())
