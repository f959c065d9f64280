"""Settling and reversing what institutions send, each with its entry in their book."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Row, select

from yibao.access.operations import Answer
from yibao.access.permissions import Actor
from yibao.benefit.facts import Visit
from yibao.benefit.settling import Settled
from yibao.care.interim import InterimSettlements
from yibao.care.overlaps import overlap_message
from yibao.care.partial import PartialRefunds
from yibao.care.reversal import Reversals
from yibao.care.rows import read_reversal, read_settlement
from yibao.care.settling import Settlements
from yibao.care.stored import WrittenSettlement
from yibao.database.identifiers import new_identifier
from yibao.database.statements import Insertion
from yibao.database.unit import Database, Unit
from yibao.errors import ConflictError, NotFoundError
from yibao.exchange.amounts import Money, money_of, money_of_quote
from yibao.exchange.entries import current_entry, entry_of_message, find_entry, reversal_of
from yibao.exchange.providers import providers_of
from yibao.exchange.sent import Sent, output_of
from yibao.exchange.tables import exchange_settlement
from yibao.exchange.visits import (
    Document,
    RegisteredVisit,
    open_visit,
    read_visit,
    registered_visit,
    require_open,
    store_visit,
)
from yibao.ledger.locks import lock_accounts
from yibao.messages import Message, message
from yibao.sanctions.providers import Provider


@dataclass(frozen=True, slots=True)
class Booking:
    """What the book says of a settlement beside its amounts."""

    batch: str
    scheme: str
    clear_type: str
    area: str
    at: datetime.datetime


UNKNOWN_OUTCOME = "2601"
"""The transaction that undoes a message of unknown outcome."""

Render = Callable[[str, Money], str]
"""The answer's text from an entry's id and its amounts."""
RenderReversal = Callable[[str, Money, int], str]
"""The same of a reversal; how many later settlements are proposed to be settled anew."""


class Book:
    """Settlements and reversals of one process, answered and booked."""

    def __init__(self, settlements: Settlements) -> None:
        self.settlements = settlements
        self.database: Database = settlements.database
        self.reversals = Reversals(settlements)
        self.interims = InterimSettlements(self.reversals)
        self.partial = PartialRefunds(self.reversals)

    # --- writing -----------------------------------------------------------------------------

    def settle(
        self,
        sent: Sent,
        registered: RegisteredVisit,
        visit: Visit,
        booking: Booking,
        render: Render,
        *,
        interim: bool = False,
        told: Callable[[Message], None] = lambda _: None,
    ) -> str:
        """Settle one batch of a visit as it was read; the answer is rendered once.

        ``told``: of each settlement that does not fit with this one, see ``stay.overlap``.

        Where an interim settlement of a stay stands, ``visit`` is the whole of the stay, and
        what is answered and booked is what it adds.  ``interim``: this is not the last part.
        """
        require_open(registered)
        settlements = self.interims if booking.batch in registered.settled else self.settlements
        rendered = ""

        def book(unit: Unit, written: WrittenSettlement) -> str:
            nonlocal rendered
            balance = written.balance
            money = money_of(
                written.stored, balance_of(unit, visit.person) if balance is None else balance
            )
            if written.goes_on is not None:
                money = money.plus(money_of(written.goes_on, 0), -1)
            for settled in written.beside:
                told(overlap_message(visit, settled))
            entry_id = str(written.stored["settlement_id"])
            output = rendered = render(entry_id, money)
            document = _settled_document(registered, booking.batch, entry_id, visit.id, interim)
            if registered.revision == 0:
                open_visit(unit, replace(registered, document=document))
            else:
                store_visit(unit, registered, document)
            enter(
                unit, sent, registered, visit.id, booking, entry_id, None, visit.end, money, output
            )
            return output

        answer = settlements.settle(
            sent.inner("settle"),
            visit,
            actor=sent.actor,
            then=sent.then(book),
            providers=providers_of(registered, booking.batch, visit.end),
        )
        output = output_of(answer)
        if output != rendered:  # the message was answered before
            self.require_not_withdrawn(sent.institution, sent.message_id)
        return output

    def reverse(
        self, sent: Sent, entry: Row[Any], render: RenderReversal, at: datetime.datetime
    ) -> str:
        """Reverse a settlement of the book by its entry."""

        def book(unit: Unit, reversal: Answer) -> str:
            return self._booked_reversal(unit, sent, entry, render, at, reversal)

        answer = self.reversals.reverse(
            sent.inner("reverse"),
            entry.person_id,
            entry.care_visit_id,
            actor=sent.actor,
            then=sent.then(book),
        )
        return output_of(answer)

    def withdraw(
        self,
        sent: Sent,
        person_id: str,
        message_id: str,
        render: RenderReversal,
        at: datetime.datetime,
        nothing: str,
    ) -> str:
        """Undo a settlement message of unknown outcome; ``nothing``: the answer without effect."""

        def book(unit: Unit, reversal: Answer) -> str:
            if reversal["outcome"] == "reversed":
                entry = current_entry(unit, entry_of_message(unit, sent.institution, message_id))
                self._booked_reversal(unit, sent, entry, render, at, reversal)
            return nothing

        answer = self.reversals.reverse_unknown(
            sent.inner("withdraw"),
            Sent(sent.institution, "", message_id, "").inner("settle"),
            person_id,
            actor=sent.actor,
            then=sent.then(book),
        )
        return output_of(answer)

    def _booked_reversal(
        self,
        unit: Unit,
        sent: Sent,
        entry: Row[Any],
        render: RenderReversal,
        at: datetime.datetime,
        reversal: Answer,
    ) -> str:
        person_id = entry.person_id
        registered = read_visit(unit, person_id, entry.visit_id, lock=True)
        _require_newest(registered, entry)
        mirror = read_reversal(unit, person_id, entry.care_visit_id)
        money = money_of(mirror, balance_of(unit, person_id))
        if mirror["goes_on"] is not None:  # the interim settlement stands again
            money = money.plus(money_of(read_settlement(unit, person_id, entry.care_visit_id), 0))
        entry_id = new_identifier()
        output = render(entry_id, money, len(reversal["proposals"]))
        document = registered.document
        settled = registered.settled
        if entry.batch in settled and settled[entry.batch]["entry"] == entry.entry_id:
            before = settled.pop(entry.batch).get("before")
            if before is not None:
                settled[entry.batch] = before
        lines = [
            {**line, "settled": None} if line.get("settled") == entry.entry_id else line
            for line in registered.lines
        ]
        store_visit(unit, registered, {**document, "settled": settled, "lines": lines})
        booking = Booking(entry.batch, entry.scheme, entry.clear_type, entry.area, at)
        care_visit, reverses = entry.care_visit_id, entry.entry_id
        enter(
            unit,
            sent,
            registered,
            care_visit,
            booking,
            entry_id,
            reverses,
            entry.day,
            money,
            output,
        )
        return output

    # --- reading -----------------------------------------------------------------------------

    def require_newest(self, entry: Row[Any]) -> None:
        """``PartsError`` for a part of a stay after which another one was settled."""
        registered = registered_visit(self.database, entry.person_id, entry.visit_id)
        _require_newest(registered, entry)

    def quote(
        self,
        visit: Visit,
        *,
        actor: Actor,
        goes_on: bool = False,
        providers: Collection[Provider] = (),
    ) -> tuple[Money, Settled]:
        """What settling now would give, and how it came to that; nothing is written.

        ``goes_on``: what it would add to the interim settlement of the stay.  ``providers``: who
        gave what is not settled yet.
        """
        balance = self.database.read(lambda unit: balance_of(unit, visit.person))
        if not goes_on:
            settled = self.settlements.quote(visit, actor=actor, providers=providers)
            return money_of_quote(settled, balance), settled
        settled, interim = self.interims.quote(visit, actor=actor, providers=providers)
        assert interim is not None
        before = money_of(interim, 0)
        money = money_of_quote(settled, balance + before.account)
        return money.plus(before, -1), settled

    def entry(self, person_id: str, entry_id: str) -> Row[Any]:
        """An entry of the book; ``NotFoundError``."""
        row = self.database.read(lambda unit: find_entry(unit, person_id, entry_id))
        if row is None:
            raise NotFoundError(message("没有这笔结算，请核对 setl_id 和 psn_no"))
        return row

    def entry_at(self, institution: str, entry_id: str) -> Row[Any]:
        """An entry of the book of one institution, whosever it is; ``NotFoundError``."""
        query = select(exchange_settlement).where(
            exchange_settlement.c.institution_id == institution,
            exchange_settlement.c.entry_id == entry_id,
        )
        row = self.database.read(lambda unit: unit.run(query).one_or_none())
        if row is None:
            raise NotFoundError(message("没有本机构的这笔结算，请核对 setl_id"))
        return row

    def reversed_by(self, person_id: str, entry_id: str) -> str | None:
        """The entry that reversed this one."""
        query = select(exchange_settlement.c.entry_id).where(
            exchange_settlement.c.person_id == person_id,
            exchange_settlement.c.reverses == entry_id,
        )
        return self.database.read(lambda unit: unit.run(query).scalar_one_or_none())

    def require_not_withdrawn(self, institution: str, message_id: str) -> None:
        """``ConflictError`` for a settlement message that was undone as of unknown outcome.

        The same is said of one whose tombstone came first.
        """

        def is_withdrawn(unit: Unit) -> bool:
            entry = entry_of_message(unit, institution, message_id)
            reversal = reversal_of(unit, current_entry(unit, entry))
            return reversal is not None and reversal.infno == UNKNOWN_OUTCOME

        if self.database.read(is_withdrawn):
            raise ConflictError(
                message(
                    "报文 {message_id} 已被发送方冲正，不能再结算；请换一个报文编号重新结算",
                    message_id=message_id,
                )
            )

    def entry_of_message(self, institution: str, message_id: str) -> Row[Any]:
        """The settlement that a message made, as it stands now; ``NotFoundError``."""
        return self.database.read(
            lambda unit: current_entry(unit, entry_of_message(unit, institution, message_id))
        )

    def current(self, entry: Row[Any]) -> Row[Any]:
        """What stands in the place of an entry that an office corrected; else the same."""
        return self.database.read(lambda unit: current_entry(unit, entry))

    def of_institution(
        self, institution: str, first: datetime.date, last: datetime.date
    ) -> Sequence[Row[Any]]:
        """Entries by the civil day on which they were made, reversals included."""
        zone = datetime.timezone(datetime.timedelta(hours=8))
        start = datetime.datetime.combine(first, datetime.time(), zone)
        end = datetime.datetime.combine(last, datetime.time(), zone) + datetime.timedelta(days=1)
        query = (
            select(exchange_settlement)
            .where(
                exchange_settlement.c.institution_id == institution,
                exchange_settlement.c.at >= start.astimezone(datetime.UTC),
                exchange_settlement.c.at < end.astimezone(datetime.UTC),
            )
            .order_by(exchange_settlement.c.at, exchange_settlement.c.entry_id)
        )
        return self.database.read(lambda unit: unit.run(query).all())


_ENTER = Insertion(exchange_settlement)


class PartsError(ConflictError):
    """A part of a stay is not reversed before the part after it."""

    def __init__(self, newest: str) -> None:
        super().__init__(
            message("这次住院之后又做了结算 {newest}（setl_id），请先撤销它", newest=newest)
        )


def _require_newest(registered: RegisteredVisit, entry: Row[Any]) -> None:
    parts = registered.standing(entry.batch)
    if entry.entry_id in parts[1:]:
        raise PartsError(parts[0])


def balance_of(unit: Unit, person_id: str) -> int:
    """Of a person's own account, which is locked."""
    account = lock_accounts(unit, [person_id]).get(person_id)
    return account.balance if account is not None else 0


def _settled_document(
    registered: RegisteredVisit, batch: str, entry_id: str, care_visit: str, interim: bool
) -> Document:
    before = registered.settled.get(batch)
    if before is not None and not before.get("interim"):
        raise ConflictError(message("收费批次 {batch} 已经结算，要改请先撤销结算", batch=batch))
    part: Document = {"entry": entry_id, "care_visit": care_visit}
    if interim:
        part["interim"] = True
    if before is not None:
        part["before"] = before
    lines = [
        {**line, "settled": entry_id}
        if line.get("settled") is None and (registered.stay or line["batch"] == batch)
        else line
        for line in registered.lines
    ]
    return {
        **registered.document,
        "lines": lines,
        "batches": {**registered.document["batches"], batch: care_visit},
        "settled": {**registered.settled, batch: part},
    }


def enter(
    unit: Unit,
    sent: Sent,
    registered: RegisteredVisit,
    care_visit: str,
    booking: Booking,
    entry_id: str,
    reverses: str | None,
    day: datetime.date,
    money: Money,
    output: str,
) -> None:
    """An entry of the book."""
    unit.run(
        _ENTER,
        {
            "person_id": registered.person_id,
            "entry_id": entry_id,
            "visit_id": registered.visit_id,
            "care_visit_id": care_visit,
            "batch": booking.batch,
            "reverses": reverses,
            "institution_id": sent.institution,
            "message_id": sent.message_id,
            "infno": sent.infno,
            "scheme": booking.scheme,
            "clear_type": booking.clear_type,
            "area": booking.area,
            "day": day,
            "at": booking.at.astimezone(datetime.UTC),
            "total": money.total,
            "fund": money.fund,
            "account": money.account + money.mutual_aid,
            "cash": money.cash,
            "output": output,
        },
    )
