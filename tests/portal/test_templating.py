"""What a template says is settled when it becomes Python, and says the same."""

from __future__ import annotations

from pathlib import Path

import pytest
from jinja2 import UndefinedError

from yibao.messages.catalogue import translated
from yibao.portal.display import LANGUAGES, SPEECH
from yibao.portal.templating import PageEnvironment


@pytest.mark.parametrize("language", LANGUAGES)
def test_constant_texts_are_of_the_language(language: str, tmp_path: Path) -> None:
    environment = PageEnvironment(tmp_path, language)
    said = environment.from_string(
        "{{ _('医保') }}|{{ pgettext('answer', '项目') }}|{{ _('再加一行') ~ '<' }}|"
        "{% set word = '医保' %}{{ _(word) }}|{{ _('%(times)s 次', times='<') }}"
    ).render()
    first, of_context, joined, named, counted = said.split("|")
    assert first == named == translated("医保", "", language)
    assert of_context == translated("项目", "answer", language)
    assert joined == translated("再加一行", "", language) + "&lt;"
    assert counted == translated("%(times)s 次", "", language) % {"times": "&lt;"}


def test_a_text_is_a_format_with_and_without_values(tmp_path: Path) -> None:
    environment = PageEnvironment(tmp_path, "zh")
    assert environment.from_string("{{ _('100%%') }}{{ _('<%(a)s', a='>') }}").render() == (
        "100%<&gt;"
    )


def test_what_is_said_is_escaped_and_what_is_missing_is_refused(tmp_path: Path) -> None:
    environment = PageEnvironment(tmp_path, "zh")
    template = environment.from_string("{% for x in (1,) %}{{ t('<b>') }}{% endfor %}")
    assert template.render(t=SPEECH["zh"]) == "&lt;b&gt;"
    with pytest.raises(UndefinedError):
        template.render()
