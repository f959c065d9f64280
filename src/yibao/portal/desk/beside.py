"""What the rules say beside what is asked, by kind of case, and what a decision changes in yuan.

The figures come from the same functions that settle and draw: nothing is worked out here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from yibao import library
from yibao.access.permissions import may
from yibao.aid.applications import GRANT_REVIEW, GrantApplication
from yibao.benefit.explain import Step
from yibao.benefit.facts import Grant
from yibao.errors import RefusedError
from yibao.inquiry.words import RELATION
from yibao.messages import Fen, Text, message, message_in
from yibao.office.reading import CasePage
from yibao.policy.kinds import RelationKind
from yibao.portal.desk.frame import DeskCall
from yibao.portal.desk.reading import read_of
from yibao.portal.own.words import days
from yibao.record import account, insurance, used


@dataclass(frozen=True, slots=True)
class DecisionOutcome:
    """What one way of deciding comes to."""

    label: Text
    amount: int
    note: Text = ""
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class Beside:
    """What stands next to a case."""

    what: Text
    amount: int | None
    """Fen; None where the rules give no figure, and ``say`` says why."""
    say: Text
    area: str
    steps: Sequence[Step] = ()
    outcomes: Sequence[DecisionOutcome] = ()


@dataclass(frozen=True, slots=True)
class AskedFor:
    """What is asked for, in lines, and what the rules say of it."""

    facts: Sequence[tuple[Text, Text]]
    beside: Beside | None = None


Describe = Callable[[DeskCall, CasePage], AskedFor]


def asked_of(call: DeskCall, page: CasePage) -> AskedFor:
    """What a case asks for; a kind of which this module knows nothing tells its summary."""
    describe = _DESCRIBED.get(page.listed.kind.name)
    if describe is None:
        return AskedFor([(message("申请"), page.listed.summary)])
    return describe(call, page)


def _grant(call: DeskCall, page: CasePage) -> AskedFor:
    application: GrantApplication = page.data
    grantor = page.listed.person_id
    assert grantor is not None
    secrets = call.database.secrets
    names = call.database.read(
        lambda unit: insurance.names_of(unit, secrets, [grantor, application.grantee])
    )
    limit = application.limit_fen
    facts: list[tuple[Text, Text]] = [
        (message("账户主人"), names[grantor]),
        (message("用的人"), names[application.grantee]),
        (message("关系"), RELATION.get(application.relation, application.relation)),
        (message_in("desk", "起止"), days(application.start, application.end)),
        (message("单次最多"), message("不限") if limit is None else Fen(limit)),
    ]
    if not all(may(call.actor, wanted, grantor) for wanted in ("read_account", "read_person")):
        return AskedFor(facts)
    owner, _ = read_of(call, "read_person", grantor, lambda unit: used.held_state(unit, grantor))
    balance = read_of(call, "read_account", grantor, lambda unit: account.balance(unit, grantor))
    user, _ = call.database.read(lambda unit: used.held_state(unit, application.grantee))
    own = call.database.read(lambda unit: account.balance(unit, application.grantee))
    wanted = Grant(
        grantor,
        application.grantee,
        RelationKind(application.relation),
        application.start,
        application.end,
        limit,
    )
    day = max(call.today, application.start)
    facts.append((message("账户余额"), Fen(balance or 0)))
    what = message("批准以后，{name}一次最多能用", name=names[application.grantee])
    try:
        today = library.aid(
            call.counter.packs,
            owner,
            user,
            wanted,
            day,
            grantor_balance=balance or 0,
            own_balance=own or 0,
        )
    except RefusedError as error:
        return AskedFor(facts, Beside(what, None, error.said, page.listed.area))
    outcomes = (
        DecisionOutcome(message("批准"), today.available, message("按这些条件"), chosen=True),
        DecisionOutcome(message("不予批准"), 0, message("一分也不能用")),
    )
    beside = Beside(
        what,
        today.available,
        today.why,
        page.listed.area,
        tuple(today.explanation.shown),
        outcomes,
    )
    return AskedFor(facts, beside)


_DESCRIBED: dict[str, Describe] = {GRANT_REVIEW: _grant}
