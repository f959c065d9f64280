"""Words that the tables share."""

from __future__ import annotations

from collections.abc import Mapping

from yibao.messages import Text, message, message_in
from yibao.statistics.shapes import TableCode

TABLE_WORDS: Mapping[str, Text] = {
    TableCode.T1: message_in("statistics", "参保"),
    TableCode.T2: message_in("statistics", "缴费"),
    TableCode.T4: message_in("statistics", "待遇"),
    TableCode.T5: message_in("statistics", "住院"),
    TableCode.T6: message_in("statistics", "异地就医"),
    TableCode.T7: message_in("statistics", "机构清算"),
    TableCode.T8: message_in("statistics", "基金监管"),
    TableCode.T9: message_in("statistics", "手工报销"),
}
HIDDEN = message("人少，不显示")
