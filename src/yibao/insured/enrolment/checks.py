"""What enrolments, groups and relations must be, before anything is written."""

from __future__ import annotations

import datetime
import itertools
from collections.abc import Sequence

from yibao.benefit.facts import Enrolment, GroupMembership
from yibao.errors import InputError, RefusedError
from yibao.messages import Listed, message
from yibao.policy.compile import PolicyLibrary
from yibao.policy.keys import SCHEMES
from yibao.policy.kinds import ContributionClass, Scheme, Status

STATUSES = tuple(Status)
CLASSES = tuple(ContributionClass)


def check_enrolment(library: PolicyLibrary, enrolment: Enrolment) -> None:
    """``InputError`` for an enrolment that cannot be; ``RefusedError`` without a pack."""
    if enrolment.scheme not in SCHEMES:
        raise InputError(
            message(
                "险种写 {schemes}，不是 {scheme}", schemes=Listed(SCHEMES), scheme=enrolment.scheme
            )
        )
    if enrolment.scheme == Scheme.RESIDENT and enrolment.status is not None:
        raise InputError(message("城乡居民医保不分在职和退休，请去掉 status"))
    if enrolment.scheme == Scheme.EMPLOYEE and enrolment.status not in STATUSES:
        raise InputError(
            message(
                "职工医保的状态写 {statuses}，不是 {status}",
                statuses=Listed(STATUSES),
                status=enrolment.status,
            )
        )
    if enrolment.contribution_class not in CLASSES:
        raise InputError(
            message(
                "缴费类别写 {classes}，不是 {contribution_class}",
                classes=Listed(CLASSES),
                contribution_class=enrolment.contribution_class,
            )
        )
    if enrolment.end is not None and enrolment.end < enrolment.start:
        raise InputError(
            message(
                "参保的末日 {end} 早于首日 {start}，请核对",
                end=enrolment.end,
                start=enrolment.start,
            )
        )
    if library.covering(enrolment.area) is None:
        raise library.missing_pack(enrolment.area)


def check_no_overlap(enrolments: Sequence[Enrolment]) -> tuple[Enrolment, ...]:
    """The enrolments in order; ``RefusedError`` where two of one person overlap."""
    ordered = tuple(sorted(enrolments, key=lambda enrolment: enrolment.start))
    for earlier, later in itertools.pairwise(ordered):
        if earlier.end is None or earlier.end >= later.start:
            raise RefusedError(
                message(
                    "{later_start} 起的参保与 {earlier_start} 起的参保重叠，同一天只能"
                    "参加一种医保，请先终止前一段",
                    later_start=later.start,
                    earlier_start=earlier.start,
                )
            )
    return ordered


def check_groups(library: PolicyLibrary, area: str, groups: Sequence[GroupMembership]) -> None:
    """``InputError`` for a group that no pack of the area names, or days that cannot be."""
    covering = library.covering(area)
    named_groups = library.rulebook(covering.code).groups if covering is not None else {}
    for membership in groups:
        if membership.group not in named_groups:
            raise InputError(
                message(
                    "政策包里没有人群 {group}，可以写：{named_groups}",
                    group=membership.group,
                    named_groups=Listed(named_groups),
                )
            )
        if membership.end is not None and membership.end < membership.start:
            days = message(
                "末日 {end} 早于首日 {start}", end=membership.end, start=membership.start
            )
            raise InputError(
                message("人群 {group} 的{days}，请核对", group=membership.group, days=days)
            )


def check_no_double_group(groups: Sequence[GroupMembership]) -> None:
    """``RefusedError`` where two memberships of one group share a day."""
    ordered = sorted(groups, key=lambda membership: (membership.group, membership.start))
    for earlier, later in itertools.pairwise(ordered):
        if earlier.group == later.group and (earlier.end is None or earlier.end >= later.start):
            raise RefusedError(
                message(
                    "{group} 在 {later_start} 已经认定（{earlier_start} 起），不必重复认定",
                    group=later.group,
                    later_start=later.start,
                    earlier_start=earlier.start,
                )
            )


def day_before(day: datetime.date) -> datetime.date:
    return day - datetime.timedelta(days=1)
