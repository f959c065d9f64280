"""The monthly tables, counted from stores whose numbers are known."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import pytest

from yibao.access.errors import DeniedError
from yibao.access.permissions import Role
from yibao.access.ties import tie_faults
from yibao.access.trail import all_chains, verify_people
from yibao.claims.forms import ClaimLine, Voucher
from yibao.database.unit import Database
from yibao.employers import operations as employers
from yibao.employers.states import EmployerKind
from yibao.errors import InputError
from yibao.messages import text_of
from yibao.policy.compile import PolicyLibrary
from yibao.policy.kinds import ItemClass
from yibao.statistics.care import benefits_table, elsewhere_table, stays_table
from yibao.statistics.cases import claims_table, supervision_table
from yibao.statistics.hiding import LEAST_VARIABLE
from yibao.statistics.insured import contributions_table, insured_table
from yibao.statistics.reading import monthly_table, table_code, table_json
from yibao.statistics.shapes import StatRow, StatTable, TableCode
from yibao.statistics.written import table_csv

from ..claims.conftest import DAY, office_of
from ..conduct.conftest import AT, Bureau
from ..employers.world import CODE, Firm, staff
from ..support.actors import CLERK
from ..support.store import Store

Build = Callable[..., Any]
MARCH = datetime.date(2026, 3, 1), datetime.date(2026, 3, 31)
JUNE = datetime.date(2026, 6, 1), datetime.date(2026, 6, 30)


def _numbers(table: StatTable) -> dict[str, dict[str, int | None]]:
    """The cells of every row by the labels from the root down."""
    numbers: dict[str, dict[str, int | None]] = {}

    def walk(row: StatRow, before: str) -> None:
        name = f"{before}{text_of(row.label)}"
        numbers[name] = {column: cell.value for column, cell in row.cells.items()}
        for split in row.splits:
            for part in split:
                walk(part, f"{name}/")

    for row in table.rows:
        walk(row, "")
    return numbers


def test_t1_counts_who_is_insured_who_came_and_who_left(
    database: Database, packs: PolicyLibrary, make_person: Build
) -> None:
    store = Store(database, packs)
    store.person(make_person("a", birth="1990-01-01"))
    store.person(make_person("b", birth="1990-01-01", start="2026-03-10"))
    store.person(make_person("c", birth="1950-01-01", status="retired", end="2026-03-15"))
    store.person(make_person("d", birth="1990-01-01", contribution_class="flexible"))
    store.person(make_person("e", scheme="resident", birth="2010-01-01", years=[]))
    store.person(make_person("f", scheme="resident", birth="2010-01-01", years=[],
                 start="2026-04-01"))  # fmt: skip
    area = store.facts("a").area
    read = database.read(lambda unit: insured_table(unit, area, *MARCH))
    numbers = {name: tuple(cells.values()) for name, cells in _numbers(read).items()}
    employees = "职工基本医疗保险"
    assert numbers == {
        employees: (3, 1, 1, 3),
        f"{employees}/在职": (2, 1, 0, 3),
        f"{employees}/在职/随单位参保": (1, 1, 0, 2),
        f"{employees}/在职/随单位参保/没有写明单位性质": (1, 1, 0, 2),
        f"{employees}/在职/灵活就业": (1, 0, 0, 1),
        f"{employees}/退休": (1, 0, 1, 0),
        f"{employees}/35 至 44 岁": (2, 1, 0, 3),
        f"{employees}/70 岁及以上": (1, 0, 1, 0),
        "城乡居民基本医疗保险": (1, 0, 0, 1),
        "城乡居民基本医疗保险/17 岁及以下": (1, 0, 0, 1),
    }


def test_t1_splits_those_of_employers_by_the_kind_of_employer(
    database: Database, packs: PolicyLibrary, area: str, make_person: Build
) -> None:
    firm = Firm(database, packs, area)
    firm.set_up(make_person, ("wang", "li", "zhao"))
    firm.declare(202602, firm.add(("wang", 600_000), ("li", 700_000)), "2026-02-10")
    named = employers.EmployerDetails(kind=EmployerKind.INSTITUTION)
    key = firm.key("change")
    employers.change_employer(database, key, CODE, "太原甲中心", named, actor=CLERK)
    read = database.read(lambda unit: insured_table(unit, area, *MARCH))
    of_employers = "职工基本医疗保险/在职/随单位参保"
    numbers = _numbers(read)
    closing = {
        name.removeprefix(of_employers): cells["closing"]
        for name, cells in numbers.items()
        if name.startswith(of_employers)
    }
    assert closing == {"": 3, "/事业单位": 2, "/没有写明单位性质": 1}
    firm.check()


def test_t2_counts_what_is_due_paid_and_owed(
    database: Database, packs: PolicyLibrary, area: str, make_person: Build
) -> None:
    firm = Firm(database, packs, area)
    firm.set_up(make_person, ("wang", "li"))
    firm.declare(202602, firm.add(("wang", 600_000), ("li", 700_000)), "2026-02-10")
    first = firm.bill(202602, "2026-02-12")
    firm.declare(202603, [], "2026-03-10")
    second = firm.bill(202603, "2026-03-12")

    def row(first_day: str) -> dict[str, int | None]:
        day = datetime.date.fromisoformat(first_day)
        last = day.replace(day=28)
        read = database.read(lambda unit: contributions_table(unit, area, day, last))
        return _numbers(read)["职工：单位代缴"]

    expected = {"people": 2, "base": 1_300_000, "due": first["due"], "cleared": 0, "late_fee": 0}
    assert row("2026-02-01") == {**expected, "paid": 0, "arrears": first["due"]}
    firm.book(first["bill"], first["due"], "2026-02-20")
    assert row("2026-02-01") == {**expected, "paid": first["due"], "arrears": 0}
    # The second one is paid late, in May: it is cleared there, with what lateness costs.
    fee = 100_000
    firm.book(second["bill"], second["due"] + fee, "2026-05-20")
    paid_in_may = row("2026-05-01")
    assert 0 < (paid_in_may["late_fee"] or 0) < fee
    assert (paid_in_may["people"], paid_in_may["due"]) == (0, 0)
    assert row("2026-03-01")["paid"] == second["due"]


@pytest.fixture
def care(
    database: Database,
    packs: PolicyLibrary,
    make_person: Build,
    make_institution: Build,
    make_visit: Build,
) -> Store:
    store = Store(database, packs)
    years = [(year, f"{year - 1}-11-01") for year in range(2021, 2027)]
    for name in ("p1", "p2", "p3"):
        store.person(make_person(name, scheme="resident", status=None, years=years))
    store.institution(make_institution("h3", price_class=1, grade="3A"))
    store.institution(make_institution("h2", grade="2A"))
    store.institution(make_institution("far", place="110000", price_class=1, grade="3A"))
    for visit in (
        make_visit("v1", "p1", "h3", 3_000_000, start="2026-06-01", end="2026-06-11"),
        make_visit("v2", "p2", "h3", 1_000_000, start="2026-05-28", end="2026-06-02"),
        make_visit("v3", "p2", "h2", 400_000, start="2026-06-20", end="2026-06-23"),
        make_visit("v4", "p3", "h2", 20_000, start="2026-06-05"),
        make_visit("v5", "p3", "far", 800_000, start="2026-06-10", end="2026-06-14"),
        make_visit("v6", "p1", "h2", 50_000, start="2026-07-01"),
        make_visit("v7", "p1", "h2", 70_000, start="2026-06-28"),
    ):
        store.settle(visit)
    store.reverse("p1", "v7")
    return store


def test_t4_t5_and_t6_count_what_stands_where_it_ended(care: Store) -> None:
    area = care.facts("p1").area
    funds = {visit: _fund(care, person, visit) for person, visit in (
        ("p1", "v1"), ("p2", "v2"), ("p2", "v3"), ("p3", "v4"), ("p3", "v5"),
    )}  # fmt: skip
    read = care.database.read
    benefits = _numbers(read(lambda unit: benefits_table(unit, area, *JUNE)))
    scheme = "城乡居民基本医疗保险"
    whole = benefits[scheme]
    assert (whole["people"], whole["visits"], whole["total"]) == (3, 5, 5_220_000)
    assert whole["fund"] == sum(funds.values())
    stays = benefits[f"{scheme}/住院"]
    assert (stays["people"], stays["visits"], stays["total"]) == (3, 4, 5_200_000)
    assert benefits[f"{scheme}/普通门诊"]["visits"] == 1
    part = stays["fund"] or 0
    assert stays["ratio"] == (2 * part * 10_000 + 5_200_000) // (2 * 5_200_000)

    by_level = _numbers(read(lambda unit: stays_table(unit, area, *JUNE)))
    third, second = by_level[f"{scheme}/三级"], by_level[f"{scheme}/二级"]
    assert (third["stays"], third["mean_total"]) == (3, 1_600_000)
    assert third["mean_days"] == 63  # of 10, 5 and 4 days
    assert (second["people"], second["mean_days"], second["outside"]) == (1, 30, 0)

    elsewhere = _numbers(read(lambda unit: elsewhere_table(unit, area, *JUNE)))
    out = "本地参保人在外地就医"
    assert set(elsewhere) == {out, f"{out}/110000"}
    assert elsewhere[out] == {
        "people": 1, "visits": 1, "total": 800_000, "fund": funds["v5"], "directly_settled": 10_000,
    }  # fmt: skip
    seen_from_there = _numbers(read(lambda unit: elsewhere_table(unit, "110000", *JUNE)))
    assert seen_from_there["外地参保人来本地就医"]["visits"] == 1


def _fund(care: Store, person: str, visit: str) -> int:
    from yibao.care.fragments import standing_money

    return care.database.read(lambda unit: standing_money(unit, [person]))[person, visit][1]


def test_t8_counts_what_was_done_to_whom(
    database: Database, packs: PolicyLibrary, make_person: Build, make_institution: Build
) -> None:
    bureau = _bureau(database, packs, make_person, make_institution)
    case = bureau.note()
    bureau.note()
    bureau.until_told(case)
    bureau.move(case, "penalise", Role.HEAD, at=AT + datetime.timedelta(days=6))
    bureau.move(case, "serve", Role.CLERK, at=AT + datetime.timedelta(days=6))
    read = database.read(lambda unit: supervision_table(unit, bureau.area, *JUNE))
    assert _numbers(read) == {
        "参保人": {
            "leads": 2, "opened": 1, "decided": 1, "returned": 426_035, "fined": 852_070,
            "suspended": 1,
        }
    }  # fmt: skip
    assert database.read(lambda unit: supervision_table(unit, bureau.area, *MARCH)).rows == ()


def _bureau(database: Any, packs: Any, make_person: Build, make_institution: Build) -> Bureau:
    office = office_of(database, packs, make_person, make_institution)
    return Bureau(office.store, packs, office.area)


def test_t9_counts_claims_and_how_long_they_took(
    database: Database, packs: PolicyLibrary, make_person: Build, make_institution: Build
) -> None:
    desk = office_of(database, packs, make_person, make_institution)
    line = ClaimLine(name="住院费", amount=3_000_000, item_class=ItemClass.A)
    granted = desk.reviewed(desk.claim(), line)
    desk.move(granted, "approve", desk.of(Role.SECOND))
    september = datetime.date(2026, 9, 1), datetime.date(2026, 9, 30)
    read = database.read(lambda unit: claims_table(unit, desk.area, *september, DAY))
    assert _numbers(read) == {
        "收到": {"people": 1, "claims": 1, "days": 0},
        "收到/同意支付": {"people": 1, "claims": 1, "days": 0},
    }
    for number, move, ground in (
        ("00000001", "not_accept", "past_limit"),
        ("00000002", "not_accept", "work_injury"),
        ("00000003", "refuse", "not_payable"),
    ):
        voucher = Voucher(number=number, code="14060226", total=3_000_000, day=DAY)
        claim = desk.claim(vouchers=(voucher,))
        post = Role.CLERK if move == "not_accept" else Role.SECOND
        case = desk.file(claim) if move == "not_accept" else desk.reviewed(claim, line)
        desk.move(case, move, desk.of(post), basis=ground, reason="见告知")
    refused = {
        name.removeprefix("收到/没有同意"): cells["claims"]
        for name, cells in _numbers(
            database.read(lambda unit: claims_table(unit, desk.area, *september, DAY))
        ).items()
        if "没有同意" in name
    }
    assert refused == {
        "": 3,
        "/不予支付": 1,
        "/不予支付/不在支付范围": 1,
        "/不予受理": 2,
        "/不予受理/应由工伤保险支付": 1,
        "/不予受理/超过申请期限": 1,
    }
    chains = all_chains(database)
    assert list(verify_people(database, chains)) == list(tie_faults(database, chains)) == []


def test_few_people_are_not_shown_and_only_some_may_read(
    care: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    area = care.facts("p1").area
    today = datetime.date(2026, 7, 1)
    head = staff(Role.HEAD, area)

    def table(code: TableCode, actor: Any = head) -> Any:
        return monthly_table(care.database, area, 202606, code, actor=actor, today=today)

    assert all(row.values == {} for row in table(TableCode.T4).rows), "three are fewer than ten"
    monkeypatch.setenv(LEAST_VARIABLE, "3")
    shown = table(TableCode.T4)
    by_label = {str(row.label): row for row in shown.rows}
    assert by_label["城乡居民基本医疗保险"].values["visits"] == 5
    # One person came to a doctor: with the stays shown, the sum would give that one away.
    assert by_label["普通门诊"].values == {} == by_label["住院"].values
    text = table_csv(shown).decode("utf-8-sig")
    assert "人少，不显示" in text
    assert "52200.00" in text
    as_json = table_json(shown)
    assert as_json["rows"][1]["values"] == []
    assert as_json["least_people"] == 3
    before = care.fingerprint()
    for denied in (
        staff(Role.CLERK, area),
        staff(Role.REVIEWER, area),
        staff(Role.HEAD, "990100"),
    ):
        with pytest.raises(DeniedError):
            table(TableCode.T1, denied)
    assert care.fingerprint() == before
    with pytest.raises(InputError, match="没有 T3 这张表"):
        table_code("T3")
