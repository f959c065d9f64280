"""What the sources of the directory say of a hospital that a question names."""

from __future__ import annotations

from yibao.guide.catalogue import Catalogue
from yibao.inquiry.ask.draft import Draft
from yibao.inquiry.ask.reply import SourceSaid
from yibao.messages import CHINESE, Listed, message


def say_level(draft: Draft, catalogue: Catalogue) -> None:
    """What the sources of the directory say about a hospital."""
    name = str(draft.facts["hospital"])
    place = next((place for place in catalogue.all_institutions if place.name == name), None)
    levels = [] if place is None else [fact for fact in place.facts if fact.field == "level"]
    if place is None or not levels:
        said = message(
            "名录里没有{name}，它的等级和医保类别没有来源；请问医院或 12393。", name=name
        )
        draft.refuse("no_source", said.text(draft.language), name)
        return
    quoted = draft.language != CHINESE
    levels_said = dict.fromkeys(
        f"“{fact.said or fact.value}”" if quoted else fact.said or fact.value for fact in levels
    )
    said = message(
        "{name}：来源写的是{levels}（{day} 的文章，以卫生部门公布的为准）。",
        name=name,
        levels=Listed(levels_said),
        day=levels[0].seen,
    )
    draft.sentence = said.text(draft.language)
    first = levels[0]
    draft.sources.append(
        SourceSaid(
            id=first.article, title=place.name, date=first.seen.isoformat(), url="/directory"
        )
    )
