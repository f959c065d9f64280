"""Supervision at the desk: hits and leads, and what a case's page has beside its moves."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.responses import RedirectResponse, Response

from yibao.access.operations import Key
from yibao.access.permissions import may
from yibao.conduct import operations as conduct
from yibao.conduct.acts import SUBJECT_WORDS, SubjectKind, act_of
from yibao.conduct.cases import ConductState
from yibao.conduct.forms import CONDUCT_CASE, SOURCE_WORDS, Informer, LeadSource
from yibao.conduct.lifting import suspends_on
from yibao.conduct.peers import peers_off
from yibao.conduct.reading import list_hits
from yibao.conduct.recoveries import PART_WORDS
from yibao.conduct.rewards import informer_of
from yibao.conduct.rules import SEVERITY_WORDS
from yibao.conduct.sheets import BookedRecovery, ConductSheet, recoveries_of, sheet_of
from yibao.errors import NotFoundError, YibaoError
from yibao.inquiry import conducting
from yibao.inquiry.clearing_steps import StepRequest
from yibao.inquiry.conduct_steps import CONDUCT_STEPS
from yibao.inquiry.fields import Field, Values
from yibao.inquiry.filling import FieldsError, read
from yibao.messages import Fen, Text, message
from yibao.office.reading import CasePage, queue
from yibao.portal.calls import status_of
from yibao.portal.desk.frame import DESK, DeskCall
from yibao.portal.desk.queue import due_of
from yibao.portal.styles import classes
from yibao.sanctions.providers import PROVIDER_WORDS, providers_suspended_by

CONDUCT = f"{DESK}/conduct"
_OF_STAFF = ("points", "staff")
"""What is written of the practitioners of an institution."""


def show(call: DeskCall) -> Response:
    """What rules found and nobody dealt with, the cases of the area, and the form of a lead."""
    return _list(call, {}, None, 200)


def _list(
    call: DeskCall, faults: Mapping[str, Text], fault: Text | None, status: int, said: Text = ""
) -> Response:
    hits = list_hits(call.database, call.actor)
    cases = []
    if call.actor.area is not None:
        cases = queue(call.database, call.actor, call.today, kinds=[CONDUCT_CASE], every=True)
    values = {
        "hits": hits,
        "severities": SEVERITY_WORDS,
        "cases": [(case, due_of(case, call.today)) for case in cases],
        "fields": conducting.LEAD,
        "month": conducting.MONTH,
        "written": call.sent,
        "faults": faults,
        "fault": fault,
        "said": said,
        "today": call.today.isoformat(),
        "classes": classes,
        "may_note": call.may("note_lead"),
        "may_judge": call.may("judge_hit"),
        "may_check": call.may("check_conduct"),
        "once": secrets.token_hex(16),
    }
    return call.show("conduct.html", message("基金监管"), values, status)


def _values(call: DeskCall, fields: Sequence[Field]) -> Values:
    reading = read(fields, call.sent, call.today)
    if reading.faults:
        raise FieldsError(list(reading.faults.items()))
    return reading.values


def _again(call: DeskCall, error: YibaoError) -> Response:
    if isinstance(error, FieldsError):
        return _list(call, dict(error.faults), error.said, 422)
    return _list(call, {}, error.said, status_of(error))


def note(call: DeskCall) -> Response:
    """A lead, with the hits that are ticked."""
    call.require_role("note_lead")
    try:
        values = _values(call, conducting.LEAD)
        hits = tuple(name.removeprefix("hit-") for name in call.sent if name.startswith("hit-"))
        answer = conduct.note_lead(
            call.database,
            Key(call.actor.id, "desk_lead", call.once()),
            conducting.lead_of(values, hits),
            actor=call.actor,
            informer=conducting.informer_from(values),
            at=call.counter.now(),
        )
    except YibaoError as error:
        return _again(call, error)
    return RedirectResponse(f"{DESK}/cases/{answer['case']}", 303)


def drop(call: DeskCall) -> Response:
    """Why a hit is none."""
    call.require_role("judge_hit")
    try:
        conduct.drop_hit(
            call.database,
            Key(call.actor.id, "desk_drop_hit", call.once()),
            call.parameters["hit"],
            call.sent.get("reason", ""),
            actor=call.actor,
        )
    except YibaoError as error:
        return _again(call, error)
    return RedirectResponse(CONDUCT, 303)


def check(call: DeskCall) -> Response:
    """Check a month at once, as the job does each month."""
    call.require_role("check_conduct")
    try:
        month = _values(call, conducting.MONTH)["month"]
        result = conduct.check_month(
            call.database,
            month,
            actor=call.actor,
            library=call.counter.packs,
            at=call.counter.now(),
        )
    except YibaoError as error:
        return _again(call, error)
    said: Text = message(
        "查了 {people} 人，新命中 {count} 处", people=result.people, count=result.new
    )
    off = peers_off(call.counter.packs, result.off)
    if off:
        said = message("{said}。{off}", said=said, off=off)
    return _list(call, {}, None, 200, said)


# --- the page of a case --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ConductView:
    """What a case's page shows more."""

    sheet: ConductSheet
    recoveries: Sequence[BookedRecovery]
    parts: Mapping[Any, Text]
    informer: Informer | None
    """None: nobody informed, or whoever reads may not know."""
    surcharge: int
    forms: Sequence[tuple[str, Text, Sequence[Field]]]
    """What may be written now: the last part of the address, its title, its fields."""
    has_letter: bool


def conduct_view_of(call: DeskCall, page: CasePage) -> ConductView | None:
    """Of a case of supervision; None for another kind."""
    if page.listed.kind.name != CONDUCT_CASE:
        return None
    case_id, area = page.listed.case_id, page.listed.area
    sheet, recoveries, informer = call.database.read(
        lambda unit: (
            sheet_of(unit, case_id),
            recoveries_of(unit, case_id),
            informer_of(unit, case_id),
        )
    )
    is_suspended = call.database.read(lambda unit: suspends_on(unit, sheet, call.today))
    forms = [
        (what, step.label, step.fields)
        for what, step in CONDUCT_STEPS.items()
        if page.listed.state in step.states
        and may(call.actor, step.permission, area=area)
        and (what != "reward" or informer is not None)
        and (what not in _OF_STAFF or sheet.subject_kind is SubjectKind.INSTITUTION)
        and (what != "lift" or is_suspended)
        and (what != "subject" or not sheet.subject_id)
    ]
    # Whoever takes up a lead may know who informed, and then those who took a step in it.
    steps = page.history
    is_handled = page.listed.state == ConductState.LEAD or any(
        step.actor == call.actor.id for step in steps
    )
    return ConductView(
        sheet,
        recoveries,
        PART_WORDS,
        informer if may(call.actor, "read_informer", area=area) and is_handled else None,
        sheet.surcharge_on(call.today),
        forms,
        any(step.after == ConductState.TOLD for step in page.history),
    )


def facts_of_conduct(call: DeskCall, page: CasePage) -> list[tuple[Text, Text]]:
    """What is known of a case, in lines."""
    lead = page.data
    sheet = call.database.read(lambda unit: sheet_of(unit, page.listed.case_id))
    named = (lead.subject_name, sheet.subject_id)
    facts: list[tuple[Text, Text]] = [
        (message("线索从哪里来"), SOURCE_WORDS[LeadSource(lead.source)]),
        (SUBJECT_WORDS[sheet.subject_kind], " ".join(who for who in named if who)),
        (message("发现了什么"), lead.text),
    ]
    if lead.hits:
        count = message("{count} 处，{amount}", count=len(lead.hits), amount=Fen(lead.found))
        facts.append((message("规则命中"), count))
    proposal = sheet.document.proposal
    if proposal is not None:
        sanction = sheet.sanction
        facts += [
            (message("违法行为"), act_of(proposal.act).label),
            (message("查明的事实和证据"), proposal.facts),
            (message("退回基金"), Fen(sanction.returned)),
            (message("罚款"), Fen(sanction.fine)),
        ]
        if proposal.months:
            facts.append(
                (message("暂停联网结算"), message("{months} 个月", months=proposal.months))
            )
    facts += [
        (
            message("第 {number} 期退回", number=number),
            message("{day} 以前 {amount}", day=part.day, amount=Fen(part.amount)),
        )
        for number, part in enumerate(sheet.document.instalments, 1)
    ]
    if overdue := sheet.overdue_on(call.today):
        facts.append((message("分期已到期没有退回"), Fen(overdue)))
    facts += _suspended(call, page.listed.case_id)
    limits = (
        (message("最晚哪天决定"), sheet.decide_by),
        (message("最晚哪天要求听证"), sheet.document.hearing_by),
        (message("最晚哪天送达"), sheet.serve_by),
        (message("最晚哪天缴清"), sheet.pay_by),
    )
    facts += [(label, day.isoformat()) for label, day in limits if day is not None]
    return facts


def _suspended(call: DeskCall, case_id: str) -> Iterator[tuple[Text, Text]]:
    """Departments and practitioners whose care the decision keeps from being paid for."""
    suspensions = call.database.read(lambda unit: providers_suspended_by(unit, case_id))
    for suspension in suspensions:
        yield (
            PROVIDER_WORDS[suspension.kind],
            message(
                "{code}：{start} 至 {end}",
                code=suspension.code,
                start=suspension.start,
                end=suspension.end,
            )
            if suspension.lifted_on is None
            else message(
                "{code}：{start} 起，{lifted} 起解除",
                code=suspension.code,
                start=suspension.start,
                lifted=suspension.lifted_on,
            ),
        )


def write(call: DeskCall, page: Callable[[str, Text, int], Response]) -> Response:
    """What somebody wrote on a case's page; ``page`` shows it again with what is wrong."""
    what = call.parameters["what"]
    step = CONDUCT_STEPS.get(what)
    if step is None:
        raise NotFoundError(message("没有这一页"))
    case_id = call.parameters["case"]
    try:
        key = Key(call.actor.id, f"desk_{what}", call.once())
        values = _values(call, step.fields)
        at = call.counter.now()
        library = call.counter.packs
        step.work(StepRequest(call.database, key, case_id, values, call.actor, at, library))
    except FieldsError as error:
        name, said = error.faults[0]
        label = next((field.label for field in step.fields if field.name == name), name)
        whole = message("{field}：{fault}", field=label, fault=said)
        return page(what, whole, 422)
    except YibaoError as error:
        return page(what, error.said, status_of(error))
    return RedirectResponse(f"{DESK}/cases/{case_id}#{what}", 303)
