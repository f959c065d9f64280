"""Reporting misuse of the fund over the API: without a login, with a receipt to ask by."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Collection, Iterator

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from yibao.access.errors import UnknownActorError
from yibao.access.guesses import Whence
from yibao.api.acting import RecordService
from yibao.api.problems import ProblemError
from yibao.api.schemas import FLAG, TEXT, WHOLE, named, optional
from yibao.api.serving import Json, Operation, RateLimit, json_response, read_json, sender_of
from yibao.api.signing_up import RECEIPT
from yibao.conduct import operations as conduct
from yibao.conduct.acts import SubjectKind
from yibao.database.instants import civil_day
from yibao.database.unit import Database
from yibao.errors import InputError
from yibao.inquiry import conducting, errands
from yibao.inquiry.asking import read_body
from yibao.inquiry.calculators.base import area_choices
from yibao.inquiry.fact_fields import field_of
from yibao.inquiry.fields import Field, Values
from yibao.inquiry.schemas import body_schema
from yibao.messages import message
from yibao.policy.compile import PolicyLibrary

TAG = "举报"
_ONCE = Field("once", message("这一次举报自己的名字，重发时不变"), "id", required=True)
_RECEIPT = (RECEIPT[0],)
_EXAMPLE_RECEIPT = "K7QF-2M4P-9TXC"
_PROGRESS = named(state_title=TEXT, closed=FLAG, reward_fen=optional(WHOLE))


def report_fields(library: PolicyLibrary, served: Collection[str] = ()) -> tuple[Field, ...]:
    """What is asked for; ``served``: the areas that have an office here, where that is known."""
    known = area_choices(library)
    areas = tuple(choice for choice in known if choice.code in served) or known
    area = field_of(
        errands.JOINED_AREA,
        label=message("哪里的医保"),
        kind="choice",
        required=True,
        choices=areas,
        default=areas[0].code if len(areas) == 1 else "",
    )
    return (area, *conducting.REPORT)


def filed_report(
    database: Database, once: str, values: Values, *, whence: Whence, at: datetime.datetime
) -> str:
    """The receipt of what was written."""
    if not values["area"]:
        raise InputError(message("请选哪里的医保"), place="area")
    return conduct.file_report(
        database,
        once,
        SubjectKind(values["subject_kind"]),
        values["subject_name"] or "",
        values["text"] or "",
        conducting.informer_from(values),
        values["area"],
        whence=whence,
        at=at,
    )


def informing_operations(service: RecordService) -> Iterator[Operation]:
    """Report, and ask how far it is."""
    limit = RateLimit(per_second=1 / 20, burst=40)

    def declared(
        name: str,
        path: str,
        summary: str,
        inputs: tuple[Field, ...],
        example_body: Json,
        work: Callable[[Request, Values], Json],
        answer: Json,
        example: Json,
        description: str,
    ) -> Operation:
        async def handler(request: Request) -> Response:
            wait = limit.wait(sender_of(request))
            if wait:
                raise ProblemError("too-many", headers={"Retry-After": str(wait)})
            values = read_body(inputs, await read_json(request), civil_day(service.clock()))
            try:
                return json_response(await run_in_threadpool(work, request, values), 201)
            except UnknownActorError as error:  # a receipt of nothing; no token is asked for
                raise ProblemError("not-found", error.said) from None

        return Operation(
            id=name,
            method="POST",
            path=f"/reports{path}",
            tag=TAG,
            summary=summary,
            description=description,
            handler=handler,
            body=body_schema(inputs),
            body_example=example_body,
            answer=answer,
            example=lambda: example,
            status=201,
            problems=("too-large", "not-json", "invalid-input", "not-found", "refused", "conflict"),
        )

    def filed(request: Request, values: Values) -> Json:
        receipt = filed_report(
            service.database,
            values["once"],
            values,
            whence=_whence(request),
            at=service.clock(),
        )
        return {"receipt": receipt}

    def looked_up(request: Request, values: Values) -> Json:
        progress = conduct.report_progress(
            service.database, values["receipt"], whence=_whence(request), at=service.clock()
        )
        return {
            "state_title": str(progress.state),
            "closed": progress.is_closed,
            "reward_fen": progress.reward,
        }

    yield declared(
        "fileReport",
        "",
        "举报违规使用医保基金，不用登录",
        (_ONCE, *report_fields(service.library)),
        {
            "once": "a3f0c2d4e6b80125",
            "area": area_choices(service.library)[0].code,
            "subject_kind": SubjectKind.INSTITUTION,
            "subject_name": "某某诊所",
            "text": "九月里没有看病也刷卡",
        },
        filed,
        named(receipt=TEXT),
        {"receipt": _EXAMPLE_RECEIPT},
        "回执号只说这一次，凭它问办到哪一步。可以不写姓名；写了的加密另存，只给办这件事的人看。",
    )
    yield declared(
        "lookUpReport",
        "/progress",
        "凭回执号问举报办到哪一步、有没有奖励",
        _RECEIPT,
        {"receipt": _EXAMPLE_RECEIPT},
        looked_up,
        _PROGRESS,
        {"state_title": "收到了，等执法人员核查", "closed": False, "reward_fen": None},
        "只说办到哪一步，不说案件的内容。",
    )


def _whence(request: Request) -> Whence:
    return Whence(sender_of(request))
