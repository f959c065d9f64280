"""What must hold of settlements at any time: each is the one that its event points to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sqlalchemy import select

from yibao.access.fragments import events_of
from yibao.access.ties import read_vouched
from yibao.care.rows import pointer_to
from yibao.care.tables import settlement
from yibao.database.unit import Unit
from yibao.insured.fragments import people_rows
from yibao.insured.stored.profile import registered_marks
from yibao.messages import Message, message

_POINTING = ("settle", "reverse", "correct")
"""Operations whose event points to a settlement by its hash."""


def settlement_faults(unit: Unit, people: Iterable[str]) -> Iterator[Message]:
    """Settlements that are not what their events point to, and events without a settlement."""
    names = list(people)
    rows = {
        (row.person_id, row.sequence): row._asdict()
        for row in unit.run(select(settlement).where(settlement.c.person_id.in_(names)))
    }
    events = {
        (event.person_id, event.sequence): event.content.get("digest")
        for event in events_of(unit, names, _POINTING)
    }
    for (person_id, sequence), row in rows.items():
        if (person_id, sequence) not in events:
            yield message(
                "{person_id} 的结算 {settlement_id}（就诊 {visit_id}）没有写下它的事件",
                person_id=person_id,
                settlement_id=row["settlement_id"],
                visit_id=row["visit_id"],
            )
            continue
        pointed = events[person_id, sequence]
        if pointed is not None and pointed != pointer_to(row)["digest"]:
            yield message(
                "{person_id} 的结算 {settlement_id}（就诊 {visit_id}）被改动过："
                "与第 {sequence} 个事件写下的不同",
                person_id=person_id,
                settlement_id=row["settlement_id"],
                visit_id=row["visit_id"],
                sequence=sequence,
            )
    for person_id, sequence in events:
        if (person_id, sequence) not in rows:
            yield message(
                "{person_id} 第 {sequence} 个事件写下的结算不见了",
                person_id=person_id,
                sequence=sequence,
            )


def registration_faults(unit: Unit, people: Iterable[str]) -> Iterator[Message]:
    """People whose sex, birth or, before any settlement, accumulators are not as registered."""
    names = list(people)
    vouched = read_vouched(unit, names)
    settled = set(
        unit.run(
            select(settlement.c.person_id).where(settlement.c.person_id.in_(names)).distinct()
        ).scalars()
    )
    for row in people_rows(unit, names):
        marks = registered_marks(row.sex, row.birth, row.state)
        registered = vouched[row.person_id].rows
        who, state = registered.get(("person", "who")), registered.get(("person", "state"))
        if who is not None and who[0] != marks["who"]:
            yield message("{person_id} 的性别或出生日期被改动过", person_id=row.person_id)
        if state is not None and state[0] != marks["state"] and row.person_id not in settled:
            yield message(
                "{person_id} 没有结算，累计（person.state）却与登记时不同", person_id=row.person_id
            )
