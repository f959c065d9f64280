"""What counts for the layer above: outpatient care, upfront shares, what is above a ceiling."""

from __future__ import annotations

from yibao.policy.compile import PolicyLibrary

from .life import check, live, visits


def test_shape_21_what_counts_above(packs: PolicyLibrary) -> None:
    answers = visits(packs, "21_what_counts_above")
    # Eligible 1950, paid 975; the person's 975 and the 50 upfront count: 1025, below 2000.
    check(answers["clinic1"], up=50_00, pooled=975_00, upper=0)
    # 25 are left of 1000: 50 of the base; 2950 above the ceiling do not count, 25 do: 1050.
    check(answers["clinic2"], pooled=25_00, upper=0)
    # Eligible 6100 less 1300, 75%: 3600; 2500 and 200 upfront: 3750 in the year, 1750 above
    # the threshold: 1000 x 60% and 750 x 70%.
    check(answers["stay"], up=200_00, de=1300_00, pooled=3600_00, upper=1125_00)
    used = next(answer for answer in live(packs, "21_what_counts_above") if "ask" in answer)
    assert (used["eligible_own"], used["upper"]) == (3750_00, 1125_00)


def test_shape_21_paid_after_the_year(packs: PolicyLibrary) -> None:
    answers = visits(packs, "21_what_counts_above")
    check(answers["later1"], pooled=1000_00, upper=0)  # 2000 left, above the ceiling included
    check(answers["later2"], pooled=6000_00, upper=0)
    steps = {step["label"]: step["amount"] for step in answers["later2"]["steps"]}
    # 2000 and 3300: 3300 above the threshold: 1000 x 60% and 2300 x 70%.
    assert steps["大病年后支付"] == 2210_00
    used = live(packs, "21_what_counts_above")[-1]
    assert (used["eligible_own"], used["upper"]) == (5300_00, 0)
