"""一步一步问: one question a screen, kept in the address, so that back works and nothing is lost.

Everything may be answered with 不知道: who does not know the scheme is shown every scheme, who
does not know the hospital every class of it.  A hospital is named, and its grade is looked up.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from yibao.errors import YibaoError
from yibao.guide.catalogue import Catalogue
from yibao.inquiry.answer import MainFigure
from yibao.inquiry.calculators import Calculator, Context
from yibao.inquiry.filling import read
from yibao.messages import NOTHING, Wording, message
from yibao.policy.keys import GRADES
from yibao.policy.kinds import Contributor, InstitutionKind, Status, VisitKind
from yibao.portal.rendering import Pages
from yibao.portal.security import fields_of

UNKNOWN = "unknown"
_USUAL = "10000"
"""Yuan: the bill of who does not know it, said as such."""


@dataclass(frozen=True, slots=True)
class Choosable:
    """One answer that may be chosen."""

    code: str
    title: Wording
    hint: Wording = NOTHING
    fields: tuple[tuple[str, str], ...] = ()
    """What it fills in of the calculator."""


@dataclass(frozen=True, slots=True)
class Screen:
    """One question."""

    name: str
    title: Wording
    hint: Wording
    options: tuple[Choosable, ...]
    typed: Wording = NOTHING
    """What may be typed instead of choosing; empty where only choosing is meant."""


_DO_NOT_KNOW = message("不知道")
_SCREENS = (
    Screen(
        "kind",
        message("看什么？"),
        NOTHING,
        (
            Choosable(
                VisitKind.INPATIENT, message("住院"), fields=(("kind", VisitKind.INPATIENT),)
            ),
            Choosable(
                VisitKind.OUTPATIENT, message("门诊"), fields=(("kind", VisitKind.OUTPATIENT),)
            ),
            Choosable(
                VisitKind.PHARMACY, message("药店买药"), fields=(("kind", VisitKind.PHARMACY),)
            ),
            Choosable(
                UNKNOWN,
                _DO_NOT_KNOW,
                message("先按住院算"),
                (("kind", VisitKind.INPATIENT),),
            ),
        ),
    ),
    Screen(
        "who",
        message("参加的是哪种医保？"),
        message("看医保卡或手机上的“参保信息”；同样的费用，报得不一样。"),
        (
            Choosable(
                Contributor.RESIDENT,
                message("居民医保"),
                message("每年秋冬交一次钱；农村、学生、儿童多是这种"),
                (("scheme", Contributor.RESIDENT),),
            ),
            Choosable(
                Status.WORKING,
                message("职工医保，在职"),
                message("单位发工资，或自己按月缴"),
                (("scheme", Contributor.EMPLOYEE), ("status", Status.WORKING)),
            ),
            Choosable(
                Status.RETIRED,
                message("职工医保，已办退休"),
                message("不再缴费"),
                (("scheme", Contributor.EMPLOYEE), ("status", Status.RETIRED)),
            ),
            Choosable(UNKNOWN, _DO_NOT_KNOW, message("没关系，几种都算出来给您看")),
        ),
    ),
    Screen(
        "clinic",
        message("在哪家医院？"),
        message("写名字，我们查等级；或者直接选。"),
        (
            Choosable("grade-3A", message("三甲医院"), fields=(("institution", "grade-3A"),)),
            Choosable("grade-2A", message("二级医院"), fields=(("institution", "grade-2A"),)),
            Choosable(
                InstitutionKind.COMMUNITY,
                message("社区、乡镇卫生院"),
                fields=(("institution", InstitutionKind.COMMUNITY),),
            ),
            Choosable(
                UNKNOWN,
                _DO_NOT_KNOW,
                message("各类医院一起列出"),
                (("institution", UNKNOWN),),
            ),
        ),
        message("医院的名字"),
    ),
    Screen(
        "total",
        message("花了多少钱？"),
        message("发票上的总额，大概也行。"),
        (Choosable(UNKNOWN, _DO_NOT_KNOW, message("先按 1 万元估"), (("total", _USUAL),)),),
        message("总额（元）"),
    ),
)


class GuidedPages:
    """Asks one question after the other, and leads to the calculator."""

    def __init__(
        self,
        pages: Pages,
        calculator: Calculator,
        context: Callable[[], Context],
        catalogue: Catalogue,
    ) -> None:
        self._pages = pages
        self._calculator = calculator
        self._context = context
        self._catalogue = catalogue

    async def ask(self, request: Request) -> Response:
        """The first question without an answer, or what all of them come to."""
        said: dict[str, str] = {}
        asked = fields_of(request.url.query)
        screens = [
            screen
            for screen in _SCREENS
            if screen.name != "clinic" or asked.get("kind") != VisitKind.PHARMACY
        ]
        fields: dict[str, str] = {}
        for number, screen in enumerate(screens, 1):
            answer = asked.get(f"{screen.name}_typed", "").strip() or asked.get(screen.name, "")
            filled = self._filled(screen, answer)
            if filled is None:
                return self._screen(request, screen, number, len(screens), said, answer)
            said[screen.name] = answer
            fields |= filled
        if said["who"] != UNKNOWN:
            return RedirectResponse(f"/calc/{self._calculator.id}?{urlencode(fields)}", 303)
        return self._everybody(request, said, fields)

    def _filled(self, screen: Screen, answer: str) -> dict[str, str] | None:
        """What an answer fills in of the calculator; None where it is none."""
        option = next((option for option in screen.options if option.code == answer), None)
        if option is not None:
            return dict(option.fields)
        if not answer:
            return None
        if screen.name == "clinic":
            grade = self._grade(answer)
            return {"institution": f"grade-{grade}"} if grade else None
        if screen.name == "total":
            reading = read(self._calculator.inputs, {"total": answer}, self._context().today)
            return None if "total" in reading.faults else {"total": answer}
        return None

    def _grade(self, name: str) -> str:
        """The grade of a hospital of the directory; empty where it is not there."""
        for institution in self._catalogue.all_institutions:
            if name in institution.name or institution.name in name:
                return next((grade for grade in institution.values("level") if grade in GRADES), "")
        return ""

    def _screen(
        self,
        request: Request,
        screen: Screen,
        number: int,
        count: int,
        said: Mapping[str, str],
        answer: str,
    ) -> Response:
        before = dict(list(said.items())[:-1])
        values: dict[str, Any] = {
            "screen": screen,
            "number": number,
            "count": count,
            "said": said,
            "earlier": f"/guided?{urlencode(before)}" if said else "",
            "answer": answer,
            "hospitals": [
                institution.name
                for institution in self._catalogue.all_institutions
                if set(institution.values("level")) & set(GRADES)
            ],
            "words": [
                (earlier.title, _title(earlier, said[earlier.name]))
                for earlier in _SCREENS
                if earlier.name in said
            ],
        }
        status = 422 if answer else 200
        return self._pages.page(request, "guided.html", screen.title, values, status)

    def _everybody(
        self, request: Request, said: Mapping[str, str], fields: Mapping[str, str]
    ) -> Response:
        """What everybody would pay who does not know the scheme."""
        context = replace(self._context(), include=frozenset())
        rows: list[tuple[Wording, MainFigure | None, str]] = []
        for option in _SCREENS[1].options[:-1]:
            written = {**fields, **dict(option.fields)}
            address = f"/calc/{self._calculator.id}?{urlencode(written)}"
            reading = read(self._calculator.inputs, written, context.today)
            try:
                figure = self._calculator.answer(context, reading.values).figure
            except YibaoError:
                figure = None
            rows.append((option.title, figure, address))
        before = dict(list(said.items())[:-1])
        values = {"rows": rows, "earlier": f"/guided?{urlencode(before)}"}
        title = message("几种医保各自要付多少")
        return self._pages.page(request, "guided_all.html", title, values)


def _title(screen: Screen, answer: str) -> Wording | str:
    return next((option.title for option in screen.options if option.code == answer), answer)
