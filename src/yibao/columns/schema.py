"""The columns that a file of visits may have; ``docs/columns.md`` shows this table."""

from __future__ import annotations

from typing import NamedTuple

from yibao.benefit import answers
from yibao.benefit.described import Fact, plain_facts
from yibao.benefit.facts import Enrolment, Institution, Visit
from yibao.benefit.terms import Accumulators
from yibao.policy.keys import RELATIONS, SCHEMES, VISIT_KINDS
from yibao.policy.kinds import FilingKind, InstitutionKind, ItemClass, ItemKind, Status

CARRY = "carry"
REVERSE = "reverse"
ROW_KINDS = (*VISIT_KINDS, CARRY, REVERSE)
INSTITUTION_KINDS = tuple(InstitutionKind)
STATUSES = tuple(Status)
FILING_KINDS = tuple(kind for kind in FilingKind if kind != FilingKind.CHRONIC)
ITEM_CLASSES = tuple(ItemClass)
ITEM_KINDS = tuple(ItemKind)

OF_INSTITUTION = ("price_class", "grade", "county")
"""Facts of an institution that a row gives; what it sells in two channels the visit says."""
MOST_QUALIFYING_MONTHS = 600


class Column(NamedTuple):
    """One column of the input."""

    name: str
    unit: str
    """``text``, ``choice``, ``fen``, ``signed_fen``, ``basis_points``, ``day``, ``flag``,
    ``count``."""
    meaning: str
    required: bool = False
    choices: tuple[str, ...] = ()
    most: int = 0
    """Greatest count."""
    default: str = ""
    """What an empty cell or a missing column means, in words."""


_UNITS = {"flag": "flag", "choice": "choice", "whole": "count", "name": "text"}


def column_of(fact: Fact) -> Column:
    """The column of a fact."""
    default = "否" if fact.kind == "flag" else "" if fact.default is None else str(fact.default)
    meaning = f"{fact.title}；{fact.help}".rstrip("；。")
    return Column(
        fact.name,
        _UNITS[fact.kind],
        meaning,
        choices=fact.choices,
        most=fact.most,
        default=default or "没有",
    )


ACCUMULATOR_COLUMNS = tuple(f"used_{name}_fen" for name in Accumulators._fields)

COLUMNS = {
    column.name: column
    for column in (
        # whose, and in which order
        Column("person", "text", "人员编号", True),
        Column("family", "text", "家庭编号：互相授权的人同属一个家庭", default="同 person"),
        Column("order", "count", "家庭内的结算次序", most=1 << 62, default="按 end_day，再按行"),
        Column("visit", "text", "就诊编号；冲销和明细文件引用它"),
        # the person on the day of the visit
        Column("area", "text", "参保地，GB/T 2260 六位", True),
        Column("scheme", "choice", "险种", True, SCHEMES),
        Column("status", "choice", "在职或退休；职工必填", choices=STATUSES),
        *map(column_of, plain_facts(Enrolment)),
        Column("birth_day", "day", "出生日", True),
        Column("sex", "choice", "性别（不影响就诊结算，只作核对）", choices=("male", "female")),
        Column("groups", "text", "人群，用空格分开", default="无"),
        Column("entitled", "flag", "当日享受待遇；与 covered_from_day 二选一"),
        Column("covered_from_day", "day", "待遇首日；空：没有待遇"),
        Column("covered_to_day", "day", "待遇末日", default="没有末日"),
        Column(
            "qualifying_months",
            "count",
            "生育就诊前连续缴费月数",
            most=MOST_QUALIFYING_MONTHS,
            default="0",
        ),
        Column(
            "ceiling_bonus_fen", "fen", "大病封顶线的激励额度；与 timely_years 二选一", default="0"
        ),
        Column("timely_years", "text", "按时缴费的居民年度，用空格分开；由此算出激励额度"),
        # where
        Column("institution_kind", "choice", "机构类型", True, INSTITUTION_KINDS),
        Column("institution_area", "text", "就医地，六位", default="同 area"),
        *(column_of(fact) for fact in plain_facts(Institution) if fact.name in OF_INSTITUTION),
        Column(
            "filing_kind", "choice", "入院日有效的异地备案", choices=FILING_KINDS, default="无备案"
        ),
        # the visit
        Column("kind", "choice", "就诊类别；carry：只带入累计，reverse：冲销", True, ROW_KINDS),
        Column("start_day", "day", "入院日", default="同 end_day"),
        Column("end_day", "day", "就诊日或出院日", True),
        *map(column_of, plain_facts(Visit)),
        Column("disease_from_day", "day", "病种备案首日（老人老办法用）", default="无备案"),
        Column(
            "disease_period",
            "choice",
            "带入的病种累计属于一年还是一月",
            choices=("year", "month"),
            default="按病种待遇",
        ),
        Column("reverses", "text", "冲销的就诊编号；reverse 必填"),
        # amounts: totals, or totals by class, or item rows
        Column("total_fen", "fen", "总费用；三种写法取一"),
        Column("out_of_catalogue_fen", "fen", "全自费", default="0"),
        Column("over_limit_fen", "fen", "超限价", default="0"),
        Column("upfront_fen", "fen", "先行自付", default="0"),
        Column("class_a_fen", "fen", "甲类费用；三种写法取一", default="0"),
        Column("class_a_over_limit_fen", "fen", "甲类中超限价的部分", default="0"),
        Column("class_b_fen", "fen", "乙类费用", default="0"),
        Column("class_b_over_limit_fen", "fen", "乙类中超限价的部分", default="0"),
        Column("class_b_upfront_fen", "fen", "乙类先行自付金额", default="按比例算"),
        Column(
            "class_b_upfront_basis_points", "basis_points", "乙类先行自付比例", default="按政策包"
        ),
        Column("class_b_kind", "choice", "乙类项目类别", choices=ITEM_KINDS, default="drug"),
        Column("class_c_fen", "fen", "丙类费用", default="0"),
        # who pays the person's part
        Column("draw_own", "flag", "本人个人账户可以支付", default="否"),
        Column("draw_relative", "text", "授权人编号，其账户可以支付；须与本人同一家庭"),
        Column("relation", "choice", "本人是授权人的什么人", choices=RELATIONS),
        Column("grant_in_force", "flag", "当日授权有效", default="否"),
        Column("grant_limit_fen", "fen", "单次支付额度", default="无"),
        Column("grantor_in_order", "flag", "授权人当日职工医保正常", default="否"),
        Column("grantee_in_order", "flag", "本人支付当日享受待遇", default="同 entitled"),
        Column("grantor_area", "text", "授权人参保地", default="同 area"),
        Column("account_area", "text", "支付当日本人参保地", default="同 area"),
        # carried in, before this row
        *(
            Column(name, "fen", f"带入累计：{name[5:-4]}", default="本次运行的累计")
            for name in ACCUMULATOR_COLUMNS
        ),
        Column(
            "used_admissions", "count", "带入：当年已住院次数", most=9_999, default="本次运行的累计"
        ),
        Column(
            "used_fund_fen",
            "fen",
            "带入：居民当年基金支付（零报销激励用）",
            default="本次运行的累计",
        ),
        Column("used_disease_fen", "fen", "带入：病种在其限额期内已支付", default="本次运行的累计"),
        Column("used_maternity_fen", "fen", "带入：本次妊娠已支付", default="本次运行的累计"),
        Column("balance_fen", "fen", "带入：本人账户余额", default="本次运行的余额，起初为 0"),
        Column(
            "account_change_fen",
            "signed_fen",
            "此行之前记入本人账户的金额（划入为正）",
            default="0",
        ),
        Column(
            "grantor_balance_fen", "fen", "带入：授权人账户余额", default="本次运行的余额，起初为 0"
        ),
    )
}

FACT_COLUMNS = tuple(
    fact.name for described in (Enrolment, Visit) for fact in plain_facts(described)
)
"""Columns that are facts as they are; one that no rule looks at is checked all the same."""

ITEM_COLUMNS = {
    column.name: column
    for column in (
        Column("visit", "text", "就诊编号", True),
        Column("item_class", "choice", "甲 A、乙 B、丙 C", True, ITEM_CLASSES),
        Column("amount_fen", "fen", "金额", True),
        Column(
            "upfront_basis_points", "basis_points", "先行自付比例，只用于乙类", default="按政策包"
        ),
        Column("limit_fen", "fen", "整行的支付上限，用于甲类和乙类", default="无"),
        Column("item_kind", "choice", "项目类别", choices=ITEM_KINDS, default="drug"),
    )
}

AMOUNTS = answers.AMOUNTS
"""Amounts of the output in fen, named as a scenario's answers name them."""
