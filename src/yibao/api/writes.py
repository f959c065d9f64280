"""One way to declare an operation that changes something, and the parts of the office."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from yibao.access.permissions import Actor, require
from yibao.api.acting import RecordCall, RecordService, shown, writing
from yibao.api.records import PERSON
from yibao.api.serving import MOST_BYTES, Json, Operation, json_response
from yibao.inquiry.fields import Field, Input
from yibao.inquiry.schemas import body_schema
from yibao.messages import Message

TAG = "办理"
Work = Callable[[RecordCall], Json]


def identifier(name: str, label: Message) -> Field:
    """An identifier that a body has to hold."""
    return Field(name, label, "id", required=True)


def write_operation(
    service: RecordService,
    tag: str,
    name: str,
    path: str,
    summary: str,
    permission: str,
    inputs: tuple[Input, ...],
    body_example: Json,
    work: Work,
    answer: Json,
    example: Json,
    parameters: tuple[Json, ...],
    *,
    method: str = "POST",
    status: int = 201,
    of_area: bool = False,
    description: str = "",
    most_bytes: int = MOST_BYTES,
) -> Operation:
    """A write that is done once; ``of_area``: what it changes is an area's, and no person's.

    ``most_bytes``: of the body.
    """
    return Operation(
        id=name,
        method=method,
        path=path,
        tag=tag,
        summary=summary,
        description=description,
        handler=writing(
            service,
            name,
            permission,
            inputs,
            work,
            status=status,
            of_area=of_area,
            most_bytes=most_bytes,
        ),
        parameters=parameters,
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


def declared(
    service: RecordService,
    name: str,
    method: str,
    path: str,
    summary: str,
    permission: str,
    inputs: tuple[Input, ...],
    body_example: Json,
    work: Work,
    answer: Json,
    example: Json,
    *parameters: Json,
    status: int = 201,
) -> Operation:
    """One write below the address of the person whose records it changes."""
    return write_operation(
        service,
        TAG,
        name,
        f"/people/{{person}}{path}",
        summary,
        permission,
        inputs,
        body_example,
        work,
        answer,
        example,
        (PERSON, *parameters),
        method=method,
        status=status,
    )


@dataclass(frozen=True, slots=True)
class OfficePart:
    """What the operations of one part of the office have in common."""

    service: RecordService
    tag: str
    path: str
    """Below which they are."""
    permission: str
    """That it takes to read."""
    parameters: tuple[Json, ...] = ()
    """Of the path, which every operation has."""

    def reads(
        self,
        name: str,
        path: str,
        summary: str,
        work: Callable[[RecordService, Actor, Request], Json],
        answer: Json,
        example: Json,
        *parameters: Json,
    ) -> Operation:
        """A read; whoever may read nothing here is told so, whatever there is."""
        service, permission = self.service, self.permission

        def serve(request: Request) -> Response:
            actor = shown(service, request, service.clock()).actor
            require(actor, permission, area=actor.area, employer_id=actor.employer_id)
            return json_response(work(service, actor, request))

        async def handler(request: Request) -> Response:
            return await run_in_threadpool(serve, request)

        named_in_path = (*self.parameters, *parameters)
        return Operation(
            id=name,
            method="GET",
            path=self.path + path,
            tag=self.tag,
            summary=summary,
            handler=handler,
            parameters=named_in_path,
            answer=answer,
            example=lambda: example,
            signed_in=True,
            permission=permission,
            problems=("not-found",) if named_in_path else (),
        )

    def writes(
        self,
        name: str,
        path: str,
        summary: str,
        permission: str,
        inputs: tuple[Input, ...],
        body_example: Json,
        work: Work,
        answer: Json,
        example: Json,
        *parameters: Json,
        description: str = "",
        most_bytes: int = MOST_BYTES,
    ) -> Operation:
        """A write, done once; ``most_bytes``: of the body."""
        return write_operation(
            self.service,
            self.tag,
            name,
            self.path + path,
            summary,
            permission,
            inputs,
            body_example,
            work,
            answer,
            example,
            (*self.parameters, *parameters),
            of_area=True,
            description=description,
            most_bytes=most_bytes,
        )
