"""Rule shapes of care: every figure worked out by hand, in fen."""

from __future__ import annotations

import pytest

from yibao.benefit.people import tier_mask
from yibao.errors import InputError, RefusedError
from yibao.policy.compile import PolicyLibrary
from yibao.scenario.read import read_scenario
from yibao.scenario.roads import run_through

from .life import check, live, scenario_file, visits


def test_shape_01_parameters_by_area_scheme_and_day(packs: PolicyLibrary) -> None:
    answers = run_through("engine", packs, read_scenario(scenario_file("01_areas_and_days")))
    check(next(answers).as_json(), de=20_00, pooled=48_00)  # (100 - 20) x 60%
    # The outpatient scheme closes at the end of 2026: no value, no answer.
    with pytest.raises(RefusedError, match=r"resident\.outpatient\.annual_ceiling 在 2027-01-01"):
        next(answers)


def test_shape_02_price_class_from_the_grade(packs: PolicyLibrary) -> None:
    answers = visits(packs, "02_price_class")
    check(answers["county"], de=450_00, pooled=700_00)  # (1450 - 450) x 70%
    check(answers["city"], de=600_00, pooled=700_00)  # (1600 - 600) x 70%
    check(answers["grade_2025"], de=900_00, pooled=600_00)  # 3B is class 1: (1900 - 900) x 60%
    check(answers["grade_2026"], de=600_00, pooled=700_00)  # 3B is class 2: (1600 - 600) x 70%
    check(answers["across"], de=900_00, pooled=600_00)  # class of the admission day


def test_shape_02_stays_by_discharge_or_by_admission(packs: PolicyLibrary) -> None:
    answers = live(packs, "02_price_class")
    used_2026, used_2025 = (
        answer for answer in answers if answer.get("person") == "d" and "ask" in answer
    )
    assert (used_2026["inpatient_pooled"], used_2026["admissions"]) == (600_00, 0)
    assert (used_2025["inpatient_pooled"], used_2025["admissions"]) == (0, 1)
    river, river_year, lake, lake_year = answers[-4:]
    check(river, pooled=7200_00)  # working on the admission day: (10000 - 1000) x 80%
    assert river_year["inpatient_pooled"] == 7200_00
    check(lake, pooled=720_00)  # retired on the day of discharge: (1500 - 500) x (70 + 2)%
    assert lake_year["inpatient_pooled"] == 720_00


def test_shape_03_deductibles(packs: PolicyLibrary) -> None:
    answers = visits(packs, "03_deductible")
    # One deductible a year; bands on what lies above it in the year.
    check(answers["year1"], de=600_00, pooled=240_00)  # 400 x 60%
    check(answers["year2"], de=0, pooled=1820_00)  # 1600 x 70% + 1400 x 50%: from 400 to 3400
    # A fixed step by nth admission, down to a floor.
    check(answers["step1"], de=1000_00, pooled=7200_00)  # 9000 x 80%
    check(answers["step2"], de=850_00, pooled=7320_00)  # 9150 x 80%
    check(answers["step3"], de=700_00, pooled=7440_00)  # 9300 x 80%
    check(answers["step4"], de=600_00, pooled=7520_00)  # 1000 - 450 = 550 is below 600
    # Per visit, until they come to 150 in a year.
    check(answers["sum1"], de=100_00, pooled=160_00)  # 400 x 40%
    check(answers["sum2"], de=50_00, pooled=180_00)  # 450 x 40%
    check(answers["sum3"], de=0, pooled=200_00)  # 500 x 40%
    # A factor by nth admission: 900, 450, 180, 0.
    for name, deductible in (("factor1", 90_000), ("factor2", 45_000), ("factor3", 18_000)):
        check(answers[name], de=deductible, pooled=600_00)  # 1000 x 60%
    check(answers["factor4"], de=0, pooled=600_00)
    # Half for a group in class 1, nothing in class 2.
    check(answers["group1"], de=50_00, pooled=180_00)  # (500 - 50) x 40%
    check(answers["group2"], de=0, pooled=375_00)  # 500 x 75%
    # Per year by class, at most 800 in all, none from the third admission on.
    check(answers["lake1"], de=500_00, pooled=700_00)  # 1000 x 70%
    check(answers["lake2"], de=300_00, pooled=700_00)  # 900 - 500 = 400, of 800 only 300 are left
    check(answers["lake3"], de=0, pooled=700_00)
    check(answers["pupil1"], de=320_00, pooled=900_00)  # 800 x 40%; (1320 - 320) x 90%


def test_shape_04_ratios(packs: PolicyLibrary) -> None:
    answers = visits(packs, "04_ratio")
    check(answers["points"], de=600_00, pooled=260_00)  # 400 x (60 + 5)%
    check(answers["doctor"], de=0, pooled=900_00)  # 1000 x (80 + 7 + 3)%
    check(answers["bands"], pooled=830_00)  # 600 x (80 + 7 + 4)% + 400 x (60 + 7 + 4)%
    check(answers["own_share"], pooled=7920_00)  # 100 - 20 x 60% = 88; 9000 x 88%
    check(answers["disease"], pooled=7560_00)  # 9000 x (80 + 4)%
    check(answers["below"], pooled=600_00)  # 59 years on the admission day: 1000 x 60%
    check(answers["from"], de=450_00, pooled=650_00)  # 60 years: 1000 x 65%
    check(answers["fever"], pooled=700_00)  # 1000 x (60 + 10)%
    check(answers["per_visit1"], de=50_00, pooled=435_00)  # from 50: 450 x 30% + 500 x 60%
    check(answers["per_visit2"], de=0, pooled=240_00)  # from 0: 500 x (30 + 5)% + 100 x 65%
    check(answers["lake_flat"], pooled=23_30)  # 70 x 33.33% = 23.331, to the jiao
    check(answers["lake_half"], pooled=35_00)  # 100 - 66.67 x 75% = 49.9975, 50.00 in basis points
    check(answers["lake_group"], de=15_00, pooled=56_70)  # 85 x 66.67% = 56.6695
    # 10000 x (70 + 2 + 1)% + 5000 x 83%, then 5000 x 82% + 5000 x 92% in the same year.
    check(answers["lake_bands"], de=800_00, pooled=11450_00, upper=0)
    # Own payment 4350 + 1300 = 5650; (5650 - 5000) x 50%.
    check(answers["lake_bands2"], de=0, pooled=8700_00, upper=325_00)


def test_shape_05_out_of_area(packs: PolicyLibrary) -> None:
    answers = visits(packs, "05_crossing")
    check(answers["replaced"], de=2000_00, pooled=4500_00)  # 10000 x 45%
    # Care area's catalogue: 1000 x 30% first; (2500 - 300 - 900) x (60 - 3)%.
    check(answers["direct"], up=300_00, de=900_00, pooled=741_00)
    # Home area's: 1000 x 10%; second admission counts for long stays: (2500 - 100 - 450) x 57%.
    check(answers["manual"], up=100_00, de=450_00, pooled=1111_50)
    check(answers["emergency"], de=1500_00, pooled=520_00)  # 1000 x (60 - 8)%
    check(answers["temporary1"], de=900_00, pooled=300_00)  # 1000 x 30%
    check(answers["temporary2"], de=900_00, pooled=300_00)  # the nth admission does not count here
    check(answers["home_emergency"], de=1500_00, pooled=520_00)  # as away
    check(answers["province"], de=100_00, pooled=152_00)  # 400 x (40 - 2)%
    # The other way round: home catalogue (8%) at the counter, the care area's (30%) by hand.
    check(answers["lake_direct"], up=160_00, de=800_00, pooled=520_00)  # 1040 x 50%
    check(answers["lake_manual"], up=600_00, de=500_00, pooled=450_00)  # 1300 - 800 left; 900 x 50%
    check(answers["lake_temporary"], de=800_00, pooled=800_00)  # 1000, cut to 800; 2000 x 40%
    check(answers["lake_referred"], de=0, pooled=600_00)  # 1000 x (70 - 10)%
    # a group that has the terms of home wherever the care is
    check(answers["pupil_at_home"], de=100_00, pooled=320_00)
    check(answers["pupil_away"], de=900_00, pooled=6660_00)
    check(answers["pupil_back"], de=450_00, pooled=6930_00)  # the second stay of the year


def test_shape_06_ceilings(packs: PolicyLibrary) -> None:
    answers = visits(packs, "06_ceilings")
    check(answers["share_of_wage"], pooled=200_00)  # 180000 x 2% = 3600, 3400 used
    steps = {step["label"]: step["amount"] for step in answers["share_of_wage"]["steps"]}
    assert steps["封顶内已用费用"] == 333_34  # 200 / 60%, rounded up
    assert steps["转入上层费用"] == 66_66  # 400 - 333.34
    # 6 x 180000 - 50000 = 1030000, 1029000 used.
    check(answers["times_wage"], pooled=0, upper=1000_00)
    # 5000 / 85% = 5882.36 used; 59300 - 5882.36 = 53417.64 up; 20000 x 90% + 33417.64 x 80%.
    check(answers["inside"], pooled=5000_00, upper=44734_11)
    check(answers["resident_above"], pooled=0, upper=1700_00)  # 3000 x 40% + 1000 x 50%


def test_shape_07_layers_in_order(packs: PolicyLibrary) -> None:
    answers = visits(packs, "07_layers")
    # Eligible 33500 - 500 - 200 - 200 = 32600; (32600 - 900) x 60% = 19020; own 13580.
    # Upper: 13580 - 2000 = 11580; 10000 x 65% + 1580 x 75% = 7685; 5895 is left.
    # Assistance: (5895 - 1000) x 70%.  Own: 2468.50 + 900 outside; the son gives 2000 - 500.
    check(
        answers["all"],
        up=200_00,
        de=900_00,
        pooled=19020_00,
        upper=7685_00,
        assist=3426_50,
        own=3368_50,
        account=0,
        aid=1500_00,
        cash=1868_50,
    )
    assert (answers["all"]["out_of_catalogue"], answers["all"]["over_limit"]) == (500_00, 200_00)
    # Second trigger: the basic ceiling is reached, so no threshold: 4000 x 60%.
    check(answers["waived"], pooled=1000_00, upper=2400_00)
    # 41300 - 8000 = 33300: 6000 + 23300 x 70% = 22310; (41300 - 22310 - 15000) x 50% = 1995.
    check(answers["second"], upper=805_00)  # 24305 - 23500
    check(answers["full"], upper=500_00)  # 30000 is the ceiling, one year without claim adds 500
    check(
        answers["lake"], pooled=700_00, upper=580_00
    )  # 12800: 3000 + 1800 x 60% = 4080, less 3500
    # Half the threshold, ten points, no ceiling: 32050 - 2500 = 29550;
    # 6000 x 60% + 23550 x 70% = 20085, less 20050.
    check(answers["veteran"], de=0, pooled=950_00, upper=35_00, assist=6_00)  # 15 x 40%
    # 21300 - 2000 = 19300: 6500 + 9300 x 75% = 13475, less 13000; 825 x 70% = 577.50, 200 left.
    check(answers["assisted"], pooled=600_00, upper=475_00, assist=200_00)


def test_shape_12_former_terms(packs: PolicyLibrary) -> None:
    answers = visits(packs, "12_grandfathering")
    check(answers["kept1"], de=50_00, pooled=150_00)  # 200 x 75%
    check(answers["kept2"], de=30_00, pooled=969_00)  # 80 - 50 left; 1020 x 95%
    check(answers["kept3"], de=0, pooled=550_00)  # of 700 a year 150 are used
    check(answers["new1"], pooled=0)  # no longer on the list
    check(answers["new2"], de=50_00, pooled=900_00)  # 2000 x 75%, 900 a year
    check(answers["last_day"], de=50_00, pooled=150_00)
    check(answers["over"], pooled=0)
    check(answers["lake"], de=90_00, pooled=300_00)  # 500 x 90%, 300 a year


def test_shape_13_rounding(packs: PolicyLibrary) -> None:
    answers = visits(packs, "13_rounding")
    for name, paid in (("down", 10_56), ("jiao", 10_60), ("up", 10_57)):
        check(answers[name], pooled=paid)  # 31.70 x 33.33% = 10.56561
    check(answers["item_down"], up=3_33, pooled=1)  # 3.339; 0.06 x 33.33%
    check(answers["item_jiao"], up=3_30, pooled=0)
    check(answers["half_up"], pooled=6_07)  # 10.11 x 60% = 6.066
    down, jiao = (answer for answer in live(packs, "13_rounding") if "ask" in answer)
    assert (down["due"], down["employer"]) == (20_50, 65_01)  # 20.50615 and 65.0195
    assert (jiao["due"], jiao["employer"]) == (20_50, 65_00)


def test_shape_14_listed_diseases(packs: PolicyLibrary) -> None:
    answers = visits(packs, "14_chronic")
    # 1500 a year by the layer below; 500 are what a year without a claim adds above.
    check(answers["raised"], pooled=1500_00, upper=500_00)
    # 200 a month; deductibles of 50 a visit come to 80 in a year.
    check(answers["march1"], de=50_00, pooled=187_50)  # 250 x 75%
    check(answers["march2"], de=30_00, pooled=12_50)  # 70 x 75% = 52.50, 12.50 are left
    check(answers["april"], de=0, pooled=75_00)
    check(answers["own_table"], de=50_00, pooled=400_00)  # 500 x 80%
    check(answers["year_ceiling"], de=30_00, pooled=500_00)  # 640, of 900 a year 500 are left
    # Under the inpatient ceiling: 1000 are left, 1333.34 used, 1666.66 x 90% from above.
    check(answers["special"], de=50_00, pooled=1000_00, upper=1499_99)
    check(answers["dual_channel"], de=0, pooled=550_00)  # 1000 x 55%
    check(answers["resident_month"], pooled=120_00)  # 300 x 60%, 120 a month
    check(answers["resident_year"], pooled=80_00)  # 1000 x 65%, 1500 - 1300 - 120 a year
    check(answers["resident_share"], pooled=49_20)  # 18% first, as for inpatients; 82 x 60%
    check(answers["lake1"], de=90_00, pooled=200_00)  # 100 cut to 90; 500 x 40%
    check(answers["lake2"], de=0, pooled=334_00)  # from 500: 500 x (40 + 2)% + 200 x (60 + 2)%
    check(answers["lake_points"], pooled=55_00)  # 100 x (50 + 5)%
    check(answers["lake_group"], de=20_00, pooled=88_00, assist=12_80)  # 100 x 88%; 32 x 40%
    check(answers["lake_away"], de=80_00, pooled=25_00)  # 100 x 25%
    check(answers["lake_settled"], de=90_00, pooled=44_00)  # 100 x (50 - 6)%


def test_shape_15_maternity(packs: PolicyLibrary) -> None:
    answers = visits(packs, "15_maternity")
    # Twins: 800 + 300; 2000 x 80% = 1600; 1100 / 80% = 1375 used, 625 go to the outpatient pool:
    # (625 - 600) x 60%.
    check(answers["twins"], de=600_00, pooled=1115_00)
    check(answers["birth"], pooled=1900_00)  # 3000 holds prenatal care too: 3000 - 1100
    check(answers["single"], pooled=400_00)  # 500 x 80%
    check(answers["caesarean"], pooled=4600_00)  # 6000 x 90%, at most 5000 - 400
    check(answers["band1"], pooled=500_00)  # 1000 x 80%, 500 below three months
    check(answers["band2"], pooled=800_00)  # 900 from three months on
    check(answers["band3"], pooled=400_00)  # from seven months on the general ceiling
    check(answers["short"], pooled=0)  # five months paid, ten are needed
    check(answers["long"], pooled=1000_00)
    check(
        answers["resident"], pooled=400_00, own=600_00
    )  # 500, quota 400, the rest is the person's
    check(answers["resident_birth"], pooled=2000_00)  # 3000 x 70%, at most 2000
    check(answers["two"], pooled=500_00)  # 1200 x 50%, quota 400 + 100
    check(answers["lost"], pooled=350_00)  # 1000 x 60%, 350 from three months on
    check(answers["lake"], pooled=300_00)
    check(answers["lake_birth"], pooled=700_00)  # 3000 x 70%, at most 1000 - 300


# --- shapes that single cities need -------------------------------------------------------------


def test_shape_03_deductibles_by_admission_group_doctor_and_referral(packs: PolicyLibrary) -> None:
    answers = visits(packs, "04_cities")
    # A table by class and number: neither a factor nor a step.
    check(answers["nth1"], de=850_00, pooled=7777_50)  # 9150 x 85%
    check(answers["nth2"], de=800_00, pooled=7820_00)  # 9200 x 85%
    check(answers["nth3"], de=150_00, pooled=8865_00)  # 9850 x 90%
    check(answers["nth4"], de=0, pooled=8500_00)
    # 700 a year with a family doctor, of which 1000 were borne before; nothing once retired.
    check(answers["plain"], de=1000_00, pooled=100_00)  # 200 x 50%
    check(answers["signed"], de=0, pooled=500_00)
    check(answers["retired"], de=0, pooled=500_00)
    # Sent on by a first-contact institution; a pupil by number; a child half.
    check(answers["sent"], de=1000_00, pooled=600_00)  # 1000 x 60%
    check(answers["pupil2"], de=650_00, pooled=600_00)
    check(answers["pupil3"], de=325_00, pooled=600_00)
    check(answers["child1"], de=600_00, pooled=700_00)  # 1000 x (60 + 10)%


def test_shape_04_ratios_by_age_plan_and_bands_by_class(packs: PolicyLibrary) -> None:
    answers = visits(packs, "04_cities")
    check(answers["before_fifty"], pooled=8500_00)  # 10000 x 85%
    check(answers["at_fifty"], pooled=8700_00)  # 10000 x (85 + 2)%
    check(answers["at_sixty"], de=380_00, pooled=9418_80)  # 10020 x (90 + 4)%
    check(answers["low1"], pooled=30_00)
    check(answers["low2"], pooled=40_00)
    check(answers["by_class1"], pooled=4380_00)  # 3800 x 60% + 3000 x 70%
    check(answers["by_class2"], pooled=5310_00)  # 2400 x 65% + 5000 x 75%


def test_shape_06_ceilings_of_groups_and_plans(packs: PolicyLibrary) -> None:
    answers = visits(packs, "04_cities")
    check(answers["chronic1"], de=500_00, pooled=350_00)  # 500 x 70%, with a family doctor
    check(answers["chronic2"], pooled=90_00)  # 300 x 40%, at most 90
    check(answers["pooled1"], pooled=880_00)  # 2000 x 50% = 1000, at most 880
    check(answers["whole"], pooled=200_00)
    check(answers["pupil1"], pooled=500_00)


def test_shape_05_upfront_by_bands_of_a_price(packs: PolicyLibrary) -> None:
    answers = visits(packs, "04_cities")
    # Of 30000: nothing of 5000, 30% of 15000, 50% of 10000; 5% of 1000; nothing of 4000.
    check(answers["piece"], up=4500_00 + 5000_00 + 50_00)


def test_shape_07_a_layer_on_what_each_stay_leaves(packs: PolicyLibrary) -> None:
    answers = visits(packs, "04_cities")
    check(answers["nth1"], pooled=7777_50, upper=1068_00)  # 1372.50: 1000 x 77% + 372.50 x 80%
    check(answers["nth2"], pooled=7820_00, upper=1074_00)  # 1380: 770 + 380 x 80%
    check(answers["nth3"], pooled=8865_00, upper=758_45)  # 985 x 77%
    check(answers["nth4"], pooled=8500_00, upper=99_55)  # of 3000 a year 99.55 are left


def test_shape_08_rates_and_credit_of_plans(packs: PolicyLibrary) -> None:
    answers = live(packs, "04_cities")
    assert [answer["amount"] for answer in answers if "credit" in answer] == [270_00, 360_00, 0]
    worker, flexible = (answer for answer in answers if answer.get("ask") == "contribution")
    assert worker["due"] == 50_00  # 10000 x 0.5%
    assert flexible["due"] == 400_00 + 60_00 + 5_00 + 1_50  # 10000 x 4%, and what all pay


def test_shape_31_classes_by_rank_and_grade_and_a_class_apart(packs: PolicyLibrary) -> None:
    answers = visits(packs, "04_cities")
    check(answers["district"], de=1000_00, pooled=8000_00)  # a class apart: 10000 x 80%
    check(answers["nobody"], de=800_00, pooled=8500_00)
    check(answers["city"], de=550_00, pooled=8500_00)  # of the city as where it is not told
    check(answers["county"], de=200_00, pooled=9500_00)  # 2A of a county is class 3
    check(answers["best1"], de=900_00, pooled=8000_00)
    check(answers["best2"], de=600_00, pooled=8000_00)  # 3S counts as 3A where not named


def test_shape_30_points_by_group_of_items(packs: PolicyLibrary) -> None:
    answers = visits(packs, "04_cities")
    # The items of a group come first: the deductible is borne of the others.
    check(answers["items1"], de=1000_00, pooled=986_00)  # 1700 x (50 + 8)%
    check(answers["items2"], de=0, up=250_00, pooled=800_00)  # 1500 x 50% + 1000 x 5%
    check(answers["items3"], pooled=214_00)  # 580, of 2000 a year 214 are left
    check(answers["items4"], de=1200_00, pooled=2000_00)  # 2000 x (60 + 45)%, at most all


def test_a_plan_that_the_area_does_not_know_is_refused(packs: PolicyLibrary) -> None:
    with pytest.raises(
        InputError, match=r"缴费档次 high 不在 990700 的政策包里，可以写：pooled、low"
    ):
        tier_mask(packs.rulebook("990700"), "high")
    assert tier_mask(packs.rulebook("990100"), "high") == 0
