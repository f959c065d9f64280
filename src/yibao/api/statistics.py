"""The monthly tables over the API, small numbers of people left out."""

from __future__ import annotations

from collections.abc import Iterator

from starlette.requests import Request

from yibao.access.permissions import Actor
from yibao.api.acting import RecordService
from yibao.api.months import ASKED_AREA, ASKED_MONTH, month_asked
from yibao.api.records import path_parameter
from yibao.api.schemas import TEXT, WHOLE, items, named, optional
from yibao.api.serving import Json, Operation
from yibao.api.writes import OfficePart
from yibao.database.instants import civil_day
from yibao.statistics.reading import monthly_table, table_code, table_json
from yibao.statistics.shapes import Measure, TableCode

_TABLE = path_parameter(
    "table",
    "T1 参保、T2 缴费、T4 待遇、T5 住院、T6 异地、T7 清算、T8 监管、T9 手工报销。",
    TableCode.T4,
)
_VALUE = named(name=TEXT, value=optional(WHOLE))
_ROW = named(title=TEXT, depth=WHOLE, values=items(_VALUE), hidden=items(TEXT))


def statistics_operations(service: RecordService) -> Iterator[Operation]:
    """Each table by its code."""
    part = OfficePart(service, "统计", "/office/statistics", "read_statistics")
    yield part.reads(
        "readMonthlyTable",
        "/{table}",
        "一张月度统计表；人少的格子不显示（hidden），也不能从合计倒推",
        _table,
        named(
            table=TEXT,
            title=TEXT,
            area=TEXT,
            month=WHOLE,
            least_people=WHOLE,
            columns=items(named(name=TEXT, title=TEXT, measure=TEXT)),
            rows=items(_ROW),
        ),
        {
            "table": TableCode.T4,
            "title": "待遇",
            "area": "000000",
            "month": 202610,
            "least_people": 10,
            "columns": [
                {"name": "people", "title": "人数", "measure": Measure.PEOPLE},
                {"name": "fund", "title": "基金支付", "measure": Measure.FEN},
            ],
            "rows": [
                {
                    "title": "职工基本医疗保险",
                    "depth": 0,
                    "values": [
                        {"name": "people", "value": 1_204},
                        {"name": "fund", "value": 56_023_411},
                    ],
                    "hidden": [],
                },
                {"title": "生育医疗", "depth": 1, "values": [], "hidden": ["people", "fund"]},
            ],
        },
        _TABLE,
        ASKED_AREA,
        ASKED_MONTH,
    )


def _table(service: RecordService, actor: Actor, request: Request) -> Json:
    area, month = month_asked(service, actor, request)
    table = monthly_table(
        service.database,
        area,
        month,
        table_code(request.path_params["table"]),
        actor=actor,
        today=civil_day(service.clock()),
    )
    return table_json(table)
