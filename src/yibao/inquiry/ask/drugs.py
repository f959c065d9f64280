"""A question about classes that names a drug: which class it is, in which form."""

from __future__ import annotations

from yibao.inquiry.ask.draft import Draft
from yibao.messages import Listed, Phrases, message

_CLASS_ASKED = "类"


def asks_class(draft: Draft) -> bool:
    """Whether the question is what class something is, not how much is paid for it."""
    return _CLASS_ASKED in draft.text


def drug_said(draft: Draft) -> str:
    """The classes of the drug that the question names, by form; empty where it names none.

    The edition stands beside the answer.
    """
    from yibao.guide.drugs import CLASSES, classes_of, drugs_in, editions_of  # 0.3 MB, unpacked

    lines = drugs_in(draft.text, draft.code)
    if not lines:
        return ""
    parts = Phrases(
        message(
            "{forms}是{item_class}",
            forms=Listed(drug.forms),
            item_class=CLASSES[drug.item_class],
        )
        for drug in classes_of(lines)
    )
    edition = Listed(editions_of(lines))
    draft.beside(message("药品目录").text(draft.language), edition.text(draft.language))
    return message("{name}：{parts}。", name=lines[0].name, parts=parts).text(draft.language)
