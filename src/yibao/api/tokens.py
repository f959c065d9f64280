"""Who one is to the API, the tokens that one gives to programs, and receipts to be checked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from yibao.access.operations import digest
from yibao.access.tokens import MOST_DAYS, Token, make_token, revoke_token, tokens_of
from yibao.api.acting import RecordCall, RecordService, shown, writing
from yibao.api.records import path_parameter
from yibao.api.schemas import DAY, FEN, FLAG, INSTANT, TEXT, WHOLE, items, named, optional
from yibao.api.serving import Json, Operation, json_response
from yibao.inquiry import errands
from yibao.inquiry.fact_fields import field_of
from yibao.inquiry.schemas import body_schema
from yibao.insured.payments.receipts import verify_receipt
from yibao.policy.kinds import Scheme

TAG = "令牌"
_TOKEN = (
    field_of(errands.TOKEN_NAME),
    field_of(errands.TOKEN_DAYS, most=MOST_DAYS),
    field_of(errands.TOKEN_WRITES),
)
_VIEW = {
    "token": TEXT,
    "name": TEXT,
    "writes": FLAG,
    "created_at": INSTANT,
    "expires_at": INSTANT,
    "revoked_at": optional(INSTANT),
}
_EXAMPLE: Json = {
    "token": "0198c1a2b3c400000000000000000c09",
    "name": "记账软件",
    "writes": False,
    "created_at": "2026-11-21T08:00:00Z",
    "expires_at": "2026-12-21T08:00:00Z",
    "revoked_at": None,
}


def _document(token: Token) -> Json:
    return {name: getattr(token, name) for name in _VIEW}


def tokens(service: RecordService) -> Iterator[Operation]:
    """``/me``, ``/tokens`` and ``/receipts``."""

    async def me(request: Request) -> Response:
        caller = await run_in_threadpool(shown, service, request, service.clock())
        actor = caller.actor
        return json_response(
            {
                "person": actor.person_id,
                "role": actor.role.value,
                "role_name": actor.role.label,
                "writes": caller.writes,
                "by_token": caller.by_token,
            }
        )

    yield Operation(
        id="showMe",
        method="GET",
        path="/me",
        tag=TAG,
        summary="我是谁，这个凭证能做什么",
        handler=me,
        answer=named(person=optional(TEXT), role=TEXT, role_name=TEXT, writes=FLAG, by_token=FLAG),
        example=lambda: {
            "person": "0198c1a2b3c4000000000000000000a1",
            "role": "insured",
            "role_name": "参保人",
            "writes": False,
            "by_token": True,
        },
        signed_in=True,
    )

    def listed(request: Request) -> Response:
        caller = shown(service, request, service.clock())
        return json_response(
            {"tokens": [_document(token) for token in tokens_of(service.database, caller.actor)]}
        )

    async def list_tokens(request: Request) -> Response:
        return await run_in_threadpool(listed, request)

    yield Operation(
        id="listTokens",
        method="GET",
        path="/tokens",
        tag=TAG,
        summary="我建的令牌",
        handler=list_tokens,
        answer=named(tokens=items(named(**_VIEW))),
        example=lambda: {"tokens": [_EXAMPLE]},
        signed_in=True,
    )

    def made(call: RecordCall) -> Json:
        values = call.values
        token, secret = make_token(
            call.database,
            call.actor,
            values["name"],
            values["days"],
            writes=values["writes"],
            at=call.at,
            token_id=digest([call.key.sender, call.key.message_id])[:32],
        )
        return {**_document(token), "secret": secret}

    yield Operation(
        id="makeToken",
        method="POST",
        path="/tokens",
        tag=TAG,
        summary="建一个令牌；密文只在这一次回答里",
        description="只有登录了网页的人能建；令牌不能建令牌。",
        handler=writing(service, "makeToken", None, _TOKEN, made, by_token=False),
        body=body_schema(_TOKEN),
        body_example={"name": "记账软件", "days": 30, "writes": False},
        answer=named(**_VIEW, secret=TEXT),
        example=lambda: {**_EXAMPLE, "secret": "yibao_示例，不是真的"},
        status=201,
        signed_in=True,
        idempotent=True,
    )

    def revoked(call: RecordCall) -> Json:
        revoke_token(call.database, call.actor, call.path["token"], call.at)
        return {"token": call.path["token"]}

    yield Operation(
        id="revokeToken",
        method="POST",
        path="/tokens/{token}/revocation",
        tag=TAG,
        summary="撤销一个令牌，立刻失效",
        handler=writing(service, "revokeToken", None, (), revoked, status=200),
        parameters=(path_parameter("token", "令牌的编号。", _EXAMPLE["token"]),),
        body=body_schema(()),
        body_example={},
        answer=named(token=TEXT),
        example=lambda: {"token": _EXAMPLE["token"]},
        signed_in=True,
        idempotent=True,
        problems=("not-found",),
    )

    def verified(number: str) -> Json:
        receipt_found: dict[str, Any] = verify_receipt(service.database, number)
        amount = receipt_found.pop("amount")
        return {**receipt_found, "amount_fen": amount}

    async def receipt(request: Request) -> Response:
        return json_response(await run_in_threadpool(verified, request.path_params["number"]))

    yield Operation(
        id="verifyReceipt",
        method="GET",
        path="/receipts/{number}",
        tag="接口",
        summary="查验缴费收据的真伪，不显示姓名",
        handler=receipt,
        parameters=(
            {
                "name": "number",
                "in": "path",
                "required": True,
                "description": "收据上的 28 位编号。",
                "schema": {"type": "string"},
                "example": "0000002025110200000000000097",
            },
        ),
        answer=named(
            receipt=TEXT,
            valid=FLAG,
            scheme=TEXT,
            periods=items(WHOLE),
            issued_on=DAY,
            amount_fen=FEN,
        ),
        example=lambda: {
            "receipt": "0000002025110200000000000097",
            "valid": True,
            "scheme": Scheme.RESIDENT,
            "periods": [2026],
            "issued_on": "2025-11-02",
            "amount_fen": 40000,
        },
        problems=("not-found", "invalid-input", "unavailable"),
    )
