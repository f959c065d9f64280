"""Which value is in force: area, day, knowledge, status, keys, formulas, overlays."""

from __future__ import annotations

import datetime
from collections.abc import Callable

import pytest

from yibao.errors import InputError, NotFoundError
from yibao.policy.days import day_number
from yibao.policy.parameters import MISSING, NONE

from .conftest import PackTree

Value = Callable[..., int]
FLOOR = "employee.contribution.base_floor"


def test_lowest_area_with_a_value_in_force_wins(packs: PackTree, value: Value) -> None:
    packs.province(
        "mutual_aid.yaml",
        """
        floor:
          name: {zh: 留存线, en: floor}
          unit: yuan
          values:
            2020-01-01: {value: 100, sources: [S-1]}
            2024-01-01: {value: 300, sources: [S-1]}
        """,
    )
    packs.city(
        "mutual_aid.yaml",
        "floor: {values: {2021-01-01: {value: 200, sources: [S-2], to: 2022-12-31}}}\n",
    )
    book = packs.rulebook()
    days = {
        "2019-12-31": MISSING,
        "2020-01-01": 10000,
        "2020-12-31": 10000,
        "2021-01-01": 20000,
        "2022-12-31": 20000,
        "2023-01-01": 10000,
        "2023-12-31": 10000,
        "2024-01-01": 30000,
        "2999-01-01": 30000,
    }
    assert {day: value(book, day, "mutual_aid.floor") for day in days} == days
    assert packs.load().rulebook("990000").segment(0).rules == book.segment(0).rules


def test_citation_says_area_days_sources_and_grade(
    packs: PackTree, cell: Callable[..., int]
) -> None:
    packs.province(
        "mutual_aid.yaml",
        """
        floor:
          name: {zh: 留存线, en: floor}
          values:
            2020-01-01: {value: 100, sources: [S-3, S-1, S-2], disputes: [K01], note: 注}
            2024-01-01: {value: 300, status: assumed, basis: 推定, gap: G01}
        """,
    )
    book = packs.rulebook()
    at = cell(book, "mutual_aid.floor")
    first = book.citations[book.segment(day_number(datetime.date(2020, 1, 1))).cells[at]]
    assert first.parameter == "mutual_aid.floor"
    assert (first.area, first.name, first.keys, first.value) == (
        "990000",
        "留存线",
        "",
        "100.00 元",
    )
    assert first.first_day == day_number(datetime.date(2020, 1, 1))
    assert first.last_day == day_number(datetime.date(2023, 12, 31))
    assert (first.sources, first.grade) == (("S-3", "S-1", "S-2"), "A")
    assert (first.status, first.disputes, first.note) == ("sourced", ("K01",), "注")
    second = book.citations[book.segment(day_number(datetime.date(2024, 1, 1))).cells[at]]
    assert (second.status, second.basis, second.gap) == ("assumed", "推定", "G01")
    assert second.last_day is None


def test_quarantined_never_takes_effect(packs: PackTree, value: Value) -> None:
    packs.city(
        "mutual_aid.yaml",
        """
        floor:
          values:
            2020-01-01: {value: 100, sources: [S-1]}
            2021-01-01: {value: 999, sources: [S-3], status: quarantined}
        """,
    )
    assert value(packs.rulebook(), "2022-01-01", "mutual_aid.floor") == 10000


def test_known_from_hides_a_value_from_earlier_knowledge(packs: PackTree, value: Value) -> None:
    packs.city(
        "employee/contribution.yaml",
        """
        base_floor:
          values:
            2024-01-01: {value: 4113, sources: [S-1]}
            2025-01-01: {value: 4198, sources: [S-1], known_from: 2025-09-11}
        """,
    )
    library = packs.load()

    def known(on: datetime.date | None) -> list[int]:
        book = library.rulebook("990100", on)
        return [value(book, day, FLOOR) for day in ("2024-06-01", "2025-06-01")]

    assert known(None) == [411300, 419800]
    assert known(datetime.date(2025, 9, 11)) == [411300, 419800]
    assert known(datetime.date(2025, 9, 10)) == [411300, 411300]
    early = library.rulebook("990100", datetime.date(2020, 1, 1))
    assert early is library.rulebook("990100", datetime.date(2025, 9, 10))
    assert early.known_on == day_number(datetime.date(2025, 9, 10))
    assert library.rulebook("990100", datetime.date(2030, 1, 1)) is library.rulebook("990100")
    assert early.hash != library.rulebook("990100").hash


def test_none_is_stated_and_missing_is_not(packs: PackTree, value: Value) -> None:
    packs.city(
        "employee/outpatient.yaml",
        "annual_ceiling: {keys: [status], values: {2020-01-01: "
        "{value: {working: none, retired: 3000}, sources: [S-1]}}}\n",
    )
    book = packs.rulebook()
    name = "employee.outpatient.annual_ceiling"
    assert value(book, "2020-01-01", name, 0) == NONE
    assert value(book, "2020-01-01", name, 1) == 300000
    assert value(book, "2020-01-01", "resident.outpatient.annual_ceiling") == MISSING
    # A documented default where nothing is stated.
    assert value(book, "2020-01-01", "employee.outpatient.deductible_year_ceiling", 0) == NONE
    assert value(book, "2020-01-01", "employee.outpatient.retiree_rule") == 0


def test_none_is_refused_where_it_means_nothing(packs: PackTree) -> None:
    packs.city(
        "mutual_aid.yaml",
        "wallet_open: {values: {2020-01-01: {value: none, sources: [S-1]}}}\n",
    )
    with pytest.raises(InputError, match=r"mutual_aid\.yaml 第 1 行 .*不能写 none"):
        packs.rulebook()


def test_price_class_fallbacks_and_bands(packs: PackTree, value: Value) -> None:
    packs.city(
        "resident/inpatient.yaml",
        """
        ratio:
          keys: [band, price_class]
          values:
            2020-01-01:
              value:
                "1": {"1": 60, "2": 70, "3": 80, community: 85}
                "2": {"1": 65, "2": 75, "2_county": 77, "3": 82.5}
              sources: [S-1]
        """,
    )
    book = packs.rulebook()

    def ratios(band: int) -> list[int]:
        return [
            value(book, "2020-01-01", "resident.inpatient.ratio", price_class, age, band)
            for price_class in range(5)
            for age in range(2)
        ][::2]

    assert ratios(0) == [6000, 7000, 7000, 8000, 8500]
    assert ratios(1) == [6500, 7500, 7700, 8250, 8250]
    assert ratios(4) == ratios(1)


def test_value_above_the_last_key_holds_for_all_below(packs: PackTree, value: Value) -> None:
    packs.city(
        "employee/inpatient.yaml",
        """
        ratio:
          keys: [status, price_class]
          values:
            2020-01-01: {value: {working: {"1": 80, "2": 85, "3": 90}, retired: 95}, sources: [S-1]}
        """,
    )
    book = packs.rulebook()
    name = "employee.inpatient.ratio"
    assert [value(book, "2020-01-01", name, 0, at, 1, 3) for at in range(5)] == [
        8000,
        8500,
        8500,
        9000,
        9000,
    ]
    assert {value(book, "2020-01-01", name, 1, at, 0, 0) for at in range(5)} == {9500}


def test_retired_ratio_may_stay_missing(packs: PackTree, value: Value) -> None:
    packs.city(
        "employee/inpatient.yaml",
        "ratio: {keys: [status], values: {2020-01-01: {value: {working: 80}, sources: [S-1]}}}\n",
    )
    book = packs.rulebook()
    assert value(book, "2020-01-01", "employee.inpatient.ratio", 0, 0, 0, 0) == 8000
    assert value(book, "2020-01-01", "employee.inpatient.ratio", 1, 0, 0, 0) == MISSING


def test_missing_member_is_an_error_unless_there_is_a_default(
    packs: PackTree, value: Value
) -> None:
    packs.city(
        "employee/outpatient.yaml",
        """
        place_points:
          keys: [place]
          values: {2020-01-01: {value: {referral: -10}, sources: [S-1]}}
        """,
    )
    book = packs.rulebook()
    name = "employee.outpatient.place_points"
    assert [value(book, "2020-01-01", name, 1, at) for at in range(6)] == [0, 0, 0, -1000, 0, 0]
    packs.city(
        "employee/outpatient.yaml",
        """
        place_points:
          keys: [place]
          values: {2020-01-01: {value: {referral: unknown}, sources: [S-1]}}
        """,
    )
    book = packs.rulebook()
    assert [value(book, "2020-01-01", name, 1, at) for at in (2, 3)] == [0, MISSING]
    packs.city(
        "resident/outpatient.yaml",
        """
        deductible:
          keys: [price_class]
          values: {2020-01-01: {value: {"1": 80, "3": 30}, sources: [S-1]}}
        """,
    )
    with pytest.raises(InputError, match=r"第 3 行 .*缺少 price_class：2、2_county"):
        packs.rulebook()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("floor: {keys: [status], values: {}}", "没有键 status"),
        ("floors: {values: {}}", "不认识的参数 mutual_aid.floors"),
        ("floor: {values: {}, colour: red}", "不认识的键 colour"),
        ("floor: {unit: percent, values: {}}", "单位是 yuan"),
        ("floor: {values: {2020-13-01: {value: 1}}}", "不是日期"),
        ("floor: {values: {2020-01-01: {sources: [S-1]}}}", "缺少必填的键 value"),
        ("floor: {values: {2020-01-02: {value: 1, to: 2020-01-01}}}", "末日早于首日"),
        ("floor: {values: {2020-01-01: {value: 1, status: guess}}}", "不认识"),
        ("floor: {values: {2020-01-01: {value: 1, status: assumed}}}", "basis"),
        ("relation: {keys: [relation], values: {2020-01-01: {value: {aunt: true}}}}", "没有 aunt"),
        ("own_balance: {values: {2020-01-01: {value: perhaps}}}", "可以写：drain_then_grant"),
    ],
)
def test_faults_name_file_and_line(packs: PackTree, text: str, message: str) -> None:
    packs.city("mutual_aid.yaml", text + "\n")
    with pytest.raises(InputError, match=rf"packs/land/.*/mutual_aid\.yaml 第 1 行 .*{message}"):
        packs.rulebook()


def test_assumed_is_refused_where_the_area_does_not_allow_it(packs: PackTree) -> None:
    packs.land(
        "mutual_aid.yaml", "floor: {values: {2020-01-01: {value: 1, status: assumed, basis: b}}}\n"
    )
    with pytest.raises(InputError, match="不允许 assumed"):
        packs.rulebook()


WAGE = """
average_wage_year:
  values:
    2024-01-01: {value: 80000.01, sources: [S-1]}
    2025-01-01: {value: 90000, sources: [S-1], to: 2025-12-31}
"""


def test_formula_follows_what_it_refers_to(
    packs: PackTree, value: Value, cell: Callable[..., int]
) -> None:
    packs.province("employee/contribution.yaml", WAGE)
    packs.city(
        "employee/inpatient.yaml",
        """
        annual_ceiling:
          values:
            2020-01-01:
              value: {formula: {times: 6, of: employee.contribution.average_wage_year}}
              sources: [S-3]
        """,
    )
    packs.city(
        "employee/upper.yaml",
        """
        annual_ceiling:
          values:
            2020-01-01:
              value:
                formula:
                  percent: 333.33
                  of: employee.inpatient.annual_ceiling
                  minus: employee.contribution.average_wage_year
              sources: [S-2]
        """,
    )
    book = packs.rulebook()
    inpatient = "employee.inpatient.annual_ceiling"
    assert value(book, "2023-06-01", inpatient, 0) == MISSING
    assert value(book, "2024-06-01", inpatient, 0) == 48000006
    assert value(book, "2025-06-01", inpatient, 1) == 54000000
    assert value(book, "2026-06-01", inpatient, 1) == MISSING
    # 480,000.06 × 3.3333 = 1,599,984.199998 -> 1,599,984.20, less 80,000.01.
    assert value(book, "2024-06-01", "employee.upper.annual_ceiling", 0) == 151998419
    segment = book.segment(day_number(datetime.date(2024, 6, 1)))
    citation = book.citations[segment.cells[cell(book, inpatient, 0)]]
    assert citation.value == "480,000.06 元（6 × employee.contribution.average_wage_year）"
    assert (citation.sources, citation.grade) == (("S-3", "S-1"), "B")


def test_formula_of_an_assumed_figure_is_assumed(packs: PackTree, cell: Callable[..., int]) -> None:
    packs.city(
        "employee/contribution.yaml",
        """
        average_wage_month:
          values: {2024-01-01: {value: 1000, status: assumed, basis: 推定, gap: G09}}
        base_floor:
          values:
            2024-01-01:
              value: {formula: {percent: 60, of: employee.contribution.average_wage_month}}
              sources: [S-1]
        """,
    )
    book = packs.rulebook()
    segment = book.segment(day_number(datetime.date(2024, 1, 1)))
    assert segment.rules[cell(book, FLOOR)] == 60000
    citation = book.citations[segment.cells[cell(book, FLOOR)]]
    assert (citation.status, citation.basis, citation.gap) == ("assumed", "推定", "G09")


@pytest.mark.parametrize(
    ("formula", "message"),
    [
        ("{times: 6, of: employee.contribution.base_floor}", "公式互相引用"),
        ("{times: 6, of: employee.nothing}", "不认识的参数"),
        ("{times: 6, of: person.age_line}", "以元计"),
        ("{times: 6, percent: 5, of: mutual_aid.floor}", "只写一个"),
        ("{times: -6, of: mutual_aid.floor}", "倍数"),
        ("{times: 1, of: mutual_aid.floor, minus: employee.contribution.base_ceiling}", "负数"),
        ("{times: 1, of: employee.inpatient.deductible}", "随键变化"),
    ],
)
def test_formula_faults(packs: PackTree, formula: str, message: str) -> None:
    packs.city("mutual_aid.yaml", "floor: {values: {2024-01-01: {value: 5, sources: [S-1]}}}\n")
    packs.city(
        "employee/inpatient.yaml",
        "deductible: {keys: [status], values: {2024-01-01: "
        "{value: {working: 1, retired: 2}, sources: [S-1]}}}\n",
    )
    packs.city(
        "employee/contribution.yaml",
        f"""
        base_ceiling: {{values: {{2024-01-01: {{value: 9, sources: [S-1]}}}}}}
        base_floor: {{values: {{2024-01-01: {{value: {{formula: {formula}}}, sources: [S-1]}}}}}}
        """,
    )
    with pytest.raises(InputError, match=rf"contribution\.yaml 第 2 行 .*{message}"):
        packs.rulebook()


def test_groups_and_diseases_are_numbered_from_the_top_down(packs: PackTree, value: Value) -> None:
    packs.land("groups.yaml", "zeta: 甲\nalpha: 乙\n")
    packs.province("groups.yaml", "alpha: 乙（省）\nmiddle: 丙\n")
    packs.city("diseases.yaml", "gout: 痛风\n")
    packs.land("diseases.yaml", "asthma: 哮喘\n")
    packs.city(
        "assistance.yaml",
        "ratio: {keys: [group], values: {2020-01-01: "
        "{value: {middle: 70, zeta: 80}, sources: [S-1]}}}\n",
    )
    book = packs.rulebook()
    assert dict(book.groups) == {"zeta": 0, "alpha": 1, "middle": 2}
    assert dict(book.diseases) == {"asthma": 0, "gout": 1}
    assert book.group_names["alpha"] == "乙（省）"
    assert [value(book, "2020-01-01", "assistance.ratio", at) for at in range(3)] == [
        8000,
        NONE,
        7000,
    ]


def test_a_city_may_have_any_number_of_groups(packs: PackTree, value: Value) -> None:
    packs.city("groups.yaml", "".join(f"g{number}: 人群{number}\n" for number in range(40)))
    packs.city(
        "assistance.yaml",
        "ratio: {keys: [group], values: {2020-01-01: {value: {g39: 70}, sources: [S-1]}}}\n",
    )
    book = packs.rulebook()
    assert value(book, "2020-01-01", "assistance.ratio", 39) == 7000
    assert value(book, "2020-01-01", "assistance.ratio", 38) == NONE


def test_overlay_beats_every_area_from_its_first_day(
    packs: PackTree, value: Value, cell: Callable[..., int]
) -> None:
    packs.city(
        "mutual_aid.yaml",
        """
        floor:
          name: {zh: 留存线, en: floor}
          values:
            2020-01-01: {value: 100, sources: [S-1]}
            2025-06-01: {value: 150, sources: [S-1]}
        """,
    )
    overlay = packs.write(
        "../reform.yaml",
        """
        overlay: 试算
        groups: {student: 学生}
        parameters:
          mutual_aid.floor:
            values: {2025-01-01: {value: 0, to: 2025-12-31, note: 试算}}
          assistance.ratio:
            keys: [group]
            values: {2025-01-01: {value: {student: 50}}}
        """,
    )
    book = packs.rulebook(overlay)
    days = ("2024-12-31", "2025-01-01", "2025-07-01", "2026-01-01")
    assert [value(book, day, "mutual_aid.floor") for day in days] == [10000, 0, 0, 15000]
    segment = book.segment(day_number(datetime.date(2025, 1, 1)))
    citation = book.citations[segment.cells[cell(book, "mutual_aid.floor")]]
    assert citation.overlay
    assert (citation.area, citation.sources, citation.status) == ("overlay", (), "sourced")
    assert (citation.name, citation.note) == ("留存线", "试算")
    assert dict(book.groups) == {"student": 0}
    assert value(book, "2025-01-01", "assistance.ratio", 0) == 5000
    assert book.hash != packs.rulebook().hash


def test_overlay_of_an_area_leaves_others_alone(packs: PackTree) -> None:
    overlay = packs.write(
        "../reform.yaml",
        'overlay: 试算\narea: "990100"\nparameters: '
        "{mutual_aid.floor: {values: {2025-01-01: {value: 7}}}}\n",
    )
    assert packs.load(overlay).rulebook("990000").days == ()
    assert len(packs.load(overlay).rulebook("990100").days) == 1
    wrong = packs.write("../wrong.yaml", 'overlay: 试算\narea: "980000"\n')
    with pytest.raises(NotFoundError, match="没有 980000 的政策包"):
        packs.load(wrong)
