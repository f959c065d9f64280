"""Institutions over the API: registered, changed, ended, and what was agreed with them."""

from __future__ import annotations

from collections.abc import Iterator

from starlette.requests import Request

from yibao.access.permissions import Actor
from yibao.api import clearing_views as views
from yibao.api.acting import RecordCall, RecordService
from yibao.api.schemas import TEXT, WHOLE, items, named, optional
from yibao.api.serving import Json, Operation
from yibao.api.writes import OfficePart
from yibao.care.institutions import change_institution, end_designation, register_institution
from yibao.clearing import operations as clearing
from yibao.clearing.places import institution_page, institutions_of
from yibao.database.instants import civil_day
from yibao.inquiry.calculators.base import area_choices
from yibao.inquiry.clearing_forms import (
    AGREEMENT,
    ENDING,
    YEAR_RETURN,
    agreement_from,
    change_fields,
    institution_from,
    registration_fields,
    score_from,
)
from yibao.policy.kinds import InstitutionKind

TAG = "定点机构"
_PATH = "/office/institutions"
_REVISION = named(institution=TEXT, revision=WHOLE)
_ACCOUNT: Json = {"holder": "某医院", "bank": "工商银行", "account": "6217000012345678"}


def designating(service: RecordService) -> Iterator[Operation]:
    """Institutions of the agency's area."""
    every = OfficePart(service, TAG, _PATH, "read_clearing")
    single = OfficePart(service, TAG, f"{_PATH}/{{institution}}", "read_clearing", (views.PLACE,))
    library = service.library
    described: Json = {
        "name": "某医院",
        "area": area_choices(library)[0].code,
        "kind": InstitutionKind.HOSPITAL,
        "price_class": 1,
        "start": "2026-01-01",
    }
    yield every.reads(
        "listInstitutions",
        "",
        "本统筹区的定点机构",
        _list,
        named(rows=items(named(**views.LISTED_PLACE)), next_cursor=optional(TEXT)),
        {"rows": [views.LISTED_PLACE_EXAMPLE], "next_cursor": None},
    )
    yield every.writes(
        "registerInstitution",
        "",
        "登记一家定点机构",
        "register_institution",
        registration_fields(library),
        {"institution": views.EXAMPLE_PLACE, **described},
        _register,
        _REVISION,
        {"institution": views.EXAMPLE_PLACE, "revision": 1},
    )
    yield single.reads(
        "readInstitution",
        "",
        "一家机构：登记、协议、清算申请",
        _read,
        views.ONE_PLACE,
        views.ONE_PLACE_EXAMPLE,
    )
    for name, path, summary, permission, fields, example, work in (
        (
            "changeInstitution",
            "/changes",
            "变更登记：从哪天起是什么",
            "register_institution",
            change_fields(library),
            described,
            _change,
        ),
        (
            "endDesignation",
            "/end",
            "终止定点",
            "register_institution",
            ENDING,
            {"last_day": "2026-12-31"},
            _end,
        ),
        (
            "agreeClearing",
            "/agreements",
            "登记一份清算协议",
            "agree_clearing",
            AGREEMENT,
            {
                "start": "2026-01-01",
                "retained_share": "5",
                "apply_by_day": 10,
                "pay_days": 20,
                "appeal_days": 5,
                **_ACCOUNT,
            },
            _agree,
        ),
    ):
        yield single.writes(
            name,
            path,
            summary,
            permission,
            fields,
            example,
            work,
            _REVISION,
            {"institution": views.EXAMPLE_PLACE, "revision": 2},
        )

    yield single.writes(
        "drawUpYear",
        "/years",
        "年终清算：按考核得分返还全年的留存，一年一次；以后的步骤和月清算一样，月份写作 yyyy00",
        "review_clearing",
        YEAR_RETURN,
        {"year": 2026, "score": "73.5"},
        _draw_up_year,
        named(application=TEXT, returned_fen=WHOLE, withheld_fen=WHOLE),
        {
            "application": views.EXAMPLE_APPLICATION,
            "returned_fen": 58346400,
            "withheld_fen": 14133600,
        },
    )


def _list(service: RecordService, actor: Actor, request: Request) -> Json:
    day = civil_day(service.clock())
    rows = institutions_of(service.database, actor, today=day)
    return {"rows": [views.listed_place(row) for row in rows], "next_cursor": None}


def _read(service: RecordService, actor: Actor, request: Request) -> Json:
    day, institution_id = civil_day(service.clock()), request.path_params["institution"]
    page = institution_page(service.database, actor, institution_id, today=day)
    return views.place_page(page)


def _register(call: RecordCall) -> Json:
    values = call.values
    facts = institution_from(values, values["institution"], call.service.library)
    register_institution(
        call.database,
        facts,
        actor=call.actor,
        start=values["start"],
        name=values["name"],
        key=call.key,
    )
    return {"institution": facts.id, "revision": 1}


def _change(call: RecordCall) -> Json:
    institution_id, values = call.path["institution"], call.values
    page = institution_page(call.database, call.actor, institution_id, today=call.day)
    before = page.versions[-1].facts
    revision = change_institution(
        call.database,
        institution_from(values, institution_id, call.service.library, before),
        values["start"],
        actor=call.actor,
        name=values["name"],
        key=call.key,
    )
    return {"institution": institution_id, "revision": revision}


def _end(call: RecordCall) -> Json:
    institution_id = call.path["institution"]
    revision = end_designation(
        call.database, institution_id, call.values["last_day"], actor=call.actor, key=call.key
    )
    return {"institution": institution_id, "revision": revision}


def _agree(call: RecordCall) -> Json:
    return clearing.agree(
        call.database,
        call.key,
        call.path["institution"],
        agreement_from(call.values),
        actor=call.actor,
        at=call.at,
    )


def _draw_up_year(call: RecordCall) -> Json:
    answer = clearing.draw_up_year(
        call.database,
        call.key,
        call.path["institution"],
        call.values["year"],
        score_from(call.values),
        decided=call.values["decided"],
        actor=call.actor,
        at=call.at,
    )
    return {
        "application": answer["application"],
        "returned_fen": answer["returned"],
        "withheld_fen": answer["withheld"],
    }
