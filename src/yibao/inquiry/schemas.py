"""JSON Schemas of the questions, made from the declared inputs of the calculators.

Whatever a schema here refuses, :func:`fitting` refuses too, with a sentence.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from yibao.errors import InputError
from yibao.inquiry.calculators import Calculator
from yibao.inquiry.fields import YES, Field, Input, row_name
from yibao.inquiry.reading import day
from yibao.messages import message

Json = dict[str, Any]

_FEN_PER_YUAN = 100
_PATTERNS = {
    "amount": (r"^[0-9]{1,11}(\.[0-9]{1,2})?$", "元，最多两位小数的文本，例如 “8000.50”"),
    "percent": (
        r"^(100(\.0{1,2})?|[0-9]{1,2}(\.[0-9]{1,2})?)$",
        "百分数，0 到 100，最多两位小数的文本，例如 “10”",
    ),
    "day": (
        r"^(19|20|21)[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$",
        "日期，写成 2025-03-01",
    ),
    "month": (r"^(19|20|21)[0-9]{2}-(0[1-9]|1[0-2])$", "月份，写成 2025-03"),
    "id": (r"^[A-Za-z0-9_.:-]{1,40}$", "编号，最多 40 个字母、数字和 _ . : -"),
    "name": (r"^[^\s\x00-\x1f](.{0,38}[^\s\x00-\x1f])?$", "最多 40 个字，前后没有空格"),
}
"""Pattern of each kind of text, and how it is written."""


def field_schema(field: Field) -> Json:
    """The schema of one input, as JSON takes it."""
    schema: Json
    match field.kind:
        case "choice":
            schema = {"type": "string", "enum": [choice.code for choice in field.choices]}
        case "flag":
            schema = {"type": "boolean"}
        case "whole":
            schema = {"type": "integer", "minimum": field.least, "maximum": field.most}
        case "amount":
            whole = {"type": "integer", "minimum": 0, "maximum": field.most // _FEN_PER_YUAN}
            schema = {"anyOf": [{"type": "string", "pattern": _PATTERNS["amount"][0]}, whole]}
        case _:
            schema = {"type": "string", "pattern": _PATTERNS[field.kind][0]}
            if field.kind == "day":
                schema["format"] = "date"
    schema["description"] = description(field)
    if field.default and field.default != "today":
        schema["default"] = int(field.default) if field.kind == "whole" else field.default
    return schema


def description(field: Field) -> str:
    """What a field means, how it is written, what its choices mean and when it counts."""
    words = [field.label.text()]
    if field.unit.text() and field.kind == "whole":
        words[0] += f"（{field.unit.text()}）"
    if field.kind in _PATTERNS:
        words.append(_PATTERNS[field.kind][1])
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


# --- what fits ---


def fitting(field: Field, place: str, value: Any) -> str:
    """A value of a JSON object as a form writes it; ``InputError`` where the schema refuses it."""
    if isinstance(value, bool):
        if field.kind != "flag":
            raise InputError(
                message("这里不是 true 或 false：{value}", value=_how(field)), place=place
            )
        return YES if value else ""
    if field.kind == "flag":
        raise InputError(message("请写 true 或 false"), place=place)
    if isinstance(value, int):
        return _number(field, place, value)
    if isinstance(value, float):
        raise InputError(
            message('小数请写成文本，例如 "8000.50"：{value}', value=_how(field)), place=place
        )
    if not isinstance(value, str) or field.kind == "whole":
        raise InputError(message("类型不对：{value}", value=_how(field)), place=place)
    if field.kind == "choice":
        if not any(value == choice.code for choice in field.choices):
            raise InputError(
                message("没有 {value} 这个选项：{how}", value=repr(value[:20]), how=_how(field)),
                place=place,
            )
    elif not re.match(_PATTERNS[field.kind][0].removesuffix("$") + r"\Z", value):
        raise InputError(
            message("{value} 不对：{how}", value=repr(value[:20]), how=_how(field)),
            place=place,
        )
    elif field.kind == "day":
        day(value, place)
    return value


def _number(field: Field, place: str, value: int) -> str:
    if field.kind == "whole":
        least, most = field.least, field.most
    elif field.kind == "amount":
        least, most = 0, field.most // _FEN_PER_YUAN
    else:
        raise InputError(message("类型不对：{value}", value=_how(field)), place=place)
    if not least <= value <= most:
        raise InputError(
            message("应在 {least} 到 {most} 之间", least=least, most=most), place=place
        )
    return str(value)


def _how(field: Field) -> str:
    """How a value is written."""
    if field.choices:
        return "请写 " + "、".join(choice.code for choice in field.choices)
    if field.kind == "whole":
        return f"请写 {field.least} 到 {field.most} 的整数"
    return "请写" + _PATTERNS[field.kind][1]
