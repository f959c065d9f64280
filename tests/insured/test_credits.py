"""Monthly credits as a job, and months rated again when a floor is published late."""

from __future__ import annotations

import datetime
import subprocess
import sys
import textwrap
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select

from yibao.access.operations import Key
from yibao.access.tables import event, message
from yibao.benefit.facts import Person
from yibao.database.unit import Database
from yibao.errors import ConflictError, InputError, RefusedError
from yibao.insured import operations as insured
from yibao.insured.enrolment.documents import Proof
from yibao.insured.payments.channels import SandboxChannel
from yibao.insured.payments.jobs import job_result
from yibao.insured.tables import bill, job, monthly_credit, person
from yibao.ledger.checks import ledger_faults
from yibao.ledger.tables import account, account_name, entry
from yibao.policy.compile import PolicyLibrary

from ..support.actors import CLERK, oneself
from ..support.serving import wait_until

DAY = datetime.date.fromisoformat
MONTH = 202503
BASE = 600_000
PEOPLE = 7


def credited(database: Database) -> tuple[int, int, int]:
    """People credited, the sum of their balances, and of what the fund gave."""
    return database.read(
        lambda unit: (
            unit.run(select(func.count()).select_from(monthly_credit)).scalar_one(),
            int(unit.run(select(func.sum(account.c.balance))).scalar_one()),
            int(
                unit.run(
                    select(func.coalesce(func.sum(entry.c.amount), 0)).where(
                        entry.c.account.in_(
                            select(account_name.c.number).where(account_name.c.kind == "credit")
                        )
                    )
                ).scalar_one()
            ),
        )
    )


@pytest.fixture
def workers(database: Database, make_person: Callable[..., Person]) -> list[str]:
    names = [f"w{number}" for number in range(PEOPLE)]
    for name in names:
        facts = make_person(name, months=[(MONTH, BASE)])
        insured.register(database, facts, actor=CLERK, day=DAY("2025-01-01"))
    return names


@pytest.fixture
def run(database: Database, packs: PolicyLibrary, area: str) -> Callable[..., Any]:
    def start(**named: Any) -> Any:
        return insured.run_credits(
            database, packs, area, MONTH, actor=CLERK, **({"chunk": 2} | named)
        )

    return start


ONE = 12_000
"""2% of 6,000 yuan."""


def test_everybody_is_credited_once(
    database: Database, workers: list[str], run: Callable[..., Any]
) -> None:
    done = run()
    assert (done.status, done.served, done.amount, done.skipped) == (
        "done",
        PEOPLE,
        PEOPLE * ONE,
        {},
    )
    assert credited(database) == (PEOPLE, PEOPLE * ONE, PEOPLE * ONE)
    assert run() == done
    assert run(again=True) == done
    assert credited(database) == (PEOPLE, PEOPLE * ONE, PEOPLE * ONE)


def test_two_processes_at_once(
    database: Database,
    workers: list[str],
    run: Callable[..., Any],
    together: Callable[..., list[Any]],
) -> None:
    results = together([run, run, lambda: run(chunk=1)])
    assert [result.status for result in results] == ["done"] * 3
    assert results[-1].served == PEOPLE
    assert credited(database) == (PEOPLE, PEOPLE * ONE, PEOPLE * ONE)


def test_a_stopped_job_goes_on(
    database: Database, workers: list[str], run: Callable[..., Any], area: str
) -> None:
    def stop() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(pause=stop)
    assert credited(database) == (2, 2 * ONE, 2 * ONE)
    left = job_result(database, "credit", area, MONTH)
    assert (left.status, left.served) == ("running", 2)
    assert run().served == PEOPLE
    assert credited(database) == (PEOPLE, PEOPLE * ONE, PEOPLE * ONE)


def test_a_killed_process_leaves_whole_chunks(
    database: Database,
    database_url: str,
    workers: list[str],
    run: Callable[..., Any],
    area: str,
) -> None:
    script = textwrap.dedent(
        """
        import sys, time
        from yibao.access.permissions import officer
        from yibao.database.unit import open_database
        from yibao.insured.operations import run_credits
        from yibao.policy.compile import PolicyLibrary

        url, area, month = sys.argv[1:]
        run_credits(
            open_database(url), PolicyLibrary.load(), area, int(month),
            actor=officer("job"), chunk=1,
            pause=lambda: (print("chunk", flush=True), time.sleep(0.02)),
        )
        """
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script, database_url, area, str(MONTH)],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    for _ in range(2):
        assert process.stdout.readline() == "chunk\n"
    process.kill()
    process.wait()
    process.stdout.close()
    count, balances, credited_fen = credited(database)
    assert 2 <= count <= PEOPLE
    assert balances == credited_fen == count * ONE
    # PostgreSQL notices the lost client by itself.
    wait_until(lambda: run().status == "done", "the end of the job")
    assert run().served == PEOPLE
    assert credited(database) == (PEOPLE, PEOPLE * ONE, PEOPLE * ONE)


def test_whoever_is_left_out_is_named_and_served_later(
    database: Database,
    packs: PolicyLibrary,
    workers: list[str],
    run: Callable[..., Any],
    make_person: Callable[..., Person],
) -> None:
    late = make_person("x", months=[(MONTH - 1, BASE)])
    insured.register(database, late, actor=CLERK, day=DAY("2025-01-01"))
    resident = make_person("y", scheme="resident")
    insured.register(database, resident, actor=CLERK, day=DAY("2025-01-01"))
    done = run()
    assert done.served == PEOPLE
    assert list(done.skipped) == ["x"]
    assert "缴费基数" in done.skipped["x"]
    insured.contribute(
        database,
        packs,
        Key("desk", "contribute", "x"),
        "x",
        DAY("2025-04-02"),
        actor=CLERK,
        month=MONTH,
        base=BASE,
    )
    again = run(again=True)
    assert (again.served, again.skipped) == (PEOPLE + 1, {})
    assert credited(database)[0] == PEOPLE + 1


def test_one_credit_by_hand_is_not_given_again(
    database: Database, packs: PolicyLibrary, workers: list[str], run: Callable[..., Any]
) -> None:
    def by_hand(message_id: str) -> Any:
        key = Key("desk", "credit", message_id)
        return insured.credit(database, packs, key, "w3", MONTH, actor=CLERK)

    first = by_hand("1")
    assert first == {"amount": ONE, "balance": ONE}
    assert by_hand("1") == first
    done = run()
    assert done.served == PEOPLE - 1
    before = _events(database)
    with pytest.raises(ConflictError, match="已经划入"):
        by_hand("2")
    assert _events(database) == before
    assert credited(database) == (PEOPLE, PEOPLE * ONE, PEOPLE * ONE)


def _events(database: Database) -> list[Any]:
    return database.read(
        lambda unit: [
            tuple(row)
            for table in (event, message, person, account, job)
            for row in unit.run(select(table))
        ]
    )


def test_a_wallet_transfer_never_overdraws(
    database: Database,
    packs: PolicyLibrary,
    workers: list[str],
    run: Callable[..., Any],
    together: Callable[..., list[Any]],
) -> None:
    run()
    insured.relate(
        database,
        Key("desk", "relate", "1"),
        insured.Relation("w0", "w1", "sibling", DAY("2010-01-01")),
        actor=CLERK,
        proofs=[Proof("household_book")],
    )

    def move(number: int, amount: int = 5_000, day: str = "2025-07-01") -> Any:
        key = Key("desk", "transfer", str(number))
        return insured.transfer(
            database, key, "w0", "w1", amount, DAY(day), actor=oneself("w0"), library=packs
        )

    with pytest.raises(RefusedError, match="尚未开通"):
        move(0, day="2023-01-01")
    with pytest.raises(InputError):
        move(0, -1)
    results = together([lambda n=n: move(n) for n in range(6)])
    assert sum(isinstance(result, dict) for result in results) == 2
    assert sum(isinstance(result, RefusedError) for result in results) == 4
    query = select(account.c.balance).where(account.c.person_id.in_(["w0", "w1"]))
    balances = database.read(
        lambda unit: list(unit.run(query.order_by(account.c.person_id)).scalars())
    )
    assert balances == [ONE - 10_000, ONE + 10_000]


# --- a floor that is published late --------------------------------------------------------------

EARLY, LATE = DAY("2025-04-10"), DAY("2025-10-01")


@pytest.fixture
def paid(database: Database, packs: PolicyLibrary, make_person: Callable[..., Person]) -> str:
    """A bill of three months, paid when the year's floor was not known."""
    facts = make_person("p1", months=[(202412, BASE)])
    insured.register(database, facts, actor=CLERK, day=DAY("2024-01-01"), library=packs)
    return _bill_and_pay(database, packs, month=202501, months=3)


def _bill_and_pay(database: Database, packs: PolicyLibrary, **period: Any) -> str:
    key = Key("desk", "bill", str(period))
    billed = insured.make_bill(database, packs, key, "p1", EARLY, actor=CLERK, **period)
    bill_id = str(billed["bills"][0]["bill"])
    _pay(database, packs, bill_id, EARLY)
    return bill_id


def _pay(database: Database, packs: PolicyLibrary, bill_id: str, day: datetime.date) -> str:
    at = datetime.datetime.combine(day, datetime.time(4), datetime.UTC)
    ordered = insured.create_order(
        database, Key("desk", "order", bill_id), "p1", bill_id, "bank", actor=CLERK, at=at
    )
    channel = SandboxChannel("bank")
    order = insured.pay_order(database, packs, channel, "p1", ordered["order"], actor=CLERK, at=at)
    assert order.status == "posted"
    return order.order_id


def _floor_difference(packs: PolicyLibrary, area: str) -> int:
    """Two percent of what the floor rose by, fen a month."""
    from yibao.benefit.rules import day_rules
    from yibao.policy import parameters as p

    first = DAY("2025-01-01")
    before, after = (
        day_rules(packs, area, first, day).rules[p.BASE_FLOOR] for day in (EARLY, LATE)
    )
    assert after > before
    return (after - before) * 200 // 10_000


def test_the_difference_is_billed_once_and_paid(
    database: Database, packs: PolicyLibrary, paid: str, area: str
) -> None:
    def rerate(number: int, day: datetime.date = LATE) -> Any:
        key = Key("desk", "rerate", str(number))
        return insured.rerate_bill(database, packs, key, "p1", paid, day, actor=CLERK)

    assert rerate(1, DAY("2025-05-01"))["difference"] == 0
    due = 3 * _floor_difference(packs, area)
    difference = rerate(2)
    assert (difference["difference"], difference["due"], difference["of"]) == (due, due, paid)
    assert [line["name"] for line in difference["lines"]] == ["individual"]
    assert difference["employer"] > 0
    assert rerate(2) == difference
    assert rerate(3)["difference"] == 0  # billed already
    order_id = _pay(database, packs, difference["bill"], LATE)
    assert rerate(4)["difference"] == 0
    query = select(func.sum(entry.c.amount)).where(entry.c.account == "channel:bank")
    total = database.read(lambda unit: int(unit.run(query).scalar_one()))
    first = database.read(
        lambda unit: unit.run(select(bill.c.due).where(bill.c.bill_id == paid)).scalar_one()
    )
    assert total == first + due
    assert database.read(lambda unit: insured.profile_faults(unit, "p1")) == []
    records = insured.contribution_records(
        database, "p1", DAY("2025-01-01"), DAY("2025-12-31"), actor=CLERK
    )
    assert [row["period"] for row in records] == [202501, 202502, 202503]
    refunded = insured.refund_order(
        database,
        packs,
        Key("desk", "refund", "1"),
        "p1",
        order_id,
        "补差有误",
        LATE,
        actor=CLERK,
    )
    assert refunded["amount"] == due
    assert rerate(5)["difference"] == due


def test_the_area_is_rated_again_as_a_job(
    database: Database, packs: PolicyLibrary, paid: str, area: str
) -> None:
    declared = _bill_and_pay(database, packs, month=202504, base=BASE)

    def run() -> Any:
        return insured.rerate_area(database, packs, area, LATE, actor=CLERK)

    done = run()
    due = 3 * _floor_difference(packs, area)
    assert (done.status, done.served, done.amount, done.skipped) == ("done", 1, due, {})
    assert run() == done
    query = select(bill.c.supplements).where(bill.c.kind == "supplementary")
    assert database.read(lambda unit: list(unit.run(query).scalars())) == [paid]
    assert declared != paid
    with pytest.raises(RefusedError, match="不是已缴"):
        insured.rerate_bill(
            database, packs, Key("desk", "rerate", "9"), "p1", "none", LATE, actor=CLERK
        )


# --- a difference that was paid too much ---------------------------------------------------------


@pytest.fixture
def overpaid(database: Database, packs: PolicyLibrary, make_person: Callable[..., Person]) -> str:
    """A bill of three months, paid on a floor that is then known to be lower."""
    facts = make_person("p1", months=[(202412, BASE)])
    insured.register(database, facts, actor=CLERK, day=DAY("2024-01-01"), library=packs)
    billed = insured.make_bill(
        database,
        packs,
        Key("desk", "bill", "late"),
        "p1",
        LATE,
        actor=CLERK,
        month=202501,
        months=3,
    )
    bill_id = str(billed["bills"][0]["bill"])
    _pay(database, packs, bill_id, LATE)
    return bill_id


def _sum(database: Database, name: str) -> int:
    query = select(func.coalesce(func.sum(entry.c.amount), 0)).where(entry.c.account == name)
    return database.read(lambda unit: int(unit.run(query).scalar_one()))


def test_what_was_paid_too_much_goes_back_through_its_channel(
    database: Database, packs: PolicyLibrary, overpaid: str, area: str
) -> None:
    def rerate(number: int, day: datetime.date) -> Any:
        key = Key("desk", "rerate", str(number))
        return insured.rerate_bill(database, packs, key, "p1", overpaid, day, actor=CLERK)

    back = 3 * _floor_difference(packs, area)
    whole = _sum(database, "channel:bank")
    done = rerate(1, EARLY)
    assert (done["difference"], done["through_channel"]) == (-back, back)
    assert rerate(1, EARLY) == done
    assert rerate(2, EARLY)["difference"] == 0  # given back already
    (waiting,) = insured.suspense(database, actor=CLERK)
    assert (waiting.amount, waiting.through_channels, waiting.left) == (back, back, 0)
    channel = SandboxChannel("bank")
    assert insured.send_refunds(database, channel, actor=CLERK) == 1
    assert insured.send_refunds(database, channel, actor=CLERK) == 0
    assert channel.refunded == {f"back-{done['bill']}"}
    assert _sum(database, "channel:bank") == whole - back
    assert insured.suspense(database, actor=CLERK) == []
    (order,) = insured.orders_of(database, "p1", actor=CLERK)
    assert order.status == "posted"
    assert rerate(3, LATE)["difference"] == back  # and is owed again where it is raised again
    assert database.read(lambda unit: list(ledger_faults(unit))) == []


def test_what_was_paid_too_much_goes_to_the_account_where_the_pack_says_so(
    database: Database,
    packs: PolicyLibrary,
    packs_with: Callable[..., PolicyLibrary],
    overpaid: str,
    area: str,
) -> None:
    to_account = packs_with(employee__contribution__overpaid="account")
    back = 3 * _floor_difference(packs, area)
    done = insured.rerate_area(database, to_account, area, EARLY, actor=CLERK)
    assert (done.served, done.amount) == (1, -back)
    assert _sum(database, "personal:p1") == -back
    balance = select(account.c.balance).where(account.c.person_id == "p1")
    assert database.read(lambda unit: unit.run(balance).scalar_one()) == back
    assert insured.rerate_area(database, to_account, area, EARLY, actor=CLERK) == done
    assert database.read(lambda unit: list(ledger_faults(unit))) == []


def test_two_who_give_a_difference_back_give_it_once(
    database: Database,
    packs: PolicyLibrary,
    overpaid: str,
    area: str,
    together: Callable[..., list[Any]],
) -> None:
    def rerate(number: int) -> Any:
        key = Key("desk", "rerate", f"t{number}")
        return insured.rerate_bill(database, packs, key, "p1", overpaid, EARLY, actor=CLERK)

    results = together([lambda n=n: rerate(n) for n in range(3)])
    back = 3 * _floor_difference(packs, area)
    assert sorted(rerated["difference"] for rerated in results) == [-back, 0, 0]
    assert _sum(database, "suspense:p1") == -back
