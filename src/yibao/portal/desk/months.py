"""Which month a page of the fund's books is about."""

from __future__ import annotations

import datetime

from yibao.errors import InputError
from yibao.finance.months import month_of
from yibao.finance.statement import month_before
from yibao.messages import message
from yibao.portal.desk.frame import DeskCall


def month_of_call(call: DeskCall) -> int:
    """``YYYYMM``; the last that is over where none is asked for."""
    text = call.sent.get("month", "").strip()
    if not text:
        return month_before(call.today)
    try:
        return month_of(datetime.date.fromisoformat(f"{text}-01"))
    except ValueError:
        raise InputError(message("月份写作 2026-03"), place="month") from None


def written_month(month: int) -> str:
    """As a form has it."""
    return f"{month // 100}-{month % 100:02}"
