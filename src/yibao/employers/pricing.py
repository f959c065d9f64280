"""What a month of an employer's staff costs, person by person, by the rules of the area."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from yibao.access.operations import Answer
from yibao.benefit.billing import bill_for_period
from yibao.benefit.facts import Person
from yibao.errors import YibaoError
from yibao.ledger import operations as ledger
from yibao.messages import Text, message
from yibao.policy.compile import PolicyLibrary
from yibao.policy.kinds import ContributionClass, Scheme, Status

EMPLOYER_PART = "employer"
ASSESSED_PART = "assessed"
_EMPLOYER_SOURCE = "employee.contribution.employer_rate"


@dataclass(frozen=True, slots=True)
class PricedLine:
    """One part of what a person's month costs."""

    person_id: str | None
    month: int
    name: str
    """``employer``, ``individual``, ``extra`` …; ``assessed`` of nobody in particular."""
    amount: int
    source: str
    base: int | None = None
    """Fen, inside its limits."""


@dataclass(frozen=True, slots=True)
class PricedMonth:
    """A month of an employer."""

    lines: tuple[PricedLine, ...]
    left_out: tuple[tuple[str, Text], ...] = ()
    """People of the roster who are not billed, and why."""

    @property
    def due(self) -> int:
        return sum(line.amount for line in self.lines)

    @property
    def people(self) -> list[str]:
        """Everybody who is billed, in their order."""
        return list(dict.fromkeys(line.person_id for line in self.lines if line.person_id))

    def answer(self) -> Answer:
        """The sums, as an answer tells them."""
        bases = {line.person_id: line.base or 0 for line in self.lines}
        return {
            "people": len(self.people),
            "base": sum(bases.values()),
            "due": self.due,
            "parts": by_name(self.lines),
            "left_out": [
                {"person": person_id, "reason": str(reason)} for person_id, reason in self.left_out
            ],
        }


def by_name(lines: Iterable[Any]) -> dict[str, int]:
    """Sums by part, fen."""
    sums: dict[str, int] = {}
    for line in lines:
        sums[line.name] = sums.get(line.name, 0) + line.amount
    return sums


def price_person(
    library: PolicyLibrary, facts: Person, month: int, base: int, on: datetime.date
) -> list[PricedLine]:
    """What a month of somebody costs as known on a day; refuses as the rules do."""
    bill = bill_for_period(library, facts, on, month=month, base=base)
    lines = [PricedLine(facts.id, month, EMPLOYER_PART, bill.employer, _EMPLOYER_SOURCE, bill.base)]
    lines += [
        PricedLine(facts.id, month, line.name, line.amount, str(line.source), bill.base)
        for line in bill.lines
    ]
    return [line for line in lines if line.amount]


def price_month(
    library: PolicyLibrary,
    people: Mapping[str, Person],
    roster: Sequence[Any],
    month: int,
    on: datetime.date,
) -> PricedMonth:
    """A month of everybody on the roster; whoever owes none is left out and named."""
    lines: list[PricedLine] = []
    left_out: list[tuple[str, Text]] = []
    for row in roster:
        facts = people[row.person_id]
        reason = _not_owed(facts, month)
        if reason is None:
            try:
                lines += price_person(library, facts, month, row.base, on)
            except YibaoError as error:
                reason = error.said
        if reason is not None:
            left_out.append((row.person_id, reason))
    return PricedMonth(tuple(lines), tuple(left_out))


def _not_owed(facts: Person, month: int) -> Text | None:
    enrolment = facts.enrolment_in_month(month)
    if (
        enrolment is None
        or enrolment.scheme != Scheme.EMPLOYEE
        or enrolment.contribution_class != ContributionClass.EMPLOYER
    ):
        return message("{month} 没有以单位职工的身份参保", month=month)
    if enrolment.status == Status.RETIRED:
        return message("{month} 已经退休，单位不再缴", month=month)
    if any(paid.month == month for paid in facts.contributions_employee or ()):
        return message("{month} 已经缴过", month=month)
    return None


def income_lines(area: str, lines: Iterable[Any], sign: int = 1) -> list[ledger.Line]:
    """The credits of a transfer, each part on an account of its own as those of people are."""
    account = ledger.contributions(area)
    return [
        (f"{account}:{Scheme.EMPLOYEE}:{name}", -sign * amount)
        for name, amount in by_name(lines).items()
    ]
