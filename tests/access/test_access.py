"""Who may do what, the trail of what was done, and seals."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from sqlalchemy import JSON, Date, DateTime, Integer, String, func, insert, select, text, update

from yibao.access import permissions
from yibao.access.errors import DeniedError
from yibao.access.operations import START, Key, digest, record_event, record_message, write_once
from yibao.access.permissions import MATRIX, POSTS, Actor, Reach, Role, may, require
from yibao.access.seals import Leaf, merkle_root, seal_faults, seal_heads
from yibao.access.tables import event, message, seal, sealed_head
from yibao.access.trail import all_people, read_record, verify_people
from yibao.access.users import (
    SYSTEM,
    add_user,
    close_user,
    log_in,
    set_password,
)
from yibao.database.compact import compacted
from yibao.database.schema import METADATA
from yibao.database.sealed import Sealed
from yibao.database.unit import Database, Unit
from yibao.errors import ConflictError, NotFoundError
from yibao.insured.tables import person

Together = Callable[[Sequence[Callable[[], Any]]], list[Any]]

DAY = datetime.date(2025, 3, 10)
AT = datetime.datetime(2025, 3, 10, 1, tzinfo=datetime.UTC)
PASSWORD = "correct horse"

WANG = Actor(
    "user-wang",
    Role.INSURED,
    person_id="wang",
    wards=frozenset({"child"}),
    relatives=frozenset({"sister"}),
)
OFFICER = Actor("officer", Role.OFFICER)
HOSPITAL = Actor("desk", Role.INSTITUTION, institution_id="hospital")
AUDITOR = Actor("auditor", Role.AUDITOR)
STAFF = tuple(
    Actor(post.value, post, area="140100", lives_here=lambda person: person != "far")
    for post in POSTS
)
ACTORS = (WANG, OFFICER, HOSPITAL, AUDITOR, SYSTEM, *STAFF)


def _empty(column: Any) -> Any:
    if isinstance(column.type, JSON | Sealed):
        return {}
    if isinstance(column.type, DateTime):
        return datetime.datetime.now(datetime.UTC)
    if isinstance(column.type, Date):
        return DAY
    return (
        0 if isinstance(column.type, Integer) else "" if isinstance(column.type, String) else None
    )


def _register(database: Database, *people: str) -> None:
    """People with nothing but a chain of one event."""

    def operation(unit: Unit) -> None:
        for name in people:
            head = record_event(unit, name, 1, START, "officer", "register", {"name": name})
            row = {column.name: _empty(column) for column in person.c if not column.nullable}
            unit.run(insert(person), {**row, "person_id": name, "sequence": 1, "head": head})

    database.write(operation)


def _events(database: Database, name: str) -> list[Any]:
    return list(
        database.read(
            lambda unit: unit.run(
                select(event).where(event.c.person_id == name).order_by(event.c.sequence)
            ).all()
        )
    )


def _counts(database: Database) -> dict[str, int]:
    return database.read(
        lambda unit: {
            table.name: unit.run(select(func.count()).select_from(table)).scalar_one()
            for table in METADATA.sorted_tables
        }
    )


def _tamper(database: Database, statement: str, table: str = "event") -> None:
    """What somebody with a prompt could do: take the guard off, change, put it back.

    ``:wang`` in the statement is wang as chains name people.
    """
    names = {name: compacted(name) for name in ("wang", "zhao") if f":{name}" in statement}

    def operation(unit: Unit) -> None:
        if unit.is_postgresql:
            unit.run(text(f"ALTER TABLE {table} DISABLE TRIGGER ALL"))
            unit.run(text(statement), names)
            unit.run(text(f"ALTER TABLE {table} ENABLE TRIGGER ALL"))
        else:
            for action in ("update", "delete"):
                unit.run(text(f"DROP TRIGGER append_only_{table}_{action}"))
            unit.run(text(statement), names)

    database.write(operation)


def _faults(database: Database) -> list[str]:
    faults = [*verify_people(database, all_people(database)), *seal_faults(database)]
    return [str(fault) for fault in faults]


# --- the matrix ----------------------------------------------------------------------------------


def _calls(reach: Reach | None) -> list[tuple[str | None, str | None, bool]]:
    """(person, institution, allowed) for one reach of wang, or of the hospital."""
    place, everything = reach is Reach.PLACE, reach is Reach.ALL
    anybody_here = everything or reach is Reach.AREA
    relative = reach is Reach.RELATIVE or anybody_here
    ward = reach is Reach.WARD or relative
    own = reach is Reach.OWN or ward
    return [
        ("wang", "hospital", own or place),
        ("wang", None, own),
        ("child", None, ward),
        ("sister", None, relative),
        ("li", "hospital", place or anybody_here),
        ("li", "clinic", anybody_here),
        ("far", None, everything),
        (None, None, everything),
    ]


@pytest.mark.parametrize("operation", sorted(MATRIX))
@pytest.mark.parametrize("actor", ACTORS, ids=lambda actor: actor.role.value)
def test_matrix(operation: str, actor: Actor) -> None:
    reach = MATRIX[operation].get(actor.role)
    for person_id, institution_id, allowed in _calls(reach):
        assert may(actor, operation, person_id, institution_id) is allowed
        if not allowed:
            with pytest.raises(DeniedError, match="没有做任何改动"):
                require(actor, operation, person_id, institution_id)


def test_every_operation_has_a_name_for_people() -> None:
    for operation in MATRIX:
        with pytest.raises(DeniedError) as caught:
            require(Actor("nobody", Role.INSURED), operation)
        assert operation not in str(caught.value)


def test_duties_are_kept_apart() -> None:
    """Who gives out keys reads nobody's records; who audits changes nothing."""
    administrator = {name for name, roles in MATRIX.items() if Role.ADMINISTRATOR in roles}
    assert administrator == {
        "collect", "manage_actors", "read_jobs", "run_jobs", "seal", "snapshot",
        "verify_trail",
    }  # fmt: skip
    auditor = {name for name, roles in MATRIX.items() if Role.AUDITOR in roles}
    assert auditor == {
        "find_person", "read_person", "read_contributions", "read_finance", "read_receipt",
        "read_statistics",
        "read_account",
        "read_suspense", "read_grants", "read_draws", "read_settlement", "read_ledger",
        "export_ledger", "read_trail", "verify_trail", "seal", "assess_impact", "replay",
        "rebuild", "read_case", "read_cases", "read_clearing", "read_conduct",
        "read_employer", "read_jobs", "read_payments", "read_prices", "read_reconciliation",
    }  # fmt: skip
    reaches = {(role, reach) for roles in MATRIX.values() for role, reach in roles.items()}
    assert (Role.INSURED, Reach.ALL) not in reaches
    assert (Role.INSTITUTION, Reach.ALL) not in reaches


def test_an_unknown_operation_is_a_fault_of_the_program() -> None:
    with pytest.raises(KeyError):
        may(OFFICER, "fly")


def test_denied_calls_have_no_effect(database: Database) -> None:
    """Every operation of this room, by everybody who may not: no row in any table."""
    _register(database, "wang", "li")
    add_user(database, SYSTEM, "somebody", PASSWORD, Role.OFFICER)
    before = _counts(database)

    def read(actor: Actor) -> Any:
        return read_record(database, actor, "read_person", "li", lambda unit: 1)

    calls: dict[str, Callable[[Actor], Any]] = {
        "add_user": lambda by: add_user(database, by, "new", PASSWORD, Role.AUDITOR),
        "set_password": lambda by: set_password(database, by, "somebody", "another word", AT),
        "close_user": lambda by: close_user(database, by, "somebody", DAY),
        "seal_heads": lambda by: seal_heads(database, by),
        "read_record": read,
    }
    allowed = {
        "read_record": (
            OFFICER,
            AUDITOR,
            *(actor for actor in STAFF if actor.role is not Role.LEGAL),
        ),
        "seal_heads": (AUDITOR, SYSTEM),
    }
    for name, call in calls.items():
        for actor in ACTORS:
            if actor not in allowed.get(name, (SYSTEM,)):
                with pytest.raises(DeniedError):
                    call(actor)
    assert _counts(database) == before
    assert log_in(database, "somebody", PASSWORD, DAY).role is Role.OFFICER


# --- the trail -----------------------------------------------------------------------------------


def test_reads_by_others_stand_on_the_chain(database: Database) -> None:
    _register(database, "wang")

    def fetch(unit: Unit) -> str:
        return str(unit.run(select(person.c.person_id)).scalar_one())

    assert read_record(database, WANG, "read_person", "wang", fetch) == "wang"
    assert len(_events(database, "wang")) == 1
    assert read_record(database, AUDITOR, "read_person", "wang", fetch, purpose="抽查") == "wang"
    read = read_record(
        database, HOSPITAL, "read_settlement", "wang", fetch, institution_id="hospital"
    )
    assert read == "wang"
    seen = [(row.actor, row.operation, row.content) for row in _events(database, "wang")[1:]]
    assert seen == [
        ("auditor", "read_person", {"institution": None, "purpose": "抽查"}),
        ("desk", "read_settlement", {"institution": "hospital", "purpose": ""}),
    ]
    assert _faults(database) == []


def test_a_read_that_fails_leaves_no_event(database: Database) -> None:
    _register(database, "wang")

    def fetch(unit: Unit) -> None:
        raise NotFoundError("没有")

    with pytest.raises(NotFoundError):
        read_record(database, AUDITOR, "read_person", "wang", fetch)
    with pytest.raises(NotFoundError, match="没有登记的参保人 li"):
        read_record(database, AUDITOR, "read_person", "li", fetch)
    assert len(_events(database, "wang")) == 1


def test_reads_at_the_same_time_make_one_chain(database: Database, together: Together) -> None:
    _register(database, "wang")
    calls = [lambda: read_record(database, AUDITOR, "read_person", "wang", lambda unit: 7)] * 12
    assert together(calls) == [7] * 12
    assert [row.sequence for row in _events(database, "wang")] == list(range(1, 14))
    assert _faults(database) == []


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE event SET actor = 'x' WHERE person_id = :wang AND sequence = 2", "第 2 个"),
        ("UPDATE event SET content = '{}' WHERE person_id = :wang AND sequence = 1", "第 1 个"),
        ("DELETE FROM event WHERE person_id = :wang AND sequence = 2", "第 2 个"),
        ("DELETE FROM event WHERE person_id = :wang AND sequence = 3", "有 2 个事件"),
        ("UPDATE event SET at = '2020-01-01 00:00:00' WHERE person_id = :wang", "第 1 个"),
        ("UPDATE event SET operation = 'x' WHERE person_id = :wang AND sequence = 2", "第 2 个"),
        (
            "INSERT INTO event (person_id, sequence, at, actor, operation, content, previous, hash)"
            " SELECT person_id, 4, at, actor, operation, content, hash, hash FROM event"
            " WHERE person_id = :wang AND sequence = 3",
            "第 4 个",
        ),
        (
            "UPDATE event SET sequence = 5 - sequence + 100"
            " WHERE person_id = :wang AND sequence > 1",
            "第 2 个",
        ),
        ("UPDATE person SET sequence = 2 WHERE person_id = 'wang'", "登记行却指向第 2 个"),
        ("DELETE FROM person WHERE person_id = 'wang'", "却没有登记"),
        ("UPDATE person SET head = 'x' WHERE person_id = 'wang'", "有 3 个事件"),
    ],
)
def test_tampering_is_found(database: Database, statement: str, said: str) -> None:
    _register(database, "li", "wang")
    for _ in range(2):
        read_record(database, AUDITOR, "read_person", "wang", lambda unit: 1)
    assert _faults(database) == []
    _tamper(database, statement)
    faults = _faults(database)
    assert len(faults) == 1
    assert faults[0].startswith("wang 的" if "却没有" not in said else "wang 有")
    assert said in faults[0]
    assert list(verify_people(database, ["li"])) == []


# --- messages ------------------------------------------------------------------------------------


def test_a_chain_given_to_somebody_else_is_found_twice(database: Database) -> None:
    _register(database, "wang")
    _tamper(database, "UPDATE event SET person_id = :zhao WHERE person_id = :wang")
    assert _faults(database) == [
        "wang 的审计链有 0 个事件，登记行却指向第 1 个",
        "zhao 的审计链在第 1 个事件处断开",
    ]


def test_a_message_has_one_effect_and_one_answer(database: Database, together: Together) -> None:
    done: list[int] = []

    def send(content: str) -> Any:
        def operation(unit: Unit) -> dict[str, Any]:
            done.append(1)
            answer = {"number": len(done)}
            record_message(unit, Key("desk", "test", "1"), digest(content), "wang", answer)
            return answer

        return write_once(database, Key("desk", "test", "1"), digest(content), operation)

    answers = together([lambda: send("same")] * 8)
    assert all(answer == answers[0] for answer in answers)
    assert database.read(lambda unit: len(unit.run(select(message)).all())) == 1
    with pytest.raises(ConflictError, match="已用于另一笔内容不同的 test"):
        send("other")


# --- seals ---------------------------------------------------------------------------------------


def test_the_root_depends_on_every_leaf() -> None:
    leaves: list[Leaf] = [(f"p{number}", number, "h") for number in range(1, 8)]
    roots = {merkle_root(leaves[:size]) for size in range(8)}
    assert len(roots) == 8
    for number in range(7):
        spoiled = [*leaves]
        spoiled[number] = (leaves[number][0], leaves[number][1], "x")
        assert merkle_root(spoiled) != merkle_root(leaves)


def test_seals_take_what_has_grown(database: Database) -> None:
    _register(database, *(f"p{number}" for number in range(5)))
    assert seal_heads(database, AUDITOR, most=3) == [1, 2]
    assert seal_heads(database, AUDITOR) == []
    read_record(database, AUDITOR, "read_person", "p3", lambda unit: 1)
    assert seal_heads(database, AUDITOR) == [3]
    heads = database.read(
        lambda unit: unit.run(select(sealed_head).where(sealed_head.c.seal == 3)).all()
    )
    assert [(row.person_id, row.sequence) for row in heads] == [("p3", 2)]
    assert _faults(database) == []


def test_two_sealers_make_one_chain(database: Database, together: Together) -> None:
    _register(database, *(f"p{number}" for number in range(9)))
    results = together([lambda: seal_heads(database, AUDITOR, most=2)] * 3)
    assert all(isinstance(result, list | ConflictError) for result in results)
    assert seal_heads(database, AUDITOR) in ([], [6])
    assert _faults(database) == []
    sealed = database.read(lambda unit: unit.run(select(sealed_head.c.person_id)).all())
    assert len(sealed) == 9


@pytest.mark.parametrize(
    ("table", "statement", "said"),
    [
        ("seal", "UPDATE seal SET root = previous WHERE number = 2", "封存链在第 2 号处断开"),
        ("seal", "DELETE FROM seal WHERE number = 1", "封存链在第 1 号处断开"),
        ("seal", "UPDATE seal SET people = 7 WHERE number = 2", "封存链在第 2 号处断开"),
        (
            "sealed_head",
            "UPDATE sealed_head SET head = 'x' WHERE seal = 1 AND person_id = 'a'",
            "第 1 号封存的内容被改动过",
        ),
        (
            "sealed_head",
            "DELETE FROM sealed_head WHERE seal = 1 AND person_id = 'a'",
            "第 1 号封存的内容被改动过",
        ),
    ],
)
def test_spoiled_seals_are_found(database: Database, table: str, statement: str, said: str) -> None:
    _register(database, "a", "b")
    seal_heads(database, AUDITOR)
    read_record(database, AUDITOR, "read_person", "a", lambda unit: 1)
    seal_heads(database, AUDITOR)
    _tamper(database, statement, table)
    assert said in _faults(database)


def test_a_chain_written_anew_does_not_match_its_seal(database: Database) -> None:
    """Whoever can recompute a whole chain still cannot recompute what was sealed."""
    _register(database, "wang")
    seal_heads(database, AUDITOR)
    _tamper(database, "DELETE FROM event")

    def again(unit: Unit) -> None:
        head = record_event(unit, "wang", 1, START, "officer", "register", {"name": "other"})
        unit.run(update(person).values(head=head))

    database.write(again)
    assert _faults(database) == ["wang 的第 1 个事件与第 1 号封存不符"]
    assert database.read(lambda unit: len(unit.run(select(seal)).all())) == 1


def test_every_role_has_a_name() -> None:
    assert {role.label for role in Role} == set(map(str, permissions._LABELS.values()))
