"""What employers paid on: for whoever works out what depends on it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import or_, select

from yibao.database.unit import Unit
from yibao.disbursement.payees import Payee
from yibao.employers.locks import employer_row
from yibao.employers.pricing import EMPLOYER_PART
from yibao.employers.states import DueState
from yibao.employers.tables import employer_bill, employer_bill_line, employment
from yibao.money import half_up


def employer_in(unit: Unit, person_id: str, month: int) -> str | None:
    """A read fragment: on whose roster somebody is in a month; None: on nobody's."""
    on_roster = select(employment.c.employer_id).where(
        employment.c.person_id == person_id,
        employment.c.first_month <= month,
        or_(employment.c.last_month.is_(None), employment.c.last_month >= month),
    )
    return unit.run(on_roster.limit(1)).scalar_one_or_none()


@dataclass(frozen=True, slots=True)
class AverageBase:
    """What an employer's people were billed on in a year."""

    total: int
    """Fen of all months of everybody."""
    months: int

    @property
    def average(self) -> int:
        """Fen a month, rounded half up."""
        return half_up(self.total, self.months)


def average_base(unit: Unit, employer_id: str, year: int) -> AverageBase | None:
    """A read fragment: the bases of a calendar year as billed last; None: nobody was billed."""
    line, bill = employer_bill_line, employer_bill
    query = (
        select(line.c.person_id, line.c.month, line.c.base)
        .join(bill, (bill.c.employer_id == line.c.employer_id) & (bill.c.bill_id == line.c.bill_id))
        .where(
            line.c.employer_id == employer_id,
            line.c.name == EMPLOYER_PART,
            line.c.base.is_not(None),
            line.c.person_id.is_not(None),
            line.c.month >= year * 100 + 1,
            line.c.month <= year * 100 + 12,
            bill.c.state != DueState.REPLACED,
        )
        .order_by(line.c.bill_id)
    )
    # A later bill rates the same month again, on another base.
    bases = {(row.person_id, row.month): row.base for row in unit.run(query)}
    return AverageBase(sum(bases.values()), len(bases)) if bases else None


def payee_of_employer(unit: Unit, employer_id: str) -> Payee | None:
    """A read fragment: the bank account that an employer named; None: it named none."""
    row = employer_row(unit, employer_id)
    bank, account = row.details.get("bank", ""), row.details.get("account", "")
    if not bank or not account:
        return None
    return Payee(name=row.name, bank=bank, account=account.replace(" ", "").replace("-", ""))
