"""Registration with documents: checked, encrypted, once."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import func, insert, select

from yibao.access.operations import Key
from yibao.access.tables import event, message
from yibao.benefit.facts import Enrolment, GroupMembership, Person
from yibao.database.unit import Database
from yibao.errors import ConflictError, InputError, NotFoundError, RefusedError
from yibao.exchange.people import find_by_number
from yibao.insured import operations as insured
from yibao.insured import tables
from yibao.insured.enrolment.documents import Proof
from yibao.insured.people.certificates import check_character, read_number
from yibao.insured.people.registration import Application
from yibao.policy.compile import PolicyLibrary

from ..support.actors import CLERK

DAY = datetime.date.fromisoformat
HUKOU = (Proof("identity_card"), Proof("household_book"), Proof("photo", copies=2))


def number(birth: str = "19800315", order: str = "002") -> str:
    """A resident's identity number that holds."""
    stem = f"110101{birth}{order}"
    return stem + check_character(stem)


@pytest.fixture
def application(area: str) -> Application:
    return Application(
        name="张 三",
        certificate="resident_identity_card",
        number=number(),
        route="hukou",
        enrolment=Enrolment("resident", None, DAY("2025-03-01"), None, area),
        proofs=HUKOU,
    )


@pytest.fixture
def submit(database: Database, packs: PolicyLibrary) -> Callable[..., Any]:
    def run(form: Application, message_id: str = "1") -> Any:
        return insured.register_person(
            database, packs, Key("desk", "register", message_id), form, actor=CLERK
        )

    return run


def rows(database: Database) -> list[int]:
    """How much every table of registration holds."""
    counted = (
        tables.person,
        tables.identity,
        tables.proof,
        tables.enrolment,
        tables.cover,
        event,
        message,
    )
    return database.read(
        lambda unit: [
            unit.run(select(func.count()).select_from(table)).scalar_one() for table in counted
        ]
    )


def test_registered_person_is_found_and_kept_secret(
    database: Database, submit: Callable[..., Any], application: Application
) -> None:
    answer = submit(application)
    person_id = answer["person"]
    assert answer["number"] == f"1101{'*' * 10}{number()[-4:]}"
    assert (
        insured.find_person(database, "resident_identity_card", number(), actor=CLERK) == person_id
    )
    assert insured.find_person(database, "passport", "E12345678", actor=CLERK) is None
    assert insured.people_named(database, "张 三", actor=CLERK) == [person_id]
    (known,) = insured.details(database, person_id, actor=CLERK)
    assert (known.name, known.sex, known.birth) == ("张 三", "female", DAY("1980-03-15"))
    assert known.number == answer["number"]
    stored = database.read(
        lambda unit: [
            str(tuple(row))
            for table in (tables.person, tables.identity, tables.proof, event, message)
            for row in unit.run(select(table))
        ]
    )
    assert not any(number() in row or "张" in row for row in stored)
    assert database.read(lambda unit: insured.profile_faults(unit, person_id)) == []


def test_nobody_is_covered_before_paying(
    database: Database, submit: Callable[..., Any], application: Application
) -> None:
    person_id = submit(application)["person"]
    known = insured.cover_known(database, person_id, DAY("2025-06-01"), actor=CLERK)
    assert known is not None
    assert (known.entitled, known.reason) == (False, "unpaid")
    assert insured.cover_known(database, person_id, DAY("2025-02-28"), actor=CLERK) is None
    assert insured.contribution_records(database, person_id, actor=CLERK) == []


def test_employee_by_workplace_with_a_passport(
    database: Database, submit: Callable[..., Any], application: Application, area: str
) -> None:
    form = replace(
        application,
        certificate="passport",
        number="e 12345678",
        sex="male",
        birth=DAY("1990-01-02"),
        route="workplace",
        enrolment=Enrolment("employee", "working", DAY("2025-03-01"), None, area),
        proofs=(Proof("passport"), Proof("employment_contract"), Proof("photo"), Proof("photo")),
    )
    person_id = submit(form)["person"]
    assert insured.find_person(database, "passport", "E12345678", actor=CLERK) == person_id
    known = insured.cover_known(database, person_id, DAY("2025-06-01"), actor=CLERK)
    assert known is not None
    assert (known.entitled, known.reason) == (False, "lapsed")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"number": "11010119800315002"}, "18 位"),
        ({"number": number()[:-1] + ("0" if number()[-1] != "0" else "1")}, "校验位"),
        ({"number": number("19800231")}, "不存在"),
        ({"certificate": "library_card"}, "证件类型"),
        ({"birth": DAY("1980-03-16")}, "不符"),
        ({"sex": "male"}, "不符"),
        ({"name": "  "}, "姓名"),
        ({"route": "moon"}, "参保地"),
        ({"proofs": HUKOU[:2]}, "一寸照片（2 份）"),
        ({"proofs": (*HUKOU[1:], Proof("ticket"))}, "ticket"),
        ({"groups": (GroupMembership("giants", DAY("2025-03-01")),)}, "giants"),
        ({"certificate": "passport", "number": "E12345678"}, "性别"),
    ],
)
def test_a_bad_application_changes_nothing(
    database: Database,
    submit: Callable[..., Any],
    application: Application,
    change: dict[str, Any],
    said: str,
) -> None:
    with pytest.raises(InputError, match=said):
        submit(replace(application, **change))
    assert rows(database) == [0] * 7


def test_an_area_without_a_pack_is_refused(
    database: Database, submit: Callable[..., Any], application: Application
) -> None:
    elsewhere = replace(application.enrolment, area="999999")
    with pytest.raises(RefusedError, match="政策包"):
        submit(replace(application, enrolment=elsewhere))
    assert rows(database) == [0] * 7


def test_a_number_registers_once(
    database: Database, submit: Callable[..., Any], application: Application
) -> None:
    first = submit(application)
    before = rows(database)
    assert submit(application) == first  # the same message, the same answer
    with pytest.raises(ConflictError, match="已经登记过"):
        submit(application, "2")
    with pytest.raises(ConflictError, match="换一个报文编号"):
        submit(replace(application, name="李四", number=number(order="004")), "1")
    assert rows(database) == before


def test_two_registrations_of_one_number_at_once(
    database: Database,
    submit: Callable[..., Any],
    application: Application,
    together: Callable[..., list[Any]],
) -> None:
    results = together([lambda n=n: submit(application, str(n)) for n in range(4)])
    registered = [result for result in results if isinstance(result, dict)]
    assert len(registered) == 1
    assert all(isinstance(result, ConflictError) for result in results if result not in registered)
    assert rows(database)[:3] == [1, 1, 3]


def test_one_message_sent_four_times_at_once(
    database: Database,
    submit: Callable[..., Any],
    application: Application,
    together: Callable[..., list[Any]],
) -> None:
    results = together([lambda: submit(application)] * 4)
    assert all(result == results[0] for result in results)
    assert isinstance(results[0], dict)
    assert rows(database)[:2] == [1, 1]


def test_taking_over_a_person_twice(
    database: Database, make_person: Callable[..., Person], packs: PolicyLibrary
) -> None:
    facts = make_person("p1", months=[(202501, 500000), (202502, 500000)])
    insured.register(database, facts, actor=CLERK, day=DAY("2025-01-01"), library=packs)
    before = rows(database)
    with pytest.raises(ConflictError, match="已经登记"):
        insured.register(database, facts, actor=CLERK, day=DAY("2025-01-01"))
    assert rows(database) == before
    assert database.read(lambda unit: insured.rebuild_profile(unit, "p1")) == facts
    with pytest.raises(NotFoundError):
        database.read(lambda unit: insured.rebuild_profile(unit, "p2"))


def test_a_second_certificate(
    database: Database, submit: Callable[..., Any], application: Application
) -> None:
    person_id = submit(application)["person"]
    other = submit(replace(application, name="李四", number=number(order="004")), "2")["person"]
    before = rows(database)

    def add(
        message_id: str, certificate: str, certificate_number: str, person: str = person_id
    ) -> Any:
        key = Key("desk", "certificate", message_id)
        return insured.add_certificate(
            database, key, person, certificate, certificate_number, actor=CLERK
        )

    with pytest.raises(ConflictError, match="已经登记过"):
        add("1", "resident_identity_card", number(), other)
    with pytest.raises(InputError, match="不符"):
        add("2", "resident_identity_card", number("19800316"))
    with pytest.raises(NotFoundError):
        add("3", "passport", "E12345678", "nobody")
    assert rows(database) == before
    done = add("4", "passport", "E12345678")
    assert add("4", "passport", "e12345678") == done
    assert insured.find_person(database, "passport", "E12345678", actor=CLERK) == person_id
    shown = [
        (identity.certificate, identity.number)
        for identity in insured.details(database, person_id, actor=CLERK)
    ]
    assert shown == [
        ("passport", "E123*5678"),
        ("resident_identity_card", f"1101{'*' * 10}{number()[-4:]}"),
    ]


@pytest.mark.parametrize(
    ("certificate", "written", "again"),
    [
        ("resident_identity_card", "140102500615002", "140102195006150029"),
        ("travel_permit", "H1234567800", "h1234567801"),
        ("passport", "c01x0006h", "C01 X0006H"),
        ("birth_certificate", "u140000001", "U140000001"),
        ("permanent_residence", "914840198506230030", "914840198506230030"),
        ("residence_permit", "810000199007041238", "810000199007041238"),
    ],
)
def test_whoever_has_a_certificate_is_registered_once_however_it_is_written(
    database: Database,
    submit: Callable[..., Any],
    application: Application,
    certificate: str,
    written: str,
    again: str,
) -> None:
    """A foreigner, a person of Hong Kong, a newborn without a number, an old 15-digit card."""
    by_itself = read_number(certificate, written)
    form = replace(
        application,
        certificate=certificate,
        number=written,
        sex=by_itself.sex or "female",
        birth=by_itself.births[0] if by_itself.births else DAY("2025-03-01"),
    )
    answer = submit(form)
    assert answer.get("notes", []) == [str(note) for note in by_itself.notes]
    for text in (written, again):
        person_id = insured.find_person(database, certificate, text, actor=CLERK)
        assert person_id == answer["person"]
        assert find_by_number(database, certificate, text).facts.id == answer["person"]
    with pytest.raises(ConflictError, match="已经登记过"):
        submit(replace(form, number=again), "2")


def test_a_newborn_gets_a_number_later(
    database: Database, submit: Callable[..., Any], application: Application
) -> None:
    born = DAY("2025-02-20")
    form = replace(
        application,
        certificate="birth_certificate",
        number="U140000001",
        sex="female",
        birth=born,
        route="birth",
        proofs=(Proof("birth_certificate"), Proof("household_book")),
    )
    person_id = submit(form)["person"]
    key = Key("desk", "certificate", "1")
    with pytest.raises(InputError, match="不符"):
        insured.add_certificate(
            database, key, person_id, "resident_identity_card", number("20250221"), actor=CLERK
        )
    own = number("20250220")
    insured.add_certificate(database, key, person_id, "resident_identity_card", own, actor=CLERK)
    for certificate, text in (
        ("birth_certificate", "U140000001"),
        ("resident_identity_card", own),
    ):
        assert insured.find_person(database, certificate, text, actor=CLERK) == person_id


def test_what_an_earlier_version_kept_as_written_stays_found_and_is_not_registered_again(
    database: Database, submit: Callable[..., Any], application: Application
) -> None:
    """Earlier versions kept a permit's number with the count of its renewals."""
    form = replace(application, certificate="travel_permit", sex="male", birth=DAY("1990-01-02"))
    person_id = submit(replace(form, number="H99999999"))["person"]
    with database.unit() as unit:
        unit.run(
            insert(tables.identity),
            {
                "identity_hash": database.secrets.search_hashes("travel_permit:H1234567800")[0],
                "person_id": person_id,
                "certificate": "travel_permit",
                "number_cipher": database.secrets.encrypt("H1234567800", person_id),
            },
        )
    asked = insured.find_person(database, "travel_permit", "h1234567800", actor=CLERK)
    assert asked == person_id
    with pytest.raises(ConflictError, match="已经登记过"):
        submit(replace(form, number="H1234567800"), "2")


def test_a_day_begins_with_china_s_midnight(
    database: Database, packs: PolicyLibrary, application: Application
) -> None:
    """Born today, registered before eight in the morning: the day before, in UTC."""
    at_one = datetime.datetime(2025, 3, 9, 17, tzinfo=datetime.UTC)
    start = replace(application.enrolment, start=DAY("2025-03-10"))
    for birth, born in (("20250311", "尚未出生"), ("20250310", "今天出生")):
        form = replace(application, name=born, number=number(birth), enrolment=start)
        key = Key("desk", "register", birth)
        if birth == "20250311":
            with pytest.raises(InputError, match="还没有到"):
                insured.register_person(database, packs, key, form, actor=CLERK, at=at_one)
        else:
            insured.register_person(database, packs, key, form, actor=CLERK, at=at_one)
    assert find_by_number(database, "resident_identity_card", number("20250310")) is not None
