"""The operation that runs a scenario: what every step is answered, up to a refusal."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from yibao.api.serving import Json, Operation, json_response, read_json
from yibao.errors import InputError, RefusedError
from yibao.inquiry.calculators import Context
from yibao.inquiry.calculators.base import area_choices
from yibao.messages import message
from yibao.policy.compile import PolicyLibrary
from yibao.policy.kinds import (
    HospitalGrade,
    InstitutionKind,
    ItemClass,
    Scheme,
    Sex,
    Status,
    VisitKind,
)
from yibao.scenario.read import scenario_from_text
from yibao.scenario.roads import run_through

MOST_STEPS = 200
"""Steps of a scenario over HTTP; ``yibao run`` knows no bound."""
_LISTS = ("people", "institutions", "grants", "filings", "steps")
_BODY: Json = {
    "type": "object",
    "description": f"情景文件的内容，写成 JSON；格式见 docs/scenario.md。最多 {MOST_STEPS} 步。",
    "properties": {
        "area": {"type": "string"},
        "today": {"type": "string", "format": "date"},
        **{name: {"type": "array", "items": {"type": "object"}} for name in _LISTS},
    },
    "required": ["area"],
    "additionalProperties": False,
}
_ANSWER: Json = {
    "type": "object",
    "description": "lines：每一步一个答案，与 yibao run --json 的每一行相同；"
    "refused：规则拒绝的一步结束运行，这里写明原因。",
    "properties": {
        "lines": {"type": "array", "items": {"type": "object"}},
        "refused": {"type": "string"},
    },
    "required": ["lines"],
    "additionalProperties": False,
}


def running(context: Callable[[], Context]) -> Iterator[Operation]:
    """One operation."""
    body = _example_of(area_choices(context().packs)[0].code)

    async def answer(request: Request) -> Response:
        written = await read_json(request)
        return json_response(await run_in_threadpool(_run, context().packs, written))

    yield Operation(
        id="run",
        method="POST",
        path="/run",
        tag="计算",
        summary="运行一个情景",
        description="谁参保、缴了什么、看了什么病，按顺序逐步作答；什么也不写入。",
        handler=answer,
        body=_BODY,
        body_example=body,
        answer=_ANSWER,
        example=lambda: _run(context().packs, body),
        problems=("too-large", "not-json", "invalid-input"),
    )


def _run(packs: PolicyLibrary, written: Json) -> Json:
    steps = written.get("steps")
    if isinstance(steps, list) and len(steps) > MOST_STEPS:
        raise InputError(message("最多 {count} 步", count=MOST_STEPS), place="steps")
    scenario = scenario_from_text(json.dumps(written, ensure_ascii=False), "JSON")
    lines = []
    try:
        for step in run_through("engine", packs, scenario):
            lines.append(step.as_json())
    except RefusedError as refusal:
        return {"lines": lines, "refused": str(refusal)}
    return {"lines": lines}


def _example_of(area: str) -> Json:
    enrolment = {
        "scheme": Scheme.EMPLOYEE.value,
        "status": Status.WORKING.value,
        "from": "2010-07-01",
    }
    return {
        "area": area,
        "people": [
            {"id": "a", "sex": Sex.FEMALE.value, "birth": "1985-05-01", "enrolments": [enrolment]},
        ],
        "institutions": [
            {
                "id": "h",
                "area": area,
                "price_class": 1,
                "grade": HospitalGrade.GRADE_3A.value,
                "kind": InstitutionKind.HOSPITAL.value,
            },
        ],
        "steps": [
            {
                "visit": "v1",
                "person": "a",
                "institution": "h",
                "kind": VisitKind.INPATIENT.value,
                "admitted": "2025-03-03",
                "discharged": "2025-03-09",
                "items": [{"class": ItemClass.A.value, "amount": 20000}],
            },
        ],
    }
