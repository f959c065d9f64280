"""Care that does not fit a stay: another admission, outpatient care, lines of other days.

The pack's ``stay.overlap`` says whether it is let pass, noted for the inspector, or refused.
A day of admission (an emergency before it) and a day of discharge (a transfer) fit; so does
dialysis, which goes on wherever the person lies.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable

from yibao.benefit.people import home_enrolment
from yibao.benefit.rules import day_rules
from yibao.care.overlaps import DIALYSIS
from yibao.database.unit import Unit
from yibao.errors import RefusedError
from yibao.exchange.stays import OpenStay, stays_of
from yibao.exchange.visits import RegisteredVisit
from yibao.gateway.call import Call
from yibao.gateway.fields import terms
from yibao.gateway.identifiers import to_wire
from yibao.messages import Message, message
from yibao.policy import parameters as p


def check_admission(
    call: Call, unit: Unit, person_id: str, on: datetime.date, visit_id: str = ""
) -> None:
    """An admission while another stay is open, or inside one."""
    rule = _rule(call, person_id, on)
    if rule == p.OVERLAP_UNCHECKED:
        return
    for stay in stays_of(unit, person_id):
        if stay.visit_id == visit_id:
            continue
        if stay.end is None or stay.lasts_on(on):
            _tell(
                call,
                rule,
                "begntime",
                message("住院期间另有未出院的住院 {stay}，请先办出院", stay=to_wire(stay.visit_id)),
            )


def check_outpatient(
    call: Call,
    person_id: str,
    on: datetime.date,
    disease: str | None,
    stays: Callable[[], Iterable[OpenStay]],
) -> None:
    """Outpatient care or a purchase on a day that the person is in hospital.

    ``stays``: reads the person's; asked only where the rules look at them.
    """
    rule = _rule(call, person_id, on)
    if rule == p.OVERLAP_UNCHECKED or terms()["diseases"].get(disease, disease) == DIALYSIS:
        return
    for stay in stays():
        if stay.lasts_on(on):
            _tell(call, rule, "begntime", _in_hospital(stay))


def check_days_of_lines(call: Call, visit: RegisteredVisit, days: Iterable[datetime.date]) -> None:
    """Lines of a stay before its admission or after its discharge."""
    rule = _rule(call, visit.person_id, visit.opened_on)
    if rule == p.OVERLAP_UNCHECKED:
        return
    text = visit.document.get("end")
    end = None if text is None else datetime.date.fromisoformat(text)
    stay = OpenStay(visit.visit_id, visit.institution_id, visit.opened_on, end)
    for day in sorted(set(days)):
        if not stay.holds_on(day):
            _tell(
                call,
                rule,
                "fee_ocur_time",
                message(
                    "{on} 不在住院期间（{begin} 至 {end}），请核对",
                    on=day,
                    begin=stay.begin,
                    end=stay.end or message("尚未出院"),
                ),
            )


def _in_hospital(stay: OpenStay) -> Message:
    if stay.end is None:
        return message("住院期间 {begin} 起还没有出院，另有门诊或购药，请核对", begin=stay.begin)
    return message(
        "住院期间 {begin} 至 {end} 另有门诊或购药，请核对", begin=stay.begin, end=stay.end
    )


def _rule(call: Call, person_id: str, on: datetime.date) -> int:
    area = home_enrolment(call.known(person_id).facts, on).area
    if call.service.library.covering(area) is None:
        return p.OVERLAP_UNCHECKED
    return int(day_rules(call.service.library, area, on, on).rules[p.STAY_OVERLAP])


def _tell(call: Call, rule: int, name: str, what: Message) -> None:
    if rule == p.OVERLAP_REFUSE:
        raise RefusedError(what).of(call.place(name))
    call.note(call.place(name), what)
