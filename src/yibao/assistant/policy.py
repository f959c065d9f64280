"""Looking up the policy packs: what is in force, how it came about, who says so."""

from __future__ import annotations

import datetime
from typing import Any

from yibao.errors import InputError, NotFoundError
from yibao.inquiry import reading
from yibao.inquiry.basis import NOTICE
from yibao.inquiry.calculators import Context
from yibao.inquiry.citations import cited_source
from yibao.inquiry.fields import Choice
from yibao.inquiry.filling import FieldsError
from yibao.inquiry.search import MOST_QUESTION, Search
from yibao.messages import Listed, Text, message
from yibao.policy import report

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


def _disputes(context: Context, names: list[str]) -> list[Json]:
    disputes = [dispute for dispute in report.disputes(context.packs) if dispute["id"] in names]
    shown = ("id", "question", "sides", "choice", "reason", "confidence", "decided")
    return [{name: dispute[name] for name in shown} for dispute in disputes]


def _gaps(context: Context, names: set[str]) -> Json:
    return {
        gap["id"]: "；".join(text for text in (gap["missing"], gap["note"]) if text)
        for gap in report.gaps(context.packs)
        if gap["id"] in names
    }


def _rule(context: Context, row: Json) -> Json:
    """One dated value with its sources, without places in files."""
    plain_row = {k: v for k, v in row.items() if k not in ("file", "line", "sources")}
    cited = [cited_source(context.packs, source["id"]) for source in row["sources"]]
    return {**plain_row, "sources": [citation.as_json() for citation in cited]}


def search_policy(context: Context, search: Search, schema: Json, body: Json) -> Json:
    """The figures, calculators and records that a question leads to."""
    written = _text_of(schema, body)
    day = _day(context, written)
    answer = search.find(written["question"], day, _area(context, written))
    rules: dict[str, Json] = {}
    figures = []
    for hit in answer.figures:
        figure = {
            "title": hit.title,
            "value": hit.value,
            "area": hit.area.text(),
            "since": hit.since,
        }
        path = hit.address.partition("?")[0]
        if path.startswith("/policy/parameter/"):
            name = path.removeprefix("/policy/parameter/")
            figure["parameter"] = name
            if name not in rules:
                shown = report.show(context.packs, answer.area, name, day)["parameters"]
                rules |= {row["parameter"]: _rule(context, row) for row in shown}
        figures.append({**figure, "page": hit.address})
    return {
        "question": answer.question,
        "area": context.place(answer.area).text(),
        "on": day.isoformat(),
        "figures": figures,
        "rules": list(rules.values()),
        "calculators": [
            {"title": title.text(), "page": page} for title, page in answer.calculators
        ],
        "entries": [
            {"kind": entry.kind, "title": entry.title.text(), "page": entry.address}
            for entry in answer.entries
        ],
        "notice": NOTICE,
    }


def show_policy(context: Context, schema: Json, body: Json) -> Json:
    """One parameter: in force on a day, all its values, sources, disputes and gaps."""
    written = _text_of(schema, body)
    day, area, name = _day(context, written), _area(context, written), written["parameter"]
    try:
        history = [_rule(context, row) for row in report.history(context.packs, name)]
    except NotFoundError as error:
        raise FieldsError(
            [("parameter", message("{error}；可以先用 search_policy 查", error=error))]
        ) from None
    covering = context.packs.covering(area) if area else None
    if covering is not None:
        above = {pack.area.code for pack in context.packs.tree.chain(covering.code)}
        history = [row for row in history if row["area"] in above]
    in_force = []
    for place in [covering] if covering is not None else context.packs.areas():
        if place.parent is not None:
            rows = report.show(context.packs, place.code, name, day)["parameters"]
            in_force += [
                {"for": place.name.zh, **_rule(context, row)}
                for row in rows
                if row["parameter"] == name
            ]
    every = [*in_force, *history]
    disputed = sorted({dispute for row in every for dispute in row["disputes"]})
    return {
        "parameter": name,
        "name": next((row["name"] for row in in_force), name),
        "on": day.isoformat(),
        "in_force": in_force,
        "history": history,
        "disputes": _disputes(context, disputed),
        "gaps": _gaps(context, {row["gap"] for row in every if row["gap"]}),
        "notice": NOTICE,
    }
