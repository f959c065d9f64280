"""The operations that read one's own records, in the address of the person whose they are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from yibao.aid.operations import grant_rows
from yibao.api import care_views, views
from yibao.api.acting import Place, RecordCall, RecordService, listing, reading
from yibao.api.schemas import items, named
from yibao.api.serving import Json, Operation
from yibao.api.views import View, paged
from yibao.crossing.drugs import drug_qualifications
from yibao.database.unit import Unit
from yibao.inquiry.asked import CONTRIBUTION
from yibao.inquiry.fact_fields import field_of
from yibao.inquiry.fields import Field
from yibao.messages import message
from yibao.record import account, care, filings, insurance, used
from yibao.record.paging import FEW_ROWS, MOST_ROWS, Asked, Page

TAG = "本人"
PERSON: Json = {
    "name": "person",
    "in": "path",
    "required": True,
    "description": "谁的记录：me 是本人；所监护的孩子、经办人员办理时写编号。",
    "schema": {"type": "string", "pattern": "^[A-Za-z0-9_.:-]{1,40}$"},
    "example": "me",
}
_PAGING: tuple[Json, ...] = (
    {
        "name": "limit",
        "in": "query",
        "required": False,
        "description": f"一页几行，缺省 {FEW_ROWS}。",
        "schema": {"type": "integer", "minimum": 1, "maximum": MOST_ROWS},
        "example": FEW_ROWS,
    },
    {
        "name": "cursor",
        "in": "query",
        "required": False,
        "description": "上一页的 next_cursor；不写是第一页。只用于同一个人的同一个列表。",
        "schema": {"type": "string"},
    },
)


def path_parameter(name: str, description: str, example: str) -> Json:
    """An identifier in an address."""
    return {
        "name": name,
        "in": "path",
        "required": True,
        "description": description,
        "schema": {"type": "string", "pattern": "^[A-Za-z0-9_.:-]{1,40}$"},
        "example": example,
    }


_YEAR = field_of(CONTRIBUTION["year"], label=message("年度"), required=True, when=())
Fetch = Callable[[Unit, RecordCall, Asked], Page[Any]]


def own_records(service: RecordService) -> Iterator[Operation]:
    """Everything that a person may look up about itself."""
    secrets = service.database.secrets
    library = service.library

    def one(
        name: str,
        path: str,
        summary: str,
        permission: str,
        view: View,
        fetch: Callable[[Unit, RecordCall], Any],
        *parameters: Json,
        inputs: tuple[Field, ...] = (),
        place: Place | None = None,
    ) -> Operation:
        return Operation(
            id=name,
            method="GET",
            path=f"/people/{{person}}{path}",
            tag=TAG,
            summary=summary,
            handler=reading(
                service,
                permission,
                lambda unit, call: view.render(fetch(unit, call)),
                inputs,
                place,
            ),
            parameters=(PERSON, *parameters),
            answer=view.schema,
            example=lambda: view.example,
            signed_in=True,
            permission=permission,
            problems=("not-found", "invalid-input"),
        )

    def many(
        name: str,
        path: str,
        summary: str,
        permission: str,
        view: View,
        fetch: Fetch,
        *parameters: Json,
        place: Place | None = None,
    ) -> Operation:
        schema, example = paged(view)
        return Operation(
            id=name,
            method="GET",
            path=f"/people/{{person}}{path}",
            tag=TAG,
            summary=summary,
            description=f"{summary}，新的在前。",
            handler=listing(service, permission, name, fetch, view.render, place),
            parameters=(PERSON, *parameters, *_PAGING),
            answer=schema,
            example=lambda: example,
            signed_in=True,
            permission=permission,
            problems=("not-found", "invalid-input"),
        )

    yield one(
        "showInsurance",
        "/insurance",
        "参保信息",
        "read_person",
        views.INSURANCE,
        lambda unit, call: insurance.insurance(unit, secrets, call.person_id, call.day, library),
    )
    yield many(
        "listContributions",
        "/contributions",
        "缴费记录",
        "read_contributions",
        views.CONTRIBUTION,
        lambda unit, call, asked: insurance.contributions(unit, call.person_id, asked),
    )
    yield many(
        "listOrders",
        "/orders",
        "缴费订单",
        "read_contributions",
        views.ORDER,
        lambda unit, call, asked: insurance.orders(unit, call.person_id, asked),
    )
    yield one(
        "showOrder",
        "/orders/{order}",
        "一个订单",
        "read_contributions",
        views.ORDER,
        lambda unit, call: insurance.order(unit, call.person_id, call.path["order"]),
        path_parameter("order", "订单编号。", views.ORDER.example["order"]),
    )
    yield one(
        "showBalance",
        "/account",
        "个人账户余额",
        "read_account",
        views.BALANCE,
        lambda unit, call: account.balance(unit, call.person_id),
    )
    yield many(
        "listAccountRows",
        "/account/statement",
        "个人账户收支明细",
        "read_account",
        views.STATEMENT_ROW,
        lambda unit, call, asked: account.statement(unit, call.person_id, asked),
    )
    yield many(
        "listCredits",
        "/account/credits",
        "按月划入",
        "read_account",
        views.CREDIT,
        lambda unit, call, asked: account.credits(unit, call.person_id, asked),
    )
    yield many(
        "listUsedBy",
        "/account/used-by",
        "谁用了我的账户",
        "read_draws",
        views.USED_BY,
        lambda unit, call, asked: account.used_by(unit, secrets, call.person_id, asked),
    )
    yield many(
        "listSettlements",
        "/settlements",
        "就医记录",
        "read_settlement",
        care_views.SETTLED,
        lambda unit, call, asked: care.settlements(
            unit, call.person_id, asked, institution_id=call.actor.institution_id
        ),
        place=lambda unit, call: care.place_where_settled(
            unit, call.person_id, call.actor.institution_id or ""
        ),
    )
    yield one(
        "showSettlement",
        "/settlements/{settlement}",
        "结算明细与每一步",
        "read_settlement",
        care_views.STATEMENT,
        lambda unit, call: care.statement(unit, call.person_id, call.path["settlement"]),
        path_parameter("settlement", "结算编号。", care_views.SETTLED.example["settlement"]),
        place=lambda unit, call: care.place_of_settlement(
            unit, call.person_id, call.path["settlement"]
        ),
    )
    yield many(
        "listItems",
        "/visits/{visit}/items",
        "费用清单",
        "read_settlement",
        care_views.ITEM,
        lambda unit, call, asked: care.items(unit, call.person_id, call.path["visit"], asked),
        path_parameter("visit", "就诊编号。", "v1"),
        place=lambda unit, call: care.place_of_visit(unit, call.person_id, call.path["visit"]),
    )

    def accumulators(unit: Unit, call: RecordCall) -> Any:
        facts, state = used.held_state(unit, call.person_id)
        year = call.values["year"]
        return year, used.years_used(library, facts, state, year, call.day)

    yield one(
        "showAccumulators",
        "/accumulators",
        "年度累计与封顶线",
        "read_settlement",
        care_views.YEARS_USED,
        accumulators,
        {
            "name": "year",
            "in": "query",
            "required": True,
            "description": "哪一年。",
            "schema": {"type": "integer", "minimum": _YEAR.least, "maximum": _YEAR.most},
            "example": 2026,
        },
        inputs=(_YEAR,),
    )
    yield one(
        "listGrants",
        "/grants",
        "家庭共济：我授权给谁，谁授权给我",
        "read_grants",
        View(
            named(given=items(care_views.GRANT.schema), received=items(care_views.GRANT.schema)),
            {"given": [care_views.GRANT.example], "received": []},
            lambda told: told,
        ),
        lambda unit, call: {
            name: [
                care_views.GRANT.render(row)
                for row in grant_rows(unit, call.person_id, call.day, as_grantee=as_grantee)
            ]
            for name, as_grantee in (("given", False), ("received", True))
        },
    )
    yield many(
        "listFilings",
        "/filings",
        "备案：异地就医与慢特病",
        "read_person",
        care_views.FILING,
        lambda unit, call, asked: filings.filings(unit, call.person_id, asked),
    )
    yield one(
        "listDrugQualifications",
        "/drug-qualifications",
        "双通道药品资格：病种、药品、有效到哪天",
        "read_person",
        View(
            named(qualifications=items(care_views.DRUG_QUALIFICATION.schema)),
            {"qualifications": [care_views.DRUG_QUALIFICATION.example]},
            lambda qualified: {
                "qualifications": [care_views.DRUG_QUALIFICATION.render(row) for row in qualified]
            },
        ),
        lambda unit, call: drug_qualifications(unit, call.person_id),
    )
