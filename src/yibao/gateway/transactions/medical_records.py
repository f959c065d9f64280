"""Medical records: checked, kept encrypted, given back to whoever sent them and to nobody else.

4301 outpatients, 4401 the first page of a stay's record, 4402 orders, 4601 transfusions, 4701 the
record of a stay, 4501 and 4502 reports of examinations and laboratories.  Each is known by the
institution's own number; told again it is replaced, with ``vali_flag`` 0 it is taken back.  9102
gives back what stands under a number such as ``4401/YW0001``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec

from yibao.database.unit import Unit
from yibao.errors import NotFoundError
from yibao.exchange.files import drop_record, put_record, records_under
from yibao.gateway.answers import Output
from yibao.gateway.call import Call
from yibao.gateway.errors import MessageError
from yibao.gateway.message import Row
from yibao.gateway.registry import File, writes
from yibao.gateway.transactions.outpatient import filled_fields, require_own
from yibao.gateway.values import day
from yibao.messages import message


class MedicalRecord(NamedTuple):
    """What a transaction keeps, and what it is known by."""

    head: str
    """The node whose rows say whose it is and whether it stands."""
    number: str
    """The field of the head that numbers it."""
    part: tuple[str, ...] = ()
    """Fields that tell the rows of one number apart; empty: a number has one."""


RECORDS: Mapping[str, MedicalRecord] = {
    "4301": MedicalRecord("rgstinfo", "mdtrt_sn"),
    "4401": MedicalRecord("baseinfo", "mdtrt_sn"),
    "4402": MedicalRecord("data", "mdtrt_sn", ("medcas_drord_detl_id", "drord_no")),
    "4501": MedicalRecord("examinfo", "rpotc_no"),
    "4502": MedicalRecord("labinfo", "rpotc_no"),
    "4601": MedicalRecord("data", "mdtrt_sn", ("bld_time", "bld_cat_code")),
    "4701": MedicalRecord("adminfo", "mdtrt_sn"),
}
"""By transaction, which is their kind of record too."""
PRESCRIPTION = "7101"
"""Kept by its own transactions, and given back as these are."""

_WITHDRAWN = "0"
"""``vali_flag`` of what is taken back."""
_LONGEST_NUMBER = 50
_ASKED = re.compile(r"([0-9]{4})/(.+)")
_SPANS = (
    ("adm_date", "dscg_date"),
    ("adm_time", "die_time"),
    ("medc_begntime", "medc_endtime"),
    ("inpool_icu_time", "out_icu_time"),
    ("anst_begntime", "anst_endtime"),
    ("pacu_begntime", "pacu_endtime"),
    ("resc_begntime", "resc_endtime"),
    ("exam_date", "rpt_date"),
)
"""Fields of a row of which the second is never before the first."""
_HAPPENED = frozenset(
    "mdtrt_date rgst_retnr_time adm_date dscg_date exam_date rpt_date bld_time drord_isu_no".split()
)
"""Days of what has happened: none is after today."""


def record_start(number: str) -> str:
    """How the ids of a number's records begin; no other number's do."""
    return f"{len(number)}/{number}/"


def checked_number(call: Call, row: Row, name: str) -> str:
    """A number that names a record: ``MessageError`` where it is too long for that."""
    number = call.need(row, name)
    if len(number) > _LONGEST_NUMBER:
        raise MessageError(
            message("号码过长，最多 {most} 个字符", most=_LONGEST_NUMBER), place=call.place(name)
        )
    return number


@writes(*RECORDS)
def keep(call: Call) -> bytes:
    """4301, 4401, 4402, 4501, 4502, 4601, 4701."""
    known = RECORDS[call.infno]
    heads = call.nodes.many(known.head)
    if not heads:
        raise MessageError(message("没有内容，请至少写一行"), place=f"input.{known.head}")
    _check_days(call)
    rest = {
        node.name: [
            filled_fields(row)
            for row in call.nodes.many(node.name)
            if row.get("vali_flag") != _WITHDRAWN
        ]
        for node in call.nodes.transaction.input
        if node.name != known.head
    }
    people: set[str] = set()
    records: dict[str, tuple[str | None, dict[str, Any] | None]] = {}
    """By id: of whom, and what stands; None: nothing any more."""
    for row in heads:
        number = checked_number(call, row, known.number)
        part = "/".join(row.get(name) or "" for name in known.part)[:_LONGEST_NUMBER]
        person_id = _whose(call, row)
        people |= {person_id} if person_id is not None else set()
        standing = {known.head: filled_fields(row), **rest, **call.operator}
        withdrawn = row.get("vali_flag") == _WITHDRAWN
        records[record_start(number) + part] = (person_id, None if withdrawn else standing)

    def operation(unit: Unit) -> Output:
        for record_id, (person_id, standing) in records.items():
            if standing is None:
                drop_record(unit, call.institution, call.infno, record_id)
                continue
            put_record(
                unit,
                call.institution,
                call.infno,
                record_id,
                standing,
                call.now,
                person_id=person_id,
            )
        return {}

    return call.write(min(people, default=call.institution), operation)


def _whose(call: Call, row: Row) -> str | None:
    """The insured person of a record, known and treated here; None of one who pays alone."""
    if row.get("psn_no") is None:
        if row.get("mdtrt_id") is not None:
            call.note(call.place("psn_no"), message("没有写，就诊没有核对，按自费病人存"))
        return None
    person_id = call.person(row)
    call.known(person_id)
    if row.get("mdtrt_id") is not None:
        require_own(call, call.visit(row))
    told_name, name = row.get("psn_name") or row.get("name"), call.name_of(person_id).name
    if told_name is not None and told_name != name:
        call.note(call.place("psn_name"), message("与登记的姓名不同，照存"))
    return person_id


def _check_days(call: Call) -> None:
    """Nothing ends before it begins, and nothing told has yet to happen."""
    for node in call.nodes.transaction.input:
        dated = {name for name, field in node.fields.items() if field.type in ("date", "datetime")}
        spans = [span for span in _SPANS if dated.issuperset(span)]
        for row in call.nodes.many(node.name):
            for name in sorted(_HAPPENED & dated):
                text = row.get(name)
                if text is not None:
                    call.require_past(day(text, call.place(name)), name)
            for first_name, last_name in spans:
                first, last = row.get(first_name), row.get(last_name)
                if first is None or last is None:
                    continue
                place = call.place(last_name, node.name)
                if day(last, place) < day(first, place):
                    raise MessageError(
                        message("早于 {first}（{first_name}），请核对", first=first[:10],
                                first_name=node.fields[first_name].zh),
                        place=place,
                    )  # fmt: skip


# --- given back ----------------------------------------------------------------------------------


def is_record(number: str) -> bool:
    """Whether a file number of 9102 asks for records."""
    asked = _ASKED.fullmatch(number)
    return asked is not None and (asked[1] in RECORDS or asked[1] == PRESCRIPTION)


def record_file(call: Call, number: str) -> File:
    """9102 of records: what the sender itself told under a number, as JSON."""
    infno, own_number = number.split("/", 1)
    stored = call.service.database.read(
        lambda unit: records_under(unit, call.institution, infno, record_start(own_number))
    )
    if not stored:
        raise NotFoundError(
            message("没有本机构用 {infno} 上传的 {number}", infno=infno, number=own_number)
        )
    content = msgspec.json.encode(
        {"infno": infno, "number": own_number, "records": list(stored.values())}
    )
    return File(f"{infno}.json", content)
