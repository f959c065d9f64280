"""What is asked of somebody who claims a bill: the same at the counter, online and over the API."""

from __future__ import annotations

import csv
import datetime
import io
from collections.abc import Iterable, Iterator

from yibao.benefit.described import facts_of
from yibao.benefit.facts import Institution, Visit
from yibao.claims.bills import read_lines
from yibao.claims.coded import cares, reasons, refusals
from yibao.claims.forms import CarePlace, ClaimLine, LineDecision, ManualClaim, ThirdParty, Voucher
from yibao.claims.sheets import DecidedLine
from yibao.disbursement.payees import Payee, payee_of
from yibao.errors import InputError, NotFoundError
from yibao.inquiry.calculators.base import disease_choices
from yibao.inquiry.fact_fields import field_of, wording
from yibao.inquiry.fields import Choice, Field, Rows, Values
from yibao.inquiry.reading import any_area
from yibao.inquiry.words import DELIVERY
from yibao.messages import message, message_in
from yibao.money import AmountError, parse_yuan
from yibao.policy.compile import PolicyLibrary
from yibao.policy.keys import GRADES
from yibao.policy.kinds import Delivery, HospitalGrade, VisitKind
from yibao.policy.model import Words

_VISIT, _PLACE = facts_of(Visit), facts_of(Institution)
_MOST_FEN = 100_000_000_00

ACCOUNT: tuple[Field, ...] = (
    Field("holder", message("收款人户名"), "name", required=True),
    Field("bank", message("开户行"), "name", required=True),
    Field("account", message("银行账号"), "name", required=True),
)

_THIRD = {
    ThirdParty.NONE: message("没有第三人"),
    ThirdParty.UNKNOWN: message("有，找不到人"),
    ThirdParty.UNWILLING: message("有，他不付"),
}
LINE_WORDS = {
    LineDecision.OPEN: message("还没有定"),
    LineDecision.ACCEPTED: message_in("line", "认"),
    LineDecision.CUT: message_in("line", "认一部分"),
    LineDecision.REJECTED: message_in("line", "不认"),
}


def claim_fields(library: PolicyLibrary) -> tuple[Field, ...]:
    """The inputs of a claim with one receipt."""
    of_disease = tuple(code for code, care in cares().items() if care.visit is VisitKind.CHRONIC)
    in_delivery, in_chronic = (("care", ("delivery",)),), (("care", of_disease),)
    with_third = (("third_party", (ThirdParty.UNKNOWN, ThirdParty.UNWILLING)),)
    return (
        Field(
            "care",
            message("看什么"),
            "choice",
            required=True,
            choices=tuple(Choice(code, care.label) for code, care in cares().items()),
        ),
        Field(
            "reason",
            message("为什么没有直接结算"),
            "choice",
            required=True,
            choices=tuple(Choice(code, label) for code, label in reasons().items()),
        ),
        Field("institution_name", message("在哪家机构看的"), "name", required=True),
        Field(
            "institution",
            message("机构编号"),
            "id",
            hint=message("本地定点机构才写；不写按就医地和等级认。"),
        ),
        Field("area", message("就医地"), "name", hint=message("省、市的名称或六位区划代码。")),
        field_of(
            _PLACE["grade"], choices=tuple(Choice(grade, Words(grade)) for grade in GRADES), when=()
        ),
        Field("start", message("入院或就诊日期"), "day", required=True),
        Field("end", message("出院或看完日期"), "day", required=True),
        field_of(
            _VISIT["disease"], kind="choice", choices=disease_choices(library), when=in_chronic
        ),
        field_of(
            _VISIT["delivery"],
            choices=tuple(Choice(code, label) for code, label in DELIVERY.items()),
            when=in_delivery,
        ),
        Field("code", message("票据代码"), "name"),
        Field("number", message("票据号码"), "name", required=True),
        Field("issued", message("开票日期"), "day", required=True),
        Field(
            "total", message("票据金额"), "fen", required=True, most=_MOST_FEN, unit=message("元")
        ),
        Field(
            "more_receipts",
            message("其余票据，一行一张"),
            "prose",
            hint=message("同一次就医还有别的票据才写：代码,号码,开票日期,金额（元）。"),
        ),
        Field(
            "other_paid",
            message("商业保险已经付了多少"),
            "fen",
            most=_MOST_FEN,
            unit=message("元"),
            hint=message("交的是分割单才写；基金与它合计不超过票据金额。"),
        ),
        Field(
            "third_party",
            message("有没有第三人应当负担"),
            "choice",
            required=True,
            default=ThirdParty.NONE,
            choices=tuple(Choice(code.value, label) for code, label in _THIRD.items()),
            hint=message("交通事故、被人打伤等。瞒报已经赔过的，按骗保处理。"),
        ),
        Field(
            "liable",
            message("第三人的责任比例"),
            "basis_points",
            most=10_000,
            unit=message("%"),
            when=with_third,
        ),
        *ACCOUNT,
        Field("note", message("说明"), "name"),
    )


def claim_of(values: Values, library: PolicyLibrary) -> ManualClaim:
    """The claim that somebody wrote; ``InputError`` for what is none."""
    area = ""
    if values["area"]:
        try:
            area = any_area(library, str(values["area"]), "area")
        except NotFoundError:
            raise InputError(
                message("不认识这个地方，请写省、市的名称或六位区划代码"), place="area"
            ) from None
    if not area and not values["institution"]:
        raise InputError(message("请写机构编号，或者就医地"), place="area")
    grade = values["grade"]
    delivery = values["delivery"]
    return ManualClaim(
        reason=str(values["reason"]),
        care=str(values["care"]),
        place=CarePlace(
            name=str(values["institution_name"]),
            area=area,
            institution=values["institution"] or None,
            grade=HospitalGrade(grade) if grade else None,
        ),
        start=values["start"],
        end=values["end"],
        vouchers=(
            Voucher(
                code=values["code"] or "",
                number=str(values["number"]),
                total=values["total"],
                day=values["issued"],
            ),
            *_more_receipts(values["more_receipts"] or ""),
        ),
        other_paid=values["other_paid"] or 0,
        payee=payee_from(values),
        note=values["note"] or "",
        disease=values["disease"] or None,
        delivery=Delivery(delivery) if delivery else None,
        third_party=ThirdParty(values["third_party"]),
        liable=values["liable"],
    )


def _more_receipts(text: str) -> Iterator[Voucher]:
    """Receipts beside the first, one a line: code, number, day, amount in yuan."""
    lines = csv.reader(io.StringIO(text))
    for number, row in enumerate(lines, start=1):
        cells = [cell.strip() for cell in row]
        if not any(cells):
            continue
        try:
            code, receipt, day, total = cells
            yield Voucher(
                code=code,
                number=receipt,
                day=datetime.date.fromisoformat(day),
                total=parse_yuan(total),
            )
        except (AmountError, ValueError):
            raise InputError(
                message("第 {number} 张写成：代码,号码,2025-03-01,金额（元）", number=number),
                place="more_receipts",
            ) from None


RECOVERED: tuple[Field, ...] = (
    Field("amount", message("到账多少"), "fen", required=True, most=_MOST_FEN, unit=message("元")),
    Field("day", message("哪天到账"), "day", required=True),
)
"""Money of a third party that arrived."""


def payee_from(values: Values) -> Payee:
    """The bank account that somebody wrote."""
    return payee_of(str(values["holder"]), str(values["bank"]), str(values["account"]))


# --- lines ---------------------------------------------------------------------------------------

LINES = Field(
    "lines",
    message("费用明细，一行一项"),
    "prose",
    required=True,
    hint=message(
        "名称,金额,甲乙丙,先自付百分之几,编码,限制支付写“限”；后四项可以不写，不写是丙类。"
    ),
)
DECISIONS = Rows(
    "decisions",
    message("逐行的决定"),
    message("第 {number} 条"),
    (
        Field("line", message("第几行，从 1 起"), "whole", required=True, least=1, most=500),
        Field(
            "decision",
            message("认不认"),
            "choice",
            required=True,
            choices=tuple(Choice(code.value, label) for code, label in LINE_WORDS.items()),
        ),
        Field("accepted_amount", message("认多少"), "fen", most=_MOST_FEN, unit=message("元")),
        Field("reason", message_in("line", "理由"), "name"),
    ),
    most=500,
    key="line",
)


def lines_of(values: Values) -> tuple[ClaimLine, ...]:
    """The lines that somebody keyed in."""
    return read_lines(str(values["lines"]))


def decisions_of(rows: Iterable[Values]) -> tuple[DecidedLine, ...]:
    """The decisions that somebody sent."""
    return tuple(
        DecidedLine(
            row["line"] - 1,
            LineDecision(row["decision"]),
            row["accepted_amount"] or 0,
            row["reason"] or "",
        )
        for row in rows
    )


BASIS = Field(
    "basis",
    message("依据"),
    "choice",
    choices=tuple(Choice(basis.code, wording(basis.label)) for basis in refusals()),
    hint=message("手工报销不予受理、不予支付时要选。"),
)
