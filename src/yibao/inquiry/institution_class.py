"""The price class of an institution from its grade, so that nobody has to know what 一类 is."""

from __future__ import annotations

import datetime

from yibao.benefit.rules import day_rules
from yibao.policy import parameters as p
from yibao.policy.compile import PolicyLibrary
from yibao.policy.keys import GRADES, PRICE_CLASSES
from yibao.policy.labels import member_label


def class_of_grade(packs: PolicyLibrary, area: str, grade: str, day: datetime.date) -> str:
    """What the rules of a place make of a grade, in Chinese; empty where they do not say."""
    covering = packs.covering(area)
    if covering is None or grade not in GRADES:
        return ""
    tier = day_rules(packs, covering.code, day, None).at(p.GRADE_CLASS, GRADES.index(grade))
    return "" if tier < 0 else member_label("price_class", tier, PRICE_CLASSES[tier])
