"""Values of one's own records in English; names of people and places stay as they are."""

from __future__ import annotations

import re
from collections.abc import Mapping

RECORD_WORDS: Mapping[str, str] = {
    "城乡居民": "Residents",
    "职工": "Employees",
    "灵活就业（职工）": "Flexible employment",
    "在职": "Working",
    "退休": "Retired",
    "男": "Male",
    "女": "Female",
    "配偶": "Spouse",
    "父母": "Parent",
    "子女": "Child",
    "兄弟姐妹": "Sibling",
    "祖父母": "Grandparent",
    "外祖父母": "Grandparent",
    "孙子女": "Grandchild",
    "外孙子女": "Grandchild",
    "门诊": "Outpatient",
    "住院": "Inpatient",
    "门诊慢特病": "Outpatient, listed disease",
    "药店购药": "Pharmacy",
    "生育": "Maternity",
    "长期居住备案": "Long stay elsewhere",
    "转诊备案": "Referral",
    "异地急诊": "Emergency elsewhere",
    "其他临时外出": "Other temporary stay",
    "税务缴费平台": "Tax platform",
    "微信": "WeChat",
    "支付宝": "Alipay",
    "银联": "UnionPay",
    "银行代扣或柜台": "Bank",
    "柜台缴款单": "Slip for the counter",
    "享受": "Covered",
    "不享受": "Not covered",
    "没有来源": "No source",
    "享受待遇": "Covered",
    "待遇等待期内": "Within the waiting period",
    "尚未缴费": "Not paid yet",
    "中断缴费，停止享受待遇": "Payment lapsed; cover is suspended",
    "政策包缺少依据，无法判断": "No source says",
    "不限": "No limit",
    "同意": "Given",
    "收回": "Taken back",
    "期初": "Opening balance",
}
_DAY = r"\d{4}-\d\d-\d\d"
_PATTERNS = (
    (re.compile(rf"({_DAY}) 起"), r"from \1"),
    (re.compile(rf"({_DAY}) 至 ({_DAY})"), r"\1 to \2"),
    (re.compile(rf"({_DAY}) 当日起不再支付"), r"no payment from \1 on"),
    (re.compile(r"([+-]?[\d,]+\.\d\d) 元"), r"\1 yuan"),
    (re.compile(r"(\d{4}) 年"), r"\1"),
)
_CHINESE = re.compile(r"[\u3400-\u9fff]")


def english_value(text: str) -> str:
    """A value in English where there is one, as it stands otherwise."""
    known = RECORD_WORDS.get(text)
    if known is not None:
        return known
    for pattern, english in _PATTERNS:
        match = pattern.fullmatch(text)
        if match is not None:
            return match.expand(english)
    return text


def is_chinese(text: str) -> bool:
    """Whether a text has Chinese in it, so that a page names its language."""
    return _CHINESE.search(text) is not None
