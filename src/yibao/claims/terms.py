"""What an area's rules say of claims: limits to file, working days, and who signs."""

from __future__ import annotations

import datetime

from yibao.benefit.rules import day_rules
from yibao.claims.forms import ManualClaim
from yibao.errors import RefusedError
from yibao.messages import message
from yibao.policy import parameters as p
from yibao.policy.compile import PolicyLibrary

_HUNDRED = 100


def _cell(library: PolicyLibrary, area: str, day: datetime.date, table: int) -> int | None:
    value = day_rules(library, area, day, None).rules[table]
    return None if value in (p.NONE, p.MISSING) else int(value)


def working_days(library: PolicyLibrary, area: str, day: datetime.date) -> int | None:
    """Working days from acceptance to payment: the area's own promise, else the law's limit."""
    promised = _cell(library, area, day, p.CLAIM_PROMISED_DAYS)
    limit = _cell(library, area, day, p.CLAIM_DECISION_DAYS)
    known = [days for days in (promised, limit) if days is not None]
    return min(known, default=None)


def last_filing_day(library: PolicyLibrary, area: str, end: datetime.date) -> datetime.date | None:
    """The last day on which care that ended on ``end`` is claimed; None: no source sets one."""
    limits = []
    years = _cell(library, area, end, p.CLAIM_FILING_YEARS)
    if years is not None:
        try:
            limits.append(end.replace(year=end.year + years))
        except ValueError:  # the 29th of February
            limits.append(datetime.date(end.year + years, 3, 1))
    month_day = _cell(library, area, end, p.CLAIM_FILING_LAST_DAY)
    if month_day is not None:
        month, day = divmod(month_day, _HUNDRED)
        limits.append(datetime.date(end.year + 1, month, day))
    return min(limits, default=None)


def require_in_time(
    library: PolicyLibrary, area: str, claim: ManualClaim, filed_on: datetime.date
) -> None:
    """``RefusedError`` for a claim that was filed after the area's last day."""
    last = last_filing_day(library, area, claim.end)
    if last is not None and filed_on > last:
        raise RefusedError(
            message(
                "申请期限到 {last} 为止，这件是 {filed} 提交的；请按“超过申请期限”不予受理",
                last=last,
                filed=filed_on,
            )
        )


def signed_above(library: PolicyLibrary, area: str, day: datetime.date) -> int | None:
    """Above how much the head signs too, fen; None: no source asks for it."""
    return _cell(library, area, day, p.CLAIM_SIGNED_ABOVE)
