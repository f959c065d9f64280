"""Personal accounts, grants, revocations and wallets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from yibao.errors import InputError, RefusedError

Live = Callable[..., list[dict[str, Any]]]
Refused = Callable[..., tuple[list[dict[str, Any]], RefusedError]]

GRANT = "- {grantor: g, grantee: w, relation: spouse, from: 2025-01-01}"


def people(
    own: str = "0",
    grantor: str = "3500",
    paid: str = "",
    grantor_enrolment: str = "{scheme: employee, status: working, from: 2017-01-01}",
) -> str:
    """``w``, a resident with an account of ``own``, and ``g``, an employee with ``grantor``."""
    listed = f"contributions: [{paid}], " if paid else ""
    return f"""
- id: w
  sex: female
  birth: 1980-01-01
  enrolments: [{{scheme: resident, from: 2017-01-01}}]
  account: {own}
- id: g
  sex: male
  birth: 1980-01-01
  {listed.strip(", ")}
  enrolments: [{grantor_enrolment}]
  account: {grantor}
- id: s
  sex: male
  birth: 1980-01-01
  enrolments: [{{scheme: employee, status: working, from: 2017-01-01}}]
  account: 9000
"""


def buy(
    name: str,
    total: str = "1000",
    draw: str = "[own, g]",
    on: str = "2025-03-01",
    person: str = "w",
) -> str:
    """A purchase that the fund pays nothing of: all of it is the person's own part."""
    return (
        f"- {{visit: {name}, person: {person}, institution: p1, kind: pharmacy, on: {on},"
        f" items: [{{class: C, amount: {total}}}], draw: {draw}}}"
    )


def paid(answer: dict[str, Any]) -> tuple[int, int, int]:
    """Own account, relative's account, cash."""
    assert answer["account"] + answer["mutual_aid"] + answer["cash"] == answer["own"]
    return answer["account"], answer["mutual_aid"], answer["cash"]


def balances(*persons: str) -> str:
    return "\n".join(f"- ask: {{balance: {person}, on: 2025-12-31}}" for person in persons)


# --- who pays what ------------------------------------------------------------------------------


def test_the_own_account_pays_until_it_is_empty_then_the_relative(live: Live) -> None:
    done, own, grantor = live(
        people=people("300"), grants=GRANT, steps=buy("v") + "\n" + balances("w", "g")
    )
    assert paid(done) == (300_00, 700_00, 0)
    assert (own["balance"], grantor["balance"]) == (0, 2800_00)


def test_the_own_account_pays_first_also_when_it_is_named_last(live: Live) -> None:
    done = live(people=people("300"), grants=GRANT, steps=buy("v", draw="[g, own]"))[0]
    assert paid(done) == (300_00, 700_00, 0)


def test_nothing_named_nothing_drawn(live: Live) -> None:
    done = live(people=people("300"), grants=GRANT, steps=buy("v", draw="[]"))[0]
    assert paid(done) == (0, 0, 1000_00)


def test_a_relative_named_alone_pays_nothing_while_the_own_balance_lasts(live: Live) -> None:
    steps = "\n".join(
        [buy("v1", draw="[g]"), buy("v2", "0.01", draw="[own]"), buy("v3", draw="[g]")]
    )
    done = live(people=people("0.01"), grants=GRANT, steps=steps)
    assert [paid(each) for each in done] == [(0, 0, 1000_00), (1, 0, 0), (0, 1000_00, 0)]
    assert any(step["label"] == "家庭共济未用" for step in done[0]["steps"])


@pytest.mark.parametrize(
    ("balance", "expected"),
    [
        ("1000", (0, 0, 1000_00)),
        ("999.99", (0, 0, 1000_00)),
        ("1000.01", (0, 1, 999_99)),
        ("1500", (0, 500_00, 500_00)),
        ("2000", (0, 1000_00, 0)),
    ],
)
def test_the_grantor_keeps_1000_yuan(
    live: Live, balance: str, expected: tuple[int, int, int]
) -> None:
    done = live(people=people(grantor=balance), grants=GRANT, steps=buy("v"))[0]
    assert paid(done) == expected


def test_the_own_account_has_no_floor(live: Live) -> None:
    done = live(people=people(), steps=buy("v", "3500", "[own]", person="g"))[0]
    assert paid(done) == (3500_00, 0, 0)


def test_the_limit_holds_for_each_payment(live: Live) -> None:
    grant = GRANT.replace("from", "limit: 600.00, from")
    steps = "\n".join([buy("v1"), buy("v2"), buy("v3", "500"), balances("g")])
    *done, balance = live(people=people("50"), grants=grant, steps=steps)
    assert [paid(each) for each in done] == [
        (50_00, 600_00, 350_00),
        (0, 600_00, 400_00),
        (0, 500_00, 0),
    ]
    assert balance["balance"] == 1800_00


# --- whether a grant pays -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("relation", "on", "aid"),
    [
        ("sibling", "2024-08-31", 0),
        ("sibling", "2024-09-01", 1000_00),
        ("maternal_grandchild", "2024-08-31", 0),
        ("maternal_grandchild", "2024-09-01", 1000_00),
        ("spouse", "2024-08-31", 1000_00),
        ("child", "2024-08-31", 1000_00),
        ("parent", "2024-08-31", 1000_00),
    ],
)
def test_the_relation_is_looked_at_on_the_day_of_the_draw(
    live: Live, relation: str, on: str, aid: int
) -> None:
    grant = f"- {{grantor: g, grantee: w, relation: {relation}, from: 2024-01-01}}"
    done = live(people=people(), grants=grant, steps=buy("v", on=on))[0]
    assert paid(done) == (0, aid, 1000_00 - aid)


@pytest.mark.parametrize(
    ("on", "aid"),
    [
        ("2025-02-28", 0),
        ("2025-03-01", 1000_00),
        ("2025-06-30", 1000_00),
        ("2025-07-01", 0),
    ],
)
def test_the_days_of_a_grant(live: Live, on: str, aid: int) -> None:
    grant = GRANT.replace("from: 2025-01-01", "from: 2025-03-01, to: 2025-06-30")
    done = live(people=people(), grants=grant, steps=buy("v", on=on))[0]
    assert paid(done) == (0, aid, 1000_00 - aid)


def test_a_revocation_holds_from_its_own_day(live: Live) -> None:
    steps = "\n".join(
        [
            buy("v1", "100", on="2025-07-01"),
            "- revoke: {grantor: g, grantee: w, on: 2025-07-01}",
            buy("v2", "100", on="2025-06-30"),
            buy("v3", "100", on="2025-07-01"),
            balances("g"),
        ]
    )
    first, _, second, third, balance = live(people=people(), grants=GRANT, steps=steps)
    assert paid(first) == (0, 100_00, 0)
    assert paid(second) == (0, 100_00, 0)
    assert paid(third) == (0, 0, 100_00)
    assert balance["balance"] == 3300_00


def test_without_a_grant_a_relative_pays_nothing(live: Live) -> None:
    done = live(people=people(), steps=buy("v"))[0]
    assert paid(done) == (0, 0, 1000_00)


def test_a_grantee_without_entitlement_may_use_the_own_account_only(live: Live) -> None:
    listed = people("300").replace(
        "  account: 300\n",
        "  contributions: [{year: 2024, paid_on: 2023-12-20}]\n  account: 300\n",
    )
    steps = """
- visit: v
  person: w
  institution: h1
  kind: inpatient
  admitted: 2025-03-01
  discharged: 2025-03-05
  total: 1000
  draw: [own, g]
"""
    done = live(people=listed, grants=GRANT, steps=steps)[0]
    assert (done["entitled"], done["fund"]) == (False, 0)
    assert paid(done) == (300_00, 0, 700_00)


@pytest.mark.parametrize(
    "enrolment",
    [
        "{scheme: resident, from: 2017-01-01}",
        "{scheme: employee, status: working, from: 2017-01-01, to: 2025-02-28}",
        "{scheme: employee, status: working, from: 2025-03-02}",
    ],
)
def test_a_grantor_without_employee_cover_pays_nothing(live: Live, enrolment: str) -> None:
    life = people(grantor_enrolment=enrolment)
    done = live(people=life, grants=GRANT, steps=buy("v"))[0]
    assert paid(done) == (0, 0, 1000_00)


def test_a_grantor_in_arrears_pays_nothing(live: Live) -> None:
    life = people(paid="{month: 2025-01, base: 6000, paid_on: 2025-01-15}")
    steps = "\n".join([buy("v1", "100", on="2025-01-20"), buy("v2", "100", on="2025-03-01")])
    done = live(people=life, grants=GRANT, steps=steps)
    assert [paid(each) for each in done] == [(0, 100_00, 0), (0, 0, 100_00)]


def test_what_a_grant_cannot_pay_has_a_reason(live: Live) -> None:
    done = live(people=people(), steps=buy("v"))[0]
    refused = [step for step in done["steps"] if step["label"] == "家庭共济未用"]
    assert len(refused) == 1
    assert refused[0]["why"]


def test_a_second_relative_is_bad_input(live: Live) -> None:
    with pytest.raises(InputError) as caught:
        live(people=people(), grants=GRANT, steps=buy("v", draw="[own, g, s]"))
    assert caught.value.exit_code == 2


def test_two_grants_of_a_pair_the_one_that_holds_pays(live: Live) -> None:
    grants = """
- {grantor: g, grantee: w, relation: spouse, from: 2025-01-01, to: 2025-03-31, limit: 100.00}
- {grantor: g, grantee: w, relation: spouse, from: 2025-04-01, limit: 200.00}
"""
    steps = "\n".join([buy("v1", on="2025-03-31"), buy("v2", on="2025-04-01")])
    done = live(people=people(), grants=grants, steps=steps)
    assert [paid(each) for each in done] == [(0, 100_00, 900_00), (0, 200_00, 800_00)]


def test_the_draw_of_a_stay_is_made_at_discharge(live: Live) -> None:
    grant = GRANT.replace("from: 2025-01-01", "from: 2025-03-05")
    steps = """
- visit: v
  person: w
  institution: h1
  kind: inpatient
  admitted: 2025-03-01
  discharged: 2025-03-05
  total: 1000
  draw: [own, g]
"""
    assert paid(live(people=people(), grants=grant, steps=steps)[0]) == (0, 1000_00, 0)


# --- wallets ------------------------------------------------------------------------------------


def test_a_wallet_transfer_moves_money(live: Live) -> None:
    steps = "\n".join(
        [
            "- transfer: {from: g, to: w, amount: 100.00, on: 2025-07-02}",
            buy("v", "150", "[own]", on="2025-07-03"),
            balances("w", "g"),
        ]
    )
    transfer, done, own, other = live(people=people(), steps=steps)
    assert transfer["balance"] == 3400_00
    assert paid(done) == (100_00, 0, 50_00)
    assert (own["balance"], other["balance"]) == (0, 3400_00)


def test_the_whole_balance_may_be_transferred(live: Live) -> None:
    steps = "- transfer: {from: g, to: w, amount: 3500.00, on: 2025-07-02}"
    assert live(people=people(), steps=steps)[0]["balance"] == 0


def test_a_transfer_above_the_balance_is_refused_and_earlier_lines_stand(
    live_until_refused: Refused,
) -> None:
    steps = "\n".join(
        [
            buy("v", "100", "[own]", person="g"),
            "- transfer: {from: g, to: w, amount: 3400.01, on: 2025-07-02}",
            balances("g"),
        ]
    )
    answers, error = live_until_refused(people=people(), steps=steps)
    assert [paid(each) for each in answers] == [(100_00, 0, 0)]
    assert error.exit_code == 4


def test_wallets_were_not_open_before_2025(live_until_refused: Refused) -> None:
    steps = "- transfer: {from: g, to: w, amount: 1.00, on: 2024-12-31}"
    answers, error = live_until_refused(people=people(), steps=steps)
    assert answers == []
    assert error.exit_code == 4
