"""The errands of the counter as operations of the API."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from yibao.access.operations import Answer
from yibao.api.acting import RecordCall, RecordService, writing
from yibao.api.counter.errand import (
    Errand,
    ErrandCall,
    ErrandSetting,
    Outlook,
    Standing,
    done,
    outlook,
)
from yibao.api.counter.errands import ERRANDS
from yibao.api.records import PERSON
from yibao.api.schemas import DAY, FEN, FLAG, TEXT, WHOLE, items, named, optional
from yibao.api.serving import Json, Operation
from yibao.inquiry.calculators.base import area_choices
from yibao.inquiry.fields import Field
from yibao.inquiry.schemas import body_schema
from yibao.insured.enrolment.cover import REASONS, CoverInterval
from yibao.messages import message
from yibao.office.flows import CaseState
from yibao.policy.kinds import Scheme

_TAG = "经办"
_EXAMPLE_PERSON = "0198c1a2b3c4000000000000000000a1"
PREVIEW = Field(
    "preview",
    message("写 true 只看会改变什么，什么都不办"),
    "flag",
)
_COVER = items(
    named(
        start=DAY,
        end=optional(DAY),
        entitled=optional(FLAG),
        scheme=TEXT,
        reason=TEXT,
        reason_title=TEXT,
    )
)
_DUE = optional(
    named(
        scheme=TEXT,
        period=WHOLE,
        due_fen=optional(FEN),
        lines=items(named(name=TEXT, amount_fen=FEN, source=TEXT)),
        note=TEXT,
    )
)
_STANDING = named(cover=_COVER, next_due=_DUE, balance_fen=optional(FEN))
_ANSWER = named(
    preview=FLAG,
    person=TEXT,
    case=optional(TEXT),
    state=optional(TEXT),
    notes=items(TEXT),
    before=optional(_STANDING),
    after=_STANDING,
)


def counter_errands(service: RecordService) -> Iterator[Operation]:
    """What a clerk does for people, and what people apply for."""
    for errand in ERRANDS:
        yield _operation(service, errand)


def _operation(service: RecordService, errand: Errand) -> Operation:
    inputs = (*errand.inputs(ErrandSetting(service.library)), PREVIEW)
    person = "" if errand.of_nobody else "/{person}"
    what = "另一个人批准以后才生效：应答的 case 是案件。" if errand.opens_case else "当场生效。"
    return Operation(
        id=errand.id,
        method="POST",
        path=f"/office/people{person}/errands/{errand.name}",
        tag=_TAG,
        summary=errand.title.text(),
        description=f"{what}before、after 是办以前和办成以后的待遇与下一期缴费，由同一个引擎算出；"
        "preview 写 true 只算不办。",
        handler=writing(
            service,
            errand.id,
            None if errand.of_nobody else errand.permission,
            inputs,
            lambda call: _answer(service, errand, call),
        ),
        parameters=() if errand.of_nobody else (PERSON,),
        body=body_schema(inputs),
        body_example=errand_body(service, errand),
        answer=_ANSWER,
        example=lambda: _example(errand),
        status=201,
        signed_in=True,
        permission=errand.permission,
        idempotent=True,
        problems=("not-found", "refused"),
    )


def errand_body(service: RecordService, errand: Errand) -> Json:
    """A body that the errand takes."""
    home = area_choices(service.library)[0].code
    return {
        name: value or home if name.endswith("area") else value
        for name, value in errand.example.items()
    }


def _answer(service: RecordService, errand: Errand, call: RecordCall) -> Json:
    values = {name: value for name, value in call.values.items() if name != PREVIEW.name}
    whose = "" if errand.of_nobody else call.person_id
    asked = ErrandCall(call.database, service.library, call.actor, call.key, whose, values, call.at)
    seen = outlook(errand, asked)
    answer: Answer = {}
    if not call.values[PREVIEW.name]:
        answer = done(errand, asked)
    return _told(seen, answer, whose)


def _told(seen: Outlook, answer: Answer, person_id: str) -> Json:
    is_preview = not answer
    return {
        "preview": is_preview,
        # Of a rehearsal nobody is left whom its id would name.
        "person": person_id or ("" if is_preview else str(answer["person"])),
        "case": answer.get("case"),
        "state": answer.get("state"),
        "notes": list(seen.answer.get("notes", ())),
        "before": None if seen.before is None else _standing(seen.before),
        "after": _standing(seen.after),
    }


def _standing(standing: Standing) -> Json:
    due = standing.due
    told: Any = None
    if due is not None:
        bill = due.bill
        told = {
            "scheme": due.scheme,
            "period": due.period,
            "due_fen": None if bill is None else bill.due,
            "lines": [
                {"name": line.name, "amount_fen": line.amount, "source": str(line.source)}
                for line in (() if bill is None else bill.lines)
            ],
            "note": str(due.note),
        }
    return {
        "cover": [_cover(spell) for spell in standing.cover],
        "next_due": told,
        "balance_fen": standing.balance,
    }


def _cover(spell: CoverInterval) -> Json:
    return {
        "start": spell.start,
        "end": spell.end,
        "entitled": spell.entitled,
        "scheme": spell.scheme,
        "reason": spell.reason,
        "reason_title": str(REASONS[spell.reason]),
    }


def _example(errand: Errand) -> Json:
    standing = {
        "cover": [
            {
                "start": "2026-01-01",
                "end": None,
                "entitled": True,
                "scheme": Scheme.RESIDENT,
                "reason": "covered",
                "reason_title": "享受待遇",
            }
        ],
        "next_due": {
            "scheme": Scheme.RESIDENT,
            "period": 2026,
            "due_fen": 40000,
            "lines": [{"name": "individual", "amount_fen": 40000, "source": "S1-001"}],
            "note": "",
        },
        "balance_fen": 345678,
    }
    return {
        "preview": False,
        "person": _EXAMPLE_PERSON,
        "case": "0198c1a2b3c400000000000000000d10" if errand.opens_case else None,
        "state": CaseState.FILED if errand.opens_case else None,
        "notes": [],
        "before": None if errand.of_nobody else standing,
        "after": standing,
    }
