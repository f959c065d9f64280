"""我要办 → 手工报销: apply with the receipt, another account, and the letter of the decision."""

from __future__ import annotations

from starlette.responses import RedirectResponse, Response

from yibao.access.operations import Answer, Key
from yibao.claims.coded import cares, reasons
from yibao.claims.forms import MANUAL_CLAIM
from yibao.claims.operations import file_claim, resend_payment
from yibao.claims.owing import RESEND
from yibao.claims.sheets import sheet_of
from yibao.database.unit import Database
from yibao.errors import NotFoundError
from yibao.inquiry.claiming import ACCOUNT, claim_fields, claim_of, payee_from
from yibao.inquiry.fields import Values
from yibao.messages import Fen, Text, Wording, message, message_in
from yibao.office.reading import CasePage, read_case
from yibao.papers import render
from yibao.portal.claim_letter import has_letter, letter_of
from yibao.portal.own.applying import for_whom
from yibao.portal.own.certificates import form_letter
from yibao.portal.own.frame import Form, OwnCall, recapped
from yibao.portal.own.papers import issuer, pdf
from yibao.portal.own.progress import CASES, TRANSFERS

_PERSON = "person"


def apply(call: OwnCall) -> Response:
    """手工报销."""
    packs = call.counter.packs
    form = Form(
        message("手工报销"),
        (for_whom(call), *claim_fields(packs)),
        lead=message("自己先付了钱、没有直接结算的，在这里申请；提交以后在“办事进度”里上传材料。"),
    )

    def recap(values: Values) -> list[tuple[Wording, Text]]:
        claim = claim_of(values, packs)
        person = str(values[_PERSON])
        return [
            (message_in("filing", "给谁办"), call.names([person])[person]),
            (message("看什么"), cares()[claim.care].label),
            (message("为什么没有直接结算"), reasons()[claim.reason]),
            (message("在哪家机构看的"), claim.place.name),
            (message("日期"), message("{start} 至 {end}", start=claim.start, end=claim.end)),
            (message("票据金额"), Fen(claim.total)),
            (message("收款账户"), f"{claim.payee.name}　{claim.payee.bank}　{claim.payee.account}"),
        ]

    def write(database: Database, values: Values, message_id: str) -> Answer:
        return file_claim(
            database,
            Key(call.me, "portal_claim", message_id),
            str(values[_PERSON]),
            claim_of(values, packs),
            actor=call.actor,
            at=call.counter.now(),
        )

    def shown(_: Values, answer: Answer) -> Response:
        return RedirectResponse(f"{CASES}/{answer['case']}", 303)

    return recapped(call, form, "/own/claim", recap, write, shown)


def _page_of(call: OwnCall) -> CasePage:
    page = read_case(call.database, call.actor, call.parameters["case"], call.today)
    if page.listed.kind.name != MANUAL_CLAIM:
        raise NotFoundError(message("没有这一页"))
    return page


def account(call: OwnCall) -> Response:
    """Another bank account for a payment that came back."""
    page = read_case(call.database, call.actor, call.parameters["case"], call.today)
    case_id = page.listed.case_id
    if not any(move.name == RESEND for move in page.moves):
        raise NotFoundError(message("没有这一页"))
    form = Form(message("换一个收款账户"), ACCOUNT)

    def recap(values: Values) -> list[tuple[Wording, Text]]:
        payee = payee_from(values)
        return [(message("收款账户"), f"{payee.name}　{payee.bank}　{payee.account}")]

    def write(database: Database, values: Values, message_id: str) -> Answer:
        return resend_payment(
            database,
            call.counter.packs,
            Key(call.me, "portal_account", message_id),
            case_id,
            payee_from(values),
            actor=call.actor,
            at=call.counter.now(),
        )

    def shown(_: Values, __: Answer) -> Response:
        return RedirectResponse(f"{CASES}/{case_id}", 303)

    return recapped(call, form, f"{CASES}/{case_id}/account", recap, write, shown)


def letter(call: OwnCall) -> Response:
    """The decision letter, or the form of somebody who moves, as PDF."""
    page = read_case(call.database, call.actor, call.parameters["case"], call.today)
    if page.listed.kind.name in TRANSFERS:
        return form_letter(call, page)
    page = _page_of(call)
    if not has_letter(page):
        raise NotFoundError(message("这件事还没有决定"))
    case_id, person_id = page.listed.case_id, page.listed.person_id or call.me
    sheet = call.database.read(lambda unit: sheet_of(unit, case_id))
    name = call.names([person_id]).get(person_id, "")
    paper = letter_of(page, sheet, name, issuer(call), call.language)
    return pdf(render(paper), f"claim-{case_id[-6:]}.pdf")
