"""What the packs record beside the rules: disputes, sources, and no fault."""

from __future__ import annotations

import pytest

from yibao.policy.compile import PolicyLibrary, packs_folder
from yibao.policy.lint import lint
from yibao.policy.parameters import DECLARATIONS

DISPUTES = [f"K{number:02d}" for number in range(1, 39)]


@pytest.mark.parametrize("name", DISPUTES)
def test_every_dispute_is_decided_with_a_reason(packs: PolicyLibrary, name: str) -> None:
    dispute = packs.disputes()[name]
    assert len(dispute.sides) >= 2
    for side in dispute.sides:
        assert side.says.zh
        assert side.facts
        assert set(side.facts) <= packs.sources().keys()
    assert dispute.question.zh
    assert dispute.choice
    assert dispute.reason.zh
    assert dispute.decided
    assert dispute.confidence in ("high", "medium", "low")
    assert set(dispute.parameters) <= DECLARATIONS.keys()


def test_the_packs_have_no_fault() -> None:
    assert lint(packs_folder()) == []
