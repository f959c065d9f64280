"""``yibao office``: the queue, one case, and its next step, by command."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from tests.support.demos import copy_demo

from yibao.cli.main import run


def test_a_case_is_worked_on_by_command(
    demo_store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url = f"sqlite:///{copy_demo(demo_store, tmp_path)}"

    def yibao(*words: str, code: int = 0) -> str:
        with pytest.raises(SystemExit) as left:
            run(["office", *words, "--url", url])
        told = capsys.readouterr()
        assert left.value.code == code, told
        return told.out + told.err

    cases = json.loads(yibao("queue", "--json"))["cases"]
    (filed,) = (row for row in cases if (row["kind"], row["state"]) == ("grant_review", "filed"))
    assert "家庭共济授权审核" in yibao("queue")
    number = filed["case_number"]
    assert re.fullmatch(r"\d{6}-GR-\d{6}-\d{5}", number)
    assert number in yibao("queue")
    assert "可以办：" in yibao("case", number.lower())
    assert "没有受理号" in yibao("case", f"{number[:-5]}99999", code=3)
    assert "已受理" in yibao("move", number, "accept")
    # Whoever took it in does not decide it, by command either.
    assert "您在这件事里已经是受理岗" in yibao("move", filed["case"], "approve", code=4)
    shown = json.loads(yibao("case", filed["case"], "--json"))
    assert (shown["state"], shown["number"]) == ("accepted", 2)
