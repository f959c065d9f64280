"""A demo store: the town lives its year, pays for the next one, and gets its users."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from pathlib import Path
from random import Random

from yibao.access.operations import Key
from yibao.access.permissions import insured_actor, officer
from yibao.access.users import count_logins
from yibao.benefit.facts import Institution, Person
from yibao.database.migrating import upgrade
from yibao.database.place import make_file
from yibao.database.unit import Database, open_database
from yibao.errors import ConflictError, RefusedError, YibaoError
from yibao.gateway.sandbox import prepare, reset
from yibao.insured import operations as insured
from yibao.insured.enrolment.cover import CIVIL_ZONE
from yibao.insured.enrolment.documents import Proof
from yibao.insured.payments.channels import SandboxChannel
from yibao.insured.people.certificates import RESIDENT, check_character, read_number
from yibao.insured.people.registration import Named
from yibao.messages import message
from yibao.policy.compile import PolicyLibrary
from yibao.policy.kinds import Scheme, Sex
from yibao.scenario.database import OFFICE, DatabaseRoad
from yibao.scenario.demo.logins import add_logins, names
from yibao.scenario.demo.town import YEAR, demo_area, demo_scenario
from yibao.scenario.model import CreditStep, Scenario, Step, VisitStep

_CHANNELS = ("tax_platform", "wechat", "alipay", "unionpay", "bank")
_MISHAPS = {7: "pay_twice", 11: "fail", 13: "time_out", 17: "wrong_amount"}
"""Every so many payments something goes wrong, as it does."""

FILE_NAME = "demo.db"
_FAMILIES, _SEED = 80, 1


class DemoRoad(DatabaseRoad):
    """The database road whose people have names and whose institutions are called something."""

    def __init__(self, library: PolicyLibrary, scenario: Scenario, database: Database) -> None:
        super().__init__(library, scenario, database)
        self._chance = Random(len(scenario.people))
        self._numbers: set[str] = set()

    def named(self, person: Person) -> Named:
        known_names = names()
        given_name = self._chance.choice(known_names[person.sex])
        name = (
            known_names["family"].get(person.id)
            or self._chance.choice(known_names["surnames"]) + given_name
        )
        return Named(name, RESIDENT, self._number(person))

    def _number(self, person: Person) -> str:
        """A number that nobody has: orders from 990 on are not given out."""
        parity = person.sex == Sex.MALE
        for county in range(5, 30):
            for order in (
                order_number for order_number in range(990, 1000) if order_number % 2 == parity
            ):
                body = f"{person.area[:4]}{county:02d}{person.birth:%Y%m%d}{order}"
                number = body + check_character(body)
                if number in self._numbers or read_number(RESIDENT, number).notes:
                    continue  # given already, or of no county
                self._numbers.add(number)
                return number
        raise AssertionError(f"no number left for {person.id}")

    def called(self, institution: Institution) -> str:
        return str(names()["institutions"].get(institution.id, institution.id))

    def relate(self) -> None:
        """The relations of the known family, as their papers say."""
        for number, (person, relative, relation, paper) in enumerate(names()["relations"]):
            since = max(self.scenario.people[who].birth for who in (person, relative))
            insured.relate(
                self.database,
                Key("demo", "relate", str(number)),
                insured.Relation(person, relative, relation, since),
                actor=OFFICE,
                proofs=[Proof(paper)],
            )


def live_demo(
    library: PolicyLibrary, scenario: Scenario, database: Database
) -> Iterator[tuple[int, int]]:
    """Live every step on a store without people; after each: (steps taken, refused by a rule)."""
    road = DemoRoad(library, scenario, database)
    road.set_up()
    road.relate()
    this_year = [step for step in scenario.steps if _year(step) <= YEAR]
    refused = taken = 0
    for steps in (this_year, [step for step in scenario.steps if _year(step) > YEAR]):
        for step in steps:
            taken += 1
            try:
                road.live(taken, step)
            except RefusedError:
                refused += 1
            yield taken, refused
        if steps is this_year:
            _pay_next_year(library, scenario, database)
    add_logins(database)


def _year(step: Step) -> int:
    if isinstance(step, VisitStep):
        return step.visit.end.year
    return step.month // 100 if isinstance(step, CreditStep) else YEAR


def _pay_next_year(library: PolicyLibrary, scenario: Scenario, database: Database) -> None:
    """Residents pay next year's bill through channels that now and then fail; a few forget."""
    clerk = officer("demo")
    channels = {name: SandboxChannel(name) for name in _CHANNELS}
    residents = [
        person
        for person in scenario.people.values()
        if person.enrolments[0].scheme == Scheme.RESIDENT
    ]
    for number, person in enumerate(residents):
        day = datetime.date(YEAR, 10, 9) + datetime.timedelta(days=number * 7 % 70)
        at = datetime.datetime.combine(day, datetime.time(9, number % 60), CIVIL_ZONE)
        if number % 19 == 18:
            continue
        actor = insured_actor(person.id)
        channel = channels[_CHANNELS[number % len(_CHANNELS)]]
        channel.behaviour = next(
            (what for every, what in _MISHAPS.items() if number % every == every - 1), "succeed"
        )
        try:
            bill = insured.make_bill(
                database,
                library,
                Key("demo", "bill", person.id),
                person.id,
                day,
                actor=actor,
                year=YEAR + 1,
            )
            order = insured.create_order(
                database,
                Key("demo", "order", person.id),
                person.id,
                bill["bills"][0]["bill"],
                channel.name,
                actor=actor,
                at=at,
            )
        except RefusedError:
            continue  # nobody owes it
        order_id = order["order"]
        insured.pay_order(database, library, channel, person.id, order_id, actor=actor, at=at)
        if channel.behaviour == "time_out":
            insured.resolve_order(
                database, library, channel, person.id, order_id, actor=clerk, at=at
            )


# --- opening -------------------------------------------------------------------------------------


def is_demo(database: Database) -> bool:
    """Whether a store holds the demo, whole: its users are made last."""
    expected = sorted(names()["logins"])
    try:
        count = database.read(lambda unit: count_logins(unit, expected))
    except YibaoError:
        return False  # no tables yet
    return count == len(expected)


def demo_file(
    library: PolicyLibrary, file: Path, *, families: int = _FAMILIES, seed: int = _SEED
) -> Database:
    """The demo in an SQLite file: opened where it is there, else made, whole or not at all.

    ``ConflictError`` where the file holds another store.
    """
    if not file.exists():
        draft = file.with_name(f"{file.name}.new")
        for part in _parts(draft):
            part.unlink(missing_ok=True)
        make_file(draft)
        store = open_database(f"sqlite:///{draft}")
        try:
            upgrade(store)
            area = demo_area(library)
            for _ in live_demo(library, demo_scenario(library, area, families, seed), store):
                pass
        finally:
            store.dispose()
        for old, new in zip(_parts(draft), _parts(file), strict=True):
            if old.exists():
                old.replace(new)
    database = open_database(f"sqlite:///{file}")
    upgrade(database)
    if not is_demo(database):
        database.dispose()
        raise ConflictError(
            message("{file} 里是另一个库，不是演示数据；没有写入任何内容", file=file)
        )
    return database


def open_house(library: PolicyLibrary, folder: Path) -> Database:
    """The store of ``make run``: the demo with its users, and the sandbox's people beside them.

    Pages and the interface stand on the same one, so that what one does the other sees.
    """
    database = demo_file(library, folder / FILE_NAME)
    prepare(database, library)
    return database


def reset_house(database: Database, library: PolicyLibrary) -> None:
    """Empty a sandbox and fill it again, with the demo where it held the demo."""

    def live(emptied: Database) -> None:
        scenario = demo_scenario(library, demo_area(library), _FAMILIES, _SEED)
        for _ in live_demo(library, scenario, emptied):
            pass

    reset(database, library, live if is_demo(database) else lambda emptied: None)


def _parts(file: Path) -> list[Path]:
    """A database's files, the database itself last: where it stands, the others do."""
    return [file.with_name(file.name + suffix) for suffix in (".key", "-wal", "")]
