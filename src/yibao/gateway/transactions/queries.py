"""Queries: visits, diagnoses, settlements, fees, accumulators, filings. 5101-5304."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

import msgspec

from yibao.access.permissions import require
from yibao.benefit.people import home_enrolment
from yibao.care.operations import read_person
from yibao.exchange.files import records
from yibao.exchange.reading import filing_rows
from yibao.exchange.visits import Document, RegisteredVisit, visits_of
from yibao.gateway.answers import Output, amount, decimal
from yibao.gateway.call import Call
from yibao.gateway.errors import MessageError
from yibao.gateway.fields import terms
from yibao.gateway.identifiers import from_wire, to_wire
from yibao.gateway.lines import lines_words
from yibao.gateway.registry import reads
from yibao.gateway.shaping import shaped_row
from yibao.gateway.transactions.filings import REFERRED
from yibao.gateway.transactions.outpatient import require_own, splitting_of
from yibao.gateway.transactions.people import person_words
from yibao.gateway.values import ZONE, instant_text
from yibao.policy.kinds import FilingKind, VisitKind

_LONG_AGO = datetime.date(2000, 1, 1)


def _range(call: Call) -> tuple[datetime.date, datetime.date]:
    """Both days included; the end is today where it is empty."""
    row = call.nodes.one()
    first = call.day(row, "begntime", _LONG_AGO)
    last = call.day(row, "endtime", call.today) if row.get("endtime") else call.today
    if last < first:
        raise MessageError("早于开始时间，请核对", place=call.place("endtime"))
    return first, last


def _night(on: datetime.date) -> str:
    return instant_text(datetime.datetime.combine(on, datetime.time(), ZONE))


def _who(call: Call, person_id: str, on: datetime.date) -> Output:
    facts = call.known(person_id).facts
    known = call.name_of(person_id)
    return {
        "psn_no": to_wire(person_id),
        "psn_cert_type": "01",
        "certno": known.number,
        "psn_name": known.name,
        **person_words(facts, home_enrolment(facts, on), on),
    }


def _medical(visit: RegisteredVisit) -> str:
    return str(visit.document.get("med_type") or ("21" if visit.stay else "11"))


# --- visits --------------------------------------------------------------------------------------


@reads("5201")
def visits(call: Call) -> Output:
    """5201: visits of a person at the sender that began in a range."""
    row = call.nodes.one()
    first, last = _range(call)
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
            and (kind is None or kind == _medical(visit))
        ]
    }


def _as_output(call: Call, document: Mapping[str, Any]) -> Output:
    """What an institution told, as far as this answer has fields for it, in their order."""
    fields = call.nodes.transaction.output[0].fields
    return {name: document[name] for name in fields if isinstance(document.get(name), str)}


def _visit(call: Call, visit: RegisteredVisit) -> Output:
    told_fields, document = _as_output(call, visit.document), visit.document
    end = visit.document.get("end")
    last = datetime.date.fromisoformat(end) if end else None if visit.stay else visit.opened_on
    return {
        **told_fields,
        **_who(call, visit.person_id, visit.opened_on),
        "mdtrt_id": to_wire(visit.visit_id),
        "begntime": _night(visit.opened_on),
        "endtime": "" if last is None else _night(last),
        "med_type": _medical(visit),
        "ipt_otp_no": document.get("ipt_otp_no") or document.get("ipt_no") or "",
        "inhosp_stas": "1" if visit.stay and end is None else "0",
        "ipt_days": 0 if last is None or not visit.stay else (last - visit.opened_on).days,
    }


@reads("5202")
def diagnoses(call: Call) -> Output:
    """5202."""
    visit = _own(call)
    return {
        "diseinfo": [
            {
                **_as_output(call, diagnosis),
                "diag_info_id": f"{to_wire(visit.visit_id)}-{number}",
                "mdtrt_id": to_wire(visit.visit_id),
                "psn_no": to_wire(visit.person_id),
                "inout_diag_type": diagnosis.get("inout_diag_type") or "1",
                "maindiag_flag": diagnosis.get("maindiag_flag") or ("1" if number == 1 else "0"),
            }
            for number, diagnosis in enumerate(visit.document.get("diagnoses", []), 1)
        ]
    }


def _own(call: Call) -> RegisteredVisit:
    row = call.nodes.one()
    visit = call.visit(row)
    require_own(call, visit)
    return visit


@reads("5303")
def in_hospital(call: Call) -> Output:
    """5303: stays at the sender that have not ended."""
    row = call.nodes.one()
    first, last = _range(call)
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
            and not visit.settled
        ]
    }


# --- settlements ---------------------------------------------------------------------------------


@reads("5203")
def settlement(call: Call) -> Output:
    """5203: a settlement or reversal as it was answered, under the names of this query too."""
    row = call.nodes.one()
    book = call.service.book
    entry = book.entry(call.person(row), from_wire(call.need(row, "setl_id")))
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
    detail = msgspec.json.decode(output["setldetail"], type=list[dict[str, msgspec.Raw]])
    return {"setlinfo": setlinfo, "setldetail": detail}


def _pay_place(home: str, care: str) -> str:
    """pay_loc: at the institution, elsewhere in the province, or in another province."""
    if home[:4] == care[:4]:
        return "2"
    return "3" if home[:2] == care[:2] else "4"


@reads("5204")
def fees(call: Call) -> Output:
    """5204: the lines of a settlement or a visit."""
    row = call.nodes.one()
    visit = _own(call)
    settlement_number = row.get("setl_id")
    entry = None if settlement_number is None else from_wire(settlement_number)
    lines = [line for line in visit.lines if entry is None or line.get("settled") == entry]
    rows = [
        _fee(call, visit, line, words)
        for line, words in zip(lines, _split(call, visit, lines), strict=True)
    ]
    rows = [shaped_row("5204", row, "data") for row in rows]
    # Editions read an object without a node, the node fymx, or a list: this serves two of them.
    return {**(rows[0] if rows else {}), "data": rows, "fymx": rows}


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
        "med_type": _medical(visit),
        "fee_ocur_time": raw.get("fee_ocur_time") or "",
        "hilist_code": line["code"],
        "hilist_name": line["name"],
        "list_type": listed.get(letter, listed["X"])["list_type"],
        "med_list_codg": line["code"],
        "medins_list_codg": raw.get("medins_list_codg", ""),
        "medins_list_name": raw.get("medins_list_name") or line["name"],
    }


@reads("5205")
def chronic_drugs(call: Call) -> Output:
    """5205: lines of chronic visits of a person in a range."""
    row = call.nodes.one()
    first, last = _range(call)
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
        if med_types.get(_medical(visit), {}).get("kind") == VisitKind.CHRONIC
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
        raise MessageError(f"{asked} 应写成 yyyy 或 yyyyMM", place=call.place("cum_ym"))
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


# --- filings -------------------------------------------------------------------------------------


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
    asked = (row.get("biz_appy_type") or "").zfill(2)
    kind = terms()["biz_appy_type"].get(asked)
    if kind is None:
        places = records(call.service.database, call.institution, "2505", person_id)
        return {
            "psnfixmedin": [
                {**_as_output(call, place), "trt_dcla_detl_sn": place["trt_dcla_detl_sn"]}
                for place in places
                if (place.get("biz_appy_type") or "") == asked
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
    first, last = _range(call)
    call.shown(person_id)
    who = _who(call, person_id, call.today)
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
                return _as_output(call, referral)
    return {}


@reads("5101", "5102")
def staff(call: Call) -> Output:
    """5101 and 5102: departments and practitioners that were told to the platform."""
    return {"feedetail": list(records(call.service.database, call.institution, call.infno))}
