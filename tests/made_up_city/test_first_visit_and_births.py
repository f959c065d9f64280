"""A first visit that has to come before others; two rates of prenatal care; births by class."""

from __future__ import annotations

from yibao.policy.compile import PolicyLibrary

from .life import check, visits


def test_shape_28_first_contact_comes_first(packs: PolicyLibrary) -> None:
    answers = visits(packs, "22_first_visit_and_births")
    check(answers["direct"], pooled=0, own=100_00)
    for name in ("primary", "referred", "signed", "away", "pupil"):
        check(answers[name], pooled=50_00)
    check(answers["worker"], pooled=0)
    reasons = [step["label"] for step in answers["direct"]["steps"]]
    assert "没有先到首诊机构" in reasons


def test_shape_28_prenatal_care_at_two_rates(packs: PolicyLibrary) -> None:
    answers = visits(packs, "22_first_visit_and_births")
    check(answers["prenatal1"], pooled=2000_00)
    check(answers["prenatal2"], pooled=1600_00)  # 1000 are left; 30% of the other 2000
    check(answers["prenatal3"], pooled=6400_00)  # 30% of 40000 is 12000; 10000 in all
    check(answers["resident_prenatal"], pooled=3600_00)


def test_shape_28_births_by_class(packs: PolicyLibrary) -> None:
    answers = visits(packs, "22_first_visit_and_births")
    check(answers["birth"], pooled=4800_00)
    check(answers["resident_birth"], pooled=5800_00)
