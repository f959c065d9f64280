"""Departments of an institution: told, changed, taken back, and read by 5101. 3401-3403."""

from __future__ import annotations

from yibao.database.unit import Unit
from yibao.errors import NotFoundError
from yibao.exchange.files import drop_record, find_record, put_record
from yibao.gateway.answers import Output
from yibao.gateway.call import Call
from yibao.gateway.errors import MessageError
from yibao.gateway.message import Row
from yibao.gateway.registry import writes
from yibao.gateway.transactions.outpatient import filled_fields
from yibao.gateway.values import day
from yibao.messages import message

DEPARTMENT = "5101"
"""Kind of record: the transaction that reads them."""


def _check_days(call: Call, row: Row) -> None:
    begin, end = row.get("begntime"), row.get("endtime")
    place = call.place("endtime")
    if begin is None or end is None:
        return
    if day(end, place) < day(begin, call.place("begntime")):
        raise MessageError(message("早于开始时间，请核对"), place=place)


@writes("3401", "3401A")
def upload(call: Call) -> bytes:
    """3401 and 3401A: one department or several; one that is known is replaced, and noted."""
    rows = call.nodes.many("deptinfo")
    if not rows:
        raise MessageError(message("没有科室，请至少上传一个"), place="input.deptinfo")
    departments = {call.need(row, "hosp_dept_codg"): filled_fields(row) for row in rows}
    for row in rows:
        _check_days(call, row)
    for number in departments:
        if find_record(call.service.database, call.institution, DEPARTMENT, number) is not None:
            call.note(
                call.place("hosp_dept_codg"),
                message("科室 {number} 登记过，按这次写的替换；变更请用 3402", number=number),
            )

    def operation(unit: Unit) -> Output:
        for number, department in departments.items():
            put_record(unit, call.institution, DEPARTMENT, number, department, call.now)
        return {}

    return call.write(call.institution, operation)


@writes("3402")
def change(call: Call) -> bytes:
    """3402: what is told now replaces what was told; the rest stays."""
    row = call.nodes.one()
    number = call.need(row, "hosp_dept_codg")
    _check_days(call, row)
    known = find_record(call.service.database, call.institution, DEPARTMENT, number)
    if known is None:
        raise _unknown(number)
    department = {**known, **filled_fields(row)}

    def operation(unit: Unit) -> Output:
        put_record(unit, call.institution, DEPARTMENT, number, department, call.now)
        return {}

    return call.write(call.institution, operation)


@writes("3403")
def withdraw(call: Call) -> bytes:
    """3403."""
    number = call.need(call.nodes.one(), "hosp_dept_codg")

    def operation(unit: Unit) -> Output:
        if not drop_record(unit, call.institution, DEPARTMENT, number):
            raise _unknown(number)
        return {}

    return call.write(call.institution, operation)


def _unknown(number: str) -> NotFoundError:
    return NotFoundError(message("没有登记过科室 {number}，请先用 3401 上传", number=number))
