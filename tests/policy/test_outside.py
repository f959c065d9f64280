"""Packs from outside the package: made, filled in, checked and asked as a newcomer would."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from yibao.cli.main import app
from yibao.policy.compile import PolicyLibrary
from yibao.policy.lint import lies_outside
from yibao.policy.shelves import OUTSIDE

CITY, CODE = "大同", "140200"
SOURCE = """\
records:
  - {id: DA-01, region: {name: 大同市, code: "140200"}, scheme: resident, topic: inpatient,
     param: deductible, value: 1000, unit: yuan, grade: A,
     source: {title: 通知, issuer: 医保局, url: "https://example.org/1", article: 第三条}}
"""
DEDUCTIBLE = """\
deductible:
  keys: [price_class]
  values:
    2025-01-01: {value: {"1": 1000, "2": 500, "3": 200}, sources: [DA-01]}
"""


def yibao(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


@pytest.fixture
def new_folder(tmp_path: Path) -> Path:
    """A folder as ``yibao policy new`` makes it."""
    folder = tmp_path / "packs"
    result = yibao("policy", "new", CITY, "--into", str(folder))
    assert result.exit_code == 0, result.output
    return folder


def test_a_new_folder_asks_and_is_without_fault(new_folder: Path) -> None:
    questions = (new_folder / "datong/resident/inpatient.yaml").read_text(encoding="utf-8")
    assert "# 居民住院起付线（元，随 price_class" in questions
    assert "# deductible:" in questions
    assert yibao("policy", "lint", str(new_folder)).exit_code == 0
    tested = yibao("policy", "test", str(new_folder), "--json")
    assert tested.exit_code == 0, tested.output
    assert '"checked": 1' in tested.output
    again = yibao("policy", "new", CITY, "--into", str(new_folder))
    assert "已经有" in str(again.exception)


def test_a_newcomer_answers_a_question_and_asks_yibao(new_folder: Path) -> None:
    (new_folder / "datong/resident/inpatient.yaml").write_text(DEDUCTIBLE, encoding="utf-8")
    unknown = yibao("policy", "lint", str(new_folder))
    assert unknown.exit_code == 1
    assert "所引来源 DA-01 不存在" in unknown.output
    (new_folder / "sources/140200.yaml").write_text(SOURCE, encoding="utf-8")
    assert yibao("policy", "lint", str(new_folder)).exit_code == 0
    asked = ("policy", "show", CITY, "resident.inpatient.deductible", "--on", "2025-06-01")
    shown = yibao(*asked, "--packs", str(new_folder), "--json")
    assert shown.exit_code == 0, shown.output
    (rule,) = json.loads(shown.output)["parameters"]
    assert (rule["area"], rule["sources"]) == (CODE, [{"id": "DA-01", "grade": "A"}])
    assert os.environ.get(OUTSIDE) is None, "the folders count for one command"
    listed = yibao("--packs", str(new_folder), "policy", "list", "--json")
    assert CODE in [area["code"] for area in json.loads(listed.output)]


def test_the_environment_names_folders_for_every_library(
    new_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(OUTSIDE, str(new_folder))
    packs = PolicyLibrary.load()
    assert packs.area(CITY).code == CODE
    assert [area.code for area in packs.chain(CODE)] == ["000000", "140000", CODE]


def test_a_pack_over_a_built_in_one_gives_what_it_says_and_leaves_the_rest(tmp_path: Path) -> None:
    over = tmp_path / "over" / "city"
    over.mkdir(parents=True)
    (over / "area.yaml").write_text('code: "140100"\nname: 太原市\nassumptions: true\n', "utf-8")
    (over / "mutual_aid.yaml").write_text(
        "floor: {values: {2025-01-01: {value: 777, status: assumed, basis: 试}}}\n", "utf-8"
    )
    packs = PolicyLibrary.load_with(tmp_path / "over")
    book, plain = packs.rulebook("140100"), PolicyLibrary.load().rulebook("140100")
    floors = [c.value for c in book.citations if c.parameter == "mutual_aid.floor"]
    assert "777.00 元" in floors
    assert book.hash != plain.hash
    assert set(book.groups) == set(plain.groups)
    assert {c.parameter for c in plain.citations} <= {c.parameter for c in book.citations}


def test_expectations_that_do_not_hold_are_said_with_their_line(new_folder: Path) -> None:
    text = (new_folder / "tests/140200.yaml").read_text(encoding="utf-8")
    wrong = text.replace("expect: {balance: 100.00}", "expect: {balance: 1, refused: true}")
    (new_folder / "tests/140200.yaml").write_text(wrong, encoding="utf-8")
    result = yibao("policy", "test", str(new_folder))
    assert result.exit_code == 1
    assert "140200.yaml:13: {balance: zhang, on: 2025-03-01} 的 balance 应是 1" in result.output
    assert "的 refused 应是 true，得到 没有被拒绝" in result.output


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    result = yibao("policy", "list", "--packs", str(tmp_path / "none"))
    assert "没有这个政策包文件夹" in str(result.exception)


def test_a_land_of_its_own_is_no_addition(tmp_path: Path) -> None:
    (tmp_path / "land").mkdir()
    (tmp_path / "land/area.yaml").write_text('code: "000000"\nname: 某国\n', "utf-8")
    assert not lies_outside(tmp_path)


def test_after_the_last_day_of_a_pack_nothing_of_it_holds(tmp_path: Path) -> None:
    city = tmp_path / "packs" / "city"
    city.mkdir(parents=True)
    area = 'code: "140300"\nname: 阳泉市\nassumptions: true\nrefuse_after: 2026-12-31\n'
    (city / "area.yaml").write_text(area, "utf-8")
    (city / "mutual_aid.yaml").write_text(
        "floor: {values: {2025-01-01: {value: 500, status: assumed, basis: 试}}}\n", "utf-8"
    )
    packs = PolicyLibrary.load_with(tmp_path / "packs")
    (floor,) = [
        citation
        for citation in packs.rulebook("140300").citations
        if citation.parameter == "mutual_aid.floor" and citation.area == "140300"
    ]
    assert floor.last_day == (packs.area("140300").refuse_after)
