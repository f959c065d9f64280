"""What is asked about a year's budget of the fund: the same on a page and in the API."""

from __future__ import annotations

from yibao.finance.budgets import BUDGETED_ITEMS, MOST_FEN
from yibao.finance.items import ITEM_WORDS, PART_WORDS, SCHEME_WORDS, FundPart
from yibao.inquiry.fact_fields import choices
from yibao.inquiry.fields import Field
from yibao.messages import message
from yibao.policy.kinds import Scheme

BUDGET_YEAR = Field("year", message("哪一年"), "whole", required=True, least=1990, most=2199)
BUDGET_REASON = Field("reason", message("依据的文号；改预算的写原因"), "prose", required=True)
TURNED_DOWN = Field("reason", message("不批准的原因"), "prose", required=True)
BUDGET_FILE = Field(
    "file",
    message("全年预算，CSV 或 .xlsx，Base64：险种、部分、项目、年度预算（元）"),
    "content",
    required=True,
)
BUDGET_LINE: tuple[Field, ...] = (
    Field(
        "scheme",
        message("哪个险种"),
        "choice",
        required=True,
        choices=choices(tuple(Scheme), SCHEME_WORDS),
    ),
    Field(
        "part",
        message("哪一部分"),
        "choice",
        required=True,
        choices=choices(tuple(FundPart), PART_WORDS),
    ),
    Field(
        "item",
        message("哪一项"),
        "choice",
        required=True,
        choices=choices(BUDGETED_ITEMS, ITEM_WORDS),
    ),
    Field(
        "amount",
        message("全年预算"),
        "fen",
        required=True,
        unit=message("元"),
        most=MOST_FEN,
        hint=message("写 0 就去掉这一项。"),
    ),
)
