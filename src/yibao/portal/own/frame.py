"""Who is signed in, whose records a page shows, and the guard of every form.

Handlers are plain functions that run in a thread: they read and write the store.
"""

from __future__ import annotations

import datetime
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from yibao.access.permissions import Actor, Role
from yibao.access.sessions import ended_session, session_of
from yibao.api.acting import RecordService
from yibao.api.observe import Handler, routed
from yibao.api.serving import same_site
from yibao.database.joined import rehearse
from yibao.database.unit import Database
from yibao.errors import ConflictError, InputError, NotFoundError, RefusedError, YibaoError
from yibao.inquiry.fields import NO_WORDS, Field, Input, Values
from yibao.inquiry.filling import Faults, Reading, read
from yibao.inquiry.words import RELATION
from yibao.insured.enrolment.cover import civil_day, now
from yibao.insured.payments.channels import PaymentChannel, channels_of
from yibao.insured.people.acting import acting
from yibao.messages import Message, Text, Wording, message
from yibao.policy.compile import PolicyLibrary
from yibao.portal.calls import (
    FORM_TOKEN,
    Counter,
    SignedInCall,
    check_form,
    session_in,
    status_of,
    to_sign_in,
)
from yibao.portal.desk.upload import Upload, is_upload, read_upload
from yibao.portal.display import own_address
from yibao.portal.own.blocks import Sheet
from yibao.portal.own.drafts import drop_draft, keep_draft, left_draft
from yibao.portal.own.told import told
from yibao.portal.security import SESSION_COOKIE, fields_of, read_form
from yibao.portal.styles import classes
from yibao.record.insurance import NamedRelative, masked_name, names_of, relatives_on

Result = TypeVar("Result")

WHOSE = "for"
STEP = "step"
CONFIRM = "confirm"
CHANGE = "change"
ANEW = "new"
"""Asks for an empty form."""
_REFUSED = 400
"""The first status of a page on which nothing was done."""


def own_service(
    database: Database,
    packs: PolicyLibrary,
    clock: Callable[[], datetime.datetime] = now,
    channels: Mapping[str, PaymentChannel] | None = None,
) -> RecordService:
    """A store for the pages and the API: one's session counts for both.

    ``channels`` take contributions; where none are given a sandbox has its own.
    """

    def session(request: Request) -> Actor | None:
        token = request.cookies.get(SESSION_COOKIE, "")
        open_session = session_of(database, token, clock()) if token else None
        return None if open_session is None else open_session.actor

    def known(_: Database, actor: Actor) -> Actor:
        return acting(database, actor, civil_day(clock()))

    taking = channels_of(database) if channels is None else channels
    return RecordService(database, packs, session, taking, known, clock)


@dataclass(frozen=True, slots=True)
class OwnCall(SignedInCall):
    """One request of an insured person who is signed in; ``actor`` has the relatives on record."""

    upload: Upload | None = None
    """The file that came with a form."""

    @property
    def me(self) -> str:
        """The person who is signed in."""
        assert self.actor.person_id is not None
        return self.actor.person_id

    @property
    def whose(self) -> str:
        """Whose records are asked for: one's own, or those of a child in one's charge."""
        person = self.sent.get(WHOSE, "") or self.me
        if person != self.me and person not in self.actor.wards:
            raise NotFoundError(message("没有这个人的资料可看，只能看本人和所监护的孩子的"))
        return person

    def names(self, people: list[str]) -> dict[str, str]:
        """Names for choosing among one's family; one's own is said as 本人."""
        names = self.database.read(lambda unit: names_of(unit, self.database.secrets, people))
        return {
            person_id: self.say(message("本人"))
            if person_id == self.me
            else masked_name(name) or self.say(_NAMELESS)
            for person_id, name in names.items()
        }

    def relatives(self) -> dict[str, str]:
        """How each relative on record is told from the others: relation, name, certificate."""
        secrets = self.database.secrets
        relatives = self.database.read(
            lambda unit: relatives_on(unit, secrets, self.me, self.today)
        )
        return {relative.person: self.say(_told_apart(relative)) for relative in relatives}

    def labels(self, people: list[str]) -> dict[str, str]:
        """Of oneself and relatives, as :meth:`relatives` has them; of others the name."""
        return self.names(people) | {
            person_id: label for person_id, label in self.relatives().items() if person_id in people
        }

    def told(self, said: Text | YibaoError) -> Text:
        """What a room below says, without the ids that it names people by."""
        family = sorted({*self.actor.relatives, *self.actor.wards} - {self.me})
        return told(said, self.me, self.names(family) if family else {})

    def address(self, path: str, **more: str) -> str:
        """A page of the same person."""
        query = dict(more)
        if self.sent.get(WHOSE, "") and self.sent[WHOSE] != self.me:
            query[WHOSE] = self.sent[WHOSE]
        return f"{path}?{urlencode(query)}" if query else path

    def show(self, sheet: Sheet, status: int = 200) -> Response:
        """A page of blocks."""
        return self.page("own/page.html", sheet.title, {"sheet": sheet}, status)


_NAMELESS = message("（没有登记姓名）")


def _told_apart(relative: NamedRelative) -> Message:
    relation = RELATION.get(relative.relation, relative.relation)
    if relative.number_end:
        return message(
            "{relation} {name}（证件尾号 {end}）",
            relation=relation,
            name=relative.name,
            end=relative.number_end,
        )
    return message(
        "{relation} {name}（{birth} 出生）",
        relation=relation,
        name=relative.name or _NAMELESS,
        birth=relative.birth,
    )


_NEXT = message("下一步")
_CHECK = message("请核对")


@dataclass(frozen=True, slots=True)
class Form:
    """A form in two steps: filled in, then read over, then it has its effect."""

    title: Wording
    inputs: tuple[Input, ...]
    lead: Wording = NO_WORDS
    button: Wording = _NEXT
    recap: Wording = _CHECK
    agree: str = ""
    """What has to be agreed to, in full; empty: nothing."""
    hindered: Wording | None = None
    """Why it cannot be done at all and what to do instead; the form is not shown then."""


def recapped(
    call: OwnCall,
    form: Form,
    path: str,
    recap: Callable[[Values], list[tuple[Wording, Text]]],
    write: Callable[[Database, Values, str], Result],
    shown: Callable[[Values, Result], Response],
) -> Response:
    """The steps of a form: asks, shows what was understood, does it once confirmed.

    ``write`` is the operation, on a store and under a message id; it is rehearsed before
    anything is shown, so that what will be refused is refused before somebody confirms.
    ``recap`` may refuse what belongs to one field; ``shown`` answers what was written.
    Faults stand next to their fields.
    """
    if form.hindered is not None:
        return _ask(call, form, path, call.sent, {}, "")
    if call.request.method == "GET":
        return _begun(call, form, path)
    if call.sent.get(STEP) == CHANGE:
        return _ask(call, form, path, call.sent, {}, "")
    response = _next_step(call, form, path, recap, write, shown)
    if call.sent.get(STEP) != CONFIRM:
        now = call.counter.now()
        keep_draft(call.request, response, call.database, call.actor.id, path, call.sent, now)
    elif response.status_code < _REFUSED:
        drop_draft(response)
    return response


def _begun(call: OwnCall, form: Form, path: str) -> Response:
    """The form as it was left, where somebody comes back to it; else empty."""
    names = [asked.name for asked in form.inputs]
    now = call.counter.now()
    draft = left_draft(call.request, call.database, call.actor.id, path, names, now)
    if call.sent.get(ANEW) or not draft:
        response = _ask(call, form, path, call.sent, {}, "")
        if call.sent.get(ANEW):
            drop_draft(response)
        return response
    return _ask(call, form, path, call.sent | draft, {}, "", resumed=True)


def _next_step(
    call: OwnCall,
    form: Form,
    path: str,
    recap: Callable[[Values], list[tuple[Wording, Text]]],
    write: Callable[[Database, Values, str], Result],
    shown: Callable[[Values, Result], Response],
) -> Response:
    """What the form leads to: its faults, the recap, or what was done."""
    written = call.sent
    reading = read(form.inputs, written, call.today)
    faults = dict(reading.faults)
    if form.agree and written.get("agree") != "1":
        faults["agree"] = message("请先阅读并勾选同意")
    if faults:
        return _ask(call, form, path, written, faults, "")
    try:
        if written.get(STEP) == CONFIRM:
            # Not checked again here: sent twice, it is answered as it was the first time.
            return shown(reading.values, write(call.database, reading.values, call.once()))
        lines = recap(reading.values)
        rehearse(
            call.database,
            lambda database: write(database, reading.values, secrets.token_hex(16)),
        )
    except InputError as error:
        names = {asked.name for asked in form.inputs}
        places = [place for place in error.place.split("、") if place in names]
        faults = {places[0]: error.message} if places else {"": error.message}
        return _ask(call, form, path, written, faults, "")
    except (RefusedError, NotFoundError, ConflictError) as error:
        return _ask(call, form, path, written, {}, error)
    values = {
        "form": form,
        "path": path,
        "lines": lines,
        "written": _kept(form, written, reading),
        "once": secrets.token_hex(16),
    }
    return call.page("own/recap.html", form.title, values)


def _kept(form: Form, written: Mapping[str, str], reading: Reading) -> dict[str, str]:
    """What the next step is sent again."""
    resent = {
        asked.name: written.get(asked.name, asked.default).strip()
        for asked in form.inputs
        if isinstance(asked, Field) and reading.values.get(asked.name) not in (None, False)
    }
    if form.agree:
        resent["agree"] = "1"
    if written.get(WHOSE):
        resent[WHOSE] = written[WHOSE]
    return resent


def _ask(
    call: OwnCall,
    form: Form,
    path: str,
    written: Mapping[str, str],
    faults: Faults,
    refused: Text | YibaoError,
    *,
    resumed: bool = False,
) -> Response:
    names = {asked.name: call.say(asked.label) for asked in form.inputs}
    values = {
        "form": form,
        "path": path,
        "written": written,
        "faults": {name: call.told(fault) for name, fault in faults.items()},
        "whose_field": WHOSE,
        "names": names | {"agree": call.say(message("同意"))},
        "refused": call.told(refused) if refused else "",
        "anew": call.address(path, **{ANEW: "1"}) if resumed else "",
        "today": call.today.isoformat(),
        "classes": classes,
    }
    hindered = form.hindered is not None and call.request.method == "POST"
    status = 422 if faults else (409 if refused or hindered else 200)
    return call.page("own/form.html", form.title, values, status)


Served = Callable[[OwnCall], Response]


def for_person(counter: Counter, path: str, serve: Served, *methods: str) -> Route:
    """A page of an insured person who is signed in; others are sent to sign in, or away."""

    is_form = {"GET", "POST"} <= set(methods)

    async def endpoint(request: Request) -> Response:
        upload: Upload | None = None
        if request.method != "POST":
            sent = fields_of(request.url.query)
        elif is_upload(request):
            # Nobody sends files who is not signed in.
            if await run_in_threadpool(session_in, counter, request) is None:
                return to_sign_in(request)
            sent, upload = await read_upload(request)
        else:
            sent = await read_form(request)
        return await run_in_threadpool(_serve, counter, request, sent, upload, serve, is_form)

    handler: Handler = endpoint
    return Route(path, routed(path, handler), methods=list(methods or ("GET",)))


def _ended(counter: Counter, request: Request, sent: dict[str, str]) -> Response:
    """To sign in; what a page of the session that ended had sent is kept until then."""
    if request.method != "POST" or not same_site(request):
        return to_sign_in(request)
    token = request.cookies.get(SESSION_COOKIE, "")
    actor_id = ended_session(counter.database, token, sent.get(FORM_TOKEN, ""))
    if actor_id is None:
        return to_sign_in(request)
    path = request.url.path
    whose = f"?{urlencode({WHOSE: sent[WHOSE]})}" if sent.get(WHOSE) else ""
    back = own_address(path + whose)
    response = RedirectResponse(f"/sign-in?{urlencode({'next': back, 'again': '1'})}", 303)
    keep_draft(request, response, counter.database, actor_id, path, sent, counter.now())
    return response


def _serve(
    counter: Counter,
    request: Request,
    sent: dict[str, str],
    upload: Upload | None,
    serve: Served,
    is_form: bool,
) -> Response:
    session = session_in(counter, request)
    if session is None:
        return _ended(counter, request, sent) if is_form else to_sign_in(request)
    if request.method == "POST":
        check_form(request, session, sent)
    if session.actor.role is not Role.INSURED or session.actor.person_id is None:
        title = message("这一页是给参保人的")
        values = {"signed_in": True, "form_token": session.form_token, "role": session.actor.role}
        return counter.pages.page(request, "own/not_yours.html", title, values, 403)
    today = counter.today()
    actor = acting(counter.database, session.actor, today)
    call = OwnCall(request, counter, session, actor, sent, today, upload)
    try:
        return serve(call)
    except YibaoError as error:
        title = message("没有办成")
        return call.page("own/refused.html", title, {"message": call.told(error)}, status_of(error))
