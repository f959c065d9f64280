"""A month of an employer: declared, billed, paid; late, undeclared, adjusted."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import pytest

from yibao.access.errors import DeniedError
from yibao.access.permissions import Actor, Role
from yibao.employers import operations as employers
from yibao.employers.errors import FaultyLinesError, NoTermsError
from yibao.employers.states import ChangeKind
from yibao.errors import ConflictError, InputError, RefusedError
from yibao.insured import operations as insured
from yibao.insured.accounts.credits import run_credits
from yibao.insured.applications import RETIREMENT
from yibao.insured.payments.channels import SandboxChannel
from yibao.office.reading import queue

from ..support.actors import AUDITOR, CLERK, oneself
from .world import CODE, HR, OTHER, Firm, at, staff

Build = Callable[..., Any]
Together = Callable[..., list[Any]]
STAFF = (("wang", 600_000), ("li", 800_000), ("zhao", 1_000_000))


def _first_month(firm: Firm) -> Any:
    firm.declare(202601, firm.add(*STAFF), "2026-01-10")
    return firm.bill(202601, "2026-01-12")


def test_a_code_is_checked_and_registered_once(firm: Firm) -> None:
    with pytest.raises(InputError, match="校验位"):
        firm.register("91140100MA0K1YX083")
    with pytest.raises(InputError, match="18 位"):
        firm.register("9114010")
    with pytest.raises(ConflictError, match="已经登记过"):
        firm.register()
    assert firm.register(OTHER, "乙公司")["state"] == "registered"
    firm.check()


def test_a_month_is_previewed_declared_billed_and_paid(firm: Firm) -> None:
    shown = firm.preview(202601, firm.add(*STAFF), "2026-01-10")
    assert sum(person["due"] for person in shown["bill"]) == shown["due"]
    assert firm.preview(202601, firm.add(*STAFF), "2026-01-10") == shown  # nothing was written
    declared = firm.declare(202601, firm.add(*STAFF), "2026-01-10")
    only_shown = {"bill", "names", "newcomers", "moved"}
    assert declared == {name: what for name, what in shown.items() if name not in only_shown}
    assert declared["parts"]["individual"] == 48_000  # 2 % of 24,000 yuan
    assert declared["due_on"] == "2026-02-15"
    bill = firm.bill(202601, "2026-01-12")
    assert bill["due"] == declared["due"]
    assert firm.store.entries(f"employer:{CODE}") == bill["due"]
    income = f"contribution:{firm.area}:employee"
    assert firm.store.entries(f"{income}:individual") == -48_000
    assert firm.store.entries(f"{income}:employer") == -bill["parts"]["employer"]
    assert 202601 not in firm.paid("wang")
    answer = firm.book(bill["bill"], bill["due"], "2026-02-15")
    assert (answer["state"], answer["late_fee"], answer["credit"]) == ("posted", 0, 0)
    assert firm.paid("wang")[202601] == 600_000
    assert firm.store.entries(f"employer:{CODE}") == 0
    assert firm.store.entries("channel:bank") == bill["due"]
    # The monthly credit finds the base where those of one's own payments stand.
    credited = insured.credit(
        firm.database, firm.packs, firm.key("credit"), "wang", 202601, actor=CLERK
    )
    assert credited["amount"] == 12_000
    firm.check()


def test_the_cut_off_day_decides_the_month(firm: Firm, make_person: Build) -> None:
    _first_month(firm)
    firm.person(make_person("qian", months=[(202511, 500_000)]))
    with pytest.raises(RefusedError, match="还没有到申报的时候"):
        firm.declare(202602, firm.add(("qian", 700_000)), "2026-01-15")
    assert firm.declare(202602, firm.add(("qian", 700_000)), "2026-01-16")["people"] == 4
    leaving = [firm.line("li", ChangeKind.LEAVE)]
    assert firm.declare(202602, leaving, "2026-02-15")["people"] == 3
    with pytest.raises(FaultyLinesError, match="才增员"):
        firm.declare(202602, [firm.line("qian", ChangeKind.LEAVE)], "2026-02-15")
    ended = firm.store.facts("li").enrolments[-1].end
    assert ended == datetime.date(2026, 1, 31)
    firm.bill(202602, "2026-02-16")
    with pytest.raises(ConflictError, match="已经出账"):
        firm.declare(202602, [], "2026-02-17")
    assert firm.declare(202603, [], "2026-02-17")["people"] == 3
    firm.check()


def test_every_faulty_line_is_named_and_nothing_is_written(firm: Firm, make_person: Build) -> None:
    firm.person(make_person("old", status="retired"))
    lines = [
        *firm.add(("wang", 600_000), ("old", 600_000), ("nobody", 600_000)),
        firm.line("li", ChangeKind.LEAVE, line=5),
        firm.line("zhao", ChangeKind.ADD, 700_000, 6, name="赵别"),
        firm.line("wang", ChangeKind.ADD, 700_000, 7),
    ]
    for call in (firm.preview, firm.declare):
        with pytest.raises(FaultyLinesError) as refused:
            call(202601, lines, "2026-01-10")
        said = {fault.line: str(fault.said) for fault in refused.value.faults}
        assert list(said) == [3, 4, 5, 6, 7]
        for line, words in {3: "退休", 4: "没有登记", 5: "名册", 6: "姓名", 7: "第 2 行"}.items():
            assert words in said[line]
    assert firm.declare(202601, firm.add(STAFF[0]), "2026-01-10")["people"] == 1


def test_somebody_with_another_cover_is_employed_from_the_first_of_the_month(
    firm: Firm, make_person: Build
) -> None:
    firm.person(make_person("resident", scheme="resident", years=[(2026, "2025-12-01")]))
    firm.person(make_person("free", contribution_class="flexible"))
    firm.declare(202601, firm.add(("resident", 600_000), ("free", 600_000)), "2026-01-10")
    for who in ("resident", "free"):
        before, after = firm.store.facts(who).enrolments
        assert (before.end, after.start) == (
            datetime.date(2025, 12, 31),
            datetime.date(2026, 1, 1),
        )
        assert (after.scheme, after.contribution_class) == ("employee", "employer")
    firm.check()


def test_nobody_is_on_two_rosters(firm: Firm) -> None:
    firm.register(OTHER, "乙公司")
    firm.declare(202601, firm.add(STAFF[0]), "2026-01-10")
    declared = employers.DeclaredMonth(OTHER, 202601, tuple(firm.add(STAFF[0])))
    with pytest.raises(FaultyLinesError, match="另一个单位"):
        employers.declare(
            firm.database,
            firm.packs,
            firm.key("declare"),
            declared,
            actor=Actor("other", Role.EMPLOYER, employer_id=OTHER),
            at=at("2026-01-10"),
        )


def test_without_days_laid_down_nothing_is_guessed(firm: Firm, area: str) -> None:
    with pytest.raises(NoTermsError, match="没有设定"):
        firm.declare(202312, [], "2023-12-10")


def test_whoever_may_not_changes_nothing(firm: Firm) -> None:
    bill = _first_month(firm)
    before = firm.store.fingerprint()
    here = firm.area
    for actor in (
        oneself("wang"),
        AUDITOR,
        staff(Role.REVIEWER, here),
        staff(Role.CASHIER, here),
        staff(Role.CLERK, "110000"),
        Actor("other", Role.EMPLOYER, employer_id=OTHER),
    ):
        with pytest.raises(DeniedError):
            firm.declare(202602, [], "2026-01-20", actor)
        with pytest.raises(DeniedError):
            firm.bill(202601, "2026-01-20", actor)
    for actor in (
        HR,
        oneself("wang"),
        AUDITOR,
        staff(Role.CLERK, here),
        staff(Role.CASHIER, "110000"),
    ):
        with pytest.raises(DeniedError):
            firm.book(bill["bill"], bill["due"], "2026-01-20", actor=actor)
    assert firm.store.fingerprint() == before
    assert firm.declare(202602, [], "2026-01-20", staff(Role.CLERK, here))["people"] == 3
    firm.check()


def test_of_two_declarations_and_of_two_payments_one_wins(firm: Firm, together: Together) -> None:
    answers = together(
        [
            lambda: firm.declare(202601, firm.add(STAFF[0]), "2026-01-10"),
            lambda: firm.declare(202601, firm.add(STAFF[0]), "2026-01-10"),
        ]
    )
    assert sorted(isinstance(answer, Exception) for answer in answers) == [False, True]
    bill = firm.bill(202601, "2026-01-12")
    channel = SandboxChannel("tax_platform")

    def pay() -> Any:
        return employers.pay_bill(
            firm.database,
            firm.packs,
            channel,
            firm.key("pay"),
            CODE,
            bill["bill"],
            actor=HR,
            at=at("2026-01-13"),
        )

    answers = together([pay, pay])
    assert [answer["status"] for answer in answers if isinstance(answer, dict)] == ["posted"]
    assert [type(answer) for answer in answers if isinstance(answer, Exception)] == [ConflictError]
    assert channel.calls == 1
    assert firm.store.entries("channel:tax_platform") == bill["due"]
    booked = together(
        [
            lambda: firm.book(bill["bill"], bill["due"], "2026-01-13", "same"),
            lambda: firm.book(bill["bill"], bill["due"], "2026-01-13", "same"),
        ]
    )
    assert sorted(isinstance(answer, Exception) for answer in booked) == [False, True]
    firm.check()


def test_what_comes_twice_or_too_much_is_kept_set_off_and_returned(firm: Firm) -> None:
    bill = _first_month(firm)
    due = bill["due"]
    little = firm.book(bill["bill"], due - 1, "2026-01-20")
    assert (little["state"], little["credit"]) == ("left_over", due - 1)
    assert "还差 0.01" in little["reason"]
    over = firm.book(bill["bill"], 5_001, "2026-01-21")
    assert (over["state"], over["credit"]) == ("posted", 5_000)
    twice = firm.book(bill["bill"], due, "2026-01-22")
    assert (twice["state"], twice["reason"]) == ("left_over", "账单已经缴清，属于重复缴费")
    firm.check()
    money = employers.EmployerMoney("bank", "back-1", due, datetime.date(2026, 1, 23))

    def back(actor: Actor = CLERK, much: employers.EmployerMoney = money) -> Any:
        return employers.return_money(
            firm.database, firm.key("return"), CODE, much, actor=actor, at=at("2026-01-23")
        )

    with pytest.raises(DeniedError):
        back(HR)
    assert back()["credit"] == 5_000
    with pytest.raises(RefusedError, match=r"只有 50\.00"):
        back(much=employers.EmployerMoney("bank", "back-2", 5_001, datetime.date(2026, 1, 23)))
    firm.declare(202602, [], "2026-01-25")
    february = firm.bill(202602, "2026-01-25")
    assert (february["set_off"], february["credit"]) == (5_000, 0)
    assert firm.book(february["bill"], due - 5_000, "2026-02-01")["state"] == "posted"
    firm.check()


def test_through_a_channel_that_goes_wrong_nothing_is_lost(firm: Firm) -> None:
    bill = _first_month(firm)
    channel = SandboxChannel("bank", "time_out_paid")

    def pay(day: str) -> Any:
        return employers.pay_bill(
            firm.database,
            firm.packs,
            channel,
            firm.key("pay"),
            CODE,
            bill["bill"],
            actor=HR,
            at=at(day),
        )

    order = pay("2026-01-20")
    assert order["status"] == "timed_out"
    with pytest.raises(ConflictError, match="正在缴费"):
        pay("2026-01-20")
    resolved = employers.resolve_order(
        firm.database, firm.packs, channel, CODE, order["order"], actor=HR, at=at("2026-01-21")
    )
    assert resolved["status"] == "posted"
    firm.declare(202602, [], "2026-01-25")
    february = firm.bill(202602, "2026-01-25")
    bill = february
    channel.behaviour = "pay_twice"
    assert pay("2026-02-01")["status"] == "posted"
    firm.declare(202603, [], "2026-02-25")
    bill = firm.bill(202603, "2026-02-25")
    assert bill["set_off"] == bill["due"]  # the second of the two paid March
    assert firm.paid("zhao")[202603] == 1_000_000
    firm.check()


def test_whoever_leaves_to_retire_stays_enrolled_until_the_office_decides(firm: Firm) -> None:
    bill = _first_month(firm)
    firm.book(bill["bill"], bill["due"], "2026-01-20")
    leaving = [
        firm.line("wang", ChangeKind.LEAVE, reason="在职转退休"),
        firm.line("li", ChangeKind.LEAVE, line=3, reason="辞职"),
    ]
    clerk = staff(Role.CLERK, firm.area)
    day = datetime.date(2026, 2, 11)
    firm.preview(202602, leaving, "2026-02-10")
    assert queue(firm.database, clerk, day) == [], "a preview asks for nothing"
    firm.declare(202602, leaving, "2026-02-10")
    (case,) = queue(firm.database, clerk, day)
    assert (case.kind.name, case.person_id) == (RETIREMENT, "wang")
    first_of_month = datetime.date(2026, 2, 1)
    assert firm.store.facts("wang").enrolment_on(first_of_month) is not None
    assert firm.store.facts("li").enrolment_on(first_of_month) is None
    firm.check()


def test_the_yearly_base_rates_paid_months_again(firm: Firm) -> None:
    bill = _first_month(firm)
    firm.book(bill["bill"], bill["due"], "2026-01-20")

    def adjust(*bases: tuple[str, int]) -> Any:
        lines = tuple(
            firm.line(who, ChangeKind.BASE, base, line) for line, (who, base) in enumerate(bases, 2)
        )
        adjustment = employers.Adjustment(CODE, 202601, lines)
        shown = employers.preview_bases(
            firm.database, firm.packs, adjustment, actor=HR, at=at("2026-02-10")
        )
        done = employers.adjust_bases(
            firm.database, firm.packs, firm.key("adjust"), adjustment, actor=HR, at=at("2026-02-10")
        )
        assert {**done, "bill": None} == {**shown, "bill": None}
        return done

    run_credits(firm.database, firm.packs, firm.area, 202601, actor=CLERK)
    before = firm.store.balance("wang"), firm.store.balance("li")
    up = adjust(("wang", 700_000))
    assert up["difference"] > 0
    assert firm.paid("wang")[202601] == 600_000
    firm.book(up["bill"], up["difference"], "2026-02-11")
    assert firm.paid("wang")[202601] == 700_000
    assert firm.store.balance("wang") * 600 == before[0] * 700, "the month was credited again"
    down = adjust(("wang", 650_000), ("li", 700_000))
    assert down["difference"] < 0
    assert down["credit"] == -down["difference"]
    assert firm.paid("li")[202601] == 700_000
    assert firm.store.balance("wang") * 600 == before[0] * 650
    assert firm.store.balance("li") * 800 == before[1] * 700
    floor = adjust(("li", 100))
    assert firm.paid("li")[202601] > 400_000, floor  # never below the area's floor
    with pytest.raises(FaultyLinesError, match="没有登记"):
        adjust(("nobody", 100))
    firm.check()


def test_an_employer_ends_when_nothing_is_left(firm: Firm) -> None:
    bill = _first_month(firm)

    def end() -> Any:
        day = datetime.date(2026, 3, 1)
        return employers.end_employer(firm.database, firm.key("end"), CODE, day, actor=CLERK)

    with pytest.raises(RefusedError, match="还有人"):
        end()
    leaving = [
        firm.line(who, ChangeKind.LEAVE, line=line) for line, (who, _) in enumerate(STAFF, 2)
    ]
    firm.declare(202602, leaving, "2026-01-20")
    with pytest.raises(RefusedError, match="没有缴清"):
        end()
    firm.book(bill["bill"], bill["due"], "2026-01-20")
    assert end()["state"] == "ended"
    with pytest.raises(RefusedError, match="已经注销"):
        firm.declare(202602, [], "2026-02-11")
    firm.check()
