"""What became of a grant of mutual aid."""

from __future__ import annotations

from yibao.policy.kinds import TextEnum


class GrantStatus(TextEnum):
    """``PENDING`` waits for a review; ``ENDED`` is said of one whose days are over, not stored."""

    PENDING = "pending"
    ACTIVE = "active"
    REFUSED = "refused"
    ENDED = "ended"
