"""政策库: rules by area and subject, their history, sources, disputes, gaps, and the search."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable
from dataclasses import replace
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from yibao.errors import InputError, MissingPackError, NotFoundError
from yibao.guide.drugs import CLASSES, EDITION_SAID, classes_of, drugs_named
from yibao.inquiry import reading
from yibao.inquiry.ask.asker import MOST_QUESTION as MOST_ASKED
from yibao.inquiry.calculators import Context
from yibao.inquiry.changes import ValueChange, recent_changes, subject_name, subjects
from yibao.inquiry.rule_history import line_of, period_on, periods_of
from yibao.inquiry.search import Search
from yibao.inquiry.sentences import values_text
from yibao.inquiry.source_words import named_source, source_shown
from yibao.inquiry.survey_words import COVERAGE, GRADES, NO_GRADE
from yibao.messages import Text, message
from yibao.policy import report
from yibao.policy.compile import PolicyLibrary
from yibao.policy.declarations import Declaration
from yibao.policy.gleaned import first_areas, rule_texts
from yibao.policy.kinds import Handling
from yibao.policy.model import ParameterEntry, Words
from yibao.policy.reported import RuleInForce
from yibao.policy.survey import coverage
from yibao.portal.feedback import ReportStore
from yibao.portal.rendering import Pages
from yibao.portal.security import fields_of

_HANDLED = {
    Handling.FOUND: message("已找到"),
    Handling.ASSUMED: message("推定"),
    Handling.REFUSED: message("拒答"),
}
_MOST_NAME = 40
"""Characters of the name of a place."""
_MOST_COVERED = 12
"""Areas that the page of coverage shows at once."""
_CONFIDENCE = {"high": message("把握大"), "medium": message("把握中等"), "low": message("把握小")}


class PolicyPages:
    """Shows what the packs say."""

    def __init__(
        self, pages: Pages, context: Callable[[], Context], search: Search, reports: ReportStore
    ) -> None:
        self._pages = pages
        self._context = context
        self._search = search
        self._reports = reports
        self._changed: tuple[datetime.date, list[ValueChange]] = (datetime.date.min, [])

    async def index(self, request: Request) -> Response:
        """Areas, what changed lately, and on to a place that is named."""
        context = self._context()
        place = fields_of(request.url.query).get("place", "").strip()[:_MOST_NAME]
        if place:
            return RedirectResponse(f"/policy/area/{quote(place)}", 303)
        values = {
            "areas": context.packs.areas(),
            "changes": self._changes(context)[:8],
            "values_text": values_text,
        }
        return self._pages.page(request, "policy.html", message("政策库"), values)

    def _changes(self, context: Context) -> list[ValueChange]:
        """What changed until today, worked out once a day."""
        day, changes = self._changed
        if day != context.today:
            changes = recent_changes(context.packs, context.today, 120)
            self._changed = (context.today, changes)
        return changes

    async def changes(self, request: Request) -> Response:
        """What changed, newest first."""
        context = self._context()
        values = {
            "changes": self._changes(context),
            "values_text": values_text,
        }
        title = message("最近的变化")
        return self._pages.page(request, "changes.html", title, values)

    async def area(self, request: Request) -> Response:
        """The rules of one area on a day, all or of one subject."""
        context = self._context()
        asked = fields_of(request.url.query)
        day, fault = self._day(asked.get("on", ""), context)
        topic = asked.get("topic", "")
        try:
            area = context.packs.area(request.path_params["area"])
        except MissingPackError as error:
            return self._without_pack(request, context.packs, error)
        except (NotFoundError, InputError):
            raise HTTPException(404) from None
        try:
            shown = report.show(context.packs, area.code, topic or None, day)
        except NotFoundError:
            raise HTTPException(404) from None
        groups: dict[str, list[RuleInForce]] = {}
        for rule in shown.parameters:
            groups.setdefault(report.topic_of(rule.parameter), []).append(rule)
        values = {
            "area": area,
            "topic": topic,
            "day": day,
            "fault": fault,
            "subjects": subjects(context.packs, area.code, day),
            "cited": lambda source: named_source(context.packs, source),
            "groups": [(subject_name(name), rows) for name, rows in groups.items()],
            "values_text": values_text,
        }
        title = message("{name}的规定", name=area.name)
        return self._pages.page(request, "area.html", title, values, 422 if fault else 200)

    def _without_pack(
        self, request: Request, packs: PolicyLibrary, error: MissingPackError
    ) -> Response:
        """A place that is known and has no pack: what sources say about it."""
        records = [source_shown(packs, record) for record in packs.records_of(error.area)]
        values = {"refusal": error.message, "records": records}
        return self._pages.page(request, "place.html", Words(error.name), values, 404)

    async def coverage(self, request: Request) -> Response:
        """How much is known of an area, topic by topic; of the first ones unless one is named."""
        packs = self._context().packs
        asked = fields_of(request.url.query).get("area", "").strip()[:_MOST_NAME]
        refusal: Text = ""
        named = [area.code for area in packs.areas() if area.parent is not None][:_MOST_COVERED]
        try:
            named = [packs.area(asked).code] if asked else named
        except (NotFoundError, InputError) as error:
            refusal, named = error.message, []
        values = {
            "rows": coverage(packs, named) if named else (),
            "areas": packs.areas(),
            "asked": asked,
            "refusal": refusal,
            "subject": subject_name,
            "states": COVERAGE,
        }
        return self._pages.page(request, "coverage.html", message("各地查到了多少"), values)

    async def grades(self, request: Request) -> Response:
        """What the grades of sources mean."""
        values = {"grades": GRADES, "no_grade": NO_GRADE}
        return self._pages.page(request, "grades.html", message("来源的等级"), values)

    def _day(self, text: str, context: Context) -> tuple[datetime.date, Text]:
        if not text:
            return context.today, ""
        try:
            return reading.day(text, ""), ""
        except InputError as error:
            return context.today, error.message

    async def parameter(self, request: Request) -> Response:
        """One rule: its values in all areas by date, with sources and disputes."""
        packs = self._context().packs
        name = request.path_params["name"]
        try:
            declaration = report.parameter_named(name)
        except NotFoundError:
            raise HTTPException(404) from None
        context = self._context()
        asked_area = fields_of(request.url.query).get("area", "")
        if self._known(asked_area):
            return self._parameter_of(request, context, declaration, asked_area)
        now = [
            (area, period)
            for area in first_areas(packs)
            if area.parent is not None
            and any(name in pack.parameters for pack in packs.packs_of(area.code))
            if (period := period_on(periods_of(packs, area.code, declaration), context.today))
        ]
        values = {
            "name": name,
            "now": now,
            "subject": subject_name(report.topic_of(name)),
            "values_text": values_text,
        }
        entries = [
            pack.parameters[name]
            for area, _ in now
            for pack in packs.packs_of(area.code)
            if name in pack.parameters
        ]
        title = _title(entries, name)
        return self._pages.page(request, "parameters.html", title, values)

    def _parameter_of(
        self, request: Request, context: Context, declaration: Declaration, area: str
    ) -> Response:
        """A rule in one area: what holds, its line through time, who says so."""
        packs, name = context.packs, declaration.name
        chain = packs.chain(area)
        place = chain[-1]
        periods = periods_of(packs, place.code, declaration)
        now = period_on(periods, context.today)
        codes = {above.code for above in chain}
        entries = [
            pack.parameters[name]
            for above in chain
            for pack in packs.packs_of(above.code)
            if name in pack.parameters
        ]
        title = _title(entries, name)
        values = {
            "name": name,
            "area": place,
            "giver": "" if now is None else context.place(now.citations[0].area),
            "subject": subject_name(report.topic_of(name)),
            "topic": report.topic_of(name),
            "now": now,
            "periods": periods,
            "curve": line_of(periods, declaration, title, context.today),
            "description": next(
                (entry.description for entry in reversed(entries) if entry.description.zh), ""
            ),
            "disputes": [
                dispute
                for dispute in packs.disputes().values()
                if name in dispute.parameters and dispute.area in codes
            ],
            "gaps": [
                gap for gap in packs.gaps().values() if name in gap.parameters and gap.area in codes
            ],
            "cited": lambda source: named_source(packs, source),
            "values_text": values_text,
        }
        return self._pages.page(request, "parameter.html", title, values)

    def _known(self, code: str) -> bool:
        return bool(code) and self._context().packs.covering(code) is not None

    def _code(self, text: str) -> str:
        """The code of an area that is named; empty for what is none."""
        try:
            return reading.home_area(self._context().packs, text, "")[0] if text.strip() else ""
        except (NotFoundError, InputError):
            return ""

    async def disputes(self, request: Request) -> Response:
        """All disputes."""
        reported = [
            decision
            for _, decision in self._reports.entries()
            if decision is not None and decision.state == "dispute"
        ]
        rows = report.disputes(self._context().packs)
        values = {"rows": rows, "confidence": _CONFIDENCE, "reported": reported}
        title = message("有争议的规定")
        return self._pages.page(request, "disputes.html", title, values)

    async def dispute(self, request: Request) -> Response:
        """One dispute: both sides and the choice."""
        packs = self._context().packs
        try:
            (dispute,) = report.disputes(packs, request.path_params["id"])
        except NotFoundError:
            raise HTTPException(404) from None
        values = {
            "row": dispute,
            "confidence": _CONFIDENCE,
            "cited": lambda name: named_source(packs, name),
            "titles": _titles(packs),
        }
        title = Words(dispute.question, f"Dispute {dispute.id}")
        return self._pages.page(request, "dispute.html", title, values)

    async def gaps(self, request: Request) -> Response:
        """What no source gives."""
        packs = self._context().packs
        values = {
            "rows": report.gaps(packs),
            "handled": _HANDLED,
            "cited": lambda name: named_source(packs, name),
            "titles": _titles(packs),
        }
        title = message("没有来源的数字")
        return self._pages.page(request, "gaps.html", title, values)

    async def source(self, request: Request) -> Response:
        """One record of a source."""
        packs = self._context().packs
        source = packs.sources().get(request.path_params["id"])
        if source is None:
            raise HTTPException(404)
        title = message("来源 {id}", id=source.id)
        return self._pages.page(request, "source.html", title, {"row": source_shown(packs, source)})

    async def search(self, request: Request) -> Response:
        """One answer to a question, and what else it leads to."""
        context = self._context()
        asked = fields_of(request.url.query)
        area = self._code(asked.get("area", ""))
        question = asked.get("q", "").strip()[:MOST_ASKED]
        now = replace(context, include=frozenset())
        said = self._search.ask(now, question, area) if question else None
        drugs = drugs_named(question) if said is not None and not said.covered else ()
        values = {
            "answer": self._search.find(question, context.today, area),
            "said": said,
            "drugs": classes_of(drugs),
            "classes": CLASSES,
            "edition": EDITION_SAID,
            "question": question,
            "area_said": area,
        }
        return self._pages.page(request, "search.html", message("搜索"), values)


def _title(entries: Iterable[ParameterEntry], name: str) -> Words:
    """What packs call a rule."""
    return next((entry.name for entry in entries if entry.name.zh), Words(name, name))


def _titles(packs: PolicyLibrary) -> Callable[[str], Text]:
    """What a rule is called, by its name in the packs; its subject where no pack names it."""
    named = {rule.name: rule.title for rule in rule_texts(packs)}

    def titled(name: str) -> Text:
        said = named.get(name, name)
        return subject_name(report.topic_of(name)) if said == name else Words(said)

    return titled
