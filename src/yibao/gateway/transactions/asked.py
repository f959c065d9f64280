"""What several queries ask and answer alike: a range of days, a person, a visit."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from yibao.benefit.people import home_enrolment
from yibao.exchange.visits import RegisteredVisit
from yibao.gateway.answers import Output
from yibao.gateway.call import Call
from yibao.gateway.errors import MessageError
from yibao.gateway.identifiers import to_wire
from yibao.gateway.message import Row
from yibao.gateway.transactions.outpatient import require_own
from yibao.gateway.transactions.people import person_words
from yibao.gateway.values import ZONE, instant, instant_text
from yibao.messages import message

_LONG_AGO = datetime.date(2000, 1, 1)
_COUNT = re.compile(r"[0-9]{1,9}")


def asked_range(call: Call) -> tuple[datetime.date, datetime.date]:
    """Both days included; the end is today where it is empty."""
    row = call.nodes.one()
    first = call.day(row, "begntime", _LONG_AGO)
    last = call.day(row, "endtime", call.today) if row.get("endtime") else call.today
    if last < first:
        raise MessageError(message("早于开始时间，请核对"), place=call.place("endtime"))
    return first, last


def midnight(on: datetime.date) -> str:
    """The first second of a day, as the interface writes it."""
    return instant_text(datetime.datetime.combine(on, datetime.time(), ZONE))


def person_fields(call: Call, person_id: str, on: datetime.date) -> Output:
    """Who a person is, and how insured on a day."""
    facts = call.known(person_id).facts
    known = call.name_of(person_id)
    return {
        "psn_no": to_wire(person_id),
        "psn_cert_type": "01",
        "certno": known.number,
        "psn_name": known.name,
        **person_words(facts, home_enrolment(facts, on), on),
    }


def operator_fields(document: Mapping[str, Any]) -> Output:
    """Who told it, and when: as :meth:`Call.operator` noted it."""
    return {name: document.get(name) or "" for name in ("opter_id", "opter_name", "opt_time")}


def time_of(document: Mapping[str, Any], name: str, on: datetime.date) -> str:
    """A field's instant as it was told, where it is of this day; else the day's first second."""
    text = document.get(name)
    if isinstance(text, str):
        told = instant(text, name)
        if told.date() == on:
            return instant_text(told)
    return midnight(on)


def medical_type(visit: RegisteredVisit) -> str:
    """The med_type of a visit; the ordinary one where none was told."""
    return str(visit.document.get("med_type") or ("21" if visit.stay else "11"))


def as_output(call: Call, document: Mapping[str, Any]) -> Output:
    """What an institution told, as far as this answer has fields for it, in their order."""
    fields = call.nodes.transaction.output[0].fields
    return {name: document[name] for name in fields if isinstance(document.get(name), str)}


def named_visit(call: Call) -> RegisteredVisit:
    """The visit that a message names, of this institution."""
    row = call.nodes.one()
    visit = call.visit(row)
    require_own(call, visit)
    return visit


class AskedPage(NamedTuple):
    """Which of the rows a message asks for."""

    number: int
    size: int
    pages: int
    """How many all rows make."""

    @property
    def first(self) -> int:
        """The place of its first row, from 0."""
        return (self.number - 1) * self.size

    @property
    def end(self) -> int:
        """The place after its last row."""
        return self.first + self.size


_USUAL_SIZE, _LARGEST_SIZE = 10, 500


def page_of(row: Row, number_name: str, size_name: str, total: int) -> AskedPage:
    """The page that a row asks for by the fields of these names; the first where it says none."""
    size = min(_count(row.get(size_name), _USUAL_SIZE), _LARGEST_SIZE)
    return AskedPage(_count(row.get(number_name), 1), size, -(-total // size))


def _count(text: str | None, usual: int) -> int:
    """A whole number of at least 1; the usual one where nothing or no such number was written."""
    return max(int(text), 1) if text is not None and _COUNT.fullmatch(text) else usual
