"""How records look to programs: for each kind its schema, its example and how a row is told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from yibao.api.schemas import (
    DAY,
    FEN,
    FLAG,
    INSTANT,
    LIST_OF_TEXTS,
    TEXT,
    Json,
    items,
    named,
    optional,
)
from yibao.inquiry.basis import NOTICE
from yibao.insured.states import OrderStatus
from yibao.policy.kinds import ContributionClass, RelationKind, Scheme, Sex, Status
from yibao.record.account import CreditRow
from yibao.record.insurance import Contribution, Insurance


@dataclass(frozen=True, slots=True)
class View:
    """One kind of record."""

    schema: Json
    example: Json
    render: Callable[[Any], Json]


def plain(schema: Json, example: Json, **named_here: str) -> View:
    """The view of a record whose members bear the names of its attributes, ``_fen`` behind them.

    ``named_here``: the attribute of each member that is called otherwise.
    """
    names = {name: named_here.get(name, name.removesuffix("_fen")) for name in schema["required"]}
    return View(
        schema,
        example,
        lambda record: {name: getattr(record, attribute) for name, attribute in names.items()},
    )


def paged(view: View) -> tuple[Json, Json]:
    """Schema and example of a page of a list."""
    schema = named(rows=items(view.schema), next_cursor=optional(TEXT))
    return schema, {"rows": [view.example], "next_cursor": None}


# --- insurance ---


def _period(scheme: str, period: int) -> str:
    return str(period) if scheme == Scheme.RESIDENT else f"{period // 100}-{period % 100:02}"


_COVER = named(
    start=DAY, end=optional(DAY), entitled=optional(FLAG), scheme=TEXT, area=TEXT, reason=TEXT
)


def _cover(cover: Any) -> Json:
    return {name: getattr(cover, name) for name in _COVER["required"]}


INSURANCE = View(
    named(
        person=TEXT,
        name=TEXT,
        sex=TEXT,
        birth=DAY,
        area=TEXT,
        certificates=items(named(certificate=TEXT, number=TEXT)),
        enrolments=items(
            named(
                scheme=TEXT,
                status=optional(TEXT),
                contribution_class=TEXT,
                area=TEXT,
                start=DAY,
                end=optional(DAY),
            )
        ),
        cover_today={"anyOf": [_COVER, {"type": "null"}]},
        cover=items(_COVER),
        relatives=items(named(person=TEXT, name=TEXT, relation=TEXT, start=DAY, end=optional(DAY))),
        notice=TEXT,
    ),
    {
        "person": "0198c1a2b3c4000000000000000000a1",
        "name": "王小明",
        "sex": Sex.MALE,
        "birth": "1988-04-12",
        "area": "000000",
        "certificates": [{"certificate": "identity_card", "number": "1401**********1234"}],
        "enrolments": [
            {
                "scheme": Scheme.EMPLOYEE,
                "status": Status.WORKING,
                "contribution_class": ContributionClass.EMPLOYER,
                "area": "000000",
                "start": "2020-01-01",
                "end": None,
            }
        ],
        "cover_today": {
            "start": "2020-01-01",
            "end": None,
            "entitled": True,
            "scheme": Scheme.EMPLOYEE,
            "area": "000000",
            "reason": "享受待遇",
        },
        "cover": [],
        "relatives": [
            {
                "person": "0198c1a2b3c4000000000000000000b2",
                "name": "李*",
                "relation": RelationKind.SPOUSE,
                "start": "2015-10-01",
                "end": None,
            }
        ],
        "notice": NOTICE,
    },
    lambda insured: _insurance(insured),
)


def _insurance(insured: Insurance) -> Json:
    return {
        "person": insured.person,
        "name": insured.name,
        "sex": insured.sex,
        "birth": insured.birth,
        "area": insured.area,
        "certificates": list(insured.certificates),
        "enrolments": list(insured.enrolments),
        "cover_today": None if insured.cover_today is None else _cover(insured.cover_today),
        "cover": [_cover(cover) for cover in insured.cover],
        "relatives": list(insured.relatives),
        "notice": NOTICE,
    }


CONTRIBUTION = View(
    named(
        scheme=TEXT,
        period={**TEXT, "description": "居民是年度 2026，职工是月份 2026-03。"},
        paid_on=optional(DAY),
        base_fen=optional(FEN),
        amount_fen=optional(FEN),
        bill=optional(TEXT),
        order=optional(TEXT),
        receipt=optional(TEXT),
    ),
    {
        "scheme": Scheme.RESIDENT,
        "period": "2026",
        "paid_on": "2025-11-02",
        "base_fen": None,
        "amount_fen": 40000,
        "bill": "0198c1a2b3c4000000000000000000c3",
        "order": "0198c1a2b3c4000000000000000000d4",
        "receipt": "0000002025110200000000000097",
    },
    lambda payment: _contribution(payment),
)


def _contribution(payment: Contribution) -> Json:
    return {
        "scheme": payment.scheme,
        "period": _period(payment.scheme, payment.period),
        "paid_on": payment.paid_on,
        "base_fen": payment.base,
        "amount_fen": payment.amount,
        "bill": payment.bill,
        "order": payment.order,
        "receipt": payment.receipt,
    }


ORDER = plain(
    named(
        order=TEXT,
        bill=TEXT,
        channel=TEXT,
        amount_fen=FEN,
        status=TEXT,
        reason=TEXT,
        receipt=optional(TEXT),
        created_at=INSTANT,
    ),
    {
        "order": "0198c1a2b3c4000000000000000000d4",
        "bill": "0198c1a2b3c4000000000000000000c3",
        "channel": "wechat",
        "amount_fen": 40000,
        "status": OrderStatus.POSTED,
        "reason": "",
        "receipt": "0000002025110200000000000097",
        "created_at": "2025-11-02T02:03:04Z",
    },
)


# --- the account ---

BALANCE = View(
    named(balance_fen=optional(FEN), notice=TEXT),
    {"balance_fen": 350000, "notice": NOTICE},
    lambda balance: {"balance_fen": balance, "notice": NOTICE},
)
STATEMENT_ROW = plain(
    named(transfer=TEXT, day=DAY, amount_fen=FEN, balance_fen=FEN, other_side=LIST_OF_TEXTS),
    {
        "transfer": "0198c1a2b3c4000000000000000000e5",
        "day": "2026-03-01",
        "amount_fen": 8500,
        "balance_fen": 358500,
        "other_side": ["划入个人账户"],
    },
)


CREDIT = View(
    named(month=TEXT, amount_fen=FEN, base_fen=optional(FEN)),
    {"month": "2026-03", "amount_fen": 13000, "base_fen": 650000},
    lambda credit: _credit(credit),
)


def _credit(credit: CreditRow) -> Json:
    month = f"{credit.month // 100}-{credit.month % 100:02}"
    return {"month": month, "amount_fen": credit.amount, "base_fen": credit.base}


USED_BY = plain(
    named(
        settlement=TEXT,
        day=DAY,
        person=TEXT,
        name=TEXT,
        institution=TEXT,
        amount_fen=FEN,
        kind=optional(TEXT),
    ),
    {
        "settlement": "0198c1a2b3c4000000000000000000f6",
        "day": "2026-03-09",
        "person": "0198c1a2b3c4000000000000000000b2",
        "name": "李*",
        "institution": "示例医院",
        "amount_fen": 30000,
        "kind": None,
    },
)
