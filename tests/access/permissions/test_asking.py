"""No operation forgets to ask the matrix."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from pathlib import Path

import pytest

import yibao
from yibao.access.errors import DeniedError
from yibao.access.permissions import MATRIX, Reach, Role, require

from .world import (
    WANG,
)

ROOMS = ("insured", "aid", "crossing", "care", "ledger")
PUBLIC = {
    "verify_receipt": "whoever holds a receipt's number may ask whether it is genuine",
    "institution_names": "what institutions are called: the public list of them shows it",
    "channels_of": "what a service is built with before anybody calls: a store's own nature",
    "everybody": "ids for replay and impact, which have asked",
    "run_job": "works for operations that have asked",
    "job_result": "where a job stands, as its operation answers",
    "write_payment": "part of operations that have asked",
    "give_back": "part of operations that have asked",
    "replace_number": "part of operations that have asked",
    "proofs_of_case": "what the step of a case has to show",
    "merge_records": "the step of a case, whose kind says who may take it",
    "rehash_people": "a step of turning a store's key, by whoever holds both keys",
    **dict.fromkeys(
        (
            "insured.signing_up.operations.file_sign_up",
            "insured.signing_up.operations.look_up",
            "insured.signing_up.operations.add_paper",
            "insured.signing_up.operations.hand_over",
            "insured.signing_up.operations.withdraw",
            "insured.signing_up.operations.open_login",
        ),
        "somebody without a login asks for one: by receipt, number and, in the end, a code",
    ),
}
"""Functions that open a transaction and ask nobody, with the reason; some by place and name."""


def _functions() -> Iterator[tuple[str, ast.FunctionDef]]:
    root = Path(inspect.getfile(yibao)).parent
    for room in ROOMS:
        for file in sorted((root / room).rglob("*.py")):
            place = ".".join(file.relative_to(root).with_suffix("").parts)
            for node in ast.parse(file.read_text(encoding="utf-8")).body:
                if isinstance(node, ast.FunctionDef):
                    yield place, node
                if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                    for part in node.body:
                        if isinstance(part, ast.FunctionDef) and "self.database" in ast.unparse(
                            part
                        ):
                            yield f"{place}.{node.name}", part


def _asked(node: ast.FunctionDef) -> set[str]:
    """Operations of the matrix that a function's own statements ask for."""
    names = set()
    for part in ast.walk(node):
        if not isinstance(part, ast.Call) or not isinstance(part.func, ast.Name):
            continue
        if part.func.id in ("require", "require_case", "read_record", "_require", "may"):
            names |= {
                constant.value
                for constant in ast.walk(part)
                if isinstance(constant, ast.Constant) and constant.value in MATRIX
            }
        if part.func.id in ("_require", "_require_settle", "require_settle"):
            names.add(part.func.id)
    return names


def test_no_operation_forgets_to_ask() -> None:
    """Whatever is public and opens a transaction has an actor and names an operation."""
    forgot = []
    seen = set()
    for place, node in _functions():
        arguments = {argument.arg for argument in (*node.args.args, *node.args.kwonlyargs)}
        opens = "database" in arguments or "self" in arguments
        if node.name.startswith("_") or not opens:
            continue
        names = {node.name, f"{place}.{node.name}"}
        seen |= names
        if names & set(PUBLIC):
            continue
        if "actor" not in arguments or not _asked(node):
            forgot.append(f"{place}.{node.name}")
    assert forgot == []
    assert seen >= set(PUBLIC)


def test_who_may_act_for_whom_is_what_the_actor_brings() -> None:
    for operation, roles in MATRIX.items():
        reach = roles.get(Role.INSURED)
        if reach is Reach.OWN:
            with pytest.raises(DeniedError, match="只限本人的业务"):
                require(WANG, operation, "child")
