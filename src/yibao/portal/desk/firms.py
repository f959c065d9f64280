"""Employers at the desk, and an employer's own pages: the same pages, each with its own rights."""

from __future__ import annotations

import datetime
from typing import Any

from starlette.responses import RedirectResponse, Response

from yibao.access.permissions import may, require
from yibao.employers import operations as employers
from yibao.employers.kinds import KIND_WORDS, UNKNOWN_KIND
from yibao.employers.reading import bill_page, employer_page, employers_of, roster_page
from yibao.employers.states import DueState, HireWay
from yibao.errors import InputError, YibaoError
from yibao.insured.payments.channels import channel_names
from yibao.messages import Text, message
from yibao.money import AmountError, parse_yuan
from yibao.office.reading import cases_of_employer
from yibao.portal.calls import status_of
from yibao.portal.desk.firm_parts import (
    EMPLOYERS,
    HIRE_WAYS,
    NO_NEW_STAFF,
    details_in,
    form_key,
    month_in,
    month_text,
    place_of,
    words,
)
from yibao.portal.desk.frame import FIRM, DeskCall
from yibao.portal.desk.staff import OFFERED
from yibao.record.insurance import names_of


def _amount(call: DeskCall) -> int:
    try:
        return parse_yuan(call.sent.get("amount", "").replace(",", "").strip())
    except AmountError:
        raise InputError(message("金额写元，最多两位小数"), place="amount") from None


def _day(call: DeskCall, name: str) -> datetime.date:
    try:
        return datetime.date.fromisoformat(call.sent.get(name, "").strip())
    except ValueError:
        raise InputError(message("日期写作 2026-03-15"), place=name) from None


# --- the list, at the desk -----------------------------------------------------------------------


def listed(call: DeskCall) -> Response:
    """Employers of the area, those in arrears first; a form for another one."""
    require(call.actor, "read_employer", area=call.actor.area)
    return _listed(call, "", None, 200)


def _listed(call: DeskCall, place: str, fault: Text | None, status: int) -> Response:
    text = call.sent.get("q", "").strip()[:40] if call.request.method == "GET" else ""
    packs = call.counter.packs
    areas = sorted((area.code, area.name) for area in packs.areas())
    values = {
        **words(),
        "employers": employers_of(call.database, call.actor, text=text),
        "text": text,
        "areas": [
            (code, name) for code, name in areas if may(call.actor, "register_employer", area=code)
        ],
        "fault": fault,
        "place": place or "code",
        "written": call.sent,
        "may_register": call.may("register_employer"),
        "may_assess": call.may("assess"),
        "may_set": call.may("set_terms"),
        "hire_ways": [("", NO_NEW_STAFF), *HIRE_WAYS.items()],
    }
    return call.show("employers.html", message("用人单位"), values, status)


def register(call: DeskCall) -> Response:
    """A new employer, at once."""
    require(call.actor, "register_employer", area=call.actor.area)
    sent = call.sent
    try:
        details = details_in(call)
        answer = employers.register_employer(
            call.database,
            call.counter.packs,
            form_key(call, "register_employer"),
            sent.get("code", ""),
            sent.get("name", ""),
            sent.get("area", ""),
            details,
            call.today,
            actor=call.actor,
        )
    except YibaoError as error:
        return _listed(call, getattr(error, "place", "") or "code", error.said, status_of(error))
    return RedirectResponse(f"{EMPLOYERS}/{answer['employer']}", 303)


def set_terms(call: DeskCall) -> Response:
    """The days of the area of whoever is the head."""
    require(call.actor, "set_terms", area=call.actor.area)
    days = [call.sent.get(name, "") for name in ("cut_off", "due")]
    try:
        if not all(text.isascii() and text.isdigit() and len(text) < 3 for text in days):
            raise InputError(message("写 1 到 {most} 的日子", most=28), place="cut_off")
        employers.set_terms(
            call.database,
            form_key(call, "set_terms"),
            call.sent.get("area", "") or call.actor.area or "",
            month_in(call, "since"),
            employers.CollectionTerms(
                int(days[0]),
                int(days[1]),
                _hires(call.sent.get("hires", "")),
                bool(call.sent.get("put_off")),
            ),
            actor=call.actor,
        )
    except YibaoError as error:
        return _listed(call, getattr(error, "place", "") or "since", error.said, status_of(error))
    return RedirectResponse(EMPLOYERS, 303)


def _hires(text: str) -> HireWay | None:
    if text and text not in tuple(HireWay):
        raise InputError(message("请选单位怎样登记新人"), place="hires")
    return HireWay(text) if text else None


def assess(call: DeskCall) -> Response:
    """A month after its last day, of the whole area."""
    require(call.actor, "assess", area=call.actor.area)
    try:
        outcome = employers.assess_area(
            call.database,
            call.counter.packs,
            call.sent.get("area", "") or call.actor.area or "",
            month_in(call),
            actor=call.actor,
            at=call.counter.now(),
        )
    except YibaoError as error:
        return _listed(call, "month", error.said, status_of(error))
    values = {**words(), "outcome": outcome}
    return call.show("assessed.html", message("核定结果"), values)


# --- one employer --------------------------------------------------------------------------------


def show(call: DeskCall) -> Response:
    """State, roster, months, bills and money."""
    return shown_employer(call, "", None, 200)


def shown_employer(call: DeskCall, place: str, fault: Text | None, status: int) -> Response:
    where = place_of(call, "read_employer")
    page = employer_page(call.database, call.counter.packs, call.actor, where.code, call.today)
    month = page.open_month or call.today.year * 100 + call.today.month
    area = page.listed.area
    own = {"area": area, "employer_id": where.code}
    cases = cases_of_employer(call.database, call.actor, where.code, call.today)
    values = {
        **words(),
        "page": page,
        "listed": page.listed,
        "kind_word": UNKNOWN_KIND if page.details.kind is None else KIND_WORDS[page.details.kind],
        "known": {"name": page.listed.name, "kind": page.details.kind or "",
                  **page.details.sealed()},
        "base": where.base,
        "roster": roster_page(call.database, call.actor, where.code, month),
        "month": month,
        "cases": cases,
        "case_names": _names(call, [case.person_id for case in cases if case.person_id]),
        "fault": fault,
        "place": place,
        "written": call.sent,
        "channels": _channels(call),
        "booked_by": [(code, name) for code, name in channel_names().items()],
        "may_declare": may(call.actor, "declare", **own),
        "may_pay": may(call.actor, "order_for_staff", **own),
        "may_book": may(call.actor, "book_money", **own),
        "may_end": may(call.actor, "register_employer", **own),
        "is_own": where.base == FIRM,
        "offered": OFFERED if may(call.actor, "apply_for_staff", **own) else (),
    }  # fmt: skip
    return call.show("employer.html", page.listed.name, values, status)


def _names(call: DeskCall, people: list[str]) -> dict[str, str]:
    sealed = call.database.secrets
    return call.database.read(lambda unit: names_of(unit, sealed, people))


def _channels(call: DeskCall) -> list[tuple[str, Any]]:
    names = channel_names()
    return [(code, names[code]) for code in call.counter.channels]


def bill(call: DeskCall) -> Response:
    """A bill by person and by part."""
    where = place_of(call, "read_employer")
    page = bill_page(
        call.database,
        call.counter.packs,
        call.actor,
        where.code,
        call.parameters["bill"],
        call.today,
    )
    values = {**words(), "page": page, "bill": page.bill.row, "base": where.base}
    title = message("{month} 的账单", month=month_text(page.bill.row.month))
    return call.show("employer_bill.html", title, values)


def certificate(call: DeskCall) -> Response:
    """What was paid, to print: months, heads and sums, nobody's name."""
    where = place_of(call, "read_employer")
    page = employer_page(call.database, call.counter.packs, call.actor, where.code, call.today)
    paid = [
        shown.row for shown in page.bills if shown.row.state == DueState.PAID and shown.row.due > 0
    ]
    values = {**words(), "page": page, "listed": page.listed, "paid": paid, "base": where.base,
              "today": call.today}  # fmt: skip
    return call.show("employer_certificate.html", message("单位缴费证明"), values)


# --- money ---------------------------------------------------------------------------------------


def pay(call: DeskCall) -> Response:
    """Pay a bill through a channel, or out of the credit."""
    where = place_of(call, "order_for_staff")
    bill_id, channel = call.sent.get("bill", ""), call.sent.get("channel", "")
    try:
        if channel == "credit":
            employers.use_credit(
                call.database,
                call.counter.packs,
                form_key(call, "use_credit"),
                where.code,
                bill_id,
                actor=call.actor,
                at=call.counter.now(),
            )
            return RedirectResponse(where.base, 303)
        if channel not in call.counter.channels:
            raise InputError(message("请选一个缴费渠道"), place="channel")
        employers.pay_bill(
            call.database,
            call.counter.packs,
            call.counter.channels[channel],
            form_key(call, "pay_bill"),
            where.code,
            bill_id,
            actor=call.actor,
            at=call.counter.now(),
        )
    except YibaoError as error:
        return shown_employer(call, "bills", error.said, status_of(error))
    return RedirectResponse(where.base, 303)


def book(call: DeskCall) -> Response:
    """Book what came by slip, transfer or card; or what went back."""
    where = place_of(call, "book_money")
    try:
        money = employers.EmployerMoney(
            call.sent.get("channel", ""),
            call.sent.get("reference", "").strip(),
            _amount(call),
            _day(call, "paid_on"),
        )
        if call.sent.get("do") == "return":
            employers.return_money(
                call.database,
                form_key(call, "return_money"),
                where.code,
                money,
                actor=call.actor,
                at=call.counter.now(),
            )
        else:
            employers.book_money(
                call.database,
                call.counter.packs,
                form_key(call, "book_money"),
                where.code,
                call.sent.get("bill", ""),
                money,
                actor=call.actor,
                at=call.counter.now(),
            )
    except YibaoError as error:
        return shown_employer(call, "book", error.said, status_of(error))
    return RedirectResponse(where.base, 303)


def change(call: DeskCall) -> Response:
    """Another name, kind or other details."""
    where = place_of(call, "register_employer")
    try:
        employers.change_employer(
            call.database,
            form_key(call, "change_employer"),
            where.code,
            call.sent.get("name", ""),
            details_in(call),
            actor=call.actor,
        )
    except YibaoError as error:
        return shown_employer(call, "change", error.said, status_of(error))
    return RedirectResponse(where.base, 303)


def end(call: DeskCall) -> Response:
    """End an employer that owes nothing."""
    where = place_of(call, "register_employer")
    try:
        employers.end_employer(
            call.database, form_key(call, "end_employer"), where.code, call.today, actor=call.actor
        )
    except YibaoError as error:
        return shown_employer(call, "state", error.said, status_of(error))
    return RedirectResponse(where.base, 303)
