"""Settlements as rows hold them: the input by name, and what is shared by version.

A row keeps what is its own: visit, amounts, balances, what was used this year.  People's
facts, what was used in years before and the rules stand in versions, the institution in its
revisions.  The explanation is not kept: it is made again from the input when it is read.
"""

from __future__ import annotations

import datetime
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import select, tuple_

from yibao.benefit.accounts import OWN
from yibao.benefit.facts import Institution, Item, Visit
from yibao.benefit.state import PersonState
from yibao.benefit.terms import Settlement
from yibao.care import form1
from yibao.care.inputs import KnownInput, Terms
from yibao.care.institutions import institution_of
from yibao.care.tables import institution
from yibao.database.named import fields_of, named, struct_of
from yibao.database.unit import Unit
from yibao.insured.stored.facts import facts_of, years_used
from yibao.insured.stored.grants import grant_document, grant_of
from yibao.insured.stored.profile import (
    SCHEMA,
    YearUsed,
    form_of,
    state_of,
    state_of_years,
    years_of,
)
from yibao.insured.stored.versions import Version, hash_of_text, read_versions, version_of
from yibao.policy.kinds import VisitKind

Row = dict[str, Any]

_OWN_COLUMNS = ("id", "person", "institution", "kind", "start", "end")
"""Fields of a visit that have a column of their own."""
_ELSEWHERE = (*_OWN_COLUMNS, "items", "draw")
_AMOUNT_COLUMNS = ("total", "fund", "own")
_AMOUNTS = tuple(name for name in Settlement._fields if name not in _AMOUNT_COLUMNS)

_VISIT: Any = struct_of(Visit, _ELSEWHERE)
_ITEMS: Any = struct_of(Item, ("amount",), [("amounts", list[int])])


class _Document(msgspec.Struct, kw_only=True):
    """A settlement's document."""

    schema: int
    terms: str
    institution: int
    """The revision."""
    facts: str
    amounts: dict[str, int]
    items: list[_ITEMS] = []
    visit: _VISIT = msgspec.field(default_factory=_VISIT)
    draw: tuple[str, ...] = ()
    entitled: bool = True
    maternity_used: int = 0
    years: list[YearUsed] = []
    earlier: str | None = None
    relatives: dict[str, str] = {}
    balances: dict[str, int] = {}
    grants: list[dict[str, Any]] = []
    unknown: tuple[str, ...] = ()


class _Terms(msgspec.Struct, kw_only=True):
    schema: int
    terms: Terms


@dataclass(slots=True)
class StoredSettlement:
    """A settlement or a reversal with its documents read; its columns by name."""

    columns: Row
    amounts: Settlement
    """Of a reversal none is positive."""
    visit: Visit
    known: KnownInput
    state: PersonState
    """What had been used before; whoever goes on from it takes a copy."""
    terms: Terms
    entitled: bool
    unknown: tuple[str, ...] = ()
    """The layers that were left out, as their terms had no source."""

    def __getitem__(self, name: str) -> Any:
        return self.columns[name]

    @property
    def origin(self) -> str:
        """What it takes the place of in everybody's order: itself, or what it corrects."""
        return str(self.columns["origin"] or self.columns["settlement_id"])


@dataclass(frozen=True, slots=True)
class SettledDays:
    """The days of a settlement that stands."""

    person_id: str
    settlement_id: str
    visit_id: str
    institution_id: str
    kind: str
    start: datetime.date
    end: datetime.date


@dataclass(frozen=True, slots=True)
class WrittenSettlement:
    """What a message that a visit is settled for may use."""

    stored: StoredSettlement
    balance: int | None
    """Of the person's own account afterwards, where the settlement locked it."""
    goes_on: StoredSettlement | None = None
    """The interim settlement of the same stay that it contains."""
    beside: Sequence[SettledDays] = ()
    """What stands of the person that does not fit with it, where the pack looks for it."""


# --- writing -------------------------------------------------------------------------------------


def document_of(
    visit: Visit,
    amounts: Settlement,
    known: KnownInput,
    years: Sequence[YearUsed],
    state: PersonState,
    *,
    terms: str,
    facts: str,
    relatives: Mapping[str, str],
    earlier: str | None,
    entitled: bool,
    unknown: Sequence[str] = (),
) -> bytes:
    """The document of a settlement; texts name versions."""
    document: Row = {
        "schema": SCHEMA,
        "terms": terms,
        "institution": known.revision,
        "facts": facts,
        "amounts": amounts_document(amounts),
        "items": _items_document(visit.items),
    }
    more = {
        "visit": named(visit, _ELSEWHERE),
        "draw": visit.draw,
        "maternity_used": state.maternity_used,
        "years": years,
        "earlier": earlier,
        "relatives": relatives,
        "balances": {
            OWN if name == visit.person else name: balance
            for name, balance in known.balances.items()
        },
        "grants": [
            grant_document(grant) | {"grantor": grant.grant.grantor} for grant in known.grants
        ],
        "unknown": unknown,
    }
    document |= {name: content for name, content in more.items() if content}
    if not entitled:
        document["entitled"] = False
    return packed(msgspec.json.encode(document))


_KNOWN_WORDS = (
    b'"fetuses":"gestation_months":"family_doctor":true"prescription":true"emergency":true'
    b'"delivery":"vaginal""caesarean""disease":"channel":"manual""dual_channel":true'
    b'"grants":[{"grant":{"grantee":"relation":"spouse""parent""child","start":"2024-01-01",'
    b'"end":null,"limit":},"revoked_on":"grantor":"relatives":{"entitled":false'
    b'"maternity_used":"earlier":"claims":"diseases":[{"scheme":"resident","disease":"period":'
    b'"paid":"years":[{"year":2025,"schemes":{"employee":{"used":{"chronic_deductible":'
    b'"chronic_eligible":"chronic_pooled":"special_pooled":"inpatient_deductible":'
    b'"inpatient_eligible":"inpatient_pooled":"outpatient_deductible":"outpatient_eligible":'
    b'"outpatient_pooled":"eligible_own":},"admissions":1}}}],"disease_paid":"maternity_paid":'
    b'"assistance":"other_fund":"draw":["own"],"balances":{"kind":"consumable","upfront":'
    b'"limit":"kind":"service","amounts":[{"item_class":"C","amounts":[{"item_class":"B",'
    b'"amounts":[{"schema":2,"terms":"","institution":1,"facts":"","amounts":{'
    b'"out_of_catalogue":,"over_limit":,"upfront":,"eligible":,"deductible":8000,"pooled":,'
    b'"upper":},"items":[{"item_class":"A","amounts":['
)
"""What documents of this form say again and again: part of the form, never changed."""


def packed(document: bytes) -> bytes:
    """A document as its row keeps it: JSON, deflated with words that every one of them has."""
    deflate = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS, zdict=_KNOWN_WORDS)
    return deflate.compress(document) + deflate.flush()


def unpacked(document: bytes) -> bytes:
    """What :func:`packed` wrote."""
    return zlib.decompressobj(-zlib.MAX_WBITS, zdict=_KNOWN_WORDS).decompress(bytes(document))


def amounts_document(amounts: Settlement) -> dict[str, int]:
    """Amounts that are not 0 and have no column of their own."""
    return {name: amount for name in _AMOUNTS if (amount := getattr(amounts, name))}


def _items_document(items: Sequence[Item]) -> list[Row]:
    """Items one after another that differ in their amount only, together."""
    groups: list[Row] = []
    terms: Row | None = None
    for item in items:
        own = named(item, ("amount",))
        if own == terms:
            groups[-1]["amounts"].append(item.amount)
        else:
            terms = own
            groups.append({**own, "amounts": [item.amount]})
    return groups


def terms_version(terms: Terms) -> Version:
    """The version that all settlements under the same rules point to."""
    return version_of(msgspec.json.encode({"schema": SCHEMA, "terms": terms}))


def split_years(state: PersonState, day: datetime.date) -> tuple[list[YearUsed], list[YearUsed]]:
    """What was used before the year of a day, and from then on."""
    years = years_of(state)
    return (
        [year for year in years if year.year < day.year],
        [year for year in years if year.year >= day.year],
    )


def visit_content(visit: Visit) -> Row:
    """A visit as the hash of the message that settles it has always read it.

    What was added to visits since is named where it is told.
    """
    content = {name: getattr(visit, name) for name in _CONTENT}
    content["start"], content["end"] = visit.start.isoformat(), visit.end.isoformat()
    content["items"] = [
        {name: getattr(item, name) for name in _ITEM_CONTENT} | named(item, _ITEM_CONTENT)
        for item in visit.items
    ]
    return content | named(visit, _CONTENT)


_CONTENT = (
    "id person institution kind start end items draw emergency channel disease prescription "
    "family_doctor delivery fetuses gestation_months dual_channel"
).split()
_ITEM_CONTENT = ("item_class", "amount", "upfront", "limit", "kind")


# --- reading -------------------------------------------------------------------------------------


def read_stored(unit: Unit, rows: Iterable[Any]) -> list[StoredSettlement]:
    """Settlements from their rows, whatever their form, with the versions that they point to."""
    columns = [row._asdict() for row in rows]
    documents = [_document(row) for row in columns]
    pointed = [document for document in documents if document is not None]
    names = {hash_of_text(text) for document in pointed for text in _pointers(document)}
    versions = read_versions(unit, names) if names else {}
    places = _places(
        unit,
        {
            (row["institution_id"], document.institution)
            for row, document in zip(columns, documents, strict=True)
            if document is not None
        },
    )
    return [
        _first_form(row) if document is None else _opened(row, document, versions, places)
        for row, document in zip(columns, documents, strict=True)
    ]


def _document(row: Row) -> _Document | None:
    if row["document"] is None:
        return None
    text = unpacked(row["document"])
    form_of(text)
    return msgspec.json.decode(text, type=_Document)


class _Draw(msgspec.Struct):
    draw: tuple[str, ...] = ()


def drawn_accounts(row: Any) -> tuple[str, ...]:
    """Whose accounts a settlement might draw on, from two columns of its row alone."""
    if row.document is None:
        return tuple(row.visit["draw"])
    return msgspec.json.decode(unpacked(row.document), type=_Draw).draw


def _pointers(document: _Document) -> list[str]:
    earlier = [] if document.earlier is None else [document.earlier]
    return [document.terms, document.facts, *document.relatives.values(), *earlier]


_PLACES_TOGETHER = 500


def _places(unit: Unit, wanted: set[tuple[str, int]]) -> dict[tuple[str, int], Institution]:
    places: dict[tuple[str, int], Institution] = {}
    ordered = sorted(wanted)
    for start in range(0, len(ordered), _PLACES_TOGETHER):
        some = ordered[start : start + _PLACES_TOGETHER]
        key = tuple_(institution.c.institution_id, institution.c.revision)
        for row in unit.run(select(institution).where(key.in_(some))):
            places[row.institution_id, row.revision] = institution_of(row)
    return places


def _first_form(row: Row) -> StoredSettlement:
    return StoredSettlement(
        columns=row,
        amounts=form1.amounts_of(row),
        visit=form1.visit_of(row),
        known=form1.known_of(row),
        state=state_of(row["state_in"]),
        terms=form1.terms_of(row),
        entitled=form1.is_entitled(row),
    )


def _opened(
    row: Row,
    document: _Document,
    versions: Mapping[bytes, Version],
    places: Mapping[tuple[str, int], Institution],
) -> StoredSettlement:
    person_id = row["person_id"]
    pointers = {
        person_id: hash_of_text(document.facts),
        **{name: hash_of_text(text) for name, text in document.relatives.items()},
    }
    known = {name: facts_of(name, pointer, versions) for name, pointer in pointers.items()}
    years = list(document.years)
    if document.earlier is not None:
        years = [*years_used(hash_of_text(document.earlier), versions), *years]
    terms = msgspec.json.decode(versions[hash_of_text(document.terms)].body, type=_Terms).terms
    amounts = {name: row[name] for name in _AMOUNT_COLUMNS} | document.amounts
    return StoredSettlement(
        columns=row,
        amounts=Settlement(**{name: amounts.get(name, 0) for name in Settlement._fields}),
        visit=Visit(
            id=row["visit_id"],
            person=person_id,
            institution=row["institution_id"],
            kind=VisitKind(row["kind"]),
            start=row["start"],
            end=row["end"],
            items=tuple(_items_of(document.items)),
            draw=document.draw,
            **fields_of(document.visit),
        ),
        known=KnownInput(
            people={name: facts[0] for name, facts in known.items()},
            filings=known[person_id][1],
            institution=places[row["institution_id"], document.institution],
            balances={
                person_id if name == OWN else name: balance
                for name, balance in document.balances.items()
            },
            grants=tuple(grant_of(grant["grantor"], grant) for grant in document.grants),
            versions=pointers,
            revision=document.institution,
        ),
        state=state_of_years(document.maternity_used, years),
        terms=terms,
        entitled=document.entitled,
        unknown=document.unknown,
    )


def _items_of(groups: Iterable[Any]) -> Iterable[Item]:
    for group in groups:
        terms = fields_of(group)
        for amount in terms.pop("amounts"):
            yield Item(amount=amount, **terms)
