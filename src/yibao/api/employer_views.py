"""What programs see of employers: schemas, examples, and rows as JSON."""

from __future__ import annotations

from typing import Any

from yibao.api.records import path_parameter
from yibao.api.schemas import DAY, TEXT, WHOLE, items, named, optional
from yibao.api.serving import Json
from yibao.employers.states import (
    ChangeKind,
    DueKind,
    DueState,
    EmployerKind,
    EmployerState,
    MonthState,
)
from yibao.inquiry import errands
from yibao.inquiry.fact_fields import choices, field_of
from yibao.inquiry.fields import Input, Rows
from yibao.messages import message

CODE = "91140100MA0K1YX082"
EXAMPLE_BILL = "0198c1a2b3c400000000000000000f10"
EMPLOYER = path_parameter("employer", "统一社会信用代码。", CODE)
BILL_ID = path_parameter("bill", "账单编号。", EXAMPLE_BILL)
_MOST_LINES = 200
LINES = Rows(
    "lines",
    message("有变动的人；没有写的人照旧"),
    message("第 {number} 行"),
    (
        field_of(errands.STAFF_NUMBER),
        field_of(errands.STAFF_NAME),
        field_of(errands.STAFF_CHANGE, choices=choices(tuple(ChangeKind), errands.CHANGE_WORDS)),
        field_of(errands.STAFF_BASE),
        field_of(errands.STAFF_REASON),
    ),
    most=_MOST_LINES,
    key="number",
)
DECLARATION: tuple[Input, ...] = (field_of(errands.DECLARED_MONTH), LINES)
DECLARATION_EXAMPLE: Json = {
    "month": "2026-03",
    "lines": [
        {"number": "11010519491231002X", "name": "某某某", "change": ChangeKind.ADD, "base": "6000"}
    ],
}
REGISTERED = {"employer": TEXT, "name": TEXT, "kind": optional(TEXT)}
REGISTERED_EXAMPLE: Json = {"employer": CODE, "name": "某公司", "kind": EmployerKind.ENTERPRISE}
CHANGED_EXAMPLE: Json = {"name": "某公司", "kind": EmployerKind.ENTERPRISE}
LISTED = {"employer": TEXT, "name": TEXT, "area": TEXT, "state": TEXT, "credit_fen": WHOLE}
LISTED_EXAMPLE: Json = {
    "employer": CODE,
    "name": "某公司",
    "area": "000000",
    "state": EmployerState.ACTIVE,
    "credit_fen": 0,
}
SHOWN_BILL = {
    "bill": TEXT,
    "month": WHOLE,
    "kind": TEXT,
    "state": TEXT,
    "due_on": DAY,
    "due_fen": WHOLE,
    "set_off_fen": WHOLE,
    "late_fee_fen": WHOLE,
    "paid_on": optional(DAY),
    "today_fen": optional(WHOLE),
}
BILL_EXAMPLE: Json = {
    "bill": EXAMPLE_BILL,
    "month": 202603,
    "kind": DueKind.MONTH,
    "state": DueState.OPEN,
    "due_on": "2026-04-15",
    "due_fen": 54000,
    "set_off_fen": 0,
    "late_fee_fen": 0,
    "paid_on": None,
    "today_fen": 54000,
}
PRICED = {
    "employer": TEXT,
    "month": WHOLE,
    "state": TEXT,
    "due_on": DAY,
    "people": WHOLE,
    "base_fen": WHOLE,
    "due_fen": WHOLE,
    "parts_fen": {"type": "object", "additionalProperties": WHOLE},
    "left_out": items(named(person=TEXT, reason=TEXT)),
    "new_staff": WHOLE,
    "asked": WHOLE,
    "newcomers": items(named(line=WHOLE, name=TEXT, number=TEXT, way=TEXT)),
    "moved": items(named(line=WHOLE, name=TEXT, area=TEXT, scheme=TEXT, last_day=DAY)),
}
"""``new_staff``, ``asked``: how many of the new staff nobody had on record; who they are, and
whose other cover ends, a preview alone says."""
PRICED_EXAMPLE: Json = {
    "employer": CODE,
    "month": 202603,
    "state": MonthState.DECLARED,
    "due_on": "2026-04-15",
    "people": 1,
    "base_fen": 600000,
    "due_fen": 54000,
    "parts_fen": {"employer": 42000, "individual": 12000},
    "left_out": [],
    "new_staff": 0,
    "asked": 0,
    "newcomers": [],
    "moved": [],
}


def listed(row: Any) -> Json:
    """An employer in a list."""
    return {
        "employer": row.employer_id,
        "name": row.name,
        "area": row.area,
        "state": row.state,
        "credit_fen": row.credit,
    }


def shown_bill(bill: Any) -> Json:
    """A bill, with what it costs today."""
    row, today = bill.row, bill.today
    return {
        "bill": row.bill_id,
        "month": row.month,
        "kind": row.kind,
        "state": row.state,
        "due_on": row.due_on,
        "due_fen": row.due,
        "set_off_fen": row.set_off,
        "late_fee_fen": row.late_fee,
        "paid_on": row.paid_on,
        "today_fen": None if today is None else today.total,
    }
