"""Payments out of a fund's bank account over the API: orders, batches, the bank's answers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from yibao.access.permissions import Actor
from yibao.api.acting import RecordCall, RecordService, shown
from yibao.api.records import path_parameter
from yibao.api.schemas import DAY, INSTANT, TEXT, WHOLE, items, named, optional
from yibao.api.serving import Json, Operation, json_response
from yibao.api.writes import OfficePart, identifier
from yibao.disbursement import operations as payments
from yibao.disbursement import reading
from yibao.disbursement.files import BankAnswer
from yibao.disbursement.states import BatchState, OrderState, Outcome
from yibao.inquiry import errands
from yibao.inquiry.fact_fields import choices, field_of
from yibao.inquiry.fields import Field
from yibao.messages import message

TAG = "拨付"
_EXAMPLE_BATCH = "0198c1a2b3c400000000000000000e10"
_EXAMPLE_ORDER = "0198c1a2b3c400000000000000000e20"
_BATCH_ID = path_parameter("batch", "批次编号。", _EXAMPLE_BATCH)
_PATH = "/office/payments"

_ORDER = {
    "order": TEXT,
    "purpose": TEXT,
    "payee": TEXT,
    "account_tail": TEXT,
    "amount_fen": WHOLE,
    "state": TEXT,
    "state_title": TEXT,
    "due_on": optional(DAY),
}
_ORDER_EXAMPLE: Json = {
    "order": _EXAMPLE_ORDER,
    "purpose": "手工报销",
    "payee": "某某某",
    "account_tail": "6217",
    "amount_fen": 998250,
    "state": OrderState.WAITING,
    "state_title": "待编批次",
    "due_on": "2026-11-30",
}
_BATCH = {
    "batch": TEXT,
    "area": TEXT,
    "state": TEXT,
    "state_title": TEXT,
    "count": WHOLE,
    "total_fen": WHOLE,
    "unanswered": WHOLE,
    "drafted_at": INSTANT,
    "sent_at": optional(INSTANT),
    "file_digest": optional(TEXT),
}
_BATCH_EXAMPLE: Json = {
    "batch": _EXAMPLE_BATCH,
    "area": "000000",
    "state": BatchState.DRAFTED,
    "state_title": "待签发",
    "count": 1,
    "total_fen": 998250,
    "unanswered": 0,
    "drafted_at": "2026-11-21T08:00:00Z",
    "sent_at": None,
    "file_digest": None,
}
_ANSWER: tuple[Field, ...] = (
    identifier("batch", message("批次编号")),
    identifier("order", message("付款单编号")),
    field_of(errands.PAID_AMOUNT),
    field_of(errands.BANK_OUTCOME, choices=choices(tuple(Outcome), errands.OUTCOME_WORDS)),
    field_of(errands.BANK_REFERENCE, kind="prose"),
    field_of(errands.BANK_DAY),
    field_of(errands.BANK_REASON, kind="prose"),
)


def paying_out(service: RecordService) -> Iterator[Operation]:
    """What waits to be paid, batches, and what the bank answered."""
    office = OfficePart(service, TAG, _PATH, "read_payments")
    yield office.reads(
        "listPayments",
        "",
        "等着拨付的、退回来的，和最近的批次",
        _payments,
        named(
            waiting=items(named(**_ORDER)),
            returned=items(named(**_ORDER)),
            batches=items(named(**_BATCH)),
        ),
        {"waiting": [_ORDER_EXAMPLE], "returned": [], "batches": [_BATCH_EXAMPLE]},
    )
    yield office.reads(
        "readBatch",
        "/batches/{batch}",
        "一个拨付批次和它的付款单",
        _batch,
        named(**_BATCH, orders=items(named(**_ORDER))),
        {**_BATCH_EXAMPLE, "orders": [_ORDER_EXAMPLE]},
        _BATCH_ID,
    )
    yield office.writes(
        "draftBatch",
        "/batches",
        "把等着拨付的编成一批",
        "draft_payments",
        (identifier("area", message("哪个统筹区：六位区划代码")),),
        {"area": "000000"},
        _draft,
        named(batch=TEXT, count=WHOLE, total_fen=WHOLE),
        {"batch": _EXAMPLE_BATCH, "count": 1, "total_fen": 998250},
    )
    for name, step, summary, permission, work, state in (
        ("signBatch", "sign", "负责人签发一批", "sign_payments", _sign, BatchState.SIGNED),
        ("sendBatch", "send", "把签发的一批交给银行", "send_payments", _send, BatchState.SENT),
        ("dropBatch", "drop", "作废还没有报盘的一批", "drop_payments", _drop, BatchState.DROPPED),
    ):
        is_drop = state is BatchState.DROPPED
        yield office.writes(
            name,
            f"/batches/{{batch}}/{step}",
            summary,
            permission,
            (field_of(errands.DROP_REASON, kind="prose"),) if is_drop else (),
            {"reason": "账号不对"} if is_drop else {},
            work,
            named(batch=TEXT, state=TEXT),
            {"batch": _EXAMPLE_BATCH, "state": state},
            _BATCH_ID,
        )
    yield office.writes(
        "answerPayment",
        "/answers",
        "登记银行对一笔付款的回盘：成功，或者退回",
        "answer_payments",
        _ANSWER,
        {
            "batch": _EXAMPLE_BATCH,
            "order": _EXAMPLE_ORDER,
            "amount": "9982.50",
            "outcome": Outcome.PAID,
            "reference": "B202611300001",
            "day": "2026-11-30",
        },
        _answer,
        named(order=TEXT, state=TEXT, amount_fen=WHOLE),
        {"order": _EXAMPLE_ORDER, "state": OrderState.PAID, "amount_fen": 998250},
    )
    yield _file(service)


def _file(service: RecordService) -> Operation:
    def serve(request: Request) -> Response:
        actor = shown(service, request, service.clock()).actor
        batch = request.path_params["batch"]
        content = payments.file_of_batch(service.database, batch, actor=actor)
        return json_response({"batch": batch, "content": content.decode("utf-8-sig")})

    async def handler(request: Request) -> Response:
        return await run_in_threadpool(serve, request)

    return Operation(
        id="readBankFile",
        method="GET",
        path=f"{_PATH}/batches/{{batch}}/file",
        tag=TAG,
        summary="交给银行的文件（CSV），与报盘时的一样",
        handler=handler,
        parameters=(_BATCH_ID,),
        answer=named(batch=TEXT, content=TEXT),
        example=lambda: {"batch": _EXAMPLE_BATCH, "content": "批次号,付款单号\r\n"},
        signed_in=True,
        permission="send_payments",
        problems=("not-found", "refused"),
    )


def _payments(service: RecordService, actor: Actor, request: Request) -> Json:
    page = reading.payments(service.database, actor)
    return {
        "waiting": [_order(order) for order in page.waiting],
        "returned": [_order(order) for order in page.returned],
        "batches": [_listed(batch) for batch in page.batches],
    }


def _batch(service: RecordService, actor: Actor, request: Request) -> Json:
    batch, orders = reading.read_batch(service.database, actor, request.path_params["batch"])
    return {**_listed(batch), "orders": [_order(order) for order in orders]}


def _order(order: reading.ListedOrder) -> Json:
    return {
        "order": order.order_id,
        "purpose": str(order.purpose),
        "payee": order.payee.name,
        "account_tail": order.payee.tail,
        "amount_fen": order.amount,
        "state": order.state,
        "state_title": str(order.state_label),
        "due_on": order.due_on,
    }


def _listed(batch: reading.ListedBatch) -> Json:
    return {
        "batch": batch.batch_id,
        "area": batch.area,
        "state": batch.state,
        "state_title": str(batch.state_label),
        "count": batch.count,
        "total_fen": batch.total,
        "unanswered": batch.open,
        "drafted_at": batch.drafted_at,
        "sent_at": batch.sent_at,
        "file_digest": batch.file_digest,
    }


def _draft(call: RecordCall) -> Json:
    answer = payments.draft_batch(
        call.database, call.key, call.values["area"], actor=call.actor, at=call.at
    )
    return {"batch": answer["batch"], "count": answer["count"], "total_fen": answer["total"]}


def _sign(call: RecordCall) -> Json:
    return payments.sign_batch(
        call.database, call.key, call.path["batch"], actor=call.actor, at=call.at
    )


def _send(call: RecordCall) -> Json:
    answer = payments.send_batch(
        call.database, call.key, call.path["batch"], actor=call.actor, at=call.at
    )
    return {name: answer[name] for name in ("batch", "state")}


def _drop(call: RecordCall) -> Json:
    return payments.drop_batch(
        call.database, call.key, call.path["batch"], call.values["reason"], actor=call.actor
    )


def _answer(call: RecordCall) -> Json:
    values: Any = call.values
    answer = payments.book_answer(
        call.database,
        BankAnswer(
            values["batch"],
            values["order"],
            values["amount"],
            Outcome(values["outcome"]),
            values["reference"],
            values["day"],
            values["reason"] or "",
        ),
        actor=call.actor,
        at=call.at,
    )
    return {"order": answer["order"], "state": answer["state"], "amount_fen": answer["amount"]}
