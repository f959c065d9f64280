"""Settlements as rows, and rows as what people read."""

from __future__ import annotations

import datetime
from dataclasses import asdict
from typing import Any

from yibao.benefit import KERNEL_VERSION
from yibao.benefit.explain import merge
from yibao.benefit.facts import Institution, Item, Visit
from yibao.benefit.settling import Settled
from yibao.benefit.terms import Settlement

Row = dict[str, Any]


def visit_document(visit: Visit) -> Row:
    """A visit as a document; days as text."""
    document = asdict(visit)
    document["start"], document["end"] = visit.start.isoformat(), visit.end.isoformat()
    return document


def visit_of(document: Row) -> Visit:
    """The visit of a document."""
    plain = dict(document)
    plain["start"] = datetime.date.fromisoformat(plain["start"])
    plain["end"] = datetime.date.fromisoformat(plain["end"])
    plain["items"] = tuple(Item(**item) for item in plain["items"])
    plain["draw"] = tuple(plain["draw"])
    return Visit(**plain)


def institution_of(row: Any) -> Institution:
    """The facts of an institution's row."""
    return Institution(
        row.institution_id,
        row.area,
        row.kind,
        row.price_class,
        row.grade,
        row.county,
        row.dual_channel,
    )


def settlement_row(settled: Settled, settlement_id: str, sequence: int, state_in: Row) -> Row:
    """The row of a new settlement."""
    visit, made = settled.visit, settled.adjudication
    done, paid = made.settlement, settled.payment.draw
    explanation = merge([made.explanation, settled.payment.explanation])
    return {
        "person_id": visit.person,
        "settlement_id": settlement_id,
        "visit_id": visit.id,
        "reversal_of": None,
        "sequence": sequence,
        "institution_id": visit.institution,
        "kind": visit.kind,
        "start": visit.start,
        "end": visit.end,
        "rulebook_hash": made.rules.rulebook.hash,
        "rules_day": made.rules.day,
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
        "visit": visit_document(visit),
        "explanation": {
            "entitled": made.cover.entitled,
            "kernel": KERNEL_VERSION,
            "assumptions": list(explanation.assumptions),
            "disputes": list(explanation.disputes),
            "steps": [step.as_json() for step in explanation.steps if step.shown],
        },
    }


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
        "kernel": explanation["kernel"],
        "assumptions": explanation["assumptions"],
        "disputes": explanation["disputes"],
        **amounts,
        "account": row.account,
        "mutual_aid": row.mutual_aid,
        "cash": row.cash,
        "steps": explanation["steps"],
    }
