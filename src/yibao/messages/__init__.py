"""What is said to people: a message keeps its meaning, and becomes a text at the edge.

``message("还剩 {amount}", amount=Fen(1200))`` is the Chinese source text with named places
and what stands in them.  :func:`text_of` makes a text of it in a language: ``还剩 12.00 元``,
``¥12.00 are left``.  Chinese is the source; every other language is one gettext catalogue
(``locale/<language>/LC_MESSAGES/yibao.po``).
"""

from __future__ import annotations

from yibao.messages.amounts import not_an_amount
from yibao.messages.catalogue import CHINESE, languages
from yibao.messages.message import NOTHING, Message, Text, Wording, message, message_in
from yibao.messages.quantities import (
    Alternatives,
    Days,
    Fen,
    Listed,
    Months,
    Phrases,
    Quantity,
    Ratio,
    Sentences,
    Statements,
    Years,
    Yuan,
    text_of,
)

__all__ = [
    "CHINESE",
    "NOTHING",
    "Alternatives",
    "Days",
    "Fen",
    "Listed",
    "Message",
    "Months",
    "Phrases",
    "Quantity",
    "Ratio",
    "Sentences",
    "Statements",
    "Text",
    "Wording",
    "Years",
    "Yuan",
    "languages",
    "message",
    "message_in",
    "not_an_amount",
    "text_of",
]
