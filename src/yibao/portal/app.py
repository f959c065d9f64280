"""The service as one application: pages, API, and what watches over it."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route

from yibao import library
from yibao.api.acting import RecordService
from yibao.api.app import api_routes
from yibao.api.health import health_routes
from yibao.api.observe import Handler, Metrics, Observer, routed
from yibao.api.problems import problem_of
from yibao.api.serving import RateLimit, same_site
from yibao.guide.reading import load as load_guide
from yibao.inquiry.calculators import Context, all_calculators
from yibao.inquiry.calculators.base import area_choices
from yibao.inquiry.curves import CurveStore
from yibao.inquiry.filling import Faults
from yibao.inquiry.reading import today as today_in_china
from yibao.inquiry.search import Search
from yibao.messages import message
from yibao.policy import report
from yibao.policy.compile import PolicyLibrary
from yibao.portal.calculator_pages import CalculatorPages
from yibao.portal.calls import Counter
from yibao.portal.desk.routes import desk_routes
from yibao.portal.display import COOKIE, changed, from_cookie, own_address
from yibao.portal.explore_pages import ExplorePages
from yibao.portal.failing import failure_of
from yibao.portal.feedback import (
    REPORTS_FILE,
    ReportFile,
    ReportStore,
    Throttle,
    names_somebody,
    new_report,
)
from yibao.portal.front import FrontPages
from yibao.portal.guide_pages import GuidePages
from yibao.portal.guided_pages import GuidedPages
from yibao.portal.navigation import Entry, SiteSection, own_sections
from yibao.portal.own.routes import own_routes
from yibao.portal.own.words import CONDITIONS
from yibao.portal.policy_pages import PolicyPages
from yibao.portal.reform_pages import ReformPages
from yibao.portal.rendering import Pages
from yibao.portal.security import CompressPublic, SecurityHeaders, fields_of, read_form
from yibao.portal.styles import stylesheet

_NUMBER = re.compile(r"[0-9]{6}-[0-9a-f]{8}")
_YEAR = 365 * 24 * 3600
LOCAL_ADDRESS = "http://127.0.0.1:8000"
"""Where a service that was told nothing else is opened."""


def _sections(calculators: dict[str, Any]) -> tuple[SiteSection, ...]:
    """The parts of the service; 我要查 and 我要办 enter here with their roles."""
    return (
        SiteSection(
            "/calc",
            message("我要算"),
            tuple(
                Entry(f"/calc/{calculator.id}", calculator.title, calculator.purpose)
                for calculator in calculators.values()
            ),
        ),
        SiteSection(
            "/policy",
            message("政策库"),
            (
                Entry("/policy", message("规定与来源"), message("按地区和主题查每一个数字。")),
                Entry(
                    "/policy/changes", message("最近的变化"), message("哪天起，从多少变成多少。")
                ),
                Entry(
                    "/explore",
                    message("一个数靠什么"),
                    message("每个算出来的数靠哪些规定，又改变哪些数。"),
                ),
                Entry(
                    "/policy/disputes",
                    message("有争议的规定"),
                    message("来源说法不一的，两边都列出。"),
                ),
                Entry(
                    "/reform",
                    message("改规则试算"),
                    message("改一条规定，看基金和各人多付少付多少。"),
                ),
            ),
        ),
        SiteSection(
            "/guides",
            message("办事指南"),
            (
                Entry(
                    "/guides",
                    message("一步一步怎么办"),
                    message("缴费、查询、备案、共济，每个渠道怎么走。"),
                ),
            ),
        ),
        SiteSection(
            "/directory",
            message("机构名录"),
            (
                Entry(
                    "/directory",
                    message("医院在哪里"),
                    message("等级、科室、地址，带出处，不排名。"),
                ),
                Entry(
                    "/catalogue",
                    message("药品目录"),
                    message("一种药是甲类还是乙类，有什么剂型和限制。"),
                ),
            ),
        ),
    )


class _Frame:
    """Pages that belong to no section."""

    def __init__(self, pages: Pages, reports: ReportStore, context: Any) -> None:
        self._pages = pages
        self._reports = reports
        self._context = context
        self._throttle = Throttle()

    async def about(self, request: Request) -> Response:
        """What this is, and what becomes of what one types."""
        title = message("关于与隐私")
        return self._pages.page(request, "about.html", title)

    async def settings(self, request: Request) -> Response:
        """Size of text, colours and language."""
        back = own_address(fields_of(request.url.query).get("back", "/"))
        title = message("显示设置")
        return self._pages.page(request, "settings.html", title, {"back": back})

    async def display(self, request: Request) -> Response:
        """Keep how pages should look, and go back."""
        asked = fields_of(request.url.query)
        wanted = changed(from_cookie(request.cookies.get(COOKIE, "")), asked)
        response = RedirectResponse(own_address(asked.get("back", "/")), 303)
        response.set_cookie(
            COOKIE,
            wanted.to_cookie(),
            max_age=_YEAR,
            httponly=True,
            samesite="lax",
            secure=request.url.scheme == "https",
        )
        return response

    async def report(self, request: Request) -> Response:
        """The form for errors; with a number, on to what became of that report."""
        asked = fields_of(request.url.query)
        number = asked.get("number", "").strip()
        if number and _NUMBER.fullmatch(number):
            return RedirectResponse(f"/report/{number}", 303)
        faults: Faults = {}
        if "number" in asked:
            faults["number"] = message("编号写成 261121-1a2b3c4d 这样，报错以后页面上给的")
        page = asked.get("page", "")
        written = {"page": own_address(page) if page else "", "number": number[:40]}
        return self._report_page(request, written, faults, "")

    async def report_state(self, request: Request) -> Response:
        """What became of a report."""
        number = request.path_params["number"]
        entry = self._reports.find(number) if _NUMBER.fullmatch(number) else None
        values = {"number": number, "entry": entry}
        title = message("这条报错办到哪里了")
        status = 200 if entry else 404
        return self._pages.page(request, "report_state.html", title, values, status)

    async def send_report(self, request: Request) -> Response:
        """Keep a report."""
        if not same_site(request):
            raise HTTPException(403)
        written = await read_form(request)
        sender = request.client.host if request.client else ""
        if not self._throttle.allows(sender):
            raise HTTPException(429)
        faults: Faults = {}
        if not written.get("wrong", "").strip():
            faults["wrong"] = message("请写哪里不对")
        for name, most in (("wrong", 2_000), ("source", 2_000), ("page", 200)):
            if len(written.get(name, "")) > most:
                faults[name] = message("太长了，最多 {most} 个字", most=most)
            elif names_somebody(written.get(name, "")):
                faults[name] = message("里面像有证件号码或手机号；报错是公开的，请去掉再交")
        if faults:
            return self._report_page(request, written, faults, "")
        sent = new_report(
            written.get("page", ""),
            written["wrong"].strip(),
            written.get("source", "").strip(),
            self._context().today,
        )
        try:
            self._reports.keep(sent)
        except OSError:
            raise HTTPException(503) from None
        return self._report_page(request, {}, {}, sent.number)

    def _report_page(
        self, request: Request, written: dict[str, str], faults: Faults, number: str
    ) -> Response:
        values = {"written": written, "faults": faults, "number": number}
        title = message("报错")
        return self._pages.page(request, "report.html", title, values, 422 if faults else 200)

    async def static(self, request: Request) -> Response:
        """A file under the hash of its content."""
        name = request.path_params["name"]
        if name not in self._pages.files or request.url.path != self._pages.addresses[name]:
            raise HTTPException(404)
        content, kind = self._pages.files[name]
        headers = {"Cache-Control": "public, max-age=31536000, immutable"}
        return Response(content, media_type=kind, headers=headers)

    async def failed(self, request: Request, error: Exception) -> Response:
        """A page, or a problem for programs, that says what went wrong."""
        status = error.status_code if isinstance(error, HTTPException) else 500
        if request.url.path.startswith("/api/"):
            return problem_of(request, error)
        failure = failure_of(status)
        values = {"status": status, "failure": failure}
        return self._pages.page(request, "error.html", failure.title, values, status)


def _named(path: str, handler: Handler, methods: tuple[str, ...] = ("GET",)) -> Route:
    """A route that tells the log its pattern."""
    return Route(path, routed(path, handler), methods=list(methods))


def create_app(
    packs: PolicyLibrary | None = None,
    *,
    data: Path,
    today: Callable[[], datetime.date] = today_in_china,
    reports: ReportStore | None = None,
    limit: RateLimit | None = None,
    service: RecordService | None = None,
    address: str = LOCAL_ADDRESS,
    metrics_token: str = "",
) -> Starlette:
    """The whole service.  ``data`` is the folder in which reports are kept.

    ``limit``: how fast one sender may ask the JSON API.  ``service``: the store that its
    operations on records and the pages behind a login work on; without one it only calculates.
    ``address``: where people open it, as papers name it; what a request says of its host is
    whatever its sender wrote.  ``metrics_token``: opens the metrics to other machines.
    ``state.prepare`` of what is returned makes ahead what the first to ask would wait for.
    """
    packs = packs or library.load()
    calculators = all_calculators(packs)
    catalogue = load_guide()
    homes = area_choices(packs)
    home = homes[0].code if homes else ""

    curves = CurveStore()

    def context() -> Context:
        return Context(packs, today(), curves)

    checked = max(guide.last_checked for guide in catalogue.all_guides)
    decided = [dispute.decided for dispute in report.disputes(packs) if dispute.decided]
    pages = Pages(
        (*_sections(calculators), *(own_sections() if service is not None else ())),
        stylesheet(calculators.values(), CONDITIONS),
        max([checked, *decided]),
        packs,
    )
    metrics = Metrics()
    search = Search(packs, catalogue, calculators.values(), home, metrics.note_question)
    calculating = CalculatorPages(pages, calculators, context, address)
    report_store = reports or ReportFile(data / REPORTS_FILE)
    policy = PolicyPages(pages, context, search, report_store)
    reforms = ReformPages(pages, context)
    guides = GuidePages(pages, catalogue, home, context)
    frame = _Frame(pages, report_store, context)
    guided = GuidedPages(pages, calculators["visit"], context, catalogue)
    explore = ExplorePages(pages, context, home)
    front = FrontPages(pages, calculators, context, homes)
    database = None if service is None else service.database

    routes: list[BaseRoute] = [
        _named("/", front.home),
        _named("/services", front.services),
        _named("/style", front.style),
        _named("/calc", calculating.index),
        _named("/calc/{id}", calculating.show),
        _named("/calc/{id}", calculating.send, ("POST",)),
        _named("/calc/{id}/answer.pdf", calculating.paper),
        _named("/calc/{id}/{chart}.{kind}", calculating.chart),
        _named("/guided", guided.ask),
        _named("/explore", explore.index),
        _named("/explore/figure/{code:int}", explore.figure),
        _named("/explore/rule/{name}", explore.rule),
        _named("/policy", policy.index),
        _named("/policy/changes", policy.changes),
        _named("/policy/area/{area}", policy.area),
        _named("/policy/parameter/{name}", policy.parameter),
        _named("/policy/disputes", policy.disputes),
        _named("/policy/dispute/{id}", policy.dispute),
        _named("/policy/gaps", policy.gaps),
        _named("/policy/coverage", policy.coverage),
        _named("/policy/grades", policy.grades),
        _named("/policy/source/{id}", policy.source),
        _named("/reform", reforms.show),
        _named("/reform", reforms.give_up, ("POST",)),
        _named("/reform/table.csv", reforms.table),
        _named("/reform/reform.pdf", reforms.paper),
        _named("/search", policy.search),
        _named("/guides", guides.index),
        _named("/guides/{id}", guides.guide),
        _named("/directory", guides.directory),
        _named("/catalogue", guides.catalogue),
        _named("/report", frame.report),
        _named("/report", frame.send_report, ("POST",)),
        _named("/report/{number}", frame.report_state),
        _named("/settings", frame.settings),
        _named("/display", frame.display),
        _named("/about", frame.about),
        _named("/static/{hash}/{name}", frame.static),
        *health_routes(packs, database, metrics, metrics_token),
        Mount(
            "/api/v1", routes=api_routes(calculators, context, search, limit=limit, service=service)
        ),
    ]
    if service is not None:
        counter = Counter(pages, service, today, address)
        routes += [*own_routes(counter), *desk_routes(counter)]
    app = Starlette(
        routes=routes,
        middleware=[
            Middleware(Observer, metrics=metrics),
            Middleware(SecurityHeaders),
            Middleware(CompressPublic),
        ],
        exception_handlers={HTTPException: frame.failed, Exception: frame.failed},
    )

    def prepare() -> None:
        pages.prepare()
        search.prepare()

    app.state.prepare = prepare
    return app
