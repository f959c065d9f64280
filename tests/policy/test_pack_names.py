"""Groups and diseases have a name in every language, whichever pack names them."""

from __future__ import annotations

import pytest

from yibao.messages import languages
from yibao.policy.compile import PolicyLibrary
from yibao.policy.pack_names import pack_name

OTHERS = [language for language in languages() if language != "zh"]


@pytest.mark.parametrize("language", OTHERS)
def test_every_name_of_the_packs_is_translated(language: str) -> None:
    packs = PolicyLibrary.load()
    for area in packs.areas():
        if area.parent is None:
            continue
        rulebook = packs.rulebook(area.code)
        for key, names in (("group", rulebook.group_names), ("disease", rulebook.disease_names)):
            for code, name in names.items():
                said = pack_name(key, code, name)
                assert said.text() == name
                assert said.text(language).isascii(), (area.code, code)


def test_an_unknown_code_keeps_the_name_of_its_pack() -> None:
    assert pack_name("disease", "gout", "痛风").text("en") == "痛风"
    assert pack_name("disease", "hypertension", "高血压病").text() == "高血压病"
    assert pack_name("disease", "hypertension", "高血压病").text("en") == "high blood pressure"
