"""To which bank account something is paid."""

from __future__ import annotations

import re

import msgspec

from yibao.errors import InputError
from yibao.messages import message

_LONGEST = 80
_NUMBER = re.compile(r"[0-9]{8,32}")
_FORMULAS = "=+-@"


class Payee(msgspec.Struct, frozen=True, kw_only=True):
    """An account at a bank, in the name of whoever holds it."""

    name: str
    bank: str
    account: str

    @property
    def tail(self) -> str:
        """The last four digits: what somebody is shown who need not know the rest."""
        return self.account[-4:]


def payee_of(name: str, bank: str, account: str) -> Payee:
    """An account as somebody wrote it; ``InputError`` for what no bank file takes."""
    digits = re.sub(r"[\s-]", "", account)
    if not _NUMBER.fullmatch(digits):
        raise InputError(message("银行账号是 8 到 32 位数字"), place="account")
    return Payee(name=_word(name, "holder"), bank=_word(bank, "bank"), account=digits)


def _word(text: str, place: str) -> str:
    plain = " ".join(text.split())
    if not plain or len(plain) > _LONGEST or not plain.isprintable() or plain[0] in _FORMULAS:
        raise InputError(
            message("请写户名和开户行，各不超过 {most} 个字", most=_LONGEST), place=place
        )
    return plain
