"""Operations of clearing with institutions."""

from __future__ import annotations

import datetime

from yibao.access.errors import DeniedError
from yibao.access.permissions import Actor
from yibao.clearing import operations as clearing
from yibao.clearing import reading
from yibao.disbursement.payees import payee_of
from yibao.errors import RefusedError

from .world import World, call_of


@call_of("agree_clearing")
def _agree(world: World, actor: Actor, person: str) -> None:
    payee = payee_of("医院", "工商银行", "6217000012345678")
    agreement = clearing.Agreement(datetime.date(2025, 1, 1), 500, None, 10, 20, 5, None, payee)
    clearing.agree(world.database, world.key(), "h1", agreement, actor=actor)


@call_of("apply_clearing")
def _apply(world: World, actor: Actor, person: str) -> None:
    try:
        clearing.apply_for_month(
            world.database,
            world.key(),
            clearing.AppliedFor("h1", 202401, "11"),
            clearing.MonthTotals(0, 0, 0, 0, 0),
            eligible=0,
            actor=actor,
        )
    except RefusedError as error:  # nothing was agreed
        if isinstance(error, DeniedError):
            raise


@call_of("read_clearing")
def _read_months(world: World, actor: Actor, person: str) -> None:
    assert reading.months_to_apply(world.database, actor, "h1", 202401) == []
