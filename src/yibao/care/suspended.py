"""Whoever is suspended from settling directly pays the whole, and claims later by hand."""

from __future__ import annotations

from typing import Any

from yibao.benefit.accounts import OWN
from yibao.benefit.facts import Visit
from yibao.messages import Fen, message
from yibao.policy.kinds import Channel
from yibao.sanctions.states import SuspendedError


def require_not_suspended(visit: Visit, total: int, holding: Any) -> None:
    """``SuspendedError`` for what a suspension on the last day of the visit does not let happen.

    ``holding``: the last days of suspensions that hold on that day, ``direct`` and ``aid``.
    ``total``: fen of the visit.
    """
    if holding.direct is not None and visit.channel is not Channel.MANUAL:
        raise SuspendedError(
            message(
                "到 {end} 为止暂停联网结算：这次 {total} 先由本人全额支付，"
                "属于支付范围的以后凭票据申请手工报销；没有写入任何内容",
                end=holding.direct,
                total=Fen(total),
            )
        )
    if holding.aid is not None and any(name != OWN for name in visit.draw):
        raise SuspendedError(
            message(
                "到 {end} 为止暂停使用家庭共济，请不用亲属的账户再结算；没有写入任何内容",
                end=holding.aid,
            )
        )
