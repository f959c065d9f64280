"""The OpenAPI 3.1 description, made from the declared operations; nothing is written twice."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from yibao import __version__
from yibao.api.calculating import input_name
from yibao.api.policies import LOOKED_UP
from yibao.api.problems import BASE, KINDS, MEDIA_TYPE
from yibao.api.schemas import PROBLEM
from yibao.api.serving import MOST_BYTES, ROOT, Json, Operation
from yibao.benefit.answers import VisitAnswer
from yibao.inquiry.ask.reply import QuestionAnswer
from yibao.inquiry.basis import NOTICE
from yibao.inquiry.calculators import Calculator
from yibao.inquiry.published import published_type, schemas_of
from yibao.inquiry.rendered import calculation_type
from yibao.inquiry.schemas import input_schema
from yibao.written import TypedAnswer

_ALWAYS = ("bad-request", "too-many", "failed")
_SIGNED_IN = ("signed-out", "denied", "unavailable")
_WRITES = ("too-large", "not-json", "invalid-input", "key-reused", "still-running", "conflict")
_TAGS = {
    "计算": "同网页上的计算：一句话、金额、步骤、来源。",
    "政策库": "参数、沿革、争议、缺口、来源。",
    "本人": "登录后读自己的记录。",
    "办理": "登录后办自己的业务；每笔带 Idempotency-Key。",
    "经办": "等谁决定的事：自己的进度，经办人员的待办和下一步。",
    "令牌": "给程序用的凭证：自己建，自己撤，到期失效。",
    "接口": "接口自己。",
}
KEY_PARAMETER: Json = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "description": "这一笔的键，自己取，同一笔重发时不变；重发得到同样的回答。",
    "schema": {"type": "string", "pattern": r"^[A-Za-z0-9_.:-]{8,64}$"},
    "example": "5f0c6f5e-pay-2026",
}


def description(calculators: Mapping[str, Calculator], operations: Iterable[Operation]) -> Json:
    """The whole description."""
    listed = list(operations)
    schemas: Json = {"Problem": PROBLEM}
    for calculator in calculators.values():
        schemas[input_name(calculator)] = input_schema(calculator)
    answers = [calculation_type(calculator) for calculator in calculators.values()]
    looked_up: list[type[TypedAnswer]] = [VisitAnswer, *LOOKED_UP]
    answers += [*map(published_type, looked_up), QuestionAnswer]
    _, components = schemas_of(answers)
    schemas |= components
    paths: Json = {}
    for operation in listed:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation)
    used = [tag for tag in _TAGS if any(operation.tag == tag for operation in listed)]
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "医保明白账 API",
            "version": __version__,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
            "description": (
                "问话里金额写成元的文本（或整数元），答案里是整数分（_fen）和元的文本（_yuan）；"
                f"比例是整数基点（_basis_points）。请求体最多 {MOST_BYTES} 字节。{NOTICE}"
            ),
        },
        "servers": [{"url": ROOT}],
        "tags": [{"name": tag, "description": _TAGS[tag]} for tag in used],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "examples": {
                operation.id: {"summary": operation.summary, "value": operation.example()}
                for operation in listed
                if not operation.example_of
            },
            "responses": {name: _problem_answer(name) for name in KINDS},
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "自己在“令牌”里建的凭证。",
                },
                "session": {
                    "type": "apiKey",
                    "in": "cookie",
                    "name": "session",
                    "description": "网页登录后的会话；写操作还要同源。",
                },
            },
        },
    }


def _problem_answer(name: str) -> Json:
    kind = KINDS[name]
    example = {
        "type": f"{BASE}{name}",
        "title": kind.title.text(),
        "status": kind.status,
        "detail": kind.detail.text(),
        "notice": NOTICE,
    }
    schema = {"$ref": "#/components/schemas/Problem"}
    return {
        "description": kind.title.text(),
        "content": {MEDIA_TYPE: {"schema": schema, "example": example}},
    }


def _operation(operation: Operation) -> Json:
    problems = [*operation.problems, *_ALWAYS]
    parameters = list(operation.parameters)
    if operation.signed_in:
        problems += _SIGNED_IN
    if operation.idempotent:
        problems += _WRITES
        parameters.append(KEY_PARAMETER)
    shown = {"$ref": f"#/components/examples/{operation.example_of or operation.id}"}
    media = {"schema": operation.answer, "examples": {"good": shown}}
    good: Json = {"description": operation.summary, "content": {"application/json": media}}
    document: dict[str, Any] = {
        "operationId": operation.id,
        "tags": [operation.tag],
        "summary": operation.summary,
        "description": operation.description or f"{operation.summary}。",
        "parameters": parameters,
        "responses": {str(operation.status): good, **_problem_responses(problems)},
        "security": [{"token": []}, {"session": []}] if operation.signed_in else [],
    }
    if operation.permission:
        document["x-permission"] = operation.permission
    if operation.body is not None:
        media = {"schema": operation.body, "example": operation.body_example}
        document["requestBody"] = {"required": True, "content": {"application/json": media}}
    return document


def _problem_responses(names: Iterable[str]) -> Json:
    """By status; several problems of one status share a description."""
    by_status: dict[int, list[str]] = {}
    for name in dict.fromkeys(names):
        by_status.setdefault(KINDS[name].status, []).append(name)
    responses: Json = {}
    for status, kinds in sorted(by_status.items()):
        answer = _problem_answer(kinds[0])
        if len(kinds) > 1:
            (media,) = answer["content"].values()
            del media["example"]
            media["examples"] = {
                name: {"value": next(iter(_problem_answer(name)["content"].values()))["example"]}
                for name in kinds
            }
            answer["description"] = "；".join(KINDS[name].title.text() for name in kinds)
        responses[str(status)] = (
            answer if len(kinds) > 1 else {"$ref": f"#/components/responses/{kinds[0]}"}
        )
    return responses
