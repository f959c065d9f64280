"""What is asked about institutions and the clearing with them: the same on pages and in the API."""

from __future__ import annotations

from dataclasses import replace

from yibao.benefit.described import facts_of
from yibao.benefit.facts import Institution
from yibao.clearing.agreements import MOST_COEFFICIENT
from yibao.clearing.groups import METHOD_WORDS, PayMethod
from yibao.clearing.operations import Agreement
from yibao.clearing.states import MOVES, ClearingMove
from yibao.clearing.sums import ReturnRule
from yibao.errors import InputError
from yibao.inquiry import words
from yibao.inquiry.calculators.base import area_choices
from yibao.inquiry.claiming import ACCOUNT, payee_from
from yibao.inquiry.fact_fields import choices, field_of, wording
from yibao.inquiry.fields import Choice, Field, Values
from yibao.inquiry.reading import any_area
from yibao.messages import Text, message, message_in
from yibao.policy.compile import PolicyLibrary
from yibao.policy.keys import GRADES
from yibao.policy.kinds import HospitalGrade, InstitutionKind, member
from yibao.policy.model import Words

_FACTS = facts_of(Institution)
_YUAN, _PERCENT, _DAYS = message("元"), message("%"), message("个工作日")
_MOST_BUDGET = 10_000_000_000_00
_MOST_DAYS = 250

KIND_WORDS: dict[str, Text] = {
    **{kind.value: words.label(kind) for kind in InstitutionKind},
    InstitutionKind.PHARMACY.value: message_in("institution", "药店"),
}
RULE_WORDS: dict[str, Text] = {
    ReturnRule.PER_POINT: message("80 分起全返，少一分扣 3%，不到 60 分不返"),
    ReturnRule.DISCRETION: message("75 分起全返，60 分起酌情，不到 60 分不返"),
    ReturnRule.PROPORTION: message("95 分起全返，不到的按得分比例"),
}

_REASON = Field("reason", message("原因"), "prose", required=True)
REASON = (_REASON,)
OPTIONAL_REASON = (replace(_REASON, required=False),)
AMOUNT = Field("amount", message("金额"), "fen", required=True, unit=_YUAN, most=_MOST_BUDGET)
CONFIRMED = Field(
    "confirmed", message("扣减多少"), "fen", required=True, unit=_YUAN, most=_MOST_BUDGET
)
MOVE: tuple[Field, ...] = (
    Field(
        "move",
        message("办哪一步"),
        "choice",
        required=True,
        choices=tuple(Choice(move.value, wording(rule.label)) for move, rule in MOVES.items()),
    ),
    *OPTIONAL_REASON,
)
AGREEMENT: tuple[Field, ...] = (
    Field("start", message("从哪天起"), "day", required=True),
    Field("end", message("到哪天止"), "day", hint=message("不填就到有新协议为止。")),
    Field("retained_share", message("留存比例"), "basis_points", required=True, unit=_PERCENT),
    Field(
        "advance_share",
        message("即时结算先付比例"),
        "basis_points",
        unit=_PERCENT,
        hint=message("不填就不先付。"),
    ),
    Field("apply_by_day", message("次月几号截止申报"), "whole", required=True, least=1, most=28),
    Field(
        "pay_days",
        message("截止以后多少个工作日拨付"),
        "whole",
        required=True,
        least=1,
        most=_MOST_DAYS,
        unit=_DAYS,
    ),
    Field(
        "appeal_days",
        message("疑点申诉期限"),
        "whole",
        required=True,
        least=1,
        most=_MOST_DAYS,
        unit=_DAYS,
    ),
    Field(
        "return_rule",
        message("年终怎么返还留存"),
        "choice",
        choices=choices(tuple(ReturnRule), RULE_WORDS),
    ),
    Field("budget", message("年度预算"), "fen", unit=_YUAN, most=_MOST_BUDGET),
    Field(
        "method",
        message("住院怎么付"),
        "choice",
        choices=choices(tuple(PayMethod), METHOD_WORDS),
        hint=message("不填就按项目付。"),
    ),
    Field(
        "coefficient",
        message("机构系数"),
        "whole",
        least=1,
        most=MOST_COEFFICIENT,
        unit=_PERCENT,
        hint=message("只在选了分值或分组时填，例如 102 是 1.02。"),
    ),
    *ACCOUNT,
)
YEAR_RETURN: tuple[Field, ...] = (
    Field("year", message("哪一年"), "whole", required=True, least=1999, most=2199),
    Field(
        "score",
        message("年终考核得分"),
        "basis_points",
        required=True,
        unit=message("分"),
        hint=message("0 到 100，最多一位小数。"),
    ),
    Field(
        "decided",
        message("酌情返还多少"),
        "fen",
        unit=_YUAN,
        most=_MOST_BUDGET,
        hint=message("只在协议写“酌情”的得分填。"),
    ),
)
ENDING: tuple[Field, ...] = (
    Field("last_day", message("可以结算的最后一天"), "day", required=True),
)


def registration_fields(library: PolicyLibrary) -> tuple[Field, ...]:
    """Of an institution that is registered."""
    return (
        Field("institution", message("机构编号（fixmedins_code）"), "id", required=True),
        *change_fields(library),
    )


def change_fields(library: PolicyLibrary) -> tuple[Field, ...]:
    """What holds of an institution from a day on."""
    return (
        Field("name", message("机构名称"), "name", required=True),
        Field(
            "area", message("统筹区"), "area", required=True, choices=tuple(area_choices(library))
        ),
        Field(
            "kind",
            message("机构类型"),
            "choice",
            required=True,
            choices=tuple(Choice(kind, wording(word)) for kind, word in KIND_WORDS.items()),
        ),
        field_of(_FACTS["price_class"], when=(), required=False, default=""),
        field_of(
            _FACTS["grade"],
            choices=tuple(Choice(grade, Words(grade)) for grade in GRADES),
            when=(),
            required=False,
        ),
        field_of(_FACTS["county"], when=()),
        field_of(_FACTS["dual_channel"], when=()),
        Field("start", message("从哪天起"), "day", required=True),
    )


def institution_from(
    values: Values, institution_id: str, library: PolicyLibrary, before: Institution | None = None
) -> Institution:
    """The institution that somebody described; what was not asked for stays as ``before``."""
    grade, price_class = values["grade"], values["price_class"]
    described = Institution(
        institution_id,
        any_area(library, str(values["area"]), "area"),
        member(InstitutionKind, str(values["kind"]), "kind"),
        int(price_class) if price_class else None,
        HospitalGrade(grade) if grade else None,
        county=bool(values["county"]),
        dual_channel=bool(values["dual_channel"]),
    )
    return described if before is None else replace(described, rank=before.rank)


def agreement_from(values: Values) -> Agreement:
    """The agreement that somebody wrote; ``InputError`` for an account that is none."""
    rule = values["return_rule"]
    return Agreement(
        start=values["start"],
        retained_share=values["retained_share"],
        advance_share=values["advance_share"],
        apply_by_day=values["apply_by_day"],
        pay_days=values["pay_days"],
        appeal_days=values["appeal_days"],
        return_rule=None if rule is None else ReturnRule(rule),
        payee=payee_from(values),
        end=values["end"],
        budget=values["budget"],
        method=None if values["method"] is None else PayMethod(values["method"]),
        coefficient=values["coefficient"],
    )


def score_from(values: Values) -> int:
    """A score in tenths of a point; ``InputError`` for a second decimal."""
    hundredths = int(values["score"])
    if hundredths % 10:
        raise InputError(message("考核得分是 0 到 100 分，最多一位小数"), place="score")
    return hundredths // 10


def move_from(values: Values) -> ClearingMove:
    """The step that somebody chose."""
    return ClearingMove(values["move"])
