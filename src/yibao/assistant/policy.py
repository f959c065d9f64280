"""Looking up the policy packs: what is in force, how it came about, who says so."""

from __future__ import annotations

import datetime
from dataclasses import replace
from typing import Any

from yibao.errors import InputError, NotFoundError
from yibao.inquiry import reading
from yibao.inquiry.ask.asker import MOST_QUESTION as MOST_ASKED
from yibao.inquiry.ask.reply import QuestionAnswer
from yibao.inquiry.calculators import Context
from yibao.inquiry.fields import Choice
from yibao.inquiry.filling import FieldsError
from yibao.inquiry.looked_up import (
    ParameterShown,
    PolicySearched,
    parameter_shown,
    policy_searched,
)
from yibao.inquiry.search import MOST_QUESTION, Search
from yibao.messages import Listed, Text, message

Json = dict[str, Any]

_ON: Json = {
    "type": "string",
    "format": "date",
    "description": "哪一天的规定，写成 2025-03-01。不写是今天。",
}
_EXAMPLE_RULE = "employee.inpatient.ratio"


def _area_schema(home: Choice, else_: str) -> Json:
    description = f"统筹区的名称或六位代码，如 {home.label.text()}、{home.code}。不写时{else_}。"
    return {"type": "string", "maxLength": 20, "description": description}


def search_schema(home: Choice) -> Json:
    """What ``search_policy`` takes; ``home`` stands in its examples."""
    question = {
        "type": "string",
        "minLength": 1,
        "maxLength": MOST_QUESTION,
        "description": "问题，中文或拼音，不要写姓名和号码。",
    }
    return {
        "type": "object",
        "properties": {
            "question": question,
            "area": _area_schema(home, "看问题里说的地方"),
            "on": _ON,
        },
        "required": ["question"],
        "additionalProperties": False,
        "examples": [{"question": f"{home.label.text()}三甲住院报多少"}],
    }


def ask_schema(home: Choice) -> Json:
    """What ``ask`` takes; ``home`` stands in its examples."""
    schema = search_schema(home)
    question = {**schema["properties"]["question"], "maxLength": MOST_ASKED}
    return {
        **schema,
        "properties": {**schema["properties"], "question": question},
        "examples": [{"question": f"{home.label.text()}退休职工三甲住院花了3万自己付多少"}],
    }


def ask_question(context: Context, search: Search, schema: Json, body: Json) -> QuestionAnswer:
    """The answer to a question: one sentence, its figures, sources and what is missing."""
    written = _text_of(schema, body)
    area, day = _area(context, written), _day(context, written)
    now = replace(context, today=day, include=frozenset())
    return search.ask(now, written["question"], area)


def show_schema(home: Choice) -> Json:
    """What ``show_policy`` takes."""
    parameter = {
        "type": "string",
        "minLength": 1,
        "maxLength": 80,
        "description": f"规定的代号，如 {_EXAMPLE_RULE}；由 search_policy 给出。",
    }
    return {
        "type": "object",
        "properties": {"parameter": parameter, "area": _area_schema(home, "是各个地方"), "on": _ON},
        "required": ["parameter"],
        "additionalProperties": False,
        "examples": [{"parameter": _EXAMPLE_RULE, "area": home.label.text(), "on": "2025-06-01"}],
    }


def _text_of(schema: Json, body: Json) -> dict[str, str]:
    """The members of a body that its schema allows; ``FieldsError`` names the others."""
    faults: list[tuple[str, Text]] = []
    for name, value in body.items():
        known = schema["properties"].get(name)
        if known is None:
            faults.append(
                (
                    name[:60],
                    message("不认识这个参数，可以写 {known}", known=Listed(schema["properties"])),
                )
            )
        elif not isinstance(value, str) or not value.strip():
            faults.append((name, message("请写文本：{what}", what=known["description"])))
        elif len(value) > known.get("maxLength", len("2025-03-01")):
            faults.append((name, message("太长了：{what}", what=known["description"])))
    faults += [
        (name, message("必须写：{what}", what=schema["properties"][name]["description"]))
        for name in schema["required"]
        if name not in body
    ]
    if faults:
        raise FieldsError(faults)
    return {name: value.strip() for name, value in body.items()}


def _day(context: Context, written: dict[str, str]) -> datetime.date:
    if "on" not in written:
        return context.today
    try:
        return reading.day(written["on"], "on")
    except InputError as error:
        raise FieldsError([("on", error.message)]) from None


def _area(context: Context, written: dict[str, str]) -> str:
    """The code of the area that was named; empty where none was."""
    if "area" not in written:
        return ""
    try:
        return reading.home_area(context.packs, written["area"], "area")[0]
    except (InputError, NotFoundError) as error:
        raise FieldsError([("area", error.message)]) from None


def search_policy(context: Context, search: Search, schema: Json, body: Json) -> PolicySearched:
    """The figures, calculators and records that a question leads to."""
    written = _text_of(schema, body)
    area, day = _area(context, written), _day(context, written)
    return policy_searched(context, search, written["question"], area, day)


def show_policy(context: Context, schema: Json, body: Json) -> ParameterShown:
    """One parameter: in force on a day, all its values, sources, disputes and gaps."""
    written = _text_of(schema, body)
    area, day = _area(context, written), _day(context, written)
    try:
        return parameter_shown(context, written["parameter"], area, day)
    except NotFoundError as error:
        raise FieldsError(
            [("parameter", message("{error}；可以先用 search_policy 查", error=error))]
        ) from None
