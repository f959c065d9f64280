"""Queries of filings: chronic diseases, institutions and areas, referrals. 5301-5304."""

from __future__ import annotations

from yibao.benefit.people import home_enrolment
from yibao.exchange.files import records
from yibao.exchange.reading import filing_rows
from yibao.gateway.answers import Output
from yibao.gateway.call import Call
from yibao.gateway.fields import terms
from yibao.gateway.identifiers import to_wire
from yibao.gateway.registry import reads
from yibao.gateway.transactions.asked import (
    as_output,
    asked_range,
    person_fields,
)
from yibao.gateway.transactions.filings import REFERRED
from yibao.policy.kinds import FilingKind


@reads("5301")
def chronic_filings(call: Call) -> Output:
    """5301."""
    person_id = call.person(call.nodes.one())
    facts = call.shown(person_id).facts
    area = home_enrolment(facts, call.today).area
    covering = call.service.library.covering(area)
    names = {} if covering is None else call.service.library.rulebook(covering.code).disease_names
    of_code = {name: code for code, name in terms()["diseases"].items()}
    return {
        "feedetail": [
            {
                "opsp_dise_code": of_code.get(row.disease, row.disease),
                "opsp_dise_name": names.get(row.disease, row.disease),
                "begndate": row.start.isoformat(),
                "enddate": row.end.isoformat() if row.end else "",
                "trt_dcla_detl_sn": to_wire(row.filing_id),
            }
            for row in filing_rows(call.service.database, person_id)
            if row.kind == FilingKind.CHRONIC
        ]
    }


@reads("5302")
def place_filings(call: Call) -> Output:
    """5302: filings of the kind asked for; designated institutions are only kept."""
    row = call.nodes.one()
    person_id = call.person(row)
    told = row.get("biz_appy_type")
    asked = (told or "").zfill(2)
    kind = terms()["biz_appy_type"].get(asked)
    if kind is None:
        places = records(call.service.database, call.institution, "2505", person_id)
        return {
            "psnfixmedin": [
                {**as_output(call, place), "trt_dcla_detl_sn": place["trt_dcla_detl_sn"]}
                for place in places
                if told is None or (place.get("biz_appy_type") or "").zfill(2) == asked
            ]
        }
    call.shown(person_id)
    return {
        "psnfixmedin": [
            {
                "psn_no": to_wire(person_id),
                "fix_srt_no": str(number),
                "fixmedins_code": "",
                "fixmedins_name": "",
                "begndate": filing.start.isoformat(),
                "enddate": filing.end.isoformat() if filing.end else "",
                "memo": filing.care_area,
                "trt_dcla_detl_sn": to_wire(filing.filing_id),
            }
            for number, filing in enumerate(
                (
                    filing_row
                    for filing_row in filing_rows(call.service.database, person_id)
                    if filing_row.kind == kind
                ),
                1,
            )
        ]
    }


@reads("5304")
def referrals(call: Call) -> Output:
    """5304: referrals that begin in a range."""
    row = call.nodes.one()
    person_id = call.person(row)
    first, last = asked_range(call)
    call.shown(person_id)
    who = person_fields(call, person_id, call.today)
    return {
        "refmedin": [
            {
                **_referral_fields(call, person_id, filing.filing_id),
                **who,
                "refl_date": filing.start.isoformat(),
                "begndate": filing.start.isoformat(),
                "enddate": filing.end.isoformat() if filing.end else "",
                "hosp_agre_refl_flag": "1",
                "out_flag": "1",
                "trt_dcla_detl_sn": to_wire(filing.filing_id),
            }
            for filing in filing_rows(call.service.database, person_id)
            if filing.kind == FilingKind.REFERRAL and first <= filing.start <= last
        ]
    }


def _referral_fields(call: Call, person_id: str, filing_id: str) -> Output:
    """What the institution told with a referral."""
    wire = to_wire(filing_id)
    for kind in ("2501", REFERRED):
        for referral in records(call.service.database, call.institution, kind, person_id):
            if referral.get("trt_dcla_detl_sn") == wire:
                return as_output(call, referral)
    return {}
