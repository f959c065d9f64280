"""What the kinds of files and their sums are called."""

from __future__ import annotations

from collections.abc import Mapping

from yibao.messages import Message, message

KIND_WORDS: Mapping[str, Message] = {
    "people": message("人员"),
    "contributions": message("缴费记录"),
    "accounts": message("账户与累计"),
    "visits": message("就诊"),
    "institutions": message("机构"),
}
"""By the value of an ``ImportKind``, in the order in which they are imported."""
AMOUNT_WORDS: Mapping[str, Message] = {
    "balance": message("个人账户余额"),
    "total": message("总费用"),
    "fund": message("基金支付"),
}
