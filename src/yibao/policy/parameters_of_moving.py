"""Parameters of moving, leaving and giving back; operations read them."""

from __future__ import annotations

from yibao.policy.declarations import MISSING, NONE
from yibao.policy.declared import DECLARED

__all__ = [
    "ACCOUNT_HEIRLESS",
    "MOVING_GAP_MONTHS",
    "MOVING_IN_DAYS",
    "MOVING_LONGEST_WAIT",
    "MOVING_OUT_DAYS",
    "RECOVERY_SET_OFF",
]

_table = DECLARED.table

MOVING_OUT_DAYS = _table("moving.out_days", (), "days", NONE)
MOVING_IN_DAYS = _table("moving.in_days", (), "days", NONE)
MOVING_GAP_MONTHS = _table("moving.gap_months", (), "months", NONE)
MOVING_LONGEST_WAIT = _table("moving.longest_wait", (), "months", NONE)
ACCOUNT_HEIRLESS = _table("personal_account.heirless", (), "choice", MISSING, ("pooled_fund",))
RECOVERY_SET_OFF = _table("recovery.set_off_limit", (), "percent", NONE)
"""``gap_months``: a gap of so many months at most is paid for afterwards and then covered."""
