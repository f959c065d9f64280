"""Which documents a registration or a change needs: read from ``documents.yaml``."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

import yaml
from sqlalchemy import insert

from yibao.database.identifiers import new_identifier
from yibao.database.secrets import Secrets
from yibao.database.unit import Unit
from yibao.errors import InputError
from yibao.insured.tables import proof
from yibao.messages import Alternatives, Listed, Text, message


@dataclass(frozen=True, slots=True)
class Proof:
    """A document that was shown."""

    kind: str
    """A key of ``kinds`` in ``documents.yaml``."""
    copies: int = 1
    number: str = ""
    issued_on: datetime.date | None = None
    digest: str = ""
    """sha256 of its image."""


@lru_cache(maxsize=1)
def catalogue() -> dict[str, Any]:
    """The kinds of documents and what needs which."""
    text = files("yibao.insured.enrolment").joinpath("documents.yaml").read_text(encoding="utf-8")
    read: dict[str, Any] = yaml.safe_load(text)
    return read


def _names(kinds: Sequence[str]) -> Text:
    return Alternatives(catalogue()["kinds"][kind] for kind in kinds)


def _known(proofs: Sequence[Proof]) -> None:
    for proof_shown in proofs:
        if proof_shown.kind not in catalogue()["kinds"]:
            kinds = Listed(catalogue()["kinds"])
            raise InputError(
                message("不认识的材料 {kind}，可以写：{kinds}", kind=proof_shown.kind, kinds=kinds)
            )


def require_route(route: str, proofs: Sequence[Proof]) -> None:
    """``InputError`` unless the documents of a way of registering are all there."""
    routes = catalogue()["routes"]
    if route not in routes:
        raise InputError(
            message(
                "不认识的参保地类别 {route}，可以写：{routes}", route=route, routes=Listed(routes)
            )
        )
    _known(proofs)
    shown: Counter[str] = Counter()
    for proof_shown in proofs:
        shown[proof_shown.kind] += proof_shown.copies
    for row in routes[route]["need"]:
        copies = row.get("copies", 1)
        if sum(shown[kind] for kind in row["any"]) < copies:
            count = message("（{copies} 份）", copies=copies) if copies > 1 else ""
            raise InputError(
                message(
                    "按{route}登记缺少{proofs}{count}，请补交",
                    route=routes[route]["zh"],
                    proofs=_names(row["any"]),
                    count=count,
                )
            )


def require_one(kinds: Sequence[str], proofs: Sequence[Proof], what: Text) -> None:
    """``InputError`` unless one of ``kinds`` is among the documents."""
    _known(proofs)
    if not any(proof_shown.kind in kinds for proof_shown in proofs):
        raise InputError(message("{what}需要{proofs}，请补交", what=what, proofs=_names(kinds)))


def insert_proofs(
    unit: Unit,
    secrets: Secrets,
    person_id: str,
    purpose: str,
    proofs: Sequence[Proof],
    at: datetime.datetime,
) -> None:
    """Record documents; a number is encrypted."""
    if proofs:
        unit.run(
            insert(proof),
            [
                {
                    "person_id": person_id,
                    "proof_id": new_identifier(),
                    "purpose": purpose,
                    "kind": proof_shown.kind,
                    "number_cipher": secrets.encrypt(proof_shown.number, person_id)
                    if proof_shown.number
                    else None,
                    "issued_on": proof_shown.issued_on,
                    "digest": proof_shown.digest or None,
                    "recorded_at": at,
                }
                for proof_shown in proofs
            ],
        )


def proof_content(proofs: Sequence[Proof]) -> list[list[str]]:
    """Documents as an event keeps them: kind and digest, no number."""
    return [[proof_shown.kind, proof_shown.digest] for proof_shown in proofs]
