"""What steps may not say: each fault names the file, the line and the key."""

from __future__ import annotations

from collections.abc import Callable

import pytest

VISIT = {
    "visit": "v2",
    "person": "a",
    "institution": "h",
    "kind": "outpatient",
    "on": "2025-03-01",
    "total": "1",
}


def visit(**changes: str | None) -> str:
    """A good visit with ``changes``; None leaves a key out."""
    keys = {key: value for key, value in {**VISIT, **changes}.items() if value is not None}
    return "{" + ", ".join(f"{key}: {value}" for key, value in keys.items()) + "}"


STEPS = [
    ("nothing", "{}", "", "visit"),
    ("unknown", "{pay: 1}", ".pay", "pay"),
    ("no visit", "{person: a, institution: h}", "", "visit"),
    ("two kinds", "{reverse: v1, ask: {waiting: a}}", ".ask", "只能写一个"),
    ("extra key", "{reverse: v1, on: 2025-01-01}", ".on", "on"),
    ("text", "reverse", "", "映射"),
    ("visit twice", visit(visit="v1"), ".visit", "写了两次"),
    ("visit key", visit(note="x"), ".note", "note"),
    ("person", visit(person="z"), ".person", "'z'"),
    ("institution", visit(institution="z"), ".institution", "'z'"),
    ("kind", visit(kind="dental"), ".kind", "inpatient"),
    ("no day", visit(on=None), "", "on"),
    ("outpatient admitted", visit(admitted="2025-03-01", on=None), ".admitted", "请写 on"),
    ("inpatient on", visit(kind="inpatient"), ".on", "admitted"),
    ("not discharged", visit(kind="inpatient", admitted="2025-03-01", on=None), "", "discharged"),
    (
        "discharged before",
        visit(kind="inpatient", admitted="2025-03-02", discharged="2025-03-01", on=None),
        ".discharged",
        "早于",
    ),
    ("before birth", visit(on="1979-12-31"), ".on", "出生"),
    (
        "stay at a pharmacy",
        visit(
            institution="p",
            kind="inpatient",
            admitted="2025-03-01",
            discharged="2025-03-01",
            on=None,
        ),
        ".kind",
        "药店",
    ),
    ("items and total", visit(items="[]"), ".items", "total"),
    ("neither", visit(total=None), "", "items"),
    ("total", visit(total="-1"), ".total", "负"),
    ("total list", visit(total="[1]"), ".total", "文字"),
    ("sum too large", visit(total="99999999999.99"), ".total", "合计"),
    ("delivery", visit(delivery="vaginal"), ".delivery", "maternity"),
    ("delivery name", visit(kind="maternity", delivery="forceps"), ".delivery", "caesarean"),
    ("fetuses", visit(kind="maternity", fetuses="0"), ".fetuses", "1"),
    ("gestation", visit(kind="maternity", gestation_months="11"), ".gestation_months", "10"),
    ("channel", visit(channel="post"), ".channel", "manual"),
    ("emergency", visit(emergency="1"), ".emergency", "true"),
    ("item class", visit(items="[{class: D, amount: 1}]", total=None), ".items[0].class", "A"),
    ("item amount", visit(items="[{class: A}]", total=None), ".items[0]", "amount"),
    (
        "item negative",
        visit(items="[{class: A, amount: -1}]", total=None),
        ".items[0].amount",
        "负",
    ),
    (
        "upfront on A",
        visit(items="[{class: A, amount: 1, upfront: 1}]", total=None),
        ".items[0].upfront",
        "class: B",
    ),
    (
        "upfront above 100",
        visit(items="[{class: B, amount: 1, upfront: 100.01}]", total=None),
        ".items[0].upfront",
        "100",
    ),
    (
        "limit on C",
        visit(items="[{class: C, amount: 1, limit: 1}]", total=None),
        ".items[0].limit",
        "class: A、B",
    ),
    (
        "item kind",
        visit(items="[{class: A, amount: 1, kind: food}]", total=None),
        ".items[0].kind",
        "drug",
    ),
    ("draw text", visit(draw="own"), ".draw", "列表"),
    ("draw unknown", visit(draw="[z]"), ".draw[0]", "'z'"),
    ("draw self", visit(draw="[a]"), ".draw[0]", "own"),
    ("draw twice", visit(draw="[own, own]"), ".draw[1]", "写了两次"),
    ("draw two relatives", visit(draw="[b, own, c]"), ".draw[2]", "第二位"),
    ("no filing", visit(kind="chronic", on="2024-12-31"), ".kind", "chronic"),
    ("filing of another", visit(person="b", kind="chronic", disease="gout"), ".disease", "filings"),
    ("several filings", visit(kind="chronic", on="2025-06-15"), "", "disease"),
    (
        "not filed then",
        visit(kind="chronic", on="2025-07-01", disease="gout"),
        ".disease",
        "'gout'",
    ),
    ("reverse unknown", "{reverse: v2}", ".reverse", "'v2'"),
    ("reverse list", "{reverse: [v1]}", ".reverse", "文字"),
    (
        "contribute person",
        "{contribute: {person: z, year: 2026, paid_on: 2025-11-02}}",
        ".contribute.person",
        "'z'",
    ),
    (
        "contribute twice",
        "{contribute: {person: b, year: 2025, paid_on: 2025-11-02}}",
        ".contribute.year",
        "两次",
    ),
    (
        "contribute no period",
        "{contribute: {person: b, paid_on: 2025-11-02}}",
        ".contribute",
        "year",
    ),
    (
        "contribute no base",
        "{contribute: {person: a, month: 2025-04, paid_on: 2025-04-02}}",
        ".contribute",
        "base",
    ),
    (
        "contribute year base",
        "{contribute: {person: b, year: 2026, base: 1, paid_on: 2025-04-02}}",
        ".contribute.base",
        "base",
    ),
    ("contribute no day", "{contribute: {person: b, year: 2026}}", ".contribute", "paid_on"),
    (
        "contribute other scheme",
        "{contribute: {person: a, year: 2026, paid_on: 2025-11-02}}",
        ".contribute.year",
        "居民",
    ),
    (
        "contribute draw",
        "{contribute: {person: b, year: 2026, paid_on: 2025-11-02, draw: [b]}}",
        ".contribute.draw[0]",
        "own",
    ),
    ("credit without base", "{credit: {person: a, month: 2025-04}}", ".credit.month", "base"),
    ("credit month", "{credit: {person: a, month: 2025-13}}", ".credit.month", "月份"),
    (
        "credit pension",
        "{credit: {person: a, month: 2025-03, pension: 1}}",
        ".credit.pension",
        "退休",
    ),
    (
        "revoke nothing",
        "{revoke: {grantor: b, grantee: a, on: 2025-07-01}}",
        ".revoke.grantee",
        "grants",
    ),
    ("revoke day", "{revoke: {grantor: a, grantee: b}}", ".revoke", "on"),
    (
        "transfer to oneself",
        "{transfer: {from: a, to: a, amount: 1, on: 2025-07-01}}",
        ".transfer.to",
        "本人",
    ),
    (
        "transfer amount",
        "{transfer: {from: a, to: b, amount: 1.234, on: 2025-07-01}}",
        ".transfer.amount",
        "金额",
    ),
    (
        "transfer day",
        "{transfer: {from: a, to: b, amount: 1, on: 2025-02-30}}",
        ".transfer.on",
        "日期",
    ),
    ("ask nothing", "{ask: {on: 2025-01-01}}", ".ask", "waiting"),
    ("ask unknown", "{ask: {wait: a, on: 2025-01-01}}", ".ask.wait", "wait"),
    ("ask two", "{ask: {waiting: a, balance: a, on: 2025-01-01}}", ".ask.balance", "只能写一个"),
    ("ask person", "{ask: {waiting: z, on: 2025-01-01}}", ".ask.waiting", "'z'"),
    ("ask no day", "{ask: {waiting: a}}", ".ask", "today"),
    ("ask key", "{ask: {waiting: a, on: 2025-01-01, year: 2025}}", ".ask.year", "year"),
    ("ask accumulators", "{ask: {accumulators: a}}", ".ask", "year"),
    ("ask year", "{ask: {accumulators: a, year: 25}}", ".ask.year", "1900"),
    ("ask contribution", "{ask: {contribution: a, on: 2025-01-01}}", ".ask", "month"),
    (
        "ask base",
        "{ask: {contribution: b, year: 2025, base: 1, on: 2025-01-01}}",
        ".ask.base",
        "month",
    ),
]
"""Name of the case; a step on the last line; the path and a word that the message has to hold."""


@pytest.mark.parametrize(
    ("step", "path", "named"), [case[1:] for case in STEPS], ids=[case[0] for case in STEPS]
)
def test_bad_steps(
    base: str, fault_of: Callable[[str], tuple[str, str]], step: str, path: str, named: str
) -> None:
    text = f"{base}  - {step}\n"
    place, message = fault_of(text)
    assert place == f"life.yaml 第 {len(text.splitlines())} 行 steps[1]{path}"
    assert named in message


def test_a_visit_is_reversed_once(base: str, fault_of: Callable[[str], tuple[str, str]]) -> None:
    assert fault_of(f"{base}  - reverse: v1\n  - reverse: v1\n") == (
        f"life.yaml 第 {len(base.splitlines()) + 2} 行 steps[2].reverse",
        "就诊 'v1' 已经撤销过",
    )


def test_a_visit_cannot_be_reversed_before_it_happens(
    base: str, fault_of: Callable[[str], tuple[str, str]]
) -> None:
    place, message = fault_of(base.replace("steps:\n", "steps:\n  - reverse: v1\n"))
    assert place.endswith("steps[0].reverse")
    assert "撤销只能写在它之后" in message


def test_two_steps_cannot_pay_the_same_year(
    base: str, fault_of: Callable[[str], tuple[str, str]]
) -> None:
    step = "  - contribute: {person: b, year: 2026, paid_on: 2025-11-02}\n"
    place, message = fault_of(base + step + step)
    assert place.endswith("steps[2].contribute.year")
    assert "两次" in message
