"""``contribute``, ``cover``, ``aid``, ``retire`` and ``maternity``: exact answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Yibao = Callable[..., Any]


# --- contribute ---


@pytest.mark.parametrize(
    ("arguments", "due", "late"),
    [
        ("--scheme resident --year 2025 --paid-on 2024-12-20", 40000, False),
        ("--scheme 居民 --year 2025 --paid-on 2025-03-10", 107000, True),
        ("--scheme resident --year 2025 --paid-on 2024-12-20 --group low_income", 8000, False),
        ("--scheme resident --year 2025 --paid-on 2024-12-20 --group 特困人员", 0, False),
        ("--scheme employee --month 2025-03 --base 6000 --paid-on 2025-03-10", 12000, False),
        ("--scheme 职工 --month 2025-03 --base 6000 --months 3 --paid-on 2025-03-10", 36000, False),
        ("--scheme flexible --month 2025-03 --paid-on 2025-03-10", 46138, False),
        ("--scheme flexible --year 2025 --paid-on 2025-01-10", 421656, False),
        # the floor of 2025 is published on 2025-09-11 and re-rates March
        ("--scheme flexible --month 2025-03 --paid-on 2025-10-10", 46843, True),
    ],
)
def test_fen_of_a_bill(yibao: Yibao, arguments: str, due: int, late: bool) -> None:
    data = yibao("contribute", "--area", "太原", *arguments.split(), "--json").json()
    assert (data["due"], data["late"]) == (due, late)
    assert data["due"] == sum(line["amount"] for line in data["lines"])


def test_a_bill_in_words(yibao: Yibao) -> None:
    out = yibao(
        *"contribute --area 太原 --scheme resident --year 2025 --paid-on 2024-12-20".split()
    ).out
    assert out.startswith("太原市城乡居民 2025 年度个人缴费 400.00 元，折合每月 33.33 元\n")
    assert "  另由财政补助  670.00\n" in out
    assert "  K35  " in out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ("--scheme resident", "--year、--month：年度与月份写且只写一种"),
        ("--scheme resident --month 2025-03", "--month：居民医保按年度缴费"),
        ("--scheme resident --year 2025 --base 5", "--base：居民缴费没有基数"),
        ("--scheme flexible --month 2025-13", "--month：'2025-13' 不是月份"),
        ("--scheme flexible --month 2025-03 --months 13", "--months：13 应在 1 到 12"),
        ("--scheme flexible --year 2025 --months 3", "--months：只与 --month 一起写"),
        ("--scheme resident --year 20250", "--year：20250 应在"),
        ("--scheme resident --year 2025 --group newborn", "--birth：新生儿要写出生日期"),
    ],
)
def test_a_bill_that_cannot_be(yibao: Yibao, arguments: str, says: str) -> None:
    done = yibao("contribute", "--area", "太原", *arguments.split())
    assert (done.code, done.out) == (2, "")
    assert says in done.err


# --- cover ---


def test_waiting_after_lapsed_years(yibao: Yibao) -> None:
    arguments = (
        "cover --area 太原 --enrolled-from 2018-01-01 --paid 2023:2022-12-01 "
        "--paid 2026:2026-03-10 --on 2026-06-01"
    ).split()
    data = yibao(*arguments, "--json").json()
    assert (data["months"], data["from"], data["entitled"]) == (5, "2026-08-10", False)
    assert data["ceiling"]["ceiling"] == 40000000
    assert yibao(*arguments).out.startswith(
        "2026-06-01 还没有待遇，2026-08-10 起享受（等待 5 个月）\n"
    )


def test_zero_claims_raise_the_ceiling(yibao: Yibao) -> None:
    arguments = "cover --area 太原 --enrolled-from 2018-01-01 --on 2026-06-01 --json".split()
    assert yibao(*arguments).json()["ceiling"]["zero_claim"] == 300000
    claimed = yibao(*arguments, "--claimed", "2025").json()
    assert claimed["ceiling"]["zero_claim"] == 0


def test_an_employee_lapse_says_what_may_be_paid(yibao: Yibao) -> None:
    out = yibao(
        *"cover --area 太原 --scheme flexible --enrolled-from 2019-01-01".split(),
        *"--paid 2025-04:2025-04-07 --on 2025-06-10".split(),
    ).out
    assert out.startswith("2025-06-10 没有待遇\n")
    assert "中断的月份可以补缴，需 341.38 元" in out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ("--paid 2025", "--paid 2025：'2025' 请写成"),
        ("--paid 2025-03:2025-03-01", "居民医保按年度缴费"),
        ("--paid 2025:2025-01-01 --paid 2025:2025-01-02", "2025 年度写了两次"),
        ("--scheme flexible --claimed 2025", "--claimed：只用于居民医保"),
        ("--claimed x", "--claimed：'x' 不是整数"),
    ],
)
def test_cover_that_cannot_be(yibao: Yibao, arguments: str, says: str) -> None:
    done = yibao(
        *"cover --area 太原 --enrolled-from 2018-01-01 --on 2025-06-01".split(), *arguments.split()
    )
    assert (done.code, done.out) == (2, "")
    assert says in done.err


# --- aid ---


@pytest.mark.parametrize(
    ("arguments", "available"),
    [
        ("--relation parent --grantor-balance 3500 --on 2025-03-01", 250000),
        ("--relation 母亲 --grantor-balance 3500 --limit 1000 --on 2025-03-01", 100000),
        ("--relation parent --grantor-balance 1000 --on 2025-03-01", 0),
        ("--relation sibling --grantor-balance 3500 --on 2024-08-31", 0),
        ("--relation sibling --grantor-balance 3500 --on 2024-09-01", 250000),
        ("--relation parent --grantor-balance 3500 --from 2025-04-01 --on 2025-03-01", 0),
        (
            "--relation parent --grantor-balance 3500 --grantee-area 110000 --on 2025-03-01",
            0,
        ),
    ],
)
def test_what_a_relative_may_draw(yibao: Yibao, arguments: str, available: int) -> None:
    data = yibao("aid", "--area", "太原", *arguments.split(), "--json").json()
    assert data["available"] == available
    assert data["why"]


def test_why_not_is_in_the_headline(yibao: Yibao) -> None:
    arguments = "--relation sibling --grantor-balance 3500 --on 2024-08-31 --explain".split()
    out = yibao("aid", "--area", "太原", *arguments).out
    assert out.startswith("兄弟姐妹 2024-08-31 不能用：这种亲属关系在当日不在共济范围内\n")
    assert "〔O-MA-01、S4-006、S4-010〕" in out


def test_the_rules_say_whom_one_may_name(yibao: Yibao) -> None:
    out = yibao("aid", "--area", "太原", "--on", "2025-03-01").out
    assert "是：配偶、父母、子女、兄弟姐妹" in out
    # T-MA-03: one grantor of a grantee at a time, whom a grantor names is free
    assert "一名被授权人同时一名授权人" in out.replace("\n       ", "")
    assert "先用完本人余额，再用授权人的" in out
    data = yibao("aid", "--area", "太原", "--on", "2025-03-01", "--json").json()
    assert data["area"] == "140100"
    assert {row["parameter"] for row in data["parameters"]} >= {"mutual_aid.floor"}


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ("--relation parent", "--grantor-balance：要写授权人账户余额"),
        ("--grantor-balance 5", "--relation：要写用的人是"),
        ("--relation cousin --grantor-balance 5", "--relation：'cousin' 不认识"),
        (
            "--relation parent --grantor-balance 5 --from 2025-02-01 --to 2025-01-01",
            "--to：末日 2025-01-01 早于首日",
        ),
        (
            "--relation parent --grantor-balance 5 --grantee-scheme employee",
            "--grantee-status：",
        ),
    ],
)
def test_aid_that_cannot_be(yibao: Yibao, arguments: str, says: str) -> None:
    done = yibao("aid", "--area", "太原", *arguments.split())
    assert (done.code, done.out) == (2, "")
    assert says in done.err


# --- retire ---


def test_missing_years_and_their_cost(yibao: Yibao) -> None:
    arguments = "retire --area 太原 --sex female --actual-years 18 --on 2025-06-01".split()
    data = yibao(*arguments, "--json").json()
    assert (data["required_months"], data["missing_months"], data["cost"]) == (
        240,
        24,
        1151640,
    )  # 7% of the average wage (T-MY-01)
    assert yibao(*arguments).out.startswith("还差 2 年，一次补足约需 11,516.40 元\n")


def test_deemed_years_count_but_do_not_replace_actual_ones(yibao: Yibao) -> None:
    common = "retire --area 太原 --sex 男 --on 2025-06-01 --json".split()
    enough = yibao(*common, "--actual-years", "20", "--deemed-years", "5").json()
    assert enough["missing_months"] == 0
    short = yibao(*common, "--actual-years", "8", "--deemed-years", "20").json()
    assert short["missing_months"] == 24


def test_the_years_of_2030(yibao: Yibao) -> None:
    common = "retire --area 太原 --sex male --actual-years 25 --json --on".split()
    assert yibao(*common, "2029-12-31").json()["missing_months"] == 0
    assert yibao(*common, "2030-01-01").json()["missing_months"] == 60


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ("--sex x --actual-years 5", "--sex：'x' 不认识"),
        ("--sex male", "--actual-years：要写实际缴费年数"),
        ("--sex male --actual-years 200", "--actual-years：200 应在"),
    ],
)
def test_retirement_that_cannot_be(yibao: Yibao, arguments: str, says: str) -> None:
    done = yibao("retire", "--area", "太原", *arguments.split())
    assert (done.code, done.out) == (2, "")
    assert says in done.err


# --- maternity ---


def test_delivery_and_allowance(yibao: Yibao) -> None:
    arguments = (
        "maternity --area 太原 --scheme employee --delivery vaginal --total 6000 "
        "--price-class 1 --wage 7000 --on 2025-06-01"
    ).split()
    data = yibao(*arguments, "--json").json()
    assert (data["visit"]["fund"], data["visit"]["own"]) == (600000, 0)
    assert (data["allowance"]["days"], data["allowance"]["amount"]) == (98, 2286667)
    assert "生育津贴 98 天，22,866.67 元\n" in yibao(*arguments).out


def test_twins_and_a_difficult_birth_lengthen_the_leave(yibao: Yibao) -> None:
    data = yibao(
        *"maternity --area 太原 --scheme employee --wage 6000 --on 2025-06-01".split(),
        *"--fetuses 2 --difficult --json".split(),
    ).json()
    assert data["allowance"]["days"] == 98 + 15 + 15
    assert "visit" not in data


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ("--scheme employee", "--total、--item、--wage：要写"),
        ("--scheme resident --wage 6000", "--wage：居民医保没有生育津贴"),
        ("--scheme employee --wage 6000 --delivery 流产", "--gestation-months：流产的津贴"),
        ("--scheme flexible --wage 6000", "没有生育津贴"),
    ],
)
def test_maternity_that_cannot_be(yibao: Yibao, arguments: str, says: str) -> None:
    done = yibao("maternity", "--area", "太原", *arguments.split(), "--on", "2025-06-01")
    assert (done.code, done.out) == (2, "")
    assert says in done.err
