"""The operations of this room: agree, apply, move, doubt and appeal, pay in advance."""

from __future__ import annotations

from yibao.clearing.advances import cancel_advance, redirect_advance
from yibao.clearing.agreements import Agreement, agree
from yibao.clearing.appeals import DoubtAnswer, appeal_doubts, ask_panel
from yibao.clearing.applications import AppliedFor, MonthTotals, apply_for_month
from yibao.clearing.between import (
    declare_between,
    move_between,
    net_between,
    redirect_between,
)
from yibao.clearing.doubts import appeal_doubt, decide_doubt, decide_panel, give_back, tell_doubt
from yibao.clearing.goods import DeliveryList, draft_goods, move_goods, redirect_goods
from yibao.clearing.points import (
    PointsPeriod,
    confirm_points,
    draw_points,
    drop_points,
    preview_points,
)
from yibao.clearing.sheet import order_advance, redirect_month
from yibao.clearing.steps import move_application
from yibao.clearing.years import draw_up_year

__all__ = [
    "Agreement",
    "AppliedFor",
    "DeliveryList",
    "DoubtAnswer",
    "MonthTotals",
    "PointsPeriod",
    "agree",
    "appeal_doubt",
    "appeal_doubts",
    "apply_for_month",
    "ask_panel",
    "cancel_advance",
    "confirm_points",
    "decide_doubt",
    "decide_panel",
    "declare_between",
    "draft_goods",
    "draw_points",
    "draw_up_year",
    "drop_points",
    "give_back",
    "move_application",
    "move_between",
    "move_goods",
    "net_between",
    "order_advance",
    "preview_points",
    "redirect_advance",
    "redirect_between",
    "redirect_goods",
    "redirect_month",
    "tell_doubt",
]
