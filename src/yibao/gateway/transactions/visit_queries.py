"""Queries of visits: by person and range, their diagnoses, who is in hospital. 5201-5202, 5303."""

from __future__ import annotations

import datetime

from yibao.exchange.visits import RegisteredVisit, visits_of
from yibao.gateway.answers import Output
from yibao.gateway.call import Call
from yibao.gateway.identifiers import from_wire, to_wire
from yibao.gateway.registry import reads
from yibao.gateway.transactions.asked import (
    as_output,
    asked_range,
    medical_type,
    named_visit,
    operator_fields,
    person_fields,
    time_of,
)


@reads("5201")
def visits(call: Call) -> Output:
    """5201: visits of a person at the sender that began in a range."""
    row = call.nodes.one()
    first, last = asked_range(call)
    visit_number, kind = row.get("mdtrt_id"), row.get("med_type")
    registered_visits = visits_of(
        call.service.database,
        person_id=call.person(row),
        institution_id=call.institution,
        first=first,
        last=last,
    )
    return {
        "mdtrtinfo": [
            _visit(call, visit)
            for visit in registered_visits
            if visit.document["status"] == "open"
            and (visit_number is None or from_wire(visit_number) == visit.visit_id)
            and (kind is None or kind == medical_type(visit))
        ]
    }


def _visit(call: Call, visit: RegisteredVisit) -> Output:
    told_fields, document = as_output(call, visit.document), visit.document
    end = visit.document.get("end")
    last = datetime.date.fromisoformat(end) if end else None if visit.stay else visit.opened_on
    return {
        **told_fields,
        **person_fields(call, visit.person_id, visit.opened_on),
        "mdtrt_id": to_wire(visit.visit_id),
        "begntime": time_of(document, "begntime", visit.opened_on),
        "endtime": "" if last is None else time_of(document, "endtime", last),
        "med_type": medical_type(visit),
        "ipt_otp_no": document.get("ipt_otp_no") or document.get("ipt_no") or "",
        "inhosp_stas": "1" if visit.stay and end is None else "0",
        "ipt_days": 0 if last is None or not visit.stay else (last - visit.opened_on).days,
    }


@reads("5202")
def diagnoses(call: Call) -> Output:
    """5202."""
    visit = named_visit(call)
    return {
        "diseinfo": [
            {
                **operator_fields(visit.document),
                **as_output(call, diagnosis),
                "diag_info_id": f"{to_wire(visit.visit_id)}-{number}",
                "mdtrt_id": to_wire(visit.visit_id),
                "psn_no": to_wire(visit.person_id),
                "inout_diag_type": diagnosis.get("inout_diag_type") or "1",
                "maindiag_flag": diagnosis.get("maindiag_flag") or ("1" if number == 1 else "0"),
            }
            for number, diagnosis in enumerate(visit.document.get("diagnoses", []), 1)
        ]
    }


@reads("5303")
def in_hospital(call: Call) -> Output:
    """5303: stays at the sender that have not ended."""
    row = call.nodes.one()
    first, last = asked_range(call)
    registered_visits = visits_of(
        call.service.database,
        person_id=call.person(row) if row.get("psn_no") else None,
        institution_id=call.institution,
        first=first,
        last=last,
    )
    return {
        "data": [
            {**_visit(call, visit), "begndate": visit.opened_on.isoformat(), "out_flag": "0"}
            for visit in registered_visits
            if visit.stay
            and visit.document["status"] == "open"
            and visit.document.get("end") is None
            and not visit.is_settled
        ]
    }
