"""Where a delivery list stands, who moves it, and which goods are paid directly to makers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

from yibao.messages import Text, message, message_in
from yibao.policy.kinds import TextEnum


class GoodsState(IntEnum):
    """Of a delivery list; numbers that no application has."""

    DROPPED = 200
    DRAFTED = 210
    CONFIRMED = 220
    APPROVED = 230
    PAID = 240
    SET_OFF = 250
    COLLECTING = 260
    """Set off, but for what the institution still owes of it."""


GOODS_WORDS: Mapping[int, Text] = {
    GoodsState.DROPPED: message_in("goods", "已作废"),
    GoodsState.DRAFTED: message("已交清单，等另一方确认"),
    GoodsState.CONFIRMED: message("双方已确认，等批准"),
    GoodsState.APPROVED: message("已批准，等付给企业"),
    GoodsState.PAID: message("已付给企业，等抵扣"),
    GoodsState.SET_OFF: message("已从应付机构的款里抵扣"),
    GoodsState.COLLECTING: message("不够抵扣，向机构托收"),
}


class GoodsKind(TextEnum):
    """Goods that are paid directly."""

    PROCURED = "goods_procured"
    NEGOTIATED = "goods_negotiated"


GOODS_KIND_WORDS: Mapping[str, Text] = {
    GoodsKind.PROCURED: message("集中带量采购的药品、耗材"),
    GoodsKind.NEGOTIATED: message("协议期内谈判药品"),
}


class GoodsMove(TextEnum):
    """A step of a delivery list by somebody."""

    DRAFT = "goods_draft"
    CONFIRM = "goods_confirm"
    APPROVE = "goods_approve"
    DROP = "goods_drop"
    REDIRECT = "goods_redirect"


@dataclass(frozen=True, slots=True)
class GoodsRule:
    """From which states a step leads where."""

    label: Text
    starts: tuple[GoodsState, ...]
    end: GoodsState


GOODS_MOVES: Mapping[GoodsMove, GoodsRule] = {
    GoodsMove.CONFIRM: GoodsRule(message("确认清单"), (GoodsState.DRAFTED,), GoodsState.CONFIRMED),
    GoodsMove.APPROVE: GoodsRule(message("批准付款"), (GoodsState.CONFIRMED,), GoodsState.APPROVED),
    GoodsMove.DROP: GoodsRule(
        message("作废清单"),
        (GoodsState.DRAFTED, GoodsState.CONFIRMED, GoodsState.APPROVED),
        GoodsState.DROPPED,
    ),
}

_OTHER_STEPS: Mapping[str, Text] = {
    GoodsMove.DRAFT: message("交清单"),
    GoodsMove.REDIRECT: message_in("goods", "换账户再付"),
    "pay_clearing": message_in("clearing", "银行"),
}


def goods_step_label(name: str) -> Text:
    """What a step of a list's history is called."""
    return _OTHER_STEPS[name] if name in _OTHER_STEPS else GOODS_MOVES[GoodsMove(name)].label
