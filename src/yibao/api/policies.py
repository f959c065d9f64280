"""The operations that look up the policy packs and say where to begin."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from yibao.api.calculating import EXAMPLE_DAY
from yibao.api.problems import BASE, KINDS
from yibao.api.schemas import LIST_OF_TEXTS, TEXT, items, named, optional
from yibao.api.serving import ROOT, Json, Operation, json_response
from yibao.errors import InputError
from yibao.inquiry import reading
from yibao.inquiry.basis import NOTICE
from yibao.inquiry.calculators import Calculator, Context
from yibao.inquiry.calculators.base import area_choices
from yibao.inquiry.search import MOST_QUESTION, Search
from yibao.messages import message
from yibao.policy import report

_TAG = "政策库"
_EXAMPLE_RULE = "mutual_aid.relation"
_CITED = items(named(id=TEXT, grade=TEXT))
_VALUES = items(named(keys=TEXT, value=TEXT))
_VALUE = {
    "area": TEXT,
    "first_day": TEXT,
    "last_day": optional(TEXT),
    "values": _VALUES,
    "sources": _CITED,
    "status": TEXT,
    "basis": TEXT,
    "gap": TEXT,
    "disputes": LIST_OF_TEXTS,
    "from_basis": TEXT,
    "note": TEXT,
}
_COUNTS = ("parameters", "values", "assumed", "quarantined", "disputes", "gaps")
_AREA = named(
    **dict.fromkeys(("code", "name", "name_en", "folder"), TEXT),
    parent=optional(TEXT),
    assumptions={"type": "boolean"},
    complete=LIST_OF_TEXTS,
    topics={"type": "object", "additionalProperties": {"type": "integer"}},
    **{name: {"type": "integer"} for name in _COUNTS},
)
_DISPUTE = named(
    **dict.fromkeys(("id", "area", "topic", "question", "choice", "reason"), TEXT),
    parameters=LIST_OF_TEXTS,
    sides=items(named(says=TEXT, facts=LIST_OF_TEXTS)),
    confidence=TEXT,
    facts=LIST_OF_TEXTS,
    decided=optional(TEXT),
)
_GAP = named(
    **dict.fromkeys(("id", "area", "missing", "handled", "note"), TEXT),
    parameters=LIST_OF_TEXTS,
    found=LIST_OF_TEXTS,
)
_SOURCE_TEXTS = (
    "id region_name region_code scheme topic parameter value unit grade effective note".split()
)
_SOURCE = named(
    **dict.fromkeys(_SOURCE_TEXTS, TEXT),
    documents=items({"type": "object", "additionalProperties": TEXT}),
    fields={"type": "object"},
)
_LINK = named(title=TEXT, page=TEXT)


def _parameter(name: str, place: str, description: str, example: str, **schema: Any) -> Json:
    return {
        "name": name,
        "in": place,
        "required": place == "path",
        "description": description,
        "schema": {"type": "string", **schema},
        "example": example,
    }


def looking_up(
    calculators: Mapping[str, Calculator], context: Callable[[], Context], search: Search
) -> Iterator[Operation]:
    """Areas, rules, disputes, gaps, sources, search, the kinds of problems, the index."""
    packs = context().packs
    home = area_choices(packs)[0].code

    def look_up(
        name: str,
        path: str,
        summary: str,
        find: Callable[[Context, Request], Json],
        example: Callable[[], Json],
        answer: Json,
        *parameters: Json,
        problems: tuple[str, ...] = (),
        tag: str = _TAG,
    ) -> Operation:
        async def handler(request: Request) -> Response:
            return json_response(find(context(), request))

        return Operation(
            id=name,
            method="GET",
            path=path,
            tag=tag,
            summary=summary,
            handler=handler,
            parameters=parameters,
            answer=answer,
            example=example,
            problems=problems,
        )

    yield look_up(
        "listAreas",
        "/policy/areas",
        "有政策包的地区",
        lambda now, request: {"areas": report.list_areas(packs), "notice": NOTICE},
        lambda: {"areas": report.list_areas(packs)[-1:], "notice": NOTICE},
        named(areas=items(_AREA), notice=TEXT),
    )
    yield look_up(
        "showArea",
        "/policy/areas/{area}",
        "一个地区某一天的规定",
        _area,
        lambda: _rules(Context(packs, EXAMPLE_DAY), home, "mutual_aid", ""),
        named(
            **dict.fromkeys(("area", "name", "on", "rulebook", "notice"), TEXT),
            parameters=items(named(**_VALUE, parameter=TEXT, name=TEXT, grade=TEXT)),
            missing=LIST_OF_TEXTS,
        ),
        _parameter("area", "path", "地区代码或名称。", home),
        _parameter("topic", "query", "主题，如 employee.inpatient。", "mutual_aid"),
        _parameter("on", "query", "哪一天，缺省今天。", "2026-11-21", format="date"),
        problems=("not-found", "invalid-input"),
    )
    yield look_up(
        "showParameter",
        "/policy/parameters/{name}",
        "一条规定的历次取值",
        lambda now, request: _history(now, request.path_params["name"]),
        lambda: _history(context(), _EXAMPLE_RULE),
        named(
            parameter=TEXT,
            values=items(named(**_VALUE, area_name=TEXT, known_from=optional(TEXT))),
            notice=TEXT,
        ),
        _parameter("name", "path", "规定，如 employee.inpatient.ratio。", _EXAMPLE_RULE),
        problems=("not-found",),
    )
    yield look_up(
        "listDisputes",
        "/policy/disputes",
        "来源说法不一的规定",
        lambda now, request: {"disputes": _public(report.disputes(packs)), "notice": NOTICE},
        lambda: {"disputes": _public(report.disputes(packs))[:1], "notice": NOTICE},
        named(disputes=items(_DISPUTE), notice=TEXT),
    )
    yield look_up(
        "listGaps",
        "/policy/gaps",
        "没有来源的数字",
        lambda now, request: {"gaps": _public(report.gaps(packs)), "notice": NOTICE},
        lambda: {"gaps": _public(report.gaps(packs))[:1], "notice": NOTICE},
        named(gaps=items(_GAP), notice=TEXT),
    )
    first_source = report.sources(packs)[0]["id"]
    yield look_up(
        "showSource",
        "/policy/sources/{id}",
        "一条来源",
        lambda now, request: _public(report.sources(packs, request.path_params["id"]))[0],
        lambda: _public(report.sources(packs, first_source))[0],
        _SOURCE,
        _parameter("id", "path", "来源的编号。", first_source),
        problems=("not-found",),
    )
    yield look_up(
        "search",
        "/search",
        "按问题找规定与计算",
        lambda now, request: _searched(now, search, request.query_params.get("q", "")),
        lambda: _searched(Context(packs, EXAMPLE_DAY), search, "三甲报多少"),
        named(
            area=TEXT,
            topics=LIST_OF_TEXTS,
            figures=items(named(title=TEXT, value=TEXT, since=TEXT, page=TEXT)),
            calculators=items(_LINK),
            entries=items(named(kind=TEXT, title=TEXT, page=TEXT)),
            notice=TEXT,
        ),
        _parameter("q", "query", f"问题，中文或拼音，只看前 {MOST_QUESTION} 个字。", "三甲报多少"),
    )
    yield look_up(
        "listProblems",
        "/problems",
        "每一种错误：type 的名称、状态、意思",
        lambda now, request: _problems(),
        lambda: {**_problems(), "problems": _problems()["problems"][:2]},
        named(
            problems=items(
                named(
                    **dict.fromkeys(("type", "title", "title_en", "detail", "detail_en"), TEXT),
                    status={"type": "integer"},
                )
            ),
            notice=TEXT,
        ),
        tag="接口",
    )
    yield look_up(
        "index",
        "/",
        "从这里开始",
        lambda now, request: _index(calculators),
        lambda: _index(calculators),
        named(
            openapi=TEXT,
            calculators={
                "type": "object",
                "additionalProperties": named(title=TEXT, purpose=TEXT, path=TEXT),
            },
            notice=TEXT,
        ),
        tag="接口",
    )


def _area(now: Context, request: Request) -> Json:
    asked = request.query_params
    return _rules(
        now, request.path_params["area"], asked.get("topic", ""), asked.get("on", ""), said=asked
    )


def _rules(
    now: Context, area: str, topic: str, on: str, said: Mapping[str, str] | None = None
) -> Json:
    strange = sorted(set(said or ()) - {"topic", "on"})
    if strange:
        raise InputError(message("不认识这个参数，可以写 topic、on"), place=strange[0][:60])
    day = reading.day(on, "on") if "on" in (said or ()) else now.today
    return {**report.show(now.packs, area, topic or None, day), "notice": NOTICE}


def _history(now: Context, name: str) -> Json:
    return {
        "parameter": name,
        "values": _public(report.history(now.packs, name)),
        "notice": NOTICE,
    }


def _public(rows: list[report.Row]) -> list[report.Row]:
    """Without the places in files of the packs."""
    return [{k: v for k, v in row.items() if k not in ("file", "line")} for row in rows]


def _searched(now: Context, search: Search, question: str) -> Json:
    answer = search.find(question, now.today)
    return {
        "area": answer.area,
        "topics": [topic.id for topic in answer.topics],
        "figures": [
            {
                "title": figure.title,
                "value": figure.value,
                "since": figure.since,
                "page": figure.address,
            }
            for figure in answer.figures
        ],
        "calculators": [
            {"title": title.text(), "page": page} for title, page in answer.calculators
        ],
        "entries": [
            {"kind": entry.kind, "title": entry.title.text(), "page": entry.address}
            for entry in answer.entries
        ],
        "notice": NOTICE,
    }


def _problems() -> Json:
    return {
        "problems": [
            {
                "type": f"{BASE}{kind.name}",
                "status": kind.status,
                "title": kind.title.text(),
                "title_en": kind.title.text("en"),
                "detail": kind.detail.text(),
                "detail_en": kind.detail.text("en"),
            }
            for kind in KINDS.values()
        ],
        "notice": NOTICE,
    }


def _index(calculators: Mapping[str, Calculator]) -> Json:
    return {
        "openapi": f"{ROOT}/openapi.json",
        "calculators": {
            name: {
                "title": calculator.title.text(),
                "purpose": calculator.purpose.text(),
                "path": f"{ROOT}/{name}",
            }
            for name, calculator in calculators.items()
        },
        "notice": NOTICE,
    }
