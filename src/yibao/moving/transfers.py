"""What the steps of a move to another area do, where it is asked for and where it comes from.

Both areas of one store work on one record: the form goes over in the step that sends it, and
the balance waits as owed to the new area until that has booked the form.  Another store sends
a signed file (``moving.files``) and the money through a bank.
"""

from __future__ import annotations

import datetime

from yibao.access.operations import Answer
from yibao.access.permissions import is_within
from yibao.benefit.facts import EmployeeContribution, Person, ResidentContribution
from yibao.benefit.people import home_enrolment, month_end
from yibao.database.identifiers import new_identifier
from yibao.database.unit import Database, Unit
from yibao.disbursement.operations import cancel_payment, order_payment
from yibao.errors import ConflictError, InputError, RefusedError
from yibao.exchange.stays import stays_of
from yibao.insured.fragments import account_is_closed
from yibao.insured.locks import HeldPerson, lock_person, store_person
from yibao.insured.payments.contributions import add_periods
from yibao.insured.stored.rows import Paid
from yibao.ledger import operations as ledger
from yibao.ledger.locks import lock_accounts
from yibao.messages import message
from yibao.moving.applications import (
    TRANSFER_IN,
    TRANSFER_OUT,
    InformationForm,
    PaidPeriod,
    TransferIn,
    TransferOut,
    months_together,
)
from yibao.moving.forms import (
    form_in_case,
    form_of,
    forms_from,
    keep_form,
    paid_at_all,
    spells_in,
    went_out,
)
from yibao.moving.states import TransferState
from yibao.moving.tables import IN, OUT
from yibao.office.kinds import Decided
from yibao.office.operations import Subject, close_within, follow_within, open_within
from yibao.office.reading import open_cases
from yibao.policy.compile import PolicyLibrary
from yibao.policy.kinds import Scheme, Status

_BANK = "bank"


def person_in(decided: Decided) -> str:
    """Whose case it is."""
    assert decided.person_id is not None
    return decided.person_id


# --- the new area --------------------------------------------------------------------------------


def accept_in(database: Database, library: PolicyLibrary, decided: Decided) -> Answer:
    """Insured here and no longer there, not retired, asked for once; the old area is told."""
    wish: TransferIn = decided.data
    person_id = person_in(decided)

    def work(unit: Unit) -> Answer:
        facts = lock_person(unit, person_id).facts
        require_movable(facts, decided.day)
        _require_moved_here(unit, facts, wish, decided)
        left = spells_in(facts, wish.from_area)
        if not left:
            return {"from": wish.from_area, "in_store": False}
        asked = TransferOut(to_area=decided.area, request=decided.case_id or new_identifier())
        subject = Subject(left[-1].area, person_id)
        opened = open_within(unit, TRANSFER_OUT, subject, asked, actor=decided.actor, at=decided.at)
        follow_within(
            unit,
            opened["case"],
            "forward",
            actor=decided.actor,
            at=decided.at,
            library=library,
        )
        return {"from": wish.from_area, "in_store": True, "out_case": opened["case"]}

    return database.write(work)


def require_movable(facts: Person, day: datetime.date) -> None:
    """``RefusedError`` for whoever is retired: their insurance stays where it is."""
    if home_enrolment(facts, day).status == Status.RETIRED:
        raise RefusedError(message("已经按退休人员享受待遇的，医保关系不再转移"))


def _require_moved_here(unit: Unit, facts: Person, wish: TransferIn, decided: Decided) -> None:
    if is_within(decided.area, wish.from_area) or is_within(wish.from_area, decided.area):
        raise InputError(message("转出地就是这里，不用转移"), place="from_area")
    here = facts.enrolment_on(decided.day)
    if here is not None and is_within(here.area, wish.from_area):
        raise RefusedError(message("在转出地还没有停保，请先停保再申请转移"))
    if here is None or not is_within(here.area, decided.area):
        raise RefusedError(message("在转入地还没有参保，请先参保再申请转移"))
    for case_id, waiting in open_cases(unit, TRANSFER_IN, facts.id):
        if case_id != decided.case_id and waiting.from_area == wish.from_area:
            raise ConflictError(message("从那里转入已经有一份申请在办，请等它办完"))
    if any(form.made_on >= here.start for form in forms_from(unit, facts.id, wish.from_area)):
        raise ConflictError(message("从那里已经转入过，不用再申请"))


def book_form(database: Database, library: PolicyLibrary, decided: Decided) -> Answer:
    """Add what the form says to the record, period by period; ``months`` of both areas."""
    person_id = person_in(decided)

    def work(unit: Unit) -> Answer:
        form = _form(unit, decided)
        person = lock_person(unit, person_id)
        _require_same_person(form, person.facts)
        here = {
            paid.period
            for paid in paid_at_all(unit, person.facts, decided.day)
            if paid.scheme == Scheme.EMPLOYEE
        }
        added = 0
        # Of a form of this store every period stands on the record already.
        if not went_out(unit, form.number):
            added = add_periods(
                unit, library, person, [_payment(paid) for paid in form.paid], decided.at
            )
        answer = {
            "form": form.number,
            "added": added,
            "months": months_together(form.months(), here),
            "years": len(form.years()),
        }
        store_person(unit, person, decided.actor, "book_transfer_form", answer)
        return answer

    return database.write(work)


def _require_same_person(form: InformationForm, facts: Person) -> None:
    if (form.sex, form.birth) != (facts.sex, facts.birth):
        raise RefusedError(message("信息表上的性别或出生日期与这里登记的不同，请退回转出地核对"))


def _payment(paid: PaidPeriod) -> Paid:
    """A period as the record has it; one without a day of payment was paid in time."""
    if paid.scheme == Scheme.RESIDENT:
        return ResidentContribution(
            paid.period, paid.paid_on or datetime.date(paid.period - 1, 12, 31)
        )
    return EmployeeContribution(paid.period, paid.base, paid.paid_on or month_end(paid.period))


def then_match(database: Database, library: PolicyLibrary, decided: Decided) -> str | None:
    """Money of this store is there already; without any it is over; else a cashier waits."""

    def work(unit: Unit) -> str | None:
        form = _form(unit, decided)
        if not form.balance:
            return "finish"
        return "match_money" if went_out(unit, form.number) else None

    return database.read(work)


def take_money(database: Database, library: PolicyLibrary, decided: Decided) -> Answer:
    """What came through the bank goes into the personal account."""
    return _credit(database, decided, ledger.channel(_BANK))


def match_money(database: Database, library: PolicyLibrary, decided: Decided) -> Answer:
    """What the old area of this store sent goes into the personal account."""
    return _credit(database, decided, ledger.moved(decided.area))


def _credit(database: Database, decided: Decided, source: str) -> Answer:
    person_id = person_in(decided)

    def work(unit: Unit) -> Answer:
        form = _form(unit, decided)
        person = lock_person(unit, person_id)
        put_into_account(unit, person, source, form.balance, decided.day)
        answer = {"form": form.number, "amount": form.balance}
        store_person(unit, person, decided.actor, "transfer_money_in", answer)
        return answer

    return database.write(work)


def put_into_account(
    unit: Unit, person: HeldPerson, source: str, amount: int, day: datetime.date
) -> None:
    """Money for a personal account, which is opened where there is none yet.

    ``RefusedError`` where the account was closed: it is paid out of suspense then.
    """
    person_id = person.facts.id
    if person_id not in lock_accounts(unit, [person_id]):
        if account_is_closed(unit, person_id):
            raise RefusedError(message("这个人的个人账户已经注销，钱不能记进去"))
        ledger.open_account(unit, person_id, 0, day, new_identifier())
    lines = [(source, amount), (ledger.personal(person_id), -amount)]
    ledger.post(unit, person_id, new_identifier(), day, lines)
    ledger.change_balances(unit, {person_id: amount})


def then_finish(database: Database, library: PolicyLibrary, decided: Decided) -> str | None:
    """Booked and paid in: it is over."""
    return "finish"


def finish_in(database: Database, library: PolicyLibrary, decided: Decided) -> Answer:
    """The old area's case ends with the new one's."""
    return _end_other(database, decided, "finish")


def withdraw_in(database: Database, library: PolicyLibrary, decided: Decided) -> Answer:
    """Whoever withdraws what the old area has not sent yet asks nothing of it any more."""

    def work(unit: Unit) -> Answer:
        for case_id in _other_cases(unit, decided):
            close_within(
                unit,
                case_id,
                TransferState.RETURNED.value,
                str(message("申请已经撤回")),
                actor=decided.actor,
                at=decided.at,
            )
        return {}

    return database.write(work)


def return_form(database: Database, library: PolicyLibrary, decided: Decided) -> Answer:
    """The form is wrong: the old area's case ends too, and the money is where it was."""
    return _end_other(database, decided, "return", reason=decided.reason, gives_back=True)


def _end_other(
    database: Database,
    decided: Decided,
    move: str,
    *,
    reason: str = "",
    gives_back: bool = False,
) -> Answer:
    def work(unit: Unit) -> Answer:
        form = _form(unit, decided)
        person_id = person_in(decided)
        for case_id in _other_cases(unit, decided):
            if gives_back and form.balance:
                person = lock_person(unit, person_id)
                source = ledger.moved(decided.area)
                put_into_account(unit, person, source, form.balance, decided.day)
                answer = {"form": form.number, "amount": form.balance}
                store_person(unit, person, decided.actor, "transfer_money_back", answer)
            follow_within(unit, case_id, move, actor=decided.actor, at=decided.at, reason=reason)
        return {"form": form.number}

    return database.write(work)


def _other_cases(unit: Unit, decided: Decided) -> list[str]:
    """The open case of the old area of this store that belongs to a case of the new area."""
    return [
        case_id
        for case_id, sent in open_cases(unit, TRANSFER_OUT, person_in(decided))
        if sent.request == decided.case_id
    ]


# --- the old area --------------------------------------------------------------------------------


def accept_out(database: Database, library: PolicyLibrary, decided: Decided) -> Answer:
    """Insured here before and no longer, not retired, going where this store knows nothing of."""
    wish: TransferOut = decided.data
    person_id = person_in(decided)

    def work(unit: Unit) -> Answer:
        facts = lock_person(unit, person_id).facts
        require_movable(facts, decided.day)
        if is_within(wish.to_area, decided.area) or is_within(decided.area, wish.to_area):
            raise InputError(message("转入地就是这里，不用转移"), place="to_area")
        if facts.enrolment_on(decided.day) is not None:
            raise RefusedError(message("在这里还没有停保，请先停保再办转出"))
        for case_id, waiting in open_cases(unit, TRANSFER_OUT, person_id):
            if case_id != decided.case_id and waiting.to_area == wish.to_area:
                raise ConflictError(message("转往那里已经有一份申请在办，请等它办完"))
        return {"to": wish.to_area}

    return database.write(work)


def send_form(database: Database, library: PolicyLibrary, decided: Decided) -> Answer:
    """Make the form and send it: no care may be open that the old area still pays."""
    wish: TransferOut = decided.data
    person_id = person_in(decided)

    def work(unit: Unit) -> Answer:
        person = lock_person(unit, person_id)
        lock_accounts(unit, [person_id])
        _require_settled(unit, person.facts, decided.area)
        form = form_of(
            unit, database.secrets, person.facts, decided.area, wish.to_area, decided.day
        )
        keep_form(unit, form, OUT, person_id, decided.case_id, decided.at)
        if wish.request:
            keep_form(unit, form, IN, person_id, wish.request, decided.at)
            follow_within(
                unit,
                wish.request,
                "receive_form",
                actor=decided.actor,
                at=decided.at,
                library=library,
            )
        answer = {
            "form": form.number,
            "months": len(form.months()),
            "years": len(form.years()),
            "balance": form.balance,
        }
        store_person(unit, person, decided.actor, "send_transfer_form", answer)
        return answer

    return database.write(work)


def _require_settled(unit: Unit, facts: Person, area: str) -> None:
    last = max(spell.end or datetime.date.max for spell in spells_in(facts, area))
    if any(stay.end is None and stay.begin <= last for stay in stays_of(unit, facts.id)):
        raise RefusedError(message("还有住院没有结算，结算以后才能出信息表"))


def then_send_money(database: Database, library: PolicyLibrary, decided: Decided) -> str | None:
    """The balance goes with the form, where there is one."""
    form = database.read(lambda unit: _form(unit, decided))
    return "send_money" if form.balance else None


def send_money(database: Database, library: PolicyLibrary, decided: Decided) -> Answer:
    """Out of the personal account, owed to the new area, and ordered where it goes to a bank."""
    wish: TransferOut = decided.data
    person_id = person_in(decided)

    def work(unit: Unit) -> Answer:
        form = _form(unit, decided)
        person = lock_person(unit, person_id)
        lock_accounts(unit, [person_id])
        target = ledger.moved(form.to_area)
        lines = [(ledger.personal(person_id), form.balance), (target, -form.balance)]
        ledger.post(unit, person_id, new_identifier(), decided.day, lines)
        ledger.change_balances(unit, {person_id: -form.balance})
        answer: Answer = {"form": form.number, "amount": form.balance, "to": form.to_area}
        if not wish.request:
            if wish.payee is None:
                raise InputError(message("余额要转给转入地，请写明对方的收款账户"))
            answer["order"] = order_payment(
                unit,
                TRANSFER_OUT,
                decided.case_id,
                chain=person_id,
                area=decided.area,
                liability=target,
                amount=form.balance,
                payee=wish.payee,
                actor=decided.actor,
                at=decided.at,
            )
        store_person(unit, person, decided.actor, "transfer_money_out", answer)
        return answer

    return database.write(work)


def confirm_out(database: Database, library: PolicyLibrary, decided: Decided) -> Answer:
    """The other store's area said that it has booked the form."""
    wish: TransferOut = decided.data
    if wish.request:
        raise RefusedError(message("转入地也在本系统，由它核对入库以后自动办结"))
    return {}


def take_back(database: Database, library: PolicyLibrary, decided: Decided) -> Answer:
    """The other store's area sends the form back: what was not paid yet returns.

    ``ConflictError`` while the money is with the bank, or was paid and has not come back.
    """
    wish: TransferOut = decided.data
    if wish.request:
        raise RefusedError(message("转入地也在本系统，由它退回"))
    person_id = person_in(decided)

    def work(unit: Unit) -> Answer:
        form = _form(unit, decided)
        person = lock_person(unit, person_id)
        if form.balance:
            if not cancel_payment(unit, TRANSFER_OUT, decided.case_id):
                raise ConflictError(message("钱已经付给对方，等银行登记退回以后再办"))
            source = ledger.moved(form.to_area)
            put_into_account(unit, person, source, form.balance, decided.day)
        answer = {"form": form.number, "amount": form.balance}
        store_person(unit, person, decided.actor, "transfer_money_back", answer)
        return answer

    return database.write(work)


# --- pieces --------------------------------------------------------------------------------------


def _form(unit: Unit, decided: Decided) -> InformationForm:
    form = form_in_case(unit, decided.case_id)
    if form is None:
        raise ConflictError(message("信息表还没有到"))
    return form
