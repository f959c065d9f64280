"""Filings: referral, chronic disease, institution, accident; made and taken back. 2501-2507."""

from __future__ import annotations

import datetime

from yibao.access.operations import Answer
from yibao.benefit.facts import Filing
from yibao.crossing import operations as crossing
from yibao.database.identifiers import new_identifier
from yibao.database.unit import Unit
from yibao.errors import ConflictError
from yibao.exchange.files import drop_record, put_record
from yibao.exchange.sent import output_of
from yibao.gateway.answers import Output
from yibao.gateway.call import Call
from yibao.gateway.errors import EMPTY, MessageError, titled
from yibao.gateway.fields import terms
from yibao.gateway.identifiers import from_wire, to_wire
from yibao.gateway.message import Row
from yibao.gateway.registry import writes
from yibao.gateway.values import day
from yibao.gateway.visiting import ACCIDENT, disease_of
from yibao.messages import message
from yibao.policy.kinds import FilingKind

OUT_OF_PROVINCE = "3"
REFERRED = "2501-told"
"""Kind of record for what was told with a referral that the store keeps."""


def _last_day(call: Call, row: Row) -> datetime.date | None:
    text = row.get("enddate")
    return None if text is None else day(text, call.place("enddate"))


def _answer(filing_id: str) -> Output:
    return {"result": {"trt_dcla_detl_sn": to_wire(filing_id), "exp_content": ""}}


def _file(call: Call, filing: Filing, referral: Row | None = None) -> bytes:
    """File it in the store, answered once; ``referral`` is kept for 5304."""

    def told(unit: Unit, answer: Answer) -> str:
        number = answer["filing_id"]
        if referral is not None:
            document = {**referral, "trt_dcla_detl_sn": to_wire(number)}
            put_record(
                unit,
                call.institution,
                REFERRED,
                number,
                document,
                call.now,
                person_id=filing.person,
            )
        return call.encoded(_answer(number))

    answer = crossing.file(
        call.service.database,
        call.service.library,
        call.sent.inner("file"),
        filing,
        actor=call.actor,
        then=call.sent.then(told),
    )
    return output_of(answer).encode()


def _cancel(call: Call) -> bytes:
    row = call.nodes.one()
    person_id = call.person(row)
    filing_id = from_wire(call.need(row, "trt_dcla_detl_sn"))
    answer = crossing.cancel(
        call.service.database,
        call.sent.inner("cancel"),
        person_id,
        filing_id,
        call.today,
        actor=call.actor,
        then=call.sent.then(lambda _, __: "{}"),
    )
    return output_of(answer).encode()


# --- referral ------------------------------------------------------------------------------------


@writes("2501")
def refer(call: Call) -> bytes:
    """2501: a referral out of the province is filed; inside it none is needed, and it is kept."""
    row = call.nodes.one()
    area = call.need(row, "mdtrtarea_admdvs")
    start = call.day(row, "begndate", call.day(row, "refl_date", call.today))
    if row.get("refl_type") != OUT_OF_PROVINCE:
        call.note(call.place("refl_type"), message("省内不需要异地就医备案，只登记"))
        return _keep(call, "2501")
    filing = Filing(call.person(row), FilingKind.REFERRAL, area, None, start, _last_day(call, row))
    return _file(call, filing, row)


@writes("2502")
def cancel_referral(call: Call) -> bytes:
    """2502."""
    return _cancel_either(call, "2501")


# --- chronic diseases ----------------------------------------------------------------------------


@writes("2503")
def file_chronic(call: Call) -> bytes:
    """2503: a chronic disease by its code, or by the pack's name or Chinese name."""
    row = call.nodes.one()
    person_id = call.person(row)
    person = call.known(person_id).facts
    start = call.day(row, "begndate", call.today)
    named = {"dise_codg": row.get("opsp_dise_code"), "dise_name": row.get("opsp_dise_name")}
    disease = disease_of(call, person, named, start)
    if disease is None:
        raise MessageError(
            message(
                "{opsp_dise_code} 不在病种目录里，可用 1309 下载目录",
                opsp_dise_code=row.get("opsp_dise_code") or EMPTY,
            ),
            place=call.place("opsp_dise_code"),
        )
    return _file(
        call, Filing(person_id, FilingKind.CHRONIC, None, disease, start, _last_day(call, row))
    )


@writes("2504")
def cancel_chronic(call: Call) -> bytes:
    """2504."""
    return _cancel(call)


# --- designated institutions, care out of the area ----------------------------------------------


@writes("2505")
def file_place(call: Call) -> bytes:
    """2505: what the kind of filing says decides; a designated institution is only kept."""
    row = call.nodes.one()
    person_id = call.person(row)
    kind = terms()["biz_appy_type"].get((row.get("biz_appy_type") or "").zfill(2))
    if kind is None:
        return _keep(call, "2505")
    call.known(person_id)
    start = call.day(row, "begndate", call.today)
    area = call.message.envelope.get("mdtrtarea_admvs")
    if area is None:
        raise MessageError(
            message("请写明就医地"), place=titled("mdtrtarea_admvs", message("就医地医保区划"))
        )
    return _file(call, Filing(person_id, FilingKind(kind), area, None, start, _last_day(call, row)))


@writes("2506")
def cancel_place(call: Call) -> bytes:
    """2506; of an accident too, for which no other transaction takes it back."""
    return _cancel_either(call, "2505", ACCIDENT)


# --- accidents -----------------------------------------------------------------------------------


@writes(ACCIDENT)
def file_accident(call: Call) -> bytes:
    """2507: an injury and how it came about; a visit that says it is of one refers to it."""
    row = call.nodes.one()
    for name in ("adm_time", "trum_time"):
        text = row.get(name)
        if text is not None:
            call.require_past(day(text, call.place(name)), name)
    start, last = call.day(row, "begndate", call.today), _last_day(call, row)
    if last is not None and last < start:
        raise MessageError(message("早于开始日期，请核对"), place=call.place("enddate"))
    return _keep(call, ACCIDENT)


def _keep(call: Call, kind: str) -> bytes:
    """A filing that changes no benefit here."""
    row = call.nodes.one()
    person_id = call.person(row)
    call.known(person_id)
    record_id = new_identifier()
    document = {**row, "trt_dcla_detl_sn": to_wire(record_id)}

    def operation(unit: Unit) -> Output:
        put_record(unit, call.institution, kind, record_id, document, call.now, person_id=person_id)
        return _answer(record_id)

    return call.write(person_id, operation)


def _cancel_either(call: Call, *kinds: str) -> bytes:
    """One that was only kept is dropped; any other is cancelled in the store."""
    row = call.nodes.one()
    record_id = from_wire(call.need(row, "trt_dcla_detl_sn"))

    class _NotKeptError(ConflictError):
        """It is not among those that were only kept."""

    def operation(unit: Unit) -> Output:
        if not any(drop_record(unit, call.institution, kind, record_id) for kind in kinds):
            raise _NotKeptError(message("没有备案 {record_id}", record_id=record_id))
        return {}

    try:
        return call.write(call.person(row), operation)
    except _NotKeptError:
        return _cancel(call)
