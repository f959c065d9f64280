"""What stands behind a figure of a rulebook."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from yibao.policy.days import iso_day, read_iso_day


class Citation(NamedTuple):
    """What stands behind a cell: the value as written, where it holds and who says so."""

    parameter: str
    area: str
    """Code of the area whose pack gives it, or ``overlay``."""
    keys: str
    """Members that lead to the value, in Chinese; empty where it does not vary."""
    value: str
    """The value as people read it."""
    first_day: int
    last_day: int | None
    """Last day on which this value stands in its area; None while it is open."""
    sources: tuple[str, ...]
    grade: str
    """Best grade among the sources; empty where none is known."""
    status: str
    basis: str
    gap: str
    disputes: tuple[str, ...]
    from_basis: str
    note: str
    name: str
    """Chinese name of the parameter."""
    overlay: bool = False


NO_CITATION = Citation("", "", "", "", 0, None, (), "", "", "", "", (), "", "", "")
"""Stands at position 0: a documented default, or nothing."""

_EMPTY = NO_CITATION._asdict()
_DAYS = ("first_day", "last_day")


def citation_content(citation: Citation) -> dict[str, Any]:
    """The stored form: name -> value, what is empty left out, days as ISO dates."""
    content: dict[str, Any] = {}
    for name, value in citation._asdict().items():
        if name in _DAYS:
            if value is not None:
                content[name] = iso_day(value)
        elif value != _EMPTY[name]:
            content[name] = list(value) if isinstance(value, tuple) else str(value)
    if citation.overlay:
        content["overlay"] = True
    return content


def read_citation(content: Mapping[str, Any]) -> Citation:
    """The citation of a stored form; ``TypeError`` for a name that there is not."""
    values: dict[str, Any] = dict(_EMPTY)
    for name, value in content.items():
        if name not in values:
            raise TypeError(name)
        if name in _DAYS:
            value = read_iso_day(value)
        values[name] = tuple(value) if isinstance(value, list) else value
    return Citation(**values)
