"""Settlement rows as they were first written, with lists whose positions mean something.

Frozen: rows that were written so stay as they are, and this is how they read, whatever is
added to amounts, facts and visits since.  Nothing writes this form any more.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

from yibao.benefit.facts import Institution, Item, Visit
from yibao.benefit.terms import Settlement
from yibao.care.inputs import KnownInput, Pinned, Terms
from yibao.insured.stored import form1
from yibao.policy.kinds import (
    Channel,
    Delivery,
    HospitalGrade,
    InstitutionKind,
    ItemClass,
    ItemKind,
    Sex,
    VisitKind,
)

Row = Mapping[str, Any]

AMOUNTS = (
    "status total out_of_catalogue over_limit upfront eligible deductible pooled upper "
    "assistance other_fund fund own disease_paid maternity_paid"
).split()
"""What the numbers of ``amounts`` stand for, in their order."""


def amounts_of(row: Row) -> Settlement:
    """The amounts of a row."""
    amounts = dict(zip(AMOUNTS, row["amounts"], strict=True))
    return Settlement(**(dict.fromkeys(Settlement._fields, 0) | amounts))


def visit_of(row: Row) -> Visit:
    """The visit of a row."""
    document = row["visit"]
    day = datetime.date.fromisoformat
    return Visit(
        id=document["id"],
        person=document["person"],
        institution=document["institution"],
        kind=VisitKind(document["kind"]),
        start=day(document["start"]),
        end=day(document["end"]),
        items=tuple(
            Item(
                item_class=ItemClass(item["item_class"]),
                amount=item["amount"],
                upfront=item["upfront"],
                limit=item["limit"],
                kind=ItemKind(item["kind"]),
            )
            for item in document["items"]
        ),
        draw=tuple(document["draw"]),
        emergency=document["emergency"],
        channel=Channel(document["channel"]),
        disease=document["disease"],
        prescription=document["prescription"],
        family_doctor=document["family_doctor"],
        delivery=None if document["delivery"] is None else Delivery(document["delivery"]),
        fetuses=document["fetuses"],
        gestation_months=document["gestation_months"],
        dual_channel=document["dual_channel"],
    )


def known_of(row: Row) -> KnownInput:
    """Everything beside visit and state that a row was made from."""
    document, person_id = row["known"], row["person_id"]
    identifier, area, kind, price_class, grade, county, dual_channel = document["institution"]
    return KnownInput(
        people={
            name: form1.person_of(name, Sex(sex), datetime.date.fromisoformat(birth), profile)
            for name, (sex, birth, profile) in document["people"].items()
        },
        filings=form1.filings_of(person_id, document["people"][person_id][2]),
        institution=Institution(
            id=identifier,
            area=area,
            kind=InstitutionKind(kind),
            price_class=price_class,
            grade=None if grade is None else HospitalGrade(grade),
            county=county,
            dual_channel=dual_channel,
        ),
        balances=document["balances"],
        grants=tuple(form1.grant_of(grantor, rest) for grantor, *rest in document["grants"]),
    )


def terms_of(row: Row) -> Terms:
    """Under which rules a row was made, with the kernel that made it."""
    told = row["explanation"]
    return Terms(
        area=told["area"],
        scheme=told["scheme"],
        kernel=row["kernel"],
        rulebook=row["rulebook_hash"],
        rulebooks=[
            Pinned(area, name, None if known is None else datetime.date.fromisoformat(known), True)
            for area, known, name in row["known"]["rulebooks"]
        ],
    )


def is_entitled(row: Row) -> bool:
    """Whether benefits held."""
    return bool(row["explanation"]["entitled"])
