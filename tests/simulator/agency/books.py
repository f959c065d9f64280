"""What every account of the ledger must hold, kept beside the store by plain additions."""

from __future__ import annotations

from collections import defaultdict

from yibao.database.unit import Database, Unit
from yibao.ledger.chart import CHART
from yibao.ledger.fragments import totals


class PlainBooks:
    """Expected sums of entries by account, fen, debit positive."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.expected: defaultdict[str, int] = defaultdict(int)

    def post(self, *lines: tuple[str, int]) -> None:
        """A transfer that the store was asked for."""
        assert sum(amount for _, amount in lines) == 0, lines
        for name, amount in lines:
            self.expected[name] += amount

    def absorb(self, total: int, *prefixes: str) -> int:
        """Accounts whose single parts only the kernel knows: together they moved by ``total``.

        How much the first of the prefixes moved.
        """
        actual = self.actual()
        names = {name for name in {*actual, *self.expected} if name.startswith(prefixes)}
        moved = {name: actual.get(name, 0) - self.expected[name] for name in sorted(names)}
        assert sum(moved.values()) == total, (total, moved)
        for name, amount in moved.items():
            self.expected[name] += amount
        return sum(amount for name, amount in moved.items() if name.startswith(prefixes[0]))

    def sum_of(self, prefix: str) -> int:
        """What the accounts under a prefix hold together."""
        return sum(amount for name, amount in self.expected.items() if name.startswith(prefix))

    def actual(self) -> dict[str, int]:
        """What the store's entries come to, by account."""

        def read(unit: Unit) -> dict[str, int]:
            sums = totals(unit, name="opening")
            for kind in CHART:
                sums |= totals(unit, prefix=f"{kind.name}:")
            return sums

        return self.database.read(read)

    def check(self) -> None:
        """The store holds what was asked of it, to the fen, on every account."""
        actual = {name: amount for name, amount in self.actual().items() if amount}
        expected = {name: amount for name, amount in self.expected.items() if amount}
        assert actual == expected, {
            name: (actual.get(name, 0), expected.get(name, 0))
            for name in {*actual, *expected}
            if actual.get(name, 0) != expected.get(name, 0)
        }
