"""What the questions beside a single bill ask: each fact once, for pages, commands and programs.

Most are facts of :mod:`yibao.benefit.facts` in the words of the question; the rest are asked
only, and never stored.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from yibao.benefit.described import TODAY, Composite, Condition, Fact, facts_of
from yibao.benefit.facts import (
    EmployeeContribution,
    Grant,
    GroupMembership,
    Person,
    ResidentContribution,
)
from yibao.inquiry.question import ENROLMENT, ENROLMENT_FACTS, QUESTION
from yibao.messages import Wording, message
from yibao.policy.kinds import BIRTHS, Contributor, Scheme, Status

OF_RESIDENTS: Condition = ("scheme", (Contributor.RESIDENT,))
BY_MONTH: Condition = ("scheme", (Contributor.EMPLOYEE, Contributor.FLEXIBLE))
OF_EMPLOYERS: Condition = ("scheme", (Contributor.EMPLOYEE,))
_BORN: Condition = ("delivery", BIRTHS)
_GRANT = facts_of(Grant)
_YEAR = facts_of(ResidentContribution)
_MONTH = facts_of(EmployeeContribution)
_YUAN = message("元")
_YEARS = message("年")
_MONTHS = message("个月")
MOST_YEARS = 80
"""Of contributions in one life."""


def _asked(fact: Fact, **words: Any) -> Fact:
    """A fact in the words of a question, which may leave it out unless it says otherwise."""
    return replace(fact, **{"required": False, **words})


def _on(title: Wording) -> Fact:
    """The day of the question, as it calls it."""
    return Fact(title, name="on", kind="day", default=TODAY)


def _amount(name: str, title: Wording, **words: Any) -> Fact:
    return Fact(title, name=name, kind="fen", unit=_YUAN, **words)


def _by_name(*facts: Fact) -> Mapping[str, Fact]:
    return {fact.name: fact for fact in facts}


AREA = Fact(
    message("参保地"),
    help=message("在哪里缴医保费，就按哪里的规定。"),
    name="area",
    kind="area",
    required=True,
)
GROUP = _asked(
    facts_of(GroupMembership)["group"],
    help=message("代码或名称，如 low_income。"),
    several=True,
)
PAID = _by_name(
    _asked(_YEAR["year"], title=message("哪个年度"), required=True, only=(OF_RESIDENTS,)),
    _asked(_MONTH["month"], required=True, only=(BY_MONTH,)),
    _YEAR["paid_on"],
)
"""Of one payment that was made."""
PAYMENT = Composite(
    "paid",
    message("缴过的费"),
    tuple(PAID.values()),
    example=message("2025:2024-12-20（居民年度）或 2025-03:2025-03-10（职工月份）"),
    unit=message("缴费"),
    help=message("不写按一直按时缴费。"),
)
"""The same in one text."""
CONTRIBUTION = _by_name(
    QUESTION["scheme"],
    _asked(_YEAR["year"], help=message("享受待遇的那一年。"), only=(OF_RESIDENTS,)),
    _asked(_MONTH["month"], title=message("从哪个月起"), only=(BY_MONTH,)),
    Fact(
        message("缴几个月"),
        name="months",
        kind="whole",
        unit=_MONTHS,
        least=1,
        most=12,
        default=1,
        only=(BY_MONTH,),
    ),
    _asked(
        _MONTH["base"],
        help=message("一般是月工资；不填按当地最低基数。"),
        only=(BY_MONTH,),
    ),
    _asked(
        _YEAR["paid_on"],
        title=message("哪天缴"),
        help=message("过了集中缴费期会贵一些。"),
        default=TODAY,
    ),
    *ENROLMENT_FACTS,
    GROUP,
    QUESTION["birth"],
    QUESTION["age"],
)
COVER = _by_name(
    _asked(QUESTION["enrolled_from"], title=message("哪天参保的"), help="", required=True),
    _asked(QUESTION["scheme"], default=Contributor.RESIDENT),
    _asked(
        _YEAR["year"],
        name="claimed",
        title=message("用基金报销过的年度"),
        help=message("影响零报销激励。"),
        several=True,
        only=(OF_RESIDENTS,),
    ),
    _on(message("想知道哪一天")),
    GROUP,
    QUESTION["birth"],
    QUESTION["age"],
)
AID = _by_name(
    _asked(_GRANT["relation"], title=message("用的人是账户主人的谁")),
    _amount("grantor_balance", message("账户主人的余额")),
    _amount("own_balance", message("用的人自己的账户余额")),
    _asked(_GRANT["limit"], title=message("授权的单次额度"), help=message("没有设就不填。")),
    _asked(_GRANT["start"], name="from", help=message("不填是当天。")),
    _asked(_GRANT["end"], name="to", help=message("不填就一直有效。")),
    _asked(
        ENROLMENT["status"],
        name="grantor_status",
        title=message("账户主人"),
        default=Status.WORKING,
        only=(),
    ),
    _asked(
        ENROLMENT["scheme"],
        name="grantee_scheme",
        title=message("用的人参加"),
        default=Scheme.RESIDENT,
    ),
    _asked(
        ENROLMENT["status"],
        name="grantee_status",
        title=message("用的人"),
        only=(("grantee_scheme", (Scheme.EMPLOYEE,)),),
    ),
    _asked(
        AREA,
        name="grantee_area",
        title=message("用的人的参保地"),
        help=message("相同就不选。"),
    ),
    _on(message("哪一天用")),
)
RETIREMENT = _by_name(
    facts_of(Person)["sex"],
    Fact(
        message("实际缴费"),
        help=message("职工医保真正缴过的年数。"),
        name="actual_years",
        kind="whole",
        unit=_YEARS,
        most=MOST_YEARS,
    ),
    Fact(
        message("实际缴费另加"),
        name="actual_months",
        kind="whole",
        unit=_MONTHS,
        most=MOST_YEARS * 12,
    ),
    Fact(
        message("视同缴费"),
        help=message("建立职工医保以前的工龄，没有就不填。"),
        name="deemed_years",
        kind="whole",
        unit=_YEARS,
        most=MOST_YEARS,
    ),
    Fact(
        message("视同缴费另加"),
        name="deemed_months",
        kind="whole",
        unit=_MONTHS,
        most=MOST_YEARS * 12,
    ),
    _asked(
        _MONTH["base"],
        title=message("本人缴费基数"),
        help=message("按本人基数补缴的地方才需要。"),
    ),
    _on(message("退休日")),
)
ALLOWANCE = _by_name(
    Fact(
        message("难产"),
        name="difficult",
        kind="flag",
        only=(_BORN,),
    ),
    _amount(
        "wage",
        message("单位上年度月平均工资"),
        help=message("填了就算生育津贴。"),
        only=(OF_EMPLOYERS,),
    ),
    Fact(message("职工的未就业配偶"), name="spouse", kind="flag", only=(OF_EMPLOYERS,)),
)
"""Beside the bill of a birth."""
