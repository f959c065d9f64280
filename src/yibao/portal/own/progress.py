"""办事进度: one's own applications, whose step is next, and what is still to be handed in."""

from __future__ import annotations

import secrets

from starlette.responses import RedirectResponse, Response

from yibao.access.operations import Key
from yibao.claims.forms import MANUAL_CLAIM
from yibao.claims.owing import RESEND
from yibao.database.instants import civil_day
from yibao.errors import InputError, YibaoError
from yibao.inquiry.fact_fields import wording
from yibao.messages import Text, message
from yibao.moving.applications import TRANSFER_IN, TRANSFER_OUT
from yibao.moving.forms import form_in_case
from yibao.office.documents import OTHER, add_document
from yibao.office.flows import APPLICANT
from yibao.office.operations import move_case
from yibao.office.reading import (
    ListedCase,
    case_rows_of,
    read_case,
    read_document,
)
from yibao.portal.calls import status_of
from yibao.portal.claim_letter import has_letter
from yibao.portal.desk.upload import download_headers
from yibao.portal.own.blocks import Card, Cell, Link, Sheet, leading, plain
from yibao.portal.own.frame import OwnCall
from yibao.portal.own.reading import HOME, read_own, whose

CASES = "/own/cases"
_MOST_CASES = 50
TRANSFERS = (TRANSFER_IN, TRANSFER_OUT)


def listed(call: OwnCall) -> Response:
    """All that was applied for, the latest first."""
    rows = read_own(
        call,
        "read_cases",
        lambda unit: case_rows_of(unit, call.whose, call.today, _MOST_CASES),
    )
    block = Card(
        message("我的申请"),
        lead=message("点开看材料、经过，要补的在里面交。"),
        columns=[message("事项"), message("提交"), message("到哪一步"), message("等谁")],
        rows=[
            [
                leading(row.kind.label, call.address(f"{CASES}/{row.case_id}")),
                plain(civil_day(row.opened_at).isoformat()),
                Cell(row.state_label, tag="" if row.is_open else "quiet"),
                plain(waits_text(row)),
            ]
            for row in rows
        ],
        empty=message("没有申请过"),
        onward=Link(message("我要办"), "/own/do"),
    )
    title = message("办事进度")
    return call.show(Sheet(title, blocks=[block], back=HOME, whose=whose(call, CASES)))


def waits_text(row: ListedCase) -> Text:
    """Whose step is next, as the applicant reads it."""
    role = row.kind.waits_for(row.state)
    if role is None:
        return message("等对方办理") if row.is_open else message("办完了")
    return message("等您") if role in APPLICANT else message("等{role}", role=role.wording)


def due_text(row: ListedCase) -> Text:
    """Until when it has to be decided, or why there is no day."""
    deadline = row.deadline
    if deadline.day is None:
        return deadline.note or message("没有计时")
    if deadline.is_overdue:
        return message("{day}，已经超期", day=deadline.day)
    return message("{day} 以前", day=deadline.day)


def show(call: OwnCall) -> Response:
    """One application."""
    return _page(call, "", None, 200)


def _page(call: OwnCall, place: str, fault: Text | None, status: int) -> Response:
    page = read_case(call.database, call.actor, call.parameters["case"], call.today)
    row = page.listed
    names = call.names([row.person_id or call.me])
    values = {
        "page": page,
        "case": row,
        "who": names.get(row.person_id or call.me, ""),
        "waits": waits_text(row),
        "due": due_text(row),
        "address": f"{CASES}/{row.case_id}",
        "papers": [
            *((paper.kind, paper.label) for paper in page.papers),
            (OTHER, message("其他材料")),
        ],
        "me": call.actor.id,
        "has_letter": row.kind.name == MANUAL_CLAIM and has_letter(page),
        "has_form": row.kind.name in TRANSFERS
        and call.database.read(lambda unit: form_in_case(unit, row.case_id) is not None),
        "may_resend": any(move.name == RESEND for move in page.moves),
        "once": secrets.token_hex(16),
        "place": place,
        "fault": fault,
    }
    return call.page("own/case.html", wording(row.kind.label), values, status)


def move(call: OwnCall) -> Response:
    """Supplemented, or withdrawn."""
    seen = call.sent.get("seen", "")
    try:
        move_case(
            call.database,
            call.counter.packs,
            Key(call.me, "portal_move", call.once()),
            call.parameters["case"],
            call.sent.get("move", ""),
            actor=call.actor,
            reason=call.sent.get("reason", ""),
            seen=int(seen) if seen.isascii() and seen.isdigit() else None,
            at=call.counter.now(),
        )
    except YibaoError as error:
        return _page(call, "move", error.said, status_of(error))
    return RedirectResponse(f"{CASES}/{call.parameters['case']}", 303)


def hand_in(call: OwnCall) -> Response:
    """A document, from one's own telephone or computer."""
    try:
        if call.upload is None or not call.upload.content:
            raise InputError(message("请选一个文件：PDF、JPEG 或 OFD"))
        add_document(
            call.database,
            Key(call.me, "portal_document", call.once()),
            call.parameters["case"],
            call.sent.get("paper", OTHER),
            call.upload.name,
            call.upload.content,
            actor=call.actor,
            at=call.counter.now(),
        )
    except YibaoError as error:
        return _page(call, "file", error.said, status_of(error))
    return RedirectResponse(f"{CASES}/{call.parameters['case']}", 303)


def document(call: OwnCall) -> Response:
    """A document of one's own case, as a download."""
    document_id = call.parameters["document"]
    file = read_document(call.database, call.actor, call.parameters["case"], document_id)
    headers = download_headers(document_id, file.media_type)
    return Response(file.content, media_type=file.media_type, headers=headers)
