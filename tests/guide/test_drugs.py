"""The national drug catalogue: its counts, and drugs by name, pinyin, class and form."""

from __future__ import annotations

import datetime
import json
from collections import defaultdict
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from starlette.testclient import TestClient

from yibao.cli.main import app
from yibao.errors import InputError
from yibao.guide.drugs import catalogue_areas, class_of, drugs, drugs_named, find_drugs
from yibao.inquiry.care import drug_catalogue
from yibao.policy.compile import PolicyLibrary
from yibao.portal.app import create_app

COUNTS = {
    "western": 1398,
    "patent_tcm": 1336,
    "negotiated_western": 346,
    "negotiated_tcm": 58,
    "bidding": 21,
    "herbal_piece": 892,
}
"""Of the national edition 2024, as its own preface counts them."""


def yibao(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def test_the_counts_of_the_national_edition() -> None:
    numbers: dict[str, set[str]] = defaultdict(set)
    first_class: dict[str, set[str]] = defaultdict(set)
    for drug in drugs():
        number = drug.number.strip("★()（）")
        numbers[drug.part].add(number)
        if drug.item_class == "A":
            first_class[drug.part].add(number)
    assert {part: len(numbered) for part, numbered in numbers.items()} == COUNTS
    assert sum(COUNTS.values()) - COUNTS["herbal_piece"] == 3159
    assert {part: len(numbered) for part, numbered in first_class.items()} == {
        "western": 393,
        "patent_tcm": 246,
    }
    assert len(drugs()) == 4781


def test_drugs_by_name_pinyin_class_and_form() -> None:
    for text in ("阿莫西林", "amoxilin", "amxl"):
        assert find_drugs(text)[0].name == "阿莫西林"
    assert {drug.form for drug in find_drugs("阿莫西林", form="颗粒")} == {"颗粒剂"}
    assert all(drug.item_class == "B" for drug in find_drugs("胰岛素", "B"))
    assert find_drugs("没有这种药") == ()
    assert class_of(drugs_named("阿莫西林")) == "A"
    assert class_of(drugs_named("阿莫西林（颗粒剂）")) == "A"


def test_the_command_says_the_edition_and_that_later_ones_are_not_there() -> None:
    said = yibao("catalogue", "阿莫西林", "--class", "甲")
    assert said.exit_code == 0, said.output
    assert "2024" in said.output
    assert "以后的版本没有收入" in "".join(said.output.split())
    data = json.loads(yibao("catalogue", "amxl", "--json").output)
    assert data["catalogue"]["to"] == "2025-12-31"
    assert data["drugs"][0]["class"] == "A"


def test_a_quote_takes_the_name_of_a_drug_for_its_class() -> None:
    who = "--area 太原 --scheme employee --status working --kind 门诊 --grade 3A".split()
    by_name = yibao("quote", *who, "--item", "阿莫西林:300", "--json")
    by_class = yibao("quote", *who, "--item", "A:300", "--json")
    assert by_name.exit_code == by_class.exit_code == 0, by_name.output
    assert by_name.stdout == by_class.stdout
    assert "阿莫西林 的类别照国家医保药品目录 2024 年版" in by_name.stderr


def test_an_own_catalogue_lies_over_the_national_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "本院目录.csv"
    file.write_text(
        "药名,剂型,类别,先自付\n阿莫西林,颗粒剂,乙,12\n院内制剂一号,,丙,\n", encoding="utf-8"
    )
    monkeypatch.setenv("YIBAO_CATALOGUE", str(file))
    shown = yibao("catalogue", "阿莫西林")
    assert "自己的目录（本院目录.csv）" in shown.output
    assert {drug.form: drug.item_class for drug in drugs_named("阿莫西林")} == {
        "颗粒剂": "B", "口服常释剂型": "A", "口服液体剂": "A",
    }  # fmt: skip
    assert class_of(drugs_named("院内制剂一号")) == "C"
    who = "--area 太原 --scheme employee --status working --kind 住院 --grade 3A".split()
    by_name = yibao("quote", *who, "--item", "阿莫西林（颗粒剂）:3000", "--json")
    by_class = yibao("quote", *who, "--item", "B:3000:upfront=12", "--json")
    assert by_name.exit_code == 0, by_name.output
    assert by_name.stdout == by_class.stdout
    assert "阿莫西林（颗粒剂） 的类别照自己的目录（本院目录.csv）" in by_name.stderr
    file.write_text("Name,Class,Upfront\nAmoxi,B,12%\n", encoding="utf-8")
    assert [(drug.item_class, drug.upfront) for drug in drugs_named("Amoxi")] == [("B", "12")]
    file.write_text("药名,类别\n阿莫西林,特\n", encoding="utf-8")
    with pytest.raises(InputError, match="第 2 行"):
        drugs_named("阿莫西林")
    monkeypatch.setenv("YIBAO_CATALOGUE", str(tmp_path / "没有.csv"))
    with pytest.raises(InputError, match="读不了目录文件"):
        drugs_named("阿莫西林")


@pytest.fixture
def catalogues(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a catalogue of Beijing, of Shanxi and of Taiyuan."""
    for code, lines in {
        "110000": "阿莫西林,颗粒剂,乙,12",
        "140000": "阿莫西林,颗粒剂,乙,30\n省里制剂,,丙,",
        "140100": "省里制剂,,甲,",
    }.items():
        file = tmp_path / f"{code}.csv"
        file.write_text(f"药名,剂型,类别,先自付\n{lines}\n", encoding="utf-8")
    monkeypatch.setenv("YIBAO_CATALOGUE", str(tmp_path))
    return tmp_path


def test_each_area_has_a_catalogue_over_that_of_its_province(catalogues: Path) -> None:
    assert catalogue_areas() == ("110000", "140000", "140100")
    assert class_of(drugs_named("阿莫西林（颗粒剂）")) == "A"  # nowhere: the national one
    assert [drug.upfront for drug in drugs_named("阿莫西林（颗粒剂）", "140100")] == ["30"]
    assert class_of(drugs_named("省里制剂", "140100")) == "A"
    assert class_of(drugs_named("省里制剂", "140200")) == "C"  # a city without one of its own
    assert drugs_named("省里制剂", "110000") == ()
    shown = yibao("catalogue", "省里制剂", "--area", "太原", "--json")
    assert [drug["file"] for drug in json.loads(shown.output)["drugs"]] == ["140100.csv"]


def test_care_elsewhere_takes_the_catalogue_that_the_rules_say(catalogues: Path) -> None:
    """Direct settlement that of the care area, a manual claim that of home (K16, M30)."""
    who = "--area 太原 --scheme employee --status working --kind 住院 --grade 3A".split()
    away = [*who, "--care-area", "北京", "--filing", "long_stay", "--on", "2025-06-01"]
    asked_ways = (
        (away, "110000.csv", 12),
        (who, "140000.csv", 30),
        ([*away, "--manual"], "140000.csv", 30),
    )
    for asked, file, share in asked_ways:
        by_name = yibao("quote", *asked, "--item", "阿莫西林（颗粒剂）:3000", "--json")
        by_class = yibao("quote", *asked, "--item", f"B:3000:upfront={share}", "--json")
        assert by_name.exit_code == 0, by_name.output
        assert by_name.stdout == by_class.stdout
        assert file in by_name.stderr
    packs = PolicyLibrary.load()
    said = {"care_area": "110000", "on": datetime.date(2025, 6, 1)}
    assert drug_catalogue(packs, "140100", said) == "110000"
    assert drug_catalogue(packs, "140100", said | {"manual": True}) == "140100"


def test_the_page_searches_the_catalogue_of_an_area(
    catalogues: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    data = tmp_path_factory.mktemp("service")
    with TestClient(create_app(PolicyLibrary.load(), data=data)) as client:
        page = client.get("/catalogue?q=省里制剂&area=140100").text
        assert "自己的目录（140100.csv）" in page
        assert '<option value="140000">山西省' in page
        assert "目录里没有这个药名" in client.get("/catalogue?q=省里制剂&area=110000").text
