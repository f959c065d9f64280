"""``yibao finance``: a month of the demo's books as a person reads, carries and packs it."""

from __future__ import annotations

import csv
import datetime
import hashlib
import io
import json
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.employers.world import staff
from tests.support.actors import CLERK
from tests.support.demos import copy_demo

from yibao.access.operations import Key
from yibao.access.permissions import Role
from yibao.cli.main import run
from yibao.database.unit import Database, open_database
from yibao.finance.budgets import approve_budget, enter_budget
from yibao.finance.closing import close_month, prepare_closing
from yibao.finance.items import FundItem, FundPart
from yibao.finance.states import BankAccount, Level, VoucherKind
from yibao.finance.vouchers import FundMoney, enter_voucher, sign_voucher
from yibao.insured.accounts.credits import run_credits
from yibao.money import parse_yuan
from yibao.policy.compile import PolicyLibrary
from yibao.policy.kinds import Scheme

AREA, MONTH = "140100", "202610"
AT = datetime.datetime(2026, 11, 21, 2, tzinfo=datetime.UTC)
LATER = AT + datetime.timedelta(hours=1)
Ran = Callable[..., str]


@pytest.fixture
def books_url(demo_store: Path, tmp_path: Path) -> str:
    """A copy of the demo for one test."""
    return f"sqlite:///{copy_demo(demo_store, tmp_path)}"


@contextmanager
def _opened(url: str) -> Iterator[Database]:
    database = open_database(url)
    yield database
    database.dispose()


@pytest.fixture
def finance(books_url: str, capsys: pytest.CaptureFixture[str]) -> Ran:
    def call(*words: str, code: int = 0, room: str = "finance") -> str:
        with pytest.raises(SystemExit) as left:
            run([room, *words, "--url", books_url])
        captured = capsys.readouterr()
        assert left.value.code == code, captured.out + captured.err
        return captured.out if code == 0 else captured.err

    return call


def _parts(statement: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    return {(part["scheme"], part["part"]): part for part in statement["parts"]}


def test_the_demo_s_last_month_can_be_closed_and_what_comes_late_is_carried_once(
    finance: Ran, books_url: str, packs: PolicyLibrary
) -> None:
    def blocking() -> dict[str, int]:
        points = json.loads(finance("open", "--month", MONTH, "--json"))
        return {point["name"]: point["amount_fen"] for point in points if point["blocks"]}

    assert blocking() == {}
    with _opened(books_url) as database:
        run_credits(database, packs, AREA, int(MONTH), actor=CLERK)
    credited = blocking()["uncarried_credits"]
    before = _parts(json.loads(finance("statement", "--month", MONTH, "--json")))
    carried = json.loads(finance("carry", "--month", MONTH, "--json"))
    assert (carried["paid"], carried["credited"]) == (0, credited)
    again = json.loads(finance("carry", "--month", MONTH, "--json"))
    assert (again["paid"], again["credited"]) == (0, 0)
    assert "挡着结账" not in finance("open", "--month", MONTH)
    after = _parts(json.loads(finance("statement", "--month", MONTH, "--json")))
    assert sum(part["closing_fen"] for part in after.values()) == -credited + sum(
        part["closing_fen"] for part in before.values()
    )
    for part in after.values():
        assert part["closing_fen"] == part["opening_fen"] + part["surplus_fen"]
    pool, earlier = (
        sum(
            line["month_fen"]
            for line in parts[Scheme.EMPLOYEE, FundPart.POOLED]["lines"]
            if line["item"] == "credited_to_persons"
        )
        for parts in (after, before)
    )
    assert pool - earlier == -credited
    shown = finance("statement", "--month", MONTH)
    assert f"{AREA} {MONTH} 未结账" in shown
    assert "划入个人" in shown


def test_the_table_for_a_spreadsheet_says_the_same(finance: Ran, tmp_path: Path) -> None:
    read = _parts(json.loads(finance("statement", "--month", MONTH, "--json")))
    file = tmp_path / "fund.csv"
    assert "已写入" in finance("statement", "--month", MONTH, "--csv", str(file))
    assert "已经有了" in finance("statement", "--month", MONTH, "--csv", str(file), code=2)
    rows = list(csv.DictReader(io.StringIO(file.read_text(encoding="utf-8-sig"))))
    closing = [_fen(row["本月"]) for row in rows if row["项目"] == "期末结余"]
    assert closing == [part["closing_fen"] for part in read.values()]
    lines = [_fen(row["本年累计"]) for row in rows if row["收支"]]
    assert lines == [
        line["year_to_date_fen"]
        for part in read.values()
        for side in ("fund_income", "fund_spending", "between_parts")
        for line in part["lines"]
        if line["side"] == side
    ]


def _fen(text: str) -> int:
    plain = text.replace(",", "")
    return -parse_yuan(plain[1:]) if plain.startswith("-") else parse_yuan(plain)


def test_what_is_owed_is_what_the_books_owe_by_age(finance: Ran) -> None:
    owed = {row["kind"]: row for row in json.loads(finance("payables", "--json"))["rows"]}
    accounts = json.loads(finance("balances", "--json", room="ledger"))
    areas = {"payable:hospital_beijing"}  # of another area's institution
    for kind in ("payable", "retained", "claim"):
        named = [
            row["balance"]
            for row in accounts
            if row["account"].startswith(f"{kind}:") and row["account"] not in areas
        ]
        assert sum(owed[kind]["by_age_fen"]) == sum(named) > 0
        assert owed[kind]["creditors"] == len(named)
    # A claim of long ago is of the oldest class, what a clearing kept back of the newest.
    assert owed["claim"]["by_age_fen"] == [0, 0, 0, 693_156]
    shown = finance("payables")
    assert "6,931.56" in shown
    assert "180 天以上" in shown


def test_the_audit_pack_holds_the_books_and_vouches_for_itself(
    finance: Ran, tmp_path: Path
) -> None:
    finance("carry", "--month", MONTH)
    file = tmp_path / "fund.zip"
    assert "已写入" in finance("pack", str(file), "--month", MONTH)
    again = tmp_path / "again.zip"
    finance("pack", str(again), "--month", MONTH)
    assert again.read_bytes() == file.read_bytes(), "the same books give the same bytes"
    with zipfile.ZipFile(file) as pack:
        content = {name: pack.read(name) for name in pack.namelist()}
    manifest = json.loads(content["manifest.json"])
    assert (manifest["area"], manifest["month"], manifest["state"]) == (AREA, int(MONTH), None)
    assert manifest["sha256"] == {
        name: hashlib.sha256(of_file).hexdigest()
        for name, of_file in content.items()
        if name != "manifest.json"
    }
    assert len(manifest["chain"]["head"]) == 64
    journal = list(csv.DictReader(io.StringIO(content["journal.csv"].decode("utf-8-sig"))))
    fund = [row for row in journal if row["account"].startswith("fund:")]
    statement = json.loads(content["statement.json"])
    funds = sum(
        part["surplus_fen"] for part in statement["parts"] if part["part"] != "accounts_part"
    )
    assert -sum(_fen(row["debit_yuan"]) for row in fund) == funds
    assert {row["day"][:7] for row in journal} == {"2026-10"}
    balances = {
        row["account"]: _fen(row["balance_yuan"])
        for row in csv.DictReader(io.StringIO(content["balances.csv"].decode("utf-8-sig")))
    }
    assert balances[f"fund:{AREA}:employee:pooled"] == next(
        part["closing_fen"]
        for part in statement["parts"]
        if (part["scheme"], part["part"]) == ("employee", "pooled_part")
    )
    whole = b"".join(content.values())
    for named in (b"zhaoxiulan", "赵秀兰".encode(), b"zhangwei", "张伟".encode()):
        assert named not in whole


def test_a_store_with_vouchers_and_a_closed_month_is_checked_in_silence(
    finance: Ran, books_url: str
) -> None:
    cashier, second, head = (staff(role, AREA) for role in (Role.CASHIER, Role.SECOND, Role.HEAD))
    vouchers = (
        (VoucherKind.SUBSIDY, 5_000_000, Level.PROVINCE, BankAccount.TREASURY),
        (VoucherKind.INTEREST, 701, None, BankAccount.INCOME),
        (VoucherKind.TO_ABOVE, 30_000, None, BankAccount.TREASURY),
    )
    finance("carry", "--month", MONTH)
    with _opened(books_url) as database:
        for number, (kind, amount, level, bank) in enumerate(vouchers):
            money = FundMoney(
                AREA, kind, amount, datetime.date(2026, 10, 20), "财社 1 号",
                Scheme.RESIDENT, FundPart.POOLED, level, bank,
            )  # fmt: skip
            key = Key("test", "enter", str(number))
            entered = enter_voucher(database, key, money, actor=cashier, at=AT)["voucher"]
            sign_voucher(database, Key("test", "sign", entered), entered, actor=second, at=AT)
        month = int(MONTH)
        prepare_closing(
            database, Key("test", "prepare", "1"), AREA, month, "", actor=cashier, at=AT
        )
        close_month(database, Key("test", "close", "1"), AREA, month, actor=head, at=AT)
        lines = {(Scheme.RESIDENT, FundPart.POOLED): {FundItem.SUBSIDY: 20_000_000}}
        planned = enter_budget(
            database,
            Key("test", "plan", "1"),
            AREA,
            2026,
            lines,
            "财社 1 号",
            actor=cashier,
            at=LATER,
        )
        approve_budget(
            database, Key("test", "approve", "1"), planned["budget"], actor=head, at=LATER
        )
    assert "财政补贴" in finance("budget", "--year", "2026")
    version = json.loads(finance("budget", "--year", "2026", "--json"))["versions"][0]
    assert version["lines"][0]["budget_fen"] == 20_000_000
    assert "预算还剩" not in finance("statement", "--month", MONTH), "as it was closed"
    assert "25%" in finance("statement", "--month", "202611")
    assert f"{MONTH} 已结账" in finance("statement", "--month", MONTH)
    resident = _parts(json.loads(finance("statement", "--month", MONTH, "--json")))[
        Scheme.RESIDENT, FundPart.POOLED
    ]
    by_item = {line["item"]: line["month_fen"] for line in resident["lines"]}
    assert by_item["subsidy_of_state"] == 5_000_000
    assert by_item["interest_earned"] == 701
    assert by_item["to_higher_level"] == 30_000
    for words in (("db", "check"), ("audit", "verify"), ("replay",)):
        said = finance(*words[1:], room=words[0])
        assert "不同" not in said, said
    assert "已经结账" in finance("carry", "--month", MONTH, code=5)


def test_a_table_of_statistics_hides_few_people(
    finance: Ran, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "人少，不显示" in finance("table", "t1", "--month", MONTH)
    monkeypatch.setenv("YIBAO_LEAST_PEOPLE", "3")
    shown = finance("table", "T1", "--month", MONTH)
    assert f"T1 参保 {AREA} {MONTH}" in shown
    assert "少于 3 人的格子不显示" in shown
    rows = json.loads(finance("table", "T1", "--month", MONTH, "--json"))["rows"]
    closing = {
        row["title"]: value["value"]
        for row in rows
        for value in row["values"]
        if value["name"] == "closing"
    }
    assert closing["城乡居民基本医疗保险"] == 6
    file = tmp_path / "t1.csv"
    finance("table", "T1", "--month", MONTH, "--csv", str(file))
    assert "城乡居民基本医疗保险,6,0,0,6" in file.read_text(encoding="utf-8-sig")
    assert "没有可统计的" in finance("table", "T8", "--month", "202001")
    assert "没有 T3 这张表" in finance("table", "T3", code=2)


def test_the_whole_books_of_some_months_balance(finance: Ran, tmp_path: Path) -> None:
    finance("carry", "--month", MONTH)
    file = tmp_path / "books.zip"
    assert "已写入" in finance("books", str(file), "--from", "202601", "--month", MONTH)
    with zipfile.ZipFile(file) as books:
        content = {name: books.read(name).decode("utf-8-sig") for name in books.namelist()}
    accounts = list(csv.DictReader(io.StringIO(content["accounts.csv"])))
    by_name = {row["account"]: row for row in accounts}
    pool = by_name[f"fund:{AREA}:employee:pooled"]
    assert pool["title"] == "职工基本医疗保险 统筹"
    # A fund grows by what is credited to it.
    opening, debit, credit, closing = (
        _fen(pool[f"{name}_yuan"]) for name in ("opening", "debit", "credit", "closing")
    )
    assert closing == opening - debit + credit != 0
    journal = list(csv.DictReader(io.StringIO(content["journal.csv"])))
    assert {row["day"][:4] for row in journal} == {"2026"}
    assert sum(_fen(row["debit_yuan"]) for row in journal if row["account"] == pool["account"]) == (
        debit - credit
    )
    transactions: dict[str, int] = {}
    at = ""
    for line in content["books.beancount"].splitlines():
        if " * " in line:
            at = line
        elif line.startswith("  "):
            amount = line.split()[1]
            transactions[at] = transactions.get(at, 0) + _fen(amount)
    assert len(transactions) > 10
    assert set(transactions.values()) == {0}
    assert b"zhangwei" not in file.read_bytes()
    assert "zhangwei" not in "".join(content.values())
    assert "月份从前到后" in finance(
        "books", str(tmp_path / "b.zip"), "--from", "202611", "--month", MONTH, code=2
    )
