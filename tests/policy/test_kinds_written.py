"""A fixed choice is a member of its enum wherever src says it, never its bare text."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import yibao

SOURCE = Path(yibao.__file__).parent

FACT = "the name of a fact, not of a choice"
AMOUNT = "the name of an amount: what the employer pays"
SUBJECT = "the name of a calculator, of a subject or of a module"
PACK = "a key that packs write beside the value, or the rule that lint names by it"
NUMPY = "a unit or an order of numpy"
LETTER = "a letter of the national interface"
PROBLEM = "the name of a kind of problem of the API"

BOUND = {
    "claims/cases.py": ("claims/cases.py", "portal/claim_letter.py", "scenario/demo/claims.py"),
    "claims/doubts.py": ("claims/",),
    "claims/forms.py": (
        "claims/forms.py",
        "claims/sheets.py",
        "claims/quoting.py",
        "inquiry/claiming.py",
    ),
    "conduct/acts.py": ("conduct/", "portal/desk/conduct"),
    "conduct/cases.py": ("conduct/cases.py",),
    "conduct/effects.py": ("conduct/effects.py",),
    "conduct/forms.py": ("conduct/forms.py",),
    "conduct/recoveries.py": ("conduct/recoveries.py",),
    "sanctions/states.py": ("sanctions/", "care/suspended.py"),
    "employers/late_fees.py": ("employers/",),
    "employers/states.py": ("employers/", "portal/desk/firm"),
    "finance/states.py": ("finance/", "portal/desk/reconciling.py"),
    "disbursement/states.py": ("disbursement/", "portal/desk/payments.py"),
    "aid/states.py": ("aid/", "portal/own/", "api/care_views.py", "api/granting.py"),
    "insured/states.py": ("insured/", "portal/own/", "api/views.py"),
    "office/files.py": ("office/", "api/cases.py", "portal/desk/"),
    "moving/states.py": ("moving/",),
    "moving/applications.py": ("moving/",),
    "office/flows.py": ("office/", "api/cases.py", "portal/desk/"),
}
"""Enums of one room hold for it and for who shows it; all others for all of src."""

EXCEPTIONS = {
    **dict.fromkeys(
        (
            ("api/employer_views.py", "employer"),
            ("api/employers.py", "employer"),
            ("api/staff.py", "employer"),
            ("cli/employers.py", "employer"),
            ("cli/main.py", "employer"),
            ("database/migrations/versions/0034_employers.py", "employer"),
            ("database/migrations/versions/0058_kinds_and_grounds.py", "employer"),
            ("employers/adjusting.py", "employer"),
            ("employers/bills.py", "employer"),
            ("employers/declaring.py", "employer"),
            ("employers/kinds.py", "employer"),
            ("employers/ordering.py", "employer"),
            ("employers/paying.py", "employer"),
            ("employers/pricing.py", "employer"),
            ("employers/registration.py", "employer"),
            ("employers/settling.py", "employer"),
            ("employers/tables.py", "employer"),
            ("ledger/chart.py", "employer"),
            ("portal/desk/firm_parts.py", "employer"),
        ),
        "who employs people, or that one's part of a bill",
    ),
    ("api/imports.py", "completed"): "an example of an answer",
    ("moving/leaving.py", "account"): FACT,
    ("portal/own/papers.py", "C"): "the kind of a paper in its address",
    ("employers/assessing.py", "assessed"): "the name of a count in an answer",
    ("employers/assessing.py", "billed"): "the name of a count in an answer",
    ("employers/assessing.py", "overdue"): "the name of a count in an answer",
    ("employers/paying.py", "returned"): AMOUNT,
    ("employers/pricing.py", "assessed"): "the name of a part of a bill",
    ("portal/desk/firm_parts.py", "assessed"): "the name of a part of a bill",
    ("portal/desk/firms.py", "paid"): "what a page is given",
    ("insured/enrolment/cover.py", "waiting"): "why there is no cover yet",
    ("insured/payments/jobs.py", "done"): "the name of a column: how many people",
    ("insured/stored/facts.py", "paid"): "the name of what was paid in a document",
    ("insured/tables.py", "done"): "the name of a column: how many people",
    ("database/tables.py", "retired"): "the state of a secret key",
    ("database/keyring.py", "retired"): "the state of a secret key",
    ("database/rotation.py", "retired"): "the state of a secret key",
    ("cli/key.py", "retired"): "the state of a secret key",
    ("policy/keys.py", "community"): "the last price class of a table's key",
    ("scenario/demo/town.py", "pharmacy"): "the demo's one pharmacy, by its name in the file",
    ("api/paying.py", "employer"): AMOUNT,
    ("benefit/period_answers.py", "employer"): AMOUNT,
    ("database/migrations/versions/0006_insured_first_tables.py", "employer"): AMOUNT,
    ("insured/payments/bills.py", "employer"): AMOUNT,
    ("insured/tables.py", "employer"): AMOUNT,
    ("care/form1.py", "emergency"): FACT,
    ("cli/maternity.py", "spouse"): FACT,
    ("columns/prepare/row_care.py", "emergency"): FACT,
    ("cli/app.py", "maternity"): "the name of a command",
    ("cli/reform.py", "refused"): "the name of a count in an answer",
    ("reform/answer.py", "refused"): "the name of a count in an answer",
    ("population/blocks.py", "D"): NUMPY,
    ("columns/schema.py", "maternity"): "the name of what is carried in",
    ("gateway/visiting.py", "emergency"): FACT,
    ("gateway/transactions/screening.py", "emergency"): FACT,
    ("guide/reading.py", "parent"): "the area above an area",
    ("inquiry/asked.py", "spouse"): FACT,
    ("inquiry/ask/asker.py", "assumed"): "where the area came from",
    ("inquiry/ask/facts.py", "child"): "why a scheme is supposed",
    ("inquiry/ask/premiums.py", "child"): "why a scheme is supposed",
    ("inquiry/ask/directory.py", "hospital"): FACT,
    ("inquiry/ask/facts.py", "hospital"): FACT,
    ("inquiry/ask/visits.py", "maternity"): SUBJECT,
    ("inquiry/calculators/base.py", "community"): FACT,
    ("inquiry/calculators/care_inputs.py", "emergency"): FACT,
    ("inquiry/calculators/care_inputs.py", "manual"): FACT,
    ("inquiry/calculators/maternity.py", "spouse"): FACT,
    ("inquiry/care.py", "community"): FACT,
    ("inquiry/care.py", "manual"): FACT,
    ("inquiry/question.py", "community"): FACT,
    ("inquiry/question.py", "manual"): FACT,
    ("assistant/tools.py", "maternity"): SUBJECT,
    ("cli/main.py", "maternity"): SUBJECT,
    ("cli/maternity.py", "maternity"): SUBJECT,
    ("inquiry/calculators/maternity.py", "maternity"): SUBJECT,
    ("inquiry/topics.py", "chronic"): SUBJECT,
    ("inquiry/topics.py", "maternity"): SUBJECT,
    ("gateway/settled.py", "maternity"): "a key of the interface's terms",
    ("gateway/transactions/directories.py", "C"): LETTER,
    ("scenario/gateway.py", "C"): LETTER,
    ("columns/backend.py", "C"): NUMPY,
    ("columns/read/calendar.py", "D"): NUMPY,
    ("columns/read/cells.py", "D"): NUMPY,
    ("policy/lint.py", "assumed"): PACK,
    ("policy/packs.py", "assumed"): PACK,
    ("policy/schema.py", "assumed"): PACK,
    ("access/permissions.py", "employer"): "the name of a role",
    ("api/calculating.py", "refused"): PROBLEM,
    ("api/counter/operations.py", "refused"): PROBLEM,
    ("api/running.py", "refused"): "why a scenario ended",
    ("api/problems.py", "refused"): PROBLEM,
    ("api/informing.py", "refused"): PROBLEM,
    ("api/payments.py", "refused"): PROBLEM,
    ("api/signing_up.py", "refused"): PROBLEM,
    ("api/writes.py", "refused"): PROBLEM,
    ("portal/own/frame.py", "refused"): "the reason why nothing was done",
    ("cli/replay.py", "found"): "what a rebuilt row holds, beside what is stored",
    ("cli/settle.py", "refused"): "the lines that were refused",
    ("portal/calculator_pages.py", "refused"): "the reason why there is no answer",
    ("policy/records.py", "found"): "a key that packs write: what the sources say",
    ("policy/schema.py", "found"): "a key that packs write: what the sources say",
}
"""(file, text) -> why the text stands bare there."""


@cache
def _parsed() -> tuple[tuple[str, ast.Module], ...]:
    return tuple(
        (path.relative_to(SOURCE).as_posix(), ast.parse(path.read_text(encoding="utf-8")))
        for path in sorted(SOURCE.rglob("*.py"))
    )


def _enums(tree: ast.Module) -> Iterator[ast.ClassDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and any(
            isinstance(base, ast.Name) and base.id == "TextEnum" for base in node.bases
        ):
            yield node


def _texts(nodes: Sequence[ast.stmt]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
            assert isinstance(node.value.value, str)
            yield node.value.value


@cache
def _members(path: str) -> dict[str, list[str]]:
    """The text of every member of the enums that a file is bound to, and who has it."""
    members: dict[str, list[str]] = defaultdict(list)
    for place, name, text in _all_members():
        if path.startswith(BOUND.get(place, ("",))):
            members[text].append(name)
    return members


@cache
def _all_members() -> tuple[tuple[str, str, str], ...]:
    """(file, enum, text) of every member of every enum of texts."""
    return tuple(
        (place, enum.name, text)
        for place, tree in _parsed()
        for enum in _enums(tree)
        for text in _texts(enum.body)
    )


def _bare(path: str, tree: ast.Module) -> Iterator[ast.Constant]:
    """Constants that say a member's text; not the members, nor parts of a longer text."""
    passed_over: set[ast.AST] = set()
    enums = set(_enums(tree))
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr) or node in enums:
            passed_over.update(ast.walk(node))
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            passed_over.update(ast.walk(node))
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Constant)
            and node not in passed_over
            and isinstance(node.value, str)
            and node.value in _members(path)
        ):
            yield node


def test_a_fixed_choice_is_a_member_of_its_enum() -> None:
    assert {"resident", "3A", "assumed", "long_stay"} <= set(_members(""))
    assert {"resident", "posted", "refund_due"} <= set(_members("insured/"))
    used = set()
    faults = []
    for path, tree in _parsed():
        for constant in _bare(path, tree):
            text = str(constant.value)
            if (path, text) in EXCEPTIONS:
                used.add((path, text))
                continue
            enums = "、".join(_members(path)[text])
            faults.append(f"src/yibao/{path}:{constant.lineno}: {text!r} is a member of {enums}")
    assert not faults, "\n".join(faults)
    assert used == set(EXCEPTIONS), f"nothing is written bare: {set(EXCEPTIONS) - used}"
