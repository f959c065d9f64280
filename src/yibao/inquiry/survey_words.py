"""What surveys of the packs and grades of sources are called."""

from __future__ import annotations

from yibao.messages import message, message_in
from yibao.policy.kinds import SourceGrade
from yibao.policy.survey import Coverage, ReviewReason

COVERAGE = {
    Coverage.COMPLETE: message_in("coverage", "完整"),
    Coverage.PARTLY: message_in("coverage", "部分"),
    Coverage.NONE: message_in("coverage", "没有"),
}
REASONS = {
    ReviewReason.OLD: message("一年以上"),
    ReviewReason.ASSUMED: message_in("status of a value", "推定"),
    ReviewReason.DISPUTED: message("有争议"),
    ReviewReason.WEAK: message("只有一个弱来源"),
}
GRADES = {
    SourceGrade.A: message("读到文件原文，或官方网站上的准确引文。"),
    SourceGrade.B: message("城市指南、当地媒体的报道，或者两个以上网页说法一致。"),
    SourceGrade.C: message("只有一个网页这样说；只在没有更好的来源时采用，等核对。"),
    SourceGrade.D: message("不是读到的，是从别的有来源的数算出来的。"),
}
"""What each grade of a source means."""
NO_GRADE = message("五篇文章里的一句话，没有另外找到出处。")
