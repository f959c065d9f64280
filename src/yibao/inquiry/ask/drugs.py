"""A question about classes that names a drug: which class it is, in which form."""

from __future__ import annotations

from yibao.inquiry.ask.draft import Draft
from yibao.inquiry.ask.reply import SourceSaid
from yibao.messages import CHINESE, Listed, Phrases, message

_CLASS_ASKED = "类"
_LIST = "catalogue"


def asks_class(draft: Draft) -> bool:
    """Whether the question is what class something is, not how much is paid for it."""
    return _CLASS_ASKED in draft.text


def drug_said(draft: Draft) -> str:
    """The classes of the drug that the question names, by form; empty where it names none.

    The edition stands beside the answer.
    """
    from yibao.guide.drugs import (  # 0.3 MB, unpacked
        CLASSES,
        FIRST_DAY,
        classes_of,
        drugs_in,
        editions_of,
    )

    lines = drugs_in(draft.text, draft.code)
    if not lines:
        return ""
    parts = Phrases(
        message(
            "{forms}是{item_class}",
            forms=Listed([_name(draft, form) for form in drug.forms]),
            item_class=CLASSES[drug.item_class],
        )
        for drug in classes_of(lines)
    )
    name = _name(draft, lines[0].name)
    edition = Listed(editions_of(lines)).text(draft.language)
    since = FIRST_DAY.isoformat()
    draft.sources.append(SourceSaid(id=_LIST, title=edition, date=since, url=f"/{_LIST}"))
    draft.beside(message("药品目录").text(draft.language), edition)
    return message("{name}：{parts}。", name=name, parts=parts).text(draft.language)


def _name(draft: Draft, name: str) -> str:
    """A name of the list, in marks where it stands among words of another language."""
    return name if draft.language == CHINESE else f"“{name}”"
