"""What the operations that change one's own records share: one way to declare each."""

from __future__ import annotations

from collections.abc import Callable

from yibao.api.acting import RecordCall, RecordService, writing
from yibao.api.records import PERSON
from yibao.api.serving import Json, Operation
from yibao.inquiry.fields import Field, Input
from yibao.inquiry.schemas import body_schema
from yibao.messages import Message

TAG = "办理"


def identifier(name: str, label: Message) -> Field:
    """An identifier that a body has to hold."""
    return Field(name, label, "id", required=True)


def declared(
    service: RecordService,
    name: str,
    method: str,
    path: str,
    summary: str,
    permission: str,
    inputs: tuple[Input, ...],
    body_example: Json,
    work: Callable[[RecordCall], Json],
    answer: Json,
    example: Json,
    *parameters: Json,
    status: int = 201,
) -> Operation:
    """One write below the address of the person whose records it changes."""
    return Operation(
        id=name,
        method=method,
        path=f"/people/{{person}}{path}",
        tag=TAG,
        summary=summary,
        handler=writing(service, name, permission, inputs, work, status=status),
        parameters=(PERSON, *parameters),
        body=body_schema(inputs),
        body_example=body_example,
        answer=answer,
        example=lambda: example,
        status=status,
        signed_in=True,
        permission=permission,
        idempotent=True,
        problems=("not-found", "refused"),
    )
