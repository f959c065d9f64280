"""政策库: names of subjects, and what changed lately."""

from __future__ import annotations

import datetime
from typing import Any

from yibao.policy import report
from yibao.policy.compile import PolicyLibrary
from yibao.policy.model import Words

Row = dict[str, Any]
_PARTS = {
    "resident": Words("居民", "Residents"),
    "employee": Words("职工", "Employees"),
    "outpatient": Words("门诊", "outpatient"),
    "inpatient": Words("住院", "inpatient"),
    "chronic": Words("门诊慢特病", "chronic diseases"),
    "upper": Words("大病与大额", "upper layer"),
    "catalogue": Words("目录先行自付", "catalogue"),
    "contribution": Words("缴费", "contributions"),
    "waiting": Words("等待期", "waiting"),
    "incentive": Words("参保激励", "incentives"),
    "maternity": Words("生育", "maternity"),
    "assistance": Words("医疗救助", "Medical assistance"),
    "institution": Words("机构类别", "Institutions"),
    "personal_account": Words("个人账户", "Personal account"),
    "mutual_aid": Words("家庭共济", "Family mutual aid"),
    "retirement": Words("退休", "Retirement"),
    "person": Words("年龄界线", "Age line"),
    "stay": Words("跨年住院", "Stays"),
    "crossing": Words("异地就医", "Care away from home"),
    "rounding": Words("舍入", "Rounding"),
}


def subject_name(topic: str) -> Words:
    """The name of a topic of parameters, like ``employee.inpatient``."""
    parts = [_PARTS.get(part, Words(part, part)) for part in topic.split(".")]
    return Words("".join(part.zh for part in parts), ", ".join(part.en for part in parts))


def subjects(packs: PolicyLibrary, area: str, on: datetime.date) -> list[tuple[str, Words, int]]:
    """The topics in force in an area, with how many rules each has."""
    counts: dict[str, int] = {}
    for row in report.show(packs, area, None, on)["parameters"]:
        topic = report.topic_of(row["parameter"])
        counts[topic] = counts.get(topic, 0) + 1
    return [(topic, subject_name(topic), count) for topic, count in sorted(counts.items())]


def recent_changes(packs: PolicyLibrary, until: datetime.date, most: int = 40) -> list[Row]:
    """Dated values by the day from which they hold or became known, the newest first."""
    rows = []
    names: dict[str, str] = {}
    for pack in packs.tree.packs.values():
        for name, entry in pack.parameters.items():
            if entry.name.zh:
                names.setdefault(name, entry.name.zh)
    for name in sorted(names):
        before: dict[str, Any] = {}
        for row in report.history(packs, name):
            if row["status"] == "quarantined":
                continue
            day = row["known_from"] or row["first_day"]
            if day <= until.isoformat() and row["area"] in before:
                rows.append(
                    {
                        **row,
                        "day": day,
                        "parameter": name,
                        "name": names[name],
                        "before": before[row["area"]],
                    }
                )
            before[row["area"]] = row["values"]
    rows.sort(key=lambda row: (row["day"], row["parameter"]), reverse=True)
    return rows[:most]
