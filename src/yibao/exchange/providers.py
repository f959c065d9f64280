"""Who gave the care of a visit, as its institution told it."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping

from yibao.exchange.visits import Document, RegisteredVisit
from yibao.sanctions.providers import Provider
from yibao.sanctions.states import ProviderKind

_OF_LINE: Mapping[str, ProviderKind] = {
    **dict.fromkeys(
        ("bilg_dept_codg", "bilg_dept_name", "acord_dept_codg", "acord_dept_name"),
        ProviderKind.DEPARTMENT,
    ),
    **dict.fromkeys(("bilg_dr_codg", "orders_dr_code"), ProviderKind.PRACTITIONER),
}
"""Who ordered a line and who carried it out."""
_OF_VISIT: Mapping[str, ProviderKind] = {
    **dict.fromkeys(
        ("dept_code", "dept_name", "adm_dept_codg", "adm_dept_name"), ProviderKind.DEPARTMENT
    ),
    "atddr_no": ProviderKind.PRACTITIONER,
}
"""Where the visit was registered, which speaks for it where it has no lines."""


def providers_of(visit: RegisteredVisit, batch: str, end: datetime.date) -> set[Provider]:
    """Who gave what is not settled of a batch, or of a stay: each with the day of the line.

    ``end``: the day of what has none of its own.
    """
    lines = visit.unsettled(None if visit.stay else batch)
    if not visit.lines:
        return set(_named(visit.document, _OF_VISIT, end))
    return {
        provider for line in lines for provider in _named(line["raw"], _OF_LINE, _day(line, end))
    }


def _day(line: Document, end: datetime.date) -> datetime.date:
    try:
        return datetime.date.fromisoformat(str(line["raw"].get("fee_ocur_time", ""))[:10])
    except ValueError:
        return end


def _named(
    told: Mapping[str, object], fields: Mapping[str, ProviderKind], day: datetime.date
) -> Iterator[Provider]:
    for name, kind in fields.items():
        code = told.get(name)
        if code:
            yield Provider(kind, str(code), day)
