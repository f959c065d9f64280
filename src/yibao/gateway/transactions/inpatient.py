"""Admission, discharge and fees of stays: 2401-2405, 2301 and 2302."""

from __future__ import annotations

import datetime
from dataclasses import replace

from yibao.database.identifiers import new_identifier
from yibao.database.unit import Unit
from yibao.errors import ConflictError
from yibao.exchange.visits import (
    Document,
    RegisteredVisit,
    add_lines,
    drop_lines,
    new_document,
    open_visit,
    require_open,
    store_visit,
)
from yibao.gateway.answers import Output
from yibao.gateway.call import Call
from yibao.gateway.errors import EMPTY, MessageError, titled
from yibao.gateway.identifiers import to_wire
from yibao.gateway.lines import (
    days_of,
    lines_words,
    read_lines,
    refund_words,
    refunded,
)
from yibao.gateway.overlaps import check_admission, check_days_of_lines
from yibao.gateway.registry import writes
from yibao.gateway.transactions.outpatient import (
    ALL,
    cancel,
    catalogue_of_registered,
    filled_fields,
    merged_diagnoses,
    numbered_diagnoses,
    own_visit,
    require_own,
    splitting_of,
)
from yibao.gateway.values import day
from yibao.gateway.visiting import STAY_BATCH, extension, visit_words
from yibao.messages import Listed, message
from yibao.policy.days import day_number


@writes("2401")
def admit(call: Call) -> bytes:
    """2401: a stay is opened on the day of admission."""
    row = call.nodes.one()
    person_id = call.person(row)
    call.known(person_id)
    visit_words(call, row.get("med_type"), stay=True)
    on = call.past_instant(row, "begntime").date()
    call.institution_on(on)
    visit_id = new_identifier()
    document = new_document(
        **filled_fields(row),
        **call.operator,
        begin=on.isoformat(),
        diagnoses=numbered_diagnoses(call),
        extension=dict(extension(call, row)),
    )
    visit = RegisteredVisit(person_id, visit_id, call.institution, on, True, 0, document)

    def operation(unit: Unit) -> Output:
        check_admission(call, unit, person_id, on)
        open_visit(unit, visit)
        return {"result": {"mdtrt_id": to_wire(visit_id), "exp_content": ""}}

    return call.write(person_id, operation)


@writes("2404")
def cancel_admission(call: Call) -> bytes:
    """2404: refused while there are lines or a settlement."""
    return cancel(call, call.nodes.one())


@writes("2403")
def change_admission(call: Call) -> bytes:
    """2403: what was told is replaced by what is told now; a diagnosis by its number."""
    row = call.nodes.one()
    changed = filled_fields(row)
    text = row.get("begntime")
    if text is not None:
        call.require_past(day(text, call.place("begntime")), "begntime")
    diagnoses = numbered_diagnoses(call)
    if row.get("med_type") is not None:
        visit_words(call, row.get("med_type"), stay=True)

    def operation(unit: Unit) -> Output:
        visit = _own_stay(call, unit)
        begin = visit.opened_on if text is None else day(text, call.place("begntime"))
        if begin != visit.opened_on:
            check_admission(call, unit, visit.person_id, begin, visit.visit_id)
        document = {
            **visit.document,
            **changed,
            **call.operator,
            "begin": begin.isoformat(),
            "diagnoses": merged_diagnoses(visit.document.get("diagnoses", []), diagnoses),
        }
        more = extension(call, row)
        if more:
            document["extension"] = dict(more)
        store_visit(unit, replace(visit, opened_on=begin), document)
        return {}

    return call.write(call.person(row), operation)


def _own_stay(call: Call, unit: Unit) -> RegisteredVisit:
    """The stay that a message names, not cancelled and not settled."""
    visit = own_visit(call, unit, call.nodes.one())
    require_open(visit)
    if not visit.stay:
        raise MessageError(message("这是门诊挂号，不是住院"), place=call.place("mdtrt_id"))
    if visit.is_settled:
        raise ConflictError(message("这次住院已经结算，要改请先用 2305 撤销结算"))
    return visit


@writes("2402")
def discharge(call: Call) -> bytes:
    """2402: the last day of a stay; also after its settlement, if the same rules hold then."""
    row = call.nodes.one()
    last = call.past_instant(row, "endtime").date()
    discharge_diagnoses = [
        {**diagnosis, "inout_diag_type": "2"} for diagnosis in numbered_diagnoses(call)
    ]

    def operation(unit: Unit) -> Output:
        visit = own_visit(call, unit, row)
        require_open(visit)
        if not visit.stay:
            raise MessageError(message("这是门诊挂号，不是住院"), place=call.place("mdtrt_id"))
        if last < visit.opened_on:
            raise MessageError(
                message("早于入院日 {opened_on}，请核对", opened_on=visit.opened_on),
                place=call.place("endtime"),
            )
        if visit.document.get("end") is not None:
            raise ConflictError(message("已经办过出院，要改请先用 2405 撤销出院"))
        if visit.is_settled:
            _settled_alike(call, visit, last)
        diagnoses = merged_diagnoses(visit.document.get("diagnoses", []), discharge_diagnoses)
        end = {**call.operator, "end": last.isoformat(), "diagnoses": diagnoses}
        times = [
            line["raw"]["fee_ocur_time"] for line in visit.lines if "fee_ocur_time" in line["raw"]
        ]
        discharged = replace(visit, document={**visit.document, **end})
        check_days_of_lines(call, discharged, [day(text, "fee_ocur_time") for text in times])
        store_visit(unit, visit, {**visit.document, **filled_fields(row), **end})
        return {}

    return call.write(call.person(row), operation)


def _settled_alike(call: Call, visit: RegisteredVisit, last: datetime.date) -> None:
    """A stay that was settled first may end on another day on which the same rules hold."""
    entry = call.service.book.entry(visit.person_id, visit.settled[STAY_BATCH]["entry"])
    if entry.day == last:
        return
    library = call.service.library
    covering = library.covering(entry.area)
    book = None if covering is None else library.rulebook(covering.code)
    if (
        book is None
        or entry.day.year != last.year
        or book.segment(day_number(entry.day)).index != book.segment(day_number(last)).index
    ):
        raise ConflictError(
            message(
                "已按 {day} 出院结算，{last} 的年度或规则不同；请先用 2305 撤销结算",
                day=entry.day,
                last=last,
            )
        )
    call.note(
        call.place("endtime"), message("已按 {day} 出院结算，规则相同，金额不变", day=entry.day)
    )


@writes("2405")
def undo_discharge(call: Call) -> bytes:
    """2405."""
    row = call.nodes.one()

    def operation(unit: Unit) -> Output:
        visit = _own_stay(call, unit)
        if visit.document.get("end") is None:
            raise ConflictError(message("还没有办出院，没有什么要撤销"))
        document = {name: value for name, value in visit.document.items() if name != "end"}
        store_visit(unit, visit, document)
        return {}

    return call.write(call.person(row), operation)


# --- fees ----------------------------------------------------------------------------------------


@writes("2301")
def upload_fees(call: Call) -> bytes:
    """2301: lines of a stay; a negative one takes back part or all of an earlier one."""
    rows = call.nodes.many("feedetail")
    first = rows[0] if rows else {}
    if len({(row.get("psn_no"), row.get("mdtrt_id")) for row in rows}) > 1:
        raise MessageError(
            message("一次只能上传一次住院的明细，请按住院分开"), place="input.feedetail"
        )
    visit = call.visit(first)
    require_own(call, visit)
    if not visit.stay:
        raise MessageError(
            message("这是门诊挂号，请用 2204"),
            place=titled("input.feedetail.mdtrt_id", message("就诊ID")),
        )
    lines = read_lines(
        call,
        rows,
        call.today,
        STAY_BATCH,
        visit.document.get("dise_codg"),
        catalogue_of_registered(call, visit),
    )
    splitting = splitting_of(call, visit, lines)
    charged = [line for line in lines if line["quantity"] >= 0 and line["amount"] >= 0]
    refunds = [line for line in lines if line["quantity"] < 0 or line["amount"] < 0]

    line_days = days_of(call, [row for row in rows if row.get("fee_ocur_time") is not None])
    told_of_charged = lines_words(charged, splitting) if charged else []

    def operation(unit: Unit) -> Output:
        locked = own_visit(call, unit, first)
        check_days_of_lines(call, locked, line_days)
        repeated = {line["sn"] for line in refunds} & set(locked.document.get("refunds", ()))
        if repeated:
            raise ConflictError(
                message(
                    "退费明细 {repeated} 已经上传，请换流水号", repeated=Listed(sorted(repeated))
                )
            )
        add_lines(unit, locked, charged)
        words = {line["sn"]: told for line, told in zip(charged, told_of_charged, strict=True)}
        if refunds:
            locked = own_visit(call, unit, first)
            document, taken_back = _with_refunds(locked, refunds)
            store_visit(unit, locked, document)
            for refund, before, after in taken_back:
                words[refund["sn"]] = refund_words(refund, before, after, splitting)
        return {"result": [words[line["sn"]] for line in lines]}

    return call.write(visit.person_id, operation)


def _with_refunds(
    visit: RegisteredVisit, refunds: list[Document]
) -> tuple[Document, list[tuple[Document, Document, Document]]]:
    """The visit's document, and each refund with its original line before and after it."""
    taken_back = []
    by_number = {line["sn"]: line for line in visit.lines}
    for refund in refunds:
        number = refund["raw"].get("init_feedetl_sn")
        place = titled("input.feedetail.init_feedetl_sn", message("原费用流水号"))
        line = by_number.get(number)
        if line is None:
            raise MessageError(
                message(
                    "退费明细 {sn} 要写明退的是哪一行，找不到 {number}",
                    sn=refund["sn"],
                    number=number or EMPTY,
                ),
                place=place,
            )
        if line.get("settled") is not None:
            raise ConflictError(
                message("原明细 {number} 已经结算，请先撤销结算再退费", number=number)
            )
        by_number[number] = refunded(line, refund, place)
        taken_back.append((refund, line, by_number[number]))
    lines = [line for line in by_number.values() if line["quantity"]]
    refund_numbers = [*visit.document.get("refunds", ()), *(refund["sn"] for refund in refunds)]
    return {**visit.document, "lines": lines, "refunds": refund_numbers}, taken_back


@writes("2302")
def cancel_fees(call: Call) -> bytes:
    """2302: unsettled lines by their numbers, or all with 0000."""
    rows = call.nodes.many("data")
    numbers = {call.need(row, "feedetl_sn") for row in rows}
    if len({(row.get("psn_no"), row.get("mdtrt_id")) for row in rows}) != 1:
        raise MessageError(message("一次只能撤销一次住院的明细，请按住院分开"), place="input.data")

    def operation(unit: Unit) -> Output:
        visit = own_visit(call, unit, rows[0])
        waiting = visit.unsettled()
        if ALL in numbers:
            drop_lines(unit, visit, waiting)
            return {}
        missing = numbers - {line["sn"] for line in waiting}
        if missing:
            raise ConflictError(
                message(
                    "没有未结算的明细 {missing}；已结算的请先撤销结算",
                    missing=Listed(sorted(missing)),
                )
            )
        drop_lines(unit, visit, [line for line in waiting if line["sn"] in numbers])
        return {}

    return call.write(call.person(rows[0]), operation)
