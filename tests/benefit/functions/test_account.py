"""Drawing on accounts in every mode, and the monthly credit."""

from __future__ import annotations

import pytest
from rules_builder import Builder, cell

from yibao.benefit.functions.account import (
    aid_available,
    aid_refusal,
    draw,
    monthly_credit,
    payable_by_accounts,
)
from yibao.benefit.functions.refusal import lacking
from yibao.benefit.steps import (
    AID_REFUSED_AREA,
    AID_REFUSED_DATES,
    AID_REFUSED_GRANTEE,
    AID_REFUSED_GRANTOR,
    AID_REFUSED_RELATION,
)
from yibao.policy.keys import RELATIONS

NO_LIMIT = -1


def aid(mode: str = "drain_then_grant", floor: int = 100_000) -> Builder:
    return (
        Builder()
        .set("mutual_aid.floor", floor)
        .set("mutual_aid.own_balance", mode)
        .set("mutual_aid.relation", True, relation="spouse")
    )


@pytest.mark.parametrize(
    ("grantor", "own", "limit", "need", "expected"),
    [
        (100_000, 0, NO_LIMIT, 20_000, (0, 0, 20_000)),
        (99_999, 0, NO_LIMIT, 20_000, (0, 0, 20_000)),
        (100_001, 0, NO_LIMIT, 20_000, (0, 1, 19_999)),
        (350_000, 0, NO_LIMIT, 120_000, (0, 120_000, 0)),
        (350_000, 0, NO_LIMIT, 300_000, (0, 250_000, 50_000)),
        (350_000, 30_000, NO_LIMIT, 120_000, (30_000, 90_000, 0)),
        (350_000, 0, 10_000, 40_000, (0, 10_000, 30_000)),
        (350_000, 0, 0, 40_000, (0, 0, 40_000)),
        (350_000, 120_000, NO_LIMIT, 120_000, (120_000, 0, 0)),
        (350_000, 500_000, NO_LIMIT, 120_000, (120_000, 0, 0)),
        (350_000, 0, NO_LIMIT, 0, (0, 0, 0)),
    ],
)
def test_own_account_until_empty_then_the_relative(
    grantor: int, own: int, limit: int, need: int, expected: tuple[int, int, int]
) -> None:
    assert draw(aid().build(), need, need, 1, own, 1, grantor, limit, None) == expected


def test_a_relative_only_where_the_own_balance_was_zero_before() -> None:
    rules = aid("must_be_zero_before").build()
    assert draw(rules, 120_000, 120_000, 1, 30_000, 1, 350_000, -1, None) == (30_000, 0, 90_000)
    assert draw(rules, 120_000, 120_000, 1, 0, 1, 350_000, -1, None) == (0, 120_000, 0)


@pytest.mark.parametrize("mode", ["drain_then_grant", "must_be_zero_before"])
def test_a_relative_without_the_own_account(mode: str) -> None:
    rules = aid(mode).build()
    assert draw(rules, 40_000, 40_000, 0, 1, 1, 350_000, -1, None) == (0, 0, 40_000)
    assert draw(rules, 40_000, 40_000, 0, 0, 1, 350_000, -1, None) == (0, 40_000, 0)


def test_a_refused_relative_pays_nothing() -> None:
    assert draw(aid().build(), 40_000, 40_000, 1, 0, 0, 350_000, -1, None) == (0, 0, 40_000)
    assert draw(aid().build(), 40_000, 40_000, 0, 30_000, 0, 0, -1, None) == (0, 0, 40_000)


def test_two_premiums_from_one_account() -> None:
    rules = aid().build()
    balance = 350_000
    for _ in range(2):
        paid = draw(rules, 40_000, 40_000, 0, 0, 1, balance, -1, None)
        balance -= paid.mutual_aid
    assert balance == 270_000


def test_without_a_floor() -> None:
    assert aid_available(aid(floor=0).build(), 0, 350_000, -1, None) == 350_000
    assert aid_available(aid().build(), 0, 350_000, -1, None) == 250_000
    assert aid_available(aid().build(), 0, 350_000, 200_000, None) == 200_000
    assert aid_available(aid().build(), 1, 350_000, -1, None) == 0


def test_scope_of_the_accounts() -> None:
    wide = aid().build()
    narrow = aid().set("personal_account.scope", "own_part_in_catalogue").build()
    assert payable_by_accounts(wide, 50_000, 12_000) == 50_000
    assert payable_by_accounts(narrow, 50_000, 12_000) == 38_000
    assert draw(narrow, 50_000, 38_000, 1, 20_000, 1, 350_000, -1, None) == (20_000, 18_000, 12_000)
    assert draw(narrow, 50_000, 38_000, 1, 90_000, 1, 350_000, -1, None) == (38_000, 0, 12_000)


def test_figures_that_no_source_gives() -> None:
    rules = aid().missing("mutual_aid.floor").build()
    at = lacking(cell("mutual_aid.floor"))
    assert aid_available(rules, 0, 350_000, -1, None) == at
    assert draw(rules, 40_000, 40_000, 1, 0, 1, 350_000, -1, None).cash == at
    assert draw(rules, 40_000, 40_000, 1, 40_000, 1, 350_000, -1, None) == (40_000, 0, 0)
    rules = aid().missing("mutual_aid.own_balance").build()
    assert draw(rules, 40_000, 40_000, 1, 0, 1, 350_000, -1, None).cash == lacking(
        cell("mutual_aid.own_balance")
    )
    assert draw(rules, 40_000, 40_000, 1, 0, 0, 350_000, -1, None) == (0, 0, 40_000)


SPOUSE = RELATIONS.index("spouse")


@pytest.mark.parametrize(
    ("relation", "facts", "reason"),
    [
        ("spouse", (1, 1, 1, 1, 1), 0),
        ("sibling", (1, 1, 1, 1, 1), AID_REFUSED_RELATION),
        ("spouse", (0, 1, 1, 1, 1), AID_REFUSED_DATES),
        ("spouse", (1, 0, 1, 1, 1), AID_REFUSED_GRANTEE),
        ("spouse", (1, 1, 0, 1, 1), AID_REFUSED_GRANTOR),
        ("spouse", (1, 1, 1, 0, 1), 0),
        ("spouse", (1, 1, 1, 0, 0), AID_REFUSED_AREA),
    ],
)
def test_why_a_relative_may_not_pay(
    relation: str, facts: tuple[int, int, int, int, int], reason: int
) -> None:
    code, at = aid_refusal(aid().build(), RELATIONS.index(relation), *facts)
    assert code == reason
    if reason == AID_REFUSED_RELATION:
        assert at == cell("mutual_aid.relation", relation=relation)


@pytest.mark.parametrize(
    ("area", "same_area", "same_province", "allowed"),
    [
        ("province", 0, 1, True),
        ("province", 0, 0, False),
        ("pooling_area", 1, 1, True),
        ("pooling_area", 0, 1, False),
        ("anywhere", 0, 0, True),
    ],
)
def test_areas(area: str, same_area: int, same_province: int, allowed: bool) -> None:
    rules = aid().set("mutual_aid.area", area).build()
    code, _ = aid_refusal(rules, SPOUSE, 1, 1, 1, same_area, same_province)
    assert (code == 0) is allowed


def credit_rules() -> Builder:
    return (
        Builder()
        .set("personal_account.working_ratio", 200)
        .set("personal_account.retired_amount", 8_500)
    )


def test_credit_of_a_worker_and_of_a_retiree() -> None:
    rules = credit_rules().build()
    assert monthly_credit(rules, 0, 40, 0, 411_300, -1, None) == 8_226
    assert monthly_credit(rules, 1, 70, 0, 0, -1, None) == 8_500
    assert monthly_credit(rules, 0, 40, 0, 25, -1, None) == 1  # 0.5


def test_credit_by_age() -> None:
    rules = (
        credit_rules()
        .set("personal_account.age_line", 45)
        .set("personal_account.working_ratio", 300, credit_age="from")
        .build()
    )
    assert [monthly_credit(rules, 0, age, 0, 10_000, -1, None) for age in (44, 45)] == [200, 300]


def test_credit_by_pension() -> None:
    rules = (
        credit_rules()
        .set("personal_account.retired_amount", None)
        .set("personal_account.retired_pension_ratio", 250)
    )
    assert monthly_credit(rules.build(), 1, 70, 0, 0, 400_000, None) == 10_000
    at = lacking(cell("personal_account.retired_pension_ratio"))
    assert monthly_credit(rules.build(), 1, 70, 0, 0, -1, None) == at
    rules.set("personal_account.retired_pension_ratio", None)
    assert monthly_credit(rules.build(), 1, 70, 0, 0, 400_000, None) == at
    rules.missing("personal_account.working_ratio")
    assert monthly_credit(rules.build(), 0, 40, 0, 1, -1, None) == lacking(
        cell("personal_account.working_ratio", credit_age="below")
    )
