"""An answer lists the sources and disputes of the cells that it has read, and no others."""

from __future__ import annotations

import datetime
import html
import io
import re
from urllib.parse import urlencode

import pytest
from pypdf import PdfReader
from starlette.testclient import TestClient

from yibao.inquiry.answer import Answer
from yibao.inquiry.calculators import Calculator, Context
from yibao.inquiry.filling import read
from yibao.policy.citation import Citation
from yibao.policy.compile import PolicyLibrary
from yibao.policy.kinds import ValueStatus

TODAY = datetime.date(2026, 11, 21)
WORKER = {"scheme": "employee", "status": "working"}
RETIRED = {"scheme": "employee", "status": "retired"}
VARIANTS: dict[str, list[dict[str, str]]] = {
    "visit": [
        WORKER | {"institution": "grade-3A"},
        RETIRED | {"kind": "outpatient"},
        {"scheme": "resident", "kind": "outpatient", "institution": "grade-1A"},
        {
            "scheme": "resident",
            "area": "310000",
            "age": "40",
            "kind": "outpatient",
            "institution": "grade-1A",
        },
    ],
    "year": [WORKER, RETIRED, {"scheme": "resident"}],
    "family": [{}],
    "maternity": [{}],
    "contribute": [{}],
    "cover": [{}],
    "aid": [{}],
    "retire": [{}],
    "compare": [WORKER, RETIRED],
    "change": [{}],
}
READ_UNSHOWN = {"K03", "K38"}
"""Read by steps that have no line: the class of a graded hospital, the last day of a window."""
ONLY_OF_RETIREES = {"O-EO-06", "O-EI-02", "K10", "K11"}
ONLY_OF_WORKERS = {"O-EO-05", "O-EI-01", "S4-041", "S4-045"}


def _asked(calculators: dict[str, Calculator]) -> list[tuple[Calculator, dict[str, str]]]:
    assert set(VARIANTS) == set(calculators)
    return [
        (calculators[name], calculators[name].example | written)
        for name, variants in VARIANTS.items()
        for written in variants
    ]


def _answer(calculator: Calculator, written: dict[str, str], packs: PolicyLibrary) -> Answer:
    values = read(calculator.inputs, written, TODAY)
    assert not values.faults, (calculator.id, values.faults)
    return calculator.answer(Context(packs, TODAY, include=frozenset()), values.values)


def _read_cells(answer: Answer) -> set[Citation]:
    return {
        step.citation for part in answer.parts for step in part.steps if step.citation is not None
    }


def _linked(page: str, kind: str) -> set[str]:
    return set(re.findall(rf'href="/policy/{kind}/([^"#?]+)"', page.partition("<main")[2]))


def test_every_source_listed_belongs_to_a_cell_that_was_read_and_none_is_left_out(
    packs: PolicyLibrary, calculators: dict[str, Calculator], client: TestClient
) -> None:
    for calculator, written in _asked(calculators):
        answer = _answer(calculator, written, packs)
        cells = _read_cells(answer)
        sources = {name for cell in cells for name in cell.sources}
        for cell in cells:
            assert (
                cell.sources or cell.status == ValueStatus.ASSUMED or cell.gap or not cell.first_day
            )
        query = urlencode(written)
        page = client.get(f"/calc/{calculator.id}?{query}").text
        assert _linked(page, "source") == sources, (calculator.id, written)
        told = client.get(f"/api/v1/{calculator.id}?{query}").json()
        assert {row["id"] for rule in told["rules"] for row in rule["sources"]} == sources
        values = {(cell.parameter, cell.keys, cell.value) for cell in cells}
        assert {
            (rule["parameter"], value["keys"], value["value"])
            for rule in told["rules"]
            for value in rule["values"]
        } == values, (calculator.id, written)


def test_every_dispute_listed_belongs_to_a_cell_that_was_read(
    packs: PolicyLibrary, calculators: dict[str, Calculator], client: TestClient
) -> None:
    known = packs.disputes()
    for calculator, written in _asked(calculators):
        answer = _answer(calculator, written, packs)
        disputes = {name for cell in _read_cells(answer) for name in cell.disputes} & set(known)
        query = urlencode(written)
        page = client.get(f"/calc/{calculator.id}?{query}").text
        told = client.get(f"/api/v1/{calculator.id}?{query}").json()
        on_page, for_programs = _linked(page, "dispute"), set(told["basis"]["disputes"])
        assert on_page == for_programs >= disputes, (calculator.id, written)
        assert on_page - disputes <= READ_UNSHOWN, (calculator.id, written)


@pytest.mark.parametrize(
    ("written", "others"), [(WORKER, ONLY_OF_RETIREES), (RETIRED, ONLY_OF_WORKERS)]
)
def test_a_workers_year_says_nothing_of_retirees_nor_a_retirees_of_workers(
    client: TestClient,
    calculators: dict[str, Calculator],
    written: dict[str, str],
    others: set[str],
) -> None:
    query = urlencode(calculators["year"].example | written)
    page = html.unescape(client.get(f"/calc/year?{query}").text)
    assert not others & set(re.findall(r"\b[A-Z][A-Z0-9-]*\d\b", page))
    paper = client.get(f"/calc/year/answer.pdf?{query}")
    reader = PdfReader(io.BytesIO(paper.content))
    said = "".join(sheet.extract_text() for sheet in reader.pages)
    assert not others & set(re.findall(r"\b[KX]\d\d\b", said))
