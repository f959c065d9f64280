"""Manual claims at the desk: taken in, keyed in, decided line by line, and the letter."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from starlette.responses import RedirectResponse, Response

from yibao.access.operations import Key
from yibao.access.permissions import require
from yibao.benefit.settling import Settled
from yibao.claims import operations as claims
from yibao.claims.bills import read_file, read_lines, written_lines
from yibao.claims.coded import reasons
from yibao.claims.doubts import DOUBT_WORDS, last_doubts
from yibao.claims.forms import MANUAL_CLAIM, ClaimLine, LineDecision, ManualClaim
from yibao.claims.quoting import quote_of
from yibao.claims.recovering import ThirdPartyDebt, debt_of
from yibao.claims.sheets import ClaimSheet, DecidedLine, sheet_of
from yibao.database.unit import Unit
from yibao.errors import InputError, NotFoundError, RefusedError, YibaoError
from yibao.exchange.selfpaid import UploadedBill, uploaded_bill
from yibao.guide.drugs import Drug
from yibao.guide.matching import candidates_for
from yibao.inquiry.claiming import (
    ACCOUNT,
    LINE_WORDS,
    LINES,
    RECOVERED,
    claim_fields,
    claim_of,
    payee_from,
)
from yibao.inquiry.filling import FieldsError, read
from yibao.messages import Fen, Text, message, message_in
from yibao.money import AmountError, parse_percent, parse_yuan
from yibao.office.kinds import DecisionGround
from yibao.office.reading import CasePage
from yibao.papers import render
from yibao.policy.kinds import ItemClass
from yibao.portal.calls import status_of
from yibao.portal.claim_letter import has_letter, letter_of
from yibao.portal.desk.frame import DESK, DeskCall
from yibao.portal.own.papers import pdf
from yibao.portal.styles import classes

CLAIMS = f"{DESK}/claims"
_MOST_COMPARED = 12
"""Lines whose rejection is worked out beside a claim."""


@dataclass(frozen=True, slots=True)
class ShownLine:
    """A line with what rejecting it would change."""

    number: int
    line: ClaimLine
    word: Text
    candidates: Sequence[Drug]
    """Lines of the catalogue that its name may mean, where nothing says its class."""
    less: int | None
    """Fen that the fund pays less without it; None: not worked out."""


@dataclass(frozen=True, slots=True)
class ClaimView:
    """What stands on a claim's page beyond what every case has."""

    claim: ManualClaim
    sheet: ClaimSheet
    lines: Sequence[ShownLine]
    text: str
    """The lines as they are keyed in."""
    doubts: Sequence[Text]
    missing: int
    """Fen by which the lines are short of the receipts."""
    may_enter: bool
    may_decide: bool
    uploaded: UploadedBill | None
    """What the institution uploaded of the same care as paid by the person alone."""
    debt: ThirdPartyDebt | None
    """What a third party still owes the funds."""
    may_collect: bool
    has_letter: bool
    bases: Sequence[DecisionGround]


# --- the page of a case --------------------------------------------------------------------------


def view_of(call: DeskCall, page: CasePage) -> ClaimView | None:
    """What a claim's page shows more; None for another kind of case."""
    if page.listed.kind.name != MANUAL_CLAIM:
        return None
    case_id = page.listed.case_id
    person_id, claim = page.listed.person_id, page.data
    assert person_id is not None

    def fetch(unit: Unit) -> tuple[Any, ...]:
        sheet = sheet_of(unit, case_id)
        uploaded = uploaded_bill(unit, person_id, claim, sheet.lines)
        return sheet, last_doubts(unit, case_id), debt_of(unit, case_id), uploaded

    sheet, hits, debt, uploaded = call.database.read(fetch)
    moves = {move.name for move in page.moves}
    compared = "review" in moves and len(sheet.lines) <= _MOST_COMPARED
    return ClaimView(
        claim=claim,
        sheet=sheet,
        lines=[
            ShownLine(
                number,
                line,
                LINE_WORDS[line.decision],
                candidates_for(line.name) if "enter" in moves and _is_open(line) else (),
                _less(call, page, sheet, number) if compared else None,
            )
            for number, line in enumerate(sheet.lines, start=1)
        ],
        text=written_lines(sheet.lines),
        doubts=[DOUBT_WORDS[doubt["kind"]] for doubt in hits or []],
        missing=page.data.total - sheet.total,
        may_enter="enter" in moves,
        may_decide="review" in moves,
        uploaded=uploaded,
        debt=debt,
        may_collect=debt is not None and debt.is_open and call.may("book_money"),
        has_letter=has_letter(page),
        bases=[] if not any(move.needs_basis for move in page.moves) else page.listed.kind.bases,
    )


def _is_open(line: ClaimLine) -> bool:
    """Whether nothing says what a line is in the catalogue."""
    return not line.code and line.item_class is ItemClass.C


def quoted(call: DeskCall, page: CasePage, lines: Sequence[ClaimLine]) -> Settled | Text:
    """What the kernel says of some lines, or why it says nothing."""
    assert page.listed.person_id is not None
    try:
        return quote_of(
            call.database,
            call.counter.packs,
            page.listed.case_id,
            page.listed.person_id,
            page.data,
            lines,
            call.actor,
        )
    except (RefusedError, NotFoundError) as error:
        return error.said


def _less(call: DeskCall, page: CasePage, sheet: ClaimSheet, number: int) -> int | None:
    """What the fund pays less where one line is not accepted."""
    line = sheet.lines[number - 1]
    rejected = msgspec.structs.replace(line, decision=LineDecision.REJECTED)
    whole = msgspec.structs.replace(line, decision=LineDecision.ACCEPTED)
    funds = []
    for changed in (whole, rejected):
        lines = (*sheet.lines[: number - 1], changed, *sheet.lines[number:])
        answer = quoted(call, page, lines)
        if not isinstance(answer, Settled):
            return None
        funds.append(answer.adjudication.settlement.fund)
    return funds[0] - funds[1]


def facts_of_claim(claim: ManualClaim) -> list[tuple[Text, Text]]:
    """What is asked for, in lines."""
    facts: list[tuple[Text, Text]] = [
        (message_in("desk", "机构"), claim.place.name),
        (message("日期"), message("{start} 至 {end}", start=claim.start, end=claim.end)),
        (message("为何没直接结算"), reasons()[claim.reason]),
    ]
    facts += [
        (
            message("票据 {number}", number=voucher.number),
            Fen(voucher.total),
        )
        for voucher in claim.vouchers
    ]
    facts.append(
        (
            message("收款账户"),
            message(
                "{name}，{bank}，尾号 {tail}",
                name=claim.payee.name,
                bank=claim.payee.bank,
                tail=claim.payee.tail,
            ),
        )
    )
    if claim.other_paid:
        facts.append((message("商业保险已经付了多少"), Fen(claim.other_paid)))
    if claim.note:
        facts.append((message("说明"), claim.note))
    return facts


# --- forms ---------------------------------------------------------------------------------------


def apply(call: DeskCall) -> Response:
    """A claim taken in at the counter for whoever stands there."""
    require(call.actor, "open_case", area=call.actor.area)
    person_id = call.sent.get("person", "")
    fields = claim_fields(call.counter.packs)
    if call.request.method != "POST":
        return _form(call, person_id, fields, {}, None, 200)
    reading = read(fields, call.sent, call.today)
    if reading.faults:
        return _form(call, person_id, fields, dict(reading.faults), None, 422)
    try:
        answer = claims.file_claim(
            call.database,
            Key(call.actor.id, "desk_claim", call.once()),
            person_id,
            claim_of(reading.values, call.counter.packs),
            actor=call.actor,
            at=call.counter.now(),
        )
    except FieldsError as error:
        return _form(call, person_id, fields, {}, error.said, 422)
    except YibaoError as error:
        faults = {}
        if isinstance(error, InputError) and error.place:
            faults = {error.place: error.message}
        return _form(call, person_id, fields, faults, error.message, status_of(error))
    return RedirectResponse(f"{DESK}/cases/{answer['case']}", 303)


def _form(
    call: DeskCall,
    person_id: str,
    fields: Sequence[Any],
    faults: Mapping[str, Text],
    fault: Text | None,
    status: int,
) -> Response:
    values = {
        "person": person_id,
        "fields": fields,
        "written": call.sent,
        "faults": faults,
        "fault": fault,
        "today": call.today.isoformat(),
        "classes": classes,
        "once": secrets.token_hex(16),
    }
    return call.show("claim.html", message("手工报销：窗口申请"), values, status)


def lines(call: DeskCall) -> None:
    """The lines that a clerk keyed in, or a file of them."""
    if call.upload is not None and call.upload.content:
        text = read_file(call.upload.content)
    else:
        text = call.sent.get(LINES.name, "")
    claims.put_lines(
        call.database,
        call.counter.packs,
        Key(call.actor.id, "desk_lines", call.once()),
        call.parameters["case"],
        read_lines(text),
        actor=call.actor,
        at=call.counter.now(),
    )


def picks(call: DeskCall) -> None:
    """What a clerk took printed names for: class and restriction of a line of the catalogue.

    Remembered for the institution by the lines' own operation; a restricted drug is shown to
    the reviewer, who looks for the proof.
    """
    case_id = call.parameters["case"]
    sheet = call.database.read(lambda unit: sheet_of(unit, case_id))
    picked = []
    for number, line in enumerate(sheet.lines, start=1):
        place = call.sent.get(f"pick-{number}", "")
        candidates = candidates_for(line.name) if place.isdecimal() else ()
        if place.isdecimal() and int(place) < len(candidates):
            line = _taken_for(line, candidates[int(place)])
        picked.append(line)
    claims.put_lines(
        call.database,
        call.counter.packs,
        Key(call.actor.id, "desk_picks", call.once()),
        case_id,
        picked,
        actor=call.actor,
        at=call.counter.now(),
    )


def _taken_for(line: ClaimLine, drug: Drug) -> ClaimLine:
    return msgspec.structs.replace(
        line,
        item_class=ItemClass(drug.item_class or ItemClass.C),
        upfront=parse_percent(drug.upfront) if drug.upfront else None,
        restricted=bool(drug.flags),
    )


def decisions(call: DeskCall) -> None:
    """What a reviewer says of every line."""
    decided = []
    for name, value in call.sent.items():
        if not name.startswith("decision-") or not name[9:].isdigit():
            continue
        number = int(name[9:])
        accepted = call.sent.get(f"accepted-{number}", "").strip()
        try:
            fen = parse_yuan(accepted) if accepted else 0
        except AmountError:
            raise InputError(message("第 {number} 行认多少，请写元", number=number)) from None
        decided.append(
            DecidedLine(number - 1, _decision(value), fen, call.sent.get(f"reason-{number}", ""))
        )
    claims.decide_lines(
        call.database,
        Key(call.actor.id, "desk_decisions", call.once()),
        call.parameters["case"],
        decided,
        actor=call.actor,
        at=call.counter.now(),
    )


def _decision(text: str) -> LineDecision:
    try:
        return LineDecision(text)
    except ValueError:
        raise InputError(message("请选认还是不认")) from None


def account(call: DeskCall) -> None:
    """Another account for a payment that came back."""
    reading = read(ACCOUNT, call.sent, call.today)
    if reading.faults:
        raise FieldsError(list(reading.faults.items()))
    claims.resend_payment(
        call.database,
        call.counter.packs,
        Key(call.actor.id, "desk_account", call.once()),
        call.parameters["case"],
        payee_from(reading.values),
        actor=call.actor,
        at=call.counter.now(),
    )


def recovery(call: DeskCall) -> None:
    """Money of a third party that arrived."""
    require(call.actor, "book_money", area=call.actor.area)
    reading = read(RECOVERED, call.sent, call.today)
    if reading.faults:
        raise FieldsError(list(reading.faults.items()))
    claims.collect_recovery(
        call.database,
        Key(call.actor.id, "desk_recovery", call.once()),
        call.parameters["case"],
        reading.values["amount"],
        reading.values["day"],
        actor=call.actor,
        at=call.counter.now(),
    )


WRITES = {
    "recovery": recovery,
    "picks": picks,
    "lines": lines,
    "decisions": decisions,
    "account": account,
}
"""What a claim's page sends beside moves, by the last part of the address."""


def letter(call: DeskCall, page: CasePage, name: str) -> Response:
    """The decision letter as PDF."""
    if page.listed.kind.name != MANUAL_CLAIM or not has_letter(page):
        raise NotFoundError(message("这件事还没有决定"))
    case_id = page.listed.case_id
    sheet = call.database.read(lambda unit: sheet_of(unit, case_id))
    issuer = call.agency.name if call.agency is not None else ""
    paper = letter_of(page, sheet, name, issuer, call.language)
    return pdf(render(paper), f"claim-{case_id[-6:]}.pdf")
