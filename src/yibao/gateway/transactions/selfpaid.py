"""Visits that people pay by themselves: fees told, compared, and what differs. 4201, 4261-4263.

Each visit has its lines, by their numbers, and a comparison: what the institution says all of it
costs beside what its lines come to.  The comparison follows every change of the lines.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from yibao.database.unit import Unit
from yibao.errors import NotFoundError
from yibao.exchange.files import drop_record, find_record_in, put_record, records, records_under
from yibao.exchange.people import find_by_number
from yibao.exchange.selfpaid import COMPARISON, LINE, VISIT, lines_begin
from yibao.gateway.answers import Output
from yibao.gateway.call import Call
from yibao.gateway.errors import MessageError
from yibao.gateway.fields import terms
from yibao.gateway.message import Row
from yibao.gateway.registry import reads, writes
from yibao.gateway.transactions.asked import page_of
from yibao.gateway.transactions.outpatient import filled_fields
from yibao.gateway.values import yuan
from yibao.insured.people.merged import survivor_of
from yibao.messages import message

_LONGEST_NUMBER = 50
"""Of a visit and of a line: both together name a record."""
_WITHDRAWN = "0"
"""``valiFlag`` of what is taken back."""
_AGREES, _DIFFERS = "0", "1"
_FEES = "fmiOwnpayPatnFeeListDDTO"
_DISEASES = "fmiOwnpayPatnDiseListDDTOS"
_ENDED_WELL = {"code": "0", "type": "success", "message": ""}
"""What this group of transactions answers around its data."""


def _number(call: Call, row: Row, name: str) -> str:
    number = call.need(row, name)
    if len(number) > _LONGEST_NUMBER:
        raise MessageError(
            message("号码过长，最多 {most} 个字符", most=_LONGEST_NUMBER), place=call.place(name)
        )
    return number


def _line(call: Call, row: Row, amount_name: str) -> dict[str, Any]:
    return {**filled_fields(row), "amount": call.fen(row, amount_name)}


def _whose(call: Call, kind: str | None, number: str | None) -> str | None:
    """Whom a certificate is of; None: nobody on record, or none is written."""
    if not number:
        return None
    database = call.service.database
    person = find_by_number(database, terms()["psn_cert_type"].get(kind or "01"), number)
    if person is None:
        return None
    return database.read(lambda unit: survivor_of(unit, person.facts.id))


def _lines_of(unit: Unit, call: Call, visit_number: str) -> dict[str, dict[str, Any]]:
    return records_under(unit, call.institution, LINE, lines_begin(visit_number))


def _put_lines(
    unit: Unit,
    call: Call,
    visit_number: str,
    lines: dict[str, dict[str, Any] | None],
    people: Mapping[str, str | None],
) -> None:
    """Each line by its number in place of the one told before; None takes it back.

    ``people``: whose each line is, by its number.
    """
    for line_number, line in lines.items():
        record_id = lines_begin(visit_number) + line_number
        if line is None:
            drop_record(unit, call.institution, LINE, record_id)
        else:
            person_id = people.get(line_number)
            put_record(unit, call.institution, LINE, record_id, line, call.now, person_id=person_id)
    _compare_again(unit, call, visit_number)


def _compare_again(unit: Unit, call: Call, visit_number: str) -> None:
    """A visit that was compared is compared with its lines as they are now."""
    comparison = find_record_in(unit, call.institution, COMPARISON, visit_number)
    if comparison is not None:
        _compare(unit, call, visit_number, comparison["stated"])


def _compare(unit: Unit, call: Call, visit_number: str, stated: int) -> tuple[int, int]:
    """Keep what is stated beside what the lines come to, in fen: their sum, and how many."""
    lines = _lines_of(unit, call, visit_number)
    told_visit = find_record_in(unit, call.institution, VISIT, visit_number) or {}
    certificates = [told_visit, *lines.values()]
    comparison = {
        "visit": visit_number,
        "stated": stated,
        "summed": sum(line["amount"] for line in lines.values()),
        "certno": next((row["certno"] for row in certificates if row.get("certno")), None),
    }
    put_record(unit, call.institution, COMPARISON, visit_number, comparison, call.now)
    return comparison["summed"], len(lines)


@writes("4201")
def upload(call: Call) -> bytes:
    """4201: lines of visits, each by its number; one that is told again is replaced."""
    rows = call.nodes.many("feedetail")
    if not rows:
        raise MessageError(message("没有费用明细"), place="input.feedetail")
    lines_by_visit: dict[str, dict[str, dict[str, Any] | None]] = {}
    people: dict[str, dict[str, str | None]] = {}
    certificates: dict[tuple[str | None, str | None], str | None] = {}
    for row in rows:
        visit_number = _number(call, row, "mdtrt_sn")
        line_number = _number(call, row, "feedetl_sn")
        line = _line(call, row, "det_item_fee_sumamt")
        lines_by_visit.setdefault(visit_number, {})[line_number] = line
        certificate = (row.get("psn_cert_type"), row.get("certno"))
        if certificate not in certificates:
            certificates[certificate] = _whose(call, *certificate)
        people.setdefault(visit_number, {})[line_number] = certificates[certificate]

    def operation(unit: Unit) -> Output:
        for visit_number, lines in lines_by_visit.items():
            _put_lines(unit, call, visit_number, lines, people[visit_number])
        return {}

    return call.write(call.institution, operation)


@writes("4261")
def upload_visit(call: Call) -> bytes:
    """4261: a visit with diagnoses and lines; ``valiFlag`` 0 takes a line, or all of it, back."""
    row = call.nodes.one("fmiOwnpayPatnMdtrtDDTO")
    visit_number = _number(call, row, "mdtrtId")
    visit = {**filled_fields(row), "diagnoses": call.nodes.many(_DISEASES)}
    lines: dict[str, dict[str, Any] | None] = {}
    for fee in call.nodes.many(_FEES):
        withdrawn = fee.get("valiFlag") == _WITHDRAWN
        line = None if withdrawn else _line(call, fee, "detItemFeeSumamt")
        lines[_number(call, fee, "bkkpSn")] = line

    def withdraw(unit: Unit) -> Output:
        for record_id in _lines_of(unit, call, visit_number):
            drop_record(unit, call.institution, LINE, record_id)
        for kind in (VISIT, COMPARISON):
            drop_record(unit, call.institution, kind, visit_number)
        return {}

    person_id = _whose(call, row.get("psnCertType"), row.get("certno"))

    def operation(unit: Unit) -> Output:
        put_record(
            unit, call.institution, VISIT, visit_number, visit, call.now, person_id=person_id
        )
        _put_lines(unit, call, visit_number, lines, dict.fromkeys(lines, person_id))
        return {}

    is_withdrawn = row.get("valiFlag") == _WITHDRAWN
    return call.write(call.institution, withdraw if is_withdrawn else operation)


@writes("4262")
def compare(call: Call) -> bytes:
    """4262: the total of a visit against its lines; what was said is kept for 4263."""
    row = call.nodes.one()
    visit_number, stated = _number(call, row, "mdtrtId"), call.fen(row, "totalFeeSumamt")

    def operation(unit: Unit) -> Output:
        summed, count = _compare(unit, call, visit_number, stated)
        if not count:
            raise NotFoundError(message("没有上传过就诊 {visit} 的自费明细", visit=visit_number))
        remark = message(
            "写的是 {stated}，已上传 {count} 行，共 {summed}",
            stated=yuan(stated),
            count=count,
            summed=yuan(summed),
        )
        result = _AGREES if stated == summed else _DIFFERS
        return {**_ENDED_WELL, "data": {"stmtResult": result, "stmtRema": str(remark)}}

    return call.write(call.institution, operation)


@reads("4263")
def differing(call: Call) -> Output:
    """4263: visits whose total was said to be another than their lines come to now."""
    row = call.nodes.one()
    visit_number, certificate = row.get("mdtrtId"), row.get("certno")
    differing_visits = [
        {
            "mdtrtId": comparison["visit"],
            "fixmedinsCode": call.institution,
            "totalFeeSumamt": yuan(comparison["stated"]),
            "uploadedFeeSumamt": yuan(comparison["summed"]),
        }
        for comparison in records(call.service.database, call.institution, COMPARISON)
        if comparison["summed"] != comparison["stated"]
        and visit_number in (None, comparison["visit"])
        and certificate in (None, comparison["certno"])
    ]
    page = page_of(row, "pageNum", "pageSize", len(differing_visits))
    shown = differing_visits[page.first : page.end]
    paging = {
        "pageNum": page.number,
        "pageSize": page.size,
        "size": len(shown),
        "startRow": page.first + 1 if shown else 0,
        "endRow": page.first + len(shown),
        "pages": page.pages,
        "recordCounts": len(differing_visits),
        "prePage": page.number - 1,
        "nextPage": page.number + 1 if page.number < page.pages else 0,
    }
    told = {name: str(value) for name, value in paging.items()}
    return {**_ENDED_WELL, "data": {**told, "Data": shown}}
