"""Operations on the ledger, the trail, users and keys."""

from __future__ import annotations

from yibao.access.permissions import Actor, Role
from yibao.access.seals import seal_heads
from yibao.access.users import add_user, close_user, set_password, users_of
from yibao.care import impact, replay
from yibao.jobs.operations import JobRun, run_due, runs, standings
from yibao.ledger.balances import account_statement, shared_balances, take_snapshots
from yibao.ledger.export import export_books

from .world import (
    AT,
    DAY,
    PASSWORD,
    World,
    call_of,
)


@call_of("assess_impact")
def _impact(world: World, actor: Actor, person: str) -> None:
    assert list(impact.impact(world.database, world.packs, actor=actor)) == []


@call_of("replay")
def _replay(world: World, actor: Actor, person: str) -> None:
    assert list(replay.replay(world.database, actor=actor)) == []


@call_of("rebuild")
def _rebuild(world: World, actor: Actor, person: str) -> None:
    assert list(replay.rebuild(world.database, actor=actor)) == []


@call_of("run_jobs")
def _run_jobs(world: World, actor: Actor, person: str) -> None:
    assert [run.job.name for run in _run_seal(world, actor)] == ["seal"]


def _run_seal(world: World, actor: Actor) -> list[JobRun]:
    return list(run_due(world.database, world.packs, DAY, by=actor, names=["seal"]))


@call_of("read_jobs")
def _jobs(world: World, actor: Actor, person: str) -> None:
    assert standings(world.database, actor, DAY)


@call_of("read_jobs")
def _runs(world: World, actor: Actor, person: str) -> None:
    runs(world.database, actor)


@call_of("snapshot")
def _take_snapshots(world: World, actor: Actor, person: str) -> None:
    take_snapshots(world.database, DAY, actor=actor)


@call_of("read_account")
def _account_statement(world: World, actor: Actor, person: str) -> None:
    account_statement(world.database, f"personal:{person}", DAY, DAY, actor=actor)


@call_of("read_account")
def _suspense_statement(world: World, actor: Actor, person: str) -> None:
    movements = account_statement(world.database, f"suspense:{person}", DAY, DAY, actor=actor)
    assert movements.closing == 500


@call_of("read_ledger")
def _fund_statement(world: World, actor: Actor, person: str) -> None:
    account_statement(world.database, "payable:h1", DAY, DAY, actor=actor)


@call_of("read_ledger")
def _shared_balances(world: World, actor: Actor, person: str) -> None:
    assert shared_balances(world.database, actor=actor)


@call_of("export_ledger")
def _export_books(world: World, actor: Actor, person: str) -> None:
    lines: list[str] = []
    export_books(world.database, lines.extend, actor=actor)
    assert lines


@call_of("seal")
def _seal_heads(world: World, actor: Actor, person: str) -> None:
    seal_heads(world.database, actor)


@call_of("manage_actors")
def _add_user(world: World, actor: Actor, person: str) -> None:
    add_user(world.database, actor, "new", PASSWORD, Role.AUDITOR)


@call_of("manage_actors")
def _set_password(world: World, actor: Actor, person: str) -> None:
    set_password(world.database, actor, "somebody", "another password", AT)


@call_of("manage_actors")
def _users_of(world: World, actor: Actor, person: str) -> None:
    assert users_of(world.database, actor)


@call_of("manage_actors")
def _close_user(world: World, actor: Actor, person: str) -> None:
    close_user(world.database, actor, "somebody", DAY)
