"""Worked cases of cities, each through the road that ``yibao run FILE --with OVERLAY`` takes."""

from __future__ import annotations

import json
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
import yaml

from yibao.errors import RefusedError
from yibao.library import run_scenario

FILES = sorted((Path(__file__).parent / "cities").glob("*.yaml"))
CASES: list[dict[str, Any]] = [
    case
    for file in FILES
    for case in yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
]
"""As texts: a scenario is YAML 1.2, where ``on`` is a key and no truth value."""


@pytest.mark.parametrize("case", CASES, ids=["-".join(case["ids"]) for case in CASES])
def test_a_city_answers_to_the_fen(case: dict[str, Any], tmp_path: Path) -> None:
    overlays = []
    for name in ("scenario", "overlay"):
        if name in case:
            text = json.dumps(case[name], ensure_ascii=False)
            (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
    if "overlay" in case:
        overlays.append(tmp_path / "overlay.yaml")
    answers: list[dict[str, Any]] = []
    refused = pytest.raises(RefusedError, match=case["refused"]) if "refused" in case else None
    with refused or nullcontext():
        answers.extend(run_scenario(tmp_path / "scenario.yaml", overlays=overlays))
    shown = [
        {key: answer[key] for key in expected}
        for answer, expected in zip(answers, case["expect"], strict=True)
    ]
    assert shown == [
        {key: value if isinstance(value, list) else int(value) for key, value in expected.items()}
        for expected in case["expect"]
    ]
