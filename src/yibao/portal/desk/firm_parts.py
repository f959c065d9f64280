"""What the pages of employers share: whose they are, their words, and what forms say."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from yibao.access.operations import Key
from yibao.access.permissions import require
from yibao.employers.kinds import KIND_WORDS, UNKNOWN_KIND, kind_in
from yibao.employers.operations import EmployerDetails
from yibao.employers.states import DueKind, DueState, EmployerState, HireWay, MonthState
from yibao.errors import InputError
from yibao.messages import Text, message, message_in
from yibao.portal.desk.frame import DESK, FIRM, DeskCall

EMPLOYERS = f"{DESK}/employers"
STATES: Mapping[str, Text] = {
    EmployerState.REGISTERED: message_in("employer", "已登记"),
    EmployerState.ACTIVE: message_in("employer", "正常"),
    EmployerState.IN_ARREARS: message_in("employer", "欠费"),
    EmployerState.ENDED: message_in("employer", "已注销"),
}
MONTHS: Mapping[str, Text] = {
    MonthState.DECLARED: message_in("employer", "已申报"),
    MonthState.ASSESSED: message_in("employer", "未申报，已核定"),
    MonthState.BILLED: message_in("employer", "已出账"),
    MonthState.OVERDUE: message_in("employer", "逾期"),
    MonthState.PAID: message_in("employer", "已缴清"),
}
BILLS: Mapping[str, Text] = {
    DueState.OPEN: message_in("employer", "待缴"),
    DueState.PAID: message_in("employer", "已缴清"),
    DueState.REPLACED: message_in("employer", "已作废"),
}
KINDS: Mapping[str, Text] = {
    DueKind.MONTH: message_in("employer", "月度"),
    DueKind.ASSESSED: message_in("employer", "核定"),
    DueKind.DIFFERENCE: message_in("employer", "基数差额"),
}
NO_NEW_STAFF = message("单位不能登记，先到窗口")
HIRE_WAYS: Mapping[str, Text] = {
    HireWay.BY_DECLARATION: message("凭单位申报当时登记"),
    HireWay.BY_PROOF: message("开成案件，经办看过材料再登记"),
}
NEWCOMERS: Mapping[str, Text] = {
    HireWay.BY_DECLARATION: message("当时登记参保"),
    HireWay.BY_PROOF: message("交经办看材料，登记以后进名册"),
}
PARTS: Mapping[str, Text] = {
    "employer": message_in("employer", "单位部分"),
    "individual": message_in("employer", "个人部分"),
    "extra": message_in("employer", "大额等"),
    "assessed": message_in("employer", "核定金额"),
}
DETAILS: Mapping[str, Text] = {
    "address": message("通讯地址"),
    "representative": message("法定代表人"),
    "telephone": message("联系电话"),
    "bank": message("开户行"),
    "account": message("银行账号"),
}


@dataclass(frozen=True, slots=True)
class FirmPlace:
    """Which employer a page is of, and where its pages are."""

    code: str
    base: str


def place_of(call: DeskCall, operation: str) -> FirmPlace:
    """``DeniedError`` for whoever may do this with no employer, before anything is read."""
    code = call.parameters.get("employer")
    if code is None:
        require(call.actor, operation, employer_id=call.actor.employer_id)
        return FirmPlace(call.actor.employer_id or "", FIRM)
    require(call.actor, operation, area=call.actor.area)
    return FirmPlace(code, f"{EMPLOYERS}/{code}")


def form_key(call: DeskCall, operation: str) -> Key:
    return Key(call.actor.id, f"desk_{operation}", call.once())


def words() -> dict[str, Any]:
    return {
        "states": STATES,
        "months": MONTHS,
        "bill_states": BILLS,
        "kinds": KINDS,
        "part_names": PARTS,
        "hire_words": {"": NO_NEW_STAFF, **HIRE_WAYS},
        "newcomer_words": NEWCOMERS,
        "firm_kinds": [(kind.value, word) for kind, word in KIND_WORDS.items()],
        "unknown_kind": UNKNOWN_KIND,
        "detail_fields": DETAILS.items(),
        "month_text": month_text,
        "once": secrets.token_hex(16),
    }


def details_in(call: DeskCall) -> EmployerDetails:
    """What a form tells of an employer."""
    told = {name: call.sent.get(name, "") for name in DETAILS}
    return EmployerDetails(**told, kind=kind_in(call.sent.get("kind", "")))


def month_text(month: int) -> str:
    return f"{month // 100}-{month % 100:02}"


def month_in(call: DeskCall, name: str = "month") -> int:
    text = call.sent.get(name, "").replace("-", "").strip()
    if not (text.isascii() and text.isdigit() and len(text) == 6):
        raise InputError(message("月份写作 yyyymm，例如 202603"), place=name)
    return int(text)
