"""Registration, diagnoses and fees of outpatients: 2201-2205 and 2203A."""

from __future__ import annotations

from dataclasses import replace

from yibao.database.identifiers import new_identifier
from yibao.database.unit import Unit
from yibao.errors import ConflictError
from yibao.exchange.stays import stays_of
from yibao.exchange.visits import (
    Document,
    RegisteredVisit,
    VisitChangedError,
    add_lines,
    drop_lines,
    new_document,
    open_visit,
    read_visit,
    require_open,
    store_visit,
)
from yibao.gateway.answers import Output
from yibao.gateway.call import Call
from yibao.gateway.errors import MessageError
from yibao.gateway.identifiers import to_wire
from yibao.gateway.lines import Splitting, lines_words, read_lines
from yibao.gateway.listing import VisitCatalogue, catalogue_of_visit
from yibao.gateway.message import Row
from yibao.gateway.overlaps import check_outpatient
from yibao.gateway.registry import writes
from yibao.gateway.visiting import channel_of, draft_visit, extension, visit_words
from yibao.messages import message

_TRIES = 8
ALL = "0000"
"""Batch or line number that means every unsettled one."""


def filled_fields(row: Row) -> Document:
    """The fields of a row that were filled in."""
    return {name: text for name, text in row.items() if text is not None}


@writes("2201")
def register(call: Call) -> Output | bytes:
    """2201: a visit is opened; the answer gives its number."""
    row = call.nodes.one()
    person_id = call.person(row)
    call.known(person_id)
    on = call.past_instant(row, "begntime").date()
    call.institution_on(on)
    visit_id = new_identifier()
    document = new_document(**filled_fields(row), **call.operator, begin=on.isoformat())
    visit = RegisteredVisit(person_id, visit_id, call.institution, on, False, 0, document)

    def operation(unit: Unit) -> Output:
        open_visit(unit, visit)
        return {
            "data": {
                "mdtrt_id": to_wire(visit_id),
                "psn_no": to_wire(person_id),
                "ipt_otp_no": row.get("ipt_otp_no") or "",
                "exp_content": "",
            }
        }

    return call.write(person_id, operation)


def own_visit(call: Call, unit: Unit, row: Row) -> RegisteredVisit:
    """The visit of a row, locked, and of this institution."""
    visit = read_visit(unit, call.person(row), call.visit_id(row), lock=True)
    require_own(call, visit)
    return visit


def require_own(call: Call, visit: RegisteredVisit) -> None:
    """Another institution's visit is none of this one's business."""
    if visit.institution_id != call.institution:
        raise ConflictError(
            message(
                "就诊 {visit_id} 是另一家机构登记的，不能由本机构办理",
                visit_id=to_wire(visit.visit_id),
            )
        )


def cancel(call: Call, row: Row) -> bytes:
    """A visit is taken back, as long as nothing of it was charged."""

    def operation(unit: Unit) -> Output:
        visit = own_visit(call, unit, row)
        require_open(visit)
        if visit.lines or visit.settled:
            raise ConflictError(message("这次就诊还有费用明细或结算，请先撤销它们再撤销登记"))
        store_visit(unit, visit, {**visit.document, "status": "cancelled"})
        return {}

    return call.write(call.person(row), operation)


@writes("2202")
def cancel_registration(call: Call) -> bytes:
    """2202."""
    return cancel(call, call.nodes.one())


@writes("2203", "2203A")
def diagnoses(call: Call) -> bytes:
    """2203: what the visit is for; a diagnosis with vali_flag 0 is taken out."""
    row = call.nodes.one()
    visit_words(call, row.get("med_type"), stay=False)
    told = None if row.get("begntime") is None else call.past_instant(row, "begntime").date()
    call.institution_on(told or call.today)
    reported = numbered_diagnoses(call)

    def operation(unit: Unit) -> Output:
        visit = own_visit(call, unit, row)
        require_open(visit)
        if visit.settled:
            raise ConflictError(message("这次就诊已经结算，要改就诊信息请先撤销结算"))
        on = told or visit.opened_on
        check_outpatient(
            call,
            visit.person_id,
            on,
            row.get("dise_codg"),
            lambda: stays_of(unit, visit.person_id),
        )
        document = {
            **visit.document,
            **filled_fields(row),
            **call.operator,
            "begin": on.isoformat(),
            "diagnoses": merged_diagnoses(visit.document.get("diagnoses", []), reported),
            "extension": dict(extension(call, row)),
        }
        store_visit(unit, replace(visit, opened_on=on), document)
        return {}

    return call.write(call.person(row), operation)


def numbered_diagnoses(call: Call) -> list[Document]:
    """Diagnoses as sent; one without a number takes its place in the list."""
    return [
        {"diag_srt_no": str(number), **filled_fields(diagnosis)}
        for number, diagnosis in enumerate(call.nodes.many("diseinfo"), 1)
    ]


def merged_diagnoses(old: list[Document], new: list[Document]) -> list[Document]:
    """Diagnoses by type and number: sent again is changed, vali_flag 0 is gone."""

    def key(diagnosis: Document) -> tuple[str, str, str]:
        return (
            diagnosis.get("diag_type", ""),
            diagnosis.get("inout_diag_type", ""),
            diagnosis.get("diag_srt_no", ""),
        )

    by_key = {key(diagnosis): diagnosis for diagnosis in old} | {
        key(diagnosis): diagnosis for diagnosis in new
    }
    return [diagnosis for diagnosis in by_key.values() if diagnosis.get("vali_flag") != "0"]


@writes("2204")
def upload_fees(call: Call) -> bytes:
    """2204: lines of one or more charge batches of a visit."""
    rows = call.nodes.many("feedetail")
    first = rows[0] if rows else {}
    if len({(row.get("psn_no"), row.get("mdtrt_id")) for row in rows}) > 1:
        raise MessageError(
            message("一次只能上传一次就诊的明细，请按就诊分开"), place="input.feedetail"
        )
    for _ in range(_TRIES):
        try:
            return _add_fees(call, rows, call.visit(first))
        except VisitChangedError as changed:
            error = changed  # by another message at the same moment: begin again with what it left
    raise error


def _add_fees(call: Call, rows: list[Row], visit: RegisteredVisit) -> bytes:
    """Lines added to a visit as it was read."""
    require_own(call, visit)
    lines = read_lines(
        call,
        rows,
        visit.opened_on,
        None,
        visit.document.get("dise_codg"),
        catalogue_of_registered(call, visit),
    )
    negative = next((line for line in lines if line["amount"] < 0), None)
    if negative is not None:
        raise MessageError(
            message(
                "明细 {sn} 的金额为负；门诊退费请撤销结算或用 2205 撤销明细", sn=negative["sn"]
            ),
            place="input.feedetail",
        )
    splitting = splitting_of(call, visit, lines)

    def operation(unit: Unit) -> Output:
        add_lines(unit, visit, lines)
        return {"result": lines_words(lines, splitting)}

    return call.write(visit.person_id, operation)


def catalogue_of_registered(call: Call, visit: RegisteredVisit) -> VisitCatalogue:
    """Whose catalogue the lines of a registered visit are looked up in."""
    channel = channel_of(visit.document.get("extension", {}))
    return catalogue_of_visit(call, call.known(visit.person_id).facts, visit.opened_on, channel)


def splitting_of(call: Call, registered: RegisteredVisit, lines: list[Document]) -> Splitting:
    """For the split of lines that are told before the visit is settled."""
    visit, person, filings = draft_visit(
        call,
        registered,
        registered.visit_id,
        med_type=registered.document.get("med_type") or ("21" if registered.stay else "11"),
        end=registered.opened_on,
        lines=lines,
    )
    facts = call.institution_on(registered.opened_on).facts
    return Splitting(call.service.library, person, facts, visit, filings)


@writes("2205")
def cancel_fees(call: Call) -> bytes:
    """2205: the unsettled lines of a batch, or of all with 0000."""
    row = call.nodes.one()
    batch = call.need(row, "chrg_bchno")

    def operation(unit: Unit) -> Output:
        visit = own_visit(call, unit, row)
        gone = visit.unsettled(None if batch == ALL else batch)
        if not gone and batch != ALL:
            raise ConflictError(
                message("收费批次 {batch} 没有未结算的明细；已结算的请先撤销结算", batch=batch)
            )
        if not gone and visit.lines:
            raise ConflictError(
                message("没有删除任何明细：这次就诊的明细都已结算，要删除请先撤销结算")
            )
        drop_lines(unit, visit, gone)
        return {}

    return call.write(call.person(row), operation)
