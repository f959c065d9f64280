"""Plain facts about people, institutions, filings, grants and visits.

Every road fills the same facts from its own source, so that one life gives one
answer.  Days are civil days in Asia/Shanghai; ``start`` and ``end`` are both
days on which the thing holds, and ``end`` is None where none is recorded.
Money is fen, a ratio basis points, a month yyyymm.  Nothing is checked here.

A field's ``Annotated`` describes it for every road (:mod:`yibao.benefit.described`): a new
fact is one field here, its words, and the rule that looks at it.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated

from yibao.benefit.described import NO_EFFECT, Condition, Fact
from yibao.messages import message
from yibao.money.units import BasisPoints, Fen
from yibao.policy.kinds import (
    Channel,
    ContributionClass,
    Delivery,
    FilingKind,
    HospitalGrade,
    InstitutionKind,
    InstitutionRank,
    ItemClass,
    ItemGroup,
    ItemKind,
    RelationKind,
    Scheme,
    Sex,
    Status,
    VisitKind,
)

MOST_ADMISSIONS = 9_999
FIRST_PAID_YEAR, LAST_PAID_YEAR = 1990, 2199
"""Of contributions."""
_EMPLOYEES: Condition = ("scheme", (Scheme.EMPLOYEE,))
_MATERNITY: Condition = ("kind", (VisitKind.MATERNITY,))
_PHARMACY: Condition = ("kind", (VisitKind.PHARMACY,))
_LISTED_DISEASE: Condition = ("kind", (FilingKind.CHRONIC,))
_CROSS_REGION: Condition = (
    "kind",
    tuple(kind for kind in FilingKind if kind != FilingKind.CHRONIC),
)
_YUAN = message("元")

FirstDay = Annotated[datetime.date, Fact(message("首日"), written="from")]
LastDay = Annotated[datetime.date | None, Fact(message("末日"), written="to")]
"""None: no last day is recorded."""


@dataclass(frozen=True, slots=True)
class GroupMembership:
    """A person counts as one of a group, as the pack names it."""

    group: Annotated[str, Fact(message("特殊人群"), named_by="group")]
    start: FirstDay
    end: LastDay = None


@dataclass(frozen=True, slots=True)
class Enrolment:
    """A dated membership of a scheme in a pooling area."""

    scheme: Annotated[Scheme, Fact(message("险种"))]
    status: Annotated[
        Status | None,
        Fact(message("在职还是退休"), only=(_EMPLOYEES,)),
    ]
    """Within the employee scheme; None in the resident scheme."""
    start: FirstDay
    end: LastDay
    area: Annotated[str, Fact(message("参保地"), kind="area")]
    """Home area, six digits."""
    contribution_class: Annotated[
        ContributionClass,
        Fact(
            message("单位职工或灵活就业"),
            only=(_EMPLOYEES,),
            written="class",
        ),
    ] = ContributionClass.EMPLOYER
    """Has a meaning in the employee scheme only."""
    plan: Annotated[str | None, Fact(message("缴费档次"), help=NO_EFFECT)] = None
    """The contribution plan (tier) that the person pays for, as the packs name it."""

    def holds_on(self, day: datetime.date) -> bool:
        """Whether ``day`` lies in the enrolment."""
        return self.start <= day and (self.end is None or day <= self.end)


@dataclass(frozen=True, slots=True)
class ResidentContribution:
    """A resident's payment for a coverage year."""

    year: Annotated[
        int,
        Fact(message("缴费年度"), unit=message("年"), least=FIRST_PAID_YEAR, most=LAST_PAID_YEAR),
    ]
    paid_on: Annotated[datetime.date, Fact(message("哪天缴的"))]


@dataclass(frozen=True, slots=True)
class EmployeeContribution:
    """A payment for a month of the employee scheme."""

    month: Annotated[int, Fact(message("哪个月"), help=message("例如 2025-03。"), kind="month")]
    base: Annotated[Fen | None, Fact(message("缴费基数"), unit=message("元/月"))]
    """None where none is recorded."""
    paid_on: Annotated[datetime.date | None, Fact(message("哪天缴的"))]
    """None: paid in time."""

    @property
    def is_in_time(self) -> bool:
        """Whether it was paid in its own month or before."""
        paid_on = self.paid_on
        return paid_on is None or month_of(paid_on) <= self.month


def month_of(day: datetime.date) -> int:
    """The month (yyyymm) of a day."""
    return day.year * 100 + day.month


def next_month(month: int) -> int:
    """The month after one (both yyyymm)."""
    return month + 1 if month % 100 < 12 else (month // 100 + 1) * 100 + 1


def previous_month(month: int) -> int:
    """The month before one (both yyyymm)."""
    return month - 1 if month % 100 > 1 else (month // 100 - 1) * 100 + 12


def months_between(first: int, last: int) -> int:
    """How many months lie from ``first`` to ``last`` (yyyymm); negative where it is before."""
    return (last // 100 - first // 100) * 12 + last % 100 - first % 100


@dataclass(frozen=True, slots=True)
class Person:
    """An insured person."""

    id: str
    sex: Annotated[Sex, Fact(message("性别"))]
    birth: Annotated[datetime.date, Fact(message("出生日期"))]
    area: str
    """Home area where no enrolment says otherwise, six digits."""
    groups: tuple[GroupMembership, ...]
    enrolments: tuple[Enrolment, ...]
    """By first day; no two overlap; at least one."""
    contributions_resident: tuple[ResidentContribution, ...] | None
    """By year; None: none is listed and every year of an enrolment counts as paid in time."""
    contributions_employee: Sequence[EmployeeContribution] | None
    """By month; None: none is listed and every month of an enrolment counts as paid in time."""

    def enrolment_on(self, day: datetime.date) -> Enrolment | None:
        """The enrolment that holds on ``day``."""
        return next((enrolment for enrolment in self.enrolments if enrolment.holds_on(day)), None)

    def enrolment_in_month(self, month: int) -> Enrolment | None:
        """The enrolment on the first day of ``month``, else the first that begins in it.

        So a person who retires within a month still counts as working in it.
        """
        first_day = datetime.date(month // 100, month % 100, 1)
        return self.enrolment_on(first_day) or next(
            (enrolment for enrolment in self.enrolments if month_of(enrolment.start) == month),
            None,
        )


@dataclass(frozen=True, slots=True)
class Institution:
    """A designated institution."""

    id: str
    area: str
    kind: Annotated[InstitutionKind, Fact(message("机构类型"))]
    price_class: Annotated[int | None, Fact(message("机构价格类别"), least=1, most=3)] = None
    """1, 2 or 3; decides wherever it is given."""
    grade: Annotated[HospitalGrade | None, Fact(message("医院等级"))] = None
    """Fills in a missing price class."""
    county: Annotated[bool, Fact(message("县级二类机构"))] = False
    """Class 2 of a county, where the pack splits that class."""
    dual_channel: Annotated[bool, Fact(message("“双通道”机构"))] = False
    """Sells dual-channel drugs."""
    rank: Annotated[
        InstitutionRank | None,
        Fact(message("医院隶属"), help=message("有的地方类别随隶属与等级。")),
    ] = None
    """Whose it is, where the class depends on it."""


@dataclass(frozen=True, slots=True)
class Filing:
    """A notice: cross-region care, or a chronic disease with its terms."""

    person: Annotated[str, Fact(message("人员"), kind="reference")]
    kind: Annotated[FilingKind, Fact(message("备案"))]
    care_area: Annotated[str | None, Fact(message("就医地"), kind="area", only=(_CROSS_REGION,))]
    """Where the care happens, or an area above it; None for ``chronic``."""
    disease: Annotated[
        str | None, Fact(message("慢特病病种"), named_by="disease", only=(_LISTED_DISEASE,))
    ]
    """As the pack names it, for ``chronic``; None for the others."""
    start: FirstDay
    end: LastDay = None

    def holds_on(self, day: datetime.date) -> bool:
        """Whether ``day`` lies in the filing."""
        return self.start <= day and (self.end is None or day <= self.end)


@dataclass(frozen=True, slots=True)
class Grant:
    """A grantor lets a grantee draw on the personal account."""

    grantor: Annotated[str, Fact(message("授权人"), kind="reference")]
    grantee: Annotated[str, Fact(message("被授权人"), kind="reference")]
    relation: Annotated[RelationKind, Fact(message("与授权人的关系"))]
    """What the grantee is to the grantor."""
    start: Annotated[datetime.date, Fact(message("授权首日"), written="from")]
    end: Annotated[datetime.date | None, Fact(message("授权末日"), written="to")] = None
    limit: Annotated[Fen | None, Fact(message("单次支付额度"), unit=_YUAN)] = None
    """Most that one payment may take, in fen."""


@dataclass(frozen=True, slots=True)
class Item:
    """One charged line."""

    item_class: Annotated[ItemClass, Fact(message("目录类别"), written="class")]
    amount: Annotated[Fen, Fact(message("金额"), unit=_YUAN)]
    upfront: Annotated[
        BasisPoints | None,
        Fact(
            message("先行自付"),
            help=message("乙类才有；不填用当地规定。"),
            unit=message("%"),
            only=(("class", (ItemClass.B,)),),
        ),
    ] = None
    """Upfront share of a class B line; None: the pack's."""
    limit: Annotated[
        Fen | None,
        Fact(message("限价"), unit=_YUAN, only=(("class", (ItemClass.A, ItemClass.B)),)),
    ] = None
    """Price limit of the whole line."""
    kind: Annotated[ItemKind, Fact(message("项目"))] = ItemKind.DRUG
    group: Annotated[
        ItemGroup | None,
        Fact(
            message("项目的组"),
            help=message("有的地方对这一组多报。"),
            only=(("class", (ItemClass.A, ItemClass.B)),),
        ),
    ] = None
    """A group of which the fund pays more in some places."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One outpatient visit, inpatient stay, purchase or maternity case."""

    id: str
    person: str
    institution: str
    kind: Annotated[VisitKind, Fact(message("看什么"))]
    start: datetime.date
    """Day of the visit, or of admission."""
    end: datetime.date
    """Day of discharge; the same as ``start`` unless inpatient."""
    items: tuple[Item, ...]
    draw: tuple[str, ...] = ()
    """Personal accounts that may pay, in order: ``own`` or a person's id."""
    emergency: Annotated[bool, Fact(message("急诊"))] = False
    channel: Annotated[
        Channel,
        Fact(message("直接结算或手工报销")),
    ] = Channel.DIRECT
    disease: Annotated[
        str | None,
        Fact(
            message("慢特病病种"),
            named_by="disease",
            asked=(("kind", (VisitKind.CHRONIC,)),),
        ),
    ] = None
    prescription: Annotated[
        bool,
        Fact(
            message("凭医院的外配处方"),
            asked=(_PHARMACY,),
            of_interface=False,
        ),
    ] = False
    family_doctor: Annotated[
        bool,
        Fact(
            message("签约了家庭医生"),
            asked=(("kind", (VisitKind.OUTPATIENT,)),),
            of_interface=False,
        ),
    ] = False
    delivery: Annotated[
        Delivery | None,
        Fact(
            message("生育方式"),
            help=message("不写是产前检查。"),
            only=(_MATERNITY,),
        ),
    ] = None
    """None in a maternity visit: prenatal."""
    fetuses: Annotated[
        int,
        Fact(message("胎儿数"), least=1, most=9, only=(_MATERNITY,)),
    ] = 1
    gestation_months: Annotated[
        int | None,
        Fact(
            message("孕月"),
            unit=message("个月"),
            most=10,
            only=(_MATERNITY,),
        ),
    ] = None
    without_stay: Annotated[
        bool,
        Fact(
            message("没有住院，在门诊做的"),
            help=message("流产在门诊另有标准的地区要写，别处不改变结果。"),
            only=(_MATERNITY,),
            of_interface=False,
        ),
    ] = False
    dual_channel: Annotated[bool, Fact(message("“双通道”药品"), of_interface=False)] = False
    referred: Annotated[
        bool,
        Fact(
            message("由首诊机构转来"),
            of_interface=False,
        ),
    ] = False
    """Sent on by a first-contact institution."""
    prescriber_tier: Annotated[
        str | None,
        Fact(
            message("开处方机构的价格类别"),
            help=message("药店按开方机构结算的地区要写，别处不改变结果。"),
            key="price_class",
            asked=(_PHARMACY,),
            of_interface=False,
        ),
    ] = None
    """Price class of the institution whose prescription a pharmacy fills."""


@dataclass(frozen=True, slots=True)
class Used:
    """Accumulators of one person carried into a year."""

    year: Annotated[int, Fact(message("年度"))]
    outpatient_deductible: Annotated[Fen, Fact(message("今年门诊已付起付线"), unit=_YUAN)] = 0
    outpatient_pooled: Annotated[Fen, Fact(message("今年门诊基金已付"), unit=_YUAN)] = 0
    inpatient_pooled: Annotated[Fen, Fact(message("今年住院基金已付"), unit=_YUAN)] = 0
    chronic_pooled: Annotated[
        Mapping[str, Fen],
        Fact(message("今年这个病种基金已付"), unit=_YUAN),
    ] = field(default_factory=dict)
    """By disease; an amount that names none stands under the empty name."""
    upper: Annotated[Fen, Fact(message("今年大病、大额已付"), unit=_YUAN)] = 0
    assistance: Annotated[Fen, Fact(message("今年医疗救助已付"), unit=_YUAN)] = 0
    eligible_own: Annotated[Fen, Fact(message("今年住院、慢特病范围内自付"), unit=_YUAN)] = 0
    """Eligible less pooled of inpatient and chronic visits."""
    admissions: Annotated[
        int,
        Fact(
            message("今年此前住过几次院"),
            unit=message("次"),
            most=MOST_ADMISSIONS,
        ),
    ] = 0
    outpatient_eligible: Annotated[Fen, Fact(message("今年门诊政策范围内费用"), unit=_YUAN)] = 0


@dataclass(frozen=True, slots=True)
class Carried:
    """What a row of a file carries in beside :class:`Used`: of its year, and on accounts.

    None: what this run has counted so far.
    """

    inpatient_deductible: Annotated[Fen | None, Fact(message("今年住院已付起付线"))] = None
    chronic_deductible: Annotated[Fen | None, Fact(message("今年慢特病已付起付线"))] = None
    inpatient_eligible: Annotated[Fen | None, Fact(message("今年住院政策范围内费用"))] = None
    chronic_eligible: Annotated[Fen | None, Fact(message("今年慢特病政策范围内费用"))] = None
    chronic_pooled: Annotated[Fen | None, Fact(message("今年慢特病基金已付"))] = None
    special_pooled: Annotated[
        Fen | None, Fact(message("今年慢特病基金已付中占用住院限额的部分"))
    ] = None
    fund: Annotated[Fen | None, Fact(message("居民当年基金支付（零报销激励用）"))] = None
    disease: Annotated[Fen | None, Fact(message("病种在其限额期内已支付"))] = None
    maternity: Annotated[Fen | None, Fact(message("本次妊娠已支付"))] = None
    period_deductible: Annotated[
        Fen | None, Fact(message("若干天一次的起付：这些天里已付起付线"))
    ] = None
    period_eligible: Annotated[
        Fen | None, Fact(message("若干天一次的起付：这些天里政策范围内费用"))
    ] = None
    balance: Annotated[Fen | None, Fact(message("本人账户余额"))] = None
    grantor_balance: Annotated[Fen | None, Fact(message("授权人账户余额"))] = None
