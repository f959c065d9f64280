"""A person's money at the counter, and what a channel's file has beyond the books."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from yibao.access.permissions import Role
from yibao.disbursement.payees import Payee, payee_of
from yibao.finance.overpaying import book_overpaid
from yibao.finance.reconciliation import ReportedLine, reconcile, resolve_difference
from yibao.finance.states import DifferenceKind
from yibao.insured.accounts.suspense import clear_suspense
from yibao.insured.payments.bills import Periods
from yibao.insured.payments.counter import (
    CounterMoney,
    book_contribution,
    own_periods,
    redirect_rest,
)

from .employers import Employers, Firm
from .world import World

CHANNEL = "counter_slip"
YEAR = Periods("resident", (2026,))


@dataclass(slots=True)
class Slip:
    """Money that came by a number, as the plain books know it; fen."""

    reference: str
    amount: int
    day: datetime.date
    person: str = ""
    firm: Firm | None = None


@dataclass(frozen=True, slots=True)
class Difference:
    """What a file has beyond a slip."""

    slip: Slip
    day: datetime.date
    over: int


class Counter:
    """Residents who pay their year late, employers' slips, and the file of the counter's bank."""

    def __init__(self, world: World, employers: Employers) -> None:
        self.world, self.employers = world, employers
        self.slips: list[Slip] = []
        self.compared: set[datetime.date] = set()
        self.open: list[Difference] = []
        self.steps = [
            (4, self.pay),
            (2, self.pay_again),
            (3, self.compare),
            (4, self.resolve),
            (2, self.redirect),
            (2, self.hand_out),
        ]

    def _payee(self) -> Payee | None:
        number = f"6217{self.world.new_number():012d}"
        return payee_of("王秀兰", "工商银行", number) if self.world.chance(0.5) else None

    # --- one who pays ------------------------------------------------------------------------

    def pay(self) -> None:
        """The exact sum, more, or too little."""
        world, name = self.world, f"payer{self.world.new_number()}"
        world.person(name, "resident", paid_to=2025)
        over = world.pick(0, 0, 1, world.random.randrange(1, 50_000), -1)
        slip = Slip(f"c{world.new_number()}", self._due(name) + over, world.day, name)
        is_booked = self._book(slip, self._payee())
        assert is_booked == (over >= 0), slip

    def _due(self, person: str) -> int:
        """What the counter is shown that the year costs; fen."""
        facts = self.world.store.facts(person)
        owed = own_periods(self.world.packs, facts, self.world.day)
        return next(each.due for each in owed if each.period == YEAR.periods[0])

    def pay_again(self) -> None:
        """A slip that stands, with another sum or for somebody else: it is refused."""
        world = self.world
        mine = [slip for slip in self.slips if slip.person]
        if not mine:
            return
        slip, other = world.pick(*mine), world.pick(*mine)
        wrong = Slip(slip.reference, slip.amount + 1, world.day, other.person)
        assert not self._book(wrong, None, is_new=False), "a slip was booked twice"
        second = Slip(f"c{world.new_number()}", slip.amount, world.day, slip.person)
        assert not self._book(second, None, is_new=False), "a year was paid twice"

    def _book(self, slip: Slip, payee: Payee | None, *, is_new: bool = True) -> bool:
        world, owed = self.world, self._due(slip.person) if is_new else 0
        money = CounterMoney(CHANNEL, slip.reference, slip.amount, slip.day, payee)
        answer = world.act(
            "pay at the counter",
            lambda actor, _: book_contribution(
                world.database, world.packs, slip.person, YEAR, money, actor=actor, at=world.at
            ),
            world.of(Role.CASHIER),
            wrong=world.others(Role.CASHIER),
        )
        if answer is None:
            return False
        due = int(answer["due"])
        assert due == owed, (due, owed)
        rest = slip.amount - due
        assert answer["rest"] == rest >= 0
        assert (answer["payment"] is not None) == (rest > 0 and payee is not None)
        channel, suspense = f"channel:{CHANNEL}", f"suspense:{slip.person}"
        world.books.expected[channel] += slip.amount
        world.books.expected[suspense] -= rest
        world.books.absorb(-due, f"contribution:{world.area}:resident")
        world.contributed += due
        world.of_residents[slip.day] += due
        self.slips.append(slip)
        return True

    # --- the channel's file ------------------------------------------------------------------

    def _received(self) -> list[Slip]:
        """Both kinds of slips of the channel."""
        firms = [
            Slip(money.reference, money.amount, money.paid_on, firm=firm)
            for firm, _, money in self.employers.slips
            if money.channel == CHANNEL
        ]
        return [*(slip for slip in self.slips if slip.person), *firms]

    def compare(self) -> None:
        """A day's file: as the books have it, or with more for one of them."""
        world = self.world
        known = self._received()
        days = sorted({slip.day for slip in known} - self.compared)
        if not days:
            return
        day = world.pick(*days)
        slips = [slip for slip in known if slip.day == day]
        changed = world.pick(None, *slips, *slips)
        over = world.random.randrange(1, 90_000)
        lines = [
            ReportedLine(slip.reference, slip.amount + (over if slip is changed else 0))
            for slip in slips
        ]
        answer = world.act(
            "compare a channel's file",
            lambda actor, key: reconcile(
                world.database, key, CHANNEL, day, lines, actor=actor, at=world.at
            ),
            world.of(Role.CASHIER),
            wrong=world.others(Role.CASHIER)[:-1],
        )
        assert answer is not None
        self.compared.add(day)
        count = 0 if changed is None else 1
        assert (answer["matched"], answer["differences"]) == (len(slips) - count, count), answer
        if changed is not None:
            self.open.append(Difference(changed, day, over))

    def resolve(self) -> None:
        """What came too much is booked and owed back, once; or somebody only writes it down."""
        world = self.world
        if not self.open:
            return
        difference = world.pick(*self.open)
        slip, payee = difference.slip, self._payee()
        wrong = world.others(Role.CASHIER)[:-1]
        if world.chance(0.2):
            said = world.act(
                "write down a difference",
                lambda actor, key: resolve_difference(
                    world.database, key, CHANNEL, difference.day, slip.reference,
                    DifferenceKind.AMOUNT, "渠道记错", actor=actor, at=world.at,
                ),
                world.of(Role.CASHIER),
                wrong=wrong,
                once=True,
            )  # fmt: skip
            assert said is not None
            self.open.remove(difference)
            return
        answer = world.act(
            "book what came too much",
            lambda actor, key: book_overpaid(
                world.database, key, CHANNEL, difference.day, slip.reference,
                payee if slip.person else None, actor=actor, at=world.at,
            ),
            world.of(Role.CASHIER),
            wrong=wrong,
            once=True,
        )  # fmt: skip
        if answer is None:
            return
        self.open.remove(difference)
        owed = f"suspense:{slip.person}"
        if slip.firm is not None:
            owed = f"employer:{slip.firm.code}"
            slip.firm.credit += difference.over
        world.books.post((f"channel:{CHANNEL}", difference.over), (owed, -difference.over))

    # --- what goes back ----------------------------------------------------------------------

    def _waiting(self) -> list[str]:
        people = {slip.person for slip in self.slips if slip.person}
        return sorted(each for each in people if self.world.books.expected[f"suspense:{each}"])

    def redirect(self) -> None:
        world, waiting = self.world, self._waiting()
        if not waiting:
            return
        person = world.pick(*waiting)
        payee = payee_of("王秀兰", "建设银行", f"6227{world.new_number():012d}")
        world.act(
            "pay a rest to another account",
            lambda actor, key: redirect_rest(world.database, key, person, payee, actor=actor),
            world.of(Role.CASHIER),
            wrong=world.others(Role.CASHIER),
            once=True,
        )

    def hand_out(self) -> None:
        """All that waits: refused where an order for it is on its way."""
        world, waiting = self.world, self._waiting()
        if not waiting:
            return
        person = world.pick(*waiting)
        owed = f"suspense:{person}"
        amount = -world.books.expected[owed]
        answer = world.act(
            "hand out a rest",
            lambda actor, key: clear_suspense(
                world.database, key, person, amount, world.day, actor=actor, reason="本人来取"
            ),
            world.of(Role.CASHIER),
            wrong=world.others(Role.CASHIER),
            once=True,
        )
        if answer is not None:
            world.books.expected[owed] += amount
            world.books.absorb(-amount, "channel:bank")

    def check(self) -> None:
        """Nobody was given back more than came too much."""
        for slip in self.slips:
            assert self.world.books.expected[f"suspense:{slip.person}"] <= 0, slip
