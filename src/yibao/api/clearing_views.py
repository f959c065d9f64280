"""What programs see of institutions and of clearing: schemas, examples, and rows as JSON."""

from __future__ import annotations

from yibao.api.records import path_parameter
from yibao.api.schemas import DAY, FLAG, INSTANT, TEXT, WHOLE, items, named, optional
from yibao.api.serving import Json
from yibao.care.institutions import InstitutionVersion
from yibao.clearing.agreements import Agreement
from yibao.clearing.places import BudgetUse, DesignatedInstitution, InstitutionPage
from yibao.clearing.reading import ListedApplication, ListedDoubt, ReadApplication
from yibao.clearing.states import ClearingMove, ClearingState, DoubtState, clear_type_label
from yibao.policy.kinds import HospitalGrade, InstitutionKind

EXAMPLE_PLACE = "H14010500001"
EXAMPLE_APPLICATION = "0198c1a2b3c400000000000000000c10"
EXAMPLE_DOUBT = "0198c1a2b3c400000000000000000c20"
PLACE = path_parameter("institution", "机构编号（fixmedins_code）。", EXAMPLE_PLACE)
APPLICATION = path_parameter("application", "清算申请编号。", EXAMPLE_APPLICATION)
DOUBT = path_parameter("doubt", "疑点编号。", EXAMPLE_DOUBT)

LISTED_PLACE = {
    "institution": TEXT,
    "name": TEXT,
    "area": TEXT,
    "kind": TEXT,
    "price_class": optional(WHOLE),
    "grade": optional(TEXT),
    "designated": FLAG,
    "agreed": FLAG,
    "budget_fen": optional(WHOLE),
    "budget_used_fen": optional(WHOLE),
    "budget_used_bp": optional(WHOLE),
}
LISTED_PLACE_EXAMPLE: Json = {
    "institution": EXAMPLE_PLACE,
    "name": "某医院",
    "area": "000000",
    "kind": InstitutionKind.HOSPITAL,
    "price_class": 1,
    "grade": HospitalGrade.GRADE_3A,
    "designated": True,
    "agreed": True,
    "budget_fen": 100000000,
    "budget_used_fen": 72345600,
    "budget_used_bp": 7234,
}
_VERSION = {
    "start": DAY,
    "name": TEXT,
    "area": TEXT,
    "kind": TEXT,
    "price_class": optional(WHOLE),
    "grade": optional(TEXT),
    "designated": FLAG,
}
_AGREEMENT = {
    "revision": WHOLE,
    "start": DAY,
    "end": optional(DAY),
    "retained_share_bp": WHOLE,
    "advance_share_bp": optional(WHOLE),
    "apply_by_day": WHOLE,
    "pay_days": WHOLE,
    "appeal_days": WHOLE,
    "return_rule": optional(TEXT),
    "budget_fen": optional(WHOLE),
    "method": optional(TEXT),
    "coefficient_x100": optional(WHOLE),
    "payee": TEXT,
    "account_tail": TEXT,
}
LISTED = {
    "application": TEXT,
    "institution": TEXT,
    "month": WHOLE,
    "clear_type": TEXT,
    "clear_type_title": TEXT,
    "state": WHOLE,
    "state_title": TEXT,
    "due_on": optional(DAY),
    "days_left": optional(WHOLE),
    "count": WHOLE,
    "total_fen": WHOLE,
    "fund_fen": WHOLE,
    "account_fen": WHOLE,
    "cash_fen": WHOLE,
    "deducted_fen": WHOLE,
    "given_back_fen": WHOLE,
    "retained_fen": WHOLE,
    "advanced_fen": WHOLE,
    "carried_in_fen": WHOLE,
    "paid_fen": WHOLE,
    "carried_fen": WHOLE,
    "returned_fen": WHOLE,
    "withheld_fen": WHOLE,
    "adjusted_fen": WHOLE,
    "goods_fen": WHOLE,
}
LISTED_EXAMPLE: Json = {
    "application": EXAMPLE_APPLICATION,
    "institution": EXAMPLE_PLACE,
    "month": 202611,
    "clear_type": "11",
    "clear_type_title": "门诊",
    "state": int(ClearingState.APPLIED),
    "state_title": "已申报",
    "due_on": "2027-01-08",
    "days_left": 20,
    "count": 2,
    "total_fen": 500000,
    "fund_fen": 300000,
    "account_fen": 0,
    "cash_fen": 200000,
    **dict.fromkeys(
        (
            "deducted_fen",
            "given_back_fen",
            "retained_fen",
            "advanced_fen",
            "carried_in_fen",
            "paid_fen",
            "carried_fen",
            "returned_fen",
            "withheld_fen",
            "adjusted_fen",
            "goods_fen",
        ),
        0,
    ),
}
_DOUBT = {
    "doubt": TEXT,
    "state": TEXT,
    "state_title": TEXT,
    "amount_fen": WHOLE,
    "confirmed_fen": WHOLE,
    "given_back_fen": WHOLE,
    "appeal_by": optional(DAY),
    "reason": TEXT,
    "appeal": TEXT,
}
_BOOKED = dict.fromkeys(("count", "total_fen", "fund_fen", "account_fen", "cash_fen"), WHOLE)
ONE_PLACE = named(
    institution=TEXT,
    name=TEXT,
    area=TEXT,
    versions=items(named(**_VERSION)),
    agreements=items(named(**_AGREEMENT)),
    applications=items(named(**LISTED)),
)
ONE_PLACE_EXAMPLE: Json = {
    "institution": EXAMPLE_PLACE,
    "name": "某医院",
    "area": "000000",
    "versions": [
        {
            name: value
            for name, value in {"start": "2020-01-01", **LISTED_PLACE_EXAMPLE}.items()
            if name in _VERSION
        }
    ],
    "agreements": [
        {
            "revision": 1,
            "start": "2026-01-01",
            "end": None,
            "retained_share_bp": 500,
            "advance_share_bp": None,
            "apply_by_day": 10,
            "pay_days": 20,
            "appeal_days": 5,
            "return_rule": None,
            "budget_fen": None,
            "method": None,
            "coefficient_x100": None,
            "payee": "某医院",
            "account_tail": "6217",
        }
    ],
    "applications": [LISTED_EXAMPLE],
}
ONE = named(
    **LISTED,
    booked=named(**_BOOKED),
    doubts=items(named(**_DOUBT)),
    history=items(named(step=TEXT, state=WHOLE, actor=TEXT, reason=TEXT, at=INSTANT)),
    moves=items(TEXT),
)
ONE_EXAMPLE: Json = {
    **LISTED_EXAMPLE,
    "booked": {name: LISTED_EXAMPLE[name] for name in _BOOKED},
    "doubts": [
        {
            "doubt": EXAMPLE_DOUBT,
            "state": DoubtState.TOLD,
            "state_title": "等机构申诉",
            "amount_fen": 1000,
            "confirmed_fen": 0,
            "given_back_fen": 0,
            "appeal_by": "2026-12-08",
            "reason": "重复收费",
            "appeal": "",
        }
    ],
    "history": [
        {
            "step": ClearingMove.APPLY,
            "state": int(ClearingState.APPLIED),
            "actor": EXAMPLE_PLACE,
            "reason": "",
            "at": "2026-12-01T02:00:00Z",
        }
    ],
    "moves": [ClearingMove.ACCEPT],
}


def listed_place(place: DesignatedInstitution) -> Json:
    """A row of the list of institutions."""
    version = version_of(place.version)
    del version["start"]
    return {
        "institution": place.institution_id,
        **version,
        "agreed": place.agreement is not None,
        **_budget(place.budget),
    }


def _budget(use: BudgetUse | None) -> Json:
    return {
        "budget_fen": None if use is None else use.budget,
        "budget_used_fen": None if use is None else use.used,
        "budget_used_bp": None if use is None else use.share,
    }


def version_of(version: InstitutionVersion) -> Json:
    """What is known of an institution from a day on."""
    facts = version.facts
    return {
        "start": version.start,
        "name": version.name,
        "area": facts.area,
        "kind": facts.kind,
        "price_class": facts.price_class,
        "grade": facts.grade,
        "designated": version.designated,
    }


def place_page(page: InstitutionPage) -> Json:
    """One institution."""
    return {
        "institution": page.institution_id,
        "name": page.name,
        "area": page.area,
        "versions": [version_of(version) for version in page.versions],
        "agreements": [_agreement(agreement) for agreement in page.agreements],
        "applications": [listed(application) for application in page.applications],
    }


def _agreement(agreement: Agreement) -> Json:
    return {
        "revision": agreement.revision,
        "start": agreement.start,
        "end": agreement.end,
        "retained_share_bp": agreement.retained_share,
        "advance_share_bp": agreement.advance_share,
        "apply_by_day": agreement.apply_by_day,
        "pay_days": agreement.pay_days,
        "appeal_days": agreement.appeal_days,
        "return_rule": agreement.return_rule,
        "budget_fen": agreement.budget,
        "method": agreement.method,
        "coefficient_x100": agreement.coefficient,
        "payee": agreement.payee.name,
        "account_tail": agreement.payee.tail,
    }


def listed(application: ListedApplication) -> Json:
    """A row of the list of applications."""
    plain = {
        name: getattr(application, name)
        for name in ("month", "clear_type", "due_on", "days_left", "count")
    }
    amounts = {
        name: getattr(application, name.removesuffix("_fen"))
        for name in LISTED
        if name.endswith("_fen")
    }
    return {
        "application": application.application_id,
        "institution": application.institution_id,
        **plain,
        "clear_type_title": str(clear_type_label(application.clear_type)),
        "state": int(application.state),
        "state_title": str(application.state_label),
        **amounts,
    }


def application_page(page: ReadApplication) -> Json:
    """One application with the books, its doubts and its history."""
    return {
        **listed(page.listed),
        "booked": {name: getattr(page.booked, name.removesuffix("_fen")) for name in _BOOKED},
        "doubts": [_doubt(doubt) for doubt in page.doubts],
        "history": [
            {
                "step": step.move,
                "state": int(step.state),
                "actor": step.actor,
                "reason": step.reason,
                "at": step.at,
            }
            for step in page.history
        ],
        "moves": [move.value for move in page.moves],
    }


def _doubt(doubt: ListedDoubt) -> Json:
    return {
        "doubt": doubt.doubt_id,
        "state": doubt.state.value,
        "state_title": str(doubt.state_label),
        "amount_fen": doubt.amount,
        "confirmed_fen": doubt.confirmed,
        "given_back_fen": doubt.given_back,
        "appeal_by": doubt.appeal_by,
        "reason": doubt.reason,
        "appeal": doubt.appeal,
    }
