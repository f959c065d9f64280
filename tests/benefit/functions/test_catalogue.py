"""Fee items: over-limit first, then the upfront share of what is left."""

from __future__ import annotations

import pytest
from rules_builder import Builder, cell

from yibao.benefit.functions.catalogue import CLASS_A, CLASS_B, CLASS_C, fee_item
from yibao.benefit.functions.refusal import lacking

RESIDENT, EMPLOYEE = 0, 1
OUTPATIENT, INPATIENT = 0, 1
DRUG, SERVICE = 0, 1

RULES = (
    Builder()
    .care("catalogue.upfront", 500, setting="outpatient")
    .care("catalogue.upfront", 1_000, setting="inpatient")
    .set("employee.catalogue.upfront", 2_000, setting="inpatient", item_kind="service")
    .build()
)


@pytest.mark.parametrize(
    ("item_class", "amount", "upfront", "limit", "expected"),
    [
        (CLASS_A, 500_000, -1, -1, (0, 0, 0, 500_000)),
        (CLASS_A, 60_000, -1, 45_000, (0, 15_000, 0, 45_000)),
        (CLASS_A, 45_000, -1, 45_000, (0, 0, 0, 45_000)),
        (CLASS_B, 200_000, 1_000, -1, (0, 0, 20_000, 180_000)),
        (CLASS_B, 200_000, -1, -1, (0, 0, 10_000, 190_000)),
        (CLASS_B, 60_000, 1_000, 45_000, (0, 15_000, 4_500, 40_500)),
        (CLASS_B, 333, 1_500, -1, (0, 0, 50, 283)),  # 49.95
        (CLASS_B, 100, 10_000, -1, (0, 0, 100, 0)),
        (CLASS_B, 100, 0, -1, (0, 0, 0, 100)),
        (CLASS_C, 30_000, -1, -1, (30_000, 0, 0, 0)),
        (CLASS_C, 30_000, -1, 10_000, (30_000, 0, 0, 0)),
        (CLASS_A, 700, -1, 0, (0, 700, 0, 0)),
        (CLASS_A, 0, -1, -1, (0, 0, 0, 0)),
    ],
)
def test_split(
    item_class: int, amount: int, upfront: int, limit: int, expected: tuple[int, ...]
) -> None:
    item = fee_item(RULES, RESIDENT, OUTPATIENT, DRUG, item_class, amount, upfront, limit, None)
    assert item == (0, *expected)


def test_the_packs_own_share_by_scheme_setting_and_kind() -> None:
    def share(scheme: int, setting: int, kind: int) -> int:
        return fee_item(RULES, scheme, setting, kind, CLASS_B, 10_000, -1, -1, None).upfront

    assert share(RESIDENT, OUTPATIENT, DRUG) == 500
    assert share(RESIDENT, INPATIENT, SERVICE) == 1_000
    assert share(EMPLOYEE, INPATIENT, SERVICE) == 2_000
    assert share(EMPLOYEE, INPATIENT, DRUG) == 1_000


def test_rounding_of_items_is_a_pack_option() -> None:
    down = Builder(RULES).set("rounding.item", "down_fen").build()
    assert fee_item(down, 0, 0, 0, CLASS_B, 333, 1_500, -1, None).upfront == 49
    jiao = Builder(RULES).set("rounding.item", "half_up_jiao").build()
    assert fee_item(jiao, 0, 0, 0, CLASS_B, 5, 10_000, -1, None) == (0, 0, 0, 5, 0)


def test_a_share_that_no_source_gives() -> None:
    rules = Builder(RULES).missing("resident.catalogue.upfront").build()
    at = cell("resident.catalogue.upfront", setting="inpatient", item_kind="consumable", band="1")
    assert fee_item(rules, 0, 1, 2, CLASS_B, 100, -1, -1, None).status == lacking(at)
    assert fee_item(rules, 0, 1, 2, CLASS_B, 100, 500, -1, None).status == 0
    assert fee_item(rules, 0, 1, 2, CLASS_A, 100, -1, -1, None).status == 0
