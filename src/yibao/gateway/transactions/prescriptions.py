"""Electronic prescriptions: checked and numbered, and revoked. 7101, 7104."""

from __future__ import annotations

from yibao.database.identifiers import new_identifier
from yibao.database.unit import Unit
from yibao.errors import ConflictError, NotFoundError
from yibao.exchange.files import drop_record, find_record_in, put_record
from yibao.exchange.visits import require_open
from yibao.gateway.answers import Output
from yibao.gateway.call import Call
from yibao.gateway.errors import MessageError
from yibao.gateway.fields import codes
from yibao.gateway.identifiers import from_wire, to_wire
from yibao.gateway.registry import writes
from yibao.gateway.transactions.medical_records import (
    PRESCRIPTION,
    checked_number,
    record_start,
)
from yibao.gateway.transactions.outpatient import filled_fields, require_own
from yibao.gateway.transactions.stock import note_unknown
from yibao.gateway.values import instant
from yibao.messages import message

_HOSPITAL_NUMBER = "7101-no"
"""Kind of record: which prescription of ours stands under the hospital's own number."""
_STATE = "rxStasCodg"
_VALID, _REVOKED = "1", "3"
_TRACE_LENGTH = 20


@writes("7101")
def verify(call: Call) -> bytes:
    """7101: a prescription of a visit of the sender; it gets a number and a trace code."""
    prescription = call.nodes.one("data")
    drugs = call.nodes.many("rxdrugdetail")
    if not drugs:
        raise MessageError(message("处方没有药品"), place="input.rxdrugdetail")
    hospital_number = checked_number(call, prescription, "hospRxno")
    told_visit = call.nodes.one("mdtrtinfo")
    visit = call.visit({"psn_no": told_visit["psnNo"], "mdtrt_id": told_visit["mdtrtId"]})
    require_own(call, visit)
    require_open(visit)
    if prescription.get("prscTime") is not None:
        prescribed = call.past_instant(prescription, "prscTime")
        until, place = prescription.get("valiEndTime"), call.place("valiEndTime")
        if until is not None and instant(until, place) < prescribed:
            raise MessageError(message("早于开方时间，请核对"), place=place)
    note_unknown(call, drugs, "medListCodg")
    number = to_wire(new_identifier())
    numbers = {"hiRxno": number, "rxTraceCode": number[-_TRACE_LENGTH:]}
    document = {
        **{
            node.name: [filled_fields(row) for row in call.nodes.many(node.name)]
            for node in call.nodes.transaction.input
        },
        **numbers,
        **call.operator,
        "hospRxno": hospital_number,
        _STATE: _VALID,
    }

    def operation(unit: Unit) -> Output:
        standing = find_record_in(unit, call.institution, _HOSPITAL_NUMBER, hospital_number)
        if standing is not None:
            raise ConflictError(
                message(
                    "处方 {hospital_number} 已经上传，编号 {number}；改处方请先用 7104 撤销",
                    hospital_number=hospital_number,
                    number=standing["hiRxno"],
                )
            )
        for kind, record_id, content in (
            (PRESCRIPTION, record_start(number), document),
            (_HOSPITAL_NUMBER, hospital_number, numbers),
        ):
            put_record(
                unit,
                call.institution,
                kind,
                record_id,
                content,
                call.now,
                person_id=visit.person_id,
            )
        return {"data": numbers}

    return call.write(visit.person_id, operation)


@writes("7104")
def revoke(call: Call) -> bytes:
    """7104: a prescription of the sender is revoked; it stays, and says so."""
    row = call.nodes.one()
    number = call.need(row, "hiRxno")
    state_name = codes()["rx_stas_codg"]["codes"][_REVOKED]
    answer = {"hiRxno": number, _STATE: _REVOKED, "rxStasName": state_name}

    def operation(unit: Unit) -> Output:
        prescription = find_record_in(unit, call.institution, PRESCRIPTION, record_start(number))
        if prescription is None:
            raise NotFoundError(
                message("没有本机构的处方 {number}，请核对 hiRxno", number=number)
            ).of(call.place("hiRxno"))
        if prescription[_STATE] == _REVOKED:
            raise ConflictError(message("处方 {number} 已经撤销", number=number))
        (told_visit,) = prescription["mdtrtinfo"]
        put_record(
            unit,
            call.institution,
            PRESCRIPTION,
            record_start(number),
            {**prescription, _STATE: _REVOKED, "revocation": filled_fields(row)},
            call.now,
            person_id=from_wire(told_visit["psnNo"]),
        )
        drop_record(unit, call.institution, _HOSPITAL_NUMBER, prescription["hospRxno"])
        return {"data": answer}

    return call.write(call.institution, operation)
