"""What the catalogue says of a fee line, and whose catalogue is asked (M30)."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from yibao.benefit.facts import Person
from yibao.benefit.people import home_enrolment
from yibao.benefit.rules import day_rules, lies_in
from yibao.benefit.visits import catalogue_area
from yibao.care.catalogue import line_amount
from yibao.exchange.reading import catalogue_items
from yibao.exchange.visits import Document, RegisteredVisit
from yibao.gateway.call import Call
from yibao.gateway.errors import EMPTY
from yibao.gateway.fields import terms
from yibao.gateway.values import day as day_of
from yibao.messages import Listed, message
from yibao.policy.kinds import Channel, ItemClass

WHOSE = "catalogue"
"""Of a line: the area whose catalogue it was looked up in, where that is not the care area's."""
_OWN_EXPENSE = "2"
"""hosp_appr_flag: the hospital did not approve the item."""
Listings = Mapping[tuple[str, datetime.date], Any]
"""Entries of a catalogue by code and day."""


@dataclass(frozen=True, slots=True)
class VisitCatalogue:
    """The catalogue that the lines of a visit are looked up in."""

    area: str
    care_area: str

    @property
    def of_line(self) -> Document:
        """What a line keeps of it."""
        return {} if self.area == self.care_area else {WHOSE: self.area}

    def is_of(self, line: Document) -> bool:
        """Whether a line was looked up in it."""
        return bool(line.get(WHOSE, self.care_area) == self.area)


def catalogue_of_visit(
    call: Call, person: Person, on: datetime.date, channel: Channel
) -> VisitCatalogue:
    """Whose catalogue says what the lines of a visit are, by the rules of its first day.

    That of the care area for a person whose home has no pack: nothing is settled for them.
    """
    care_area, home_area = call.institution_on(on).facts.area, home_enrolment(person, on).area
    library, area = call.service.library, care_area
    if not lies_in(care_area, home_area) and library.covering(home_area) is not None:
        rules = day_rules(library, home_area, on, on)
        area = catalogue_area(rules, home_area, care_area, channel)
    return VisitCatalogue(area, care_area)


def entries_of(
    call: Call, area: str, codes_and_days: Sequence[tuple[str | None, datetime.date]]
) -> Listings:
    """What the catalogue of an area says of each code on its day."""
    codes_by_day: dict[datetime.date, set[str]] = {}
    for code, on in codes_and_days:
        if code is not None:
            codes_by_day.setdefault(on, set()).add(code)
    entries: dict[tuple[str, datetime.date], Any] = {}
    for on, codes in codes_by_day.items():
        items = catalogue_items(call.service.database, area, codes, on)
        entries |= {(code, on): item for code, item in items.items()}
    return entries


def listed(
    call: Call,
    place: str,
    entry: Any,
    *,
    code: str,
    disease: str | None,
    quantity: int,
    raw: Mapping[str, str | None],
) -> Document:
    """What a line is by the entry of its code: class, share, limit, group and name."""
    if entry is not None and entry.diseases:
        disease_name = terms()["diseases"].get(disease, disease)
        if disease_name not in entry.diseases:
            only = Listed(entry.diseases)
            call.note(
                f"{place}.med_list_codg",
                message("只用于 {diseases}，按目录外全自费处理", diseases=only),
            )
            entry = None
    if entry is None:
        call.note(
            f"{place}.med_list_codg",
            message("目录里没有 {code}，按目录外全自费处理", code=code or EMPTY),
        )
    own = raw.get("hosp_appr_flag") == _OWN_EXPENSE
    if own:
        call.note(f"{place}.hosp_appr_flag", message("审批不通过，按全自费处理"))
    item_class = ItemClass.C if entry is None or own else entry.item_class
    price_limit = None if item_class == ItemClass.C or entry is None else entry.price_limit
    words = terms()["list_type"]
    kind = entry.kind if entry is not None else words.get(code[:1].upper(), words["X"])["kind"]
    return {
        "name": entry.name if entry is not None else raw.get("medins_list_name") or "",
        "class": item_class,
        "kind": kind,
        "upfront": entry.upfront if entry is not None and item_class == ItemClass.B else None,
        "group": None if item_class == ItemClass.C or entry is None else entry.item_group,
        "price_limit": price_limit,
        "limit": None if price_limit is None else line_amount(abs(quantity) or 1, price_limit),
        "dual_channel": bool(entry.dual_channel) if entry is not None else False,
        "diseases": list(entry.diseases) if entry is not None else [],
    }


def listed_again(
    call: Call, visit: RegisteredVisit, lines: Sequence[Document], catalogue: VisitCatalogue
) -> tuple[RegisteredVisit, list[Document]]:
    """The visit and its lines, those that were looked up in another catalogue anew in this one.

    A visit may say that it is a claim with documents only when it is settled.
    """
    others = [line for line in lines if not catalogue.is_of(line)]
    call.note(
        call.place("exp_content"),
        message(
            "上传明细时按另一地的目录，按规定这次按 {area} 的目录，已重新对照", area=catalogue.area
        ),
    )
    days = {line["sn"]: _day_of(visit, line) for line in others}
    codes = [(line["code"], days[line["sn"]]) for line in others]
    entries = entries_of(call, catalogue.area, codes)
    again = {}
    for line in others:
        plain = {name: value for name, value in line.items() if name != WHOSE}
        facts = listed(
            call,
            f"feedetail {line['sn']}",
            entries.get((line["code"], days[line["sn"]])),
            code=line["code"],
            disease=line["raw"].get("dise_codg") or visit.document.get("dise_codg"),
            quantity=line["quantity"],
            raw=line["raw"],
        )
        again[line["sn"]] = {**plain, **facts, **catalogue.of_line}
    told = [again.get(line["sn"], line) for line in visit.lines]
    document = {**visit.document, "lines": told}
    return replace(visit, document=document), [again.get(line["sn"], line) for line in lines]


def _day_of(visit: RegisteredVisit, line: Document) -> datetime.date:
    """The day of a line: as it says, else when it was sent in a stay, else of the visit."""
    raw = line["raw"]
    text = raw.get("fee_ocur_time") or (raw.get("opt_time") if visit.stay else None)
    return visit.opened_on if text is None else day_of(text, "fee_ocur_time")
