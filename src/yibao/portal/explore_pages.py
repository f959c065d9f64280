"""/explore: what a figure depends on and what depends on it, with today's values and sources."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from yibao.benefit.steps import STEP_KINDS, StepKind
from yibao.errors import NotFoundError
from yibao.inquiry.calculators import Context
from yibao.inquiry.rule_graph import rule_graph
from yibao.inquiry.rule_history import Period, period_on, periods_of
from yibao.inquiry.sentences import values_text
from yibao.inquiry.source_words import named_source
from yibao.messages import Wording, message
from yibao.policy.kinds import Scheme, VisitKind
from yibao.policy.parameters import DECLARATIONS
from yibao.policy.reported import Valued
from yibao.portal.rendering import Pages
from yibao.portal.security import fields_of

_ROOMS = {
    "contribution": message("缴费"),
    "waiting": message("待遇等待"),
    "catalogue": message("目录"),
    "item_groups": message("目录"),
    "deductible": message("起付线"),
    "ratio": message("报销比例"),
    "bands": message("报销比例"),
    "basic": message("统筹基金支付"),
    "settlement": message("一次结算"),
    "upper": message("大病保险、大额补助"),
    "above": message("大病保险、大额补助"),
    "incentive": message("大病封顶线与激励"),
    "assistance": message("医疗救助"),
    "unknown": message("没有算进去的"),
    VisitKind.MATERNITY: message("生育"),
    "account": message("个人账户与共济"),
    "retirement": message("退休年限"),
}
"""By the file of the kernel that works a figure out, in the order of the page."""


@dataclass(frozen=True, slots=True)
class RuleToday:
    """A rule as an area has it today."""

    parameter: str
    name: str
    values: tuple[Valued, ...]
    first_day: str
    sources: tuple[str, ...]


class ExplorePages:
    """Shows the rule graph."""

    def __init__(self, pages: Pages, context: Callable[[], Context], home: str) -> None:
        self._pages = pages
        self._context = context
        self._home = home

    async def index(self, request: Request) -> Response:
        """Every figure by what it is about."""
        graph = rule_graph()
        rooms: dict[Wording, list[StepKind]] = {}
        for room, title in _ROOMS.items():
            figures = [kind for kind in graph.figures if graph.room_of(kind.code) == room]
            rooms.setdefault(title, []).extend(figures)
        return self._pages.page(
            request,
            "explore.html",
            message("一个数靠什么"),
            {"rooms": [(title, figures) for title, figures in rooms.items() if figures]},
        )

    async def figure(self, request: Request) -> Response:
        """One figure: the rules it is made of, the figures before it and after it."""
        graph, code = rule_graph(), request.path_params["code"]
        if code not in graph.writers:
            raise HTTPException(404)
        kind = STEP_KINDS[code]
        schemes: dict[str, list[RuleToday]] = {}
        for rule in self._today(request, graph.rules_of(code)):
            schemes.setdefault(_scheme(rule.parameter), []).append(rule)
        values = {
            **self._shared(request),
            "kind": kind,
            "schemes": [(title, schemes[name]) for name, title in _SCHEMES if name in schemes],
            "made_of": graph.made_of(code),
            "used_by": graph.used_by(code),
        }
        return self._pages.page(request, "explore_figure.html", kind.label, values)

    async def rule(self, request: Request) -> Response:
        """One rule: its value and sources, and the figures that it changes."""
        graph, name = rule_graph(), request.path_params["name"]
        if name not in DECLARATIONS:
            raise HTTPException(404)
        rules = tuple(self._today(request, (name,)))
        values = {
            **self._shared(request),
            "name": name,
            "rule": rules[0] if rules else None,
            "changed": graph.figures_of(name),
            "reached": graph.reached_by(name),
        }
        title = message("一条规定改变哪些数")
        return self._pages.page(request, "explore_rule.html", title, values)

    def _area(self, request: Request) -> str:
        asked = fields_of(request.url.query).get("area", "") or self._home
        try:
            covering = self._context().packs.covering(asked)
        except NotFoundError:
            covering = None
        if covering is None:
            raise HTTPException(404)
        return covering.code

    def _shared(self, request: Request) -> dict[str, object]:
        context, area = self._context(), self._area(request)
        return {
            "area": area,
            "place": context.place(area),
            "values_text": values_text,
            "cited": lambda source: named_source(context.packs, source),
        }

    def _today(self, request: Request, names: Iterable[str]) -> Iterable[RuleToday]:
        """The rules that the area gives today; what stands at its default is not shown."""
        context, area = self._context(), self._area(request)
        for name in names:
            period: Period | None = period_on(
                periods_of(context.packs, area, DECLARATIONS[name]), context.today
            )
            if period is not None:
                first = period.citations[0]
                day = str(period.first_day)
                yield RuleToday(name, first.name, period.values, day, period.sources)


_SCHEMES = (
    (str(Scheme.RESIDENT), message("城乡居民")),
    (str(Scheme.EMPLOYEE), message("职工")),
    ("", message("都用")),
)


def _scheme(parameter: str) -> str:
    first = parameter.partition(".")[0]
    return first if first in (Scheme.RESIDENT, Scheme.EMPLOYEE) else ""
