"""Small pieces from which the schemas of answers are built."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]

TEXT: Json = {"type": "string"}
LIST_OF_TEXTS: Json = {"type": "array", "items": TEXT}
WHOLE: Json = {"type": "integer"}
FEN: Json = {"type": "integer", "description": "整数分。"}
FLAG: Json = {"type": "boolean"}
DAY: Json = {"type": "string", "format": "date"}
INSTANT: Json = {"type": "string", "format": "date-time"}


def optional(schema: Json) -> Json:
    """The schema, or null."""
    return {**schema, "type": [schema["type"], "null"]}


def items(schema: Json) -> Json:
    """A list."""
    return {"type": "array", "items": schema}


def named(**properties: Json) -> Json:
    """An object that has these members and no others."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _open(required: tuple[str, ...], **properties: Json) -> Json:
    return {"type": "object", "properties": properties, "required": list(required)}


_AMOUNT = named(label=TEXT, amount_fen=FEN, amount_yuan={**TEXT, "description": "元的文本。"})
_TABLE = named(caption=TEXT, columns=LIST_OF_TEXTS, rows=items(LIST_OF_TEXTS))
_SOURCE = _open(("id", "grade"), id=TEXT, grade=TEXT, title=TEXT, url=TEXT, effective=TEXT)
_RULE = _open(
    ("parameter", "name", "area", "values", "first_day", "last_day", "grade", "status", "sources"),
    parameter=TEXT,
    name=TEXT,
    area=TEXT,
    values=items(named(keys=TEXT, value=TEXT)),
    first_day=DAY,
    first_day_assumed=FLAG,
    last_day=optional(DAY),
    grade={**TEXT, "description": "来源的等级，A 最高；空的是推定。"},
    status={"type": "string", "enum": ["sourced", "assumed", "quarantined"]},
    sources=items(_SOURCE),
    disputes=LIST_OF_TEXTS,
)
_TEXTS_BY_ID: Json = {"type": "object", "additionalProperties": TEXT}
ANSWER = named(
    headline={**TEXT, "description": "一句话。"},
    figures_on={**DAY, "description": "按哪一天的规定。"},
    amounts={**items(_AMOUNT), "description": "主要金额。"},
    tables=items(_TABLE),
    answer={
        "type": "object",
        "description": "全部数字：_fen 是整数分，_basis_points 是整数基点，_months 是月数；"
        "steps 是每一步，带规定、首日、来源、等级。",
    },
    not_applied={**items(named(what=TEXT, why=TEXT)), "description": "没有用到的待遇和原因。"},
    rules={**items(_RULE), "description": "这些步骤依据的规定与来源。"},
    basis={**named(assumptions=_TEXTS_BY_ID, disputes=_TEXTS_BY_ID), "description": "推定与争议。"},
    notice=TEXT,
    page={**TEXT, "description": "同一个答案的页面地址。"},
)
"""What every calculator answers."""
ANSWER["properties"]["curve"] = {
    **named(
        title=TEXT,
        x=named(label=TEXT, unit={"type": "string", "enum": ["fen", "months", "days"]}),
        y=named(label=TEXT, unit={"type": "string", "enum": ["fen", "months", "days"]}),
        series=items(named(label=TEXT, points=items(items(WHOLE)))),
        breaks=items(named(at=WHOLE, what=TEXT)),
    ),
    "description": "要了 include=curve 才有：横轴变化时的各点，单位见 unit。",
}
PROBLEM: Json = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "notice"],
    "properties": {
        "type": {**TEXT, "format": "uri-reference", "description": "哪一种错误，见 /problems。"},
        "title": TEXT,
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {**TEXT, "description": "错在哪里，怎么改。"},
        "detail_zh": {**TEXT, "description": "要英文时，规则说的中文原话。"},
        "notice": TEXT,
        "errors": items(named(field=TEXT, message=TEXT)),
    },
    "additionalProperties": False,
}
"""RFC 9457."""
