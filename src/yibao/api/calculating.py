"""The operations that calculate: the calculators of the pages for programs."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import Response

from yibao.api.problems import ProblemError
from yibao.api.serving import Handler, Json, Operation, json_response, read_json
from yibao.inquiry.asking import ask, ask_by_address
from yibao.inquiry.calculators import Calculator, Context
from yibao.inquiry.calculators.base import EXTRAS
from yibao.inquiry.filling import FieldsError
from yibao.inquiry.rendered import calculation_json, calculation_name
from yibao.inquiry.schemas import example_body, query_parameters
from yibao.messages import message

EXAMPLE_DAY = datetime.date(2026, 11, 21)
"""The day on which the examples of the description are asked."""
_MOST_PARAMETERS = 400
_INCLUDE: Json = {
    "name": "include",
    "in": "query",
    "required": False,
    "description": "另外要什么，用逗号分开：curve 费用等变化时的曲线，institutions 换一类机构的"
    "对比表。不写就只算这一次。",
    "schema": {"type": "string", "examples": ["curve", "curve,institutions"]},
}


def calculating(
    calculators: Mapping[str, Calculator], context: Callable[[], Context]
) -> Iterator[Operation]:
    """One operation to post a question to each calculator, one to ask with an address."""
    asked = Context(context().packs, EXAMPLE_DAY, include=frozenset())
    for name, calculator in calculators.items():
        body = example_body(calculator)

        def example(calculator: Calculator = calculator, body: Json = body) -> Json:
            return calculation_json(ask(asked, calculator, body))

        answer = {"$ref": f"#/components/schemas/{calculation_name(calculator)}"}
        yield Operation(
            id=name,
            method="POST",
            path=f"/{name}",
            tag="计算",
            summary=calculator.title.text(),
            description=calculator.purpose.text(),
            handler=_by_body(calculator, context),
            body={"$ref": f"#/components/schemas/{input_name(calculator)}"},
            body_example=body,
            parameters=(_INCLUDE,),
            answer=answer,
            example=example,
            problems=("too-large", "not-json", "invalid-input", "refused"),
        )
        yield Operation(
            id=f"{name}ByAddress",
            method="GET",
            path=f"/{name}",
            tag="计算",
            summary=f"{calculator.title.text()}（用页面的地址问）",
            description="参数与页面地址里的相同，答案与 POST 相同。",
            handler=_by_address(calculator, context),
            parameters=(*query_parameters(calculator), _INCLUDE),
            answer=answer,
            example=example,
            example_of=name,
            problems=("invalid-input", "refused"),
        )


def input_name(calculator: Calculator) -> str:
    """The name of the schema of a calculator's body."""
    return f"{calculator.id.title()}Input"


def _including(context: Context, written: str) -> Context:
    """The context of a call that names what its answer is to bring beside itself."""
    names = frozenset(filter(None, written.split(",")))
    strange = sorted(names - EXTRAS)
    if strange:
        known = "、".join(sorted(EXTRAS))
        raise FieldsError(
            [
                (
                    "include",
                    message("不认识 {name}，可以写 {known}", name=strange[0][:20], known=known),
                )
            ]
        )
    return replace(context, include=names)


def _by_body(calculator: Calculator, context: Callable[[], Context]) -> Handler:
    async def answer(request: Request) -> Response:
        asked = _including(context(), request.query_params.get("include", ""))
        return json_response(calculation_json(ask(asked, calculator, await read_json(request))))

    return answer


def _by_address(calculator: Calculator, context: Callable[[], Context]) -> Handler:
    async def answer(request: Request) -> Response:
        try:
            pairs = parse_qsl(
                request.url.query, keep_blank_values=True, max_num_fields=_MOST_PARAMETERS
            )
        except ValueError:
            raise ProblemError("invalid-input", message("参数太多")) from None
        written = dict(pairs)
        asked = _including(context(), written.pop("include", ""))
        return json_response(calculation_json(ask_by_address(asked, calculator, written)))

    return answer
