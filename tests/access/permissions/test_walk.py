"""Every operation of the store, by everybody: allowed calls pass, denied ones leave no trace."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from sqlalchemy import select

from yibao.access.errors import DeniedError
from yibao.access.permissions import MATRIX, Actor, Role, may
from yibao.database.schema import whole_schema
from yibao.database.unit import Database, open_database
from yibao.policy.compile import PolicyLibrary

from . import (
    calls_of_accounts,
    calls_of_care,
    calls_of_clearing,
    calls_of_contributions,
    calls_of_finance,
    calls_of_payments,
    calls_of_people,
    calls_of_the_store,
)
from .world import CALLERS, CALLS, POSTED, World

REGISTERED = (
    calls_of_clearing,
    calls_of_finance,
    calls_of_payments,
    calls_of_people,
    calls_of_contributions,
    calls_of_accounts,
    calls_of_care,
    calls_of_the_store,
)
"""Each puts its calls into ``CALLS`` when it is imported."""
pytestmark = pytest.mark.usefixtures("secret_key")

BY_OTHERS = {
    # Asked by entry points, with `require` or `read_record` of their own around read fragments.
    "activate_credential",
    "end_credential",
    "show_credential",
    "scan_credential",
    "read_receipt",
    "read_trail",
    "verify_trail",
    # Asked for an employer, whose area and code count: tests/employers.
    "register_employer",
    "set_terms",
    "read_employer",
    "declare",
    "order_for_staff",
    "apply_for_staff",
    "assess",
    "book_money",
    "return_money",
    # Asked for whatever a channel reports: tests/finance.
    "reconcile",
    "read_reconciliation",
    # Asked for a whole file and for each of its rows: tests/importing.
    "import_records",
    # Asked for a case, whose area and people count: tests/office.
    "apply",
    "open_case",
    "move_case",
    "hand_in",
    "note_case",
    "read_case",
    "read_cases",
    "give_sign_up_code",
    # Asked for an application, whose institution counts: tests/gateway/test_gateway_clearing.py.
    "appeal_clearing",
    "take_clearing",
    "review_clearing",
    "confirm_clearing",
    "sign_clearing",
    "advance_clearing",
    "close_clearing",
    # Asked for an institution's list, whose area counts: tests/prices.
    "list_prices",
    "confirm_prices",
    "read_prices",
    "change_catalogue",
    "confirm_catalogue",
    # Asked for a case or a hit, whose area counts: tests/conduct.
    "check_conduct",
    "read_conduct",
    "note_lead",
    "judge_hit",
    "propose_sanction",
    "allow_instalments",
    "name_subject",
    "give_points",
    "lift_suspension",
    "suspend_practitioner",
    "book_recovery",
    "reward_informer",
    "read_informer",
}


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A prepared store; each allowed call works on a copy."""
    file = tmp_path_factory.mktemp("permissions") / "store.db"
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("YIBAO_SECRET_KEY", "5a" * 32)  # as in every test of the store
        packs = PolicyLibrary.load()
        database = open_database(f"sqlite:///{file}")
        whole_schema()  # every room's tables
        database.create_all()
        World(database, packs, packs.area("太原市").code).set_up()
        database.dispose()
    return file


def _opened(file: Path, packs: PolicyLibrary) -> World:
    return World(open_database(f"sqlite:///{file}"), packs, packs.area("太原市").code)


def _everything(database: Database) -> dict[str, list[str]]:
    """Every row of every table."""
    tables = whole_schema().sorted_tables
    return database.read(
        lambda unit: {
            table.name: sorted(str(tuple(row)) for row in unit.run(select(table)))
            for table in tables
        }
    )


AT_OWN_PLACE = {"file", "find_person", "read_person"}
"""What belongs to no institution: each does it for whoever stands at its own counter."""


def _allowed(operation: str, actor: Actor, person: str) -> bool:
    """What the matrix says; the institution of every visit is ``h1``."""
    place = actor.institution_id if operation in AT_OWN_PLACE else "h1"
    return may(actor, operation, person, place)


@pytest.mark.parametrize("name", sorted(CALLS))
def test_allowed_calls_pass_and_denied_ones_leave_no_trace(
    name: str, template: Path, tmp_path: Path, packs: PolicyLibrary
) -> None:
    operation, call = CALLS[name]
    denied = [
        (actor, person)
        for actor, person in (*CALLERS, *POSTED)
        if not _allowed(operation, actor, person)
    ]
    assert denied or MATRIX[operation].keys() >= set(Role)
    world = _opened(template, packs)
    before = _everything(world.database)
    for actor, person in denied:
        with pytest.raises(DeniedError, match="没有做任何改动"):
            call(world, actor, person)
    assert _everything(world.database) == before
    world.database.dispose()
    for number, (actor, person) in enumerate(CALLERS):
        if not _allowed(operation, actor, person):
            continue
        copy = tmp_path / f"{number}.db"
        shutil.copyfile(template, copy)
        own = _opened(copy, packs)
        call(own, actor, person)
        own.database.dispose()


def test_every_operation_of_the_matrix_is_called() -> None:
    assert {operation for operation, _ in CALLS.values()} | BY_OTHERS == set(MATRIX)
