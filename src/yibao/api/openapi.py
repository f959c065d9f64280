"""The OpenAPI 3.1 description, made from the declared inputs of the calculators."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from yibao import __version__
from yibao.inquiry.calculators import Calculator
from yibao.inquiry.fields import Field, Rows

_AMOUNT = r"^[0-9]{1,11}(\.[0-9]{1,2})?$"
_PERCENT = r"^[0-9]{1,3}(\.[0-9]{1,2})?$"
_MONTH = r"^[0-9]{4}-(0[1-9]|1[0-2])$"


def field_schema(field: Field) -> dict[str, Any]:
    """The schema of one input, as JSON takes it."""
    schema: dict[str, Any]
    match field.kind:
        case "choice":
            schema = {"type": "string", "enum": [choice.code for choice in field.choices]}
        case "day":
            schema = {"type": "string", "format": "date"}
        case "month":
            schema = {"type": "string", "pattern": _MONTH}
        case "amount":
            schema = {"type": "string", "pattern": _AMOUNT}
        case "percent":
            schema = {"type": "string", "pattern": _PERCENT}
        case "whole":
            schema = {"type": "integer", "minimum": field.least, "maximum": field.most}
        case _:
            schema = {"type": "boolean"}
    words = [f"{field.label.zh} {field.label.en}"]
    if field.kind == "amount":
        words.append("元，文本，最多两位小数")
    words += [text for text in (field.hint.zh,) if text]
    if field.when:
        needs = "；".join(f"{name} 是 {'、'.join(values)}" for name, values in field.when)
        words.append(f"只在 {needs} 时有意义，否则不看")
    schema["description"] = "。".join(words)
    if field.default and field.default != "today":
        schema["default"] = int(field.default) if field.kind == "whole" else field.default
    return schema


def input_schema(calculator: Calculator) -> dict[str, Any]:
    """The schema of the body of a calculator."""
    properties: dict[str, Any] = {}
    required = []
    for one in calculator.inputs:
        if isinstance(one, Field):
            properties[one.name] = field_schema(one)
            if one.required and not one.default and not one.when:
                required.append(one.name)
            continue
        properties[one.name] = {
            "type": "array",
            "maxItems": one.most,
            "description": f"{one.label.zh} {one.label.en}",
            "items": {
                "type": "object",
                "properties": {field.name: field_schema(field) for field in one.fields},
                "required": [one.key],
                "additionalProperties": False,
            },
        }
    schema: dict[str, Any] = {
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
    }
    if required:
        schema["required"] = required
    return schema


def example_body(calculator: Calculator) -> dict[str, Any]:
    """The calculator's example as a JSON body."""
    body: dict[str, Any] = {}
    for one in calculator.inputs:
        if isinstance(one, Field):
            if one.name in calculator.example:
                body[one.name] = _native(one, calculator.example[one.name])
            continue
        rows = []
        for number in range(1, one.most + 1):
            row = {
                field.name: _native(field, calculator.example[f"{field.name}-{number}"])
                for field in one.fields
                if f"{field.name}-{number}" in calculator.example
            }
            if row:
                rows.append(row)
        if rows:
            body[one.name] = rows
    return body


def _native(field: Field, text: str) -> Any:
    if field.kind == "whole":
        return int(text)
    return text == "1" if field.kind == "flag" else text


def _query(calculator: Calculator) -> list[dict[str, Any]]:
    """The same inputs as parameters of an address."""
    found = []
    for one in calculator.inputs:
        if isinstance(one, Field):
            schema = field_schema(one)
            if one.kind == "flag":
                schema = {"type": "string", "enum": ["1"], "description": schema["description"]}
            found.append(
                {
                    "name": one.name,
                    "in": "query",
                    "required": one.required and not one.default and not one.when,
                    "schema": schema,
                }
            )
    return found


_PROBLEM = {"$ref": "#/components/schemas/Problem"}


def _problem_answer(text: str) -> dict[str, Any]:
    return {"description": text, "content": {"application/problem+json": {"schema": _PROBLEM}}}


def _answers(example: Any) -> dict[str, Any]:
    content: dict[str, Any] = {"schema": {"$ref": "#/components/schemas/Answer"}}
    if example is not None:
        content["example"] = example
    return {
        "200": {"description": "答案", "content": {"application/json": content}},
        "413": _problem_answer("内容太长"),
        "415": _problem_answer("不是 JSON"),
        "422": _problem_answer("填的内容有误，或没有来源的数字不能算"),
    }


def _look_up(summary: str, parameters: list[dict[str, Any]], *, missing: bool) -> dict[str, Any]:
    answers: dict[str, Any] = {
        "200": {
            "description": summary,
            "content": {"application/json": {"schema": {"type": "object"}}},
        },
        "422": _problem_answer("填的内容有误"),
    }
    if missing:
        answers["404"] = _problem_answer("没有这一项")
    return {"get": {"summary": summary, "parameters": parameters, "responses": answers}}


def _parameter(name: str, place: str, description: str, **schema: Any) -> dict[str, Any]:
    return {
        "name": name,
        "in": place,
        "required": place == "path",
        "description": description,
        "schema": {"type": "string", **schema},
    }


def description(
    calculators: Mapping[str, Calculator], examples: Mapping[str, Any]
) -> dict[str, Any]:
    """The whole description; ``examples`` holds an answer for each calculator."""
    paths: dict[str, Any] = {}
    schemas: dict[str, Any] = {"Problem": _problem_schema(), "Answer": _answer_schema()}
    for name, calculator in calculators.items():
        title = f"{name.title()}Input"
        schemas[title] = {**input_schema(calculator), "examples": [example_body(calculator)]}
        answers = _answers(examples.get(name))
        methods: dict[str, Any] = {
            "post": {
                "operationId": name,
                "summary": calculator.title.zh,
                "description": calculator.purpose.zh,
                "requestBody": {
                    "required": True,
                    "content": {
                        "application/json": {
                            "schema": {"$ref": f"#/components/schemas/{title}"},
                            "example": example_body(calculator),
                        }
                    },
                },
                "responses": answers,
            }
        }
        if not any(isinstance(one, Rows) and not one.when for one in calculator.inputs):
            methods["get"] = {
                "operationId": f"{name}ByAddress",
                "summary": calculator.title.zh,
                "parameters": _query(calculator),
                "responses": {"200": answers["200"], "422": answers["422"]},
            }
        paths[f"/{name}"] = methods
    area = _parameter("area", "path", "地区代码或名称")
    day = _parameter("on", "query", "哪一天，缺省今天", format="date")
    topic = _parameter("topic", "query", "主题，如 employee.inpatient")
    paths["/policy/areas"] = _look_up("有政策包的地区", [], missing=False)
    paths["/policy/areas/{area}"] = _look_up(
        "一个地区某一天的规定", [area, topic, day], missing=True
    )
    rule = _parameter("name", "path", "规定，如 employee.inpatient.ratio")
    paths["/policy/parameters/{name}"] = _look_up("一条规定的历次取值", [rule], missing=True)
    paths["/policy/disputes"] = _look_up("争议", [], missing=False)
    paths["/policy/gaps"] = _look_up("没有来源的数字", [], missing=False)
    identifier = _parameter("id", "path", "来源的编号")
    paths["/policy/sources/{id}"] = _look_up("一条来源", [identifier], missing=True)
    question = _parameter("q", "query", "问题，中文或拼音", maxLength=60)
    paths["/search"] = _look_up("按问题找规定与计算", [question], missing=False)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "医保明白账 API",
            "version": __version__,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
            "description": (
                "金额写成元的文本，答案里是整数分；比例是整数基点。"
                "仅供参考，以当地医保部门为准；咨询 12393。"
            ),
        },
        "servers": [{"url": "/api/v1"}],
        "paths": paths,
        "components": {"schemas": schemas},
    }


def _problem_schema() -> dict[str, Any]:
    text = {"type": "string"}
    return {
        "type": "object",
        "required": ["type", "title", "status"],
        "properties": {
            "type": text,
            "title": text,
            "status": {"type": "integer"},
            "detail": text,
            "notice": text,
            "errors": {
                "type": "array",
                "items": {"type": "object", "properties": {"field": text, "message": text}},
            },
        },
    }


def _answer_schema() -> dict[str, Any]:
    text = {"type": "string"}
    return {
        "type": "object",
        "required": ["headline", "figures_on", "answer", "basis", "notice"],
        "properties": {
            "headline": {**text, "description": "一句话"},
            "figures_on": {**text, "format": "date", "description": "按哪一天的规定"},
            "answer": {"type": "object", "description": "金额为整数分，每一步带来源"},
            "basis": {"type": "object", "description": "推定与争议"},
            "page": {**text, "description": "同一个答案的页面地址"},
            "notice": text,
        },
    }
