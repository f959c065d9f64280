"""Rule shapes of contributions, cover, accounts and retirement: worked out by hand, in fen."""

from __future__ import annotations

import datetime
from dataclasses import replace
from pathlib import Path

import pytest

from yibao import library
from yibao.errors import InputError, RefusedError
from yibao.policy.compile import PolicyLibrary
from yibao.scenario.read import read_scenario
from yibao.scenario.roads import run_through

from .life import Answer, check, live, scenario_file, visits

CITY = "临溪"


def lines(answer: Answer) -> dict[str, int]:
    return {line["name"]: line["amount"] for line in answer["lines"]}


def test_shape_08_contributions_by_month(packs: PolicyLibrary) -> None:
    answers = live(packs, "08_contributions")
    # The wage of 2025 was published in July: 15000 before, 16000 after, from January on.
    expected = (
        (9100_00, 182_00, 637_00),  # 9000 is the floor as known in March; 2% and 7%
        (9600_00, 192_00, 672_00),  # 60% of 16000
        (45000_00, 900_00, 3150_00),  # three times 15000
        (48000_00, 960_00, 3360_00),
    )
    for answer, figures in zip(answers[:4], expected, strict=True):
        assert (answer["base"], answer["due"], answer["employer"]) == figures


def test_shape_08_contributions_by_quarter_half_year_and_year(packs: PolicyLibrary) -> None:
    quarter, half_year, month, year = live(packs, "08_contributions")[4:8]
    # 10000 x 8.5% a month; 60 a year and 5 a month; 1.50 a month.
    assert lines(quarter) == {"basic": 2550_00, "large_amount": 75_00, "extra": 4_50}
    assert lines(half_year) == {"basic": 5100_00, "large_amount": 30_00, "extra": 9_00}
    assert lines(month) == {"basic": 850_00, "large_amount": 5_00, "extra": 1_50}
    assert lines(year) == {"basic": 9180_00, "large_amount": 120_00, "extra": 18_00}  # 765 x 12
    assert [bill["due"] for bill in (quarter, half_year, month, year)] == [
        2629_50,
        5139_00,
        856_50,
        9318_00,
    ]


def test_shape_08_contributions_of_residents(packs: PolicyLibrary) -> None:
    answers = live(packs, "08_contributions")[8:]
    adult, pupil, poor, veteran, late, late_veteran, late_2026, baby, late_baby = answers
    assert (adult["due"], adult["total_funding"], adult["late"]) == (500_00, 1200_00, False)
    assert pupil["due"] == 300_00
    assert lines(poor) == {"individual": 420_00, "group_subsidy": -120_00}
    assert lines(veteran) == {"individual": 500_00, "group_subsidy": -166_65}  # 33.33%
    assert (late["due"], late["fiscal_subsidy"], late["late"]) == (1200_00, 0, True)
    assert (late_veteran["due"], late_veteran["late"]) == (333_35, True)
    assert (late_2026["due"], late_2026["late"]) == (500_00, True)  # individual amount only
    assert baby["due"] == 0  # on the 28th day
    assert late_baby["due"] == 1200_00


def test_shape_09_waiting_of_residents(packs: PolicyLibrary) -> None:
    expected = {
        "late": (2, "2025-05-01", False),  # 10 April, then the first of the next month
        "first": (2, "2025-05-01", True),  # a first of a month stays
        "two_years": (4, "2025-07-01", False),  # 2 + 2 x (2 - 1)
        "three_years": (6, "2025-09-01", False),  # 2 + 2 x (3 - 1)
        "repaired": (5, "2025-08-01", False),  # 6 - 4 = 2, not below 5 after three years
        "baby": (0, "2025-05-01", True),  # from the day of birth
        "bridged": (0, "2025-05-20", True),  # within four months of the employee scheme
        "too_late": (2, "2025-08-01", False),
    }
    answers = {answer["person"]: answer for answer in live(packs, "09_waiting")}
    for name, figures in expected.items():
        answer = answers[name]
        assert (answer["months"], answer["from"], answer["entitled"]) == figures, name


def test_shape_09_waiting_of_employees(packs: PolicyLibrary) -> None:
    any_time, never, other_year, same_year, open_, over = live(packs, "09_waiting")[8:]
    assert (any_time["entitled"], any_time["months"]) == (True, 0)
    assert (never["months"], never["from"]) == (4, "2025-09-01")  # 10 August, then the next first
    assert (other_year["months"], other_year["from"]) == (2, "2025-03-05")
    assert same_year["entitled"]
    # 9000 x 8.5% + 5 + 1.50 = 771.50 a month, within three months of grace.
    assert (open_["lapsed_months"], open_["repairable"]) == (3, True)
    assert open_["back_payment"] == 2314_50
    assert (over["lapsed_months"], over["repairable"], over["back_payment"]) == (4, False, None)


def test_shape_10_incentives(packs: PolicyLibrary) -> None:
    figures = [
        (answer["continuity"], answer["zero_claim"], answer["ceiling"])
        for answer in live(packs, "10_incentives")
    ]
    assert figures == [
        (0, 500_00, 30500_00),  # second year: no step yet, one year without claim
        (2000_00, 1000_00, 33000_00),
        (6000_00, 2000_00, 37500_00),  # 8000, at most 25% of 30000
        (2000_00, 1000_00, 33000_00),
        (0, 0, 30000_00),  # a break loses both
        (0, 500_00, 30500_00),  # using the raised ceiling resets both; 2027 counts again
        (0, 0, 2000_00),  # no incentive here
    ]


def test_shape_11_mutual_aid(packs: PolicyLibrary) -> None:
    answers = visits(packs, "11_mutual_aid")
    check(answers["own_first"], account=100_00, aid=0, cash=400_00)  # 100 of her own before
    check(answers["limited"], account=0, aid=300_00, cash=200_00)
    check(answers["no_relation"], aid=0, cash=100_00)
    check(answers["relation"], aid=100_00, cash=0)  # grandchildren from July
    check(answers["other_area"], aid=0, cash=100_00)  # within the pooling area only
    check(answers["anywhere"], aid=100_00, cash=0)  # from 2026 anywhere
    check(answers["far"], aid=100_00, cash=0)
    check(answers["floor"], aid=3900_00, cash=5100_00)  # 5000 - 600 given, less the floor of 500
    check(answers["drained"], account=100_00, aid=200_00, cash=0)  # own account first, then hers
    check(answers["expired"], account=0, aid=0, cash=300_00)


def test_shape_11_premiums_and_wallet(packs: PolicyLibrary, tmp_path: Path) -> None:
    text = scenario_file("11_premium_and_wallet").read_text(encoding="utf-8")
    early = tmp_path / "early.yaml"
    early.write_text(text.replace("paid_on: 2025-10-15", "paid_on: 2025-06-30"), encoding="utf-8")
    whole = read_scenario(scenario_file("11_premium_and_wallet"))
    first = replace(whole, steps=whole.steps[:2])
    paid, sent = (answer.as_json() for answer in run_through("engine", packs, first))
    assert (paid["mutual_aid"], paid["cash"]) == (500_00, 0)
    assert sent["balance"] == 500_00  # 1200 - 500 - 200
    with pytest.raises(RefusedError, match="2025-06-30 医保钱包转账尚未开通"):
        live(packs, "11_premium_and_wallet")
    with pytest.raises(RefusedError, match="2025-06-30 个人账户还不能为亲属缴费"):
        list(run_through("engine", packs, read_scenario(early)))


def test_shape_15_allowance_and_spouse(packs: PolicyLibrary) -> None:
    area, on = packs.area(CITY).code, datetime.date(2025, 8, 1)
    plain = library.maternity_allowance(packs, area, on, 9300_00)
    assert (plain.days, plain.amount) == (120, 36000_00)  # 9300 / 31 = 300 a day
    hard = library.maternity_allowance(packs, area, on, 9300_00, difficult=True, fetuses=2)
    assert (hard.days, hard.amount) == (144, 43200_00)  # 120 + 14 + 10
    lost = library.maternity_allowance(
        packs, area, on, 9300_00, miscarriage=True, gestation_months=3
    )
    assert (lost.days, lost.amount) == (40, 12000_00)
    with pytest.raises(InputError, match="没有生育津贴"):
        library.maternity_allowance(packs, area, on, 9300_00, contribution_class="flexible")
    assert library.spouse_part(packs, area, on, 1115_01) == 557_51  # half, half up


def test_shape_16_monthly_credits(packs: PolicyLibrary) -> None:
    young, older, retiree, lake, lake_retired, scope, whole = live(packs, "16_personal_account")
    assert young["amount"] == 220_00  # 44 years on the first of March: 10000 x 2.2%
    assert older["amount"] == 310_00  # 45 years: 3.1%
    assert retiree["amount"] == 180_00  # pension 4000 x 4.5%
    assert lake["amount"] == 20_00  # 1000.30 at least, x 2% = 20.006, to the jiao
    assert lake_retired["amount"] == 77_70
    check(scope, account=100_00, cash=60_00)  # nothing outside the catalogue
    check(whole, account=80_00, cash=0)  # here anything


def test_shape_17_retirement(packs: PolicyLibrary) -> None:
    area = packs.area(CITY).code
    before = library.retirement(
        packs, area, "male", datetime.date(2029, 12, 31), 200, 60, own_base=10000_00
    )
    # 25 x 12 - 260 = 40 months at 10000 x 8%.
    assert (before.required_months, before.missing_months, before.cost) == (300, 40, 32000_00)
    after = library.retirement(
        packs, area, "male", datetime.date(2030, 1, 1), 200, 60, own_base=10000_00
    )
    # 28 x 12 - 260 = 76 months at 16000 x 8%.
    assert (after.required_months, after.missing_months, after.cost) == (336, 76, 97280_00)
    actual = library.retirement(
        packs, area, "female", datetime.date(2025, 1, 1), 100, 200, own_base=10000_00
    )
    assert (actual.actual_required_months, actual.missing_months) == (120, 20)


def test_shape_17_premium_subsidy_paid_later(packs: PolicyLibrary) -> None:
    area = packs.area(CITY).code
    poor = library.flexible_subsidy(packs, area, 2025, ("low_income",), 10000_01)
    assert poor.amount == 6000_01  # 60% = 6000.006
    assert poor.apply_from == datetime.date(2026, 3, 1)
    both = library.flexible_subsidy(packs, area, 2025, ("low_income", "veteran"), 10000_00)
    assert both.amount == 6667_00  # the better one, never both
    assert library.flexible_subsidy(packs, area, 2025, ("student",), 10000_00).amount == 0
