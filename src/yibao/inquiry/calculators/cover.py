"""待遇什么时候开始: waiting, the first day of benefits and incentives, on a timeline."""

from __future__ import annotations

import datetime
import itertools
from collections.abc import Mapping
from dataclasses import replace

from yibao import library
from yibao.benefit.billing import back_payment
from yibao.benefit.facts import EmployeeContribution, Person, ResidentContribution
from yibao.benefit.period_answers import (
    CeilingAnswer,
    WaitingAnswer,
    ceiling_answer,
    waiting_answer,
)
from yibao.errors import InputError
from yibao.inquiry import words
from yibao.inquiry.answer import (
    Answer,
    Break,
    Curve,
    Event,
    Line,
    MainFigure,
    Note,
    Part,
    Series,
    together,
)
from yibao.inquiry.asked import COVER, PAID
from yibao.inquiry.calculators.base import (
    SCHEME,
    Calculator,
    Context,
    area_field,
    group_field,
    groups_of,
    notes_of,
)
from yibao.inquiry.calculators.contribute import birth_field
from yibao.inquiry.curves import sample
from yibao.inquiry.fact_fields import field_of
from yibao.inquiry.fields import NO_WORDS, Choice, Field, Rows, Values
from yibao.inquiry.figures import WaitingInArea
from yibao.inquiry.payer import payer
from yibao.inquiry.sentences import ceiling_text, cover_headline, lapse_text
from yibao.messages import Wording, message
from yibao.policy.compile import PolicyLibrary
from yibao.policy.days import day_number, to_date
from yibao.policy.kinds import Contributor, Scheme
from yibao.policy.model import Words
from yibao.written import UNSET, UnsetType, members_of

_HISTORY = (
    Choice("listed", message("有断缴或晚缴，我来列")),
    Choice("steady", message("一直按时缴")),
)


def _payments() -> Rows:
    return Rows(
        "paid",
        message("缴过哪些"),
        message("第 {number} 笔"),
        tuple(map(field_of, PAID.values())),
        most=12,
        shown=2,
        key="paid_on",
        hint=message("第一笔以前视为按时缴费，其后没有列出的是断缴。"),
        when=(("history", ("listed",)),),
    )


def _person(area: str, values: Values, change: Mapping[int, datetime.date] | None = None) -> Person:
    """The person with the payments; ``change`` puts some years on other days."""
    scheme = values["scheme"]
    start = values["enrolled_from"]
    plain = payer(area, values, values["on"], groups_of(values), enrolled_from=start)
    periods: dict[int, datetime.date] = {}
    key = "year" if scheme == Scheme.RESIDENT else "month"
    for row in values.get("paid") or ():
        if row[key] in periods:
            raise InputError(message("这一笔写了两次"), place=f"{key}-{row['number']}")
        periods[row[key]] = row["paid_on"]
    periods |= dict(change or {})
    years = tuple(ResidentContribution(year, periods[year]) for year in sorted(periods))
    months = tuple(EmployeeContribution(month, None, periods[month]) for month in sorted(periods))
    if scheme == Scheme.RESIDENT:
        return replace(plain, contributions_resident=years or None)
    return replace(plain, contributions_employee=months or None)


def _events(values: Values, answer: WaitingAnswer) -> tuple[Event, ...]:
    events = [Event(values["enrolled_from"], message("参保"))]
    for row in values.get("paid") or ():
        period = row["year"] if row["year"] is not None else f"{row['month']}"
        events.append(Event(row["paid_on"], message("缴 {period}", period=period)))
    if answer.since is not None:
        events.append(Event(answer.since, message("待遇开始"), "start"))
    events.append(Event(values["on"], message("问的这一天"), "asked"))
    return tuple(sorted(events, key=lambda event: event.day))


def _curve(context: Context, values: Values) -> Curve | None:
    """How long one waits if the year of the question is paid on other days."""
    if values["scheme"] != Scheme.RESIDENT or not values.get("paid"):
        return None
    area, year = values["area"], values["on"].year
    last = datetime.date(year, 12, 31)

    def months(day: int) -> int:
        insured = _person(area, values, {year: to_date(day)})
        return library.cover(context.packs, insured, last).waiting_months

    low, high = (day_number(datetime.date(*day)) for day in ((year - 1, 9, 1), (year, 12, 31)))
    points = sample(months, low, high)
    if len({count for _, count in points}) < 2:
        return None
    turns = []
    for (x0, y0), (x1, y1) in itertools.pairwise(points):
        if y0 == y1:
            continue
        before, after = x0, x1
        while after - before > 1:
            middle = (before + after) // 2
            before, after = (middle, after) if months(middle) == y0 else (before, middle)
        turns.append(
            Break(
                after,
                message(
                    "{after} 起缴费，等待由 {y0} 个月变为 {y1} 个月",
                    after=to_date(after),
                    y0=y0,
                    y1=y1,
                ),
            )
        )
    return Curve(
        title=message("{year} 年度早缴晚缴等多久", year=year),
        x_label=message("缴费日"),
        y_label=message("等待月数"),
        x_unit="days",
        y_unit="months",
        series=(Series(message("等待月数"), points, "own"),),
        breaks=tuple(turns[:6]),
        marked=None,
        steps=True,
    )


def _answer(context: Context, values: Values) -> Answer:
    area, on = values["area"], values["on"]
    if values["enrolled_from"] > on:
        raise InputError(message("参保日晚于 {on}", on=on), place="enrolled_from")
    insured = _person(area, values)
    cover = library.cover(context.packs, insured, on)
    answer = waiting_answer(cover, on, back_payment(context.packs, insured, cover, on))
    since = None if answer.since is None else str(answer.since)
    explanations = [cover.explanation]
    lines = [
        Line(message("等待"), None, 0, _months(cover.waiting_months)),
        Line(
            message("第一天"),
            None,
            0,
            Words(since or "还没有", since or "none yet"),
        ),
    ]
    lapse = lapse_text(answer)
    if lapse.text():
        lines.append(Line(message("补缴"), None, 0, lapse))
    told: CeilingAnswer | UnsetType = UNSET
    if values["scheme"] == Scheme.RESIDENT:
        claimed = (values["claimed"],) if values.get("claimed") else ()
        ceiling = library.ceiling(context.packs, insured, on, claimed)
        told = ceiling_answer(ceiling, on)
        lines.append(Line(message("大病封顶线"), None, 0, ceiling_text(told)))
        explanations.append(ceiling.explanation)
    place = context.place(area)
    scheme = values["scheme"]
    return Answer(
        headline=cover_headline(answer),
        about=message(
            "{place}{scheme}，{day} 参保；{why}",
            place=place,
            scheme=words.CONTRIBUTOR[scheme],
            day=values["enrolled_from"],
            why=cover.why,
        ),
        figures=WaitingInArea(**members_of(answer), area=area, ceiling=told),
        area=area,
        figures_on=on,
        parts=(
            Part(
                message("怎么算的"),
                area,
                tuple(step for explanation in explanations for step in explanation.shown),
            ),
        ),
        assumptions=together(*(explanation.assumptions for explanation in explanations)),
        disputes=together(*(explanation.disputes for explanation in explanations)),
        lines=tuple(lines),
        notes=(*notes_of(cover.explanation.steps), *_notes(cover.waiting_months, cover.entitled)),
        events=_events(values, answer),
        curve=context.drawn(lambda: _curve(context, values)),
        figure=_figure(answer),
        good=cover.entitled,
    )


def _months(months: int) -> Wording:
    return message("{months} 个月", months=months)


def _figure(answer: WaitingAnswer) -> MainFigure:
    """The first day of benefits, or that there is none."""
    if answer.since is None:
        return MainFigure(
            message("待遇"), message("现在有") if answer.entitled else message("现在没有")
        )
    return MainFigure(message("待遇从这天起"), Words(str(answer.since)))


def _notes(months: int, entitled: bool) -> list[Note]:
    if months or not entitled:
        return []
    return [
        Note(
            message("没有等待期"),
            message("按时连续缴费，或属于免等待的情形"),
        )
    ]


def cover_calculator(packs: PolicyLibrary) -> Calculator:
    """The calculator of the first day of benefits."""
    return Calculator(
        "cover",
        message("待遇什么时候开始"),
        message("断缴、晚缴以后要等几个月，哪天起能报销，连续参保有什么好处。"),
        (
            area_field(packs),
            replace(SCHEME, hint=NO_WORDS),
            field_of(COVER["enrolled_from"], hint=message("记不清可以写大概。")),
            Field(
                "history",
                message("缴费情况"),
                "choice",
                "listed",
                True,
                choices=_HISTORY,
            ),
            _payments(),
            field_of(COVER["on"]),
            group_field(packs),
            birth_field(extra=True),
            field_of(
                COVER["claimed"],
                label=message("最近一次用基金报销是哪一年"),
                unit=NO_WORDS,
                extra=True,
                hint=message("没有报销过不填；影响零报销激励。"),
            ),
        ),
        _answer,
        {
            "scheme": Contributor.RESIDENT,
            "enrolled_from": "2018-01-01",
            "year-1": "2023",
            "paid_on-1": "2022-12-01",
            "year-2": "2026",
            "paid_on-2": "2026-03-10",
            "on": "2026-06-01",
        },
        WaitingInArea,
        ("resident.waiting", "employee.waiting", "resident.incentive"),
    )
