"""Published marginals by area, and what is assumed where none was found."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

_UNITS = {"10k_people": 10_000, "10k": 10_000, "100m": 100_000_000, "percent": 0.01}
_FEN = {"100m_yuan": 10_000_000_000, "yuan": 100}
ALL = "all"
NATION = "000000"
"""Where the whole country stands as an area."""


@dataclass(frozen=True, slots=True)
class Published:
    """One published figure."""

    id: str
    area: str
    scheme: str
    figure: str
    value: float
    """In people, times, days, fractions or fen."""
    year: int
    grade: str
    title: str
    url: str


@cache
def _read(name: str) -> Any:
    text = files("yibao.population").joinpath("data", name).read_text(encoding="utf-8")
    return yaml.safe_load(text)


@cache
def published() -> tuple[Published, ...]:
    """All published figures that are kept here."""
    read = _read("marginals.yaml")
    return tuple(
        Published(
            id=fact["id"],
            area=fact["area"],
            scheme=fact["scheme"],
            figure=fact["figure"],
            value=fact["value"] * _UNITS.get(fact["unit"], 1) * _FEN.get(fact["unit"], 1),
            year=fact["year"],
            grade=fact["grade"],
            **read["sources"][fact["source"]],
        )
        for fact in read["facts"]
    )


def assumptions() -> dict[str, Any]:
    """What is assumed, by name; ``missing`` says what for and why."""
    read: dict[str, Any] = _read("assumptions.yaml")
    return read


@dataclass(slots=True)
class Marginals:
    """The figures for an area: its own, else those of the areas above it, the nation's last."""

    chain: Sequence[str]
    """Codes from the area up to the nation."""
    used: dict[str, Published] = field(default_factory=dict)

    def get(self, figure: str, scheme: str = ALL) -> float | None:
        """The nearest figure, which is taken down as used; None where there is none."""
        for nearest in self._candidates(figure, scheme):
            self.used[nearest.id] = nearest
            return nearest.value
        return None

    def need(self, figure: str, scheme: str = ALL) -> float:
        """The nearest figure; ``KeyError`` where even the nation has none."""
        value = self.get(figure, scheme)
        if value is None:
            raise KeyError(figure)
        return value

    def _candidates(self, figure: str, scheme: str) -> Iterator[Published]:
        for area in self.chain:
            for fact in published():
                if (fact.area, fact.figure, fact.scheme) == (area, figure, scheme):
                    yield fact
