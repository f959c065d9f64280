"""Where a price list stands."""

from __future__ import annotations

from collections.abc import Mapping

from yibao.messages import Text, message
from yibao.policy.kinds import TextEnum


class ListState(TextEnum):
    """Of a price list that was handed in."""

    TAKEN = "list_taken"
    """Nothing in it is above a limit."""
    WAITING = "list_waiting"
    CONFIRMED = "list_confirmed"
    REFUSED = "list_refused"


LIST_WORDS: Mapping[str, Text] = {
    ListState.TAKEN: message("没有高于限价的，已收下"),
    ListState.WAITING: message("高于限价的等审核"),
    ListState.CONFIRMED: message("高于限价的已同意"),
    ListState.REFUSED: message("高于限价的没有同意"),
}


class PriceChange(TextEnum):
    """What a line of a list does to what is listed."""

    NEW = "price_new"
    RAISED = "price_raised"
    LOWERED = "price_lowered"
    RENAMED = "price_renamed"
    SAME = "price_same"


CHANGE_WORDS: Mapping[str, Text] = {
    PriceChange.NEW: message("新列"),
    PriceChange.RAISED: message("涨价"),
    PriceChange.LOWERED: message("降价"),
    PriceChange.RENAMED: message("名称或国家编码变了"),
    PriceChange.SAME: message("不变"),
}


class CatalogueState(TextEnum):
    """Of a change to an area's catalogue."""

    DRAWN = "catalogue_drawn"
    CONFIRMED = "catalogue_confirmed"
    DROPPED = "catalogue_dropped"


CATALOGUE_WORDS: Mapping[str, Text] = {
    CatalogueState.DRAWN: message("等复审"),
    CatalogueState.CONFIRMED: message("已复审，从起始日用"),
    CatalogueState.DROPPED: message("已作废"),
}


class ItemChange(TextEnum):
    """What a change does to an item."""

    ADDED = "item_added"
    CLASS = "item_reclassed"
    SHARE = "item_share"
    LIMIT = "item_limit"
    OTHER = "item_other"
    REMOVED = "item_removed"


ITEM_CHANGE_WORDS: Mapping[str, Text] = {
    ItemChange.ADDED: message("调入"),
    ItemChange.CLASS: message("类别变了"),
    ItemChange.SHARE: message("先行自付变了"),
    ItemChange.LIMIT: message("限价变了"),
    ItemChange.OTHER: message("其他内容变了"),
    ItemChange.REMOVED: message("调出"),
}
