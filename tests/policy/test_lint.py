"""One small tree for each rule of lint, with the file and line that it names."""

from __future__ import annotations

import pytest

from yibao.errors import InputError
from yibao.policy.lint import RULES, Fault, lint

from .conftest import PackTree

CITY = "packs/land/province/city"
GOOD = "floor: {values: {2020-01-01: {value: 100, sources: [S-1]}}}\n"


def found(packs: PackTree) -> list[tuple[str, int, str]]:
    faults = lint(packs.root)
    assert all(fault.rule in RULES for fault in faults)
    return [(fault.file, fault.line, fault.rule) for fault in faults]


def test_a_good_tree_has_no_faults(packs: PackTree) -> None:
    packs.city("mutual_aid.yaml", GOOD)
    assert lint(packs.root) == []


def test_no_such_folder(packs: PackTree) -> None:
    with pytest.raises(InputError, match="没有这个文件夹"):
        lint(packs.root / "nothing")


@pytest.mark.parametrize(
    ("block", "rule"),
    [
        ("{value: 100}", "uncited"),
        ("{value: 100, sources: [S-9]}", "source"),
        ("{value: 999999999, sources: [S-1]}", "plausible"),
        ("{value: 100, status: assumed}", "assumed"),
        ("{value: 100, sources: [S-1], disputes: [K09]}", "dispute"),
        ("{value: 100, sources: [S-1], gap: G09}", "gap"),
        ("{value: 100, sources: [S-1], colour: red}", "unknown"),
        ("{value: ten, sources: [S-1]}", "format"),
        ("{value: {formula: {times: 2, of: mutual_aid.floor}}, sources: [S-1]}", "formula"),
    ],
)
def test_faults_of_one_block(packs: PackTree, block: str, rule: str) -> None:
    packs.city("mutual_aid.yaml", f"floor:\n  values:\n    2020-01-01: {block}\n")
    assert found(packs) == [(f"{CITY}/mutual_aid.yaml", 3, rule)]


def test_assumed_where_the_area_does_not_allow_it(packs: PackTree) -> None:
    packs.land(
        "mutual_aid.yaml",
        "floor:\n  values:\n    2020-01-01: {value: 1, status: assumed, basis: b}\n",
    )
    assert found(packs) == [("packs/land/mutual_aid.yaml", 3, "assumed")]


def test_gap_and_overlap_of_dates(packs: PackTree) -> None:
    packs.city(
        "mutual_aid.yaml",
        """
        floor:
          values:
            2020-01-01: {value: 1, sources: [S-1], to: 2020-12-31}
            2021-01-02: {value: 2, sources: [S-1], to: 2022-01-01}
            2022-01-01: {value: 3, sources: [S-1]}
        """,
    )
    file = f"{CITY}/mutual_aid.yaml"
    assert lint(packs.root) == [
        Fault(
            file,
            4,
            "dates",
            "mutual_aid.floor 在 2021-01-01 到 2021-01-01 没有值：请补上，或在前一块写 gap 说明",
        ),
        Fault(
            file, 4, "dates", "mutual_aid.floor 的末日 2022-01-01 与下一块的首日 2022-01-01 重叠"
        ),
    ]
    # A value of the area above fills the gap.
    packs.land("mutual_aid.yaml", GOOD)
    assert [fault.line for fault in lint(packs.root)] == [4]


def test_a_value_known_late_is_no_overlap(packs: PackTree) -> None:
    packs.city(
        "mutual_aid.yaml",
        """
        floor:
          values:
            2020-01-01: {value: 1, sources: [S-1], to: 2020-12-31}
            2020-07-01: {value: 2, sources: [S-1], known_from: 2020-10-01}
        """,
    )
    assert found(packs) == []


def test_key_combination_without_value(packs: PackTree) -> None:
    packs.city(
        "employee/inpatient.yaml",
        """
        deductible:
          keys: [status, price_class]
          values:
            2020-01-01:
              value:
                working: {"1": 1, "2": 2, "3": 3}
                retired: {"1": 1, "2": 2}
              sources: [S-1]
        """,
    )
    assert found(packs) == [(f"{CITY}/employee/inpatient.yaml", 7, "keys")]


def test_unknown_parameter_topic_and_member_are_all_found(packs: PackTree) -> None:
    packs.city(
        "area.yaml",
        """
        code: "990100"
        name: 某市
        complete:
          - nonsense
        """,
    )
    packs.city("mutual_aid.yaml", "nothing: {values: {}}\n" + GOOD)
    packs.city(
        "assistance.yaml",
        "ratio:\n  keys: [group]\n  values:\n"
        "    2020-01-01: {value: {nobody: 50}, sources: [S-1]}\n",
    )
    assert found(packs) == [
        (f"{CITY}/area.yaml", 4, "unknown"),
        (f"{CITY}/assistance.yaml", 4, "unknown"),
        (f"{CITY}/mutual_aid.yaml", 1, "unknown"),
    ]


DISPUTE = """
K01:
  question: {{zh: 哪一个, en: which}}
  sides:
    - {{says: 甲, facts: [{one}]}}
    - {{says: 乙, facts: [{other}]}}
  choice: {choice}
"""


@pytest.mark.parametrize(
    ("side", "other_side", "choice", "rules"),
    [
        ("S-1", "S-2", "甲", []),
        ("S-1", "S-2", "null", ["undecided"]),
        ("S-1", "S-9", "甲", ["dispute"]),
        ("S-1", "", "甲", ["dispute"]),
    ],
)
def test_disputes(
    packs: PackTree, side: str, other_side: str, choice: str, rules: list[str]
) -> None:
    packs.city("disputes.yaml", DISPUTE.format(one=side, other=other_side, choice=choice))
    file = f"{CITY}/disputes.yaml"
    assert found(packs) == [(file, 1, rule) for rule in rules]


STALE = """
floor:
  values:
    2020-01-01: {value: 100, sources: [S-1]%s}
"""


@pytest.mark.parametrize(
    ("more", "rules"),
    [
        ("", [(f"{CITY}/mutual_aid.yaml", 3, "stale")]),
        (", to: 2021-12-31", []),
        (", confirmed_over: province", []),
        (", confirmed_over: [某省]", []),
        (", confirmed_over: land", [(f"{CITY}/mutual_aid.yaml", 3, "stale")]),
    ],
)
def test_older_lower_value_over_a_newer_higher_one(
    packs: PackTree, more: str, rules: list[tuple[str, int, str]]
) -> None:
    packs.city("mutual_aid.yaml", STALE % more)
    packs.province("mutual_aid.yaml", GOOD.replace("2020", "2022"))
    assert found(packs) == rules


COMPLETE = """
code: "990100"
name: 某市
complete: [mutual_aid]
"""


def test_completeness(packs: PackTree) -> None:
    packs.city("area.yaml", COMPLETE)
    packs.city("mutual_aid.yaml", GOOD)
    assert lint(packs.root) == [
        Fault(
            f"{CITY}/area.yaml",
            3,
            "complete",
            "主题 mutual_aid 声明完整，缺少 mutual_aid.own_balance",
        )
    ]
    packs.land(
        "mutual_aid.yaml",
        "own_balance: {values: {2020-01-01: {value: drain_then_grant, sources: [S-1]}}}\n",
    )
    assert found(packs) == []


def test_missing_tail_in_a_complete_topic(packs: PackTree) -> None:
    packs.city("area.yaml", COMPLETE)
    packs.city(
        "mutual_aid.yaml",
        """
        floor: {values: {2020-01-01: {value: 1, sources: [S-1], to: 2020-12-31}}}
        own_balance: {values: {2021-01-01: {value: drain_then_grant, sources: [S-1]}}}
        """,
    )
    assert found(packs) == [(f"{CITY}/mutual_aid.yaml", 1, "dates")]


def test_duplicates(packs: PackTree) -> None:
    packs.write("sources/more.yaml", "records:\n- {id: S-1}\n")
    packs.city("gaps.yaml", "G01: {missing: 甲, handled: refused}\n")
    packs.province("gaps.yaml", "G01: {missing: 甲, handled: refused}\n")
    assert found(packs) == [
        (f"{CITY}/gaps.yaml", 1, "duplicate"),
        ("packs/sources/more.yaml", 2, "duplicate"),
    ]


def test_a_broken_file_does_not_hide_the_others(packs: PackTree) -> None:
    packs.city("mutual_aid.yaml", GOOD + "floor: 1\n")
    packs.city("person.yaml", "age_line: {values: {2020-01-01: {value: 250, sources: [S-1]}}}\n")
    assert found(packs) == [
        (f"{CITY}/mutual_aid.yaml", 2, "format"),
        (f"{CITY}/person.yaml", 1, "plausible"),
    ]


@pytest.mark.parametrize(
    ("counted", "value"),
    [("counts_outpatient", "true"), ("counts_upfront", "true"), ("counts_above_ceiling", "false")],
)
def test_a_ceiling_on_cost_counts_own_parts_as_they_are(
    packs: PackTree, counted: str, value: str
) -> None:
    """What is used of a ceiling on cost follows from the own parts counted above it."""
    packs.city(
        "employee/inpatient.yaml",
        "ceiling_on: {values: {2021-01-01: {value: cost, sources: [S-1]}}}\n",
    )
    assert found(packs) == []
    block = f"{counted}:\n  values:\n    2020-01-01: {{value: {value}, sources: [S-1]}}\n"
    packs.city("employee/upper.yaml", block)
    assert found(packs) == [(f"{CITY}/employee/upper.yaml", 3, "clash")]
    packs.city("employee/upper.yaml", block.replace("true", "false"))
    if counted != "counts_above_ceiling":
        assert found(packs) == []


@pytest.mark.parametrize(
    "other",
    [
        "counts_above_ceiling: {values: {2020-01-01: {value: true, sources: [S-1]}}}",
        "settled: {values: {2020-01-01: {value: after_year, sources: [S-1]}}}",
        "annual_ceiling: {values: {2020-01-01: {value: 100000, sources: [S-1]}}}",
        "when_basic_ceiling_reached:"
        " {values: {2020-01-01: {value: threshold_waived, sources: [S-1]}}}",
        "group_points:"
        " {keys: [group], values: {2020-01-01: {value: {low_income: 5}, sources: [S-1]}}}",
        "group_threshold_factor:"
        " {keys: [group], values: {2020-01-01: {value: {low_income: 50}, sources: [S-1]}}}",
        "rule: {values: {2020-01-01: {value: above_ceiling, sources: [S-1]}}}",
    ],
)
def test_a_layer_that_pays_beside_the_burden_counts_nothing_twice(
    packs: PackTree, other: str
) -> None:
    """What lies above the ceiling is in one base; the burden's part follows from the burden."""
    packs.city("groups.yaml", "low_income: 低保对象\n")
    sound = {
        "rule": "rule: {values: {2020-01-01: {value: own_burden, sources: [S-1]}}}",
        "ratio": "ratio: {values: {2020-01-01: {value: 60, sources: [S-1]}}}",
        "counts_above_ceiling": (
            "counts_above_ceiling: {values: {2020-01-01: {value: false, sources: [S-1]}}}"
        ),
        "above_ceiling_ratio": (
            "above_ceiling_ratio: {values: {2020-01-01: {value: 90, sources: [S-1]}}}"
        ),
    }
    packs.city("resident/upper.yaml", "\n".join(sound.values()) + "\n")
    assert found(packs) == []
    sound[other.partition(":")[0]] = other
    packs.city("resident/upper.yaml", "\n".join(sound.values()) + "\n")
    assert [kind for _, _, kind in found(packs)] == ["clash"]


@pytest.mark.parametrize(
    ("about", "rule"),
    [
        ("{S-1: [working], S-2: [retired]}", None),
        ("{S-1: [working], S-2: [nobody]}", "about"),
        ("{S-1: [working], S-2: [working]}", "about"),
        ("{S-1: [working], S-9: [retired]}", "unknown"),
    ],
)
def test_a_source_is_about_values_that_there_are_and_leaves_none_without(
    packs: PackTree, about: str, rule: str | None
) -> None:
    packs.city(
        "employee/outpatient.yaml",
        f"""
        annual_ceiling:
          keys: [status]
          values:
            2020-01-01:
              value: {{working: 1000, retired: 1500}}
              sources: [S-1, S-2]
              about: {about}
        """,
    )
    assert {fault[2] for fault in found(packs)} == ({rule} if rule else set())
