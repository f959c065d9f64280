"""Visits as an institution tells them: opened, changed, lines added and taken back."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Integer, bindparam, select, update

from yibao.benefit.facts import Item
from yibao.database.schema import Identifier
from yibao.database.statements import Insertion, Write
from yibao.database.unit import Database, Unit
from yibao.errors import ConflictError, NotFoundError
from yibao.exchange.tables import exchange_visit
from yibao.messages import message
from yibao.policy.kinds import ItemClass, ItemGroup, ItemKind

Document = dict[str, Any]

_OPEN = Insertion(exchange_visit)
_CHANGED = ("document", "revision", "opened_on")
_STORE = Write(
    update(exchange_visit)
    .where(
        exchange_visit.c.person_id == bindparam("person", type_=Identifier),
        exchange_visit.c.visit_id == bindparam("visit", type_=Identifier),
        exchange_visit.c.revision == bindparam("read", type_=Integer),
    )
    .values({name: bindparam(name, type_=exchange_visit.c[name].type) for name in _CHANGED}),
    key=("person", "visit"),
)


class VisitChangedError(ConflictError):
    """Somebody changed a visit after it was read; read again, the same may well be done."""


@dataclass(frozen=True, slots=True)
class RegisteredVisit:
    """A visit with the revision that was read."""

    person_id: str
    visit_id: str
    institution_id: str
    opened_on: datetime.date
    stay: bool
    revision: int
    document: Document

    @property
    def lines(self) -> list[Document]:
        """Lines that stand, settled ones included."""
        return list(self.document.get("lines", ()))

    def unsettled(self, batch: str | None = None) -> list[Document]:
        """Lines that wait for a settlement, of one batch or of all."""
        return [
            line
            for line in self.lines
            if line.get("settled") is None and (batch is None or line["batch"] == batch)
        ]

    @property
    def settled(self) -> dict[str, Document]:
        """Settlements that stand: ``entry`` and ``care_visit`` by batch.

        Of a stay the newest part, with ``interim`` where it is not the last, and the part
        ``before`` it.
        """
        return dict(self.document.get("settled", {}))

    @property
    def is_settled(self) -> bool:
        """Whether anything of it was settled for good; a stay in parts is when the last one is."""
        return any(not settlement.get("interim") for settlement in self.settled.values())

    def standing(self, batch: str) -> list[str]:
        """Entries of a batch that stand, the newest first."""
        entries, settlement = [], self.settled.get(batch)
        while settlement is not None:
            entries.append(settlement["entry"])
            settlement = settlement.get("before")
        return entries


def item_of(line: Document) -> Item:
    """A line as the settlement takes it."""
    return _item(
        line["class"],
        line["amount"],
        line["upfront"],
        line["limit"],
        line["kind"],
        line.get("group"),
    )


@lru_cache(maxsize=4_096)
def _item(
    item_class: str,
    amount: int,
    upfront: int | None,
    limit: int | None,
    kind: str,
    group: str | None,
) -> Item:
    """A line is asked for again by every message of its visit."""
    return Item(
        ItemClass(item_class),
        amount,
        upfront,
        limit,
        ItemKind(kind),
        None if group is None else ItemGroup(group),
    )


def new_document(**fields: Any) -> Document:
    """The document of a visit that has just been opened."""
    return {"status": "open", "lines": [], "settled": {}, "batches": {}, **fields}


def open_visit(unit: Unit, visit: RegisteredVisit) -> None:
    """Keep a new visit."""
    unit.run(
        _OPEN,
        {
            "person_id": visit.person_id,
            "visit_id": visit.visit_id,
            "institution_id": visit.institution_id,
            "opened_on": visit.opened_on,
            "stay": visit.stay,
            "revision": 1,
            "document": visit.document,
        },
    )


def read_visit(unit: Unit, person_id: str, visit_id: str, *, lock: bool = False) -> RegisteredVisit:
    """A visit as committed; ``NotFoundError``."""
    query = select(exchange_visit).where(
        exchange_visit.c.person_id == person_id, exchange_visit.c.visit_id == visit_id
    )
    row = unit.run(query.with_for_update() if lock else query).one_or_none()
    if row is None:
        raise missing(person_id, visit_id)
    return registered_visit_of(row)


def missing(person_id: str, visit_id: str) -> NotFoundError:
    """What whoever asks for a visit that is not there is told."""
    return NotFoundError(
        message(
            "没有 {person_id} 的就诊 {visit_id}，请核对 psn_no 和 mdtrt_id",
            person_id=person_id,
            visit_id=visit_id,
        )
    )


def registered_visit_of(row: Any) -> RegisteredVisit:
    """The visit of a row."""
    return RegisteredVisit(
        row.person_id,
        row.visit_id,
        row.institution_id,
        row.opened_on,
        row.stay,
        row.revision,
        row.document,
    )


def registered_visit(database: Database, person_id: str, visit_id: str) -> RegisteredVisit:
    """:func:`read_visit` in a transaction of its own."""
    return database.read(lambda unit: read_visit(unit, person_id, visit_id))


def visits_of(
    database: Database,
    *,
    person_id: str | None = None,
    institution_id: str | None = None,
    first: datetime.date,
    last: datetime.date,
) -> list[RegisteredVisit]:
    """Visits that began in a range of days, of a person or at an institution."""
    query = select(exchange_visit).where(exchange_visit.c.opened_on.between(first, last))
    if person_id is not None:
        query = query.where(exchange_visit.c.person_id == person_id)
    if institution_id is not None:
        query = query.where(exchange_visit.c.institution_id == institution_id)
    query = query.order_by(exchange_visit.c.opened_on, exchange_visit.c.visit_id)
    return database.read(lambda unit: [registered_visit_of(row) for row in unit.run(query)])


def store_visit(unit: Unit, visit: RegisteredVisit, document: Document) -> None:
    """Write a visit back; ``VisitChangedError`` if somebody changed it since it was read."""
    unit.run(
        _STORE,
        {
            "person": visit.person_id,
            "visit": visit.visit_id,
            "read": visit.revision,
            "document": document,
            "revision": visit.revision + 1,
            "opened_on": visit.opened_on,
        },
        missed=VisitChangedError(
            message(
                "就诊 {visit_id} 正被另一笔报文修改，请用同一报文编号重发", visit_id=visit.visit_id
            )
        ),
    )


def require_open(visit: RegisteredVisit) -> None:
    """``ConflictError`` for a visit that was cancelled."""
    if visit.document["status"] != "open":
        raise ConflictError(
            message("就诊 {visit_id} 已经撤销，请重新登记", visit_id=visit.visit_id)
        )


def add_lines(unit: Unit, visit: RegisteredVisit, lines: Sequence[Document]) -> None:
    """Add lines to a visit as it was read; none of them twice, none to a settled batch."""
    require_open(visit)
    known = {line["sn"] for line in visit.lines}
    settled = visit.settled
    for line in lines:
        if line["sn"] in known:
            raise ConflictError(
                message(
                    "费用明细 {sn} 在就诊 {visit_id} 中已经上传，请换流水号，或先撤销原明细",
                    sn=line["sn"],
                    visit_id=visit.visit_id,
                )
            )
        if line["batch"] in settled and not settled[line["batch"]].get("interim"):
            raise ConflictError(
                message(
                    "收费批次 {batch} 已经结算，不能再加明细；请换批次号，或先撤销结算",
                    batch=line["batch"],
                )
            )
        known.add(line["sn"])
    store_visit(unit, visit, {**visit.document, "lines": [*visit.lines, *lines]})


def drop_lines(unit: Unit, visit: RegisteredVisit, gone: Sequence[Document]) -> None:
    """Take lines back that are not settled; the row is locked."""
    require_open(visit)
    dropped = {line["sn"] for line in gone}
    left = [line for line in visit.lines if line["sn"] not in dropped]
    store_visit(unit, visit, {**visit.document, "lines": left})


def lines_of_care(
    unit: Unit, people: Iterable[str], first: datetime.date, last: datetime.date
) -> dict[tuple[str, str], list[Document]]:
    """A read fragment: (person, settled visit) → its lines, of visits opened in a period."""
    query = select(exchange_visit).where(
        exchange_visit.c.person_id.in_(list(people)),
        exchange_visit.c.opened_on.between(first, last),
    )
    lines: dict[tuple[str, str], list[Document]] = {}
    for row in unit.run(query):
        registered = registered_visit_of(row)
        for batch, part in registered.settled.items():
            own = [
                line
                for line in registered.lines
                if line.get("settled") is not None and (registered.stay or line["batch"] == batch)
            ]
            lines.setdefault((row.person_id, part["care_visit"]), []).extend(own)
    return lines
