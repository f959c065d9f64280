"""Messages: said in a language at the edge, each kind of value in its own way."""

from __future__ import annotations

import datetime
import json
import subprocess
import sys
from pathlib import Path

import pytest

import messages as tool
from yibao.errors import RefusedError
from yibao.messages import (
    Days,
    Fen,
    Listed,
    Months,
    Ratio,
    Yuan,
    catalogue,
    languages,
    message,
    message_in,
    text_of,
)
from yibao.messages.stored import from_stored, to_stored
from yibao.policy.model import Words


def test_values_are_written_by_their_kind() -> None:
    said = message("{a}，{b}，{c}，{d}，{e}，{f}，{g}，{h}")
    values = {
        "a": Fen(123_450),
        "b": Ratio(9_610),
        "c": Months(3),
        "d": Days(98),
        "e": datetime.date(2025, 3, 1),
        "f": 7,
        "g": Words("太原市", "Taiyuan"),
        "h": Listed(["甲", message("统筹基金支付 {amount}", amount=Yuan(100))]),
    }
    assert str(said.with_values(**values)) == (
        "1,234.50 元，96.1%，3 个月，98 天，2025-03-01，7，太原市，甲、统筹基金支付 1.00"
    )
    assert said.with_values(**values).text("en") == (
        "¥1,234.50，96.1%，3 months，98 days，2025-03-01，7，Taiyuan，甲, The pooled fund pays 1.00"
    )
    assert Months(1).text("en") == "1 month"


def test_a_message_is_a_value() -> None:
    assert message("还差 {months}", months=Months(3)) == message("还差 {months}", months=Months(3))
    assert message_in("a", "还差") != message_in("b", "还差")
    assert len({message("还差"), message("还差")}) == 1
    assert not message("")


def test_what_is_kept_is_said_in_any_language_later() -> None:
    inner = message("统筹基金支付 {amount}", amount=Fen(100))
    wording = message_in(
        "list", "{a}，{b}", a=Listed(["甲", inner, Months(3), datetime.date(2025, 3, 1)]), b=7
    )
    stored = json.loads(json.dumps(to_stored(wording), ensure_ascii=False))
    assert from_stored(stored) == wording
    assert text_of(from_stored(stored), "en") == wording.text("en")
    name = from_stored(json.loads(json.dumps(to_stored(Words("太原市", "Taiyuan")))))
    assert (text_of(name), text_of(name, "en"), text_of(name, "xx")) == (
        ("太原市", "Taiyuan", "太原市")
    )
    assert from_stored("以前写下的话") == "以前写下的话"
    refused = RefusedError(inner).of("甲")
    assert text_of(from_stored(to_stored(refused.said)), "en") == refused.text("en")


def test_a_third_language_is_one_more_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    entries = {key: f"<{text}>" for key, text in tool.read(catalogue.path_of("en")).items()}
    tool.write(catalogue.path_of("xx", tmp_path), "xx", entries)
    monkeypatch.setattr(catalogue, "LOCALE", tmp_path)
    assert languages() == ("zh", "xx")
    said = message("统筹基金支付 {amount}", amount=Fen(100))
    assert said.text("xx") == "<The pooled fund pays <¥1.00>>"
    assert text_of(said) == "统筹基金支付 1.00 元"


def test_chinese_loads_no_babel() -> None:
    program = (
        "import sys; from yibao.messages import Fen, message; import yibao.library; "
        "said = message('统筹基金支付 {amount}', amount=Fen(100)); str(said); "
        "assert 'babel' not in sys.modules; said.text('en'); assert 'babel' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


@pytest.mark.parametrize("language", [name for name in languages() if name != "zh"])
def test_every_message_of_the_source_is_in_the_catalogue(language: str) -> None:
    """A new message: ``python tools/messages.py`` adds it; then write its translation."""
    assert tool.faults(language) == []
