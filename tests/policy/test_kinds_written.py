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

EXCEPTIONS = {
    ("aid/operations.py", "ended"): "what became of a grant, not why an account closed",
    ("portal/own/words.py", "ended"): "what became of a grant, not why an account closed",
    ("database/tables.py", "retired"): "the state of a secret key",
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
    ("columns/schema.py", "maternity"): "the name of what is carried in",
    ("gateway/visiting.py", "emergency"): FACT,
    ("guide/reading.py", "parent"): "the area above an area",
    ("inquiry/asked.py", "spouse"): FACT,
    ("inquiry/calculators/base.py", "community"): FACT,
    ("inquiry/calculators/care_inputs.py", "emergency"): FACT,
    ("inquiry/calculators/care_inputs.py", "manual"): FACT,
    ("inquiry/calculators/maternity.py", "spouse"): FACT,
    ("inquiry/care.py", "community"): FACT,
    ("inquiry/care.py", "manual"): FACT,
    ("inquiry/question.py", "community"): FACT,
    ("inquiry/question.py", "manual"): FACT,
    ("policy/report.py", "parent"): "the area above an area",
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
    ("columns/read/cells.py", "D"): NUMPY,
    ("policy/lint.py", "assumed"): PACK,
    ("policy/packs.py", "assumed"): PACK,
    ("policy/schema.py", "assumed"): PACK,
    ("api/calculating.py", "refused"): PROBLEM,
    ("api/problems.py", "refused"): PROBLEM,
    ("api/writes.py", "refused"): PROBLEM,
    ("aid/checks.py", "refused"): "what became of a grant, not of a gap",
    ("portal/own/words.py", "refused"): "what became of a grant, not of a gap",
    ("portal/own/frame.py", "refused"): "the reason why nothing was done",
    ("cli/policy.py", "found"): "a key that packs write: what the sources say",
    ("cli/replay.py", "found"): "what a rebuilt row holds, beside what is stored",
    ("cli/settle.py", "refused"): "the lines that were refused",
    ("portal/calculator_pages.py", "refused"): "the reason why there is no answer",
    ("policy/records.py", "found"): "a key that packs write: what the sources say",
    ("policy/schema.py", "found"): "a key that packs write: what the sources say",
    ("api/policies.py", "assumed"): "how many values are so: a count",
    ("api/policies.py", "quarantined"): "how many values are so: a count",
    ("cli/policy.py", "assumed"): "how many values are so: a count",
    ("policy/report.py", "assumed"): "how many values are so: a count",
    ("policy/report.py", "quarantined"): "how many values are so: a count",
}
"""(file, text) -> why the text stands bare there."""


def _trees() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(SOURCE.rglob("*.py")):
        yield path.relative_to(SOURCE).as_posix(), ast.parse(path.read_text(encoding="utf-8"))


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
def _members() -> dict[str, list[str]]:
    """The text of every member of every enum of texts, and the enums that have it."""
    members: dict[str, list[str]] = defaultdict(list)
    for _path, tree in _trees():
        for enum in _enums(tree):
            for text in _texts(enum.body):
                members[text].append(enum.name)
    return members


def _bare(tree: ast.Module) -> Iterator[ast.Constant]:
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
            and node.value in _members()
        ):
            yield node


def test_a_fixed_choice_is_a_member_of_its_enum() -> None:
    assert {"resident", "3A", "assumed", "long_stay"} <= set(_members())
    used = set()
    faults = []
    for path, tree in _trees():
        for constant in _bare(tree):
            text = str(constant.value)
            if (path, text) in EXCEPTIONS:
                used.add((path, text))
                continue
            enums = "、".join(_members()[text])
            faults.append(f"src/yibao/{path}:{constant.lineno}: {text!r} is a member of {enums}")
    assert not faults, "\n".join(faults)
    assert used == set(EXCEPTIONS), f"nothing is written bare: {set(EXCEPTIONS) - used}"
