"""Goods that the agency pays directly to their makers, in an institution's stead.

One side draws up the delivery list and the other confirms it; another post approves, which moves
the debt from the institution to the maker; what was paid is set off in the institution's next
sheet (:mod:`yibao.clearing.sheet`).  Who owes whom does not change.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from yibao.access.chains import extend_chain
from yibao.access.errors import DeniedError
from yibao.access.names import INSTITUTION
from yibao.access.operations import Answer, Key, canonical, record_message, write_once
from yibao.access.permissions import Actor, Role, require
from yibao.care.institutions import area_of_institution
from yibao.clearing.agreements import agreement_on
from yibao.clearing.goods_lines import GoodsLine
from yibao.clearing.goods_states import (
    GOODS_MOVES,
    GOODS_WORDS,
    GoodsKind,
    GoodsMove,
    GoodsState,
)
from yibao.clearing.moves import note_move, require_on, require_single_post
from yibao.clearing.tables import clearing_goods, clearing_goods_line
from yibao.database.identifiers import new_identifier
from yibao.database.instants import civil_day, now
from yibao.database.unit import Database, Unit
from yibao.disbursement.operations import cancel_payment, order_payment, redirect_payment
from yibao.disbursement.payees import Payee
from yibao.disbursement.reading import order_state
from yibao.errors import ConflictError, InputError, NotFoundError, RefusedError
from yibao.ledger.operations import maker, payable, post
from yibao.messages import message

GOODS = "clearing_goods"
"""The purpose of the payments."""
_TERM = datetime.timedelta(days=30)
"""From the acceptance of the goods (国办发〔2021〕2号)."""
_MAKER = re.compile(r"[A-Za-z0-9-]{1,40}")
_NUMBER = re.compile(r"[\w./-]{1,40}")
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class DeliveryList:
    """What an institution accepted of a maker on one day."""

    institution_id: str
    maker: str
    """The maker's code."""
    maker_name: str
    number: str
    """Of the list, the maker's own."""
    kind: GoodsKind
    accepted_on: datetime.date
    payee: Payee


def draft_goods(
    database: Database,
    key: Key,
    asked: DeliveryList,
    lines: Sequence[GoodsLine],
    *,
    actor: Actor,
    at: datetime.datetime | None = None,
) -> Answer:
    """Hand in a list: ``goods``, ``count``, ``amount``.

    An institution hands in its own, an agency one that the maker brought.
    ``ConflictError`` where the maker's list stands already.
    """
    own = actor.role is Role.INSTITUTION
    permission = "apply_clearing" if own else "take_clearing"
    instant = (at or now()).astimezone(datetime.UTC)
    require(actor, permission, institution_id=asked.institution_id, area=actor.area)
    area = database.read(
        lambda unit: area_of_institution(unit, asked.institution_id, asked.accepted_on)
    )
    require(actor, permission, institution_id=asked.institution_id, area=area)
    _check(asked, civil_day(instant))
    content_hash = database.secrets.lasting_hash(
        canonical([msgspec.to_builtins(asked), [asdict(line) for line in lines]])
    )
    goods_id = new_identifier()
    amount = sum(line.amount for line in lines)

    def operation(unit: Unit) -> Answer:
        agreement_on(unit, asked.institution_id, asked.accepted_on)
        if _stands(unit, asked):
            raise _once_only(asked)
        unit.run(
            insert(clearing_goods),
            {
                **msgspec.to_builtins(asked),
                "accepted_on": asked.accepted_on,
                "goods_id": goods_id,
                "area": area,
                "due_on": asked.accepted_on + _TERM,
                "stands_as": "",
                "state": int(GoodsState.DRAFTED),
                "moves": 1,
                "count": len(lines),
                "amount": amount,
                "by_institution": own,
                "paper": "",
                "drafted_at": instant,
                "set_off_with": None,
            },
        )
        unit.run(
            insert(clearing_goods_line),
            [
                {
                    **asdict(line),
                    "goods_id": goods_id,
                    "number": number,
                    "institution_id": asked.institution_id,
                }
                for number, line in enumerate(lines, 1)
            ],
        )
        _note(
            unit, goods_id, asked.institution_id, 1, GoodsMove.DRAFT, GoodsState.DRAFTED,
            permission, actor, "", instant,
        )  # fmt: skip
        answer = {"goods": goods_id, "count": len(lines), "amount": amount}
        record_message(unit, key, content_hash, key.sender, answer)
        chain = f"{INSTITUTION}{asked.institution_id}"
        extend_chain(unit, chain, actor.id, GoodsMove.DRAFT.value, answer)
        return answer

    try:
        return write_once(database, key, content_hash, operation)
    except IntegrityError:
        raise _once_only(asked) from None


def _stands(unit: Unit, asked: DeliveryList) -> bool:
    column = clearing_goods.c
    query = select(column.goods_id).where(
        column.maker == asked.maker, column.number == asked.number, column.stands_as == ""
    )
    return unit.run(query.limit(1)).scalar_one_or_none() is not None


def _once_only(asked: DeliveryList) -> ConflictError:
    return ConflictError(
        message("这家企业的清单 {number} 已经交过，没有做任何改动", number=asked.number)
    )


def move_goods(
    database: Database,
    key: Key,
    goods_id: str,
    move: GoodsMove,
    *,
    actor: Actor,
    text: str = "",
    at: datetime.datetime | None = None,
) -> Answer:
    """Confirm, approve or drop: ``goods``, ``state``.

    ``text``: of a confirmation in the maker's stead its paper, of a drop the reason.
    ``DeniedError`` for the side that drew it up, or whoever acted in another post.
    """
    rule = GOODS_MOVES.get(move)
    if rule is None:
        raise InputError(message("没有这一步"), place="move")
    known = goods_row(database, goods_id)
    permission = goods_permission(move, known, actor)
    require_on(actor, permission, known)
    if move is GoodsMove.CONFIRM and known.by_institution == (actor.role is Role.INSTITUTION):
        raise DeniedError(message("清单要由另一方确认，没有做任何改动"))
    why = text.strip()
    needs_text = move is GoodsMove.DROP or (move is GoodsMove.CONFIRM and known.by_institution)
    if len(why) > _LONGEST or (needs_text and not why):
        fault = (
            message("请写原因，不超过 200 个字")
            if move is GoodsMove.DROP
            else message("请写企业确认书的编号，不超过 200 个字")
        )
        raise InputError(fault, place="reason")
    instant = (at or now()).astimezone(datetime.UTC)
    content_hash = database.secrets.lasting_hash(canonical([goods_id, move.value, why]))

    def operation(unit: Unit) -> Answer:
        row = lock_goods(unit, goods_id)
        if row.state not in rule.starts or goods_permission(move, row, actor) != permission:
            raise ConflictError(
                message("这份清单现在是“{state}”，没有做任何改动", state=GOODS_WORDS[row.state])
            )
        require_single_post(unit, goods_id, permission, actor)
        values: dict[str, Any] = {"state": int(rule.end), "moves": row.moves + 1}
        if move is GoodsMove.CONFIRM:
            values["paper"] = why
        elif move is GoodsMove.APPROVE:
            _approve(unit, row, actor, instant)
        else:
            values["stands_as"] = goods_id
            _give_up(unit, row, instant)
        change_goods(unit, goods_id, **values)
        _note(
            unit, goods_id, row.institution_id, row.moves + 1, move, rule.end,
            permission, actor, why, instant,
        )  # fmt: skip
        answer = {"goods": goods_id, "state": values["state"]}
        record_message(unit, key, content_hash, key.sender, answer)
        extend_chain(unit, f"{INSTITUTION}{row.institution_id}", actor.id, move.value, answer)
        return answer

    return write_once(database, key, content_hash, operation)


def redirect_goods(
    database: Database,
    key: Key,
    goods_id: str,
    payee: Payee,
    *,
    actor: Actor,
    at: datetime.datetime | None = None,
) -> Answer:
    """Pay to another account of the maker what the bank gave back: ``goods``, ``order``."""
    require_on(actor, "take_clearing", goods_row(database, goods_id))
    instant = (at or now()).astimezone(datetime.UTC)
    content = [goods_id, "account", msgspec.to_builtins(payee)]
    content_hash = database.secrets.lasting_hash(canonical(content))

    def operation(unit: Unit) -> Answer:
        row = lock_goods(unit, goods_id)
        require_single_post(unit, goods_id, "take_clearing", actor)
        order = order_state(unit, GOODS, goods_id)
        if order is None or not order.is_returned:
            raise ConflictError(message("没有银行退回的付款，不能换账户，没有做任何改动"))
        order_id = redirect_payment(unit, GOODS, goods_id, payee)
        change_goods(unit, goods_id, moves=row.moves + 1, payee=msgspec.to_builtins(payee))
        _note(
            unit, goods_id, row.institution_id, row.moves + 1, GoodsMove.REDIRECT, row.state,
            "take_clearing", actor, "", instant,
        )  # fmt: skip
        answer = {"goods": goods_id, "order": order_id}
        record_message(unit, key, content_hash, key.sender, answer)
        chain = f"{INSTITUTION}{row.institution_id}"
        extend_chain(unit, chain, actor.id, GoodsMove.REDIRECT.value, answer)
        return answer

    return write_once(database, key, content_hash, operation)


def goods_row(database: Database, goods_id: str) -> Any:
    """As it stands; ``NotFoundError``."""
    return database.read(lambda unit: _row(unit, goods_id, lock=False))


def lock_goods(unit: Unit, goods_id: str) -> Any:
    """One that nobody else moves until the unit ends; ``NotFoundError``."""
    return _row(unit, goods_id, lock=True)


def change_goods(unit: Unit, goods_id: str, **values: Any) -> None:
    """Write some columns."""
    unit.run(update(clearing_goods).where(clearing_goods.c.goods_id == goods_id).values(**values))


def goods_to_set_off(unit: Unit, institution_id: str) -> int:
    """A read fragment: what was paid to makers and is set off in no sheet yet, in fen."""
    query = select(func.coalesce(func.sum(clearing_goods.c.amount), 0))
    return int(unit.run(query.where(*_open(institution_id))).scalar_one())


def set_off_goods(unit: Unit, institution_id: str, application_id: str, amount: int) -> None:
    """Set off what was summed up; ``ConflictError`` where it is no longer that."""
    query = select(clearing_goods.c.goods_id, clearing_goods.c.amount).where(*_open(institution_id))
    rows = unit.run(query.with_for_update()).all()
    if sum(row.amount for row in rows) != amount:
        raise ConflictError(message("汇总以后情况变了，请退回重新汇总，没有做任何改动"))
    for row in rows:
        change_goods(unit, row.goods_id, set_off_with=application_id)


def _open(institution_id: str) -> list[ColumnElement[bool]]:
    column = clearing_goods.c
    return [
        column.institution_id == institution_id,
        column.state == int(GoodsState.PAID),
        column.set_off_with.is_(None),
    ]


def _row(unit: Unit, goods_id: str, *, lock: bool) -> Any:
    query = select(clearing_goods).where(clearing_goods.c.goods_id == goods_id)
    row = unit.run(query.with_for_update() if lock else query).one_or_none()
    if row is None:
        raise NotFoundError(message("没有交货清单 {id}", id=goods_id))
    return row


def goods_permission(move: GoodsMove, row: Any, actor: Actor) -> str:
    """Which permission a step takes of whoever asks, as a list stands."""
    if move is GoodsMove.APPROVE or row.state == GoodsState.APPROVED:
        return "confirm_clearing"
    return "apply_clearing" if actor.role is Role.INSTITUTION else "take_clearing"


def _approve(unit: Unit, row: Any, actor: Actor, at: datetime.datetime) -> None:
    _move_debt(unit, row, row.amount, at)
    order_payment(
        unit,
        GOODS,
        row.goods_id,
        chain=f"{INSTITUTION}{row.institution_id}",
        area=row.area,
        liability=maker(row.maker),
        amount=row.amount,
        payee=msgspec.convert(row.payee, Payee),
        actor=actor,
        at=at,
        due_on=row.due_on,
    )


def _give_up(unit: Unit, row: Any, at: datetime.datetime) -> None:
    """Nothing is paid any more; ``ConflictError`` while it is at the bank."""
    if row.state != GoodsState.APPROVED:
        return
    if row.set_off_with is not None:
        raise RefusedError(message("货款已经抵扣，不能作废，请换账户再付；没有做任何改动"))
    cancel_payment(unit, GOODS, row.goods_id)
    _move_debt(unit, row, -row.amount, at)


def _move_debt(unit: Unit, row: Any, amount: int, at: datetime.datetime) -> None:
    chain = f"{INSTITUTION}{row.institution_id}"
    lines = [(payable(row.institution_id), amount), (maker(row.maker), -amount)]
    post(unit, chain, new_identifier(), civil_day(at), lines)


def _note(
    unit: Unit,
    goods_id: str,
    institution_id: str,
    number: int,
    move: GoodsMove,
    state: int,
    permission: str,
    actor: Actor,
    reason: str,
    at: datetime.datetime,
) -> None:
    note_move(
        unit, goods_id, institution_id, number, move.value, state, permission, actor, reason, at
    )


def _check(asked: DeliveryList, today: datetime.date) -> None:
    if not _MAKER.fullmatch(asked.maker):
        raise InputError(message("企业编码是 1 到 40 个字母、数字和 -"), place="maker")
    if not asked.maker_name.strip() or len(asked.maker_name) > _LONGEST:
        raise InputError(message("请写企业名称"), place="maker_name")
    if not _NUMBER.fullmatch(asked.number):
        raise InputError(message("清单编号是 1 到 40 个字、字母、数字和 . / -"), place="number")
    if asked.accepted_on > today:
        raise InputError(message("验收日不能晚于今天"), place="accepted_on")
