"""Moving at the desk: what is asked, the form, its file for another store, and one that came."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec
from starlette.responses import Response

from yibao.access.operations import Answer, Key
from yibao.api.counter.errand import ErrandCall, case_outlook, cover_texts
from yibao.database.unit import Unit
from yibao.errors import InputError, NotFoundError, YibaoError
from yibao.ledger.recovering import outstanding
from yibao.messages import Fen, Statements, Text, message
from yibao.moving.applications import (
    BENEFIT_RECOVERY,
    LEAVING,
    TRANSFER_IN,
    TRANSFER_OUT,
    BenefitRecovery,
    InformationForm,
    Leaving,
    PaidPeriod,
    TransferIn,
    TransferOut,
    months_together,
    periods_of,
)
from yibao.moving.files import receive_file, send_file
from yibao.moving.forms import form_in_case, paid_at_all
from yibao.moving.leaving_cases import LEAVING_WORDS, WAY_WORDS
from yibao.moving.recoveries import instalments_of
from yibao.moving.states import TransferState
from yibao.moving.terms import gap_between
from yibao.office.flows import CaseState
from yibao.office.reading import CasePage
from yibao.papers import render
from yibao.policy.kinds import Scheme
from yibao.portal.desk.asked import AskedFor, Beside, Describe
from yibao.portal.desk.frame import DeskCall
from yibao.portal.own.papers import TRANSFER, pdf, proof_of
from yibao.portal.transfer_papers import form_facts, form_paper, period_rows
from yibao.record.insurance import names_of
from yibao.record.used import held_state

KINDS = (TRANSFER_IN, TRANSFER_OUT)


@dataclass(frozen=True, slots=True)
class TransferView:
    """What stands on the page of a transfer beyond what every case has."""

    has_form: bool
    goes_out: bool
    may_receive: bool
    rows: Sequence[tuple[Text, Text, Text, Text]]


def view_of(call: DeskCall, page: CasePage) -> TransferView | None:
    """The form of a transfer, and whether one may be taken in."""
    if page.listed.kind.name not in KINDS or not page.is_whole:
        return None
    form = _form(call, page)
    goes_out = page.listed.kind.name == TRANSFER_OUT
    return TransferView(
        form is not None,
        goes_out,
        not goes_out and page.listed.state == TransferState.ACCEPTED and call.may("open_case"),
        [] if form is None else period_rows(form.paid),
    )


def _form(call: DeskCall, page: CasePage) -> InformationForm | None:
    return call.database.read(lambda unit: form_in_case(unit, page.listed.case_id))


def form_letter(call: DeskCall, page: CasePage, name: str) -> Response:
    """The form as PDF, under a code that says whether it is genuine."""
    form = _form(call, page)
    if form is None:
        raise NotFoundError(message("信息表还没有出"))
    figures = len(form.months()), form.balance
    code, text = proof_of(call, TRANSFER, form.number, form.made_on.isoformat(), *figures)
    issuer = call.agency.name if call.agency is not None else ""
    paper = form_paper(form, name, issuer, call.language, code, text)
    return pdf(render(paper), f"transfer-{form.number[-6:]}.pdf")


def form_file(call: DeskCall) -> Response:
    """The signed form, to be sent to another store."""
    file = send_file(call.database, call.parameters["case"], actor=call.actor)
    headers = {
        "Content-Disposition": f'attachment; filename="transfer-{file.form.number[-6:]}.json"',
        "Cache-Control": "no-store",
    }
    return Response(msgspec.json.encode(file), media_type="application/json", headers=headers)


def receive_form(call: DeskCall) -> Answer:
    """Take in a form that was sent as a file."""
    if call.upload is None or not call.upload.content:
        raise InputError(message("请选转出地发来的信息表文件"))
    return receive_file(
        call.database,
        call.counter.packs,
        Key(call.actor.id, "desk_transfer_form", call.once()),
        call.upload.content,
        call.sent.get("key", ""),
        actor=call.actor,
        at=call.counter.now(),
    )


def _place(call: DeskCall, code: str) -> Text:
    return call.say(call.counter.packs.place_name(code))


def _coming(call: DeskCall, page: CasePage) -> AskedFor:
    """What comes: the months of both areas together, the gap between them, and the balance."""
    wish: TransferIn = page.data
    facts: list[tuple[Text, Text]] = [(message("从哪里转来"), _place(call, wish.from_area))]
    form = _form(call, page) if page.is_whole else None
    person_id = page.listed.person_id
    if form is None or person_id is None:
        return AskedFor(facts)
    known = _paid(call, person_id)
    here = periods_of(known, Scheme.EMPLOYEE)
    said: list[Text] = [
        message(
            "两地逐月合并，职工医保共 {months} 个月；重复的只算一次",
            months=months_together(form.months(), here),
        )
    ]
    said += _of_the_gap(call, page, form, here - form.months())
    beside = Beside(message("随人转来的余额"), form.balance, Statements(said), page.listed.area)
    return AskedFor([*facts, *form_facts(form)], beside)


def _paid(call: DeskCall, person_id: str) -> tuple[PaidPeriod, ...]:
    def read(unit: Unit) -> tuple[PaidPeriod, ...]:
        facts, _ = held_state(unit, person_id)
        return paid_at_all(unit, facts, call.today)

    return call.database.read(read)


def _of_the_gap(
    call: DeskCall, page: CasePage, form: InformationForm, here: set[int]
) -> list[Text]:
    months = form.months()
    later = {month for month in here if months and month > max(months)}
    if not later:
        return []
    area, packs = page.listed.area, call.counter.packs
    gap = gap_between(packs, area, call.today, max(months), min(later))
    if not gap.months:
        return [message("两地之间没有中断")]
    if gap.is_repairable:
        return [
            message(
                "中断 {months} 个月，可以补缴；补缴当月起享受待遇，中断期间追补", months=gap.months
            )
        ]
    if gap.longest_wait is None:
        return [message("中断 {months} 个月", months=gap.months)]
    return [
        message(
            "中断 {months} 个月，不能补缴；待遇等待期不超过 {wait} 个月",
            months=gap.months,
            wait=gap.longest_wait,
        )
    ]


def _going(call: DeskCall, page: CasePage) -> AskedFor:
    """What goes: once the form is made, what it says."""
    wish: TransferOut = page.data
    facts: list[tuple[Text, Text]] = [
        (message("转到哪里"), _place(call, wish.to_area)),
        (
            message("转入地"),
            message("在本系统") if wish.request else message("不在本系统，用文件"),
        ),
    ]
    if wish.payee is not None:
        account = f"{wish.payee.name}　{wish.payee.bank}　*{wish.payee.tail}"
        facts.append((message("对方的收款账户"), account))
    form = _form(call, page)
    if form is None:
        return AskedFor(facts)
    said = message("从个人账户划出，转入地入库以后记进那里的账户")
    beside = Beside(message("随人转走的余额"), form.balance, said, page.listed.area)
    return AskedFor([*facts, *form_facts(form)], beside)


def _leaving(call: DeskCall, page: CasePage) -> AskedFor:
    """Who leaves and why; what becomes of cover and account if it is approved."""
    data: Leaving = page.data
    facts: list[tuple[Text, Text]] = [
        (message("为什么终止"), LEAVING_WORDS[data.reason]),
        (message("参保到哪天为止"), data.last_day.isoformat()),
    ]
    if data.heir is not None:
        sealed, heir = call.database.secrets, data.heir
        named = call.database.read(lambda unit: names_of(unit, sealed, [heir]))
        facts.append((message("继承人"), named[heir]))
    if data.payee is not None:
        account = f"{data.payee.name}　{data.payee.bank}　*{data.payee.tail}"
        facts.append((message("收款账户"), account))
    person_id = page.listed.person_id
    if person_id is None or page.listed.state not in (CaseState.FILED, CaseState.ACCEPTED):
        return AskedFor(facts)
    what = message("批准以后注销的个人账户余额")
    asked = ErrandCall(
        call.database,
        call.counter.packs,
        call.actor,
        Key(call.actor.id, "beside", ""),
        person_id,
        {},
        call.counter.now(),
    )
    try:
        seen = case_outlook(asked, LEAVING, page.listed.area, data)
    except YibaoError as error:
        return AskedFor(facts, Beside(what, None, error.said, page.listed.area))
    notes: list[Text] = [*seen.answer["notes"], *cover_texts(seen.after.cover)]
    amount = int(seen.answer["amount"])
    return AskedFor(facts, Beside(what, amount, Statements(notes), page.listed.area))


def _recovering(call: DeskCall, page: CasePage) -> AskedFor:
    """What was drawn too much, how it comes back, and what is still open."""
    data: BenefitRecovery = page.data
    person_id = page.listed.person_id or ""
    facts: list[tuple[Text, Text]] = [
        (message("查明的事实"), data.ground),
        (message("多享了多少"), Fen(data.amount)),
        (message("怎样退"), WAY_WORDS[data.way]),
    ]
    parts = instalments_of(data.amount, data.instalments)
    if len(parts) > 1:
        said = message("{count} 期，每月 {part}", count=len(parts), part=Fen(parts[0]))
        facts.append((message("分期"), said))
    owed = call.database.read(lambda unit: outstanding(unit, person_id))
    say = message("本人一共还有 {owed} 应追回", owed=Fen(owed))
    beside = Beside(message("决定以后，基金应收回"), data.amount, say, page.listed.area)
    return AskedFor(facts, beside)


DESCRIBED: Mapping[str, Describe] = {
    TRANSFER_IN: _coming,
    TRANSFER_OUT: _going,
    LEAVING: _leaving,
    BENEFIT_RECOVERY: _recovering,
}
