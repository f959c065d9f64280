"""A person's facts and accumulators as documents, by name, and back.

``schema`` numbers the form; what has no number is the first form, which
:mod:`yibao.insured.stored.form1` reads.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from yibao.benefit.facts import EmployeeContribution, Filing, Person
from yibao.benefit.state import DeductibleDays, PersonState
from yibao.benefit.terms import Accumulators
from yibao.database.errors import DatabaseError
from yibao.database.named import fields_of, named, struct_of
from yibao.database.ties import short_hash
from yibao.insured.stored import form1
from yibao.insured.stored.months import PaidRun, StoredMonths, runs_of
from yibao.messages import message
from yibao.policy.days import day_number, to_date
from yibao.policy.kinds import Sex

Document = dict[str, Any]
Written = str | bytes | Mapping[str, Any]
"""A document as its column gives it: its text, or read as far as JSON goes."""

SCHEMA = 2

_OWN_COLUMNS = ("id", "sex", "birth")
"""Fields of a person that have a column of their own."""
_MONTHS = "contributions_employee"
_FILING: Any = struct_of(Filing, ("person",))
_PROFILE: Any = struct_of(
    Person,
    (*_OWN_COLUMNS, _MONTHS),
    [
        ("schema", int),
        ("filings", tuple[_FILING, ...], ()),
        (_MONTHS, tuple[EmployeeContribution, ...] | None, None),
        ("months", list[PaidRun] | None, None),
    ],
)
"""Months one by one in documents of before, as runs since."""


class _Numbered(msgspec.Struct):
    schema: int = 1


def form_of(document: Written) -> int:
    """The form of a document; ``DatabaseError`` for one of a later version."""
    if isinstance(document, Mapping):
        form = int(document.get("schema", 1))
    else:
        form = msgspec.json.decode(document, type=_Numbered).schema
    if form > SCHEMA:
        raise DatabaseError(
            message(
                "文档是第 {form} 式，本程序只认到第 {schema} 式，请换用较新的 yibao",
                form=form,
                schema=SCHEMA,
            )
        )
    return form


def read_as(document: Written, kind: type[Any]) -> Any:
    """A document as a struct."""
    if isinstance(document, Mapping):
        return msgspec.convert(document, kind)
    return msgspec.json.decode(document, type=kind)


def _plain(document: Written) -> Document:
    return dict(document if isinstance(document, Mapping) else msgspec.json.decode(document))


def day_text(day: datetime.date | None) -> str | None:
    """A day as documents keep it."""
    return None if day is None else day.isoformat()


# --- facts ---------------------------------------------------------------------------------------


def profile_of(person: Person, filings: Iterable[Filing] = ()) -> Document:
    """The document that a person's row keeps."""
    document = {"schema": SCHEMA, **named(person, (*_OWN_COLUMNS, _MONTHS))}
    if person.contributions_employee is not None:
        document["months"] = msgspec.to_builtins(runs_of(person.contributions_employee))
    filing_documents = [named(filing, ("person",)) for filing in filings]
    return {**document, "filings": filing_documents} if filing_documents else document


def read_profile(
    person_id: str, sex: str, birth: datetime.date, document: Written
) -> tuple[Person, tuple[Filing, ...]]:
    """The facts and the filings of a person's row."""
    if form_of(document) == 1:
        plain = _plain(document)
        return form1.person_of(person_id, Sex(sex), birth, plain), form1.filings_of(
            person_id, plain
        )
    profile = read_as(document, _PROFILE)
    fields = fields_of(profile)
    del fields["schema"]
    filings = tuple(filing_of(person_id, filing) for filing in fields.pop("filings"))
    runs = fields.pop("months")
    if runs is not None:
        fields[_MONTHS] = StoredMonths(runs)
    return Person(id=person_id, sex=Sex(sex), birth=birth, **fields), filings


def filing_of(person_id: str, document: Any) -> Filing:
    """The filing of a struct that :data:`FILING` read."""
    return Filing(person=person_id, **fields_of(document))


FILING = _FILING
"""A filing within the document of its person."""


def person_of(person_id: str, sex: str, birth: datetime.date, document: Written) -> Person:
    """The facts of a person's row."""
    return read_profile(person_id, sex, birth, document)[0]


# --- accumulators --------------------------------------------------------------------------------


class DiseaseUsed(msgspec.Struct, omit_defaults=True):
    """What was paid for one disease in a month or year of its ceiling, fen."""

    scheme: str
    disease: str
    period: int
    paid: int


class SchemeUsed(msgspec.Struct, omit_defaults=True):
    """What was used of one scheme in a year: accumulators that are not 0, and admissions."""

    used: dict[str, int] | None = None
    admissions: int | None = None


class DaysUsed(msgspec.Struct, omit_defaults=True):
    """What was used in the days in which a deductible is borne once, fen; ``start``: first day."""

    scheme: str
    care: str
    start: datetime.date
    institution: str = ""
    deductible: int = 0
    eligible: int = 0


class YearUsed(msgspec.Struct, omit_defaults=True):
    """Everything used in one year."""

    year: int
    schemes: dict[str, SchemeUsed] = {}
    diseases: list[DiseaseUsed] = []
    claims: int | None = None
    periods: list[DaysUsed] = []
    """Of days that began in the year."""


class StateDocument(msgspec.Struct, omit_defaults=True):
    """Accumulators by year."""

    schema: int
    maternity_used: int = 0
    years: list[YearUsed] = []


def years_of(state: PersonState) -> list[YearUsed]:
    """What was used, by year."""
    years: dict[int, YearUsed] = {}

    def in_year(year: int) -> YearUsed:
        return years.setdefault(year, YearUsed(year, {}, [], periods=[]))

    def in_scheme(scheme: str, year: int) -> SchemeUsed:
        return in_year(year).schemes.setdefault(scheme, SchemeUsed())

    for (scheme, year), used in sorted(state.accumulators.items()):
        in_scheme(scheme, year).used = {
            name: amount for name, amount in zip(used._fields, used, strict=True) if amount
        }
    for (scheme, year), count in sorted(state.admissions.items()):
        in_scheme(scheme, year).admissions = count
    for (scheme, disease, period), paid in sorted(state.diseases.items()):
        year = period if period < _FIRST_MONTH else period // 100
        in_year(year).diseases.append(DiseaseUsed(scheme, disease, period, paid))
    for (scheme, care, institution), used_days in sorted(state.periods.items()):
        begun = to_date(used_days.start)
        in_year(begun.year).periods.append(
            DaysUsed(scheme, care, begun, institution, used_days.deductible, used_days.eligible)
        )
    for year, paid in sorted(state.claims.items()):
        in_year(year).claims = paid
    return [years[year] for year in sorted(years)]


_FIRST_MONTH = 10_000
"""A period from here on is a month (yyyymm), one below a year."""


def state_of_years(maternity_used: int, years: Iterable[YearUsed]) -> PersonState:
    """The accumulators that :func:`years_of` wrote; what a year does not name was not used."""
    state = PersonState(maternity_used=maternity_used)
    for year in years:
        for scheme, part in year.schemes.items():
            if part.used is not None:
                state.accumulators[scheme, year.year] = Accumulators(**part.used)
            if part.admissions is not None:
                state.admissions[scheme, year.year] = part.admissions
        for disease in year.diseases:
            state.diseases[disease.scheme, disease.disease, disease.period] = disease.paid
        for part_of_days in year.periods:
            key = (part_of_days.scheme, part_of_days.care, part_of_days.institution)
            state.periods[key] = DeductibleDays(
                day_number(part_of_days.start), part_of_days.deductible, part_of_days.eligible
            )
        if year.claims is not None:
            state.claims[year.year] = year.claims
    return state


def registered_marks(sex: str, birth: datetime.date, state: Any) -> dict[str, str | None]:
    """What the event of a registration says of the person's own row, by hash."""
    return {"who": short_hash([sex, birth.isoformat()]), "state": short_hash(state)}


def state_document(state: PersonState) -> Document:
    """Accumulators as the document that a person's row keeps."""
    document: Document = msgspec.to_builtins(
        StateDocument(SCHEMA, state.maternity_used, years_of(state))
    )
    return document


def state_of(document: Written) -> PersonState:
    """The accumulators of a document."""
    if form_of(document) == 1:
        return form1.state_of(_plain(document))
    state: StateDocument = read_as(document, StateDocument)
    return state_of_years(state.maternity_used, state.years)
