"""``yibao guide`` and ``yibao directory`` as people and programs read them."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from yibao.cli.main import app
from yibao.cli.text import cells
from yibao.errors import NotFoundError


def run(*arguments: str) -> str:
    result = CliRunner().invoke(app, list(arguments), env={"COLUMNS": "200"})
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.stdout


def test_a_guide_shows_steps_sources_day_and_hotline() -> None:
    out = run("guide", "太原家庭共济怎么绑定", "--channel", "website")
    assert "在山西医保公共服务平台办家庭共济授权（太原）" in out
    assert "      1. 打开山西医保公共服务平台，登录个人网厅。\n" in out
    assert "    来源 S4-004、S4-003、" in out
    assert "最近核对 2026-11-21" in out
    assert "仅供参考，以当地医保部门为准。医保服务热线 12393。" in out


@pytest.mark.parametrize(
    "arguments", [("guide",), ("guide", "缴费", "--area", "太原"), ("directory",)]
)
def test_no_line_is_wider_than_80_cells(arguments: tuple[str, ...]) -> None:
    assert max(cells(line) for line in run(*arguments).splitlines()) <= 80


def test_columns_are_aligned() -> None:
    lines = run("guide", "filing", "--area", "140100", "--channel", "mini_program").splitlines()
    body = lines[1 : lines.index("")]
    assert len(body) >= 9
    for line in body:
        drawn = "".join(character * cells(character) for character in line)
        assert drawn[8] == " "
        assert drawn[9] != " "


def test_without_an_area_the_answer_says_so() -> None:
    out = run("guide", "怎么缴费")
    assert "没有写明参保地" in out
    assert "太原市 140100" in out
    assert "没有写明参保地" not in run("guide", "太原怎么缴费")


def test_json_carries_the_same() -> None:
    data = json.loads(run("guide", "pay_resident", "--area", "140100", "--json"))
    assert data["area"] == "140100"
    assert [item["area"] for item in data["guides"]] == ["140000"] * 4 + ["000000"] * 4
    assert data["notice"]["hotline"] == "12393"
    assert all(item["steps"] and item["sources"] for item in data["guides"])


def test_the_directory_shows_both_sides_of_a_conflict() -> None:
    out = run("directory", "--area", "阿拉善", "--level", "二级")
    assert "等级不一 来源的说法有 2B、3，争议 K28 未决" in out
    assert "    等级 2B，二级乙等综合（S0 第 113 行，2025-03-20 看到）\n" in out
    assert "    等级 3，三级（S0 第 107 行，2025-03-20 看到）\n" in out
    assert "不是排名" in out
    data = json.loads(run("directory", "--area", "阿拉善", "--level", "二级", "--json"))
    assert data["institutions"][0]["levels"] == ["2B", "3"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("guide", "缴费", "--area", "成都"), "太原市 140100"),
        (("guide", "query_visits", "--area", "太原", "--channel", "counter"), "national_app"),
        (("guide", "今天天气"), "居民医保缴费"),
        (("directory", "--area", "北京"), "阜新市"),
        (("directory", "--department", "口腔"), "名录里没有"),
    ],
)
def test_nothing_found_says_what_exists(arguments: tuple[str, ...], says: str) -> None:
    with pytest.raises(NotFoundError, match=says):
        run(*arguments)
