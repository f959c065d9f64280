"""What people may write for a choice, and what they read for one."""

from __future__ import annotations

from collections.abc import Mapping

from yibao.errors import InputError
from yibao.policy.keys import DELIVERIES, GRADES, KEYS, RELATIONS, SCHEMES, VISIT_KINDS
from yibao.policy.labels import member_label

Words = Mapping[str, str]
"""Chinese word by code; the first word of a code is the one that is shown."""


def _members(key: str) -> dict[str, str]:
    return {
        name: member_label(key, position, name) for position, name in enumerate(KEYS[key].members)
    }


SCHEME: Words = {name: _members("scheme")[name] for name in SCHEMES}
STATUS: Words = _members("status")
SEX: Words = _members("sex")
RELATION: Words = {name: _members("relation")[name] for name in RELATIONS}
DELIVERY: Words = {name: _members("delivery")[name] for name in DELIVERIES}
KIND: Words = dict(
    zip(VISIT_KINDS, ("门诊", "住院", "门诊慢特病", "药店购药", "生育"), strict=True)
)
FILING: Words = {
    "long_stay": "长期居住备案",
    "referral": "转诊备案",
    "emergency": "异地急诊",
    "other_temporary": "其他临时外出",
}
ITEM_KIND: Words = _members("item_kind")
CONTRIBUTOR: Words = {"resident": "城乡居民", "employee": "职工", "flexible": "灵活就业"}
PRICE_CLASS: Words = {"1": "一类", "2": "二类", "3": "三类"}
CHOICE: Words = {
    "drain_then_grant": "先用完本人余额，再用授权人的",
    "must_be_zero_before": "本人余额为零才能用授权人的",
    "province": "同一省内",
    "pooling_area": "同一统筹区内",
    "anywhere": "不限地区",
}

_ALSO = {
    "居民": "resident",
    "城乡居民医保": "resident",
    "职工医保": "employee",
    "灵活就业人员": "flexible",
    "慢特病": "chronic",
    "慢性病": "chronic",
    "药店": "pharmacy",
    "购药": "pharmacy",
    "妻子": "spouse",
    "丈夫": "spouse",
    "父亲": "parent",
    "母亲": "parent",
    "儿子": "child",
    "女儿": "child",
}
_LEVELS = {"三": "3", "二": "2", "一": "1"}
_DEGREES = {"甲": "A", "乙": "B", "丙": "C"}


def choose(text: str, words: Words, option: str) -> str:
    """The code that ``text`` means: the code itself, or a Chinese word for it."""
    plain = text.strip()
    if plain in words:
        return plain
    for code, word in words.items():
        if plain == word or _ALSO.get(plain) == code:
            return code
    known = "、".join(f"{code}（{word}）" for code, word in words.items())
    raise InputError(f"{text!r} 不认识，可以写：{known}", place=option)


def grade_code(text: str) -> str:
    """A hospital grade: ``3A``, or the way people say it."""
    plain = text.strip().upper().replace("级", "").replace("等", "")
    if len(plain) == 2 and plain[0] in _LEVELS and plain[1] in _DEGREES:
        plain = _LEVELS[plain[0]] + _DEGREES[plain[1]]
    if plain in GRADES:
        return plain
    if text.strip() == "ungraded" or text.strip() == "未定级":
        return "ungraded"
    raise InputError(f"{text!r} 不是医院等级，可以写：{'、'.join(GRADES)}", place="--grade")


def standing(scheme: str, status: str | None, *, flexible: bool = False) -> str:
    """Scheme and status of a person, in words."""
    if scheme == "resident":
        return SCHEME["resident"]
    parts = [STATUS[status]] if status else []
    parts += ["灵活就业"] if flexible else []
    return f"职工（{'，'.join(parts)}）" if parts else SCHEME["employee"]


ENGLISH: Words = {
    "resident": "Residents' scheme",
    "employee": "Employee",
    "flexible": "Flexible employment",
    "working": "Working",
    "retired": "Retired",
    "male": "Male",
    "female": "Female",
    "outpatient": "Outpatient visit",
    "inpatient": "Inpatient stay",
    "chronic": "Chronic disease",
    "pharmacy": "Pharmacy purchase",
    "maternity": "Maternity",
    "spouse": "Spouse",
    "parent": "Parent",
    "child": "Child",
    "sibling": "Sibling",
    "grandparent": "Father's parent",
    "maternal_grandparent": "Mother's parent",
    "grandchild": "Son's child",
    "maternal_grandchild": "Daughter's child",
    "vaginal": "Vaginal delivery",
    "caesarean": "Caesarean",
    "miscarriage": "Miscarriage",
    "long_stay": "Long-stay filing",
    "referral": "Referral filing",
    "emergency": "Emergency away",
    "other_temporary": "Other temporary stay",
    "drug": "Drug",
    "service": "Service",
    "consumable": "Consumable",
    "1": "Class 1",
    "2": "Class 2",
    "3": "Class 3",
}
"""The same codes in English."""
