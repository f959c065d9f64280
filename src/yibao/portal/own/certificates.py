"""The certificate of cover: what was paid, here and elsewhere, as a signed paper."""

from __future__ import annotations

import secrets

from starlette.responses import Response

from yibao.access.trail import read_record
from yibao.database.unit import Unit
from yibao.errors import NotFoundError
from yibao.inquiry.words import SCHEME
from yibao.messages import Text, message, message_in
from yibao.moving.applications import PaidPeriod, periods_of
from yibao.moving.forms import form_in_case, paid_at_all
from yibao.office.reading import CasePage
from yibao.papers import Paper, Section, render
from yibao.policy.kinds import Scheme
from yibao.portal.own.frame import OwnCall
from yibao.portal.own.papers import COVER, TRANSFER, issuer, notes, pdf, proof_of
from yibao.portal.own.words import days
from yibao.portal.transfer_papers import form_paper, periods_section
from yibao.record import insurance, used


def form_letter(call: OwnCall, page: CasePage) -> Response:
    """信息表 of one's own move."""
    form = call.database.read(lambda unit: form_in_case(unit, page.listed.case_id))
    if form is None:
        raise NotFoundError(message("信息表还没有出"))
    figures = len(form.months()), form.balance
    code, text = proof_of(call, TRANSFER, form.number, form.made_on.isoformat(), *figures)
    paper = form_paper(form, form.name, issuer(call), call.language, code, text)
    return pdf(render(paper), f"transfer-{form.number[-6:]}.pdf")


def cover(call: OwnCall) -> Response:
    """参保凭证."""
    sealed = call.database.secrets

    def fetch(unit: Unit) -> tuple[insurance.Insurance, tuple[PaidPeriod, ...]]:
        facts, _ = used.held_state(unit, call.whose)
        registration = insurance.insurance(unit, sealed, call.whose, call.today)
        return registration, paid_at_all(unit, facts, call.today)

    registration, paid = read_record(
        call.database, call.actor, "read_contributions", call.whose, fetch, purpose="certificate"
    )
    months = len(periods_of(paid, Scheme.EMPLOYEE))
    years = len(periods_of(paid, Scheme.RESIDENT))
    number = secrets.token_hex(8)
    code, text = proof_of(call, COVER, number, call.today.isoformat(), months, years)
    certificates = registration.certificates
    facts: list[tuple[Text, Text]] = [
        (message("姓名"), registration.name or call.whose),
        (message("证件号码"), certificates[0].number if certificates else "—"),
        *(
            (
                SCHEME.get(enrolment.scheme, enrolment.scheme),
                message(
                    "{place}，{days}",
                    place=call.counter.packs.place_name(enrolment.area),
                    days=days(enrolment.start, enrolment.end),
                ),
            )
            for enrolment in registration.enrolments
        ),
        (message_in("papers", "开具日"), call.today.isoformat()),
    ]
    paper = Paper(
        title=message("基本医疗保险参保凭证"),
        issuer=issuer(call),
        number=number,
        headline=message("职工医保 {months} 个月，居民医保 {years} 年", months=months, years=years),
        sections=(Section(message_in("records", "参保"), facts=facts), periods_section(paid)),
        notes=notes(call),
        code_svg=code,
        code_text=text,
        language=call.language,
    )
    return pdf(render(paper), call.say(message("参保凭证-{number}.pdf", number=number)))
