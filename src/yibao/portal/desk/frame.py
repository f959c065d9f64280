"""Who sits at the desk, and the guard of its pages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from yibao.access.agencies import Agency, own_agency
from yibao.access.errors import DeniedError
from yibao.access.permissions import MATRIX, POSTS, Actor, Role, may, require
from yibao.api.observe import Handler, routed
from yibao.errors import YibaoError
from yibao.messages import Text, message, message_in
from yibao.policy.model import Words
from yibao.portal.calls import Counter, SignedInCall, check_form, session_in, status_of, to_sign_in
from yibao.portal.desk.upload import Upload, is_upload, read_upload
from yibao.portal.security import fields_of, read_form

DESK, FIRM, PLACE = "/desk", "/employer", "/institution"
"""Where the agency's pages begin, those of an employer's own login, and of an institution's."""


@dataclass(frozen=True, slots=True)
class DeskCall(SignedInCall):
    """One request of somebody at the desk."""

    agency: Agency | None
    upload: Upload | None = None
    """The file that came with a form."""

    def may(self, operation: str) -> bool:
        """Whether the operation reaches anybody of the area: what is not granted is not shown."""
        if self.actor.employer_id is not None:
            return may(self.actor, operation, employer_id=self.actor.employer_id)
        if self.actor.institution_id is not None:
            return may(self.actor, operation, institution_id=self.actor.institution_id)
        return may(self.actor, operation, area=self.actor.area)

    def entries(self) -> tuple[Entry, ...]:
        """Those of the agency, or of the own login of an employer or an institution."""
        if self.actor.institution_id is not None:
            return OF_AN_INSTITUTION
        return ENTRIES if self.actor.employer_id is None else OF_AN_EMPLOYER

    def require_role(self, operation: str) -> None:
        """``DeniedError`` before anything is read of a form, where no case could be the role's."""
        if self.actor.role not in MATRIX[operation]:
            require(self.actor, operation)

    def show(
        self, template: str, title: Text, values: Mapping[str, Any], status: int = 200
    ) -> Response:
        """A page in the frame of the desk."""
        framed = {
            "entries": [entry for entry in self.entries() if any(map(self.may, entry[2]))],
            "who": self.actor.role.wording,
            "agency": self.agency,
            **values,
        }
        heading = Words(title) if isinstance(title, str) else title
        return self.page(f"desk/{template}", heading, framed, status)


Entry = tuple[str, Text, tuple[str, ...]]
"""Address, title, and the operations of which one is enough."""

OF_AN_EMPLOYER: tuple[Entry, ...] = (
    (FIRM, message("本单位"), ("read_employer",)),
    (f"{FIRM}/declare", message("月度申报"), ("declare",)),
    (f"{FIRM}/certificate", message("单位缴费证明"), ("read_employer",)),
)
OF_AN_INSTITUTION: tuple[Entry, ...] = (
    (PLACE, message("本机构"), ("read_clearing",)),
    (f"{PLACE}/prices", message("价目"), ("read_prices",)),
)
ENTRIES: tuple[Entry, ...] = (
    (DESK, message_in("desk", "待办"), ("move_case",)),
    (f"{DESK}/people", message("找人"), ("find_person",)),
    (f"{DESK}/employers", message("用人单位"), ("read_employer",)),
    (f"{DESK}/institutions", message("定点机构"), ("read_clearing",)),
    (f"{DESK}/clearing", message("机构清算"), ("read_clearing",)),
    (f"{DESK}/payments", message("拨付"), ("read_payments",)),
    (f"{DESK}/conduct", message("基金监管"), ("read_conduct",)),
    (f"{DESK}/reconciliation", message("对账"), ("read_reconciliation",)),
    (f"{DESK}/finance", message("基金收支"), ("read_finance",)),
    (f"{DESK}/statistics", message("统计表"), ("read_statistics",)),
    (f"{DESK}/imports", message("导入"), ("import_records",)),
    (f"{DESK}/users", message("用户"), ("manage_actors",)),
    (f"{DESK}/agencies", message("经办机构"), ("manage_actors",)),
    (f"{DESK}/jobs", message("定期作业"), ("read_jobs",)),
)


def is_staff(actor: Actor) -> bool:
    """Whether somebody works for the agency."""
    return actor.role in POSTS or actor.role is Role.OFFICER


Served = Callable[[DeskCall], Response]


def for_desk(counter: Counter, path: str, serve: Served, *methods: str) -> Route:
    """A page of the desk; the insured are told where their own pages are."""

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
        return await run_in_threadpool(_serve, counter, request, sent, upload, serve)

    handler: Handler = endpoint
    return Route(path, routed(path, handler), methods=list(methods or ("GET",)))


def _serve(
    counter: Counter,
    request: Request,
    sent: dict[str, str],
    upload: Upload | None,
    serve: Served,
) -> Response:
    session = session_in(counter, request)
    if session is None:
        return to_sign_in(request)
    if request.method == "POST":
        check_form(request, session, sent)
    actor = session.actor
    agency = own_agency(counter.database, actor)
    call = DeskCall(request, counter, session, actor, sent, counter.today(), agency, upload)
    if actor.role is Role.INSURED:
        return call.show("refused.html", message("这一页是给经办人员的"), {"message": None}, 403)
    try:
        return serve(call)
    except YibaoError as error:
        title = message("没有办成")
        if isinstance(error, DeniedError):
            title = message("您不能办这一件")
        return call.show("refused.html", title, {"message": error.said}, status_of(error))
