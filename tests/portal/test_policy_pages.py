"""政策库 page by page: sources without developers' English, grades, coverage, places by name."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest
from starlette.testclient import TestClient

from yibao import library
from yibao.inquiry.changes import recent_changes, subject_name
from yibao.inquiry.source_words import sentence_of, source_shown
from yibao.messages import CHINESE
from yibao.policy.parameters import DECLARATIONS
from yibao.policy.report import topic_of
from yibao.portal.app import create_app


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    data = tmp_path_factory.mktemp("data")
    app = create_app(library.load(), data=Path(data), today=lambda: datetime.date(2026, 11, 30))
    with TestClient(app) as browser:
        yield browser


def words(page: str) -> str:
    """What a page says, without its tags."""
    main = page[page.index("<main") : page.index("</main")]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main))


def test_a_source_page_says_where_how_and_what_in_chinese(client: TestClient) -> None:
    page = words(client.get("/policy/source/O-MA-02").text)
    for said in ("标题 关于扩大职工医保个人账户共济范围的通知", "文号 晋医保函〔2024〕45号",
                 "日期 2024-08-19", "怎么读到的 政府网站", "A 级 读到文件原文"):  # fmt: skip
        assert said in page
    assert "哪些规定引用它" in page


def test_no_source_page_shows_english_of_developers(client: TestClient) -> None:
    """Every record: keys and units are words, and what has no words is left to the rules."""
    packs = library.load()
    for source in packs.sources().values():
        shown = source_shown(packs, source)
        titles = (shown.title, *(paper.title for paper in shown.papers))
        texts = (shown.says, shown.printed, shown.applies, shown.note, shown.about, *titles)
        for text in texts:
            assert not re.search(r"[A-Za-z]{4,}", text), (source.id, text)
        assert shown.papers or not source.documents, source.id


def test_what_a_source_says_of_a_place_is_a_sentence_in_chinese(client: TestClient) -> None:
    sources = library.load().sources()
    for source in sources.values():
        said = sentence_of(source)
        assert source.region_name in said
        assert not re.search(r"[A-Za-z]{4,}|[_{}\\[\]]", said), (source.id, said)
    assert "统筹封顶线 15 万元；大额补助另有 15 万元" in sentence_of(sources["S-LZ-02"])
    page = words(client.get("/search?q=柳州住院报多少").text)
    assert "公开文章里这样写过，没有核对" in page
    assert "上年全市在岗职工年平均工资的 6 倍" in page
    assert "as_of" not in page


def test_the_search_page_gives_one_answer(client: TestClient) -> None:
    page = client.get("/search?q=退休老人去三甲住院花了3万自己掏多少").text
    assert page.count('class="answered"') == 1
    assert "直接回答" not in page
    assert "自己付 3,428.00 元" in page
    assert 'class="chip"' not in page
    drug = words(client.get("/search?q=阿莫西林").text)
    assert re.search("阿莫西林：甲类（[^）]*口服常释剂型", drug)
    assert "以后的版本没有收入" in drug


def test_grades_are_explained_and_coverage_is_a_table(client: TestClient) -> None:
    grades = words(client.get("/policy/grades").text)
    assert "C 级 只有一个网页这样说" in grades
    covered = words(client.get("/policy/coverage?area=太原").text)
    assert "职工住院 完整 2022-07-01" in covered
    assert "拉萨市（540100）还没有政策包" in words(client.get("/policy/coverage?area=拉萨").text)


def test_places_are_chosen_by_name(client: TestClient) -> None:
    there = client.get("/policy?place=迎泽区", follow_redirects=True)
    assert "太原市的规定" in words(there.text)
    packs = library.load()
    recorded = next(
        source
        for source in packs.sources().values()
        if source.region_code[2:] not in ("", "0000") and not packs.covering(source.region_code)
    )
    missing = client.get(f"/policy/area/{recorded.region_code}")
    assert missing.status_code == 404
    said = f"（{recorded.region_code}）还没有政策包，不拿别处的数字代替"
    assert said in words(missing.text)
    assert f'href="/policy/source/{recorded.id}"' in missing.text
    assert client.get("/policy/area/没有这个地方").status_code == 404


def test_a_form_takes_a_name_and_never_another_place(client: TestClient) -> None:
    form = client.get("/calc/visit").text
    assert '<input type="text" id="area" name="area" value="太原市" list="places-' in form
    asked = "scheme=resident&kind=inpatient&total=8000&institution=grade-3A"
    county = client.get(f"/calc/visit?area=迎泽区&{asked}")
    assert county.status_code == 200
    assert "太原市" in words(county.text)
    lhasa = client.get(f"/calc/visit?area=拉萨&{asked}")
    assert lhasa.status_code == 422
    assert "拉萨市（540100）还没有政策包" in words(lhasa.text)


def test_a_question_about_a_place_without_a_pack_names_it(client: TestClient) -> None:
    page = words(client.get("/search?q=拉萨居民医保交多少钱").text)
    assert "拉萨市还没有" in page
    assert "直接回答" not in page
    assert "太原" not in page
    assert "山西省" in words(client.get("/search?q=大同居民缴费多少").text)


def test_a_rule_says_what_holds_now_then_its_line_then_its_code(client: TestClient) -> None:
    page = client.get("/policy/parameter/resident.contribution.individual?area=140100").text
    said = words(page)
    assert page.index('class="say figure-large num">400.00 元') < page.index("<polyline")
    assert page.index("<polyline") < page.index("280.00 元") < page.index("<code>")
    assert "2026-01-01 起，到 2026-12-31" in said
    assert "现行" in said
    assert "晋医保发〔2021〕14号" in said
    assert "五篇文章，第 1 篇 第 5 行" in said, "where in the source it stands"
    everywhere = words(client.get("/policy/parameter/employee.inpatient.ratio").text)
    assert "北京市" in everywhere
    assert "太原市" in everywhere
    over = words(client.get("/policy/parameter/employee.contribution.base_floor?area=110000").text)
    assert "以后的还没有来源" in over


def test_changes_say_what_changed(client: TestClient) -> None:
    packs = library.load()
    changes = recent_changes(packs, datetime.date(2026, 11, 30), 10_000)
    assert changes
    for change in changes:
        assert set(change.before).isdisjoint(change.after), change.parameter
        assert change.before or change.after
    assert "400.00 元 → 400.00 元" not in words(client.get("/policy/changes").text)


@pytest.mark.parametrize(
    "address",
    ["/policy/gaps", "/policy/dispute/K03", "/policy/area/140100?topic=employee.inpatient"],
)
def test_codes_are_out_of_sight(client: TestClient, address: str) -> None:
    said = words(client.get(address).text)
    assert not re.search(r"[a-z]+\.[a-z_]+\.[a-z_]+", said)
    links = re.findall(r'href="/policy/source/([^"]+)">([^<]*)<', client.get(address).text)
    assert all(name not in title for name, title in links)


def test_the_directory_says_the_price_class_of_a_grade(client: TestClient) -> None:
    page = client.get("/directory?area=140100&q=太原市人民医院").text
    said = words(page)
    assert "共 1 家" in said
    assert "是否定点未核对" in said
    assert "按山西省的规定，由等级" in said or "按太原市的规定，由等级" in said
    assert 'href="/calc/visit?area=140100&amp;institution=grade-' in page


def test_a_hospital_of_the_directory_opens_in_the_phones_own_map(client: TestClient) -> None:
    """Nobody else is told where somebody looks: the address is the phone's, not a service's."""
    page = client.get("/directory?area=140100").text
    maps = re.findall(r'<a href="(geo:[^"]+)"', page)
    assert maps
    assert all(unquote(link).startswith("geo:0,0?q=") for link in maps)
    assert any("医院" in unquote(link) for link in maps)
    assert not re.search(r'href="https?://[^"]*map', page)


def test_every_subject_has_a_name() -> None:
    for name in DECLARATIONS:
        said = subject_name(topic_of(name))
        assert not re.search("[A-Za-z_]", said.text(CHINESE)), name
