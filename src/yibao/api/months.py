"""Which area and which month a reading of the fund's books is about."""

from __future__ import annotations

import datetime

from starlette.requests import Request

from yibao.access.permissions import Actor
from yibao.api.acting import RecordService
from yibao.api.serving import Json
from yibao.database.instants import civil_day
from yibao.errors import InputError
from yibao.finance.carrying import area_to_read
from yibao.finance.months import month_of
from yibao.finance.statement import month_before
from yibao.messages import message


def query_parameter(name: str, description: str, example: str) -> Json:
    """A text behind the address, which may be left out."""
    return {
        "name": name,
        "in": "query",
        "required": False,
        "description": description,
        "schema": {"type": "string"},
        "example": example,
    }


ASKED_AREA = query_parameter("area", "哪个统筹区；不写是自己的。", "000000")
ASKED_MONTH = query_parameter("month", "哪个月；不写是上个月。", "2026-10")


def month_asked(service: RecordService, actor: Actor, request: Request) -> tuple[str, int]:
    """Area and ``YYYYMM``; ``InputError`` for what is no month."""
    area = area_to_read(service.database, actor, request.query_params.get("area"))
    text = request.query_params.get("month")
    if text is None:
        return area, month_before(civil_day(service.clock()))
    try:
        return area, month_of(datetime.date.fromisoformat(f"{text}-01"))
    except ValueError:
        raise InputError(message("月份写作 2026-03"), place="month") from None
