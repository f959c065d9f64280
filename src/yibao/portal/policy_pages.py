"""政策库: rules by area and subject, their history, sources, disputes, gaps, and the search."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import replace

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from yibao.errors import InputError, NotFoundError
from yibao.inquiry import reading
from yibao.inquiry.ask.asker import MOST_QUESTION as MOST_ASKED
from yibao.inquiry.calculators import Context
from yibao.inquiry.changes import recent_changes, subject_name, subjects
from yibao.inquiry.citations import cited_source
from yibao.inquiry.search import Search
from yibao.inquiry.sentences import values_text
from yibao.messages import Text, message
from yibao.policy import report
from yibao.policy.kinds import Handling
from yibao.policy.model import Words
from yibao.policy.reported import RuleInForce
from yibao.portal.feedback import ReportStore
from yibao.portal.rendering import Pages
from yibao.portal.security import fields_of

_HANDLED = {
    Handling.FOUND: message("已找到"),
    Handling.ASSUMED: message("推定"),
    Handling.REFUSED: message("拒答"),
}
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

    async def index(self, request: Request) -> Response:
        """Areas, subjects and what changed lately."""
        context = self._context()
        areas = [
            (area, subjects(context.packs, area.code, context.today))
            for area in context.packs.areas()
        ]
        values = {"areas": areas, "changes": recent_changes(context.packs, context.today, 8)}
        values["values_text"] = values_text
        return self._pages.page(request, "policy.html", message("政策库"), values)

    async def changes(self, request: Request) -> Response:
        """What changed, newest first."""
        context = self._context()
        values = {
            "changes": recent_changes(context.packs, context.today, 120),
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
            "groups": [(subject_name(name), rows) for name, rows in groups.items()],
            "values_text": values_text,
        }
        title = message("{name}的规定", name=area.name)
        return self._pages.page(request, "area.html", title, values, 422 if fault else 200)

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
        asked_area = fields_of(request.url.query).get("area", "")
        chain = (
            {area.code for area in packs.chain(asked_area)} if self._known(asked_area) else set()
        )
        entries = [
            pack.parameters[name] for pack in packs.tree.packs.values() if name in pack.parameters
        ]
        named = next((entry.name for entry in entries if entry.name.zh), Words(name, name))
        descriptions = {
            code: pack.parameters[name].description
            for code, pack in packs.tree.packs.items()
            if name in pack.parameters
        }
        disputes = [dispute for dispute in packs.disputes().values() if name in dispute.parameters]
        gaps = [gap for gap in packs.gaps().values() if name in gap.parameters]
        rows = sorted(
            report.history(packs, name),
            key=lambda value: (value.area not in chain if chain else False, value.area),
        )
        values = {
            "name": name,
            "subject": subject_name(report.topic_of(name)),
            "unit": declaration.table.unit,
            "descriptions": descriptions,
            "rows": list(reversed(rows)) if not chain else rows,
            "chain": chain,
            "disputes": disputes,
            "gaps": gaps,
            "values_text": values_text,
        }
        return self._pages.page(request, "parameter.html", named, values)

    def _known(self, code: str) -> bool:
        return any(area.code == code for area in self._context().packs.areas())

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
            "cited": lambda name: cited_source(packs, name),
        }
        title = Words(dispute.question, f"Dispute {dispute.id}")
        return self._pages.page(request, "dispute.html", title, values)

    async def gaps(self, request: Request) -> Response:
        """What no source gives."""
        values = {"rows": report.gaps(self._context().packs), "handled": _HANDLED}
        title = message("没有来源的数字")
        return self._pages.page(request, "gaps.html", title, values)

    async def source(self, request: Request) -> Response:
        """One record of a source."""
        try:
            (source,) = report.sources(self._context().packs, request.path_params["id"])
        except NotFoundError:
            raise HTTPException(404) from None
        title = message("来源 {id}", id=source.id)
        return self._pages.page(request, "source.html", title, {"row": source})

    async def search(self, request: Request) -> Response:
        """What a question leads to."""
        context = self._context()
        asked = fields_of(request.url.query)
        asked_area = asked.get("area", "")
        answer = self._search.find(
            asked.get("q", ""), context.today, asked_area if self._known(asked_area) else ""
        )
        areas = [area for area in context.packs.areas() if area.parent is not None]
        question = asked.get("q", "").strip()[:MOST_ASKED]
        said = None
        if question:
            known = asked_area if self._known(asked_area) else ""
            now = replace(context, include=frozenset())
            said = self._search.ask(now, question, known)
        values = {
            "answer": answer,
            "areas": areas,
            "place": context.place(answer.area),
            "said": said,
            "question": question,
        }
        return self._pages.page(request, "search.html", message("搜索"), values)
