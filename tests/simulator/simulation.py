"""Random operations on a store from a seed, with every invariant checked on the way.

Each generation is a family with accounts and grants of its own; only the number of its
settlements bounds how long the checks take.  A failure is repeated by its seed, except for
the order in which threads of one step meet.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from random import Random
from threading import Barrier, Thread
from typing import Any

from sqlalchemy import select

from yibao.aid import operations as aid
from yibao.benefit.facts import (
    Enrolment,
    Filing,
    Grant,
    Institution,
    Item,
    Person,
    Visit,
)
from yibao.care.impact import apply_impact, impact
from yibao.care.institutions import change_institution
from yibao.care.replay import rebuilt_differs
from yibao.crossing import operations as crossing
from yibao.database.unit import Unit
from yibao.errors import ConflictError, NotFoundError, RefusedError, YibaoError
from yibao.insured import operations as insured
from yibao.insured import tables as insured_tables
from yibao.insured.enrolment.documents import Proof
from yibao.ledger.checks import ledger_faults
from yibao.ledger.tables import account

from ..support.actors import CLERK, oneself
from ..support.store import Store

GENERATION = 40
"""Steps that one family lives."""
FIRST, LAST = datetime.date(2024, 6, 1), datetime.date(2026, 3, 31)
EDGES = (
    datetime.date(2024, 6, 30),
    datetime.date(2024, 7, 1),
    datetime.date(2024, 12, 31),
    datetime.date(2025, 1, 1),
    datetime.date(2025, 12, 31),
    datetime.date(2026, 1, 1),
)
"""Days on which rules or years change at midnight."""


_RELATIONS = (
    ("worker", "wife", "spouse"),
    ("worker", "son", "child"),
    ("worker", "mother", "parent"),
    ("worker", "retired", "parent"),
    ("retired", "wife", "child"),
    ("retired", "mother", "spouse"),
    ("retired", "son", "grandchild"),
    ("wife", "son", "child"),
    ("wife", "mother", "parent"),
    ("mother", "son", "grandchild"),
)
"""What the second is to the first: everybody may send money to everybody."""


@dataclass(slots=True)
class Sent:
    """A settlement message that was answered."""

    message: str
    visit: Visit
    answer: dict[str, Any]
    reversed: bool = False


class Simulation:
    """One store under random operations."""

    def __init__(self, store: Store, area: str, elsewhere: str, seed: int | str) -> None:
        self.store = store
        self.area = area
        self.elsewhere = elsewhere
        self.random = Random(seed)
        self.step = 0
        self.family = 0
        self.sent: list[Sent] = []
        self.log: list[str] = []
        self._looked_at: dict[str, tuple[str, str, int | None]] = {}
        self.operations: list[tuple[int, Callable[[], None]]] = [
            (30, self.settle),
            (8, self.repeat),
            (4, self.contradict),
            (10, self.reverse),
            (6, self.settle_and_reverse),
            (5, self.readjudicate),
            (6, self.unknown_outcome),
            (8, self.same_account_at_once),
            (5, self.same_message_at_once),
            (4, self.revoke_while_drawing),
            (4, self.reverse_while_settling),
            (4, self.change_price_class),
            (4, self.credit),
            (4, self.transfer),
            (2, self.close_account),
            (3, self.hand_out),
            (2, self.denied),
            (2, self.no_impact),
        ]
        for number, price_class in enumerate((1, 2, 3, 1), start=1):
            place = elsewhere if number == 4 else area
            store.institution(Institution(f"h{number}", place, "hospital", price_class))
        store.institution(Institution("p1", area, "pharmacy"))

    def run(self, steps: int) -> None:
        """Take ``steps`` steps; everything is checked after each generation."""
        weights = [weight for weight, _ in self.operations]
        for self.step in range(steps):
            if self.step % GENERATION == 0:
                self.store.check()
                self._new_family()
            (chosen,) = self.random.choices(self.operations, weights)
            self.log.append(f"{self.step} {chosen[1].__name__}")
            chosen[1]()
            self._check_family()
        self.store.check()

    # --- the world ---------------------------------------------------------------------------

    def _new_family(self) -> None:
        self.family += 1
        self.sent = []
        start = datetime.date(2017, 1, 1)
        for name, scheme, status, birth, balance in (
            ("worker", "employee", "working", 1980, 400_000),
            ("retired", "employee", "retired", 1955, 900_000),
            ("wife", "resident", None, 1982, 0),
            ("son", "resident", None, 2012, 0),
            ("mother", "resident", None, 1950, 3_000),
        ):
            enrolment = Enrolment(scheme, status, start, None, self.area)
            facts = Person(
                self.id(name),
                "female",
                datetime.date(birth, 5, 1),
                self.area,
                (),
                (enrolment,),
                None,
                None,
            )
            self.store.person(facts, balance=balance)
        for person, relative, relation in _RELATIONS:
            self.store.relate(self.id(person), self.id(relative), relation)
        for grantor, grantee, relation, limit in (
            ("worker", "wife", "spouse", None),
            ("worker", "son", "child", 30_000),
            ("worker", "mother", "parent", 70_000),
            ("retired", "wife", "child", None),
        ):
            self._grant(grantor, grantee, relation, limit)
        day = datetime.date(2024, 1, 1)
        for name in ("worker", "wife", "mother"):
            filing = Filing(self.id(name), "chronic", None, "hypertension", day)
            crossing.record(self.store.database, self._key("file"), filing, actor=CLERK)

    def _grant(self, grantor: str, grantee: str, relation: str, limit: int | None) -> None:
        day = datetime.date(2024, 1, 1)
        new_grant = Grant(self.id(grantor), self.id(grantee), relation, day, None, limit)
        aid.grant(self.store.database, self._key("grant"), new_grant, actor=CLERK)

    def id(self, name: str) -> str:
        return f"{name}{self.family}"

    @property
    def people(self) -> list[str]:
        return [self.id(name) for name in ("worker", "retired", "wife", "son", "mother")]

    def _key(self, operation: str) -> Any:
        return self.store.key(operation, f"{self.step}-{self.random.getrandbits(64):x}")

    def _day(self) -> datetime.date:
        if self.random.random() < 0.3:
            return self.random.choice(EDGES)
        return FIRST + datetime.timedelta(self.random.randrange((LAST - FIRST).days + 1))

    def _visit(self, name: str | None = None) -> Visit:
        person = name or self.random.choice(("worker", "retired", "wife", "son", "mother"))
        kinds = ["outpatient"] * 4 + ["inpatient"] * 3 + ["pharmacy"]
        kinds += ["chronic"] * 2 if person in ("worker", "wife", "mother") else []
        kind = self.random.choice(kinds)
        start = self._day()
        days = self.random.choice((0, 1, 9)) if kind == "inpatient" else 0
        most = 8_000_000 if kind == "inpatient" else 200_000
        items = tuple(
            Item(
                item_class,
                self.random.randrange(1, most),
                self.random.choice((500, 1_000)) if item_class == "B" else None,
            )
            for item_class in self.random.choices("AABC", k=self.random.choice((1, 1, 3)))
        )
        relatives = {
            "wife": ["worker", "retired"],
            "son": ["worker"],
            "mother": ["worker"],
        }.get(person, [])
        draw: tuple[str, ...] = ()
        if self.random.random() < 0.7:
            draw = ("own",)
            if relatives and self.random.random() < 0.8:
                draw = (*draw, self.id(self.random.choice(relatives)))
        return Visit(
            id=f"v{self.step}-{self.random.getrandbits(40):x}",
            person=self.id(person),
            institution="p1" if kind == "pharmacy" else f"h{self.random.randrange(1, 5)}",
            kind=kind,
            start=start,
            end=start + datetime.timedelta(days),
            items=items,
            draw=draw,
            disease="hypertension" if kind == "chronic" else None,
            emergency=self.random.random() < 0.3,
            prescription=self.random.random() < 0.5,
        )

    # --- operations --------------------------------------------------------------------------

    def settle(self) -> None:
        self._send(self._visit())

    def _send(self, visit: Visit) -> Sent:
        message = f"m-{visit.id}"
        sent = Sent(message, visit, self.store.settle(visit, message))
        self.sent.append(sent)
        return sent

    def _standing(self) -> Sent | None:
        return self._chosen([sent for sent in self.sent if not sent.reversed])

    def _chosen(self, sent: list[Sent]) -> Sent | None:
        return self.random.choice(sent) if sent else None

    def repeat(self) -> None:
        sent = self._chosen(self.sent)
        if sent is not None:
            before = self.store.fingerprint()
            assert self.store.another().settle(sent.visit, sent.message) == sent.answer
            assert self.store.fingerprint() == before

    def contradict(self) -> None:
        sent = self._chosen(self.sent)
        if sent is not None:
            other = replace(sent.visit, items=(*sent.visit.items, Item("A", 1)))
            self._denied(lambda: self.store.settle(other, sent.message), ConflictError)

    def reverse(self) -> None:
        sent = self._standing()
        if sent is None:
            return
        before = self.store.fingerprint()
        try:
            done = self.store.reverse(sent.visit.person, sent.visit.id)
        except RefusedError:
            assert self.store.fingerprint() == before
            return
        sent.reversed = True
        assert done["own"] == done["account"] + done["mutual_aid"] + done["cash"]

    def settle_and_reverse(self) -> None:
        """What was, is exactly what it was."""
        before = self._holdings()
        sent = self._send(self._visit())
        self.store.another().reverse(sent.visit.person, sent.visit.id)
        sent.reversed = True
        assert self._holdings() == before

    def readjudicate(self) -> None:
        """Some of the open proposals of somebody, in order; or the first is dropped."""
        work = self.store.another().readjudications
        listed = work.list_open(actor=CLERK)
        if not listed:
            return
        person_id = self.random.choice(listed)["person"]
        numbers = [row["proposal"] for row in listed if row["person"] == person_id]
        key = self._key("readjudicate")
        if self.random.random() < 0.3:
            work.drop(key, person_id, numbers[0], "模拟", actor=CLERK)
        else:
            chosen = numbers[: self.random.randint(1, len(numbers))]
            work.take(key, person_id, chosen, actor=CLERK)

    def unknown_outcome(self) -> None:
        sent = self._standing()
        visit = self._visit() if sent is None or self.random.random() < 0.5 else sent.visit
        message = f"m-{visit.id}"
        withdrawn = self.store.key("settle", message)
        undo = self.store.reversals.reverse_unknown
        before = self.store.fingerprint()
        try:
            done = undo(self._key("undo"), withdrawn, visit.person, actor=CLERK)
        except RefusedError:
            assert self.store.fingerprint() == before
            return
        if sent is not None and visit is sent.visit:
            assert done["outcome"] in ("reversed", "never_came")
            sent.reversed = True
        else:
            assert done["outcome"] == "never_came"
            self._denied(lambda: self.store.settle(visit, message), ConflictError)

    def same_account_at_once(self) -> None:
        names = self.random.choices(("wife", "son", "mother", "worker"), k=4)
        visits = [self._visit(name) for name in names]
        visits = [
            visit if name == "worker" else replace(visit, draw=("own", self.id("worker")))
            for name, visit in zip(names, visits, strict=True)
        ]
        done = self._together(
            [lambda v=visit: self.store.another().settle(v, f"m-{v.id}") for visit in visits]
        )
        for visit, answer in zip(visits, done, strict=True):
            assert isinstance(answer, dict), answer
            self.sent.append(Sent(f"m-{visit.id}", visit, answer))

    def same_message_at_once(self) -> None:
        visit = self._visit()
        done = self._together([lambda: self.store.another().settle(visit, f"m-{visit.id}")] * 3)
        assert done[0] == done[1] == done[2], done
        assert isinstance(done[0], dict), done[0]
        self.sent.append(Sent(f"m-{visit.id}", visit, done[0]))

    def revoke_while_drawing(self) -> None:
        """The draw sees the grant whole or not at all; then the grant is given again."""
        visit = replace(self._visit("wife"), draw=("own", self.id("worker")))
        first = datetime.date(2024, 1, 2)
        rows = self.store.database.read(lambda unit: aid.grant_rows(unit, self.id("worker"), first))
        grant_id = [row["grant_id"] for row in rows if row["grantee_id"] == self.id("wife")][-1]
        revoke = aid.revoke
        settled, revoked = self._together(
            [
                lambda: self.store.another().settle(visit, f"m-{visit.id}"),
                lambda: revoke(
                    self.store.database,
                    self._key("revoke"),
                    self.id("worker"),
                    grant_id,
                    first,
                    actor=CLERK,
                ),
            ]
        )
        assert isinstance(settled, dict), settled
        assert isinstance(revoked, dict), revoked
        self.sent.append(Sent(f"m-{visit.id}", visit, settled))
        after = self._send(replace(visit, id=f"{visit.id}-after"))
        assert after.answer["mutual_aid"] == 0
        self._grant("worker", "wife", "spouse", None)

    def reverse_while_settling(self) -> None:
        sent = self._standing()
        if sent is None:
            return
        visit = self._visit(sent.visit.person.rstrip("0123456789"))
        settled, undone = self._together(
            [
                lambda: self.store.another().settle(visit, f"m-{visit.id}"),
                lambda: self.store.another().reverse(sent.visit.person, sent.visit.id),
            ]
        )
        assert isinstance(settled, dict), settled
        self.sent.append(Sent(f"m-{visit.id}", visit, settled))
        assert isinstance(undone, dict | RefusedError), undone
        sent.reversed = isinstance(undone, dict)

    def change_price_class(self) -> None:
        """From a midnight on; the stay of the day before keeps the old one."""
        facts = Institution("h2", self.area, "hospital", self.random.choice((1, 2, 3)))
        change_institution(self.store.another().database, facts, self._day(), actor=CLERK)
        visit = replace(self._visit(), institution="h2", kind="outpatient", disease=None)
        self._send(replace(visit, end=visit.start))

    def credit(self) -> None:
        month = self.random.choice((202407, 202412, 202501, 202512, 202601))
        with suppress(ConflictError, NotFoundError):  # credited before; closed
            insured.credit(
                self.store.database,
                self.store.packs,
                self._key("credit"),
                self.id("retired"),
                month,
                actor=CLERK,
            )

    def transfer(self) -> None:
        source, target = self.random.sample(self.people, 2)
        amount = self.random.randrange(1, 60_000)
        day = self._day()
        with suppress(RefusedError):  # more than there is
            insured.transfer(
                self.store.database,
                self._key("transfer"),
                source,
                target,
                amount,
                day,
                actor=oneself(source),
            )

    def close_account(self) -> None:
        """While somebody draws on it: the draw is whole, or there was nothing to draw on."""
        name = self.random.choice(("mother", "retired"))
        visit = replace(self._visit(name), draw=("own",))
        closing = insured.Closing(self.id(name), "abroad", self._day())
        settled, closed = self._together(
            [
                lambda: self.store.another().settle(visit, f"m-{visit.id}"),
                lambda: insured.close_account(
                    self.store.database,
                    self.store.packs,
                    self._key("close"),
                    closing,
                    actor=CLERK,
                    proofs=[Proof("settlement_abroad")],
                ),
            ]
        )
        assert isinstance(settled, dict), settled
        assert isinstance(closed, dict | ConflictError), closed  # closed before
        self.sent.append(Sent(f"m-{visit.id}", visit, settled))
        assert self.store.balance(self.id(name)) == 0

    def hand_out(self) -> None:
        """What waits for those whose account is closed."""
        for suspended in insured.suspense(self.store.database, actor=CLERK):
            insured.clear_suspense(
                self.store.database,
                self._key("clear"),
                suspended.person_id,
                suspended.left,
                self._day(),
                actor=CLERK,
                reason="付给本人",
            )
        assert insured.suspense(self.store.database, actor=CLERK) == []

    def denied(self) -> None:
        visit = self._visit()
        for wrong in (
            replace(visit, institution="nowhere"),
            replace(visit, person="nobody", draw=()),
            replace(visit, draw=(self.id("worker"), self.id("retired"))),
        ):
            self._denied(lambda wrong=wrong: self.store.settle(wrong), YibaoError)

    def no_impact(self) -> None:
        """The packs of today change nothing; applying what is not proposed is refused."""
        impacts = [
            impacted
            for impacted in impact(self.store.database, self.store.packs, actor=CLERK)
            if impacted.person_id in self.people
        ]
        assert [impacted.changes for impacted in impacts] == []
        self._denied(
            lambda: apply_impact(
                self.store.database,
                self.store.packs,
                self._key("impact"),
                self.id("wife"),
                "nothing",
                actor=CLERK,
                corrected=self.store.corrected,
            ),
            ConflictError,
        )

    # --- checks ------------------------------------------------------------------------------

    def _denied(self, call: Callable[[], Any], error: type[Exception]) -> None:
        before = self.store.fingerprint()
        try:
            call()
        except error:
            assert self.store.fingerprint() == before
            return
        raise AssertionError(f"{error.__name__} was due")

    def _holdings(self) -> list[Any]:
        return [(name, self.store.balance(name), self.store.state(name)) for name in self.people]

    def _check_family(self) -> None:
        """The ledger, and of the family whoever's chain grew since the last look."""
        memory = self.store.settlements.memory
        person = insured_tables.person
        people = self.people

        def operation(unit: Unit) -> list[Any]:
            faults: list[Any] = list(ledger_faults(unit))
            heads = unit.run(
                select(person.c.person_id, person.c.head, person.c.state, account.c.balance)
                .outerjoin_from(person, account, account.c.person_id == person.c.person_id)
                .where(person.c.person_id.in_(people))
            )
            for row in heads:
                looked_at = (row.head, str(row.state), row.balance)
                if self._looked_at.get(row.person_id) != looked_at:
                    self._looked_at[row.person_id] = looked_at
                    faults += rebuilt_differs(unit, memory, row.person_id)
            return faults

        assert self.store.database.read(operation) == [], self.log[-5:]

    @staticmethod
    def _together(calls: list[Callable[[], Any]]) -> list[Any]:
        barrier = Barrier(len(calls))
        results: list[Any] = [None] * len(calls)

        def one(number: int) -> None:
            barrier.wait()
            try:
                results[number] = calls[number]()
            except Exception as error:
                results[number] = error

        threads = [Thread(target=one, args=(number,)) for number in range(len(calls))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return results
