"""Sums of a run: by area and scheme over the funds, and over people; the two must agree."""

from __future__ import annotations

from dataclasses import dataclass, field

from yibao.columns.schema import AMOUNTS

FUNDS = ("pooled", "upper", "assistance", "other_fund")
PERSONAL = ("account", "mutual_aid", "cash")


@dataclass(slots=True)
class Totals:
    """Amounts in fen, whole numbers of any size."""

    visits: int = 0
    reversals: int = 0
    carried: int = 0
    rejected: int = 0
    people: dict[str, int] = field(default_factory=lambda: dict.fromkeys(AMOUNTS, 0))
    """Summed row by row over the people."""
    funds: dict[tuple[str, str], dict[str, int]] = field(default_factory=dict)
    """(area, scheme) -> what each fund and each way of paying bears."""

    def add(self, other: Totals) -> None:
        """Add the sums of another part of the run."""
        self.visits += other.visits
        self.reversals += other.reversals
        self.carried += other.carried
        self.rejected += other.rejected
        for name, amount in other.people.items():
            self.people[name] += amount
        for key, amounts in other.funds.items():
            mine = self.funds.setdefault(key, dict.fromkeys((*FUNDS, *PERSONAL), 0))
            for name, amount in amounts.items():
                mine[name] += amount

    def over_funds(self) -> int:
        """What all funds and all ways of paying bear together."""
        return sum(amount for amounts in self.funds.values() for amount in amounts.values())

    def reconcile(self) -> bool:
        """Whether the sum over people equals the sum over funds, layer by layer."""
        layers = dict.fromkeys((*FUNDS, *PERSONAL), 0)
        for amounts in self.funds.values():
            for name, amount in amounts.items():
                layers[name] += amount
        return (
            self.people["total"] == self.over_funds()
            and self.people["fund"] == sum(layers[name] for name in FUNDS)
            and self.people["own"] == sum(layers[name] for name in PERSONAL)
        )
