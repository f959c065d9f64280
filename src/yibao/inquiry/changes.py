"""政策库: names of subjects, and what changed lately."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import NamedTuple

from yibao.inquiry.sentences import values_text
from yibao.messages import Wording, message, message_in
from yibao.policy import report
from yibao.policy.compile import PolicyLibrary
from yibao.policy.gleaned import first_areas
from yibao.policy.kinds import Care, Scheme, ValueStatus, VisitKind
from yibao.policy.model import Area, Words
from yibao.policy.reported import DatedValue, Valued

_PARTS = {
    Scheme.RESIDENT: message("居民"),
    Scheme.EMPLOYEE: message("职工"),
    Care.OUTPATIENT: message("门诊"),
    Care.INPATIENT: message("住院"),
    Care.CHRONIC: message("门诊慢特病"),
    "upper": message("大病与大额"),
    "catalogue": message("目录先行自付"),
    "contribution": message_in("changes", "缴费"),
    "waiting": message("等待期"),
    "incentive": message("参保激励"),
    VisitKind.MATERNITY: message_in("changes", "生育"),
    "assistance": message("医疗救助"),
    "institution": message("机构类别"),
    "personal_account": message("个人账户"),
    "mutual_aid": message("家庭共济"),
    "retirement": message("退休"),
    "person": message("年龄界线"),
    "stay": message("跨年住院"),
    "crossing": message("异地就医"),
    "rounding": message("舍入"),
    "reversal": message_in("changes", "退费"),
    "benefit_year": message("待遇年度"),
    "manual_claim": message("手工报销"),
    "moving": message("转移接续"),
    "recovery": message_in("changes", "追回"),
    "conduct": message_in("changes", "基金监管"),
    "registration": message_in("changes", "参保登记"),
}


def subject_name(topic: str) -> Wording:
    """The name of a topic of parameters, like ``employee.inpatient``."""
    first, *rest = (_PARTS.get(part, Words(part)) for part in topic.split("."))
    name: Wording = first
    for part in rest:
        name = message("{whole}{part}", whole=name, part=part)
    return name


def subjects(packs: PolicyLibrary, area: str, on: datetime.date) -> list[tuple[str, Wording, int]]:
    """The topics in force in an area, with how many rules each has."""
    counts: dict[str, int] = {}
    for rule in report.show(packs, area, None, on).parameters:
        topic = report.topic_of(rule.parameter)
        counts[topic] = counts.get(topic, 0) + 1
    return [(topic, subject_name(topic), count) for topic, count in sorted(counts.items())]


class RuleInWords(NamedTuple):
    """A rule in force, as people read it."""

    name: str
    values: str


def rules_in_words(
    packs: PolicyLibrary, area: str, topic: str, on: datetime.date
) -> dict[str, RuleInWords]:
    """The rules of a topic in force in an area on a day, by parameter."""
    return {
        rule.parameter: RuleInWords(rule.name, values_text(rule.values))
        for rule in report.show(packs, area, topic, on).parameters
    }


class ValueChange(NamedTuple):
    """A value that took another's place in an area."""

    day: datetime.date
    """From which it holds, or on which it became known."""
    parameter: str
    name: str
    value: DatedValue
    before: tuple[Valued, ...]
    """What differed, as it was; without what stays."""
    after: tuple[Valued, ...]
    """The same as it is now; empty: it is not said any more."""


def recent_changes(
    packs: PolicyLibrary,
    until: datetime.date,
    most: int = 40,
    areas: Iterable[Area] | None = None,
) -> list[ValueChange]:
    """Dated values by the day from which they hold or became known, the newest first.

    Of the first areas, or of those that are named.
    """
    changes = []
    names: dict[str, str] = {}
    looked_at = {area.code for area in (first_areas(packs) if areas is None else areas)}
    for code in (area.code for area in packs.areas() if area.code in looked_at):
        for pack in packs.packs_of(code):
            for name, entry in pack.parameters.items():
                if entry.name.zh:
                    names.setdefault(name, entry.name.zh)
    for name in sorted(names):
        before: dict[str, tuple[Valued, ...]] = {}
        for dated in report.history(packs, name, areas=looked_at):
            if dated.status == ValueStatus.QUARANTINED:
                continue
            day = dated.known_from or dated.first_day
            differing = _differing(before.get(dated.area, ()), dated.values)
            if day <= until and dated.area in before and any(differing):
                changes.append(ValueChange(day, name, names[name], dated, *differing))
            before[dated.area] = dated.values
    changes.sort(key=lambda change: (change.day, change.parameter), reverse=True)
    return changes[:most]


def _differing(
    before: tuple[Valued, ...], after: tuple[Valued, ...]
) -> tuple[tuple[Valued, ...], tuple[Valued, ...]]:
    """The values that are not the same in both, of each side."""
    stays = set(before) & set(after)
    return (
        tuple(value for value in before if value not in stays),
        tuple(value for value in after if value not in stays),
    )
