"""What a page of one's own consists of: facts, tables, links; one template shows them all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from yibao.messages import Text, Wording

_NOTHING = Markup("")


@dataclass(frozen=True, slots=True)
class Link:
    """A link, or with ``post`` a form of one button."""

    text: Wording
    address: str
    post: bool = False
    second: bool = True
    fields: Sequence[tuple[str, str]] = ()
    """Hidden inputs of the form."""


@dataclass(frozen=True, slots=True)
class ToDo:
    """Something that waits, of the person or of somebody else."""

    what: Text
    about: Text
    link: Link


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a table."""

    text: Text
    address: str = ""
    figure: bool = False
    tag: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """A card: any part may be empty."""

    title: Wording
    lead: Wording | None = None
    facts: Sequence[tuple[Wording, Text]] = ()
    columns: Sequence[Wording] = ()
    rows: Sequence[Sequence[Cell]] = ()
    empty: Wording | None = None
    """Wording where the table has no row."""
    onward: Link | None = None
    """What to do then, where the links do not say so."""
    links: Sequence[Link] = ()
    next_page: str = ""
    """Address of the next page of the table."""
    items: Sequence[str] = ()
    image: Markup = _NOTHING
    """A drawing of our own, as SVG."""
    image_text: Wording | None = None


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page to show."""

    title: Wording
    say: Text = ""
    """The sentence that stands first."""
    about: Text = ""
    blocks: Sequence[Card] = ()
    back: Link | None = None
    good: bool = True
    whose: Sequence[tuple[str, str, bool]] = ()
    """For whom the page can be seen: name, address, whether it is this one."""


def plain(text: Text) -> Cell:
    """Text."""
    return Cell(text)


def figure(text: Text) -> Cell:
    """An amount or number, to the right."""
    return Cell(text, figure=True)


def leading(text: Text, address: str) -> Cell:
    """A cell that leads to a page."""
    return Cell(text, address=address)
