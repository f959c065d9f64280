"""Operations on payments out of the bank."""

from __future__ import annotations

import contextlib

from yibao.access.permissions import Actor
from yibao.disbursement import operations as payments
from yibao.disbursement import reading
from yibao.errors import ConflictError, NotFoundError

from .world import World, call_of


@call_of("draft_payments")
def _draft_batch(world: World, actor: Actor, person: str) -> None:
    with contextlib.suppress(ConflictError):  # nothing waits
        payments.draft_batch(world.database, world.key(), world.area, actor=actor)


@call_of("sign_payments")
def _sign_batch(world: World, actor: Actor, person: str) -> None:
    with contextlib.suppress(NotFoundError):
        payments.sign_batch(world.database, world.key(), "none", actor=actor)


@call_of("send_payments")
def _send_batch(world: World, actor: Actor, person: str) -> None:
    with contextlib.suppress(NotFoundError):
        payments.send_batch(world.database, world.key(), "none", actor=actor)


@call_of("drop_payments")
def _drop_batch(world: World, actor: Actor, person: str) -> None:
    with contextlib.suppress(NotFoundError):
        payments.drop_batch(world.database, world.key(), "none", "错了", actor=actor)


@call_of("answer_payments")
def _book_answers(world: World, actor: Actor, person: str) -> None:
    assert payments.book_answers(world.database, [], actor=actor) == []


@call_of("read_payments")
def _read_payments(world: World, actor: Actor, person: str) -> None:
    assert reading.payments(world.database, actor).batches == []
