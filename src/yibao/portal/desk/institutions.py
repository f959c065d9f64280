"""Institutions at the desk, and an institution's own pages: the same, each with its own rights."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from starlette.responses import RedirectResponse, Response

from yibao.access.permissions import may
from yibao.care.institutions import change_institution, end_designation, register_institution
from yibao.clearing import operations as clearing
from yibao.clearing.comparisons import FIGURE_WORDS, own_comparisons
from yibao.clearing.places import institution_page, institutions_of
from yibao.errors import InputError, YibaoError
from yibao.inquiry.clearing_forms import (
    AGREEMENT,
    ENDING,
    YEAR_RETURN,
    agreement_from,
    change_fields,
    institution_from,
    registration_fields,
    score_from,
)
from yibao.messages import Text, message
from yibao.money import AmountError, parse_yuan
from yibao.portal.calls import status_of
from yibao.portal.desk.frame import DeskCall
from yibao.portal.desk.place_parts import (
    INSTITUTIONS,
    InstitutionPlace,
    asked_month,
    faults_of,
    form_key,
    form_values,
    place_of,
    words,
)
from yibao.portal.styles import classes


def listed(call: DeskCall) -> Response:
    """Institutions of the area, and a form for another one."""
    place_of(call, "read_clearing")
    return _listed(call, None, 200)


def _listed(call: DeskCall, error: YibaoError | None, status: int) -> Response:
    text = call.sent.get("q", "").strip()[:40] if call.request.method == "GET" else ""
    values = {
        **words(),
        "institutions": institutions_of(call.database, call.actor, today=call.today, text=text),
        "text": text,
        "fields": registration_fields(call.counter.packs),
        "may_register": call.may("register_institution"),
        **_said(call, error),
    }
    return call.show("institutions.html", message("定点机构"), values, status)


def _said(call: DeskCall, error: YibaoError | None) -> dict[str, Any]:
    """What a form that was not taken says again."""
    return {
        "written": call.sent if error is not None else {},
        "faults": {} if error is None else faults_of(error),
        "fault": None if error is None else error.said,
        "today": call.today.isoformat(),
        "classes": classes,
    }


def register(call: DeskCall) -> Response:
    """A new institution under contract."""
    place_of(call, "register_institution")
    try:
        values = form_values(call, registration_fields(call.counter.packs))
        facts = institution_from(values, values["institution"], call.counter.packs)
        register_institution(
            call.database,
            facts,
            actor=call.actor,
            start=values["start"],
            name=values["name"],
            key=form_key(call, "register_institution"),
        )
    except YibaoError as error:
        return _listed(call, error, status_of(error))
    return RedirectResponse(f"{INSTITUTIONS}/{facts.id}", 303)


# --- one institution -----------------------------------------------------------------------------


def show(call: DeskCall) -> Response:
    """Registration, agreements, and a month to apply for."""
    return _show(call, place_of(call, "read_clearing"), "", None, 200)


def _show(
    call: DeskCall, place: InstitutionPlace, part: str, error: YibaoError | None, status: int
) -> Response:
    page = institution_page(
        call.database,
        call.actor,
        place.institution_id,
        today=call.today,
        month=asked_month(call),
    )
    own = {"institution_id": place.institution_id, "area": page.area}
    latest = page.versions[-1]
    values = {
        **words(),
        "page": page,
        "latest": latest,
        "base": place.base,
        "clearing": place.clearing,
        "is_own": place.is_own,
        "part": part,
        "agreement_fields": AGREEMENT,
        "change_fields": change_fields(call.counter.packs),
        "ending_fields": ENDING,
        "year_fields": YEAR_RETURN,
        "retained": page.retained_by_year,
        "known": _known(page),
        "comparisons": own_comparisons(
            call.database, call.actor, place.institution_id, page.month, today=call.today
        ),
        "figure_words": FIGURE_WORDS,
        "may_register": may(call.actor, "register_institution", **own),
        "may_agree": may(call.actor, "agree_clearing", **own),
        "may_draw_up": may(call.actor, "review_clearing", **own),
        "may_apply": may(call.actor, "apply_clearing", **own),
        **_said(call, error),
    }
    return call.show("institution.html", page.name, values, status)


def _known(page: Any) -> Mapping[str, str]:
    """What a form for a change begins with."""
    latest = page.versions[-1]
    facts = latest.facts
    return {
        "name": latest.name,
        "area": facts.area,
        "kind": facts.kind,
        "price_class": "" if facts.price_class is None else str(facts.price_class),
        "grade": facts.grade or "",
        "county": "1" if facts.county else "",
        "dual_channel": "1" if facts.dual_channel else "",
    }


def _written(
    call: DeskCall, operation: str, part: str, work: Callable[[InstitutionPlace], str | None]
) -> Response:
    """Do what a form of the page asks; it leads where ``work`` says, or back to the page."""
    place = place_of(call, operation)
    try:
        address = work(place)
    except YibaoError as error:
        return _show(call, place, part, error, status_of(error))
    return RedirectResponse(address or place.base, 303)


def change(call: DeskCall) -> Response:
    """What holds of it from a day on."""

    def work(place: InstitutionPlace) -> None:
        page = institution_page(call.database, call.actor, place.institution_id, today=call.today)
        values = form_values(call, change_fields(call.counter.packs))
        before = page.versions[-1].facts
        change_institution(
            call.database,
            institution_from(values, place.institution_id, call.counter.packs, before),
            values["start"],
            actor=call.actor,
            name=values["name"],
            key=form_key(call, "change_institution"),
        )

    return _written(call, "register_institution", "change", work)


def end(call: DeskCall) -> Response:
    """Its designation ends."""

    def work(place: InstitutionPlace) -> None:
        values = form_values(call, ENDING)
        end_designation(
            call.database,
            place.institution_id,
            values["last_day"],
            actor=call.actor,
            key=form_key(call, "end_designation"),
        )

    return _written(call, "register_institution", "end", work)


def agree(call: DeskCall) -> Response:
    """Another agreement."""

    def work(place: InstitutionPlace) -> None:
        values = form_values(call, AGREEMENT)
        clearing.agree(
            call.database,
            form_key(call, "agree_clearing"),
            place.institution_id,
            agreement_from(values),
            actor=call.actor,
            at=call.counter.now(),
        )

    return _written(call, "agree_clearing", "agreement", work)


def draw_up_year(call: DeskCall) -> Response:
    """The return of a year by its score."""

    def work(place: InstitutionPlace) -> str:
        values = form_values(call, YEAR_RETURN)
        answer = clearing.draw_up_year(
            call.database,
            form_key(call, "draw_up_year"),
            place.institution_id,
            values["year"],
            score_from(values),
            decided=values["decided"],
            actor=call.actor,
            at=call.counter.now(),
        )
        return f"{place.clearing}/{answer['application']}"

    return _written(call, "review_clearing", "year", work)


def apply(call: DeskCall) -> Response:
    """A month of one kind of care, with the sums that the page showed."""

    def work(place: InstitutionPlace) -> str:
        month = asked_month(call)
        if month is None:
            raise InputError(message("月份写作 yyyymm，例如 202603"), place="month")
        answer = clearing.apply_for_month(
            call.database,
            form_key(call, "apply_clearing"),
            clearing.AppliedFor(place.institution_id, month, call.sent.get("clear_type", "")),
            clearing.MonthTotals(
                _number(call, "count"),
                _fen(call, "total"),
                _fen(call, "fund"),
                _fen(call, "account"),
                _fen(call, "cash"),
            ),
            eligible=_fen(call, "eligible"),
            actor=call.actor,
            at=call.counter.now(),
        )
        return f"{place.clearing}/{answer['application']}"

    return _written(call, "apply_clearing", "apply", work)


def _number(call: DeskCall, name: str) -> int:
    text = call.sent.get(name, "").strip()
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise InputError(message("人次写整数"), place=name)
    return int(text)


def _fen(call: DeskCall, name: str) -> int:
    """An amount in yuan; below zero where a month took back more than it settled."""
    text: Text = call.sent.get(name, "").replace(",", "").strip()
    minus = str(text).startswith("-")
    try:
        amount = parse_yuan(str(text).removeprefix("-"))
    except AmountError:
        raise InputError(message("金额写元，最多两位小数"), place=name) from None
    return -amount if minus else amount
