"""Employers over the API: their roster, declarations after a preview, bills and money."""

from __future__ import annotations

from collections.abc import Iterator

from starlette.requests import Request

from yibao.access.permissions import Actor
from yibao.api import employer_views as views
from yibao.api.acting import RecordCall, RecordService
from yibao.api.schemas import DAY, TEXT, WHOLE, items, named, optional
from yibao.api.serving import Json, Operation
from yibao.api.writes import OfficePart, identifier
from yibao.database.instants import civil_day
from yibao.employers import operations as employers
from yibao.employers.kinds import kind_in
from yibao.employers.lines import DeclaredLine, line_of
from yibao.employers.months import month_of
from yibao.employers.reading import bill_page, employer_page, employers_of, roster_page
from yibao.employers.states import EmployerKind, EmployerState, MoneyState, MonthState
from yibao.errors import InputError
from yibao.inquiry import errands
from yibao.inquiry.calculators.base import area_choices
from yibao.inquiry.employer_forms import EMPLOYER_CHANGE, employer_registration
from yibao.inquiry.fact_fields import field_of
from yibao.insured.states import OrderStatus
from yibao.messages import message

TAG = "用人单位"
_PATH = "/employers"


def employing(service: RecordService) -> Iterator[Operation]:
    """The own employer for its login, those of the area for the office."""
    every = OfficePart(service, TAG, _PATH, "read_employer")
    single = OfficePart(service, TAG, f"{_PATH}/{{employer}}", "read_employer", (views.EMPLOYER,))
    yield every.reads(
        "listEmployers",
        "",
        "用人单位：本统筹区的，或者自己的单位",
        _list,
        named(rows=items(named(**views.LISTED)), next_cursor=optional(TEXT)),
        {"rows": [views.LISTED_EXAMPLE], "next_cursor": None},
    )
    yield every.writes(
        "registerEmployer",
        "",
        "登记一个用人单位",
        "register_employer",
        employer_registration(service.library),
        {
            "code": views.CODE,
            "area": area_choices(service.library)[0].code,
            **views.CHANGED_EXAMPLE,
        },
        lambda call: _register(service, call),
        named(employer=TEXT, state=TEXT),
        {"employer": views.CODE, "state": EmployerState.REGISTERED},
    )
    yield single.writes(
        "changeEmployer",
        "/changes",
        "变更登记：名称、性质、地址、账户；没有写的变成空的",
        "register_employer",
        EMPLOYER_CHANGE,
        views.CHANGED_EXAMPLE,
        _change,
        named(**views.REGISTERED),
        views.REGISTERED_EXAMPLE,
    )
    yield single.reads(
        "readEmployer",
        "",
        "一个单位：性质、申报、账单、现在申报哪个月",
        _page,
        named(
            **views.LISTED,
            kind=optional(TEXT),
            open_month=optional(WHOLE),
            months=items(named(month=WHOLE, state=TEXT, due_on=DAY)),
            bills=items(named(**views.SHOWN_BILL)),
        ),
        {
            **views.LISTED_EXAMPLE,
            "kind": EmployerKind.ENTERPRISE,
            "open_month": 202603,
            "months": [{"month": 202603, "state": MonthState.BILLED, "due_on": "2026-04-15"}],
            "bills": [views.BILL_EXAMPLE],
        },
    )
    yield single.reads(
        "readRoster",
        "/roster",
        "现在的名册：姓名、遮着的证件号、基数；没有就医",
        _roster,
        named(
            month=WHOLE,
            rows=items(
                named(person=TEXT, name=TEXT, number=TEXT, first_month=WHOLE, base_fen=WHOLE)
            ),
        ),
        {
            "month": 202603,
            "rows": [
                {
                    "person": "0198c1a2b3c4000000000000000000a1",
                    "name": "某某某",
                    "number": "110***********002X",
                    "first_month": 202603,
                    "base_fen": 600000,
                }
            ],
        },
    )
    yield single.reads(
        "readEmployerBill",
        "/bills/{bill}",
        "一张账单，逐人逐项",
        _bill,
        named(
            **views.SHOWN_BILL,
            lines=items(
                named(
                    person=optional(TEXT),
                    month=WHOLE,
                    base_fen=optional(WHOLE),
                    parts_fen={"type": "object", "additionalProperties": WHOLE},
                )
            ),
        ),
        {
            **views.BILL_EXAMPLE,
            "lines": [
                {
                    "person": "0198c1a2b3c4000000000000000000a1",
                    "month": 202603,
                    "base_fen": 600000,
                    "parts_fen": {"employer": 42000, "individual": 12000},
                }
            ],
        },
        views.BILL_ID,
    )
    yield single.writes(
        "previewDeclaration",
        "/previews",
        "申报以前先看要缴多少；什么也不写入，有错的行逐行说明",
        "declare",
        views.DECLARATION,
        views.DECLARATION_EXAMPLE,
        lambda call: _priced(
            employers.preview(
                call.database, service.library, _declared(call), actor=call.actor, at=call.at
            )
        ),
        named(**views.PRICED),
        views.PRICED_EXAMPLE,
    )
    yield single.writes(
        "declareMonth",
        "/declarations",
        "申报一个月：增员、减员、基数",
        "declare",
        views.DECLARATION,
        views.DECLARATION_EXAMPLE,
        lambda call: _priced(
            employers.declare(
                call.database,
                service.library,
                call.key,
                _declared(call),
                actor=call.actor,
                at=call.at,
            )
        ),
        named(**views.PRICED),
        views.PRICED_EXAMPLE,
    )
    yield single.writes(
        "billMonth",
        "/bills",
        "给申报过的一个月出账",
        "declare",
        (field_of(errands.DECLARED_MONTH),),
        {"month": "2026-03"},
        lambda call: _billed(service, call),
        named(bill=TEXT, due_fen=WHOLE, set_off_fen=WHOLE, due_on=DAY),
        {"bill": views.EXAMPLE_BILL, "due_fen": 54000, "set_off_fen": 0, "due_on": "2026-04-15"},
    )
    yield single.writes(
        "payEmployerBill",
        "/payments",
        "通过缴费渠道缴一张账单，逾期的带滞纳金",
        "order_for_staff",
        (identifier("bill", message("账单编号")), field_of(errands.CHANNEL, kind="id")),
        {"bill": views.EXAMPLE_BILL, "channel": "tax_platform"},
        lambda call: _pay(service, call),
        named(order=TEXT, status=TEXT, amount_fen=WHOLE, reason=TEXT),
        {
            "order": "0198c1a2b3c400000000000000000f20",
            "status": OrderStatus.POSTED,
            "amount_fen": 54000,
            "reason": "",
        },
    )
    yield single.writes(
        "bookMoney",
        "/money",
        "登记一笔到账：凭条、转账、刷卡",
        "book_money",
        (
            identifier("bill", message("账单编号")),
            field_of(errands.CHANNEL, kind="id"),
            field_of(errands.SLIP_NUMBER, kind="prose"),
            field_of(errands.CAME_AMOUNT),
            field_of(errands.CAME_ON),
        ),
        {
            "bill": views.EXAMPLE_BILL,
            "channel": "bank",
            "reference": "B202603100001",
            "amount": "540.00",
            "paid_on": "2026-03-10",
        },
        lambda call: _book(service, call),
        named(state=TEXT, reason=TEXT, credit_fen=WHOLE),
        {"state": MoneyState.POSTED, "reason": "", "credit_fen": 0},
    )


def _list(service: RecordService, actor: Actor, request: Request) -> Json:
    rows = employers_of(service.database, actor)
    return {"rows": [views.listed(row) for row in rows], "next_cursor": None}


def _details(call: RecordCall) -> employers.EmployerDetails:
    values = call.values
    return employers.EmployerDetails(
        address=values["address"] or "",
        representative=values["representative"] or "",
        telephone=values["telephone"] or "",
        bank=values["bank"] or "",
        account=values["bank_account"] or "",
        kind=kind_in(values["kind"] or ""),
    )


def _register(service: RecordService, call: RecordCall) -> Json:
    return employers.register_employer(
        call.database,
        service.library,
        call.key,
        call.values["code"],
        call.values["name"],
        call.values["area"],
        _details(call),
        civil_day(call.at),
        actor=call.actor,
    )


def _change(call: RecordCall) -> Json:
    employer_id = call.path["employer"]
    return employers.change_employer(
        call.database,
        call.key,
        employer_id,
        call.values["name"],
        _details(call),
        actor=call.actor,
    )


def _page(service: RecordService, actor: Actor, request: Request) -> Json:
    code, day = request.path_params["employer"], civil_day(service.clock())
    page = employer_page(service.database, service.library, actor, code, day)
    return {
        **views.listed(page.listed),
        "kind": page.details.kind,
        "open_month": page.open_month,
        "months": [
            {"month": row.month, "state": row.state, "due_on": row.due_on} for row in page.months
        ],
        "bills": [views.shown_bill(bill) for bill in page.bills],
    }


def _roster(service: RecordService, actor: Actor, request: Request) -> Json:
    month = month_of(civil_day(service.clock()))
    members = roster_page(service.database, actor, request.path_params["employer"], month)
    rows = [
        {
            "person": member.person_id,
            "name": member.name,
            "number": member.number,
            "first_month": member.first_month,
            "base_fen": member.base,
        }
        for member in members
    ]
    return {"month": month, "rows": rows}


def _bill(service: RecordService, actor: Actor, request: Request) -> Json:
    code, bill_id = request.path_params["employer"], request.path_params["bill"]
    day = civil_day(service.clock())
    page = bill_page(service.database, service.library, actor, code, bill_id, day)
    return {
        **views.shown_bill(page.bill),
        "lines": [
            {"person": who, "month": month, "base_fen": base, "parts_fen": sums}
            for who, month, base, sums in page.rows
        ],
    }


def _declared(call: RecordCall) -> employers.DeclaredMonth:
    lines: list[DeclaredLine] = []
    for number, row in enumerate(call.values.get("lines") or (), 1):
        base = row["base"]
        cells = {
            "number": row["number"],
            "name": row["name"],
            "change": row["change"],
            "base": "" if base is None else f"{base // 100}.{base % 100:02}",
            "reason": row["reason"] or "",
        }
        lines.append(line_of(number, cells))
    return employers.DeclaredMonth(call.path["employer"], call.values["month"], tuple(lines))


def _priced(answer: Json) -> Json:
    plain = ("employer", "month", "state", "due_on", "people", "left_out", "new_staff", "asked")
    return {
        **{name: answer[name] for name in plain},
        **{name: answer.get(name, []) for name in ("newcomers", "moved")},
        "base_fen": answer["base"],
        "due_fen": answer["due"],
        "parts_fen": answer["parts"],
    }


def _billed(service: RecordService, call: RecordCall) -> Json:
    answer = employers.bill_month(
        call.database,
        service.library,
        call.key,
        call.path["employer"],
        call.values["month"],
        actor=call.actor,
        at=call.at,
    )
    return {
        "bill": answer["bill"],
        "due_fen": answer["due"],
        "set_off_fen": answer["set_off"],
        "due_on": answer["due_on"],
    }


def _pay(service: RecordService, call: RecordCall) -> Json:
    channel = service.channels.get(call.values["channel"])
    if channel is None:
        raise InputError(message("请选一个缴费渠道"), place="channel")
    answer = employers.pay_bill(
        call.database,
        service.library,
        channel,
        call.key,
        call.path["employer"],
        call.values["bill"],
        actor=call.actor,
        at=call.at,
    )
    return {
        "order": answer["order"],
        "status": answer["status"],
        "amount_fen": answer["amount"],
        "reason": answer["reason"],
    }


def _book(service: RecordService, call: RecordCall) -> Json:
    values = call.values
    money = employers.EmployerMoney(
        values["channel"], values["reference"], values["amount"], values["paid_on"]
    )
    answer = employers.book_money(
        call.database,
        service.library,
        call.key,
        call.path["employer"],
        values["bill"],
        money,
        actor=call.actor,
        at=call.at,
    )
    return {"state": answer["state"], "reason": answer["reason"], "credit_fen": answer["credit"]}
