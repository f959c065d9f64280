"""Reports of examinations and laboratories that other institutions may rely on. 5401, 5402.

What 4501 and 4502 told of a person is shown to the institution that told it, and to those where
the person is or was treated; that somebody looked stands in the person's trail.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from yibao.errors import NotFoundError
from yibao.exchange.files import records_of_person
from yibao.exchange.visits import visits_of
from yibao.gateway.answers import Output
from yibao.gateway.call import Call
from yibao.gateway.identifiers import to_wire
from yibao.gateway.message import Row
from yibao.gateway.registry import reads
from yibao.gateway.transactions.medical_records import RECORDS
from yibao.gateway.values import day
from yibao.messages import message

_KINDS = ("4501", "4502")
_LONG_AGO = datetime.date(2000, 1, 1)


class _Report(NamedTuple):
    """A report and who told it."""

    institution: str
    head: Mapping[str, str]
    items: Sequence[Mapping[str, str]]


def _shown_reports(call: Call, row: Row) -> list[_Report]:
    """The reports on a person that the sender may see, by their day."""
    person_id = call.person(row)
    call.shown(person_id)
    visits = visits_of(
        call.service.database,
        person_id=person_id,
        institution_id=call.institution,
        first=_LONG_AGO,
        last=call.today,
    )
    treated = any(visit.document["status"] == "open" for visit in visits)
    stored = records_of_person(call.service.database, person_id, _KINDS)
    if not treated and any(institution != call.institution for institution, _, _ in stored):
        call.note(
            call.place("psn_no"), message("这个人没有在本机构登记过就诊，只答本机构自己的报告")
        )
    reports = [
        _Report(institution, document[RECORDS[kind].head], document.get("iteminfo", []))
        for institution, kind, document in stored
        if treated or institution == call.institution
    ]
    return sorted(reports, key=lambda report: (_report_day(report), report.head["rpotc_no"]))


def _report_day(report: _Report) -> str:
    text = report.head.get("rpt_date")
    return "" if text is None else day(text, "rpt_date").isoformat()


def _fields(call: Call, report: _Report, row: Row) -> Output:
    """What both queries answer of a report."""
    head = report.head
    return {
        "psn_no": to_wire(call.person(row)),
        "rpotc_no": head["rpotc_no"],
        "rpt_date": _report_day(report),
        "rpotc_type_code": head.get("rpotc_type_code", ""),
        "fixmedins_code": report.institution,
        "exam_rpotc_name": head.get("exam_rpotc_name") or head.get("exam_item_name", ""),
        "exam_rslt_poit_flag": head.get("exam_rslt_poit_flag", ""),
        "exam_rslt_abn": _abnormal(report),
        "exam_ccls": head.get("exam_ccls", ""),
    }


def _abnormal(report: _Report) -> str:
    """The flag of the report; of a laboratory's, that of the first line that has one set."""
    told = report.head.get("exam_rslt_abn")
    flags = [item["exam_rslt_abn"] for item in report.items if item.get("exam_rslt_abn")]
    return told or next((flag for flag in flags if flag != "0"), flags[0] if flags else "")


def _performer(report: _Report) -> tuple[str, str]:
    """Code and name of the institution that examined."""
    head = report.head
    code = head.get("exam_org_code") or report.institution
    return code, head.get("exe_org_name") or head.get("exam_org_name", "")


def _is_asked_for(report: _Report, row: Row) -> bool:
    code, name = _performer(report)
    if row.get("exam_org_code") not in (None, code, report.institution):
        return False
    if row.get("exam_org_name") not in (None, name):
        return False
    rows = [report.head, *report.items]
    return all(
        row.get(field) is None or any(part.get(field) == row[field] for part in rows)
        for field in ("exam_item_code", "exam_item_name")
    )


@reads("5401")
def recognised(call: Call) -> Output:
    """5401: the reports on a person that spare another examination."""
    row = call.nodes.one()
    return {
        "bilgiteminfo": [
            {**_fields(call, report, row), "exe_org_name": _performer(report)[1]}
            for report in _shown_reports(call, row)
            if _is_asked_for(report, row)
        ]
    }


@reads("5402")
def details(call: Call) -> Output:
    """5402: a report, a row for each of its lines, which carries what is said of all of it too."""
    row = call.nodes.one()
    number = call.need(row, "rpotc_no")
    reports = [
        report
        for report in _shown_reports(call, row)
        if report.head["rpotc_no"] == number
        and row.get("fixmedins_code") in (None, report.institution)
    ]
    if not reports:
        raise NotFoundError(
            message("没有本机构可以看的报告 {number}，请核对 psn_no 和 rpotc_no", number=number)
        )
    return {
        "rptdetailinfo": [
            {**_fields(call, report, row), **_line_fields(report, item)}
            for report in reports
            for item in (report.items or [{}])
        ]
    }


_LINE_FIELDS = "exam_mtd ref_val exam_unt exam_rslt_val exam_item_detl_code exam_item_detl_name"


def _line_fields(report: _Report, item: Mapping[str, Any]) -> Output:
    """What one line of a report says, and who signed for it."""
    head = report.head
    doctor = head.get("rpot_doc") or head.get("bilg_dr_name", "")
    line = {name: item[name] for name in _LINE_FIELDS.split() if item.get(name)}
    for name in ("exam_item_code", "exam_item_name"):
        line[name] = item.get(name) or head.get(name, "")
    line |= {"bilgDrName": doctor, "rpot_doc": doctor}
    line["exam_rslt_qual"] = item.get("exam_rslt_dicm") or ""
    if item.get("exam_rslt_abn"):
        line["exam_rslt_abn"] = item["exam_rslt_abn"]
    return line
