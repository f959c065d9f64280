"""The first page, the list of everything, and the page of the look.

What the first page shows as figures is computed by the calculators that it leads to, once a
day; what is in season comes from the rules (:mod:`yibao.inquiry.season`).
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from yibao.errors import YibaoError
from yibao.inquiry.answer import Answer
from yibao.inquiry.calculators import Calculator, Context
from yibao.inquiry.fields import Choice
from yibao.inquiry.filling import read
from yibao.inquiry.season import Collection, collection_on
from yibao.inquiry.topics import QUESTIONS
from yibao.messages import Fen, Months, Text, Wording, message
from yibao.policy.kinds import Contributor, FilingKind, Status, VisitKind
from yibao.portal.rendering import Pages

_ILL = {"kind": VisitKind.INPATIENT, "institution": "grade-3A", "total": "30000"}
_RETIRED = {"scheme": Contributor.EMPLOYEE, "status": Status.RETIRED, **_ILL}


@dataclass(frozen=True, slots=True)
class Task:
    """One of the things that most people come for, with a figure of its own."""

    title: Wording
    about: Wording
    form: str
    address: str
    figure: Text
    """Empty where the rules at home refuse it: then none is shown."""
    unit: Wording
    example: Wording


@dataclass(frozen=True, slots=True)
class Front:
    """What the first page says on a day."""

    example: Answer | None
    example_address: str
    tasks: tuple[Task, ...]
    season: Collection | None


class FrontPages:
    """Shows where to begin; ``areas`` as :func:`area_choices` orders them, home first."""

    def __init__(
        self,
        pages: Pages,
        calculators: Mapping[str, Calculator],
        context: Callable[[], Context],
        areas: Sequence[Choice],
    ) -> None:
        self._pages = pages
        self._calculators = calculators
        self._context = context
        self._home = areas[0].code if areas else ""
        self._other = areas[1].code if len(areas) > 1 else self._home
        self._front: tuple[datetime.date, Front] | None = None

    async def home(self, request: Request) -> Response:
        """The first page: one box to ask, the season, four things, and the rest in small."""
        values = {
            "front": self._today(),
            "questions": QUESTIONS[:4],
            "place": self._context().place(self._home),
            "area": self._home,
        }
        return self._pages.page(request, "home.html", message("首页"), values)

    async def services(self, request: Request) -> Response:
        """Everything that there is, by section."""
        return self._pages.page(request, "services.html", message("全部服务"))

    async def style(self, request: Request) -> Response:
        """The look in one page: sizes, spaces, colours and every part that pages are made of."""
        return self._pages.page(request, "style.html", message("样式"))

    def _today(self) -> Front:
        context = self._context()
        if self._front is None or self._front[0] != context.today:
            self._front = context.today, self._front_on(context)
        return self._front[1]

    def _front_on(self, context: Context) -> Front:
        return Front(
            self._answered(context, "visit", _RETIRED),
            _address("visit", _RETIRED),
            self._tasks(context),
            collection_on(context.packs, self._home, context.today),
        )

    def _answered(
        self, context: Context, calculator_id: str, said: Mapping[str, str]
    ) -> Answer | None:
        """What a calculator answers; None where the rules at home refuse it."""
        calculator = self._calculators[calculator_id]
        reading = read(calculator.inputs, said, context.today)
        bare = Context(context.packs, context.today, context.curves, frozenset())
        try:
            return calculator.answer(bare, reading.values)
        except YibaoError:
            return None

    def _tasks(self, context: Context) -> tuple[Task, ...]:
        today = context.today
        resident = {"scheme": Contributor.RESIDENT, **_ILL, "total": "8000"}
        flexible = {"scheme": Contributor.FLEXIBLE, "month": f"{today:%Y-%m}"}
        lapsed = {
            "scheme": Contributor.RESIDENT,
            "enrolled_from": f"{today.year - 8}-01-01",
            "history": "listed",
            "year-1": str(today.year - 3),
            "paid_on-1": f"{today.year - 4}-11-01",
            "year-2": str(today.year),
            "paid_on-2": f"{today:%Y-%m-%d}",
            "on": f"{today:%Y-%m-%d}",
        }
        stay, month, cover = (
            self._answered(context, name, said)
            for name, said in (("visit", resident), ("contribute", flexible), ("cover", lapsed))
        )
        away = {**_RETIRED, "where": "away", "care_area": self._other}
        going = {**away, "filing": FilingKind.REFERRAL}
        filed, unfiled = (self._answered(context, "visit", said) for said in (going, away))
        difference = (
            unfiled.figures.own - filed.figures.own  # type: ignore[attr-defined]
            if filed and unfiled
            else 0
        )
        return (
            Task(
                message("看病能报多少"),
                message("门诊、住院、慢特病、买药"),
                "/calc/visit",
                _address("visit", resident),
                Fen(stay.figures.own) if stay else "",  # type: ignore[attr-defined]
                message("自己付"),
                message("居民，三甲医院，住院花 8,000 元"),
            ),
            Task(
                message("要缴多少钱"),
                message("居民、职工、灵活就业"),
                "/calc/contribute",
                _address("contribute", flexible),
                Fen(month.figures.due) if month else "",  # type: ignore[attr-defined]
                message("一个月"),
                message("灵活就业，按今年的最低基数"),
            ),
            Task(
                message("断缴了怎么办"),
                message("等几个月，能不能补"),
                "/calc/cover",
                _address("cover", lapsed),
                Months(cover.figures.months) if cover else "",  # type: ignore[attr-defined]
                message("等待期"),
                message("居民断缴两年，今天再缴"),
            ),
            Task(
                message("去外地看病"),
                message("先备案，差别很大"),
                _address("visit", {"where": "away", "fill": "1"}),
                _address("visit", going),
                Fen(difference) if difference else "",
                message("之差"),
                message(
                    "退休职工去{place}住院花 3 万元，备案与否",
                    place=context.place(self._other),
                ),
            ),
        )


def _address(calculator_id: str, said: Mapping[str, Any]) -> str:
    return f"/calc/{calculator_id}?{urlencode(said)}"
