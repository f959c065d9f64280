"""What is asked about goods that are paid directly: the same on a page, in the API, by command."""

from __future__ import annotations

from dataclasses import replace

from yibao.clearing.goods_states import GOODS_KIND_WORDS, GOODS_MOVES, GoodsKind, GoodsMove
from yibao.clearing.operations import DeliveryList
from yibao.inquiry.claiming import ACCOUNT, payee_from
from yibao.inquiry.clearing_forms import OPTIONAL_REASON
from yibao.inquiry.fact_fields import choices, wording
from yibao.inquiry.fields import Choice, Field, Values
from yibao.messages import message

INSTITUTION = Field("institution", message("机构编号（fixmedins_code）"), "id", required=True)
_LIST: tuple[Field, ...] = (
    Field(
        "maker",
        message("企业编码"),
        "name",
        required=True,
        hint=message("统一社会信用代码。"),
    ),
    Field("maker_name", message("企业名称"), "name", required=True),
    Field("number", message("清单编号"), "name", required=True),
    Field(
        "goods_kind",
        message("哪一种货"),
        "choice",
        required=True,
        choices=choices(tuple(GoodsKind), GOODS_KIND_WORDS),
    ),
    Field("accepted_on", message("验收日"), "day", required=True),
    *ACCOUNT,
)
OWN_GOODS = _LIST
"""What an institution says of its own."""
GOODS: tuple[Field, ...] = (INSTITUTION, *_LIST)
FILE = Field("file", message("交货清单，CSV 或 .xlsx，Base64"), "content", required=True)
GOODS_MOVE: tuple[Field, ...] = (
    Field(
        "move",
        message("办哪一步"),
        "choice",
        required=True,
        choices=tuple(
            Choice(move.value, wording(rule.label)) for move, rule in GOODS_MOVES.items()
        ),
    ),
    replace(OPTIONAL_REASON[0], label=message("企业确认书的编号，或作废的原因")),
)


def goods_from(values: Values, institution_id: str) -> DeliveryList:
    """The list that somebody described."""
    return DeliveryList(
        institution_id,
        values["maker"],
        values["maker_name"],
        values["number"],
        GoodsKind(values["goods_kind"]),
        values["accepted_on"],
        payee_from(values),
    )


def goods_move_from(values: Values) -> GoodsMove:
    """The step that somebody chose."""
    return GoodsMove(values["move"])
