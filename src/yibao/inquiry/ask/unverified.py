"""What sources say about a place that no pack vouches for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from yibao.inquiry.ask.reply import SourceSaid
from yibao.inquiry.citations import cited_source
from yibao.inquiry.source_words import applies_of, sentence_of
from yibao.messages import CHINESE
from yibao.policy.compile import PolicyLibrary
from yibao.policy.model import Source

_MOST = 3


def said_of_place(
    packs: PolicyLibrary, code: str, facts: Mapping[str, Any], language: str = CHINESE
) -> list[SourceSaid]:
    """The records of a place and its province, those of the scheme first; none of elsewhere.

    What a record says is Chinese: in another language its title and address stand for it.
    """
    province = f"{code[:2]}0000"
    records = [
        source
        for source in packs.sources().values()
        if source.region_code in (code, province) and source.value
    ]
    scheme = facts.get("scheme", "")
    records.sort(key=lambda source: (source.region_code != code, source.scheme != scheme))
    return [_said(packs, source, language) for source in records[:_MOST]]


def _said(packs: PolicyLibrary, source: Source, language: str) -> SourceSaid:
    cited = cited_source(packs, source.id)
    return SourceSaid(
        id=source.id,
        title=cited.title,
        date=cited.page_date or applies_of(source),
        grade=cited.grade,
        url=cited.url,
        says=sentence_of(source) if language == CHINESE else "",
        unverified=True,
    )
