"""The guides that hold where somebody is insured."""

from __future__ import annotations

from yibao.errors import NotFoundError
from yibao.guide.catalogue import Catalogue, Guide
from yibao.inquiry.ask.draft import Draft
from yibao.inquiry.ask.forms import Meaning
from yibao.inquiry.ask.reply import LinkSaid, SourceSaid
from yibao.messages import message

COUNTRY = "000000"
"""The area of guides that hold everywhere."""
_MOST_GUIDES = 4


def guides_of(catalogue: Catalogue, code: str, task: str) -> list[Guide]:
    """The guides of a task in a place, else in its province, else of the country."""
    while code not in catalogue.areas and code != COUNTRY:
        code = f"{code[:2]}0000" if not code.endswith("0000") else COUNTRY
    try:
        return list(catalogue.guides(code, task))[:_MOST_GUIDES]
    except NotFoundError:
        return []


def say_guide(draft: Draft, catalogue: Catalogue, form: Meaning) -> None:
    """Say which way leads to it, and link every guide of the draft."""
    first = draft.guides[0]
    task = catalogue.tasks[form.guide].name
    draft.facts["task"] = form.guide
    place = draft.place_name()
    said = draft.in_language(form.say, form.en)
    draft.sentence = said or message(
        "{place}{task}：走{way}，进“{entry}”，按步骤办，要准备的和注意的见指南。",
        place=place if draft.origin == "question" else "",
        task=task.text(draft.language),
        way=catalogue.channels[first.channel].name.text(draft.language),
        entry=first.entry,
    ).text(draft.language)
    if said and draft.origin == "question":
        named = message("{place}：{said}", place=place, said=said)
        draft.sentence = named.text(draft.language)
    for guide in draft.guides:
        link_guide(draft, guide)
    draft.sources.append(
        SourceSaid(
            id=first.sources[0] if first.sources else first.id,
            title=first.title.text(draft.language),
            date=first.last_checked.isoformat(),
            url=f"/guides/{first.id}",
        )
    )


def link_guide(draft: Draft, guide: Guide) -> None:
    """A guide among the pages to go on with."""
    title = guide.title.text(draft.language)
    draft.links.append(LinkSaid("guide", f"/guides/{guide.id}", guide.id, title))
