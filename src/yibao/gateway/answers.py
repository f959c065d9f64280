"""Answers in the national envelope; amounts are JSON numbers with their decimals."""

from __future__ import annotations

import datetime
import secrets
from functools import lru_cache
from typing import Any

import msgspec

from yibao.gateway.values import stamp

LONGEST_MESSAGE = 200
Output = dict[str, Any]

DONE, FAILED = 0, -1


def amount(fen: int) -> msgspec.Raw:
    """Fen as yuan with two decimals."""
    return decimal(fen, 2)


@lru_cache(maxsize=8_192)
def decimal(value: int, places: int) -> msgspec.Raw:
    """A scaled integer as a JSON number with ``places`` decimals."""
    if places == 0:
        return msgspec.Raw(str(value).encode())
    sign = "-" if value < 0 else ""
    whole, rest = divmod(abs(value), 10**places)
    return msgspec.Raw(f"{sign}{whole}.{rest:0{places}d}".encode())


def encode_output(output: Any) -> bytes:
    """The text of an output; empty values are empty texts, as the interface asks."""
    return msgspec.json.encode(output)


def reference(division: str, at: datetime.datetime) -> str:
    """``inf_refmsgid``: division, time and ten digits that nobody else has."""
    return _reference(division, stamp(at))


def _reference(division: str, at: str) -> str:
    return f"{division[:6]:0<6}{at[:14]}{secrets.randbelow(10**10):010d}"


def shortened(text: str) -> str:
    """``err_msg`` as long as it may be; a list in it ends after a whole member."""
    if len(text) <= LONGEST_MESSAGE:
        return text
    cut = text[: LONGEST_MESSAGE - 1]
    end = max(cut.rfind(mark) for mark in "、；，,;")
    return f"{cut[:end] if end > LONGEST_MESSAGE // 2 else cut}…"


def envelope(
    *,
    infcode: int,
    message: str,
    division: str,
    received: datetime.datetime,
    answered: datetime.datetime,
    sealed: dict[str, bytes] | None = None,
    reference_id: str = "",
) -> bytes:
    """The answer as bytes."""
    came = stamp(received)
    fields: dict[str, Any] = {
        "infcode": infcode,
        "warn_msg": None,
        "cainfo": None,
        "signtype": None,
        "inf_refmsgid": reference_id or _reference(division, came),
        "refmsg_time": came,
        "respond_time": stamp(answered),
        "err_msg": shortened(message),
        "output": None,
    }
    for name, content in (sealed or {}).items():
        fields[name] = msgspec.Raw(content)
    return msgspec.json.encode(fields)
