"""A demo store: the town lives its year, pays for the next one, and gets its users."""

from __future__ import annotations

import datetime
import os
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

from yibao.access.operations import Key
from yibao.access.permissions import insured_actor, officer
from yibao.benefit.facts import Institution, Person
from yibao.database.alone import alone_with_file
from yibao.database.aside import set_aside
from yibao.database.unit import Database, open_database
from yibao.errors import RefusedError, YibaoError
from yibao.exchange import control
from yibao.gateway.sandbox import complete, reset
from yibao.insured import operations as insured
from yibao.insured.enrolment.cover import CIVIL_ZONE, civil_day, now
from yibao.insured.enrolment.documents import Proof
from yibao.insured.payments.channels import SandboxChannel
from yibao.insured.people.certificates import RESIDENT, check_character, read_number
from yibao.insured.people.registration import Named
from yibao.messages import Message, message
from yibao.policy.compile import PolicyLibrary
from yibao.policy.kinds import Scheme, Sex
from yibao.scenario.database import OFFICE, DatabaseRoad
from yibao.scenario.demo.claims import leave_claims
from yibao.scenario.demo.clearing import leave_clearing
from yibao.scenario.demo.conduct import leave_supervision
from yibao.scenario.demo.employers import leave_employer
from yibao.scenario.demo.finance import leave_month
from yibao.scenario.demo.logins import add_logins, names
from yibao.scenario.demo.moving import leave_moving
from yibao.scenario.demo.newcomers import leave_newcomers, newcomers
from yibao.scenario.demo.prices import leave_prices
from yibao.scenario.demo.town import YEAR, demo_area, demo_scenario
from yibao.scenario.demo.waiting import leave_waiting
from yibao.scenario.model import CreditStep, Scenario, Step, VisitStep

_CHANNELS = ("tax_platform", "wechat", "alipay", "unionpay", "bank")
_MISHAPS = {7: "pay_twice", 11: "fail", 13: "time_out", 17: "wrong_amount"}
"""Every so many payments something goes wrong, as it does."""

FILE_NAME = "demo.db"
_FAMILIES, _SEED = 80, 1
_TOLD_EVERY = 500
"""Steps after which somebody who waits is told how far the demo is."""


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

    def take(self, number: int, step: Step) -> None:
        """Take a step; nobody hears an answer, so that nothing is read back."""
        if isinstance(step, VisitStep):
            self.settle(number, step.visit)
        elif isinstance(step, CreditStep):
            self.credit(number, step)
        else:
            self.live(number, step)

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
    """Live every step on a sandbox without people; after each: (steps taken, refused by a rule).

    ``RefusedError`` for a real store.
    """
    control.tell(database, control.DEMO, {})
    road = DemoRoad(library, scenario, database)
    road.set_up()
    road.relate()
    this_year = [step for step in scenario.steps if _year(step) <= YEAR]
    refused = taken = 0
    for steps in (this_year, [step for step in scenario.steps if _year(step) > YEAR]):
        for step in steps:
            taken += 1
            try:
                road.take(taken, step)
            except RefusedError:
                refused += 1
            yield taken, refused
        if steps is this_year:
            _pay_next_year(library, scenario, database)
    today = civil_day(now())
    people = newcomers(scenario.area, today)
    leave_newcomers(
        database, library, people, (road.named(people[0]), road.named(people[1])), today
    )
    add_logins(database, scenario.area)
    leave_waiting(database, library)
    leave_claims(database, library)
    leave_supervision(database, library)
    leave_employer(database, library, scenario)
    leave_moving(database, library)
    leave_clearing(database, library, scenario)
    leave_prices(database, now())
    leave_month(database, scenario.area, today)


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
    """Whether a sandbox was made with the demo in it."""
    try:
        return control.DEMO in control.controls(database)
    except YibaoError:
        return False  # no tables yet


def _unheard(_: Message) -> None:
    """Nobody is told."""


Say = Callable[[Message], None]


def demo_file(
    library: PolicyLibrary,
    file: Path,
    *,
    families: int = _FAMILIES,
    seed: int = _SEED,
    say: Say = _unheard,
) -> Database:
    """The demo in an SQLite file, which any number of processes may ask for at once.

    Where it is not there it is made, whole or not at all, and made again where it was cut
    off.  A file that is no sandbox is set aside under another name.  ``say`` is told what
    takes long and what was set aside.
    """

    def live(store: Database) -> None:
        scenario = demo_scenario(library, demo_area(library), families, seed)
        for taken, _ in live_demo(library, scenario, store):
            if taken % _TOLD_EVERY == 0:
                say(message("演示数据：{percent}%", percent=100 * taken // len(scenario.steps)))

    def waiting() -> None:
        say(message("另一个进程正在准备 {file}，等它做完……", file=file))

    with alone_with_file(file, waiting):
        _make_room(file, say)
        if not file.exists():
            say(message("正在生成演示数据：几百个虚构的人和一年的往来，只这一次……"))
            _make(library, file, live)
        database = open_database(f"sqlite:///{file}")
        try:
            complete(database, library, live)
        except BaseException:
            database.dispose()
            raise
    return database


def _make_room(file: Path, say: Say) -> None:
    """Leave nothing in the place of the demo but a sandbox."""
    for draft in file.parent.glob(f"{file.name}.*.new*"):
        draft.unlink()  # of a process that was cut off: who makes one is alone
    if not file.exists():
        return
    log = file.with_name(f"{file.name}-wal")
    if not file.stat().st_size and not log.exists():
        file.unlink()
        return
    store = open_database(f"sqlite:///{file}")
    try:
        is_ours = store.is_sandbox()
    except YibaoError:
        is_ours = False  # no database at all
    finally:
        store.dispose()
    if not is_ours:
        say(
            message(
                "{file} 没有沙箱的记号：以前的版本建的，或者是真的库；"
                "已改名为 {aside}（密钥文件也跟着），另建一份演示数据",
                file=file,
                aside=set_aside(file),
            )
        )


def _make(library: PolicyLibrary, file: Path, live: Callable[[Database], None]) -> None:
    """The demo under a name of this process's own, then under its name."""
    draft = file.with_name(f"{file.name}.{os.getpid()}-{secrets.token_hex(4)}.new")
    try:
        store = open_database(f"sqlite:///{draft}")
        try:
            complete(store, library, live)
        finally:
            store.dispose()
        for old, new in zip(_parts(draft), _parts(file), strict=True):
            if old.exists():
                old.replace(new)
    finally:
        for part in file.parent.glob(f"{draft.name}*"):
            part.unlink()


def open_house(library: PolicyLibrary, folder: Path, say: Say = _unheard) -> Database:
    """The store of ``make run``: the demo with its users, and the sandbox's people beside them.

    Pages and the interface stand on the same one, so that what one does the other sees.
    """
    return demo_file(library, folder / FILE_NAME, say=say)


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
