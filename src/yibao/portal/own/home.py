"""我的医保: whether one can be treated today, what is to be done, what is left, the last visits."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlencode

from starlette.responses import Response

from yibao.benefit.facts import Person
from yibao.benefit.state import PersonState
from yibao.database.instants import civil_day
from yibao.errors import YibaoError
from yibao.inquiry.season import collection_on
from yibao.inquiry.words import SCHEME, STATUS
from yibao.insured.enrolment.cover import REASONS, CoverInterval, cover_intervals
from yibao.insured.payments.upcoming import resident_years
from yibao.messages import Fen, Text, Wording, message, message_in
from yibao.office.flows import APPLICANT
from yibao.office.reading import ListedCase, case_rows_of
from yibao.policy.kinds import Care, Scheme
from yibao.portal.own.blocks import Card, Link, Sheet, ToDo
from yibao.portal.own.frame import WHOSE, OwnCall
from yibao.portal.own.progress import CASES, waits_text
from yibao.portal.own.reading import read_own, whose
from yibao.portal.own.reminders import reminders
from yibao.portal.own.visits import VISIT_COLUMNS, visit_row
from yibao.portal.own.words import NO_ROWS
from yibao.record import account, care, insurance, used
from yibao.record.paging import Asked
from yibao.record.reminding import COVER_SOON, last_covered_day, pays_by_month

_MOST_CASES = 20
_LATEST = Asked(None, 5)


@dataclass(frozen=True, slots=True)
class Gauge:
    """A figure that people look up: what it is, and how much of its limit is used."""

    label: Wording
    amount: int
    about: Text = ""
    used: int = 0
    limit: int | None = None
    pocket: str = ""
    """``fund`` or ``own``: the colour of the bar."""


def overview(call: OwnCall) -> Response:
    """The page that opens after signing in."""
    secrets = call.database.secrets
    registration = read_own(
        call, "read_person", lambda unit: insurance.insurance(unit, secrets, call.whose, call.today)
    )
    facts, state = read_own(call, "read_person", lambda unit: used.held_state(unit, call.whose))
    balance = read_own(call, "read_account", lambda unit: account.balance(unit, call.whose))
    visits = read_own(
        call, "read_settlement", lambda unit: care.settlements(unit, call.whose, _LATEST)
    )
    cases = read_own(
        call,
        "read_cases",
        lambda unit: case_rows_of(unit, call.whose, call.today, _MOST_CASES),
    )
    intervals = cover_intervals(call.counter.packs, facts)
    today = next((interval for interval in intervals if interval.holds_on(call.today)), None)
    entitled = today is not None and today.entitled is True
    name = registration.name or message("您")
    say = message("{name}，今天看病能报", name=name)
    if not entitled:
        say = message("{name}，今天看病还不能报", name=name)
    last = None if today is None else last_covered_day(intervals, today)
    latest_visits = Card(
        message("最近就医"),
        columns=VISIT_COLUMNS,
        rows=[visit_row(call, settlement) for settlement in visits.rows],
        empty=NO_ROWS,
        links=[Link(message("全部就医记录"), call.address("/own/visits"))],
    )
    values = {
        "sheet": Sheet(
            message("我的医保"),
            say,
            _insured_as(call, registration.area, facts, today, last),
            [latest_visits],
            good=entitled,
            whose=whose(call, "/own"),
        ),
        "errands": [
            *_unpaid_years(call, facts),
            *_cover_that_ends(call, facts, last if entitled else None),
            *_to_supplement(call, cases),
        ],
        "reminders": list(reminders(call, cases)),
        "reminded": call.address("/own/reminders"),
        "in_progress": _under_way(call, cases),
        "gauges": _gauges(call, facts, state, balance),
        "is_own": call.whose == call.me,
        "shown": ("/own", "/own/do"),
    }
    return call.page("own/home.html", message("我的医保"), values)


def _insured_as(
    call: OwnCall,
    area: str,
    facts: Person,
    cover: CoverInterval | None,
    last: datetime.date | None,
) -> Text:
    """Scheme, place and until when, in a sentence."""
    enrolment = facts.enrolment_on(call.today)
    if enrolment is None:
        return message("现在没有参保。")
    covering = call.counter.packs.covering(area)
    scheme: Text = SCHEME[enrolment.scheme]
    if enrolment.status is not None:
        scheme = message("{scheme}（{status}）", scheme=scheme, status=STATUS[enrolment.status])
    said = message(
        "{scheme}，{place}。", scheme=scheme, place=covering.name if covering else enrolment.area
    )
    if cover is None:
        return said
    if cover.entitled is not True:
        reason = REASONS.get(cover.reason, "")
        if cover.end is None:
            return message("{said}{reason}。", said=said, reason=reason)
        return message(
            "{said}{reason}，到 {last}。", said=said, reason=reason, last=cover.end.isoformat()
        )
    if last is None:
        return said
    return message("{said}待遇到 {last}。", said=said, last=last.isoformat())


def _gauges(call: OwnCall, facts: Person, state: PersonState, balance: int | None) -> list[Gauge]:
    gauges = []
    if balance is not None:
        gauges.append(Gauge(message_in("records", "个人账户"), balance))
    try:
        years = used.years_used(call.counter.packs, facts, state, call.today.year, call.today)
    except YibaoError:  # not insured today
        return gauges
    enrolment = facts.enrolment_on(call.today)
    layers = {
        layer.layer: layer
        for of_scheme in years
        if enrolment is not None and of_scheme.scheme == enrolment.scheme
        for layer in of_scheme.layers
    }
    outpatient = layers.get(Care.OUTPATIENT)
    if outpatient is not None and outpatient.ceiling and outpatient.left is not None:
        about = message(
            "已报 {used}，限额 {limit}", used=Fen(outpatient.used), limit=Fen(outpatient.ceiling)
        )
        label = message("今年门诊还能报")
        limit = outpatient.ceiling
        gauges.append(Gauge(label, outpatient.left, about, outpatient.used, limit, "fund"))
    deductible = layers.get("outpatient_deductible")
    if deductible is not None and deductible.ceiling and deductible.left is not None:
        about = message(
            "起付线 {limit}，已付 {used}", used=Fen(deductible.used), limit=Fen(deductible.ceiling)
        )
        label = message("再看门诊先自付")
        gauges.append(
            Gauge(label, deductible.left, about, deductible.used, deductible.ceiling, "own")
        )
    return gauges


def _unpaid_years(call: OwnCall, facts: Person) -> Iterable[ToDo]:
    """The year that is being collected, and this one, where a resident has not paid them.

    Of oneself and wards.  What can be paid stands first, and it alone leads to paying.
    """
    wards = sorted(call.actor.wards) if call.whose == call.me else []
    of_wards = call.database.read(lambda unit: [used.held_state(unit, ward)[0] for ward in wards])
    people = {call.whose: facts} | dict(zip(wards, of_wards, strict=True))
    names = call.names(list(people))
    unpublished = []
    for person, known in people.items():
        enrolment = known.enrolment_on(call.today)
        if enrolment is None or enrolment.scheme != Scheme.RESIDENT:
            continue
        collection = collection_on(call.counter.packs, enrolment.area, call.today)
        collected = None if collection is None else collection.year
        for owed in resident_years(call.counter.packs, known, call.today):
            if owed.is_paid or owed.year not in (collected, call.today.year):
                continue
            what = message("缴 {year} 年度居民医保", year=owed.year)
            if person != call.me:
                what = message("给{name}缴 {year} 年度居民医保", name=names[person], year=owed.year)
            in_season = collection is not None and owed.year == collected
            if owed.bill is None:
                unpublished.append(ToDo(what, _not_published(in_season=in_season), _AMOUNTS))
                continue
            asked = {"scheme": Scheme.RESIDENT.value, "year": str(owed.year)}
            if person != call.me:
                asked[WHOSE] = person
            closes = collection.closes if collection is not None and in_season else None
            late = any(line.name == "fiscal_subsidy" for line in owed.bill.lines)
            about = _collected(owed.bill.due, closes, late=late)
            yield ToDo(what, about, _pay(f"/own/pay?{urlencode(asked)}"))
    yield from unpublished


_AMOUNTS = Link(message("看历年缴多少"), "/policy/parameter/resident.contribution.individual")


def _not_published(*, in_season: bool) -> Text:
    """What somebody does meanwhile whose year nobody can price."""
    if in_season:
        return message(
            "正在集中缴费，个人缴多少还没有见到文件，所以这里还缴不了，也不替它报数。"
            "见到文件以后就能在这里缴；当地已经公布的，到税务部门或经办窗口缴。"
        )
    return message(
        "个人缴多少还没有见到文件，所以这里还缴不了，也不替它报数。"
        "见到文件以后就能在这里缴；当地已经公布的，到税务部门或经办窗口缴。"
    )


def _collected(amount: int, closes: datetime.date | None, *, late: bool) -> Text:
    if late:
        return message(
            "一共 {amount}。过了集中缴费期，要连财政补助一起缴，待遇有等待期。", amount=Fen(amount)
        )
    if closes is not None:
        return message(
            "个人缴 {amount}，{closes} 以前。", amount=Fen(amount), closes=closes.isoformat()
        )
    return message("个人缴 {amount}；截止日还没有见到文件。", amount=Fen(amount))


def _pay(address: str) -> Link:
    return Link(message("去缴费"), address, second=False)


def _cover_that_ends(call: OwnCall, facts: Person, last: datetime.date | None) -> Iterable[ToDo]:
    """Cover that ends soon, of somebody who pays month by month."""
    if last is None or last - call.today > COVER_SOON or not pays_by_month(facts, call.today):
        return
    about = message("后面的月份还没有缴；断缴了再缴可能有等待期。")
    yield ToDo(message("待遇只到 {last}", last=last.isoformat()), about, _pay("/own/pay"))


def _to_supplement(call: OwnCall, cases: Iterable[ListedCase]) -> Iterable[ToDo]:
    for case in cases:
        if case.is_open and case.kind.waits_for(case.state) in APPLICANT:
            yield ToDo(
                case.kind.label,
                message("{state}：{summary}", state=case.state_label, summary=case.summary),
                Link(message("去补"), call.address(f"{CASES}/{case.case_id}"), second=False),
            )


def _under_way(call: OwnCall, cases: Iterable[ListedCase]) -> list[ToDo]:
    """Applications that somebody else is at."""
    return [
        ToDo(
            case.kind.label,
            message(
                "{day} 提交，{waits}",
                day=civil_day(case.opened_at).isoformat(),
                waits=waits_text(case),
            ),
            Link(message("看进度"), call.address(f"{CASES}/{case.case_id}")),
        )
        for case in cases
        if case.is_open and case.kind.waits_for(case.state) not in APPLICANT
    ]
