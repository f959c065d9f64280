"""What is asked about clearing between areas: the same on a page and in the API."""

from __future__ import annotations

from yibao.clearing.between_states import BETWEEN_MOVES, BetweenMove
from yibao.inquiry.claiming import ACCOUNT
from yibao.inquiry.clearing_forms import OPTIONAL_REASON
from yibao.inquiry.fact_fields import wording
from yibao.inquiry.fields import Choice, Field, Values
from yibao.messages import message

OTHER_AREA = Field("other_area", message("对方统筹区的代码"), "id", required=True)
DECLARATION: tuple[Field, ...] = (
    OTHER_AREA,
    Field("month", message("哪个月"), "whole", required=True, least=199001, most=219912),
    *ACCOUNT,
)
BETWEEN_MOVE: tuple[Field, ...] = (
    Field(
        "move",
        message("办哪一步"),
        "choice",
        required=True,
        choices=tuple(
            Choice(move.value, wording(rule.label)) for move, rule in BETWEEN_MOVES.items()
        ),
    ),
    *OPTIONAL_REASON,
)


def between_move_from(values: Values) -> BetweenMove:
    """The step that somebody chose."""
    return BetweenMove(values["move"])
