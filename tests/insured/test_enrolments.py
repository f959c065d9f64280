"""Enrolments, groups and relations: dated, with proof, never overlapping; profile = rows."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from yibao.access.operations import Key
from yibao.access.tables import event, message
from yibao.benefit.facts import Enrolment, GroupMembership, Person
from yibao.database.unit import Database
from yibao.errors import InputError, NotFoundError, RefusedError, YibaoError
from yibao.insured import operations as insured
from yibao.insured import tables
from yibao.insured.enrolment.documents import Proof
from yibao.insured.people.relations import Relation
from yibao.policy.compile import PolicyLibrary

from ..support.actors import CLERK

DAY = datetime.date.fromisoformat
RETIRED = (Proof("retirement_approval"),)
POOR = (Proof("civil_affairs_certificate", number="民 12"),)
MARRIED = (Proof("marriage_certificate"),)


def key(name: str) -> Key:
    return Key("desk", "change", name)


@pytest.fixture
def change(database: Database, packs: PolicyLibrary) -> Callable[..., Any]:
    """Runs an operation of this room with the message id first."""

    def run(operation: Callable[..., Any], message_id: str, *arguments: Any, **named: Any) -> Any:
        return operation(database, packs, key(message_id), *arguments, actor=CLERK, **named)

    return run


@pytest.fixture
def worker(database: Database, packs: PolicyLibrary, make_person: Callable[..., Person]) -> Person:
    facts = make_person("p1")
    insured.register(database, facts, actor=CLERK, day=DAY("2020-01-01"), library=packs)
    return facts


def whole(database: Database) -> list[Any]:
    """Every row that these operations could touch."""
    return database.read(
        lambda unit: [
            tuple(row)
            for table in (
                tables.person,
                tables.enrolment,
                tables.group_membership,
                tables.relation,
                tables.proof,
                tables.cover,
                event,
                message,
            )
            for row in unit.run(select(table))
        ]
    )


def facts_of(database: Database, person_id: str = "p1") -> Person:
    assert database.read(lambda unit: insured.profile_faults(unit, person_id)) == []
    return database.read(lambda unit: insured.rebuild_profile(unit, person_id))


def test_retirement_splits_the_enrolment(
    database: Database, change: Callable[..., Any], worker: Person, area: str
) -> None:
    change(
        insured.change_enrolment,
        "1",
        "p1",
        DAY("2025-04-15"),
        status="retired",
        proofs=RETIRED,
    )
    assert facts_of(database).enrolments == (
        Enrolment("employee", "working", DAY("2020-01-01"), DAY("2025-04-14"), area),
        Enrolment("employee", "retired", DAY("2025-04-15"), None, area),
    )
    known = insured.cover_known(database, "p1", DAY("2025-04-15"), actor=CLERK)
    assert known is not None
    assert (known.status, known.entitled) == ("retired", True)


def test_a_change_on_the_first_day_changes_the_whole(
    database: Database, change: Callable[..., Any], worker: Person, area: str
) -> None:
    day = worker.enrolments[0].start
    change(insured.change_enrolment, "1", "p1", day, contribution_class="flexible")
    assert facts_of(database).enrolments == (
        Enrolment("employee", "working", day, None, area, "flexible"),
    )


def test_move_end_and_another_scheme(
    database: Database,
    packs: PolicyLibrary,
    change: Callable[..., Any],
    worker: Person,
    area: str,
) -> None:
    other = packs.area("北京市").code
    change(insured.change_enrolment, "1", "p1", DAY("2024-01-01"), area=other)
    change(insured.end_enrolment, "2", "p1", DAY("2024-12-31"), "离职")
    new = Enrolment("resident", None, DAY("2025-01-01"), None, area)
    change(insured.enrol, "3", "p1", new)
    facts = facts_of(database)
    assert [(enrolment.area, enrolment.end) for enrolment in facts.enrolments] == [
        (area, DAY("2023-12-31")),
        (other, DAY("2024-12-31")),
        (area, None),
    ]
    assert facts.area == area
    known = insured.cover_known(database, "p1", DAY("2025-06-01"), actor=CLERK)
    assert known is not None
    assert (known.scheme, known.entitled, known.reason) == ("resident", False, "unpaid")


@pytest.mark.parametrize(
    ("operation", "arguments", "named", "error", "said"),
    [
        ("change_enrolment", ["p1", DAY("2025-01-01")], {"status": "retired"}, InputError, "退休"),
        (
            "change_enrolment",
            ["p1", DAY("2025-01-01")],
            {"status": "working"},
            RefusedError,
            "没有变更",
        ),
        ("change_enrolment", ["p1", DAY("2025-01-01")], {"area": "999999"}, RefusedError, "政策包"),
        (
            "change_enrolment",
            ["p1", DAY("2019-01-01")],
            {"area": "999999"},
            NotFoundError,
            "没有参保",
        ),
        ("change_enrolment", ["p9", DAY("2025-01-01")], {"area": "999999"}, NotFoundError, "p9"),
        ("end_enrolment", ["p1", DAY("2019-01-01"), "离职"], {}, NotFoundError, "没有参保"),
        ("leave_group", ["p1", "low_income", DAY("2025-01-01")], {}, NotFoundError, "low_income"),
        (
            "join_group",
            ["p1", GroupMembership("low_income", DAY("2025-01-01"))],
            {"proofs": (Proof("photo"),)},
            InputError,
            "民政",
        ),
        (
            "join_group",
            ["p1", GroupMembership("giants", DAY("2025-01-01"))],
            {"proofs": POOR},
            InputError,
            "giants",
        ),
    ],
)
def test_a_denied_change_has_no_effect(
    database: Database,
    change: Callable[..., Any],
    worker: Person,
    operation: str,
    arguments: list[Any],
    named: dict[str, Any],
    error: type[YibaoError],
    said: str,
) -> None:
    before = whole(database)
    with pytest.raises(error, match=said):
        change(getattr(insured, operation), "1", *arguments, **named)
    assert whole(database) == before


@pytest.mark.parametrize("start", ["2019-06-01", "2020-01-01", "2025-01-01"])
def test_enrolments_never_overlap(
    database: Database, change: Callable[..., Any], worker: Person, area: str, start: str
) -> None:
    before = whole(database)
    with pytest.raises(RefusedError, match="重叠"):
        change(insured.enrol, "1", "p1", Enrolment("resident", None, DAY(start), None, area))
    assert whole(database) == before


def test_two_enrolments_at_once(
    database: Database,
    change: Callable[..., Any],
    worker: Person,
    area: str,
    together: Callable[..., list[Any]],
) -> None:
    change(insured.end_enrolment, "0", "p1", DAY("2024-12-31"), "离职")
    results = together(
        [
            lambda n=n: change(
                insured.enrol,
                f"e{n}",
                "p1",
                Enrolment("resident", None, DAY(f"2025-0{n}-01"), None, area),
            )
            for n in (1, 2, 3)
        ]
    )
    assert sum(isinstance(result, dict) for result in results) == 1
    assert sum(isinstance(result, RefusedError) for result in results) == 2
    assert len(facts_of(database).enrolments) == 2


def test_groups_with_proof(database: Database, change: Callable[..., Any], worker: Person) -> None:
    first = GroupMembership("low_income", DAY("2024-01-01"))
    done = change(insured.join_group, "1", "p1", first, proofs=POOR)
    assert change(insured.join_group, "1", "p1", first, proofs=POOR) == done
    again = GroupMembership("low_income", DAY("2025-01-01"))
    before = whole(database)
    with pytest.raises(RefusedError, match="不必重复"):
        change(insured.join_group, "2", "p1", again, proofs=POOR)
    assert whole(database) == before
    change(insured.leave_group, "3", "p1", "low_income", DAY("2024-12-31"))
    change(insured.join_group, "4", "p1", again, proofs=POOR)
    assert facts_of(database).groups == (
        GroupMembership("low_income", DAY("2024-01-01"), DAY("2024-12-31")),
        again,
    )
    stored = database.read(lambda unit: unit.run(select(tables.proof)).all())
    assert [row.purpose for row in stored] == ["join_group"] * 2
    assert not any("民 12" in row.number_cipher for row in stored)


# --- relations -----------------------------------------------------------------------------------


@pytest.fixture
def family(database: Database, make_person: Callable[..., Person]) -> None:
    for name, birth in (("a", "1950-01-01"), ("b", "1980-01-01"), ("c", "1981-01-01")):
        insured.register(
            database,
            make_person(name, birth=birth),
            actor=CLERK,
            day=DAY("2020-01-01"),
        )


@pytest.mark.usefixtures("family")
def test_a_relation_reads_the_same_from_both_sides(database: Database) -> None:
    new = Relation("b", "a", "parent", DAY("1980-01-01"))
    proofs = (Proof("birth_certificate"),)
    done = insured.relate(database, key("1"), new, actor=CLERK, proofs=proofs)
    assert insured.relate(database, key("1"), new, actor=CLERK, proofs=proofs) == done

    def read(person: str, relative: str, day: str) -> str | None:
        return database.read(lambda unit: insured.relation_on(unit, person, relative, DAY(day)))

    assert read("b", "a", "2025-01-01") == "parent"
    assert read("a", "b", "2025-01-01") == "child"
    assert read("a", "b", "1979-12-31") is None
    assert read("a", "c", "2025-01-01") is None
    insured.end_relation(
        database,
        key("2"),
        "a",
        "b",
        DAY("2024-12-31"),
        actor=CLERK,
        proofs=(Proof("death_certificate"),),
    )
    assert read("b", "a", "2024-12-31") == "parent"
    assert read("b", "a", "2025-01-01") is None
    assert read("a", "b", "2025-01-01") is None


@pytest.mark.usefixtures("family")
@pytest.mark.parametrize(
    ("new", "proofs", "error", "said"),
    [
        (Relation("b", "a", "spouse", DAY("2020-01-01")), MARRIED, RefusedError, "亲属关系"),
        (Relation("c", "b", "spouse", DAY("2020-01-01")), MARRIED, RefusedError, "配偶"),
        (
            Relation("b", "c", "parent", DAY("2020-01-01")),
            (Proof("birth_certificate"),),
            RefusedError,
            "写反",
        ),
        (Relation("b", "c", "sibling", DAY("2020-01-01")), MARRIED, InputError, "户口本"),
        (Relation("b", "b", "spouse", DAY("2020-01-01")), MARRIED, InputError, "本人"),
        (Relation("b", "c", "friend", DAY("2020-01-01")), MARRIED, InputError, "friend"),
        (Relation("b", "z", "spouse", DAY("2020-01-01")), MARRIED, NotFoundError, "z"),
    ],
)
def test_a_denied_relation_has_no_effect(
    database: Database,
    new: Relation,
    proofs: tuple[Proof, ...],
    error: type[YibaoError],
    said: str,
) -> None:
    married = Relation("a", "b", "spouse", DAY("2010-01-01"))
    insured.relate(database, key("0"), married, actor=CLERK, proofs=MARRIED)
    before = whole(database)
    with pytest.raises(error, match=said):
        insured.relate(database, key("1"), new, actor=CLERK, proofs=proofs)
    assert whole(database) == before


@pytest.mark.usefixtures("family")
def test_two_marriages_at_once(database: Database, together: Callable[..., list[Any]]) -> None:
    def marry(person: str, relative: str) -> Any:
        new = Relation(person, relative, "spouse", DAY("2020-01-01"))
        return insured.relate(
            database, key(f"{person}{relative}"), new, actor=CLERK, proofs=MARRIED
        )

    results = together([lambda: marry("b", "c"), lambda: marry("c", "a"), lambda: marry("a", "b")])
    assert sum(isinstance(result, dict) for result in results) == 1
    assert sum(isinstance(result, RefusedError) for result in results) == 2
