"""Groups of people: which of an area somebody has to say, and which follow by themselves."""

from __future__ import annotations

from yibao.benefit.functions.cells import cell_1
from yibao.policy import parameters as p
from yibao.policy.rulebook import Rulebook

PLAN_GROUP = "plan_"
"""Begins the names of the groups that contribution plans are."""
SENT_ON_GROUP = "sent_on"
"""Names the group of a visit that an institution of first contact sent on."""


def said_groups(rulebook: Rulebook) -> dict[str, str]:
    """The groups that somebody has to say, by code with their names.

    Not those that follow from the age, from what is paid in or from the visit.
    """
    rules = rulebook.segments[-1] if rulebook.segments else ()

    def follows(group: str, position: int) -> bool:
        if group.startswith(PLAN_GROUP) or group == SENT_ON_GROUP:
            return True
        of_age = (p.GROUP_FROM_AGE, p.GROUP_TO_AGE)
        return bool(rules) and any(rules[cell_1(rules, table, position)] >= 0 for table in of_age)

    return {
        group: rulebook.group_names[group]
        for group, position in rulebook.groups.items()
        if not follows(group, position)
    }
