"""What people ask about: the words for it, the rules behind it and the calculator that answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from yibao.messages import Wording, message, message_in
from yibao.policy.kinds import HospitalGrade, VisitKind


@dataclass(frozen=True, slots=True)
class Topic:
    """One thing that people ask about."""

    id: str
    title: Wording
    words: tuple[str, ...]
    """What a question about it says; longer words weigh more."""
    calculator: str
    inputs: Mapping[str, str] = field(default_factory=dict)
    parameters: tuple[str, ...] = ()
    """The figures to show, most wanted first."""
    task: str = ""
    """Task of the guides."""


TOPICS: tuple[Topic, ...] = (
    Topic(
        "contribution",
        message_in("topics", "个人缴费"),
        (
            "个人缴费", "缴费多少", "缴多少", "交多少", "缴费标准", "缴费", "交费", "医保费",
            "保费",
            "多少钱一个月", "一个月多少", "多少一个月", "一年多少钱", "新农合", "灵活就业",
            "缴费基数",
            "交医保", "缴医保",
        ),
        "contribute",
        {},
        (
            "resident.contribution.individual",
            "employee.contribution.flexible_rate",
            "employee.contribution.individual_rate",
            "employee.contribution.base_floor",
            "employee.contribution.flexible_large_amount_year",
        ),
        "pay_resident",
    ),
    Topic(
        "ratio",
        message("报销比例"),
        (
            "报销比例", "报多少", "报销多少", "能报多少", "报销", "比例", "住院报", "门诊报",
            "统筹",
            "住院", "门诊", "起付线", "门槛费", "起付",
        ),
        "visit",
        {},
        (
            "resident.inpatient.ratio",
            "employee.inpatient.ratio",
            "resident.outpatient.ratio",
            "employee.outpatient.ratio",
            "resident.inpatient.deductible",
            "employee.inpatient.deductible",
            "employee.outpatient.deductible",
        ),
        "manual_claim",
    ),
    Topic(
        "ceiling",
        message("封顶线与限额"),
        ("封顶线", "封顶", "限额", "最多报", "上限", "最高支付"),
        "year",
        {},
        (
            "resident.inpatient.annual_ceiling",
            "employee.inpatient.annual_ceiling",
            "resident.outpatient.annual_ceiling",
            "employee.outpatient.annual_ceiling",
            "resident.upper.annual_ceiling",
            "employee.upper.annual_ceiling",
        ),
    ),
    Topic(
        "upper",
        message("大病保险"),
        ("大病保险", "大病", "二次报销", "二次补偿", "大额补助", "大额"),
        "year",
        {},
        ("resident.upper.threshold", "resident.upper.ratio", "employee.upper.ratio"),
    ),
    Topic(
        "waiting",
        message("等待期与断缴"),
        (
            "等待期", "断缴", "断保", "停保", "什么时候生效", "几个月后", "何时生效", "补缴",
            "逾期",
            "晚缴", "没交", "集中缴费期", "连续参保", "生效",
        ),
        "cover",
        {},
        (
            "resident.waiting.fixed",
            "resident.waiting.per_lapsed_year",
            "employee.waiting.grace",
            "employee.waiting.after_lapse",
            "resident.contribution.window_close",
        ),
    ),
    Topic(
        "aid",
        message("家庭共济"),
        ("家庭共济", "共济", "给家人用", "家人能用", "亲属", "父母用", "个人账户给", "绑定家人"),
        "aid",
        {},
        ("mutual_aid.floor", "mutual_aid.relation", "mutual_aid.area"),
        "mutual_aid_bind",
    ),
    Topic(
        "account",
        message("个人账户"),
        ("个人账户", "医保卡余额", "划入", "返钱", "余额"),
        "aid",
        {},
        ("personal_account.working_ratio", "personal_account.retired_amount"),
        "query_account",
    ),
    Topic(
        "retirement",
        message("退休年限"),
        ("退休", "缴满", "多少年", "年限", "终身", "补足", "男25", "女20"),
        "retire",
        {},
        ("retirement.years", "retirement.actual_years", "retirement.shortfall_rate"),
    ),
    Topic(
        "away",
        message("异地就医"),
        ("异地就医", "异地", "外地", "跨省", "备案", "转诊", "外省"),
        "visit",
        {"where": "away"},
        (
            "resident.inpatient.place_points",
            "employee.inpatient.place_ratio",
            "employee.inpatient.place_deductible",
        ),
        "filing",
    ),
    Topic(
        "maternity",
        message("生育"),
        ("生育津贴", "生育", "生孩子", "剖腹产", "产检", "产前检查", "剖宫产", "顺产", "分娩",
         "流产", "产假"),
        "maternity",
        {},
        (
            "employee.maternity.delivery_ceiling",
            "resident.maternity.delivery_ceiling",
            "employee.maternity.prenatal_quota",
            "maternity.allowance_days",
        ),
    ),
    Topic(
        "chronic",
        message_in("topics", "门诊慢特病"),
        ("慢特病", "慢性病", "慢病", "大病门诊", "特病", "门慢", "高血压", "糖尿病", "透析",
         "冠心病"),
        "visit",
        {"kind": VisitKind.CHRONIC},
        (
            "resident.chronic.disease_ceiling",
            "employee.chronic.disease_ceiling",
            "resident.chronic.ratio",
            "employee.chronic.ratio",
        ),
    ),
    Topic(
        "assistance",
        message("医疗救助"),
        ("医疗救助", "低保", "特困", "救助", "困难群众"),
        "visit",
        {},
        ("assistance.ratio", "assistance.threshold", "resident.contribution.group_individual"),
    ),
    Topic(
        "compare",
        message("两地对比"),
        ("哪里报得多", "一样吗", "对比", "比较", "两地", "区别", "不同地方"),
        "compare",
    ),
    Topic(
        "change",
        message("规则变化"),
        ("新政策", "变化", "改革", "以前", "调整", "涨了"),
        "change",
    ),
)  # fmt: skip

GRADES: tuple[tuple[str, HospitalGrade], ...] = (
    ("三甲", HospitalGrade.GRADE_3A),
    ("三级甲等", HospitalGrade.GRADE_3A),
    ("三乙", HospitalGrade.GRADE_3B),
    ("二甲", HospitalGrade.GRADE_2A),
    ("二级甲等", HospitalGrade.GRADE_2A),
    ("二乙", HospitalGrade.GRADE_2B),
    ("一级", HospitalGrade.GRADE_1A),
    ("一甲", HospitalGrade.GRADE_1A),
)
COMMUNITY_WORDS = ("社区", "卫生院", "乡镇", "村卫生室")
QUESTIONS = (
    "医保个人缴费多少一个月",
    "三甲报多少",
    "断缴两年什么时候生效",
    "父母能用我的个人账户吗",
    "退休要缴满多少年",
)
"""Examples to begin with."""
