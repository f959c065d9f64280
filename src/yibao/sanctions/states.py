"""From what somebody can be suspended."""

from __future__ import annotations

from yibao.errors import RefusedError
from yibao.policy.kinds import TextEnum


class SuspensionKind(TextEnum):
    """What is suspended."""

    DIRECT = "direct"
    """Settling at the institution: the person pays the whole, and claims later by hand."""
    AID = "aid"
    """Paying out of the accounts of relatives."""


class ProviderKind(TextEnum):
    """Whose care the fund does not pay for."""

    DEPARTMENT = "department"
    PRACTITIONER = "practitioner"


class SuspendedError(RefusedError):
    """A decision suspends what was asked for; nothing was written."""
