"""The fund's books: vouchers by two people, contributions carried, months closed for good."""

from __future__ import annotations

import datetime
import json
from collections import Counter
from typing import Any

from yibao.access.permissions import Role
from yibao.finance.carrying import carry_month
from yibao.finance.closing import close_month, prepare_closing
from yibao.finance.items import LAYERS, FundPart
from yibao.finance.months import month_days, next_month
from yibao.finance.statement import fund_statement, statement_json
from yibao.finance.states import BankAccount, Level, VoucherKind
from yibao.finance.vouchers import (
    ITEM_OF,
    MOVES,
    SPENDING,
    FundMoney,
    drop_voucher,
    enter_voucher,
    sign_voucher,
)

from .employers import Employers
from .world import World

LAYER = {FundPart.POOLED: "pooled", FundPart.UPPER: "upper", FundPart.ACCOUNT: "account"}


class Finance:
    """A cashier who enters, a second who signs, a head who closes."""

    def __init__(self, world: World, firms: Employers) -> None:
        self.world, self.firms = world, firms
        self.entered: dict[str, FundMoney] = {}
        self.closed: dict[int, str] = {}
        """The statement of every closed month, as it was when it was closed."""
        self.carried = 0
        self.carried_of_residents: Counter[datetime.date] = Counter()
        """That of it which residents paid, by the day of the voucher; fen."""
        self.steps = [(8, self.enter), (8, self.sign), (6, self.carry), (6, self.close)]

    def enter(self) -> None:
        world = self.world
        kind = world.pick(*VoucherKind)
        is_move = kind in MOVES
        day = world.day - datetime.timedelta(world.pick(0, 0, 3, 20))
        voucher = FundMoney(
            world.area,
            kind,
            world.random.randrange(1, 5_000_000),
            max(day, datetime.date(2026, 1, 1)),
            "财社 1 号",
            scheme=None if is_move else world.pick("employee", "resident"),
            part=None if is_move else world.pick(*LAYER),
            level=world.pick(*Level) if kind is VoucherKind.SUBSIDY else None,
            bank=world.pick(*BankAccount),
            channel=world.pick("bank", "tax_platform") if kind is VoucherKind.COLLECTED else None,
        )
        answer = world.act(
            "enter voucher",
            lambda actor, key: enter_voucher(
                world.database, key, voucher, actor=actor, at=world.at
            ),
            world.of(Role.CASHIER),
            wrong=world.others(Role.CASHIER),
        )
        if answer is not None:
            self.entered[answer["voucher"]] = voucher

    def sign(self) -> None:
        world = self.world
        if not self.entered:
            return
        number = world.pick(*self.entered)
        role = world.pick(Role.SECOND, Role.HEAD)
        if world.chance(0.15):
            dropped = world.act(
                "drop voucher",
                lambda actor, key: drop_voucher(
                    world.database, key, number, "记错", actor=actor, at=world.at
                ),
                world.of(role),
                wrong=world.others(Role.SECOND, Role.HEAD),
                once=True,
            )
            if dropped is not None:
                del self.entered[number]
            return
        answer = world.act(
            "sign voucher",
            lambda actor, key: sign_voucher(world.database, key, number, actor=actor, at=world.at),
            world.of(role),
            wrong=world.others(Role.SECOND, Role.HEAD),
            once=True,
        )
        if answer is not None:
            self._book(self.entered.pop(number))

    def _book(self, voucher: FundMoney) -> None:
        books, area, amount = self.world.books, voucher.area, voucher.amount
        banks = {
            BankAccount.INCOME: f"bank:{area}:income",
            BankAccount.TREASURY: f"bank:{area}:treasury",
            BankAccount.SPENDING: f"bank:{area}",
        }
        income, treasury, spending = banks.values()
        pairs = {
            VoucherKind.COLLECTED: (income, f"channel:{voucher.channel}"),
            VoucherKind.PAID_IN: (treasury, income),
            VoucherKind.ALLOTTED: (spending, treasury),
        }
        if voucher.kind in pairs:
            to, source = pairs[VoucherKind(voucher.kind)]
        else:
            assert voucher.kind in ITEM_OF
            fund = f"fund:{area}:{voucher.scheme}:{LAYER[FundPart(voucher.part or '')]}"
            bank = banks[BankAccount(voucher.bank)]
            to, source = (fund, bank) if voucher.kind in SPENDING else (bank, fund)
        if source in (income, treasury):
            assert books.expected[source] >= amount, "money went out that was not there"
        books.post((to, amount), (source, -amount))

    # --- months ------------------------------------------------------------------------------

    def carry(self, month: int = 0) -> None:
        world = self.world
        month = month or world.pick(world.last_month, world.last_month, 202512)
        answer = world.act(
            "carry to the fund",
            lambda actor, key: carry_month(
                world.database, key, world.area, month, actor=actor, at=world.at
            ),
            world.of(Role.CASHIER),
            wrong=world.others(Role.CASHIER),
        )
        if answer is None:
            return
        books, area = world.books, world.area
        paid, credited = answer["paid"], answer["credited"]
        self.carried += paid
        _, last = month_days(month)
        came, went = world.of_residents, self.carried_of_residents
        residents = sum(came[day] for day in came if day <= last)
        residents -= sum(went[day] for day in went if day <= last)
        went[last] += residents
        books.absorb(residents, f"contribution:{area}:resident")
        books.absorb(-residents, f"fund:{area}:resident:")
        books.absorb(paid - residents, f"contribution:{area}")
        books.expected[f"credit:{area}"] -= credited
        books.absorb(credited + residents - paid, f"fund:{area}:employee:")

    def close(self) -> None:
        """The next month is prepared and closed, where nothing stands in the way."""
        world = self.world
        month = next_month(max(self.closed)) if self.closed else 202601
        prepared = world.act(
            "prepare closing",
            lambda actor, key: prepare_closing(
                world.database, key, world.area, month, actor=actor, at=world.at
            ),
            world.of(Role.CASHIER),
            wrong=world.others(Role.CASHIER),
        )
        if prepared is None:
            return
        closed = world.act(
            "close month",
            lambda actor, key: close_month(
                world.database, key, world.area, month, actor=actor, at=world.at
            ),
            world.of(Role.HEAD),
            wrong=world.others(Role.HEAD),
            once=True,
        )
        if closed is not None:
            self.closed[month] = self._statement(month)

    def _statement(self, month: int) -> str:
        return json.dumps(statement_json(self._read(month)), sort_keys=True)

    def _read(self, month: int) -> Any:
        head = self.world.of(Role.HEAD)
        return fund_statement(self.world.database, self.world.area, month, actor=head)

    # --- what must hold ----------------------------------------------------------------------

    def check(self) -> None:
        """Closed months are what they were; income less spending is what balances changed by;
        each month begins as the one before it ended; the last balance is the ledger's."""
        for month, statement in self.closed.items():
            assert self._statement(month) == statement, f"{month} was closed and changed"
        before: dict[tuple[str, str], int] = {}
        for month in range(202601, self.world.month + 1):
            parts = self._read(month).parts
            for part in parts:
                cell = (part.scheme, part.part)
                assert part.closing == part.opening + part.surplus, (month, cell, part)
                if month > 202601:
                    assert part.opening == before.get(cell, 0), (month, cell, part, before)
                before[cell] = part.closing
        for (scheme, part_name), closing in before.items():
            if part_name != FundPart.ACCOUNT:
                layers = [layer for layer, part in LAYERS.items() if part == part_name]
                booked = -sum(
                    self.world.books.expected[f"fund:{self.world.area}:{scheme}:{layer}"]
                    for layer in layers
                )
                assert closing == booked, (scheme, part_name, closing, booked)
        owed = sum(bill.due for firm in self.firms.firms for _, bill in firm.open_bills())
        paid_in = self.firms.paid_in + self.world.contributed
        waiting = -self.world.books.sum_of(f"contribution:{self.world.area}")
        assert waiting == owed + paid_in - self.carried, (waiting, owed)
