"""Steps in English: their labels and sentences; a rule's own note stays in Chinese."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from yibao.benefit.explain import Step, show_amount
from yibao.benefit.steps import STEP_KINDS
from yibao.policy.model import Words

STEPS: Mapping[str, str] = {
    "规则选项": "Option of the rules",
    "全自费": "Outside the catalogue",
    "超限价": "Above the price limit",
    "乙类先行自付比例": "Upfront share of class B",
    "先行自付": "Upfront share",
    "政策范围内费用": "Eligible amount",
    "待遇未生效": "No benefits on that day",
    "不在支付范围": "Not covered",
    "起付标准": "Standard deductible",
    "异地起付标准": "Deductible away from home",
    "多次住院起付": "Deductible of a repeated stay",
    "人群起付减免": "Reduced deductible of a group",
    "年度起付余额": "Rest of the year's deductible",
    "年度起付封顶": "Ceiling of deductibles",
    "起付线": "Deductible",
    "报销比例": "Reimbursement ratio",
    "退休加点": "Points for retirees",
    "退休自付系数": "Retirees' own-share factor",
    "异地报销比例": "Ratio away from home",
    "异地加减点": "Points away from home",
    "家庭医生签约加点": "Points for a family doctor",
    "病种加点": "Points for the disease",
    "人群报销比例": "Ratio of a group",
    "病种报销比例": "Ratio of the disease",
    "费用段": "Cost band",
    "按比例应付": "Payable by ratio",
    "封顶余额": "Left below the ceiling",
    "封顶内已用费用": "Charge used below the ceiling",
    "转入上层费用": "Passed to the upper layer",
    "统筹基金支付": "Pooled fund pays",
    "上层计算基数": "Base of the upper layer",
    "大病起付线": "Major-illness threshold",
    "上层支付比例": "Ratio of the upper layer",
    "大病首次补偿": "First compensation",
    "二次补偿": "Second compensation",
    "上层封顶线": "Ceiling of the upper layer",
    "大病/大额支付": "Upper layer pays",
    "医疗救助比例": "Ratio of medical assistance",
    "医疗救助支付": "Medical assistance pays",
    "产前检查额度": "Prenatal quota",
    "分娩支付限额": "Ceiling of delivery",
    "生育支付比例": "Maternity ratio",
    "生育额度内支付": "Paid within the quota",
    "转入门诊统筹": "Passed to outpatient pooling",
    "生育待遇缴费月数": "Months needed for maternity",
    "生育津贴天数": "Days of allowance",
    "生育津贴": "Maternity allowance",
    "基金支付合计": "Fund pays in all",
    "个人负担": "You pay",
    "本人个人账户支付": "Own account pays",
    "家庭共济未用": "Mutual aid not used",
    "共济账户保底": "Balance that stays",
    "单次支付额度": "Limit of one payment",
    "家庭共济支付": "Relative's account pays",
    "现金支付": "Cash",
    "个人缴费": "Individual contribution",
    "财政补助": "Government subsidy",
    "参保资助": "Premium assistance",
    "缴费基数下限": "Floor of the base",
    "缴费基数上限": "Ceiling of the base",
    "缴费基数": "Contribution base",
    "缴费比例": "Contribution rate",
    "单位缴费": "Employer's part",
    "基本医保缴费": "Basic premium",
    "大额补助缴费": "Large-amount premium",
    "附加缴费": "Other levies",
    "缴费补贴比例": "Premium subsidy ratio",
    "缴费补贴": "Premium subsidy",
    "个人账户划入比例": "Ratio of the account credit",
    "个人账户划入": "Account credit",
    "免等待期": "Exempt from waiting",
    "固定等待期": "Fixed waiting",
    "变动等待期": "Variable waiting",
    "补缴减少": "Reduced by repairs",
    "等待期下限": "Least waiting",
    "待遇等待期": "Waiting",
    "补缴宽限": "Grace for late payment",
    "原封顶线": "Original ceiling",
    "连续参保激励": "Continuity incentive",
    "零报销激励": "Zero-claim incentive",
    "激励上限": "Most that incentives add",
    "激励额度": "Incentives together",
    "应缴年限": "Required time",
    "实际缴费年限": "Of it paid",
    "不足月数": "Missing months",
    "补足费用": "Cost of the missing time",
}

SENTENCES: Mapping[str, str] = {
    "按规则选项处理": "Handled by an option of the rules",
    "丙类或目录外费用 {amount} 全部由个人负担": "{amount} outside the catalogue are yours to pay",
    "超出目录支付标准的 {amount} 由个人负担": "{amount} above the price limit are yours to pay",
    "乙类项目先由个人自付 {amount}": "Of class B items you first pay {amount}",
    "乙类先行自付 {amount}": "Your upfront share of class B items is {amount}",
    "总费用减去全自费、超限价、先行自付，余 {amount}": (
        "The charge less what is outside the catalogue, above limits and paid upfront: {amount}"
    ),
    "当日不享受待遇，基金不支付": "No benefits on that day; the fund pays nothing",
    "这类费用基金不支付": "The fund does not pay for this kind of charge",
    "这类机构的起付标准是 {amount}": "The deductible of this class of institution is {amount}",
    "异地就医适用起付标准 {amount}": "Away from home the deductible is {amount}",
    "按当年住院次数，起付线为 {amount}": "By the number of stays this year it is {amount}",
    "按人群减免后起付线为 {amount}": "Reduced for the group it is {amount}",
    "年度起付线扣除已付部分，尚余 {amount}": "Of the year's deductible {amount} are left",
    "全年累计起付有上限，本次最多再付 {amount}": (
        "A year's deductibles have a ceiling; at most {amount} more this time"
    ),
    "本次由个人先付起付线 {amount}": "This time you first pay {amount}",
    "适用报销比例 {amount}": "The ratio is {amount}",
    "退休人员提高 {amount}": "{amount} more for retirees",
    "退休人员个人自付为在职的 {amount}": "Retirees bear {amount} of a worker's own share",
    "按备案与就医情形，适用比例 {amount}": "By filing and kind of care the ratio is {amount}",
    "按备案与就医情形，比例调整 {amount}": "By filing and kind of care it changes by {amount}",
    "签约家庭医生，提高 {amount}": "{amount} more with a family doctor",
    "特定病种，提高 {amount}": "{amount} more for the disease",
    "按人群适用比例 {amount}": "The group's ratio is {amount}",
    "这个病种适用比例 {amount}": "The ratio of this disease is {amount}",
    "落在这一费用段的费用 {amount}": "{amount} of the charge fall into this band",
    "起付线以上部分按比例计算，应付 {amount}": "Above the deductible, by the ratio: {amount}",
    "封顶线扣除已支付，尚余 {amount}": "{amount} are left below the ceiling",
    "封顶线内用去的费用为 {amount}": "{amount} of the charge are used up below the ceiling",
    "超出封顶的费用 {amount} 转入上一层": "{amount} above the ceiling pass to the upper layer",
    "统筹基金支付 {amount}": "The pooled fund pays {amount}",
    "上一层按 {amount} 计算": "The upper layer works on {amount}",
    "全年政策范围内自付超过 {amount} 的部分进入大病保险": (
        "What you bear of eligible charges in the year above {amount} enters the layer"
    ),
    "上一层支付比例 {amount}": "The upper layer pays {amount}",
    "全年首次补偿累计 {amount}": "First compensation of the year so far: {amount}",
    "全年二次补偿累计 {amount}": "Second compensation of the year so far: {amount}",
    "上一层全年封顶 {amount}": "The upper layer's ceiling of the year is {amount}",
    "大病保险（居民）或大额补助（职工）支付 {amount}": (
        "The major-illness layer (residents) or large-amount layer (employees) pays {amount}"
    ),
    "医疗救助比例 {amount}": "Medical assistance pays {amount}",
    "医疗救助支付 {amount}": "Medical assistance pays {amount}",
    "本次妊娠尚可支付 {amount}": "{amount} may still be paid for this pregnancy",
    "分娩费用支付限额尚余 {amount}": "{amount} are left of the ceiling of delivery",
    "生育医疗费用支付比例 {amount}": "The ratio of maternity costs is {amount}",
    "生育额度内支付 {amount}": "{amount} are paid within the quota",
    "超过额度的 {amount} 按普通门诊统筹结算": "{amount} above the quota count as outpatient care",
    "须连续缴费满 {amount}，尚未满足": "{amount} of contributions in a row are needed and missing",
    "产假津贴按 {amount} 计发": "The allowance is paid for {amount}",
    "按用人单位上年度月平均工资计发 {amount}": (
        "By the employer's average monthly wage of last year: {amount}"
    ),
    "基金支付合计 {amount}": "The funds pay {amount} in all",
    "个人负担 {amount}": "{amount} are yours to pay",
    "本人个人账户支付 {amount}": "Your own account pays {amount}",
    "这种亲属关系在当日不在共济范围内": "This kind of relative was not included on that day",
    "授权当日不在有效期内或已解除": "The grant was not in force on that day, or had ended",
    "使用人当日停保、欠费或待遇未生效": "The relative had no cover in force on that day",
    "授权人当日职工医保关系不正常": "The grantor's employee cover was not in order on that day",
    "双方参保地不在允许共济的范围内": "The two areas do not share accounts",
    "本人账户仍有余额，须先用完": "The own account still has money, to be used first",
    "授权人账户须保留 {amount}，只有超出部分可用": (
        "{amount} stay in the grantor's account; only what is above may be used"
    ),
    "授权单次最多支付 {amount}": "The grant allows at most {amount} in one payment",
    "亲属个人账户支付 {amount}": "The relative's account pays {amount}",
    "现金支付 {amount}": "{amount} in cash",
    "个人缴费标准 {amount}": "The individual contribution is {amount}",
    "财政补助标准 {amount}；逾期参保由个人承担": (
        "The government's part is {amount}; yours to pay if you enrol late"
    ),
    "按人群资助 {amount}": "{amount} of assistance for the group",
    "缴费基数不低于 {amount}": "The base is at least {amount}",
    "缴费基数不高于 {amount}": "The base is at most {amount}",
    "按缴费基数 {amount} 计算": "Worked out on a base of {amount}",
    "缴费比例 {amount}": "The rate is {amount}",
    "单位缴费 {amount}": "The employer pays {amount}",
    "基本医疗保险缴费 {amount}": "Basic medical insurance: {amount}",
    "大额医疗费用补助缴费 {amount}": "Large-amount supplement: {amount}",
    "随征的其他缴费 {amount}": "Other levies collected with it: {amount}",
    "灵活就业社保补贴比例 {amount}": "The subsidy ratio of flexible employment is {amount}",
    "先缴后补，补贴 {amount}": "Paid first, then {amount} are given back",
    "按本人缴费基数的 {amount} 划入": "{amount} of the own base are credited",
    "当月划入 {amount}": "{amount} are credited in the month",
    "属于免除等待期的情形": "One of the cases without waiting",
    "未在集中缴费期参保或未连续参保，固定等待 {amount}": (
        "Not enrolled within the window or not continuously: a fixed waiting of {amount}"
    ),
    "按断保年数，变动等待 {amount}": "By the years missed, a variable waiting of {amount}",
    "补缴断保年度，减少 {amount}": "Paying missed years takes off {amount}",
    "断保较久者，合计不少于 {amount}": "After a long lapse not less than {amount} in all",
    "待遇等待期合计 {amount}": "{amount} of waiting in all",
    "中断不超过 {amount} 的，补缴后连续计算": (
        "A lapse of up to {amount} counts as continuous once paid"
    ),
    "大病保险原封顶线 {amount}": "The layer's original ceiling is {amount}",
    "连续参保提高 {amount}": "Continuous cover adds {amount}",
    "基金零报销提高 {amount}": "Years without a claim add {amount}",
    "累计提高不超过 {amount}": "Incentives add at most {amount}",
    "封顶线合计提高 {amount}": "The ceiling rises by {amount} in all",
    "退休享受待遇须累计缴费 {amount}": "{amount} of contributions in all are required",
    "其中实际缴费须满 {amount}": "Of these {amount} must really be paid",
    "尚不足 {amount}": "{amount} are missing",
    "补足年限约需 {amount}": "Paying the missing time takes about {amount}",
}
"""The sentence of every step, by its Chinese one."""

_TEMPLATES: Mapping[str, tuple[str, ...]] = {
    label: tuple(kind.why for kind in STEP_KINDS.values() if kind.label == label)
    for label in {kind.label for kind in STEP_KINDS.values()}
}


@dataclass(frozen=True, slots=True)
class Said:
    """A step in two languages."""

    label: Words
    why: Words
    note: str
    """What the rule adds, in Chinese only."""


def english_amount(unit: str, amount: int) -> str:
    """An amount in its unit in English; yuan as ``¥1,234.50``."""
    text = show_amount(unit, amount)
    if unit == "fen":
        return f"¥{text.removesuffix(' 元')}"
    return text.replace(" 个月", " months").replace(" 天", " days")


def said(step: Step) -> Said:
    """How a step is told."""
    shown = show_amount(step.unit, step.amount)
    for template in _TEMPLATES.get(step.label, ()):
        plain = template.format(amount=shown)
        if step.why.startswith(plain) and template in SENTENCES:
            english = SENTENCES[template].format(amount=english_amount(step.unit, step.amount))
            label = Words(step.label, STEPS.get(step.label, ""))
            return Said(label, Words(plain, english), step.why.removeprefix(plain))
    return Said(Words(step.label, STEPS.get(step.label, "")), Words(step.why), "")
