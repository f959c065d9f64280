"""Bad heads and people: each fault names the file, the line and the key."""

from __future__ import annotations

from collections.abc import Callable

import pytest

EDITS = [
    # file
    ("root", 'area: "990100"\npeople', 'area: "990100"\nregion: x #!\npeople', "region", "region"),
    ("area digits", 'area: "990100"\npeople', 'area: "99010" #!\npeople', "area", "六位"),
    ("area null", 'area: "990100"\npeople', "area: #!\npeople", "area", "缺少"),
    ("area missing", 'area: "990100"\npeople', "today: 2025-01-01 #!\npeople", "", "area"),
    (
        "today",
        'area: "990100"\npeople',
        'area: "990100"\ntoday: 2025-02-29 #!\npeople',
        "today",
        "日期",
    ),
    (
        "today form",
        'area: "990100"\npeople',
        'area: "990100"\ntoday: 2025/02/01 #!\npeople',
        "today",
        "日期",
    ),
    (
        "far year",
        'area: "990100"\npeople',
        'area: "990100"\ntoday: 0001-01-01 #!\npeople',
        "today",
        "1900",
    ),
    ("twice", 'area: "990100"\npeople', 'area: "990100"\narea: "990100" #!\npeople', "", "area"),
    # people
    (
        "person key",
        "sex: male\n    birth: 1980",
        "sex: male\n    age: 3 #!\n    birth: 1980",
        "people[0].age",
        "age",
    ),
    ("person twice", "- id: b", "- id: a #!", "people[1].id", "写了两次"),
    ("person own", "- id: b", "- id: own #!", "people[1].id", "own"),
    ("person blank", "- id: b", '- id: " b" #!', "people[1].id", "名称"),
    ("no sex", "- id: b\n    sex: female", "- id: b #!", "people[1]", "sex"),
    ("sex", "sex: female", "sex: woman #!", "people[1].sex", "female"),
    ("birth", "birth: 1985-01-01", "birth: 1985-13-01 #!", "people[1].birth", "日期"),
    (
        "no enrolments",
        "birth: 1985-01-01\n    enrolments:\n      - {scheme: resident, from: 2020-01-01}",
        "birth: 1985-01-01\n    enrolments: [] #!",
        "people[1].enrolments",
        "enrolments",
    ),
    (
        "enrolments missing",
        (
            "- id: c\n"
            "    sex: male\n"
            "    birth: 2024-01-01\n"
            "    enrolments:\n"
            "      - {scheme: resident, from: 2024-01-01}"
        ),
        "- id: c #!\n    sex: male\n    birth: 2024-01-01",
        "people[2]",
        "enrolments",
    ),
    (
        "scheme",
        "{scheme: resident, from: 2024-01-01}",
        "{scheme: rural, from: 2024-01-01} #!",
        "people[2].enrolments[0].scheme",
        "resident",
    ),
    (
        "no status",
        "status: working, from: 2020-01-01}",
        "from: 2020-01-01} #!",
        "people[0].enrolments[0]",
        "status",
    ),
    (
        "resident status",
        "{scheme: resident, from: 2024-01-01}",
        "{scheme: resident, status: retired, from: 2024-01-01} #!",
        "people[2].enrolments[0].status",
        "status",
    ),
    (
        "resident class",
        "{scheme: resident, from: 2024-01-01}",
        "{scheme: resident, class: flexible, from: 2024-01-01} #!",
        "people[2].enrolments[0].class",
        "class",
    ),
    (
        "class",
        "status: working, from: 2020-01-01}",
        "status: working, from: 2020-01-01, class: self} #!",
        "people[0].enrolments[0].class",
        "flexible",
    ),
    (
        "no from",
        "{scheme: resident, from: 2024-01-01}",
        "{scheme: resident} #!",
        "people[2].enrolments[0]",
        "from",
    ),
    (
        "to before from",
        "{scheme: resident, from: 2024-01-01}",
        "{scheme: resident, from: 2024-01-01, to: 2023-12-31} #!",
        "people[2].enrolments[0].to",
        "早于",
    ),
    (
        "overlap",
        "- {scheme: resident, from: 2024-01-01}",
        (
            "- {scheme: resident, from: 2024-01-01, to: 2025-01-01}\n"
            "      - {scheme: employee, status: working, from: 2025-01-01} #!"
        ),
        "people[2].enrolments[1].from",
        "重叠",
    ),
    (
        "overlap of an open one",
        "- {scheme: resident, from: 2024-01-01}",
        (
            "- {scheme: employee, status: working, from: 2030-01-01} #!\n"
            "      - {scheme: resident, from: 2024-01-01}"
        ),
        "people[2].enrolments[0].from",
        "重叠",
    ),
    (
        "enrolment area",
        "{scheme: resident, from: 2024-01-01}",
        "{scheme: resident, from: 2024-01-01, area: x} #!",
        "people[2].enrolments[0].area",
        "六位",
    ),
    (
        "group",
        "sex: female",
        "sex: female\n    groups: [{group: g}] #!",
        "people[1].groups[0]",
        "from",
    ),
    (
        "group text",
        "sex: female",
        "sex: female\n    groups: [low] #!",
        "people[1].groups[0]",
        "映射",
    ),
    ("account", "sex: female", "sex: female\n    account: -1 #!", "people[1].account", "负"),
    (
        "account decimals",
        "sex: female",
        "sex: female\n    account: 1.005 #!",
        "people[1].account",
        "两位小数",
    ),
    (
        "account float",
        "sex: female",
        "sex: female\n    account: 1e3 #!",
        "people[1].account",
        "金额",
    ),
    (
        "account digits",
        "sex: female",
        "sex: female\n    account: 10000000000000 #!",
        "people[1].account",
        "金额",
    ),
    (
        "account 12 digits",
        "sex: female",
        "sex: female\n    account: 100000000000 #!",
        "people[1].account",
        "金额",
    ),
    ("used year", "sex: female", "sex: female\n    used: {upper: 1} #!", "people[1].used", "year"),
    (
        "used key",
        "sex: female",
        "sex: female\n    used: {year: 2025, cash: 1} #!",
        "people[1].used.cash",
        "cash",
    ),
    (
        "used admissions",
        "sex: female",
        "sex: female\n    used: {year: 2025, admissions: -1} #!",
        "people[1].used.admissions",
        "-1",
    ),
    (
        "used chronic",
        "sex: female",
        "sex: female\n    used: {year: 2025, chronic_pooled: {gout: x}} #!",
        "people[1].used.chronic_pooled.gout",
        "金额",
    ),
    # contributions
    (
        "misspelt year",
        "- {year: 2025, paid_on: 2024-12-20}",
        "- {yeer: 2025, paid_on: 2024-12-20} #!",
        "people[1].contributions[0].yeer",
        "yeer",
    ),
    (
        "paid twice",
        "- {year: 2025, paid_on: 2024-12-20}",
        "- {year: 2025, paid_on: 2024-12-20}\n      - {year: 2025, paid_on: 2024-12-21} #!",
        "people[1].contributions[1].year",
        "两次",
    ),
    (
        "month twice",
        "- {month: 2025-03, base: 6000.00}",
        "- {month: 2025-03, base: 6000.00}\n      - {month: 2025-03} #!",
        "people[0].contributions[1].month",
        "两次",
    ),
    (
        "never resident",
        "- {month: 2025-03, base: 6000.00}",
        "- {year: 2025, paid_on: 2024-12-20} #!",
        "people[0].contributions[0].year",
        "居民",
    ),
    (
        "never employee",
        "- {year: 2025, paid_on: 2024-12-20}",
        "- {month: 2025-03} #!",
        "people[1].contributions[0].month",
        "职工",
    ),
    (
        "month form",
        "{month: 2025-03, base: 6000.00}",
        "{month: 2025-3, base: 6000.00} #!",
        "people[0].contributions[0].month",
        "2025-03",
    ),
    (
        "year and month",
        "{month: 2025-03, base: 6000.00}",
        "{month: 2025-03, year: 2025} #!",
        "people[0].contributions[0].year",
        "month",
    ),
    (
        "neither",
        "{month: 2025-03, base: 6000.00}",
        "{paid_on: 2025-03-01} #!",
        "people[0].contributions[0]",
        "month",
    ),
    (
        "year unpaid",
        "{year: 2025, paid_on: 2024-12-20}",
        "{year: 2025} #!",
        "people[1].contributions[0]",
        "paid_on",
    ),
    (
        "year base",
        "{year: 2025, paid_on: 2024-12-20}",
        "{year: 2025, paid_on: 2024-12-20, base: 1} #!",
        "people[1].contributions[0].base",
        "base",
    ),
]
"""Name of the case; what is replaced in the base and by what, the line to name marked ``#!``;
the path and a word that the message has to hold."""


@pytest.mark.parametrize(
    ("old", "new", "path", "named"), [edit[1:] for edit in EDITS], ids=[edit[0] for edit in EDITS]
)
def test_bad_people(
    base: str,
    fault_of: Callable[[str], tuple[str, str]],
    old: str,
    new: str,
    path: str,
    named: str,
) -> None:
    assert base.count(old) == 1
    text = base.replace(old, new)
    (line,) = (number for number, row in enumerate(text.splitlines(), 1) if "#!" in row)
    place, message = fault_of(text)
    assert place == f"life.yaml 第 {line} 行 {path}".rstrip()
    assert named in message
