"""What a page of one's records costs as the list grows to two million settlements.

    python benchmarks/record/run.py            to 2,000,000 (some minutes, 2 GB of disk)
    python benchmarks/record/run.py --quick    to 200,000

Every settlement is one person's, the worst case: the first, a middle and the last page, read
from the store and asked over HTTP, beside the same rows skipped with OFFSET.
"""

from __future__ import annotations

import datetime
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from sqlalchemy import insert, select
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.testclient import TestClient

from yibao.access.permissions import Role, officer
from yibao.access.tokens import make_token
from yibao.access.users import SYSTEM, add_user
from yibao.api.acting import RecordService
from yibao.api.records import own_records
from yibao.api.serving import ROOT as API
from yibao.api.serving import RateLimit, routes_of
from yibao.benefit.facts import Enrolment, Person
from yibao.care.tables import settlement
from yibao.database.schema import whole_schema
from yibao.database.unit import Database, open_database
from yibao.inquiry.calculators.base import area_choices
from yibao.insured.people.registration import register
from yibao.money.text import format_yuan
from yibao.policy.compile import PolicyLibrary
from yibao.record import care
from yibao.record.paging import Asked, Key, cursor_text

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "benchmarks" / "record.md"
PERSON = "worst"
BATCH = 20_000
ROUNDS = 300


def milliseconds(call: Callable[[], object], rounds: int = ROUNDS) -> float:
    """Median wall time of a call."""
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        call()
        times.append((time.perf_counter() - start) * 1e3)
    return median(times)


def fill(database: Database, first: int, last: int) -> None:
    """Settlements ``first`` to ``last`` of the person, without the documents behind them."""
    day = datetime.date(2025, 1, 1)
    shared = {
        "person_id": PERSON,
        "round": 1,
        "reversal_of": None,
        "institution_id": "h1",
        "kind": "outpatient",
        "start": day,
        "end": day,
        "rulebook_hash": "0" * 64,
        "kernel": "1",
        "total": 10_000,
        "fund": 5_000,
        "own": 5_000,
        "account": 0,
        "mutual_aid": 0,
        "cash": 5_000,
        "grantor_id": None,
        **{name: {} for name in ("facts", "state_in", "known", "visit", "explanation")},
        "amounts": [],
    }
    for start in range(first, last + 1, BATCH):
        rows = [
            {
                **shared,
                "settlement_id": f"{number:032x}",
                "visit_id": f"v{number}",
                "sequence": number,
                "position": number,
                "origin": f"{number:032x}",
            }
            for number in range(start, min(last + 1, start + BATCH))
        ]
        database.write(lambda unit, rows=rows: unit.run(insert(settlement), rows))  # type: ignore[misc]


def skipped(database: Database, rows: int) -> None:
    """The page after ``rows`` rows by OFFSET, as lists are often made."""
    statement = (
        select(settlement.c.settlement_id, settlement.c.total)
        .where(settlement.c.person_id == PERSON)
        .order_by(settlement.c.sequence.desc())
        .offset(rows)
        .limit(21)
    )
    database.read(lambda unit: unit.run(statement).all())


def measured(database: Database, client: TestClient, token: str, size: int) -> list[float]:
    """First, middle and last page from the store, the middle over HTTP, and by OFFSET."""

    def page(after: Key | None) -> float:
        asked = Asked(after)
        return milliseconds(
            lambda: database.read(lambda unit: care.settlements(unit, PERSON, asked))
        )

    cursor = cursor_text(database.secrets, "listSettlements", PERSON, (size // 2,))
    headers = {"Authorization": f"Bearer {token}"}

    def ask() -> None:
        path = f"{API}/people/me/settlements?cursor={cursor}"
        assert client.get(path, headers=headers).status_code == 200

    return [
        page(None),
        page((size // 2,)),
        page((21,)),
        milliseconds(ask),
        milliseconds(lambda: skipped(database, size // 2), rounds=5),
    ]


def main() -> None:
    """Measure and write the page of results."""
    sizes = [2_000, 20_000, 200_000]
    if "--quick" not in sys.argv:
        sizes.append(2_000_000)
    packs = PolicyLibrary.load()
    with tempfile.TemporaryDirectory(prefix="yibao-record-") as folder:
        database = open_database(f"sqlite:///{Path(folder) / 'store.db'}")
        whole_schema()
        database.create_all()
        home = area_choices(packs)[0].code
        start = datetime.date(2020, 1, 1)
        enrolment = Enrolment("employee", "working", start, None, home)
        facts = Person(
            PERSON, "female", datetime.date(1985, 3, 4), home, (), (enrolment,), None, None
        )
        register(database, facts, actor=officer("benchmark"), balance=0, day=start)
        user = add_user(database, SYSTEM, PERSON, "correct horse", Role.INSURED, person_id=PERSON)
        now = datetime.datetime.now(datetime.UTC)
        token = make_token(database, user, "benchmark", 1, writes=False, at=now)[1]
        service = RecordService(database, packs, lambda request: None, {})
        routes = routes_of(own_records(service), RateLimit(1e6, 1_000_000))
        client = TestClient(Starlette(routes=[Mount(API, routes=routes)]))
        rows, done = [], 0
        for size in sizes:
            fill(database, done + 1, size)
            done = size
            figures = measured(database, client, token, size)
            rows.append((size, figures))
            print(size, [f"{figure:.2f}" for figure in figures], flush=True)
        database.dispose()
    write(rows)


def write(rows: list[tuple[int, list[float]]]) -> None:
    """The page of results."""
    first, last = rows[0][1], rows[-1][1]
    growth = max(
        last_figure / first_figure
        for last_figure, first_figure in zip(last[:4], first[:4], strict=True)
    )
    lines = [
        "# 列表页：与记录的总数无关",
        "",
        f"{datetime.datetime.now(datetime.UTC).date()}，{os.cpu_count()} 核，"
        f"Python {platform.python_version()}，SQLite；中位数，毫秒。",
        "重新测量：`make bench ONLY=record`（`benchmarks/record/run.py`；`--quick` 到 20 万）。",
        "",
        "全部结算都是同一个人的，是最坏的情形；一页 20 行。",
        "",
        "| 这个人的结算数 | 第一页 | 中间 | 最后 | 中间，走 HTTP 和令牌 | 中间，用 OFFSET |",
        "|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {format_yuan(size * 100).removesuffix('.00')} | "
        + " | ".join(f"{figure:.2f}" for figure in figures)
        + " |"
        for size, figures in rows
    ]
    lines += [
        "",
        f"从 {rows[0][0]:,} 到 {rows[-1][0]:,} 笔，四种读法最多变为 {growth:.2f} 倍："
        "每页从上一页的键往后读，索引直接找到那里；用 OFFSET 要数过前面的每一行。",
        "两种库都走索引、不排序、语句数不变：`tests/record/test_record.py`。",
        "",
    ]
    PAGE.write_text("\n".join(lines), encoding="utf-8")
    print(f"写入 {PAGE.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
