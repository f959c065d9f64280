"""What somebody without a login hands in, and where such a case stands."""

from __future__ import annotations

import datetime

import msgspec

SIGN_UP = "sign_up"
"""The kind of the case."""


class SignUp(msgspec.Struct, frozen=True, kw_only=True):
    """The first form: who wants to read whose records; all of it is encrypted at rest."""

    name: str
    certificate: str
    number: str
    phone: str
    guardian: str = ""
    """Name of whoever has a child in charge; empty: a grown-up asks."""
    guardian_number: str = ""
    code_hash: str = ""
    """Of the one-time code that the office gave out last; empty: none yet."""
    code_until: datetime.datetime | None = None

    @property
    def is_for_child(self) -> bool:
        """Whether somebody asks who has a child in charge."""
        return bool(self.guardian)


PAPERS_AWAITED, LOGIN_OPENED = "papers_awaited", "login_opened"
"""States beside those that all cases share: what is missing, and the end that was wanted."""

HAND_OVER, GIVE_CODE, OPEN_LOGIN, WITHDRAW = "hand_over", "give_code", "open_login", "withdraw"
"""The steps that a program takes: for whoever asked, and for a code that is given out."""

CARD_FRONT, CARD_BACK = "card_front", "card_back"
GUARDIAN_FRONT, GUARDIAN_BACK, KINSHIP = "guardian_card_front", "guardian_card_back", "kinship"
"""What is handed in."""
