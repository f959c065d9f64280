"""The fund's own books over the API: the statement, what was entered, closing a month."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from starlette.requests import Request

from yibao.access.permissions import Actor
from yibao.api.acting import RecordCall, RecordService
from yibao.api.finance_budget import fund_budgets
from yibao.api.months import ASKED_AREA, ASKED_MONTH, month_asked
from yibao.api.records import path_parameter
from yibao.api.schemas import DAY, FEN, FLAG, TEXT, WHOLE, items, named, optional
from yibao.api.serving import Json, Operation
from yibao.api.writes import OfficePart, identifier
from yibao.database.instants import civil_day
from yibao.finance import books, closing, payables, statement, vouchers
from yibao.finance.carrying import carry_month
from yibao.finance.items import PART_WORDS, SCHEME_WORDS, FundItem, FundPart, FundSide
from yibao.finance.months import month_of
from yibao.finance.states import (
    BankAccount,
    ClosingState,
    Level,
    VoucherKind,
    VoucherState,
)
from yibao.inquiry import errands
from yibao.inquiry.fact_fields import choices, field_of
from yibao.inquiry.fields import Field
from yibao.messages import message
from yibao.policy.kinds import Scheme

TAG = "基金"
_MOST_FUND = 10**14
_EXAMPLE = "0198c1a2b3c400000000000000000f10"
_VOUCHER_ID = path_parameter("voucher", "一笔收支的编号。", _EXAMPLE)
_AREA = identifier("area", message("哪个统筹区：六位区划代码"))
_MONTH = field_of(errands.CLOSED_MONTH)
_VOUCHER: tuple[Field, ...] = (
    _AREA,
    field_of(errands.FUND_KIND, choices=choices(tuple(VoucherKind), vouchers.VOUCHER_WORDS)),
    field_of(errands.FUND_AMOUNT, most=_MOST_FUND),
    field_of(errands.FUND_DAY),
    field_of(errands.FUND_NOTE, kind="prose"),
    field_of(errands.FUND_SCHEME, choices=choices(tuple(Scheme), SCHEME_WORDS)),
    field_of(errands.FUND_PART, choices=choices(vouchers.PARTS, PART_WORDS)),
    field_of(errands.FUND_LEVEL, choices=choices(tuple(Level), vouchers.LEVEL_WORDS)),
    field_of(errands.FUND_BANK, choices=choices(tuple(BankAccount), vouchers.BANK_WORDS)),
    field_of(errands.FUND_CHANNEL),
)
_LINE = {
    "item": TEXT,
    "title": TEXT,
    "side": TEXT,
    "month_fen": FEN,
    "year_to_date_fen": FEN,
    "last_year_fen": FEN,
    "budget_fen": optional(WHOLE),
    "budget_basis_points": optional(WHOLE),
    "budget_left_fen": optional(WHOLE),
}
_PART = {
    "scheme": TEXT,
    "part": TEXT,
    "opening_fen": FEN,
    "income_fen": FEN,
    "spending_fen": FEN,
    "surplus_fen": FEN,
    "closing_fen": FEN,
    "reserve_tenths": optional(WHOLE),
    "lines": items(named(**_LINE)),
}
_POINT = {
    "name": TEXT,
    "title": TEXT,
    "count": WHOLE,
    "amount_fen": optional(WHOLE),
    "blocks": FLAG,
}
_LISTED = {
    "voucher": TEXT,
    "kind": TEXT,
    "title": TEXT,
    "scheme": optional(TEXT),
    "part": optional(TEXT),
    "level": optional(TEXT),
    "amount_fen": FEN,
    "day": DAY,
    "note": TEXT,
    "state": TEXT,
    "state_title": TEXT,
}
_DECIDED = named(voucher=TEXT, state=TEXT)


def fund_books(service: RecordService) -> Iterator[Operation]:
    """What is read, what a cashier enters and another signs, and how a month is closed."""
    office = OfficePart(service, TAG, "/office/finance", "read_finance")
    yield office.reads(
        "readFundStatement",
        "/statement",
        "一个月的基金收支：分险种、分统筹与个人账户，本月、本年、上年同期，年度预算用了多少，结余和够用几个月",
        _statement,
        named(area=TEXT, month=WHOLE, closed=FLAG, parts=items(named(**_PART))),
        {
            "area": "000000",
            "month": 202610,
            "closed": False,
            "parts": [
                {
                    "scheme": Scheme.EMPLOYEE,
                    "part": FundPart.POOLED,
                    "opening_fen": 100_000_000,
                    "income_fen": 5_000_000,
                    "spending_fen": 4_000_000,
                    "surplus_fen": 1_000_000,
                    "closing_fen": 101_000_000,
                    "reserve_tenths": 252,
                    "lines": [
                        {
                            "item": FundItem.BY_EMPLOYERS,
                            "title": "保险费：单位",
                            "side": FundSide.INCOME,
                            "month_fen": 5_000_000,
                            "year_to_date_fen": 48_000_000,
                            "last_year_fen": 45_000_000,
                            "budget_fen": 60_000_000,
                            "budget_basis_points": 8_000,
                            "budget_left_fen": 12_000_000,
                        }
                    ],
                }
            ],
        },
        ASKED_AREA,
        ASKED_MONTH,
    )
    yield office.reads(
        "listOpenPoints",
        "/open",
        "一个月里还没有办完的：挡着结账的，和结账时要说明的",
        _open_points,
        named(month=WHOLE, state=optional(TEXT), points=items(named(**_POINT))),
        {
            "month": 202610,
            "state": None,
            "points": [
                {
                    "name": "unsigned",
                    "title": "登记了还没有复核的基金收支",
                    "count": 1,
                    "amount_fen": 5_000_000,
                    "blocks": True,
                }
            ],
        },
        ASKED_AREA,
        ASKED_MONTH,
    )
    yield office.reads(
        "listPayables",
        "/payables",
        "欠着没有付的，按欠了多久分",
        _payables,
        named(
            rows=items(named(kind=TEXT, title=TEXT, creditors=WHOLE, by_age_fen=items(WHOLE))),
            ages=items(TEXT),
        ),
        {
            "rows": [
                {
                    "kind": "payable",
                    "title": "应付定点机构",
                    "creditors": 2,
                    "by_age_fen": [120_000, 0, 0, 0],
                }
            ],
            "ages": ["30 天以内", "31 至 90 天", "91 至 180 天", "180 天以上"],
        },
        ASKED_AREA,
    )
    yield office.reads(
        "listFundAccounts",
        "/accounts",
        "各科目与三个银行账户在月末的余额，按增加的方向",
        _accounts,
        named(month=WHOLE, rows=items(named(account=TEXT, title=TEXT, balance_fen=FEN))),
        {
            "month": 202610,
            "rows": [
                {"account": "bank:000000:treasury", "title": "财政专户", "balance_fen": 5_000_000}
            ],
        },
        ASKED_AREA,
        ASKED_MONTH,
    )
    yield office.reads(
        "listFundMoney",
        "/vouchers",
        "登记的基金收支：等着复核的在前",
        _vouchers,
        named(rows=items(named(**_LISTED))),
        {
            "rows": [
                {
                    "voucher": _EXAMPLE,
                    "kind": VoucherKind.SUBSIDY,
                    "title": "财政补贴",
                    "scheme": Scheme.RESIDENT,
                    "part": FundPart.POOLED,
                    "level": Level.PROVINCE,
                    "amount_fen": 500_000_000,
                    "day": "2026-10-20",
                    "note": "财社〔2026〕12 号",
                    "state": VoucherState.ENTERED,
                    "state_title": "等着复核",
                }
            ]
        },
        ASKED_AREA,
    )
    yield from _writes(office)
    yield from fund_budgets(office)


def _writes(office: OfficePart) -> Iterator[Operation]:
    yield office.writes(
        "enterFundMoney",
        "/vouchers",
        "登记一笔财政补贴、利息、转移、上下级之间的，或银行账户之间的；另一个人复核才记账",
        "enter_fund_money",
        _VOUCHER,
        {
            "area": "000000",
            "kind": VoucherKind.SUBSIDY,
            "amount": "5000000",
            "day": "2026-10-20",
            "note": "财社〔2026〕12 号",
            "scheme": Scheme.RESIDENT,
            "part": FundPart.POOLED,
            "level": Level.PROVINCE,
        },
        _enter,
        _DECIDED,
        {"voucher": _EXAMPLE, "state": VoucherState.ENTERED},
    )
    yield office.writes(
        "signFundMoney",
        "/vouchers/{voucher}/sign",
        "复核一笔并记账；登记的人不能复核",
        "sign_fund_money",
        (),
        {},
        lambda call: vouchers.sign_voucher(
            call.database, call.key, call.path["voucher"], actor=call.actor, at=call.at
        ),
        _DECIDED,
        {"voucher": _EXAMPLE, "state": VoucherState.SIGNED},
        _VOUCHER_ID,
    )
    yield office.writes(
        "dropFundMoney",
        "/vouchers/{voucher}/drop",
        "作废一笔还没有复核的",
        "sign_fund_money",
        (field_of(errands.DROP_REASON, kind="prose"),),
        {"reason": "记错了"},
        lambda call: vouchers.drop_voucher(
            call.database,
            call.key,
            call.path["voucher"],
            call.values["reason"],
            actor=call.actor,
            at=call.at,
        ),
        _DECIDED,
        {"voucher": _EXAMPLE, "state": VoucherState.DROPPED},
        _VOUCHER_ID,
    )
    month_only = ({"area": "000000", "month": "2026-10"}, (_AREA, _MONTH))
    yield office.writes(
        "carryFund",
        "/carry",
        "把一个月缴到的保费划入基金，补平划入个人账户的；再来一次只划后来的",
        "carry_fund",
        month_only[1],
        month_only[0],
        _carry,
        named(area=TEXT, month=WHOLE, paid_fen=FEN, credited_fen=FEN),
        {"area": "000000", "month": 202610, "paid_fen": 5_000_000, "credited_fen": 800_000},
    )
    yield office.writes(
        "prepareClosing",
        "/prepare",
        "提请结一个月的账；有挡着的就不行",
        "prepare_closing",
        (*month_only[1], field_of(errands.CLOSING_NOTE, kind="prose")),
        month_only[0],
        _prepare,
        named(area=TEXT, month=WHOLE, state=TEXT),
        {"area": "000000", "month": 202610, "state": ClosingState.PREPARED},
    )
    yield office.writes(
        "closeMonth",
        "/close",
        "结一个月的账：以后不再变，晚到的算在下个月；提请的人不能结",
        "close_month",
        month_only[1],
        month_only[0],
        lambda call: closing.close_month(
            call.database,
            call.key,
            call.values["area"],
            month_of(call.values["month"]),
            actor=call.actor,
            at=call.at,
        ),
        named(area=TEXT, month=WHOLE, state=TEXT, digest=TEXT),
        {"area": "000000", "month": 202610, "state": ClosingState.CLOSED, "digest": "9f86d081"},
    )


# --- reading -------------------------------------------------------------------------------------


def _statement(service: RecordService, actor: Actor, request: Request) -> Json:
    area, month = month_asked(service, actor, request)
    read = statement.fund_statement(service.database, area, month, actor=actor)
    return statement.statement_json(read)


def _open_points(service: RecordService, actor: Actor, request: Request) -> Json:
    area, month = month_asked(service, actor, request)
    day = civil_day(service.clock())
    points = closing.open_points(service.database, area, month, day, actor=actor)
    row = closing.closing_of(service.database, area, month, actor=actor)
    return {
        "month": month,
        "state": None if row is None else row.state,
        "points": [closing.point_json(point) for point in points],
    }


def _payables(service: RecordService, actor: Actor, request: Request) -> Json:
    area, _ = month_asked(service, actor, request)
    day = civil_day(service.clock())
    return payables.payables_json(payables.payables(service.database, area, day, actor=actor))


def _accounts(service: RecordService, actor: Actor, request: Request) -> Json:
    area, month = month_asked(service, actor, request)
    rows = books.chart_of_area(service.database, area, month, actor=actor)
    return {
        "month": month,
        "rows": [
            {"account": row.name, "title": str(row.label), "balance_fen": row.balance}
            for row in rows
        ],
    }


def _vouchers(service: RecordService, actor: Actor, request: Request) -> Json:
    area, _ = month_asked(service, actor, request)
    rows = vouchers.vouchers(service.database, area, actor=actor)
    return {"rows": [_listed(row) for row in rows]}


def _listed(row: Any) -> Json:
    names = ("kind", "scheme", "part", "level", "day", "note", "state")
    return {
        "voucher": row.voucher_id,
        **{name: getattr(row, name) for name in names},
        "title": str(vouchers.VOUCHER_WORDS[row.kind]),
        "amount_fen": row.amount,
        "state_title": str(vouchers.STATE_WORDS[row.state]),
    }


# --- writing -------------------------------------------------------------------------------------


def _enter(call: RecordCall) -> Json:
    values: Any = call.values
    voucher = vouchers.FundMoney(
        values["area"],
        values["kind"],
        values["amount"],
        values["day"],
        values["note"],
        values["scheme"] or None,
        values["part"] or None,
        values["level"] or None,
        values["bank"] or BankAccount.TREASURY,
        values["channel"] or None,
    )
    return vouchers.enter_voucher(call.database, call.key, voucher, actor=call.actor, at=call.at)


def _carry(call: RecordCall) -> Json:
    month = month_of(call.values["month"])
    answer = carry_month(
        call.database, call.key, call.values["area"], month, actor=call.actor, at=call.at
    )
    return {
        "area": answer["area"],
        "month": month,
        "paid_fen": answer["paid"],
        "credited_fen": answer["credited"],
    }


def _prepare(call: RecordCall) -> Json:
    return closing.prepare_closing(
        call.database,
        call.key,
        call.values["area"],
        month_of(call.values["month"]),
        call.values["note"] or "",
        actor=call.actor,
        at=call.at,
    )
