"""Operations on institutions, visits, settlements and filings."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

import yibao
from yibao.access.operations import Key
from yibao.access.permissions import Actor, may
from yibao.benefit.facts import (
    Filing,
    Institution,
)
from yibao.care import after_year, catalogue, impact, institutions
from yibao.crossing import operations as crossing

from .world import (
    DAY,
    World,
    call_of,
)

LATER = datetime.date(2026, 1, 2)


@call_of("quote")
def _quote(world: World, actor: Actor, person: str) -> None:
    world.settlements.quote(world.visit("q", person), actor=actor)


@call_of("settle")
def _settle(world: World, actor: Actor, person: str) -> None:
    world.settlements.settle(world.key(), world.visit("new", person), actor=actor)


@call_of("settle_claim")
def _settle_claim(world: World, actor: Actor, person: str) -> None:
    claim = world.visit("claim", person, channel="manual")
    world.settlements.settle(world.key(), claim, actor=actor)


@call_of("reverse")
def _reverse(world: World, actor: Actor, person: str) -> None:
    world.reversals.reverse(world.key(), person, f"{person}-settled", actor=actor)


@call_of("reverse")
def _reverse_unknown(world: World, actor: Actor, person: str) -> None:
    withdrawn = Key("h1", "settle", f"m-{person}")
    world.reversals.reverse_unknown(world.key(), withdrawn, person, actor=actor)


@call_of("readjudicate")
def _list_proposals(world: World, actor: Actor, person: str) -> None:
    world.readjudications.list_open(actor=actor, person_id=person)


@call_of("readjudicate")
def _take_proposal(world: World, actor: Actor, person: str) -> None:
    if may(actor, "readjudicate", person):
        with pytest.raises(yibao.errors.NotFoundError, match="待处理的建议"):
            world.readjudications.take(world.key(), person, ["x"], actor=actor)
        return  # nothing is proposed
    world.readjudications.take(world.key(), person, ["x"], actor=actor)


@call_of("readjudicate")
def _drop_proposal(world: World, actor: Actor, person: str) -> None:
    if may(actor, "readjudicate", person):
        with pytest.raises(yibao.errors.NotFoundError, match="待处理的建议"):
            world.readjudications.drop(world.key(), person, "x", "理由", actor=actor)
        return  # nothing is proposed
    world.readjudications.drop(world.key(), person, "x", "理由", actor=actor)


@call_of("readjudicate")
def _apply_impact(world: World, actor: Actor, person: str) -> None:
    arguments = (world.database, world.packs, world.key(), person, "x")
    if may(actor, "readjudicate", person):
        with pytest.raises(yibao.errors.ConflictError, match="请重新评估"):
            impact.apply_impact(*arguments, actor=actor, corrected=world.corrected)
        return  # nothing was proposed
    impact.apply_impact(*arguments, actor=actor, corrected=world.corrected)


@call_of("pay_after_year")
def _list_after_year(world: World, actor: Actor, person: str) -> None:
    list(
        after_year.list_after_year(
            world.database, world.packs, 2020, on=LATER, actor=actor, person_id=person
        )
    )


@call_of("pay_after_year")
def _pay_after_year(world: World, actor: Actor, person: str) -> None:
    arguments = (world.database, world.packs, world.key(), person, 2020)
    if may(actor, "pay_after_year", person):
        with pytest.raises(yibao.errors.ConflictError, match="没有要付的"):
            after_year.pay_after_year(*arguments, on=LATER, actor=actor)
        return  # nothing is owed
    after_year.pay_after_year(*arguments, on=LATER, actor=actor)


@call_of("read_settlement")
def _read_settlement(world: World, actor: Actor, person: str) -> None:
    world.settlements.read(person, f"{person}-settled", actor=actor)


@call_of("file")
def _file(world: World, actor: Actor, person: str) -> None:
    away = world.packs.area("北京市").code
    wanted = Filing(person, "long_stay", away, None, DAY, None)
    crossing.file(world.database, world.packs, world.key(), wanted, actor=actor)


@call_of("file")
def _record_filing(world: World, actor: Actor, person: str) -> None:
    wanted = Filing(person, "chronic", None, "other_diabetes", DAY, None)
    crossing.record(world.database, world.key(), wanted, actor=actor)


def _filing_of(world: World, actor: Actor, person: str) -> str:
    """One that the office made; an institution's own for that institution."""
    if actor.institution_id is None:
        return world.filing_id(person)
    own = Filing(person, "chronic", None, "other_diabetes", DAY, None)
    return str(crossing.record(world.database, world.key(), own, actor=actor)["filing_id"])


@call_of("file")
def _change_filing(world: World, actor: Actor, person: str) -> None:
    filing_id = _filing_of(world, actor, person)
    crossing.change(world.database, world.key(), person, filing_id, end=DAY, actor=actor)


@call_of("file")
def _cancel_filing(world: World, actor: Actor, person: str) -> None:
    filing_id = _filing_of(world, actor, person)
    crossing.cancel(world.database, world.key(), person, filing_id, DAY, actor=actor)


@call_of("register_institution")
def _register_institution(world: World, actor: Actor, person: str) -> None:
    pharmacy = Institution("new", world.area, "pharmacy")
    institutions.register_institution(world.database, pharmacy, actor=actor)


@call_of("register_institution")
def _change_institution(world: World, actor: Actor, person: str) -> None:
    hospital = Institution("h1", world.area, "hospital", 2)
    institutions.change_institution(world.database, hospital, DAY, actor=actor)


@call_of("register_institution")
def _end_designation(world: World, actor: Actor, person: str) -> None:
    institutions.end_designation(world.database, "h1", DAY, actor=actor)


@call_of("load_catalogue")
def _load_catalogue(world: World, actor: Actor, person: str) -> None:
    path = Path(str(world.database.engine.url.database)).with_suffix(".csv")
    if not path.exists():
        path.write_text(
            ",".join(catalogue.COLUMNS) + "\nD1,某药,A,drug,,,0,,2024-01-01,\n", encoding="utf-8"
        )
    catalogue.load_catalogue(world.database, path, actor=actor)
