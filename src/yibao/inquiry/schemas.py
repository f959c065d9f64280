"""JSON Schemas of the questions, made from the declared inputs of the calculators.

What a kind of field looks like is its notation's to say (:mod:`yibao.inquiry.notation`), which
refuses with a sentence whatever its schema refuses.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from yibao.inquiry.calculators import Calculator
from yibao.inquiry.fields import YES, Field, Input, row_name
from yibao.inquiry.notation import NOTATIONS

Json = dict[str, Any]


def field_schema(field: Field) -> Json:
    """The schema of one input, as JSON takes it."""
    notation = NOTATIONS[field.kind]
    schema = notation.schema(field)
    schema["description"] = description(field)
    if field.default and field.default != "today":
        schema["default"] = notation.default(field)
    return schema


def description(field: Field) -> str:
    """What a field means, how it is written, what its choices mean and when it counts."""
    words = [field.label.text()]
    if field.unit.text() and field.kind == "whole":
        words[0] += f"（{field.unit.text()}）"
    if NOTATIONS[field.kind].written:
        words.append(NOTATIONS[field.kind].written)
    if field.choices:
        words.append("；".join(f"{choice.code} {choice.label.text()}" for choice in field.choices))
    if field.hint.text():
        words.append(field.hint.text().rstrip("。"))
    if field.default == "today":
        words.append("不写是今天" if field.kind == "day" else "不写是这个月")
    if field.when:
        needs = "，且 ".join(f"{name} 是 {'、'.join(values)}" for name, values in field.when)
        words.append(f"只在 {needs} 时有意义，否则不看")
        if field.required and not field.default:
            words.append("那时必须写")
    return "。".join(words) + "。"


def input_schema(calculator: Calculator) -> Json:
    """The schema of the body of a calculator, with its example."""
    return {**body_schema(calculator.inputs), "examples": [example_body(calculator)]}


def body_schema(inputs: Iterable[Input]) -> Json:
    """The schema of a JSON object with these inputs."""
    properties: Json = {}
    required = []
    for asked in inputs:
        if isinstance(asked, Field):
            properties[asked.name] = field_schema(asked)
            if asked.required and not asked.default and not asked.when:
                required.append(asked.name)
            continue
        properties[asked.name] = {
            "type": "array",
            "maxItems": asked.most,
            "description": f"{asked.label.text()}。",
            "items": {
                "type": "object",
                "properties": {field.name: field_schema(field) for field in asked.fields},
                "required": [asked.key],
                "additionalProperties": False,
            },
        }
    schema: Json = {"type": "object", "properties": properties, "additionalProperties": False}
    if required:
        schema["required"] = required
    return schema


def example_body(calculator: Calculator) -> Json:
    """The calculator's example as a JSON body."""
    body: Json = {}
    for asked in calculator.inputs:
        if isinstance(asked, Field):
            if asked.name in calculator.example:
                body[asked.name] = _native(asked, calculator.example[asked.name])
            continue
        rows = []
        for number in range(1, asked.most + 1):
            row = {
                field.name: _native(field, calculator.example[row_name(field.name, number)])
                for field in asked.fields
                if row_name(field.name, number) in calculator.example
            }
            if row:
                rows.append(row)
        if rows:
            body[asked.name] = rows
    return body


def _native(field: Field, text: str) -> Any:
    if field.kind == "whole":
        return int(text)
    return text == YES if field.kind == "flag" else text


def query_parameters(calculator: Calculator) -> list[Json]:
    """The same inputs as parameters of an address, where everything is text.

    Of rows the first is described; the others differ in their number only.
    """
    parameters: list[Json] = []
    for asked in calculator.inputs:
        if isinstance(asked, Field):
            needed = asked.required and not asked.default and not asked.when
            parameters.append(_query(calculator, asked, asked.name, description(asked), needed))
            continue
        for field in asked.fields:
            text = f"{asked.label.text()}第 1 行：{description(field)}"
            text += f"第 2 行写 {row_name(field.name, 2)}，最多 {asked.most} 行。"
            parameters.append(_query(calculator, field, row_name(field.name, 1), text, False))
    return parameters


def _query(calculator: Calculator, field: Field, name: str, text: str, needed: bool) -> Json:
    schema: Json = {"type": "string"}
    if field.kind == "choice" and name == field.name and not field.when:
        schema["enum"] = [choice.code for choice in field.choices]
    parameter: Json = {
        "name": name,
        "in": "query",
        "required": needed,
        "description": text,
        "schema": schema,
    }
    if name in calculator.example:
        parameter["example"] = calculator.example[name]
    return parameter
