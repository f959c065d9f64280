"""Settlements as rows, and rows as what people read."""

from __future__ import annotations

import datetime
import secrets
import threading
from dataclasses import fields
from typing import Any

from yibao.benefit import KERNEL_VERSION
from yibao.benefit.explain import merge
from yibao.benefit.facts import Item, Visit
from yibao.benefit.settling import Settled
from yibao.benefit.terms import Settlement
from yibao.database.identifiers import new_identifier
from yibao.policy.kinds import Channel, Delivery, ItemClass, ItemKind, VisitKind

Row = dict[str, Any]

MONEY = ("total", "fund", "own", "account", "mutual_aid", "cash")
"""The columns that a reversal mirrors."""

_VISIT_FIELDS = tuple(field.name for field in fields(Visit))
_ITEM_FIELDS = tuple(field.name for field in fields(Item))
_LAST = [""]
_TURN = threading.Lock()


def next_identifier() -> str:
    """An identifier after every one that this process gave before.

    Taken while the locks are held, so that settlements on one account sort as they were made.
    """
    with _TURN:
        made = new_identifier()
        if made <= _LAST[0]:  # within the same millisecond, or the clock went back
            made = f"{int(_LAST[0], 16) + 1 + secrets.randbits(40):032x}"
        _LAST[0] = made
        return made


def visit_document(visit: Visit) -> Row:
    """A visit as a document; days as text."""
    document = {name: getattr(visit, name) for name in _VISIT_FIELDS}
    document["items"] = [
        {name: getattr(item, name) for name in _ITEM_FIELDS} for item in visit.items
    ]
    document["start"], document["end"] = visit.start.isoformat(), visit.end.isoformat()
    return document


def visit_of(document: Row) -> Visit:
    """The visit of a document."""
    plain = dict(document)
    plain["start"] = datetime.date.fromisoformat(plain["start"])
    plain["end"] = datetime.date.fromisoformat(plain["end"])
    plain["items"] = tuple(
        Item(**item | {"item_class": ItemClass(item["item_class"]), "kind": ItemKind(item["kind"])})
        for item in plain["items"]
    )
    plain["draw"] = tuple(plain["draw"])
    plain["kind"], plain["channel"] = VisitKind(plain["kind"]), Channel(plain["channel"])
    if plain["delivery"] is not None:
        plain["delivery"] = Delivery(plain["delivery"])
    return Visit(**plain)


def settlement_row(
    settled: Settled, *, sequence: int, round_: int, state_in: Row, known: Row
) -> Row:
    """The row of a new settlement."""
    visit, made = settled.visit, settled.adjudication
    done, paid = made.settlement, settled.payment.draw
    explanation = merge([made.explanation, settled.payment.explanation])
    settlement_id = next_identifier()
    return {
        "person_id": visit.person,
        "settlement_id": settlement_id,
        "visit_id": visit.id,
        "round": round_,
        "reversal_of": None,
        "sequence": sequence,
        "position": sequence,
        "origin": settlement_id,
        "institution_id": visit.institution,
        "kind": visit.kind,
        "start": visit.start,
        "end": visit.end,
        "rulebook_hash": made.rules.rulebook.hash,
        "kernel": KERNEL_VERSION,
        "total": done.total,
        "fund": done.fund,
        "own": done.own,
        "account": paid.account,
        "mutual_aid": paid.mutual_aid,
        "cash": paid.cash,
        "grantor_id": settled.payment.grantor,
        "amounts": list(done),
        "facts": list(made.facts),
        "state_in": state_in,
        "known": known,
        "visit": visit_document(visit),
        "explanation": {
            "entitled": made.cover.entitled,
            "area": made.enrolment.area,
            "scheme": made.enrolment.scheme,
            "assumptions": list(explanation.assumptions),
            "disputes": list(explanation.disputes),
            "steps": [step.as_json() for step in explanation.steps if step.shown],
        },
    }


def mirrored_row(row: Row, sequence: int) -> Row:
    """The row of a settlement's reversal."""
    status, *amounts = row["amounts"]
    return {
        **row,
        "settlement_id": next_identifier(),
        "reversal_of": row["settlement_id"],
        "round": -row["round"],
        "sequence": sequence,
        "amounts": [status, *(-amount for amount in amounts)],
        **{name: -row[name] for name in MONEY},
    }


def taken_by(row: Row) -> dict[str, int]:
    """What a settlement took from personal accounts, by owner; nothing is left out."""
    taken = {row["person_id"]: row["account"]}
    if row["grantor_id"] is not None:
        taken[row["grantor_id"]] = row["mutual_aid"]
    return taken


def settlement_answer(row: Any) -> Row:
    """A stored settlement in the shape of a scenario's answer."""
    done = Settlement(*row.amounts)
    explanation = row.explanation
    amounts = done._asdict()
    for internal in ("status", "disease_paid", "maternity_paid"):
        del amounts[internal]
    return {
        "visit": row.visit_id,
        "person": row.person_id,
        "entitled": explanation["entitled"],
        "rulebook": row.rulebook_hash,
        "kernel": row.kernel,
        "assumptions": explanation["assumptions"],
        "disputes": explanation["disputes"],
        **amounts,
        "account": row.account,
        "mutual_aid": row.mutual_aid,
        "cash": row.cash,
        "steps": explanation["steps"],
    }
