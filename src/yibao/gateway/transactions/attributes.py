"""What is special about a visit: told with 2406, asked for with 2407."""

from __future__ import annotations

from yibao.database.identifiers import new_identifier
from yibao.database.unit import Unit
from yibao.exchange.files import put_record, records
from yibao.gateway.answers import Output
from yibao.gateway.call import Call
from yibao.gateway.identifiers import from_wire, to_wire
from yibao.gateway.registry import reads, writes
from yibao.gateway.transactions.asked import named_visit, page_of
from yibao.gateway.transactions.outpatient import filled_fields

ATTRIBUTE = "2406"
"""Kind of record."""
_NUMBER = "ipt_psn_sp_flag_detl_id"
_ASKED_BY = (
    f"{_NUMBER} mdtrt_id psn_cert_type certno psn_name ipt_otp_no "
    "ipt_psn_sp_flag_type ipt_psn_sp_flag admdvs"
).split()
_LONGEST_KIND = 40


@writes("2406")
def tell(call: Call) -> bytes:
    """2406: of a visit of the sender; the same kind of attribute told again is replaced."""
    row = call.nodes.one()
    kind = call.need(row, "ipt_psn_sp_flag_type")[:_LONGEST_KIND]
    visit = named_visit(call)
    known = call.name_of(visit.person_id)
    number = to_wire(new_identifier())
    attribute = {
        "psn_cert_type": "01",
        "certno": known.number,
        "psn_name": known.name,
        "ipt_otp_no": visit.document.get("ipt_no") or visit.document.get("ipt_otp_no") or "",
        "admdvs": call.institution_on(visit.opened_on).facts.area,
        **filled_fields(row),
        _NUMBER: number,
    }

    def operation(unit: Unit) -> Output:
        put_record(
            unit,
            call.institution,
            ATTRIBUTE,
            f"{visit.visit_id}/{kind}",
            attribute,
            call.now,
            person_id=visit.person_id,
        )
        return {"IptPsnSpFlagRegOut": {_NUMBER: number}}

    return call.write(visit.person_id, operation)


@reads("2407")
def ask(call: Call) -> Output:
    """2407: what the sender told, as far as it is what the message names; a page of it."""
    row = call.nodes.one()
    person_number = row.get("psn_no")
    person_id = None if person_number is None else from_wire(person_number)
    attributes = [
        attribute
        for attribute in records(call.service.database, call.institution, ATTRIBUTE, person_id)
        if all(row.get(name) in (None, attribute.get(name)) for name in _ASKED_BY)
    ]
    page = page_of(row, "page_num", "page_size", len(attributes))
    place = {
        "fixmedins_code": call.institution,
        "fixmedins_name": call.institution_on(call.today).name,
    }
    shown = attributes[page.first : page.end]
    return {"IptPsnSpFlagReg": [{**attribute, **place} for attribute in shown]}
