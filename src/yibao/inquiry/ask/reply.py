"""The one object that answers a question, on every road."""

from __future__ import annotations

from typing import Annotated, Any, NamedTuple

import msgspec
from msgspec import Meta

from yibao.messages import Wording


class FigureSaid(NamedTuple):
    """A figure of an answer: what it counts, its number, and how it is said."""

    kind: str
    """``fen``, ``percent`` (basis points), ``months``, ``days``, ``years``, ``count``, ``date``."""
    number: int
    words: Wording


class AreaSaid(msgspec.Struct, rename={"origin": "from"}):
    """Whose rules an answer goes by, and where that comes from."""

    code: str
    name: str
    origin: Annotated[str, Meta(description="question 问题写了，session 设置过，assumed 按缺省。")]


class Refusal(msgspec.Struct, omit_defaults=True):
    """Why a question is not answered."""

    kind: Annotated[str, Meta(description="place no_source domain medical private illegal。")]
    say: str
    name: str = ""
    """The place, the year or the matter."""


class AmountSaid(msgspec.Struct, omit_defaults=True):
    """Another figure that matters as much, or one case of several."""

    label: str
    text: str = ""
    amount_fen: int | None = None


class AnswerSaid(msgspec.Struct, omit_defaults=True):
    """One sentence, the figure that it is about, and those beside it."""

    sentence: str
    amount_fen: int | None = None
    value: float | str | None = None
    unit: str = ""
    also: list[AmountSaid] = []
    branches: list[AmountSaid] = []
    parameter: str = ""


class SourceSaid(msgspec.Struct, omit_defaults=True):
    """A source with its date."""

    id: str
    title: str = ""
    date: str = ""
    grade: str = ""
    parameter: str = ""
    url: str = ""
    says: str = ""
    """What it says, where no pack vouches for it."""
    unverified: bool = False


class Assumption(msgspec.Struct):
    """What was taken for granted."""

    fact: str
    value: str
    text: str


class FollowUp(msgspec.Struct):
    """The one thing that would make the answer surer."""

    fact: str
    ask: str
    choices: list[str] = []


class LinkSaid(msgspec.Struct, omit_defaults=True):
    """A page to go on with."""

    kind: str
    href: str
    id: str = ""
    title: str = ""


class QuestionAnswer(msgspec.Struct, omit_defaults=False):
    """A question and its answer."""

    question: str
    read_as: Annotated[str, Meta(description="问题读成了什么。")]
    intent: str
    covered: bool
    refusal: Refusal | None
    area: AreaSaid | None
    facts: dict[str, Any]
    answer: AnswerSaid
    sources: list[SourceSaid] = []
    assumptions: list[Assumption] = []
    missing: list[FollowUp] = []
    links: list[LinkSaid] = []
    readings: list[str] = []
    """Where the question was not understood: the nearest ones that would be."""
    notice: str = ""
