"""Departments and practitioners whose care the fund does not pay for, and what a visit shows.

What a process remembers of them is as good as the last revision that a settlement's own
statement sees: nothing more is asked for each visit.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ScalarSelect, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from yibao.access.chains import extend_any_chain
from yibao.access.names import INSTITUTION
from yibao.access.permissions import Actor
from yibao.database.unit import Unit
from yibao.errors import ConflictError
from yibao.messages import Message, Text, message
from yibao.sanctions.states import ProviderKind, SuspendedError
from yibao.sanctions.tables import provider_suspension

PROVIDER_WORDS: Mapping[str, Text] = {
    ProviderKind.DEPARTMENT: message("暂停医保服务的科室"),
    ProviderKind.PRACTITIONER: message("暂停支付资格的医护人员"),
}


@dataclass(frozen=True, slots=True)
class Provider:
    """Who gave care on a day: a department by its code or name, a practitioner by the national
    code."""

    kind: ProviderKind
    code: str
    day: datetime.date


@dataclass(frozen=True, slots=True)
class ProviderSuspension:
    """Whose care is not paid for on which days, both included."""

    institution_id: str
    """Whose department it is; a practitioner is suspended wherever he works."""
    kind: ProviderKind
    code: str
    start: datetime.date
    end: datetime.date
    decision_id: str
    lifted_on: datetime.date | None = None

    def holds_for(self, institution_id: str, provider: Provider) -> bool:
        """Whether what ``provider`` does at an institution is not paid for."""
        is_here = self.kind is ProviderKind.PRACTITIONER or self.institution_id == institution_id
        is_lifted = self.lifted_on is not None and self.lifted_on <= provider.day
        return is_here and not is_lifted and self.start <= provider.day <= self.end


@dataclass(frozen=True, slots=True)
class SuspendedProviders:
    """Every suspension of a department or a practitioner, as of a revision."""

    revision: int
    by_code: Mapping[tuple[ProviderKind, str], tuple[ProviderSuspension, ...]]

    def require_none(self, institution_id: str, providers: Iterable[Provider]) -> None:
        """``SuspendedError`` for care that somebody gave while suspended: who, and until when."""
        for suspension, provider in self.held(institution_id, providers):
            raise SuspendedError(_refusal(suspension, provider))

    def held(
        self, institution_id: str, providers: Iterable[Provider]
    ) -> Iterator[tuple[ProviderSuspension, Provider]]:
        """Who of these is suspended on the day, and by what."""
        for provider in providers:
            for suspension in self.by_code.get((provider.kind, provider.code), ()):
                if suspension.holds_for(institution_id, provider):
                    yield suspension, provider


def warning_of(suspension: ProviderSuspension, provider: Provider) -> Message:
    """What is said before and during care: that the settlement will be refused."""
    if suspension.kind is ProviderKind.DEPARTMENT:
        return message(
            "科室 {code} 到 {end} 为止暂停医保服务：{day} 由它提供的费用基金不支付，"
            "也不由参保人承担，结算会被拒绝",
            code=provider.code,
            end=suspension.end,
            day=provider.day,
        )
    return message(
        "医护人员 {code} 到 {end} 为止暂停医保支付资格：{day} 由其提供的费用基金不支付，"
        "也不由参保人承担，结算会被拒绝",
        code=provider.code,
        end=suspension.end,
        day=provider.day,
    )


def _refusal(suspension: ProviderSuspension, provider: Provider) -> Message:
    if suspension.kind is ProviderKind.DEPARTMENT:
        return message(
            "科室 {code} 到 {end} 为止暂停医保服务：{day} 由它提供的费用基金不支付，"
            "也不由参保人承担；请撤销这些明细再结算，急诊除外；没有写入任何内容",
            code=provider.code,
            end=suspension.end,
            day=provider.day,
        )
    return message(
        "医护人员 {code} 到 {end} 为止暂停医保支付资格：{day} 由其提供的费用基金不支付，"
        "也不由参保人承担；请撤销这些明细再结算，急诊除外；没有写入任何内容",
        code=provider.code,
        end=suspension.end,
        day=provider.day,
    )


def latest_suspension() -> ScalarSelect[Any]:
    """A read fragment: the last revision of all of them, for a statement that runs anyway."""
    return select(func.max(provider_suspension.c.revision)).scalar_subquery()


def read_providers(unit: Unit) -> SuspendedProviders:
    """A read fragment: all of them."""
    by_code: dict[tuple[ProviderKind, str], tuple[ProviderSuspension, ...]] = {}
    latest = 0
    for row in unit.run(select(provider_suspension)):
        suspension, latest = _suspension(row), max(latest, row.revision)
        key = (suspension.kind, suspension.code)
        by_code[key] = (*by_code.get(key, ()), suspension)
    return SuspendedProviders(latest, by_code)


def providers_suspended_by(unit: Unit, decision_id: str) -> list[ProviderSuspension]:
    """A read fragment: whom a decision suspended, in its order."""
    columns = provider_suspension.c
    query = select(provider_suspension).where(columns.decision_id == decision_id)
    return [_suspension(row) for row in unit.run(query.order_by(columns.start, columns.code))]


def _suspension(row: Any) -> ProviderSuspension:
    return ProviderSuspension(
        row.institution_id,
        ProviderKind(row.kind),
        row.code,
        row.start,
        row.end,
        row.decision_id,
        row.lifted_on,
    )


def suspend_provider_within(
    unit: Unit, suspension: ProviderSuspension, *, actor: Actor, at: datetime.datetime
) -> None:
    """Suspend a department or a practitioner; ``ConflictError`` where the decision did before.

    The chain of the institution tells it.
    """
    row = {
        "decision_id": suspension.decision_id,
        "kind": suspension.kind.value,
        "code": suspension.code,
        "institution_id": suspension.institution_id,
        "start": suspension.start,
        "end": suspension.end,
        "lifted_on": None,
        "revision": _next(unit),
        "decided_by": actor.id,
        "decided_at": at,
    }
    try:
        unit.run(insert(provider_suspension), row)
    except IntegrityError:
        raise ConflictError(message("这份决定已经暂停过，没有做任何改动")) from None
    told = [suspension.kind.value, suspension.code, str(suspension.start), str(suspension.end)]
    chain = f"{INSTITUTION}{suspension.institution_id}"
    extend_any_chain(unit, chain, actor.id, "suspend", {"suspended": [told]})


def lift_providers_within(unit: Unit, decision_id: str, on: datetime.date, *, actor: Actor) -> int:
    """End what a decision suspended from a day on: how many suspensions that were."""
    columns = provider_suspension.c
    suspensions = [
        suspension
        for suspension in providers_suspended_by(unit, decision_id)
        if suspension.end >= on and suspension.lifted_on is None
    ]
    for suspension in suspensions:
        mine = (
            columns.decision_id == decision_id,
            columns.kind == suspension.kind.value,
            columns.code == suspension.code,
        )
        values = {"lifted_on": on, "revision": _next(unit)}
        unit.run(update(provider_suspension).where(*mine).values(**values))
    if suspensions:
        told = {"decision": decision_id, "lifted_on": on.isoformat()}
        chain = f"{INSTITUTION}{suspensions[0].institution_id}"
        extend_any_chain(unit, chain, actor.id, "lift_suspension", told)
    return len(suspensions)


def _next(unit: Unit) -> int:
    query = select(func.coalesce(func.max(provider_suspension.c.revision), 0) + 1)
    return int(unit.run(query).scalar_one())
