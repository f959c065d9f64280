"""An agency's files into a store: shown, written once, and the next visit comes out alike."""

from __future__ import annotations

import csv
import datetime
import stat
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from yibao.access.errors import DeniedError
from yibao.access.operations import Key
from yibao.access.permissions import Actor, Role
from yibao.benefit.state import PersonState
from yibao.care.past import visits_before
from yibao.columns.read.mapping import read_mapping
from yibao.database.unit import Database
from yibao.errors import ConflictError
from yibao.importing.fields import FIELDS, ImportKind
from yibao.importing.reading import AgencyFile
from yibao.importing.running import Imported, run_import
from yibao.insured.accounts.credits import credit, run_credits
from yibao.insured.enrolment.cover import cover_faults, cover_rows
from yibao.insured.people.certificates import check_character
from yibao.policy.compile import PolicyLibrary
from yibao.policy.days import to_date

from ..support.actors import AUDITOR, CLERK
from ..support.store import Store

PEOPLE_MAP = """
encoding: gb18030
columns:
  person: 个人编号
  name: 姓名
  number: 身份证号
  area: {value: "140100"}
  scheme: {from: 险种, values: {职工: employee, 居民: resident}}
  status: {from: 人员状态, values: {在职: working, 退休: retired}}
  start_day: 参保日期
"""
HEADINGS = ("个人编号", "姓名", "身份证号", "险种", "人员状态", "参保日期")


def number(order: int, birth: str = "19800315") -> str:
    """A number of a resident of the city that can be."""
    body = f"140105{birth}{order:03}"
    return body + check_character(body)


def people_rows(count: int) -> list[tuple[str, ...]]:
    """Employees of the city, each with a number of the other system."""
    return [
        (f"W{place:04}", f"张{place}", number(place), "职工", "在职", "2020/1/1")
        for place in range(count)
    ]


class Office:
    """Imports files of a test into its store."""

    def __init__(self, database: Database, packs: PolicyLibrary, folder: Path) -> None:
        self.database = database
        self.packs = packs
        self.folder = folder

    def csv(
        self, headings: Sequence[str], rows: Sequence[Sequence[object]], encoding: str = "utf-8"
    ) -> Path:
        """A file of texts."""
        path = self.folder / f"file-{len(list(self.folder.iterdir()))}.csv"
        with path.open("w", encoding=encoding, newline="") as file:
            writer = csv.writer(file)
            writer.writerow(headings)
            writer.writerows(rows)
        return path

    def people(self, rows: Sequence[Sequence[object]], **options: Any) -> Imported:
        """A file as the other system writes it, in its encoding and under its headings."""
        path = self.csv(HEADINGS, rows, "gb18030")
        return self.run(ImportKind.PEOPLE, path, PEOPLE_MAP, **options)

    def table(
        self, kind: ImportKind, rows: Sequence[Mapping[str, object]], **options: Any
    ) -> Imported:
        """Rows under the names of the columns."""
        names = list(dict.fromkeys(name for row in rows for name in row))
        lines = [["" if row.get(name) is None else row[name] for name in names] for row in rows]
        return self.run(kind, self.csv(names, lines), **options)

    def run(
        self, kind: ImportKind, path: Path, mapping: str | None = None, **options: Any
    ) -> Imported:
        """Import a file; written unless told."""
        columns = FIELDS[kind]
        mapped = None
        if mapping is not None:
            map_file = self.folder / "map.yaml"
            map_file.write_text(mapping, encoding="utf-8")
            mapped = read_mapping(map_file, columns)
        encoding = "utf-8" if mapped is None or mapped.encoding is None else mapped.encoding
        return run_import(
            self.database,
            self.packs,
            path,
            AgencyFile(path, columns, mapped, encoding),
            kind,
            **{"actor": CLERK, "is_written": True, **options},
        )


@pytest.fixture
def office(database: Database, packs: PolicyLibrary, tmp_path: Path) -> Office:
    folder = tmp_path / "files"
    folder.mkdir()
    return Office(database, packs, folder)


@pytest.fixture
def store(database: Database, packs: PolicyLibrary) -> Store:
    return Store(database, packs)


def reasons(imported: Imported) -> list[tuple[int, str, str]]:
    """Row, heading and reason of each fault."""
    return [(fault.row, fault.heading, str(fault.reason)) for fault in imported.faults]


def test_people_are_shown_then_written_and_never_twice(office: Office, store: Store) -> None:
    rows = people_rows(5)
    before = store.fingerprint()
    shown = office.people(rows, is_written=False)
    assert (shown.new, shown.here, shown.rejected) == (5, 0, 0)
    assert store.fingerprint() == before
    assert office.people(rows).new == 5
    after = store.fingerprint()
    again = office.people(rows)
    assert (again.new, again.here, again.rejected) == (0, 5, 0)
    assert store.fingerprint() == after
    facts = store.facts("W0003")
    assert (facts.birth, facts.sex) == (datetime.date(1980, 3, 15), "male")
    store.check()


def test_every_problem_is_told_by_its_row(office: Office, store: Store, tmp_path: Path) -> None:
    office.people(people_rows(2))
    good = people_rows(9)[8]
    twice = ("W0009", *good[1:])
    rows = [
        ("W0001", "张一", number(1), "职工", "在职", "2020/1/1"),
        ("W0001x", "张一", number(0), "职工", "在职", "2020/1/1"),
        ("W0003", "张三", "140105198003150039", "职工", "在职", "2020/1/1"),
        ("W0004", "张四", number(4), "离休", "在职", "2020/1/1"),
        ("W0005", "张五", number(5), "职工", "", "2020/1/1"),
        ("W0006", "", number(6), "职工", "在职", "2020/1/1"),
        ("W0007", "张七", number(7), "职工", "在职", "2020年13月"),
        ("张八", "张八", number(8), "职工", "在职", "2020/1/1"),
        good,
        twice,
        ("W0000", "张〇", number(99), "职工", "在职", "2020/1/1"),
    ]
    rejects = tmp_path / "rejects.csv"
    imported = office.people(rows, rejects=rejects)
    assert (imported.new, imported.here) == (1, 1)
    told = reasons(imported)
    assert [row for row, _, _ in told] == [2, 3, 4, 5, 6, 7, 8, 10, 11]
    by_row = {row: (heading, reason) for row, heading, reason in told}
    assert "另一个人" in by_row[2][1]
    assert "校验" in by_row[3][1]
    assert by_row[4] == ("险种", "'离休' 应写 resident、employee 之一")
    assert "working" in by_row[5][1]
    assert by_row[6] == ("姓名", "这一格必填")
    assert by_row[7][0] == "参保日期"
    assert by_row[8][0] == "个人编号"
    assert "第 9 行重复" in by_row[10][1]
    assert "证件号码却不同" in by_row[11][1]
    assert stat.S_IMODE(rejects.stat().st_mode) == 0o600
    assert len(rejects.read_text(encoding="utf-8-sig").splitlines()) == 1 + 9
    store.check()


def test_a_run_that_was_cut_off_goes_on(office: Office, store: Store) -> None:
    rows = people_rows(12)

    def stop(behind: int) -> None:
        if behind >= 8:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        office.people(rows, together=4, progress=stop)
    left = office.people(rows, together=4)
    assert left.new + left.here == 12
    assert 0 < left.here < 12
    store.check()


def test_a_workbook_with_several_enrolments_and_groups(office: Office, store: Store) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(
        ["person", "name", "number", "area", "scheme", "status", "start_day", "end_day", "groups"]
    )
    start, change = datetime.date(2015, 1, 1), datetime.date(2021, 6, 30)
    sheet.append(["p1", "李一", number(1), "140100", "employee", "working", start, change, None])
    after = change + datetime.timedelta(days=1)
    group = next(iter(office.packs.rulebook("140100").groups))
    sheet.append(["p1", "李一", number(1), "140100", "resident", None, after, None, group])
    path = office.folder / "people.xlsx"
    book.save(path)
    assert office.run(ImportKind.PEOPLE, path).new == 1
    facts = store.facts("p1")
    assert [spell.scheme for spell in facts.enrolments] == ["employee", "resident"]
    assert [(member.group, member.start) for member in facts.groups] == [(group, after)]
    store.check()


def test_paid_months_give_the_cover_that_they_would_have_given(
    office: Office, store: Store, make_person: Callable[..., Any]
) -> None:
    office.people(people_rows(2))
    rows: list[dict[str, object]] = [
        {
            "person": "W0000",
            "scheme": "employee",
            "period": "2023-01",
            "last_period": "202412",
            "base_fen": 500_000,
        },
        {
            "person": "W0000",
            "scheme": "employee",
            "period": "202507",
            "base_fen": 600_000,
            "paid_day": "2025-09-03",
        },
        {"person": "nobody", "scheme": "employee", "period": "202501"},
        {"person": "W0001", "scheme": "employee", "period": "2025"},
        {"person": "W0001", "scheme": "resident", "period": "2024"},
    ]
    imported = office.table(ImportKind.CONTRIBUTIONS, rows)
    assert imported.new == 2
    assert [(row, "yibao import people" in why) for row, _, why in reasons(imported)] == [
        (3, True),
        (4, False),
        (5, False),
    ]
    again = office.table(ImportKind.CONTRIBUTIONS, rows[:2])
    assert (again.new, again.here) == (0, 2)
    other = office.table(ImportKind.CONTRIBUTIONS, [{**rows[1], "base_fen": 1}])
    assert "202507 已有另一笔" in reasons(other)[0][2]
    months = [(year * 100 + month, 500_000) for year in (2023, 2024) for month in range(1, 13)]
    wanted = make_person("W0000", months=[*months, (202507, 600_000)]).contributions_employee
    facts = store.facts("W0000")
    assert [paid.month for paid in facts.contributions_employee or ()] == [
        paid.month for paid in wanted
    ]
    database = office.database
    assert database.read(lambda unit: cover_faults(unit, office.packs, facts)) == []
    rows_of_cover = database.read(lambda unit: cover_rows(unit, "W0000"))
    assert {row.reason for row in rows_of_cover} == {"covered", "lapsed"}
    store.check()


def carried_rows(person: str, area: str, state: PersonState) -> list[dict[str, object]]:
    """What somebody has used, as another system would export it."""
    rows: list[dict[str, object]] = []
    years = {*state.accumulators, *state.admissions}
    for scheme, year in sorted(years):
        used = state.year(scheme, year)._asdict()
        rows.append(
            {
                "person": person,
                "area": area,
                "scheme": scheme,
                "end_day": f"{year}-12-31",
                **{f"used_{name}_fen": amount for name, amount in used.items()},
                "used_admissions": state.admissions.get((scheme, year), 0),
                "used_fund_fen": state.claims.get(year) if scheme == "resident" else None,
            }
        )
    common = {"person": person, "area": area}
    for (scheme, disease, period), paid in state.diseases.items():
        by_month = period > 9_999
        day = f"{period // 100}-{period % 100:02}-28" if by_month else f"{period}-12-31"
        rows.append(
            {
                **common,
                "scheme": scheme,
                "end_day": day,
                "disease": None if disease == "outpatient" else disease,
                "disease_period": "month" if by_month else "year",
                "used_disease_fen": paid,
            }
        )
    for (scheme, care, institution), days in state.periods.items():
        rows.append(
            {
                **common,
                "scheme": scheme,
                "end_day": to_date(days.start).isoformat(),
                "period_care": care,
                "institution": institution,
                "used_period_deductible_fen": days.deductible,
                "used_period_eligible_fen": days.eligible,
            }
        )
    return rows


def test_credits_that_an_imported_balance_holds_are_not_given_twice(
    office: Office, store: Store, packs: PolicyLibrary, area: str
) -> None:
    office.people([(*people_rows(1)[0][:3], "职工", "在职", "2020/1/1")])
    month_rows = [
        {"person": "W0000", "scheme": "employee", "period": "202509", "last_period": "202511",
         "base_fen": 600_000},
    ]  # fmt: skip
    assert office.table(ImportKind.CONTRIBUTIONS, month_rows).new == 1
    balance = {"person": "W0000", "area": area, "end_day": "2025-10-31", "balance_fen": 50_000}
    assert office.table(ImportKind.ACCOUNTS, [balance]).new == 1
    for month in (202509, 202510):
        assert run_credits(office.database, packs, area, month, actor=CLERK).served == 0
        with pytest.raises(ConflictError, match="导入的余额"):
            credit(office.database, packs, Key("x", "credit", str(month)), "W0000", month,
                   actor=CLERK)  # fmt: skip
    assert store.balance("W0000") == 50_000
    assert run_credits(office.database, packs, area, 202511, actor=CLERK).served == 1
    assert store.balance("W0000") == 50_000 + 12_000
    store.check()


@pytest.mark.parametrize("scheme", ["employee", "resident"])
def test_a_year_that_is_carried_in_makes_the_next_visit_equal_to_the_fen(
    office: Office,
    store: Store,
    scheme: str,
    area: str,
    make_person: Callable[..., Any],
    make_visit: Callable[..., Any],
    make_institution: Callable[..., Any],
) -> None:
    store.institution(make_institution("h1"))
    store.person(make_person("here", scheme=scheme))
    year = [
        ("outpatient", "2025-02-03", 60_000),
        ("inpatient", "2025-03-10", 1_500_000),
        ("outpatient", "2025-04-01", 90_000),
        ("inpatient", "2025-06-20", 4_800_000),
    ]
    for place, (kind, day, total) in enumerate(year):
        store.settle(make_visit(f"v{place}", "here", "h1", total, kind=kind, start=day, end=day))
    rows = people_rows(1)
    status = ("职工", "在职") if scheme == "employee" else ("居民", "")
    office.people([(*rows[0][:3], *status, "2020/1/1")])
    state = store.state("here")
    moved = [
        {**carried_rows("W0000", area, state)[0], "balance_fen": 123_456},
        *carried_rows("W0000", area, state)[1:],
    ]
    shown = office.table(ImportKind.ACCOUNTS, moved, is_written=False)
    assert (shown.new, shown.amounts["balance"]) == (1, 123_456)
    imported = office.table(ImportKind.ACCOUNTS, moved)
    assert (imported.new, imported.rejected, reasons(imported)) == (1, 0, [])
    assert store.state("W0000") == state
    assert store.balance("W0000") == 123_456
    assert store.entries("opening") + store.entries("personal:W0000") == 0
    store.check()
    again = office.table(ImportKind.ACCOUNTS, moved)
    assert (again.new, again.here) == (0, 1)
    other = office.table(ImportKind.ACCOUNTS, [{**moved[0], "balance_fen": 1}])
    assert "已经导入过" in reasons(other)[0][2]
    for kind, day, total in (
        ("outpatient", "2025-08-01", 300_000),
        ("inpatient", "2025-09-01", 40_000_000),
    ):
        answers = [
            store.settle(
                make_visit(f"{kind}-{who}", who, "h1", total, kind=kind, start=day, end=day)
            )
            for who in ("here", "W0000")
        ]
        money = [{name: answer[name] for name in ("fund", "own", "cash")} for answer in answers]
        assert money[0] == money[1]
    assert money[0]["fund"] > 0
    late = office.table(
        ImportKind.ACCOUNTS,
        [{"person": "here", "area": area, "scheme": scheme, "end_day": "2025-12-31",
          "used_upper_fen": 1}],
    )  # fmt: skip
    assert "已有结算" in reasons(late)[0][2]
    store.check()


def test_past_visits_are_for_looking_back_and_move_nothing(office: Office, store: Store) -> None:
    office.people(people_rows(2))
    before = store.fingerprint()
    row: dict[str, object] = {
        "person": "W0000",
        "visit": "old-1",
        "institution_name": "市人民医院",
        "kind": "inpatient",
        "start_day": "2024-05-01",
        "end_day": "2024-05-09",
        "total_fen": 1_000_000,
        "fund_fen": 700_000,
        "account_fen": 100_000,
        "diagnosis": "肺炎",
    }
    wrong = {**row, "visit": "old-2", "cash_fen": 5}
    imported = office.table(ImportKind.VISITS, [row, wrong])
    assert (imported.new, imported.amounts["fund"]) == (1, 700_000)
    assert "不等于总费用" in reasons(imported)[0][2]
    assert office.table(ImportKind.VISITS, [row]).here == 1
    other = office.table(ImportKind.VISITS, [{**row, "total_fen": 2_000_000}])
    assert "内容不同" in reasons(other)[0][2]
    (visit,) = office.database.read(lambda unit: visits_before(unit, ["W0000"]))
    assert (visit.cash, visit.diagnosis) == (200_000, "肺炎")
    assert store.fingerprint() == before
    store.check()


def test_institutions_settle_from_their_day_on(office: Office, store: Store) -> None:
    rows: list[dict[str, object]] = [
        {
            "institution": "H1",
            "name": "市人民医院",
            "area": "140100",
            "institution_kind": "hospital",
            "grade": "3A",
            "start_day": "2020-01-01",
            "end_day": "2025-06-30",
        },
        {"institution": "H2", "name": "药店", "area": "1401", "institution_kind": "pharmacy"},
    ]
    imported = office.table(ImportKind.INSTITUTIONS, rows)
    assert (imported.new, reasons(imported)[0][:2]) == (1, (2, "area"))
    assert office.table(ImportKind.INSTITUTIONS, rows[:1]).here == 1
    changed = office.table(ImportKind.INSTITUTIONS, [{**rows[0], "grade": "2A"}])
    assert "已经登记，内容不同" in reasons(changed)[0][2]
    store.check()


def test_only_who_answers_for_an_area_imports_and_only_there(office: Office, store: Store) -> None:
    def head(area: str) -> Actor:
        return Actor("head", Role.HEAD, agency_id="a", area=area)

    before = store.fingerprint()
    for actor in (AUDITOR, Actor("clerk", Role.CLERK, agency_id="a", area="140100")):
        with pytest.raises(DeniedError):
            office.people(people_rows(1), actor=actor)
    elsewhere = office.people(people_rows(1), actor=head("110000"))
    assert (elsewhere.new, "不在您管的统筹区" in reasons(elsewhere)[0][2]) == (0, True)
    assert store.fingerprint() == before
    assert office.people(people_rows(1), actor=head("140100")).new == 1
