"""The JSON API of the calculators and the policy packs."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any
from urllib.parse import parse_qsl, urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from yibao.api.observe import Handler, routed
from yibao.api.openapi import description
from yibao.api.problems import INVALID, NOT_FOUND, REFUSED, problem
from yibao.errors import InputError, NotFoundError, RefusedError
from yibao.inquiry import reading
from yibao.inquiry.answer import Answer
from yibao.inquiry.basis import NOTICE, basis_data
from yibao.inquiry.calculators import Calculator, Context
from yibao.inquiry.fields import YES, Field, Rows, read, row_name, shared
from yibao.inquiry.search import Search
from yibao.policy import report

MOST_BYTES = 64 * 1024
_MOST_PARAMETERS = 400


class TooLongError(Exception):
    """More was sent than any question needs."""


class Api:
    """Answers programs."""

    def __init__(
        self,
        calculators: Mapping[str, Calculator],
        context: Callable[[], Context],
        search: Search,
    ) -> None:
        self._calculators = calculators
        self._context = context
        self._search = search
        self._description: dict[str, Any] | None = None

    # --- calculators ---

    async def by_address(self, request: Request) -> Response:
        """A calculator asked with the address of its page."""
        calculator = self._calculators[request.path_params["id"]]
        try:
            pairs = parse_qsl(
                request.url.query, keep_blank_values=True, max_num_fields=_MOST_PARAMETERS
            )
        except ValueError:
            return problem(INVALID, 422, "参数太多")
        return self._answer(calculator, dict(pairs), _names(calculator))

    async def by_body(self, request: Request) -> Response:
        """A calculator asked with a JSON object."""
        calculator = self._calculators[request.path_params["id"]]
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != "application/json":
            return problem(INVALID, 415, "请用 Content-Type: application/json")
        try:
            body = json.loads(await _body(request), parse_float=_no_float, parse_constant=_no_float)
        except TooLongError:
            return problem(INVALID, 413, f"最多 {MOST_BYTES} 字节")
        except InputError as error:
            return problem(INVALID, 422, str(error))
        except (ValueError, RecursionError):
            return problem(INVALID, 422, "这不是 JSON")
        if not isinstance(body, dict):
            return problem(INVALID, 422, "请发一个 JSON 对象")
        try:
            written = written_of(calculator, body)
        except InputError as error:
            errors = [{"field": error.place, "message": error.message}]
            return problem(INVALID, 422, str(error), errors)
        return self._answer(calculator, written, set(written))

    def _answer(self, calculator: Calculator, written: dict[str, str], known: set[str]) -> Response:
        strange = [name for name in written if name not in known]
        if strange:
            errors = [{"field": name[:60], "message": "不认识这个参数"} for name in strange[:20]]
            return problem(INVALID, 422, "有不认识的参数", errors)
        context = self._context()
        found = read(calculator.inputs, written, context.today)
        if found.faults:
            errors = [{"field": name, "message": text} for name, text in found.faults.items()]
            return problem(INVALID, 422, "有几处要改", errors)
        try:
            answer = calculator.answer(context, found.values)
        except InputError as error:
            errors = [{"field": error.place, "message": error.message}]
            return problem(INVALID, 422, str(error), errors)
        except (RefusedError, NotFoundError) as error:
            return problem(REFUSED, 422, str(error))
        query = urlencode(shared(calculator.inputs, written, found)) or "show=1"
        return _json({**_rendered(context, answer), "page": f"/calc/{calculator.id}?{query}"})

    # --- policies ---

    async def areas(self, request: Request) -> Response:
        """Areas that have a pack."""
        return _json({"areas": report.list_areas(self._context().packs)})

    async def area(self, request: Request) -> Response:
        """The rules of an area on a day."""
        context = self._context()
        asked = request.query_params
        try:
            day = reading.day(asked["on"], "on") if "on" in asked else context.today
            topic = asked.get("topic") or None
            shown = report.show(context.packs, request.path_params["area"], topic, day)
        except InputError as error:
            errors = [{"field": "on", "message": error.message}]
            return problem(INVALID, 422, str(error), errors)
        except NotFoundError as error:
            return problem(NOT_FOUND, 404, str(error))
        return _json({**shown, "notice": NOTICE})

    async def parameter(self, request: Request) -> Response:
        """All dated values of one rule."""
        name = request.path_params["name"]
        try:
            rows = report.history(self._context().packs, name)
        except NotFoundError as error:
            return problem(NOT_FOUND, 404, str(error))
        kept = [{k: v for k, v in row.items() if k not in ("file", "line")} for row in rows]
        return _json({"parameter": name, "values": kept, "notice": NOTICE})

    async def disputes(self, request: Request) -> Response:
        """All disputes."""
        return _json({"disputes": _public(report.disputes(self._context().packs))})

    async def gaps(self, request: Request) -> Response:
        """What no source gives."""
        return _json({"gaps": _public(report.gaps(self._context().packs))})

    async def source(self, request: Request) -> Response:
        """One record of a source."""
        try:
            rows = report.sources(self._context().packs, request.path_params["id"])
        except NotFoundError as error:
            return problem(NOT_FOUND, 404, str(error))
        return _json(_public(rows)[0])

    async def search(self, request: Request) -> Response:
        """What a question leads to."""
        found = self._search.find(request.query_params.get("q", ""), self._context().today)
        return _json(
            {
                "area": found.area,
                "topics": [topic.id for topic in found.topics],
                "figures": [
                    {
                        "title": one.title,
                        "value": one.value,
                        "since": one.since,
                        "page": one.address,
                    }
                    for one in found.figures
                ],
                "calculators": [
                    {"title": title.zh, "page": address} for title, address in found.calculators
                ],
                "entries": [
                    {"kind": one.kind, "title": one.title.zh, "page": one.address}
                    for one in found.entries
                ],
                "notice": NOTICE,
            }
        )

    # --- about itself ---

    async def index(self, request: Request) -> Response:
        """Where to begin."""
        return _json(
            {
                "openapi": "/api/v1/openapi.json",
                "calculators": {
                    name: {
                        "title": one.title.zh,
                        "purpose": one.purpose.zh,
                        "path": f"/api/v1/{name}",
                    }
                    for name, one in self._calculators.items()
                },
                "notice": NOTICE,
            }
        )

    async def openapi(self, request: Request) -> Response:
        """The description of the API, with answered examples."""
        if self._description is None:
            context = self._context()
            examples = {}
            for name, calculator in self._calculators.items():
                found = read(calculator.inputs, calculator.example, context.today)
                examples[name] = _rendered(context, calculator.answer(context, found.values))
            self._description = description(self._calculators, examples)
        return _json(self._description)


def written_of(calculator: Calculator, body: Mapping[str, Any]) -> dict[str, str]:
    """A JSON object as the fields of a form; ``InputError`` names what does not fit."""
    inputs = {one.name: one for one in calculator.inputs}
    written: dict[str, str] = {}
    for name, value in body.items():
        one = inputs.get(name)
        if one is None:
            raise InputError("不认识这个参数", place=name[:60])
        if isinstance(one, Field):
            written[name] = _text(one, name, value)
            continue
        if not isinstance(value, list) or len(value) > one.most:
            raise InputError(f"请写一个数组，最多 {one.most} 项", place=name)
        fields = {field.name: field for field in one.fields}
        for number, row in enumerate(value, 1):
            if not isinstance(row, dict):
                raise InputError("每一项是一个 JSON 对象", place=f"{name}[{number}]")
            if one.key not in row:
                raise InputError(f"要写 {one.key}", place=f"{name}[{number}]")
            for key, part in row.items():
                if key not in fields:
                    raise InputError("不认识这个参数", place=f"{name}[{number}].{key[:60]}")
                written[row_name(key, number)] = _text(fields[key], f"{name}[{number}].{key}", part)
    return written


def _text(field: Field, place: str, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        if field.kind != "flag":
            raise InputError("这里不是 true 或 false", place=place)
        return YES if value else ""
    if field.kind == "flag":
        raise InputError("请写 true 或 false", place=place)
    if isinstance(value, int) and field.kind in ("whole", "amount", "percent"):
        return str(value)
    if isinstance(value, str) and field.kind != "whole":
        return value
    raise InputError("类型不对：金额、日期写成文本，整数写成数", place=place)


def _names(calculator: Calculator) -> set[str]:
    """Every name that the address of a page may have."""
    found = {"show"}
    for one in calculator.inputs:
        found.add(one.name)
        if isinstance(one, Rows):
            found |= {
                row_name(field.name, number)
                for field in one.fields
                for number in range(1, one.most + 1)
            }
    return found


def _no_float(text: str) -> Any:
    raise InputError(f'{text[:30]} 是小数，请写成文本，例如 "8000.50"')


async def _body(request: Request) -> bytes:
    content = bytearray()
    async for chunk in request.stream():
        content += chunk
        if len(content) > MOST_BYTES:
            raise TooLongError
    return bytes(content)


def _rendered(context: Context, answer: Answer) -> dict[str, Any]:
    basis = basis_data(
        context.packs,
        answer.area,
        {"assumptions": answer.assumptions, "disputes": answer.disputes},
    )
    return {
        "headline": answer.headline.zh,
        "figures_on": answer.figures_on.isoformat(),
        "answer": answer.data,
        "not_applied": [{"what": note.title.zh, "why": note.reason.zh} for note in answer.notes],
        **basis,
    }


def _public(rows: list[report.Row]) -> list[report.Row]:
    """Without the places in files of the packs."""
    return [{k: v for k, v in row.items() if k not in ("file", "line")} for row in rows]


def _json(data: Any) -> JSONResponse:
    def other(value: Any) -> Any:
        if isinstance(value, datetime.date):
            return value.isoformat()
        return asdict(value)

    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), default=other)
    response = JSONResponse(None)
    response.body = text.encode()
    response.headers["Content-Length"] = str(len(response.body))
    response.headers["Cache-Control"] = "no-store"
    return response


def api_routes(
    calculators: Mapping[str, Calculator], context: Callable[[], Context], search: Search
) -> list[BaseRoute]:
    """The routes below ``/api/v1``."""
    api = Api(calculators, context, search)

    def route(path: str, handler: Handler, method: str = "GET", id_: str = "") -> Route:
        async def chosen(request: Request) -> Response:
            if id_:
                request.path_params["id"] = id_
            return await handler(request)

        return Route(path, routed(f"/api/v1{path}", chosen), methods=[method])

    routes: list[BaseRoute] = [
        route("/", api.index),
        route("/openapi.json", api.openapi),
        route("/policy/areas", api.areas),
        route("/policy/areas/{area}", api.area),
        route("/policy/parameters/{name}", api.parameter),
        route("/policy/disputes", api.disputes),
        route("/policy/gaps", api.gaps),
        route("/policy/sources/{id}", api.source),
        route("/search", api.search),
    ]
    for name in calculators:
        routes.append(route(f"/{name}", api.by_address, "GET", name))
        routes.append(route(f"/{name}", api.by_body, "POST", name))
    return routes
