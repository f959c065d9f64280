"""What must hold of grants: the account of a grantor keeps exactly those that may pay."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sqlalchemy import select

from yibao.aid.operations import held_of
from yibao.aid.states import GrantStatus
from yibao.aid.tables import aid_grant
from yibao.database.unit import Unit
from yibao.insured.stored.grants import grant_content, held_grants
from yibao.ledger.locks import read_accounts
from yibao.messages import Message, message


def grant_faults(unit: Unit, people: Iterable[str]) -> Iterator[Message]:
    """Accounts of these people whose grants are not those of their rows."""
    names = list(people)
    rows = unit.run(
        select(aid_grant)
        .where(aid_grant.c.grantor_id.in_(names), aid_grant.c.status == GrantStatus.ACTIVE)
        .order_by(aid_grant.c.grantor_id, aid_grant.c.sequence)
    ).all()
    for name, account in read_accounts(unit, names).items():
        granted = [grant_content(held_of(row)) for row in rows if row.grantor_id == name]
        stored = [grant_content(grant) for grant in held_grants({name: account})]
        if granted != stored:
            yield message(
                "{name} 的个人账户上的共济授权（account.grants）与授权明细（aid_grant）不同",
                name=name,
            )
