"""What people held and had used in another system: balances and a year's accumulators."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from yibao.access.operations import Key, canonical, record_message, stored_messages
from yibao.access.permissions import Actor
from yibao.benefit.rules import DayRules, benefit_year_of, day_rules
from yibao.benefit.state import ORDINARY_OUTPATIENT, DeductibleDays, PersonState
from yibao.benefit.terms import Accumulators
from yibao.care.fragments import settled_people
from yibao.columns.schema import used_column
from yibao.database.gathering import Gathering
from yibao.database.unit import Database, Unit
from yibao.errors import InputError
from yibao.importing.fields import ImportKind
from yibao.importing.reading import SourceRow
from yibao.importing.things import (
    RowError,
    SortedOut,
    Thing,
    identifier,
    require_here,
    unknown_person,
)
from yibao.insured.accounts.carrying import (
    IMPORT,
    IMPORT_ACCOUNT,
    CarriedOver,
    carried_answer,
    carry_in,
)
from yibao.insured.fragments import home_areas
from yibao.insured.locks import lock_people
from yibao.insured.stored.profile import state_document
from yibao.ledger.locks import lock_accounts, read_accounts
from yibao.messages import Message, message
from yibao.policy.compile import PolicyLibrary
from yibao.policy.days import day_number
from yibao.policy.keys import SCHEMES
from yibao.policy.kinds import Scheme

_ACCUMULATORS = {name: used_column(name).name for name in Accumulators._fields}
_OF_YEAR = (*_ACCUMULATORS.values(), "used_admissions", "used_fund_fen")
_OF_DAYS = ("used_period_deductible_fen", "used_period_eligible_fen")
_USED = (*_OF_YEAR, "used_disease_fen", "used_maternity_fen", *_OF_DAYS)


@dataclass(frozen=True, slots=True)
class Holding:
    """What one person brings along."""

    person_id: str
    over: CarriedOver

    def hashed(self, database: Database) -> str:
        """The keyed hash of what it says."""
        state = None if self.over.state is None else state_document(self.over.state)
        content = [self.person_id, self.over.balance, self.over.day.isoformat(), state]
        return database.secrets.lasting_hash(canonical(content))


class AccountsImport:
    """Imports balances and accumulators of people who are registered and never settled here."""

    kind = ImportKind.ACCOUNTS

    def __init__(self, database: Database, library: PolicyLibrary, actor: Actor) -> None:
        self._database = database
        self._library = library
        self._actor = actor
        self._rules: dict[tuple[str, datetime.date], DayRules] = {}

    def group(self, row: SourceRow) -> object:
        """The person."""
        return row.values["person"]

    def thing(self, rows: Sequence[SourceRow]) -> Thing[Holding]:
        """All that the rows of a person carry in."""
        person_id = identifier(rows[0], "person")
        state = PersonState()
        balance, day = None, datetime.date.min
        for row in rows:
            values = row.values
            if values["balance_fen"] is not None:
                if balance is not None:
                    raise RowError(row, "balance_fen", message("同一个人写了两次余额"))
                balance, day = values["balance_fen"], values["end_day"]
            if any(values[name] is not None for name in _USED):
                self._add_used(row, state)
        is_used = state != PersonState()
        if balance is None and not is_used:
            raise InputError(message("这一行既没有余额也没有累计，请补上或删去"))
        over = CarriedOver(state if is_used else None, balance or 0, day)
        amounts = {"balance": balance or 0, "fund": _fund_of(state)}
        return Thing(rows, Holding(person_id, over), (f"account:{person_id}",), amounts)

    def _add_used(self, row: SourceRow, state: PersonState) -> None:
        """What a row carries in, added to what the rows before it did."""
        values = row.values
        if values["area"] is None or values["scheme"] is None:
            column = "area" if values["area"] is None else "scheme"
            raise RowError(row, column, message("写了累计就要写参保地和险种"))
        require_here(self._actor, row, values["area"])
        scheme, day = Scheme(values["scheme"]), values["end_day"]
        year = self._year(values["area"], scheme, day)
        if any(values[name] is not None for name in _OF_YEAR):
            if (scheme, year) in state.accumulators:
                raise RowError(row, "end_day", message("{year} 年度的累计写了两次", year=year))
            state.accumulators[scheme, year] = Accumulators(
                **{name: values[column] or 0 for name, column in _ACCUMULATORS.items()}
            )
        if values["used_admissions"]:
            state.admissions[scheme, year] = values["used_admissions"]
        if values["used_fund_fen"]:
            if scheme != Scheme.RESIDENT:
                raise RowError(
                    row, "used_fund_fen", message("零报销激励只有居民有，职工请去掉这一列")
                )
            state.claims[year] = values["used_fund_fen"]
        if values["used_disease_fen"]:
            self._add_disease(row, state, year)
        if values["used_maternity_fen"]:
            state.maternity_used += values["used_maternity_fen"]
        if any(values[name] for name in _OF_DAYS):
            if values["period_care"] is None:
                raise RowError(row, "period_care", message("若干天一次的起付要写属于哪一类就医"))
            key = (str(scheme), values["period_care"], values["institution"] or "")
            deductible, eligible = (values[name] or 0 for name in _OF_DAYS)
            state.periods[key] = DeductibleDays(day_number(day), deductible, eligible)

    def _add_disease(self, row: SourceRow, state: PersonState, year: int) -> None:
        values = row.values
        period = {"year": year, "month": values["end_day"].year * 100 + values["end_day"].month}
        if values["disease_period"] is None:
            raise RowError(
                row, "disease_period", message("病种累计要写属于一年还是一月：year 或 month")
            )
        disease = values["disease"] or ORDINARY_OUTPATIENT
        known = self._day_rules(values["area"], values["end_day"]).rulebook.diseases
        if disease != ORDINARY_OUTPATIENT and disease not in known:
            raise RowError(row, "disease", message("政策包里没有病种 {disease}", disease=disease))
        key = (values["scheme"], disease, period[values["disease_period"]])
        state.diseases[key] = state.diseases.get(key, 0) + values["used_disease_fen"]

    def _year(self, area: str, scheme: Scheme, day: datetime.date) -> int:
        return benefit_year_of(self._day_rules(area, day), SCHEMES.index(scheme), day)

    def _day_rules(self, area: str, day: datetime.date) -> DayRules:
        rules = self._rules.get((area, day))
        if rules is None:
            rules = self._rules[area, day] = day_rules(self._library, area, day, None)
        return rules

    def sort_out(self, unit: Unit, things: Sequence[Thing[Holding]]) -> SortedOut[Holding]:
        """Once for each person; accumulators only before the first settlement."""
        people = {thing.content.person_id for thing in things}
        areas = home_areas(unit, people)
        if not unit.reads_only:  # nobody else settles or pays for them meanwhile
            lock_people(unit, areas)
        accounts = read_accounts(unit, areas)
        settled = settled_people(unit, areas)
        imported = stored_messages(unit, IMPORT, IMPORT_ACCOUNT, people)
        lot: SortedOut[Holding] = SortedOut()
        for thing in things:
            holding = thing.content
            before = imported.get(holding.person_id)
            problem = unknown_person(self._actor, holding.person_id, areas)
            if problem is None and before is None:
                problem = _problem(holding, holding.person_id in accounts, settled)
            elif before is not None and before.content_hash != holding.hashed(self._database):
                problem = message("这个人的余额和累计已经导入过，数字不同，没有改动，请核对")
            if problem is not None:
                lot.faults += thing.faults(problem)
            elif before is not None:
                lot.here.append(thing)
            else:
                lot.new.append(thing)
        return lot

    def write(
        self, unit: Gathering, things: Sequence[Thing[Holding]], origin: Mapping[str, str]
    ) -> None:
        """Post the balances and set the accumulators."""
        carried = {thing.content.person_id: thing.content.over for thing in things}
        people = lock_people(unit, carried)
        lock_accounts(unit, carried)
        for thing in things:
            holding = thing.content
            key = Key(IMPORT, IMPORT_ACCOUNT, holding.person_id)
            answer = carried_answer(holding.over)
            hashed = holding.hashed(self._database)
            record_message(unit, key, hashed, holding.person_id, answer)
        carry_in(unit, people, carried, actor=self._actor, origin=origin)


def _problem(holding: Holding, has_account: bool, settled: set[str]) -> Message | None:
    if not has_account:
        return message("这个人没有个人账户，已经销户的不能带入余额")
    if holding.over.state is not None and holding.person_id in settled:
        return message("这个人在这里已有结算，累计不能再带入；要更正请走更正结算")
    return None


def _fund_of(state: PersonState) -> int:
    """What the fund paid by the accumulators of all years, fen."""
    return sum(
        used.outpatient_pooled
        + used.inpatient_pooled
        + used.chronic_pooled
        + used.upper
        + used.assistance
        for used in state.accumulators.values()
    )
