"""What people may write for a choice, and what they read for one."""

from __future__ import annotations

from collections.abc import Mapping

from yibao.benefit.described import Fact
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
CHOICE: Words = {
    "drain_then_grant": "先用完本人余额，再用授权人的",
    "must_be_zero_before": "本人余额为零才能用授权人的",
    "province": "同一省内",
    "pooling_area": "同一统筹区内",
    "anywhere": "不限地区",
    "2_county": "二类（县）",
    "community": "社区",
    "above_ceiling": "超过封顶线的部分",
    "above_deductible": "从起付线以上算起",
    "with_deductible": "连起付线一起算起",
    "admission": "按入院日",
    "discharge": "按出院日",
    "any_time": "任何时候都可补",
    "same_year": "当年内可补",
    "within_grace": "宽限期内可补",
    "as_away": "按异地急诊",
    "no_effect": "没有影响",
    "average_wage_month": "全口径月平均工资",
    "base_floor": "缴费基数下限",
    "own_base": "本人缴费基数",
    "care_area": "就医地",
    "home_area": "参保地",
    "half_up_fen": "四舍五入到分",
    "half_up_jiao": "四舍五入到角",
    "down_fen": "舍到分",
    "up_fen": "进到分",
    "first_of_following_month": "期满次月 1 日",
    "same_day_after_months": "期满当日",
    "total_funding": "个人缴费加财政补助",
    "individual_only": "只缴个人部分",
    "inpatient": "住院",
    "outpatient": "转入门诊统筹",
    "person": "个人负担",
    "keep": "保留",
    "keep_earned": "保留已得的",
    "lose_earned": "清零",
    "reset": "重新计算",
    "reset_both": "两项都重新计算",
    "reset_zero_claim": "零报销重新计算",
    "month_ceiling": "按月限额",
    "year_ceiling": "按年限额",
    "no_ceiling": "没有单独限额",
    "inpatient_ceiling": "与住院共用限额",
    "not_listed": "不在病种名录",
    "none": "没有",
    "own_burden": "按全年自付",
    "office": "要审核，由经办机构审核",
    "pay_out": "付给本人或继承人",
    "heir": "转入继承人的个人账户，没有账户的付给继承人",
    "move": "随人转往别的统筹区",
    "before_period": "保障期开始以前可以退",
    "while_unused": "没有用过基金就可以退",
    "never": "不退",
    "channel": "原路退回",
    "account": "记入本人个人账户",
    "own_part": "可付个人负担的任何部分",
    "own_part_in_catalogue": "只付目录内的个人负担",
    "own_share_factor": "在职自付乘以系数",
    "own_table": "另有一张表",
    "points": "在职比例加百分点",
    "threshold_applies": "仍要过起付线",
    "threshold_waived": "不再过起付线",
    "visit": "按每次",
    "year": "按全年",
}
"""Choices of rules; a price class that is a plain number stays one."""

_BY_CODE: Words = {
    **SCHEME,
    **CONTRIBUTOR,
    **STATUS,
    **SEX,
    **RELATION,
    **DELIVERY,
    **ITEM_KIND,
    **KIND,
    **FILING,
    "A": "甲类",
    "B": "乙类",
    "C": "丙类或目录外",
    "direct": "直接结算",
    "manual": "手工报销",
    "hospital": "医院",
    "community": "社区机构",
}


def label(code: str) -> str:
    """What a choice that is no member of a key is called; its code where it has no name."""
    return _BY_CODE.get(code, code)


def labels_of(fact: Fact) -> Words:
    """What the choices of a fact are called."""
    if fact.key:
        return _members(fact.key)
    return {code: label(code) for code in fact.choices}


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
    "A": "Class A",
    "B": "Class B",
    "C": "Class C or not listed",
    "1": "Class 1",
    "2": "Class 2",
    "2_county": "Class 2 (county)",
    "3": "Class 3",
    "community": "Community",
    "drug": "Drug",
    "service": "Service",
    "consumable": "Consumable",
}
"""The same codes in English."""
