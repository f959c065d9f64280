"""The facts that a question states."""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass, field
from typing import Any

from yibao.inquiry.ask.lexicon import lexicon
from yibao.inquiry.ask.normalise import Plain
from yibao.inquiry.ask.numbers import amounts, counted, number, year_of
from yibao.inquiry.ask.places import Where
from yibao.policy.kinds import Contributor, Status, VisitKind

ELSEWHERE = "elsewhere"
"""The place of care that is only said to be another one."""
_RESIDENT = re.compile("居民|农合|合作医疗|农村|农民|城乡|村里|学生|大学生|没工作|没有工作|无业")
_FLEXIBLE = re.compile("灵活|自由职业|个体户|个人身份")
_EMPLOYEE = re.compile("职工|城职|员工|在职|上着?班|单位|公司|工资|五险")
_WITHOUT_EMPLOYER = re.compile("(?:没有?|无|不在)(?:用人|工作)?单位")
_ON_THEIR_OWN = re.compile(
    "没有?单位|无单位|外卖|骑手|滴滴|网约车|摆摊|自己开店|开小店|做小生意|打零工"
)
"""Work that is nobody's employment."""
_PAY_ALONE = re.compile(
    "(?:灵活|个体|自由职业|个人身份)[^和跟与]{0,8}(?:[交缴]|参加)[^和跟与]{0,4}职工"
)
"""Who pays alone into the employees' scheme: one scheme, not two."""
_NO_STAY = re.compile("(?:没有?|不用?|未|无需)(?:去|办|要)?住院")
_CHILD = re.compile("孩子|小孩|孩童|儿童|宝宝|婴儿|娃|幼儿|上小学|上初中|上高中|幼儿园|小学|中学")
_NO_CHILD = re.compile(
    "生孩|生小孩|生娃|生二|生三|共济|账户|余额|绑定|我的医保|产检|生育|一家|口人|两个孩子"
)
_AGE = re.compile(
    r"(?P<a>\d{1,3}|[一二三四五六七八九十]{1,3})(?:周?岁|多岁)"
    r"|今年(?P<b>\d{2}|[一二三四五六七八九]?十[一二三四五六七八九]?)"
    r"(?=了|退休|[,， ]|$|三级|[^\d年月万千块元个次回])"
)
_PREMIUM = re.compile("(?:医保|农合|合作医疗|保费)(?:费)?[交缴]了$")
_BASE = re.compile("基数|工资|月薪|月收入")
_BALANCE = re.compile("余额|卡上|卡里|账户[里上]?[还有]|剩")
_MONTH = re.compile(r"(?<![\d.])(1[0-2]|[1-9])月(?:份)?")
_MEMBERS = re.compile(r"([一二两三四五六七八九\d])口(?:人|之家)?")
_NTH = re.compile(r"第([二三四五六\d])[次回](?=.{0,3}住|.{0,4}院|.{0,3}报|.{0,3}门槛)")
_HOSPITAL = re.compile(
    r"([\u4e00-\u9fff]{2,14}?(?:医院|卫生院|妇幼保健院)|[\u4e00-\u9fff]{1,4}[一二三]院)"
)
_NO_HOSPITAL = re.compile(
    "三甲|二甲|三级|二级|一级|哪|几级|什么|县医院|去|到|个|社区医院|在.?医院|^医院|定点医院|花|转"
)
_DRUG = re.compile(
    r"(胰岛素|头孢|靶向药|二甲双胍|阿莫西林|(?:[\u4e00-\u9fff]{2,8}?)(?:肠溶片|缓释片|片|胶囊|注射液|颗粒|口服液|滴眼液|软膏))"
)


@dataclass(frozen=True, slots=True)
class Read:
    """What was read from a question."""

    plain: Plain
    today: datetime.date
    where: Where
    said: dict[str, Any]
    """Facts by the names of the contract."""
    schemes: tuple[str, ...]
    """Every scheme that is named; ``said`` has it where there is one."""
    cares: tuple[str, ...]
    """Every kind of care that is named."""
    amounts: tuple[int, ...]
    """Fen, in order."""
    supposed: dict[str, str] = field(default_factory=dict)
    """Facts of ``said`` that follow from others, by what they follow from."""

    @property
    def text(self) -> str:
        """The question as it is read."""
        return self.plain.text


def read_facts(plain: Plain, where: Where, today: datetime.date) -> Read:
    """Every fact that a question states."""
    text = where.masked
    patterns = lexicon().facts
    said: dict[str, Any] = {}
    of_care = _NO_STAY.sub("", text)
    for name, values in patterns.items():
        for pattern, value in values:
            if re.search(pattern, of_care if name == "care" else text):
                said[name] = value
                break
    cares = tuple(value for pattern, value in patterns["care"] if re.search(pattern, of_care))
    schemes = _schemes(text)
    supposed: dict[str, str] = {}
    if len(schemes) == 1:
        said["scheme"] = schemes[0]
        if schemes[0] == Contributor.FLEXIBLE and not _FLEXIBLE.search(text):
            supposed["scheme"] = "work"
    elif not schemes and said.get("status") == Status.RETIRED:
        said["scheme"] = Contributor.EMPLOYEE
        supposed["scheme"] = "status"
    if said.get("status") and said.get("scheme") == Contributor.RESIDENT:
        del said["status"]
    if not schemes and "基数" in text:
        said["scheme"] = Contributor.EMPLOYEE
        supposed["scheme"] = "base"
    if "scheme" not in said and not schemes and _CHILD.search(text) and not _NO_CHILD.search(text):
        said["scheme"] = Contributor.RESIDENT
        supposed["scheme"] = "child"
    _drop_unsaid(text, plain.text, said)
    if said.get("disease") and said.get("care") in (None, VisitKind.OUTPATIENT):
        said["care"] = VisitKind.CHRONIC
        cares = cares or (VisitKind.CHRONIC,)
    year = year_of(text, today)
    if year is not None:
        said["year"] = year
    sums = _amounts(text, said)
    _counts(text, said)
    _lapse(text, said)
    if where.care is not None:
        said["care_area"] = where.care.code
    elif re.search("外地|异地|外省|跨省|省外", text) and "total_fen" in said:
        said["care_area"] = ELSEWHERE
    if re.search("现在(?:补|交|缴)|今天(?:补|交|缴)", text):
        said["paid_on"] = today.isoformat()
    return Read(plain, today, where, said, schemes, cares, sums, supposed)


def _schemes(text: str) -> tuple[str, ...]:
    named = []
    on_their_own = _ON_THEIR_OWN.search(text)
    if _EMPLOYEE.search(_WITHOUT_EMPLOYER.sub("", text)) and not _PAY_ALONE.search(text):
        named.append(Contributor.EMPLOYEE)
    if _FLEXIBLE.search(text) or (on_their_own and not named and not _RESIDENT.search(text)):
        named.append(Contributor.FLEXIBLE)
    if _RESIDENT.search(text):
        named.append(Contributor.RESIDENT)
    return tuple(named)


def _drop_unsaid(text: str, whole: str, said: dict[str, Any]) -> None:
    if said.get("group") == "newborn" and not re.search("新生儿|刚出生|落地|刚生|出生", text):
        del said["group"]
    match = _DRUG.search(text)
    if match and not re.search("卡片|照片|图片", match[1]):
        said["item"] = match[1]
    for hospital in _HOSPITAL.findall(whole):
        if not _NO_HOSPITAL.search(hospital):
            said["hospital"] = hospital


def _amounts(text: str, said: dict[str, Any]) -> tuple[int, ...]:
    sums = []
    for amount in amounts(text):
        before = text[max(0, amount.start - 8) : amount.start]
        if _PREMIUM.search(before):
            continue  # what was paid for the insurance is no bill
        if _BASE.search(before):
            said["base_fen"] = amount.fen
        elif _BALANCE.search(before):
            said["balance_fen"] = amount.fen
        else:
            sums.append(amount.fen)
            said.setdefault("total_fen", amount.fen)
    return tuple(sums)


def _counts(text: str, said: dict[str, Any]) -> None:
    match = _AGE.search(text)
    if match:
        age = number(match["a"] or match["b"])
        if age is not None and age < 120:
            said["age"] = age
    match = _MEMBERS.search(text)
    if match:
        said["members"] = number(match[1])
    if "双胞胎" in text or "龙凤胎" in text:
        said["fetuses"] = 2
    match = _NTH.search(text)
    if match:
        nth = number(match[1])
        if nth:
            said["admissions_before"] = nth - 1
    paid = counted(text, r"(?<!补)[交缴](?:过|了|的|满|够)?(?:有)?", r"年(?!多少|要|得|需|一共|几)")
    if paid is not None and paid < 60:
        said["actual_years"] = paid
    months = [int(written) for written in _MONTH.findall(text)]
    if months:
        said["month"] = months[0]


def _lapse(text: str, said: dict[str, Any]) -> None:
    if re.search("(?:断|停|没[交缴]|漏|欠).{0,4}半年|半年(?:没|未)[交缴]", text):
        said["lapsed_months"] = 6
        return
    lapsed = (
        r"断[交缴保]?(?:了|掉|过)?(?:有)?|停[交缴保]?(?:了)?|没[交缴](?:了)?|漏[交缴]了?|[欠空]了?"
    )
    for unit, name in (("年", "lapsed_years"), ("个?月", "lapsed_months")):
        value = counted(text, lapsed, unit)
        if value is None:
            value = counted(text, "", rf"{unit}(?:没|未)[交缴]|{unit}断[交缴保]")
        if value is None and "断" in text:
            value = counted(text, "", unit + "(?!以前|前|的?年限)")
        if value is not None and value < 200:
            said[name] = value
            said.pop("actual_years", None)
    if "lapsed_years" in said and said.get("scheme") in (
        Contributor.EMPLOYEE,
        Contributor.FLEXIBLE,
    ):
        said["lapsed_months"] = 12 * int(said["lapsed_years"])
