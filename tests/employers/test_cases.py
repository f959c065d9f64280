"""Worked cases of late and undeclared months, to the fen, by what employers and the office do."""

from __future__ import annotations

import datetime

import pytest

from yibao.benefit.rules import day_rules
from yibao.employers import operations as employers
from yibao.employers.late_fees import DayCount, fee_of, late_days, late_fee
from yibao.employers.states import ChangeKind
from yibao.errors import RefusedError
from yibao.policy.compile import PolicyLibrary

from ..support.actors import CLERK
from .world import CODE, HR, Firm, at


def bases_for(firm: Firm, month: int, day: str, total: int) -> list[tuple[str, int]]:
    """Bases with which a month of the three costs exactly this much, fen."""
    shown = firm.preview(month, firm.add(("wang", 1_000_000)), day)
    rate = shown["due"] * 10_000 // 1_000_000  # of the base, in basis points
    ceiling = firm.preview(month, firm.add(("wang", 10**9)), day)["base"]
    wanted = total * 10_000 // rate
    assert wanted < 3 * ceiling
    first = min(wanted // 3, ceiling)
    bases = {"wang": first, "li": first, "zhao": wanted - 2 * first}
    for _ in range(40):
        due = firm.preview(month, firm.add(*bases.items()), day)["due"]
        if due == total:
            return list(bases.items())
        bases["zhao"] += (total - due) * 10 or 1
    raise AssertionError(f"no bases cost {total}")


def test_of01_a_month_that_is_paid_36_days_late(packs: PolicyLibrary, area: str) -> None:
    """The case's own figures by the pack of a city; a day less where its own is not counted."""
    due_on, paid_on = datetime.date(2026, 3, 15), datetime.date(2026, 4, 20)
    rules = day_rules(packs, area, paid_on, paid_on)
    assert fee_of(rules, 4_800_000, due_on, paid_on) == (36, 86_400)
    assert fee_of(rules, 4_800_000, due_on, due_on) == (0, 0)
    assert late_fee(4_800_000, late_days(due_on, paid_on, DayCount.BEFORE_PAYMENT), 5) == 84_000


def test_of02_an_undeclared_month_by_the_share_of_the_month_before(
    packs: PolicyLibrary, area: str
) -> None:
    assert employers.undeclared_amount(packs, area, 202603, 21_543_050) == 23_697_355


def test_of01_through_the_public_road(firm: Firm) -> None:
    """A late fee of the month's debt, once, to the area's late fees; overdue until it is paid."""
    total = 480_000
    bases = bases_for(firm, 202602, "2026-02-10", total)
    firm.declare(202602, firm.add(*bases), "2026-02-10")
    bill = firm.bill(202602, "2026-02-11")
    assert (bill["due"], bill["due_on"]) == (total, "2026-03-15")
    outcome = employers.assess_area(
        firm.database, firm.packs, firm.area, 202602, actor=CLERK, at=at("2026-03-16")
    )
    assert outcome.overdue == {CODE: 1}
    short = firm.book(bill["bill"], total, "2026-04-20")
    assert (short["state"], short["reason"]) == ("left_over", "不够付这张账单，还差 86.40 元")
    paid = firm.book(bill["bill"], 8_640, "2026-04-20")
    assert (paid["state"], paid["days"], paid["late_fee"]) == ("posted", 36, 8_640)
    assert firm.store.entries(f"contribution:{firm.area}:late") == -8_640
    assert firm.store.entries("channel:bank") == total + 8_640
    firm.check()


def test_of02_what_was_assessed_too_much_goes_back(firm: Firm) -> None:
    """110 % of the month before; the later declaration takes its place, and the rest is credit."""
    january, february = 215_431, 221_008
    firm.declare(202601, firm.add(*bases_for(firm, 202601, "2026-01-10", january)), "2026-01-10")
    bill = firm.bill(202601, "2026-01-11")
    firm.book(bill["bill"], january, "2026-01-20")
    with pytest.raises(RefusedError, match="还没有过"):
        employers.assess_area(
            firm.database, firm.packs, firm.area, 202602, actor=CLERK, at=at("2026-03-15")
        )
    outcome = employers.assess_area(
        firm.database, firm.packs, firm.area, 202602, actor=CLERK, at=at("2026-03-16")
    )
    assessed = (january * 110 + 50) // 100
    assert outcome.assessed == {CODE: assessed}
    again = employers.assess_area(
        firm.database, firm.packs, firm.area, 202602, actor=CLERK, at=at("2026-03-17")
    )
    assert not again.assessed
    open_bill = _open_bill(firm)
    fee = (assessed * 1 * 5 + 5_000) // 10_000
    firm.book(open_bill, assessed + fee, "2026-03-16")
    assert 202602 not in firm.paid("wang")  # of whom it is, nobody has said
    changes = _bases_of(firm, february)
    declared = firm.declare(202602, changes, "2026-03-20")
    assert declared["state"] == "assessed"
    late = firm.bill(202602, "2026-03-20")
    assert (late["due"], late["given_back"]) == (february, assessed)
    assert late["credit"] == assessed - february
    assert 202602 in firm.paid("wang")
    firm.check()


def _open_bill(firm: Firm) -> str:
    from yibao.employers.reading import employer_page

    page = employer_page(firm.database, firm.packs, HR, CODE, datetime.date(2026, 3, 16))
    (bill,) = [shown.row.bill_id for shown in page.bills if shown.today is not None]
    return str(bill)


def _bases_of(firm: Firm, total: int) -> list[object]:
    """Other bases of the three with which February costs exactly this much."""
    bases = {"wang": 700_000, "li": 700_000, "zhao": 700_000}
    for _ in range(60):
        lines = [
            firm.line(who, ChangeKind.BASE, base, line)
            for line, (who, base) in enumerate(bases.items(), 2)
        ]
        due = firm.preview(202602, lines, "2026-03-20")["due"]
        if due == total:
            return list(lines)
        bases["zhao"] += (total - due) * 10
    raise AssertionError(f"no bases cost {total}")
