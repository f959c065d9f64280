"""Codes of the steps that a trace records, with how ``explain`` reads each.

A trace is a list of (code, cell, amount); ``cell`` is the place in the segment
that gave the figure, or -1 where the step follows from the steps before it.

Settlements keep codes for ever: a number is never given to another step, and a new step
takes the next free one.
"""

from __future__ import annotations

from typing import NamedTuple

from yibao.messages import Days, Fen, Message, Months, Ratio, message


class StepKind(NamedTuple):
    """How one step code is shown."""

    code: int
    label: Message
    unit: str
    """``fen``, ``ratio`` (basis points), ``months``, ``days``, ``count`` or ``none``."""
    why: Message
    """Sentence with ``{amount}`` left open."""
    shown: bool = True
    """False: only carries its citation (an option that shaped the answer)."""


STEP_KINDS: dict[int, StepKind] = {}
_QUANTITIES = {"fen": Fen, "ratio": Ratio, "months": Months, "days": Days, "count": int}


def quantity(unit: str, amount: int) -> int | str:
    """The amount of a step as what it is; nothing for a step without an amount."""
    kind = _QUANTITIES.get(unit)
    return "" if kind is None else kind(amount)


def _step(code: int, label: Message, unit: str, why: Message, shown: bool = True) -> int:
    if code in STEP_KINDS:
        raise AssertionError(f"two steps with the code {code}")
    STEP_KINDS[code] = StepKind(code, label, unit, why, shown)
    return code


OPTION = _step(1, message("规则选项"), "none", message("按规则选项处理"), shown=False)

ITEM_OUT = _step(2, message("全自费"), "fen", message("丙类或目录外费用 {amount} 全部由个人负担"))
ITEM_OVER_LIMIT = _step(
    3, message("超限价"), "fen", message("超出目录支付标准的 {amount} 由个人负担")
)
ITEM_UPFRONT_RATIO = _step(
    4, message("乙类先行自付比例"), "ratio", message("乙类项目先由个人自付 {amount}")
)
ITEM_UPFRONT = _step(5, message("先行自付"), "fen", message("乙类先行自付 {amount}"))
ELIGIBLE = _step(
    6, message("政策范围内费用"), "fen", message("总费用减去全自费、超限价、先行自付，余 {amount}")
)
NOT_ENTITLED = _step(7, message("待遇未生效"), "none", message("当日不享受待遇，基金不支付"))
NOT_COVERED = _step(8, message("不在支付范围"), "none", message("这类费用基金不支付"))

DEDUCTIBLE_STANDARD = _step(9, message("起付标准"), "fen", message("这类机构的起付标准是 {amount}"))
DEDUCTIBLE_PLACE = _step(
    10, message("异地起付标准"), "fen", message("异地就医适用起付标准 {amount}")
)
DEDUCTIBLE_NTH = _step(
    11, message("多次住院起付"), "fen", message("按当年住院次数，起付线为 {amount}")
)
DEDUCTIBLE_GROUP = _step(
    12, message("人群起付减免"), "fen", message("按人群减免后起付线为 {amount}")
)
DEDUCTIBLE_YEAR = _step(
    13, message("年度起付余额"), "fen", message("年度起付线扣除已付部分，尚余 {amount}")
)
DEDUCTIBLE_CEILING = _step(
    14, message("年度起付封顶"), "fen", message("全年累计起付有上限，本次最多再付 {amount}")
)
DEDUCTIBLE = _step(15, message("起付线"), "fen", message("本次由个人先付起付线 {amount}"))

RATIO_TABLE = _step(16, message("报销比例"), "ratio", message("适用报销比例 {amount}"))
RATIO_RETIREE_POINTS = _step(17, message("退休加点"), "ratio", message("退休人员提高 {amount}"))
RATIO_RETIREE_FACTOR = _step(
    18, message("退休自付系数"), "ratio", message("退休人员个人自付为在职的 {amount}")
)
RATIO_PLACE = _step(
    19, message("异地报销比例"), "ratio", message("按备案与就医情形，适用比例 {amount}")
)
RATIO_PLACE_POINTS = _step(
    20, message("异地加减点"), "ratio", message("按备案与就医情形，比例调整 {amount}")
)
RATIO_FAMILY_DOCTOR = _step(
    21, message("家庭医生签约加点"), "ratio", message("签约家庭医生，提高 {amount}")
)
RATIO_DISEASE = _step(22, message("病种加点"), "ratio", message("特定病种，提高 {amount}"))
RATIO_GROUP = _step(23, message("人群报销比例"), "ratio", message("按人群适用比例 {amount}"))
RATIO_DISEASE_OWN = _step(
    24, message("病种报销比例"), "ratio", message("这个病种适用比例 {amount}")
)
BAND = _step(25, message("费用段"), "fen", message("落在这一费用段的费用 {amount}"))
POOLED_BEFORE_CEILING = _step(
    26, message("按比例应付"), "fen", message("起付线以上部分按比例计算，应付 {amount}")
)
CEILING_LEFT = _step(27, message("封顶余额"), "fen", message("封顶线扣除已支付，尚余 {amount}"))
CEILING_BASE_USED = _step(
    28, message("封顶内已用费用"), "fen", message("封顶线内用去的费用为 {amount}")
)
PASSED_UP = _step(29, message("转入上层费用"), "fen", message("超出封顶的费用 {amount} 转入上一层"))
POOLED = _step(30, message("统筹基金支付"), "fen", message("统筹基金支付 {amount}"))

UPPER_BASE = _step(31, message("上层计算基数"), "fen", message("上一层按 {amount} 计算"))
UPPER_THRESHOLD = _step(
    32, message("大病起付线"), "fen", message("全年政策范围内自付超过 {amount} 的部分进入大病保险")
)
UPPER_RATIO = _step(33, message("上层支付比例"), "ratio", message("上一层支付比例 {amount}"))
UPPER_FIRST = _step(34, message("大病首次补偿"), "fen", message("全年首次补偿累计 {amount}"))
UPPER_SECOND = _step(35, message("二次补偿"), "fen", message("全年二次补偿累计 {amount}"))
UPPER_CEILING = _step(36, message("上层封顶线"), "fen", message("上一层全年封顶 {amount}"))
UPPER = _step(
    37, message("大病/大额支付"), "fen", message("大病保险（居民）或大额补助（职工）支付 {amount}")
)

ASSISTANCE_RATIO = _step(38, message("医疗救助比例"), "ratio", message("医疗救助比例 {amount}"))
ASSISTANCE = _step(39, message("医疗救助支付"), "fen", message("医疗救助支付 {amount}"))

MATERNITY_QUOTA = _step(40, message("产前检查额度"), "fen", message("本次妊娠尚可支付 {amount}"))
MATERNITY_CEILING = _step(
    41, message("分娩支付限额"), "fen", message("分娩费用支付限额尚余 {amount}")
)
MATERNITY_RATIO = _step(
    42, message("生育支付比例"), "ratio", message("生育医疗费用支付比例 {amount}")
)
MATERNITY_PAID = _step(43, message("生育额度内支付"), "fen", message("生育额度内支付 {amount}"))
MATERNITY_TO_OUTPATIENT = _step(
    44, message("转入门诊统筹"), "fen", message("超过额度的 {amount} 按普通门诊统筹结算")
)
MATERNITY_QUALIFYING = _step(
    45, message("生育待遇缴费月数"), "months", message("须连续缴费满 {amount}，尚未满足")
)
ALLOWANCE_DAYS = _step(46, message("生育津贴天数"), "days", message("产假津贴按 {amount} 计发"))
ALLOWANCE = _step(
    47, message("生育津贴"), "fen", message("按用人单位上年度月平均工资计发 {amount}")
)

FUND = _step(48, message("基金支付合计"), "fen", message("基金支付合计 {amount}"))
OWN = _step(49, message("个人负担"), "fen", message("个人负担 {amount}"))
ACCOUNT = _step(50, message("本人个人账户支付"), "fen", message("本人个人账户支付 {amount}"))

AID_REFUSED_RELATION = _step(
    51, message("家庭共济未用"), "none", message("这种亲属关系在当日不在共济范围内")
)
AID_REFUSED_DATES = _step(
    52, message("家庭共济未用"), "none", message("授权当日不在有效期内或已解除")
)
AID_REFUSED_GRANTEE = _step(
    53, message("家庭共济未用"), "none", message("使用人当日停保、欠费或待遇未生效")
)
AID_REFUSED_GRANTOR = _step(
    54, message("家庭共济未用"), "none", message("授权人当日职工医保关系不正常")
)
AID_REFUSED_AREA = _step(
    55, message("家庭共济未用"), "none", message("双方参保地不在允许共济的范围内")
)
AID_REFUSED_OWN = _step(56, message("家庭共济未用"), "none", message("本人账户仍有余额，须先用完"))
AID_FLOOR = _step(
    57, message("共济账户保底"), "fen", message("授权人账户须保留 {amount}，只有超出部分可用")
)
AID_LIMIT = _step(58, message("单次支付额度"), "fen", message("授权单次最多支付 {amount}"))
MUTUAL_AID = _step(59, message("家庭共济支付"), "fen", message("亲属个人账户支付 {amount}"))
CASH = _step(60, message("现金支付"), "fen", message("现金支付 {amount}"))

INDIVIDUAL = _step(61, message("个人缴费"), "fen", message("个人缴费标准 {amount}"))
FISCAL_SUBSIDY = _step(
    62, message("财政补助"), "fen", message("财政补助标准 {amount}；逾期参保由个人承担")
)
GROUP_SUBSIDY = _step(63, message("参保资助"), "fen", message("按人群资助 {amount}"))
WAGE_LIMIT_LOW = _step(64, message("缴费基数下限"), "fen", message("缴费基数不低于 {amount}"))
WAGE_LIMIT_HIGH = _step(65, message("缴费基数上限"), "fen", message("缴费基数不高于 {amount}"))
CONTRIBUTION_BASE = _step(66, message("缴费基数"), "fen", message("按缴费基数 {amount} 计算"))
CONTRIBUTION_RATE = _step(67, message("缴费比例"), "ratio", message("缴费比例 {amount}"))
EMPLOYER_PART = _step(68, message("单位缴费"), "fen", message("单位缴费 {amount}"))
BASIC_PREMIUM = _step(69, message("基本医保缴费"), "fen", message("基本医疗保险缴费 {amount}"))
LARGE_AMOUNT_PREMIUM = _step(
    70, message("大额补助缴费"), "fen", message("大额医疗费用补助缴费 {amount}")
)
EXTRA_PREMIUM = _step(71, message("附加缴费"), "fen", message("随征的其他缴费 {amount}"))
PREMIUM_SUBSIDY_RATIO = _step(
    72, message("缴费补贴比例"), "ratio", message("灵活就业社保补贴比例 {amount}")
)
PREMIUM_SUBSIDY = _step(73, message("缴费补贴"), "fen", message("先缴后补，补贴 {amount}"))

CREDIT_RATIO = _step(
    74, message("个人账户划入比例"), "ratio", message("按本人缴费基数的 {amount} 划入")
)
CREDIT = _step(75, message("个人账户划入"), "fen", message("当月划入 {amount}"))

WAITING_EXEMPT = _step(76, message("免等待期"), "none", message("属于免除等待期的情形"))
WAITING_FIXED = _step(
    77,
    message("固定等待期"),
    "months",
    message("未在集中缴费期参保或未连续参保，固定等待 {amount}"),
)
WAITING_VARIABLE = _step(
    78, message("变动等待期"), "months", message("按断保年数，变动等待 {amount}")
)
WAITING_REPAIR = _step(79, message("补缴减少"), "months", message("补缴断保年度，减少 {amount}"))
WAITING_FLOOR = _step(
    80, message("等待期下限"), "months", message("断保较久者，合计不少于 {amount}")
)
WAITING_MONTHS = _step(81, message("待遇等待期"), "months", message("待遇等待期合计 {amount}"))
GRACE = _step(82, message("补缴宽限"), "months", message("中断不超过 {amount} 的，补缴后连续计算"))

INCENTIVE_ORIGINAL = _step(83, message("原封顶线"), "fen", message("大病保险原封顶线 {amount}"))
INCENTIVE_CONTINUITY = _step(84, message("连续参保激励"), "fen", message("连续参保提高 {amount}"))
INCENTIVE_ZERO_CLAIM = _step(85, message("零报销激励"), "fen", message("基金零报销提高 {amount}"))
INCENTIVE_CEILING = _step(86, message("激励上限"), "fen", message("累计提高不超过 {amount}"))
INCENTIVE_BONUS = _step(87, message("激励额度"), "fen", message("封顶线合计提高 {amount}"))

RETIREMENT_REQUIRED = _step(
    88, message("应缴年限"), "months", message("退休享受待遇须累计缴费 {amount}")
)
RETIREMENT_ACTUAL = _step(
    89, message("实际缴费年限"), "months", message("其中实际缴费须满 {amount}")
)
RETIREMENT_SHORT = _step(90, message("不足月数"), "months", message("尚不足 {amount}"))
RETIREMENT_COST = _step(91, message("补足费用"), "fen", message("补足年限约需 {amount}"))

UNKNOWN_UPPER = _step(
    92,
    message("没有算进去的大病或大额"),
    "none",
    message("大病保险、大额补助的规定没有找到来源，没有算进去，本人实际可能多得"),
)
UNKNOWN_ASSISTANCE = _step(
    93,
    message("没有算进去的医疗救助"),
    "none",
    message("医疗救助的规定没有找到来源，没有算进去，本人实际可能多得"),
)
UPPER_AFTER_YEAR = _step(
    94,
    message("大病年后支付"),
    "fen",
    message("大病保险年后一次支付：按全年累计到此，年后支付 {amount}，不在本次支付"),
)
CEILING_COST_LEFT = _step(
    95,
    message("封顶线内尚余费用"),
    "fen",
    message("封顶线按费用（基金支付加个人自付）量，尚余 {amount}"),
)
DEDUCTIBLE_AGAIN = _step(
    96, message("长住院再付起付"), "fen", message("住院较久，起付线按规定的天数再付，合计 {amount}")
)
FIRST_VISIT = _step(
    97,
    message("没有先到首诊机构"),
    "none",
    message("应先到基层首诊、由其转来，或签约家庭医生；这样去的门诊基金不支付"),
)
DEDUCTIBLE_FAMILY_DOCTOR = _step(
    98, message("家庭医生签约起付"), "fen", message("签约家庭医生，起付标准为 {amount}")
)
RATIO_GROUP_POINTS = _step(99, message("人群加点"), "ratio", message("按人群调整 {amount}"))
RATIO_PLAN = _step(100, message("档次报销比例"), "ratio", message("按缴费档次适用比例 {amount}"))
DEDUCTIBLE_FREE = _step(101, message("免起付"), "none", message("这类医院住院免付起付线"))
COVER_BEFORE_YEAR = _step(
    102, message("提前享受"), "none", message("这类人缴了下一年度的，从当年规定的月份起享受")
)
UPPER_BY_DISEASE = _step(
    103, message("大病按病种"), "ratio", message("大病保险按病种付范围内自付的 {amount}")
)
ITEM_GROUP_BASE = _step(104, message("加点项目的费用"), "fen", message("其中加点的项目 {amount}"))
ITEM_GROUP_POINTS = _step(105, message("项目加点"), "ratio", message("这些项目的比例加 {amount}"))
DEDUCTIBLE_DAYS = _step(
    106,
    message("若干天一次的起付"),
    "fen",
    message("起付线在规定的天数内只付一次，这次还付 {amount}"),
)
