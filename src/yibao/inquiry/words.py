"""What people may write for a choice, and what they read for it."""

from __future__ import annotations

from collections.abc import Mapping

from yibao.benefit.described import Fact
from yibao.errors import InputError
from yibao.messages import Listed, Message, Text, message, message_in, text_of
from yibao.policy.keys import (
    DELIVERIES,
    GRADES,
    KEYS,
    PRICE_CLASSES,
    RELATIONS,
    SCHEMES,
    TIER_COMMUNITY,
    TIER_SPECIAL,
)
from yibao.policy.kinds import (
    Channel,
    Contributor,
    FilingKind,
    HospitalGrade,
    InstitutionKind,
    InstitutionRank,
    ItemClass,
    RelationKind,
    Scheme,
    Setting,
    VisitKind,
)
from yibao.policy.labels import MEMBERS

Names = Mapping[str, Message]
"""What a choice is called, by its code."""


def _members(key: str) -> dict[str, Message]:
    return dict(zip(KEYS[key].members, MEMBERS[key], strict=True))


SCHEME: Names = {code: _members("scheme")[code] for code in SCHEMES}
STATUS: Names = _members("status")
SEX: Names = _members("sex")
RELATION: Names = {code: _members("relation")[code] for code in RELATIONS}
DELIVERY: Names = {code: _members("delivery")[code] for code in DELIVERIES}
KIND: Names = {
    VisitKind.OUTPATIENT: message_in("kind of care", "门诊"),
    VisitKind.INPATIENT: message_in("kind of care", "住院"),
    VisitKind.CHRONIC: message_in("kind of care", "门诊慢特病"),
    VisitKind.PHARMACY: message_in("kind of care", "药店购药"),
    VisitKind.MATERNITY: message_in("kind of care", "生育"),
}
FILING: Names = {
    FilingKind.LONG_STAY: message_in("filing", "长期居住备案"),
    FilingKind.REFERRAL: message_in("filing", "转诊备案"),
    FilingKind.EMERGENCY: message_in("filing", "异地急诊"),
    FilingKind.OTHER_TEMPORARY: message_in("filing", "其他临时外出"),
}
ITEM_KIND: Names = _members("item_kind")
ITEM_GROUP: Names = _members("item_group")
RANK: Names = {code: _members("rank")[code] for code in InstitutionRank}
CONTRIBUTOR: Names = {**SCHEME, Contributor.FLEXIBLE: message("灵活就业")}
CHOICE: Names = {
    "drain_then_grant": message_in("choice", "先用完本人余额，再用授权人的"),
    "must_be_zero_before": message_in("choice", "本人余额为零才能用授权人的"),
    "refuse": message_in("choice", "不予办理，说明原因"),
    "propose": message_in("choice", "照办，另列建议由经办决定"),
    "warn": message_in("choice", "照办，提醒核对"),
    "unchecked": message_in("choice", "不核对"),
    "province": message_in("choice", "同一省内"),
    "pooling_area": message_in("choice", "同一统筹区内"),
    "anywhere": message_in("choice", "不限地区"),
    "2_county": message_in("choice", "二类（县）"),
    PRICE_CLASSES[TIER_COMMUNITY]: message_in("choice", "社区"),
    PRICE_CLASSES[TIER_SPECIAL]: message_in("choice", "自成一类"),
    "above_ceiling": message_in("choice", "超过封顶线的部分"),
    "above_deductible": message_in("choice", "从起付线以上算起"),
    "with_deductible": message_in("choice", "连起付线一起算起"),
    "admission": message_in("choice", "按入院日"),
    "discharge": message_in("choice", "按出院日"),
    "any_time": message_in("choice", "任何时候都可补"),
    "same_year": message_in("choice", "当年内可补"),
    "within_grace": message_in("choice", "宽限期内可补"),
    "as_away": message_in("choice", "按异地急诊"),
    "no_effect": message_in("choice", "没有影响"),
    "average_wage_month": message_in("choice", "全口径月平均工资"),
    "base_floor": message_in("choice", "缴费基数下限"),
    "own_base": message_in("choice", "本人缴费基数"),
    "care_area": message_in("choice", "就医地"),
    "home_area": message_in("choice", "参保地"),
    "half_up_fen": message_in("choice", "四舍五入到分"),
    "half_up_jiao": message_in("choice", "四舍五入到角"),
    "down_fen": message_in("choice", "舍到分"),
    "up_fen": message_in("choice", "进到分"),
    "first_of_following_month": message_in("choice", "期满次月 1 日"),
    "same_day_after_months": message_in("choice", "期满当日"),
    "total_funding": message_in("choice", "个人缴费加财政补助"),
    "individual_only": message_in("choice", "只缴个人部分"),
    Setting.INPATIENT: message_in("choice", "住院"),
    Setting.OUTPATIENT: message_in("choice", "转入门诊统筹"),
    "person": message_in("choice", "个人负担"),
    "keep": message_in("choice", "保留"),
    "keep_earned": message_in("choice", "保留已得的"),
    "lose_earned": message_in("choice", "清零"),
    "reset": message_in("choice", "重新计算"),
    "reset_both": message_in("choice", "两项都重新计算"),
    "reset_zero_claim": message_in("choice", "零报销重新计算"),
    "written": message_in("choice", "住院和慢特病就诊"),
    "counted": message_in("choice", "住院、慢特病，和按病种结算的双通道药品"),
    "month_ceiling": message_in("choice", "按月限额"),
    "year_ceiling": message_in("choice", "按年限额"),
    "no_ceiling": message_in("choice", "没有单独限额"),
    "inpatient_ceiling": message_in("choice", "与住院共用限额"),
    "not_listed": message_in("choice", "不在病种名录"),
    "none": message_in("choice", "没有"),
    "each_visit": message_in("choice", "按每次就诊余下的部分"),
    "own_burden": message_in("choice", "按全年自付"),
    "by_disease": message_in("choice", "按病种，没有起付"),
    "office": message_in("choice", "要审核，由经办机构审核"),
    "reviewed": message_in("choice", "要审核"),
    "commitment": message_in("choice", "不用审核，凭本人承诺"),
    "to_person": message_in("choice", "发给本人"),
    "to_employer": message_in("choice", "发给单位"),
    "pay_out": message_in("choice", "付给本人或继承人"),
    "pooled_fund": message_in("choice", "归入统筹基金"),
    "heir": message_in("choice", "转入继承人的个人账户，没有账户的付给继承人"),
    "move": message_in("choice", "随人转往别的统筹区"),
    "before_period": message_in("choice", "保障期开始以前可以退"),
    "while_unused": message_in("choice", "没有用过基金就可以退"),
    "never": message_in("choice", "不退"),
    "channel": message_in("choice", "原路退回"),
    "account": message_in("choice", "记入本人个人账户"),
    "through_payment": message_in("choice", "从期满次日算到缴费当天"),
    "before_payment": message_in("choice", "从期满次日算到缴费前一天"),
    "own_part": message_in("choice", "可付个人负担的任何部分"),
    "own_part_in_catalogue": message_in("choice", "只付目录内的个人负担"),
    "own_share_factor": message_in("choice", "在职自付乘以系数"),
    "own_table": message_in("choice", "另有一张表"),
    "points": message_in("choice", "在职比例加百分点"),
    "threshold_applies": message_in("choice", "仍要过起付线"),
    "threshold_waived": message_in("choice", "不再过起付线"),
    "primary_or_signed": message_in("choice", "先到基层首诊转来，或签约家庭医生"),
    "ratio": message_in("choice", "另按一个比例支付"),
    "at_visit": message_in("choice", "每次就诊时结算"),
    "after_year": message_in("choice", "年后一次结算"),
    "payment": message_in("choice", "从缴费日起"),
    "new_year": message_in("choice", "从当年 1 月 1 日起"),
    "as_prescriber": message_in("choice", "按开处方的机构"),
    "own": message_in("choice", "只算这一类就医"),
    "with_inpatient": message_in("choice", "同时计入住院封顶线"),
    "payments": message_in("choice", "按基金支付量"),
    "cost": message_in("choice", "按费用量（基金支付加个人自付）"),
    "visit": message_in("choice", "按每次"),
    "year": message_in("choice", "按全年"),
    "month": message_in("choice", "按每月"),
    "quarter": message_in("choice", "按每季度"),
    "days": message_in("choice", "按起付线只付一次的那些天"),
    "together": message_in("choice", "各家机构合起来算"),
    "institution": message_in("choice", "各家机构分开算"),
}
"""Choices of rules; a price class that is a plain number stays one."""

_BY_CODE: Names = {
    **SCHEME,
    **CONTRIBUTOR,
    **STATUS,
    **SEX,
    **RELATION,
    **DELIVERY,
    **ITEM_KIND,
    **ITEM_GROUP,
    **RANK,
    **KIND,
    **FILING,
    ItemClass.A: message("甲类"),
    ItemClass.B: message("乙类"),
    ItemClass.C: message("丙类或目录外"),
    Channel.DIRECT: message("直接结算"),
    Channel.MANUAL: message("手工报销"),
    InstitutionKind.HOSPITAL: message("医院"),
    InstitutionKind.COMMUNITY: message("社区机构"),
    InstitutionKind.VILLAGE_CLINIC: message("村卫生室"),
    InstitutionKind.TUBERCULOSIS_HOSPITAL: message("结核病专科医院"),
    InstitutionKind.PSYCHIATRIC_HOSPITAL: message("精神病专科医院"),
}


def label(code: str) -> Text:
    """What a choice that is no member of a key is called; its code where it has no name."""
    return _BY_CODE.get(code, code)


def labels_of(fact: Fact) -> Mapping[str, Text]:
    """What the choices of a fact are called."""
    if fact.key:
        return _members(fact.key)
    return {code: label(code) for code in fact.choices}


_ALSO = {
    "居民": Contributor.RESIDENT,
    "城乡居民医保": Contributor.RESIDENT,
    "职工医保": Contributor.EMPLOYEE,
    "灵活就业人员": Contributor.FLEXIBLE,
    "慢特病": VisitKind.CHRONIC,
    "慢性病": VisitKind.CHRONIC,
    "药店": VisitKind.PHARMACY,
    "购药": VisitKind.PHARMACY,
    "妻子": RelationKind.SPOUSE,
    "丈夫": RelationKind.SPOUSE,
    "父亲": RelationKind.PARENT,
    "母亲": RelationKind.PARENT,
    "儿子": RelationKind.CHILD,
    "女儿": RelationKind.CHILD,
}
_LEVELS = {"三": "3", "二": "2", "一": "1"}
_DEGREES = dict(zip("特甲乙丙", "SABC", strict=True))


def choose(text: str, names: Mapping[str, Text], option: str) -> str:
    """The code that ``text`` means: the code itself, or a Chinese word for it."""
    plain = text.strip()
    if plain in names:
        return plain
    for code, name in names.items():
        if plain == text_of(name) or _ALSO.get(plain) == code:
            return code
    known = Listed(
        message("{code}（{name}）", code=code, name=name) for code, name in names.items()
    )
    raise InputError(
        message("{text} 不认识，可以写：{known}", text=repr(text), known=known), place=option
    )


def grade_code(text: str) -> str:
    """A hospital grade: ``3A``, or the way people say it."""
    plain = text.strip().upper().replace("级", "").replace("等", "")
    if len(plain) == 2 and plain[0] in _LEVELS and plain[1] in _DEGREES:
        plain = _LEVELS[plain[0]] + _DEGREES[plain[1]]
    if plain in GRADES:
        return plain
    if text.strip() in (HospitalGrade.UNGRADED, "未定级"):
        return HospitalGrade.UNGRADED
    raise InputError(
        message("{text} 不是医院等级，可以写：{grades}", text=repr(text), grades=Listed(GRADES)),
        place="--grade",
    )


def standing(scheme: str, status: str | None, *, flexible: bool = False) -> Message:
    """Scheme and status of a person, in words."""
    if scheme == Scheme.RESIDENT:
        return SCHEME[Scheme.RESIDENT]
    if status and flexible:
        return message("职工（{status}，灵活就业）", status=STATUS[status])
    if status:
        return message("职工（{status}）", status=STATUS[status])
    return message("职工（灵活就业）") if flexible else SCHEME[Scheme.EMPLOYEE]
