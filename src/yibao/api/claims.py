"""Manual claims over the API: filed, keyed in, decided line by line, paid to another account."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from yibao.api.acting import RecordCall, RecordService, reading
from yibao.api.records import PERSON, path_parameter
from yibao.api.schemas import DAY, FLAG, TEXT, WHOLE, items, named, optional
from yibao.api.serving import Json, Operation
from yibao.api.writes import write_operation
from yibao.claims import operations as claims
from yibao.claims.allowances import MATERNITY_ALLOWANCE
from yibao.claims.cases import acceptance_of
from yibao.claims.coded import cares, reasons
from yibao.claims.doubts import DOUBT_WORDS, last_doubts
from yibao.claims.forms import MANUAL_CLAIM, LineDecision, ThirdParty
from yibao.claims.quoting import QUOTED
from yibao.claims.sheets import sheet_of
from yibao.claims.subsidies import PREMIUM_SUBSIDY
from yibao.database.unit import Unit
from yibao.errors import NotFoundError
from yibao.exchange.selfpaid import UploadedBill, uploaded_bill
from yibao.inquiry.calculators.base import area_choices
from yibao.inquiry.claiming import (
    ACCOUNT,
    DECISIONS,
    LINES,
    RECOVERED,
    claim_fields,
    claim_of,
    decisions_of,
    lines_of,
    payee_from,
)
from yibao.inquiry.fields import Input
from yibao.messages import message
from yibao.office.flows import CaseState
from yibao.office.kinds import kind_of
from yibao.office.locks import case_row
from yibao.office.rights import require_case
from yibao.policy.kinds import ItemClass

_TAG = "手工报销"
_PAID_TO_PEOPLE = (MANUAL_CLAIM, MATERNITY_ALLOWANCE, PREMIUM_SUBSIDY)
_EXAMPLE_CASE = "0198c1a2b3c400000000000000000d10"
_CASE_ID = path_parameter("case", "案件编号。", _EXAMPLE_CASE)
_OF_CASE = "/office/people/{person}/cases/{case}"
_ACCOUNT_EXAMPLE: Json = {"holder": "某某某", "bank": "工商银行", "account": "6217000012345678"}
_UPLOADED = named(
    total_fen=WHOLE,
    visits=items(
        named(
            visit=TEXT,
            institution=TEXT,
            start=DAY,
            end=DAY,
            uploaded_fen=WHOLE,
            stated_fen=optional(WHOLE),
        )
    ),
    differing=items(named(name=TEXT, claimed_fen=WHOLE, uploaded_fen=WHOLE)),
)
"""What the institution uploaded as paid by the person alone (4201, 4261, 4262)."""
_LINE = {
    "line": WHOLE,
    "name": TEXT,
    "amount_fen": WHOLE,
    "class": TEXT,
    "upfront_bp": optional(WHOLE),
    "code": TEXT,
    "restricted": FLAG,
    "decision": TEXT,
    "accepted_fen": WHOLE,
    "reason": TEXT,
}


def claiming(service: RecordService) -> Iterator[Operation]:
    """What the insured and the office do with a claim beyond its moves."""
    fields = claim_fields(service.library)
    yield _write(
        service,
        "fileClaim",
        "/people/{person}/claims",
        "申请手工报销",
        "open_case",
        fields,
        {
            "care": next(iter(cares())),
            "reason": next(iter(reasons())),
            "institution_name": "某医院",
            "area": area_choices(service.library)[0].code,
            "start": "2026-11-01",
            "end": "2026-11-05",
            "number": "00012345",
            "issued": "2026-11-05",
            "total": "23480.00",
            "third_party": ThirdParty.NONE,
            **_ACCOUNT_EXAMPLE,
        },
        lambda call: _file(service, call),
        named(case=TEXT, kind=TEXT, state=TEXT),
        {"case": _EXAMPLE_CASE, "kind": MANUAL_CLAIM, "state": CaseState.FILED},
    )
    yield Operation(
        id="readClaim",
        method="GET",
        path=f"{_OF_CASE}/claim",
        tag=_TAG,
        summary="一件手工报销的明细、算出的数、查重的结果",
        handler=reading(service, "read_case", _claim),
        parameters=(PERSON, _CASE_ID),
        answer=named(
            acp_stas=WHOLE,
            total_fen=WHOLE,
            lines=items(named(**_LINE)),
            quote={"type": "object"},
            doubts=items(named(kind=TEXT, title=TEXT, other=TEXT)),
            uploaded=optional(_UPLOADED),
        ),
        example=lambda: {
            "acp_stas": 3,
            "total_fen": 2_348_000,
            "lines": [
                {
                    "line": 1,
                    "name": "床位费",
                    "amount_fen": 2_348_000,
                    "class": ItemClass.A,
                    "upfront_bp": None,
                    "code": "",
                    "restricted": False,
                    "decision": LineDecision.OPEN,
                    "accepted_fen": 0,
                    "reason": "",
                }
            ],
            "quote": dict.fromkeys(QUOTED, 0),
            "doubts": [],
            "uploaded": None,
        },
        signed_in=True,
        permission="read_case",
        problems=("not-found", "invalid-input"),
    )
    yield _write(
        service,
        "putClaimLines",
        f"{_OF_CASE}/lines",
        "录入费用明细，替换原来的",
        "move_case",
        (LINES,),
        {"lines": "床位费,180.00,甲\n某药,320.00,乙,10"},
        lambda call: _lines(service, call),
        named(case=TEXT, lines=WHOLE, total=WHOLE, missing=WHOLE),
        {"case": _EXAMPLE_CASE, "lines": 2, "total": 50_000, "missing": 0},
        _CASE_ID,
    )
    yield _write(
        service,
        "decideClaimLines",
        f"{_OF_CASE}/decisions",
        "初审逐行决定：认、认一部分、不认",
        "move_case",
        (DECISIONS,),
        {"decisions": [{"line": 1, "decision": LineDecision.ACCEPTED}]},
        _decide,
        named(case=TEXT, lines=WHOLE, undecided=WHOLE),
        {"case": _EXAMPLE_CASE, "lines": 2, "undecided": 1},
        _CASE_ID,
    )
    yield _write(
        service,
        "changeClaimAccount",
        f"{_OF_CASE}/account",
        "银行退回以后换一个账户再付",
        "move_case",
        ACCOUNT,
        _ACCOUNT_EXAMPLE,
        lambda call: _account(service, call),
        named(case=TEXT, state=TEXT),
        {"case": _EXAMPLE_CASE, "state": "settled"},
        _CASE_ID,
    )
    yield _write(
        service,
        "collectClaimRecovery",
        f"{_OF_CASE}/recovery",
        "登记第三人还来的钱，记回付过的基金",
        "book_money",
        RECOVERED,
        {"amount": "15487.50", "day": "2026-11-05"},
        _collect,
        named(case=TEXT, collected=WHOLE, left=WHOLE),
        {"case": _EXAMPLE_CASE, "collected": 1_548_750, "left": 0},
        _CASE_ID,
    )


def _write(
    service: RecordService,
    name: str,
    path: str,
    summary: str,
    permission: str,
    inputs: tuple[Input, ...],
    body_example: Json,
    work: Callable[[RecordCall], Json],
    answer: Json,
    example: Json,
    *parameters: Json,
) -> Operation:
    return write_operation(
        service,
        _TAG,
        name,
        path,
        summary,
        permission,
        inputs,
        body_example,
        work,
        answer,
        example,
        (PERSON, *parameters),
    )


def _of_person(unit: Unit, call: RecordCall, kinds: tuple[str, ...] = (MANUAL_CLAIM,)) -> None:
    """``NotFoundError`` for a case that is another person's, or of another kind."""
    row = case_row(unit, call.path["case"])
    if row.person_id != call.person_id or row.kind not in kinds:
        raise NotFoundError(message("没有案件 {case_id}", case_id=call.path["case"]))
    require_case(call.actor, "read_case", row)


def _file(service: RecordService, call: RecordCall) -> Json:
    return claims.file_claim(
        call.database,
        call.key,
        call.person_id,
        claim_of(call.values, service.library),
        actor=call.actor,
        at=call.at,
    )


def _claim(unit: Unit, call: RecordCall) -> Json:
    _of_person(unit, call)
    case_id = call.path["case"]
    sheet, row = sheet_of(unit, case_id), case_row(unit, case_id)
    claim = kind_of(row.kind).read(row.data)
    return {
        "acp_stas": acceptance_of(row.state),
        "total_fen": sheet.total,
        "lines": [
            {
                "line": number,
                "name": line.name,
                "amount_fen": line.amount,
                "class": line.item_class,
                "upfront_bp": line.upfront,
                "code": line.code,
                "restricted": line.restricted,
                "decision": line.decision,
                "accepted_fen": line.accepted,
                "reason": line.reason,
            }
            for number, line in enumerate(sheet.lines, start=1)
        ],
        "quote": dict(sheet.quote),
        "doubts": [
            {
                "kind": doubt["kind"],
                "title": str(DOUBT_WORDS[doubt["kind"]]),
                "other": doubt["other"],
            }
            for doubt in last_doubts(unit, case_id) or []
        ],
        "uploaded": _uploaded(uploaded_bill(unit, row.person_id, claim, sheet.lines)),
    }


def _uploaded(bill: UploadedBill | None) -> Json | None:
    if bill is None:
        return None
    return {
        "total_fen": bill.total,
        "visits": [
            {
                "visit": visit.number,
                "institution": visit.institution_id,
                "start": visit.start,
                "end": visit.end,
                "uploaded_fen": visit.summed,
                "stated_fen": visit.stated,
            }
            for visit in bill.visits
        ],
        "differing": [
            {"name": item.name, "claimed_fen": item.claimed, "uploaded_fen": item.uploaded}
            for item in bill.differing
        ],
    }


def _lines(service: RecordService, call: RecordCall) -> Json:
    call.database.read(lambda unit: _of_person(unit, call))
    return claims.put_lines(
        call.database,
        service.library,
        call.key,
        call.path["case"],
        lines_of(call.values),
        actor=call.actor,
        at=call.at,
    )


def _decide(call: RecordCall) -> Json:
    call.database.read(lambda unit: _of_person(unit, call))
    return claims.decide_lines(
        call.database,
        call.key,
        call.path["case"],
        decisions_of(call.values["decisions"]),
        actor=call.actor,
        at=call.at,
    )


def _account(service: RecordService, call: RecordCall) -> Json:
    call.database.read(lambda unit: _of_person(unit, call, _PAID_TO_PEOPLE))
    return claims.resend_payment(
        call.database,
        service.library,
        call.key,
        call.path["case"],
        payee_from(call.values),
        actor=call.actor,
        at=call.at,
    )


def _collect(call: RecordCall) -> Json:
    call.database.read(lambda unit: _of_person(unit, call))
    return claims.collect_recovery(
        call.database,
        call.key,
        call.path["case"],
        call.values["amount"],
        call.values["day"],
        actor=call.actor,
        at=call.at,
    )
