"""What must hold of people's rows at any time, beyond what their chains vouch for."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import select

from yibao.database.errors import DatabaseError
from yibao.database.secrets import Secrets
from yibao.database.unit import Unit
from yibao.insured.people.registration import identity_hashes
from yibao.insured.stored.versions import HASH_BYTES, unpacked_body
from yibao.insured.tables import document_version, identity
from yibao.messages import Message, message


def identity_faults(unit: Unit, secrets: Secrets, people: Iterable[str]) -> Iterator[Message]:
    """Certificates whose number, decrypted, is not what they are found by."""
    rows = unit.run(select(identity).where(identity.c.person_id.in_(list(people))))
    for row in rows:
        try:
            number = secrets.decrypt(row.number_cipher, row.person_id)
        except DatabaseError:
            yield message(
                "{person_id} 的证件（{certificate}）密文被改动过，打不开",
                person_id=row.person_id,
                certificate=row.certificate,
            )
            continue
        if row.identity_hash not in identity_hashes(secrets, row.certificate, number):
            yield message(
                "{person_id} 的证件（{certificate}）查找用的散列与证件号不符，被改动过",
                person_id=row.person_id,
                certificate=row.certificate,
            )


def version_faults(unit: Unit) -> Iterator[Message]:
    """Versions of facts and rules whose content is not what their hash names."""
    rows = unit.run(select(document_version).execution_options(yield_per=2_000))
    for row in rows:
        if not _is_itself(row):
            yield message(
                "留存的事实或规则版本 {name}（document_version）被改动过，指向它的结算不可信",
                name=bytes(row.hash).hex(),
            )


def _is_itself(row: Any) -> bool:
    earlier = b"" if row.earlier is None else bytes(row.earlier)
    try:
        body = unpacked_body(bytes(row.body)).encode()
    except Exception:  # whatever is wrong with the bytes: they are not what was written
        return False
    return hashlib.sha256(earlier + body).digest()[:HASH_BYTES] == bytes(row.hash)
