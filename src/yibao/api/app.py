"""The JSON API: all operations below one address, and their description."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from yibao.api.acting import RecordService
from yibao.api.calculating import calculating
from yibao.api.case_papers import case_papers
from yibao.api.cases import cases
from yibao.api.catalogue_changes import changing_catalogues
from yibao.api.claims import claiming
from yibao.api.clearing import clearing_months
from yibao.api.clearing_between import between_areas
from yibao.api.clearing_goods import paid_to_makers
from yibao.api.clearing_points import points_periods
from yibao.api.conduct import conducting_operations
from yibao.api.counter.operations import counter_errands
from yibao.api.employers import employing
from yibao.api.finance import fund_books
from yibao.api.granting import granting
from yibao.api.imports import importing_files
from yibao.api.informing import informing_operations
from yibao.api.institutions import designating
from yibao.api.moving import moving
from yibao.api.openapi import description
from yibao.api.paying import paying
from yibao.api.payments import paying_out
from yibao.api.policies import looking_up
from yibao.api.prices import pricing
from yibao.api.records import own_records
from yibao.api.running import running
from yibao.api.serving import Operation, RateLimit, routes_of
from yibao.api.signing_up import signing_up_operations
from yibao.api.staff import for_staff
from yibao.api.statistics import statistics_operations
from yibao.api.tokens import tokens
from yibao.inquiry.calculators import Calculator, Context
from yibao.inquiry.search import Search


def all_operations(
    calculators: Mapping[str, Calculator],
    context: Callable[[], Context],
    search: Search,
    service: RecordService | None,
) -> list[Operation]:
    """Every operation, in the order of the description; those on records need a service."""
    operations = [
        *calculating(calculators, context),
        *running(context),
        *looking_up(calculators, context, search),
    ]
    if service is not None:
        operations += [
            *own_records(service),
            *paying(service),
            *granting(service),
            *cases(service),
            *employing(service),
            *for_staff(service),
            *importing_files(service),
            *case_papers(service),
            *moving(service),
            *claiming(service),
            *paying_out(service),
            *designating(service),
            *clearing_months(service),
            *points_periods(service),
            *paid_to_makers(service),
            *pricing(service),
            *between_areas(service),
            *changing_catalogues(service),
            *conducting_operations(service),
            *fund_books(service),
            *statistics_operations(service),
            *counter_errands(service),
            *tokens(service),
            *signing_up_operations(service),
            *informing_operations(service),
        ]
    return operations


def api_routes(
    calculators: Mapping[str, Calculator],
    context: Callable[[], Context],
    search: Search,
    *,
    limit: RateLimit | None = None,
    service: RecordService | None = None,
) -> list[BaseRoute]:
    """The routes below ``ROOT``; without a ``service`` nothing is known of anybody."""
    operations = all_operations(calculators, context, search, service)
    described = _described(calculators, operations)
    return routes_of([*operations, described], limit or RateLimit())


def _described(calculators: Mapping[str, Calculator], operations: Iterable[Operation]) -> Operation:
    """The operation that gives the description; made when it is first asked for."""
    encoded: list[bytes] = []

    async def handler(request: Request) -> Response:
        if not encoded:
            encoded.append(msgspec.json.encode(description(calculators, [*operations, itself])))
        return Response(encoded[0], 200, {"Cache-Control": "no-cache"}, "application/json")

    itself = Operation(
        id="openapi",
        method="GET",
        path="/openapi.json",
        tag="接口",
        summary="接口说明（OpenAPI 3.1）",
        handler=handler,
        answer={"type": "object", "required": ["openapi", "info", "paths"]},
        example=lambda: {"openapi": "3.1.0", "info": {"title": "医保明白账 API"}, "paths": {}},
    )
    return itself
