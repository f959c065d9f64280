"""What the steps of a claim do: look for doubts, quote, settle, order the payment, take back."""

from __future__ import annotations

from typing import Any

from sqlalchemy import insert, update

from yibao.access.operations import Answer
from yibao.care.reversal import Reversals
from yibao.care.settling import Settlements
from yibao.claims import doubts
from yibao.claims.forms import MANUAL_CLAIM, ClaimLine, LineDecision, ManualClaim
from yibao.claims.quoting import amounts_of, ensure_place, is_entitled, quote_of, visit_of
from yibao.claims.recovering import debt_of
from yibao.claims.sheets import ClaimSheet, sheet_of, store_sheet
from yibao.claims.tables import claim_recovery, claim_voucher
from yibao.claims.terms import require_in_time, signed_above
from yibao.database.instants import civil_day
from yibao.database.unit import Database
from yibao.disbursement.operations import cancel_payment, order_payment
from yibao.errors import ConflictError, RefusedError
from yibao.ledger.operations import claim as claim_account
from yibao.messages import Fen, message
from yibao.money import ROUND_HALF_UP, ratio_amount
from yibao.office.kinds import Decided
from yibao.office.locks import case_row
from yibao.policy.compile import PolicyLibrary

_PROBE = 100
"""A line of one yuan, to ask whether the person is covered."""


def _person(decided: Decided) -> str:
    assert decided.person_id is not None
    return decided.person_id


def _sheet(database: Database, decided: Decided) -> ClaimSheet:
    return database.read(lambda unit: sheet_of(unit, decided.case_id))


def accept(database: Database, library: PolicyLibrary, decided: Decided) -> Answer:
    """In time, the institution on record, and a look for the same care elsewhere."""
    claim: ManualClaim = decided.data
    person_id = _person(decided)
    case = database.read(lambda unit: case_row(unit, decided.case_id))
    require_in_time(library, decided.area, claim, civil_day(case.opened_at))
    ensure_place(database, claim.place, decided.actor)
    probe = [ClaimLine(name="?", amount=_PROBE)]
    try:
        settled = quote_of(
            database, library, decided.case_id, person_id, claim, probe, decided.actor
        )
        entitled = is_entitled(settled)
    except RefusedError:
        entitled = True  # nobody can say: the quote will say why

    def work(unit: Any) -> Answer:
        hits = doubts.doubts_of(unit, decided.case_id, person_id, claim, entitled=entitled)
        doubts.keep_doubts(unit, decided.case_id, person_id, hits, decided.at)
        return {"doubts": len(hits)}

    return database.write(work)


def enter(database: Database, library: PolicyLibrary, decided: Decided) -> Answer:
    """The lines come to the total of the receipts, to the fen."""
    claim: ManualClaim = decided.data
    total = _sheet(database, decided).total
    if total != claim.total:
        raise ConflictError(
            message(
                "明细合计 {total}，票据合计 {receipts}，要相等才能录完",
                total=Fen(total),
                receipts=Fen(claim.total),
            )
        )
    return {"total": total}


def then_quote(database: Database, library: PolicyLibrary, decided: Decided) -> str | None:
    """Quoted at once where the rules give a figure; else it waits, and the page says why."""
    try:
        _quoted(database, library, decided)
    except RefusedError:
        return None
    return "quote"


def quote(database: Database, library: PolicyLibrary, decided: Decided) -> Answer:
    """What the kernel says now."""
    amounts = _quoted(database, library, decided)
    database.write(lambda unit: store_sheet(unit, decided.case_id, quote=amounts))
    return dict(amounts)


def _quoted(database: Database, library: PolicyLibrary, decided: Decided) -> dict[str, int]:
    lines = _sheet(database, decided).lines
    settled = quote_of(
        database, library, decided.case_id, _person(decided), decided.data, lines, decided.actor
    )
    return amounts_of(settled)


def review(database: Database, library: PolicyLibrary, decided: Decided) -> Answer:
    """Every line was decided; quoted again as it was."""
    waiting = sum(line.decision is LineDecision.OPEN for line in _sheet(database, decided).lines)
    if waiting:
        raise ConflictError(message("还有 {count} 行没有决定", count=waiting))
    amounts = quote(database, library, decided)
    claim: ManualClaim = decided.data
    rest = claim.total - claim.other_paid
    if amounts["fund"] > rest:
        raise ConflictError(
            message(
                "商业保险已付以后只剩 {rest}，基金不能付 {fund}，请减认 {over} 的费用",
                rest=Fen(rest),
                fund=Fen(amounts["fund"]),
                over=Fen(amounts["fund"] - rest),
            )
        )
    return amounts


def then_settle(database: Database, library: PolicyLibrary, decided: Decided) -> str | None:
    """Settled at once, unless the area wants its head to sign so much."""
    limit = signed_above(library, decided.area, decided.day)
    is_large = limit is not None and _sheet(database, decided).quote["fund"] > limit
    return None if is_large else "settle"


def settle(database: Database, library: PolicyLibrary, decided: Decided) -> Answer:
    """Settle it for good, owe the person the fund's part, and order that it is paid."""
    claim: ManualClaim = decided.data
    person_id, sheet = _person(decided), _sheet(database, decided)
    visit = visit_of(decided.case_id, person_id, claim, sheet.lines)
    settlements = Settlements(database, library, lambda: decided.day)
    answer = settlements.settle(decided.key, visit, actor=decided.actor, to_person=True)
    fund = int(answer["fund"])
    if fund != sheet.quote["fund"]:
        raise ConflictError(
            message(
                "审核以后累计变了：现在是 {now}，审核时是 {then}，请退回重新审核",
                now=Fen(fund),
                then=Fen(sheet.quote["fund"]),
            )
        )

    def work(unit: Any) -> Answer:
        store_sheet(unit, decided.case_id, visit_id=visit.id)
        if claim.liable is not None and fund:
            unit.run(
                insert(claim_recovery),
                {
                    "case_id": decided.case_id,
                    "person_id": person_id,
                    "paid": fund,
                    "liable": claim.liable,
                    "amount": ratio_amount(fund, claim.liable, ROUND_HALF_UP),
                    "is_open": True,
                },
            )
        if not fund:
            return {"fund": 0}
        order = order_payment(
            unit,
            MANUAL_CLAIM,
            decided.case_id,
            chain=person_id,
            area=decided.area,
            liability=claim_account(person_id),
            amount=fund,
            payee=claim.payee,
            actor=decided.actor,
            at=decided.at,
            due_on=case_row(unit, decided.case_id).due_on,
        )
        return {"fund": fund, "order": order}

    return database.write(work)


def then_finish(database: Database, library: PolicyLibrary, decided: Decided) -> str | None:
    """Where nothing is to be paid, it is over."""
    return None if _sheet(database, decided).quote["fund"] else "finish"


def free(database: Database, library: PolicyLibrary, decided: Decided) -> Answer:
    """The receipts may be claimed again."""

    def work(unit: Any) -> Answer:
        mine = claim_voucher.c.case_id == decided.case_id
        unit.run(update(claim_voucher).where(mine).values(is_live=False))
        return {}

    return database.write(work)


def reverse(database: Database, library: PolicyLibrary, decided: Decided) -> Answer:
    """Mirror the settlement; what was not paid yet is not paid, what was is owed back."""
    person_id, sheet = _person(decided), _sheet(database, decided)
    assert sheet.visit_id is not None
    debt = database.read(lambda unit: debt_of(unit, decided.case_id))
    if debt is not None and debt.amount < ratio_amount(debt.paid, debt.liable, ROUND_HALF_UP):
        raise ConflictError(message("第三人已经还了钱，不能冲正，请先商定怎样退给他"))
    was_open = True
    if sheet.quote["fund"]:
        was_open = database.write(lambda unit: cancel_payment(unit, MANUAL_CLAIM, decided.case_id))
    reversals = Reversals(Settlements(database, library, lambda: decided.day))
    answer = reversals.reverse(decided.key, person_id, sheet.visit_id, actor=decided.actor)

    def work(unit: Any) -> Answer:
        mine = claim_recovery.c.case_id == decided.case_id
        unit.run(update(claim_recovery).where(mine).values(is_open=False))
        return {"fund": answer["fund"], "to_recover": 0 if was_open else -answer["fund"]}

    free(database, library, decided)
    return database.write(work)
