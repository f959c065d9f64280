"""Visits and their fee items, recorded before they are settled."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import astuple, dataclass, replace
from typing import Any

from sqlalchemy import BindParameter, ScalarSelect, insert, select, update
from sqlalchemy.exc import IntegrityError

from yibao.access.operations import Answer, Key, digest, record_message, write_once
from yibao.access.permissions import Actor, require
from yibao.benefit.facts import Filing, Item, Visit
from yibao.care.fees import FeeLine
from yibao.care.institutions import read_institution
from yibao.care.records import visit_document, visit_of
from yibao.care.rounds import next_round
from yibao.care.tables import fee_item
from yibao.care.tables import visit as visits
from yibao.database.unit import Database, Unit
from yibao.errors import ConflictError, InputError, NotFoundError, RefusedError
from yibao.insured.locks import lock_people, store_person
from yibao.policy.keys import VISIT_KINDS
from yibao.policy.kinds import ItemClass, ItemKind

_CLASSES = tuple(ItemClass)
_ITEM_KINDS = tuple(ItemKind)


@dataclass(frozen=True, slots=True)
class Recorded:
    """A recorded visit as the settlement takes it."""

    visit: Visit
    revision: int
    lines: int


def read_recorded(unit: Unit, person_id: str, visit_id: str) -> Recorded:
    """A recorded visit with its items; ``NotFoundError``."""
    row = unit.run(
        select(visits).where(visits.c.person_id == person_id, visits.c.visit_id == visit_id)
    ).one_or_none()
    if row is None:
        raise missing_visit(person_id, visit_id)
    return recorded_of(row.document, row.revision, row.lines)


def recorded_of(document: dict[str, Any], revision: int, lines: int) -> Recorded:
    """A recorded visit from its row."""
    return Recorded(visit_of(document), revision, lines)


def missing_visit(person_id: str, visit_id: str) -> NotFoundError:
    """The error for a visit that was not recorded."""
    return NotFoundError(f"没有 {person_id} 的就诊 {visit_id}，请先登记就诊")


def with_disease(visit: Visit, filings: Sequence[Filing]) -> Visit:
    """A chronic visit with its disease, which has to be filed on its first day."""
    if visit.kind != "chronic":
        return visit
    filed = sorted({one.disease for one in filings if one.disease and one.holds_on(visit.start)})
    if not filed:
        raise RefusedError(f"{visit.person} 在 {visit.start} 没有门诊慢特病备案，不能按慢特病结算")
    if visit.disease is None and len(filed) == 1:
        return replace(visit, disease=filed[0])
    if visit.disease not in filed:
        raise RefusedError(
            f"就诊 {visit.id} 的病种 {visit.disease or '没有写明'}，"
            f"{visit.person} 在 {visit.start} 备案的是：{'、'.join(filed)}"
        )
    return visit


def revision_of(
    person_id: str | BindParameter[str], visit_id: str | BindParameter[str]
) -> ScalarSelect[Any]:
    """A read fragment: the revision of a recorded visit."""
    return (
        select(visits.c.revision)
        .where(visits.c.person_id == person_id, visits.c.visit_id == visit_id)
        .scalar_subquery()
    )


def record_visit(database: Database, key: Key, visit: Visit, *, actor: Actor) -> Answer:
    """Record a visit or an admission; its fee items follow, so it brings none."""
    require(actor, "record_visit", visit.person, visit.institution)
    if visit.kind not in VISIT_KINDS:
        raise InputError(f"就诊类型 {visit.kind!r} 应写 {'、'.join(VISIT_KINDS)} 之一")
    if visit.end < visit.start:
        raise InputError(f"就诊 {visit.id} 的结束日早于开始日")
    if visit.items or visit.draw:
        raise InputError(f"登记就诊 {visit.id} 时不带费用明细和支付账户")
    document = visit_document(visit)
    content_hash = digest(document)

    def operation(unit: Unit) -> Answer:
        held = lock_people(unit, [visit.person])[visit.person]
        read_institution(unit, visit.institution).on(visit.start)
        unit.run(
            insert(visits),
            {
                "person_id": visit.person,
                "visit_id": visit.id,
                "institution_id": visit.institution,
                "revision": 1,
                "lines": 0,
                "document": document,
            },
        )
        answer = {"visit": visit.id, "revision": 1}
        record_message(unit, key, content_hash, visit.person, answer)
        store_person(unit, held, actor, "record_visit", answer)
        return answer

    try:
        return write_once(database, key, content_hash, operation)
    except ConflictError as error:
        if isinstance(error.__cause__, IntegrityError):
            raise ConflictError(f"就诊 {visit.id} 已经登记过") from None
        raise


def discharge(
    database: Database,
    key: Key,
    person_id: str,
    visit_id: str,
    last_day: datetime.date,
    *,
    actor: Actor,
) -> Answer:
    """The stay ended on ``last_day``."""
    require(actor, "record_visit", person_id, actor.institution_id)

    def change(unit: Unit, held: Recorded) -> Visit:
        if last_day < held.visit.start:
            raise InputError(f"就诊 {visit_id} 的出院日早于入院日 {held.visit.start}")
        return replace(held.visit, end=last_day)

    content = [person_id, visit_id, last_day.isoformat()]
    return _change(database, key, digest(content), person_id, visit_id, "discharge", change, actor)


def record_items(
    database: Database,
    key: Key,
    person_id: str,
    visit_id: str,
    lines: Sequence[FeeLine],
    *,
    day: datetime.date,
    actor: Actor,
) -> Answer:
    """Add fee items to a visit that is not settled; the answer sums all that stand."""
    require(actor, "record_visit", person_id, actor.institution_id)
    for number, line in enumerate(lines, start=1):
        _check(line, number)
    rows = [list(astuple(line)) for line in lines]

    def change(unit: Unit, held: Recorded) -> Visit:
        if lines:
            unit.run(
                insert(fee_item),
                [
                    _item_row(person_id, visit_id, number, day, line)
                    for number, line in enumerate(lines, start=held.lines + 1)
                ],
            )
        items = tuple(
            Item(
                ItemClass(line.item_class),
                line.amount,
                line.upfront,
                line.limit,
                ItemKind(line.kind),
            )
            for line in lines
        )
        return replace(held.visit, items=(*held.visit.items, *items))

    content_hash = digest([person_id, visit_id, day.isoformat(), rows])
    return _change(
        database, key, content_hash, person_id, visit_id, "record_items", change, actor, len(lines)
    )


def cancel_items(
    database: Database,
    key: Key,
    person_id: str,
    visit_id: str,
    numbers: Sequence[int],
    *,
    day: datetime.date,
    actor: Actor,
) -> Answer:
    """Take lines of a visit that is not settled back, by mirrored lines."""
    require(actor, "record_visit", person_id, actor.institution_id)

    def change(unit: Unit, held: Recorded) -> Visit:
        rows = read_items(unit, person_id, visit_id)
        gone = {row.cancels for row in rows if row.cancels is not None}
        stand = {row.line: row for row in rows if row.cancels is None and row.line not in gone}
        missing = [number for number in numbers if number not in stand]
        if missing or len(set(numbers)) != len(numbers) or not numbers:
            shown = "、".join(map(str, missing or numbers))
            raise ConflictError(f"就诊 {visit_id} 没有可以撤销的费用明细：{shown}")
        unit.run(
            insert(fee_item),
            [
                stand[number]._asdict()
                | {
                    "line": held.lines + place,
                    "day": day,
                    "cancels": number,
                    "quantity": -stand[number].quantity,
                    "amount": -stand[number].amount,
                }
                for place, number in enumerate(numbers, start=1)
            ],
        )
        kept = [row for line, row in sorted(stand.items()) if line not in numbers]
        return replace(held.visit, items=tuple(item_of(row) for row in kept))

    content_hash = digest([person_id, visit_id, day.isoformat(), list(numbers)])
    count = len(numbers)
    return _change(
        database, key, content_hash, person_id, visit_id, "cancel_items", change, actor, count
    )


def read_items(unit: Unit, person_id: str, visit_id: str) -> Sequence[Any]:
    """The fee items of a visit by line, cancelled ones and their mirrors included."""
    return unit.run(
        select(fee_item)
        .where(fee_item.c.person_id == person_id, fee_item.c.visit_id == visit_id)
        .order_by(fee_item.c.line)
    ).all()


def item_of(row: Any) -> Item:
    """A fee item as the settlement takes it."""
    return Item(
        ItemClass(row.item_class),
        row.amount,
        row.upfront,
        row.over_limit_from,
        ItemKind(row.kind),
    )


def _change(
    database: Database,
    key: Key,
    content_hash: str,
    person_id: str,
    visit_id: str,
    operation_name: str,
    change: Any,
    actor: Actor,
    added: int = 0,
) -> Answer:
    def operation(unit: Unit) -> Answer:
        held = lock_people(unit, [person_id])[person_id]
        recorded = read_recorded(unit, person_id, visit_id)
        require(actor, "record_visit", person_id, recorded.visit.institution)
        if next_round(unit, person_id, visit_id) is None:
            raise ConflictError(f"就诊 {visit_id} 已经结算，要改费用请先撤销结算")
        changed: Visit = change(unit, recorded)
        unit.run(
            update(visits)
            .where(visits.c.person_id == person_id, visits.c.visit_id == visit_id)
            .values(
                document=visit_document(changed),
                revision=recorded.revision + 1,
                lines=recorded.lines + added,
            )
        )
        answer = {
            "visit": visit_id,
            "revision": recorded.revision + 1,
            "lines": recorded.lines + added,
            "total": sum(item.amount for item in changed.items),
        }
        record_message(unit, key, content_hash, person_id, answer)
        store_person(unit, held, actor, operation_name, answer)
        return answer

    return write_once(database, key, content_hash, operation)


def _item_row(
    person_id: str, visit_id: str, number: int, day: datetime.date, line: FeeLine
) -> dict[str, Any]:
    return {
        "person_id": person_id,
        "visit_id": visit_id,
        "line": number,
        "day": day,
        "code": line.code,
        "name": line.name,
        "item_class": line.item_class,
        "kind": line.kind,
        "quantity": line.quantity,
        "price": line.price,
        "amount": line.amount,
        "upfront": line.upfront,
        "over_limit_from": line.limit,
        "cancels": None,
    }


def _check(line: FeeLine, number: int) -> None:
    place = f"第 {number} 行费用明细 {line.name or line.code}"
    if line.item_class not in _CLASSES:
        raise InputError(f"目录类别 {line.item_class!r} 应写 A、B 或 C", place=place)
    if line.kind not in _ITEM_KINDS:
        raise InputError(f"类别 {line.kind!r} 应写 {'、'.join(_ITEM_KINDS)} 之一", place=place)
    if line.upfront is not None and (line.item_class != "B" or not 0 <= line.upfront <= 10_000):
        raise InputError("先行自付比例只写在乙类，0 到 100%", place=place)
    if line.limit is not None and (line.item_class == "C" or line.limit < 0):
        raise InputError("限价只写在甲类和乙类，不能为负", place=place)
    if line.amount < 0:
        raise InputError("金额不能为负", place=place)
