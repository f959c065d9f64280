"""What an agency and an institution read of goods that are paid directly to makers."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import select

from yibao.access.permissions import MATRIX, Actor, Reach, area_prefix, may, require
from yibao.clearing.goods import GOODS, goods_permission
from yibao.clearing.goods_lines import GoodsLine
from yibao.clearing.goods_states import (
    GOODS_MOVES,
    GOODS_WORDS,
    GoodsKind,
    GoodsMove,
    GoodsState,
)
from yibao.clearing.moves import BANK_POST, post_of
from yibao.clearing.tables import (
    clearing_application,
    clearing_goods,
    clearing_goods_line,
    clearing_move,
)
from yibao.database.unit import Database, Unit
from yibao.disbursement.payees import Payee
from yibao.disbursement.reading import ListedOrder, order_state
from yibao.errors import NotFoundError
from yibao.messages import Text, message

_MOST = 500


@dataclass(frozen=True, slots=True)
class ListedGoods:
    """A delivery list; amounts in fen."""

    goods_id: str
    institution_id: str
    maker: str
    maker_name: str
    number: str
    kind: GoodsKind
    accepted_on: datetime.date
    due_on: datetime.date
    """The last day to pay."""
    state: GoodsState
    count: int
    amount: int
    by_institution: bool
    """Whether the institution handed it in, so that the maker has to confirm it."""
    paper: str
    """Of the maker's confirmation."""
    payee: Payee
    set_off_with: str | None
    """The application that it was set off in."""

    @property
    def state_label(self) -> Text:
        return GOODS_WORDS[self.state]


@dataclass(frozen=True, slots=True)
class GoodsStep:
    """A step of its history."""

    move: str
    actor: str
    reason: str
    at: datetime.datetime


@dataclass(frozen=True, slots=True)
class ReadGoods:
    """One list with its lines, its payment, its history, and what the reader may do now."""

    listed: ListedGoods
    lines: Sequence[GoodsLine]
    payment: ListedOrder | None
    history: Sequence[GoodsStep]
    moves: Sequence[GoodsMove]
    may_redirect: bool


def list_goods(
    database: Database, actor: Actor, *, institution_id: str | None = None
) -> Sequence[ListedGoods]:
    """Those of the area, or of one institution, the latest acceptance first."""
    require(actor, "read_clearing", area=actor.area or None, institution_id=actor.institution_id)
    column = clearing_goods.c
    query = select(clearing_goods).order_by(column.accepted_on.desc(), column.goods_id.desc())
    reach = MATRIX["read_clearing"][actor.role]
    if reach is Reach.PLACE:
        query = query.where(column.institution_id == actor.institution_id)
    elif reach is not Reach.ALL and actor.area is not None:
        query = query.where(column.area.startswith(area_prefix(actor.area)))
    if institution_id is not None:
        query = query.where(column.institution_id == institution_id)
    return database.read(
        lambda unit: [_listed(unit, row) for row in unit.run(query.limit(_MOST)).all()]
    )


def read_goods_list(database: Database, actor: Actor, goods_id: str) -> ReadGoods:
    """One; ``NotFoundError``, ``DeniedError``."""
    require(actor, "read_clearing", area=actor.area or None, institution_id=actor.institution_id)

    def fetch(unit: Unit) -> ReadGoods:
        query = select(clearing_goods).where(clearing_goods.c.goods_id == goods_id)
        row = unit.run(query).one_or_none()
        if row is None:
            raise NotFoundError(message("没有交货清单 {id}", id=goods_id))
        require(actor, "read_clearing", area=row.area, institution_id=row.institution_id)
        line, step = clearing_goods_line.c, clearing_move.c
        lines = unit.run(
            select(clearing_goods_line).where(line.goods_id == goods_id).order_by(line.number)
        ).all()
        history = unit.run(
            select(clearing_move).where(step.application_id == goods_id).order_by(step.number)
        ).all()
        order = order_state(unit, GOODS, goods_id)
        posts = {past.role for past in history if past.actor == actor.id} - {BANK_POST}
        return ReadGoods(
            _listed(unit, row),
            [GoodsLine(*_line(item._mapping)) for item in lines],
            order,
            [GoodsStep(past.move, past.actor, past.reason, past.at) for past in history],
            _moves(actor, row, posts),
            order is not None
            and order.is_returned
            and _may(actor, "take_clearing", row)
            and posts <= {post_of("take_clearing", actor)},
        )

    return database.read(fetch)


def count_goods_waiting(database: Database, actor: Actor) -> int:
    """How many lists of the area wait for the reader's post."""
    steps = {GoodsState.DRAFTED: "take_clearing", GoodsState.CONFIRMED: "confirm_clearing"}
    states = {
        state for state, permission in steps.items() if may(actor, permission, area=actor.area)
    }
    if not states:
        return 0
    return sum(
        goods.state in states and (goods.state is not GoodsState.DRAFTED or goods.by_institution)
        for goods in list_goods(database, actor)
    )


def _moves(actor: Actor, row: Any, posts: set[str]) -> Sequence[GoodsMove]:
    possible = []
    for move, rule in GOODS_MOVES.items():
        permission = goods_permission(move, row, actor)
        is_other_side = row.by_institution == (actor.institution_id is None)
        if (
            row.state in rule.starts
            and _may(actor, permission, row)
            and posts <= {post_of(permission, actor)}
            and (move is not GoodsMove.CONFIRM or is_other_side)
            and not (row.state == GoodsState.APPROVED and row.set_off_with is not None)
        ):
            possible.append(move)
    return possible


def _may(actor: Actor, permission: str, row: Any) -> bool:
    return may(actor, permission, institution_id=row.institution_id, area=row.area)


def _line(values: Any) -> tuple[str, str, int, int, int]:
    return values["code"], values["name"], values["quantity"], values["price"], values["amount"]


def _listed(unit: Unit, row: Any) -> ListedGoods:
    values = row._mapping
    return ListedGoods(
        row.goods_id,
        row.institution_id,
        row.maker,
        row.maker_name,
        row.number,
        GoodsKind(row.kind),
        row.accepted_on,
        row.due_on,
        _state(unit, row),
        values[clearing_goods.c.count],
        row.amount,
        row.by_institution,
        row.paper,
        msgspec.convert(row.payee, Payee),
        row.set_off_with,
    )


def _state(unit: Unit, row: Any) -> GoodsState:
    """As it stands; what was set off is collected until no sheet carries a debt on from there."""
    state = GoodsState(row.state)
    if state is not GoodsState.PAID or row.set_off_with is None:
        return state
    column, sheet = clearing_application.c, row.set_off_with
    while sheet is not None:
        query = select(column.carried, column.taken_by).where(column.application_id == sheet)
        application = unit.run(query).one()
        if application.carried > 0 and application.taken_by is None:
            return GoodsState.COLLECTING
        sheet = application.taken_by if application.carried > 0 else None
    return GoodsState.SET_OFF
