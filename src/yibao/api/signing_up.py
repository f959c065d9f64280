"""Signing up over the API: for somebody who has no login yet, and the code of the counter."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from yibao.access.errors import UnknownActorError
from yibao.access.guesses import Whence
from yibao.access.operations import Key
from yibao.api.acting import RecordCall, RecordService
from yibao.api.counter.inputs import CERTIFICATE, certificate_field, number_field
from yibao.api.problems import ProblemError
from yibao.api.records import path_parameter
from yibao.api.schemas import FLAG, TEXT, items, named
from yibao.api.serving import MOST_BYTES as FEW_BYTES
from yibao.api.serving import Json, Operation, RateLimit, json_response, read_json, sender_of
from yibao.api.writes import write_operation
from yibao.benefit.described import Condition
from yibao.database.instants import civil_day
from yibao.errors import InputError
from yibao.inquiry import errands
from yibao.inquiry.asking import read_body
from yibao.inquiry.calculators.base import area_choices
from yibao.inquiry.fact_fields import field_of
from yibao.inquiry.fields import Choice, Field, Values
from yibao.inquiry.schemas import body_schema
from yibao.insured.signing_up import operations as signing_up
from yibao.insured.signing_up.forms import CARD_BACK, CARD_FRONT, PAPERS_AWAITED, SignUp
from yibao.messages import message
from yibao.office.documents import OTHER
from yibao.office.files import MOST_BYTES
from yibao.office.flows import CaseState
from yibao.policy.compile import PolicyLibrary

TAG = "注册"
_MOST_BODY = MOST_BYTES * 4 // 3 + FEW_BYTES
_FOR_A_CHILD = "for_child"
OF_A_CHILD: Condition = ("whose", (_FOR_A_CHILD,))
_WHOSE = (
    Choice("own", message("本人")),
    Choice(_FOR_A_CHILD, message("孩子，由监护人申请")),
)
RECEIPT: tuple[Field, ...] = (
    Field("receipt", message("回执号"), "name", required=True, hint=message("申请时给的 12 位。")),
    number_field("number", message("证件号码")),
)
LOGIN: tuple[Field, ...] = (
    Field("code", message("一次性码"), "name", required=True),
    Field("login", message("登录名"), "name", required=True),
    Field("password", message("密码"), "name", required=True),
)
_PAPER: tuple[Field, ...] = (
    field_of(errands.PAPER, kind="id", default=OTHER),
    field_of(errands.FILE_NAME),
    field_of(errands.FILE_CONTENT, kind="content"),
)
_EXAMPLE_RECEIPT = "K7QF-2M4P-9TXC"
_EXAMPLE_PROOF: Json = {"receipt": _EXAMPLE_RECEIPT, "number": "11010519491231002X"}
_EXAMPLE_CASE = "0198c1a2b3c400000000000000000d10"
_PROGRESS = named(
    state=TEXT,
    state_title=TEXT,
    open=FLAG,
    reason=TEXT,
    papers=items(named(paper=TEXT, title=TEXT, handed_in=FLAG)),
)
_PROGRESS_EXAMPLE: Json = {
    "state": PAPERS_AWAITED,
    "state_title": "等申请人交材料",
    "open": True,
    "reason": "",
    "papers": [
        {"paper": CARD_FRONT, "title": "身份证人像面", "handed_in": False},
        {"paper": CARD_BACK, "title": "身份证国徽面", "handed_in": False},
    ],
}


def sign_up_fields(library: PolicyLibrary, served: Collection[str] = ()) -> tuple[Field, ...]:
    """What is asked for; ``served``: the areas that have an office here, where that is known."""
    known = area_choices(library)
    areas = tuple(choice for choice in known if choice.code in served) or known
    return (
        Field(
            "whose",
            message("给谁申请"),
            "choice",
            default="own",
            required=True,
            choices=_WHOSE,
        ),
        Field("name", message("参保人姓名"), "name", required=True),
        certificate_field(CERTIFICATE, message("参保人证件种类")),
        number_field("number", message("参保人证件号码")),
        Field("guardian", message("监护人姓名"), "name", required=True, when=(OF_A_CHILD,)),
        Field(
            "guardian_number",
            message("监护人身份证号码"),
            "name",
            required=True,
            when=(OF_A_CHILD,),
        ),
        Field(
            "phone",
            message("电话"),
            "name",
            required=True,
            hint=message("核对通过以后，经办机构打这个电话告诉您一次性码。"),
        ),
        field_of(
            errands.JOINED_AREA,
            kind="choice",
            required=True,
            choices=areas,
            default=areas[0].code if len(areas) == 1 else "",
        ),
    )


def sign_up_of(values: Values) -> SignUp:
    """What was written."""
    return SignUp(
        name=values["name"],
        certificate=values[CERTIFICATE],
        number=values["number"],
        phone=values["phone"],
        guardian=values["guardian"] or "",
        guardian_number=values["guardian_number"] or "",
    )


def signing_up_operations(service: RecordService) -> Iterator[Operation]:
    """Ask, hand in, look up, withdraw and set the password; and the code of the counter."""
    limit = RateLimit(per_second=1 / 20, burst=40)
    proof = RECEIPT

    def declared(
        name: str,
        path: str,
        summary: str,
        inputs: tuple[Field, ...],
        example_body: Json,
        work: Callable[[Request, Values], Json],
        answer: Json,
        example: Json,
        *,
        most: int = FEW_BYTES,
        description: str = "",
    ) -> Operation:
        async def handler(request: Request) -> Response:
            wait = limit.wait(sender_of(request))
            if wait:
                raise ProblemError("too-many", headers={"Retry-After": str(wait)})
            body = await read_json(request, most)
            values = read_body(inputs, body, civil_day(service.clock()))
            try:
                return json_response(await run_in_threadpool(work, request, values), 201)
            except UnknownActorError as error:  # a receipt of nobody is none, and no token is asked
                raise ProblemError("not-found", error.said) from None

        return Operation(
            id=name,
            method="POST",
            path=f"/sign-ups{path}",
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

    def proven(request: Request, values: Values) -> signing_up.Proven:
        return signing_up.look_up(
            service.database,
            values["receipt"],
            values["number"],
            whence=_whence(request),
            at=service.clock(),
        )

    def filed(request: Request, values: Values) -> Json:
        if not values["area"]:
            raise InputError(message("请选参保地"), place="area")
        receipt = signing_up.file_sign_up(
            service.database,
            values["once"],
            sign_up_of(values),
            values["area"],
            whence=_whence(request),
            at=service.clock(),
        )
        return {"receipt": receipt}

    def looked_up(request: Request, values: Values) -> Json:
        return progress_of(proven(request, values))

    def handed_in(request: Request, values: Values) -> Json:
        case = proven(request, values)
        answer = signing_up.add_paper(
            service.database,
            Key(signing_up.APPLICANT.id, "api_sign_up_paper", f"{case.case_id} {values['once']}"),
            case,
            values["paper"] or OTHER,
            values["name"],
            values["content"],
            at=service.clock(),
        )
        return {"document": answer["document"], "kind": answer["kind"]}

    def handed_over(request: Request, values: Values) -> Json:
        signing_up.hand_over(service.database, proven(request, values), at=service.clock())
        return progress_of(proven(request, values))

    def withdrawn(request: Request, values: Values) -> Json:
        signing_up.withdraw(service.database, proven(request, values), at=service.clock())
        return progress_of(proven(request, values))

    def opened(request: Request, values: Values) -> Json:
        login = signing_up.open_login(
            service.database,
            values["receipt"],
            values["number"],
            values["code"],
            values["login"],
            values["password"],
            whence=_whence(request),
            at=service.clock(),
        )
        return {"login": login}

    once = Field("once", message("这一次申请自己的名字，重发时不变"), "id", required=True)
    yield declared(
        "fileSignUp",
        "",
        "没有登录名的人申请网上登录",
        (once, *sign_up_fields(service.library)),
        {
            "once": "a3f0c2d4e6b80123",
            "whose": "own",
            "name": "张三",
            CERTIFICATE: "resident_identity_card",
            "number": _EXAMPLE_PROOF["number"],
            "phone": "13800000000",
            "area": area_choices(service.library)[0].code,
        },
        filed,
        named(receipt=TEXT),
        {"receipt": _EXAMPLE_RECEIPT},
        description="回执号只说这一次，请记下；凭它和证件号码交材料、看进度、设密码。"
        "有没有登记过，答复都一样。",
    )
    yield declared(
        "lookUpSignUp",
        "/progress",
        "凭回执号和证件号码看办到哪一步",
        proof,
        _EXAMPLE_PROOF,
        looked_up,
        _PROGRESS,
        _PROGRESS_EXAMPLE,
    )
    yield declared(
        "handInForSignUp",
        "/papers",
        "交一份材料：证件照片",
        (once, *proof, *_PAPER),
        {
            "once": "a3f0c2d4e6b80124",
            **_EXAMPLE_PROOF,
            "paper": CARD_FRONT,
            "name": "正面.jpg",
            "content": "/9j/4AAQSkZJRg==",
        },
        handed_in,
        named(document=TEXT, kind=TEXT),
        {"document": "0198c1a2b3c400000000000000000e10", "kind": CARD_FRONT},
        most=_MOST_BODY,
    )
    for name, path, summary, work in (
        ("handOverSignUp", "/hand-over", "材料交齐，交给经办机构核对", handed_over),
        ("withdrawSignUp", "/withdraw", "撤回申请", withdrawn),
    ):
        yield declared(
            name, path, summary, proof, _EXAMPLE_PROOF, work, _PROGRESS, _PROGRESS_EXAMPLE
        )
    yield declared(
        "openLogin",
        "/login",
        "凭一次性码设登录名和密码",
        (*proof, *LOGIN),
        {**_EXAMPLE_PROOF, "code": "12345678", "login": "zhangsan", "password": "long enough 1"},
        opened,
        named(login=TEXT),
        {"login": "zhangsan"},
        description="已经有登录名的，改的是它的密码，答复里说它叫什么。",
    )
    yield _code(service)


def progress_of(proven: signing_up.Proven) -> Json:
    """How far it is, for whoever asked."""
    page = proven.page
    there = {document.kind for document in page.documents}
    return {
        "state": page.listed.state,
        "state_title": str(page.listed.state_label),
        "open": page.listed.is_open,
        "reason": reason_of(proven),
        "papers": [
            {"paper": paper.kind, "title": str(paper.label), "handed_in": paper.kind in there}
            for paper in page.papers
        ],
    }


def reason_of(proven: signing_up.Proven) -> str:
    """What the office wrote last, where it asks for more or refuses."""
    page = proven.page
    if page.listed.state not in (CaseState.TO_SUPPLEMENT, CaseState.REFUSED):
        return ""
    return next((step.reason for step in reversed(page.history) if step.reason), "")


def _whence(request: Request) -> Whence:
    return Whence(sender_of(request))


def _code(service: RecordService) -> Operation:
    def work(call: RecordCall) -> dict[str, Any]:
        case_id = call.path["case"]
        code = signing_up.give_code(call.database, call.key, case_id, actor=call.actor, at=call.at)
        return {"case": case_id, "code": code}

    return write_operation(
        service,
        "经办",
        "giveSignUpCode",
        "/office/sign-ups/{case}/codes",
        "身份核对通过以后，发一个一次性码给申请人",
        "give_sign_up_code",
        (),
        {},
        work,
        named(case=TEXT, code=TEXT),
        {"case": _EXAMPLE_CASE, "code": "12345678"},
        (path_parameter("case", "案件编号。", _EXAMPLE_CASE),),
        of_area=True,
    )
