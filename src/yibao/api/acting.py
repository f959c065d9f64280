"""Somebody acts: who it is, what page or body was sent, and each write once."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from yibao.access.errors import (
    DeniedError,
    KeyReusedError,
    StillRunningError,
    UnknownActorError,
)
from yibao.access.operations import Claim, Key, digest, release_claim
from yibao.access.permissions import Actor, require
from yibao.access.replies import StoredReply, keep_reply, take_key
from yibao.access.tokens import actor_of_token
from yibao.access.trail import read_record
from yibao.api.problems import ProblemError, foreseen, problem_of
from yibao.api.serving import MOST_BYTES, Handler, Json, json_response, read_json, same_site
from yibao.database.errors import DatabaseError
from yibao.database.unit import Database, Unit
from yibao.errors import InputError
from yibao.inquiry.asking import read_body, read_query
from yibao.inquiry.fields import Input, Values
from yibao.inquiry.filling import FieldsError
from yibao.insured.enrolment.cover import civil_day, now
from yibao.insured.payments.channels import PaymentChannel
from yibao.insured.people.merged import survivor_of
from yibao.messages import message
from yibao.office.numbers import case_named, is_number
from yibao.policy.compile import PolicyLibrary
from yibao.record.paging import FEW_ROWS, MOST_ROWS, Asked, Page, cursor_key, cursor_text

ME = "me"
"""Stands in an address for the person who acts."""
_KEY = re.compile(r"[A-Za-z0-9_.:-]{8,64}")
_REPLAYED = {"Idempotent-Replayed": "true"}
_PAGE_NAMES = ("limit", "cursor")


@dataclass(frozen=True, slots=True)
class RecordService:
    """What the operations on records work with."""

    database: Database
    library: PolicyLibrary
    session: Callable[[Request], Actor | None]
    """Who has signed in on the pages, by the cookie of the request; None: nobody."""
    channels: Mapping[str, PaymentChannel]
    known: Callable[[Database, Actor], Actor] = lambda database, actor: actor
    """The actor with the people it may act for, as on record now."""
    clock: Callable[[], datetime.datetime] = now
    """The instant, UTC."""


@dataclass(frozen=True, slots=True)
class Shown:
    """Who acts, and whether it may change anything."""

    actor: Actor
    writes: bool
    by_token: bool


@dataclass(frozen=True, slots=True)
class RecordCall:
    """One request of somebody who acts."""

    service: RecordService
    actor: Actor
    person_id: str
    """Whose records."""
    path: Mapping[str, str]
    at: datetime.datetime
    values: Values
    """What the body or the query says."""
    key: Key
    """Of a write."""

    @property
    def database(self) -> Database:
        return self.service.database

    @property
    def day(self) -> datetime.date:
        """The civil day in China."""
        return civil_day(self.at)


# --- who it is ---


def shown(service: RecordService, request: Request, at: datetime.datetime) -> Shown:
    """Who acts: by token, else by the session of the pages; a problem if it is nobody."""
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    if scheme:
        if scheme.lower() != "bearer":
            raise UnknownActorError(message("请用 Authorization: Bearer 带上自己的令牌"))
        actor, token = actor_of_token(service.database, secret.strip(), at, civil_day(at))
        return Shown(service.known(service.database, actor), token.writes, True)
    signed_in = service.session(request)
    if signed_in is None:
        raise ProblemError("signed-out")
    return Shown(service.known(service.database, signed_in), True, False)


def require_writer(caller: Shown, request: Request) -> None:
    """``DeniedError`` for a token that only reads, and for a page of another site."""
    if not caller.writes:
        raise DeniedError(message("这个令牌只能查询，不能办理，没有做任何改动"))
    if not caller.by_token and not same_site(request):
        raise DeniedError(message("这个请求不是从本站发出的，没有做任何改动"))


def person_of(service: RecordService, caller: Shown, request: Request) -> str:
    """Whose records an address names; of an address that names nobody the actor's own."""
    in_address = request.path_params.get("person")
    if in_address is None:
        return caller.actor.person_id or ""
    if in_address != ME:
        return service.database.read(lambda unit: survivor_of(unit, str(in_address)))
    if caller.actor.person_id is None:
        raise DeniedError(message("这个用户不是参保人，地址里请写参保人的编号"))
    return caller.actor.person_id


def _call(
    service: RecordService,
    caller: Shown,
    request: Request,
    at: datetime.datetime,
    values: Values,
    key: Key,
) -> RecordCall:
    person = person_of(service, caller, request)
    path = dict(request.path_params)
    if is_number(str(path.get("case", ""))):
        path["case"] = service.database.read(lambda unit: case_named(unit, str(path["case"])))
    return RecordCall(service, caller.actor, person, path, at, values, key)


# --- reading ---


Place = Callable[[Unit, RecordCall], str | None]
"""At which institution that what is read was done; None: there is no such row."""


def reading(
    service: RecordService,
    permission: str,
    fetch: Callable[[Unit, RecordCall], Json],
    inputs: tuple[Input, ...] = (),
    place: Place | None = None,
) -> Handler:
    """Read records whose owner ``permission`` is asked for; others' reads stand on the trail.

    ``place`` is asked for an institution, which reads what was done at its own place; without
    one the record belongs to no institution, and none reads it.
    """

    def answer(request: Request) -> Response:
        at = service.clock()
        caller = shown(service, request, at)
        values = read_query(inputs, request.query_params.multi_items(), civil_day(at))
        call = _call(service, caller, request, at, values, _NO_KEY)
        return json_response(_recorded(call, permission, lambda unit: fetch(unit, call), place))

    return _threaded(answer)


def listing(
    service: RecordService,
    permission: str,
    name: str,
    fetch: Callable[[Unit, RecordCall, Asked], Page[Any]],
    render: Callable[[Any], Json],
    place: Place | None = None,
) -> Handler:
    """A list in pages, by cursor; ``place`` as of :func:`reading`."""

    def answer(request: Request) -> Response:
        at = service.clock()
        caller = shown(service, request, at)
        call = _call(service, caller, request, at, {}, _NO_KEY)
        secrets = service.database.secrets
        asked = _asked(request, lambda text: cursor_key(secrets, name, call.person_id, text))
        page = _recorded(call, permission, lambda unit: fetch(unit, call, asked), place)
        cursor = cursor_text(secrets, name, call.person_id, page.after)
        rows = [render(row) for row in page.rows]
        return json_response({"rows": rows, "next_cursor": cursor})

    return _threaded(answer)


def _recorded(
    call: RecordCall, permission: str, fetch: Callable[[Unit], Any], place: Place | None
) -> Any:
    done_at = None
    if call.actor.institution_id is not None and place is not None:
        done_at = call.database.read(lambda unit: place(unit, call))
    return read_record(
        call.database,
        call.actor,
        permission,
        call.person_id,
        fetch,
        institution_id=done_at,
        purpose="api",
    )


def _asked(request: Request, key_of: Callable[[str], tuple[Any, ...]]) -> Asked:
    names = [name for name, _ in request.query_params.multi_items()]
    strange = [name for name in names if name not in _PAGE_NAMES or names.count(name) > 1]
    if strange:
        raise FieldsError([(strange[0][:60], message("只能写 limit、cursor，各一次"))])
    limit, cursor = (request.query_params.get(name) for name in _PAGE_NAMES)
    most = FEW_ROWS
    if limit is not None:
        if not re.fullmatch("[0-9]{1,3}", limit):
            raise InputError(message("请写 1 到 {most} 的整数", most=MOST_ROWS), place="limit")
        most = int(limit)
    return Asked(None if cursor is None else key_of(cursor), most)


# --- writing ---

_NO_KEY = Key("", "", "")


def writing(
    service: RecordService,
    name: str,
    permission: str | None,
    inputs: tuple[Input, ...],
    work: Callable[[RecordCall], Json],
    *,
    status: int = 201,
    by_token: bool = True,
    most_bytes: int = MOST_BYTES,
    of_area: bool = False,
) -> Handler:
    """A write that is done once for each ``Idempotency-Key``; a repeat gets the same answer.

    ``permission`` None: it touches nobody's records but the actor's own keys.  An institution
    writes about a person through its interface, where the person has come to its counter.
    ``by_token`` False: only for somebody who signed in on the pages.  ``most_bytes``: of the body.
    ``of_area``: what it touches is an area's or an employer's, and no person's.
    """

    async def handler(request: Request) -> Response:
        at = service.clock()
        caller = await run_in_threadpool(shown, service, request, at)
        require_writer(caller, request)
        if caller.by_token and not by_token:
            raise DeniedError(message("令牌不能办这一项，请登录网页，没有做任何改动"))
        key = request.headers.get("idempotency-key", "")
        if not _KEY.fullmatch(key):
            hint = "每笔写一个 Idempotency-Key：8 到 64 个字母、数字和 _ . : -"
            raise InputError(hint, place="Idempotency-Key")
        body = await read_json(request, most_bytes)
        values = read_body(inputs, body, civil_day(at))
        call = _call(service, caller, request, at, values, Key(caller.actor.id, f"api_{name}", key))
        if permission is not None and of_area:
            whose = {"area": caller.actor.area, "employer_id": caller.actor.employer_id}
            require(caller.actor, permission, **whose)
        elif permission is not None:
            require(caller.actor, permission, call.person_id)
        content = digest([name, call.person_id, dict(request.path_params), body])
        return await run_in_threadpool(_once, request, call, key, content, work, status)

    return handler


def _once(
    request: Request,
    call: RecordCall,
    key: str,
    content: str,
    work: Callable[[RecordCall], Json],
    status: int,
) -> Response:
    sender = call.actor.id
    try:
        taken = take_key(call.database, sender, key, content, call.at)
    except KeyReusedError:
        raise ProblemError("key-reused") from None
    except StillRunningError:
        raise ProblemError("still-running", headers={"Retry-After": "1"}) from None
    if isinstance(taken, StoredReply):
        headers = {**_REPLAYED, "Cache-Control": "no-store"}
        return Response(taken.body.encode(), taken.status, headers, taken.media_type)
    try:
        response = json_response(work(call), status)
    except Exception as error:
        if not foreseen(error) or isinstance(error, (DeniedError, DatabaseError)):
            # Whatever was written is found again by the operation's own key.
            release_claim(call.database, taken)
            raise
        response = problem_of(request, error)
    return _keep_answer(call, taken, response)


def _keep_answer(call: RecordCall, taken: Claim, response: Response) -> Response:
    body = bytes(response.body).decode()
    reply = StoredReply(response.status_code, response.media_type or "", body)
    keep_reply(call.database, taken, reply)
    return response


def _threaded(answer: Callable[[Request], Response]) -> Handler:
    async def handler(request: Request) -> Response:
        return await run_in_threadpool(answer, request)

    return handler
