"""The columns that a file of visits may have; ``docs/columns.md`` shows this table."""

from __future__ import annotations

from typing import Any, NamedTuple

from yibao.benefit import answers
from yibao.benefit.described import Fact, facts_of, plain_facts
from yibao.benefit.facts import (
    Carried,
    Enrolment,
    Filing,
    Grant,
    GroupMembership,
    Institution,
    Item,
    Person,
    Used,
    Visit,
)
from yibao.benefit.terms import Accumulators
from yibao.policy.keys import CARE, VISIT_KINDS
from yibao.policy.kinds import FilingKind, InstitutionKind, Status

CARRY = "carry"
REVERSE = "reverse"
ROW_KINDS = (*VISIT_KINDS, CARRY, REVERSE)
INSTITUTION_KINDS = tuple(InstitutionKind)
STATUSES = tuple(Status)
FILING_KINDS = tuple(kind for kind in FilingKind if kind != FilingKind.CHRONIC)

OF_INSTITUTION = ("price_class", "grade", "county", "rank")
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
    title: str = ""
    """Of the fact that it is; a heading of that name is this column."""


_UNITS = {"whole": "count", "name": "text", "list": "text", "reference": "text", "area": "text"}
"""Kinds of facts whose unit is called otherwise here."""
_ENDINGS = {"fen": "_fen", "basis_points": "_basis_points", "day": "_day"}


def column_of(
    fact: Fact,
    name: str = "",
    remark: str = "",
    *,
    required: bool = False,
    choices: tuple[str, ...] | None = None,
    default: str = "",
    prefix: str = "",
) -> Column:
    """The column of a fact: its name with the unit behind it, its title and its help.

    ``name``: where the column is not called as the fact is, without its unit.  ``remark``: what
    a file has to know beside.  ``choices``: where a file writes others than the fact has.
    """
    unit = _UNITS.get(fact.kind, fact.kind)
    if not default and fact.default is not None and fact.kind != "list":
        default = "否" if fact.kind == "flag" else str(fact.default)
    words = (f"{prefix}{fact.title}", f"{fact.help}".rstrip("。"), remark)
    return Column(
        (name or fact.name) + _ENDINGS.get(unit, ""),
        unit,
        "；".join(filter(None, words)),
        required,
        choices=fact.choices if choices is None else choices,
        most=fact.most,
        default=default or ("" if required else "没有"),
        title=str(fact.title),
    )


ENROLMENT, FILING, GRANT = facts_of(Enrolment), facts_of(Filing), facts_of(Grant)
INSTITUTION, ITEM, PERSON, VISIT = map(facts_of, (Institution, Item, Person, Visit))
CARRIED: dict[str, Fact] = {**facts_of(Used), **facts_of(Carried)}
"""What a row may carry in, by name; what :class:`Used` has by disease is one sum here."""


def used_column(name: str) -> Column:
    """The column that carries one of these in."""
    default = "本次运行的累计"
    return column_of(CARRIED[name], f"used_{name}", default=default, prefix="带入：")


def balance_column(name: str) -> Column:
    """The column that carries the balance of an account in."""
    return column_of(CARRIED[name], default="本次运行的余额，起初为 0", prefix="带入：")


USED_BESIDE = (
    *("admissions", "fund", "disease", "maternity"),
    *("period_deductible", "period_eligible"),
)
"""What is used beside the accumulators of a year."""
ACCUMULATOR_COLUMNS = tuple(used_column(name).name for name in Accumulators._fields)

COLUMNS = {
    column.name: column
    for column in (
        # whose, and in which order
        Column("person", "text", "人员编号", True),
        Column("family", "text", "家庭编号：互相授权的人同属一个家庭", default="同 person"),
        Column("order", "count", "家庭内的结算次序", most=1 << 61, default="按 end_day，再按行"),
        Column(
            "row",
            "count",
            "调用者自己的行号；结果与 rejects 都用它",
            most=1 << 62,
            default="从 1 起的行号",
        ),
        Column("opening", "flag", "排在本家庭的一切行之前；--state 写出的行都是", default="否"),
        Column("visit", "text", "就诊编号；冲销和明细文件引用它"),
        Column(
            "rulebook",
            "text",
            "按哪一本规则书结算：校验值；规则书随文件带着，见“按当时的规则书”",
            default="今天的政策包",
        ),
        # the person on the day of the visit
        column_of(ENROLMENT["area"], remark="GB/T 2260 六位", required=True),
        column_of(ENROLMENT["scheme"], required=True),
        column_of(ENROLMENT["status"], remark="职工必填"),
        *map(column_of, plain_facts(Enrolment)),
        column_of(PERSON["birth"], required=True),
        column_of(PERSON["sex"], remark="不影响就诊结算，只作核对"),
        column_of(facts_of(GroupMembership)["group"], "groups", "当日的，用空格分开", default="无"),
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
        column_of(INSTITUTION["kind"], "institution_kind", required=True),
        Column("institution", "text", "就诊机构编号；起付线各家机构分开算的地区必填"),
        column_of(FILING["care_area"], "institution_area", "六位", default="同 area"),
        *(column_of(INSTITUTION[name]) for name in OF_INSTITUTION),
        column_of(
            FILING["kind"], "filing_kind", "入院日有效的", choices=FILING_KINDS, default="无备案"
        ),
        # the visit
        column_of(
            VISIT["kind"],
            remark="carry：只带入累计，reverse：冲销",
            required=True,
            choices=ROW_KINDS,
        ),
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
        Column(
            "period_care",
            "choice",
            "带入的若干天一次的起付属于哪一类就医；这些天的首日写在 end_day",
            choices=CARE,
        ),
        Column("reverses", "text", "冲销的就诊编号；reverse 必填"),
        # amounts: totals, or totals by class, or item rows
        Column("total_fen", "fen", "总费用；三种写法取一"),
        Column("out_of_catalogue_fen", "fen", "全自费", default="0"),
        Column("over_limit_fen", "fen", "超限价", default="0"),
        Column("upfront_fen", "fen", "先行自付", default="0"),
        Column("essential_drug_fen", "fen", "进入报销的基本药物零差率费用", default="0"),
        Column("chinese_medicine_fen", "fen", "进入报销的中药汤剂、针灸费用", default="0"),
        Column("class_a_fen", "fen", "甲类费用；三种写法取一", default="0"),
        Column("class_a_over_limit_fen", "fen", "甲类中超限价的部分", default="0"),
        Column("class_b_fen", "fen", "乙类费用", default="0"),
        Column("class_b_over_limit_fen", "fen", "乙类中超限价的部分", default="0"),
        Column("class_b_upfront_fen", "fen", "乙类先行自付金额", default="按比例算"),
        column_of(ITEM["upfront"], "class_b_upfront", default="按政策包"),
        column_of(ITEM["kind"], "class_b_kind", "乙类的"),
        Column("class_c_fen", "fen", "丙类费用", default="0"),
        # who pays the person's part
        Column("draw_own", "flag", "本人个人账户可以支付", default="否"),
        column_of(GRANT["grantor"], "draw_relative", "其账户可以支付；须与本人同一家庭"),
        column_of(GRANT["relation"], remark="本人是授权人的什么人"),
        Column("grant_in_force", "flag", "当日授权有效", default="否"),
        column_of(GRANT["limit"], "grant_limit", default="无"),
        Column("grantor_in_order", "flag", "授权人当日职工医保正常", default="否"),
        Column("grantee_in_order", "flag", "本人支付当日享受待遇", default="同 entitled"),
        Column("grantor_area", "text", "授权人参保地", default="同 area"),
        Column("account_area", "text", "支付当日本人参保地", default="同 area"),
        Column(
            "account_rulebook",
            "text",
            "出钱的账户按哪一本规则书：校验值",
            default="今天的政策包",
        ),
        # carried in, before this row
        *map(used_column, Accumulators._fields),
        *map(used_column, USED_BESIDE),
        balance_column("balance"),
        Column(
            "account_change_fen",
            "signed_fen",
            "此行之前记入本人账户的金额（划入为正）",
            default="0",
        ),
        balance_column("grantor_balance"),
    )
}

FACT_COLUMNS = tuple(
    fact.name for described in (Enrolment, Visit) for fact in plain_facts(described)
)
"""Columns that are facts as they are; one that no rule looks at is checked all the same."""

_OF_ITEM: dict[str, dict[str, Any]] = {
    "item_class": {"remark": "甲 A、乙 B、丙 C", "required": True},
    "amount": {"required": True},
    "upfront": {"default": "按政策包"},
    "limit": {"remark": "整行的；用于甲类和乙类", "default": "无"},
    "kind": {"name": "item_kind"},
    "group": {"name": "item_group"},
}
ITEM_FACT_COLUMNS = {name: column_of(fact, **_OF_ITEM.get(name, {})) for name, fact in ITEM.items()}
"""The column of each fact of an item."""
ITEM_COLUMNS = {
    column.name: column
    for column in (Column("visit", "text", "就诊编号", True), *ITEM_FACT_COLUMNS.values())
}

AMOUNTS = answers.AMOUNTS
"""Amounts of the output in fen, named as a scenario's answers name them."""


def arrow_type(column: Column) -> Any:
    """The type in which a file that yibao writes has the column."""
    import pyarrow as pa

    kinds = {"day": pa.date32(), "flag": pa.bool_(), "text": pa.string(), "choice": pa.string()}
    return kinds.get(column.unit, pa.int64())
