"""How care, accumulators, grants and filings look to programs; see :mod:`yibao.api.views`."""

from __future__ import annotations

from yibao.aid.states import GrantStatus
from yibao.api.schemas import (
    DAY,
    FEN,
    FLAG,
    LIST_OF_TEXTS,
    TEXT,
    WHOLE,
    Json,
    items,
    named,
    optional,
)
from yibao.api.views import View, plain
from yibao.benefit.answers import AMOUNTS, visit_answer
from yibao.benefit.explain import Explanation
from yibao.benefit.terms import Accumulators
from yibao.inquiry.basis import NOTICE
from yibao.inquiry.published import published
from yibao.policy.kinds import (
    FilingKind,
    ItemClass,
    ItemKind,
    RelationKind,
    Scheme,
    SourceGrade,
    ValueStatus,
    VisitKind,
)
from yibao.record.care import SettlementStatement
from yibao.record.used import SchemeYearUsed

BASIS_POINTS: Json = {"type": "integer", "description": "整数基点，10000 是 100%。"}

# --- care ---

_MONEY = ("total", "fund", "own", "account", "mutual_aid", "cash")
SETTLED = plain(
    named(
        settlement=TEXT,
        visit=TEXT,
        institution=TEXT,
        institution_name=TEXT,
        kind=TEXT,
        start=DAY,
        end=DAY,
        reverses={**optional(TEXT), "description": "撤销哪一笔；撤销的金额不为正。"},
        **{f"{name}_fen": FEN for name in _MONEY},
    ),
    {
        "settlement": "0198c1a2b3c4000000000000000000f6",
        "visit": "v1",
        "institution": "H0001",
        "institution_name": "示例医院",
        "kind": VisitKind.INPATIENT,
        "start": "2026-03-01",
        "end": "2026-03-09",
        "reverses": None,
        "total_fen": 790000,
        "fund_fen": 375000,
        "own_fen": 415000,
        "account_fen": 0,
        "mutual_aid_fen": 100000,
        "cash_fen": 315000,
    },
)


_ANSWERED = visit_answer(
    "v1",
    "0198c1a2b3c4000000000000000000a1",
    {
        **dict.fromkeys(AMOUNTS, 0),
        "total": 790000,
        "eligible": 790000,
        "deductible": 100000,
        "pooled": 375000,
        "fund": 375000,
        "own": 415000,
        "cash": 415000,
    },
    Explanation(),
    entitled=True,
    rulebook="0" * 64,
)
_CHARGED = named(
    item_class=TEXT,
    kind=TEXT,
    amount_fen=FEN,
    upfront_basis_points=optional(BASIS_POINTS),
    limit_fen=optional(FEN),
)
STATEMENT = View(
    named(
        settled=SETTLED.schema,
        area=TEXT,
        scheme=TEXT,
        charged=items(_CHARGED),
        answer={"$ref": "#/components/schemas/VisitAnswer"},
        notice=TEXT,
    ),
    {
        "settled": SETTLED.example,
        "area": "000000",
        "scheme": Scheme.RESIDENT,
        "charged": [
            {
                "item_class": ItemClass.A,
                "kind": ItemKind.DRUG,
                "amount_fen": 790000,
                "upfront_basis_points": None,
                "limit_fen": None,
            }
        ],
        "answer": {
            **published(_ANSWERED),
            "steps": [
                {
                    "label": "起付线",
                    "amount_fen": 100000,
                    "amount_yuan": "1000.00",
                    "why": "本次由个人先付起付线 1,000.00 元",
                    "parameter": "resident.inpatient.deductible",
                    "grade": SourceGrade.B,
                    "status": ValueStatus.SOURCED,
                    "first_day": "2025-01-01",
                    "sources": ["O-RI-01"],
                }
            ],
        },
        "notice": NOTICE,
    },
    lambda statement: _statement(statement),
)


def _statement(statement: SettlementStatement) -> Json:
    return {
        "settled": SETTLED.render(statement.settled),
        "area": statement.area,
        "scheme": statement.scheme,
        "charged": [
            {
                "item_class": item["item_class"],
                "kind": item["kind"],
                "amount_fen": item["amount"],
                "upfront_basis_points": item["upfront"],
                "limit_fen": item["limit"],
            }
            for item in statement.charged
        ],
        "answer": published(statement.answer),
        "notice": NOTICE,
    }


ITEM = plain(
    named(
        line=WHOLE,
        day=DAY,
        code=TEXT,
        name=TEXT,
        item_class=TEXT,
        kind=TEXT,
        quantity=TEXT,
        amount_fen=FEN,
        upfront_basis_points=optional(BASIS_POINTS),
    ),
    {
        "line": 1,
        "day": "2026-03-02",
        "code": "XA01",
        "name": "示例药品",
        "item_class": ItemClass.B,
        "kind": ItemKind.DRUG,
        "quantity": "2.5",
        "amount_fen": 12500,
        "upfront_basis_points": 1000,
    },
    upfront_basis_points="upfront",
)


LAYER = plain(
    named(
        layer=TEXT,
        label=TEXT,
        used_fen=FEN,
        ceiling_fen=optional(FEN),
        left_fen=optional(FEN),
        known={**FLAG, "description": "假：没有来源给出这条封顶线。"},
        parameter=TEXT,
        first_day=optional(DAY),
        sources=LIST_OF_TEXTS,
        grade=TEXT,
    ),
    {
        "layer": VisitKind.INPATIENT,
        "label": "住院基金支付",
        "used_fen": 375000,
        "ceiling_fen": 7000000,
        "left_fen": 6625000,
        "known": True,
        "parameter": "resident.inpatient.annual_ceiling",
        "first_day": "2025-01-01",
        "sources": ["O-RI-03"],
        "grade": SourceGrade.B,
    },
)
_ACCUMULATORS = Accumulators._fields
YEARS_USED = View(
    named(
        year=WHOLE,
        schemes=items(
            named(
                scheme=TEXT,
                area=TEXT,
                admissions=WHOLE,
                layers=items(LAYER.schema),
                amounts=named(**{f"{name}_fen": FEN for name in _ACCUMULATORS}),
            )
        ),
        notice=TEXT,
    ),
    {
        "year": 2026,
        "schemes": [
            {
                "scheme": Scheme.RESIDENT,
                "area": "000000",
                "admissions": 1,
                "layers": [LAYER.example],
                "amounts": {f"{name}_fen": 0 for name in _ACCUMULATORS},
            }
        ],
        "notice": NOTICE,
    },
    lambda told: _years_used(*told),
)


def _years_used(year: int, years: tuple[SchemeYearUsed, ...]) -> Json:
    return {
        "year": year,
        "schemes": [
            {
                "scheme": used.scheme,
                "area": used.area,
                "admissions": used.admissions,
                "layers": [
                    {**LAYER.render(layer), "label": layer.label.text()} for layer in used.layers
                ],
                "amounts": {f"{name}_fen": amount for name, amount in used.amounts.items()},
            }
            for used in years
        ],
        "notice": NOTICE,
    }


# --- grants and filings ---

GRANT = View(
    named(
        grant=TEXT,
        grantor=TEXT,
        grantee=TEXT,
        relation=TEXT,
        start=DAY,
        end=optional(DAY),
        limit_fen={**optional(FEN), "description": "每次最多付多少；空是不限。"},
        revoked_on=optional(DAY),
        status=TEXT,
        consent_version=TEXT,
    ),
    {
        "grant": "0198c1a2b3c400000000000000000a07",
        "grantor": "0198c1a2b3c4000000000000000000a1",
        "grantee": "0198c1a2b3c4000000000000000000b2",
        "relation": RelationKind.SPOUSE,
        "start": "2026-01-01",
        "end": None,
        "limit_fen": 100000,
        "revoked_on": None,
        "status": GrantStatus.ACTIVE,
        "consent_version": "2026-01",
    },
    lambda row: _grant(row),
)


def _grant(row: Json) -> Json:
    return {
        "grant": row["grant_id"],
        "grantor": row["grantor_id"],
        "grantee": row["grantee_id"],
        "relation": row["relation"],
        "start": row["start"],
        "end": row["end"],
        "limit_fen": row["limit"],
        "revoked_on": row["revoked_on"],
        "status": row["status"],
        "consent_version": row["consent_version"],
    }


FILING = plain(
    named(
        filing=TEXT,
        kind=TEXT,
        care_area=optional(TEXT),
        disease=optional(TEXT),
        start=DAY,
        end=optional(DAY),
        cancelled=FLAG,
    ),
    {
        "filing": "0198c1a2b3c400000000000000000b08",
        "kind": FilingKind.LONG_STAY,
        "care_area": "000000",
        "disease": None,
        "start": "2026-01-01",
        "end": None,
        "cancelled": False,
    },
    filing="filing_id",
)
DRUG_QUALIFICATION = plain(
    named(disease=TEXT, medicine=TEXT, start=DAY, end=optional(DAY)),
    {"disease": "非小细胞肺癌", "medicine": "奥希替尼", "start": "2026-01-01", "end": "2026-12-31"},
)
