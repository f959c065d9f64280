"""A deductible halved by class, group and number; a community institution away."""

from __future__ import annotations

from yibao.policy.compile import PolicyLibrary

from .life import check, visits


def test_shape_19_halving_by_class_group_and_number(packs: PolicyLibrary) -> None:
    answers = visits(packs, "19_halving")
    check(answers["adult1"], de=1300_00, pooled=2775_00)  # 3700 x 75%
    check(answers["adult2"], de=650_00, pooled=3262_50)
    check(answers["adult3"], de=300_00, pooled=3525_00)  # the lowest class is never halved
    check(answers["pupil1"], de=650_00, pooled=3262_50)
    check(answers["pupil2"], de=650_00, pooled=3262_50)  # always half, never a quarter


def test_shape_19_a_community_away_counts_as_a_hospital(packs: PolicyLibrary) -> None:
    answers = visits(packs, "19_halving")
    check(answers["at_home"], pooled=900_00)
    check(answers["away"], pooled=700_00)
