"""The columns that each kind of file may have; ``docs/import.md`` shows these tables."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from yibao.benefit.described import facts_of, plain_facts
from yibao.benefit.facts import Enrolment, GroupMembership, Institution, Person
from yibao.benefit.terms import Accumulators
from yibao.columns.schema import (
    CARRIED,
    COLUMNS,
    OF_INSTITUTION,
    USED_BESIDE,
    Column,
    balance_column,
    column_of,
)
from yibao.insured.people.certificates import RESIDENT, certificate_kinds
from yibao.policy.keys import VISIT_KINDS


class ImportKind(StrEnum):
    """What a file holds."""

    PEOPLE = "people"
    CONTRIBUTIONS = "contributions"
    ACCOUNTS = "accounts"
    VISITS = "visits"
    INSTITUTIONS = "institutions"


_PERSON, _ENROLMENT, _INSTITUTION = map(facts_of, (Person, Enrolment, Institution))
_OF_PERSON = Column("person", "text", "人员编号；原系统里的编号，在这里照用", True)
_NOT_CARRIED = "0"


def _by_name(*columns: Column) -> Mapping[str, Column]:
    return {column.name: column for column in columns}


def _used(name: str) -> Column:
    fact = CARRIED[name]
    return column_of(fact, f"used_{name}", default=_NOT_CARRIED, prefix="已用：")


FIELDS: Mapping[ImportKind, Mapping[str, Column]] = {
    ImportKind.PEOPLE: _by_name(
        _OF_PERSON,
        Column("name", "text", "姓名", True, title="姓名"),
        Column(
            "certificate",
            "choice",
            "证件类型",
            choices=tuple(certificate_kinds()),
            default=RESIDENT,
            title="证件类型",
        ),
        Column("number", "text", "证件号码；按它的写法、校验码核对", True, title="证件号码"),
        column_of(_PERSON["sex"], default="按证件号码"),
        column_of(_PERSON["birth"], default="按证件号码"),
        column_of(_ENROLMENT["area"], remark="六位", required=True),
        column_of(_ENROLMENT["scheme"], required=True),
        column_of(_ENROLMENT["status"], remark="职工必填"),
        *map(column_of, plain_facts(Enrolment)),
        Column(
            "start_day",
            "day",
            "这一段参保的首日；一个人有几段就写几行，挨在一起",
            True,
            title="参保日期",
        ),
        Column("end_day", "day", "这一段参保的末日", default="还在参保", title="终止日期"),
        column_of(
            facts_of(GroupMembership)["group"],
            "groups",
            "从 groups_from_day 起的，用空格分开",
            default="无",
        ),
        Column("groups_from_day", "day", "特殊人群从哪天起", default="同 start_day"),
    ),
    ImportKind.CONTRIBUTIONS: _by_name(
        _OF_PERSON,
        column_of(_ENROLMENT["scheme"], required=True),
        Column(
            "period",
            "text",
            "缴的是哪一期：居民写年度 2025，职工写月份 202503 或 2025-03",
            True,
            title="缴费所属期",
        ),
        Column("last_period", "text", "一行写连续几期时的最后一期", default="同 period"),
        Column("base_fen", "fen", "职工的缴费基数，月", title="缴费基数"),
        Column("paid_day", "day", "哪天缴的；居民必填", default="当月按时缴费", title="缴费日期"),
    ),
    ImportKind.ACCOUNTS: _by_name(
        _OF_PERSON,
        Column(
            "end_day",
            "day",
            "余额算到哪天；累计属于这一天所在的年度、月份，若干天一次的起付从这一天起",
            True,
            title="截止日期",
        ),
        column_of(_ENROLMENT["area"], remark="六位；写了累计必填"),
        column_of(_ENROLMENT["scheme"], remark="写了累计必填"),
        balance_column("balance")._replace(meaning="个人账户余额", default="不带入"),
        *map(_used, Accumulators._fields),
        *map(_used, USED_BESIDE),
        COLUMNS["disease"]._replace(meaning="used_disease_fen 是哪个病种的", default="普通门诊"),
        COLUMNS["disease_period"]._replace(
            meaning="used_disease_fen 属于一年还是一月；写了它必填", default="没有"
        ),
        COLUMNS["period_care"],
        COLUMNS["institution"]._replace(
            meaning="若干天一次的起付只在哪家机构算", default="哪家都算"
        ),
        *(
            COLUMNS[name]._replace(meaning="yibao batch --state 的列，不看", required=False)
            for name in ("kind", "family", "opening")
        ),
    ),
    ImportKind.VISITS: _by_name(
        _OF_PERSON,
        Column("visit", "text", "就诊编号；原系统里的编号", True, title="就诊编号"),
        Column("institution", "text", "就诊机构编号", title="机构编号"),
        Column("institution_name", "text", "就诊机构名称；与编号至少写一个", title="机构名称"),
        Column("kind", "choice", "看什么", True, choices=VISIT_KINDS, title="就诊类型"),
        Column("start_day", "day", "入院日", default="同 end_day"),
        Column("end_day", "day", "就诊日或出院日", True),
        Column("diagnosis", "text", "诊断；加密保存", title="诊断"),
        Column("total_fen", "fen", "总费用", True, title="总费用"),
        Column("fund_fen", "fen", "基金支付", True, title="基金支付"),
        Column("account_fen", "fen", "个人账户支付，含家庭共济", default="0"),
        Column("cash_fen", "fen", "现金；写了就与总费用核对", default="其余的"),
    ),
    ImportKind.INSTITUTIONS: _by_name(
        Column("institution", "text", "机构编号", True, title="机构编号"),
        Column("name", "text", "机构名称", True, title="机构名称"),
        Column("area", "text", "所在地，六位", True, title="所在地"),
        column_of(_INSTITUTION["kind"], "institution_kind", required=True),
        *(column_of(_INSTITUTION[name]) for name in (*OF_INSTITUTION, "dual_channel")),
        Column("start_day", "day", "从哪天起定点", default="一直是", title="定点日期"),
        Column("end_day", "day", "定点到哪天为止", default="还是定点", title="终止日期"),
    ),
}
"""By kind of file: its columns by name."""
