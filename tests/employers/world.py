"""An employer in Taiyuan with three people on its roster, and what is done with it."""

from __future__ import annotations

import datetime
import itertools
from collections.abc import Callable, Sequence
from typing import Any

from yibao.access.operations import Answer, Key
from yibao.access.permissions import Actor, Role
from yibao.access.ties import tie_faults
from yibao.access.trail import all_chains, verify_people
from yibao.benefit.facts import Person
from yibao.database.unit import Database
from yibao.employers import operations as employers
from yibao.employers.checks import employer_faults
from yibao.employers.lines import DeclaredLine
from yibao.employers.states import ChangeKind
from yibao.insured.people.certificates import RESIDENT, check_character
from yibao.insured.people.registration import Named, register
from yibao.insured.stored.rows import profile_faults
from yibao.ledger.checks import ledger_faults
from yibao.policy.compile import PolicyLibrary

from ..support.actors import CLERK
from ..support.store import Store

CODE = "91140100MA0K1YX082"
OTHER = "91140100MA0K2B5Q81"
Build = Callable[..., Person]
_SENT = itertools.count(1)
HR = Actor("hr", Role.EMPLOYER, employer_id=CODE)


def staff(role: Role, area: str) -> Actor:
    """Somebody with a post at an agency of an area, who knows nobody there."""
    return Actor(role.value, role, agency_id="agency", area=area, lives_here=lambda _: True)


def at(day: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(f"{day}T03:00:00+00:00")


def number_of(order: int, birth: str = "19800315") -> str:
    body = f"140105{birth}{order:03d}"
    return body + check_character(body)


class Firm:
    """The store with an employer, by short names."""

    def __init__(self, database: Database, packs: PolicyLibrary, area: str) -> None:
        self.database, self.packs, self.area = database, packs, area
        self.store = Store(database, packs)
        self.numbers: dict[str, tuple[str, str]] = {}

    def key(self, operation: str) -> Key:
        return Key("test", operation, f"{operation}-{next(_SENT)}")

    def set_up(self, make_person: Build, people: Sequence[str], **facts: Any) -> None:
        employers.set_terms(
            self.database,
            self.key("terms"),
            self.area,
            202401,
            employers.CollectionTerms(15, 15),
            actor=CLERK,
        )
        self.register()
        for name in people:
            self.person(make_person(name, months=[(202511, 500_000)], **facts))

    def register(self, code: str = CODE, name: str = "太原甲公司") -> Answer:
        return employers.register_employer(
            self.database,
            self.packs,
            self.key("register"),
            code,
            name,
            self.area,
            employers.EmployerDetails(bank="工商银行", account="0502 1234"),
            datetime.date(2025, 1, 2),
            actor=CLERK,
        )

    def person(self, facts: Person) -> None:
        order = (
            990 + 2 * len(self.numbers) if len(self.numbers) < 5 else 100 + 2 * len(self.numbers)
        )
        number = number_of(order)
        self.numbers[facts.id] = (number, facts.id)
        register(
            self.database,
            facts,
            actor=CLERK,
            day=facts.enrolments[0].start,
            named=Named(facts.id, RESIDENT, number),
            library=self.packs,
        )

    def line(
        self, who: str, kind: ChangeKind, base: int | None = None, line: int = 2, **more: Any
    ) -> DeclaredLine:
        number, name = self.numbers.get(who, (who, who))
        return DeclaredLine(line, number, more.pop("name", name), kind, base, **more)

    def add(self, *people: tuple[str, int]) -> list[DeclaredLine]:
        return [
            self.line(who, ChangeKind.ADD, base, line) for line, (who, base) in enumerate(people, 2)
        ]

    def declare(
        self, month: int, lines: Sequence[DeclaredLine], day: str, actor: Actor = HR
    ) -> Answer:
        declared = employers.DeclaredMonth(CODE, month, tuple(lines))
        return employers.declare(
            self.database, self.packs, self.key("declare"), declared, actor=actor, at=at(day)
        )

    def preview(
        self, month: int, lines: Sequence[DeclaredLine], day: str, actor: Actor = HR
    ) -> Answer:
        declared = employers.DeclaredMonth(CODE, month, tuple(lines))
        return employers.preview(self.database, self.packs, declared, actor=actor, at=at(day))

    def bill(self, month: int, day: str, actor: Actor = HR) -> Answer:
        return employers.bill_month(
            self.database, self.packs, self.key("bill"), CODE, month, actor=actor, at=at(day)
        )

    def book(
        self,
        bill: str,
        amount: int,
        day: str,
        reference: str = "",
        actor: Actor = CLERK,
        channel: str = "bank",
    ) -> Answer:
        money = employers.EmployerMoney(
            channel, reference or f"slip-{next(_SENT)}", amount, datetime.date.fromisoformat(day)
        )
        return employers.book_money(
            self.database, self.packs, self.key("book"), CODE, bill, money, actor=actor, at=at(day)
        )

    def paid(self, who: str) -> dict[int, int | None]:
        """Base by month of what is on somebody's record."""
        facts = self.store.facts(who)
        return {paid.month: paid.base for paid in facts.contributions_employee or ()}

    def check(self) -> None:
        """Everything that ``yibao db check`` looks at, of these rows."""
        self.store.check()
        read = self.database.read
        assert list(read(lambda unit: list(employer_faults(unit)), consistent=True)) == []
        assert read(lambda unit: list(ledger_faults(unit))) == []
        chains = all_chains(self.database)
        assert list(verify_people(self.database, chains)) == []
        assert list(tie_faults(self.database, chains)) == []
        for who in self.numbers:
            assert list(read(lambda unit, who=who: list(profile_faults(unit, who)))) == []  # type: ignore[misc]
