"""Queries of settlements: one, its fees, drugs of chronic diseases, use in a year. 5203-5206."""

from __future__ import annotations

from typing import Any

import msgspec

from yibao.access.permissions import require
from yibao.care.operations import read_person
from yibao.errors import NotFoundError
from yibao.exchange.visits import Document, RegisteredVisit, visits_of
from yibao.gateway.answers import Output, amount, decimal, encode_output
from yibao.gateway.call import Call
from yibao.gateway.errors import MessageError
from yibao.gateway.fields import terms
from yibao.gateway.identifiers import from_wire, to_wire
from yibao.gateway.lines import lines_words
from yibao.gateway.registry import reads
from yibao.gateway.shaping import shaped_row
from yibao.gateway.transactions.asked import (
    asked_range,
    medical_type,
    named_visit,
    operator_fields,
    person_fields,
)
from yibao.gateway.transactions.outpatient import splitting_of
from yibao.messages import message
from yibao.policy.kinds import VisitKind


@reads("5203")
def settlement(call: Call) -> Output:
    """5203: a settlement or reversal as it was answered, under the names of this query too.

    By setl_id, or the newest settlement that stands of a visit; of a visit without one, what
    is known of it, and every amount 0.
    """
    row = call.nodes.one()
    book = call.service.book
    number = row.get("setl_id")
    if number is None:
        visit = named_visit(call)
        entries = sorted(entry for batch in visit.settled for entry in visit.standing(batch))
        if not entries:
            return _not_settled(call, visit)
        if len(entries) > 1:
            call.note(
                call.place("setl_id"),
                message("没有写；这次就诊有 {count} 笔结算，答最近一笔", count=len(entries)),
            )
        number = entries[-1]
    entry = book.entry(call.person(row), from_wire(number))
    require(call.actor, "read_settlement", entry.person_id, entry.institution_id)
    output = msgspec.json.decode(entry.output, type=dict[str, msgspec.Raw])
    setlinfo: Output = dict(msgspec.json.decode(output["setlinfo"], type=dict[str, msgspec.Raw]))
    reversed_by = book.reversed_by(entry.person_id, entry.entry_id)
    care = call.institution_on(entry.day)
    words = terms()
    setlinfo |= {
        "refd_setl_flag": "1" if reversed_by is not None or entry.reverses is not None else "0",
        "pay_loc": _pay_place(entry.area, care.facts.area),
        "fixmedins_code": entry.institution_id,
        "fixmedins_name": care.name,
        "hosp_lv": words["hosp_lv"].get(care.facts.grade, ""),
        "fixmedins_poolarea": care.facts.area,
        "insu_optins": entry.area,
        "year": str(entry.day.year),
    }
    current = book.current(entry)
    if current.entry_id != entry.entry_id:
        corrected = {"corrected_setl_id": to_wire(current.entry_id)}
        setlinfo["exp_content"] = msgspec.json.encode(corrected).decode()
    detail = msgspec.json.decode(output["setldetail"], type=list[dict[str, msgspec.Raw]])
    return {"setlinfo": setlinfo, "setldetail": detail}


def _not_settled(call: Call, visit: RegisteredVisit) -> Output:
    """A visit before its settlement: whose it is, where and when; no setl_id, no amount."""
    call.note(call.place("mdtrt_id"), message("这次就诊还没有结算，金额都是 0"))
    care = call.institution_on(visit.opened_on)
    return {
        "setlinfo": {
            "mdtrt_id": to_wire(visit.visit_id),
            **person_fields(call, visit.person_id, visit.opened_on),
            "fixmedins_code": visit.institution_id,
            "fixmedins_name": care.name,
            "med_type": medical_type(visit),
            "begndate": visit.opened_on.isoformat(),
            "enddate": visit.document.get("end") or "",
            "year": str(visit.opened_on.year),
            **operator_fields(visit.document),
        },
        "setldetail": [],
    }


def _pay_place(home: str, care: str) -> str:
    """pay_loc: at the institution, elsewhere in the province, or in another province."""
    if home[:4] == care[:4]:
        return "2"
    return "3" if home[:2] == care[:2] else "4"


@reads("5204")
def fees(call: Call) -> bytes:
    """5204: the lines of a settlement or a visit, settled or not; rows, without a node."""
    row = call.nodes.one()
    settlement_number = row.get("setl_id")
    if row.get("mdtrt_id") is None and settlement_number is not None:
        named = call.service.book.entry(call.person(row), from_wire(settlement_number))
        row["mdtrt_id"] = named.visit_id
    visit = named_visit(call)
    entry = None
    if settlement_number is not None:
        entry = _entry_of_lines(call, visit, from_wire(settlement_number))
    lines = [line for line in visit.lines if entry is None or line.get("settled") == entry]
    rows = [
        _fee(call, visit, line, words)
        for line, words in zip(lines, _split(call, visit, lines), strict=True)
    ]
    return encode_output([shaped_row("5204", row, "data") for row in rows])


def _entry_of_lines(call: Call, visit: RegisteredVisit, number: str) -> str:
    """What the lines of a settlement are named for: what an office corrected it to, if it did."""
    if any(line.get("settled") == number for line in visit.lines):
        return number
    try:
        entry = call.service.book.entry(visit.person_id, number)
    except NotFoundError:
        return number
    return str(call.service.book.current(entry).entry_id)


def _split(call: Call, visit: RegisteredVisit, lines: list[Document]) -> list[Output]:
    if not lines:
        return []
    splitting = splitting_of(call, visit, lines)
    return lines_words(lines, splitting)


def _fee(call: Call, visit: RegisteredVisit, line: Document, words: Output) -> Output:
    listed = terms()["list_type"]
    letter = line["code"][:1].upper()
    raw = line["raw"]
    return {
        **{name: raw.get(name, "") for name in ("sin_dos_dscr", "used_frqu_dscr", "medc_way_dscr")},
        **{name: raw.get(name, "") for name in ("bilg_dept_codg", "bilg_dept_name")},
        **{name: raw.get(name, "") for name in ("bilg_dr_codg", "bilg_dr_name")},
        **words,
        "mdtrt_id": to_wire(visit.visit_id),
        "setl_id": to_wire(line.get("settled") or ""),
        "rx_drord_no": raw.get("rxno") or raw.get("drord_no") or "",
        "med_type": medical_type(visit),
        "fee_ocur_time": raw.get("fee_ocur_time") or "",
        "hilist_code": line["code"],
        "hilist_name": line["name"],
        "list_type": listed.get(letter, listed["X"])["list_type"],
        "med_list_codg": line["code"],
        "medins_list_codg": raw.get("medins_list_codg", ""),
        "medins_list_name": raw.get("medins_list_name") or line["name"],
        **operator_fields(raw),
    }


@reads("5205")
def chronic_drugs(call: Call) -> Output:
    """5205: lines of chronic visits of a person in a range."""
    row = call.nodes.one()
    first, last = asked_range(call)
    med_types = terms()["med_type"]
    registered_visits = visits_of(
        call.service.database,
        person_id=call.person(row),
        institution_id=call.institution,
        first=first,
        last=last,
    )
    chronic = [
        visit
        for visit in registered_visits
        if med_types.get(medical_type(visit), {}).get("kind") == VisitKind.CHRONIC
    ]
    return {
        "feedetail": [
            {
                **_fee(call, visit, line, words),
                "psn_no": to_wire(visit.person_id),
                "fixmedins_code": visit.institution_id,
                "fixmedins_name": call.known_institution().on(visit.opened_on).name,
            }
            for visit in chronic
            for line, words in zip(visit.lines, _split(call, visit, visit.lines), strict=True)
        ]
    }


@reads("5206")
def accumulators(call: Call) -> Output:
    """5206: what a person has used in a year, per fund, deductible and count of stays."""
    row = call.nodes.one()
    _, state, _ = read_person(call.service.database, call.person(row), actor=call.actor)
    asked = row.get("cum_ym") or str(call.today.year)
    if not asked[:4].isdigit():
        raise MessageError(
            message("{asked} 应写成 yyyy 或 yyyyMM", asked=asked), place=call.place("cum_ym")
        )
    year = int(asked[:4])
    words = terms()
    rows: list[Output] = []
    for scheme, kinds in words["scheme"].items():
        if (scheme, year) not in state.accumulators:
            continue
        used = state.year(scheme, year)
        funds = words["fund_pay_type"][scheme]
        pooled = used.outpatient_pooled + used.inpatient_pooled + used.chronic_pooled
        deductible = (
            used.outpatient_deductible + used.inpatient_deductible + used.chronic_deductible
        )
        insutype = kinds["insutype"]
        admissions = state.admissions.get((scheme, year), 0)
        known: list[tuple[str, Any]] = [
            (f"D{funds['pooled']}", amount(pooled)),
            (f"D{funds['pooled']}_BIZ11", amount(used.outpatient_pooled)),
            (f"D{funds['pooled']}_BIZ14", amount(used.chronic_pooled)),
            (f"D{funds['pooled']}_BIZ21", amount(used.inpatient_pooled)),
            (f"D{funds['upper']}", amount(used.upper)),
            (f"D{funds['assistance']}", amount(used.assistance)),
            (f"Q_{insutype}", amount(deductible)),
            (f"Z_{insutype}", amount(used.eligible_own)),
            (f"C_{insutype}_BIZ21", decimal(admissions * 100, 2)),
        ]
        rows += [
            {
                "insutype": insutype,
                "year": str(year),
                "cum_ym": str(year),
                "cum_type_code": code,
                "cum": value,
            }
            for code, value in known
        ]
    return {"cuminfo": rows}
