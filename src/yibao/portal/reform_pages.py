"""改规则试算: one rule changed, the same invented people settled twice, in view of everybody.

Everything typed stands in the address, which may be shared; nothing is kept.  A run takes
seconds of a core: it has a thread of its own, one at a time, and each visitor so many an hour.
Until it ends the page comes again by itself, says how far it is, and can be given up.
"""

from __future__ import annotations

import csv
import datetime
import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from yibao.api.serving import same_site, sender_of
from yibao.errors import InputError, MissingPackError, NotFoundError, YibaoError
from yibao.inquiry.calculators import Context
from yibao.inquiry.curves import waterfall
from yibao.inquiry.source_words import named_source
from yibao.messages import Phrases, Text, message
from yibao.policy.compile import PolicyLibrary
from yibao.portal.charts import percent
from yibao.portal.display import SPEECH
from yibao.portal.feedback import Throttle
from yibao.portal.reform_paper import reform_pdf
from yibao.portal.reform_runs import GivenUpError, Key, ReformRuns, Told
from yibao.portal.rendering import Pages, display_of
from yibao.portal.security import fields_of, read_form
from yibao.reform.changes import (
    ChangeableRule,
    changeable_rules,
    changed_library,
    overlay_of,
    read_values,
)

PEOPLE = 100_000
_RUNS_IN_WINDOW = 20
_MOST_NAME = 40
_PROPOSALS = ("v", "a", "b")
"""What the fields of each proposal begin with."""
_WAIT_SECONDS = 3.0
"""How long a page waits for a run before it comes back to say how far it is."""
_AGAIN_SECONDS = 1


@dataclass(frozen=True, slots=True)
class _Asked:
    """What an address asks."""

    area: Any
    rule: ChangeableRule
    proposals: tuple[tuple[str, ...], ...]
    """What was typed of each; none where nothing was yet."""


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What can be said of what was asked."""

    status: int = 200
    fault: Text = ""
    answers: tuple[dict[str, Any], ...] = ()
    """Of every proposal; none before all are known."""
    share: float | None = None
    """How much of the run is done, while there is one."""


class ReformPages:
    """Shows what a change of one rule does."""

    def __init__(self, pages: Pages, context: Callable[[], Context]) -> None:
        self._pages = pages
        self._context = context
        self._throttle = Throttle(_RUNS_IN_WINDOW)
        self._runs = ReformRuns()

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
            "proposals": _fields(question),
            "cited": lambda source: named_source(context.packs, source),
            "query": request.url.query,
        }
        if not question.proposals:
            return self._pages.page(request, "reform.html", title, values)
        outcome = await self._answers(request, context, question)
        answer = outcome.answers[0] if outcome.answers else None
        values |= {
            "fault": outcome.fault,
            "answer": answer,
            "answers": outcome.answers,
            "share": outcome.share,
            "percent": percent,
            **_words(answer, context),
        }
        page = self._pages.page(request, "reform.html", title, values, outcome.status)
        if outcome.share is not None:
            page.headers["Refresh"] = str(_AGAIN_SECONDS)
        return page

    async def give_up(self, request: Request) -> Response:
        """Stop the run of an address, and show its form again."""
        if not same_site(request):
            raise HTTPException(403)
        written = await read_form(request)
        context = self._context()
        question = self._question_of(context, written)
        for values in question.proposals:
            self._runs.give_up(_key(context, question, values))
        again = {"area": question.area.code, "parameter": question.rule.rule.parameter}
        return RedirectResponse(f"/reform?{urlencode(again)}", 303)

    def _question_of(self, context: Context, asked: dict[str, str]) -> _Asked:
        area = _area(context.packs, asked.get("area", "").strip()[:_MOST_NAME])
        return _question(area, changeable_rules(context.packs, area.code, context.today), asked)

    async def paper(self, request: Request) -> Response:
        """The figures of the same address as PDF of two pages."""
        context = self._context()
        question, answers = await self._known(request, context)
        display = display_of(request)
        content = await run_in_threadpool(
            reform_pdf,
            question.rule,
            question.proposals,
            answers,
            str(question.area.name),
            SPEECH[display.language],
            f"/reform?{request.url.query}",
        )
        headers = {"Content-Disposition": 'attachment; filename="reform.pdf"'}
        return Response(content, media_type="application/pdf", headers=headers)

    async def _known(
        self, request: Request, context: Context
    ) -> tuple[_Asked, tuple[dict[str, Any], ...]]:
        """What an address asks, with the answers; 503 while they are worked out."""
        question = self._question_of(context, fields_of(request.url.query))
        if not question.proposals:
            raise HTTPException(404)
        outcome = await self._answers(request, context, question)
        if not outcome.answers:
            raise HTTPException(503 if outcome.share is not None else outcome.status)
        return question, outcome.answers

    async def table(self, request: Request) -> Response:
        """The figures of the same address as CSV; amounts in yuan a head and year."""
        context = self._context()
        _, (answer, *_) = await self._known(request, context)
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

    async def _answers(self, request: Request, context: Context, question: _Asked) -> _Outcome:
        """What all proposals do, one after the other; nothing runs before all can be read."""
        answers: list[dict[str, Any]] = []
        keys: list[Key] = []
        for number, written in enumerate(question.proposals, 1):
            try:
                keys.append(_key(context, question, written))
            except InputError as error:
                proposal = [message("方案 {number}", number=number)] if number > 1 else []
                where = Phrases([*proposal, error.place])
                fault = message("{where}：{reason}", where=where, reason=error.message)
                return _Outcome(422, fault)
        for place, key in enumerate(keys):
            outcome = await self._answer(request, context, question, key)
            if not outcome.answers:
                share = outcome.share
                if share is not None:
                    share = (place + share) / len(question.proposals)
                return _Outcome(outcome.status, outcome.fault, share=share)
            answers += outcome.answers
        return _Outcome(answers=tuple(answers))

    async def _answer(
        self, request: Request, context: Context, question: _Asked, key: Key
    ) -> _Outcome:
        """What one proposal does; how far the run is that works it out."""
        known = self._runs.answer(key)
        if known is not None:
            return _Outcome(answers=(known,))
        run = self._runs.running()
        if run is not None and run.key != key:
            return _Outcome(503, message("正在为别人试算，请过几秒再试"))
        if run is None:
            if not self._throttle.allows(sender_of(request)):
                return _Outcome(429, message("试算得太多了，请过一会儿再来"))
            packs, area, (overlay, year) = context.packs, question.area.code, key
            run = self._runs.start(key, lambda told: _run(packs, area, overlay, year, told))
            if run is None:
                return _Outcome(503, message("正在为别人试算，请过几秒再试"))
        if not await run_in_threadpool(run.ended, _WAIT_SECONDS):
            return _Outcome(share=run.share)
        if isinstance(run.error, GivenUpError):
            return _Outcome(fault=message("已经停下，没有算完"))
        if isinstance(run.error, YibaoError):
            return _Outcome(422, run.error.message)
        if run.error is not None:
            raise run.error
        assert run.answer is not None
        return _Outcome(answers=(run.answer,))


def _key(context: Context, question: _Asked, written: tuple[str, ...]) -> Key:
    """The small pack of a proposal, and the year; ``InputError`` for what is no value."""
    year = context.today.year
    values = read_values(question.rule, written)
    first_day = datetime.date(year, 1, 1)
    return overlay_of(question.rule, values, question.area.code, first_day), year


def _fields(question: _Asked) -> list[tuple[str, tuple[str, ...]]]:
    """What stands in the fields of every proposal, by what their names begin with."""
    now = tuple(cell.value for cell in question.rule.cells)
    empty = ("",) * len(now)
    typed = [*question.proposals, *(now if not question.proposals else empty,)]
    typed += [empty] * (len(_PROPOSALS) - len(typed))
    return list(zip(_PROPOSALS, typed[: len(_PROPOSALS)], strict=True))


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
    typed = (
        tuple(asked.get(f"{begin}{place}", "")[:20].strip() for place in range(len(rule.cells)))
        for begin in _PROPOSALS
    )
    # Who fills in one figure of a proposal leaves the others as they are.
    proposals = (
        tuple(text or cell.value for text, cell in zip(written, rule.cells, strict=True))
        for written in typed
        if any(written)
    )
    return _Asked(area, rule, tuple(proposals))


def _run(packs: PolicyLibrary, area: str, overlay: str, year: int, told: Told) -> dict[str, Any]:
    """Both rulebooks over the same people; the columns are loaded when somebody asks."""
    from yibao.columns import require

    require()
    from yibao.reform.answer import ReformQuestion, answered

    question = ReformQuestion(area, people=PEOPLE, seeds=1, year=year)
    return answered(question, packs, changed_library(packs, overlay), told)


class _Fall(NamedTuple):
    """A change in the waterfall: where its bar begins, how wide it is, and whether it is more."""

    x: str
    width: str
    more: bool


def _falls(totals: dict[str, list[int]], layers: tuple[str, ...]) -> dict[str, _Fall]:
    """Each layer's change begins where the one before ended; the whole and the own part at none."""
    changes = {name: after - before for name, (before, after) in totals.items()}
    bars = dict(zip(layers, waterfall([(changes[layer], layer) for layer in layers]), strict=True))
    bars |= {name: waterfall([(changes[name], name)])[0] for name in ("fund", "own")}
    low = min(start for _, start, _, _ in bars.values())
    span = max(end for _, _, end, _ in bars.values()) - low
    return {
        name: _Fall(percent(start - low, span), percent(end - start, span), amount > 0)
        for name, (amount, start, end, _) in bars.items()
    }


def _words(answer: dict[str, Any] | None, context: Context) -> dict[str, Any]:
    """What the template calls things."""
    if answer is None:
        return {}
    from yibao.reform import words

    diseases = dict(context.packs.rulebook(answer["area"]).disease_names)
    counts = answer["distribution"]["people"]
    return {
        "layers": {**words.LAYERS, **words.WHOLE},
        "falls": _falls(answer["totals"], tuple(words.LAYERS)),
        "dimensions": words.DIMENSIONS,
        "memberships": words.MEMBERSHIPS,
        "group_name": lambda dimension, name: words.group_name(dimension, name, diseases),
        "bins": [
            (name, count) for name, count in zip(words.bin_names(), counts, strict=True) if count
        ],
        "invented": words.INVENTED,
    }
