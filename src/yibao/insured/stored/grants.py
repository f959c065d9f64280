"""Grants as the account row of their grantor keeps them, by name.

The first form was a list of lists; :mod:`yibao.insured.stored.form1` reads it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from yibao.benefit.accounts import HeldGrant
from yibao.benefit.facts import Grant
from yibao.database.named import fields_of, named, struct_of
from yibao.insured.stored import form1
from yibao.insured.stored.profile import SCHEMA, form_of
from yibao.ledger.locks import HeldAccount

Document = dict[str, Any]

_OF_GRANTOR: Any = struct_of(Grant, ("grantor",))
_HELD: Any = struct_of(HeldGrant, ("grant",), [("grant", _OF_GRANTOR)])


def grant_document(grant: HeldGrant) -> Document:
    """A grant as the account of its grantor keeps it."""
    return {"grant": named(grant.grant, ("grantor",)), **named(grant, ("grant",))}


def grant_of(grantor: str, document: Any) -> HeldGrant:
    """The grant of a document."""
    fields = fields_of(msgspec.convert(document, _HELD))
    return HeldGrant(Grant(grantor=grantor, **fields_of(fields.pop("grant"))), **fields)


def grants_document(grants: Iterable[HeldGrant]) -> Document:
    """All grants of an account."""
    return {"schema": SCHEMA, "grants": [grant_document(grant) for grant in grants]}


def held_grants(accounts: Mapping[str, HeldAccount]) -> list[HeldGrant]:
    """All grants on the locked accounts."""
    return [
        grant
        for grantor, account in accounts.items()
        for grant in _grants_of(grantor, account.grants)
    ]


def _grants_of(grantor: str, document: Any) -> list[HeldGrant]:
    if isinstance(document, list):
        return [form1.grant_of(grantor, row) for row in document]
    form_of(document)
    return [grant_of(grantor, grant) for grant in document["grants"]]


def grant_content(grant: HeldGrant) -> list[Any]:
    """A grant as the hash of the message that asks for it has always read it."""
    facts = grant.grant
    content: list[Any] = [
        facts.grantee,
        facts.relation,
        facts.start.isoformat(),
        facts.end.isoformat() if facts.end else None,
        facts.limit,
        grant.revoked_on.isoformat() if grant.revoked_on else None,
    ]
    return content
