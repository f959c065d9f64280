"""``yibao quote`` and ``yibao compare``: fen, reasons, JSON, and what they refuse."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Yibao = Callable[..., Any]

STAY = (
    "quote --area 太原 --scheme resident --kind inpatient --price-class 1 "
    "--item A:5000 --item B:2000:upfront=10 --item A:600:limit=450 --item C:300 "
    "--admitted 2025-03-01 --on 2025-03-09"
).split()
WORKER = "quote --area 140100 --scheme employee --status working".split()
RESIDENT = "quote --area 140100 --scheme resident".split()


def test_a_stay_begins_with_its_headline_and_hides_zeros(yibao: Yibao) -> None:
    lines = yibao(*STAY).out.splitlines()
    assert lines[:13] == [
        "总费用 7,900.00 元，基金支付 3,750.00 元，个人负担 4,150.00 元",
        "太原市城乡居民，住院，2025-03-01 至 2025-03-09，一类机构",
        "  总费用              7,900.00",
        "    全自费              300.00",
        "    超限价              150.00",
        "    先行自付            200.00",
        "    政策范围内费用    7,250.00",
        "      起付线          1,000.00",
        "  基金支付            3,750.00",
        "    统筹基金          3,750.00",
        "  个人负担            4,150.00",
        "    现金              4,150.00",
        "",
    ]
    assert lines[-1] == "仅供参考，以当地医保部门为准；咨询 12393。"


def test_every_assumption_and_dispute_is_said_in_chinese(yibao: Yibao) -> None:
    out = yibao(*STAY).out
    assert "  G26  舍入规则与单位\n" in out
    assert "  K05  居民住院用哪套标准？取：" in out


def test_explain_gives_each_step_with_source_grade_and_first_day(yibao: Yibao) -> None:
    plain, explained = yibao(*STAY).out, yibao(*STAY, "--explain").out
    assert "怎么算的" not in plain
    row = "  报销比例                      60%  适用报销比例 60%\n"
    assert row + " " * 37 + "〔O-RI-02、T-RI-02〕（B 级，2025-01-01 起）\n" in explained


def test_json_has_the_scenario_shape_and_the_basis(yibao: Yibao) -> None:
    data = yibao(*STAY, "--json").json()
    amounts = {
        "total": 790000,
        "out_of_catalogue": 30000,
        "over_limit": 15000,
        "upfront": 20000,
        "eligible": 725000,
        "deductible": 100000,
        "pooled": 375000,
        "upper": 0,
        "assistance": 0,
        "other_fund": 0,
        "fund": 375000,
        "own": 415000,
        "account": 0,
        "mutual_aid": 0,
        "cash": 415000,
    }
    assert {name: data[name] for name in amounts} == amounts
    assert data["area"] == "140100"
    assert data["entitled"] is True
    assert set(data["basis"]["assumptions"]) == set(data["assumptions"])
    assert set(data["basis"]["disputes"]) == set(data["disputes"])
    assert "12393" in data["notice"]
    assert {"label", "amount", "unit", "why", "source"} <= set(data["steps"][0])


@pytest.mark.parametrize(
    ("arguments", "fund", "own"),
    [
        # 800 deductible, 82 %: by price class, which 3A fills in
        ("--status working --kind 住院 --grade 三甲 --total 10000", 754400, 245600),
        # second admission: half the deductible
        (
            "--status working --kind inpatient --price-class 1 --total 10000 --admissions 1",
            787200,
            212800,
        ),
        # retired by an own table
        ("--status 退休 --kind 住院 --price-class 1 --total 10000", 837200, 162800),
        # outpatient: 50 deductible, 60 %
        ("--status working --kind 门诊 --price-class 2 --total 260", 12600, 13400),
        # the year's ceiling of deductibles (300) is used up: the whole 260 counts
        (
            "--status working --kind 门诊 --price-class 2 --total 260 "
            "--used outpatient_deductible=300",
            15600,
            10400,
        ),
        # away with a referral: as at home (T-XR-01)
        (
            "--status working --kind 住院 --price-class 1 --total 10000 "
            "--care-area 北京 --filing referral",
            754400,
            245600,
        ),
        # a pharmacy without a prescription: nothing from the fund
        ("--status working --kind pharmacy --total 68.50", 0, 6850),
    ],
)
def test_fen_of_a_visit(yibao: Yibao, arguments: str, fund: int, own: int) -> None:
    who = "quote --area 太原 --scheme employee --on 2025-06-10 --json".split()
    data = yibao(*who, *arguments.split()).json()
    assert (data["fund"], data["own"]) == (fund, own)


def test_the_flexibly_employed_have_the_same_terms(yibao: Yibao) -> None:
    arguments = "--kind 门诊 --price-class 2 --total 260 --on 2025-06-10 --json".split()
    data = yibao("quote", "--area", "太原", "--scheme", "flexible", *arguments).json()
    assert (data["fund"], data["own"]) == (12600, 13400)


def test_the_own_account_pays_what_it_holds(yibao: Yibao) -> None:
    data = yibao(
        *(*WORKER, "--kind", "pharmacy", "--total", "68.50", "--on", "2025-06-10"),
        *("--balance", "50", "--draw-own", "--json"),
    ).json()
    assert (data["account"], data["mutual_aid"], data["cash"]) == (5000, 0, 1850)


def test_two_diseases_take_their_name_in_chinese(yibao: Yibao) -> None:
    arguments = (*RESIDENT, "--kind", "慢特病", "--disease", "高血压", "--price-class", "2")
    data = yibao(*arguments, "--total", "300", "--on", "2025-06-10", "--json").json()
    assert data["total"] == 30000
    assert 0 < data["fund"] <= 26000


def test_a_person_without_cover_gets_nothing_and_is_told(yibao: Yibao) -> None:
    done = yibao(
        *(*RESIDENT, "--kind", "门诊", "--community", "--total", "100", "--on", "2025-06-10"),
        *("--enrolled-from", "2025-07-01"),
    )
    assert done.out.startswith("总费用 100.00 元，基金支付 0.00 元，个人负担 100.00 元")
    assert "  注：待遇未生效，当日不享受待遇，基金不支付" in done.out


@pytest.mark.parametrize(
    ("extra", "says"),
    [
        (("--kind", "门诊", "--total", "1"), "--price-class、--grade：医院要写"),
        (("--kind", "门诊", "--price-class", "1"), "--total、--item：总额与费用明细"),
        (("--kind", "门诊", "--price-class", "4", "--total", "1"), "--price-class：4 应在 1 到 3"),
        (("--kind", "门诊", "--price-class", "1", "--total", "1.234"), "--total：'1.234' 不是金额"),
        (("--kind", "门诊", "--price-class", "1", "--total", "-5"), "--total：-5 不能是负数"),
        (("--kind", "慢特病", "--price-class", "1", "--total", "1"), "--disease：门诊慢特病要写"),
        (
            ("--kind", "慢特病", "--price-class", "1", "--total", "1", "--disease", "x"),
            "--disease：政策包里没有病种 'x'",
        ),
        (
            ("--kind", "门诊", "--price-class", "1", "--total", "1", "--group", "x"),
            "--group：政策包里没有人群 'x'",
        ),
        (("--kind", "看病", "--price-class", "1", "--total", "1"), "--kind：'看病' 不认识"),
        (("--kind", "门诊", "--grade", "5A", "--total", "1"), "--grade：'5A' 不是医院等级"),
        (
            ("--kind", "门诊", "--price-class", "1", "--item", "C:5:limit=3"),
            "--item C:5:limit=3：limit 只能写在甲类或乙类",
        ),
        (
            ("--kind", "门诊", "--price-class", "1", "--item", "A:5:upfront=3"),
            "upfront 只能写在乙类",
        ),
        (
            ("--kind", "门诊", "--price-class", "1", "--item", "D:5"),
            "--item D:5：'D' 不认识，可以写：A（甲类）、B（乙类）",
        ),
        (
            ("--kind", "门诊", "--price-class", "1", "--total", "1", "--used", "foo=1"),
            "--used：不认识 foo",
        ),
        (
            ("--kind", "门诊", "--price-class", "1", "--total", "1", "--filing", "referral"),
            "--care-area：备案要写就医地",
        ),
        (
            ("--kind", "门诊", "--price-class", "1", "--total", "1", "--draw-own"),
            "--balance：用个人账户支付要写余额",
        ),
        (
            ("--kind", "门诊", "--price-class", "1", "--total", "1", "--admitted", "2025-01-01"),
            "--admitted：只有住院写入院日",
        ),
        (("--kind", "门诊", "--price-class", "x", "--total", "1"), "--price-class：'x' 不是整数"),
        (
            ("--kind", "门诊", "--price-class", "1", "--total", "1", "--birth", "1990-02-30"),
            "--birth：'1990-02-30' 不是日期",
        ),
    ],
)
def test_bad_input_names_the_option(yibao: Yibao, extra: tuple[str, ...], says: str) -> None:
    done = yibao(*RESIDENT, "--on", "2025-06-10", *extra)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("错误：")
    assert done.err.count("\n") == 1
    assert says in done.err


def test_an_employee_says_working_or_retired(yibao: Yibao) -> None:
    done = yibao(*"quote --area 太原 --scheme employee --kind 门诊 --total 1 --grade 3A".split())
    assert done.code == 2
    assert "--status：" in done.err


def test_unknown_area_is_not_found_and_the_country_is_no_pooling_area(yibao: Yibao) -> None:
    bill = "--scheme resident --kind 门诊 --total 1 --price-class 1".split()
    done = yibao("quote", "--area", "拉萨", *bill)
    assert (done.code, done.out) == (3, "")
    assert "西藏自治区拉萨市（540100）还没有政策包" in done.err
    assert yibao("quote", "--area", "全国", *bill).code == 3


def test_a_county_code_of_the_province_uses_what_the_province_gives(yibao: Yibao) -> None:
    bill = "--scheme resident --kind 门诊 --total 100 --community --on 2025-06-10".split()
    assert yibao("quote", "--area", "140200", *bill, "--json").json()["area"] == "140200"


def test_a_figure_without_source_is_refused(yibao: Yibao) -> None:
    done = yibao(*RESIDENT, *"--kind 住院 --price-class 1 --total 1 --on 1990-01-01".split())
    assert (done.code, done.out) == (4, "")
    assert "没有有来源的数值" in done.err


def test_area_comes_from_the_environment(yibao: Yibao, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YIBAO_AREA", "太原")
    monkeypatch.setenv("YIBAO_SCHEME", "resident")
    done = yibao(*"quote --kind 门诊 --community --total 100 --on 2025-06-10 --json".split())
    assert done.json()["area"] == "140100"
    other = yibao(
        *"quote --kind 门诊 --community --total 100 --on 2025-06-10".split(), "--area", "x"
    )
    assert other.code == 3


# --- compare ---

COMPARE = (
    "compare 太原 北京 --scheme employee --status working --kind inpatient "
    "--grade 3A --total 50000 --on 2025-06-01"
).split()


def test_compare_shows_both_and_the_difference(yibao: Yibao) -> None:
    out = yibao(*COMPARE, "--age", "45").out
    assert out.startswith("不一样：北京市基金支付 42,895.00 元，比太原市多 2,551.00 元\n")
    assert "  起付线              800.00    1,300.00     +500.00\n" in out
    assert "  个人负担          9,656.00    7,105.00   -2,551.00\n" in out
    assert "太原市的依据" in out
    assert "北京市的依据" in out


def test_compare_json_has_both_answers(yibao: Yibao) -> None:
    data = yibao(*COMPARE, "--age", "45", "--json").json()
    assert [side["area"] for side in data["areas"]] == ["140100", "110000"]
    assert [side["fund"] for side in data["areas"]] == [4034400, 4289500]
    assert data["difference"]["fund"] == 255100
    assert data["difference"]["own"] == -255100


def test_where_age_matters_it_has_to_be_written(yibao: Yibao) -> None:
    done = yibao(*COMPARE)
    assert done.code == 2
    assert "--age" in done.err


def test_compare_is_at_home_only(yibao: Yibao) -> None:
    done = yibao(*COMPARE, "--care-area", "140100")
    assert done.code == 2
    assert "--care-area" in done.err


@pytest.mark.parametrize("filing", ["long_stay", "referral", "other_temporary"])
@pytest.mark.parametrize("kind", ["inpatient", "outpatient"])
def test_away_from_beijing_the_terms_of_home_hold(yibao: Yibao, kind: str, filing: str) -> None:
    """O-BJ-71: with a filing the same deductible, ratio and ceiling as at home."""
    asked = (
        f"quote --area 北京 --scheme employee --status working --age 50 --kind {kind} --grade 3A "
        "--total 10000 --on 2025-03-09 --json"
    )
    at_home = yibao(*asked.split()).json()
    away = yibao(*asked.split(), "--care-area", "太原", "--filing", filing).json()
    assert away["fund"] == at_home["fund"] > 0
