"""What a template says is settled when it becomes Python, and says the same."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from jinja2 import UndefinedError

from yibao.messages.catalogue import translated
from yibao.portal import templating
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


def test_what_was_made_of_a_template_is_kept_by_language(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text("{{ _('医保') }}", encoding="utf-8")
    for _ in range(2):
        for language in LANGUAGES:
            environment = PageEnvironment(tmp_path, language)
            environment.prepare()
            said = environment.get_template("a.html").render()
            assert said == translated("医保", "", language)
    (tmp_path / "a.html").write_text("{{ _('医保') }}。", encoding="utf-8")
    environment = PageEnvironment(tmp_path, "zh")
    assert environment.get_template("a.html").render() == "医保。"


def test_a_cache_that_is_gone_is_no_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = tmp_path / "cache"
    monkeypatch.setenv("YIBAO_CACHE_DIR", str(cache))
    templating._kept.cache_clear()
    environment = PageEnvironment(tmp_path, "zh")
    (tmp_path / "a.html").write_text("{{ _('医保') }}", encoding="utf-8")
    shutil.rmtree(cache)
    assert environment.get_template("a.html").render() == "医保"
    templating._kept.cache_clear()


def test_what_is_said_is_escaped_and_what_is_missing_is_refused(tmp_path: Path) -> None:
    environment = PageEnvironment(tmp_path, "zh")
    template = environment.from_string("{% for x in (1,) %}{{ t('<b>') }}{% endfor %}")
    assert template.render(t=SPEECH["zh"]) == "&lt;b&gt;"
    with pytest.raises(UndefinedError):
        template.render()
