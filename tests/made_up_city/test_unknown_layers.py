"""A layer whose terms no source gives is left out and named, and the layers known are paid."""

from __future__ import annotations

from yibao.policy.compile import PolicyLibrary

from .life import check, live, visits


def test_shape_20_what_is_known_is_paid(packs: PolicyLibrary) -> None:
    answers = visits(packs, "20_unknown_layers")
    check(answers["worker"], de=800_00, pooled=100000_00, upper=0, assist=0)
    check(answers["poor"], pooled=8000_00, upper=0, assist=0)
    check(answers["poor_resident"], pooled=7500_00, upper=0, assist=0)
    check(answers["veteran"], pooled=7500_00, assist=1520_00)  # 40% of 3800


def test_shape_20_what_is_unknown_is_named(packs: PolicyLibrary) -> None:
    answers = visits(packs, "20_unknown_layers")
    unknown = {name: answer.get("unknown") for name, answer in answers.items()}
    assert unknown == {
        "worker": ["upper"],
        "poor": ["upper", "assistance"],
        "poor_resident": ["assistance"],
        "veteran": None,
        "clinic": None,
    }
    said = [step["why"] for step in answers["worker"]["steps"]]
    assert any("本人实际可能多得" in why for why in said)
    used = live(packs, "20_unknown_layers")[-1]
    assert (used["upper"], used["assistance"], used["inpatient_pooled"]) == (0, 0, 100000_00)
