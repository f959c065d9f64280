"""改规则试算: one rule changed, the same invented people settled twice, in view of everybody.

Everything typed stands in the address, which may be shared; nothing is kept.  A run takes
seconds of a core: it has a thread of its own, one at a time, and each visitor so many an hour.
"""

from __future__ import annotations

import csv
import datetime
import io
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from yibao.api.serving import sender_of
from yibao.errors import InputError, MissingPackError, NotFoundError, YibaoError
from yibao.inquiry.calculators import Context
from yibao.inquiry.source_words import named_source
from yibao.messages import Text, message
from yibao.policy.compile import PolicyLibrary
from yibao.portal.charts import percent
from yibao.portal.feedback import Throttle
from yibao.portal.rendering import Pages
from yibao.portal.security import fields_of
from yibao.reform.changes import (
    ChangeableRule,
    changeable_rules,
    changed_library,
    overlay_of,
    read_values,
)

PEOPLE = 100_000
_RUNS_IN_WINDOW = 20
_ANSWERS_KEPT = 64
_MOST_NAME = 40


@dataclass(frozen=True, slots=True)
class _Asked:
    """What an address asks."""

    area: Any
    rule: ChangeableRule
    written: tuple[str, ...]
    """Empty where nothing was typed yet."""


class ReformPages:
    """Shows what a change of one rule does."""

    def __init__(self, pages: Pages, context: Callable[[], Context]) -> None:
        self._pages = pages
        self._context = context
        self._throttle = Throttle(_RUNS_IN_WINDOW)
        self._running = threading.Lock()
        self._answers: OrderedDict[tuple[str, int], dict[str, Any]] = OrderedDict()

    async def show(self, request: Request) -> Response:
        """The places, the rules of one, the form of one rule, or what its change does."""
        context = self._context()
        asked = fields_of(request.url.query)
        values: dict[str, Any] = {"area": None, "rule": None, "answer": None, "fault": ""}
        place = asked.get("area", "").strip()[:_MOST_NAME]
        title = message("改规则试算")
        areas = [area for area in context.packs.areas() if area.parent and area.complete]
        values["areas"] = areas
        if not place:
            return self._pages.page(request, "reform.html", title, values)
        area = _area(context.packs, place)
        rules = changeable_rules(context.packs, area.code, context.today)
        values |= {"area": area, "rules": rules}
        if "parameter" not in asked:
            return self._pages.page(request, "reform.html", title, values)
        question = _question(area, rules, asked)
        values |= {
            "rule": question.rule,
            "written": question.written or [cell.value for cell in question.rule.cells],
            "cited": lambda source: named_source(context.packs, source),
            "query": request.url.query,
        }
        if not question.written:
            return self._pages.page(request, "reform.html", title, values)
        status, fault, answer = await self._answer(request, context, question)
        values |= {"fault": fault, "answer": answer, "percent": percent, **_words(answer, context)}
        return self._pages.page(request, "reform.html", title, values, status)

    async def table(self, request: Request) -> Response:
        """The figures of the same address as CSV; amounts in yuan a head and year."""
        context = self._context()
        asked = fields_of(request.url.query)
        area = _area(context.packs, asked.get("area", "").strip()[:_MOST_NAME])
        rules = changeable_rules(context.packs, area.code, context.today)
        question = _question(area, rules, asked)
        if not question.written:
            raise HTTPException(404)
        status, _, answer = await self._answer(request, context, question)
        if answer is None:
            raise HTTPException(status)
        out = io.StringIO()
        rows = csv.writer(out)
        rows.writerow(["group", "name", "people", "winners", "losers", "fund_yuan", "own_yuan"])
        for dimension, groups in answer["groups"].items():
            for name, group in groups.items():
                changes = [
                    f"{(group[side][1] - group[side][0]) / 100:.2f}" for side in ("fund", "own")
                ]
                counts = [group[count] for count in ("people", "winners", "losers")]
                rows.writerow([dimension, name, *counts, *changes])
        headers = {"Content-Disposition": 'attachment; filename="reform.csv"'}
        return Response(out.getvalue(), media_type="text/csv; charset=utf-8", headers=headers)

    async def _answer(
        self, request: Request, context: Context, question: _Asked
    ) -> tuple[int, Text, dict[str, Any] | None]:
        """Status, what is wrong, and what the change does."""
        try:
            values = read_values(question.rule, question.written)
        except InputError as error:
            fault = message("{where}：{reason}", where=error.place, reason=error.message)
            return 422, fault, None
        year = context.today.year
        first_day = datetime.date(year, 1, 1)
        overlay = overlay_of(question.rule, values, question.area.code, first_day)
        answer = self._answers.get((overlay, year))
        if answer is not None:
            return 200, "", answer
        if not self._throttle.allows(sender_of(request)):
            return 429, message("试算得太多了，请过一会儿再来"), None
        if not self._running.acquire(blocking=False):
            return 503, message("正在为别人试算，请过几秒再试"), None
        try:
            answer = await run_in_threadpool(_run, context.packs, question.area.code, overlay, year)
        except YibaoError as error:
            return 422, error.message, None
        finally:
            self._running.release()
        self._answers[overlay, year] = answer
        while len(self._answers) > _ANSWERS_KEPT:
            self._answers.popitem(last=False)
        return 200, "", answer


def _area(packs: PolicyLibrary, place: str) -> Any:
    try:
        return packs.area(place)
    except (MissingPackError, NotFoundError, InputError):
        raise HTTPException(404) from None


def _question(area: Any, rules: list[ChangeableRule], asked: dict[str, str]) -> _Asked:
    named = (rule for rule in rules if rule.rule.parameter == asked.get("parameter", ""))
    rule = next(named, None)
    if rule is None:
        raise HTTPException(404)
    written = tuple(asked.get(f"v{place}", "")[:20] for place in range(len(rule.cells)))
    return _Asked(area, rule, written if any(written) else ())


def _run(packs: PolicyLibrary, area: str, overlay: str, year: int) -> dict[str, Any]:
    """Both rulebooks over the same people; the columns are loaded when somebody asks."""
    from yibao.columns import require

    require()
    from yibao.reform.answer import ReformQuestion, answered

    question = ReformQuestion(area, people=PEOPLE, seeds=1, year=year)
    return answered(question, packs, changed_library(packs, overlay))


def _words(answer: dict[str, Any] | None, context: Context) -> dict[str, Any]:
    """What the template calls things."""
    if answer is None:
        return {}
    from yibao.reform import words

    diseases = dict(context.packs.rulebook(answer["area"]).disease_names)
    counts = answer["distribution"]["people"]
    return {
        "layers": {**words.LAYERS, **words.WHOLE},
        "dimensions": words.DIMENSIONS,
        "memberships": words.MEMBERSHIPS,
        "group_name": lambda dimension, name: words.group_name(dimension, name, diseases),
        "bins": [
            (name, count) for name, count in zip(words.bin_names(), counts, strict=True) if count
        ],
        "invented": words.INVENTED,
    }
