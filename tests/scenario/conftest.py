"""A small good scenario for the tests to spoil."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from yibao.errors import InputError
from yibao.scenario.read import scenario_from_text


@pytest.fixture(scope="session")
def base() -> str:
    """The text of a good scenario."""
    return Path(__file__).with_name("base.yaml").read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def fault_of() -> Callable[[str], tuple[str, str]]:
    """Reads a text that has to be refused; gives the place and the message."""

    def read(text: str) -> tuple[str, str]:
        with pytest.raises(InputError) as caught:
            scenario_from_text(text, "life.yaml")
        return caught.value.place, str(caught.value.message)

    return read
