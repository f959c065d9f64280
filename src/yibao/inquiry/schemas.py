"""JSON Schemas of the questions, made from the declared inputs of the calculators.

What a kind of field looks like is its notation's to say (:mod:`yibao.inquiry.notation`), which
refuses with a sentence whatever its schema refuses.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from yibao.inquiry.calculators import Calculator
from yibao.inquiry.fields import YES, Field, Input, row_name
from yibao.inquiry.notation import NOTATIONS
from yibao.messages import (
    CHINESE,
    Listed,
    Sentences,
    Statements,
    Text,
    Wording,
    message,
)

Json = dict[str, Any]


def field_schema(field: Field) -> Json:
    """The schema of one input, as JSON takes it."""
    notation = NOTATIONS[field.kind]
    schema = notation.schema(field)
    schema["description"] = description(field)
    if field.default and field.default != "today":
        schema["default"] = notation.default(field)
    return schema


def description(field: Field, language: str = CHINESE) -> str:
    """What a field means, how it is written, what its choices mean and when it counts."""
    return Sentences(_said_of(field)).text(language)


def _said_of(field: Field) -> Iterator[Text]:
    if field.unit.text() and field.kind == "whole":
        yield message("{label}（{unit}）", label=field.label, unit=field.unit)
    else:
        yield field.label
    if NOTATIONS[field.kind].written:
        yield NOTATIONS[field.kind].written
    if field.choices and field.kind != "area":
        yield Statements(
            message("{code} {label}", code=choice.code, label=choice.label)
            for choice in field.choices
        )
    if field.hint.text():
        yield _Unstopped(field.hint)
    if field.default == "today":
        yield message("不写是今天") if field.kind == "day" else message("不写是这个月")
    if field.when:
        needs, *more = (
            message("{name} 是 {values}", name=name, values=Listed(values))
            for name, values in field.when
        )
        for need in more:
            needs = message("{first}，且 {second}", first=needs, second=need)
        yield message("只在 {needs} 时有意义，否则不看", needs=needs)
        if field.required and not field.default:
            yield message("那时必须写")


class _Unstopped:
    """A sentence without its stop."""

    def __init__(self, sentence: Wording) -> None:
        self._sentence = sentence

    def text(self, language: str = CHINESE) -> str:
        return self._sentence.text(language).rstrip("。.")


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
            "description": Sentences((asked.label,)).text(),
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
            said = message(
                "{rows}第 1 行：{what}第 2 行写 {second}，最多 {most} 行。",
                rows=asked.label,
                what=Sentences(_said_of(field)),
                second=row_name(field.name, 2),
                most=asked.most,
            )
            text = said.text()
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
