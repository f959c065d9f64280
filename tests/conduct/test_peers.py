"""RC14: an institution is compared with its peers where the area says from how far on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from yibao.access.errors import DeniedError
from yibao.access.permissions import Role
from yibao.conduct import operations as conduct
from yibao.conduct.peers import dear_places, peers_off
from yibao.conduct.reading import list_hits

from ..claims.conftest import overlaid
from .conftest import AT, Bureau

Build = Callable[..., Any]
SIGMAS = "  conduct.outlier_sigmas: {unit: count, values: {2020-01-01: {value: 3}}}\n"


def test_a_mean_is_far_above_the_others_beyond_so_many_deviations_exactly() -> None:
    """Means of 10 and 14 have the mean 12 and the deviation 2: three of them end at 18."""
    peers = {"a": (1_000, 100), "b": (1_400, 100)}
    assert dear_places("140100", {**peers, "c": (18, 1)}, 3) == []
    (compared,) = dear_places("140100", {**peers, "c": (19, 1)}, 3)
    assert (compared.institution_id, compared.mean, compared.peers_mean, compared.peers) == (
        "c",
        19,
        12,
        2,
    )
    assert dear_places("140100", {"a": (10, 1), "c": (10_000, 1)}, 3) == [], "one is no peer group"
    assert dear_places("140100", {**peers, "c": (1, 1)}, 3) == [], "cheap is nothing to look at"


def test_it_is_off_by_name_until_the_area_says_it_and_then_found_once(
    bureau: Bureau, make_visit: Build, make_institution: Build, tmp_path: Path
) -> None:
    for name in ("h0", "h2", "h3", "clinic"):
        grade = None if name == "clinic" else "2A"
        bureau.store.institution(make_institution(name, price_class=2, grade=grade))
    for number, (place, total) in enumerate(
        (("h0", 9_000_000), ("h2", 500_000), ("h3", 520_000), ("clinic", 9_000_000)), 1
    ):
        bureau.store.settle(
            make_visit(f"v{number}", "worker", place, total,
                       start=f"2026-05-0{number * 2}", end=f"2026-05-0{number * 2 + 1}")
        )  # fmt: skip
    inspector = bureau.of(Role.INSPECTOR)

    def check(library: Any) -> conduct.CheckedMonth:
        return conduct.check_month(bureau.database, 202605, actor=inspector, library=library, at=AT)

    before = check(bureau.packs)
    assert before.off == (bureau.area,)
    assert "RC14" in str(peers_off(bureau.packs, before.off))
    with overlaid(tmp_path, SIGMAS) as library:
        compared = check(library)
        assert (compared.new, compared.off) == (1, ())
        assert check(library).new == 0
    (hit,) = [hit for hit in list_hits(bureau.database, inspector) if hit.rule.code == "RC14"]
    assert (hit.institution_id, hit.person_id, hit.amount) == ("h0", "", 0)
    assert "90,000" in str(hit.reason)
    assert "2 家" in str(hit.reason)
    lead = bureau.lead(
        source="rule", subject_kind="institution", subject_id="h0", hits=(hit.hit_id,)
    )
    bureau.note(lead, Role.INSPECTOR)
    assert "RC14" not in {hit.rule.code for hit in list_hits(bureau.database, inspector)}
    bureau.check()


@pytest.mark.parametrize("role", [Role.CLERK, Role.CASHIER, Role.AUDITOR])
def test_others_do_not_check(bureau: Bureau, role: Role) -> None:
    with pytest.raises(DeniedError):
        conduct.check_month(
            bureau.database, 202605, actor=bureau.of(role), library=bureau.packs, at=AT
        )
