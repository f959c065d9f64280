"""Lives on the engine road with the packs that come with yibao."""

from __future__ import annotations

from collections.abc import Callable
from textwrap import indent
from typing import Any

import pytest

from yibao.errors import RefusedError
from yibao.policy.compile import PolicyLibrary
from yibao.scenario import engine
from yibao.scenario.read import scenario_from_text

INSTITUTIONS = """
institutions:
  - {id: h1, area: "140100", kind: hospital, price_class: 1}
  - {id: h2, area: "140100", kind: hospital, price_class: 2}
  - {id: h2c, area: "140100", kind: hospital, price_class: 2, county: true}
  - {id: h3, area: "140100", kind: hospital, price_class: 3}
  - {id: p1, area: "140100", kind: pharmacy, dual_channel: true}
  - {id: dt1, area: "140200", kind: hospital, price_class: 1}
  - {id: bj1, area: "110000", kind: hospital, price_class: 1}
  - {id: cy1, area: "110105", kind: hospital, price_class: 1}
"""


def _block(key: str, entries: str) -> str:
    return f"{key}:\n{indent(entries.strip(chr(10)), '  ')}\n" if entries.strip() else ""


def _text(area: str, top: str, blocks: dict[str, str]) -> str:
    institutions = INSTITUTIONS + indent(blocks.pop("more_institutions", ""), "  ")
    body = "".join(_block(key, entries) for key, entries in blocks.items())
    return f'area: "{area}"\n{top}\n{institutions}\n{body}'


@pytest.fixture(scope="session")
def live(packs: PolicyLibrary) -> Callable[..., list[dict[str, Any]]]:
    """Lives a scenario written by blocks (``people``, ``steps``, ...); gives every answer."""

    def run(*, area: str = "140100", top: str = "", **blocks: str) -> list[dict[str, Any]]:
        scenario = scenario_from_text(_text(area, top, blocks), "life.yaml")
        return [answer.as_json() for answer in engine.run(packs, scenario)]

    return run


@pytest.fixture(scope="session")
def live_until_refused(
    refusing_packs: PolicyLibrary,
) -> Callable[..., tuple[list[dict[str, Any]], RefusedError]]:
    """Lives a scenario that has to be refused; gives the answers before that, and the error."""

    def run(
        *, area: str = "140100", top: str = "", **blocks: str
    ) -> tuple[list[dict[str, Any]], RefusedError]:
        scenario = scenario_from_text(_text(area, top, blocks), "life.yaml")
        answers: list[dict[str, Any]] = []
        with pytest.raises(RefusedError) as caught:
            answers.extend(answer.as_json() for answer in engine.run(refusing_packs, scenario))
        return answers, caught.value

    return run
