"""What slips brought beyond what was due, where an earlier program did not keep it beside them."""

from __future__ import annotations

from sqlalchemy import update

from yibao.access.operations import answers_of
from yibao.access.permissions import Actor, require
from yibao.database.unit import Database, Unit
from yibao.insured.locks import lock_person, store_person
from yibao.insured.tables import channel_payment

_SLIP = "slip:"
"""Before the name of the channel, in the sender of what was booked at a counter."""


def mend_rests(database: Database, *, actor: Actor) -> int:
    """Keep beside each slip what came beyond its amount, as its booking answered: how many were.

    For slips of programs before revision 0057, which posted it and did not keep it: a channel's
    file would differ from the books by it.  Done again it finds none.
    """
    require(actor, "contribute", area=actor.area)
    rows = database.read(lambda unit: answers_of(unit, _SLIP, "contribution"))
    return sum(
        _mend(database, row.person_id, row.sender.removeprefix(_SLIP), row.message_id, rest, actor)
        for row in rows
        if (rest := int(row.answer.get("rest") or 0)) > 0
    )


def _mend(
    database: Database, person_id: str, channel: str, reference: str, rest: int, actor: Actor
) -> bool:
    columns = channel_payment.c
    this = (
        columns.person_id == person_id,
        columns.channel == channel,
        columns.payment_id == reference,
        columns.rest.is_(None),
    )

    def operation(unit: Unit) -> bool:
        person = lock_person(unit, person_id)
        if not unit.run(update(channel_payment).where(*this).values(rest=rest)).rowcount:
            return False
        store_person(unit, person, actor, "mend_rest", {"reference": reference, "rest": rest})
        return True

    return database.write(operation, people=[person_id])
