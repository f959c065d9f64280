"""Service steps and the institution directory: what to do, where, and who says so."""

from __future__ import annotations

from yibao.guide import search
from yibao.guide.catalogue import Catalogue, Guide, ListedInstitution
from yibao.guide.reading import load

__all__ = ["Catalogue", "Guide", "ListedInstitution", "find", "guides", "institutions", "load"]


def guides(area: str, task: str | None = None, channel: str | None = None) -> tuple[Guide, ...]:
    """The guides that hold in an area, nearest area first; see ``Catalogue.guides``."""
    return load().guides(area, task, channel)


def find(
    question: str, *, area: str | None = None, channel: str | None = None
) -> tuple[Guide, ...]:
    """The guides that answer a question in Chinese; see ``search.find``."""
    return search.find(load(), question, area=area, channel=channel)


def institutions(
    area: str | None = None, level: str | None = None, department: str | None = None
) -> tuple[ListedInstitution, ...]:
    """Institutions that the sources name; see ``Catalogue.institutions``."""
    return load().institutions(area, level, department)
