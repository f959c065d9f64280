"""What an answer rests on without a source, and where sources disagree."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from yibao.benefit.explain import PROJECTED
from yibao.errors import NotFoundError
from yibao.messages import CHINESE, Message, message, text_of
from yibao.policy.compile import PolicyLibrary

REFERENCE_ONLY = message("仅供参考，以当地医保部门为准；咨询 12393。")
"""What every answer ends with."""
NOTICE = str(REFERENCE_ONLY)


def assumption_texts(
    library: PolicyLibrary, area: str, assumptions: Iterable[str], language: str = CHINESE
) -> dict[str, str]:
    """What each assumption fills in: a gap's words, or the name of the parameter."""
    gaps = library.gaps()
    texts = {}
    for name in assumptions:
        if name == PROJECTED:
            texts[name] = _projected(library, area).text(language)
            continue
        gap = gaps.get(name)
        texts[name] = (
            text_of(gap.missing, language) if gap else _parameter_name(library, area, name)
        )
    return texts


def _projected(library: PolicyLibrary, area: str) -> Message:
    """That an answer goes by what is in force today."""
    covering = library.covering(area)
    if covering is None:
        return message("按现行规定推算")
    year = library.rulebook(covering.code).known_year
    return message("按现行规定推算：{year} 年以后的规定还没有公布", year=year)


def _parameter_name(library: PolicyLibrary, area: str, parameter: str) -> str:
    covering = library.covering(area)
    if covering is None:
        return parameter
    try:
        citations = library.rulebook(covering.code).citations
    except NotFoundError:
        return parameter
    return next(
        (citation.name for citation in citations if citation.parameter == parameter), parameter
    )


def dispute_texts(
    library: PolicyLibrary, disputes: Iterable[str], language: str = CHINESE
) -> dict[str, str]:
    """The question of each dispute and the choice that was made.

    Choices are written in Chinese: another language says the question alone.
    """
    known = library.disputes()
    said = {
        name: message(
            "{question}？取：{choice}",
            question=known[name].question,
            choice=known[name].choice or message("未决"),
        )
        if language == CHINESE or not known[name].choice
        else message("{question}？", question=known[name].question)
        for name in disputes
        if name in known
    }
    return {name: words.text(language) for name, words in said.items()}


def basis_data(
    library: PolicyLibrary,
    area: str,
    assumptions: Iterable[str],
    disputes: Iterable[str],
    language: str = CHINESE,
) -> dict[str, Any]:
    """The same for programs."""
    return {
        "basis": {
            "assumptions": assumption_texts(library, area, assumptions, language),
            "disputes": dispute_texts(library, disputes, language),
        },
        "notice": REFERENCE_ONLY.text(language),
    }
