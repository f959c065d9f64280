"""What the service offers and to whom: the one place for sections, entries and roles.

A section whose entries nobody with the visitor's role may see is not shown.  What needs a
login (我要查, 我要办) enters here with a role of its own, and with its routes in ``app``.
"""

from __future__ import annotations

from dataclasses import dataclass

from yibao.policy.model import Words

ANYONE = "anyone"
"""Holds for every visitor, with or without a login."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who looks at a page."""

    roles: frozenset[str] = frozenset({ANYONE})


@dataclass(frozen=True, slots=True)
class Entry:
    """One page that a section leads to."""

    address: str
    title: Words
    purpose: Words
    role: str = ANYONE


@dataclass(frozen=True, slots=True)
class Section:
    """One part of the service."""

    address: str
    title: Words
    entries: tuple[Entry, ...]
    role: str = ANYONE

    def visible(self, visitor: Visitor) -> tuple[Entry, ...]:
        """The entries that a visitor may open."""
        return tuple(entry for entry in self.entries if entry.role in visitor.roles)


def sections_for(sections: tuple[Section, ...], visitor: Visitor) -> tuple[Section, ...]:
    """The sections with something in them for a visitor."""
    return tuple(
        section
        for section in sections
        if section.role in visitor.roles and (section.visible(visitor) or not section.entries)
    )
