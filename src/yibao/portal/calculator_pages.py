"""我要算: the pages of the calculators."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from yibao.errors import InputError, NotFoundError, RefusedError
from yibao.inquiry.advice import advice, alternatives
from yibao.inquiry.answer import Answer
from yibao.inquiry.asking import reproduced
from yibao.inquiry.basis import assumption_texts, dispute_texts
from yibao.inquiry.calculators import Calculator, Context
from yibao.inquiry.calculators.base import narrowed
from yibao.inquiry.fields import Choice, Field, Rows, row_name
from yibao.inquiry.filling import Faults, Reading, read, rows_in, shared
from yibao.inquiry.refusals import refusal_words
from yibao.inquiry.tidying import tidied
from yibao.messages import Text, message, text_of
from yibao.portal.answer_paper import answer_pdf
from yibao.portal.beside import BESIDE, MOST, OFFERED, OtherScenario, apart, overlaid
from yibao.portal.display import SPEECH, Display
from yibao.portal.drawings import chart_csv, chart_names, chart_svg
from yibao.portal.rendering import Pages, display_of
from yibao.portal.security import fields_of, read_form
from yibao.portal.styles import classes

_QUIET = ("rows-",)
_MOST_ELSEWHERE = 12
"""Other areas that an answer offers; any other is named in the form."""


class CalculatorPages:
    """Shows forms and answers."""

    def __init__(
        self,
        pages: Pages,
        calculators: Mapping[str, Calculator],
        context: Callable[[], Context],
        address: str,
    ) -> None:
        self._pages = pages
        self._calculators = calculators
        self._context = context
        self._address = address

    async def index(self, request: Request) -> Response:
        """All calculators."""
        return self._pages.page(
            request,
            "calculators.html",
            message("我要算"),
            {"calculators": list(self._calculators.values())},
        )

    def _chosen(self, request: Request) -> Calculator:
        calculator = self._calculators.get(request.path_params["id"])
        if calculator is None:
            raise HTTPException(404)
        return calculator

    async def show(self, request: Request) -> Response:
        """A form, or the answer to what the address says."""
        calculator = self._chosen(request)
        written = tidied(calculator.inputs, fields_of(request.url.query))
        other = written.pop(BESIDE, "")[:MOST]
        filled_in_part = written.pop("fill", "") == "1"
        return self._page(request, calculator, written, form_only=filled_in_part, other=other)

    async def send(self, request: Request) -> Response:
        """A form that was sent: on to the address of its answer, or back with what is wrong."""
        calculator = self._chosen(request)
        written = tidied(calculator.inputs, await read_form(request))
        other = written.pop(BESIDE, "")[:MOST]
        if any(name.startswith(_QUIET) for name in written):
            return self._page(request, calculator, written, form_only=True, other=other)
        reading = read(calculator.inputs, written, self._context().today)
        if reading.faults:
            return self._page(request, calculator, written, other=other)
        query = urlencode(shared(calculator.inputs, reading)) or "show=1"
        if other:
            query += f"&{urlencode({BESIDE: other})}"
        return RedirectResponse(f"/calc/{calculator.id}?{query}", 303)

    async def chart(self, request: Request) -> Response:
        """A chart of the answer as a file: SVG, or its numbers as CSV."""
        calculator, _, answer = self._asked(request)
        chart, kind = request.path_params["chart"], request.path_params["kind"]
        if chart not in chart_names(answer) or kind not in ("svg", "csv"):
            raise HTTPException(404)
        speech = SPEECH[display_of(request).language]
        if kind == "csv":
            content, media = chart_csv(answer, chart, speech), "text/csv; charset=utf-8"
        else:
            foot = speech(
                message(
                    "医保明白账，{figures_on} 的规定；仅供参考，以当地医保部门为准",
                    figures_on=answer.figures_on,
                )
            )
            content, media = chart_svg(answer, chart, speech, foot), "image/svg+xml"
        return _file(content, media, f"{calculator.id}-{chart}.{kind}")

    async def paper(self, request: Request) -> Response:
        """The answer as PDF."""
        calculator, context, answer = self._asked(request)
        display = display_of(request)
        content = await run_in_threadpool(
            answer_pdf,
            answer,
            calculator.title,
            display,
            SPEECH[display.language],
            assumption_texts(context.packs, answer.area, answer.assumptions),
            dispute_texts(context.packs, answer.disputes),
            f"{self._address}/calc/{calculator.id}?{request.url.query}",
            context.packs,
        )
        return _file(content, "application/pdf", f"{calculator.id}.pdf")

    def _asked(self, request: Request) -> tuple[Calculator, Context, Answer]:
        """The answer to an address, for a file; 422 for one that has none."""
        calculator = self._chosen(request)
        context = self._context()
        written = tidied(calculator.inputs, fields_of(request.url.query))
        other = written.pop(BESIDE, "")[:MOST]
        reading = read(calculator.inputs, written, context.today)
        if reading.faults:
            raise HTTPException(422)
        answer, faults, refused = self.answered(calculator, context, reading)
        if answer is None:
            raise HTTPException(422, "；".join([*map(text_of, faults.values()), text_of(refused)]))
        beside = self._beside(calculator, context, written, other)
        return calculator, context, overlaid(answer, beside) if beside else answer

    def _beside(
        self, calculator: Calculator, context: Context, written: Mapping[str, str], other: str
    ) -> OtherScenario | None:
        """The other scenario of an address; None where there is none, or it has no answer."""
        if not other:
            return None
        conditions = tidied(calculator.inputs, fields_of(other))
        conditions.pop(BESIDE, None)
        reading = read(calculator.inputs, conditions, context.today)
        if reading.faults:
            return None
        answer, _, _ = self.answered(calculator, context, reading)
        if answer is None:
            return None
        page = f"/calc/{calculator.id}"
        return OtherScenario(
            answer,
            apart(calculator, written, conditions),
            f"{page}?{urlencode(conditions)}",
            f"{page}?{urlencode(written)}",
        )

    def _page(
        self,
        request: Request,
        calculator: Calculator,
        written: dict[str, str],
        *,
        form_only: bool = False,
        other: str = "",
    ) -> Response:
        context = self._context()
        answer: Answer | None = None
        faults: Faults = {}
        refused: Text = ""
        if written and not form_only:
            reading = read(calculator.inputs, written, context.today)
            faults = dict(reading.faults)
            if not faults:
                answer, faults, refused = self.answered(calculator, context, reading)
        display = display_of(request)
        values: dict[str, Any] = {
            "calculator": replace(
                calculator,
                inputs=narrowed(context.packs, calculator.inputs, written.get("area", "")),
            ),
            "written": written,
            "faults": faults,
            "refused": refused,
            "elsewhere": _elsewhere(calculator, request.url.query) if refused else [],
            "answer": answer,
            "names": _names(calculator, display),
            "today": context.today.isoformat(),
            "classes": classes,
            "counts": _counts(calculator, written),
            "example": f"/calc/{calculator.id}?{urlencode(calculator.example)}",
            "files": f"/calc/{calculator.id}/{{}}?{request.url.query}",
            "again": reproduced(calculator.id, urlencode(written), context.today),
            "api": f"/api/v1/{calculator.id}?{urlencode(written)}",
            "other": other,
            "compared": "",
            "beside": None,
            "parts": (),
            "assumptions": {},
            "disputes": {},
            "alternatives": (),
            "advice": None,
        }
        if answer is not None:
            packs = context.packs
            values["parts"] = [
                (
                    part,
                    [
                        (step, self._pages.fragments.cited(step), times)
                        for step, times in part.counted
                    ],
                )
                for part in answer.parts
                if part.steps
            ]
            rows = alternatives(calculator, context, written, answer)
            values["alternatives"] = [
                (row, f"/calc/{calculator.id}?{urlencode(changed_to(written, row.changes))}")
                for row in rows
            ]
            values["advice"] = advice(calculator, context, written, answer, rows)
            conditions = urlencode(written)
            if answer.curve is not None and len(conditions) <= OFFERED:
                again = {**written, "fill": "1", BESIDE: conditions}
                values["compared"] = f"/calc/{calculator.id}?{urlencode(again)}#conditions"
            beside = self._beside(calculator, context, written, other)
            if beside is not None:
                values["beside"] = beside
                values["answer"] = overlaid(answer, beside)
            values["assumptions"] = assumption_texts(packs, answer.area, answer.assumptions)
            values["disputes"] = dispute_texts(packs, answer.disputes)
        return self._pages.page(
            request, "calculator.html", calculator.title, values, 422 if faults else 200
        )

    def answered(
        self, calculator: Calculator, context: Context, reading: Reading
    ) -> tuple[Answer | None, Faults, Text]:
        """The answer; or faults by field, or what the rules refuse."""
        try:
            return calculator.answer(context, reading.values), {}, ""
        except InputError as error:
            places = error.place.split("、") if error.place else [""]
            names = _names(calculator, Display())
            place = next((name for name in places if name in names), "")
            return None, {place: error.message}, ""
        except (RefusedError, NotFoundError) as error:
            return None, {}, refusal_words(context.packs, error)


def changed_to(written: Mapping[str, str], changes: Mapping[str, str]) -> dict[str, str]:
    """What is written with some inputs changed; an empty one is left out."""
    return {name: text for name, text in {**written, **changes}.items() if text}


def _elsewhere(calculator: Calculator, query: str) -> list[tuple[Choice, str]]:
    """The same question in the other areas whose rules are known."""
    written = fields_of(query)
    areas = [
        asked for asked in calculator.inputs if isinstance(asked, Field) and asked.name == "area"
    ]
    return [
        (choice, f"/calc/{calculator.id}?{urlencode({**written, 'area': choice.code})}")
        for choice in (areas[0].choices[: _MOST_ELSEWHERE + 1] if areas else ())
        if choice.code != written.get("area", areas[0].default)
    ][:_MOST_ELSEWHERE]


def _counts(calculator: Calculator, written: Mapping[str, str]) -> dict[str, int]:
    """How many rows each group shows: one more than what is filled, within bounds."""
    return {
        asked.name: rows_in(asked, written)
        for asked in calculator.inputs
        if isinstance(asked, Rows)
    }


def _names(calculator: Calculator, display: Display) -> dict[str, str]:
    """What every input is called, by the name under which it is sent."""
    names: dict[str, str] = {}
    for asked in calculator.inputs:
        if isinstance(asked, Field):
            names[asked.name] = display.say(asked.label)
            continue
        for number in range(1, asked.most + 1):
            row = display.say(asked.row_label.with_values(number=number))
            for field in asked.fields:
                names[row_name(field.name, number)] = f"{row} {display.say(field.label)}"
    return names


def _file(content: str | bytes, media: str, name: str) -> Response:
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "no-store",
        "Vary": "Cookie",
    }
    return Response(content, media_type=media, headers=headers)
