"""What an answer rests on without a source, and where sources disagree."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from yibao.errors import NotFoundError
from yibao.policy.compile import PolicyLibrary

NOTICE = "仅供参考，以当地医保部门为准；咨询 12393。"


def assumption_texts(
    library: PolicyLibrary, area: str, assumptions: Iterable[str]
) -> dict[str, str]:
    """What each assumption fills in: a gap's words, or the name of the parameter."""
    gaps = library.gaps()
    texts = {}
    for name in assumptions:
        gap = gaps.get(name)
        texts[name] = gap.missing.zh if gap else _parameter_name(library, area, name)
    return texts


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


def dispute_texts(library: PolicyLibrary, disputes: Iterable[str]) -> dict[str, str]:
    """The question of each dispute and the choice that was made."""
    known = library.disputes()
    return {
        name: f"{known[name].question.zh}？取：{known[name].choice or '未决'}"
        for name in disputes
        if name in known
    }


def basis_data(
    library: PolicyLibrary, area: str, assumptions: Iterable[str], disputes: Iterable[str]
) -> dict[str, Any]:
    """The same for programs."""
    return {
        "basis": {
            "assumptions": assumption_texts(library, area, assumptions),
            "disputes": dispute_texts(library, disputes),
        },
        "notice": NOTICE,
    }
