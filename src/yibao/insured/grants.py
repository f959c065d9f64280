"""Grants as the account row of their grantor keeps them."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

from yibao.benefit.accounts import HeldGrant
from yibao.benefit.facts import Grant
from yibao.ledger.locks import HeldAccount
from yibao.policy.kinds import RelationKind


def grant_row(state: HeldGrant) -> list[Any]:
    """A grant as the grantor's account row holds it."""
    grant = state.grant
    return [
        grant.grantee,
        grant.relation,
        grant.start.isoformat(),
        grant.end.isoformat() if grant.end else None,
        grant.limit,
        state.revoked_on.isoformat() if state.revoked_on else None,
    ]


def held_grants(accounts: Mapping[str, HeldAccount]) -> list[HeldGrant]:
    """All grants on the locked accounts."""

    def day(text: str | None) -> datetime.date | None:
        return None if text is None else datetime.date.fromisoformat(text)

    return [
        HeldGrant(
            Grant(
                grantor,
                grantee,
                RelationKind(relation),
                datetime.date.fromisoformat(start),
                day(end),
                limit,
            ),
            day(revoked_on),
        )
        for grantor, account in accounts.items()
        for grantee, relation, start, end, limit, revoked_on in account.grants
    ]
