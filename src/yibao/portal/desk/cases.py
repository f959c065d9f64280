"""One case: what is asked, the documents, what the rules say, the history, and the decision."""

from __future__ import annotations

import datetime
import secrets

from starlette.responses import RedirectResponse, Response

from yibao.access.errors import DeniedError
from yibao.access.operations import Key
from yibao.access.permissions import MATRIX, Role, may
from yibao.access.users import logins_of
from yibao.api.counter.errand import APPROVE
from yibao.claims.forms import LineDecision
from yibao.claims.owing import RESEND
from yibao.conduct.forms import CONDUCT_CASE
from yibao.errors import InputError, NotFoundError, YibaoError
from yibao.inquiry.claiming import LINE_WORDS
from yibao.insured.signing_up.forms import SIGN_UP
from yibao.messages import Text, message
from yibao.office.documents import OTHER, add_document
from yibao.office.kinds import Move
from yibao.office.notes import add_note
from yibao.office.operations import move_case
from yibao.office.reading import CasePage, read_case, read_document
from yibao.portal.calls import status_of
from yibao.portal.desk import conduct, moving, signing_up
from yibao.portal.desk.beside import asked_of
from yibao.portal.desk.claims import WRITES, letter, view_of
from yibao.portal.desk.conduct_papers import conduct_letter
from yibao.portal.desk.frame import DESK, DeskCall
from yibao.portal.desk.queue import due_of
from yibao.portal.desk.reading import PURPOSE, read_of
from yibao.portal.desk.upload import download_headers
from yibao.portal.styles import classes
from yibao.record.insurance import insurance, names_of

CASES = f"{DESK}/cases"
_DECISIONS = [
    (decision.value, word)
    for decision, word in LINE_WORDS.items()
    if decision is not LineDecision.OPEN
]


def show(call: DeskCall) -> Response:
    """The page of a case."""
    return _page(call, "", None, 200)


def _address(call: DeskCall) -> str:
    return f"{CASES}/{call.parameters['case']}"


def _page(
    call: DeskCall, place: str, fault: Text | None, status: int, *, code: str = ""
) -> Response:
    case_id = call.parameters["case"]
    page = read_case(call.database, call.actor, case_id, call.today, purpose=PURPOSE)
    person_id = page.listed.person_id
    registered, name = None, ""
    if person_id is not None:
        sealed, packs = call.database.secrets, call.counter.packs
        # Whose case it is, whoever reads the case may know; more than the name, not everybody.
        named = call.database.read(lambda unit: names_of(unit, sealed, [person_id]))
        name = named[person_id]
        if may(call.actor, "read_person", person_id):
            registered = read_of(
                call,
                "read_person",
                person_id,
                lambda unit: insurance(unit, sealed, person_id, call.today, packs),
            )
    if page.listed.kind.name == SIGN_UP:
        registered = signing_up.registered_here(call, page)
    actors = {step.actor for step in page.history}
    due = due_of(page.listed, call.today)
    values = {
        "page": page,
        "case": page.listed,
        "insured": registered,
        "name": name,
        "due": due,
        "asked": asked_of(call, page),
        "claim": view_of(call, page),
        "may_resend": any(move.name == RESEND for move in page.moves),
        "may_give_code": signing_up.may_give_code(call, page),
        "code": code,
        "transfer": moving.view_of(call, page),
        "conduct": conduct.conduct_view_of(call, page),
        "until": _last_day(page),
        "bases": page.listed.kind.bases if any(m.needs_basis for m in page.moves) else (),
        "sent": call.sent,
        "classes": classes,
        "today": call.today.isoformat(),
        "decisions": _DECISIONS,
        "moves": [(move, _look(page, move)) for move in page.moves if move.name != RESEND],
        "logins": logins_of(call.database, actors),
        "roles": {role.value: role.wording for role in Role},
        "papers": [*((paper.kind, paper.label) for paper in page.papers),
                   (OTHER, message("其他材料"))],
        "may_hand_in": page.listed.is_open and call.actor.role in MATRIX["hand_in"],
        "may_note": call.may("note_case"),
        "once": secrets.token_hex(16),
        "place": place,
        "fault": fault,
        "written": call.sent.get("reason", "") if place == "reason" else "",
    }  # fmt: skip
    title: Text = page.listed.kind.label
    if name:
        title = message("{name}，{kind}", name=name, kind=page.listed.kind.label)
    return call.show("case.html", title, values, status)


def _last_day(page: CasePage) -> str | None:
    """What a reviewer may set as the last day, as it was asked for; None: nothing to set."""
    if not any(move.takes_end for move in page.moves):
        return None
    end = page.data.end
    return "" if end is None else str(end.isoformat())


def _look(page: CasePage, move: Move) -> str:
    """What a button looks like: the way on first, what ends badly in red."""
    if move.needs_reason and page.listed.kind.state(move.end).is_final:
        return "stop"
    is_way_on = move.effect is not None or not move.needs_reason
    first = next((way for way in page.moves if not way.needs_reason), None)
    return "" if is_way_on and move is first else "second"


def _until(call: DeskCall) -> datetime.date | None:
    """The last day that a reviewer sets, for the moves that take one; ``InputError``."""
    text = call.sent.get("until", "").strip()
    if not text or call.sent.get("move") != APPROVE:
        return None
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        raise InputError(message("日期写成 2026-12-31 这样"), place="until") from None


def move(call: DeskCall) -> Response:
    """Decide: the reason goes with it, and what was seen."""
    call.require_role("move_case")
    seen = call.sent.get("seen", "")
    try:
        until = _until(call)
        move_case(
            call.database,
            call.counter.packs,
            Key(call.actor.id, "desk_move", call.once()),
            call.parameters["case"],
            call.sent.get("move", ""),
            actor=call.actor,
            reason=call.sent.get("reason", ""),
            basis=call.sent.get("basis", ""),
            seen=int(seen) if seen.isascii() and seen.isdigit() else None,
            until=until,
            at=call.counter.now(),
        )
    except YibaoError as error:
        return _page(call, "reason", error.said, status_of(error))
    return RedirectResponse(_address(call), 303)


def give_code(call: DeskCall) -> Response:
    """The one-time code of somebody who signs up: shown this once, to be told by telephone."""
    call.require_role("give_sign_up_code")
    try:
        code = signing_up.given_code(call)
    except YibaoError as error:
        return _page(call, "code", error.said, status_of(error))
    return _page(call, "", None, 200, code=code)


def write_claim(call: DeskCall) -> Response:
    """Lines, decisions or another account of a claim."""
    call.require_role("move_case")
    write = WRITES.get(call.parameters["what"])
    if write is None:
        read_case(call.database, call.actor, call.parameters["case"], call.today)
        raise NotFoundError(message("没有这一页"))
    try:
        write(call)
    except YibaoError as error:
        return _page(call, "bill", error.said, status_of(error))
    return RedirectResponse(f"{_address(call)}#bill", 303)


def write_conduct(call: DeskCall) -> Response:
    """A proposal, what came in, a reward or points of a case of supervision."""
    call.require_role("read_conduct")
    read_case(call.database, call.actor, call.parameters["case"], call.today, purpose=PURPOSE)
    return conduct.write(call, lambda place, fault, status: _page(call, place, fault, status))


def claim_letter(call: DeskCall) -> Response:
    """The letter in which a case was decided."""
    page = read_case(
        call.database, call.actor, call.parameters["case"], call.today, purpose=PURPOSE
    )
    if not page.is_whole:
        raise DeniedError(message("单位看得到办到哪一步，看不到职工的材料"))
    person_id = page.listed.person_id or ""
    sealed = call.database.secrets
    if page.listed.kind.name == CONDUCT_CASE:
        return conduct_letter(call, page)
    named = call.database.read(lambda unit: names_of(unit, sealed, [person_id]))
    name = named.get(person_id, "")
    if page.listed.kind.name in moving.KINDS:
        return moving.form_letter(call, page, name)
    return letter(call, page, name)


def form_file(call: DeskCall) -> Response:
    """The form of somebody who moves, signed, as a file for another store."""
    return moving.form_file(call)


def receive_form(call: DeskCall) -> Response:
    """Take in the form of another store; it finds its case by itself."""
    call.require_role("move_case")
    try:
        answer = moving.receive_form(call)
    except YibaoError as error:
        return _page(call, "form", error.said, status_of(error))
    return RedirectResponse(f"{CASES}/{answer['case']}", 303)


def note(call: DeskCall) -> Response:
    """A note in the history, which the applicant reads too."""
    call.require_role("note_case")
    try:
        add_note(
            call.database,
            Key(call.actor.id, "desk_note", call.once()),
            call.parameters["case"],
            call.sent.get("text", ""),
            actor=call.actor,
            at=call.counter.now(),
        )
    except YibaoError as error:
        return _page(call, "text", error.said, status_of(error))
    return RedirectResponse(_address(call), 303)


def hand_in(call: DeskCall) -> Response:
    """A document from paper."""
    call.require_role("hand_in")
    try:
        if call.upload is None or not call.upload.content:
            raise InputError(message("请选一个文件：PDF、JPEG 或 OFD"))
        add_document(
            call.database,
            Key(call.actor.id, "desk_document", call.once()),
            call.parameters["case"],
            call.sent.get("paper", OTHER),
            call.upload.name,
            call.upload.content,
            actor=call.actor,
            at=call.counter.now(),
        )
    except YibaoError as error:
        return _page(call, "file", error.said, status_of(error))
    return RedirectResponse(_address(call), 303)


def document(call: DeskCall) -> Response:
    """A document, as a download: nothing of it runs on this site."""
    file = read_document(
        call.database,
        call.actor,
        call.parameters["case"],
        call.parameters["document"],
        purpose=PURPOSE,
    )
    headers = download_headers(call.parameters["document"], file.media_type)
    return Response(file.content, media_type=file.media_type, headers=headers)
