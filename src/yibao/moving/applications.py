"""What is asked for in cases of moving, and the form that goes from area to area."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

import msgspec

from yibao.disbursement.payees import Payee
from yibao.policy.kinds import Scheme, TextEnum

TRANSFER_IN = "transfer_in"
TRANSFER_OUT = "transfer_out"
LEAVING = "leaving"
PREMIUM_REFUND = "premium_refund"
BENEFIT_RECOVERY = "benefit_recovery"
MERGER = "merger"
"""The kinds of the cases; of a transfer one at the new area and one at the old."""


class TransferReason(TextEnum):
    """Why somebody moves."""

    WORK = "work"
    HOME = "home"


class TransferIn(msgspec.Struct, frozen=True, kw_only=True):
    """The first form: whoever is insured here now wants what is on record at another area."""

    from_area: str
    reason: str = TransferReason.WORK.value


class TransferOut(msgspec.Struct, frozen=True, kw_only=True):
    """The first form: what an area sends to the one that somebody moved to."""

    to_area: str
    request: str = ""
    """The case of the new area, where it is in this store."""
    payee: Payee | None = None
    """Where the balance is paid to, where the new area is in no store of ours."""


class Leaving(msgspec.Struct, frozen=True, kw_only=True):
    """The first form: somebody leaves the insurance for good."""

    reason: str
    """A ``ClosingReason``."""
    last_day: datetime.date
    """Of a death the day itself."""
    heir: str | None = None
    """The relative on record who inherits."""
    heirless: bool = False
    """Whether nobody does."""
    to_area: str | None = None
    """Where the balance goes along, where the rules say so."""
    payee: Payee | None = None
    """To whom it is paid, where the rules say so."""


class Merger(msgspec.Struct, frozen=True, kw_only=True):
    """The first form: the other record of the person whose case it is, which is closed."""

    merged: str
    relatives: tuple[str, ...] = ()
    """Those on record with it, whose rows are locked too."""


class RefundReason(TextEnum):
    """Why a resident's premium is given back."""

    DEATH = "death"
    OTHER_COVER = "other_cover"
    TWICE = "twice"
    SUBSIDY = "subsidy"
    OVERPAID = "overpaid"


class PremiumRefund(msgspec.Struct, frozen=True, kw_only=True):
    """The first form: a paid year of the resident scheme is given back."""

    year: int
    reason: str


class RecoveryWay(TextEnum):
    """How what was drawn too much is given back."""

    AT_ONCE = "at_once"
    INSTALMENTS = "instalments"
    SET_OFF = "set_off"
    ACCOUNT = "account"


class BenefitRecovery(msgspec.Struct, frozen=True, kw_only=True):
    """The first form: what somebody drew too much, and how it is given back."""

    amount: int
    """Fen."""
    scheme: str
    """Whose pooled fund gets it back."""
    ground: str
    """What was found."""
    way: str = RecoveryWay.AT_ONCE.value
    instalments: int = 1
    """Months over which it is paid, by agreement."""


class PaidPeriod(msgspec.Struct, frozen=True, kw_only=True):
    """A month of the employee scheme (yyyymm), or a year of the resident scheme, that was paid."""

    scheme: str
    period: int
    status: str | None = None
    base: int | None = None
    """Fen a month; None where none is recorded."""
    paid_on: datetime.date | None = None


class InformationForm(msgspec.Struct, frozen=True, kw_only=True):
    """信息表: what an area says of somebody who was insured there."""

    number: str
    from_area: str
    to_area: str
    made_on: datetime.date
    certificate: str = ""
    id_number: str = ""
    name: str = ""
    sex: str
    birth: datetime.date
    paid: tuple[PaidPeriod, ...]
    """By scheme and period."""
    balance: int
    """Fen of the personal account that go along."""

    def months(self) -> set[int]:
        """The paid months of the employee scheme."""
        return periods_of(self.paid, Scheme.EMPLOYEE)

    def years(self) -> set[int]:
        """The paid years of the resident scheme."""
        return periods_of(self.paid, Scheme.RESIDENT)

    @property
    def last_paid(self) -> PaidPeriod | None:
        """The last month of the employee scheme, else the last year of the resident scheme."""
        months = [paid for paid in self.paid if paid.scheme == Scheme.EMPLOYEE]
        return max(months or self.paid, key=lambda paid: paid.period, default=None)


def periods_of(paid: Iterable[PaidPeriod], scheme: str) -> set[int]:
    """The periods of one scheme, each once."""
    return {period.period for period in paid if period.scheme == scheme}


def months_together(*areas: Iterable[int]) -> int:
    """How many months several areas know of: one that two of them know counts once."""
    return len(set().union(*areas))


@dataclass(frozen=True, slots=True)
class PaidSpell:
    """Paid periods of one scheme and status without a gap."""

    scheme: str
    status: str | None
    first: int
    last: int
    count: int


def spells_of(paid: Iterable[PaidPeriod]) -> list[PaidSpell]:
    """Paid periods as spells, by scheme and time."""
    ordered = sorted(paid, key=lambda period: (period.scheme, period.period))
    spells: list[PaidSpell] = []
    numbered = [(_number(period) - place, period) for place, period in enumerate(ordered)]
    for _, group in groupby(numbered, lambda pair: (pair[1].scheme, pair[1].status, pair[0])):
        run = [period for _, period in group]
        spells.append(
            PaidSpell(run[0].scheme, run[0].status, run[0].period, run[-1].period, len(run))
        )
    return spells


def _number(paid: PaidPeriod) -> int:
    if paid.scheme == Scheme.RESIDENT:
        return paid.period
    return paid.period // 100 * 12 + paid.period % 100
