"""A question that a program asks: a JSON object in, a typed answer out.

The API, the assistant's tools and the command line ask here, so that they take and give the same.
"""

from __future__ import annotations

import datetime
import re
import shlex
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from yibao.errors import InputError
from yibao.inquiry.answer import Answer
from yibao.inquiry.calculators import Calculator, Context, all_calculators
from yibao.inquiry.calculators.base import ELSEWHERE
from yibao.inquiry.fields import Input, Rows, Values, row_name
from yibao.inquiry.filling import (
    MOST_NAME,
    MOST_STRANGE,
    FieldsError,
    Reading,
    read,
    read_json,
    shared,
)
from yibao.inquiry.rendered import Calculation, rendered
from yibao.inquiry.tidying import tidied
from yibao.messages import CHINESE, message
from yibao.policy.compile import PolicyLibrary
from yibao.written import TypedAnswer

_ROW_FIELD = re.compile(r"(.+)-([0-9]+)")


def ask(context: Context, calculator: Calculator, body: Mapping[str, Any]) -> Calculation:
    """The answer to a JSON object; ``FieldsError`` names fields as the object does.

    What ``context`` does not include is not worked out: one visit is settled once.
    """
    inputs = calculator.inputs
    reading = read_json(inputs, body, context.today)
    return _answered(context, calculator, reading, lambda name: json_name(inputs, name))


def read_body(inputs: Sequence[Input], body: Mapping[str, Any], today: datetime.date) -> Values:
    """The typed values of a JSON object; ``FieldsError``."""
    return _faultless(read_json(inputs, body, today), lambda name: json_name(inputs, name))


def read_query(
    inputs: Sequence[Input], pairs: Iterable[tuple[str, str]], today: datetime.date
) -> Values:
    """The typed values of the parameters of an address, each at most once; ``FieldsError``."""
    known = "、".join(asked.name for asked in inputs)
    written: dict[str, str] = {}
    for name, text in pairs:
        if all(name != asked.name for asked in inputs):
            strange = message("不认识这个参数，可以写 {known}", known=known)
            raise FieldsError([(name[:MOST_NAME], strange)])
        if name in written:
            raise FieldsError([(name, message("写了两次"))])
        written[name] = text
    return _faultless(read(inputs, written, today), lambda name: name)


def _faultless(reading: Reading, named: Callable[[str], str]) -> Values:
    if reading.faults:
        raise FieldsError((named(name), text) for name, text in reading.faults.items())
    return reading.values


def ask_by_address(
    context: Context, calculator: Calculator, written: Mapping[str, str]
) -> Calculation:
    """The answer to the parameters of an address, named as those of the calculator's page."""
    reading = _read_address(context, calculator, written)
    return _answered(context, calculator, reading, lambda name: name)


def figures_by_address(
    context: Context, calculator: Calculator, written: Mapping[str, str]
) -> TypedAnswer:
    """The figures alone of what :func:`ask_by_address` answers, without rules and words."""
    reading = _read_address(context, calculator, written)
    return _worked_out(context, calculator, reading, lambda name: name).figures


def _read_address(context: Context, calculator: Calculator, written: Mapping[str, str]) -> Reading:
    known = address_names(calculator)
    strange = [name for name in written if name not in known]
    if strange:
        raise FieldsError(
            (name[:MOST_NAME], message("不认识这个参数")) for name in strange[:MOST_STRANGE]
        )
    return read(calculator.inputs, written, context.today)


def ask_page(
    address: str,
    today: datetime.date,
    packs: PolicyLibrary | None = None,
    language: str = CHINESE,
) -> Calculation:
    """The answer that a page shows, by the page's address: a path, or a whole one.

    ``today``: the day on which the page was looked at; what an address leaves out goes by it.
    """
    packs = packs or PolicyLibrary.load()
    parts = urlsplit(address.strip())
    calculators = all_calculators(packs)
    name = parts.path.rpartition("/calc/")[2].strip("/")
    if name not in calculators:
        known = "、".join(f"/calc/{calculator_id}" for calculator_id in calculators)
        raise InputError(message("没有这样的计算页，有：{known}", known=known), place="address")
    written = dict(parse_qsl(parts.query, keep_blank_values=True))
    plain = tidied(calculators[name].inputs, written)
    context = Context(packs, today, include=frozenset((ELSEWHERE,)), language=language)
    return ask_by_address(context, calculators[name], plain)


def reproduced(name: str, query: str, today: datetime.date) -> tuple[str, str]:
    """Lines that give the answer of a page again: for a shell, and in Python."""
    address = f"/calc/{name}?{query}"
    shell = f"yibao ask {shlex.quote(address)} --today {today}"
    python = (
        "import datetime; from yibao.inquiry.asking import ask_page; "
        f"print(ask_page({address!r}, datetime.date({today.year}, {today.month}, {today.day}))"
        ".headline)"
    )
    return shell, python


def _answered(
    context: Context,
    calculator: Calculator,
    reading: Reading,
    named: Callable[[str], str],
) -> Calculation:
    answer = _worked_out(context, calculator, reading, named)
    query = urlencode(shared(calculator.inputs, reading)) or "show=1"
    return rendered(context, answer, f"/calc/{calculator.id}?{query}")


def _worked_out(
    context: Context,
    calculator: Calculator,
    reading: Reading,
    named: Callable[[str], str],
) -> Answer:
    values = _faultless(reading, named)
    try:
        return calculator.answer(context, values)
    except FieldsError:
        raise
    except InputError as error:
        raise FieldsError([(named(error.place), error.message)]) from None


# --- names ---


def address_names(calculator: Calculator) -> set[str]:
    """Every name that the address of a page may have."""
    names = {"show"}
    for asked in calculator.inputs:
        names.add(asked.name)
        if isinstance(asked, Rows):
            names |= {
                row_name(field.name, number)
                for field in asked.fields
                for number in range(1, asked.most + 1)
            }
    return names


def json_name(inputs: Iterable[Input], name: str) -> str:
    """The place in a JSON object of what a form calls ``amount-2``: ``items[2].amount``."""
    match = _ROW_FIELD.fullmatch(name)
    if match is None:
        return name
    for asked in inputs:
        if isinstance(asked, Rows) and any(field.name == match[1] for field in asked.fields):
            return f"{asked.name}[{match[2]}].{match[1]}"
    return name
