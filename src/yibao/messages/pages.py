"""What templates of pages in several languages need: ``_`` and how a language is named."""

from __future__ import annotations

from functools import cache
from typing import Any

from yibao.messages.catalogue import CHINESE, translated


def html_language(language: str) -> str:
    """A language as HTML names it."""
    return "zh-CN" if language == CHINESE else language


@cache
def own_name(language: str) -> str:
    """What a language calls itself: 中文, English; no catalogue is read for it."""
    from babel import Locale

    return Locale.parse(language).get_language_name(language) or language


def speak(environment: Any, language: str) -> None:
    """Let ``_``, ``pgettext`` and ``ngettext`` of a Jinja environment speak a language.

    The environment has the extension ``jinja2.ext.i18n``.
    """

    def gettext(source: str) -> str:
        return translated(source, "", language)

    def pgettext(context: str, source: str) -> str:
        return translated(source, context, language)

    def ngettext(single: str, many: str, count: int) -> str:
        return translated(single if count == 1 else many, "", language)

    environment.install_gettext_callables(gettext, ngettext, newstyle=True, pgettext=pgettext)
    environment.globals.update(html_language=html_language, own_name=own_name)
