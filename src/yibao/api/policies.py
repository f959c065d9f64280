"""The operations that look up the policy packs and say where to begin."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import islice
from typing import Any, cast

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from yibao.api.calculating import EXAMPLE_DAY
from yibao.api.problems import BASE, KINDS
from yibao.api.schemas import TEXT, items, named
from yibao.api.serving import ROOT, Json, Operation, json_response
from yibao.errors import InputError
from yibao.inquiry import reading
from yibao.inquiry.ask.asker import MOST_QUESTION as MOST_ASKED
from yibao.inquiry.ask.reply import QuestionAnswer
from yibao.inquiry.basis import NOTICE
from yibao.inquiry.calculators import Calculator, Context
from yibao.inquiry.calculators.base import area_choices
from yibao.inquiry.looked_up import (
    AreasListed,
    DisputesListed,
    GapsListed,
    HistoryShown,
    RulesShown,
    Searched,
    disputes_listed,
    gaps_listed,
    history_shown,
    rules_shown,
    searched,
)
from yibao.inquiry.published import published
from yibao.inquiry.search import MOST_QUESTION, Search
from yibao.messages import message
from yibao.policy import report
from yibao.policy.compile import PolicyLibrary
from yibao.policy.reported import SourceAnswer
from yibao.written import TypedAnswer, as_kind

_TAG = "政策库"
_EXAMPLE_RULE = "mutual_aid.relation"


def _parameter(name: str, place: str, description: str, example: str, **schema: Any) -> Json:
    return {
        "name": name,
        "in": place,
        "required": place == "path",
        "description": description,
        "schema": {"type": "string", **schema},
        "example": example,
    }


LOOKED_UP: tuple[type[TypedAnswer], ...] = (
    AreasListed,
    RulesShown,
    HistoryShown,
    DisputesListed,
    GapsListed,
    SourceAnswer,
    Searched,
)
"""The answers whose schemas the description holds."""


def _described(kind: type[TypedAnswer]) -> Json:
    return {"$ref": f"#/components/schemas/{kind.__name__}"}


def _asked(search: Search, now: Context, said: Mapping[str, str]) -> Json:
    """The answer to a question; ``on`` stands in for today."""
    day = reading.day(said["on"], "on") if said.get("on") else now.today
    context = replace(now, today=day, include=frozenset())
    return cast(
        Json, msgspec.to_builtins(search.ask(context, said.get("q", ""), said.get("area", "")))
    )


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
        answer: Json | type[TypedAnswer],
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
            answer=answer if isinstance(answer, dict) else _described(answer),
            example=example,
            problems=problems,
        )

    yield look_up(
        "listAreas",
        "/policy/areas",
        "有政策包的地区",
        lambda now, request: published(AreasListed(report.list_areas(packs))),
        lambda: published(AreasListed(report.list_areas(packs)[-1:])),
        AreasListed,
    )
    yield look_up(
        "showArea",
        "/policy/areas/{area}",
        "一个地区某一天的规定",
        _area,
        lambda: _rules(Context(packs, EXAMPLE_DAY), home, "mutual_aid", ""),
        RulesShown,
        _parameter("area", "path", "地区代码或名称。", home),
        _parameter("topic", "query", "主题，如 employee.inpatient。", "mutual_aid"),
        _parameter("on", "query", "哪一天，缺省今天。", "2026-11-21", format="date"),
        problems=("not-found", "invalid-input"),
    )
    yield look_up(
        "showParameter",
        "/policy/parameters/{name}",
        "一条规定的历次取值",
        lambda now, request: published(history_shown(packs, request.path_params["name"])),
        lambda: published(history_shown(packs, _EXAMPLE_RULE)),
        HistoryShown,
        _parameter("name", "path", "规定，如 employee.inpatient.ratio。", _EXAMPLE_RULE),
        problems=("not-found",),
    )
    yield look_up(
        "listDisputes",
        "/policy/disputes",
        "来源说法不一的规定",
        lambda now, request: published(disputes_listed(packs)),
        lambda: published(DisputesListed(disputes_listed(packs).disputes[:1])),
        DisputesListed,
    )
    yield look_up(
        "listGaps",
        "/policy/gaps",
        "没有来源的数字",
        lambda now, request: published(gaps_listed(packs)),
        lambda: published(GapsListed(gaps_listed(packs).gaps[:1])),
        GapsListed,
    )
    first_source = report.sources(packs)[0].id
    yield look_up(
        "showSource",
        "/policy/sources/{id}",
        "一条来源",
        lambda now, request: _source_of(packs, request.path_params["id"]),
        lambda: _source_of(packs, first_source),
        SourceAnswer,
        _parameter("id", "path", "来源的编号。", first_source),
        problems=("not-found",),
    )
    yield look_up(
        "search",
        "/search",
        "按问题找规定与计算",
        lambda now, request: published(
            searched(search, request.query_params.get("q", ""), now.today)
        ),
        lambda: published(searched(search, "三甲报多少", EXAMPLE_DAY)),
        Searched,
        _parameter("q", "query", f"问题，中文或拼音，只看前 {MOST_QUESTION} 个字。", "三甲报多少"),
    )
    yield look_up(
        "ask",
        "/ask",
        "问一个问题，得到一句话、数字和依据",
        lambda now, request: _asked(search, now, request.query_params),
        lambda: _asked(search, Context(packs, EXAMPLE_DAY), {"q": "居民医保一年交多少"}),
        {"$ref": f"#/components/schemas/{QuestionAnswer.__name__}"},
        _parameter("q", "query", f"问题，最多 {MOST_ASKED} 个字。", "居民医保一年交多少"),
        _parameter("area", "query", "问题里没有写地区时按哪里的。", home),
        _parameter("on", "query", "当作哪一天问的，缺省今天。", "2026-11-21", format="date"),
        problems=("not-found", "invalid-input"),
    )
    yield look_up(
        "listProblems",
        "/problems",
        "每一种错误：type 的名称、状态、意思",
        lambda now, request: _problems(),
        lambda: _problems(2),
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
    return published(rules_shown(now.packs, area, topic or None, day))


def _source_of(packs: PolicyLibrary, name: str) -> Json:
    (source,) = report.sources(packs, name)
    return published(as_kind(source, SourceAnswer))


def _problems(most: int | None = None) -> Json:
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
            for kind in islice(KINDS.values(), most)
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
