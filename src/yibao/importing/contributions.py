"""Years and months that were paid in another system."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from yibao.access.permissions import Actor
from yibao.benefit.facts import EmployeeContribution, ResidentContribution, months_between
from yibao.database.gathering import Gathering
from yibao.database.instants import now
from yibao.database.unit import Unit
from yibao.importing.fields import ImportKind
from yibao.importing.reading import SourceRow
from yibao.importing.things import RowError, SortedOut, Thing, identifier, unknown_person
from yibao.insured.fragments import home_areas
from yibao.insured.locks import lock_people
from yibao.insured.payments.earlier import PeriodKey, add_earlier, periods_on_record
from yibao.insured.stored.months import month_after
from yibao.insured.stored.rows import Paid
from yibao.messages import message
from yibao.policy.compile import PolicyLibrary
from yibao.policy.kinds import Scheme

_YEAR = re.compile(r"(?:19|20)\d{2}")
_MONTH = re.compile(r"((?:19|20)\d{2})-?(0[1-9]|1[0-2])")
_MOST_PERIODS = 720


@dataclass(frozen=True, slots=True)
class PaidPeriods:
    """What a row says was paid."""

    person_id: str
    scheme: Scheme
    paid: tuple[Paid, ...]

    @property
    def by_key(self) -> dict[PeriodKey, Paid]:
        """Each period by person, scheme and number."""
        return {
            (self.person_id, self.scheme, _number_of(payment)): payment for payment in self.paid
        }


def _number_of(payment: Paid) -> int:
    return payment.year if isinstance(payment, ResidentContribution) else payment.month


class ContributionsImport:
    """Imports paid periods; no money is posted: it came in elsewhere."""

    kind = ImportKind.CONTRIBUTIONS

    def __init__(self, library: PolicyLibrary, actor: Actor) -> None:
        self._library = library
        self._actor = actor

    def group(self, row: SourceRow) -> object:
        """Every row stands for itself."""
        return row.number

    def thing(self, rows: Sequence[SourceRow]) -> Thing[PaidPeriods]:
        """The periods of a row."""
        (row,) = rows
        person_id, scheme = identifier(row, "person"), Scheme(row.values["scheme"])
        read = _years if scheme == Scheme.RESIDENT else _months
        periods = PaidPeriods(person_id, scheme, tuple(read(row)))
        keys = tuple(f"{person_id}:{scheme}:{number}" for _, _, number in periods.by_key)
        return Thing(rows, periods, keys)

    def sort_out(self, unit: Unit, things: Sequence[Thing[PaidPeriods]]) -> SortedOut[PaidPeriods]:
        """Periods that are on the record alike are here; another payment of one is a fault."""
        people = {thing.content.person_id for thing in things}
        areas = home_areas(unit, people)
        if not unit.reads_only:  # nobody else settles or pays for them meanwhile
            lock_people(unit, areas)
        on_record = periods_on_record(unit, areas)
        lot: SortedOut[PaidPeriods] = SortedOut()
        for thing in things:
            problem = unknown_person(self._actor, thing.content.person_id, areas)
            by_key = thing.content.by_key
            there = {key: on_record[key] for key in by_key if key in on_record}
            if problem is not None:
                lot.faults += thing.faults(problem)
            elif any(there[key] != by_key[key] for key in there):
                number = next(key[2] for key in there if there[key] != by_key[key])
                lot.faults += thing.faults(
                    message("{period} 已有另一笔缴费记录，没有改动，请核对", period=number)
                )
            elif len(there) == len(by_key):
                lot.here.append(thing)
            elif there:
                lot.faults += thing.faults(message("这一行里有几期已在，有几期不在，请拆开写"))
            else:
                lot.new.append(thing)
        return lot

    def write(
        self, unit: Gathering, things: Sequence[Thing[PaidPeriods]], origin: Mapping[str, str]
    ) -> None:
        """Put them on the records; one event for each person."""
        paid: defaultdict[str, list[Paid]] = defaultdict(list)
        for thing in things:
            paid[thing.content.person_id] += thing.content.paid
        people = lock_people(unit, paid)
        add_earlier(unit, self._library, people, paid, actor=self._actor, at=now(), origin=origin)


def _years(row: SourceRow) -> list[ResidentContribution]:
    values = row.values
    if values["paid_day"] is None:
        raise RowError(row, "paid_day", message("居民缴费要写哪天缴的"))
    if values["base_fen"] is not None:
        raise RowError(row, "base_fen", message("居民缴费没有基数，请去掉"))
    first = _year(row, "period")
    last = first if values["last_period"] is None else _year(row, "last_period")
    if not first <= last < first + _MOST_PERIODS:
        raise RowError(row, "last_period", message("最后一期早于第一期"))
    return [ResidentContribution(year, values["paid_day"]) for year in range(first, last + 1)]


def _year(row: SourceRow, column: str) -> int:
    text = row.values[column]
    if not _YEAR.fullmatch(text):
        raise RowError(row, column, message("居民写年度，如 2025，不是 {text}", text=text))
    return int(text)


def _months(row: SourceRow) -> list[EmployeeContribution]:
    values = row.values
    first = _month(row, "period")
    last = first if values["last_period"] is None else _month(row, "last_period")
    count = months_between(first, last) + 1
    if not 1 <= count <= _MOST_PERIODS:
        raise RowError(row, "last_period", message("最后一期早于第一期"))
    if count > 1 and values["paid_day"] is not None:
        raise RowError(row, "paid_day", message("几个月写在一行时不写哪天缴的，晚缴的月请单独一行"))
    return [
        EmployeeContribution(month_after(first, place), values["base_fen"], values["paid_day"])
        for place in range(count)
    ]


def _month(row: SourceRow, column: str) -> int:
    match = _MONTH.fullmatch(row.values[column])
    if match is None:
        raise RowError(
            row,
            column,
            message("职工写月份，如 202503 或 2025-03，不是 {text}", text=row.values[column]),
        )
    return int(match[1]) * 100 + int(match[2])
