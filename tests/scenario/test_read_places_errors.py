"""Bad institutions, grants and filings: each fault names the file, the line and the key."""

from __future__ import annotations

from collections.abc import Callable

import pytest

EDITS = [
    # institutions
    (
        "institution twice",
        '- {id: p, area: "990100", kind: pharmacy}',
        '- {id: h, area: "990100", kind: pharmacy} #!',
        "institutions[1].id",
        "写了两次",
    ),
    ("institution kind", "kind: pharmacy}", "kind: clinic} #!", "institutions[1].kind", "pharmacy"),
    (
        "hospital class",
        "kind: hospital, price_class: 1}",
        "kind: hospital} #!",
        "institutions[0]",
        "price_class",
    ),
    ("class 4", "price_class: 1}", "price_class: 4} #!", "institutions[0].price_class", "3"),
    (
        "class text",
        "price_class: 1}",
        "price_class: one} #!",
        "institutions[0].price_class",
        "整数",
    ),
    ("grade", "price_class: 1}", "grade: 4A} #!", "institutions[0].grade", "3A"),
    (
        "flag",
        "kind: pharmacy}",
        "kind: pharmacy, dual_channel: yes} #!",
        "institutions[1].dual_channel",
        "true",
    ),
    # grants
    ("grantee", "grantee: b,", "grantee: z, #!\n   ", "grants[0].grantee", "'z'"),
    ("grant to oneself", "grantee: b,", "grantee: a, #!\n   ", "grants[0].grantee", "同一个人"),
    ("relation", "relation: spouse,", "relation: friend, #!\n   ", "grants[0].relation", "spouse"),
    (
        "grant to",
        "from: 2025-01-01}\nfilings",
        "from: 2025-01-01, to: 2024-01-01} #!\nfilings",
        "grants[0].to",
        "早于",
    ),
    (
        "grant limit",
        "from: 2025-01-01}\nfilings",
        "from: 2025-01-01, limit: -5} #!\nfilings",
        "grants[0].limit",
        "负",
    ),
    (
        "grant twice",
        "from: 2025-01-01}\nfilings",
        (
            "from: 2025-01-01}\n"
            "  - {grantor: a, grantee: b, relation: spouse, from: 2025-01-01} #!\n"
            "filings"
        ),
        "grants[1]",
        "from",
    ),
    # filings
    (
        "filing kind",
        "kind: chronic, disease: other, from",
        "kind: travel, disease: other, #!\n     from",
        "filings[1].kind",
        "referral",
    ),
    (
        "filing disease",
        "disease: other, from: 2025-06-01}",
        "from: 2025-06-01} #!",
        "filings[1]",
        "disease",
    ),
    (
        "filing needs area",
        "kind: chronic, disease: other, from: 2025-06-01}",
        "kind: long_stay, from: 2025-06-01} #!",
        "filings[1]",
        "care_area",
    ),
    (
        "chronic with area",
        "disease: other, from: 2025-06-01}",
        'disease: other, from: 2025-06-01, care_area: "990200"} #!',
        "filings[1].care_area",
        "不用",
    ),
    (
        "filing person",
        "- {person: a, kind: chronic, disease: other",
        "- {person: z, #!\n     kind: chronic, disease: other",
        "filings[1].person",
        "'z'",
    ),
]
"""Name of the case; what is replaced in the base and by what, the line to name marked ``#!``;
the path and a word that the message has to hold."""


@pytest.mark.parametrize(
    ("old", "new", "path", "named"), [edit[1:] for edit in EDITS], ids=[edit[0] for edit in EDITS]
)
def test_bad_places(
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
