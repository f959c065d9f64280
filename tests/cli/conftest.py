"""The command through its real entry, inside this process."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from yibao.cli.main import run

_DEFAULTS = ("YIBAO_AREA", "YIBAO_SCHEME", "YIBAO_STATUS", "YIBAO_DEBUG", "YIBAO_LANGUAGE")


@dataclass(frozen=True)
class Done:
    """What a command left behind."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        """The one JSON object on stdout."""
        (line,) = self.out.splitlines()
        return json.loads(line)


Yibao = Callable[..., Done]


@pytest.fixture
def yibao(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Yibao:
    """Runs ``yibao`` with these arguments, at 80 columns and without anybody's defaults."""
    monkeypatch.setenv("COLUMNS", "80")
    for name in _DEFAULTS:
        monkeypatch.delenv(name, raising=False)

    def call(*arguments: str) -> Done:
        with pytest.raises(SystemExit) as left:
            run(arguments)
        captured = capsys.readouterr()
        assert isinstance(left.value.code, int)
        return Done(left.value.code, captured.out, captured.err)

    return call
