"""Settlements as rows: new ones and their mirrors, what they move, and what is said of them."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Mapping

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from yibao.access.operations import Answer, Key, digest, stored_message
from yibao.benefit.settling import Settled
from yibao.care.errors import RoundTakenError
from yibao.care.stored import Row, StoredSettlement, read_stored
from yibao.care.tables import settlement
from yibao.database.identifiers import new_identifier
from yibao.database.unit import Unit
from yibao.errors import NotFoundError
from yibao.insured.stored.versions import HASH_BYTES, hash_text
from yibao.ledger import operations as ledger
from yibao.ledger.fragments import has_entries
from yibao.messages import message
from yibao.policy.kinds import Channel

COLUMNS = tuple(column.name for column in settlement.columns)
MONEY = ("total", "fund", "own", "account", "mutual_aid", "cash")
"""The columns that a reversal mirrors."""

_LAST = [""]
_TURN = threading.Lock()


def next_identifier() -> str:
    """An identifier after every one that this process gave before.

    Taken while the locks are held, so that settlements on one account sort as they were made.
    """
    with _TURN:
        identifier = new_identifier()
        if identifier <= _LAST[0]:  # within the same millisecond, or the clock went back
            identifier = f"{int(_LAST[0], 16) + 1 + secrets.randbits(40):032x}"
        _LAST[0] = identifier
        return identifier


# --- new rows ------------------------------------------------------------------------------------


def settlement_columns(
    settled: Settled,
    document: bytes,
    *,
    sequence: int,
    round_: int,
    corrects: StoredSettlement | None = None,
    goes_on: StoredSettlement | None = None,
) -> Row:
    """The row of a new settlement; ``corrects``: whose place it takes.

    ``goes_on``: the interim settlement of the same stay that it contains.
    """
    interim = None if corrects is None else corrects["goes_on"]
    if goes_on is not None:
        interim = goes_on["settlement_id"]
    visit, amounts = settled.visit, settled.adjudication.settlement
    paid = settled.payment.draw
    return {
        "person_id": visit.person,
        "settlement_id": next_identifier(),
        "visit_id": visit.id,
        "round": round_,
        "reversal_of": None,
        "sequence": sequence,
        "position": sequence if corrects is None else corrects["position"],
        "origin": None if corrects is None else corrects.origin,
        "goes_on": interim,
        "institution_id": visit.institution,
        "kind": visit.kind,
        "start": visit.start,
        "end": visit.end,
        "total": amounts.total,
        "fund": amounts.fund,
        "own": amounts.own,
        "account": paid.account,
        "mutual_aid": paid.mutual_aid,
        "cash": paid.cash,
        "grantor_id": settled.payment.grantor,
        "document": document,
        **dict.fromkeys(FIRST_FORM),
    }


FIRST_FORM = "rulebook_hash kernel amounts facts state_in known visit explanation".split()
"""Columns of rows of the first form."""


def taken_by(row: Row | StoredSettlement) -> dict[str, int]:
    """What a settlement took from personal accounts, by owner; nothing is left out."""
    taken = {row["person_id"]: row["account"]}
    if row["grantor_id"] is not None:
        taken[row["grantor_id"]] = row["mutual_aid"]
    return taken


def answer_of(row: Row | StoredSettlement) -> Answer:
    """What the sender of a settlement is told."""
    names = ("settlement_id", "fund", "own", "account", "mutual_aid", "cash")
    return {name: row[name] for name in names}


def pointer_to(row: Row) -> Answer:
    """What the audit chain keeps of a row: the hash of the whole of it.

    Which row it is its place in the chain says: both have the same sequence.
    """
    content = {name: row[name] for name in COLUMNS if row[name] is not None}
    return {"digest": hash_text(bytes.fromhex(digest(content))[:HASH_BYTES])}


def post_settlement(
    unit: Unit,
    stored: StoredSettlement,
    *,
    sent_to: Mapping[str, str] | None = None,
    to_person: bool = False,
) -> None:
    """What funds and accounts owe, the institution is owed; a reversal has the other sign.

    ``sent_to`` names another account of the ledger in place of a person's.  ``to_person``: the
    person has paid the institution, and is owed it; what follows on a claim is posted alike.
    """
    lines = fund_lines(stored)
    lines += [
        ((sent_to or {}).get(name, ledger.personal(name)), amount)
        for name, amount in taken_by(stored).items()
    ]
    owed = sum(amount for _, amount in lines)
    ledger.post(
        unit,
        stored["person_id"],
        stored["settlement_id"],
        stored["end"],
        [*lines, (_owed_to(unit, stored, to_person), -owed)],
    )


def fund_lines(stored: StoredSettlement) -> list[ledger.Line]:
    """What each fund pays of a settlement: its account, fen."""
    amounts, area, scheme = stored.amounts, stored.terms.area, stored.terms.scheme
    layers = {
        "pooled": amounts.pooled,
        "upper": amounts.upper,
        "assistance": amounts.assistance,
        "other": amounts.other_fund,
    }
    return [(ledger.fund(area, scheme, layer), amount) for layer, amount in layers.items()]


def _owed_to(unit: Unit, stored: StoredSettlement, to_person: bool) -> str:
    """The account of whom funds and accounts owe what they pay."""
    person_id = stored["person_id"]
    if stored.visit.channel == Channel.MANUAL:
        claim = ledger.claim(person_id)
        same_visit = (settlement.c.person_id == person_id) & (
            settlement.c.visit_id == stored["visit_id"]
        )
        earlier = select(settlement.c.settlement_id).where(same_visit)
        if to_person or has_entries(unit, claim, unit.run(earlier).scalars().all()):
            return claim
    return ledger.payable(stored["institution_id"])


# --- rounds: settled, reversed, settled again ----------------------------------------------------


def round_of(error: IntegrityError, visit_id: str) -> Exception:
    """What a refused insert of a settlement means."""
    said = str(error.orig)
    if "uq_settlement_round" in said or "settlement.round" in said:
        return RoundTakenError(
            message("就诊 {visit_id} 已经结算过，要改请先撤销", visit_id=visit_id)
        )
    return error


def next_round(unit: Unit, person_id: str, visit_id: str) -> int | None:
    """The round in which a visit can be settled; None while a settlement of it stands."""
    rounds = (
        unit.run(
            select(settlement.c.round).where(
                settlement.c.person_id == person_id, settlement.c.visit_id == visit_id
            )
        )
        .scalars()
        .all()
    )
    last = max(rounds, default=0)
    return last + 1 if last == 0 or -last in rounds else None


def read_settlement(unit: Unit, person_id: str, visit_id: str) -> StoredSettlement:
    """A visit's latest settlement, reversed or not; ``NotFoundError``."""
    row = unit.run(
        select(settlement)
        .where(
            settlement.c.person_id == person_id,
            settlement.c.visit_id == visit_id,
            settlement.c.round > 0,
        )
        .order_by(settlement.c.round.desc())
        .limit(1)
    ).one_or_none()
    if row is None:
        raise NotFoundError(
            message(
                "没有 {person_id} 的就诊 {visit_id} 的结算", person_id=person_id, visit_id=visit_id
            )
        )
    return read_stored(unit, [row])[0]


def read_reversal(unit: Unit, person_id: str, visit_id: str) -> StoredSettlement:
    """A visit's latest reversal; its amounts are not positive."""
    row = unit.run(
        select(settlement)
        .where(
            settlement.c.person_id == person_id,
            settlement.c.visit_id == visit_id,
            settlement.c.round < 0,
        )
        .order_by(settlement.c.round)
        .limit(1)
    ).one()
    return read_stored(unit, [row])[0]


def is_withdrawn(unit: Unit, key: Key) -> bool:
    """Whether a message was withdrawn before it came."""
    stored = stored_message(unit, key)
    return stored is not None and stored.is_withdrawn


ORIGIN = func.coalesce(settlement.c.origin, settlement.c.settlement_id)
"""What a row takes the place of in everybody's order."""
