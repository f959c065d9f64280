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
