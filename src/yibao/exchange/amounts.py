"""The amounts of an entry in an institution's book."""

from __future__ import annotations

from dataclasses import dataclass

from yibao.benefit.settling import Settled
from yibao.care.stored import StoredSettlement

_AMOUNTS = (
    "total out_of_catalogue over_limit upfront eligible deductible pooled upper assistance "
    "other_fund fund own account mutual_aid cash"
).split()


@dataclass(frozen=True, slots=True)
class Money:
    """The amounts of a settlement in fen; of a reversal none is positive."""

    total: int
    out_of_catalogue: int
    over_limit: int
    upfront: int
    eligible: int
    deductible: int
    pooled: int
    upper: int
    assistance: int
    other_fund: int
    fund: int
    own: int
    account: int
    mutual_aid: int
    cash: int
    balance: int
    """Of the person's own account afterwards."""
    scheme: str

    def check(self) -> Money:
        """The identities that hold on every answer."""
        layers = self.pooled + self.upper + self.assistance + self.other_fund
        parts = self.out_of_catalogue + self.over_limit + self.upfront + self.eligible
        if not (
            self.total == self.fund + self.own == parts
            and self.fund == layers
            and self.own == self.account + self.mutual_aid + self.cash
        ):
            raise AssertionError(f"identities broken: {self}")
        return self

    def plus(self, other: Money, times: int = 1) -> Money:
        """The amounts together with those of another; the balance stays this one's."""
        amounts = {name: getattr(self, name) + times * getattr(other, name) for name in _AMOUNTS}
        return Money(**amounts, balance=self.balance, scheme=self.scheme).check()


def money_of(stored: StoredSettlement, balance: int) -> Money:
    """The amounts of a settlement as its row keeps them."""
    known = stored.amounts._asdict()
    amounts = {name: known[name] for name in _AMOUNTS if name in known}
    return Money(
        **amounts,
        **{name: stored[name] for name in ("account", "mutual_aid", "cash")},
        balance=balance,
        scheme=stored.terms.scheme,
    ).check()


def money_of_quote(settled: Settled, balance: int) -> Money:
    """The amounts of a quote; ``balance`` as it is before."""
    done, paid = settled.adjudication.settlement._asdict(), settled.payment.draw
    amounts = {name: done[name] for name in _AMOUNTS if name in done}
    return Money(
        **amounts,
        account=paid.account,
        mutual_aid=paid.mutual_aid,
        cash=paid.cash,
        balance=balance - paid.account,
        scheme=settled.adjudication.enrolment.scheme,
    ).check()
