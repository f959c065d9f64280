"""``yibao moving``: the key of a store, what it refuses to take in, and care after a death."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.support.demos import copy_demo

from yibao.cli.main import run


def test_forms_go_in_and_out_by_command(
    demo_store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url = f"sqlite:///{copy_demo(demo_store, tmp_path)}"

    def yibao(*words: str, code: int = 0) -> str:
        with pytest.raises(SystemExit) as left:
            run(["moving", *words, "--url", url])
        told = capsys.readouterr()
        assert left.value.code == code, told
        return told.out + told.err

    key = json.loads(yibao("key", "--json"))["key"]
    assert len(key) == 64
    assert yibao("key").strip() == key
    form = tmp_path / "form.json"
    form.write_text("{}", encoding="utf-8")
    assert "这不是信息表文件" in yibao("form-in", str(form), "--key", key, code=2)
    assert "读不了" in yibao("form-in", str(tmp_path / "none.json"), "--key", key, code=2)
    assert "没有案件" in yibao("form-out", "none", str(tmp_path / "out.json"), code=3)
    assert json.loads(yibao("after-death", "--json")) == {"settlements": []}
    assert "没有死亡以后的结算" in yibao("after-death")
