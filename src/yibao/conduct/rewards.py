"""An informer's reward: worked out from what was found, paid without a name in the books."""

from __future__ import annotations

import datetime
from typing import Any

import msgspec
from sqlalchemy import select, update

from yibao.access.names import CASE
from yibao.access.operations import Answer, Key
from yibao.access.permissions import Actor
from yibao.conduct.acts import reward_terms
from yibao.conduct.cases import ConductState
from yibao.conduct.forms import INFORMER_REWARD, Informer
from yibao.conduct.sheets import ConductSheet
from yibao.conduct.sums import reward_of
from yibao.conduct.tables import conduct_informer
from yibao.conduct.writes import write_case
from yibao.database.identifiers import new_identifier
from yibao.database.instants import civil_day, now
from yibao.database.unit import Database, Unit
from yibao.disbursement.operations import order_payment
from yibao.errors import ConflictError, NotFoundError, RefusedError
from yibao.ledger.operations import post, reward, rewarded
from yibao.messages import message


def informer_of(unit: Unit, case_id: str) -> Informer | None:
    """A read fragment for whoever may know: who reported a case."""
    row = _row(unit, case_id)
    return None if row is None else msgspec.convert(row.document, Informer)


def _row(unit: Unit, case_id: str) -> Any:
    query = select(conduct_informer).where(conduct_informer.c.case_id == case_id)
    return unit.run(query).one_or_none()


def reward_informer(
    database: Database,
    key: Key,
    case_id: str,
    level: int,
    *,
    actor: Actor,
    at: datetime.datetime | None = None,
) -> Answer:
    """Reward whoever reported a case that was decided, by the sum found and the ``level``.

    It is ordered to the account that the informer named; once for a case.  ``RefusedError``
    where no source of the place gives a reward.
    """
    instant = at or now()

    def work(unit: Unit, sheet: ConductSheet) -> Answer:
        row = _row(unit, case_id)
        if row is None:
            raise NotFoundError(message("这件案件没有举报人"))
        if row.reward is not None:
            raise ConflictError(message("这件案件已经奖励过"))
        terms = reward_terms(sheet.area)
        if terms is None:
            raise RefusedError(message("本地没有举报奖励办法，算不出奖励"))
        informer = msgspec.convert(row.document, Informer)
        if informer.payee is None:
            raise ConflictError(message("举报人没有留收款账户"))
        proposal = sheet.document.proposal
        established = sheet.returned if proposal is None else proposal.obtained
        amount = reward_of(terms, established, level, insider=informer.insider)
        transfer_id, day = new_identifier(), civil_day(instant)
        chain = f"{CASE}{case_id}"
        post(
            unit,
            chain,
            transfer_id,
            day,
            [(reward(sheet.area), amount), (rewarded(case_id), -amount)],
        )
        order = order_payment(
            unit,
            INFORMER_REWARD,
            case_id,
            chain=chain,
            area=sheet.area,
            liability=rewarded(case_id),
            amount=amount,
            payee=informer.payee,
            actor=actor,
            at=instant,
        )
        mine = conduct_informer.c.case_id == case_id
        values = {"level": level, "reward": amount, "rewarded_by": actor.id}
        unit.run(update(conduct_informer).where(mine).values(**values))
        return {"reward": amount, "order": order}

    return write_case(
        database,
        key,
        case_id,
        "reward_informer",
        [level],
        work,
        actor=actor,
        at=instant,
        duty_of="penalise",
        states=(ConductState.DECIDED, ConductState.EXECUTING, ConductState.CLOSED),
    )
