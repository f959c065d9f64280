"""An errand at the counter: what it asks for, what it would change, and the doing.

What needs no second person is done at once by the operation of its room; what needs one opens
a case, whose effect is rehearsed first: what the decision would be refused for is refused here.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec

from yibao.access.operations import Answer, Key
from yibao.access.permissions import Actor, officer, require
from yibao.benefit.facts import Person
from yibao.database.identifiers import new_identifier
from yibao.database.instants import civil_day
from yibao.database.joined import rehearse
from yibao.database.unit import Database, Unit
from yibao.inquiry.fields import Field, Values
from yibao.insured.enrolment.cover import REASONS, CoverInterval, cover_intervals, cover_rows
from yibao.insured.payments.upcoming import NextDue, next_due
from yibao.ledger.fragments import own_balance
from yibao.messages import NOTHING, Message, Text, Wording, message
from yibao.office.kinds import Decided, kind_of
from yibao.office.operations import Subject, open_case
from yibao.policy.compile import PolicyLibrary
from yibao.record.used import held_state

APPROVE = "approve"
"""The move whose effect a case is opened for."""


@dataclass(frozen=True, slots=True)
class ErrandCall:
    """Somebody asks for an errand."""

    database: Database
    library: PolicyLibrary
    actor: Actor
    key: Key
    person_id: str
    """Whose it is; empty where somebody is to be registered."""
    values: Values
    at: datetime.datetime

    @property
    def day(self) -> datetime.date:
        """The civil day in China."""
        return civil_day(self.at)


@dataclass(frozen=True, slots=True)
class ErrandSetting:
    """For whom the inputs of an errand are shown."""

    library: PolicyLibrary
    facts: Person | None = None
    """None: for nobody yet, or for whoever a program names."""
    relatives: Mapping[str, str] = field(default_factory=dict)
    """Names of those on record, by id."""
    day: datetime.date | None = None
    """On which it is asked; None: whenever a program asks."""


@dataclass(frozen=True, slots=True)
class Errand:
    """One thing that is done at the counter."""

    name: str
    """In the addresses of its page and of its operation."""
    id: str
    """Of the operation."""
    title: Message
    permission: str
    inputs: Callable[[ErrandSetting], tuple[Field, ...]]
    example: Mapping[str, Any]
    """A body of the API; an empty ``area`` stands for one whose rules are known."""
    carry_out: Callable[[ErrandCall], Answer] | None = None
    kind: str = ""
    """Of the case that is opened where ``carry_out`` is None."""
    application: Callable[[ErrandCall], msgspec.Struct] | None = None
    """What the case asks for."""
    move: str = APPROVE
    """The step of that case whose effect is shown before it is opened."""
    of_nobody: bool = False
    """Somebody is registered by it."""
    lead: Wording = NOTHING
    then: Message | None = None
    """What follows once the case is open, where it is not a decision on documents."""
    touches_account: bool = False
    """Whether the personal account is another one afterwards."""

    @property
    def opens_case(self) -> bool:
        """Whether a second person decides."""
        return self.carry_out is None


@dataclass(frozen=True, slots=True)
class Standing:
    """What holds for a person before or after an errand."""

    cover: tuple[CoverInterval, ...] = ()
    """What is known of the days from today on."""
    due: NextDue | None = None
    balance: int | None = None
    """Of the personal account, in fen; None: there is none."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """What an errand changes."""

    answer: Answer
    before: Standing | None
    """None: nobody was on record."""
    after: Standing


def standing(unit: Unit, library: PolicyLibrary, person_id: str, day: datetime.date) -> Standing:
    """Cover and next payment of somebody, as the unit sees the record."""
    facts, _ = held_state(unit, person_id)
    # Of somebody whom another system registered none was recorded.
    known = cover_rows(unit, person_id) or cover_intervals(library, facts)
    spells = tuple(spell for spell in known if spell.end is None or spell.end >= day)
    return Standing(spells, next_due(library, facts, day), own_balance(unit, person_id))


def outlook(errand: Errand, call: ErrandCall) -> Outlook:
    """What the errand, or the approval of its case, would change; nothing is left behind."""
    require_errand(errand, call)
    return _looked_ahead(call, lambda trial: _effect(errand, trial))


def staff_outlook(errand: Errand, call: ErrandCall, area: str) -> Answer:
    """What the decision would answer, and be refused for; nothing of the person beside it."""

    def rehearsed(database: Database) -> Answer:
        trial = replace(
            call, database=database, key=Key(call.actor.id, "rehearse", new_identifier())
        )
        return _approved(trial, errand.kind, area, application_of(errand, trial), errand.move)

    return rehearse(call.database, rehearsed)


def case_outlook(call: ErrandCall, kind: str, area: str, data: Any, move: str = APPROVE) -> Outlook:
    """What the approval of a case would change; the caller has checked who reads."""
    return _looked_ahead(call, lambda trial: _approved(trial, kind, area, data, move))


def _looked_ahead(call: ErrandCall, effect: Callable[[ErrandCall], Answer]) -> Outlook:
    def rehearsed(database: Database) -> Outlook:
        before = None
        if call.person_id:
            before = database.read(
                lambda unit: standing(unit, call.library, call.person_id, call.day)
            )
        trial = Key(call.actor.id, "rehearse", new_identifier())
        answer = effect(replace(call, database=database, key=trial))
        whose = str(answer.get("person", call.person_id))
        after = database.read(lambda unit: standing(unit, call.library, whose, call.day))
        return Outlook(answer, before if whose == call.person_id else None, after)

    return rehearse(call.database, rehearsed)


def done(errand: Errand, call: ErrandCall) -> Answer:
    """Do it, or open its case: what the operation answers, or ``case``, ``kind``, ``state``."""
    require_errand(errand, call)
    if errand.carry_out is not None:
        return errand.carry_out(call)
    return open_case(
        call.database,
        call.key,
        errand.kind,
        Subject(home_of(call), call.person_id),
        application_of(errand, call),
        actor=call.actor,
        at=call.at,
    )


def require_errand(errand: Errand, call: ErrandCall) -> None:
    """``DeniedError`` for whoever may not do it for this person."""
    if errand.of_nobody:
        require(call.actor, errand.permission, area=call.actor.area)
    else:
        require(call.actor, errand.permission, call.person_id)


def _effect(errand: Errand, call: ErrandCall) -> Answer:
    if errand.carry_out is not None:
        return errand.carry_out(call)
    return _approved(call, errand.kind, home_of(call), application_of(errand, call), errand.move)


def _approved(call: ErrandCall, kind: str, area: str, data: Any, move: str) -> Answer:
    effect = kind_of(kind).move(move).effect
    assert effect is not None
    decided = Decided(
        case_id="",
        person_id=call.person_id,
        institution_id=None,
        area=area,
        data=data,
        actor=officer(call.actor.id),
        key=call.key,
        reason="",
        day=call.day,
        at=call.at,
    )
    return effect(call.database, call.library, decided)


def application_of(errand: Errand, call: ErrandCall) -> msgspec.Struct:
    """What the case of an errand asks for; ``InputError`` for what cannot be."""
    assert errand.application is not None
    return errand.application(call)


def home_of(call: ErrandCall) -> str:
    """The area whose office decides for the person."""
    facts, _ = call.database.read(lambda unit: held_state(unit, call.person_id))
    enrolment = facts.enrolment_on(call.day)
    return facts.area if enrolment is None else enrolment.area


# --- words ---------------------------------------------------------------------------------------


def cover_text(spell: CoverInterval) -> Text:
    """Days and what holds on them."""
    said = REASONS[spell.reason]
    if spell.end is None:
        return message("{start} 起：{said}", start=spell.start, said=said)
    return message("{start} 至 {end}：{said}", start=spell.start, end=spell.end, said=said)


def cover_texts(spells: Sequence[CoverInterval]) -> list[Text]:
    """The spells in words; of nobody's cover one sentence."""
    return [cover_text(spell) for spell in spells] or [message("没有待遇")]
