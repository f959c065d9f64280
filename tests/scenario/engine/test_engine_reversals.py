"""Reversals: what was settled goes back, whatever was drawn since; what later visits would come
to is proposed, or the reversal is refused for them where the pack says so."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from yibao.errors import RefusedError

Live = Callable[..., list[dict[str, Any]]]
Refused = Callable[..., tuple[list[dict[str, Any]], RefusedError]]

PEOPLE = """
- id: r
  sex: female
  birth: 1980-01-01
  enrolments: [{scheme: resident, from: 2017-01-01}]
- id: e
  sex: male
  birth: 1980-01-01
  enrolments: [{scheme: employee, status: working, from: 2017-01-01}]
  account: 3500
  used: {year: 2025, outpatient_deductible: 10, outpatient_pooled: 20, inpatient_pooled: 30, upper: 40, assistance: 0, eligible_own: 50, admissions: 1}
"""  # noqa: E501
GRANT = "- {grantor: e, grantee: r, relation: spouse, from: 2025-01-01}"
STATE = """
- ask: {accumulators: r, year: 2025}
- ask: {accumulators: e, year: 2025}
- ask: {balance: r, on: 2025-12-31}
- ask: {balance: e, on: 2025-12-31}
"""


def stay(name: str, person: str, draw: str, total: str = "10000", day: str = "2025-03-01") -> str:
    return (
        f"- {{visit: {name}, person: {person}, institution: h1, kind: inpatient,"
        f" admitted: {day}, discharged: {day}, total: {total}, draw: {draw}}}\n"
    )


def outpatient(name: str, person: str, total: str = "500", draw: str = "[]") -> str:
    return (
        f"- {{visit: {name}, person: {person}, institution: h1, kind: outpatient,"
        f" on: 2025-04-01, total: {total}, draw: {draw}}}\n"
    )


def test_a_reversal_restores_accumulators_and_accounts(live: Live) -> None:
    steps = STATE + stay("v1", "r", "[e]") + stay("v2", "e", "[own]", "3000") + STATE
    steps += "- reverse: v2\n- reverse: v1\n" + STATE
    answers = live(people=PEOPLE, grants=GRANT, steps=steps)
    before, during, after = answers[:4], answers[6:10], answers[12:]
    assert before == after
    assert before != during
    # v1: 4600 own, 2500 above the floor; v2: 1000 left, 474 of it own to pay
    assert (answers[4]["mutual_aid"], answers[4]["cash"]) == (2500_00, 2100_00)
    assert answers[5]["fund"] == 2132_00  # (3000 - 400) x 82%
    assert (answers[5]["account"], answers[5]["cash"]) == (868_00, 0)
    assert [each["balance"] for each in during[2:]] == [0, 132_00]
    assert answers[10] == {
        "reverse": "v2",
        "fund": -2132_00,
        "own": -868_00,
        "account": -868_00,
        "mutual_aid": 0,
        "cash": 0,
        "proposals": [],
    }
    assert answers[11] == {
        "reverse": "v1",
        "fund": -5400_00,
        "own": -4600_00,
        "account": 0,
        "mutual_aid": -2500_00,
        "cash": -2100_00,
        "proposals": [],
    }


def test_a_reversal_after_a_revocation_gives_the_money_back(live: Live) -> None:
    steps = (
        stay("v1", "r", "[e]")
        + "- revoke: {grantor: e, grantee: r, on: 2025-01-15}\n- reverse: v1\n"
        + "- ask: {balance: e, on: 2025-12-31}\n"
        + stay("v2", "r", "[e]")
    )
    _, _, undone, balance, again = live(people=PEOPLE, grants=GRANT, steps=steps)
    assert undone["mutual_aid"] == -2500_00
    assert balance["balance"] == 3500_00
    # the revocation stands, and the stay is the first of the year again
    assert (again["mutual_aid"], again["deductible"]) == (0, 1000_00)


def test_a_reversal_after_credits_and_transfers_gives_back_what_was_drawn(live: Live) -> None:
    people = PEOPLE.replace("status: working", "status: retired")
    steps = (
        outpatient("v1", "e", draw="[own]")  # (500 - 80) x 60%: 248 own
        + "- credit: {person: e, month: 2025-04}\n"
        + "- transfer: {from: e, to: r, amount: 3337.00, on: 2025-07-01}\n"
        + "- ask: {balance: e, on: 2025-12-31}\n- reverse: v1\n"
        + "- ask: {balance: e, on: 2025-12-31}\n- ask: {balance: r, on: 2025-12-31}\n"
    )
    done, _, _, before, undone, after, other = live(people=people, steps=steps)
    assert (done["deductible"], done["account"]) == (80_00, 248_00)
    assert before["balance"] == 0
    assert undone["account"] == -248_00
    assert (after["balance"], other["balance"]) == (248_00, 3337_00)


def test_a_settlement_that_bears_a_smaller_deductible_depends_on_the_earlier_ones(
    live_until_refused: Refused,
) -> None:
    steps = "".join(outpatient(f"v{at}", "e") for at in range(1, 6)) + "- reverse: v1\n"
    answers, error = live_until_refused(people=PEOPLE, steps=steps)
    # 10 carried in: 80, 80, 80, 50, 0
    assert [each["deductible"] for each in answers] == [80_00, 80_00, 80_00, 50_00, 0]
    assert error.exit_code == 4
    assert "v1" in str(error)
    assert "v4" in str(error)
    assert "v5" in str(error)
    assert "v2" not in str(error)


def test_after_the_dependent_one_is_reversed_the_earlier_one_may_be(live: Live) -> None:
    steps = (
        "".join(outpatient(f"v{at}", "e") for at in range(1, 6))
        + "- reverse: v5\n- reverse: v4\n- reverse: v1\n"
        + "- ask: {accumulators: e, year: 2025}\n"
        + outpatient("v6", "e")
    )
    answers = live(people=PEOPLE, steps=steps)
    assert answers[7] == {
        "reverse": "v1",
        "fund": -231_00,
        "own": -269_00,
        "account": 0,
        "mutual_aid": 0,
        "cash": -269_00,
        "proposals": [],
    }
    assert answers[8]["outpatient_deductible"] == 170_00
    assert answers[8]["outpatient_pooled"] == 482_00
    assert answers[9]["deductible"] == 80_00


def test_a_later_admission_depends_on_the_earlier_one(live_until_refused: Refused) -> None:
    steps = stay("v1", "r", "[]") + stay("v2", "r", "[]") + "- reverse: v1\n"
    answers, error = live_until_refused(people=PEOPLE, steps=steps)
    assert [each["deductible"] for each in answers] == [1000_00, 500_00]
    assert "v2" in str(error)


def test_an_account_does_not_depend_on_order(live: Live) -> None:
    """What was drawn since stays drawn; the money goes back where it came from."""
    steps = stay("v1", "r", "[e]") + stay("v2", "e", "[own]", "8000") + "- reverse: v1\n" + STATE
    answers = live(people=PEOPLE, grants=GRANT, steps=steps)
    # v2 bears 8000 - (8000 - 400) x 82%: 1768, of which the account had 1000 left
    assert (answers[1]["account"], answers[1]["cash"]) == (1000_00, 768_00)
    assert (answers[2]["mutual_aid"], answers[2]["proposals"]) == (-2500_00, [])
    assert answers[-1]["balance"] == 2500_00


def test_what_later_visits_would_come_to_is_proposed(live: Live) -> None:
    """They stay as they were settled, and the next visit reads the sums over what stands."""
    steps = (
        "".join(outpatient(f"v{at}", "e") for at in range(1, 6))
        + "- reverse: v1\n- ask: {accumulators: e, year: 2025}\n"
        + outpatient("v6", "e")
        + "- reverse: v6\n"
    )
    answers = live(people=PEOPLE, steps=steps)
    # 10 carried in, 300 a year: 80, 80, 80, 50, 0; without v1 80, 80, 80, 50
    assert answers[5]["proposals"] == [
        {"visit": "v4", "fund": 231_00, "own": 269_00},
        {"visit": "v5", "fund": 247_50, "own": 252_50},
    ]
    assert answers[6]["outpatient_deductible"] == 220_00
    assert answers[7]["deductible"] == 80_00
    assert answers[8]["proposals"] == []


def test_a_later_draw_that_stays_the_same_does_not_depend(live: Live) -> None:
    steps = (
        stay("v1", "r", "[e]")
        + outpatient("v2", "e", "2000", "[own]")
        + "- reverse: v1\n- ask: {balance: e, on: 2025-12-31}\n"
    )
    _, second, undone, balance = live(people=PEOPLE, grants=GRANT, steps=steps)
    assert second["account"] == 944_00  # 2000 - (2000 - 80) x 55%
    assert undone["mutual_aid"] == -2500_00
    assert balance["balance"] == 2556_00


def test_a_visit_of_another_year_does_not_depend(live: Live) -> None:
    steps = (
        stay("v1", "r", "[]")
        + stay("v2", "r", "[]", day="2024-03-01")
        + "- reverse: v1\n"
        + "- ask: {accumulators: r, year: 2025}\n"
    )
    answers = live(people=PEOPLE, steps=steps)
    assert answers[2]["fund"] == -5400_00
    assert answers[3]["admissions"] == 0


def test_a_bill_paid_from_the_same_account_does_not_depend(live: Live) -> None:
    people = """
- id: r
  sex: female
  birth: 1980-01-01
  enrolments: [{scheme: resident, from: 2017-01-01}]
  contributions: [{year: 2024, paid_on: 2023-12-20}]
  account: 400
"""
    steps = (
        "- {visit: v1, person: r, institution: p1, kind: pharmacy, on: 2024-10-01, total: 300,"
        " draw: [own]}\n"
        "- contribute: {person: r, year: 2025, paid_on: 2024-12-20, draw: [own]}\n"
        "- reverse: v1\n"
    )
    answers = live(people=people, steps=steps + "- ask: {balance: r, on: 2025-01-01}\n")
    assert [each["account"] for each in answers[:3]] == [300_00, 100_00, -300_00]
    assert answers[3]["balance"] == 300_00
