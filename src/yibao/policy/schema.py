"""JSON Schema of the pack files, for editors; built from the declarations."""

from __future__ import annotations

from typing import Any

from yibao.policy.areas import topics
from yibao.policy.keys import COUNTED, FIXED, KEYS, NAMED
from yibao.policy.model import STATUSES
from yibao.policy.parameters import DECLARATIONS, REQUIRED, Declaration
from yibao.policy.records import HANDLED
from yibao.policy.values import (
    FORMULA_KEY,
    FORMULA_ROUNDING,
    NONE_TEXT,
    UNKNOWN_TEXT,
    number_text,
    takes_none,
    takes_unknown,
)

_DATE = r"^\d{4}-\d{2}-\d{2}$"
_MEMBER_PATTERNS = {NAMED: "^[a-z][a-z0-9_]*$", COUNTED: r"^[1-9][0-9]?\+?$"}
Schema = dict[str, Any]


def _object(properties: Schema, required: tuple[str, ...] = ()) -> Schema:
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }


def _extended(base: str, properties: Schema, required: tuple[str, ...]) -> Schema:
    """An object with the properties of a shared definition and its own, and no others."""
    return {
        "$ref": f"#/$defs/{base}",
        "type": "object",
        "properties": properties,
        "required": list(required),
        "unevaluatedProperties": False,
    }


def _map(pattern: str, value: Schema) -> Schema:
    return {
        "type": "object",
        "patternProperties": {pattern: value},
        "additionalProperties": False,
    }


def _ref(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}


def _common() -> Schema:
    text = {"type": "string"}
    return {
        "date": {"type": "string", "pattern": _DATE},
        "words": {"anyOf": [text, _object({"zh": text, "en": text}, ("zh",))]},
        "texts": {"anyOf": [text, {"type": "array", "items": text}]},
        "yuan": {"type": ["number", "string"], "minimum": 0, "pattern": r"^\d{1,13}(\.\d{1,2})?$"},
        "percent": {
            "type": ["number", "string"],
            "minimum": 0,
            "pattern": r"^\d{1,5}(\.\d{1,2})?$",
        },
        "points": {"type": ["number", "string"], "pattern": r"^-?\d{1,5}(\.\d{1,2})?$"},
        "integer": {"type": ["integer", "string"], "minimum": 0, "pattern": r"^\d{1,15}$"},
        "flag": {"enum": [True, False, "true", "false"]},
        "block": {
            "properties": {
                "sources": _ref("texts"),
                "to": _ref("date"),
                "status": {"enum": list(STATUSES)},
                "basis": text,
                "gap": text,
                "disputes": _ref("texts"),
                "from_basis": {"const": "assumed"},
                "known_from": _ref("date"),
                "note": _ref("words"),
                "confirmed_over": _ref("texts"),
                "partial": _ref("flag"),
                "assumed": {
                    "type": "array",
                    "items": _object(
                        {"keys": _ref("texts"), "basis": text, "gap": text}, ("keys", "basis")
                    ),
                },
                "about": {"type": "object", "additionalProperties": _ref("texts")},
            }
        },
        "parameter": {"properties": {"name": _ref("words"), "description": _ref("words")}},
        "formula": _object(
            {
                FORMULA_KEY: _object(
                    {
                        "times": {"type": ["number", "string"]},
                        "percent": _ref("percent"),
                        "of": {"enum": _yuan_parameters()},
                        "minus": {"enum": _yuan_parameters()},
                        "round": {"enum": list(FORMULA_ROUNDING)},
                        "at_least": _ref("yuan"),
                    },
                    ("of",),
                )
            },
            (FORMULA_KEY,),
        ),
    }


def _yuan_parameters() -> list[str]:
    return [name for name, declared in DECLARATIONS.items() if declared.table.unit == "yuan"]


def _leaf(declaration: Declaration) -> list[Schema]:
    table = declaration.table
    if table.unit == "choice":
        numbers = [int(choice) for choice in table.choices if choice.isdigit()]
        unknown = [UNKNOWN_TEXT] if takes_unknown(declaration) else []
        return [{"enum": [*table.choices, *numbers, *unknown]}]
    kind = table.unit if table.unit in ("yuan", "percent", "points", "flag", "date") else "integer"
    forms = [_ref(kind)]
    if takes_none(declaration):
        forms.append({"const": NONE_TEXT})
    if takes_unknown(declaration):
        forms.append({"const": UNKNOWN_TEXT})
    if table.unit == "yuan":
        forms.append(_ref("formula"))
    return forms


def _value(declaration: Declaration) -> Schema:
    """A value: by itself, or nested by the members of the declared keys."""
    forms = _leaf(declaration)
    if declaration.keys:
        members: list[Schema] = [
            {"enum": [str(member) for member in KEYS[key].members]}
            if KEYS[key].kind == FIXED
            else {"pattern": _MEMBER_PATTERNS[KEYS[key].kind]}
            for key in declaration.keys
        ]
        forms.append(
            {
                "type": "object",
                "propertyNames": members[0] if len(members) == 1 else {"anyOf": members},
                "additionalProperties": _ref(f"value.{declaration.name}"),
                "not": {"required": [FORMULA_KEY]},
            }
        )
    return {"anyOf": forms}


def _parameter(declaration: Declaration) -> Schema:
    table = declaration.table
    if table.default == REQUIRED:
        default = "必填"
    else:
        assert isinstance(table.default, int)
        default = f"缺省 {number_text(declaration, table.default)}"
    keys = "、".join(f"{key}（{KEYS[key].meaning}）" for key in declaration.keys) or "无"
    block = _extended("block", {"value": _ref(f"value.{declaration.name}")}, ("value",))
    parameter = _extended(
        "parameter",
        {
            "unit": {"const": table.unit},
            "keys": {"type": "array", "items": {"enum": list(declaration.keys)}},
            "values": _map(_DATE, block),
        },
        ("values",),
    )
    parameter["description"] = f"{declaration.name}：单位 {table.unit}；键 {keys}；{default}"
    return parameter


def _area() -> Schema:
    return _object(
        {
            "code": {"type": "string", "pattern": r"^\d{6}$"},
            "name": _ref("words"),
            "complete": {"type": "array", "items": {"enum": sorted(topics())}},
            "assumptions": _ref("flag"),
            "refuse_after": _ref("date"),
        },
        ("code", "name"),
    )


def _disputes() -> Schema:
    side = _object({"says": _ref("words"), "facts": _ref("texts")}, ("says", "facts"))
    dispute = _object(
        {
            "topic": {"type": "string"},
            "parameters": {"type": "array", "items": {"enum": list(DECLARATIONS)}},
            "question": _ref("words"),
            "sides": {"type": "array", "items": side, "minItems": 2},
            "choice": {},
            "reason": _ref("words"),
            "confidence": {"enum": ["high", "medium", "low"]},
            "facts": _ref("texts"),
            "decided": _ref("date"),
            "note": _ref("words"),
        },
        ("question", "sides", "choice"),
    )
    return _map(r"^([A-Z]+-)?[A-Z]\d+$", dispute)


def _gaps() -> Schema:
    gap = _object(
        {
            "parameter": _ref("texts"),
            "parameters": _ref("texts"),
            "topic": {"type": "string"},
            "missing": _ref("words"),
            "found": _ref("texts"),
            "handled": {"enum": list(HANDLED)},
            "note": _ref("words"),
        },
        ("missing", "handled"),
    )
    return _map(r"^([A-Z]+-)?G\d+$", gap)


def json_schema() -> Schema:
    """The schema of every pack file but the sources (draft 2020-12).

    ``$defs`` holds one schema for each kind of file: ``area``, ``disputes``, ``gaps``,
    ``names`` and, by the path of the file, ``file.employee.outpatient`` and the like.
    """
    definitions = _common()
    files: dict[str, Schema] = {}
    for name, declaration in DECLARATIONS.items():
        definitions[f"value.{name}"] = _value(declaration)
        prefix, _, last = name.rpartition(".")
        files.setdefault(prefix, {})[last] = _parameter(declaration)
    kinds = ["area", "disputes", "gaps", "names"]
    definitions["area"] = _area()
    definitions["disputes"] = _disputes()
    definitions["gaps"] = _gaps()
    definitions["names"] = _map("^[a-z][a-z0-9_]*$", _ref("words"))
    for prefix, properties in files.items():
        definitions[f"file.{prefix}"] = _object(properties)
        kinds.append(f"file.{prefix}")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "yibao 政策包",
        "anyOf": [_ref(kind) for kind in kinds],
        "$defs": definitions,
    }
